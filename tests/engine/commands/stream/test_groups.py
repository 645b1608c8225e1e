"""XGROUP and XACK."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import OK
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told


@pytest.fixture
def log(redis: Redis) -> Redis:
    """A server with a stream `s` of 1-0 to 3-0 and a group `g`."""
    for number in range(1, 4):
        redis(f"XADD s {number} f v")
    redis("XGROUP CREATE s g 0")
    return redis


def last_id(redis: Redis, name: bytes) -> object:
    groups = redis("XINFO GROUPS s")
    assert isinstance(groups, list)
    return next(row[b"last-delivered-id"] for row in groups if row[b"name"] == name)


def test_a_group_begins_behind_an_id_or_at_the_end(log: Redis) -> None:
    assert log("XGROUP CREATE s h 2") == OK
    assert log("XGROUP CREATE s i $") == OK
    assert [last_id(log, name) for name in (b"g", b"h", b"i")] == [b"0-0", b"2-0", b"3-0"]


def test_a_group_exists_once(log: Redis) -> None:
    with pytest.raises(CommandError, match=r"^BUSYGROUP Consumer Group name already exists$"):
        log("XGROUP CREATE s g 0")


def test_a_stream_can_be_made_along_with_its_group(redis: Redis) -> None:
    with pytest.raises(CommandError, match=r"^ERR The XGROUP subcommand requires the key to exist"):
        redis("XGROUP CREATE s g $")
    assert redis("XGROUP CREATE s g $ MKSTREAM") == OK
    assert redis("XLEN s") == 0
    redis.engine.check()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("XGROUP CREATE s h x", "Invalid stream ID"),
        ("XGROUP CREATE s h -", "Invalid stream ID"),
        ("XGROUP CREATE s h 0 NOPE", "wrong number of arguments for 'CREATE'. Try XGROUP HELP."),
        ("XGROUP CREATE s h 0 ENTRIESREAD", "wrong number of arguments for 'CREATE'"),
        ("XGROUP CREATE s h 0 ENTRIESREAD -2", "ENTRIESREAD must be positive or -1"),
        ("XGROUP CREATE s h 0 MKSTREAM MKSTREAM MKSTREAM MKSTREAM", "arguments for 'CREATE'"),
        ("XGROUP SETID s g 0 MKSTREAM", "wrong number of arguments for 'SETID'"),
        ("XGROUP SETID s no 0", "^NOGROUP No such consumer group 'no' for key name 's'"),
        ("XGROUP SETID s g 0 ENTRIESREAD 1 ENTRIESREAD 2", "arguments for 'SETID'"),
        ("XGROUP CREATECONSUMER s no ann", "^NOGROUP"),
        ("XGROUP DELCONSUMER s no ann", "^NOGROUP"),
        ("XGROUP DESTROY nothing g", "requires the key to exist"),
        ("XGROUP NOPE s g", "unknown subcommand 'NOPE'"),
    ],
)
def test_what_makes_no_sense_is_refused(log: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        log(line)


def test_a_group_can_be_sent_anywhere(log: Redis) -> None:
    assert log("XGROUP SETID s g $") == OK
    assert last_id(log, b"g") == b"3-0"
    log("XGROUP SETID s g - ENTRIESREAD 1")
    assert last_id(log, b"g") == b"0-0"


def test_a_destroyed_group_is_gone_with_all_that_was_pending(log: Redis) -> None:
    log("XREADGROUP GROUP g ann STREAMS s >")
    assert log("XGROUP DESTROY s g") == 1
    assert log("XGROUP DESTROY s g") == 0
    assert log("XINFO GROUPS s") == []


def test_consumers_come_and_go(log: Redis) -> None:
    assert log("XGROUP CREATECONSUMER s g ann") == 1
    assert log("XGROUP CREATECONSUMER s g ann") == 0
    log("XREADGROUP GROUP g ann COUNT 2 STREAMS s >")
    assert log("XGROUP DELCONSUMER s g ann") == 2
    assert log("XGROUP DELCONSUMER s g ann") == 0
    log.engine.check()


def test_a_confirmed_entry_is_pending_no_more(log: Redis) -> None:
    log("XREADGROUP GROUP g ann STREAMS s >")
    assert log("XACK s g 1 1 3 9") == 2
    assert log("XPENDING s g") == [1, b"2-0", b"2-0", [[b"ann", b"1"]]]
    assert log("XACK s no 1") == 0
    assert log("XACK nothing g x") == 0
    with pytest.raises(CommandError, match="Invalid stream ID"):
        log("XACK s g 2 x")
    assert changes(log, "XACK s g 2") == 1


def test_all_of_it_is_told_and_passed_on_as_it_was_sent(log: Redis) -> None:
    for line, event in (
        ("XGROUP CREATE s h 0", "xgroup-create s"),
        ("XGROUP SETID s h 1", "xgroup-setid s"),
        ("XGROUP CREATECONSUMER s h ann", "xgroup-createconsumer s"),
        ("XGROUP DELCONSUMER s h ann", "xgroup-delconsumer s"),
        ("XGROUP DESTROY s h", "xgroup-destroy s"),
    ):
        assert told(log, line) == [event]
    assert passed_on(log, "XGROUP CREATE s h 0") == ["XGROUP CREATE s h 0"]
    assert passed_on(log, "XGROUP DESTROY s no") == []


def test_watch_sees_no_group_but_a_stream_made_for_one(redis: Redis) -> None:
    other = redis.connect()
    for line, reply in (("XGROUP CREATE s g $ MKSTREAM", None), ("XGROUP CREATE s h $", [])):
        other("WATCH s")
        redis(line)
        other("MULTI")
        assert (other("EXEC") == []) == (reply == [])


def test_help_lists_the_subcommands(redis: Redis) -> None:
    assert len(redis("XGROUP HELP")) > 8  # type: ignore[arg-type]  # it is a list
