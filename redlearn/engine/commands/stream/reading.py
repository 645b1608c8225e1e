"""Reading on from where one is: XREAD by ID, XREADGROUP in a group that remembers it.

A reader of XREAD keeps its place itself and sends it each time; `$` means the end of now, `+`
(since 7.4) the last entry. XREADGROUP with `>` hands out what nobody of the group was given;
with an ID it shows the consumer again what it has not confirmed yet.

Where there is nothing to read, and BLOCK was said, the client waits.

Source: `t_stream.c` xreadCommand, streamReplyWithRange.
"""

from __future__ import annotations

from typing import Final

from redlearn.engine.args import Args
from redlearn.engine.blocking import deadline_of_ms
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.commands.stream.effects import (
    pass_on_claim,
    pass_on_consumer,
    pass_on_position,
)
from redlearn.engine.commands.stream.ids import quoted, read_exact_id, sent
from redlearn.engine.context import Context
from redlearn.engine.structures.stream_node import MAX_ID, id_key, id_text
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.stream_group import Consumer, EntryClaimed, Group, GroupAsked
from redlearn.errors import (
    ID_MEANINGLESS,
    NEW_ONLY_IN_GROUP,
    NO_GROUP_GIVEN,
    NO_GROUP_TO_READ,
    ONLY_IN_XREADGROUP,
    SYNTAX,
    UNBALANCED_STREAMS,
    CommandError,
)
from redlearn.resp.reply import NULL_ARRAY, ByKey, Reply

NEW: Final = MAX_ID
"""What `>` is read as: no entry can have a greater ID."""


class Request:
    """What is to be read.

    Attributes:
        group: The group's name, or None in XREAD.
        consumer: The reader's name in it.
        count: Most entries of each stream; 0 for all.
        until_ms: When to give up waiting, 0 for never; None for not waiting at all.
        noack: Entries given count as confirmed.
        keys: The streams.
        after: For each of them the ID to read on from.
        ids_at: Where in argv the first of these stands.
    """

    __slots__ = ("after", "consumer", "count", "group", "ids_at", "keys", "noack", "until_ms")

    def __init__(self) -> None:
        self.group: bytes | None = None
        self.consumer = b""
        self.count = 0
        self.until_ms: int | None = None
        self.noack = False
        self.keys: list[bytes] = []
        self.after: list[int] = []
        self.ids_at = 0


def _find_keys(argv: list[bytes]) -> list[int]:
    """The first half of what follows the first STREAMS (`db.c` xreadGetKeys)."""
    at = 1
    while at < len(argv):
        word = argv[at].upper()
        if word == b"STREAMS":
            keys, odd = divmod(len(argv) - at - 1, 2)
            return [] if odd else list(range(at + 1, at + 1 + keys))
        if word not in _WORDS_BEFORE_STREAMS:
            return []
        at += 1 + _WORDS_BEFORE_STREAMS[word]
    return []


@command(
    "XREAD",
    "[COUNT count] [BLOCK milliseconds] STREAMS (key [key ...] id [id ...])",
    arity=-4,
    flags=Flags.READONLY | Flags.BLOCKING | Flags.MOVABLEKEYS,
    keys=(Keys(("STREAMS", 1), "RO access", last=-1, limit=2),),
    since="5.0.0",
    complexity="O(N) entries returned, and the way to the first one of each stream",
    find_keys=_find_keys,
)
def xread(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the entries behind an ID, of one or more streams; wait for some if there are none."""
    request = _read_options(ctx, argv, grouped=False)
    for number, key in enumerate(request.keys):
        stream = ctx.find(key, Stream)
        request.after.append(_start(stream, argv[request.ids_at + number]))
    found: list[Reply] = []
    for key, after in zip(request.keys, request.after, strict=True):
        stream = ctx.find(key, Stream)
        if stream is not None and stream.length and stream.last_valid_id() > after:
            entries = stream.range(after + 1, MAX_ID, request.count)
            found.append([key, [sent(entry) for entry in entries]])
    if found:
        return ByKey(found)
    for number, after in enumerate(request.after, request.ids_at):
        if argv[number] == b"$":
            argv[number] = id_text(after)  # when it runs again it must not mean another end
    return _wait(ctx, request)


def _start(stream: Stream | None, text: bytes) -> int:
    """The ID that XREAD is to read on from."""
    if text == b"$":
        return 0 if stream is None else stream.last_id
    if text == b"+":
        return stream.last_valid_id() - 1 if stream is not None and stream.length else 0
    if text == b">":
        raise CommandError(NEW_ONLY_IN_GROUP)
    return read_exact_id(text)


def _wait(ctx: Context, request: Request) -> Reply:
    if request.until_ms is None:
        return NULL_ARRAY
    grouped = request.group is not None
    return ctx.block(request.keys, "stream", request.until_ms, on_gone=grouped)


def _read_options(ctx: Context, argv: list[bytes], *, grouped: bool) -> Request:
    request = Request()
    args = Args(argv)
    while args:
        if len(args) > 1 and args.take(b"BLOCK"):
            request.until_ms = deadline_of_ms(args.next(), ctx.now_ms)
        elif len(args) > 1 and args.take(b"COUNT"):
            request.count = max(args.integer(), 0)
        elif len(args) > 1 and args.take(b"STREAMS"):
            _read_streams(request, args, argv, grouped=grouped)
            break
        elif not _read_group(request, args, grouped=grouped):
            raise CommandError(SYNTAX)
    if not request.ids_at:
        raise CommandError(SYNTAX)
    if grouped and request.group is None:
        raise CommandError(NO_GROUP_GIVEN)
    return request


def _read_group(request: Request, args: Args, *, grouped: bool) -> bool:
    """Take the options that only XREADGROUP has; False if the next word is none of them."""
    if len(args) > 2 and args.take(b"GROUP"):
        if not grouped:
            raise CommandError(ONLY_IN_XREADGROUP.format("GROUP"))
        request.group, request.consumer = args.next(), args.next()
        return True
    if args.take(b"NOACK"):
        if not grouped:
            raise CommandError(ONLY_IN_XREADGROUP.format("NOACK"))
        request.noack = True
        return True
    return False


def _read_streams(request: Request, args: Args, argv: list[bytes], *, grouped: bool) -> None:
    if len(args) % 2:
        name, sign = ("xreadgroup", ">") if grouped else ("xread", "$")
        raise CommandError(UNBALANCED_STREAMS.format(name, sign))
    request.keys = [args.next() for _ in range(len(args) // 2)]
    request.ids_at = len(argv) - len(args)


@command(
    "XREADGROUP",
    "GROUP group-block=(group consumer) [COUNT count] [BLOCK milliseconds] [NOACK]"
    " STREAMS (key [key ...] id [id ...])",
    arity=-7,
    flags=Flags.WRITE | Flags.BLOCKING | Flags.MOVABLEKEYS,
    keys=(Keys(("STREAMS", 4), "RO access", last=-1, limit=2),),
    since="5.0.0",
    complexity="O(N) entries returned, O(log P) for each that becomes pending",
    find_keys=_find_keys,
)
def xreadgroup(ctx: Context, argv: list[bytes]) -> Reply:
    """Return entries that a group was not given yet, or those a consumer has not confirmed."""
    ctx.quiet = False  # it reads, though it writes: who listens is told of keys that are missing
    request = _read_options(ctx, argv, grouped=True)
    assert request.group is not None
    groups = [
        _group(ctx, request, key, argv[request.ids_at + number])
        for number, key in enumerate(request.keys)
    ]
    ctx.propagate_nothing()
    found: list[Reply] = []
    for key, after, group in zip(request.keys, request.after, groups, strict=True):
        stream = ctx.find(key, Stream)
        assert stream is not None
        entries = _read_in_group(ctx, request, key, stream, group, after)
        if entries is not None:
            found.append([key, entries])
    return ByKey(found) if found else _wait(ctx, request)


def _group(ctx: Context, request: Request, key: bytes, text: bytes) -> Group:
    """The group that reads the stream at `key`; where from is noted in the request."""
    ctx.will_change(key)
    stream = ctx.find(key, Stream)
    assert request.group is not None
    group = None if stream is None else stream.groups.find(request.group)
    if group is None:
        raise CommandError(NO_GROUP_TO_READ.format(quoted(key), quoted(request.group)))
    if text in (b"$", b"+"):
        raise CommandError(ID_MEANINGLESS.format(*[text.decode()] * 2))
    request.after.append(NEW if text == b">" else read_exact_id(text))
    return group


def _read_in_group(
    ctx: Context, request: Request, key: bytes, stream: Stream, group: Group, after: int
) -> Reply:
    """What one stream has for the reader, or None if it has nothing new."""
    assert request.group is not None
    if emit := ctx.state.probe.emit:
        emit(GroupAsked(request.group, request.consumer))
    consumer = group.consumers.find(request.consumer)
    if consumer is None:
        consumer = group.add_consumer(request.consumer, ctx.now_ms)
        ctx.changed_unwatched(key, "xgroup-createconsumer")
        ctx.notify(key, "xgroup-createconsumer")
        if request.noack:
            pass_on_consumer(ctx, key, request.group, consumer.name)
    consumer.seen_ms = ctx.now_ms
    if after != NEW:
        return _history(ctx, stream, consumer, after, request.count)
    if not stream.length or stream.last_valid_id() <= group.last_id:
        return None
    return _deliver(ctx, request, key, stream, group, consumer)


def _deliver(
    ctx: Context, request: Request, key: bytes, stream: Stream, group: Group, consumer: Consumer
) -> Reply:
    """Hand out the entries behind the group's last one."""
    assert request.group is not None
    given: list[Reply] = []
    for entry in stream.range(group.last_id + 1, MAX_ID, request.count):
        stream.advance(group, entry.id)
        given.append(sent(entry))
        if not request.noack:
            pending = group.deliver(entry.id, consumer, ctx.now_ms)
            consumer.active_ms = ctx.now_ms
            pass_on_claim(ctx, key, request.group, group, id_text(entry.id), pending)
    pass_on_position(ctx, key, request.group, group)
    ctx.changed_unwatched(key, "xreadgroup")
    return given


def _history(ctx: Context, stream: Stream, consumer: Consumer, after: int, count: int) -> Reply:
    """What the consumer has and has not confirmed; null for the fields of what is deleted.

    Source: `t_stream.c` streamReplyWithRangeFromConsumerPEL.
    """
    given: list[Reply] = []
    for key, pending in consumer.pending.ascending(id_key(after + 1)):
        id = int.from_bytes(key, "big")
        entry = stream.entry(id)
        if entry is None:
            given.append([id_text(id), NULL_ARRAY])
        else:
            pending.delivered_ms = ctx.now_ms
            pending.deliveries += 1
            if emit := ctx.state.probe.emit:
                emit(EntryClaimed(id, consumer.name, pending.deliveries))
            given.append(sent(entry))
        if len(given) == count:
            break
    return given


_WORDS_BEFORE_STREAMS: Final = {b"BLOCK": 1, b"COUNT": 1, b"GROUP": 2, b"NOACK": 0}
"""Options, and how many words belong to each."""
