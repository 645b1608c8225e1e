"""CLUSTER and moves of whole slots: MIGRATESLOTS, its end or what it has come to, and SYNCSLOTS.

An administrator sends MIGRATESLOTS to the node that has the slots. SYNCSLOTS is what the two nodes
say to each other, on a connection that the source opens (`redlearn/cluster/slot_jobs.py`).

All of them came with Valkey 9.0. Redis 8.4 has a SYNCSLOTS of its own, which is none of these.

Source: `cluster_migrateslots.c` clusterCommandMigrateSlots, clusterCommandSyncSlotsEstablish,
parseSlotRangesOrReply.
"""

from __future__ import annotations

from typing import Final

from redlearn.cluster_errors import (
    BAD_NODE_NAME,
    IS_SOURCE_ALREADY,
    MIGRATIONS_OVERLAP,
    NO_RANGE_END,
    NO_RANGES,
    ONLY_FOR_SOURCES,
    RANGE_OF_MOVE_BACKWARDS,
    RANGES_OVERLAP,
    SEVERAL_SHARDS,
    SLOT_OF_NOBODY,
    SLOTS_NOT_MINE,
)
from redlearn.engine.args import Args
from redlearn.engine.command import command
from redlearn.engine.commands.cluster.asked import cluster_of, slot_in
from redlearn.engine.commands.cluster.containers import ACTS
from redlearn.engine.context import Context
from redlearn.engine.ports import Cluster, SlotMoves
from redlearn.errors import SYNTAX, CommandError, as_text
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import OK, Reply, Several

NAME_LENGTH: Final = 40
SAID_BY_SOURCES: Final = frozenset({
    b"ACK", b"SNAPSHOT-EOF", b"REQUEST-PAUSE", b"PAUSED", b"REQUEST-FAILOVER", b"FAILOVER-GRANTED",
})  # fmt: skip

Range = tuple[int, int]


@command("CLUSTER MIGRATESLOTS",
         "migration-group=(slotsrange-token=SLOTSRANGE start-slot end-slot"
         " [start-slot end-slot ...] node-token=NODE node-id)...", arity=-4,
         flags=ACTS, since="valkey-9.0.0", complexity="O(N) slots in the ranges")  # fmt: skip
def migrateslots(ctx: Context, argv: list[bytes]) -> Reply:
    """Begin to give ranges of slots, with all their keys, to other nodes."""
    cluster = cluster_of(ctx)
    moves, args = cluster.moves, Args(argv, 2)
    moves.require_allowed()
    wanted: list[tuple[list[Range], bytes]] = []
    while args:
        if args.next().upper() != b"SLOTSRANGE":
            raise CommandError(SYNTAX)
        ranges, owner = _ranges(cluster, args)
        if owner != cluster.my_id:
            raise CommandError(SLOTS_NOT_MINE)
        moves.require_exportable(ranges)
        if any(_overlap(one, other) for one in ranges for row, _ in wanted for other in row):
            raise CommandError(MIGRATIONS_OVERLAP)
        wanted.append((ranges, _target(moves, args)))
    moves.begin_exports(wanted)
    return OK


def _target(moves: SlotMoves, args: Args) -> bytes:
    if len(args) < 2 or args.next().upper() != b"NODE":
        raise CommandError(SYNTAX)
    node = args.next()
    if len(node) != NAME_LENGTH:
        raise CommandError(BAD_NODE_NAME.format(as_text(node)))
    moves.require_target(node)
    return node


def _ranges(cluster: Cluster, args: Args) -> tuple[list[Range], bytes]:
    """Ranges of slots of one owner, up to the first word that is no number; and who that is."""
    ranges: list[Range] = []
    owner: bytes | None = None
    while args and parse_integer(args.peek()) is not None:
        first = slot_in(args.next())
        if not args:
            raise CommandError(NO_RANGE_END)
        last = slot_in(args.next())
        if first > last:
            raise CommandError(RANGE_OF_MOVE_BACKWARDS.format(first, last))
        owner = _owner(cluster, (first, last), owner)
        for each in ranges:
            if _overlap(each, (first, last)):
                raise CommandError(RANGES_OVERLAP.format(first, last, *each))
        ranges.append((first, last))
    if owner is None:
        raise CommandError(NO_RANGES)
    return ranges, owner


def _owner(cluster: Cluster, wanted: Range, owner: bytes | None) -> bytes | None:
    """Who has all slots of a range: `owner`, if there are others already."""
    for slot in range(wanted[0], wanted[1] + 1):
        here = cluster.route(slot).owner
        if here is None:
            raise CommandError(SLOT_OF_NOBODY.format(slot))
        if owner not in (None, here):
            raise CommandError(SEVERAL_SHARDS)
        owner = here
    return owner


def _overlap(one: Range, other: Range) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


@command("CLUSTER GETSLOTMIGRATIONS", "", arity=2, flags=ACTS, since="valkey-9.0.0",
         complexity="O(N) moves")  # fmt: skip
def getslotmigrations(ctx: Context, argv: list[bytes]) -> Reply:
    """Tell of the moves of slots that are under way, and of those that have ended."""
    return cluster_of(ctx).moves.told()


@command("CLUSTER CANCELSLOTMIGRATIONS", "", arity=2, flags=ACTS, since="valkey-9.0.0",
         complexity="O(N) moves")  # fmt: skip
def cancelslotmigrations(ctx: Context, argv: list[bytes]) -> Reply:
    """Keep the slots that this node was giving away."""
    cluster_of(ctx).moves.cancel_exports()
    return OK


@command("CLUSTER SYNCSLOTS", "", arity=-3, flags=ACTS, since="valkey-9.0.0",
         complexity="O(1), or O(N) slots with ESTABLISH")  # fmt: skip
def syncslots(ctx: Context, argv: list[bytes]) -> Reply:
    """Say something about slots that move; nodes do so to each other, nobody else."""
    cluster, client = cluster_of(ctx), ctx.client
    word = argv[2].upper()
    if client.obeyed and not client.migrates:
        _repeat(cluster, word, argv)
        return OK
    if word == b"ESTABLISH":
        _establish(ctx, cluster, argv)
        return OK
    if client.migrates and word != b"FINISH":
        cluster.moves.hear(client.id, word)
        return OK
    if word in SAID_BY_SOURCES:
        raise CommandError(ONLY_FOR_SOURCES.format(as_text(word)))
    if word == b"CAPA":
        return Several([])  # not even a word of thanks
    raise CommandError(SYNTAX)


def _establish(ctx: Context, cluster: Cluster, argv: list[bytes]) -> None:
    """Let a client be a source: it is not questioned any more, and not answered."""
    cluster.moves.require_allowed()
    if ctx.client.migrates:
        raise CommandError(IS_SOURCE_ALREADY)
    source, name, ranges = _established(cluster, Args(argv, 3))
    cluster.moves.begin_import(ctx.client.id, source, name, ranges)
    ctx.propagate(*argv)
    client = ctx.client
    client.outbox.append(OK)
    client.migrates = client.obeyed = True
    client.reply_mode = "off"
    client.guard()


def _established(cluster: Cluster, args: Args) -> tuple[bytes, bytes, list[Range]]:
    """Who brings what, by which name; in any order."""
    source = name = b""
    ranges: list[Range] = []
    while args:
        word = args.next().upper()
        if word == b"SOURCE" and not source:
            source = _forty(args)
            cluster.moves.require_source(source)
        elif word == b"NAME" and not name:
            name = _forty(args)
        elif word == b"SLOTSRANGE" and not ranges:
            ranges, _ = _ranges(cluster, args)
            cluster.moves.require_importable(ranges)
        else:
            raise CommandError(SYNTAX)
    if not (source and name and ranges):
        raise CommandError(SYNTAX)
    return source, name, ranges


def _forty(args: Args) -> bytes:
    if not args or len(args.peek()) != NAME_LENGTH:
        raise CommandError(SYNTAX)
    return args.next()


def _repeat(cluster: Cluster, word: bytes, argv: list[bytes]) -> None:
    """What the primary, or a log, has: slots are coming there, or it has come to an end."""
    if word == b"ESTABLISH":
        (source, name), ranges = _repeated(argv, b"SOURCE", b"NAME")
        if not ranges:
            raise CommandError(SYNTAX)
        cluster.moves.note_import(source, name, ranges)
    elif word == b"FINISH":
        (name, state, message), _ = _repeated(argv, b"NAME", b"STATE", b"MESSAGE")
        cluster.moves.note_finish(name, as_text(state).lower(), as_text(message))


def _repeated(argv: list[bytes], *wanted: bytes) -> tuple[list[bytes], list[Range]]:
    """What is said under `wanted` words, and of slots: as it came to the primary, in any order."""
    said: dict[bytes, bytes] = {}
    numbers: list[int] = []
    args = Args(argv, 3)
    while args:
        word = args.next().upper()
        if word != b"SLOTSRANGE":
            said[word] = args.next()
            continue
        while parse_integer(args.peek()) is not None:
            numbers.append(slot_in(args.next()))
    if len(numbers) % 2 or not said.keys() >= {*wanted}:
        raise CommandError(SYNTAX)
    return [said[word] for word in wanted], list(zip(numbers[::2], numbers[1::2], strict=True))
