"""Draws a LoopView: the stages of the present turn, and the turns before it.

▶ wait    client 1 is ready                         one thread, one command at a time
  read    31 bytes
  parse   SET k v
  run     4 steps
  serve   @a gets what it waited for
  log     1 command for the append-only file
  write   5 bytes to client 1
 before   #11 client 1  GET k   #10 timer ...
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from redlearn.glyphs import MORE, POINTER
from redlearn.lines import Line, Lines, Run, clip, clip_text, fit, line
from redlearn.resp.text import printable
from redlearn.views.loop import LoopView, Turn
from redlearn.views.narration import counted, seconds

TITLE: Final = "Loop"

WORDS_SHOWN: Final = 8
WORD_SHOWN: Final = 24
STAGES: Final = 7
PAIRS: Final = (("log", "write"), ("read", "parse"))
WIDE: Final = 60
"""Stages that share a row where rows are too few for all that happened; from so many cells on."""

THREADS: Final = (
    "Explained, not run: a Redis with io-threads lets other threads read, parse and write; "
    "commands run on this one thread all the same."
)


def render(view: LoopView, width: int, height: int) -> Lines:
    """Draw `view` in that many cells."""
    if width < 1 or height < 1:
        return ()
    rows = [_summary(view)] if height > STAGES else []
    rows += _stages(view, height - len(rows), width)
    rows += [line(Run(f"  {_short(turn, view.names)}", "dim")) for turn in view.before]
    rows = [clip(row, width, MORE) for row in rows]
    if height > STAGES + 3 and len(rows) > height - 2:
        rows = [*rows[: height - 2], *_threads(width)]
    return fit(rows, width, height)


def _threads(width: int) -> list[Line]:
    """The explanation in two rows, marked as one."""
    cut = THREADS.rfind(" ", 0, max(width - 1, 1)) if len(THREADS) >= width else len(THREADS)
    head, rest = THREADS[:cut], THREADS[cut:].strip()
    return [clip((Run(f" {text}", "hint"),), width) for text in (head, rest)]


def _summary(view: LoopView) -> Line:
    parts = [counted(view.clients, "client")]
    if view.waiting:
        parts.append(f"{view.waiting:,} waiting")
    if view.listening:
        parts.append(f"{view.listening:,} listening")
    if view.monitors:
        parts.append(counted(view.monitors, "monitor"))
    runs = [Run(", ".join(parts), "label")]
    if view.paused_ms:
        runs.append(Run(f"; paused for {seconds(view.paused_ms)} more", "warn"))
    elif view.next_ms >= 0:
        runs.append(Run(f"; wakes up by itself in {seconds(view.next_ms)}", "label"))
    return tuple(runs)


def _stages(view: LoopView, room: int, width: int) -> list[Line]:
    turn = view.now
    if turn is None:
        return [line(Run("The loop waits: nothing has come yet.", "label"))]
    rows = [
        ("wait", _waited(turn, view.names)),
        ("read", f"{counted(turn.read, 'byte')}" if turn.argv else ""),
        ("parse", _words(turn.argv)),
        ("run", _ran(turn)),
        ("serve", _served(turn, view.names)),
        ("log", f"{counted(turn.logged, 'command')} for the append-only file" * bool(turn.logged)),
        ("write", _wrote(turn, view.names)),
    ]
    if room < STAGES:  # what did not happen is left out first
        rows = [row for row in rows if row[1]]
    drawn = [_stage(name, said) for name, said in rows]
    if width >= WIDE:
        for pair in PAIRS:
            names = [name for name, _ in rows]
            if len(drawn) > room and pair[0] in names and pair[1] in names:
                at = names.index(pair[0])
                drawn[at : at + 2] = [(*drawn[at], Run("   "), *drawn[at + 1])]
                rows[at : at + 2] = [rows[at]]
    return [
        line(Run("  " if at else f"{POINTER} ", "path"), *each)
        for at, each in enumerate(drawn[:room])
    ]


def _stage(name: str, said: str) -> Line:
    style = "title" if said else "dim"
    return line(Run(f"{name:<7}", style), Run(said or "nothing", "value" if said else "dim"))


def _waited(turn: Turn, names: Mapping[int, str]) -> str:
    who = _name(turn.client, names)
    socket = "your socket" if who == "you" else f"the socket of {who}"
    return {
        "command": f"{socket} has something to say",
        "came": "a new client is let in",
        "left": f"{socket} is closed",
        "time": "nobody has anything to say, and time passes",
    }.get(turn.kind, "the timer is due")


def _ran(turn: Turn) -> str:
    parts = []
    if turn.queued:
        parts.append("put into the queue of its MULTI")
    elif turn.blocked:
        parts.append("found nothing: its client waits now")
    elif turn.commands:
        what = "the command" if turn.commands == 1 else counted(turn.commands, "command")
        parts.append(f"{what} ran in {counted(turn.steps, 'step')}, nobody in between")
    if turn.died:
        parts.append(f"{counted(turn.died, 'key')} died")
    if turn.moved:
        parts.append(f"{counted(turn.moved, 'bucket')} moved on")
    return ", ".join(parts)


def _served(turn: Turn, names: Mapping[int, str]) -> str:
    parts = []
    if turn.served:
        parts.append(f"{_names(turn.served, names)} got what they waited for")
    if turn.timed_out:
        parts.append(f"{_names(turn.timed_out, names)} waited in vain")
    if turn.reached:
        parts.append(f"a message for {_names(turn.reached, names)}")
    if turn.invalidated:
        parts.append(f"{_names(turn.invalidated, names)} told of stale copies")
    return "; ".join(parts)


def _wrote(turn: Turn, names: Mapping[int, str]) -> str:
    if turn.kind != "command" or not turn.written:
        return ""
    size = "a large reply" if turn.written < 0 else counted(turn.written, "byte")
    return f"{size} to {_name(turn.client, names)}"


def _short(turn: Turn, names: Mapping[int, str]) -> str:
    if turn.argv:
        return f"#{turn.number} {_name(turn.client, names)}: {_words(turn.argv)}"
    what = {"came": "a client came", "left": f"{_name(turn.client, names)} left", "time": "time"}
    return f"#{turn.number} {what.get(turn.kind, 'timer')}"


def _words(argv: tuple[bytes, ...]) -> str:
    shown = " ".join(
        clip_text(printable(w, WORD_SHOWN * 2), WORD_SHOWN) for w in argv[:WORDS_SHOWN]
    )
    more = len(argv) - WORDS_SHOWN
    return shown + (f" and {more:,} more" if more > 0 else "")


def _names(clients: tuple[int, ...], names: Mapping[int, str]) -> str:
    shown = ", ".join(_name(client, names) for client in clients[:4])
    return shown + (f" and {len(clients) - 4} more" if len(clients) > 4 else "")


def _name(client: int, names: Mapping[int, str]) -> str:
    known = names.get(client, "")
    return printable(known.encode("utf-8", "replace"), 24) if known else f"client {client}"
