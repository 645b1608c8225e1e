"""What a key press costs with every pane live: `python -m tests.bench.keys`.

Our screen and the bare prompt of `spike.py`, each in a process of its own and 140x42 cells, are
typed the same lines at the same pace, slow enough that every key is painted. Ours shows a
skiplist, the append-only file, the slots and keys that count down meanwhile. What is compared is
CPU time a key, everything included that goes on beside the typing.
"""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import time
from statistics import median
from typing import Any

SIZE = (140, 42)
PACE_S = 0.04
LINES = ("ZADD board 50 ann", "SET key value EX 20", "ZRANGE board 0 10", "GET key", "EXPIRE k 9")
WARM_UP = "ZADD board 1 a"
ROUNDS = 5
MOST = 1.5
MORE = (
    b"CONFIG SET zset-max-listpack-entries 4",
    b"ZADD board 50 ann 20 bob 90 cy 70 dee 60 eve 10 fay 30 gus",
    b"SET key value EX 500",
    b"SET other value EX 300",
    b"EXPIRE board 4000",
    b"ZADD board 55 hal",
)


async def typed(app: Any, keys: Any, line: str) -> int:
    """Type a line and take it back; how many keys that were."""
    presses = [*line, *["backspace"] * len(line)]
    for key in presses:
        keys(key)
        await asyncio.sleep(PACE_S)
    return len(presses)


async def measure(app: Any, feed: Any) -> float:
    """Milliseconds of CPU a key."""
    await typed(app, feed, WARM_UP)
    gc.collect()
    began, count = time.process_time(), 0
    for line in LINES:
        count += await typed(app, feed, line)
    return (time.process_time() - began) * 1e3 / count


async def bare() -> float:
    from tests.bench.spike import Console, Demo, key_presses

    app = Demo()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        console = app.query_one(Console)

        def feed(key: str) -> None:
            console.keys.feed(key_presses(key, key if len(key) == 1 else None))

        return await measure(app, feed)


async def ours() -> float:
    from redlearn.tui.app import RedlearnApp
    from redlearn.tui.keys import key_presses
    from redlearn.tui.launch import setting

    app = RedlearnApp(setting(remember=False))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        for line in MORE:
            await app.console_.type(line.decode(), pace=0)
            await app.console_.enter()

        def feed(key: str) -> None:
            app.console_._keys.feed(key_presses(key, key if len(key) == 1 else None))

        return await measure(app, feed)


def run(which: str) -> float:
    argv = [sys.executable, "-m", "tests.bench.keys", which]
    return float(subprocess.run(argv, check=True, capture_output=True, text=True).stdout)


def main() -> int:
    if len(sys.argv) > 1:
        print(asyncio.run(ours() if sys.argv[1] == "ours" else bare()))
        return 0
    times = [(run("ours"), run("bare")) for _ in range(ROUNDS)]
    mine, other = median(m for m, _ in times), median(o for _, o in times)
    ratio = mine / other
    mark = "" if ratio <= MOST else "  above"
    print(f"a key: {mine:.2f} ms, bare {other:.2f} ms: x{ratio:.2f}  wanted x{MOST}{mark}")
    return 1 if ratio > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
