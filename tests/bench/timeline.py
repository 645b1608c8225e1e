"""How long a step back takes: `python -m tests.bench.timeline`.

A session with 10,000 keys of every type runs 1,000 commands, watched as on the screen, and is
then taken back a step at a time, from the end and from other places in its history. Every step
counts, so that the slowest one shows; it is the wall that a learner waits for, but CPU time that
is compared, as other work of the machine is not ours.
"""

from __future__ import annotations

import sys
import time
from random import Random
from statistics import median

from redlearn.collector import settle
from redlearn.timeline.session import Session

KEYS = 10_000
COMMANDS = 1_000
PLACES = (1.0, 0.9, 0.7, 0.5, 0.3, 0.1)
STEPS = 20
MOST_MS = 30.0


def fill(session: Session, client: int) -> None:
    """10,000 keys: mostly strings, some with a time to live, and collections of both forms."""
    rng = Random(1)
    for start in range(0, KEYS - 100, 100):
        pairs = [word for n in range(start, start + 100) for word in (b"key:%d" % n, b"v%d" % n)]
        session.execute(client, [b"MSET", *pairs])
    for number in range(50):
        fields = [b"f%d" % n for n in range(2 * rng.randrange(1, 50))]
        session.execute(client, [b"HSET", b"hash:%d" % number, *fields])
        rows = [word for n in range(rng.randrange(1, 300)) for word in (b"%d" % n, b"m%d" % n)]
        session.execute(client, [b"ZADD", b"board:%d" % number, *rows])
    for number in range(0, 2_000, 2):
        session.execute(client, [b"EXPIRE", b"key:%d" % number, b"1000"])


def command(rng: Random) -> list[bytes]:
    """One of those a learner types."""
    key, board = b"key:%d" % rng.randrange(KEYS), b"board:%d" % rng.randrange(50)
    return rng.choice(
        (
            [b"SET", key, b"x" * rng.randrange(50)],
            [b"GET", key],
            [b"DEL", key],
            [b"EXPIRE", key, b"500"],
            [b"HSET", b"hash:%d" % rng.randrange(50), b"f1", b"v"],
            [b"ZADD", board, b"%d" % rng.randrange(1000), b"m%d" % rng.randrange(300)],
            [b"ZRANGE", board, b"0", b"10"],
        )
    )


def main() -> int:
    settle()
    session = Session()
    client = session.connect()
    fill(session, client)
    rng = Random(2)
    began = time.process_time()
    for _ in range(COMMANDS):
        session.execute(client, command(rng))
    each_ms = (time.process_time() - began) * 1e3 / COMMANDS
    last, taken = session.position, list[float]()
    for place in PLACES:
        session.seek(last - COMMANDS + int(place * COMMANDS))
        for _ in range(STEPS):
            began = time.process_time()
            assert session.step(-1)
            taken.append((time.process_time() - began) * 1e3)
    print(f"a command, recorded   {each_ms:6.2f} ms")
    print(f"a step back, median   {median(taken):6.2f} ms")
    mark = "" if max(taken) <= MOST_MS else "  above"
    print(f"a step back, slowest  {max(taken):6.2f} ms  wanted {MOST_MS}{mark}")
    return 1 if max(taken) > MOST_MS else 0


if __name__ == "__main__":
    sys.exit(main())
