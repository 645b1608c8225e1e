"""Lengths, strings and numbers of payloads, to bytes and back."""

from __future__ import annotations

import pytest

from redlearn.engine.payload.wire import (
    MOST_TO_SQUEEZE,
    BadPayload,
    Reader,
    write_length,
    write_number,
    write_string,
)

LENGTHS = {
    0: "00", 63: "3f", 64: "40 40", 16383: "7f ff", 16384: "80 00 00 40 00",
    2**32 - 1: "80 ff ff ff ff", 2**32: "81 00 00 00 01 00 00 00 00",
}  # fmt: skip

STRINGS = {
    b"": "00", b"a": "01 61", b"0": "c0 00", b"-128": "c0 80", b"128": "c1 80 00",
    b"-32768": "c1 00 80", b"32768": "c2 00 80 00 00", b"-2147483648": "c2 00 00 00 80",
    b"2147483648": "0a 32 31 34 37 34 38 33 36 34 38", b"01": "02 30 31", b"-0": "02 2d 30",
    b"x" * 20: "14" + "78" * 20, b"x" * 21: "c3 05 15 01 78 78 e0 09 00 01 78 78",
}  # fmt: skip


def written(data: bytes) -> bytes:
    out = bytearray()
    write_string(out, data)
    return bytes(out)


@pytest.mark.parametrize("length", LENGTHS)
def test_a_length_takes_the_fewest_bytes(length: int) -> None:
    out = bytearray()
    write_length(out, length)
    assert out == bytes.fromhex(LENGTHS[length])
    assert Reader(bytes(out)).length() == length


@pytest.mark.parametrize("data", list(STRINGS)[:-1])
def test_a_string_takes_its_shortest_form(data: bytes) -> None:
    assert written(data) == bytes.fromhex(STRINGS[data])


@pytest.mark.parametrize("data", [*STRINGS, b"y" * 300, bytes(range(256)), b"ab" * 10_000])
def test_a_string_comes_back(data: bytes) -> None:
    reader = Reader(written(data))
    assert reader.string() == data
    assert reader.left == 0


def test_what_repeats_is_compressed_from_21_bytes_on() -> None:
    assert written(b"x" * 20)[0] == 20
    assert written(b"x" * 21)[0] == 0xC3
    assert written(bytes(range(100)))[:2] == bytes.fromhex("40 64")


def test_beyond_a_mebibyte_nothing_is_compressed() -> None:
    assert len(written(bytes(MOST_TO_SQUEEZE))) < 20_000
    assert len(written(bytes(MOST_TO_SQUEEZE + 1))) == MOST_TO_SQUEEZE + 6


@pytest.mark.parametrize(
    "broken",
    ["", "05 61", "40", "80 00", "81 ff ff ff ff ff ff ff ff", "82", "bf", "c0", "c1 00",
     "c2 00 00 00", "c4", "ff", "c3 05 15 01 78", "c3 c0 00", "c3 02 80 ff ff ff ff 00 78",
     "c3 00 05"],
)  # fmt: skip
def test_a_broken_string_is_refused(broken: str) -> None:
    with pytest.raises(ValueError):
        Reader(bytes.fromhex(broken)).string()


def test_a_count_is_held_against_the_bytes_that_are_left() -> None:
    assert Reader(b"\x02\x00\x00").count() == 2
    for least, data in ((1, "03 00 00"), (2, "02 00 00 00"), (1, "80 ff ff ff ff 00")):
        with pytest.raises(BadPayload, match="promised"):
            Reader(bytes.fromhex(data)).count(least)


def test_doubles_come_in_eight_bytes_or_as_text() -> None:
    assert Reader(bytes.fromhex("00 00 00 00 00 00 f8 3f")).double() == 1.5
    assert Reader(b"\x031.5").text_double() == 1.5
    assert Reader(b"\xfe").text_double() == float("inf")
    assert Reader(b"\xff").text_double() == float("-inf")


def test_no_number_is_refused() -> None:
    for data in (b"\xfd", b"\x03nan", b"\x031_0", b"\x041", b"\x00"):
        with pytest.raises(BadPayload):
            Reader(data).text_double()
    with pytest.raises(BadPayload):
        Reader(bytes.fromhex("00 00 00 00 00 00 f8 7f")).double()


@pytest.mark.parametrize(
    "number", [0, -1, 127, -128, 128, 32767, -32768, 32768, 2**31 - 1, -(2**31), 2**31, -(2**63)]
)
def test_a_number_is_written_as_the_text_that_spells_it(number: int) -> None:
    direct, as_text = bytearray(), bytearray()
    write_number(direct, number)
    write_string(as_text, b"%d" % number)
    assert direct == as_text
    assert Reader(bytes(direct)).string() == b"%d" % number


def test_a_string_can_be_kept_from_being_squeezed() -> None:
    out = bytearray()
    write_string(out, b"a" * 50, squeeze=False)
    assert bytes(out) == b"\x32" + b"a" * 50
