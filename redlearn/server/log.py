"""Log: what a server has to say beside its replies, on standard error or in a file.

    4711:M 27 Nov 2026 17:53:12.123 * redlearn 0.1.0 is ready to accept connections on 6379

Each sentence has a level, and `loglevel` says from which one on they are written. A file is opened
anew for each sentence, as Redis does it: it may be moved away at any time, and a new one begins.

Source: `server.c` serverLogRaw.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final

LEVELS: Final = ("debug", "verbose", "notice", "warning", "nothing")
"""From the most to the least talkative."""

MARKS: Final = dict(zip(LEVELS, ".-*#", strict=False))
"""What stands before a sentence in a file."""

Write = Callable[[str, str], None]
"""Takes a sentence and its level."""


def to_stderr(sentence: str, level: str) -> None:
    """Write for whoever has started the server and looks on."""
    with suppress(OSError):  # they may be gone, as a pipe's reader; a server does not end with them
        sys.stderr.write(sentence + "\n")
        sys.stderr.flush()


class ToFile:
    """Writes to the end of a file, with the time."""

    def __init__(self, path: Path, seconds: Callable[[], float]) -> None:
        """Args:
        path: The file.
        seconds: The time, since 1970.

        Raises:
            OSError: It cannot be written to.
        """
        self._path = path
        self._seconds = seconds
        with open(path, "ab"):
            pass

    def __call__(self, sentence: str, level: str) -> None:
        moment = datetime.fromtimestamp(self._seconds())  # as the clocks of this place show it
        stamp = f"{moment:%d %b %Y %H:%M:%S}.{moment.microsecond // 1000:03}"
        line = f"{os.getpid()}:M {stamp} {MARKS[level]} {sentence}\n"
        try:
            with open(self._path, "ab") as file:
                file.write(line.encode("utf-8", "backslashreplace"))
        except OSError:  # a server does not end because its disk is full
            return


class Log:
    """Where sentences go. Called with one alone it is a notice.

    Attributes:
        level: The least that is written.
        write: Writes.
    """

    def __init__(self, write: Write = to_stderr, level: str = "notice") -> None:
        self.level = level
        self.write = write

    def __call__(self, sentence: str) -> None:
        """What happens in the life of a server."""
        self._at("notice", sentence)

    def warning(self, sentence: str) -> None:
        """What somebody should look at."""
        self._at("warning", sentence)

    def verbose(self, sentence: str) -> None:
        """What happens all the time; ask `is_verbose` before a sentence is made at some cost."""
        self._at("verbose", sentence)

    @property
    def is_verbose(self) -> bool:
        """Whether it is written what happens all the time."""
        return LEVELS.index(self.level) <= LEVELS.index("verbose")

    def _at(self, level: str, sentence: str) -> None:
        if LEVELS.index(level) >= LEVELS.index(self.level):
            self.write(sentence, level)
