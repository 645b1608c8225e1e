"""SHUTDOWN of a server on a simulated host: it waits for its replicas, saves, and ends.

    SHUTDOWN ──▶ all replicas have the stream ──▶ dump.rdb, if asked for ──▶ the process ends
                 no: writes are paused until they have, `shutdown-timeout` at most

Its connections are closed by its kernel, so that everybody notices at once; the other nodes find
out that it does not come back by the node timeout, as with a crash. What it has saved it has again
when it is started.

Unlike Redis: who said SHUTDOWN and waits for it is told nothing when it is called off.

Source: `server.c` prepareForShutdown, isReadyToShutdown, finishShutdown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from redlearn.engine import clients
from redlearn.engine.edge import Edge, Shutdown
from redlearn.engine.engine import Engine
from redlearn.persistence import rdb_read, rdb_write
from redlearn.persistence.disk import exists, replace
from redlearn.persistence.simulated_disk import SimulatedDisk
from redlearn.resp.reply import Reply, Several

DUMP: Final = "dump.rdb"
FOREVER_MS: Final = 2**63 - 1
SHUTDOWN: Final = "shutdown_in_progress"
"""Why clients wait while it does."""

Frozen = tuple[Any, ...]


class HostEdge(Edge):
    """Ends its server."""

    def __init__(self, engine: Engine, disk: SimulatedDisk, leave: Callable[[], None]) -> None:
        """Args:
        leave: Ends the process, behind what is going on.
        """
        self._engine = engine
        self._disk = disk
        self._leave = leave
        self._how: Shutdown | None = None  # how it is about to end
        self._until_ms = 0

    @property
    def is_about_to_end(self) -> bool:
        """Whether it waits for its replicas."""
        return self._how is not None

    def start(self) -> None:
        """Have what was saved, if anything was."""
        if exists(self._disk, DUMP):
            rdb_read.load(self._engine.state, self._disk.read(DUMP))

    def shutdown(self, how: Shutdown) -> Reply:
        """End the server, now or as soon as its replicas have all. There is no reply."""
        if how.now or self._ready():
            self._end(how)
        elif self._how is None:
            seconds = self._engine.state.config.number("shutdown-timeout")
            self._how, self._until_ms = how, self._engine.clock.now_ms() + 1000 * seconds
            clients.pause(self._engine.state, FOREVER_MS, writes_only=True, why=SHUTDOWN)
        return Several()

    def abort_shutdown(self) -> bool:
        """Go on; whether it was about to end."""
        if self._how is None:
            return False
        self._how = None
        clients.unpause(self._engine.state, SHUTDOWN)
        return True

    def cron(self) -> None:
        """Look whether the replicas have all by now."""
        if self._how is not None and (
            self._ready() or self._engine.clock.now_ms() >= self._until_ms
        ):
            how, self._how = self._how, None
            self._end(how)

    def _ready(self) -> bool:
        known = self._engine.state.replication
        return all(each.offset == known.offset for each in known.replicas if each.online)

    def _end(self, how: Shutdown) -> None:
        state = self._engine.state
        if how.save == "save" or (how.save != "nosave" and state.config.text("save")):
            replace(self._disk, DUMP, b"".join(rdb_write.chunks(state)))
        self._leave()

    # ---- time travel ----

    def freeze(self) -> Frozen:
        """Whether it is about to end."""
        return self._how, self._until_ms

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it."""
        self._how, self._until_ms = frozen
