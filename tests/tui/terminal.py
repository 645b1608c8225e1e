"""A terminal of its own for the program: keys go in, and what it draws is kept as a screen."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from pathlib import Path

import pyte
import pytest

pty = pytest.importorskip("pty")
termios = pytest.importorskip("termios")

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0
"""Seconds: only reached when something is wrong."""


class Terminal:
    """A program on a pseudo-terminal, and the screen it has drawn."""

    def __init__(
        self, home: Path, *words: str, columns: int = 100, rows: int = 30, outlives: bool = False
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.output = bytearray()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.environ.update(TERM="xterm-256color", REDLEARN_HOME=str(home))
            if outlives:  # as nohup starts a program
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.execv(sys.executable, [sys.executable, "-m", "redlearn", *words])
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        termios.tcsetwinsize(self._fd, (rows, columns))

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def read(self) -> bool:
        """Take what there is; whether the program still has the terminal open."""
        if not select.select([self._fd], [], [], 0.05)[0]:
            return True
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            return False
        self.output += data
        # pyte does not know DECRQM's dollar sign, which a terminal would swallow.
        self._stream.feed(data.replace(b"$p", b""))
        return bool(data)

    def text(self) -> str:
        return "\n".join(self.screen.display)

    def until(self, *texts: str) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.read():
            shown = self.text()
            if all(text in shown for text in texts):
                return
        raise AssertionError(self.text())

    def until_over(self) -> int:
        """Read to the end; the exit status."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.read():
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def hang_up(self) -> None:
        """Close it from the outside; nothing can be read any more."""
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, self._fd)
        os.close(nothing)

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)
