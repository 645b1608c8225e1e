"""burner-redis, a Redis in Rust inside a Python process: shown beside the others, for reference.

It is compiled code, so no target is set against it. Its methods do their work when they are
called and hand out a future that is done already: that call is its cheapest path, and what is
timed. It has a method for some commands only; the words of a call are put into the shape it
wants before the clock runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

from tests.bench.peers import Call, Runner

MISSING = "burner-redis is not installed: pip install -e '.[bench]'"


def available() -> bool:
    """Whether the package is there."""
    return find_spec("burner_redis") is not None


def knows(calls: list[Call]) -> bool:
    """Whether it has a method for every command of `calls`."""
    return all(argv[0] in SHAPES for argv in calls)


def burner(setup: list[Call]) -> Runner:
    """A fresh one; gives the seconds that calls take."""
    import burner_redis

    db: Any = burner_redis._burner_redis.BurnerRedis()
    methods: dict[bytes, Any] = {}
    for name in SHAPES:
        attribute = name.decode().lower()
        # Round some of them the package puts Python that converts words; this is what it wraps.
        wrapped = getattr(burner_redis, f"_original_{attribute}", None)
        methods[name] = partial(wrapped, db) if wrapped else getattr(db, attribute)

    def bound(argv: Call) -> tuple[Any, tuple[Any, ...]]:
        return methods[argv[0]], SHAPES[argv[0]](argv)

    for argv in setup:
        method, words = bound(argv)
        method(*words)

    def run(calls: list[Call]) -> float:
        ready = [bound(argv) for argv in calls]
        began = time.process_time()
        for method, words in ready:
            method(*words)
        return time.process_time() - began

    return run


def _words(argv: Call) -> tuple[Any, ...]:
    return tuple(argv[1:])


def _number_last(argv: Call) -> tuple[Any, ...]:
    return (*argv[1:-1], int(argv[-1]))


SHAPES: dict[bytes, Callable[[Call], tuple[Any, ...]]] = {
    b"GET": _words,
    b"SET": _words,
    b"LPUSH": _words,
    b"RPUSH": _words,
    b"LPOP": _words,
    b"SADD": _words,
    b"SISMEMBER": _words,
    b"HGET": _words,
    b"HSET": _words,
    b"EXPIRE": _number_last,
    b"ZADD": lambda argv: (argv[1], {argv[3]: float(argv[2])}),
    b"ZRANGE": lambda argv: (argv[1], int(argv[2]), int(argv[3])),
    b"XADD": lambda argv: (argv[1], dict(zip(argv[3::2], argv[4::2], strict=True))),
}
