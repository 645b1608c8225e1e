"""The memory pane: the bytes of one key, and all of them against the limit."""

from __future__ import annotations

import pytest

from redlearn.panes import memory
from tests.views.showing import Showing, assert_fits


def drawn(show: Showing, key: bytes = b"k", width: int = 78, height: int = 11) -> str:
    return assert_fits(memory.render(show.gallery.memory(key), width, height), width, height)


def full() -> Showing:
    show = Showing("CONFIG SET maxmemory 2kb maxmemory-policy allkeys-lru")
    for number in range(30):
        show.session.advance(1000)
        show("SET", f"key:{number}", "x" * 50)
    return show


def test_the_parts_of_a_short_string_are_told() -> None:
    text = drawn(Showing("SET k hello"))
    assert "k  embstr  64 bytes  for 6 of yours   idle 0 s" in text
    assert "entry in table of keys" in text
    assert "SDS 1 + 1 + 1" in text
    assert "one block: 16 + 3 + 5 + 1" in text
    assert "in use, and no maxmemory." in text


def test_bars_stand_for_sizes() -> None:
    rows = memory.render(Showing("SET k " + "x" * 500).gallery.memory(b"k"), 78, 11)
    bars = [sum(len(run.text) for run in row if run.style == "bar") for row in rows[1:5]]
    assert bars == sorted(bars)[:1] + bars[1:]
    assert max(bars) == bars[-1] > 4


def test_a_deadline_is_added_below() -> None:
    assert "+ 24 in the table of deadlines" in drawn(Showing("SET k v EX 10"))


def test_under_pressure_the_limit_the_pool_and_the_victims_are_shown() -> None:
    text = drawn(full(), b"key:29")
    assert "of 2,048 bytes, allkeys-lru" in text
    for head in ("sampled", "pool", "evicted"):
        assert any(line.startswith(head) for line in text.splitlines())


def test_more_than_the_limit_is_in_another_colour_and_in_words() -> None:
    show = full()
    rows = memory.render(show.gallery.memory(b"key:29"), 78, 11)
    state = show.session.engine.state
    over = state.used_memory() > state.limit
    assert over == any(run.style == "bar.last" for row in rows for run in row)
    assert f"{state.used_memory() / state.limit:.0%}" in drawn(show)


def test_volatile_ttl_scores_are_short() -> None:
    show = Showing("CONFIG SET maxmemory 1kb maxmemory-policy volatile-ttl")
    for number in range(30):
        show("SET", f"key:{number}", "x" * 50, "EX", f"{number + 50}")
    assert "ttl " in drawn(show)


def test_many_keys_that_nobody_counts_say_so() -> None:
    show = Showing("MSET " + " ".join(f"k{n} v" for n in range(2001)))
    assert "nobody counts" in drawn(show, b"k1")


def test_no_key_yet_says_so() -> None:
    assert "No key was used yet." in drawn(Showing(), b"")
    assert "not there: 0 bytes" in drawn(Showing(), b"nope")


@pytest.mark.parametrize(("width", "height"), [(1, 1), (20, 3), (40, 6), (78, 11), (200, 50)])
def test_it_fits_and_any_bytes_are_harmless(width: int, height: int) -> None:
    show = full()
    show(b"SET", b"\x1b]0;x\x07", b"v")
    show(b"SET", "键".encode() * 60, b"v")
    for key in (b"\x1b]0;x\x07", "键".encode() * 60, b"key:29"):
        assert "\x1b" not in drawn(show, key, width, height)


@pytest.mark.parametrize("height", [3, 4, 5, 6, 8, 11])
def test_parts_that_have_no_room_are_summed_up(height: int) -> None:
    show = Showing("HSET k f1 v1 f2 v2 f3 " + "x" * 70)
    rows = drawn(show, height=height).splitlines()
    key = show.gallery.memory(b"k").key
    assert key is not None
    assert "in use" in rows[-1]
    parts = [row for row in rows[1:-1] if row.strip()]
    sizes = [int(row[58:67].replace(",", "")) for row in parts]
    assert sum(sizes) == key.total
    assert (len(parts) < len(key.parts)) == parts[-1].startswith("… ")
