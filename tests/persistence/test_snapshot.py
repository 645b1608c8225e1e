"""A snapshot in steps: the same file as at once. (`test_moment.py` has the rest.)"""

from __future__ import annotations

import pytest

from redlearn.persistence.opcodes import magic_of
from redlearn.persistence.rdb_records import ResizeDb, records
from redlearn.persistence.rdb_write import UNKNOWN, CannotSay
from redlearn.persistence.snapshot import Snapshot
from redlearn.timeline.snapshot import Freezer
from tests.persistence.files import (
    ALL_TYPES,
    ENDING_FIELDS,
    contents,
    filled,
    loaded,
    new_redis,
    save,
)
from tests.persistence.test_moment import MANY


def rest_of(snapshot: Snapshot, keys: int = 10) -> bytes:
    """All that is still to be written."""
    pieces = []
    while (piece := snapshot.step(keys)) is not None:
        pieces.append(piece)
    return b"".join(pieces)


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


def test_a_database_says_once_how_many_keys_it_has() -> None:
    redis = filled(*MANY, "SELECT 9", "SET b 2", "SET c 3")
    snapshot = Snapshot(redis.engine.state)
    data = snapshot.step(10)
    redis("DEL b")
    data += rest_of(snapshot)
    assert [each.keys for each in records(data) if isinstance(each, ResizeDb)] == [100, 2]


@pytest.mark.parametrize("version", [None, 11])
def test_its_size_is_that_of_the_bytes_it_gave_and_time_travel_keeps_it(
    version: int | None,
) -> None:
    redis = filled(*MANY)
    state = redis.engine.state
    snapshot = Snapshot(state, version=version)
    assert snapshot.size == 0
    first = snapshot.step(15)
    assert snapshot.size == len(first) > 0
    thawed = Snapshot.thaw(snapshot.freeze(), state)
    assert thawed.size == len(first)
    data = first + rest_of(thawed)
    assert thawed.size == len(data)
    assert contents(loaded(data)) == contents(redis)


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


def test_a_hook_that_nobody_uses_is_one_look_at_an_attribute() -> None:
    redis = filled(*MANY)
    db = redis.engine.state.databases[0]
    assert not db.observed
    assert db.shadow is None
    assert db.keys.guard is None
