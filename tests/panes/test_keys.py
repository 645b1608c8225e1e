"""The keys pane: one key a row."""

from __future__ import annotations

from redlearn.panes import keys
from redlearn.views.window import Window
from tests.views.showing import Showing, assert_fits


def drawn(show: Showing, last: bytes = b"", width: int = 78, height: int = 11) -> str:
    view = show.gallery.keys(Window(width, height), last=last)
    return assert_fits(keys.render(view, width, height), width, height)


def test_type_encoding_size_and_time_stand_beside_a_key() -> None:
    show = Showing("ZADD board 1 ann", "SET name ann EX 90")
    text = drawn(show, b"name")
    assert "2 keys in database 0" in text
    board, name = text.splitlines()[1:]
    assert board.split() == ["board", "zset", "listpack", "1", "64", "B", "idle", "0", "s"]
    assert name.split() == [
        "▶",
        "name",
        "string",
        "embstr",
        "3",
        "64",
        "B",
        "idle",
        "0",
        "s",
        "90.0",
        "s",
    ]


def test_a_narrow_pane_leaves_memory_out() -> None:
    board, name = drawn(
        Showing("ZADD board 1 ann", "SET name ann EX 90"), b"name", 46
    ).splitlines()[1:]
    assert board.split() == ["board", "zset", "listpack", "1"]
    assert name.split() == ["▶", "name", "string", "embstr", "3", "90.0", "s"]


def test_under_lfu_the_frequency_is_shown() -> None:
    show = Showing("CONFIG SET maxmemory-policy allkeys-lfu", "SET name ann")
    assert "freq 5" in drawn(show)


def test_an_empty_database_says_so() -> None:
    assert drawn(Showing()) == "Database 0 is empty."


def test_long_and_wide_names_keep_the_columns() -> None:
    show = Showing()
    show("SET", "键" * 50, "v")
    show("SET", "short", "v")
    starts = {line.index("string") + line.count("键") for line in drawn(show).splitlines()[1:]}
    assert len(starts) == 1


def test_many_keys_say_which_bucket_they_are_from() -> None:
    show = Showing("MSET " + " ".join(f"k{n} v" for n in range(600)))
    assert "from bucket 0 of the table" in drawn(show)
