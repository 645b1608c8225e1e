"""Views of deadlines: soonest first, windows, what was given, who died how."""

from __future__ import annotations

import doctest

from redlearn.views import ttl
from redlearn.views.window import Window
from tests.views.showing import Showing

WINDOW = Window(78, 11)


def test_the_soonest_comes_first() -> None:
    show = Showing("SET late v EX 100", "SET soon v EX 1", "SET mid v EX 10", "SET never v")
    view = show.gallery.ttl(WINDOW)
    assert [row.key for row in view.rows] == [b"soon", b"mid", b"late"]
    assert (view.total, view.keys) == (3, 4)


def test_time_passes_in_the_view_alone() -> None:
    show = Showing("SET k v EX 10")
    before = show.gallery.ttl(WINDOW)
    show.session.clock.advance(2500)
    after = show.gallery.ttl(WINDOW)
    assert after.rows == before.rows
    assert after.now_ms - before.now_ms == 2500


def test_how_long_a_key_was_given_is_known_at_any_time_after() -> None:
    show = Showing("SET k v EX 10")
    show.session.advance(4000)
    (row,) = show.gallery.ttl(WINDOW).rows
    assert (row.total_ms, row.at_ms - show.session.now_ms) == (10_000, 6_000)
    show("EXPIRE k 50")
    assert show.gallery.ttl(WINDOW).rows[0].total_ms == 50_000
    show.session.step(-1)
    assert show.gallery.ttl(WINDOW).rows[0].total_ms == 10_000


def test_a_window_of_many_costs_what_is_seen() -> None:
    show = Showing(*[f"SET k{n:03} v EX {n + 1}" for n in range(300)])
    view = show.gallery.ttl(Window(78, 5, 0, 100))
    assert [row.key for row in view.rows] == [b"k%03d" % n for n in range(100, 105)]
    assert view.first == 100


def test_lazy_and_active_deaths_are_told_apart_latest_first() -> None:
    show = Showing("SET lazy v PX 5", "SET active v PX 150")
    show.session.clock.advance(7)
    show("GET lazy")
    show.session.advance(300)
    died = show.gallery.ttl(WINDOW).died
    assert [(event.key, event.how) for event in died] == [(b"active", "active"), (b"lazy", "lazy")]


def test_the_dead_rise_again_on_the_way_back() -> None:
    show = Showing("SET k v PX 5")
    show.session.advance(300)
    assert show.gallery.ttl(WINDOW).died
    show.session.seek(2)
    assert not show.gallery.ttl(WINDOW).died


def test_without_an_index_the_deadlines_are_sorted() -> None:
    show = Showing("SET a v EX 9", "SET b v EX 3")
    db = show.session.engine.state.databases[0]
    indexed = ttl.look_at(db, 0, 0, 5)
    db.deadlines = None
    assert ttl.look_at(db, 0, 0, 5) == indexed


def test_fields_that_end_stand_among_the_keys() -> None:
    show = Showing("SET k v PX 5000", "HSET h a 1 b 2 c 3")
    show("HPEXPIRE h 9000 FIELDS 1 a")
    show("HPEXPIRE h 1000 FIELDS 1 b")
    view = show.gallery.ttl(WINDOW)
    assert [(row.key, row.field) for row in view.rows] == [(b"h", b"b"), (b"k", None), (b"h", b"a")]
    assert (view.total, view.hashes) == (1, 1)
    db = show.session.engine.state.databases[0]
    assert [row.key for row in ttl.look_at(db, show.session.now_ms, 1, 1).rows] == [b"k"]


def test_the_examples_hold() -> None:
    assert doctest.testmod(ttl).failed == 0
