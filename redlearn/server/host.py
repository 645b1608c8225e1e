"""Hosts: what connections talk to. Here: an engine by itself, on the wall's clock.

A connection hands over commands and gets replies. What reaches a client out of turn (a
message, the reply to a command that blocked) is delivered to it. A connection does not know
what is behind: `redlearn serve` runs an `EngineHost`, which remembers nothing but the data; a
screen that listens has its session there (`guests.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

from redlearn.engine.client import Client
from redlearn.engine.engine import Engine
from redlearn.resp.reply import Reply
from redlearn.server.busy import Bench
from redlearn.timeline.wall import wall_ns

Deliver = Callable[[int, Sequence[Reply]], None]


class Host(Protocol):
    """What a connection needs of whatever runs its commands.

    Attributes:
        deliver: Called with the id of a client, and what reached it out of turn; with nothing,
            if it may go on (its wait is over) or is to leave (it is no client any more).
        resume: Called when `ready` has become true again.
    """

    deliver: Deliver
    resume: Callable[[], None]

    @property
    def ready(self) -> bool:
        """Whether commands may be run now; those that come meanwhile have to wait."""
        ...

    @property
    def engine(self) -> Engine:
        """The engine behind it: look, but run nothing."""
        ...

    def connect(self, address: str, local: str, socket: int) -> Client:
        """A new client, for a connection between these two addresses."""
        ...

    def disconnect(self, client_id: int) -> None:
        """A client's connection has ended."""
        ...

    def execute(self, client: Client, argv: list[bytes]) -> Sequence[Reply]:
        """Run a command; what there is to answer at once."""
        ...

    def settle(self) -> None:
        """After the commands of a read: deliver what others got from them."""
        ...

    def tick(self) -> None:
        """Let the engine's timer fire."""
        ...

    def next_timeout_ms(self) -> int | None:
        """When the next blocked client gives up, or None: the timer would be late for it."""
        ...


class WallClock:
    """The time of the machine, in milliseconds. It never goes back."""

    __slots__ = ("_last",)

    def __init__(self) -> None:
        self._last = 0

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        now = wall_ns() // 1_000_000  # each command asks: no call that is not needed
        if now < self._last:  # somebody has set the clock back
            return self._last
        self._last = now
        return now

    def sleep(self, ms: int) -> None:
        """Do nothing for `ms` milliseconds, and let everybody wait: DEBUG SLEEP is for that."""
        time.sleep(ms / 1000)


class EngineHost:
    """An engine by itself, on the wall's clock: no history, no events.

    Attributes:
        engine: The engine.
        deliver, resume, ready: See `Host`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        engine.state.stats.timer = time.perf_counter_ns
        self.deliver: Deliver = to_nobody
        self.resume: Callable[[], None] = lambda: None
        self.ready = True
        self._bench: Bench | None = None

    def take_bench(self, bench: Bench) -> None:
        """Have scripts carried out there, so that long ones do not stop everybody."""
        self._bench = bench
        bench.finished = self._script_finished

    def connect(self, address: str, local: str, socket: int) -> Client:
        """A new client, for a connection between these two addresses."""
        client = self.engine.connect()
        client.address, client.local_address, client.socket = address, local, socket
        return client

    def disconnect(self, client_id: int) -> None:
        """A client's connection has ended."""
        client = self.engine.state.clients.get(client_id)
        if client is None:  # it was sent away before
            return
        if self._bench is not None and self._bench.late is not None:
            self._bench.aside(partial(self.engine.disconnect, client))
        else:
            self.engine.disconnect(client)
        self.settle()

    def execute(self, client: Client, argv: list[bytes]) -> Sequence[Reply]:
        """Run a command; what there is to answer at once."""
        bench = self._bench
        if bench is not None and bench.late is not None:
            bench.aside(partial(self.engine.execute_timed, client, argv))
        else:
            self.engine.execute_timed(client, argv)
        return client.take()

    def settle(self) -> None:
        """After the commands of a read: deliver what others got from them."""
        if self._bench is not None and self._bench.late is not None:
            return  # what a script in its midst has come to is for nobody yet
        state = self.engine.state
        while state.reached:
            client_id = next(iter(state.reached))
            del state.reached[client_id]
            client = state.clients.get(client_id)  # none, if it was sent away
            self.deliver(client_id, () if client is None else client.take())

    def tick(self) -> None:
        """Let the engine's timer fire, but not in the midst of a script."""
        if self._bench is None or self._bench.late is None:
            self.engine.tick()
            state = self.engine.state
            state.stats.beat(state.now_ms)
            self.settle()

    def _script_finished(self, client: Client, error: BaseException | None) -> None:
        """A command that took long is done: its client, and others, get what is theirs."""
        self.settle()
        if error is not None:
            raise error

    def next_timeout_ms(self) -> int | None:
        """When the next blocked client gives up, or a pause ends; None if neither will."""
        return self.engine.state.next_due_ms()


def to_nobody(client_id: int, replies: Sequence[Reply]) -> None:
    """Where replies go before anybody listens."""
