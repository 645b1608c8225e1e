"""How fast the engine is beside fakeredis, in one run: `python -m tests.bench.engine`.

Each case is timed in rounds, ours and theirs by turns, so that a busy moment of the machine
hits both; the figure is the median of the rounds' ratios. A round is long enough, some 20 ms, for
caches to be warm again after the other's turn.
burner-redis, a Redis in Rust, is timed in the same rounds where it knows the commands and is
installed; it has no target.
`--compiled` only changes the targets: the build that is measured is the one that is installed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from random import Random
from statistics import median

from tests.bench.burner import MISSING, available, burner, knows
from tests.bench.cases import Case, board, keys, moved, repeat, shuffled
from tests.bench.peers import Call, Calls, Make, Side, fakeredis, ours

ROUNDS = 11


def new_members(seed: int) -> list[Call]:
    rng = Random(seed)
    return [
        [b"ZADD", b"board", b"%d" % rng.randrange(10**6), b"new:%d:%d" % (seed, number)]
        for number in range(5_000)
    ]


def transactions(_: int) -> list[Call]:
    return [[b"MULTI"], [b"SET", b"k", b"1"], [b"GET", b"k"], [b"EXEC"]] * 4_000


def reading(_: int, number: int) -> Call:
    place, value = b"s%d" % (number % 9), b"%d" % number
    return [b"XADD", b"x", b"*", b"sensor", place, b"value", value]


TEN = [b"key:%d" % number for number in range(10)]
HOT = [[b"SET", b"k", b"v"]]
QUEUE = [[b"RPUSH", b"q", b"job:%d" % n] for n in range(50)]
LONG_LIST = [[b"RPUSH", b"l", b"element:%d" % n] for n in range(10_000)]
SMALL_SET = [[b"SADD", b"s", b"member:%d" % n] for n in range(50)]
LARGE_SET = [[b"SADD", b"s", b"member:%d" % n] for n in range(10_000)]
LARGE_HASH = [[b"HSET", b"h", b"field:%d" % n, b"value"] for n in range(10_000)]


def by_turns(*calls: Call, times: int = 10_000) -> Calls:
    return lambda _: [*calls] * times


def numbered(make: Callable[[int, int], Call], count: int = 20_000) -> Calls:
    """Calls made of the round's number and their own."""
    return lambda seed: [make(seed, number) for number in range(count)]


STRINGS = (
    Case("GET, a hot key", 8, lambda: HOT, repeat([b"GET", b"k"])),
    Case("SET over a hot key", 8, lambda: HOT, numbered(lambda _, n: [b"SET", b"k", b"v%d" % n])),
    Case("GET, 100,000 keys", 4, lambda: keys(100_000),
         shuffled(100_000, 20_000, lambda n: [b"GET", b"key:%d" % n])),
    Case("SET over 100,000 keys", 4, lambda: keys(100_000),
         shuffled(100_000, 20_000, lambda n: [b"SET", b"key:%d" % n, b"other"])),
    Case("SET of new keys", 2.5, list,
         numbered(lambda r, n: [b"SET", b"key:%d:%d" % (r, n), b"value"])),
    Case("MSET of ten", 6, list,
         repeat([b"MSET", *(word for key in TEN for word in (key, b"value"))], 4_000)),
    Case("MGET of ten", 4, lambda: keys(10), repeat([b"MGET", *TEN], 4_000)),
    Case("INCR", 8, list, repeat([b"INCR", b"c"])),
    Case("INCRBYFLOAT", 1, list, repeat([b"INCRBYFLOAT", b"f", b"0.1"], 5_000)),
    Case("SETBIT", 8, list,
         shuffled(8_192, 20_000, lambda n: [b"SETBIT", b"bits", b"%d" % n, b"1"])),
    Case("PFADD, sparse", 3, list,
         numbered(lambda r, n: [b"PFADD", b"hll", b"visitor:%d" % (n % 300)], 5_000)),
    Case("PFADD, dense", 3, lambda: [[b"PFADD", b"hll", *[b"%d" % n for n in range(20_000)]]],
         numbered(lambda r, n: [b"PFADD", b"hll", b"visitor:%d:%d" % (r, n)], 5_000)),
)  # fmt: skip
OTHERS = (
    Case("EXPIRE", 8, lambda: HOT, repeat([b"EXPIRE", b"k", b"100"])),
    Case("LPUSH LPOP, a queue of 50", 8, lambda: QUEUE,
         by_turns([b"LPUSH", b"q", b"job:99"], [b"LPOP", b"q"])),
    Case("RPUSH LPOP, a queue of 50", 8, lambda: QUEUE,
         by_turns([b"RPUSH", b"q", b"job:99"], [b"LPOP", b"q"])),
    Case("LPUSH, 10,000 elements", 8, lambda: LONG_LIST,
         numbered(lambda _, n: [b"LPUSH", b"l", b"element:%d" % n], 5_000)),
    Case("LPUSH LPOP, 10,000 elements", 8, lambda: LONG_LIST,
         by_turns([b"LPUSH", b"l", b"element:5"], [b"LPOP", b"l"])),
    Case("SADD, 50 members", 8, lambda: SMALL_SET,
         shuffled(50, 20_000, lambda n: [b"SADD", b"s", b"member:%d" % n])),
    Case("SADD, 10,000 members", 8, lambda: LARGE_SET,
         shuffled(10_000, 20_000, lambda n: [b"SADD", b"s", b"member:%d" % n])),
    Case("SADD of new members", 2.5, list,
         numbered(lambda r, n: [b"SADD", b"s", b"m:%d:%d" % (r, n)])),
    Case("HSET", 8, list, numbered(lambda _, n: [b"HSET", b"h", b"f%d" % (n % 5), b"v%d" % n])),
    Case("HGET, 5 fields", 6, lambda: [[b"HSET", b"h", b"f%d" % n, b"v"] for n in range(5)],
         shuffled(5, 20_000, lambda n: [b"HGET", b"h", b"f%d" % n])),
    Case("HSET, 10,000 fields", 6, lambda: LARGE_HASH,
         shuffled(10_000, 20_000, lambda n: [b"HSET", b"h", b"field:%d" % n, b"other"])),
    Case("XADD", 8, list, numbered(reading, 5_000)),
    Case("MULTI SET GET EXEC", 8, list, transactions),
)  # fmt: skip
SORTED_SETS = (
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
CASES = (*STRINGS, *OTHERS, *SORTED_SETS)


def measure(case: Case, rounds: int, makers: list[Make]) -> tuple[list[float], float]:
    """Median microseconds of CPU per call of each side, and of the ratio of the second to ours."""
    times: list[list[float]] = [[] for _ in makers]
    with ExitStack() as stack:
        sides = [stack.enter_context(Side(make, case.setup, case.calls)) for make in makers]
        for number in range(rounds):
            for side, taken in zip(sides, times, strict=True):
                count = side.prepare(number)
                taken.append(side.time() * 1e6 / count)
    ratios = [theirs / mine for mine, theirs in zip(*times[:2], strict=True)]
    return [median(taken) for taken in times], median(ratios)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    failed = 0
    if not available():
        print(MISSING)
    print(f"{'':28} {'ours us':>9} {'theirs us':>10} {'ratio':>7} {'wanted':>7} {'burner us':>10}")
    for case in CASES:
        if options.only not in case.name:
            continue
        makers: list[Make] = [ours, fakeredis]
        if available() and knows(case.setup()) and knows(case.calls(0)):
            makers.append(burner)
        (mine, other, *more), ratio = measure(case, options.rounds, makers)
        wanted = (case.compiled or case.target) if options.compiled else case.target
        failed += ratio < wanted
        mark = "" if ratio >= wanted else "  below"
        reference = f"{more[0]:10.2f}" if more else f"{'-':>10}"
        figures = f"{mine:9.2f} {other:10.2f} {ratio:7.2f} {wanted:7.1f} {reference}"
        print(f"{case.name:28} {figures}{mark}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
