"""Glyphs: ASCII stands in for every sign, cell for cell."""

from __future__ import annotations

import pytest

from redlearn import glyphs
from redlearn.glyphs import ASCII, ascii_lines, ascii_text
from redlearn.lines import Run, cells
from redlearn.panes import structure
from redlearn.views.window import Window
from tests.views.showing import board


@pytest.mark.parametrize("sign", ASCII)
def test_a_sign_and_its_stand_in_take_one_cell_each(sign: str) -> None:
    assert cells(sign) == cells(ASCII[sign]) == len(ASCII[sign]) == 1
    assert ASCII[sign].isascii()


def test_every_sign_that_panes_draw_with_has_a_stand_in() -> None:
    signs = [
        value for name, value in vars(glyphs).items() if name.isupper() and isinstance(value, str)
    ]
    assert len(signs) > 10
    for sign in "".join(signs):
        assert ascii_text(sign).isascii(), sign


def test_the_signs_of_a_path_a_link_and_a_new_link_stay_different() -> None:
    assert len({ascii_text(sign) for sign in (glyphs.PATH, glyphs.LANE, glyphs.FRESH)}) == 3
    assert ascii_text(glyphs.STOOD) != ascii_text(glyphs.GLIMPSED)


def test_a_picture_keeps_its_shape_in_ascii() -> None:
    show = board()
    show("ZRANK board dee")
    window = Window(78, 11)
    drawn = structure.render(show.gallery.structure(window, b"board"), 78, 11)
    plain_drawn = ascii_lines(drawn)
    for line, plain_line in zip(drawn, plain_drawn, strict=True):
        assert [cells(run.text) for run in line] == [cells(run.text) for run in plain_line]
        assert [run.style for run in line] == [run.style for run in plain_line]
        assert all(run.text.isascii() for run in plain_line)


def test_letters_of_other_scripts_stay() -> None:
    assert ascii_lines([(Run("键 ─▶", "key"),)]) == ((Run("键 ->", "key"),),)
