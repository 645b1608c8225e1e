"""Pieces of strings: ranges counted from both ends, and changes in place."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told

TOO_LONG = "ERR string exceeds maximum allowed size (proto-max-bulk-len)"


def refused(redis: Redis, *command: str | bytes) -> str:
    """The text a command is refused with."""
    with pytest.raises(CommandError) as caught:
        redis(*command)
    return caught.value.text


@pytest.mark.parametrize("name", ["GETRANGE", "SUBSTR"])
@pytest.mark.parametrize(
    ("start", "end", "piece"),
    [
        (0, 3, b"This"),
        (-3, -1, b"ing"),
        (0, -1, b"This is a string"),
        (10, 100, b"string"),
        (16, 20, b""),
        (5, 2, b""),
        (-1, -5, b""),
        (-100, 0, b"T"),
        (-100, -50, b"T"),
        (-50, -100, b""),
        (0, -9223372036854775808, b"T"),
        (0, 9223372036854775807, b"This is a string"),
    ],
)
def test_a_piece_has_both_its_ends(
    redis: Redis, name: str, start: int, end: int, piece: bytes
) -> None:
    redis("SET k 'This is a string'")
    assert redis(f"{name} k {start} {end}") == piece


def test_a_piece_of_a_number_or_of_nothing(redis: Redis) -> None:
    redis("SET n -1234")
    redis(b"SET", b"empty", b"")
    assert redis("GETRANGE n 0 1") == b"-1"
    assert redis("GETRANGE empty 0 -1") == b""
    assert redis("GETRANGE nope 0 -1") == b""


def test_the_numbers_are_read_before_the_key_is_looked_at(redis: Redis) -> None:
    redis("HSET h f v")
    assert refused(redis, "GETRANGE h a 2") == "ERR value is not an integer or out of range"
    assert refused(redis, "GETRANGE h 0 2").startswith("WRONGTYPE ")
    assert refused(redis, "SETRANGE h x v") == "ERR value is not an integer or out of range"
    assert refused(redis, "SETRANGE h -1 v") == "ERR offset is out of range"


def test_strlen_counts_bytes(redis: Redis) -> None:
    redis(b"SET", b"k", "é".encode())
    redis("SET n -12")
    redis("HSET h f v")
    assert [redis("STRLEN k"), redis("STRLEN n"), redis("STRLEN nope")] == [2, 3, 0]
    assert refused(redis, "STRLEN h").startswith("WRONGTYPE ")


def test_append_makes_a_key_or_a_longer_string(redis: Redis) -> None:
    assert redis("APPEND k 12") == 2
    assert redis("OBJECT ENCODING k") == b"int"
    assert redis("APPEND k 34") == 4
    assert redis("GET k") == b"1234"
    assert redis("OBJECT ENCODING k") == b"raw"


def test_appending_nothing_still_is_a_change(redis: Redis) -> None:
    redis("SET k v EX 100")
    assert redis(b"APPEND", b"k", b"") == 1
    assert redis("OBJECT ENCODING k") == b"raw"
    assert redis("TTL k") == 100
    assert told(redis, b"APPEND", b"k", b"") == ["append k"]


def test_setrange_overwrites_and_fills_gaps_with_zero_bytes(redis: Redis) -> None:
    redis("SET k hello")
    assert redis("SETRANGE k 1 ipp") == 5
    assert redis("GET k") == b"hippo"
    assert redis("SETRANGE k 7 x") == 8
    assert redis("GET k") == b"hippo\x00\x00x"
    assert redis("SETRANGE new 2 x") == 3
    assert redis("GET new") == b"\x00\x00x"
    assert redis("OBJECT ENCODING new") == b"raw"


def test_setrange_of_nothing_changes_nothing(redis: Redis) -> None:
    redis("SET n 12")
    assert redis(b"SETRANGE", b"n", b"1", b"") == 2
    assert redis(b"SETRANGE", b"nope", b"1", b"") == 0
    assert redis(b"SETRANGE", b"n", b"536870912", b"") == 2
    assert redis("OBJECT ENCODING n") == b"int"
    assert redis("EXISTS nope") == 0
    assert redis.ctx.dirty == 1


def test_no_string_grows_beyond_the_limit(redis: Redis) -> None:
    redis("CONFIG SET proto-max-bulk-len 1mb")
    redis("SETRANGE k 1048575 x")
    assert redis("STRLEN k") == 1024 * 1024
    assert refused(redis, "APPEND k x") == TOO_LONG
    assert refused(redis, "SETRANGE k 1048576 x") == TOO_LONG
    assert refused(redis, "SETRANGE new 9223372036854775807 x") == TOO_LONG
    assert redis("EXISTS new") == 0


@pytest.mark.parametrize("command", ["APPEND k x", "SETRANGE k 0 x"])
def test_changes_in_place_are_passed_on_as_they_are(redis: Redis, command: str) -> None:
    redis("SET k v")
    assert passed_on(redis, command) == [command]
    assert changes(redis, command) == 1
