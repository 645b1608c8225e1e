"""Sequences of random calls: who sends what, after which settings. A number says all of one.

A program (`programs/`) draws the calls. Most have one client. `everything` has four, one
of which never waits, so that there is always somebody to serve the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules
from random import Random
from types import ModuleType

from tests.oracle import programs as programs_package

Turn = tuple[int, list[list[bytes]]]
"""A client by its number, and the calls that it sends in one go."""

LENGTH = 120
"""How many calls a sequence has."""
LONGEST_TURN = 12
LIFE_MS = 90
"""How long the keys live that end in the middle of a sequence."""
LONG_LIFE_MS = 2000
"""The same where calls go one by one."""

LOW_LIMITS = (
    "hash-max-listpack-entries", "zset-max-listpack-entries", "list-max-listpack-size",
    "set-max-listpack-entries", "stream-node-max-entries",
)  # fmt: skip
USUAL = {"hash-max-listpack-entries": b"128", "zset-max-listpack-entries": b"128",
         "set-max-intset-entries": b"512", "set-max-listpack-entries": b"128",
         "list-max-listpack-size": b"-2", "stream-node-max-entries": b"100",
         "lazyfree-lazy-expire": b"no", "lazyfree-lazy-server-del": b"no",
         "notify-keyspace-events": b""}  # fmt: skip
SOMETIMES = {"hash-max-listpack-value": (b"64", b"4", b"11"),
             "zset-max-listpack-value": (b"64", b"4", b"11"),
             "set-max-listpack-value": (b"64", b"4", b"11"),
             "list-compress-depth": (b"0", b"1", b"2"),
             "stream-node-max-bytes": (b"4096", b"300", b"60"),
             "hll-sparse-max-bytes": (b"3000", b"100", b"0")}  # fmt: skip
"""Settings with their usual value and others, which a third of the sequences have."""
CLASSES = (b"", b"", b"KEAmn", b"KEA", b"KEAmn", b"Kg$", b"Ehzxn", b"Elsxd", b"Kts", b"m", b"K",
           b"EA", b"Kgd", b"Egxen")  # fmt: skip


@dataclass(frozen=True)
class Sequence:
    """What happens in one.

    Attributes:
        protocols: What each client speaks.
        prologue: What the first client does before anything is compared.
        parts: The turns, in parts between which keys may end.
    """

    program: ModuleType
    protocols: list[int]
    prologue: list[list[bytes]]
    parts: list[list[Turn]]


def programs(server: str) -> list[ModuleType]:
    """The programs that a server of this name can run; every other one mixes all groups."""
    names = [module.name for module in iter_modules(programs_package.__path__)]
    modules = [import_module(f"{programs_package.__name__}.{name}") for name in names]
    found = [
        module
        for module in modules
        if hasattr(module, "draw") and server in getattr(module, "SERVERS", (server,))
    ]
    mixed = [module for module in found if hasattr(module, "CLIENTS")]
    single = [module for module in found if module not in mixed]
    return [each for at, one in enumerate(single) for each in (one, mixed[at % len(mixed)])]


def sequence(seed: int, number: int, among: list[ModuleType], life_ms: int = 0) -> Sequence:
    """The sequence of that number: the same for the same seed and programs.

    Args:
        life_ms: How long many keys live that then end in its middle; 0 for none.
    """
    rng = Random(f"{seed} {number}")
    program = among[number % len(among)]
    clients = getattr(program, "CLIENTS", 1)
    protocol = 2 + number // len(among) % 2
    protocols = [protocol, *(rng.choice((2, 3)) for _ in range(clients - 1))]
    prologue = [*_prologue(rng, protocol)]
    turns = [*_turns(program, rng, clients)]
    if not life_ms:
        return Sequence(program, protocols, prologue, [turns])
    half = len(turns) // 2 if clients > 1 else 0
    if half:
        first, second = turns[:half], turns[half:]
    else:
        ((_, calls),) = turns
        first, second = [(0, calls[: LENGTH // 2])], [(0, calls[LENGTH // 2 :])]
    if hasattr(program, "draw_stale"):
        second = [(0, [program.draw_stale(rng) for _ in range(LENGTH // 2)])]
    ending = [
        (client, [*_with_short_lives(program, rng, calls, life_ms)]) for client, calls in first
    ]
    return Sequence(program, protocols, prologue, [ending, second])


def _turns(program: ModuleType, rng: Random, clients: int) -> Iterator[Turn]:
    if clients == 1:
        yield 0, [argv for _ in range(LENGTH) if _may_be_sent(argv := program.draw(rng))]
        return
    left = LENGTH
    while left > 0:
        client = rng.randrange(clients)
        count = rng.randrange(1, LONGEST_TURN)
        drawn = [program.draw_for(rng, client) for _ in range(count)]
        yield client, [argv for argv in drawn if _may_be_sent(argv)]
        left -= count


def _may_be_sent(argv: list[bytes]) -> bool:
    return bool(argv) and argv[0].upper() != b"QUIT"


def _prologue(rng: Random, protocol: int) -> Iterator[list[bytes]]:
    yield [b"RESET"]
    yield [b"HELLO", b"%d" % protocol]
    yield [b"FLUSHALL"]
    for name, value in USUAL.items():
        low = name in LOW_LIMITS and rng.random() < 0.6
        if name.startswith("lazyfree") and rng.random() < 0.15:
            value = b"yes"
        text = b"%d" % rng.randrange(1, 7) if low else value
        if name == "notify-keyspace-events":
            text = rng.choice(CLASSES)
        yield [b"CONFIG", b"SET", name.encode(), text]
        if low and name == "set-max-listpack-entries":
            # Not below the other: the form of a union would depend on the order of buckets.
            yield [b"CONFIG", b"SET", b"set-max-intset-entries", b"8"]
    for name, values in SOMETIMES.items():
        text = rng.choice(values) if rng.random() < 0.4 else values[0]
        yield [b"CONFIG", b"SET", name.encode(), text]


def _with_short_lives(
    program: ModuleType, rng: Random, calls: list[list[bytes]], life_ms: int
) -> Iterator[list[bytes]]:
    """The calls, and after many of them a PEXPIRE of a key they name, or what the program says."""
    for argv in calls:
        yield argv
        if len(argv) > 1 and rng.random() < 0.4:
            if hasattr(program, "short_life"):
                yield program.short_life(rng, argv, life_ms)
            else:
                yield [b"PEXPIRE", argv[1], b"%d" % life_ms]
