"""CLUSTER and slots: which slot a key has, which keys a slot has, and which node serves it."""

from __future__ import annotations

from redlearn.cluster_errors import (
    BAD_SETSLOT,
    BAD_SLOT_OR_COUNT,
    BAD_SLOT_TO_COUNT,
    FLUSHSLOTS_NOT_EMPTY,
    REPLICA_SETSLOT,
)
from redlearn.engine.command import command
from redlearn.engine.commands.cluster.asked import Gathered, cluster_of, slot_in
from redlearn.engine.commands.cluster.containers import ACTS, LOOKS
from redlearn.engine.context import Context
from redlearn.errors import NOT_AN_INTEGER, WRONG_ARITY, CommandError
from redlearn.resp.integer import parse_integer
from redlearn.resp.reply import OK, Reply
from redlearn.slots import SLOTS, slot_of


@command("CLUSTER KEYSLOT", "key:string", arity=3, flags=LOOKS, since="3.0.0",
         complexity="O(N) bytes of the key")  # fmt: skip
def keyslot(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the slot, 0 to 16383, that a key belongs to."""
    return slot_of(argv[2])


@command("CLUSTER COUNTKEYSINSLOT", "slot", arity=3, flags=LOOKS, since="3.0.0",
         complexity="O(1)")  # fmt: skip
def countkeysinslot(ctx: Context, argv: list[bytes]) -> Reply:
    """Count the keys that this node has in a slot."""
    cluster_of(ctx)
    slot = _integer(argv[2])
    if not 0 <= slot < SLOTS:
        raise CommandError(BAD_SLOT_TO_COUNT)
    keys = ctx.state.databases[0].slot_keys
    assert keys is not None
    return keys.count(slot)


@command("CLUSTER GETKEYSINSLOT", "slot count", arity=4, flags=LOOKS,
         since="3.0.0", complexity="O(N) keys asked for",
         tips=("nondeterministic_output",))  # fmt: skip
def getkeysinslot(ctx: Context, argv: list[bytes]) -> Reply:
    """Name some of the keys that this node has in a slot."""
    cluster_of(ctx)
    slot, count = _integer(argv[2]), _integer(argv[3])
    if not 0 <= slot < SLOTS or count < 0:
        raise CommandError(BAD_SLOT_OR_COUNT)
    keys = ctx.state.databases[0].slot_keys
    assert keys is not None
    return [*keys.keys(slot, min(count, keys.count(slot)))]


def _integer(word: bytes) -> int:
    number = parse_integer(word)
    if number is None:
        raise CommandError(NOT_AN_INTEGER)
    return number


@command("CLUSTER ADDSLOTS", "slot [slot ...]", arity=-3, flags=ACTS, since="3.0.0",
         complexity="O(N) slots")  # fmt: skip
def addslots(ctx: Context, argv: list[bytes]) -> Reply:
    """Let this node serve slots that nobody serves."""
    cluster_of(ctx).add_slots(_named(ctx, argv, assigned=False))
    return OK


@command("CLUSTER DELSLOTS", "slot [slot ...]", arity=-3, flags=ACTS, since="3.0.0",
         complexity="O(N) slots")  # fmt: skip
def delslots(ctx: Context, argv: list[bytes]) -> Reply:
    """Forget, on this node, who serves slots."""
    cluster_of(ctx).delete_slots(_named(ctx, argv, assigned=True))
    return OK


def _named(ctx: Context, argv: list[bytes], *, assigned: bool) -> list[int]:
    """The slots of a call, all of which are numbers before the first one is looked up."""
    gathered = Gathered(cluster_of(ctx), assigned=assigned)
    for slot in [slot_in(word) for word in argv[2:]]:
        gathered.take(slot)
    return gathered.slots


@command("CLUSTER ADDSLOTSRANGE",
         "start-slot end-slot [start-slot end-slot ...]", arity=-4, flags=ACTS,
         since="7.0.0", complexity="O(N) slots in the ranges")  # fmt: skip
def addslotsrange(ctx: Context, argv: list[bytes]) -> Reply:
    """Let this node serve ranges of slots that nobody serves."""
    cluster_of(ctx).add_slots(_in_ranges(ctx, argv, "addslotsrange", assigned=False))
    return OK


@command("CLUSTER DELSLOTSRANGE",
         "start-slot end-slot [start-slot end-slot ...]", arity=-4, flags=ACTS,
         since="7.0.0", complexity="O(N) slots in the ranges")  # fmt: skip
def delslotsrange(ctx: Context, argv: list[bytes]) -> Reply:
    """Forget, on this node, who serves ranges of slots."""
    cluster_of(ctx).delete_slots(_in_ranges(ctx, argv, "delslotsrange", assigned=True))
    return OK


def _in_ranges(ctx: Context, argv: list[bytes], name: str, *, assigned: bool) -> list[int]:
    if len(argv) % 2:
        raise CommandError(WRONG_ARITY.format(f"cluster|{name}"))
    gathered = Gathered(cluster_of(ctx), assigned=assigned)
    for first, last in zip(argv[2::2], argv[3::2], strict=True):
        gathered.take_range(first, last)
    return gathered.slots


@command("CLUSTER FLUSHSLOTS", "", arity=2, flags=ACTS, since="3.0.0",
         complexity="O(1)")  # fmt: skip
def flushslots(ctx: Context, argv: list[bytes]) -> Reply:
    """Let this node, which has no keys, serve no slot."""
    cluster = cluster_of(ctx)
    if len(ctx.state.databases[0]):
        raise CommandError(FLUSHSLOTS_NOT_EMPTY)
    cluster.flush_slots()
    return OK


@command("CLUSTER SETSLOT",
         "slot subcommand=<IMPORTING importing=node-id | MIGRATING migrating=node-id |"
         " NODE node=node-id | STABLE>", arity=-4, flags=ACTS, since="3.0.0",
         complexity="O(1)")  # fmt: skip
def setslot(ctx: Context, argv: list[bytes]) -> Reply:
    """Open a slot whose keys are to move, close it, or say who serves it."""
    cluster = cluster_of(ctx)
    if cluster.is_replica:
        raise CommandError(REPLICA_SETSLOT)
    cluster.moves.require_none()
    slot = slot_in(argv[2])
    match argv[3].upper(), argv[4:]:
        case b"MIGRATING", [node]:
            cluster.migrate_slot(slot, node)
        case b"IMPORTING", [node]:
            cluster.import_slot(slot, node)
        case b"STABLE", []:
            cluster.close_slot(slot)
        case b"NODE", [node]:
            cluster.assign_slot(slot, node)
        case _:
            raise CommandError(BAD_SETSLOT)
    return OK
