"""XINFO: every field, of a stream, its groups and its consumers."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from tests.conftest import Redis


@pytest.fixture
def log(redis: Redis) -> Redis:
    """A stream `s` of 1-0 to 12-0, five in a node; ann of group g was given two and has one."""
    redis("CONFIG SET stream-node-max-entries 5")
    for number in range(1, 13):
        redis(f"XADD s {number} f v")
    redis("XGROUP CREATE s g 0")
    redis("XGROUP CREATECONSUMER s g zoe")
    redis("XREADGROUP GROUP g ann COUNT 2 STREAMS s >")
    redis("XACK s g 1")
    redis.advance(70)
    return redis


def test_a_stream_tells_of_itself(log: Redis) -> None:
    log("XDEL s 3")
    assert log("XINFO STREAM s") == {
        b"length": 11,
        b"radix-tree-keys": 3,
        b"radix-tree-nodes": 8,
        b"last-generated-id": b"12-0",
        b"max-deleted-entry-id": b"3-0",
        b"entries-added": 12,
        b"recorded-first-entry-id": b"1-0",
        b"groups": 1,
        b"first-entry": [b"1-0", [b"f", b"v"]],
        b"last-entry": [b"12-0", [b"f", b"v"]],
    }


def test_an_empty_stream_has_no_first_entry(redis: Redis) -> None:
    redis("XGROUP CREATE s g 0 MKSTREAM")
    reply = redis("XINFO STREAM s")
    assert isinstance(reply, dict)
    assert (reply[b"first-entry"], reply[b"last-entry"], reply[b"radix-tree-nodes"]) == (
        None,
        None,
        1,
    )


def test_full_shows_entries_groups_and_what_is_pending(log: Redis) -> None:
    reply = log("XINFO STREAM s FULL COUNT 1")
    assert isinstance(reply, dict)
    assert reply[b"entries"] == [[b"1-0", [b"f", b"v"]]]
    assert reply[b"groups"] == [
        {
            b"name": b"g",
            b"last-delivered-id": b"2-0",
            b"entries-read": 2,
            b"lag": 10,
            b"pel-count": 1,
            b"pending": [[b"2-0", b"ann", 1000000, 1]],
            b"consumers": [
                {
                    b"name": b"ann",
                    b"seen-time": 1000000,
                    b"active-time": 1000000,
                    b"pel-count": 1,
                    b"pending": [[b"2-0", 1000000, 1]],
                },
                {
                    b"name": b"zoe",
                    b"seen-time": 1000000,
                    b"active-time": -1,
                    b"pel-count": 0,
                    b"pending": [],
                },
            ],
        }
    ]


@pytest.mark.parametrize(("words", "shown"), [("", 10), ("COUNT 3", 3), ("COUNT 0", 12),
                                              ("COUNT -1", 10)])  # fmt: skip
def test_full_shows_ten_unless_told_otherwise(log: Redis, words: str, shown: int) -> None:
    reply = log(f"XINFO STREAM s FULL {words}")
    assert isinstance(reply, dict)
    entries = reply[b"entries"]
    assert isinstance(entries, list) and len(entries) == shown


def test_groups_and_their_lag(log: Redis) -> None:
    assert log("XINFO GROUPS s") == [
        {
            b"name": b"g",
            b"consumers": 2,
            b"pending": 1,
            b"last-delivered-id": b"2-0",
            b"entries-read": 2,
            b"lag": 10,
        }
    ]


def test_consumers_and_how_long_they_were_idle(log: Redis) -> None:
    assert log("XINFO CONSUMERS s g") == [
        {b"name": b"ann", b"pending": 1, b"idle": 70, b"inactive": 70},
        {b"name": b"zoe", b"pending": 0, b"idle": 70, b"inactive": -1},
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("XINFO STREAM nothing", "^ERR no such key$"),
        ("XINFO STREAM s NOPE", "wrong number of arguments for 'STREAM'. Try XINFO HELP."),
        ("XINFO STREAM s FULL COUNT", "wrong number of arguments for 'STREAM'"),
        ("XINFO STREAM s FULL COUNT x", "value is not an integer"),
        ("XINFO CONSUMERS s no", "^NOGROUP No such consumer group 'no' for key name 's'$"),
        ("XINFO GROUPS nothing", "^ERR no such key$"),
    ],
)
def test_what_is_not_there_is_refused(log: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError, match=message):
        log(line)


def test_help_lists_the_subcommands(redis: Redis) -> None:
    reply = redis("XINFO HELP")
    assert isinstance(reply, list) and len(reply) > 6
