"""A snapshot file looked through: what is told of a good one, and where a bad one is wrong."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from redlearn.persistence.opcodes import magic_of
from redlearn.persistence.rdb_check import LISTED, Checked, check, told
from tests.persistence.files import (
    ALL_TYPES,
    ENDING_FIELDS,
    EXPECTED,
    LIBRARY,
    NOW_MS,
    SERVERS,
    filled,
    looked_through,
    recorded,
    resealed,
    save,
    sealed,
)

HEAD = magic_of(10)


def lines(checked: Checked) -> list[str]:
    return list(told(checked, "dump.rdb"))


@pytest.mark.parametrize("server", SERVERS)
def test_files_of_real_servers_are_good(server: str) -> None:
    checked = looked_through(recorded(server))
    assert checked.good
    assert checked.keys == {0: len(EXPECTED[server])}
    assert checked.expires == 1
    assert lines(checked)[-1] == "good"


@pytest.mark.parametrize("version", [10, 11, 12, 80])
def test_so_are_ours(version: int) -> None:
    redis = filled(*ALL_TYPES, "SELECT 4", "SET k v", *(ENDING_FIELDS if version > 11 else ()))
    checked = looked_through(save(redis, version))
    assert checked.good, checked.reason
    assert checked.version == version
    assert len(checked.keys) == 2


def test_a_good_file_is_told_place_by_place_and_summed_up() -> None:
    redis = filled("SET a 1", "SET b 2 PX 50", "RPUSH l 1 2 3", "SELECT 3", "SET c 1")
    redis(b"FUNCTION", b"LOAD", LIBRARY.encode())
    said = lines(looked_through(save(redis), NOW_MS + 51))
    assert said[0] == f"dump.rdb: {len(save(redis)):,} bytes"
    assert said[1:4] == ["           0  REDIS0010", "           9  redis-ver 7.4.1",
                         "          26  redis-bits 64"]  # fmt: skip
    assert any(line.endswith("a library of functions, #!lua name=lib") for line in said)
    assert any(line.endswith("  database 3") for line in said)
    assert any("the end; the checksum" in line and line.endswith("is right") for line in said)
    assert "4 keys in 2 databases; 1 of them end, the time of 1 is over" in said
    assert any(line.startswith("           3  string, ") for line in said)
    assert any(line.startswith("           1  list as quicklist, ") for line in said)


BROKEN = {
    "no file of this kind": (b"hello", 0, "no snapshot file", ""),
    "a version to come": (b"REDIS0013\xff", 0, "version 13", ""),
    "cut off": (HEAD + b"\x00\x05ke", 11, "5 bytes were promised, 2 are left", ""),
    "another checksum": (HEAD + b"\xff12345678", 10, "the checksum is 3837363534333231", ""),
    "bytes behind the end": (sealed(HEAD) + b"x", 18, "1 bytes follow the end", ""),
    "a key twice": (sealed(HEAD + b"\x00\x01k\x01v" * 2), 14, "twice", "the key k, a string, d"),
    "a broken listpack": (sealed(HEAD + b"\xfe\x02\x10\x01k\x01v"), 16, "no end mark",
                          "the key k, a hash as listpack, database 2"),
    "no type": (sealed(HEAD + b"\xc8\x01k\x01v"), 10, "type 200", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_bad_file_is_told_with_the_place_the_reason_and_the_key(name: str) -> None:
    data, at, reason, within = BROKEN[name]
    checked = looked_through(data)
    assert not checked.good
    assert (checked.at, reason in checked.reason) == (at, True), checked.reason
    assert checked.within.startswith(within)
    said = lines(checked)
    assert said[-1] == f"not good: {checked.reason}, at byte {at}"
    assert f"{at:12}  wrong: {checked.reason}" in said


def test_what_was_good_before_the_fault_is_counted() -> None:
    body = HEAD + b"\x00\x01a\x01v\x00\x01b\x01v\x10\x01k\x01v"
    checked = looked_through(sealed(body))
    assert checked.keys == {0: 2}
    assert "2 keys in 1 database; 0 of them end, the time of 0 is over" in lines(checked)


def test_a_file_without_a_checksum_says_so_and_so_does_one_of_old() -> None:
    body = HEAD + b"\x00\x01a\x01v\xff" + bytes(8)
    assert any(
        line.endswith("the end, without a checksum") for line in lines(looked_through(body, 0))
    )
    old = magic_of(3) + b"\x00\x01a\x01v\xff"
    assert any("there were no checksums yet" in line for line in lines(looked_through(old)))


def test_what_only_modules_understand_is_passed_over_and_counted() -> None:
    body = HEAD + b"\xf7\x09\x02\x00\x02\x05\x00" + b"\x07\x01k\x05\x05\x01x\x00"
    checked = looked_through(sealed(body))
    assert checked.good
    assert checked.modules == 2
    assert checked.kinds["value of a module"][0] == 1


def test_empty_values_are_counted() -> None:
    checked = looked_through(sealed(HEAD + b"\x02\x01e\x00"))
    assert (checked.good, checked.empty) == (True, 1)


def test_names_from_outside_are_escaped() -> None:
    data = sealed(HEAD + b"\xfa\x03\x1b[m\x01\x07\x10\x03\x1b[m\x01v")
    assert not any("\x1b" in line or "\x07" in line for line in lines(looked_through(data)))


def test_every_changed_byte_of_a_small_file_is_noticed() -> None:
    data = save(filled("SET k v", "RPUSH l a b", "SADD s 1"))
    for at in range(len(data)):
        changed = data[:at] + bytes((data[at] ^ 0x11,)) + data[at + 1 :]
        assert not looked_through(changed).good
        looked_through(resealed(changed))  # with a checksum that is right it must not stumble


def test_looking_keeps_nothing() -> None:
    data = save(filled(*ALL_TYPES))
    first = looked_through(data)
    assert first.good
    assert looked_through(data) == first


# ------------------------------------------------------------------------------ files of any size


class Counted:
    """Bytes that are read a piece at a time, counted."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.read = 0
        self.most = 0

    def __call__(self, start: int, count: int) -> bytes:
        piece = self.data[start : start + count]
        self.read += len(piece)
        self.most = max(self.most, len(piece))
        return piece


def test_of_a_large_file_no_more_is_in_memory_than_a_piece_and_the_largest_key() -> None:
    redis = filled("DEBUG POPULATE 20000 key 100", "SET large " + "x" * 300_000)
    data = save(redis, compress=False)
    assert len(data) > 20 * (1 << 16)
    source = Counted(data)
    with patch("redlearn.persistence.rdb_pieces.PIECE", 1 << 16):
        checked = check(source, len(data), NOW_MS)
    assert checked.good
    assert checked.keys == {0: 20_001}
    assert source.most < 300_000
    assert source.read < len(data) + 10


def test_a_key_that_is_there_twice_is_found_among_many_pieces_and_databases() -> None:
    one = b"".join(b"\x00\x04k%03d\x01v" % number for number in range(900))
    again = b"\x00\x04k005\x01w"
    good = sealed(HEAD + b"\xfe\x00" + one + b"\xfe\x01" + one)
    with patch("redlearn.persistence.rdb_pieces.PIECE", 100):
        assert looked_through(good).good
        bad = sealed(HEAD + b"\xfe\x00" + one + b"\xfe\x01" + one + b"\xfe\x00" + again)
        checked = looked_through(bad)
        assert (checked.at, checked.reason) == (len(good) - 9 + 2, "the key is there twice")
        assert checked.within == "the key k005, a string, database 0"
        assert checked.keys == {0: 900, 1: 900}
        cut = looked_through(bad[:-20])
        assert not cut.good


def test_what_comes_first_is_told_a_key_twice_or_the_end_of_a_file_that_was_cut_off() -> None:
    twice = HEAD + b"\x00\x01k\x01v" * 2
    assert looked_through(twice + b"\x00\x05ke").reason == "the key is there twice"
    assert looked_through(HEAD + b"\x00\x01k\x01v\x00\x05ke").reason.startswith("5 bytes were")


def test_a_thousand_places_are_told_and_then_how_many_more_there_are() -> None:
    checked = looked_through(sealed(HEAD + b"\xfe\x00" * 3000))
    assert checked.good
    said = lines(checked)
    assert f"{'':14}and {3001 - LISTED:,} places more, which are not told one by one" in said
    assert len(said) < LISTED + 10


def test_a_file_that_shrinks_while_it_is_looked_at_is_cut_off() -> None:
    data = save(filled(*(f"SET key:{number} {'x' * 20}" for number in range(100))))
    with patch("redlearn.persistence.rdb_pieces.PIECE", 1000):
        checked = check(lambda start, count: data[:2000][start : start + count], len(data), NOW_MS)
    assert not checked.good
    assert checked.at <= 2000
