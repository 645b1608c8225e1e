"""One database: keys, when they end, and the index of those ends."""

from __future__ import annotations

import pytest

from redlearn.engine.keyspace import NO_EXPIRY, Database
from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.structures.hashtable_filling import Filling
from redlearn.engine.values.hash import Hash
from redlearn.probe import Probe
from tests.conftest import Redis


@pytest.fixture
def db() -> Database:
    """A database with two keys."""
    db = Database(0, 1, Probe())
    for key in (b"a", b"b"):
        db.keys.insert(key, b"v")
    return db


def test_a_key_without_an_end_costs_nothing_in_the_second_table(db: Database) -> None:
    assert db.expiry_of(b"a") == NO_EXPIRY
    assert not db.mortal
    db.expire_at(b"a", 500)
    assert (db.expiry_of(b"a"), db.expiry_of(b"b"), db.expiry_of(b"nope")) == (500, -1, -1)
    assert (db.mortal, len(db.expires)) == (True, 1)
    db.check()


def test_an_end_can_be_moved_and_taken_away(db: Database) -> None:
    db.expire_at(b"a", 500)
    db.expire_at(b"a", 700)
    assert db.expiry_of(b"a") == 700
    assert db.persist(b"a")
    assert not db.persist(b"a")
    assert not db.mortal
    db.check()


def test_persisting_what_never_ended_changes_nothing(db: Database) -> None:
    db.expire_at(b"a", 500)
    assert not db.persist(b"b")
    assert db.mortal


def test_removing_a_key_takes_its_end_along(db: Database) -> None:
    db.expire_at(b"a", 500)
    entry = db.remove(b"a")
    assert entry is not None
    assert entry.key == b"a"
    assert db.remove(b"a") is None
    assert (len(db), db.mortal) == (1, False)
    db.check()


def test_clearing_counts_what_was_there(db: Database) -> None:
    db.expire_at(b"a", 500)
    db.index_deadlines()
    assert db.clear() == 2
    assert (len(db), len(db.expires), db.mortal) == (0, 0, False)
    assert db.deadlines is not None
    assert not db.deadlines
    db.check()


def test_tables_from_a_file_take_the_place_of_all_that_was_there(db: Database) -> None:
    db.keys.insert(b"old", b"x")
    db.expire_at(b"old", 5)
    db.index_deadlines()
    db.touched, db.changed = set(), set()
    keys, expires = Filling(db.keys.seed, 9), Filling(db.expires.seed)
    keys.add(b"new", 2)
    keys.add(b"ends", 3)
    expires.add(b"ends", 77)
    db.replace(keys.result(), expires.result())
    db.check()
    assert db.expiry_of(b"ends") == 77
    assert db.value_of(b"old") is None
    assert db.keys.size(0) == 16
    assert db.touched >= {b"old", b"new", b"ends"}
    assert db.changed == {(db.index, key) for key in db.touched}
    db.replace(Filling(0).result(), Filling(0).result())
    db.check()
    assert (len(db), db.mortal, db.keys.size(0)) == (0, False, 0)


def test_the_index_of_ends_follows_every_change(db: Database) -> None:
    db.expire_at(b"b", 300)
    db.index_deadlines()
    assert db.deadlines is not None
    db.expire_at(b"a", 500)
    db.expire_at(b"b", 900)
    assert list(db.deadlines) == [(500, b"a"), (900, b"b")]
    db.persist(b"a")
    assert list(db.deadlines) == [(900, b"b")]
    db.remove(b"b")
    assert list(db.deadlines) == []
    db.check()


def test_the_index_of_ends_follows_entries_that_are_exchanged(db: Database) -> None:
    db.expire_at(b"a", 500)
    db.expire_at(b"b", 300)
    db.index_deadlines()
    gone = [db.expires.peek(b"a"), db.expires.peek(b"b")]
    come = [Entry(b"a", 500, None), Entry(b"b", 900, None)]
    db.exchange_deadlines([each for each in gone if each is not None], come)
    assert list(db.deadlines or ()) == [(500, b"a"), (900, b"b")]


def test_looking_leaves_no_trace(db: Database) -> None:
    db.expire_at(b"a", 500)
    assert db.value_of(b"a") is not None
    assert db.value_of(b"nope") is None
    assert (db.deadline_of(b"a"), db.deadline_of(b"b"), db.deadline_of(b"nope")) == (500, -1, -1)


@pytest.mark.parametrize("fault", ["an end without a key", "an empty hash", "mortal", "index"])
def test_check_finds_what_must_not_be(redis: Redis, fault: str) -> None:
    redis("SET k v EX 100")
    db = redis.ctx.db
    db.check()
    if fault == "an end without a key":
        db.expires.put(b"nope", 5)
    elif fault == "an empty hash":
        db.keys.insert(b"h", Hash(redis.engine.state.kit))
    elif fault == "mortal":
        db.mortal = False
    else:
        db.index_deadlines()
        assert db.deadlines is not None
        db.deadlines.clear()
    with pytest.raises(AssertionError):
        db.check()


class Onlooker:
    """A shadow that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[bytes | str] = []

    def changing(self, key: bytes) -> None:
        self.told.append(key)

    def emptying(self) -> None:
        self.told.append("all")


def test_a_shadow_follows_the_keys_when_databases_change_places(redis: Redis) -> None:
    first, second = redis.engine.state.databases[:2]
    first.shadow = onlooker = Onlooker()
    redis.engine.state.pay_attention()
    redis("SWAPDB 0 1")
    assert (first.shadow, second.shadow) == (None, onlooker)
    redis("SET here 1")
    redis("SELECT 1")
    redis("SET there 1")
    redis("EXPIRE there 10")
    redis("GET there")
    redis("FLUSHDB")
    assert onlooker.told == [b"there", b"there", "all"]


def test_a_shadow_is_told_before_the_change(redis: Redis) -> None:
    redis("SET k before PX 50")
    db = redis.engine.state.databases[0]
    seen: list[object] = []

    class Looker(Onlooker):
        def changing(self, key: bytes) -> None:
            entry = db.keys.peek(key)
            seen.append((entry and entry.value, db.deadline_of(key)))

    db.shadow = Looker()
    redis.engine.state.pay_attention()
    redis("APPEND k x")
    redis.advance(60)
    redis("GET k")
    assert seen == [(b"before", 1_000_050), (bytearray(b"beforex"), 1_000_050)]
