"""Who is evicted, by us and by a real server: `python -m tests.oracle.eviction --server redis`.

A trace of uses, a few keys very often and most of them seldom (Zipf's law), gives each key an
age, a frequency and a time to live. All keys are put into both servers with just these, by
RESTORE with IDLETIME or FREQ, so that nobody has to wait until keys grow old. Then each is given
room for half of them, and evicts. What stayed is asked further uses of the same trace.

    kept       the share of keys that stayed
    evicted    how bad the evicted were, on average: 1 is the very worst by the policy's own
               measure, 0.5 is what chance takes. Deciles of it stand beside, best to worst.
    hits       the share of further uses that found their key

Hits under a policy that asks for no use (random, ttl) hang on whether the few keys at the top
happen to stay: they differ by tens of percent from seed to seed, on either side.

What differs: each draws its own five keys, so the victims are others and only their
distribution is alike. Valkey's table is another one, with buckets of seven, and samples whole
buckets. And the halves are halves of each server's own count of memory.
"""

from __future__ import annotations

import argparse
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

from redlearn.clock import VirtualClock
from redlearn.engine.config import POLICIES
from redlearn.engine.engine import Engine
from redlearn.export.grid import grid_of
from redlearn.export.svg import svg
from redlearn.lines import Line, Run
from redlearn.theme import DARK
from tests.oracle.servers import Server, redis_binary, running, valkey_binary

KEYS = 3_000
USES = 30_000
EVICTING = tuple(policy for policy in POLICIES if policy != "noeviction")


@dataclass(frozen=True, slots=True)
class Key:
    """One key: for how many seconds it was idle, how often it was used, its life, its bytes."""

    name: bytes
    idle_s: int
    count: int
    ttl_ms: int
    size: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an eviction came to; see the module for what the figures mean."""

    kept: float
    badness: float
    hits: float
    deciles: tuple[int, ...]


def trace(seed: int, keys: int, uses: int) -> list[int]:
    """Numbers of keys, by Zipf's law: the nth is used 1/n as often as the first."""
    rng = Random(seed)
    sums = list(accumulate(1 / (rank + 1) for rank in range(keys)))
    return [bisect_left(sums, rng.random() * sums[-1]) for _ in range(uses)]


def keys_of(past: list[int], keys: int, seed: int) -> list[Key]:
    """The keys as the trace leaves them."""
    rng = Random(seed)
    last = {number: at for at, number in enumerate(past)}
    counts: dict[int, int] = {}
    for number in past:
        counts[number] = counts.get(number, 0) + 1
    return [
        Key(b"key:%d" % n, (len(past) - last.get(n, 0)) // 3, min(counts.get(n, 0), 255),
            3_600_000 + rng.randrange(10**8), rng.randrange(400, 4000))
        for n in range(keys)
    ]  # fmt: skip


class Ours:
    """Our engine, as `run`."""

    def __init__(self) -> None:
        self.engine = Engine(VirtualClock(1_700_000_000_000), seed=1)
        self.client = self.engine.connect()

    def run(self, *argv: bytes) -> Any:
        self.engine.execute(self.client, list(argv))
        return self.client.take()[-1]

    def used(self) -> int:
        return self.engine.state.used_memory()


class Theirs:
    """A real server, as `run`."""

    def __init__(self, server: Server) -> None:
        self.client = server.connect()
        self.run = self.client.run

    def used(self) -> int:
        info = self.client.run(b"INFO", b"memory").decode()
        return int(info.split("used_memory:")[1].split()[0])


def evict(peer: Ours | Theirs, policy: str, keys: list[Key], future: list[int]) -> Outcome:
    """Fill a server, take half of its room away, and look who is left."""
    peer.used()  # a first INFO makes the client's buffer grow, which counts as used
    peer.run(b"FLUSHALL")
    settings = (b"maxmemory", b"0", b"maxmemory-policy", policy.encode())
    peer.run(b"CONFIG", b"SET", *settings, b"maxmemory-eviction-tenacity", b"100")
    empty = peer.used()
    for key in keys:
        peer.run(b"SET", b"tmp", b"x" * key.size)
        how = (b"FREQ", b"%d" % key.count) if policy.endswith("lfu") else (
            b"IDLETIME", b"%d" % key.idle_s)  # fmt: skip
        payload = peer.run(b"DUMP", b"tmp")
        peer.run(b"RESTORE", key.name, b"%d" % key.ttl_ms, payload, *how)
    peer.run(b"DEL", b"tmp")
    limit = empty + (peer.used() - empty) // 2
    peer.run(b"CONFIG", b"SET", b"maxmemory", b"%d" % limit)
    for _ in range(200):
        peer.run(b"PING")
        if peer.used() <= limit:
            break
    peer.run(b"CONFIG", b"SET", b"maxmemory", b"0")
    stayed = [peer.run(b"EXISTS", key.name) == 1 for key in keys]
    return outcome_of(policy, keys, stayed, future)


def outcome_of(policy: str, keys: list[Key], stayed: list[bool], future: list[int]) -> Outcome:
    """Put into figures who is left."""
    bad = {"lfu": lambda k: -k.count, "ttl": lambda k: -k.ttl_ms}.get(
        policy.rpartition("-")[2], lambda k: k.idle_s
    )
    order = sorted(range(len(keys)), key=lambda n: bad(keys[n]))
    places = [place / len(keys) for place, n in enumerate(order) if not stayed[n]]
    deciles = [0] * 10
    for place in places:
        deciles[int(place * 10)] += 1
    return Outcome(
        sum(stayed) / len(keys),
        sum(places) / max(len(places), 1),
        sum(stayed[n] for n in future) / len(future),
        tuple(deciles),
    )


def compare(server: Server, policy: str, keys: int = KEYS, uses: int = USES) -> tuple[Outcome, ...]:
    """The same keys, and the same room, for us and for a server."""
    whole = trace(7, keys, uses * 2)
    rows = keys_of(whole[:uses], keys, seed=8)
    return tuple(evict(peer, policy, rows, whole[uses:]) for peer in (Ours(), Theirs(server)))


def picture(found: dict[str, tuple[Outcome, ...]]) -> list[Line]:
    """A table as lines, with bars for the deciles of the evicted."""
    rows: list[Line] = [(Run("policy          who     kept  evicted  hits   best ... worst"),)]
    for policy, outcomes in found.items():
        for who, o in zip(("ours", "theirs"), outcomes, strict=True):
            most = max(o.deciles) or 1
            bars = "".join(" ▁▂▃▄▅▆▇█"[round(8 * count / most)] for count in o.deciles)
            text = f"{policy:<16}{who:<7}{o.kept:>5.1%}  {o.badness:>6.3f}  {o.hits:>5.1%}  "
            rows.append((Run(text), Run(bars)))
    return rows


def main() -> None:
    """Print the table, and draw it where `--svg` says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--server", choices=("redis", "valkey"), default="redis")
    parser.add_argument("--keys", type=int, default=KEYS)
    parser.add_argument("--svg", type=Path)
    args = parser.parse_args()
    binary = redis_binary() if args.server == "redis" else valkey_binary()
    assert binary is not None, f"there is no {args.server} here"
    with running(binary) as server:
        found = {policy: compare(server, policy, args.keys) for policy in EVICTING}
    rows = picture(found)
    print("\n".join("".join(run.text for run in row) for row in rows))
    if args.svg:
        args.svg.write_text(svg(grid_of(rows, DARK), "Who is evicted"))


if __name__ == "__main__":
    main()
