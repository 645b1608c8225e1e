"""Coverage: every command of Redis 7 and 8 and of Valkey 9, and whether it is here.

What is here is read from the command table. Of the rest this module knows the names, and why:
a part of redlearn that is still to come, or a reason for which it will not come. A command that
arrives is here at once, whatever is said of it below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

import redlearn.engine.commands  # noqa: F401  (fills the command table)
from redlearn.engine.command import all_commands


class Standing(Enum):
    """What can be said of a command."""

    HERE = "here"
    LATER = "later"
    NOT_HERE = "not here"


@dataclass(frozen=True, slots=True)
class Row:
    """One command or subcommand.

    Attributes:
        name: As it is typed: "OBJECT ENCODING".
        group: As the documentation groups it.
        reason: Why it is not here; "" if it is.
    """

    name: str
    group: str
    standing: Standing
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """Commands that are not here for one reason. `names`: group -> names, subcommands as a|b."""

    standing: Standing
    reason: str
    names: dict[str, str]


def rows() -> list[Row]:
    """Every command, sorted by group and name."""
    found = {
        row.name: Row(_typed(row.name), row.group, Standing.HERE, "") for row in all_commands()
    }
    for part in PARTS:
        for group, name in _names(part):
            found.setdefault(name, Row(_typed(name), group, part.standing, part.reason))
    return sorted(found.values(), key=lambda row: (row.group, row.name))


def _names(part: Part) -> Iterator[tuple[str, str]]:
    for group, names in part.names.items():
        for word in names.split():
            container, _, subs = word.partition("|")
            for sub in subs.split(","):
                yield group, f"{container}|{sub}" if sub else container


def _typed(name: str) -> str:
    return name.upper().replace("|", " ")


def listing(group: str = "") -> list[str]:
    """The rows of a group, or of all, as lines of text, with a count at the end."""
    shown = [row for row in rows() if group in ("", row.group)]
    lines: list[str] = []
    last = ""
    for row in shown:
        if row.group != last:
            lines += [""] * bool(lines) + [row.group]
            last = row.group
        lines.append(f"  {row.name:30} {row.standing.value:9} {row.reason}".rstrip())
    counts = [(each.value, sum(row.standing is each for row in shown)) for each in Standing]
    told = ", ".join(f"{count} {name}" for name, count in counts)
    return [*lines, "", f"{len(shown)} commands and subcommands: {told}"]


def groups() -> list[str]:
    """The names of all groups."""
    return sorted({row.group for row in rows()})


PARTS: Final = (
    Part(
        Standing.LATER,
        "with replication: it takes another server",
        {"server": "failover psync replconf replicaof slaveof sync"},
    ),
    Part(
        Standing.NOT_HERE,
        "only in Redis 8: a type of its own",
        {
            "array": "arcount ardel ardelrange arget argetrange argrep arinfo arinsert arlastitems"
            " arlen armget armset arnext arop arring arscan arseek arset",
            "vectorset": "vadd vcard vdim vemb vgetattr vinfo vismember vlinks vrandmember vrange"
            " vrem vsetattr vsim",
        },
    ),
    Part(
        Standing.NOT_HERE,
        "only in Redis 8",
        {
            "cluster": "cluster|migration",
            "hash": "himport himport|discard,discardall,prepare,set",
            "list": "blmovem lmovem",
            "server": "backup backup|abort,cleanup,help,list,seal,start,status hotkeys hotkeys|get,"
            "help,reset,start,stop trimslots",
            "set": "sdiffcard sunioncard",
            "stream": "xackdel xcfgset xdelex xidmprecord xnack",
            "string": "delex digest increx",
        },
    ),
)
"""What is not here, by reason."""
