"""The hash table drawn: chains, two tables on the move, the chain searched last."""

from __future__ import annotations

from redlearn.panes import structure
from redlearn.views.window import Window
from tests.views.showing import SMALL_HASHES, Showing, assert_fits


def drawn(show: Showing, key: bytes = b"h", width: int = 78, height: int = 11) -> str:
    view = show.gallery.structure(Window(width, height), key)
    return assert_fits(structure.render(view, width, height), width, height)


def fields(count: int) -> Showing:
    return Showing(*[f"HSET h f{n} v{n}" for n in range(count)], config=SMALL_HASHES)


def at_rest(count: int) -> Showing:
    """So many fields, and no bucket left to move."""
    show = fields(count)
    while show.session.engine.state.databases[0].value_of(b"h").table.is_rehashing:
        show("HGET h f0")
    return show


def test_every_bucket_has_a_row_and_empty_ones_a_dot() -> None:
    show = at_rest(5)
    text = drawn(show)
    assert "5 entries · 8 buckets" in text
    for bucket in range(8):
        assert f" {bucket} " in text
    assert text.count("·") >= 3
    for number in range(5):
        assert f"f{number} v{number}" in text


def test_the_bucket_searched_last_and_the_key_found_are_marked() -> None:
    show = at_rest(5)
    show("HGET h f3")
    (line,) = [line for line in drawn(show).splitlines() if "f3" in line]
    assert line.startswith("▶")
    assert "●f3 v3" in line


def test_a_key_not_found_leaves_the_chain_compared() -> None:
    show = at_rest(5)
    show("HGET h nobody")
    text = drawn(show)
    assert "▶" in text
    assert "●" not in text


def test_a_move_shows_both_tables_and_how_far_it_came() -> None:
    show = fields(9)
    show("HGET h f7")
    text = drawn(show)
    assert "rehashing 8 -> 16" in text
    assert "table 0," in text and "table 1," in text
    assert "│" in text
    for number in range(9):
        assert f"f{number} v{number}" in text
    for _ in range(3):
        show("HGET h f0")
    assert "moved" in drawn(show)


def test_a_new_field_has_a_plus() -> None:
    show = at_rest(5)
    show("HSET h fresh x")
    assert "+fresh x" in drawn(show)


def test_the_table_of_keys_is_a_hash_table_too() -> None:
    show = Showing("SET a 1", "ZADD z 1 m", "GET a")
    view = show.gallery.table_of_keys(Window(78, 11))
    text = assert_fits(structure.render(view, 78, 11), 78, 11)
    assert "all keys of database 0" in text
    assert "●a string" in text
    assert "z zset" in text


def test_a_large_table_shows_the_part_that_was_used() -> None:
    show = Showing("HSET h " + " ".join(f"f{n} v" for n in range(3000)))
    show("HGET h f1234")
    text = drawn(show)
    assert "●f1234" in text
    assert "from bucket" in text


def test_any_bytes_are_harmless() -> None:
    show = at_rest(5)
    show(b"HSET", b"h", b"\x1b[2J\x00", b"\x07", "键".encode() * 9, b"[b]" * 900)
    assert "\\x1b[2J" in drawn(show)


def test_fields_that_end_have_their_time_beside_them() -> None:
    show = at_rest(5)
    show("HEXPIRE h 100 FIELDS 2 f1 f3")
    text = drawn(show)
    assert "2 of them end" in text
    assert "f3 v3 (100.0 s)" in text
    show.session.clock.advance(100_001)
    assert "(over)" in drawn(show)
