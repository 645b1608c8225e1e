"""SVG pictures are well-formed, keep their columns, and are the same each time."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from redlearn.export.grid import grid_of
from redlearn.export.svg import BAR, CELL, MARGIN, ROW, svg
from redlearn.lines import Run, line
from redlearn.theme import DARK, LIGHT

NAME = "{http://www.w3.org/2000/svg}"


def texts(document: str) -> list[tuple[str, float, float, float]]:
    """(text, first column, columns, row) of each text element with a length."""
    root = ElementTree.fromstring(document)
    return [
        (
            each.text or "",
            float(each.attrib["x"]) / CELL,
            float(each.attrib["textLength"]) / CELL,
            float(each.attrib["y"]) // ROW,
        )
        for each in root.iter(NAME + "text")
        if "textLength" in each.attrib
    ]


def test_each_piece_says_where_it_stands_and_how_long_it_is() -> None:
    grid = grid_of([line("ab ", Run("cd", "key")), line("", Run("x", "number"))], DARK)
    assert texts(svg(grid)) == [("ab", 0, 2, 0), ("cd", 3, 2, 0), ("x", 0, 1, 1)]


def test_wide_characters_stand_alone_so_that_no_column_shifts() -> None:
    grid = grid_of([line("a键b")], DARK)
    assert texts(svg(grid)) == [("a", 0, 1, 0), ("键", 1, 2, 0), ("b", 3, 1, 0)]


def test_a_combining_accent_stays_with_its_letter() -> None:
    grid = grid_of([line("e\u0301x")], DARK)
    assert [found[0] for found in texts(svg(grid))] == ["e\u0301", "x"] or texts(svg(grid))[0][
        2
    ] == 2


@pytest.mark.parametrize("pair", ["->", "=>", "!=", "www", "0xff", "<=", "||"])
def test_signs_that_the_font_would_join_are_parted(pair: str) -> None:
    assert len(texts(svg(grid_of([line(pair)], DARK)))) > 1


def test_outside_text_is_escaped() -> None:
    document = svg(grid_of([line("<script>&\"' \x1b[31m")], DARK), title="<b>\x1b")
    root = ElementTree.fromstring(document)
    assert "".join(root.itertext()).count("<script>") == 1
    assert not list(root.iter(NAME + "script"))
    assert "\x1b" not in document


def test_backgrounds_are_rectangles_and_plain_paper_needs_none() -> None:
    plain = ElementTree.fromstring(svg(grid_of([line("abc")], DARK)))
    filled = ElementTree.fromstring(svg(grid_of([line(Run("abc", "bar"))], DARK)))
    assert len(list(plain.iter(NAME + "rect"))) == 1
    rectangle = list(filled.iter(NAME + "rect"))[1]
    assert rectangle.attrib["fill"] == DARK.look("bar").bg
    assert rectangle.attrib["width"] == str(3 * CELL)


def test_the_size_follows_the_grid_and_a_title_adds_a_bar() -> None:
    grid = grid_of([line("x")], DARK, width=10)
    size = ElementTree.fromstring(svg(grid)).attrib
    assert (size["width"], size["height"]) == (str(10 * CELL + 2 * MARGIN), str(ROW + 2 * MARGIN))
    titled = ElementTree.fromstring(svg(grid, title="skiplist"))
    assert titled.attrib["height"] == str(ROW + MARGIN + BAR)
    assert "skiplist" in "".join(titled.itertext())


def test_the_same_grid_gives_the_same_file_and_another_theme_another() -> None:
    lines = [line(Run("a", "key"), Run("b", "node"))]
    assert svg(grid_of(lines, DARK)) == svg(grid_of(lines, DARK))
    assert svg(grid_of(lines, DARK)) != svg(grid_of(lines, LIGHT))


def test_nothing_is_fetched_from_anywhere() -> None:
    document = svg(grid_of([line("x")], DARK), title="t").replace("http://www.w3.org/2000/svg", "")
    assert "http" not in document and "url(" not in document


def test_half_blocks_are_rectangles_so_that_fonts_leave_no_seam() -> None:
    picture = svg(grid_of([(Run("▀▀", "slot.a.3|slot.c.0"),)], DARK, 2))
    assert "▀" not in picture
    upper, lower = DARK.look("slot.a.3|slot.c.0").fg, DARK.look("slot.a.3|slot.c.0").bg
    assert f'height="{ROW // 2}" fill="{upper}"' in picture
    assert f'height="{ROW}" fill="{lower}"' in picture
