"""Bits: rows of bits and of integers of any width, against the same in strings of digits."""

from __future__ import annotations

import doctest
from random import Random

import pytest

from redlearn.engine.structures import bits
from redlearn.engine.structures.bits import (
    CHUNK,
    BitWritten,
    FieldWritten,
    Operation,
    Overflow,
    combine,
    count_bits,
    find_bit,
    fitted,
    fitted_whole,
    get_bit,
    get_field,
    highest,
    invert,
    lowest,
    only_between,
    put_bit,
    put_field,
    wrapped,
)
from redlearn.probe import Event, Probe


def digits(data: bytes | bytearray) -> str:
    return "".join(f"{byte:08b}" for byte in data)


def test_the_examples_are_true() -> None:
    assert doctest.testmod(bits).failed == 0


def test_bits_are_counted_from_the_highest_of_the_first_byte() -> None:
    data = b"\x2c\x80"
    assert "".join(str(get_bit(data, offset)) for offset in range(16)) == digits(data)
    assert get_bit(data, 16) == get_bit(b"", 0) == 0


def test_a_bit_is_written_and_its_past_told() -> None:
    data = bytearray(2)
    assert put_bit(data, 9, 1, Probe()) == 0
    assert put_bit(data, 9, 1, Probe()) == 1
    assert digits(data) == "0000000001000000"
    assert put_bit(data, 9, 0, Probe()) == 1
    assert data == bytes(2)


@pytest.mark.parametrize("seed", range(10))
def test_counting_and_finding_agree_with_the_digits(seed: int) -> None:
    rng = Random(seed)
    for _ in range(40):
        data = rng.choice((b"", b"\x00", b"\xff")) * rng.randrange(4) + rng.randbytes(
            rng.randrange(5)
        )
        row = digits(data)
        assert count_bits(data) == row.count("1")
        for bit in (0, 1):
            found = row.find(str(bit))
            assert find_bit(data, bit) == (found if found >= 0 else len(row))
        assert digits(invert(data)) == row.translate(str.maketrans("01", "10"))


def test_more_than_a_chunk_is_counted_in_pieces() -> None:
    assert count_bits(b"\x11" * (3 * CHUNK + 5)) == 2 * (3 * CHUNK + 5)


@pytest.mark.parametrize("filler", [0, 1])
def test_bits_around_a_range_are_filled(filler: int) -> None:
    data = b"\xa5\x5a\xa5"
    for first in range(24):
        for last in range(first, 24):
            start, stop = first & ~7, (last | 7) + 1
            kept = digits(data)[first : last + 1]
            expected = str(filler) * (first - start) + kept + str(filler) * (stop - 1 - last)
            assert digits(only_between(data, first, last, filler)) == expected


@pytest.mark.parametrize(
    ("operation", "result"), [("AND", "0c0000"), ("OR", "3fff0f"), ("XOR", "33ff0f")]
)
def test_strings_are_combined_as_if_padded_with_zeros(operation: Operation, result: str) -> None:
    strings = [b"\x0f\xff", b"\x3c\x00\x0f"]
    assert combine(operation, strings).hex() == result
    assert combine(operation, strings[:1]) == strings[0]
    assert combine(operation, [*strings, b""]).hex() == ("000000" if operation == "AND" else result)
    assert combine(operation, [b"", b""]) == combine(operation, []) == b""


@pytest.mark.parametrize("seed", range(10))
def test_fields_agree_with_the_digits(seed: int) -> None:
    rng = Random(seed)
    data = bytearray(rng.randbytes(20))
    for _ in range(60):
        signed = rng.random() < 0.5
        width = rng.randrange(1, 65 if signed else 64)
        offset = rng.randrange(160 - width + 1)
        number = rng.randint(lowest(width, signed), highest(width, signed))
        row = digits(data)
        assert get_field(data, offset, width, False) == int(row[offset : offset + width], 2)
        put_field(data, offset, width, number, Probe())
        assert get_field(data, offset, width, signed) == number
        assert digits(data)[:offset] == row[:offset]
        assert digits(data)[offset + width :] == row[offset + width :]


def test_a_field_beyond_the_end_reads_zeros_there() -> None:
    assert get_field(b"\xff", 4, 8, False) == 0b11110000
    assert get_field(b"\xff", 4, 8, True) == -16
    assert get_field(b"", 100, 64, True) == 0


@pytest.mark.parametrize(
    ("number", "width", "signed", "wrap", "saturated"),
    [
        (256, 8, False, 0, 255),
        (-1, 8, False, 255, 0),
        (128, 8, True, -128, 127),
        (-129, 8, True, 127, -128),
        (2**63, 64, True, -(2**63), 2**63 - 1),
        (-(2**63) - 1, 64, True, 2**63 - 1, -(2**63)),
        (2, 1, False, 0, 1),
        (1, 1, True, -1, 0),
    ],
)
def test_what_does_not_fit_wraps_saturates_or_is_refused(
    number: int, width: int, signed: bool, wrap: int, saturated: int
) -> None:
    assert fitted(number, width, signed, "WRAP") == wrap == wrapped(number, width, signed)
    assert fitted(number, width, signed, "SAT") == saturated
    assert fitted(number, width, signed, "FAIL") is None


@pytest.mark.parametrize("overflow", ["WRAP", "SAT", "FAIL"])
def test_what_fits_is_taken_as_it_is(overflow: Overflow) -> None:
    for number, width, signed in ((255, 8, False), (-128, 8, True), (-(2**63), 64, True)):
        assert fitted(number, width, signed, overflow) == number
        assert fitted_whole(number, width, signed, overflow) == number


def test_a_number_set_far_too_low_saturates_upwards() -> None:
    assert fitted_whole(-1, 8, False, "SAT") == 255
    assert fitted_whole(-1, 8, False, "WRAP") == 255
    assert fitted_whole(-1, 8, False, "FAIL") is None
    assert fitted_whole(-(2**63), 8, True, "SAT") == 127
    assert fitted_whole(127 - (2**63 - 1), 8, True, "SAT") == -128


def test_writes_are_told() -> None:
    seen: list[Event] = []
    data, probe = bytearray(b"\xff\x00"), Probe(seen.append)
    put_bit(data, 3, 0, probe)
    put_field(data, 4, 8, -1, probe)
    assert seen == [BitWritten(3, 1, 0), FieldWritten(4, 8, 0xF0, 0xFF)]
    assert data == b"\xef\xf0"
