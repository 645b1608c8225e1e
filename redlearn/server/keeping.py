"""Keeping: a server's data on the real disk, in its working directory.

What is not whole yet has a name with the number of the process in it. A server that was killed
leaves such files behind; the next one in the same directory removes those of processes that are
no more, and leaves alone those of servers that live there too.

Source: `rdb.c` rdbRemoveTempFile; `aof.c` aofRemoveTempFile.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from redlearn.engine.engine import Engine
from redlearn.persistence.background import in_a_child
from redlearn.persistence.disk import name_of
from redlearn.persistence.log import NO_WAY_ON
from redlearn.persistence.persistence import Persistence
from redlearn.persistence.store import RealDisk

BETWEEN_SLICES_S: Final = 0.005
UNTIL_A_LOOK_S: Final = 0.1
UNFINISHED: Final = re.compile(r"temp-redlearn-(\d+)\b")


class Keeper:
    """A server's store, and the disk it is on.

    Attributes:
        store: What the engine asks.
        disk: Its directory.
    """

    def __init__(self, engine: Engine, folder: Path, log: Callable[[str], None]) -> None:
        """Raises OSError if there is no such directory."""
        self.disk = RealDisk(folder)
        self._engine = engine
        self._own = os.getpid()
        self._log = log
        self.store = Persistence(
            engine,
            self.disk,
            begin=in_a_child,
            token=f"redlearn-{self._own}",
            postpones=False,
            tell=log,
        )
        self.store.log.fatal = self._end_at_once

    def starting(self) -> Iterator[None]:
        """Load what is on the disk, in steps. Raises CannotLoad."""
        self._remove(lambda process: not _is_there(process))
        return self.store.starting()

    def shutdown(self, save: str, *, force: bool) -> bool:
        """Write what has to be written before the end; whether that was possible."""
        return self.store.shutdown(save, force=force)

    async def work(self) -> None:
        """Go on for ever with what is written in slices, in between what others want.

        Most is written by a child, and asked about by the timer.
        """
        while True:
            await asyncio.sleep(BETWEEN_SLICES_S if self.store.in_slices else UNTIL_A_LOOK_S)
            if self.store.in_slices:
                self.store.poll()

    def abandon(self) -> None:
        """End at once: nothing unfinished stays behind."""
        self.store.abandon()
        self._remove(lambda process: process == self._own)

    def _end_at_once(self, reason: str) -> None:
        """Under `always` there is no way on: what was done is in no log, and nobody may be told
        that it was done (`aof.c` flushAppendOnlyFile).
        """
        self._log(NO_WAY_ON.format(reason))
        os._exit(1)

    def _remove(self, is_to_go: Callable[[int], bool]) -> None:
        """Remove unfinished files of processes that `is_to_go` says yes to."""
        for folder in ("", name_of(self._engine.state.config.text("appenddirname"))):
            with suppress(OSError):
                for name in self.disk.names(folder):
                    found = UNFINISHED.match(name)
                    if found is not None and is_to_go(int(found[1])):
                        with suppress(OSError):  # a directory of that name, for one
                            self.disk.remove(f"{folder}/{name}" if folder else name)


def _is_there(process: int) -> bool:
    """Whether there is a process of this number, be it somebody else's."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):  # no process has a number as large as that
        return False
    except OSError:
        pass
    return True
