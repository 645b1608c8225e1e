"""How fast the engine is beside fakeredis, in one run: `python -m tests.bench.engine`.

Each case is timed in rounds, ours and theirs by turns, so that a busy moment of the machine
hits both; the figure is the ratio of the medians. A round is long enough, some 20 ms, for caches
to be warm again after the other's turn.
`--compiled` only changes the targets: the build that is measured is the one that is installed.
"""

from __future__ import annotations

import argparse
import sys
from random import Random
from statistics import median

from tests.bench.cases import Case, board, keys, moved, repeat, shuffled
from tests.bench.peers import Call, Side, fakeredis, ours

ROUNDS = 11


def new_members(seed: int) -> list[Call]:
    rng = Random(seed)
    return [
        [b"ZADD", b"board", b"%d" % rng.randrange(10**6), b"new:%d:%d" % (seed, number)]
        for number in range(5_000)
    ]


def transactions(_: int) -> list[Call]:
    return [[b"MULTI"], [b"SET", b"k", b"1"], [b"GET", b"k"], [b"EXEC"]] * 4_000


HOT = [[b"SET", b"k", b"v"]]

CASES = (
    Case("GET, a hot key", 8, lambda: HOT, repeat([b"GET", b"k"])),
    Case("SET over a hot key", 8, lambda: HOT,
         lambda _: [[b"SET", b"k", b"v%d" % n] for n in range(20_000)]),
    Case("GET, 100,000 keys", 4, lambda: keys(100_000),
         shuffled(100_000, 20_000, lambda n: [b"GET", b"key:%d" % n])),
    Case("SET over 100,000 keys", 4, lambda: keys(100_000),
         shuffled(100_000, 20_000, lambda n: [b"SET", b"key:%d" % n, b"other"])),
    Case("SET of new keys", 2.5, list,
         lambda r: [[b"SET", b"key:%d:%d" % (r, n), b"value"] for n in range(20_000)]),
    Case("INCR", 8, list, repeat([b"INCR", b"c"])),
    Case("HSET", 8, list,
         lambda _: [[b"HSET", b"h", b"f%d" % (n % 5), b"v%d" % n] for n in range(20_000)]),
    Case("MULTI SET GET EXEC", 8, list, transactions),
    Case("ZADD, 1,000 members", 2, lambda: board(1_000), moved(1_000, 5_000)),
    Case("ZINCRBY, 1,000 members", 2, lambda: board(1_000),
         shuffled(1_000, 5_000, lambda n: [b"ZINCRBY", b"board", b"7", b"member:%d" % n])),
    Case("ZRANK, 1,000 members", 2, lambda: board(1_000),
         shuffled(1_000, 5_000, lambda n: [b"ZRANK", b"board", b"member:%d" % n])),
    Case("ZRANGE of 10, 1,000 members", 2, lambda: board(1_000),
         shuffled(990, 5_000, lambda n: [b"ZRANGE", b"board", b"%d" % n, b"%d" % (n + 9)])),
    Case("ZADD new, 100,000 members", 1.1, lambda: board(100_000), new_members, 2),
    Case("ZADD moved, 100,000 members", 0.5, lambda: board(100_000), moved(100_000, 5_000), 0.9),
    Case("ZRANK, 100,000 members", 0.9, lambda: board(100_000),
         shuffled(100_000, 5_000, lambda n: [b"ZRANK", b"board", b"member:%d" % n]), 1.5),
)  # fmt: skip


def measure(case: Case) -> tuple[float, float]:
    """Median microseconds of CPU per call: ours, theirs."""
    times: tuple[list[float], list[float]] = [], []
    with (
        Side(ours, case.setup, case.calls) as mine,
        Side(fakeredis, case.setup, case.calls) as other,
    ):
        for number in range(ROUNDS):
            for side, taken in zip((mine, other), times, strict=True):
                count = side.prepare(number)
                taken.append(side.time() * 1e6 / count)
    return median(times[0]), median(times[1])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    options = parser.parse_args()
    failed = 0
    print(f"{'':28} {'ours us':>9} {'theirs us':>10} {'ratio':>7} {'wanted':>7}")
    for case in CASES:
        if options.only and options.only not in case.name:
            continue
        mine, other = measure(case)
        wanted = (case.compiled or case.target) if options.compiled else case.target
        ratio = other / mine
        failed += ratio < wanted
        mark = "" if ratio >= wanted else "  below"
        print(f"{case.name:28} {mine:9.2f} {other:10.2f} {ratio:7.2f} {wanted:7.1f}{mark}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
