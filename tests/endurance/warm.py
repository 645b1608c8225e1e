"""Servers that start at once: copies of a process that has loaded all that `redlearn serve` runs.

Most of what a start costs is Python's own: half a second of work to load the modules, before the
first line of ours runs. A thousand starts would be ten minutes of that. So one process loads them
once, and each server is a fork of it which then does what the command line would do: it reads the
same words, opens the same files, and is as much a process of its own, to be killed by its number.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

LOADED: Final = ["redlearn.cli", "redlearn.server.serve", __name__]

_context = get_context("forkserver")
_context.set_forkserver_preload(LOADED)


class WarmProcess:
    """A server that runs, with what is used of `subprocess.Popen`.

    Whoever starts several has to do so from one thread.
    """

    def __init__(
        self, words: Sequence[str], log: Path, before: Callable[[], None] | None = None
    ) -> None:
        """Args:
        words: What follows `redlearn` on the command line.
        log: Where what it says goes.
        before: Runs in the new process before the server does.
        """
        self._process = _context.Process(target=_serve, args=(tuple(words), str(log), before))
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """Its status; None while it runs."""
        return self._process.exitcode

    def kill(self) -> None:
        """End it as a crash does; nothing happens if it has ended."""
        self.send_signal(signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def wait(self, timeout: float | None = None) -> int:
        """Its status, once it has ended."""
        self._process.join(timeout)
        status = self._process.exitcode
        if status is None:
            raise subprocess.TimeoutExpired("redlearn", timeout or 0.0)
        return status


def _serve(words: tuple[str, ...], log: str, before: Any) -> None:
    """Be the command line, in the new process."""
    from redlearn.__main__ import main

    said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(said, 2)
    os.close(said)
    if before is not None:
        before()
    sys.argv = ["redlearn", *words]
    main()
