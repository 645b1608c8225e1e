"""XPENDING XCLAIM XAUTOCLAIM."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import NULL_ARRAY
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told


@pytest.fixture
def log(redis: Redis) -> Redis:
    """A stream `s` of 1-0 to 6-0: ann has 1 and 2 for 1000 ms, bob 3 and 4 for 400; 5, 6 free."""
    for number in range(1, 7):
        redis(f"XADD s {number} f v")
    redis("XGROUP CREATE s g 0")
    redis("XREADGROUP GROUP g ann COUNT 2 STREAMS s >")
    redis.advance(600)
    redis("XREADGROUP GROUP g bob COUNT 2 STREAMS s >")
    redis.advance(400)
    return redis


def owners(redis: Redis) -> list[str]:
    rows = redis("XPENDING s g - + 99")
    assert isinstance(rows, list)
    return [f"{row[0].decode()} {row[1].decode()} {row[2]} {row[3]}" for row in rows]


def test_the_overview_counts_by_consumer(log: Redis) -> None:
    assert log("XPENDING s g") == [4, b"1-0", b"4-0", [[b"ann", b"2"], [b"bob", b"2"]]]
    log("XACK s g 1 2 3 4")
    assert log("XPENDING s g") == [0, None, None, NULL_ARRAY]


def test_each_entry_with_owner_idle_time_and_deliveries(log: Redis) -> None:
    assert owners(log) == ["1-0 ann 1000 1", "2-0 ann 1000 1", "3-0 bob 400 1", "4-0 bob 400 1"]
    assert log("XPENDING s g (1 + 1") == [[b"2-0", b"ann", 1000, 1]]
    assert log("XPENDING s g - + 9 bob") == [[b"3-0", b"bob", 400, 1], [b"4-0", b"bob", 400, 1]]
    assert log("XPENDING s g IDLE 500 - + 1") == [[b"1-0", b"ann", 1000, 1]]
    assert log("XPENDING s g - + 9 nobody") == []
    assert log("XPENDING s g - + 0") == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("XPENDING s no", "^NOGROUP No such key 's' or consumer group 'no'$"),
        ("XPENDING s g -", "syntax error"),
        ("XPENDING s g IDLE 5 - +", "syntax error"),
        ("XPENDING s g IDLE x - + 5", "value is not an integer"),
        ("XPENDING s g - + x", "value is not an integer"),
        ("XPENDING s g x + 5", "Invalid stream ID"),
        ("XPENDING s g - + 5 ann more more more", "syntax error"),
        ("XCLAIM s no ann 0 1", "^NOGROUP"),
        ("XCLAIM s g ann x 1", "Invalid min-idle-time argument for XCLAIM"),
        ("XCLAIM s g ann 0 1 IDLE x", "Invalid IDLE option argument for XCLAIM"),
        ("XCLAIM s g ann 0 1 TIME x", "Invalid TIME option argument for XCLAIM"),
        ("XCLAIM s g ann 0 1 RETRYCOUNT x", "Invalid RETRYCOUNT option argument for XCLAIM"),
        ("XCLAIM s g ann 0 1 NOPE", "Unrecognized XCLAIM option 'NOPE'"),
        ("XCLAIM s g ann 0 1 FORCE 2", "Unrecognized XCLAIM option '2'"),
        ("XCLAIM s g ann 0 1 LASTID x", "Invalid stream ID"),
        ("XAUTOCLAIM s g ann x 0", "Invalid min-idle-time argument for XAUTOCLAIM"),
        ("XAUTOCLAIM s g ann 0 0 COUNT 0", "COUNT must be > 0"),
        ("XAUTOCLAIM s g ann 0 0 COUNT 576460752303423487", "COUNT too high"),
        ("XAUTOCLAIM s g ann 0 0 NOPE", "syntax error"),
        ("XAUTOCLAIM s no ann 0 0", "^NOGROUP"),
    ],
)
def test_what_makes_no_sense_is_refused(log: Redis, line: str, message: str) -> None:
    before = owners(log)
    with pytest.raises(CommandError, match=message):
        log(line)
    assert owners(log) == before


def test_a_claim_gives_entries_that_were_idle_for_long_enough(log: Redis) -> None:
    assert log("XCLAIM s g bob 500 1 3 5") == [[b"1-0", [b"f", b"v"]]]
    assert owners(log) == ["1-0 bob 0 2", "2-0 ann 1000 1", "3-0 bob 400 1", "4-0 bob 400 1"]
    log.engine.check()


@pytest.mark.parametrize(
    ("options", "row"),
    [
        ("JUSTID", "1-0 cid 0 1"),
        ("IDLE 300", "1-0 cid 300 2"),
        ("TIME 1000900", "1-0 cid 100 2"),
        ("TIME 99999999999", "1-0 cid 0 2"),
        ("RETRYCOUNT 9", "1-0 cid 0 9"),
        ("RETRYCOUNT -1", "1-0 cid 0 2"),
    ],
)
def test_a_claim_may_say_what_is_to_be_noted(log: Redis, options: str, row: str) -> None:
    log(f"XCLAIM s g cid 0 1 {options}")
    assert owners(log)[0] == row


def test_force_claims_what_nobody_has_if_it_exists(log: Redis) -> None:
    assert log("XCLAIM s g cid 0 6 JUSTID") == []
    assert log("XCLAIM s g cid 5000 6 9 FORCE JUSTID") == [b"6-0"]
    assert owners(log)[-1] == "6-0 cid 0 1"


def test_a_claim_drops_what_was_deleted(log: Redis) -> None:
    log("XDEL s 1")
    assert log("XCLAIM s g bob 0 1") == []
    assert len(owners(log)) == 3
    log.engine.check()


def test_a_claim_may_move_the_group_on(log: Redis) -> None:
    assert passed_on(log, "XCLAIM s g bob 0 9 LASTID 5") == ["XGROUP SETID s g 5-0 ENTRIESREAD 4"]
    assert log("XREADGROUP GROUP g ann STREAMS s >") == [[b"s", [[b"6-0", [b"f", b"v"]]]]]


def test_a_claim_is_passed_on_by_its_outcome(log: Redis) -> None:
    assert passed_on(log, "XCLAIM s g bob 0 1 5") == [
        "XCLAIM s g bob 0 1 TIME 1001000 RETRYCOUNT 2 FORCE JUSTID LASTID 4-0"
    ]
    assert passed_on(log, "XCLAIM s g bob 9999 2") == []
    assert changes(log, "XCLAIM s g bob 0 1 2") == 2
    assert told(log, "XCLAIM s g new 0 9") == ["xgroup-createconsumer s"]


def test_autoclaim_finds_what_is_idle_and_says_where_to_go_on(log: Redis) -> None:
    assert log("XAUTOCLAIM s g cid 500 - COUNT 1") == [b"2-0", [[b"1-0", [b"f", b"v"]]], []]
    assert log("XAUTOCLAIM s g cid 500 2 JUSTID") == [b"0-0", [b"2-0"], []]
    assert owners(log) == ["1-0 cid 0 2", "2-0 cid 0 1", "3-0 bob 400 1", "4-0 bob 400 1"]
    log.engine.check()


def test_autoclaim_reports_and_drops_what_was_deleted(log: Redis) -> None:
    log("XDEL s 1 3")
    assert log("XAUTOCLAIM s g cid 0 - COUNT 2 JUSTID") == [b"3-0", [b"2-0"], [b"1-0"]]
    assert log("XAUTOCLAIM s g cid 0 3 JUSTID") == [b"0-0", [b"4-0"], [b"3-0"]]


def test_autoclaim_tries_ten_times_as_many_as_it_may_give(redis: Redis) -> None:
    redis("XGROUP CREATE s g 0 MKSTREAM")
    for number in range(1, 16):
        redis(f"XADD s {number} f v")
    redis("XREADGROUP GROUP g ann STREAMS s >")
    assert redis("XAUTOCLAIM s g bob 9999 - COUNT 1") == [b"11-0", [], []]


def test_autoclaim_is_passed_on_as_claims(log: Redis) -> None:
    assert passed_on(log, "XAUTOCLAIM s g cid 500 - COUNT 1") == [
        "XCLAIM s g cid 0 1-0 TIME 1001000 RETRYCOUNT 2 FORCE JUSTID LASTID 4-0"
    ]
