"""XREAD and XREADGROUP, at once and after waiting."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.encode import encode
from redlearn.resp.reply import NULL_ARRAY, Failure
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told


@pytest.fixture
def log(redis: Redis) -> Redis:
    """A server with a stream `s` of 1-0 to 5-0 and a group `g` that was given nothing."""
    for number in range(1, 6):
        redis(f"XADD s {number} f v")
    redis("XGROUP CREATE s g 0")
    return redis


def ids(reply: object) -> list[str]:
    """The IDs of the first stream in a reply."""
    assert isinstance(reply, list)
    return [row[0].decode() for row in reply[0][1]]


def test_reading_on_from_an_id(log: Redis) -> None:
    assert log("XREAD COUNT 2 STREAMS s 1-0") == [
        [b"s", [[b"2-0", [b"f", b"v"]], [b"3-0", [b"f", b"v"]]]]
    ]
    assert log("XREAD STREAMS s 5-0") is NULL_ARRAY
    assert log("XREAD STREAMS s $") is NULL_ARRAY
    assert log("XREAD STREAMS nothing 0") is NULL_ARRAY


def test_a_plus_is_the_last_entry_that_is_there(log: Redis) -> None:
    assert ids(log("XREAD STREAMS s +")) == ["5-0"]
    log("XDEL s 5")
    assert ids(log("XREAD COUNT 3 STREAMS s +")) == ["4-0"]
    assert log("XREAD STREAMS nothing +") is NULL_ARRAY


def test_streams_are_a_map_in_resp3_and_may_recur(log: Redis) -> None:
    reply = log("XREAD COUNT 1 STREAMS s s 3 4")
    assert encode(reply, 3).startswith(b"%2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n4-0")
    assert encode(reply, 2).startswith(b"*2\r\n*2\r\n$1\r\ns\r\n*1\r\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("XREAD STREAMS s s 0", "Unbalanced 'xread' list of streams.*'\\$'"),
        ("XREAD COUNT x STREAMS s 0", "value is not an integer"),
        ("XREAD BLOCK x STREAMS s 0", "timeout is not an integer or out of range"),
        ("XREAD BLOCK -1 STREAMS s 0", "timeout is negative"),
        ("XREAD STREAMS s >", "The > ID can be specified only when calling XREADGROUP"),
        ("XREAD GROUP g ann STREAMS s 0", "The GROUP option is only supported by XREADGROUP"),
        ("XREAD NOACK STREAMS s 0", "The NOACK option is only supported by XREADGROUP"),
        ("XREAD COUNT 1 NOPE", "syntax error"),
        ("XREAD COUNT 1 COUNT 2", "syntax error"),
        ("XREADGROUP GROUP g ann STREAMS s s >", "Unbalanced 'xreadgroup' list.*'>'"),
        ("XREADGROUP COUNT 1 NOACK STREAMS s 0 ", "Missing GROUP option for XREADGROUP"),
        ("XREADGROUP GROUP g ann STREAMS s $", "The \\$ ID is meaningless"),
        ("XREADGROUP GROUP g ann STREAMS s +", "The \\+ ID is meaningless"),
        ("XREADGROUP GROUP no ann STREAMS s >", "^NOGROUP No such key 's' or consumer group 'no'"),
        ("XREADGROUP GROUP g ann STREAMS x >", "^NOGROUP No such key 'x' or consumer group 'g'"),
    ],
)
def test_what_makes_no_sense_is_refused(log: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        log(line)


def test_each_entry_goes_to_one_consumer_of_a_group(log: Redis) -> None:
    assert ids(log("XREADGROUP GROUP g ann COUNT 2 STREAMS s >")) == ["1-0", "2-0"]
    assert ids(log("XREADGROUP GROUP g bob STREAMS s >")) == ["3-0", "4-0", "5-0"]
    assert log("XREADGROUP GROUP g ann STREAMS s >") is NULL_ARRAY
    log.engine.check()


def test_an_id_shows_a_consumer_what_it_has_not_confirmed(log: Redis) -> None:
    log("XREADGROUP GROUP g ann COUNT 3 STREAMS s >")
    log("XACK s g 1")
    log("XDEL s 2")
    log.advance(500)
    assert log("XREADGROUP GROUP g ann STREAMS s 0") == [
        [b"s", [[b"2-0", NULL_ARRAY], [b"3-0", [b"f", b"v"]]]]
    ]
    assert ids(log("XREADGROUP GROUP g ann COUNT 1 STREAMS s 2")) == ["3-0"]
    assert log("XREADGROUP GROUP g bob STREAMS s 0") == [[b"s", []]]
    assert log("XPENDING s g - + 9") == [[b"2-0", b"ann", 500, 1], [b"3-0", b"ann", 0, 3]]


def test_noack_leaves_nothing_pending(log: Redis) -> None:
    log("XREADGROUP GROUP g ann NOACK STREAMS s >")
    assert log("XPENDING s g") == [0, None, None, NULL_ARRAY]


def test_reading_is_passed_on_as_claims_and_a_position(log: Redis) -> None:
    assert passed_on(log, "XREADGROUP GROUP g ann COUNT 2 STREAMS s >") == [
        "MULTI",
        "XCLAIM s g ann 0 1-0 TIME 1000000 RETRYCOUNT 1 FORCE JUSTID LASTID 1-0",
        "XCLAIM s g ann 0 2-0 TIME 1000000 RETRYCOUNT 1 FORCE JUSTID LASTID 2-0",
        "XGROUP SETID s g 2-0 ENTRIESREAD 2",
        "EXEC",
    ]
    assert passed_on(log, "XREADGROUP GROUP g bob NOACK COUNT 1 STREAMS s >") == [
        "MULTI",
        "XGROUP CREATECONSUMER s g bob",
        "XGROUP SETID s g 3-0 ENTRIESREAD 3",
        "EXEC",
    ]
    assert passed_on(log, "XREADGROUP GROUP g ann STREAMS s 0") == []
    assert passed_on(log, "XREAD STREAMS s 0") == []


def test_a_new_consumer_is_told_and_counted(log: Redis) -> None:
    line = "XREADGROUP GROUP g ann COUNT 1 STREAMS s >"
    assert told(log, line) == ["xgroup-createconsumer s"]
    assert told(log, line) == []
    assert changes(log, line) == 1


def test_a_reader_waits_for_the_next_entry(log: Redis) -> None:
    reader = log.connect()
    assert reader.all("XREAD BLOCK 0 STREAMS s $") == []
    log("XADD s 6 f v")
    assert reader.client.take() == [[[b"s", [[b"6-0", [b"f", b"v"]]]]]]


def test_an_end_once_read_stays_the_same_while_waiting(log: Redis) -> None:
    reader = log.connect()
    reader.all("XREAD BLOCK 0 STREAMS s other $ $")
    log("XADD s 6 f v")
    log("XADD s 7 f v")
    assert ids(reader.client.take()[0]) == ["6-0"]


def test_a_wait_ends_at_its_time(log: Redis) -> None:
    reader = log.connect()
    assert reader.all("XREAD BLOCK 100 STREAMS s $") == []
    log.advance(100)
    log.engine.tick()
    assert reader.client.take() == [NULL_ARRAY]


def test_inside_multi_nobody_waits(log: Redis) -> None:
    log("MULTI")
    log("XREAD BLOCK 0 STREAMS s $")
    assert log("EXEC") == [NULL_ARRAY]


def test_consumers_of_a_group_wait_in_line(log: Redis) -> None:
    log("XREADGROUP GROUP g old STREAMS s >")
    ann, bob = log.connect(), log.connect()
    for name, reader in (("ann", ann), ("bob", bob)):
        assert reader.all(f"XREADGROUP GROUP g {name} BLOCK 0 STREAMS s >") == []
    log("XADD s 6 f v")
    assert [ids(reply) for reply in ann.client.take()] == [["6-0"]]
    assert bob.client.take() == []
    log("XADD s 7 f v")
    assert [ids(reply) for reply in bob.client.take()] == [["7-0"]]
    log.engine.check()


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("XGROUP DESTROY s g", "NOGROUP No such key 's' or consumer group 'g' in XREADGROUP"),
        ("DEL s", "NOGROUP No such key 's' or consumer group 'g' in XREADGROUP"),
        ("SET s v", "WRONGTYPE Operation against a key holding the wrong kind of value"),
    ],
)
def test_who_waits_in_a_group_is_told_when_it_is_gone(log: Redis, line: str, error: str) -> None:
    log("XREADGROUP GROUP g old STREAMS s >")
    reader = log.connect()
    reader.all("XREADGROUP GROUP g ann BLOCK 0 STREAMS s >")
    log(line)
    (reply,) = reader.client.take()
    assert isinstance(reply, Failure) and reply.text.startswith(error)


def test_reading_in_a_group_is_not_seen_by_watch(log: Redis) -> None:
    other = log.connect()
    other("WATCH s")
    log("XREADGROUP GROUP g ann STREAMS s >")
    other("MULTI")
    assert other("EXEC") == []
