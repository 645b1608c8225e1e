"""What tests share: how many workers, and an engine to talk to."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from redlearn.clock import VirtualClock
from redlearn.errors import CommandError
from redlearn.probe import Event
from redlearn.resp.reply import Failure, Reply

if TYPE_CHECKING:
    from redlearn.engine.client import Client
    from redlearn.engine.context import Context
    from redlearn.engine.engine import Engine

TESTS = Path(__file__).parent

pytest_plugins = ["tests.oracle.servers"]


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """All cores for the whole suite; for a file or two, workers cost more than they save."""
    asked = [(config.invocation_params.dir / argument).resolve() for argument in config.args]
    whole = all(path in (TESTS, TESTS.parent) for path in asked)
    return (os.cpu_count() or 1) if whole else 0


class Redis:
    """A client of an embedded engine on a clock that moves only when told to.

    Calling it runs a command and gives the reply: `redis("SET k v")`, or, for bytes that no
    line can hold, `redis(b"SET", b"k", b"\\x00")`. A failure is raised as CommandError.

    Attributes:
        engine: The engine, shared by all clients that came from one fixture.
        clock: Its clock. Starts at 1000 seconds, so that no TTL reaches below zero.
        client: Whom the engine knows this client as.
    """

    def __init__(self, engine: Engine, clock: VirtualClock) -> None:
        self.engine = engine
        self.clock = clock
        self.client: Client = engine.connect()

    def __call__(self, *command: str | bytes) -> Reply:
        replies = self.all(*command)
        assert len(replies) == 1, f"one reply expected, got {replies}"
        if isinstance(replies[0], Failure):
            raise CommandError(replies[0].text)
        return replies[0]

    def all(self, *command: str | bytes) -> list[Reply]:
        """Run a command and take everything out of the outbox; a failure comes as a value."""
        self.engine.execute(self.client, argv_of(*command))
        return self.client.take()

    def connect(self) -> Redis:
        """Another client of the same engine."""
        return Redis(self.engine, self.clock)

    def advance(self, ms: int) -> None:
        """Let time pass, without a tick: only lazy expiry sees it."""
        self.clock.advance(ms)

    def events(self, *command: str | bytes) -> list[Event]:
        """Run a command, which may fail, and give what the probe was told meanwhile."""
        seen: list[Event] = []
        self.engine.watch(seen.append)
        try:
            self.all(*command)
        finally:
            self.engine.watch(None)
        return seen

    @property
    def ctx(self) -> Context:
        """The context that commands of this engine run in."""
        return self.engine._context


def argv_of(*command: str | bytes) -> list[bytes]:
    """One line, split as a shell would; or ready-made arguments."""
    if len(command) == 1 and isinstance(command[0], str):
        return [word.encode() for word in shlex.split(command[0])]
    return [part.encode() if isinstance(part, str) else part for part in command]


@pytest.fixture
def new_redis() -> Callable[..., Redis]:
    """Makes embedded servers: `new_redis(seed=3)`."""

    from redlearn.engine.engine import Engine  # not above: tests of the lower layers load no engine
    from redlearn.lua.runner import session_runner

    def make(seed: int = 0) -> Redis:
        clock = VirtualClock(1_000_000)
        engine = Engine(clock, seed=seed, scripts=session_runner())
        engine.state.config.set("enable-debug-command", "yes")  # as every embedded engine has it
        return Redis(engine, clock)

    return make


@pytest.fixture
def redis(new_redis: Callable[..., Redis]) -> Redis:
    """A client of a new, empty embedded server."""
    return new_redis()
