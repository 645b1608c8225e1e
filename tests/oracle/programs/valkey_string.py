"""Random calls of what only Valkey has among the string commands: SET IFEQ and DELIFEQ."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.oracle.programs import string
from tests.oracle.programs.words import any_case, bytes_of, key, maybe_wrong_arity

SERVERS = ("valkey",)
"""Whom to compare with; other servers do not know these commands."""


def draw(rng: Random) -> list[bytes]:
    """One call: a conditional SET or DELIFEQ, and any string command to give it a value."""
    kind = rng.randrange(4)
    if kind < 1:
        return string.draw(rng)
    if kind < 2:
        return maybe_wrong_arity(rng, [any_case(rng, b"DELIFEQ"), key(rng), bytes_of(rng)])
    options = [any_case(rng, b"IFEQ"), bytes_of(rng)]
    for word in (b"GET", b"NX", b"XX", b"IFEQ", b"KEEPTTL"):
        if rng.random() < 0.15:
            options.insert(rng.choice((0, len(options))), any_case(rng, word))
    return [any_case(rng, b"SET"), key(rng), bytes_of(rng), *options, *string.set_options(rng)]


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies to one call are as good: none here may differ."""
    return False
