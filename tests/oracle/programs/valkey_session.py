"""Random calls about the connection that Redis 7.0 does not have yet."""

from __future__ import annotations

from random import Random

from tests.oracle.programs import session
from tests.oracle.programs.session import agree as agree

SERVERS = ("valkey",)
"""Whom to compare with; other servers do not know these commands."""

LINES = [
    line.split()
    for line in (
        b"CLIENT SETINFO LIB-NAME <name>", b"CLIENT SETINFO lib-ver <name>",
        b"CLIENT SETINFO nope <name>", b"CLIENT NO-TOUCH ON", b"CLIENT NO-TOUCH OFF",
        b"CLIENT NO-TOUCH maybe", b"COMMAND GETKEYS GET", b"ZRANK <key> a WITHSCORE",
        b"ZREVRANK <key> a WITHSCORE", b"ZRANK <key> a NOPE", b"HSCAN <key> 0 NOVALUES",
        b"WAITAOF 0 0 <n>", b"WAITAOF 0 0 0", b"WAITAOF 2 0 0",
        b"WAITAOF x 0 0", b"WAITAOF 0 x 0", b"WAITAOF 0 -1 0", b"WAITAOF 0 0 -1", b"WAITAOF 0 0 x",
    )
]  # fmt: skip


def draw(rng: Random) -> list[bytes]:
    """One call: a third of them the newer ones."""
    if rng.random() < 0.66:
        return session.draw(rng)
    return session.fill(rng, rng.choice(LINES))
