"""CLUSTER SLOT-STATS and FLUSHSLOT: how full the slots of this node are, and emptying one.

Both came after Redis 7.4: SLOT-STATS with Valkey 8.0 and Redis 8.2, FLUSHSLOT with Valkey 9.0.

Source: `cluster_slot_stats.c` clusterSlotStatsCommand; `cluster_legacy.c` delKeysInSlot, in Valkey.
"""

from __future__ import annotations

from redlearn.cluster_errors import (
    RANGE_OF_STATS_BACKWARDS,
    STATS_LIMIT,
    STATS_METRIC,
    STATS_TWICE,
)
from redlearn.engine.args import Args
from redlearn.engine.command import Flags, command
from redlearn.engine.commands.cluster.asked import cluster_of, slot_in
from redlearn.engine.context import Context
from redlearn.errors import SYNTAX, WRONG_SUBCOMMAND, CommandError, as_text
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import OK, Reply
from redlearn.slots import SLOTS


@command("CLUSTER SLOT-STATS",
         "filter=<SLOTSRANGE (start-slot end-slot) |"
         " ORDERBY (metric [LIMIT limit] [ASC | DESC])>", arity=-4,
         flags=Flags.LOADING | Flags.STALE, since="8.2.0",
         complexity="O(N) slots, O(N log N) with ORDERBY")  # fmt: skip
def slot_stats(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell how many keys each slot has that this node serves."""
    cluster = cluster_of(ctx)
    kind = argv[2].upper()
    if kind == b"SLOTSRANGE" and len(argv) == 5:
        first, last = slot_in(argv[3]), slot_in(argv[4])
        if first > last:
            raise CommandError(RANGE_OF_STATS_BACKWARDS.format(first, last))
        return _told(ctx, [slot for slot in range(first, last + 1) if cluster.route(slot).here])
    if kind != b"ORDERBY":
        raise CommandError(WRONG_SUBCOMMAND.format(as_text(argv[1][:128]), "CLUSTER"))
    if argv[3].upper() != b"KEY-COUNT":
        raise CommandError(STATS_METRIC)
    limit, falling = _options(Args(argv, 4))
    mine = [slot for slot in range(SLOTS) if cluster.route(slot).here]
    sign = -1 if falling else 1
    return _told(ctx, sorted(mine, key=lambda slot: sign * _count(ctx, slot))[:limit])


def _options(args: Args) -> tuple[int, bool]:
    """LIMIT and the order, each once; the number, and whether the fullest slot comes first."""
    limit: int | None = None
    falling: bool | None = None
    while args:
        if args.word() == b"LIMIT" and len(args) > 1:
            args.next()
            if limit is not None:
                raise CommandError(STATS_TWICE)
            limit = parse_integer(args.next())
            if limit is None or not 1 <= limit <= SLOTS:
                raise CommandError(STATS_LIMIT)
        elif args.word() in (b"ASC", b"DESC"):
            if falling is not None:
                raise CommandError(STATS_TWICE)
            falling = args.next().upper() == b"DESC"
        else:
            raise CommandError(SYNTAX)
    return limit or SLOTS, falling is not False


def _told(ctx: Context, slots: list[int]) -> Reply:
    return [[slot, {b"key-count": _count(ctx, slot)}] for slot in slots]


def _count(ctx: Context, slot: int) -> int:
    keys = ctx.state.databases[0].slot_keys
    assert keys is not None
    return keys.count(slot)


@command("CLUSTER FLUSHSLOT", "slot [ASYNC | SYNC]", arity=-3,
         flags=Flags.ADMIN | Flags.WRITE | Flags.NO_ASYNC_LOADING, since="valkey-9.0.0",
         complexity="O(N) keys in the slot", categories="@keyspace")  # fmt: skip
def flushslot(ctx: Context, argv: list[bytes]) -> Reply:
    """Delete all keys of a slot that are here."""
    cluster_of(ctx)
    if len(argv) > 4:
        raise CommandError(WRONG_SUBCOMMAND.format(as_text(argv[1][:128]), "CLUSTER"))
    slot = slot_in(argv[2])
    how = argv[3].upper() if len(argv) == 4 else b""
    if how not in (b"", b"ASYNC", b"SYNC"):
        raise CommandError(SYNTAX)
    later = how == b"ASYNC" or (not how and ctx.state.config.flag("lazyfree-lazy-user-flush"))
    ctx.propagate_nothing()  # but each key that went
    keys = ctx.state.databases[0].slot_keys
    assert keys is not None
    for key in keys.keys(slot, keys.count(slot)):
        ctx.delete(key)
        ctx.changed(key, "del")
        ctx.propagate(b"UNLINK" if later else b"DEL", key)
    return OK
