"""A grid settles colours and lets nothing raw through."""

from __future__ import annotations

import pytest

from redlearn.export.grid import Ink, grid_of, mixed, settled, visible
from redlearn.lines import Run, line
from redlearn.theme import DARK, MONO, Look

PAPER = Ink("#ffffff", "#000000")


def test_runs_that_look_alike_become_one_piece() -> None:
    grid = grid_of([line(Run("a", "key"), Run("b", "key"), Run("c", "number"))], DARK)
    assert [piece.text for piece in grid.rows[0]] == ["ab", "c"]


def test_the_width_is_that_of_the_widest_row_in_cells_or_more() -> None:
    assert grid_of([line("ab"), line("键键")], DARK).width == 4
    assert grid_of([line("ab")], DARK, width=80).width == 80
    assert grid_of([], DARK).width == 0


@pytest.mark.parametrize(
    ("look", "ink"),
    [
        (Look(), PAPER),
        (Look(fg="#112233", bg="#445566"), Ink("#112233", "#445566")),
        (Look(reverse=True), Ink("#000000", "#ffffff")),
        (Look(dim=True), Ink("#999999", "#000000")),
        (Look(dim=True, reverse=True), Ink("#666666", "#ffffff")),
        (Look(bold=True, underline=True), Ink("#ffffff", "#000000", bold=True, underline=True)),
    ],
)
def test_reverse_and_dim_become_colours(look: Look, ink: Ink) -> None:
    assert settled(look, PAPER) == ink


def test_mixing_stays_between_the_two() -> None:
    assert mixed("#ff0000", "#ff0000") == "#ff0000"
    assert mixed("#ff8000", "#000000") == "#994c00"


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("plain", "plain"),
        ("\x1b[0m", "␛[0m"),
        ("a\nb\t", "a␊b␉"),
        ("\x7f\x9b", "␡\ufffd"),
        ("键", "键"),
    ],
)
def test_control_characters_become_visible(raw: str, seen: str) -> None:
    assert visible(raw) == seen


def test_without_colours_the_theme_still_gives_an_ink() -> None:
    (row,) = grid_of([line(Run("n", "node"))], MONO).rows
    assert row[0].ink == Ink(MONO.background, MONO.foreground)
