"""The two that are timed side by side: our engine, and fakeredis by its cheapest path."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from redlearn.engine.engine import Engine

Call = list[bytes]
Runner = Callable[[list[Call]], float]


class WallClock:
    """The system's clock, as a server would hand it in."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


def ours(setup: list[Call]) -> Runner:
    """A fresh engine, timeline and probe off; gives seconds per call."""
    engine = Engine(WallClock())
    client = engine.connect()
    for argv in setup:
        engine.execute(client, argv)
    client.outbox.clear()

    def run(calls: list[Call]) -> float:
        execute, outbox = engine.execute, client.outbox
        began = time.perf_counter()
        for argv in calls:
            execute(client, argv)
        took = time.perf_counter() - began
        outbox.clear()
        return took / len(calls)

    return run


def fakeredis(setup: list[Call]) -> Runner:
    """A fresh fakeredis, called where a parsed command enters it; gives seconds per call."""
    from fakeredis import FakeRedis, FakeServer  # noqa: PLC0415  (only benchmarks need it)

    pool: Any = FakeRedis(server=FakeServer()).connection_pool
    connection = pool.get_connection()
    connection.connect()
    socket = connection._sock
    process = socket._process_command
    alive = (pool, connection)  # without these the socket would be taken down
    for argv in setup:
        process(argv)
    _drain(socket.responses)

    def run(calls: list[Call]) -> float:
        began = time.perf_counter()
        for argv in calls:
            process(argv)
        took = time.perf_counter() - began
        assert alive
        _drain(socket.responses)
        return took / len(calls)

    return run


def _drain(responses: Any) -> None:
    while not responses.empty():
        responses.get()
