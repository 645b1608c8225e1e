"""Entries of a stream: adding, reading by ID, deleting.

Source: `t_stream.c` xaddCommand, xrangeGenericCommand, xdelCommand, xsetidCommand.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.commands.stream.ids import (
    read_end,
    read_exact_id,
    read_new_id,
    read_start,
    sent,
)
from redlearn.engine.commands.stream.trim import Trim
from redlearn.engine.context import Context
from redlearn.engine.structures.listpack_entry import SMALL, SMALL_NUMBER
from redlearn.engine.structures.stream_node import MAX_ID, SEQUENCE_BITS, id_text
from redlearn.engine.values.stream import Stream
from redlearn.errors import (
    BAD_ENTRIES_ADDED,
    ENTRIES_ADDED_TOO_FEW,
    ID_BELOW_DELETED,
    ID_BELOW_GIVEN_DELETED,
    ID_BELOW_TOP,
    ID_NOT_GREATER,
    ID_ZERO,
    IDS_EXHAUSTED,
    NO_SUCH_KEY,
    SYNTAX,
    TOO_LARGE_TO_STORE,
    WRONG_ARITY,
    CommandError,
)
from redlearn.resp.reply import NULL_ARRAY, OK, Reply

FIELDS: Final = slice(3, None, 2)
VALUES: Final = slice(4, None, 2)


@command(
    "XADD",
    "key [NOMKSTREAM]@6.2.0 [<MAXLEN | MINID@6.2.0> [= | ~] threshold [LIMIT count]@6.2.0]"
    " <* | id> field value [field value ...]",
    arity=-5,
    flags=Flags.WRITE | Flags.DENYOOM | Flags.FAST,
    keys=(Keys(1, "RW update"),),
    since="5.0.0",
    complexity="O(1), and what trimming costs",
    tips=("nondeterministic_output",),
)
def xadd(ctx: Context, argv: list[bytes]) -> Reply:
    """Add an entry at the end of a stream and return its ID; passed on with that very ID."""
    state, key, db = ctx.state, argv[1], ctx.db
    keys = db.keys
    if (
        argv[2] != b"*" or not len(argv) & 1
        or state.sinks or state.probe.emit is not None
        or db.observed or db.mortal or keys.rehash_index >= 0 or not ctx.client.stamps
    ):  # fmt: skip
        return _add(ctx, argv)
    # What most calls come to: the next ID, and nobody hears of it. First `find`, without the call.
    entry = keys.table0[crc32(key, keys.seed) & keys.mask0]
    while entry is not None and entry.key != key:
        entry = entry.next
    if entry is None or entry.value.__class__ is not Stream:
        return _add(ctx, argv)
    stream, now_ms = entry.value, state.now_ms
    if entry.access is not now_ms:
        entry.access = now_ms
    moment, id = state.kit.moment, stream.last_id + 1
    if moment.ms is not now_ms:
        moment.turn_to(now_ms)
    sequence = id - moment.start
    if sequence < 0:
        id, sequence = moment.start, 0
    elif sequence >= SMALL and id > MAX_ID:
        raise CommandError(IDS_EXHAUSTED)
    if not stream.append(id, argv[FIELDS], argv[VALUES]):
        raise CommandError(TOO_LARGE_TO_STORE)
    state.dirty += 1  # as `changed` does it, without the call
    if state.attentive or db.waiting:
        ctx.also_changed(key, "xadd")
        ctx.ready(key)
    return moment.text + SMALL_NUMBER[sequence] if sequence < SMALL else id_text(id)


def _add(ctx: Context, argv: list[bytes]) -> Reply:
    """Any XADD."""
    key = argv[1]
    at, trim, make = (2, None, True) if argv[2] == b"*" else _read_options(ctx, argv)
    fields, values = argv[at + 1 :: 2], argv[at + 2 :: 2]
    if not values or len(fields) != len(values):
        raise CommandError(WRONG_ARITY.format("xadd"))
    wanted = None if argv[at] == b"*" else _wanted(argv[at])
    stream = ctx.find(key, Stream)
    if stream is None:
        if not make:
            return None
        stream = ctx.create(key, Stream(ctx.state.kit))
    if wanted is None and stream.last_id != MAX_ID:
        id = stream.next_id(ctx.state.now_ms)
    else:
        id = _chosen_id(ctx, stream, wanted)
    if not stream.append(id, fields, values):
        raise CommandError(TOO_LARGE_TO_STORE)
    ctx.changed(key, "xadd")
    options: list[bytes] = []
    if trim is not None:
        options = _trim(ctx, key, stream, trim, argv[2:at])
    if ctx.db.waiting:
        ctx.ready(key)
    written = id_text(id)
    if ctx.heard and (wanted is None or wanted[1] or options != argv[2:at]):
        id_word = written if wanted is None or wanted[1] else argv[at]
        ctx.propagate(argv[0], key, *options, id_word, *argv[at + 1 :])
    return written


def _read_options(ctx: Context, argv: list[bytes]) -> tuple[int, Trim, bool]:
    """Where the ID stands, how to trim, and whether a stream may be made."""
    args, trim, make = Args(argv, 2), Trim(), True
    while args and args.peek() != b"*":
        if trim.read_option(args):
            continue
        if not args.take(b"NOMKSTREAM"):
            read_new_id(args.peek())
            break
        make = False
    trim.settle(ctx, wanted=False)
    return len(argv) - len(args), trim, make


def _wanted(text: bytes) -> tuple[int, bool]:
    """The ID that was asked for, and whether its sequence is left to us."""
    id, next_in = read_new_id(text)
    if not id and not next_in:
        raise CommandError(ID_ZERO)
    return id, next_in


def _chosen_id(ctx: Context, stream: Stream, wanted: tuple[int, bool] | None) -> int:
    """The ID of the next entry, which must be greater than all before it."""
    if stream.last_id == MAX_ID:
        raise CommandError(IDS_EXHAUSTED)
    if wanted is None:
        return stream.next_id(ctx.state.now_ms)
    id, next_in = wanted
    chosen = stream.next_in(id >> SEQUENCE_BITS) if next_in else id
    if chosen is None or chosen <= stream.last_id:
        raise CommandError(ID_NOT_GREATER)
    return chosen


def _trim(
    ctx: Context, key: bytes, stream: Stream, trim: Trim, options: list[bytes]
) -> list[bytes]:
    """Trim after an addition; the options to pass on, which must have the same outcome."""
    if not trim.by:
        return options
    if trim.apply(stream):
        ctx.notify(key, "xtrim")
    return options if trim.exact else trim.outcome(stream, options)


@command(
    "XLEN",
    "key",
    arity=2,
    flags=Flags.READONLY | Flags.FAST,
    keys=(Keys(1, "RO"),),
    since="5.0.0",
    complexity="O(1)",
)
def xlen(ctx: Context, argv: list[bytes]) -> Reply:
    """Return how many entries a stream has; 0 if there is none."""
    stream = ctx.find(argv[1], Stream)
    return 0 if stream is None else stream.length


@command(
    "XRANGE",
    "key start end [COUNT count]",
    arity=-4,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="5.0.0",
    complexity="O(N) entries returned, and the way to the first one",
)
def xrange(ctx: Context, args: Args) -> Reply:
    """Return the entries from one ID to another, both included unless marked with `(`."""
    key = args.next()
    low = read_start(args.next())
    high = read_end(args.next())
    return _range(ctx, key, low, high, args, reverse=False)


@command(
    "XREVRANGE",
    "key end start [COUNT count]",
    arity=-4,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="5.0.0",
    complexity="O(N) entries returned, and the way to the last one",
)
def xrevrange(ctx: Context, args: Args) -> Reply:
    """Return the entries from one ID down to another, the newest first."""
    key, end = args.next(), args.next()
    low = read_start(args.next())
    return _range(ctx, key, low, read_end(end), args, reverse=True)


def _range(ctx: Context, key: bytes, low: int, high: int, args: Args, *, reverse: bool) -> Reply:
    count = None
    while args:
        if len(args) < 2 or not args.take(b"COUNT"):
            raise CommandError(SYNTAX)
        count = max(args.integer(), 0)
    stream = ctx.find(key, Stream)
    if stream is None:
        return []
    if count == 0:
        return NULL_ARRAY
    if low > high:
        return []
    return [sent(entry) for entry in stream.range(low, high, count or 0, reverse=reverse)]


@command(
    "XDEL",
    "key id [id ...]",
    arity=-3,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW delete"),),
    since="5.0.0",
    complexity="O(N) entries of a node, for each ID",
)
def xdel(ctx: Context, argv: list[bytes]) -> Reply:
    """Take entries out of a stream by their IDs; return how many were there."""
    key = argv[1]
    stream = ctx.find(key, Stream)
    if stream is None:
        return 0
    deleted = stream.delete([read_exact_id(text) for text in argv[2:]])
    ctx.changed(key, "xdel", deleted)
    return deleted


@command(
    "XSETID",
    "key last-id [ENTRIESADDED entries-added]@7.0.0 [MAXDELETEDID max-deleted-id]@7.0.0",
    arity=-3,
    flags=Flags.WRITE | Flags.DENYOOM | Flags.FAST,
    keys=(Keys(1, "RW update"),),
    since="5.0.0",
    complexity="O(1)",
)
def xsetid(ctx: Context, args: Args) -> Reply:
    """Set what a stream remembers besides its entries: last ID, entries added, last deleted."""
    key, id = args.next(), read_exact_id(args.next())
    added, deleted = _read_memories(args, id)
    stream = ctx.find(key, Stream)
    if stream is None:
        raise CommandError(NO_SUCH_KEY)
    if id < stream.max_deleted_id:
        raise CommandError(ID_BELOW_DELETED)
    if stream.length:
        if id < stream.last_valid_id():
            raise CommandError(ID_BELOW_TOP)
        if added is not None and added < stream.length:
            raise CommandError(ENTRIES_ADDED_TOO_FEW)
    stream.last_id = id
    if added is not None:
        stream.entries_added = added
    if deleted:
        stream.max_deleted_id = deleted
    ctx.changed_unwatched(key, "xsetid")
    ctx.notify(key, "xsetid")
    return OK


def _read_memories(args: Args, id: int) -> tuple[int | None, int]:
    """Entries added, or None, and the greatest deleted ID, or 0."""
    added, deleted = None, 0
    while args:
        if len(args) > 1 and args.take(b"ENTRIESADDED"):
            added = args.integer()
            if added < 0:
                raise CommandError(BAD_ENTRIES_ADDED)
        elif len(args) > 1 and args.take(b"MAXDELETEDID"):
            deleted = read_exact_id(args.next())
            if id < deleted:
                raise CommandError(ID_BELOW_GIVEN_DELETED)
        else:
            raise CommandError(SYNTAX)
    return added, deleted
