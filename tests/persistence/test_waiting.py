"""Rows of buckets as they were: right while the table they come from moves on."""

from __future__ import annotations

from random import Random
from typing import cast

import pytest

from redlearn.engine.keyspace import Database
from redlearn.engine.structures.buckets import Entry
from redlearn.persistence.opcodes import magic_of
from redlearn.persistence.rdb_records import Key, records
from redlearn.persistence.rdb_write import Form
from redlearn.persistence.waiting import (
    EMPTY_VISITS,
    Copied,
    Kept,
    Notation,
    Part,
    Record,
    Records,
    Rows,
)
from redlearn.probe import Probe
from tests.persistence.files import sealed

FORM = Form(10)


def database(count: int) -> Database:
    db = Database(0, 3, Probe())
    for number in range(count):
        db.keys.insert(b"k%d" % number, b"v%d" % number)
    return db


def watched(db: Database) -> Rows:
    rows = Rows(db)
    rows.watch()
    return rows


def keys_in(out: bytearray) -> list[bytes]:
    body = magic_of(10) + bytes(out)
    return [record.key for record in records(sealed(body)) if isinstance(record, Key)]


def take_all(rows: Rows) -> list[bytes]:
    out = bytearray()
    while rows.left:
        rows.take(out, 3, FORM)
    return keys_in(out)


def kept(*records: Record) -> Kept:
    return Kept(len(records), lambda: records)


@pytest.mark.parametrize("count", [0, 1, 5, 64, 65, 300])
def test_all_keys_wait_and_come_once(count: int) -> None:
    db = database(count)
    assert db.keys.is_rehashing == (count in (5, 65, 300))
    rows = watched(db)
    assert rows.left == count
    found = take_all(rows)
    assert sorted(found) == sorted(entry.key for entry in db.keys)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_table_does_they_are_those_of_the_start(seed: int) -> None:
    rng = Random(seed)
    db = database(rng.choice((3, 33, 200)))
    before = sorted(entry.key for entry in db.keys.entries())
    rows, out = watched(db), bytearray()
    while rows.left:
        for _ in range(rng.randrange(20)):
            key = b"k%d" % rng.randrange(500)
            if db.keys.peek(key) is None:
                db.keys.insert(key, b"new")
            else:
                rows.bring(out, key, FORM)
                db.keys.remove(key)
        if not rng.randrange(4):
            db.keys.rehash_steps(5)
        rows.take(out, rng.randrange(1, 9), FORM)
    assert sorted(keys_in(out)) == before
    assert b"new" not in out


def test_a_key_can_be_brought_once() -> None:
    rows, out = watched(database(40)), bytearray()
    assert rows.bring(out, b"k7", FORM)
    assert not rows.bring(out, b"k7", FORM)
    assert not rows.bring(out, b"nobody", FORM)
    assert keys_in(out) == [b"k7"]
    assert rows.left == 39
    assert b"k7" not in take_all(rows)


def test_a_key_that_was_taken_cannot_be_brought() -> None:
    rows, out = watched(database(40)), bytearray()
    rows.take(out, 40, FORM)
    before = len(out)
    assert not any(rows.bring(out, b"k%d" % number, FORM) for number in range(40))
    assert len(out) == before


def test_ends_are_those_of_the_start_even_when_all_are_forgotten() -> None:
    db = database(3)
    db.expire_at(b"k1", 77)
    rows = watched(db)
    rows.emptying()
    db.clear()
    found = {record[0]: record[1] for record in rows.freeze(lambda: FORM).records}
    assert found[b"k1"].startswith(b"\xfc" + (77).to_bytes(8, "little"))
    assert not found[b"k0"].startswith(b"\xfc")


def test_a_step_over_a_table_that_is_all_but_empty_ends_soon() -> None:
    db = database(2000)
    for number in range(1, 2000):
        db.keys.remove(b"k%d" % number)
        if db.keys.is_rehashing:
            break
    for number in range(1, 2000):
        entry = db.keys.peek(b"k%d" % number)
        if entry is not None:
            db.keys.remove(entry.key)
    rows, out = watched(db), bytearray()
    assert rows.left == 1
    steps = 0
    while rows.left:
        rows.take(out, 1, FORM)
        steps += 1
        assert steps <= rows.size // 8 // EMPTY_VISITS + 2
    assert keys_in(out) == [b"k0"]


@pytest.mark.parametrize("seed", range(8))
def test_a_moment_that_is_kept_is_what_it_was_whatever_came_after(seed: int) -> None:
    rng = Random(seed)
    db = database(rng.choice((3, 33, 200)))
    db.expire_at(b"k1", 77)
    rows, out = watched(db), bytearray()
    moments: list[tuple[Kept, tuple[Record, ...]]] = []
    while rows.left:
        known = rows.freeze(lambda: FORM)
        twin = rows.freeze(lambda: FORM)
        moments.append((known, twin.records))  # the second is found out now, the first at the end
        for _ in range(rng.randrange(4)):
            key = b"k%d" % rng.randrange(200)
            rows.bring(out, key, FORM)
            if (entry := db.keys.peek(key)) is not None:
                entry.value = b"another"
        db.keys.rehash_steps(1)
        rows.take(out, rng.randrange(4), FORM)
        if rng.random() < 0.05:
            break
    rows.let_go()
    db.keys.guard = None
    db.clear()
    for known, expected in moments:
        assert (known.left, known.records) == (len(expected), expected)


def test_to_keep_a_moment_writes_nothing() -> None:
    class Dear:
        def key(self, out: bytearray, entry: Entry, at_ms: int) -> int:
            raise AssertionError("written")

    rows = watched(database(9))
    assert rows.freeze(lambda: cast(Notation, Dear())).left == 9


def test_records_are_taken_in_their_order_or_brought() -> None:
    waiting = Records(kept((b"a", b"1"), (b"b", b"22"), (b"c", b"3")))
    assert waiting.left == 3
    out = bytearray()
    assert waiting.bring(out, b"b", FORM)
    assert not waiting.bring(out, b"b", FORM)
    assert (waiting.left, waiting.size) == (2, 2)
    assert waiting.freeze(lambda: FORM).records == ((b"a", b"1"), (b"c", b"3"))
    assert waiting.take(out, 9, FORM) == 2
    assert bytes(out) == b"2213"


def test_a_part_holds_what_was_brought_until_it_is_taken() -> None:
    copied = Copied()
    part = Part(0, 9, 0, FORM, copied, watched(database(9)))
    part.changing(b"k1")
    part.changing(b"k1")
    assert (copied.keys, copied.held) == (1, len(part.brought))
    out = bytearray()
    assert part.take(out, 0) == 0
    assert keys_in(out) == [b"k1"]
    assert (copied.held, copied.most, copied.bytes) == (0, len(out), len(out))
    again = Part.thaw(part.freeze(lambda: FORM), FORM, Copied())
    assert again.freeze(lambda: FORM) == part.freeze(lambda: FORM)


def test_a_part_goes_on_after_time_travel_where_it_was() -> None:
    part = Part(3, 9, 2, FORM, Copied(), watched(database(9)))
    part.begun = True
    part.changing(b"k1")
    copied, form = Copied(), Form(11)
    again = Part.thaw(part.freeze(lambda: FORM), form, copied)
    assert (again.index, again.keys, again.expires, again.begun) == (3, 9, 2, True)
    assert (again.notation, again.waiting.left) == (form, 8)
    assert again.brought == part.brought and again.brought is not part.brought
    again.changing(b"k2")
    assert copied.keys == 1
    out = bytearray()
    again.take(out, 9)
    found = keys_in(out)
    assert found[:2] == [b"k1", b"k2"]
    assert sorted(found) == [b"k%d" % number for number in range(9)]
    assert not Part.thaw(
        Part(0, 0, 0, FORM, copied, Records(kept())).freeze(lambda: FORM), FORM, copied
    ).begun
