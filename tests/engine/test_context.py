"""The context: finding, making, changing and deleting, and who is told of it."""

from __future__ import annotations

import pytest

from redlearn.engine.command import COMMANDS
from redlearn.engine.context import (
    Context,
    DatabaseCleared,
    KeyAdded,
    KeyChanged,
    KeyRemoved,
    KeyUsed,
)
from redlearn.engine.expiry import KeyExpired
from redlearn.engine.keyspace import NO_EXPIRY
from redlearn.engine.notifications import Notified
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.string import String
from redlearn.errors import CommandError
from redlearn.probe import Event
from redlearn.resp.reply import NULL_ARRAY, Push, Reply
from tests.conftest import Redis
from tests.engine.commands.said import passed_on, told


def of_keys(events: list[Event]) -> list[Event]:
    """The events that are about keys, not about structures or commands."""
    kinds = KeyUsed | KeyAdded | KeyRemoved | KeyChanged | KeyExpired | DatabaseCleared
    return [event for event in events if isinstance(event, kinds)]


def test_a_value_of_another_type_is_refused(redis: Redis) -> None:
    redis("SET k v")
    assert isinstance(redis.ctx.find(b"k", String), String)
    with pytest.raises(CommandError) as error:
        redis.ctx.find(b"k", Hash)
    assert error.value.text.startswith("WRONGTYPE Operation against a key holding the wrong kind")


def test_what_is_not_there_has_no_type_to_be_wrong(redis: Redis) -> None:
    assert redis.ctx.find(b"k", Hash) is None


def test_finding_a_key_marks_it_as_used(redis: Redis) -> None:
    redis("SET k v")
    redis.advance(3000)
    entry = redis.ctx.lookup(b"k", touch=False)
    assert entry is not None
    assert entry.access == 1_000_000
    redis("GET k")
    assert entry.access == 1_003_000
    redis("CLIENT NO-TOUCH ON")
    redis.advance(1000)
    redis("GET k")
    assert entry.access == 1_003_000


def test_a_key_found_past_its_time_dies(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(9)
    assert redis("GET k") == b"v"
    redis.advance(1)
    assert redis("EXISTS k") == 0
    assert len(redis.ctx.db) == 0
    assert redis.engine.state.lazy_expired == 1


def test_storing_over_a_key_takes_its_time_away(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.ctx.store(b"k", String(b"w"))
    assert redis.ctx.db.expiry_of(b"k") == NO_EXPIRY


def test_unless_it_is_to_keep_it(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.ctx.store(b"k", String(b"w"), keep_ttl=True)
    assert redis.ctx.db.expiry_of(b"k") == 1_000_010


def test_a_stale_key_leaves_no_time_to_what_is_stored_over_it(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(10)
    assert told(redis, "SET k w KEEPTTL") == ["expired k", "new k", "set k"]
    assert redis("PTTL k") == -1


def test_deleting_says_nothing_by_itself(redis: Redis) -> None:
    redis("SET k v")
    dirty = redis.ctx.dirty
    assert redis.ctx.delete(b"k")
    assert not redis.ctx.delete(b"k")
    assert redis.ctx.dirty == dirty


def test_no_change_is_no_change(redis: Redis) -> None:
    redis("CONFIG SET notify-keyspace-events KEA")
    listener = redis.connect()
    listener("PSUBSCRIBE __key*")
    redis.ctx.changed(b"k", "zadd", times=0)
    redis.ctx.shrunk(b"k", Hash(redis.engine.state.kit), "hdel", times=0)
    assert (redis.ctx.dirty, listener.client.take()) == (0, [])


@pytest.mark.parametrize(
    ("make", "empty", "events"),
    [
        ("HSET k a 1 b 2", "HDEL k a b", ["hdel k", "del k"]),
        ("ZADD k 1 a 2 b", "ZREM k a b", ["zrem k", "del k"]),
        ("ZADD k 1 a 2 b", "ZPOPMIN k 2", ["zpopmin k", "del k"]),
        ("ZADD k 1 a 2 b", "ZREMRANGEBYRANK k 0 -1", ["zremrangebyrank k", "del k"]),
    ],
)
def test_what_becomes_empty_is_gone_key_and_all(
    redis: Redis, make: str, empty: str, events: list[str]
) -> None:
    redis(make)
    dirty = redis.ctx.dirty
    assert told(redis, empty) == events
    assert redis("EXISTS k") == 0
    assert redis.ctx.dirty == dirty + 2
    redis.engine.check()


def test_changes_are_counted_one_by_one(redis: Redis) -> None:
    for line, changes in (
        ("SET k v", 1), ("HSET h a 1 b 2", 2), ("ZADD z 1 a 2 b 3 c", 3), ("ZADD z 1 a", 0),
        ("DEL k h nope", 2), ("GET k", 0), ("EXPIRE z 100", 1), ("MSET a 1 b 2", 2),
    ):  # fmt: skip
        before = redis.ctx.dirty
        redis(line)
        assert redis.ctx.dirty - before == changes, line


@pytest.mark.parametrize(
    ("command", "events"),
    [
        ("GET nope", ["keymiss nope"]),
        ("EXISTS nope", ["keymiss nope"]),
        ("TTL nope", ["keymiss nope"]),
        ("DEL nope", []),
        ("INCR n", ["new n", "incrby n"]),
        ("OBJECT ENCODING nope", []),
        ("ZUNIONSTORE z 1 nope", ["keymiss nope"]),
        ("ZRANGESTORE z nope 0 -1", ["keymiss nope"]),
        ("COPY nope z", ["keymiss nope"]),
        ("SET k v GET", ["keymiss k", "new k", "set k"]),
        ("GETEX nope EX 10", ["keymiss nope"]),
    ],
)
def test_reads_tell_of_a_missing_key_and_writes_do_not(
    redis: Redis, command: str, events: list[str]
) -> None:
    assert told(redis, command) == events


def test_a_command_may_keep_what_it_did_to_itself(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = COMMANDS[b"SET"].run

    def secretive(ctx: Context, argv: list[bytes]) -> Reply:
        ctx.propagate_nothing()
        return right(ctx, argv)

    monkeypatch.setattr(COMMANDS[b"SET"], "run", secretive)
    assert passed_on(redis, "SET k v") == []
    assert redis("GET k") == b"v"


def test_the_probe_is_told_what_happens_to_keys(redis: Redis) -> None:
    assert of_keys(redis.events("SET k v EX 10")) == [
        KeyUsed(0, b"k"),
        KeyAdded(0, b"k", "string"),
        KeyChanged(0, b"k", "set"),
    ]
    assert of_keys(redis.events("DEL k")) == [
        KeyUsed(0, b"k"),
        KeyRemoved(0, b"k"),
        KeyChanged(0, b"k", "del"),
    ]


def test_the_probe_is_told_of_keys_that_are_not_there(redis: Redis) -> None:
    assert of_keys(redis.events("GET k")) == [KeyUsed(0, b"k")]


def test_the_probe_is_told_why_a_key_died(redis: Redis) -> None:
    redis("SET k v PX 10")
    redis.advance(30)
    assert of_keys(redis.events("GET k"))[:3] == [
        KeyUsed(0, b"k"),
        KeyExpired(0, b"k", "lazy", 1_000_010, 1_000_030),
        KeyUsed(0, b"k"),
    ]


def test_the_probe_is_told_of_notifications_as_they_are_published(redis: Redis) -> None:
    redis("CONFIG SET notify-keyspace-events E$")
    events = [event for event in redis.events("SET k v") if isinstance(event, Notified)]
    assert events == [Notified(b"__keyevent@0__:set", b"k")]


def test_notifications_go_to_those_who_subscribed(redis: Redis) -> None:
    redis("CONFIG SET notify-keyspace-events KEA")
    redis("SET k heard-by-nobody")
    listener = redis.connect()
    listener("SUBSCRIBE __keyevent@0__:set")
    redis("SET k v")
    assert listener.client.take() == [Push([b"message", b"__keyevent@0__:set", b"k"])]


def test_used_keys_are_noted_while_somebody_wants_to_know(redis: Redis) -> None:
    """Snapshots copy only what was touched since the last."""
    db = redis.ctx.db
    redis("SET before v")
    db.touched = set()
    redis.engine.state.pay_attention()
    redis("GET seen")
    redis("SET made v")
    redis("SET set v")
    redis("DEL before")
    assert db.touched == {b"seen", b"made", b"set", b"before"}


def test_watchers_of_a_key_are_told_of_a_change_by_anybody(redis: Redis) -> None:
    other = redis.connect()
    other("WATCH k")
    redis("SET k v")
    assert other.client.dirty_cas
    other("MULTI")
    assert other("EXEC") is NULL_ARRAY


def test_commands_can_run_commands(redis: Redis) -> None:
    """EXEC does, and scripts will."""
    redis("SET k v")
    assert redis.ctx.run(COMMANDS[b"GET"], [b"GET", b"k"]) == b"v"
