"""INCR and its kin: what counts as a number, where it ends, and how sums are kept."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told

OVERFLOW = "ERR increment or decrement would overflow"
NO_INTEGER = "ERR value is not an integer or out of range"
NO_FLOAT = "ERR value is not a valid float"
NOT_FINITE = "ERR increment would produce NaN or Infinity"


def refused(redis: Redis, *command: str | bytes) -> str:
    """The text a command is refused with."""
    with pytest.raises(CommandError) as caught:
        redis(*command)
    return caught.value.text


def test_a_missing_key_counts_from_zero(redis: Redis) -> None:
    assert redis("INCR a") == 1
    assert redis("DECR b") == -1
    assert redis("INCRBY c 5") == 5
    assert redis("DECRBY d 5") == -5
    assert redis("INCRBYFLOAT e 0.5") == b"0.5"


@pytest.mark.parametrize(
    ("value", "command", "result"),
    [
        ("10", "INCR n", 11),
        ("-1", "INCR n", 0),
        ("10", "DECR n", 9),
        ("10", "INCRBY n -20", -10),
        ("10", "DECRBY n -20", 30),
        ("9223372036854775806", "INCR n", 2**63 - 1),
        ("-9223372036854775807", "DECR n", -(2**63)),
        ("-1", "DECRBY n 9223372036854775807", -(2**63)),
        ("9223372036854775807", "INCRBY n -9223372036854775808", -1),
    ],
)
def test_the_sum_is_answered_and_kept_as_a_number(
    redis: Redis, value: str, command: str, result: int
) -> None:
    redis(f"SET n {value}")
    assert redis(command) == result
    assert redis("GET n") == b"%d" % result
    assert redis("OBJECT ENCODING n") == b"int"


@pytest.mark.parametrize(
    ("value", "command", "message"),
    [
        ("9223372036854775807", "INCR n", OVERFLOW),
        ("-9223372036854775808", "DECR n", OVERFLOW),
        ("1", "INCRBY n 9223372036854775807", OVERFLOW),
        ("-2", "DECRBY n 9223372036854775807", OVERFLOW),
        ("1", "DECRBY n -9223372036854775808", "ERR decrement would overflow"),
        ("abc", "INCR n", NO_INTEGER),
        ("1.0", "INCR n", NO_INTEGER),
        ("01", "DECR n", NO_INTEGER),
        ("1", "INCRBY n 1.5", NO_INTEGER),
        ("1", "INCRBY n 9223372036854775808", NO_INTEGER),
        ("abc", "DECRBY n x", NO_INTEGER),
        ("abc", "INCRBYFLOAT n 1", NO_FLOAT),
        ("1", "INCRBYFLOAT n x", NO_FLOAT),
        ("1", "INCRBYFLOAT n nan", NO_FLOAT),
        ("1", "INCRBYFLOAT n inf", NOT_FINITE),
        ("1e4932", "INCRBYFLOAT n 1e4932", NOT_FINITE),
    ],
)
def test_a_sum_that_cannot_be_is_refused_and_nothing_changes(
    redis: Redis, value: str, command: str, message: str
) -> None:
    redis(f"SET n {value}")
    assert refused(redis, command) == message
    assert redis("GET n") == value.encode()
    assert redis.ctx.dirty == 1


@pytest.mark.parametrize("command", ["INCR h", "DECRBY h 1", "INCRBYFLOAT h 1", "INCRBYFLOAT h x"])
def test_another_type_is_refused(redis: Redis, command: str) -> None:
    redis("HSET h f v")
    assert refused(redis, command).startswith("WRONGTYPE ")


@pytest.mark.parametrize(
    ("value", "step", "text"),
    [
        ("0.1", "0.2", b"0.3"),
        ("10.50", "0.1", b"10.6"),
        ("5.0e3", "2.0e2", b"5200"),
        ("3", "-3", b"0"),
        ("1", "1e19", b"10000000000000000001"),
        ("0", "1e-17", b"0.00000000000000001"),
    ],
)
def test_sums_with_fractions_are_those_of_80_bits(
    redis: Redis, value: str, step: str, text: bytes
) -> None:
    redis(f"SET n {value}")
    assert redis(f"INCRBYFLOAT n {step}") == text
    assert redis("GET n") == text


def test_incrbyfloat_keeps_text_and_the_expiry(redis: Redis) -> None:
    redis("SET n 3 EX 100")
    assert redis("INCRBYFLOAT n 1") == b"4"
    assert redis("OBJECT ENCODING n") == b"embstr"
    assert redis("TTL n") == 100


def test_counting_keeps_the_expiry(redis: Redis) -> None:
    redis("SET n 3 EX 100")
    redis("INCR n")
    assert redis("TTL n") == 100


@pytest.mark.parametrize(
    ("command", "effect", "event"),
    [
        ("INCR n", "INCR n", "incrby n"),
        ("decrby n 3", "decrby n 3", "incrby n"),
        ("INCRBYFLOAT n 0.5", "SET n 1.5 KEEPTTL", "incrbyfloat n"),
    ],
)
def test_a_sum_is_passed_on_told_and_counted_once(
    redis: Redis, command: str, effect: str, event: str
) -> None:
    redis("SET n 1")
    assert passed_on(redis, command) == [effect]
    assert told(redis, command) == [event]
    redis("SET n 1")
    assert changes(redis, command) == 1
