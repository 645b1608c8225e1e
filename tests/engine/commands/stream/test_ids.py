"""IDs as clients write them, in all the ways Redis takes."""

from __future__ import annotations

import pytest

from redlearn.engine.commands.stream.ids import (
    quoted,
    read_end,
    read_exact_id,
    read_id,
    read_new_id,
    read_start,
    sent,
)
from redlearn.engine.structures.stream_node import MAX_HALF, MAX_ID, StreamEntry
from redlearn.errors import CommandError


def id_of(ms: int, sequence: int = 0) -> int:
    return ms << 64 | sequence


@pytest.mark.parametrize(
    ("text", "id"),
    [
        (b"5", id_of(5)),
        (b"5-3", id_of(5, 3)),
        (b"0-0", 0),
        (b"18446744073709551615-18446744073709551615", MAX_ID),
        (b"9223372036854775808-1", id_of(2**63, 1)),
        # What only strtoull takes:
        (b"+5", id_of(5)),
        (b"007- 3", id_of(7, 3)),
        (b"1-+05", id_of(1, 5)),
        (b"1--05", id_of(1, 2**64 - 5)),
        (b"5\x00x", id_of(5)),
    ],
)
def test_these_are_ids(text: bytes, id: int) -> None:
    assert read_exact_id(text) == id


@pytest.mark.parametrize(
    "text",
    [
        b"", b"-", b"+", b"x", b"-1", b"1-", b"1-x", b"1-2-3", b"1 ", b"1--5", b"1-*", b"(1",
        b"18446744073709551616", b"1-18446744073709551616", b"1" * 128, b"\x00", b"0x1",
    ],
)  # fmt: skip
def test_these_are_none(text: bytes) -> None:
    with pytest.raises(CommandError, match="Invalid stream ID"):
        read_exact_id(text)


def test_the_ends_of_a_stream_have_signs() -> None:
    assert (read_id(b"-"), read_id(b"+")) == (0, MAX_ID)


def test_the_end_of_an_interval_takes_in_the_whole_millisecond() -> None:
    assert read_start(b"5") == id_of(5)
    assert read_end(b"5") == id_of(5, MAX_HALF)


def test_a_bracket_leaves_the_end_out() -> None:
    assert read_start(b"(5-3") == id_of(5, 4)
    assert read_end(b"(5-3") == id_of(5, 2)
    assert read_start(b"(5") == id_of(5, 1)


@pytest.mark.parametrize("text", [b"(-", b"(+", b"("])
def test_a_bracket_wants_a_real_id(text: bytes) -> None:
    with pytest.raises(CommandError, match="Invalid stream ID"):
        read_start(text)


def test_nothing_lies_beyond_the_ends() -> None:
    with pytest.raises(CommandError, match="invalid start ID for the interval"):
        read_start(b"(18446744073709551615-18446744073709551615")
    with pytest.raises(CommandError, match="invalid end ID for the interval"):
        read_end(b"(0-0")


def test_a_new_id_may_leave_its_sequence_open() -> None:
    assert read_new_id(b"5-*") == (id_of(5), True)
    assert read_new_id(b"5") == (id_of(5), False)


def test_an_entry_is_sent_as_its_id_and_its_items() -> None:
    assert sent(StreamEntry(id_of(1), [b"f", b"v"], 5, False)) == [b"1-0", [b"f", b"v"]]


def test_a_quoted_name_ends_where_a_c_string_does() -> None:
    assert quoted(b"a\x00b") == "a"
