"""Signs that are drawn meet from cell to cell, and none is left to a font that lacks it."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from redlearn.export.grid import grid_of
from redlearn.export.strokes import (
    BLOCKS,
    CELL,
    DRAWN,
    FILLED,
    HEAVY,
    LIGHT,
    PATHS,
    ROW,
    THROUGH,
    blocks,
    strokes,
)
from redlearn.export.svg import svg
from redlearn.lines import Run, cells, line
from redlearn.theme import DARK

SIGNS = sorted({*BLOCKS, *PATHS, *THROUGH})


def test_a_row_of_lines_is_one_stroke_through_the_middle_of_the_row() -> None:
    assert list(strokes("───", 2, 1)) == [(LIGHT, f"M{2 * CELL} {ROW + 12}h{3 * CELL}")]
    assert list(strokes("━", 0, 0)) == [(HEAVY, f"M0 12h{CELL}")]


def test_a_corner_ends_where_the_next_sign_begins() -> None:
    assert list(strokes("╭─", 0, 0)) == [
        (LIGHT, "M0 0m12 12q-6 0-6 6v6"),
        (LIGHT, f"M{CELL} 12h{CELL}"),
    ]


def test_a_dot_in_a_ring_is_a_stroke_and_a_filled_path() -> None:
    assert [weight for weight, _ in strokes("◉", 0, 0)] == [LIGHT, FILLED]


def test_blocks_are_rectangles_whole_ones_in_one_piece() -> None:
    assert list(blocks("███▌", 1, 1)) == [
        (CELL, ROW, 3 * CELL, ROW),
        (4 * CELL, ROW, CELL / 2, ROW),
    ]
    assert list(blocks("▕▕", 0, 0)) == [
        (CELL * 7 / 8, 0, CELL / 8, ROW),
        (CELL * 15 / 8, 0, CELL / 8, ROW),
    ]
    assert list(blocks("─●", 0, 0)) == []


@pytest.mark.parametrize("sign", SIGNS)
def test_every_sign_takes_one_cell_and_is_drawn_and_not_written(sign: str) -> None:
    assert cells(sign) == 1
    assert DRAWN.fullmatch(sign)
    document = svg(grid_of([line("a", Run(sign, "key"), "b")], DARK))
    assert sign not in document
    root = ElementTree.fromstring(document)
    written = [each.attrib["x"] for each in root.iter() if each.tag.endswith("text")]
    assert written == ["0", str(2 * CELL)]


@pytest.mark.parametrize("sign", sorted(PATHS))
def test_no_path_leaves_its_cell(sign: str) -> None:
    for _, path in PATHS[sign]:
        x = y = 0.0
        for command, rest in re.findall(r"([mlhvqaz])([^mlhvqaz]*)", path):
            numbers = [float(each) for each in re.findall(r"-?\d*\.?\d+", rest)]
            for dx, dy in steps(command, numbers):
                x, y = x + dx, y + dy
                assert 0 <= x <= CELL and 0 <= y <= ROW, (sign, path, x, y)


def steps(command: str, numbers: list[float]) -> list[tuple[float, float]]:
    """How far a command of a path goes, step by step."""
    match command:
        case "h":
            return [(each, 0) for each in numbers]
        case "v":
            return [(0, each) for each in numbers]
        case "q":
            return [(numbers[2], numbers[3])]
        case "a":
            return [(numbers[5], numbers[6])]
        case "m" | "l":
            return list(zip(numbers[::2], numbers[1::2], strict=True))
    return []


def test_strokes_of_one_colour_and_width_are_one_path() -> None:
    document = svg(grid_of([line(Run("──│", "frame")), line(Run("╰──", "frame"))], DARK))
    assert document.count("<path") == 1
    assert f'stroke="{DARK.look("frame").fg}"' in document
