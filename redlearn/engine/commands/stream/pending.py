"""What is pending: looking at it, and giving it to another consumer.

A consumer that died still has its entries. XPENDING shows since when, XCLAIM gives those of
certain IDs to somebody else, XAUTOCLAIM looks for such entries itself. Entries that were
deleted from the stream in the meantime are pending no more once a claim comes upon them.

Source: `t_stream.c` xpendingCommand, xclaimCommand, xautoclaimCommand.
"""

from __future__ import annotations

from itertools import islice
from typing import Final

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.commands.stream.effects import pass_on_claim, pass_on_position
from redlearn.engine.commands.stream.ids import (
    quoted,
    read_end,
    read_exact_id,
    read_start,
    sent,
)
from redlearn.engine.context import Context
from redlearn.engine.structures.stream_node import id_key, id_text
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.stream_group import (
    ClaimRefused,
    Consumer,
    EntryClaimed,
    Group,
    GroupAsked,
    Pending,
)
from redlearn.errors import (
    BAD_CLAIM_OPTION,
    BAD_MIN_IDLE,
    COUNT_NOT_POSITIVE,
    COUNT_TOO_HIGH,
    NO_KEY_OR_GROUP,
    SYNTAX,
    UNKNOWN_CLAIM_OPTION,
    CommandError,
)
from redlearn.resp.integer import INT64_MAX
from redlearn.resp.reply import NULL_ARRAY, Reply

TRIES_PER_CLAIM: Final = 10
MOST_CLAIMS: Final = INT64_MAX // 16
MOST_MEMORY: Final = 1 << 46
"""XAUTOCLAIM of Redis asks for 16 bytes per COUNT at once; beyond this no machine gives them."""


def _find(ctx: Context, key: bytes, name: bytes, consumer: bytes = b"") -> tuple[Stream, Group]:
    """The stream at `key` and its group `name`, which must both exist."""
    stream = ctx.find(key, Stream)
    group = None if stream is None else stream.groups.find(name)
    if stream is None or group is None:
        raise CommandError(NO_KEY_OR_GROUP.format(quoted(key), quoted(name)))
    if emit := ctx.state.probe.emit:
        emit(GroupAsked(name, consumer))
    return stream, group


# ------------------------------------------------------------------------------------- XPENDING


@command(
    "XPENDING",
    "key group [filters=([IDLE min-idle-time:integer]@6.2.0 start end count [consumer])]",
    arity=-3,
    flags=Flags.READONLY,
    keys=(Keys(1, "RO access"),),
    since="5.0.0",
    complexity="O(N) entries looked at; O(consumers) for the overview",
    tips=("nondeterministic_output",),
)
def xpending(ctx: Context, args: Args) -> Reply:
    """Tell what a group was given and has not confirmed: an overview, or entry by entry."""
    key, name = args.next(), args.next()
    if not args:
        return _overview(_find(ctx, key, name)[1])
    if not 3 <= len(args) <= 6:
        raise CommandError(SYNTAX)
    least_idle = 0
    if args.take(b"IDLE"):
        least_idle = args.integer()
        if len(args) < 3:
            raise CommandError(SYNTAX)
    start, end = args.next(), args.next()
    count = args.integer()
    low, high = read_start(start), read_end(end)
    consumer_name = args.next() if args else None
    group = _find(ctx, key, name)[1]
    tree = group.pending
    if consumer_name is not None:
        consumer = group.consumers.find(consumer_name)
        if consumer is None:
            return []
        tree = consumer.pending
    shown: list[Reply] = []
    for place, pending in tree.ascending(id_key(low)):
        if len(shown) >= count or place > id_key(high):
            break
        idle = ctx.now_ms - pending.delivered_ms
        if not least_idle or idle >= least_idle:
            id = id_text(int.from_bytes(place, "big"))
            shown.append([id, pending.consumer.name, max(idle, 0), pending.deliveries])
    return shown


def _overview(group: Group) -> Reply:
    first, last = group.pending.first(), group.pending.last()
    if first is None or last is None:
        return [0, None, None, NULL_ARRAY]
    counts: list[Reply] = [
        [name, b"%d" % len(consumer.pending)]
        for name, consumer in group.consumers
        if len(consumer.pending)
    ]
    ends = [id_text(int.from_bytes(place, "big")) for place, _ in (first, last)]
    return [len(group.pending), *ends, counts]


# --------------------------------------------------------------------------------------- XCLAIM


class Claim:
    """How entries change hands.

    Attributes:
        least_idle: Only what was handed out at least so many ms ago.
        delivered_ms: What is to count as the moment they were handed out, or None for now.
        deliveries: How often they are to count as handed out, or None for once more.
        force: Also what is pending with nobody.
        just_id: Reply with IDs alone, and do not count it as handed out.
        last_id: How far the group is to be, at least.
    """

    __slots__ = ("deliveries", "delivered_ms", "force", "just_id", "last_id", "least_idle")

    def __init__(self) -> None:
        self.least_idle = 0
        self.delivered_ms: int | None = None
        self.deliveries: int | None = None
        self.force = False
        self.just_id = False
        self.last_id = 0

    def read_option(self, args: Args, now_ms: int) -> None:
        """Take one option off `args`."""
        if args.take(b"FORCE"):
            self.force = True
        elif args.take(b"JUSTID"):
            self.just_id = True
        elif len(args) > 1 and args.take(b"IDLE"):
            self.delivered_ms = now_ms - args.integer(BAD_CLAIM_OPTION.format("IDLE"))
        elif len(args) > 1 and args.take(b"TIME"):
            self.delivered_ms = args.integer(BAD_CLAIM_OPTION.format("TIME"))
        elif len(args) > 1 and args.take(b"RETRYCOUNT"):
            count = args.integer(BAD_CLAIM_OPTION.format("RETRYCOUNT"))
            self.deliveries = count if count >= 0 else None
        elif len(args) > 1 and args.take(b"LASTID"):
            self.last_id = read_exact_id(args.next())
        else:
            raise CommandError(UNKNOWN_CLAIM_OPTION.format(quoted(args.peek())))

    def moment(self, ctx: Context) -> int:
        """The moment to set; one that cannot be is taken for now. A log knows what can be."""
        given, now_ms = self.delivered_ms, ctx.now_ms
        if given is None or given < 0 or (given > now_ms and not ctx.client.obeyed):
            return now_ms
        return given

    def is_due(self, pending: Pending, now_ms: int) -> bool:
        """Whether an entry has been with its consumer for long enough."""
        return not self.least_idle or now_ms - pending.delivered_ms >= self.least_idle

    def take(self, ctx: Context, group: Group, id: int, pending: Pending, to: Consumer) -> None:
        """Let `to` have a pending entry."""
        group.hand_over(id, pending, to)
        pending.delivered_ms = self.moment(ctx)
        if self.deliveries is not None:
            pending.deliveries = self.deliveries
        elif not self.just_id:
            pending.deliveries += 1
        to.active_ms = ctx.now_ms
        if emit := ctx.state.probe.emit:
            emit(EntryClaimed(id, to.name, pending.deliveries))


@command(
    "XCLAIM",
    "key group consumer min-idle-time id [id ...] [IDLE ms] [TIME unix-time-milliseconds]"
    " [RETRYCOUNT count] [FORCE] [JUSTID] [LASTID lastid]",
    arity=-6,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW update"),),
    since="5.0.0",
    complexity="O(log N) for each ID, N entries being pending",
    tips=("nondeterministic_output",),
)
def xclaim(ctx: Context, args: Args) -> Reply:
    """Give pending entries to another consumer, and return them."""
    ctx.quiet = False
    key, name, consumer_name = args.next(), args.next(), args.next()
    ctx.will_change(key)
    stream, group = _find(ctx, key, name, consumer_name)
    claim = Claim()
    claim.least_idle = max(args.integer(BAD_MIN_IDLE.format("XCLAIM")), 0)
    texts: list[bytes] = []
    while args and _is_id(args.peek()):
        texts.append(args.next())
    while args:
        claim.read_option(args, ctx.now_ms)
    moved = claim.last_id > group.last_id
    if moved:
        group.last_id = claim.last_id
    ctx.propagate_nothing()
    consumer = _seen(ctx, key, group, consumer_name)
    claimed: list[Reply] = []
    for text in texts:
        id = read_exact_id(text)
        passed_on, reply = _claim_one(ctx, claim, stream, group, consumer, id)
        if passed_on is not None:
            pass_on_claim(ctx, key, name, group, text, passed_on)
            ctx.changed_unwatched(key, "xclaim")
            moved = False  # the claim says it too
        if reply is not None:
            claimed.append(reply)
    if moved:
        pass_on_position(ctx, key, name, group)
        ctx.changed_unwatched(key, "xclaim")
    return claimed


def _is_id(text: bytes) -> bool:
    try:
        read_exact_id(text)
    except CommandError:
        return False
    return True


def _seen(ctx: Context, key: bytes, group: Group, name: bytes) -> Consumer:
    """The consumer of that name, made if need be."""
    consumer = group.consumers.find(name)
    if consumer is None:
        consumer = group.add_consumer(name, ctx.now_ms)
        ctx.changed_unwatched(key, "xgroup-createconsumer")
        ctx.notify(key, "xgroup-createconsumer")
    consumer.seen_ms = ctx.now_ms
    return consumer


def _claim_one(
    ctx: Context, claim: Claim, stream: Stream, group: Group, consumer: Consumer, id: int
) -> tuple[Pending | None, Reply]:
    """Claim one entry: what is to be passed on, and what to reply; None for nothing."""
    pending = group.pending.find(id_key(id))
    entry = stream.entry(id)
    if entry is None:
        group.forget(id)
        return pending, None
    if pending is None:
        if not claim.force:
            return None, None
        pending = group.deliver(id, consumer, ctx.now_ms)
    elif not claim.is_due(pending, ctx.now_ms):
        if emit := ctx.state.probe.emit:
            idle_ms = ctx.now_ms - pending.delivered_ms
            emit(ClaimRefused(id, pending.consumer.name, idle_ms, claim.least_idle))
        return None, None
    claim.take(ctx, group, id, pending, consumer)
    return pending, id_text(id) if claim.just_id else sent(entry)


@command(
    "XAUTOCLAIM",
    "key group consumer min-idle-time start [COUNT count] [JUSTID]",
    arity=-6,
    flags=Flags.WRITE | Flags.FAST,
    keys=(Keys(1, "RW delete"),),
    since="6.2.0",
    complexity="O(COUNT)",
    tips=("nondeterministic_output",),
)
def xautoclaim(ctx: Context, args: Args) -> Reply:
    """Give a consumer what others had for too long, from an ID on; say where to go on from.

    Returns the next ID to begin with (0-0 at the end), the entries, and the IDs of those that
    were pending and are deleted.
    """
    ctx.quiet = False
    key, name, consumer_name = args.next(), args.next(), args.next()
    ctx.lookup(key)  # before the arguments are read: a miss is told even if they are wrong
    ctx.quiet = True
    claim, count = Claim(), 100
    claim.least_idle = max(args.integer(BAD_MIN_IDLE.format("XAUTOCLAIM")), 0)
    start = read_start(args.next())
    while args:
        if len(args) > 1 and args.take(b"COUNT"):
            count = args.integer_from(1, MOST_CLAIMS, COUNT_NOT_POSITIVE)
        elif args.take(b"JUSTID"):
            claim.just_id = True
        else:
            raise CommandError(SYNTAX)
    stream, group = _find(ctx, key, name, consumer_name)
    if 16 * count > MOST_MEMORY:
        raise CommandError(COUNT_TOO_HIGH)
    ctx.propagate_nothing()
    consumer = _seen(ctx, key, group, consumer_name)
    claimed: list[Reply] = []
    gone: list[Reply] = []
    tries = min(count * TRIES_PER_CLAIM, len(group.pending))
    # One more than may be tried: where the next call begins. Claims move none of them.
    places = [place for place, _ in islice(group.pending.ascending(id_key(start)), tries + 1)]
    at = 0
    while at < min(tries, len(places)) and len(claimed) + len(gone) < count:
        id = int.from_bytes(places[at], "big")
        at += 1
        there = stream.entry(id) is not None
        passed_on, reply = _claim_one(ctx, claim, stream, group, consumer, id)
        if passed_on is not None:
            pass_on_claim(ctx, key, name, group, id_text(id), passed_on)
            ctx.changed_unwatched(key, "xautoclaim")
            (claimed if there else gone).append(reply if there else id_text(id))
    ahead = int.from_bytes(places[at], "big") if at < len(places) else 0
    return [id_text(ahead), claimed, gone]
