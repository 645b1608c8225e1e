"""What the AOF pane sees: the end of the append-only file, command by command.

The file is made the way `persistence/aof_write.py` makes it, a SELECT before the first command
and wherever the database changes included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Final

from redlearn.engine.command import COMMANDS
from redlearn.engine.effects import Effect
from redlearn.persistence.aof_read import Reader
from redlearn.persistence.aof_write import NOTHING_SELECTED, with_selects
from redlearn.views.narration import words
from redlearn.views.window import Room

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
        node: Whose file it is in, where each node of a cluster would have its own; else "".
    """

    offset: int
    size: int
    argv: tuple[bytes, ...]
    sizes: tuple[int, ...]
    count: int
    serial: int
    node: str = ""


@dataclass(frozen=True, slots=True)
class Written:
    """The file after one point: its length, its commands, the database selected in it."""

    size: int = 0
    rows: int = 0
    db: int = NOTHING_SELECTED


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
        name: The file, where there is one; else what a file would hold is shown.
        safe: How many of its bytes are on the disk; -1 where there is no file.
        mixed: It is what all nodes of a cluster would write, each into a file of its own:
            where a command begins is its place in that.
        instead: Why what a file would hold is shown though a log is kept: "begins" while its first
            base is being written, "large" where it is too large to be walked; else "".
        torn: Bytes behind the last whole command, which a power cut may leave; `ARGUMENT_SHOWN` of
            them. They begin at `torn_at`.
    """

    rows: tuple[AofRow, ...] = ()
    size: int = 0
    total: int = 0
    last: int = 0
    silence: str = ""
    below: int = 0
    name: str = ""
    safe: int = -1
    mixed: bool = False
    torn: bytes = b""
    torn_at: int = -1
    instead: str = ""


Logs = Mapping[str, Written]
"""The files after one point, by the node that writes them; "" where there are no nodes."""


def all_appended(
    before: Logs, effects: Iterable[Effect], writers: Iterable[str], serial: int
) -> tuple[tuple[AofRow, ...], Logs]:
    """The same of several nodes: each effect goes to the file of its writer."""
    rows: list[AofRow] = []
    logs = dict(before)
    for node, group in groupby(zip(effects, writers, strict=True), key=itemgetter(1)):
        passed_on = [effect for effect, _ in group]
        more, logs[node] = appended(logs.get(node, Written()), passed_on, serial)
        rows += [replace(row, node=node) for row in more] if node else more
    return tuple(rows), logs


def grown(before: Logs, effects: Iterable[Effect], writers: Iterable[str]) -> Logs:
    """How the files stand after a point's effects: `all_appended` without the rows."""
    logs = dict(before)
    for effect, node in zip(effects, writers, strict=True):
        written = logs.get(node, Written())
        commands, db = with_selects((effect,), written.db)
        size = written.size + sum(map(resp_size, commands))
        logs[node] = Written(size, written.rows + len(commands), db)
    return logs


def appended(
    before: Written, effects: Iterable[Effect], serial: int
) -> tuple[tuple[AofRow, ...], Written]:
    """What one point's effects append to the file, and how the file stands then."""
    rows: list[AofRow] = []
    size, db = before.size, before.db
    commands, db = with_selects(effects, db)
    for argv in commands:
        row = _row(argv, size, serial)
        rows.append(row)
        size += row.size
    return tuple(rows), Written(size, before.rows + len(rows), db)


def read_file(name: str, data: bytes, safe: int, last: int, new: int, room: Room) -> AofView:
    """The end of a file that is really there, or a window further up. O(bytes).

    Args:
        data: All its bytes. They may end in the midst of a command.
        safe: How many of them are on the disk.
        last, new: The serial of the latest point, and how many commands it appended.
    """
    reader = Reader()
    reader.feed(data)
    whole = list(reader.commands())
    rows = [_row(each.argv, each.start, 0) for each in whole if each.argv]
    end = whole[-1].end if whole else 0
    fresh = [replace(row, serial=last) for row in rows[max(len(rows) - new, 0) :]] if new else []
    rows = [*rows[: len(rows) - len(fresh)], *fresh]
    count = max(room.height, 1)
    below = max(0, min(-room.y, len(rows) - count))
    shown = rows[max(len(rows) - below - count, 0) : len(rows) - below]
    torn = data[end : end + ARGUMENT_SHOWN] if not below else b""
    return AofView(
        tuple(shown), len(data), len(rows), last, "", below, name, safe, False, torn, end
    )


def _row(argv: Sequence[bytes], offset: int, serial: int) -> AofRow:
    shown = argv[:ARGUMENTS_SHOWN]
    return AofRow(
        offset=offset,
        size=resp_size(argv),
        argv=tuple([word[:ARGUMENT_SHOWN] for word in shown]),
        sizes=tuple(map(len, shown)),
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
