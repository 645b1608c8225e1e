"""Consumer groups: making and removing them and their consumers, and confirming entries.

Source: `t_stream.c` xgroupCommand, xackCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command, container, help_lines
from redlearn.engine.commands.stream.ids import quoted, read_exact_id, read_id
from redlearn.engine.context import Context
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.stream_group import UNKNOWN, Group, GroupAsked
from redlearn.errors import (
    BAD_ENTRIES_READ,
    GROUP_EXISTS,
    GROUP_NEEDS_KEY,
    NO_SUCH_GROUP,
    WRONG_SUBCOMMAND,
    CommandError,
)
from redlearn.resp.reply import OK, Reply

container("XGROUP", "stream", since="5.0.0", complexity="as the subcommand")


class _Options:
    """What may follow the ID: MKSTREAM, and ENTRIESREAD with a count or UNKNOWN."""

    __slots__ = ("entries_read", "make")

    def __init__(self, args: Args, sub: bytes, *, makes: bool) -> None:
        self.make = False
        self.entries_read = UNKNOWN
        while args:
            if makes and args.take(b"MKSTREAM"):
                self.make = True
            elif len(args) > 1 and args.take(b"ENTRIESREAD"):
                self.entries_read = args.integer()
                if self.entries_read < UNKNOWN:
                    raise CommandError(BAD_ENTRIES_READ)
            else:
                raise _wrong(sub)


def _wrong(sub: bytes) -> CommandError:
    return CommandError(WRONG_SUBCOMMAND.format(quoted(sub[:128]), "XGROUP"))


def _stream(ctx: Context, key: bytes) -> Stream:
    """The stream at `key`, which must exist."""
    stream = ctx.find(key, Stream)
    if stream is None:
        raise CommandError(GROUP_NEEDS_KEY)
    return stream


def _group(ctx: Context, key: bytes, name: bytes) -> tuple[Stream, Group]:
    """The stream at `key` and its group `name`, which must both exist."""
    stream = _stream(ctx, key)
    group = stream.groups.find(name)
    if group is None:
        raise CommandError(NO_SUCH_GROUP.format(quoted(name), quoted(key)))
    _tell(ctx, name)
    return stream, group


def _tell(ctx: Context, name: bytes) -> None:
    if emit := ctx.state.probe.emit:
        emit(GroupAsked(name))


@command(
    "XGROUP CREATE",
    "key group <id | $> [MKSTREAM] [ENTRIESREAD entriesread=entries-read]",
    arity=-5,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(2, "RW insert"),),
    since="5.0.0",
    complexity="O(1)",
)
def create(ctx: Context, argv: list[bytes]) -> Reply:
    """Make a consumer group, which begins behind an ID, or at the end with `$`."""
    _, sub, key, name, start = argv[:5]
    options = _Options(Args(argv, 5), sub, makes=True)
    stream = ctx.find(key, Stream) if options.make else _stream(ctx, key)
    if len(argv) > 8:
        raise _wrong(sub)
    if start == b"$":
        last_id = 0 if stream is None else stream.last_id
    else:
        last_id = read_exact_id(start)
    if stream is None:
        stream = ctx.create(key, Stream(ctx.state.kit))
        ctx.touch_watchers(ctx.db, key)
    if name in stream.groups:
        raise CommandError(GROUP_EXISTS)
    _tell(ctx, name)
    stream.groups.insert(name, Group(last_id, options.entries_read, ctx.state.kit.probe))
    ctx.changed_unwatched(key, "xgroup-create")
    ctx.notify(key, "xgroup-create")
    return OK


@command(
    "XGROUP SETID",
    "key group <id | $> [ENTRIESREAD entriesread=entries-read]",
    arity=-5,
    flags=Flags.WRITE,
    keys=(Keys(2, "RW update"),),
    since="5.0.0",
    complexity="O(1)",
)
def setid(ctx: Context, argv: list[bytes]) -> Reply:
    """Let a consumer group go on behind another ID than where it is."""
    _, sub, key, name, start = argv[:5]
    options = _Options(Args(argv, 5), sub, makes=False)
    stream, group = _group(ctx, key, name)
    if len(argv) not in (5, 7):
        raise _wrong(sub)
    group.last_id = stream.last_id if start == b"$" else read_id(start)
    group.entries_read = options.entries_read
    ctx.changed_unwatched(key, "xgroup-setid")
    ctx.notify(key, "xgroup-setid")
    return OK


@command(
    "XGROUP DESTROY",
    "key group",
    arity=4,
    flags=Flags.WRITE,
    keys=(Keys(2, "RW delete"),),
    since="5.0.0",
    complexity="O(N) entries pending in the group",
)
def destroy(ctx: Context, argv: list[bytes]) -> Reply:
    """Remove a consumer group with all it knows; 1 if it was there. Its readers stop waiting."""
    key, name = argv[2:]
    stream = _stream(ctx, key)
    if stream.groups.remove(name) is None:
        return 0
    ctx.changed_unwatched(key, "xgroup-destroy")
    ctx.notify(key, "xgroup-destroy")
    ctx.ready(key)
    return 1


@command(
    "XGROUP CREATECONSUMER",
    "key group consumer",
    arity=5,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(2, "RW insert"),),
    since="6.2.0",
    complexity="O(1)",
)
def createconsumer(ctx: Context, argv: list[bytes]) -> Reply:
    """Make a consumer in a group, as its first read would; 1 if it is new."""
    key, name, consumer = argv[2:]
    _, group = _group(ctx, key, name)
    if consumer in group.consumers:
        return 0
    group.add_consumer(consumer, ctx.now_ms)
    ctx.changed_unwatched(key, "xgroup-createconsumer")
    ctx.notify(key, "xgroup-createconsumer")
    return 1


@command(
    "XGROUP DELCONSUMER",
    "key group consumer",
    arity=5,
    flags=Flags.WRITE,
    keys=(Keys(2, "RW delete"),),
    since="5.0.0",
    complexity="O(N) entries pending with the consumer",
)
def delconsumer(ctx: Context, argv: list[bytes]) -> Reply:
    """Remove a consumer; return how many entries were pending with it, which nobody has now."""
    key, name, consumer_name = argv[2:]
    _, group = _group(ctx, key, name)
    consumer = group.consumers.find(consumer_name)
    if consumer is None:
        return 0
    pending = len(consumer.pending)
    group.remove_consumer(consumer)
    ctx.changed_unwatched(key, "xgroup-delconsumer")
    ctx.notify(key, "xgroup-delconsumer")
    return pending


@command(
    "XGROUP HELP",
    "",
    arity=2,
    flags=Flags.LOADING | Flags.STALE,
    since="5.0.0",
    complexity="O(1)",
)
def xgroup_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what XGROUP can do."""
    return help_lines("XGROUP")


@command(
    "XACK",
    "key group id [id ...]",
    arity=-4,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW update"),),
    since="5.0.0",
    complexity="O(1) for each ID",
)
def xack(ctx: Context, argv: list[bytes]) -> Reply:
    """Confirm entries, so that they are pending no more; return how many were."""
    ctx.quiet = False
    key, name = argv[1], argv[2]
    ctx.will_change(key)
    stream = ctx.find(key, Stream)
    group = None if stream is None else stream.groups.find(name)
    if group is None:
        return 0
    _tell(ctx, name)
    confirmed = sum([group.forget(id) for id in [read_exact_id(text) for text in argv[3:]]])
    ctx.changed_unwatched(key, "xack", confirmed)
    return confirmed
