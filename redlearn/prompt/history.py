"""History: what was typed, kept in a file that only its owner can read.

One entry after the other, newest last, in prompt_toolkit's own form. Passwords never get
there: AUTH and its relatives are kept with their secrets blotted out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit.history import FileHistory

from redlearn.resp.text import tokens

MOST_KEPT = 10_000
BLOT = "(redacted)"
OWNER_ONLY = 0o600


class RedisHistory(FileHistory):
    """The history file. If it cannot be written, the session goes on without it."""

    def __init__(self, path: Path) -> None:
        self._works = _prepare(path)
        super().__init__(str(path))

    def load_history_strings(self) -> Iterable[str]:
        """The newest entries, newest first."""
        if not self._works:
            return []
        try:
            return list(super().load_history_strings())[:MOST_KEPT]
        except OSError:
            return []

    def append_string(self, string: str) -> None:
        """Keep a line, with its secrets blotted out, unless it repeats the last one."""
        string = redacted(string)
        if not string.strip() or (self._loaded_strings and self._loaded_strings[0] == string):
            return
        super().append_string(string)

    def store_string(self, string: str) -> None:
        """Write one entry to the file."""
        if not self._works:
            return
        try:
            super().store_string(string)
        except OSError:
            self._works = False


def _prepare(path: Path) -> bool:
    """Make the file, readable for its owner alone; whether that worked."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, OWNER_ONLY))
        path.chmod(OWNER_ONLY)
    except OSError:
        return False
    return True


def redacted(text: str) -> str:
    """The lines without their secrets: what follows AUTH, a requirepass, an ACL password.

    >>> redacted("AUTH ann s3cret")
    'AUTH (redacted)'
    >>> redacted("hello 3 auth ann s3cret setname x")
    'hello 3 auth ann (redacted) setname x'
    """
    return "\n".join(_redacted_line(line) for line in text.split("\n"))


def _redacted_line(line: str) -> str:
    words = tokens(line)
    if words and words[0].value.startswith(b"@"):
        words = words[1:]
    upper = [word.value.upper() for word in words]
    if not upper:
        return line
    if upper[0] == b"AUTH" and len(words) > 1:
        return line[: words[1].start] + BLOT
    secret = [number for number in range(1, len(words)) if _is_secret(upper, number)]
    for number in reversed(secret):
        line = line[: words[number].start] + BLOT + line[words[number].end :]
    return line


def _is_secret(upper: list[bytes], number: int) -> bool:
    if upper[0] in (b"HELLO", b"MIGRATE"):
        before = upper[max(0, number - 2) : number]
        if upper[0] == b"HELLO":
            return len(before) == 2 and before[0] == b"AUTH"
        return before[-1:] in ([b"AUTH"], [b"AUTH2"]) or before[:1] == [b"AUTH2"]
    if upper[:2] == [b"CONFIG", b"SET"]:
        return upper[number - 1] in (b"REQUIREPASS", b"MASTERAUTH", b"TLS-KEY-FILE-PASS")
    if upper[:2] == [b"ACL", b"SETUSER"]:
        return upper[number][:1] in (b">", b"<", b"#", b"!") and number > 2
    return False
