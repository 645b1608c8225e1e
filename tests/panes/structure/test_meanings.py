"""Every form has its picture and its facts."""

from __future__ import annotations

import pytest

from redlearn.lines import plain
from redlearn.panes import structure
from redlearn.panes.structure import meanings
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits


@pytest.mark.parametrize(
    ("line", "form", "shown"),
    [
        ("XADD k 1-1 f v", "log", "radix tree"),
        ("XADD k 1-1 f v", "groups", "no consumer groups yet"),
        ("SETBIT k 7 1", "bits", "00000001"),
        ("PFADD k ann", "registers", "XZERO"),
        ("GEOADD k 13 38 Palermo", "map", "Palermo"),
    ],
)
def test_a_form_is_drawn_and_named_in_the_header(line: str, form: str, shown: str) -> None:
    view = Showing(line).gallery.structure(Window(78, 11), b"k", form=form)
    drawn = assert_fits(structure.render(view, 78, 11), 78, 11)
    assert shown in drawn
    assert meanings.facts(view.body)  # type: ignore[arg-type]
    assert "v: as " in drawn.splitlines()[0]
    if form not in ("log",):
        assert f" as {form} " in drawn.splitlines()[0]


def test_a_plain_string_is_not_cluttered_with_what_else_it_might_be() -> None:
    view = Showing("SET k v").gallery.structure(Window(78, 11), b"k")
    assert " as " not in plain(structure.render(view, 78, 11)).splitlines()[0]


def test_what_has_one_form_only_offers_no_other() -> None:
    view = Showing("RPUSH k a").gallery.structure(Window(78, 11), b"k")
    assert "v: as" not in plain(structure.render(view, 78, 11))
