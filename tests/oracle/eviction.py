"""Who is evicted, by us and by a real server: `python -m tests.oracle.eviction`.

A trace of uses, a few keys very often and most of them seldom (Zipf's law), gives each key an
age, a frequency and a time to live. All keys are put into both servers with just these, by
RESTORE with IDLETIME or FREQ, so that nobody has to wait until keys grow old. Then each is given
room for half of them, and evicts. What stayed is asked further uses of the same trace.

    kept       the share of keys that stayed
    evicted    how bad the evicted were, on average: 1 is the very worst by the policy's own
               measure, 0.5 is what chance takes. Bars show it by tenths, best to worst.
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
from redlearn.export.png import png
from redlearn.export.svg import svg
from redlearn.lines import Line, Run
from redlearn.theme import DARK
from tests.oracle.servers import Server, redis_binary, running, valkey_binary

KEYS = 3_000
USES = 30_000
LEFT, CHART, HEIGHT = 17, 30, 3
"""Cells left of the charts, cells of a chart of ten bars, its rows."""

BARS = " ▁▂▃▄▅▆▇█"
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
    peer.run(b"FLUSHALL", b"SYNC")  # Valkey frees later otherwise, and "empty" is too much
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


def picture(found: dict[str, dict[str, Outcome]]) -> list[Line]:
    """For each policy the figures of each server, and beside them who was evicted, as bars.

    A bar is a tenth of the keys by the policy's own measure, the tenth to be kept first on the
    left, that to be evicted first on the right; its height is the share of it that went.

    Args:
        found: By policy, and in it by the name of who evicted.
    """
    names = [*next(iter(found.values()))]
    size = max(CHART + 2, *(len(name) + 2 for name in names))
    above = "".join(name.ljust(size) for name in names)
    rows: list[Line] = [(Run(" " * LEFT), Run(above, "title")), ()]
    for policy, outcomes in found.items():
        charts = [_chart(outcome) for outcome in outcomes.values()]
        about = (policy, "", "")
        for number in range(HEIGHT):
            row = [Run(f"{about[number]:<{LEFT}}", "label")]
            for chart in charts:
                row += [Run(chart[number], "number"), Run(" " * (size - CHART))]
            rows.append(tuple(row))
        said = [f"{o.kept:.0%} kept, {o.hits:.1%} hits".ljust(size) for o in outcomes.values()]
        rows += [(Run(" " * LEFT), Run("".join(said), "value")), ()]
    scale = "kept first" + "gone first".rjust(CHART - 10)
    rows.append((Run(" " * LEFT), Run("".join(scale.ljust(size) for _ in names), "dim")))
    return rows


def _chart(outcome: Outcome) -> list[str]:
    """The deciles as bars of `HEIGHT` rows: two cells wide, one apart, the top row first."""
    most = max(outcome.deciles) or 1
    eighths = [round(8 * HEIGHT * count / most) for count in outcome.deciles]
    return [
        "".join(BARS[min(max(each - 8 * row, 0), 8)] * 2 + " " for each in eighths)
        for row in reversed(range(HEIGHT))
    ]


def main() -> None:
    """Print the picture, and write it where `--svg` says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--server", choices=("redis", "valkey", "both"), default="both")
    parser.add_argument("--keys", type=int, default=KEYS)
    parser.add_argument("--svg", type=Path, help="a file for it; NAME.png draws it in pixels")
    args = parser.parse_args()
    found: dict[str, dict[str, Outcome]] = {policy: {} for policy in EVICTING}
    binaries = {"redis": redis_binary(), "valkey": valkey_binary()}
    for name, binary in binaries.items():
        if args.server not in (name, "both"):
            continue
        assert binary is not None, f"there is no {name} here"
        with running(binary) as server:
            for policy in EVICTING:
                ours, theirs = compare(server, policy, args.keys)
                found[policy]["redlearn"] = ours
                found[policy][f"{name} {server.version}"] = theirs
    rows = picture(found)
    print("\n".join("".join(run.text for run in row).rstrip() for row in rows))
    if args.svg:
        drawn = svg(
            grid_of(rows, DARK),
            "Half of all keys are evicted: which, by tenths",
        )
        if args.svg.suffix == ".png":
            args.svg.write_bytes(png(drawn))
        else:
            args.svg.write_text(drawn)


if __name__ == "__main__":
    main()
