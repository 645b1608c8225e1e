"""Snapshot files written and read, beside a real Redis in one run: `python -m tests.bench.rdb`.

    python -m tests.bench.rdb                  a million small keys
    python -m tests.bench.rdb --keys 100000

Here without a server around it (`tests.bench.persistence` asks a whole server for the same). Both
write the same data and read the same file, one after the other, on the machine as it is; what
counts is the proportion. Ours is written with fsync, as theirs is. The pauses of a snapshot in
slices are CPU time, as other work of the machine is not ours.

The exit status says how many figures missed their targets.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time

from redlearn.clock import VirtualClock
from redlearn.collector import settle
from redlearn.engine.engine import Engine
from redlearn.engine.structures import hashtable
from redlearn.persistence.rdb_read import load
from redlearn.persistence.rdb_write import chunks
from redlearn.persistence.snapshot import Snapshot
from tests.oracle.servers import redis_binary, running

KEYS = 1_000_000
SLICE = 500
BEST_OF = 3
PAUSE_MS = 50.0
IS_COMPILED = not hashtable.__file__.endswith(".py")


@dataclass(frozen=True)
class Figure:
    """A time of ours beside theirs, or beside a limit.

    Attributes:
        ours, theirs: Seconds.
        most: How many times as long it may take.
    """

    name: str
    ours: float
    theirs: float
    most: float

    @property
    def times(self) -> float:
        return self.ours / self.theirs

    @property
    def good(self) -> bool:
        return self.times <= self.most

    def __str__(self) -> str:
        told = "" if self.good else "   MISSED"
        return (f"{self.name:34} {self.ours * 1000:9.0f} ms {self.theirs * 1000:9.0f} ms"
                f" {self.times:7.2f} x   at most {self.most:g} x{told}")  # fmt: skip


def timed(act: Callable[[], object]) -> float:
    start = perf_counter()
    act()
    return perf_counter() - start


def best(act: Callable[[], object]) -> float:
    """The shortest of a few."""
    return min(timed(act) for _ in range(BEST_OF))


def figures(keys: int) -> Iterator[Figure]:
    """A snapshot saved and loaded by both."""
    binary = redis_binary()
    if binary is None:
        sys.exit("there is no redis-server on PATH to compare with")
    with running(binary) as server, server.connect() as theirs:
        folder = Path(theirs.run(b"CONFIG", b"GET", b"dir")[1].decode())
        theirs.run(b"DEBUG", b"POPULATE", b"%d" % keys)
        their_save = best(lambda: theirs.run(b"SAVE"))
        their_load = best(lambda: theirs.run(b"DEBUG", b"RELOAD", b"NOSAVE"))
        path = folder / "dump.rdb"
        engine = Engine(VirtualClock(1_700_000_000_000))
        our_load = best(lambda: load(engine.state, path.read_bytes()))
        assert len(engine.state.databases[0]) == keys
    with tempfile.TemporaryDirectory() as folder_of_ours:
        our_save = best(lambda: save_to(Path(folder_of_ours) / "dump.rdb", engine))
    yield Figure(f"save {keys:,} small keys", our_save, their_save, 5)
    yield Figure("load them", our_load, their_load, 8 if IS_COMPILED else 15)
    begin, step = pauses(engine)
    share = 100_000 / keys
    yield Figure("BGSAVE begins, of 100,000 keys", begin * share, PAUSE_MS / 1000, 1)
    yield Figure(f"a slice of {SLICE} keys", step, PAUSE_MS / 1000, 1)


def save_to(path: Path, engine: Engine) -> None:
    """Write a whole snapshot, safe on the disk."""
    with path.open("wb") as file:
        for piece in chunks(engine.state):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def pauses(engine: Engine) -> tuple[float, float]:
    """How long a snapshot in slices stops others: at its beginning, and at most in a slice."""
    begins: list[float] = []
    longest: list[float] = []
    for _ in range(BEST_OF):
        start = process_time()
        snapshot = Snapshot(engine.state)
        begins.append(process_time() - start)
        steps = []
        while not steps or snapshot.keys_done < snapshot.keys_total:
            start = process_time()
            snapshot.step(SLICE)
            steps.append(process_time() - start)
        snapshot.cancel()
        longest.append(max(steps))
    return min(begins), min(longest)


def main() -> int:
    """Print all figures; the number that missed their targets."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--keys", type=int, default=KEYS)
    asked = parser.parse_args()
    settle()
    print(f"{'compiled' if IS_COMPILED else 'not compiled'}, best of {BEST_OF}")
    print(f"{'':34} {'ours':>12} {'theirs, or most':>15}")
    missed = 0
    for figure in figures(asked.keys):
        print(figure, flush=True)
        missed += not figure.good
    return missed


if __name__ == "__main__":
    sys.exit(main())
