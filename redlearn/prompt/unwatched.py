"""An engine run in a hurry: no history, no events, no onlookers. What a script needs.

A session remembers every command and what it did, which takes ten times as long as doing
it. A pipe of a million lines wants neither: it gets this, which has the same verbs, runs
on the wall's time, and keeps nothing but the data.
"""

from __future__ import annotations

from collections.abc import Sequence

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.lua.runner import session_runner
from redlearn.resp.reply import Reply
from redlearn.timeline.world import next_tick

LOOK_EVERY_MS = 2
"""How often it is asked whether the timer is due: it fires every 2 ms at most (hz 500)."""


class Unwatched:
    """The part of a Session that a conversation needs, at an engine's own speed.

    Attributes:
        engine: The engine.
    """

    def __init__(self, start_ms: int) -> None:
        self._clock = VirtualClock(start_ms)
        self._wall_ms: int | None = None
        self._look_again_ms = 0
        self.engine = Engine(self._clock, scripts=session_runner())
        self.engine.state.stats.timer = self._clock.now_ns
        self.engine.state.config.set("enable-debug-command", "yes")
        self._clients = self.engine.state.clients
        self._named: dict[str, int] = {}
        for db in self.engine.state.databases:
            db.index_deadlines()

    @property
    def now_ms(self) -> int:
        """The moment it is at, in ms since 1970."""
        return self._clock.ms

    def connect(self, *, name: str | None = None) -> int:
        """A new client, by whatever name; its id."""
        client = self.engine.connect().id
        if name is not None:
            self._named[name] = client
        return client

    def client_named(self, name: str) -> int:
        """The id of who came under that name, 0 if nobody has it now. O(1)."""
        client = self._named.get(name, 0)
        return client if client in self._clients else 0

    def names(self) -> dict[int, str]:
        """What clients are called, by their ids."""
        return {client: name for name, client in self._named.items()}

    def disconnect(self, client: int) -> None:
        """A client goes."""
        if (known := self._clients.get(client)) is not None:
            self.engine.disconnect(known)

    def execute(self, client: int, argv: Sequence[bytes]) -> list[Reply]:
        """Run a command now and give what reached the client's outbox."""
        known = self._clients[client]
        self.engine.execute_timed(known, list(argv))
        return known.take()

    def take_late(self) -> list[tuple[int, Reply]]:
        """(client, reply) of all that is left in outboxes: what somebody waited for."""
        return [(client.id, each) for client in self._clients.values() for each in client.take()]

    def advance(self, ms: int) -> None:
        """Let `ms` milliseconds pass, timers and all."""
        self._pass(self._clock.ms + ms)

    def catch_up(self, wall_ms: int) -> None:
        """Let as much time pass as passed on the wall since the last call."""
        last, self._wall_ms = self._wall_ms, wall_ms
        if last is not None and wall_ms > last:
            self._pass(self._clock.ms + wall_ms - last)

    def _pass(self, until_ms: int) -> None:
        """Go to a moment, the timer firing where it finds work. O(databases) without any."""
        if until_ms >= self._look_again_ms:
            while (due_ms := next_tick(self.engine, self._clock.ms)) and due_ms <= until_ms:
                self._clock.ms = due_ms
                self.engine.tick()
            self._look_again_ms = until_ms + LOOK_EVERY_MS
        self._clock.ms = until_ms
