"""Bytes to values: what real servers of four versions wrote, and what nobody would write."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest

from redlearn.engine.payload import types
from redlearn.engine.payload.footer import open_payload, seal
from redlearn.engine.payload.reading import READERS, read_value
from redlearn.engine.payload.wire import BadPayload, EmptyValue, Reader
from redlearn.engine.payload.writing import dump
from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.stream_node import MAX_ID, id_text
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from redlearn.errors import CommandError
from redlearn.probe import Probe
from tests.conftest import TESTS, Redis
from tests.engine.payload.test_ziplist import ziplist

RECORDED: dict[str, dict[str, tuple[str, str]]] = json.loads(
    (TESTS / Path("data/payloads.json")).read_text()
)
"""By server and key: a payload, and the digest of what it holds (`digest`)."""

ROWS = [(server, key) for server, payloads in RECORDED.items() for key in payloads]
TIMED = ("hash:ttl", "hash:ttl:ht")
CENTURY_MS = 4_102_444_800_000
"""The moment, on New Year's Day of 2100, from which on the recorded fields end."""


def new_kit() -> Kit:
    return Kit(Probe(), Random(1), Random(2), seed=3)


def read(payload: bytes, kit: Kit | None = None) -> Value:
    """The value of a payload, all of which must be used."""
    content, version = open_payload(payload)
    reader = Reader(content)
    value = read_value(reader, reader.byte(), kit or new_kit(), version)
    assert reader.left == 0
    value.check()
    return value


def content_of(value: Value) -> object:
    match value:
        case String():
            return value.data().hex()
        case List():
            return [element.hex() for element in value.items()]
        case Set():
            return sorted(member.hex() for member in value.members())
        case Hash():
            return sorted((field.hex(), text.hex()) for field, text in value.pairs())
        case Stream():
            entries = value.range(0, MAX_ID)
            return [(id_text(e.id).decode(), [i.hex() for i in e.items]) for e in entries]
        case ZSet():
            return [(member.hex(), repr(score)) for member, score in value]
    raise AssertionError(value.type)


def digest(value: Value) -> str:
    """A short hash of a value's type and content."""
    return sha256(json.dumps([value.type, content_of(value)]).encode()).hexdigest()[:16]


@pytest.mark.parametrize(("server", "key"), ROWS)
def test_what_a_real_server_wrote_is_read(server: str, key: str) -> None:
    payload, expected = RECORDED[server][key]
    assert digest(read(bytes.fromhex(payload))) == expected


@pytest.mark.parametrize("server", ["redis-7.4", "valkey-9.1"])
def test_the_moments_at_which_fields_end_are_read(server: str) -> None:
    value = read(bytes.fromhex(RECORDED[server]["hash:ttl"][0]))
    assert isinstance(value, Hash)
    assert value.rows() == [
        (b"b", b"2", CENTURY_MS), (b"a", b"1", CENTURY_MS), (b"c", b"3", 0)
    ]  # fmt: skip
    assert (value.encoding, value.first_ms) == ("listpackex", CENTURY_MS)
    many = read(bytes.fromhex(RECORDED[server]["hash:ttl:ht"][0]))
    assert isinstance(many, Hash)
    assert sum(moment > 0 for _, _, moment in many.rows()) > 0


def test_fields_that_end_are_written_as_redis_7_4_and_valkey_wrote_them() -> None:
    theirs = bytes.fromhex(RECORDED["redis-7.4"]["hash:ttl"][0])
    assert dump(read(theirs)) == theirs
    theirs = bytes.fromhex(RECORDED["valkey-9.1"]["hash:ttl"][0])
    ours = dump(read(theirs), 80)  # fields that end together change places: so Redis puts them in
    assert dump(read(ours), 80) == theirs


def test_what_candidates_for_7_4_wrote_is_read_as_well() -> None:
    content = bytes.fromhex("16 02 00 01 61 01 62 81 00 00 03 bb 2c c3 d8 00 01 63 01 64")
    value = read(seal(content, 12))
    assert isinstance(value, Hash)
    assert sorted(value.rows()) == [(b"a", b"b", 0), (b"c", b"d", CENTURY_MS)]
    theirs = bytes.fromhex(RECORDED["redis-7.4"]["hash:ttl"][0])
    early = b"\x17" + theirs[9:-10]  # without the moment in front
    again = read(seal(early, 12))
    assert digest(again) == digest(read(theirs))


def test_the_same_number_is_a_hash_of_valkeys_from_version_80_on() -> None:
    content = bytes.fromhex("16 01 01 61 01 62 ff ff ff ff ff ff ff ff")
    value = read(seal(content, 80))
    assert isinstance(value, Hash)
    assert value.rows() == [(b"a", b"b", 0)]
    with pytest.raises(BadPayload):
        read(seal(content, 12))


@pytest.mark.parametrize("number", [types.LIST, types.SET, types.HASH, types.ZSET_2])
def test_an_empty_value_is_told_from_a_broken_one_and_read_to_its_end(number: int) -> None:
    reader = Reader(bytes((number, 0, 7)))
    with pytest.raises(EmptyValue, match="an empty"):
        read_value(reader, reader.byte(), new_kit())
    assert reader.byte() == 7


def test_every_byte_of_a_payload_with_moments_counts(redis: Redis) -> None:
    redis("HSET h f v g w")
    redis("HEXPIRE h 100 FIELDS 1 f")
    payload = redis("DUMP h")
    assert isinstance(payload, bytes)
    for at in range(len(payload)):
        flipped = bytearray(payload)
        flipped[at] ^= 0x10
        with pytest.raises(CommandError):
            redis(b"RESTORE", b"copy", b"0", bytes(flipped))
    redis(b"RESTORE", b"copy", b"0", payload)
    assert redis("HPTTL copy FIELDS 2 f g") == [100_000, -1]


@pytest.mark.parametrize("key", [key for key in RECORDED["redis-7.0"] if key not in TIMED])
def test_what_redis_7_0_wrote_is_written_the_same(key: str) -> None:
    payload = bytes.fromhex(RECORDED["redis-7.0"][key][0])
    if payload[0] in (types.SET, types.HASH):  # the order of a table is each server's own
        assert len(dump(read(payload))) == len(payload)
    else:
        assert dump(read(payload)) == payload


def from_bytes(number: int, data: bytes, kit: Kit | None = None) -> Value:
    reader = Reader(data)
    value = read_value(reader, number, kit or new_kit())
    assert reader.left == 0
    value.check()
    return value


def string(data: bytes) -> bytes:
    assert len(data) < 64
    return bytes((len(data),)) + data


MOMENT = (1_700_000_000_000).to_bytes(8, "little")
PACKS = {
    "no triplets": (b"f", b"v"),
    "at no moment": (b"f", b"v", b"soon"),
    "at no moment, below 0": (b"f", b"v", b"-1"),
    "not in the order": (b"f", b"v", b"9", b"g", b"v", b"8"),
    "not in the order, behind 0": (b"f", b"v", b"0", b"g", b"v", b"8"),
    "twice": (b"f", b"v", b"8", b"f", b"v", b"9"),
}


@pytest.mark.parametrize("fault", PACKS)
def test_triplets_with_a_fault_are_refused(fault: str) -> None:
    pack = Listpack(Probe())
    pack.append(*PACKS[fault])
    with pytest.raises(BadPayload, match=fault.split(",")[0]):
        from_bytes(types.HASH_LISTPACK_EX, MOMENT + string(pack.freeze()))


@pytest.mark.parametrize(
    ("number", "data"),
    [
        (types.HASH_METADATA, MOMENT + b"\x02\x01\x01f\x01v\x02\x01f\x01v"),
        (types.HASH_METADATA, b"\xff" * 8 + b"\x01\x05\x01f\x01v"),
        (types.HASH_METADATA, b"\x00" * 8 + b"\x01\x01\x01f\x01v"),
        (types.HASH_METADATA, MOMENT + b"\x00"),
        (types.HASH_METADATA, MOMENT[:7]),
        (types.HASH_LISTPACK_EX, b"\xff" * 8 + string(Listpack(Probe()).freeze())),
    ],
)
def test_fields_that_end_wrongly_are_refused(number: int, data: bytes) -> None:
    with pytest.raises(BadPayload):
        from_bytes(number, data)


def test_forms_that_exist_no_longer() -> None:
    pairs = string(ziplist("0161", "f2", "0162", "f3"))
    assert content_of(from_bytes(types.LIST, b"\x02\x01a\xc0\x05")) == ["61", "35"]
    assert content_of(from_bytes(types.LIST_ZIPLIST, pairs)) == ["61", "31", "62", "32"]
    assert content_of(from_bytes(types.HASH_ZIPLIST, pairs)) == [("61", "31"), ("62", "32")]
    assert content_of(from_bytes(types.ZSET_ZIPLIST, pairs)) == [("61", "1.0"), ("62", "2.0")]
    assert content_of(from_bytes(types.LIST_QUICKLIST, b"\x02" + pairs * 2)) == [
        "61", "31", "62", "32"] * 2  # fmt: skip
    zipmap = string(b"\x01\x03key\x03\x00one\xff")
    assert content_of(from_bytes(types.HASH_ZIPMAP, zipmap)) == [("6b6579", "6f6e65")]
    zset = b"\x03\x01a\x031.5\x01b\xff\x01c\x010"
    assert content_of(from_bytes(types.ZSET, zset)) == [
        ("62", "-inf"), ("63", "0.0"), ("61", "1.5")]  # fmt: skip


def test_a_value_beyond_the_limits_of_the_moment_is_converted() -> None:
    kit = new_kit()
    kit.hash_max_listpack_entries = kit.zset_max_listpack_entries = 1
    pairs = string(ziplist("0161", "f2", "0162", "f3"))
    assert from_bytes(types.HASH_ZIPLIST, pairs, kit).encoding == "hashtable"
    assert from_bytes(types.ZSET_ZIPLIST, pairs, kit).encoding == "skiplist"


EMPTY_PACK = "07 07 00 00 00 00 00 ff"
ONE_ENTRY = "0a 0a 00 00 00 01 00 81 61 02 ff"
TWICE = "10 10 00 00 00 04 00 81 61 02 81 62 02 81 61 02 ff"
REFUSED: list[tuple[int, str]] = [
    (99, "00"),
    (6, "00"),
    (types.LIST, "00"),
    (types.SET, "00"),
    (types.SET, "02 01 61 01 61"),
    (types.SET, "80 ff ff ff ff 01 61"),
    (types.SET, "81 ff ff ff ff ff ff ff ff"),
    (types.HASH, "00"),
    (types.HASH, "01 01 61"),
    (types.HASH, "02 01 61 00 01 61 00"),
    (types.ZSET, "01 01 61 fd"),
    (types.ZSET_2, "00"),
    (types.ZSET_2, "01 01 61 00 00 00 00 00 00 f8 7f"),
    (types.ZSET_2, "02 01 61 00 00 00 00 00 00 00 00 01 61 00 00 00 00 00 00 f0 3f"),
    (types.SET_INTSET, "08 02 00 00 00 00 00 00 00"),
    (types.SET_INTSET, "0a 03 00 00 00 01 00 00 00 01 00"),
    (types.SET_INTSET, "0c 02 00 00 00 02 00 00 00 02 00 01 00"),
    (types.LIST_QUICKLIST_2, "01 02 " + EMPTY_PACK),
    (types.LIST_QUICKLIST_2, "01 03 01 61"),
    (types.LIST_QUICKLIST_2, "00"),
    (types.LIST_QUICKLIST, "00"),
    (types.HASH_LISTPACK, EMPTY_PACK),
    (types.HASH_LISTPACK, ONE_ENTRY),
    (types.HASH_LISTPACK, TWICE),
    (types.SET_LISTPACK, EMPTY_PACK),
    (types.SET_LISTPACK, TWICE),
    (types.ZSET_LISTPACK, ONE_ENTRY),
    (types.ZSET_LISTPACK, "0d 0d 00 00 00 02 00 81 61 02 81 62 02 ff"),
    (types.ZSET_LISTPACK, "12 12 00 00 00 04 00 81 61 02 02 01 81 62 02 01 01 ff"),
]


@pytest.mark.parametrize(("number", "data"), REFUSED)
def test_what_is_no_value_is_refused(number: int, data: str) -> None:
    with pytest.raises(BadPayload):
        from_bytes(number, bytes.fromhex(data))


@pytest.mark.parametrize("number", READERS)
def test_random_bytes_are_refused_or_make_a_sound_value(number: int) -> None:
    rng = Random(number)
    for _ in range(400):
        data = rng.randbytes(rng.randrange(40))
        try:
            value = read_value(Reader(data), number, new_kit())
        except BadPayload:
            continue
        value.check()


@pytest.mark.parametrize("server", RECORDED)
def test_a_changed_byte_under_a_right_checksum_does_no_harm(server: str) -> None:
    """Whoever makes a payload can give it the right checksum as well."""
    rng = Random(5)
    for payload, _ in RECORDED[server].values():
        content = open_payload(bytes.fromhex(payload))[0]
        for _ in range(12):
            changed = bytearray(content)
            changed[rng.randrange(len(changed))] ^= rng.randrange(1, 256)
            reader = Reader(bytes(changed))
            try:
                value = read_value(reader, reader.byte(), new_kit())
            except BadPayload:
                continue
            value.check()
