"""The scenarios of a cluster's rules with full counts: `python -m tests.cluster.endurance`.

python -m tests.cluster.endurance                        all, in turn; 1 if a seed fails
python -m tests.cluster.endurance disturbed              some of them
python -m tests.cluster.endurance --share 0.01           a hundredth of each
python -m tests.cluster.endurance disturbed --first 77 --count 1
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from tests.cluster import chaos, moving
from tests.cluster.halfway import POINTS, half_moved
from tests.cluster.under_load import under_load

Scenario = Callable[[int], dict[str, int]]


def moved_among_thirty(seed: int) -> dict[str, int]:
    """C8 among thirty."""
    return chaos.slot_moved(seed, 30)


def moved_whole(seed: int) -> dict[str, int]:
    """Slots move as a whole, and one of ten kinds of trouble comes in between."""
    troubles = list(moving.Trouble)
    outcome = moving.move(seed, troubles[seed % len(troubles)])
    return {"answered": outcome.answered, "lost": outcome.lost}


SCENARIOS: dict[str, tuple[Scenario, int]] = {
    "failover": (chaos.failover, 1_000),
    "disturbed": (chaos.disturbed, 10_000),
    "one_epoch": (chaos.one_epoch, 20),
    "slot_moved": (chaos.slot_moved, 1_000),
    "moved_among_thirty": (moved_among_thirty, 100),
    "handed_over": (chaos.handed_over, 200),
    "alone": (chaos.alone, 200),
    "moved_whole": (moved_whole, 1_000),
    "half_moved": (half_moved, 20 * POINTS),
    "under_load": (under_load, 200),
}


def outcome(name: str, seed: int) -> tuple[int, dict[str, int] | str]:
    """A seed with what it measured, or what went wrong."""
    try:
        return seed, SCENARIOS[name][0](seed)
    except Exception as error:  # also a rule that breaks is a seed to be kept
        return seed, f"{type(error).__name__}: {error}"


def _outcome(job: tuple[str, int]) -> tuple[int, dict[str, int] | str]:
    return outcome(*job)


def percentiles(measured: list[dict[str, int]]) -> str:
    """Median, 99th percentile and greatest of each number."""
    said = []
    for key in measured[0] if measured else ():
        values = sorted(each[key] for each in measured)
        near = values[min(len(values) - 1, len(values) * 99 // 100)]
        said.append(f"{key} {statistics.median(values):.0f}/{near}/{values[-1]}")
    return "  ".join(said)


def main() -> int:
    """Run those asked for; 1 if a seed fails."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", help="all by default")
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    failures = 0
    with ProcessPoolExecutor(options.processes) as pool:
        for name in options.names or SCENARIOS:
            start = time.monotonic()
            count = options.count or max(int(SCENARIOS[name][1] * options.share), 1)
            jobs = [(name, seed) for seed in range(options.first, options.first + count)]
            measured = []
            for seed, result in pool.map(_outcome, jobs, chunksize=10):
                if isinstance(result, str):
                    failures += 1
                    print(f"{name} SEED {seed} FAILED: {result}", flush=True)
                else:
                    measured.append(result)
            took = time.monotonic() - start
            print(f"{name:20} {len(measured)} of {count} good in {took:.0f} s", flush=True)
            print(f"  median/99 %/greatest:  {percentiles(measured)}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
