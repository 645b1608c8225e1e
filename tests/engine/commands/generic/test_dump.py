"""DUMP and RESTORE: the bytes, the options, and what a wrong call is told first."""

from __future__ import annotations

import pytest

from redlearn.engine.payload import seal
from redlearn.errors import CommandError
from redlearn.resp.reply import OK
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told

HELLO = bytes.fromhex("00 05 68 65 6c 6c 6f 0a 00 63 72 df 76 65 34 20 0a")
FOOTER = "ERR DUMP payload version or checksum are wrong"
FORMAT = "ERR Bad data format"
BUSY = "BUSYKEY Target key name already exists."
SYNTAX = "ERR syntax error"


def refused(redis: Redis, *command: str | bytes) -> str:
    """The text a command is refused with."""
    with pytest.raises(CommandError) as caught:
        redis(*command)
    return caught.value.text


def test_dump_gives_the_bytes_of_a_real_server(redis: Redis) -> None:
    redis("SET k hello")
    assert redis("DUMP k") == HELLO


def test_dump_of_no_key_is_null(redis: Redis) -> None:
    assert redis("DUMP k") is None


@pytest.mark.parametrize(
    "made",
    ["SET k hello", "SET k 12", "RPUSH k a b 1", "SADD k 1 2", "SADD k a 1", "HSET k f v",
     "ZADD k 1 a 2 b"],
)  # fmt: skip
def test_restore_makes_what_was_dumped(redis: Redis, made: str) -> None:
    redis(made)
    payload = redis("DUMP k")
    assert isinstance(payload, bytes)
    assert redis(b"RESTORE", b"twin", b"0", payload) == OK
    assert redis("DUMP twin") == payload
    assert redis("OBJECT ENCODING twin") == redis("OBJECT ENCODING k")
    assert redis("TTL twin") == -1
    redis.engine.state.databases[0].check()


def test_a_key_that_is_there_stays_unless_it_may_be_replaced(redis: Redis) -> None:
    redis("RPUSH k a")
    redis("EXPIRE k 100")
    assert refused(redis, b"RESTORE", b"k", b"0", HELLO) == BUSY
    assert redis(b"RESTORE", b"k", b"0", HELLO, b"replace") == OK
    assert redis("GET k") == b"hello"
    assert redis("TTL k") == -1


def test_a_key_past_its_time_is_no_key(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(11)
    assert redis(b"RESTORE", b"k", b"0", HELLO) == OK


def test_the_time_to_live_counts_from_now_or_from_1970(redis: Redis) -> None:
    redis(b"RESTORE", b"a", b"5000", HELLO)
    redis(b"RESTORE", b"b", b"1005000", HELLO, b"ABSTTL")
    assert [redis("PTTL a"), redis("PTTL b")] == [5000, 5000]


def test_a_moment_in_the_past_makes_no_key(redis: Redis) -> None:
    assert redis(b"RESTORE", b"k", b"1", HELLO, b"ABSTTL") == OK
    assert redis(b"RESTORE", b"k", b"9223372036854775807", HELLO) == OK
    assert redis("EXISTS k") == 0
    assert passed_on(redis, b"RESTORE", b"k", b"1", HELLO, b"ABSTTL") == []


def test_a_moment_in_the_past_deletes_what_it_replaces(redis: Redis) -> None:
    redis("SET k v")
    restored = (b"RESTORE", b"k", b"1", HELLO, b"ABSTTL", b"REPLACE")
    assert told(redis, *restored) == ["del k"]
    redis("SET k v")
    assert passed_on(redis, *restored) == ["DEL k"]
    assert changes(redis, *restored) == 0
    redis("SET k v")
    redis("CONFIG SET lazyfree-lazy-server-del yes")
    assert passed_on(redis, *restored) == ["UNLINK k"]


def test_a_stale_key_is_replaced_as_if_it_were_not(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(10)
    assert told(redis, b"RESTORE", b"k", b"0", HELLO, b"REPLACE") == ["new k", "restore k"]


def test_idletime_sets_when_it_was_last_used(redis: Redis) -> None:
    redis(b"RESTORE", b"k", b"0", HELLO, b"IDLETIME", b"500")
    assert redis("OBJECT IDLETIME k") == 500
    redis(b"RESTORE", b"f", b"0", HELLO, b"FREQ", b"255")
    assert redis("OBJECT IDLETIME f") == 0


def test_restore_counts_once_and_tells_of_itself(redis: Redis) -> None:
    assert told(redis, b"RESTORE", b"k", b"0", HELLO) == ["new k", "restore k"]
    assert changes(redis, b"RESTORE", b"k", b"0", HELLO, b"REPLACE") == 1


def test_what_is_passed_on_says_the_moment(redis: Redis) -> None:
    text = HELLO.decode("latin-1")
    (line,) = passed_on(redis, b"RESTORE", b"k", b"5000", HELLO, b"REPLACE")
    assert line == f"RESTORE k 1005000 {text} REPLACE ABSTTL"
    (line,) = passed_on(redis, b"RESTORE", b"k", b"1005000", HELLO, b"REPLACE", b"ABSTTL")
    assert line == f"RESTORE k 1005000 {text} REPLACE ABSTTL"
    (line,) = passed_on(redis, b"RESTORE", b"j", b"0", HELLO)
    assert line == f"RESTORE j 0 {text}"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("REPLACED", SYNTAX),
        ("IDLETIME", SYNTAX),
        ("FREQ", SYNTAX),
        ("IDLETIME 1 FREQ 1", SYNTAX),
        ("FREQ 1 IDLETIME 1", SYNTAX),
        ("IDLETIME x", "ERR value is not an integer or out of range"),
        ("IDLETIME -1", "ERR Invalid IDLETIME value, must be >= 0"),
        ("FREQ 256", "ERR Invalid FREQ value, must be >= 0 and <= 255"),
        ("FREQ -1 NOPE", "ERR Invalid FREQ value, must be >= 0 and <= 255"),
    ],
)
def test_a_wrong_option_is_refused_before_all_else(redis: Redis, options: str, text: str) -> None:
    redis("SET k v")
    words = options.encode().split()
    assert refused(redis, b"RESTORE", b"k", b"x", b"", *words) == text


def test_then_the_key_then_the_time_then_the_payload(redis: Redis) -> None:
    redis("SET k v")
    assert refused(redis, b"RESTORE", b"k", b"x", b"") == BUSY
    assert refused(redis, b"RESTORE", b"j", b"x", b"") == (
        "ERR value is not an integer or out of range"
    )
    assert refused(redis, b"RESTORE", b"j", b"-1", b"") == "ERR Invalid TTL value, must be >= 0"
    assert refused(redis, b"RESTORE", b"j", b"0", b"") == FOOTER


@pytest.mark.parametrize("mask", [0x01, 0xFF])
def test_every_changed_byte_is_refused_and_nothing_is_stored(redis: Redis, mask: int) -> None:
    for at in range(len(HELLO)):
        changed = bytearray(HELLO)
        changed[at] ^= mask
        assert refused(redis, b"RESTORE", b"k", b"0", bytes(changed)) == FOOTER
    assert redis("DBSIZE") == 0


@pytest.mark.parametrize("content", [b"", b"\x00", b"\x63\x00", b"\x02\x00", b"\x04\x01\x01a"])
def test_a_payload_that_is_no_value_is_refused_and_nothing_is_lost(
    redis: Redis, content: bytes
) -> None:
    redis("SET k v")
    assert refused(redis, b"RESTORE", b"k", b"0", seal(content, 10), b"REPLACE") == FORMAT
    assert redis("GET k") == b"v"


def test_bytes_behind_the_value_are_not_looked_at(redis: Redis) -> None:
    assert redis(b"RESTORE", b"k", b"0", seal(b"\x00\x01amore", 10)) == OK
    assert redis("GET k") == b"a"
