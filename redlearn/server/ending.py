"""Ending: what has to be done before a server may go, and who may hurry it.

The first signal (SIGTERM, SIGINT), or SHUTDOWN, ends it in good order: the log is made safe, a
snapshot is written if there are save points, everybody gets what was to be said. If a snapshot
cannot be written, the server stays; of a log it says so, and goes. A second signal ends it at once,
with status 1, even in the midst of writing: what is not whole yet has another name, and is removed.

Sources: `server.c` sigShutdownHandler, prepareForShutdown; `db.c` shutdownCommand.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from redlearn.engine.edge import Shutdown

if TYPE_CHECKING:
    from redlearn.server.host import EngineHost
    from redlearn.server.keeping import Keeper

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Ending:
    """The end of a server.

    Attributes:
        told: Set once it may go.
        keeper: What has to be written first, or None.
        failed: It ends because it cannot go on.
        host: What runs commands; none is run any more afterwards.
    """

    def __init__(self, log: Callable[[str], None]) -> None:
        self.told = asyncio.Event()
        self.keeper: Keeper | None = None
        self.host: EngineHost | None = None
        self.failed = False
        self._log = log

    def shutdown(self, how: Shutdown) -> bool:
        """Write what has to be written, and go; False if it cannot be written."""
        if self.told.is_set():
            return True
        if self.keeper is not None and not self.keeper.shutdown(how.save, force=how.force):
            return False
        if self.host is not None:
            self.host.ready = False  # nothing that comes now would be kept
        self.told.set()
        return True

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        """Listen to signals meanwhile."""
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self._signalled, number)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def _signalled(self, number: signal.Signals) -> None:
        loop = asyncio.get_running_loop()
        self._log(f"Received {number.name}, scheduling shutdown...")
        for each in SIGNALS:
            loop.remove_signal_handler(each)
            signal.signal(each, self._insisted)  # heard even while a snapshot is written
        words = self._words(number)
        how = Shutdown(
            next((word for word in ("save", "nosave") if word in words), ""),
            now="now" in words,
            force="force" in words,
        )
        if not self.shutdown(how):
            self._log("Errors trying to shut down the server: it goes on. Check the lines above.")
            for each in SIGNALS:
                loop.add_signal_handler(each, self._signalled, each)

    def _words(self, number: signal.Signals) -> list[str]:
        if self.host is None:
            return []
        return self.host.engine.state.config.text(f"shutdown-on-{number.name.lower()}").split()

    def _insisted(self, number: int, frame: FrameType | None) -> None:
        self._log("You insist... exiting now.")
        if self.keeper is not None:
            self.keeper.abandon()
        os._exit(1)
