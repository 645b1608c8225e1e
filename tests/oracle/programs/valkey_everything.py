"""All groups together, with what Redis 7.0 does not have."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.oracle.programs import everything, valkey_hash, valkey_session, valkey_string

SERVERS = ("valkey",)
"""Whom to compare with; other servers do not know these commands."""

CLIENTS = everything.CLIENTS
PROGRAMS = (
    *everything.PROGRAMS, valkey_session, valkey_string, valkey_hash, valkey_hash,
)  # fmt: skip


def draw(rng: Random) -> list[bytes]:
    """One call of any group, which does not wait."""
    return everything.draw_among(rng, PROGRAMS)


def draw_for(rng: Random, client: int) -> list[bytes]:
    """One call of a client: any but the first may wait."""
    return everything.waiting_at_times(rng, client) or draw(rng)


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies are as good to one of the programs."""
    return everything.agree(argv, ours, theirs) or valkey_hash.agree(argv, ours, theirs)
