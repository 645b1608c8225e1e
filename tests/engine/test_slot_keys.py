"""SlotKeys: rows of keys, in step with the keys of a database."""

from __future__ import annotations

from random import Random

from redlearn.engine.slot_keys import SlotKeys
from redlearn.slots import slot_of
from redlearn.timeline.snapshot import Freezer
from tests.conftest import Redis

FOO = slot_of(b"foo")


def test_keys_of_a_slot_are_named_the_last_one_first() -> None:
    rows = SlotKeys([b"{foo}1", b"bar", b"{foo}2", b"foo"])
    assert rows.keys(FOO, 10) == [b"foo", b"{foo}2", b"{foo}1"]
    assert rows.keys(FOO, 2) == [b"foo", b"{foo}2"]
    assert rows.keys(FOO, 0) == []
    assert rows.count(FOO) == 3


def test_a_slot_without_keys_has_no_row() -> None:
    rows = SlotKeys([b"foo"])
    rows.remove(b"foo")
    assert rows.rows == {}
    assert rows.count(FOO) == 0
    assert rows.keys(FOO, 5) == []


def test_a_key_that_is_not_there_can_be_removed() -> None:
    rows = SlotKeys([b"foo"])
    rows.remove(b"bar")
    rows.remove(b"{foo}")
    rows.check([b"foo"])


def test_the_same_rows_come_out_of_what_was_frozen() -> None:
    rows = SlotKeys([b"{foo}1", b"bar", b"{foo}2", b"{bar}"])
    rows.remove(b"{foo}1")
    rows.add(b"{foo}1")
    assert SlotKeys(rows.freeze()).rows == rows.rows
    assert [*SlotKeys(rows.freeze()).rows[FOO]] == [b"{foo}2", b"{foo}1"]


def test_they_follow_whatever_commands_do_to_keys(redis: Redis) -> None:
    """Two hundred random commands on a dozen keys, some of which end by themselves."""
    db = redis.ctx.db
    redis("SET before 1")
    db.index_slots()
    rng = Random(5)
    lines = (
        "SET {} 1", "DEL {}", "RENAME {} {}", "COPY {} {} REPLACE", "SADD {} a", "SREM {} a",
        "SET {} 1 PX 20", "GETDEL {}", "LPUSH {} 1", "LPOP {}", "MOVE {} 1", "SINTERSTORE {} {} {}",
    )  # fmt: skip
    for _ in range(200):
        names = [f"{{t{rng.randrange(3)}}}{rng.randrange(4)}" for _ in range(3)]
        redis.all(rng.choice(lines).format(*names))
        redis.advance(5)
        db.check()
    redis.engine.tick()
    db.check()
    assert len(db) > 2
    redis("FLUSHALL")
    db.check()
    assert db.slot_keys is not None
    assert db.slot_keys.rows == {}


def test_two_databases_change_rows_with_their_keys(redis: Redis) -> None:
    first, second = redis.engine.state.databases[:2]
    for db in (first, second):
        db.index_slots()
    redis("SET foo 1")
    redis("SWAPDB 0 1")
    first.check()
    second.check()
    assert second.slot_keys is not None
    assert second.slot_keys.count(FOO) == 1


def test_a_step_back_brings_their_order_back(redis: Redis) -> None:
    db = redis.ctx.db
    db.index_slots()
    freezer = Freezer(redis.engine)
    empty = freezer.freeze()
    for key in ("{foo}1", "{foo}2", "{foo}3"):
        redis(f"SET {key} 1")
    redis("DEL {foo}1")
    redis("SET {foo}1 1")
    full = freezer.freeze()
    redis("DEL {foo}2")
    freezer.thaw(full)
    assert db.slot_keys is not None
    assert db.slot_keys.keys(FOO, 9) == [b"{foo}1", b"{foo}3", b"{foo}2"]
    freezer.thaw(empty)
    assert db.slot_keys.keys(FOO, 9) == []


def test_outside_of_a_cluster_there_are_none(redis: Redis) -> None:
    redis("SET foo 1")
    assert all(db.slot_keys is None for db in redis.engine.state.databases)
