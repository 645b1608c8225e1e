"""Strings: encodings, and changes in place; bare in their entries, boxed as values."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.string import (
    String,
    bare,
    boxed,
    data_of,
    encoded,
    footprint_of,
    integer_of,
    length_of,
    writable,
    write_over,
)
from redlearn.probe import Probe

KIT = Kit(Probe(), Random(1), Random(2), seed=3)


def holding(data: bytes) -> Entry:
    """An entry in which SET has put `data`."""
    return Entry(b"k", encoded(data), None)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"12345", "int"),
        (b"0", "int"),
        (b"-1", "int"),
        (b"9223372036854775807", "int"),
        (b"-9223372036854775808", "int"),
        (b"9223372036854775808", "embstr"),
        (b"00012", "embstr"),
        (b"-0", "embstr"),
        (b"+1", "embstr"),
        (b"1.5", "embstr"),
        (b" 1", "embstr"),
        (b"1_000", "embstr"),
        (b"", "embstr"),
        (b"a" * 44, "embstr"),
        (b"a" * 45, "raw"),
        (b"1" * 45, "raw"),
    ],
)
def test_set_chooses_the_encoding_redis_7_4_chooses(data: bytes, encoding: str) -> None:
    string = String.of(data)
    assert string.encoding == encoding
    assert string.data() == data
    assert len(string) == len(data)


@pytest.mark.parametrize("data", [b"10", b"abc", b"a" * 100, b""])
def test_a_string_changed_in_place_is_raw_however_short(data: bytes) -> None:
    entry = holding(data)
    write_over(writable(entry), 0, b"?")
    string = String(entry.value)
    assert string.encoding == "raw"
    assert string.data() == b"?" + data[1:]


def test_a_write_beyond_the_end_pads_with_zero_bytes() -> None:
    entry = holding(b"ab")
    write_over(writable(entry), 5, b"x")
    assert data_of(entry.value) == b"ab\0\0\0x"


def test_a_range_is_cut_at_the_end() -> None:
    for string in (String.of(b"12345"), String.of(b"abcde"), String(bytearray(b"abcde"))):
        assert string.slice(1, 3) == string.data()[1:3]
        assert string.slice(3, 99) == string.data()[3:]
        assert string.slice(9, 99) == b""


def test_an_integer_is_read_from_any_encoding() -> None:
    assert [integer_of(each) for each in (-7, bytearray(b"10"), b"10", b"x")] == [-7, 10, 10, None]
    assert integer_of(bytearray(b"0" * 30)) is None


@pytest.mark.parametrize(
    ("data", "refcount"),
    [(b"0", 2147483647), (b"9999", 2147483647), (b"10000", 1), (b"-1", 1), (b"a", 1)],
)
def test_small_integers_are_shared(data: bytes, refcount: int) -> None:
    assert String.of(data).refcount == refcount


def test_small_integers_that_are_set_twice_are_one_object_and_others_are_not() -> None:
    assert encoded(b"9999") is encoded(b"9999")
    assert encoded(b"10000") is not encoded(b"10000")


def test_a_string_in_a_box_sees_its_bytes_change() -> None:
    entry = holding(b"a")
    data = writable(entry)
    string = boxed(entry.value)
    assert isinstance(string, String)
    data[0] |= 2
    assert (string.data(), string.encoding) == (b"c", "raw")
    assert writable(entry) is data


def test_a_box_comes_off_and_what_never_had_one_stays() -> None:
    hash = Hash(KIT)
    for content in (7, b"seven", bytearray(b"changed")):
        assert bare(boxed(content)) is content
        assert bare(content) is content
    assert boxed(hash) is bare(hash) is hash


def test_a_copy_keeps_the_encoding_and_goes_its_own_way() -> None:
    entry = holding(b"ab")
    data = writable(entry)
    twin = String(data).copy(KIT)
    data += b"c"
    assert (data_of(entry.value), twin.data(), twin.encoding) == (b"abc", b"ab", "raw")


@pytest.mark.parametrize(
    ("data", "memory"),
    [
        (b"12", 16), (b"", 32), (b"a", 32), (b"a" * 20, 48), (b"a" * 44, 64), (b"a" * 45, 80),
        (b"a" * 100, 128), (b"a" * 1000, 1040),
    ],
)  # fmt: skip
def test_memory_is_what_redis_7_0_measured_less_the_key(data: bytes, memory: int) -> None:
    # MEMORY USAGE of a one-byte key counts 32 bytes for the key and its entry.
    assert String.of(data).memory() == footprint_of(encoded(data)) == memory
    raw = String(bytearray(data))
    assert raw.memory() == raw.footprint() == footprint_of(raw.content)


def test_many_appends_cost_no_more_than_the_bytes() -> None:
    entry = holding(b"")
    piece = b"x" * 1000
    for _ in range(20_000):
        data = writable(entry)
        data += piece
    assert length_of(entry.value) == 20_000_000
