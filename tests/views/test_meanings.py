"""A value in a form is drawn by that form's view, and by none where the structure is wanted."""

from __future__ import annotations

import pytest

from redlearn.views.bits import BitsView
from redlearn.views.groups import GroupsView
from redlearn.views.meanings import Meaning, advance, look_at
from redlearn.views.places import MapView
from redlearn.views.registers import RegistersView
from redlearn.views.stream import StreamView
from redlearn.views.structure import step_of
from redlearn.views.window import Window
from tests.views.showing import Showing

WINDOW = Window(78, 11)

USES = [
    (["XADD k 1-1 f v", "XADD k 1-2 f v", "XRANGE k - +"], "log", StreamView),
    (["XADD k 1-1 f v", "XGROUP CREATE k g 0", "XREADGROUP GROUP g ann STREAMS k >"],
     "groups", GroupsView),
    (["SETBIT k 9 1", "BITFIELD k GET u4 3 GET u4 8"], "bits", BitsView),
    (["PFADD k a b", "PFADD k a"], "registers", RegistersView),
    (["GEOADD k 13 38 P 15 37 C", "GEOSEARCH k FROMLONLAT 14 37 BYRADIUS 100 km"], "map", MapView),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "form", "kind"), USES)
def test_each_form_has_its_view(lines: list[str], form: str, kind: type) -> None:
    view = Showing(*lines).gallery.structure(WINDOW, b"k")
    assert (view.form, type(view.body)) == (form, kind)


@pytest.mark.parametrize(("lines", "form", "kind"), USES)
def test_the_events_of_a_command_marked_one_by_one_are_those_of_the_whole(
    lines: list[str], form: str, kind: type
) -> None:
    show = Showing(*lines)
    body = show.gallery.structure(WINDOW, b"k", step=step_of(show.steps(), 0)).body
    assert isinstance(body, kind)
    meaning: Meaning = body
    for event in show.events():
        meaning = advance(meaning, event)
    whole = show.gallery.structure(WINDOW, b"k").body
    assert meaning.touch == whole.touch  # type: ignore[union-attr]


@pytest.mark.parametrize(("line", "form"), [("SET k v", "bytes"), ("ZADD k 1 a", "structure")])
def test_the_plain_form_is_left_to_the_structure(line: str, form: str) -> None:
    show = Showing(line)
    value = show.session.engine.state.databases[0].value_of(b"k")
    assert value is not None
    assert look_at(value, form, WINDOW, (), 0) is None
