"""Records of a file that is read a piece at a time: those of the whole file, at their places."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from redlearn.persistence.rdb_pieces import in_pieces
from redlearn.persistence.rdb_records import BadRdb, records
from tests.persistence.files import SERVERS, recorded, sealed

HEAD = b"REDIS0010"


def found(data: bytes, size: int, claimed: int | None = None) -> list[tuple[int, bytes]]:
    """Where each record stands, and its bytes, if so many are read at a time."""

    def read(start: int, count: int) -> bytes:
        return data[start : start + count]

    with patch("redlearn.persistence.rdb_pieces.PIECE", size):
        return [
            (piece.start + record.start, piece.data[record.start : record.end])
            for piece, record in in_pieces(read, len(data) if claimed is None else claimed)
        ]


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("size", [1, 2, 7, 100, 1 << 20])
def test_they_are_those_of_the_whole_file(server: str, size: int) -> None:
    data = recorded(server)
    whole = [(record.start, data[record.start : record.end]) for record in records(data)]
    assert found(data, size) == whole[1:], "but for the magic word"


@pytest.mark.parametrize("size", [1, 5, 1 << 20])
def test_a_fault_has_its_place_in_the_file_and_says_what_is_left_of_that(size: int) -> None:
    good = HEAD + b"\x00\x01a\x01v" * 30
    for rest, at, reason in (
        (b"\x00\x01k\x09v", len(good) + 4, "9 bytes were promised, 1 is left"),
        (b"\xc8\x01k\x01v" + b"x" * 50, len(good) + 1, "type 200"),
        (b"", len(good), "1 byte was promised, 0 are left"),
        (b"\x00\x01k\x81\x7f\xff\xff\xff\xff\xff\xff\xff" + b"x" * 90, len(good) + 12, "promised"),
    ):
        with pytest.raises(BadRdb) as caught:
            found(good + rest, size)
        assert (caught.value.at, reason in caught.value.reason) == (at, True), caught.value


def test_it_must_begin_as_a_snapshot() -> None:
    for data in (b"", b"REDIS", b"REDIS0099\xff", b"hello, world"):
        with pytest.raises(BadRdb, match="begins as none"):
            found(data, 10)


def test_what_a_file_claims_makes_nobody_read_more_than_there_is() -> None:
    asked: list[int] = []
    data = sealed(HEAD + b"\x00\x01k\x80\x7f\xff\xff\xff" + b"x" * 500)

    def read(start: int, count: int) -> bytes:
        asked.append(count)
        return data[start : start + count]

    with patch("redlearn.persistence.rdb_pieces.PIECE", 64), pytest.raises(BadRdb):
        list(in_pieces(read, len(data)))
    assert max(asked) <= 64


def test_a_large_record_is_read_in_pieces_that_double() -> None:
    asked: list[int] = []
    many = 3000
    data = sealed(HEAD + b"\x01\x01l\x80" + many.to_bytes(4) + b"\x03abc" * many)

    def read(start: int, count: int) -> bytes:
        asked.append(count)
        return data[start : start + count]

    with patch("redlearn.persistence.rdb_pieces.PIECE", 100):
        assert len(list(in_pieces(read, len(data)))) == 2
    assert len(asked) < 12


def test_a_file_that_has_fewer_bytes_than_was_said_ends_there() -> None:
    data = HEAD + b"\x00\x01a\x01v" * 3
    with pytest.raises(BadRdb, match="0 are left"):
        found(data, 8, claimed=1000)
