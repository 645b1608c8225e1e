"""What the AOF pane sees: the end of the append-only file, command by command.

The file is made the way `aof.c feedAppendOnlyFile` makes it: each command as an array of
bulk strings, and a SELECT before the first one, and wherever the database changes. MULTI and
EXEC need none: theirs comes with the first command between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from redlearn.engine.command import COMMANDS
from redlearn.engine.effects import ANY_DB, Effect
from redlearn.views.narration import words

ARGUMENT_SHOWN: Final = 64
"""How many bytes of an argument are copied; the rest is counted."""

ARGUMENTS_SHOWN: Final = 24


@dataclass(frozen=True, slots=True)
class AofRow:
    """One command of the file.

    Attributes:
        offset: Where it begins.
        size: Its bytes.
        argv: Its words, each cut to `ARGUMENT_SHOWN` bytes, `ARGUMENTS_SHOWN` of them.
        sizes: How long those words are.
        count: How many words it has.
        serial: The point that wrote it, unique in a session.
    """

    offset: int
    size: int
    argv: tuple[bytes, ...]
    sizes: tuple[int, ...]
    count: int
    serial: int


@dataclass(frozen=True, slots=True)
class Written:
    """The file after one point: its length, its commands, the database selected in it."""

    size: int = 0
    rows: int = 0
    db: int = -1


@dataclass(frozen=True, slots=True)
class AofView:
    """The end of the file, or a window further up.

    Attributes:
        rows: Commands, oldest first.
        size: Bytes in all.
        total: Commands in all.
        last: The serial of the latest point: its rows are the new ones.
        silence: Why the latest command left nothing, or "" if it did leave something.
        below: How many commands lie behind the window.
    """

    rows: tuple[AofRow, ...] = ()
    size: int = 0
    total: int = 0
    last: int = 0
    silence: str = ""
    below: int = 0


def appended(
    before: Written, effects: Iterable[Effect], serial: int
) -> tuple[tuple[AofRow, ...], Written]:
    """What one point's effects append to the file, and how the file stands then."""
    rows: list[AofRow] = []
    size, db = before.size, before.db
    for effect in effects:
        argvs = [effect.argv]
        if effect.db not in (db, ANY_DB):
            argvs.insert(0, (b"SELECT", b"%d" % effect.db))
            db = effect.db
        for argv in argvs:
            row = _row(argv, size, serial)
            rows.append(row)
            size += row.size
    return tuple(rows), Written(size, before.rows + len(rows), db)


def _row(argv: tuple[bytes, ...], offset: int, serial: int) -> AofRow:
    shown = argv[:ARGUMENTS_SHOWN]
    return AofRow(
        offset=offset,
        size=resp_size(argv),
        argv=tuple(word[:ARGUMENT_SHOWN] for word in shown),
        sizes=tuple(len(word) for word in shown),
        count=len(argv),
        serial=serial,
    )


def resp_size(argv: Iterable[bytes]) -> int:
    r"""How many bytes a command takes: `*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`.

    >>> resp_size([b"GET", b"k"])
    20
    """
    lengths = [len(word) for word in argv]
    return 3 + len(str(len(lengths))) + sum(5 + len(str(size)) + size for size in lengths)


def silence(argv: tuple[bytes, ...], *, failed: bool, queued: bool) -> str:
    """Why a command that appended nothing did not."""
    if not argv:
        return ""
    said = words(argv, 6)
    if failed:
        return f"{said}: refused, nothing is logged"
    if queued:
        return f"{said}: queued, nothing is logged before EXEC"
    command = COMMANDS.get(argv[0].upper())
    if command is not None and command.subcommands and len(argv) > 1:
        command = command.subcommands.get(argv[1].upper(), command)
    if command is not None and command.write:
        return f"{said}: changed nothing, so nothing is logged"
    if command is not None and command.keys:
        return f"{said}: a read, nothing is logged"
    return f"{said}: touches no data, nothing is logged"
