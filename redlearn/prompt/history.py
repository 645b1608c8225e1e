"""History: what was typed, kept in a file that only its owner can read.

    #
    +SET name ann
    #
    +MULTI                 a pasted block is one entry
    +INCR visits
    +EXEC

Entries stand oldest first, each after a `#` line, each of its lines after a `+`: the form
that prompt_toolkit's own history files have, without the dates. Passwords never get there:
AUTH and its relatives are kept with their secrets blotted out.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from prompt_toolkit.history import History

from redlearn.prompt.reading import prefixes
from redlearn.resp.text import tokens

MOST_KEPT = 10_000
LARGEST = 4 * 1024 * 1024
"""Bytes; a file that has grown larger is cut down to its newer half when it is read."""

LONGEST_ENTRY = 64 * 1024
"""Characters; what is longer (a pasted file) is not kept beyond the session."""

BLOT = "(redacted)"
OWNER_ONLY = 0o600


class RedisHistory(History):
    """The history file. If it cannot be read or written, the session goes on without it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._works = _prepare(path)

    def load_history_strings(self) -> Iterable[str]:
        """The newest entries, newest first."""
        if not self._works:
            return []
        try:
            return entries(_newest(self._path))[::-1][:MOST_KEPT]
        except OSError:
            return []

    def append_string(self, string: str) -> None:
        """Keep a line, with its secrets blotted out, unless it repeats the last one."""
        string = redacted(string)
        if string.strip() and self._loaded_strings[:1] != [string]:
            super().append_string(string)

    def store_string(self, string: str) -> None:
        """Write one entry to the file: at once and whole, so that sessions can share it."""
        if not self._works or not 1 < len(string) <= LONGEST_ENTRY:
            return  # a single letter is the answer to a question, and no command
        try:
            file = os.open(self._path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, OWNER_ONLY)
            try:
                os.write(file, entry(string))
            finally:
                os.close(file)
        except OSError:
            self._works = False


def entry(text: str) -> bytes:
    """An entry as it stands in the file. Bytes that were no UTF-8 when typed are kept."""
    lines = "".join(f"+{line}\n" for line in text.split("\n"))
    try:
        return f"#\n{lines}".encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return f"#\n{lines}".encode("utf-8", "replace")


def entries(data: bytes) -> list[str]:
    """The entries of a file, oldest first. Lines of any other form are passed over."""
    found: list[str] = []
    lines: list[str] = []
    for line in data.decode("utf-8", "surrogateescape").split("\n"):
        if line.startswith("+"):
            lines.append(line[1:])
        elif lines:
            found.append("\n".join(lines))
            lines = []
    return [*found, "\n".join(lines)] if lines else found


def _newest(path: Path) -> bytes:
    """The content of the file; of one that has grown too large its newer half, which it keeps."""
    data = path.read_bytes()
    if len(data) <= LARGEST:
        return data
    data = data[-(LARGEST // 2) :]
    data = data[data.find(b"\n#\n") + 1 :]
    shorter = path.with_name(f"{path.name}.{os.getpid()}")
    file = os.open(shorter, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY)
    with os.fdopen(file, "wb") as target:
        target.write(data)
    shorter.replace(path)
    return data


def _prepare(path: Path) -> bool:
    """Make the file, readable for its owner alone; whether there is an ordinary file now."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists() and not path.is_file():
            return False  # a device or a pipe: not ours to change, or to wait for
        file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, OWNER_ONLY)
        try:
            if os.fstat(file).st_mode & 0o077:
                os.fchmod(file, OWNER_ONLY)
        finally:
            os.close(file)
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
    _, start = prefixes(line)
    words = [(start + word.start, start + word.end, word.value) for word in tokens(line[start:])]
    upper = [value.upper() for _, _, value in words]
    if upper[:1] == [b"AUTH"] and len(words) > 1:
        return line[: words[1][0]] + BLOT
    for number in range(len(words) - 1, 0, -1):
        if _is_secret(upper, number):
            begin, end, _ = words[number]
            line = line[:begin] + BLOT + line[end:]
    return line


SECRET_SETTINGS = frozenset(
    [b"REQUIREPASS", b"MASTERAUTH", b"PRIMARYAUTH", b"TLS-KEY-FILE-PASS",
     b"TLS-CLIENT-KEY-FILE-PASS"]
)  # fmt: skip


def _is_secret(upper: list[bytes], number: int) -> bool:
    """Whether word `number` of a command, all in upper case, is a secret."""
    match upper[:2]:
        case [b"HELLO", _]:
            return number > 2 and upper[number - 2] == b"AUTH"
        case [b"MIGRATE", _]:
            return upper[number - 1] == b"AUTH" or (number > 2 and upper[number - 2] == b"AUTH2")
        case [b"CONFIG", b"SET"]:
            return upper[number - 1] in SECRET_SETTINGS
        case [b"ACL", b"SETUSER"]:
            return number > 2 and upper[number][:1] in (b">", b"<", b"#", b"!")
        case [b"SENTINEL", b"SET"]:
            return upper[number - 1] == b"AUTH-PASS"
    return False
