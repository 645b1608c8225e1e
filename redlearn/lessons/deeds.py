"""Deeds: what can be done to a cluster or a disk from outside, by the names they have in a line.

`:kill 7002`, `:partition 7001 | 7002 7003`, `:crash`. The prompt and lessons know them by this
table; the world that a session runs knows what each of them does to it.

In a lesson a deed is a command like any other, whose first word begins with a colon.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

COLON: Final = b":"


class Deed(NamedTuple):
    """What follows its name, and what it does."""

    takes: str
    help: str


DEEDS: Final[dict[str, Deed]] = {
    "kill": Deed("[node]", "end a process without warning, as kill -9 does"),
    "crash": Deed("[at byte]", "cut the power: what is not on the disk is gone"),
    "blackout": Deed("node", "cut the power of a node's machine: nobody is told"),
    "restart": Deed("[node]", "start again what was killed, or lost its power"),
    "stop": Deed("node", "let a node's process stand still"),
    "cont": Deed("node", "let it go on"),
    "partition": Deed("a | b", "let nothing get through from nodes to nodes; > is one way"),
    "heal": Deed("", "undo every partition"),
    "loss": Deed("percent", "let that share of all messages get lost"),
    "delay": Deed("ms", "let every message take that long"),
    "reshard": Deed("slots a b", "move slots from a to b, as redis-cli does; step: bit by bit"),
    "fix": Deed("[force]", "close and cover slots that a move left half done; step: bit by bit"),
    "order": Deed("[count]", "let the coordinator of a move give its next order, or all"),
    "client": Deed("manner", "what clients do when redirected: plain, following or smart"),
    "face": Deed("[node]", "look at a node, or at whoever answers"),
}
"""What can be done, by name."""


def is_deed(argv: Sequence[bytes]) -> bool:
    """Whether a command is not for a server, but for the world it is in."""
    return bool(argv) and argv[0].startswith(COLON)


def words_of(argv: Sequence[bytes]) -> tuple[str, ...]:
    """A deed's words, without its colon."""
    name, *rest = (word.decode("utf-8", "replace") for word in argv)
    return (name[1:], *rest)
