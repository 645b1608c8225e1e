"""XADD XLEN XRANGE XREVRANGE XDEL XSETID."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import NULL_ARRAY
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told


@pytest.fixture
def log(redis: Redis) -> Redis:
    """A server with a stream `s` of 1-0 to 5-0."""
    for number in range(1, 6):
        redis(f"XADD s {number} f v{number}")
    return redis


def ids(reply: object) -> list[str]:
    assert isinstance(reply, list)
    return [row[0].decode() for row in reply]


def test_a_star_is_the_time(redis: Redis) -> None:
    assert redis("XADD s * f v") == b"1000000-0"
    assert redis("XADD s * f v") == b"1000000-1"
    redis.advance(5)
    assert redis("XADD s * f v") == b"1000005-0"
    redis.clock.ms = 900_000
    assert redis("XADD s * f v") == b"1000005-1"


def test_the_sequence_alone_may_be_left_open(redis: Redis) -> None:
    assert redis("XADD s 0-* f v") == b"0-1"
    assert redis("XADD s 5-* f v") == b"5-0"
    assert redis("XADD s 5-* f v") == b"5-1"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("5-0 f v", "ERR The ID specified in XADD is equal or smaller than the target stream top"),
        ("4-* f v", "ERR The ID specified in XADD is equal or smaller than the target stream top"),
        ("0-0 f v", "ERR The ID specified in XADD must be greater than 0-0"),
        ("x f v", "ERR Invalid stream ID specified as stream command argument"),
        ("- f v", "ERR Invalid stream ID specified as stream command argument"),
        ("9 f", "ERR wrong number of arguments for 'xadd' command"),
        ("* f v g", "ERR wrong number of arguments for 'xadd' command"),
        ("MAXLEN 5 *", "ERR wrong number of arguments for 'xadd' command"),
        ("MAXLEN 5 9 f", "ERR wrong number of arguments for 'xadd' command"),
        ("MAXLEN 5 LIMIT 1 9 f v", "ERR syntax error, LIMIT cannot be used without the special"),
    ],
)
def test_an_addition_is_refused(log: Redis, words: str, message: str) -> None:
    before = log.ctx.dirty
    with pytest.raises(CommandError, match=f"^{message}"):
        log(f"XADD s {words}")
    assert (log("XLEN s"), log.ctx.dirty) == (5, before)


def test_a_refused_addition_leaves_no_empty_stream(redis: Redis) -> None:
    with pytest.raises(CommandError):
        redis("XADD s 0-0 f v")
    assert redis("EXISTS s") == 0


def test_when_all_ids_are_used_up_nothing_can_be_added(redis: Redis) -> None:
    redis("XADD s 18446744073709551615-18446744073709551615 f v")
    with pytest.raises(CommandError, match=r"^ERR The stream has exhausted the last possible ID"):
        redis("XADD s * f v")


def test_nomkstream_adds_only_to_what_is_there(redis: Redis) -> None:
    assert redis("XADD s NOMKSTREAM * f v") is None
    redis("XADD s 1 f v")
    assert redis("XADD s NOMKSTREAM 2 f v") == b"2-0"


def test_an_addition_is_passed_on_with_the_id_it_got(redis: Redis) -> None:
    assert passed_on(redis, "XADD s * f v") == ["XADD s 1000000-0 f v"]
    assert passed_on(redis, "XADD s 1000001 f v") == ["XADD s 1000001 f v"]
    assert passed_on(redis, "XADD s 1000001-* f v") == ["XADD s 1000001-1 f v"]
    assert passed_on(redis, "XADD s MAXLEN ~ 1 * f v") == ["XADD s MAXLEN = 4 1000001-2 f v"]
    assert passed_on(redis, "XADD s MAXLEN 2 * f v") == ["XADD s MAXLEN 2 1000001-3 f v"]


def test_an_addition_is_told_and_counts_once_even_if_it_trims(log: Redis) -> None:
    assert told(log, "XADD s MAXLEN 2 6 f v") == ["xadd s", "xtrim s"]
    assert changes(log, "XADD s MAXLEN 1 7 f v") == 1
    assert told(log, "XADD new 1 f v") == ["new new", "xadd new"]


def test_a_range_is_of_ids(log: Redis) -> None:
    assert log("XRANGE s 2 3") == [[b"2-0", [b"f", b"v2"]], [b"3-0", [b"f", b"v3"]]]
    assert ids(log("XRANGE s - +")) == ["1-0", "2-0", "3-0", "4-0", "5-0"]
    assert ids(log("XRANGE s (2 + COUNT 2")) == ["3-0", "4-0"]
    assert ids(log("XREVRANGE s + - COUNT 2")) == ["5-0", "4-0"]
    assert ids(log("XREVRANGE s (4-0 2")) == ["3-0", "2-0"]
    assert log("XRANGE s 4 2") == []


def test_a_count_of_nothing_is_a_null_array_as_in_redis(log: Redis) -> None:
    assert log("XRANGE s - + COUNT 0") is NULL_ARRAY
    assert log("XRANGE s - + COUNT -5") is NULL_ARRAY
    assert log("XRANGE nothing - + COUNT 0") == []


def test_ranges_refuse_what_they_do_not_know(log: Redis) -> None:
    for words, message in (
        ("- + COUNT", "ERR syntax error"),
        ("- + NOPE 1", "ERR syntax error"),
        ("- + COUNT x", "ERR value is not an integer or out of range"),
        ("(18446744073709551615-18446744073709551615 +", "ERR invalid start ID for the interval"),
        ("- (0-0", "ERR invalid end ID for the interval"),
    ):
        with pytest.raises(CommandError, match=message):
            log(f"XRANGE s {words}")


def test_deleting_by_id(log: Redis) -> None:
    assert log("XDEL s 2 2 9") == 1
    assert ids(log("XRANGE s - +")) == ["1-0", "3-0", "4-0", "5-0"]
    assert told(log, "XDEL s 3 4") == ["xdel s"]
    assert changes(log, "XDEL s 1 5") == 2
    assert (log("XLEN s"), log("EXISTS s")) == (0, 1)


def test_a_bad_id_deletes_nothing(log: Redis) -> None:
    with pytest.raises(CommandError):
        log("XDEL s 1 x")
    assert log("XLEN s") == 5


def test_the_last_id_can_be_set_ahead_but_not_below_what_is_there(log: Redis) -> None:
    assert log("XSETID s 9-9 ENTRIESADDED 50 MAXDELETEDID 3") is not None
    log.engine.check()
    assert log("XADD s 9-* f v") == b"9-10"
    for words, message in (
        ("4", "smaller than the target stream top item"),
        ("2", "smaller than current max_deleted_entry_id"),
        ("20 ENTRIESADDED 1", "entries_added specified in XSETID is smaller"),
        ("20 ENTRIESADDED -1", "entries_added must be positive"),
        ("20 MAXDELETEDID 21", "smaller than the provided max_deleted_entry_id"),
        ("20 NOPE", "syntax error"),
    ):
        with pytest.raises(CommandError, match=message):
            log(f"XSETID s {words}")
    with pytest.raises(CommandError, match="no such key"):
        log("XSETID nothing 1")


def test_all_of_them_want_a_stream(redis: Redis) -> None:
    redis("SET k v")
    for line in (
        "XADD k * f v", "XLEN k", "XRANGE k - +", "XDEL k 1", "XTRIM k MAXLEN 1", "XSETID k 1",
    ):  # fmt: skip
        with pytest.raises(CommandError, match="WRONGTYPE"):
            redis(line)
