"""Random calls of all groups together, by several clients, some of whom wait.

Left to themselves, calls of eight types on six keys would mostly meet the wrong one. So each
group has keys of its own as well, which it uses more often than those of all.
"""

from __future__ import annotations

from random import Random
from types import ModuleType
from typing import Any

from tests.oracle.programs import (
    bitmap,
    blocking,
    clock,
    dump,
    generic,
    geo,
    hyperloglog,
    session,
    sort,
    stream,
    string,
    valkey_hash,
    valkey_string,
    zset,
)
from tests.oracle.programs import hash as hashes
from tests.oracle.programs import list as lists
from tests.oracle.programs import set as sets
from tests.oracle.programs.words import KEYS, any_case, key

CLIENTS = 4
"""How many there are. The first of them never waits."""

OWN_KEYS: dict[ModuleType, tuple[bytes, ...]] = {
    string: (b"s1", b"s2"),
    bitmap: (b"s1", b"b1"),
    hyperloglog: (b"p1", b"p2"),
    hashes: (b"h1", b"h2"),
    valkey_hash: (b"h1", b"h2"),
    valkey_string: (b"s1", b"s2"),
    lists: (b"l1", b"l2"),
    sets: (b"t1", b"t2"),
    zset: (b"z1", b"z2"),
    geo: (b"g1", b"z2"),
    stream: (b"x1", b"x2"),
    sort: (b"l1", b"t1", b"z1", b"l2"),
}
ALL_KEYS = tuple(dict.fromkeys(word for words in OWN_KEYS.values() for word in words))
COMMON = KEYS[:6]
PROGRAMS: tuple[ModuleType, ...] = (
    string, bitmap, hashes, hashes, lists, lists, sets, sets, zset, zset, geo, stream, stream,
    stream, sort, dump, generic, generic, generic, session, hyperloglog, clock,
)  # fmt: skip
WAITED_FOR = (*blocking.QUEUES, *blocking.QUEUES, b"l1", b"z1", b"x1")
STEPS = (b"MULTI", b"MULTI", b"EXEC", b"EXEC", b"EXEC", b"WATCH", b"UNWATCH", b"DISCARD")


def draw(rng: Random) -> list[bytes]:
    """One call of any group, which does not wait."""
    return draw_among(rng, PROGRAMS)


def draw_for(rng: Random, client: int) -> list[bytes]:
    """One call of a client: any but the first may wait."""
    return waiting_at_times(rng, client) or draw(rng)


def draw_among(rng: Random, programs: tuple[ModuleType, ...]) -> list[bytes]:
    """One call out of these programs."""
    kind = rng.random()
    if kind < 0.04:
        step = rng.choice(STEPS)
        return [any_case(rng, step), *([any_key(rng)] if step == b"WATCH" else [])]
    program = rng.choice(programs)
    call = on_own_keys(rng, program, program.draw(rng))
    if kind < 0.06 and program is not session:
        asked = rng.choice((b"GETKEYS", b"GETKEYS", b"GETKEYSANDFLAGS"))
        return [any_case(rng, b"COMMAND"), any_case(rng, asked), *call]
    return call


def waiting_at_times(rng: Random, client: int) -> list[bytes]:
    """Now and then a call that waits, or that serves or ends such a wait; else nothing."""
    kind = rng.random()
    if kind > 0.99:
        return blocking.draw_unblocking(rng)
    if kind > (0.93 if client else 0.7):
        return blocking.draw_serving(rng)
    if client == 0 or kind > 0.12:
        return []
    call = blocking.draw_waiting(rng)
    return [rng.choice(WAITED_FOR) if word in COMMON else word for word in call]


def on_own_keys(rng: Random, program: ModuleType, call: list[bytes]) -> list[bytes]:
    """The call with keys of its group in place of those that all use, mostly."""
    if rng.random() < 0.25:
        return call
    own = OWN_KEYS.get(program, ALL_KEYS)
    return [call[0], *(rng.choice(own) if word in COMMON else word for word in call[1:])]


def any_key(rng: Random) -> bytes:
    return rng.choice(ALL_KEYS) if rng.random() < 0.7 else key(rng)


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies are as good to one of the programs."""
    words = [word.upper() for word in argv[:1]]
    if words[0][:4] == b"SORT" and b"BY" in map(bytes.upper, argv):
        argv = [argv[0], sort.OTHERS[0], *argv[2:]]  # any of the keys may hold a set
    return any(program.agree(argv, ours, theirs) for program in {*PROGRAMS})
