"""The gallery: right on every branch, at every position, whenever it was opened."""

from __future__ import annotations

from redlearn.views.gallery import Gallery
from redlearn.views.structure import step_of
from redlearn.views.window import Window
from tests.views.showing import Showing, board

WINDOW = Window(78, 11)

LINES = [
    "SET a 1 EX 5", "HSET h f v", "GET a", "ZADD z 1 m", "INCR a", "SELECT 1", "SET other x",
    "SELECT 0", "DEL h", "NOSUCH", "EXPIRE z 1", "SET b 2",
]  # fmt: skip


def pictures(gallery: Gallery) -> list[object]:
    ttl = gallery.ttl(WINDOW)
    return [
        gallery.structure(WINDOW, b"z"), gallery.slots(b"z"), gallery.aof(WINDOW),
        gallery.log(WINDOW), gallery.keys(WINDOW), gallery.diff(),
        [(row.key, row.at_ms) for row in ttl.rows], ttl.died, ttl.now_ms,
    ]  # fmt: skip


def test_coming_back_shows_what_was_there() -> None:
    show = Showing()
    seen = []
    for line in LINES:
        show(line)
        show.session.advance(700)
        seen.append((show.session.position, pictures(show.gallery)))
    for position, expected in [*reversed(seen), *seen]:
        show.session.seek(position)
        assert pictures(show.gallery) == expected


def test_a_gallery_opened_late_shows_the_same() -> None:
    show = Showing(*LINES)
    late = Gallery(show.session)
    assert pictures(late) == pictures(show.gallery)


def test_a_branch_has_its_own_log_and_the_old_one_keeps_its() -> None:
    show = Showing("SET a 1", "SET b 2")
    old = pictures(show.gallery)
    show.session.step(-1)
    show("SET c 3")
    assert [line.text for line in show.gallery.log(WINDOW).lines if line.kind == "command"] == [
        "SET a 1", "SET c 3",
    ]  # fmt: skip
    show.session.switch(0)
    assert pictures(show.gallery) == old


def test_before_anything_happened_there_is_nothing_to_show() -> None:
    show = Showing()
    show.session.seek(0)
    assert show.gallery.aof(WINDOW).rows == ()
    assert show.gallery.log(WINDOW).lines == ()
    assert show.gallery.diff().changes == ()
    assert show.gallery.structure(WINDOW, b"").key == b""


def test_stepping_leaves_the_session_where_it_was() -> None:
    show = board()
    show("ZADD board 65 zoe")
    before = pictures(show.gallery), show.session.position, show.session.now_ms
    for number in range(len(show.steps()) + 1):
        show.gallery.structure(WINDOW, b"board", step=step_of(show.steps(), number))
        show.gallery.table_of_keys(WINDOW, step=step_of(show.steps(), number))
    assert (pictures(show.gallery), show.session.position, show.session.now_ms) == before


def test_asking_twice_gives_equal_views() -> None:
    show = board()
    assert pictures(show.gallery) == pictures(show.gallery)


def test_a_command_with_more_events_than_are_kept_still_leaves_right_counts() -> None:
    show = Showing("SET a 1")
    show.gallery.slots(b"a")
    show("MSET " + " ".join(f"k{n} v" for n in range(6000)))
    assert show.gallery.slots(b"a").total == 6001


def test_what_a_command_did_stays_while_a_timer_rehashes_the_table_of_keys() -> None:
    show = Showing("SET a 1", "SET b 1", "SET c 1", "SET d 1", "SADD k x")
    session, gallery = show.session, show.gallery
    before = (gallery.structure(WINDOW, b"k").body, gallery.diff())
    moved = gallery.table_of_keys(WINDOW).body
    commands = session.position
    session.live = True
    session.catch_up(0)
    session.catch_up(1000)
    assert session.position > commands
    assert session.engine.state.databases[0].keys.is_rehashing is False
    assert gallery.structure(WINDOW, b"k").body == before[0]
    assert gallery.diff() == before[1]
    assert gallery.table_of_keys(WINDOW).body != moved


def test_what_a_timer_does_to_keys_takes_the_place_of_what_the_command_did() -> None:
    show = Showing("SADD k x y", "SADD gone z", "PEXPIRE gone 200", "SREM k x")
    session, gallery = show.session, show.gallery
    removed = gallery.diff()
    session.live = True
    session.catch_up(0)
    session.catch_up(1000)
    assert gallery.diff() != removed
