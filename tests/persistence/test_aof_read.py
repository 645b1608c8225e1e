"""The reader of append-only files: commands, tails that were cut off, and what is no such file."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from redlearn.persistence.aof_read import LONG, BadFormat, Logged, Reader
from redlearn.resp.encode import encode_command

SET = encode_command((b"SET", b"k", b"v"))
MULTI, EXEC = encode_command((b"MULTI",)), encode_command((b"EXEC",))
STAMP = b"#TS:1700000000\r\n"
CRLFS = encode_command((b"SET", b"\r\n\r\n", b"\r\n*1\r\n$4\r\nPING\r\n", b"\r", b"\n", b""))
SMALL = b"".join([STAMP, SET, CRLFS, MULTI, SET, STAMP, SET, EXEC, SET])
EVERYTHING = b"".join(
    [
        SMALL,
        encode_command((b"RPUSH", b"l", *[b"%d" % number for number in range(1500)])),
        encode_command((b"SET", b"big", b"x" * 20_000)),
        encode_command((b"XADD", b"s", b"1-1", b"f", bytes(range(256)))),
    ]
)  # fmt: skip


def read(data: bytes, size: int = 1 << 20) -> tuple[list[Logged], Reader]:
    """All that is found in `data`, given in pieces of `size`."""
    reader, found = Reader(), []
    for start in range(0, len(data), size):
        reader.feed(data[start : start + size])
        found += list(reader.commands())
    return found, reader


def test_commands_are_found_with_their_places() -> None:
    found, reader = read(SET + SET)
    argv = [b"SET", b"k", b"v"]
    assert found == [Logged(0, len(SET), argv), Logged(len(SET), 2 * len(SET), argv)]
    assert reader.whole == reader.size == 2 * len(SET)
    assert reader.tail() == ""


def test_places_may_count_from_where_the_commands_begin_in_the_file() -> None:
    reader = Reader(100)
    reader.feed(SET)
    assert next(reader.commands()).start == 100
    assert reader.whole == 100 + len(SET)


def test_an_annotation_is_found_and_tells_its_time() -> None:
    (stamp, other), _ = read(STAMP + b"#else\r\n")
    assert (stamp.argv, stamp.note, stamp.stamp_s) == ([], b"#TS:1700000000", 1_700_000_000)
    assert other.stamp_s is None


@pytest.mark.parametrize("note", [b"#TS:", b"#TS:x", b"#TS:-1", b"#TS:" + b"9" * 40, b"#"])
def test_a_time_that_is_none_is_not_taken_for_one(note: bytes) -> None:
    ((stamp,), _) = read(note + b"\r\n")
    assert stamp.stamp_s is None


@pytest.mark.parametrize("size", [1, 2, 7, 100, 4096, 1 << 20])
def test_it_does_not_matter_how_the_file_is_cut_into_pieces(size: int) -> None:
    data = EVERYTHING if size >= 100 else SMALL
    found, reader = read(data, size)
    assert found == read(data)[0]
    assert reader.whole == len(data)
    again = [encode_command(each.argv) if each.argv else each.note + b"\r\n" for each in found]
    assert b"".join(again) == data


def test_line_ends_inside_of_arguments_are_part_of_them() -> None:
    ((logged,), _) = read(CRLFS)
    assert logged.argv == [b"SET", b"\r\n\r\n", b"\r\n*1\r\n$4\r\nPING\r\n", b"\r", b"\n", b""]


# Tails.


def expected_whole(data: bytes, bounds: list[int]) -> int:
    return max(bound for bound in bounds if bound <= len(data))


def test_whatever_the_file_is_cut_off_at_the_whole_commands_before_it_are_good() -> None:
    head = STAMP + SET + CRLFS
    bounds = [0, len(STAMP), len(STAMP + SET), len(head), len(head + MULTI + SET + EXEC)]
    data = head + MULTI + SET + EXEC
    for size in range(len(data) + 1):
        found, reader = read(data[:size])
        whole = expected_whole(data[:size], bounds)
        assert reader.whole == whole, size
        assert bool(reader.tail()) == (size not in bounds), size
        assert [each.end for each in found if each.end <= whole] == [
            bound for bound in bounds[1:] if bound <= len(head) and bound <= size
        ] + ([bounds[-1]] if size == len(data) else []) or size == len(data)


def test_a_cut_off_tail_says_where_it_begins() -> None:
    assert read(SET + SET[:-1])[1].tail() == f"the command at 0x{len(SET):x} is not whole"
    assert read(SET + MULTI + SET)[1].tail() == f"the transaction at 0x{len(SET):x} has no EXEC"


def test_a_length_beyond_the_end_is_taken_for_a_cut_off_tail() -> None:
    """Nothing tells them apart, and nothing is reserved for it."""
    found, reader = read(SET + b"*1\r\n$9223372036854775807\r\nabc")
    assert len(found) == 1
    assert reader.whole == len(SET)
    assert reader.tail()


def test_it_says_how_many_bytes_it_needs_to_get_on() -> None:
    reader = Reader()
    reader.feed(b"*1\r\n$1000000\r\nabc")
    assert list(reader.commands()) == []
    assert reader.wanted == 1_000_000 + 2 - 3
    reader.feed(b"x" * (reader.wanted - 2) + b"\r\n")
    assert [len(each.argv[0]) for each in reader.commands()] == [1_000_000]
    assert reader.wanted == 0


def test_a_command_of_very_many_arguments_is_not_looked_through_for_every_piece() -> None:
    data = encode_command([b"DEL", *[b"k"] * 100_000])
    reader, asked, at = Reader(), 0, 0
    while at < len(data):
        piece = data[at : at + max(4096, reader.wanted)]
        reader.feed(piece)
        at += len(piece)
        asked += 1
        found = list(reader.commands())
    assert len(found[0].argv) == 100_001
    assert asked < 12


def test_an_annotation_may_have_1024_bytes_with_its_line_end() -> None:
    note = b"#" + b"x" * 1021
    ((logged,), reader) = read(note + b"\r\n")
    assert (logged.note, reader.whole) == (note, 1024)
    assert read(note)[1].tail() == "the command at 0x0 is not whole"
    with pytest.raises(BadFormat):
        read(note + b"x")


def test_an_unfinished_command_is_awaited_twice_as_long_once_it_is_long_itself() -> None:
    for before in (b"", SET * 500):
        for size, wanted in ((LONG, 0), (LONG + 1, LONG + 1)):
            held = b"*2\r\n$%d\r\n%b\r\n$" % (size - 14, b"x" * (size - 14))
            assert len(held) == size
            reader = Reader()
            reader.feed(before + held)
            assert len(list(reader.commands())) == (500 if before else 0)
            assert reader.wanted == wanted


def test_of_a_long_argument_and_a_long_command_the_larger_is_awaited() -> None:
    for size, wanted in ((100_000, 100_000 + 2 - 5), (6_000, 5_000 + len(b"*1\r\n$6000\r\n"))):
        head = b"*1\r\n$%d\r\n" % size
        reader = Reader()
        reader.feed(head + b"x" * (5 if size > 6_000 else 5_000))
        assert list(reader.commands()) == []
        assert reader.wanted == wanted


# What is no append-only file.

BAD = [
    (b"x", 0, "expected '*', got 'x'"),
    (b"\r\n", 0, "expected '*', got an empty line"),
    (SET + b"+OK\r\n", len(SET), "expected '*', got '+'"),
    (b"*x\r\n", 0, "'*x' has no number"),
    (b"*-1\r\n", 0, "'*-1' has no number"),
    (b"*0\r\n", 0, "a command of 0 arguments"),
    (b"*03\r\n", 0, "'*03' has no number"),
    (b"*4294967296\r\n", 0, "a command of 4294967296 arguments"),
    (b"*99999999999999999999\r\n", 0, "'*99999999999999999999' has no number"),
    (b"*1 \r\n", 0, "'*1 ' has no number"),
    (b"*1\n$4\r\n", 0, "'*1\\n$4' has no number"),
    (b"*1\r\n*4\r\n", 4, "expected '$', got '*'"),
    (b"*1\r\n$-1\r\n", 4, "'$-1' has no number"),
    (b"*1\r\n$x\r\n", 4, "'$x' has no number"),
    (b"*1\r\n\r\n", 4, "expected '$', got an empty line"),
    (b"*1\r\n$4\r\nPINGX\r\n", 12, "an argument of 4 bytes ends here, and 'X\\r' follows"),
    (b"*1\r\n$4\r\nPIN\r\n", 12, "an argument of 4 bytes ends here, and '\\n' follows"),
    (b"*1\r\n$4\r\nPING\n\n", 12, "an argument of 4 bytes ends here, and '\\n\\n' follows"),
    (b"*2\r\n$4\r\nPING\r\n*1\r\n", 14, "expected '$', got '*'"),
    (b"#" + b"x" * 1022 + b"\r\n", 0, "an annotation of more than 1024 bytes"),
    (b"#" + b"x" * 2000, 0, "an annotation of more than 1024 bytes"),
    (MULTI + MULTI, len(MULTI), "MULTI inside a transaction"),
    (SET + EXEC, len(SET), "EXEC without MULTI"),
    (b"*1\r\n$4\r\nexec\r\n", 0, "EXEC without MULTI"),
]


@pytest.mark.parametrize(("data", "offset", "reason"), BAD)
@pytest.mark.parametrize("size", [1, 1000])
def test_what_no_server_wrote_is_refused_with_its_place(
    data: bytes, offset: int, reason: str, size: int
) -> None:
    with pytest.raises(BadFormat) as refused:
        read(data, size)
    assert refused.value.offset == offset
    if size > 1:  # else it is refused as soon as it can be
        assert refused.value.reason == reason
        assert str(refused.value) == f"0x{offset:x}: {reason}"


def test_the_commands_before_what_is_wrong_are_given_out_and_counted() -> None:
    reader = Reader()
    reader.feed(SET + MULTI + SET + b"oops\r\n")
    found = []
    with pytest.raises(BadFormat):
        for logged in reader.commands():
            found.append(logged)
    assert len(found) == 3
    assert reader.whole == len(SET)


def test_any_byte_changed_is_refused_or_leaves_a_file_that_is_read_to_some_end() -> None:
    """Nothing else is possible: no other exception, no hang, no command of changed length."""
    data = STAMP + SET + CRLFS + MULTI + SET + EXEC
    refused = 0
    for at in range(len(data)):
        for mask in (0x01, 0xFF):
            changed = bytearray(data)
            changed[at] ^= mask
            try:
                found, _ = read(bytes(changed))
            except BadFormat as error:
                refused += 1
                assert 0 <= error.offset <= len(data)
            else:
                ends = [0, *[each.end for each in found]]
                assert all(one < other for one, other in pairwise(ends))
    assert refused > len(data) // 2


def test_random_bytes_are_no_append_only_file() -> None:
    for seed in range(300):
        data = Random(seed).randbytes(200)
        try:
            found, reader = read(data)
        except BadFormat:
            continue
        assert found == [] and reader.tail(), data
