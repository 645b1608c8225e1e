"""Views of keys: sorted while few, by bucket when many."""

from __future__ import annotations

from redlearn.engine.keyspace import NO_EXPIRY
from redlearn.views import keys
from redlearn.views.keys import KeyRow
from redlearn.views.window import Window
from tests.views.showing import Showing


def test_a_row_says_what_a_key_is() -> None:
    show = Showing("ZADD z 1 a 2 b", "SET s hello EX 9", "HSET h f v")
    view = show.gallery.keys(Window(78, 11))
    assert view.rows == (
        KeyRow(b"h", "hash", "listpack", 1, NO_EXPIRY, 64, "idle 0 s"),
        KeyRow(b"s", "string", "embstr", 5, show.session.now_ms + 9000, 64, "idle 0 s"),
        KeyRow(b"z", "zset", "listpack", 2, NO_EXPIRY, 80, "idle 0 s"),
    )


def test_the_key_touched_last_is_in_sight() -> None:
    show = Showing(*[f"SET k{n:03} v" for n in range(100)])
    view = show.gallery.keys(Window(78, 11), last=b"k070")
    assert b"k070" in [row.key for row in view.rows]


def test_many_keys_are_shown_by_bucket_without_sorting_them() -> None:
    show = Showing("MSET " + " ".join(f"k{n} v" for n in range(2000)))
    db = show.session.engine.state.databases[0]
    seen: set[bytes] = set()
    bucket = 0
    while bucket < db.keys.size(0) + db.keys.size(1):
        view = keys.look_at(db, bucket, 50, 0)
        seen |= {row.key for row in view.rows}
        bucket += 10
    assert view.by_bucket
    assert len(seen) == 2000


def test_an_empty_database_has_no_rows() -> None:
    assert Showing().gallery.keys(Window(78, 11)).rows == ()
