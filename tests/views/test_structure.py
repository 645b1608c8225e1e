"""Views of whatever a key holds, now or in the midst of a command."""

from __future__ import annotations

import pytest

from redlearn.views import structure
from redlearn.views.hashtable import HashtableView
from redlearn.views.listpack import ListpackView
from redlearn.views.skiplist import SkiplistView
from redlearn.views.string import StringView
from redlearn.views.structure import MissingView, step_of
from redlearn.views.window import Window
from tests.views.showing import SMALL_HASHES, SMALL_ZSETS, Showing, board

WINDOW = Window(78, 11)


@pytest.mark.parametrize(
    ("line", "body"),
    [
        ("SET k v", StringView),
        ("HSET k a 1", ListpackView),
        ("HSET k a 1 b 2 c 3", HashtableView),
        ("ZADD k 1 a", ListpackView),
        ("ZADD k 1 a 2 b 3 c 4 d 5 e", SkiplistView),
        ("GET k", MissingView),
    ],
)
def test_the_body_is_the_structure_that_holds_the_value(line: str, body: type) -> None:
    show = Showing(line, config={**SMALL_ZSETS, **SMALL_HASHES})
    assert isinstance(show.gallery.structure(WINDOW, b"k").body, body)


def test_a_sorted_set_has_its_table_beside_the_skiplist() -> None:
    view = board().gallery.structure(WINDOW, b"board")
    assert view.side is not None
    assert sum(view.side.used) == 5


def test_a_command_that_asks_the_table_alone_brings_it_to_the_front() -> None:
    show = board()
    show("ZSCORE board eve")
    view = show.gallery.structure(WINDOW, b"board")
    assert isinstance(view.body, HashtableView)
    assert view.body.touched.probe is not None and view.body.touched.probe.key == b"eve"


def test_a_change_of_encoding_is_told_once() -> None:
    show = board()
    view = show.gallery.structure(WINDOW, b"board")
    assert view.changed is not None and view.changed.why == "5 members > 4"
    show("ZRANK board cy")
    assert show.gallery.structure(WINDOW, b"board").changed is None


def test_looking_changes_nothing() -> None:
    show = Showing(*[f"HSET h f{n} v" for n in range(9)], config=SMALL_HASHES)
    table = show.session.engine.state.databases[0].value_of(b"h").table
    assert table.is_rehashing
    before = table.freeze(), show.session.engine.state.databases[0].keys.freeze()
    for _ in range(3):
        show.gallery.structure(WINDOW, b"h")
        show.gallery.table_of_keys(WINDOW)
    assert (table.freeze(), show.session.engine.state.databases[0].keys.freeze()) == before


def test_a_key_that_died_says_how() -> None:
    show = Showing("SET k v PX 50")
    show.session.clock.advance(80)
    assert show.gallery.structure(WINDOW, b"k").overdue
    show("GET k")
    body = show.gallery.structure(WINDOW, b"k").body
    assert isinstance(body, MissingView)
    assert body.died is not None and body.died.how == "lazy"


def test_events_of_another_key_light_nothing() -> None:
    show = board()
    show("ZADD other 1 a 2 b 3 c 4 d 5 e")
    body = show.gallery.structure(WINDOW, b"board").body
    assert isinstance(body, SkiplistView)
    assert body.trail.stops == ()


def test_each_step_of_a_command_shows_the_state_it_had_then() -> None:
    show = board()
    show("ZADD board 65 zoe")
    steps = show.steps()
    lengths, stops = [], []
    for number in range(len(steps) + 1):
        body = show.gallery.structure(WINDOW, b"board", step=step_of(steps, number)).body
        assert isinstance(body, SkiplistView)
        lengths.append(body.length)
        stops.append(len(body.trail.stops))
    assert lengths[0] == 5
    assert lengths[-1] == 6
    assert lengths == sorted(lengths)
    assert stops == sorted(stops)


def test_the_last_step_shows_what_the_whole_command_left() -> None:
    show = board()
    show("ZINCRBY board 45 bob")
    steps = show.steps()
    last = show.gallery.structure(WINDOW, b"board", step=step_of(steps, len(steps)))
    whole = show.gallery.structure(WINDOW, b"board")
    assert (last.body, last.side, last.length) == (whole.body, whole.side, whole.length)


def test_before_the_first_step_a_new_key_is_not_there() -> None:
    show = Showing("HSET h a 1")
    view = show.gallery.structure(WINDOW, b"h", step=step_of(show.steps(), 0))
    assert isinstance(view.body, MissingView)
    assert view.step is not None and view.step.number == 0


def test_a_listpack_is_still_one_in_the_midst_of_the_command_that_converts_it() -> None:
    show = Showing("HSET h a 1 b 2", config=SMALL_HASHES)
    show("HSET h c 3")
    bodies = [
        type(show.gallery.structure(WINDOW, b"h", step=step_of(show.steps(), number)).body)
        for number in range(len(show.steps()) + 1)
    ]
    assert bodies[0] is ListpackView
    assert bodies[-1] is HashtableView


def test_advancing_marks_one_more_event() -> None:
    show = board()
    show("ZRANK board dee")
    view = show.gallery.structure(WINDOW, b"board", step=step_of(show.steps(), 0))
    for event in show.events():
        view = structure.advance(view, event)
    whole = show.gallery.structure(WINDOW, b"board")
    assert (view.body, view.side) == (whole.body, whole.side)


def test_a_window_follows_the_search_and_can_be_moved_from_there() -> None:
    show = Showing("ZADD z " + " ".join(f"{n} m{n}" for n in range(500)), "ZRANK z m400")
    home = show.gallery.structure(WINDOW, b"z").body
    assert isinstance(home, SkiplistView)
    assert b"m400" in [tower.member for tower in home.towers]
    moved = show.gallery.structure(Window(78, 11, -100), b"z").body
    assert isinstance(moved, SkiplistView)
    assert moved.towers[0].rank == home.towers[0].rank - 100
