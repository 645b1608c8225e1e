"""Strings: encodings, and changes in place."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.values.kit import Kit
from redlearn.engine.values.string import String
from redlearn.probe import Probe

KIT = Kit(Probe(), Random(1), Random(2), seed=3)


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
    other = String.raw(b"what was there")
    other.become(data)
    for string in (String.of(data), other):
        assert string.encoding == encoding
        assert string.data() == data
        assert len(string) == len(data)


@pytest.mark.parametrize("data", [b"10", b"abc", b"a" * 100, b""])
def test_a_string_changed_in_place_is_raw_however_short(data: bytes) -> None:
    appended, written = String.of(data), String.of(data)
    assert appended.append(b"!") == len(data) + 1
    assert written.set_range(0, b"?") == max(len(data), 1)
    assert (appended.encoding, written.encoding) == ("raw", "raw")
    assert appended.data() == data + b"!"
    assert written.data() == b"?" + data[1:]


def test_a_write_beyond_the_end_pads_with_zero_bytes() -> None:
    string = String.of(b"ab")
    assert string.set_range(5, b"x") == 6
    assert string.data() == b"ab\0\0\0x"


def test_a_range_is_cut_at_the_end() -> None:
    for string in (String.of(b"12345"), String.of(b"abcde"), String.raw(b"abcde")):
        assert string.slice(1, 3) == string.data()[1:3]
        assert string.slice(3, 99) == string.data()[3:]
        assert string.slice(9, 99) == b""


def test_an_integer_is_read_from_any_encoding() -> None:
    raw = String.of(b"1")
    raw.append(b"0")
    assert [s.integer() for s in (String.of(b"-7"), raw, String.of(b"x"))] == [-7, 10, None]
    assert String.raw(b"0" * 30).integer() is None


def test_incr_turns_raw_digits_into_a_number_again() -> None:
    string = String.raw(b"10")
    string.set_integer(11)
    assert (string.encoding, string.data()) == ("int", b"11")


@pytest.mark.parametrize(
    ("data", "refcount"),
    [(b"0", 2147483647), (b"9999", 2147483647), (b"10000", 1), (b"-1", 1), (b"a", 1)],
)
def test_small_integers_are_shared(data: bytes, refcount: int) -> None:
    assert String.of(data).refcount == refcount


def test_bits_are_written_into_the_content_itself() -> None:
    string = String.of(b"a")
    string.writable()[0] |= 2
    assert (string.data(), string.encoding) == (b"c", "raw")


def test_a_copy_keeps_the_encoding_and_goes_its_own_way() -> None:
    string = String.of(b"ab")
    string.append(b"c")
    twin = string.copy(KIT)
    twin.append(b"d")
    assert (string.data(), twin.data(), twin.encoding) == (b"abc", b"abcd", "raw")


@pytest.mark.parametrize(
    ("data", "memory"),
    [
        (b"12", 16), (b"", 32), (b"a", 32), (b"a" * 20, 48), (b"a" * 44, 64), (b"a" * 45, 80),
        (b"a" * 100, 128), (b"a" * 1000, 1040),
    ],
)  # fmt: skip
def test_memory_is_what_redis_7_0_measured_less_the_key(data: bytes, memory: int) -> None:
    # MEMORY USAGE of a one-byte key counts 32 bytes for the key and its entry.
    assert String.of(data).memory() == memory


def test_many_appends_cost_no_more_than_the_bytes() -> None:
    string = String.of(b"")
    piece = b"x" * 1000
    for _ in range(20_000):
        string.append(piece)
    assert len(string) == 20_000_000
