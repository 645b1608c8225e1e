"""Random calls that may wait: pops of lists and sorted sets, and reads of streams.

Those that would wait for some time wait for ever: when a time is over is another matter than
who is served, and has tests of its own. At the end of a sequence CLIENT UNBLOCK ends all.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.oracle.programs.list import several_keys as lmpop_words
from tests.oracle.programs.list import side
from tests.oracle.programs.stream import consumer, count, group, streams
from tests.oracle.programs.words import any_case, bytes_of, key, maybe_wrong_arity
from tests.oracle.programs.zset import mpop_words

QUEUES = (b"q1", b"q2", b"q3")
"""Keys that are mostly waited for, and so mostly not there."""


def draw_waiting(rng: Random) -> list[bytes]:
    """One call that waits if it finds nothing."""
    name = rng.choice([*COMMANDS])
    return maybe_wrong_arity(rng, [any_case(rng, name.encode()), *COMMANDS[name](rng)])


def draw_serving(rng: Random) -> list[bytes]:
    """One call that makes a key for which others may wait, by one of many ways."""
    name = rng.choice(SERVING_NAMES)
    return [*(any_case(rng, word) for word in name.encode().split()), *SERVING[name](rng)]


def draw_unblocking(rng: Random) -> list[bytes]:
    """One CLIENT UNBLOCK of a client that may be waiting."""
    words = [b"CLIENT", b"UNBLOCK", b"<client %d>" % rng.randrange(4)]
    return [*words, *rng.choice(([], [b"TIMEOUT"], [b"ERROR"], [b"error"], [b"NOPE"]))]


def timeout(rng: Random) -> bytes:
    if rng.random() < 0.95:
        return rng.choice((b"0", b"0", b"0.0"))
    return rng.choice((b"-1", b"x", b"nan", b"", b"-0.5"))


def queue(rng: Random) -> bytes:
    return rng.choice(QUEUES)


def elements(rng: Random) -> list[bytes]:
    return [bytes_of(rng) for _ in range(rng.choice((1, 1, 2, 3)))]


def scored(rng: Random) -> list[bytes]:
    return [word for each in elements(rng) for word in (b"%d" % rng.randrange(9), each)]


def source(rng: Random) -> bytes:
    return rng.choice((b"l1", b"l2", b"z1", b"z2", b"x1", b"t1", *QUEUES))


def keys(rng: Random) -> list[bytes]:
    return [key(rng) for _ in range(rng.choice((1, 1, 2, 3)))]


def block(rng: Random) -> list[bytes]:
    kind = rng.random()
    if kind < 0.9:
        return [any_case(rng, b"BLOCK"), b"0"]
    return [any_case(rng, b"BLOCK"), rng.choice((b"-1", b"x", b"1.5"))]


def read_words(rng: Random) -> list[bytes]:
    words = [[*count(rng)], block(rng)]
    rng.shuffle(words)
    return [*words[0], *words[1], *streams(rng, lambda rng: rng.choice((b"$", b"$", b"0", b"5")))]


def group_read_words(rng: Random) -> list[bytes]:
    words = [[any_case(rng, b"GROUP"), group(rng), consumer(rng)], [*count(rng)], block(rng)]
    if rng.random() < 0.2:
        words.append([any_case(rng, b"NOACK")])
    rng.shuffle(words)
    ids = (b">", b">", b">", b">", b"0")
    flat = [word for row in words for word in row]
    return [*flat, *streams(rng, lambda rng: rng.choice(ids))]


Shape = Callable[[Random], list[bytes]]

SERVING: dict[str, Shape] = {
    "RPUSH": lambda rng: [queue(rng), *elements(rng)],
    "LPUSH": lambda rng: [queue(rng), *elements(rng)],
    "ZADD": lambda rng: [queue(rng), *scored(rng)],
    "XADD": lambda rng: [queue(rng), b"%d-*" % rng.randrange(1, 30), b"f", bytes_of(rng)],
    "XGROUP CREATE": lambda rng: [queue(rng), group(rng), b"$", b"MKSTREAM"],
    "XGROUP DESTROY": lambda rng: [queue(rng), group(rng)],
    "LMOVE": lambda rng: [source(rng), queue(rng), side(rng), side(rng)],
    "RENAME": lambda rng: [source(rng), queue(rng)],
    "COPY": lambda rng: [source(rng), queue(rng), b"REPLACE"],
    "SORT": lambda rng: [source(rng), b"ALPHA", b"STORE", queue(rng)],
    "ZUNIONSTORE": lambda rng: [queue(rng), b"2", source(rng), source(rng)],
    "ZRANGESTORE": lambda rng: [queue(rng), source(rng), b"0", b"-1"],
    "GEOADD": lambda rng: [queue(rng), b"1", b"2", bytes_of(rng)],
    "MOVE": lambda rng: [queue(rng), rng.choice((b"0", b"1"))],
    "SWAPDB": lambda rng: [b"0", b"1"],
    "SET": lambda rng: [queue(rng), bytes_of(rng)],
    "DEL": lambda rng: [queue(rng), queue(rng)],
    "PEXPIRE": lambda rng: [queue(rng), b"-1"],
}
SERVING_NAMES = [*SERVING, *["RPUSH", "ZADD", "XADD", "DEL"] * 4, "LPUSH", "DEL", "XGROUP CREATE"]

COMMANDS: dict[str, Shape] = {
    "BLPOP": lambda rng: [*keys(rng), timeout(rng)],
    "BRPOP": lambda rng: [*keys(rng), timeout(rng)],
    "BLMOVE": lambda rng: [key(rng), key(rng), side(rng), side(rng), timeout(rng)],
    "BRPOPLPUSH": lambda rng: [key(rng), key(rng), timeout(rng)],
    "BLMPOP": lambda rng: [timeout(rng), *lmpop_words(rng)],
    "BZPOPMIN": lambda rng: [*keys(rng), timeout(rng)],
    "BZPOPMAX": lambda rng: [*keys(rng), timeout(rng)],
    "BZMPOP": lambda rng: [timeout(rng), *mpop_words(rng)],
    "XREAD": read_words,
    "XREADGROUP": group_read_words,
}
