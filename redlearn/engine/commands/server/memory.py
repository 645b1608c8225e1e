"""MEMORY: what keys take, what all takes together, and what might be wrong with it.

The figures are those of the model in `ledger.py` and `Value.memory`: bytes that Redis would
have allocated. What only an allocator can tell (fragmentation, resident pages) is as if it
were perfect: allocated, active and resident are one number, and every ratio of them is 1.

Source: `object.c` memoryCommand, getMemoryOverheadData, getMemoryDoctorReport.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command, container, help_lines
from redlearn.engine.context import Context
from redlearn.engine.keyspace import Database
from redlearn.engine.state import State
from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.values.string import boxed
from redlearn.engine.values.value import DICT_ENTRY, OBJECT_HEADER, POINTER, string_allocated
from redlearn.errors import SYNTAX, CommandError
from redlearn.resp.reply import OK, Reply

SAMPLES = 5
LITTLE = 4096
"""Bytes below which the doctor has nothing to say: one key or two."""
_SPECIAL = ("nondeterministic_output", "request_policy:all_shards", "response_policy:special")
_ALL_OK = ("request_policy:all_shards", "response_policy:all_succeeded")

container("MEMORY", "server", since="4.0.0")


@command(
    "MEMORY USAGE", "key [SAMPLES count]", arity=-3, flags=Flags.READONLY, keys=(Keys(2, "RO"),),
    since="4.0.0", complexity="O(N) samples",
)  # fmt: skip
def usage(ctx: Context, args: Args) -> Reply:
    """Estimate the bytes that a key takes, with its name, its value, and what holds them."""
    key, samples = args.next(), SAMPLES
    while args:
        if not args.take(b"SAMPLES") or not args:
            raise CommandError(SYNTAX)
        samples = args.integer()
        if samples < 0:
            raise CommandError(SYNTAX)
    entry = ctx.db.keys.peek(key)  # as it is: neither used nor found to be stale
    if entry is None:
        return None
    return DICT_ENTRY + string_allocated(len(key)) + boxed(entry.value).memory(samples)


@command("MEMORY STATS", "", arity=2, since="4.0.0", complexity="O(1) with a maxmemory set,"
         " else O(N) keys", tips=_SPECIAL)  # fmt: skip
def stats(ctx: Context, argv: list[bytes]) -> Reply:
    """Return where the memory went, figure by figure."""
    state = ctx.state
    used = state.note_peak()
    found: dict[Reply, Reply] = {
        b"peak.allocated": state.peak,
        b"total.allocated": used,
    }
    for name in _ABSENT:
        found[name] = 0
    overhead = lut = rehashing = tables = keys = 0
    for db in state.databases:
        if not len(db.keys):
            continue
        main, expires = _overhead(db.keys, OBJECT_HEADER), _overhead(db.expires, 0)
        found[b"db.%d" % db.index] = {
            b"overhead.hashtable.main": main,
            b"overhead.hashtable.expires": expires,
        }
        overhead += main + expires
        keys += len(db.keys)
        for table in (db.keys, db.expires):
            lut += POINTER * (table.size(0) + table.size(1))
            rehashing += POINTER * table.size(0) * table.is_rehashing
            tables += table.is_rehashing
    dataset = max(used - overhead, 0)
    return found | {
        b"overhead.db.hashtable.lut": lut,
        b"overhead.db.hashtable.rehashing": rehashing,
        b"overhead.total": overhead,
        b"db.dict.rehashing.count": tables,
        b"keys.count": keys,
        b"keys.bytes-per-key": used // keys if keys else 0,
        b"dataset.bytes": dataset,
        b"dataset.percentage": dataset * 100 / used if used else 0.0,
        b"peak.percentage": used * 100 / state.peak if state.peak else 0.0,
        **_as_if_perfect(used),
    }


_ABSENT = (
    b"startup.allocated", b"replication.backlog", b"clients.slaves", b"clients.normal",
    b"cluster.links", b"aof.buffer", b"lua.caches", b"functions.caches",
)  # fmt: skip
"""Figures of what the ledger does not count."""


def _overhead(table: HashTable, each: int) -> int:
    """Bytes of a table that are not data; `each` is added for every entry."""
    buckets = table.size(0) + table.size(1)
    return (DICT_ENTRY + each) * len(table) + POINTER * buckets


def _as_if_perfect(used: int) -> dict[Reply, Reply]:
    """The figures of an allocator that wastes nothing."""
    return {
        b"allocator.allocated": used,
        b"allocator.active": used,
        b"allocator.resident": used,
        b"allocator.muzzy": 0,
        b"allocator-fragmentation.ratio": 1.0,
        b"allocator-fragmentation.bytes": 0,
        b"allocator-rss.ratio": 1.0,
        b"allocator-rss.bytes": 0,
        b"rss-overhead.ratio": 1.0,
        b"rss-overhead.bytes": 0,
        b"fragmentation": 1.0,
        b"fragmentation.bytes": 0,
    }


@command("MEMORY DOCTOR", "", arity=2, since="4.0.0", complexity="O(1)", tips=_SPECIAL)
def doctor(ctx: Context, argv: list[bytes]) -> Reply:
    """Say in words what about the use of memory deserves a look."""
    state = ctx.state
    used = state.note_peak()
    if used < LITTLE:
        return b"There is hardly any data yet, so there is nothing to find fault with.\n"
    lines = list(_complaints(state, used))
    if not lines:
        return b"Nothing unusual about the use of memory.\n"
    return "".join(f" * {line}\n" for line in lines).encode()


def _complaints(state: State, used: int) -> list[str]:
    found = []
    if state.limit and used * 100 >= state.limit * 95:
        what = "Further writes will be refused" if state.policy == "noeviction" else "Keys go"
        found.append(f"{used} of {state.limit} bytes are used. {what} (maxmemory-policy"
                     f" {state.policy}).")  # fmt: skip
    if state.peak > used * 3 // 2:
        found.append(f"The peak was {state.peak} bytes, much more than the {used} used now.")
    if state.limit and state.policy.startswith("volatile"):
        mortal = sum(len(db.expires) for db in state.databases)
        if not mortal:
            found.append("Only keys with a time to live may be evicted, and there is none.")
    rehashing = [db.index for db in state.databases if _rehashes(db)]
    if rehashing:
        names = ", ".join(map(str, rehashing))
        found.append(f"Database {names} is rehashing: for a while there are two tables of buckets.")
    return found


def _rehashes(db: Database) -> bool:
    return db.keys.is_rehashing or db.expires.is_rehashing


@command("MEMORY PURGE", "", arity=2, since="4.0.0", complexity="O(1)", tips=_ALL_OK)
def purge(ctx: Context, argv: list[bytes]) -> Reply:
    """Ask the allocator to give back what it keeps; there is none here that kept any."""
    return OK


@command("MEMORY MALLOC-STATS", "", arity=2, since="4.0.0", complexity="O(1)", tips=_SPECIAL)
def malloc_stats(ctx: Context, argv: list[bytes]) -> Reply:
    """Return what the allocator counts: here, the model of it."""
    used = ctx.state.note_peak()
    rows = [
        "A model of jemalloc: sizes are rounded up to its classes, four for each doubling.",
        f"Allocated: {used}, active: {used}, resident: {used}",
    ]
    return "".join(f"{row}\n" for row in rows).encode()


@command("MEMORY HELP", "", arity=2, flags=Flags.LOADING | Flags.STALE, since="4.0.0",
         complexity="O(1)")  # fmt: skip
def memory_help(ctx: Context, argv: list[bytes]) -> Reply:
    """List what MEMORY can do."""
    return help_lines("MEMORY")
