"""Redaction: secrets in a command's arguments, hidden before anybody else sees them.

MONITOR, SLOWLOG, the prompt's history and every pane that shows a call show it this way.

Source: `networking.c` redactClientCommandArgument, and who calls it: authCommand, helloCommand,
aclCommand, configSetCommand, migrateCommand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

HIDDEN: Final = b"(redacted)"

_SECRET_PARAMETERS: Final = frozenset({
    b"MASTERAUTH", b"MASTERUSER", b"PRIMARYAUTH", b"PRIMARYUSER", b"REQUIREPASS",
    b"TLS-KEY-FILE-PASS", b"TLS-CLIENT-KEY-FILE-PASS",
})  # fmt: skip
"""Parameters whose values are secrets (SENSITIVE_CONFIG)."""


def redacted(argv: Sequence[bytes]) -> Sequence[bytes]:
    """A call's words with its secrets hidden; they are as many as before. O(1) where none are.

    >>> redacted([b"AUTH", b"ann", b"secret"])
    [b'AUTH', b'(redacted)', b'(redacted)']
    >>> redacted([b"HELLO", b"3", b"AUTH", b"ann", b"secret"])
    [b'HELLO', b'3', b'AUTH', b'(redacted)', b'(redacted)']
    """
    name = argv[0].upper() if argv else b""
    if name not in _WITH_SECRETS:
        return argv
    words = list(argv)
    if name == b"AUTH":
        _hide(words, 1, len(words))
    elif name == b"HELLO":
        at = _find(words, b"AUTH", 2)
        _hide(words, at + 1, at + 3)
    elif name == b"MIGRATE":
        at = _find(words, b"AUTH", 6)
        _hide(words, at + 1, at + 2)
        at = _find(words, b"AUTH2", 6)
        _hide(words, at + 1, at + 3)
    elif name == b"ACL" and len(words) > 2 and words[1].upper() in _OF_USERS:
        _hide(words, 2, len(words))
    elif name == b"CONFIG" and len(words) > 2 and words[1].upper() == b"SET":
        for at in range(2, len(words), 2):
            if words[at].upper() in _SECRET_PARAMETERS:
                _hide(words, at + 1, at + 2)
    return words


_WITH_SECRETS: Final = frozenset({b"AUTH", b"HELLO", b"MIGRATE", b"ACL", b"CONFIG"})
_OF_USERS: Final = frozenset({b"SETUSER", b"DELUSER", b"GETUSER"})


def hides_anything(argv: Sequence[bytes]) -> bool:
    """Whether a call has secrets in it."""
    return HIDDEN in redacted(argv)


def _find(words: list[bytes], word: bytes, start: int) -> int:
    """Where a word stands, from `start` on; past the end if nowhere."""
    for at in range(start, len(words)):
        if words[at].upper() == word:
            return at
    return len(words)


def _hide(words: list[bytes], start: int, end: int) -> None:
    for at in range(start, min(end, len(words))):
        words[at] = HIDDEN
