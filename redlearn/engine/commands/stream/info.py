"""XINFO: what a stream knows of itself, its groups and their consumers.

Source: `t_stream.c` xinfoCommand, xinfoReplyWithStreamInfo.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from redlearn.engine.command import Flags, Keys, command, container, help_lines
from redlearn.engine.commands.stream.ids import quoted, sent
from redlearn.engine.context import Context
from redlearn.engine.structures.stream_node import id_text
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.stream_group import UNKNOWN, Consumer, Group
from redlearn.errors import (
    NO_SUCH_GROUP,
    NO_SUCH_KEY,
    NOT_AN_INTEGER,
    WRONG_SUBCOMMAND,
    CommandError,
)
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import Reply

USUAL_COUNT: Final = 10
_KEY: Final = (Keys(2, "RO access"),)

container("XINFO", "stream", since="5.0.0", complexity="as the subcommand")


def _stream(ctx: Context, key: bytes) -> Stream:
    stream = ctx.find(key, Stream)
    if stream is None:
        raise CommandError(NO_SUCH_KEY)
    return stream


def _read(group: Group) -> Reply:
    return None if group.entries_read == UNKNOWN else group.entries_read


@command(
    "XINFO STREAM",
    "key [FULL [COUNT count]]",
    arity=-3,
    flags=Flags.READONLY,
    keys=_KEY,
    since="5.0.0",
    complexity="O(1); with FULL O(COUNT) for the stream, each group and each consumer",
)
def xinfo_stream(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell what a stream knows of itself; with FULL also entries, groups, what is pending."""
    stream = _stream(ctx, argv[2])
    if len(argv) == 3:
        first, last = stream.edge(), stream.edge(last=True)
        return {
            **_numbers(stream),
            b"groups": len(stream.groups),
            b"first-entry": None if first is None else sent(first),
            b"last-entry": None if last is None else sent(last),
        }
    count = _full_count(argv)
    return {
        **_numbers(stream),
        b"entries": [sent(entry) for entry in stream.range(count=count)],
        b"groups": [_full_group(stream, name, group, count) for name, group in stream.groups],
    }


def _full_count(argv: list[bytes]) -> int:
    """How many of everything FULL is to show; 0 for all."""
    words = [word.upper() for word in argv[3:]]
    if words == [b"FULL"]:
        return USUAL_COUNT
    if len(words) != 3 or words[:2] != [b"FULL", b"COUNT"]:
        raise CommandError(WRONG_SUBCOMMAND.format(quoted(argv[1]), "XINFO"))
    count = parse_integer(argv[5])
    if count is None:
        raise CommandError(NOT_AN_INTEGER)
    return count if count >= 0 else USUAL_COUNT


def _numbers(stream: Stream) -> dict[Reply, Reply]:
    return {
        b"length": stream.length,
        b"radix-tree-keys": stream.nodes.keys,
        b"radix-tree-nodes": stream.nodes.nodes,
        b"last-generated-id": id_text(stream.last_id),
        b"max-deleted-entry-id": id_text(stream.max_deleted_id),
        b"entries-added": stream.entries_added,
        b"recorded-first-entry-id": id_text(stream.first_id),
    }


def _full_group(stream: Stream, name: bytes, group: Group, count: int) -> Reply:
    pending: list[Reply] = [
        [_id(key), each.consumer.name, each.delivered_ms, each.deliveries]
        for key, each in islice(group.pending, count or None)
    ]
    return {
        b"name": name,
        b"last-delivered-id": id_text(group.last_id),
        b"entries-read": _read(group),
        b"lag": stream.lag(group),
        b"pel-count": len(group.pending),
        b"pending": pending,
        b"consumers": [_full_consumer(consumer, count) for _, consumer in group.consumers],
    }


def _full_consumer(consumer: Consumer, count: int) -> Reply:
    pending: list[Reply] = [
        [_id(key), each.delivered_ms, each.deliveries]
        for key, each in islice(consumer.pending, count or None)
    ]
    return {
        b"name": consumer.name,
        b"seen-time": consumer.seen_ms,
        b"active-time": consumer.active_ms,
        b"pel-count": len(consumer.pending),
        b"pending": pending,
    }


def _id(key: bytes) -> bytes:
    return id_text(int.from_bytes(key, "big"))


@command(
    "XINFO GROUPS",
    "key",
    arity=3,
    flags=Flags.READONLY,
    keys=_KEY,
    since="5.0.0",
    complexity="O(groups)",
)
def xinfo_groups(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell of each group of a stream how far it is, and how far behind."""
    stream = _stream(ctx, argv[2])
    return [
        {
            b"name": name,
            b"consumers": len(group.consumers),
            b"pending": len(group.pending),
            b"last-delivered-id": id_text(group.last_id),
            b"entries-read": _read(group),
            b"lag": stream.lag(group),
        }
        for name, group in stream.groups
    ]


@command(
    "XINFO CONSUMERS",
    "key group",
    arity=4,
    flags=Flags.READONLY,
    keys=_KEY,
    since="5.0.0",
    complexity="O(consumers)",
    tips=("nondeterministic_output",),
)
def xinfo_consumers(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell of each consumer of a group what is pending with it, and for how long it was idle."""
    key, name = argv[2:]
    group = _stream(ctx, key).groups.find(name)
    if group is None:
        raise CommandError(NO_SUCH_GROUP.format(quoted(name), quoted(key)))
    return [
        {
            b"name": consumer.name,
            b"pending": len(consumer.pending),
            b"idle": max(ctx.now_ms - consumer.seen_ms, 0),
            b"inactive": UNKNOWN
            if consumer.active_ms == UNKNOWN
            else ctx.now_ms - consumer.active_ms,
        }
        for _, consumer in group.consumers
    ]


@command(
    "XINFO HELP",
    "",
    arity=2,
    flags=Flags.LOADING | Flags.STALE,
    since="5.0.0",
    complexity="O(1)",
)
def xinfo_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what XINFO can do."""
    return help_lines("XINFO")
