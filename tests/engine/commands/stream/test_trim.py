"""XTRIM, and the words it shares with XADD."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told


@pytest.fixture
def log(redis: Redis) -> Redis:
    """A server with a stream `s` of 1-0 to 10-0, four in a node."""
    redis("CONFIG SET stream-node-max-entries 4")
    for number in range(1, 11):
        redis(f"XADD s {number} f v")
    return redis


def left(redis: Redis) -> int:
    number = redis("XLEN s")
    assert isinstance(number, int)
    return number


@pytest.mark.parametrize(
    ("words", "remaining"),
    [
        ("MAXLEN 3", 3),
        ("MAXLEN = 3", 3),
        ("maxlen ~ 3", 6),
        ("MAXLEN ~ 3 LIMIT 3", 10),
        ("MAXLEN ~ 0 LIMIT 5", 6),
        ("MAXLEN ~ 0 LIMIT 0", 0),
        ("MINID 8", 3),
        ("MINID ~ 8", 6),
        ("MINID = 8-1", 2),
    ],
)
def test_trimming_leaves_so_many(log: Redis, words: str, remaining: int) -> None:
    assert log(f"XTRIM s {words}") == 10 - remaining
    assert left(log) == remaining


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("MAXLEN x", "ERR value is not an integer or out of range"),
        ("MAXLEN -1", "ERR The MAXLEN argument must be >= 0."),
        ("MINID x", "ERR Invalid stream ID specified as stream command argument"),
        ("MAXLEN 1 MINID 5", "ERR syntax error, MAXLEN and MINID options at the same time are not"),
        ("MAXLEN ~ 1 LIMIT -1", "ERR The LIMIT argument must be >= 0."),
        ("MAXLEN 1 LIMIT 5", "ERR syntax error, LIMIT cannot be used without the special ~ option"),
        ("LIMIT 5", "ERR syntax error, LIMIT cannot be used without specifying a trimming"),
        ("LIMIT 0", "ERR syntax error, XTRIM must be called with MAXLEN or MINID"),
        ("MAXLEN 1 NOPE", "ERR syntax error"),
    ],
)
def test_what_makes_no_sense_is_refused(log: Redis, words: str, message: str) -> None:
    with pytest.raises(CommandError, match=message.replace(".", r"\.")):
        log(f"XTRIM s {words}")
    assert left(log) == 10


def test_there_is_nothing_to_trim_where_there_is_no_stream(redis: Redis) -> None:
    assert redis("XTRIM nothing MAXLEN 0") == 0


def test_about_is_passed_on_as_exactly(log: Redis) -> None:
    assert passed_on(log, "XTRIM s MAXLEN ~ 8 LIMIT 100") == []
    assert passed_on(log, "XTRIM s MAXLEN ~ 5 LIMIT 100") == ["XTRIM s MAXLEN = 6 LIMIT 100"]
    assert passed_on(log, "XTRIM s MINID ~ 9") == ["XTRIM s MINID = 9-0"]
    assert passed_on(log, "XTRIM s MAXLEN 1") == ["XTRIM s MAXLEN 1"]
    everything = "18446744073709551615-18446744073709551615"
    assert passed_on(log, "xtrim s minid ~ 99") == [f"xtrim s minid = {everything}"]


def test_who_repeats_what_was_trimmed_need_not_say_about(log: Redis) -> None:
    with pytest.raises(CommandError, match="LIMIT cannot be used without the special ~"):
        log("XTRIM s MAXLEN = 3 LIMIT 1")
    log.client.obeyed = True
    assert log("XTRIM s MAXLEN = 3 LIMIT 1") == 7


def test_trimming_is_told_and_counted_by_entries(log: Redis) -> None:
    assert told(log, "XTRIM s MAXLEN 9") == ["xtrim s"]
    assert changes(log, "XTRIM s MAXLEN 3") == 6
    assert told(log, "XTRIM s MAXLEN 3") == []


def test_without_a_limit_as_many_as_a_hundred_nodes_may_go(redis: Redis) -> None:
    redis("CONFIG SET stream-node-max-entries 1")
    for number in range(1, 152):
        redis(f"XADD s {number} f v")
    assert redis("XTRIM s MAXLEN ~ 0") == 100
