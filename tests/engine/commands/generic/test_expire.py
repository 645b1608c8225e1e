"""Time to live: setting it, the conditions on it, reading it, and the end itself."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told

NOW_MS = 1_000_000  # where the clock of the fixture starts
BOTH_NX = "ERR NX and XX, GT or LT options at the same time are not compatible"


def refused(redis: Redis, *command: str | bytes) -> str:
    """The text a command is refused with."""
    with pytest.raises(CommandError) as caught:
        redis(*command)
    return caught.value.text


@pytest.mark.parametrize(
    ("command", "end_ms"),
    [
        ("EXPIRE k 10", NOW_MS + 10_000),
        ("PEXPIRE k 10", NOW_MS + 10),
        ("EXPIREAT k 2000", 2_000_000),
        ("PEXPIREAT k 2000001", 2_000_001),
    ],
)
def test_four_words_for_one_moment(redis: Redis, command: str, end_ms: int) -> None:
    redis("SET k v")
    assert redis(command) == 1
    assert redis("PEXPIRETIME k") == end_ms
    assert redis("PTTL k") == end_ms - NOW_MS
    name = command.replace(" k ", " nope ")
    assert redis(name) == 0


@pytest.mark.parametrize(
    ("left_ms", "ttl"), [(1, 0), (499, 0), (500, 1), (1499, 1), (1500, 2), (10_000, 10)]
)
def test_seconds_are_rounded_to_the_nearest(redis: Redis, left_ms: int, ttl: int) -> None:
    redis(f"SET k v PX {left_ms}")
    assert redis("TTL k") == ttl
    assert redis("EXPIRETIME k") == 1000 + ttl


def test_no_key_and_no_end_have_numbers_of_their_own(redis: Redis) -> None:
    redis("SET k v")
    for name in ("TTL", "PTTL", "EXPIRETIME", "PEXPIRETIME"):
        assert redis(f"{name} k") == -1
        assert redis(f"{name} nope") == -2


def test_a_key_dies_at_its_moment_and_not_before(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(9)
    assert redis("GET k") == b"v"
    assert redis("PTTL k") == 1
    redis.advance(1)
    assert passed_on(redis, "GET k") == ["DEL k"]
    assert redis("PTTL k") == -2


@pytest.mark.parametrize(
    ("condition", "old_s", "new_s", "reply"),
    [
        ("NX", None, 50, 1),
        ("NX", 100, 50, 0),
        ("XX", None, 50, 0),
        ("XX", 100, 50, 1),
        ("GT", None, 50, 0),
        ("GT", 100, 50, 0),
        ("GT", 100, 100, 0),
        ("GT", 100, 101, 1),
        ("LT", None, 50, 1),
        ("LT", 100, 50, 1),
        ("LT", 100, 100, 0),
        ("LT", 100, 101, 0),
        ("xx Gt", 100, 200, 1),
        ("XX GT", None, 200, 0),
        ("XX LT", None, 200, 0),
        ("GT GT GT", 100, 200, 1),
        ("LT", None, -1, 1),
        ("GT", 100, -1, 0),
    ],
)
def test_conditions_decide_whether_the_end_moves(
    redis: Redis, condition: str, old_s: int | None, new_s: int, reply: int
) -> None:
    redis("SET k v" if old_s is None else f"SET k v EX {old_s}")
    assert redis(f"EXPIRE k {new_s} {condition}") == reply
    if new_s < 0 and reply:
        assert redis("EXISTS k") == 0
    else:
        expected = new_s if reply else (-1 if old_s is None else old_s)
        assert redis("TTL k") == expected


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("EXPIRE k 10 NX XX", BOTH_NX),
        ("EXPIRE k 10 GT NX", BOTH_NX),
        ("EXPIRE k 10 NX GT LT", BOTH_NX),
        ("EXPIRE k 10 GT LT", "ERR GT and LT options at the same time are not compatible"),
        ("EXPIRE k 10 CH", "ERR Unsupported option CH"),
        ("EXPIRE k x CH", "ERR Unsupported option CH"),
        ("EXPIRE k x", "ERR value is not an integer or out of range"),
        ("EXPIRE nope 1.5", "ERR value is not an integer or out of range"),
        ("EXPIRE k 9223372036854775807", "ERR invalid expire time in 'expire' command"),
        ("EXPIRE k 9223372036854775", "ERR invalid expire time in 'expire' command"),
        ("EXPIRE k -9223372036854776", "ERR invalid expire time in 'expire' command"),
        ("EXPIRE nope 9223372036854776", "ERR invalid expire time in 'expire' command"),
        ("PEXPIRE k 9223372036854775807", "ERR invalid expire time in 'pexpire' command"),
        ("EXPIREAT k 9223372036854776", "ERR invalid expire time in 'expireat' command"),
    ],
)
def test_wrong_calls_are_refused_and_nothing_changes(
    redis: Redis, command: str, message: str
) -> None:
    redis("SET k v EX 100")
    assert refused(redis, command) == message
    assert redis("TTL k") == 100
    assert redis.ctx.dirty == 1


@pytest.mark.parametrize(
    "command",
    [
        "EXPIRE k 0",
        "EXPIRE k -1",
        "PEXPIRE k -9223372036854775808",
        "EXPIRE k -9223372036854775",
        "EXPIREAT k 1000",
        "PEXPIREAT k 1000000",
        "PEXPIREAT k 0",
    ],
)
def test_an_end_in_the_past_deletes_at_once(redis: Redis, command: str) -> None:
    redis("SET k v")
    assert passed_on(redis, command) == ["DEL k"]
    assert redis("EXISTS k") == 0
    redis("SET k v EX 50")
    assert told(redis, command) == ["del k"]
    redis("SET k v")
    assert changes(redis, command) == 1


def test_the_latest_possible_ends_are_taken(redis: Redis) -> None:
    redis("SET k v")
    assert redis("PEXPIREAT k 9223372036854775807") == 1
    assert redis("PEXPIRETIME k") == 2**63 - 1
    assert redis("EXPIREAT k 9223372036854775") == 1
    assert redis("EXPIRETIME k") == 9_223_372_036_854_775


@pytest.mark.parametrize(
    ("command", "effects"),
    [
        ("EXPIRE k 10", ["PEXPIREAT k 1010000"]),
        ("expire k 10 LT", ["PEXPIREAT k 1010000 LT"]),
        ("PEXPIRE k 10", ["PEXPIREAT k 1000010"]),
        ("EXPIREAT k 2000", ["PEXPIREAT k 2000000"]),
        ("pexpireat k 2000000", ["pexpireat k 2000000"]),
        ("EXPIRE k 10 NX", []),
        ("PERSIST k", ["PERSIST k"]),
        ("PERSIST nope", []),
        ("EXPIRE nope 10", []),
    ],
)
def test_moments_are_passed_on_not_spans(redis: Redis, command: str, effects: list[str]) -> None:
    redis("SET k v EX 100")
    assert passed_on(redis, command) == effects


def test_lazy_freeing_shows_in_what_is_passed_on(redis: Redis) -> None:
    redis("CONFIG SET lazyfree-lazy-expire yes")
    redis("SET k v")
    assert passed_on(redis, "EXPIRE k -1") == ["UNLINK k"]
    redis("SET k v")
    assert passed_on(redis, "GETEX k EXAT 1") == ["UNLINK k"]


def test_persist_takes_the_end_away(redis: Redis) -> None:
    redis("SET k v EX 100")
    assert told(redis, "PERSIST k") == ["persist k"]
    assert redis("TTL k") == -1
    assert redis("PERSIST k") == 0
    assert redis("PERSIST nope") == 0
    redis.advance(200_000)
    assert redis("GET k") == b"v"


def test_expiring_is_told(redis: Redis) -> None:
    redis("SET k v")
    assert told(redis, "EXPIRE k 100") == ["expire k"]
    assert changes(redis, "EXPIRE k 100") == 1
    assert told(redis, "TTL nope") == ["keymiss nope"]


def test_an_option_that_is_no_text_comes_back_in_the_error(redis: Redis) -> None:
    text = refused(redis, b"EXPIRE", b"k", b"10", b"\xff\0 cut here")
    assert text.encode("utf-8", "surrogateescape") == b"ERR Unsupported option \xff"
