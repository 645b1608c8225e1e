"""Snapshot files as they are written: byte by byte, in each version, whole and in pieces."""

from __future__ import annotations

import pytest

from redlearn.engine.payload import crc64
from redlearn.persistence.opcodes import WRITABLE, version_of
from redlearn.persistence.rdb_records import Aux, End, Function, Key, records
from redlearn.persistence.rdb_write import PIECE, CannotSay, Checksum, chunks, facts, least_version
from redlearn.persistence.rdb_write import form_for as form_of
from tests.conftest import Redis
from tests.persistence.files import (
    ALL_TYPES,
    ENDING_FIELDS,
    LIBRARY,
    contents,
    filled,
    loaded,
    new_redis,
    save,
)


def bare(redis: Redis, version: int = 10, **how: bool) -> bytes:
    """The file without the facts at its beginning, and without its checksum."""
    return b"".join(chunks(redis.engine.state, version=version, aux=(), **how))[:-8]


def keys_of(data: bytes) -> list[Key]:
    return [record for record in records(data) if isinstance(record, Key)]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ((), "ff"),
        (("SET k v",), "fe 00 fb 01 00 00 01 6b 01 76 ff"),
        (("SET k 12",), "fe 00 fb 01 00 00 01 6b c0 0c ff"),
        (("SET k 300",), "fe 00 fb 01 00 00 01 6b c1 2c 01 ff"),
        (("SET k -70000",), "fe 00 fb 01 00 00 01 6b c2 90 ee fe ff ff"),
        (("SET 7 v",), "fe 00 fb 01 00 00 c0 07 01 76 ff"),
        (("SET k ''",), "fe 00 fb 01 00 00 01 6b 00 ff"),
        (("SET '' v",), "fe 00 fb 01 00 00 00 01 76 ff"),
        (("APPEND k 12",), "fe 00 fb 01 00 00 01 6b c0 0c ff"),
        (("SET k aaaaaaaaaaaaaaaaaaaaaaaa",),
         "fe 00 fb 01 00 00 01 6b c3 09 18 01 61 61 e0 0b 00 01 61 61 ff"),
        (("SELECT 15", "SET k v"), "fe 0f fb 01 00 00 01 6b 01 76 ff"),
        (("SET k v PXAT 4102444800000",),
         "fe 00 fb 01 01 fc 00 d8 c3 2c bb 03 00 00 00 01 6b 01 76 ff"),
        (("SADD k 1 2",), "fe 00 fb 01 00 0b 01 6b 0c 02 00 00 00 02 00 00 00 01 00 02 00 ff"),
        (("RPUSH k a",), "fe 00 fb 01 00 12 01 6b 01 02 0a 0a 00 00 00 01 00 81 61 02 ff ff"),
    ],
    ids=str,
)  # fmt: skip
def test_the_bytes_are_those_of_redis(lines: tuple[str, ...], said: str) -> None:
    assert bare(filled(*lines)).hex(" ") == "52 45 44 49 53 30 30 31 30 " + said


@pytest.mark.parametrize("version", WRITABLE)
def test_each_version_is_written_when_asked_for_and_read_again(version: int) -> None:
    before = filled(*ALL_TYPES)
    data = save(before, version)
    assert version_of(data) == version
    after = loaded(data)
    assert after("DEBUG DIGEST") == before("DEBUG DIGEST")
    if version > 10:
        assert contents(after) == contents(before)


def test_the_version_is_the_lowest_that_can_hold_the_data() -> None:
    redis = filled(*(line for line in ALL_TYPES if "GROUP" not in line))
    assert version_of(save(redis)) == 10
    redis("XGROUP CREATE stream g 0")
    redis("XREADGROUP GROUP g ann STREAMS stream >")
    assert version_of(save(redis)) == 10
    redis.advance(5)
    redis("XREADGROUP GROUP g ann STREAMS stream >")  # seen, but got nothing: not active
    assert version_of(save(redis)) == 11
    redis("HSET h f v")
    redis("HEXPIRE h 100 FIELDS 1 f")
    assert version_of(save(redis)) == 12
    assert least_version(redis.engine.state.databases) == 12


@pytest.mark.parametrize("version", [10, 11])
def test_what_a_version_cannot_say_is_not_left_out_silently(version: int) -> None:
    with pytest.raises(CannotSay, match=f"fields of a hash end, which version {version}"):
        save(filled(*ENDING_FIELDS), version)


def test_a_version_that_nobody_reads_is_not_written() -> None:
    with pytest.raises(CannotSay, match="version 13 is none of"):
        save(new_redis(), 13)


def test_a_hash_of_which_no_field_ends_any_more_can_be_said_by_all() -> None:
    redis = filled(*ENDING_FIELDS, "HPERSIST timed FIELDS 2 f g", "HPERSIST timed-table FIELDS 1 g")
    for version in WRITABLE:
        after = loaded(save(redis, version))
        assert after("DEBUG DIGEST-VALUE timed timed-table") == redis(
            "DEBUG DIGEST-VALUE timed timed-table"
        )


def test_nothing_is_squeezed_unless_wanted() -> None:
    redis = filled("SET k " + "a" * 100, "RPUSH l " + "b" * 500, "XADD s 1-1 f " + "c" * 100)
    plain = save(redis, compress=False)
    assert all(text in plain for text in (b"a" * 100, b"b" * 500, b"c" * 100))
    assert len(save(redis)) < len(plain) // 4
    assert contents(loaded(plain)) == contents(redis)


def test_without_a_checksum_there_are_zeros() -> None:
    data = save(filled("SET k v"), checksum=False)
    assert data.endswith(b"\xff" + bytes(8))
    assert loaded(data)("GET k") == b"v"


def test_the_facts_stand_in_redis_order() -> None:
    redis = filled("CONFIG SET maxmemory 1gb", "SET k v")
    names = [record.name for record in records(save(redis)) if isinstance(record, Aux)]
    assert names == [b"redis-ver", b"redis-bits", b"ctime", b"used-mem", b"aof-base"]


def test_the_first_part_of_a_log_says_so() -> None:
    state = filled("SET k v").engine.state
    assert dict(facts(state, is_base=True))[b"aof-base"] == b"1"
    assert dict(facts(state))[b"aof-base"] == b"0"
    assert dict(facts(state))[b"ctime"] == b"1700000000"


def test_libraries_come_before_the_first_key() -> None:
    redis = filled("SET k v")
    redis(b"FUNCTION", b"LOAD", LIBRARY.encode())
    kinds = [type(record) for record in records(save(redis))]
    assert kinds.index(Function) < kinds.index(Key)
    assert kinds[-1] is End


def test_empty_databases_are_not_mentioned() -> None:
    redis = filled("SELECT 4", "SET k v", "SELECT 2", "SET gone v", "DEL gone")
    assert bare(redis).hex(" ") == "52 45 44 49 53 30 30 31 30 fe 04 fb 01 00 00 01 6b 01 76 ff"


def test_a_large_file_comes_in_pieces_whose_sum_is_the_checksum() -> None:
    redis = new_redis()
    redis("DEBUG POPULATE 20000 key 30")
    pieces = list(chunks(redis.engine.state, compress=False))
    assert len(pieces) > 10
    assert max(map(len, pieces)) < 2 * PIECE
    data = b"".join(pieces)
    assert int.from_bytes(data[-8:], "little") == crc64(data[:-8])
    assert len(keys_of(data)) == 20000


def test_a_sum_counts_its_bytes() -> None:
    sum = Checksum(wanted=True)
    assert sum.over(b"12345678") == b"12345678"
    assert sum.end() == b"\xff" + crc64(b"12345678\xff").to_bytes(8, "little")
    assert sum.size == 17


def test_keys_that_have_expired_but_lie_there_are_written_too() -> None:
    redis = filled("SET k v PX 10")
    redis.advance(1000)
    redis("PING")
    assert [key.key for key in keys_of(save(redis))] == [b"k"]


def test_saving_changes_nothing() -> None:
    redis = filled(*ALL_TYPES)
    before = contents(redis), redis.engine.state.dirty
    assert save(redis) == save(redis)
    assert (contents(redis), redis.engine.state.dirty) == before


def test_the_form_follows_the_policy() -> None:
    redis = new_redis()
    for policy, uses in (("noeviction", ""), ("allkeys-lru", "idle"), ("volatile-lfu", "frequency"),
                         ("allkeys-random", ""), ("volatile-ttl", "")):  # fmt: skip
        redis(f"CONFIG SET maxmemory-policy {policy}")
        assert form_of(redis.engine.state).uses == uses
