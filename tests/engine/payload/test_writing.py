"""Values to bytes: which form each is written in, byte for byte where it is short."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.payload.reading import read_value
from redlearn.engine.payload.types import HASH, LIST_QUICKLIST_2, SET, SET_LISTPACK, ZSET_2
from redlearn.engine.payload.wire import Reader
from redlearn.engine.payload.writing import dump, write_value
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from redlearn.probe import Probe


def small_kit() -> Kit:
    """Everything beyond two elements is a table."""
    kit = Kit(Probe(), Random(1), Random(2), seed=3)
    kit.hash_max_listpack_entries = kit.zset_max_listpack_entries = 2
    kit.set_max_intset_entries = kit.set_max_listpack_entries = 2
    kit.list_max_listpack_size = 2
    return kit


KIT = small_kit()
VALUES: dict[str, Value] = {
    "string": String.of(b"hello"),
    "int": String.of(b"-7"),
    "raw": String(bytearray(b"12")),
    "list": List.built(KIT, [b"a", b"1"]),
    "intset": Set.built(KIT, [b"1", b"2"]),
    "set": Set.built(KIT, [b"a", b"1"]),
    "hash": Hash.built(KIT, [(b"f", b"1")]),
    "zset": ZSet.built(KIT, [(b"a", 1.0), (b"b", 1.5)]),
}

# Measured with DUMP on Redis 7.0.15, but for the set, which is no listpack there yet.
BYTES = {
    "string": (0, "05 68 65 6c 6c 6f"),
    "int": (0, "c0 f9"),
    "raw": (0, "c0 0c"),
    "list": (18, "01 02 0c 0c 00 00 00 02 00 81 61 02 01 01 ff"),
    "intset": (11, "0c 02 00 00 00 02 00 00 00 01 00 02 00"),
    "set": (2, "02 01 61 c0 01"),
    "hash": (16, "0c 0c 00 00 00 02 00 81 66 02 01 01 ff"),
    "zset": (17, "14 14 00 00 00 04 00 81 61 02 01 01 81 62 02 83 31 2e 35 04 ff"),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_small_value_is_written_as_a_real_server_writes_it(name: str) -> None:
    out = bytearray()
    assert (write_value(out, VALUES[name]), out.hex(" ")) == BYTES[name]


def test_a_dump_is_type_value_version_and_checksum() -> None:
    assert dump(VALUES["string"]).hex(" ") == "00 05 68 65 6c 6c 6f 0a 00 63 72 df 76 65 34 20 0a"
    assert dump(VALUES["string"], 12)[7:9] == b"\x0c\x00"


def test_a_set_in_a_listpack_is_written_so_for_those_who_know_it() -> None:
    out = bytearray()
    assert write_value(out, VALUES["set"], 10) == SET
    out.clear()
    assert write_value(out, VALUES["set"], 11) == SET_LISTPACK
    assert out.hex(" ") == "0c 0c 00 00 00 02 00 81 61 02 01 01 ff"


LARGE: list[tuple[Value, int]] = [
    (List.built(KIT, [b"%d" % number for number in range(9)]), LIST_QUICKLIST_2),
    (List.built(KIT, [b"a", b"x" * 9000, b"b"]), LIST_QUICKLIST_2),
    (Set.built(KIT, [b"%d" % number for number in range(9)]), SET),
    (Hash.built(KIT, [(b"f%d" % number, b"v") for number in range(9)]), HASH),
    (ZSet.built(KIT, [(b"m%d" % number, number / 3) for number in range(9)]), ZSET_2),
]


@pytest.mark.parametrize(("value", "number"), LARGE)
@pytest.mark.parametrize("version", [10, 12, 80])
def test_a_large_value_comes_back(value: Value, number: int, version: int) -> None:
    out = bytearray()
    assert write_value(out, value, version) == number
    reader = Reader(bytes(out))
    back = read_value(reader, number, KIT, version)
    back.check()
    assert reader.left == 0
    assert back.encoding == value.encoding
    again = bytearray()
    write_value(again, back, version)
    assert len(again) == len(out)


def test_a_skiplist_is_written_from_its_last_member_on() -> None:
    out = bytearray()
    write_value(out, ZSet.built(KIT, [(b"a", 1.0), (b"b", 2.0), (b"c", float("inf"))]))
    assert out.hex(" ") == (
        "03 01 63 00 00 00 00 00 00 f0 7f 01 62 00 00 00 00 00 00 00 40 01 61"
        " 00 00 00 00 00 00 f0 3f"
    )
