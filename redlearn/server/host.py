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
from math import inf
from typing import Final, Protocol

from redlearn.engine.client import Client
from redlearn.engine.engine import Engine
from redlearn.engine.pipeline import Pipeline
from redlearn.resp.reply import Reply
from redlearn.server.busy import Bench
from redlearn.server.courier import SocketCourier
from redlearn.timeline.wall import wall_ns

Deliver = Callable[[int, Sequence[Reply]], None]


class Host(Protocol):
    """What a connection needs of whatever runs its commands.

    Attributes:
        deliver: Called with the id of a client, and what reached it out of turn; with nothing,
            if it may go on (its wait is over) or is to leave (it is no client any more).
        resume: Called when `ready` has become true again.
        slice_s: For how long, in seconds, one read's unusual commands may keep everybody else
            waiting; the rest of them come after whatever else there is to do.
    """

    deliver: Deliver
    resume: Callable[[], None]
    slice_s: float

    @property
    def ready(self) -> bool:
        """Whether commands may be run now; those that come meanwhile have to wait."""
        ...

    @property
    def engine(self) -> Engine:
        """The engine behind it: look, but run nothing."""
        ...

    @property
    def pipeline(self) -> Pipeline | None:
        """A way to run commands that is quicker than `execute`, up to the first unusual one."""
        ...

    def connect(self, address: str, local: str, socket: int) -> Client:
        """A new client, for a connection between these two addresses.

        Raises:
            ConnectionRefusedError: Nobody is there at present.
        """
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
    """The time of the machine, in milliseconds. It never goes back, and never stands still.

    When somebody sets the machine's clock back, time goes on from where it was: what is to happen
    in a second does. It is ahead of the machine's then, until that is put forward again.
    """

    __slots__ = ("_ahead", "_last", "_measured_ms", "_wall_ns")

    def __init__(
        self,
        wall: Callable[[], int] = wall_ns,
        measured_ms: Callable[[], float] = lambda: time.monotonic() * 1000,
    ) -> None:
        """Args:
        wall: What the machine's clock says, in nanoseconds since 1970.
        measured_ms: How much time has passed, since whenever: it cannot be set.
        """
        self._wall_ns = wall
        self._measured_ms = measured_ms
        self._last = 0
        self._ahead: _Ahead | None = None

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        wall_ns = self._wall_ns
        now = wall_ns() // 1_000_000  # each command asks: no call that is not needed
        if self._ahead is not None:
            now = self._caught_up(self._ahead, now)
        if now < self._last:
            if self._ahead is None:  # somebody has set the clock back
                self._ahead = _Ahead(0, now, self._measured_ms())
            self._ahead.ms += self._last - now
            return self._last
        self._last = now
        return now

    def _caught_up(self, ahead: _Ahead, wall: int) -> int:
        """The time while it is ahead of the machine's: less, if that was put forward."""
        measured = self._measured_ms()
        leap = wall - ahead.wall - int(measured - ahead.measured_ms)
        ahead.wall, ahead.measured_ms = wall, measured
        if leap < -LEAP_MS:  # back once more
            ahead.ms -= leap
        elif leap > LEAP_MS:
            ahead.ms = max(0, ahead.ms - leap)
            if not ahead.ms:
                self._ahead = None
        return wall + ahead.ms

    def sleep(self, ms: int) -> None:
        """Do nothing for `ms` milliseconds, and let everybody wait: DEBUG SLEEP is for that."""
        time.sleep(min(ms / 1000, LONGEST_SLEEP_S))


class _Ahead:
    """By how much time is ahead of the machine's clock, and what both said when it was asked."""

    __slots__ = ("measured_ms", "ms", "wall")

    def __init__(self, ms: int, wall: int, measured_ms: float) -> None:
        self.ms = ms
        self.wall = wall
        self.measured_ms = measured_ms


LONGEST_SLEEP_S: Final = 2**32
"""A hundred years and more; Python does not sleep for a thousand."""

LEAP_MS: Final = 500
"""By how much a clock may run differently before somebody must have set it."""


class EngineHost:
    """An engine by itself, on the wall's clock: no history, no events.

    Attributes:
        engine: The engine.
        deliver, resume, ready, slice_s: See `Host`.
        courier: Whose old connections are to be closed from time to time, if there is one.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.courier: SocketCourier | None = None
        engine.state.stats.timer = time.perf_counter_ns
        self.deliver: Deliver = to_nobody
        self.resume: Callable[[], None] = lambda: None
        self.slice_s = inf  # a read is run as one, as in Redis
        self.ready = True
        self._bench: Bench | None = None

    @property
    def pipeline(self) -> Pipeline | None:
        """The engine's own, unless a script is in its midst."""
        bench = self._bench
        return self.engine.pipeline if bench is None or bench.late is None else None

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

    def before_sleep(self) -> None:
        """Have the log written, before replies are sent (`Engine.before_sleep`), and others told.

        A script that is in its midst waits meanwhile, and is still its client's afterwards.
        """
        if self._bench is not None and self._bench.late is not None:
            self._bench.aside(self.engine.before_sleep)
        else:
            self.engine.before_sleep()
        self.settle()

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
            if self.courier is not None:
                self.courier.forget_old()
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
