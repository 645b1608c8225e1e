"""The two that are timed side by side: our engine, and fakeredis by its cheapest path.

Each lives in a process of its own, so that neither's heap and collector weigh on the other, and
they take turns. Time is CPU time: both compute and wait for nothing, and what else the machine
does stays out.
"""

from __future__ import annotations

import gc
import multiprocessing
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

Call = list[bytes]
Runner = Callable[[list[Call]], float]
Calls = Callable[[int], list[Call]]
Make = Callable[[list[Call]], Runner]


class WallClock:
    """The system's clock, as a server would hand it in."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


def ours(setup: list[Call]) -> Runner:
    """A fresh engine, timeline and probe off; gives the seconds that calls take."""
    from redlearn.collector import settle
    from redlearn.engine.engine import Engine

    engine = Engine(WallClock())
    client = engine.connect()
    settle()  # as the front ends do
    for argv in setup:
        engine.execute(client, argv)
    client.outbox.clear()

    def run(calls: list[Call]) -> float:
        execute, outbox = engine.execute, client.outbox
        began = time.process_time()
        for argv in calls:
            execute(client, argv)
        took = time.process_time() - began
        outbox.clear()
        return took

    return run


def fakeredis(setup: list[Call]) -> Runner:
    """A fresh fakeredis, called where a parsed command enters it; gives the seconds it takes."""
    from fakeredis import FakeRedis, FakeServer

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
        began = time.process_time()
        for argv in calls:
            process(argv)
        took = time.process_time() - began
        assert alive
        _drain(socket.responses)
        return took

    return run


def _drain(responses: Any) -> None:
    while not responses.empty():
        responses.get()


class Side:
    """One of the two in its process; a context manager that ends it.

    Args:
        make: `ours`, `fakeredis` or another like them.
        setup: Gives the commands that prepare the data.
        calls: Gives the commands of a round, by its number.
        slices: How many pieces a round is timed in.
    """

    def __init__(
        self,
        make: Make,
        setup: Callable[[], list[Call]],
        calls: Calls,
        slices: int = 1,
    ) -> None:
        fork = multiprocessing.get_context("fork")  # the cases are functions: nothing to pickle
        self._pipe, theirs = fork.Pipe()
        self._process = fork.Process(target=_serve, args=(theirs, make, setup, calls, slices))

    def __enter__(self) -> Side:
        self._process.start()
        self._pipe.recv()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._pipe.send(None)
        self._process.join()

    def prepare(self, number: int) -> int:
        """Make the commands of a round; how many there are."""
        self._pipe.send(("prepare", number))
        count: int = self._pipe.recv()
        return count

    def time(self, slice_: int = 0) -> float:
        """Seconds that one slice of the round takes."""
        self._pipe.send(("time", slice_))
        seconds: float = self._pipe.recv()
        return seconds


def _serve(
    pipe: Connection,
    make: Make,
    setup: Callable[[], list[Call]],
    calls: Calls,
    slices: int,
) -> None:
    run = make(setup())
    gc.collect()
    pipe.send("ready")
    round_: list[Call] = []
    while (asked := pipe.recv()) is not None:
        what, number = asked
        if what == "prepare":
            round_ = calls(number)
            pipe.send(len(round_))
        else:
            size = len(round_) // slices
            pipe.send(run(round_[number * size : (number + 1) * size]))
