"""An engine with a disk in memory, on a clock that is moved by hand; and its twin after a crash."""

from __future__ import annotations

import shlex
from typing import Any

from redlearn.clock import VirtualClock
from redlearn.engine.client import Client
from redlearn.engine.config import parameter
from redlearn.engine.digest import digest_of_dataset
from redlearn.engine.engine import Engine
from redlearn.lua.runner import session_runner
from redlearn.persistence.persistence import Persistence
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.resp.reply import Failure, Reply, Verbatim

BEGIN_MS = 1_700_000_000_000


class Stored:
    """An engine, its disk, and a client.

    Attributes:
        said: What the store had to say.
    """

    def __init__(self, disk: SimulatedDisk | None = None, **config: str) -> None:
        self.clock = VirtualClock(BEGIN_MS)
        self.disk = disk if disk is not None else SimulatedDisk(self.clock)
        self.config = config
        self.said: list[str] = []
        self.begin()

    def begin(self) -> None:
        """Start an engine on what is on the disk."""
        self.engine = Engine(self.clock, scripts=session_runner())
        self.engine.state.config.set("enable-debug-command", "yes")
        for name, text in {"save": "", **self.config}.items():
            row = parameter(name.replace("_", "-"))
            assert row is not None
            self.engine.state.configure(row, row.read(text))
        self.store = Persistence(self.engine, self.disk, tell=self.said.append)
        self.known = self.engine.state.durability
        self.store.start()
        self.client: Client = self.engine.connect()

    def __call__(self, line: str) -> Reply:
        """Run a command as a server does: the log is written before the reply is there."""
        self.engine.execute(self.client, [word.encode() for word in shlex.split(line)])
        self.engine.before_sleep()
        (reply,) = self.client.take()
        return reply

    def refused(self, line: str) -> str:
        reply = self(line)
        assert isinstance(reply, Failure), reply
        return reply.text

    def info(self) -> dict[str, str]:
        """INFO persistence."""
        text = self("INFO persistence")
        assert isinstance(text, Verbatim)
        return dict(row.split(":", 1) for row in text.data.decode().splitlines() if ":" in row)

    def pass_ms(self, ms: int, step_ms: int = 100) -> None:
        """Let time pass, with a tick every tenth of a second."""
        for _ in range(0, ms, step_ms):
            self.clock.advance(step_ms)
            self.engine.tick()
            self.engine.before_sleep()

    def crash(self, **how: Any) -> None:
        """Cut the power, and start again."""
        self.disk.crash(**how)
        self.begin()

    def kill(self) -> None:
        """Kill the process, and start again."""
        self.disk.kill()
        self.begin()

    def digest(self) -> str:
        """What all the data comes to."""
        return digest_of_dataset(self.engine.state.databases)

    def keys(self) -> list[bytes]:
        """All keys, in order."""
        found = self("KEYS *")
        assert isinstance(found, list)
        return sorted(key for key in found if isinstance(key, bytes))
