"""The screen becomes a picture in any format, with the colours it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from redlearn.export.grid import Grid, Ink
from redlearn.lines import Run, line
from redlearn.theme import DARK, MONO
from redlearn.tui.looks import Looks
from redlearn.tui.pictures import FORMATS, grid_of_strips, picture, save, saved

LINES = [line(Run("SET", "command"), " k ", Run("node", "node")), line("键\x1b")]
STRIPS = [Looks(DARK).strip(each, 20) for each in LINES]


def test_colours_and_weights_are_those_of_the_screen() -> None:
    row = grid_of_strips(STRIPS, DARK).rows[0]
    assert row[0].text == "SET"
    assert row[0].ink == Ink(DARK.look("command").fg, DARK.background, bold=True)
    node = DARK.look("node")
    assert row[2].ink == Ink(node.fg, node.bg, bold=True)


def test_reverse_is_settled_into_colours() -> None:
    strip = Looks(MONO).strip(line(Run("n", "node")), 1)
    assert grid_of_strips([strip], MONO).rows[0][0].ink == Ink(MONO.background, MONO.foreground)


def test_the_grid_is_as_wide_as_the_screen_and_nothing_raw_is_in_it() -> None:
    assert grid_of_strips(STRIPS[:1], DARK).width == 20
    grid = grid_of_strips(STRIPS, DARK)
    assert "\x1b" not in "".join(piece.text for row in grid.rows for piece in row)


@pytest.mark.parametrize(
    ("suffix", "begins"),
    [(".svg", b"<svg"), (".html", b"<!doctype"), (".ansi", b"\x1b[1;38;2;"), (".txt", b"SET k")],
)
def test_each_format_is_written(suffix: str, begins: bytes) -> None:
    assert suffix in FORMATS
    assert picture(grid_of_strips(STRIPS, DARK), suffix).startswith(begins)


def test_png_is_written_where_resvg_is_installed() -> None:
    pytest.importorskip("resvg_py")
    assert picture(grid_of_strips(STRIPS, DARK), ".png").startswith(b"\x89PNG")


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.svg, \.png"):
        save(grid_of_strips(STRIPS, DARK), tmp_path / "x.gif")
    assert list(tmp_path.iterdir()) == []


def test_a_picture_is_saved_by_its_suffix(tmp_path: Path) -> None:
    save(grid_of_strips(STRIPS, DARK), tmp_path / "x.svg", title="demo")
    assert "demo" in (tmp_path / "x.svg").read_text()


def test_where_there_is_no_such_folder_a_sentence_says_so(tmp_path: Path) -> None:
    said = saved(Grid((), 0, Ink("#ffffff", "#000000")), str(tmp_path / "none" / "x.svg"))
    assert said.startswith("Not saved: there is no folder for ")
    assert "Errno" not in said
    assert saved(Grid((), 0, Ink("#ffffff", "#000000")), str(tmp_path)).startswith("Not saved")
