"""PNG pictures have the size of their SVG, and our font in them."""

from __future__ import annotations

import struct
import sys

import pytest

from redlearn.export.grid import grid_of
from redlearn.export.png import FONTS, NoRenderer, png
from redlearn.export.svg import CELL, MARGIN, ROW, svg
from redlearn.lines import Run, line
from redlearn.theme import DARK


def size_of(picture: bytes) -> tuple[int, int]:
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_the_picture_is_as_large_as_its_svg_times_the_zoom() -> None:
    pytest.importorskip("resvg_py")
    document = svg(grid_of([line("abc")], DARK, width=20))
    assert size_of(png(document)) == (20 * CELL + 2 * MARGIN, ROW + 2 * MARGIN)
    assert size_of(png(document, zoom=2)) == (2 * (20 * CELL + 2 * MARGIN), 2 * (ROW + 2 * MARGIN))


def test_bold_and_plain_text_differ_so_both_fonts_are_found() -> None:
    pytest.importorskip("resvg_py")
    plain = svg(grid_of([line("abc")], DARK))
    bold = plain.replace(f"fill:{DARK.foreground}}}", f"fill:{DARK.foreground};font-weight:bold}}")
    assert plain != bold
    assert png(plain) != png(bold)
    assert png(plain) == png(plain)


def test_the_fonts_lie_beside_their_licence() -> None:
    assert {path.name for path in FONTS.iterdir()} == {
        "FiraCode-Regular.ttf",
        "FiraCode-Bold.ttf",
        "OFL.txt",
    }
    assert "SIL OPEN FONT LICENSE" in (FONTS / "OFL.txt").read_text()


def test_without_resvg_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(NoRenderer, match=r"redlearn\[png\]"):
        png(svg(grid_of([line(Run("x"))], DARK)))
