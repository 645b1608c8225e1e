"""What a command says to others: effects for files and replicas, notifications for subscribers.

And what it says to its caller when it refuses.
"""

from __future__ import annotations

import pytest

from redlearn.engine import pubsub
from redlearn.engine.config import parameter
from redlearn.engine.effects import Effect
from redlearn.engine.values.string import boxed
from redlearn.errors import CommandError
from redlearn.resp.reply import Push, Reply
from tests.conftest import Redis


def passed_on(redis: Redis, *command: str | bytes) -> list[str]:
    """The effects of one command, a line each; with `@db` in front outside of database 0."""
    units: list[tuple[Effect, ...]] = []
    sinks = redis.engine.state.sinks
    sinks.append(units.append)
    try:
        redis.all(*command)
    finally:
        sinks.pop()
    assert len(units) <= 1
    return [_line(effect) for unit in units for effect in unit]


def _line(effect: Effect) -> str:
    line = b" ".join(effect.argv).decode("latin-1")
    return f"@{effect.db} {line}" if effect.db > 0 else line


def told(redis: Redis, *command: str | bytes) -> list[str]:
    """The keyspace events of one command, all classes, as "event key"."""
    state = redis.engine.state
    row = parameter("notify-keyspace-events")
    assert row is not None
    listener = redis.engine.connect()
    pubsub.subscribe(state, listener, "patterns", b"__keyevent@*")
    state.configure(row, row.read("AEnm"))
    try:
        redis.all(*command)
    finally:
        state.configure(row, row.read(""))
        pushes = listener.take()
        redis.engine.disconnect(listener)
    return [_event(push) for push in pushes]


def _event(push: Reply) -> str:
    assert isinstance(push, Push)
    _, _, channel, message = push
    assert isinstance(channel, bytes)
    assert isinstance(message, bytes)
    event = channel.partition(b"__:")[2]
    return f"{event.decode()} {message.decode('latin-1')}"


def changes(redis: Redis, *command: str | bytes) -> int:
    """How many changes one command counted (INFO's rdb_changes_since_last_save)."""
    before = redis.ctx.dirty
    redis.all(*command)
    return redis.ctx.dirty - before


def refused(redis: Redis, *command: str | bytes) -> str:
    """The text a command is refused with. It must leave everything as it was."""
    before = (everything(redis), redis.ctx.dirty)
    with pytest.raises(CommandError) as caught:
        redis(*command)
    assert (everything(redis), redis.ctx.dirty) == before
    return caught.value.text


def everything(redis: Redis) -> list[tuple[int, bytes, str, object, int]]:
    """Every key with its database, type, whole structure, and when it ends."""
    return [
        (db.index, entry.key, value.type, value.freeze(), db.deadline_of(entry.key))
        for db in redis.engine.state.databases
        for entry in sorted(db.keys, key=lambda entry: entry.key)
        for value in [boxed(entry.value)]
    ]
