"""A snapshot in steps: the same file, whatever happens meanwhile, and what that costs."""

from __future__ import annotations

from time import process_time

import pytest

from redlearn.persistence.opcodes import magic_of
from redlearn.persistence.rdb_records import Key, ResizeDb, SelectDb, records
from redlearn.persistence.rdb_write import UNKNOWN, CannotSay
from redlearn.persistence.snapshot import Snapshot
from redlearn.persistence.waiting import ENOUGH
from redlearn.timeline.snapshot import Freezer
from tests.conftest import Redis
from tests.persistence.files import (
    ALL_TYPES,
    ENDING_FIELDS,
    check,
    contents,
    filled,
    loaded,
    new_redis,
    save,
)

MANY = tuple(f"SET key:{number} {number}" for number in range(100))
DEEDS = [
    "SET key:5 other", "APPEND key:5 x", "DEL key:5", "EXPIRE key:5 100", "RENAME key:5 new",
    "RENAME key:6 key:5", "MOVE key:5 1", "INCR key:5", "GETDEL key:5", "SETRANGE key:5 0 x",
    "FLUSHALL", "FLUSHDB ASYNC", "SWAPDB 0 1", "COPY key:6 key:5 REPLACE", "SET new v",
    "GETEX key:5 EX 100", "SETBIT key:5 1 1", "RESTORE key:5 0 x", "UNLINK key:5 key:6",
    "HSET list f v", "RPUSH list z", "LTRIM wide 1 0", "SADD numbers x", "SPOP words",
    "HDEL hash f", "HINCRBY hash g 1", "ZADD scores 5 a", "ZREM tall b", "XADD stream 9-9 a b",
    "XACK stream g 2-1", "XCLAIM stream g bob 0 2-1", "XAUTOCLAIM stream g bob 0 -",
    "XREADGROUP GROUP g ann STREAMS stream 0", "XREADGROUP GROUP g bob STREAMS stream >",
    "XTRIM stream MAXLEN 0", "XGROUP DESTROY stream g", "PFADD visitors z", "PFCOUNT visitors",
    "PERSIST mortal",
    "SORT list ALPHA STORE key:5", "SUNIONSTORE key:5 words", "LMOVE list wide LEFT LEFT",
    "SMOVE words numbers a", "MSET key:5 a key:6 b", "BITFIELD bits SET u8 0 3",
    "DEBUG POPULATE 500", "HEXPIRE hash 100 FIELDS 1 f", "GEOADD places 1 1 x",
]  # fmt: skip
"""Commands of which each changes keys that `ALL_TYPES` and `MANY` make."""


def rest_of(snapshot: Snapshot, keys: int = 10) -> bytes:
    """All that is still to be written."""
    pieces = []
    while (piece := snapshot.step(keys)) is not None:
        pieces.append(piece)
    return b"".join(pieces)


def keys_in(data: bytes) -> list[bytes]:
    return [record.key for record in records(data) if isinstance(record, Key)]


@pytest.mark.parametrize("keys", [1, 7, 1000])
def test_where_nothing_happens_it_is_the_file_of_save(keys: int) -> None:
    redis = filled(*ALL_TYPES, *MANY, "SELECT 3", *MANY, "EXPIRE key:7 100")
    assert rest_of(Snapshot(redis.engine.state), keys) == save(redis)


def test_of_nothing_it_is_an_empty_file() -> None:
    redis = new_redis()
    assert rest_of(Snapshot(redis.engine.state)) == save(redis)


@pytest.mark.parametrize("version", [11, 12, 80])
def test_the_form_can_be_chosen(version: int) -> None:
    redis = filled(*ALL_TYPES)
    for how in ({"compress": False}, {"checksum": False}, {}):
        assert rest_of(Snapshot(redis.engine.state, version=version, **how)) == save(
            redis, version, **how
        )


def test_what_cannot_be_said_is_refused_at_the_start_and_nobody_is_watched() -> None:
    redis = filled(*ENDING_FIELDS)
    with pytest.raises(CannotSay):
        Snapshot(redis.engine.state, version=10)
    assert all(db.shadow is None for db in redis.engine.state.databases)


@pytest.mark.parametrize("deed", DEEDS)
def test_no_command_changes_what_is_written(deed: str) -> None:
    redis = filled(*ALL_TYPES, *MANY)
    expected = contents(loaded(save(redis, 11)))
    snapshot = Snapshot(redis.engine.state, version=11)
    begun = snapshot.step(1)
    redis.all(*deed.split(" "))
    assert contents(loaded(begun + rest_of(snapshot))) == expected


def test_a_key_that_ends_meanwhile_is_there_with_its_end() -> None:
    redis = filled("SET a 1 PX 10", "SET b 2 PX 10", "HSET h f 1 g 2")
    redis("HPEXPIRE h 10 FIELDS 1 f")
    snapshot = Snapshot(redis.engine.state)
    expected = save(redis)
    redis.advance(100)
    assert redis("GET a") is None
    assert redis("HGET h f") is None
    redis.engine.tick()
    assert redis("DBSIZE") == 1
    after = contents(loaded(rest_of(snapshot), keep_expired=True))
    assert after == contents(loaded(expected, keep_expired=True))


def test_reading_brings_nothing_forward() -> None:
    redis = filled(*ALL_TYPES)
    snapshot = Snapshot(redis.engine.state)
    for line in ("GET text", "LRANGE list 0 -1", "SMEMBERS words", "HGETALL hash", "TTL mortal",
                 "ZRANGE scores 0 -1", "XRANGE stream - +", "SUNION words table", "TYPE text",
                 "SORT words ALPHA", "DUMP text", "KEYS *", "SCAN 0", "SUNIONSTORE new words",
                 "EXISTS text", "GET nothing"):  # fmt: skip
        redis(line)
    assert snapshot.copied.keys == 0
    redis("DEL new")
    assert snapshot.copied.keys == 0, "it came after the start"
    redis("SET text v")
    redis("SET text w")
    assert snapshot.copied.keys == 1


def test_a_key_is_written_once_whoever_comes_first() -> None:
    redis = filled(*MANY)
    snapshot = Snapshot(redis.engine.state)
    data = snapshot.step(30)
    redis("DEBUG POPULATE 2000")  # a rehash, or two
    for number in range(0, 100, 3):
        redis(f"SET key:{number} other")
        redis(f"DEL key:{number}")
    data += rest_of(snapshot)
    assert sorted(keys_in(data)) == sorted(b"key:%d" % number for number in range(100))
    assert 0 < snapshot.copied.keys < 34


def test_it_tells_how_far_it_is_and_what_was_copied() -> None:
    redis = filled(*MANY, "SET big " + "x" * 500)
    snapshot = Snapshot(redis.engine.state, compress=False)
    assert (snapshot.keys_done, snapshot.keys_total, snapshot.size) == (0, 101, 0)
    first = snapshot.step(10)
    assert 10 <= snapshot.keys_done < 20
    assert snapshot.size == len(first)
    redis("SET big y")
    assert snapshot.copied.keys in (0, 1)
    if snapshot.copied.keys:
        assert snapshot.copied.held == snapshot.copied.most == snapshot.copied.bytes > 500
    snapshot.step(1)
    assert snapshot.copied.held == 0
    assert snapshot.list_bytes == 8 * 128
    rest_of(snapshot)
    assert snapshot.keys_done == snapshot.keys_total
    assert snapshot.list_bytes == 0


def test_no_more_is_held_than_between_two_steps() -> None:
    redis = filled(*(f"SET key:{number} " + "x" * 1000 for number in range(100)))
    snapshot = Snapshot(redis.engine.state, compress=False)
    for number in range(100):
        redis(f"DEL key:{number}")
        if number % 5 == 4:
            snapshot.step(1)
    assert snapshot.copied.most < 6 * 1100
    assert snapshot.copied.bytes > 50_000


def test_databases_that_change_places_take_their_watcher_along() -> None:
    redis = filled("SET a 1", "SELECT 1", "SET b 2")
    expected = contents(redis)
    snapshot = Snapshot(redis.engine.state)
    redis("SWAPDB 0 1")
    redis("SELECT 0")
    redis("SET b other")
    redis("SELECT 1")
    redis("SET a other")
    assert contents(loaded(rest_of(snapshot))) == expected


def test_a_database_that_was_brought_forward_is_named_before_its_turn() -> None:
    redis = filled(*MANY, "SELECT 9", "SET b 2", "SET c 3")
    snapshot = Snapshot(redis.engine.state)
    data = snapshot.step(10)
    redis("DEL b")
    data += rest_of(snapshot)
    named = [r for r in records(data) if isinstance(r, SelectDb | ResizeDb)]
    assert [r.index for r in named if isinstance(r, SelectDb)] == [0, 9, 0, 9]
    assert [r.keys for r in named if isinstance(r, ResizeDb)] == [100, 2]
    assert len(loaded(data).engine.state.databases[9]) == 2


def test_after_the_end_and_after_a_cancel_nobody_is_told() -> None:
    redis = filled(*MANY)
    state = redis.engine.state
    snapshot = Snapshot(state)
    assert state.databases[0].observed
    rest_of(snapshot)
    assert not state.databases[0].observed
    assert snapshot.step(1) is None
    snapshot = Snapshot(state)
    snapshot.step(5)
    snapshot.cancel()
    assert snapshot.step(5) is None
    assert all(db.shadow is None and db.keys.guard is None for db in state.databases)
    redis("SET key:1 other")
    assert snapshot.copied.keys == 0


def test_loading_another_file_in_the_midst_of_it_changes_nothing() -> None:
    redis = filled(*MANY, "SET mortal v EX 100")
    expected = contents(redis)
    snapshot = Snapshot(redis.engine.state)
    other = save(filled("SET other 1"))
    data = snapshot.step(20)
    from tests.persistence.files import load_into

    load_into(redis, other)
    redis("SET key:3 new")
    assert contents(loaded(data + rest_of(snapshot))) == expected


# ----------------------------------------------------------------------------- the version, large


@pytest.fixture
def looks_at_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a step look at 16 buckets only."""
    monkeypatch.setattr("redlearn.persistence.snapshot.LOOKED_AT", 16)


@pytest.mark.usefixtures("looks_at_few")
@pytest.mark.parametrize(("lines", "version"), [((), 10), (ENDING_FIELDS, 12)])
def test_all_is_looked_at_before_the_first_byte_says_which_version_it_is(
    lines: tuple[str, ...], version: int
) -> None:
    redis = filled(*MANY, *lines)
    snapshot = Snapshot(redis.engine.state)
    assert [snapshot.step(10) for _ in range(7)] == [b""] * 7, "of 8 times 16 buckets"
    assert snapshot.keys_done == 0
    assert snapshot.form.version == UNKNOWN
    data = rest_of(snapshot)
    assert snapshot.form.version == version
    assert data == save(redis, version)


@pytest.mark.usefixtures("looks_at_few")
@pytest.mark.parametrize("seen", [0, 3, 7])
def test_what_goes_before_it_was_looked_at_counts_too(seen: int) -> None:
    redis = filled(*ALL_TYPES, *MANY, *ENDING_FIELDS)
    expected = contents(redis)
    snapshot = Snapshot(redis.engine.state)
    for _ in range(seen):
        assert snapshot.step(10) == b""
    redis("DEL timed timed-table words stream wide-hash scores text")
    data = rest_of(snapshot)
    assert data.startswith(magic_of(12))
    assert contents(loaded(data)) == expected


@pytest.mark.usefixtures("looks_at_few")
def test_a_key_in_a_bucket_that_was_taken_apart_is_looked_at() -> None:
    redis = filled(*MANY, "HSET timed f 1", "HPEXPIRE timed 100000 FIELDS 1 f")
    snapshot = Snapshot(redis.engine.state)
    redis("DEBUG POPULATE 300")  # a rehash takes all of them apart
    assert rest_of(snapshot).startswith(magic_of(12))


@pytest.mark.usefixtures("looks_at_few")
@pytest.mark.parametrize("seen", [0, 3, 7])
def test_frozen_while_the_version_is_unknown_it_goes_on_in_as_many_steps(seen: int) -> None:
    redis = filled(*ALL_TYPES, *MANY, *ENDING_FIELDS)
    freezer = Freezer(redis.engine)
    snapshot = Snapshot(redis.engine.state)
    for _ in range(seen):
        snapshot.step(10)
    redis("DEL timed")
    frozen, world = snapshot.freeze(), freezer.freeze()

    def go_on(snapshot: Snapshot) -> tuple[int, bytes]:
        redis("DEL words")
        empty = 0
        while (piece := snapshot.step(10)) == b"":
            empty += 1
        assert piece is not None
        return empty, piece + rest_of(snapshot)

    first = go_on(snapshot)
    freezer.thaw(world)
    thawed = Snapshot.thaw(frozen, redis.engine.state)
    assert thawed.freeze() == frozen
    second = go_on(thawed)
    assert second[0] == first[0] == 7 - seen
    assert contents(loaded(second[1])) == contents(loaded(first[1]))


def test_a_step_ends_once_its_bytes_are_enough() -> None:
    redis = filled(*(f"SET key:{number} " + "x" * 5000 for number in range(40)), *MANY[50:])
    snapshot = Snapshot(redis.engine.state, compress=False)
    pieces = []
    while (piece := snapshot.step(1000)) is not None:
        pieces.append(piece)
    assert max(map(len, pieces)) < ENOUGH + 3 * 5100
    assert len(b"".join(pieces)) > 40 * 5000
    assert b"".join(pieces) == save(redis, compress=False)


# ---------------------------------------------------------------------------------- time travel


def test_frozen_and_thawed_it_goes_on_to_the_same_bytes() -> None:
    redis = filled(*ALL_TYPES, *MANY, "SELECT 2", "SET a 1", "EXPIRE a 100", "SELECT 0")
    state = redis.engine.state
    freezer = Freezer(redis.engine)
    snapshot = Snapshot(state, version=11)
    begun = snapshot.step(15)
    redis("SET key:7 x")
    frozen, world = snapshot.freeze(), freezer.freeze()

    def go_on(snapshot: Snapshot) -> tuple[bytes, bytes, int]:
        data = snapshot.step(1)
        redis("DEL key:8")
        redis("SWAPDB 0 2")
        redis("FLUSHALL")
        redis("SET key:9 y")
        return begun, data + rest_of(snapshot), snapshot.copied.keys

    first = go_on(snapshot)
    freezer.thaw(world)
    thawed = Snapshot.thaw(frozen, state)
    assert thawed.freeze() == frozen
    assert (thawed.keys_total, thawed.size) == (snapshot.keys_total, len(begun))
    second = go_on(thawed)
    assert contents(loaded(b"".join(second[:2]))) == contents(loaded(b"".join(first[:2])))
    assert second[2] == first[2]
    check(redis)


# ----------------------------------------------------------------------------------------- speed


def populated(count: int) -> Redis:
    redis = new_redis()
    redis(f"DEBUG POPULATE {count}")
    return redis


def best_of(times: int, redis: Redis) -> tuple[float, float]:
    """Milliseconds of the machine's work: to begin, and the longest step of 1000 keys."""
    begins, steps = [], []
    for _ in range(times):
        start = process_time()
        snapshot = Snapshot(redis.engine.state)
        begins.append(process_time() - start)
        longest, more = 0.0, True
        while more:
            start = process_time()
            more = snapshot.step(1000) is not None
            longest = max(longest, process_time() - start)
        steps.append(longest)
    return min(begins) * 1000, min(steps) * 1000


def test_no_pause_is_longer_than_fifty_milliseconds_for_100_000_small_keys() -> None:
    begin_ms, step_ms = best_of(5, populated(100_000))
    assert begin_ms < 25  # a millisecond, on a machine with nothing else to do
    assert step_ms < 25  # two


def test_a_hook_that_nobody_uses_is_one_look_at_an_attribute() -> None:
    redis = filled(*MANY)
    db = redis.engine.state.databases[0]
    assert not db.observed
    assert db.shadow is None
    assert db.keys.guard is None
