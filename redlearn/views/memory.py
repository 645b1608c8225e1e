"""What the memory pane sees: where the bytes of one key go, and the database against its limit.

The parts of a key are those Redis allocates, and they sum to what MEMORY USAGE answers. Beside
them stands what is really stored: the bytes that the client sent. The rest is what it costs to
find them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redlearn.engine.access import frequency, idle_ms
from redlearn.engine.eviction import GhostSkipped, KeyEvicted, KeySampled, OverLimit, PoolFilled
from redlearn.engine.ledger import name_size
from redlearn.engine.state import Candidate, State
from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.values import Hash, List, Set, Stream, String, Value, ZSet
from redlearn.engine.values.string import boxed
from redlearn.engine.values.value import (
    DICT_ENTRY,
    DICT_HEADER,
    OBJECT_HEADER,
    POINTER,
    string_allocated,
)
from redlearn.probe import Event

WALKED_UP_TO: Final = 2_000
"""Without a limit there is no ledger: up to so many keys are counted for the total."""

EVICTED_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was allocated for a key: what it is, how its size comes about, its bytes."""

    name: str
    how: str
    size: int


@dataclass(frozen=True, slots=True)
class KeyMemory:
    """The bytes of one key.

    Attributes:
        parts: What was allocated; the sizes sum to `total`, the answer of MEMORY USAGE.
        stored: Bytes of the name and of what was stored under it.
        deadline: Bytes of its entry in the table of expiries, which MEMORY USAGE leaves out.
        used: How long it was idle, or how often it was used, in words.
    """

    key: bytes
    encoding: str
    parts: tuple[Part, ...]
    total: int
    stored: int
    deadline: int
    used: str


@dataclass(frozen=True, slots=True)
class MemoryView:
    """One key's bytes, and all of them against the limit.

    Attributes:
        key: The key looked at; None where it does not exist.
        used: Bytes in use, -1 where nobody has counted them.
        limit: maxmemory, 0 for none.
        evicted: How many keys went in all; `victims` are the latest, the last one first.
        pool: The candidates for eviction, the best one first.
        sampled: What the present command drew for the pool.
        steps: What the present command did about memory, as events.
    """

    key: KeyMemory | None
    name: bytes
    used: int
    limit: int
    policy: str
    evicted: int
    pool: tuple[Candidate, ...] = ()
    victims: tuple[KeyEvicted, ...] = ()
    sampled: tuple[KeySampled, ...] = ()
    over: OverLimit | None = None


TOLD: Final = (OverLimit, KeySampled, PoolFilled, GhostSkipped, KeyEvicted)


def look_at(
    state: State,
    db: int,
    key: bytes,
    events: Sequence[Event] = (),
    victims: tuple[KeyEvicted, ...] = (),
    *,
    now_ms: int,
) -> MemoryView:
    """Copy out what is known of memory. O(visible), and O(keys) for few keys without a limit.

    Args:
        state: The engine's, now or in the midst of a command; nothing in it is touched.
        db: The database of `key`.
        key: The key to take apart.
        events: What the present command reported so far.
        victims: The latest evictions, the last one first.
        now_ms: The session's moment: keys grow old between commands.
    """
    return MemoryView(
        key=_key_memory(state, db, key, now_ms),
        name=key,
        used=_used(state),
        limit=state.limit,
        policy=state.policy,
        evicted=state.evicted,
        pool=tuple(reversed(state.pool)),
        victims=victims[:EVICTED_SHOWN],
        sampled=tuple(event for event in events if isinstance(event, KeySampled)),
        over=next((event for event in events if isinstance(event, OverLimit)), None),
    )


def evicted_by(events: Sequence[Event]) -> tuple[KeyEvicted, ...]:
    """The keys that went, the last one first."""
    return tuple(event for event in reversed(events) if isinstance(event, KeyEvicted))


def _used(state: State) -> int:
    if state.ledger is None and sum(map(len, state.databases)) > WALKED_UP_TO:
        return -1
    return state.used_memory()


def _key_memory(state: State, db: int, key: bytes, now_ms: int) -> KeyMemory | None:
    database = state.databases[db]
    entry = database.keys.peek(key)
    if entry is None:
        return None
    value = boxed(entry.value)
    parts = (
        Part("entry in table of keys", "three pointers", DICT_ENTRY),
        Part("name", _string(len(key)), string_allocated(len(key))),
        *parts_of(value),
    )
    return KeyMemory(
        key,
        value.encoding,
        parts,
        sum(part.size for part in parts),
        len(key) + _stored(value),
        DICT_ENTRY if database.expires.peek(key) is not None else 0,
        how_used(state, entry.access, now_ms),
    )


def how_used(state: State, access: int, now_ms: int) -> str:
    """How often a key was used, or how long it was not, as the policy of the moment tells."""
    if state.counts_uses:
        return f"freq {frequency(access, now_ms, state.config.number('lfu-decay-time'))}"
    return f"idle {idle_ms(access, now_ms) // 1000:,} s"


def key_size(name: bytes, value: Value) -> int:
    """What MEMORY USAGE says of a key."""
    return name_size(name) + value.memory()


def _string(length: int) -> str:
    """How the size of an SDS comes about: header, bytes, closing NUL."""
    header = 1 if length < 32 else 3 if length < 256 else 5 if length < 65536 else 9
    return f"SDS {header} + {length:,} + 1"


def parts_of(value: Value) -> tuple[Part, ...]:
    """What was allocated for a value; the sizes sum to `value.memory()`. O(1) but for samples."""
    if isinstance(value, String):
        return _parts_of_string(value)
    head = Part("object", "type, lru, refcount, pointer", OBJECT_HEADER)
    fixed = [head, *_fixed_parts(value)]
    rest = value.memory() - sum(part.size for part in fixed)
    name, how = _rest_of(value)
    return (*fixed, Part(name, how, rest))


def _parts_of_string(value: String) -> tuple[Part, ...]:
    size = value.memory()
    if value.encoding == "int":
        return (Part("object", "the number stands in its pointer", size),)
    if value.encoding == "embstr":
        return (Part("object and bytes", f"one block: 16 + 3 + {len(value)} + 1", size),)
    return (
        Part("object", "type, lru, refcount, pointer", OBJECT_HEADER),
        Part("bytes", _string(len(value)), size - OBJECT_HEADER),
    )


def _fixed_parts(value: Value) -> list[Part]:
    table = value.table if isinstance(value, (Hash, Set, ZSet)) else None
    if table is None:
        return []
    buckets = table.size(0) + table.size(1)
    parts = [
        Part("dict", "two tables, a cursor", DICT_HEADER),
        Part("buckets", f"{buckets:,} pointers", POINTER * buckets),
    ]
    if not isinstance(value, Set):
        parts.append(Part("entries", f"{len(table):,} of 24", DICT_ENTRY * len(table)))
    return parts


def _rest_of(value: Value) -> tuple[str, str]:
    """What the rest of a value is, and how it is counted."""
    match value.encoding:
        case "listpack" | "listpackex" | "intset" as name:
            return name, f"one block, {len(value):,} elements"
        case "skiplist":
            return "skiplist and members", f"{len(value):,} nodes, by a sample of 5"
        case "quicklist":
            assert isinstance(value, List) and value.quicklist is not None
            return "quicklist", f"{value.quicklist.length:,} nodes, by a sample of 5"
        case "stream":
            assert isinstance(value, Stream)
            return "stream", f"{len(value.nodes):,} nodes, groups, trees"
    return "fields and values" if isinstance(value, Hash) else "members", "by a sample of 5"


def _stored(value: Value) -> int:
    """Bytes of the content alone, without anything to find them by. O(1)."""
    match value:
        case String():
            return len(value)
        case List(quicklist=chain) if chain is not None:
            return chain.held
        case Stream():
            return value.held
    table: HashTable | None = getattr(value, "table", None)
    if table is not None:
        return table.held
    whole = getattr(value, "pack", None) or getattr(value, "intset", None)
    if whole is None:
        return value.memory() - OBJECT_HEADER
    size: int = whole.size
    return size
