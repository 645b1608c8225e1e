"""The line mode: type a command, read the reply, as in redis-cli.

With a terminal it is the same prompt as on the screen. From a pipe it reads one command a
line and prints the replies, in redis-cli's terminal format, or in its raw one; it keeps no
history then, and is ten times as fast.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from typing import BinaryIO, Final

from redlearn.collector import settle
from redlearn.prompt.talk import ACTS, Talk
from redlearn.prompt.unwatched import Unwatched
from redlearn.timeline.session import Recipe, Session
from redlearn.timeline.wall import wall_ms

CHUNK: Final = 1 << 16
INTERRUPTED: Final = 130
"""What a shell reports of a program that Ctrl-C ended."""


def run(*, raw: bool = False, plain: bool = False) -> int:
    """Talk until the end of the input; the exit status.

    Args:
        raw: Print replies as `redis-cli --raw` does.
        plain: Read lines as they come, without completion, colours or editing.
    """
    settle()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    if not plain:
        from redlearn.prompt.terminal import run as run_on_terminal

        return run_on_terminal(raw=raw)
    script = not sys.stdin.isatty()
    server = Unwatched(wall_ms()) if script else Session(Recipe(start_ms=wall_ms()))
    talk = Talk(server, raw=raw, safe=sys.stdout.isatty())
    asking = sys.stdin.isatty() and sys.stdout.isatty()
    try:
        run_plain(talk, source, target, ask=prompt_text if asking else None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _leave_quietly(target)
    return 0


def run_plain(
    talk: Talk,
    source: BufferedIOBase | BinaryIO,
    target: BinaryIO,
    *,
    ask: Callable[[Talk], str] | None = None,
    now_ms: Callable[[], int] = wall_ms,
) -> None:
    """Answer line after line. What was answered is flushed before more input is waited for.

    Args:
        ask: Gives what is printed before each line, for a person at a plain terminal.
    """
    _ask(talk, target, ask)
    for lines in lines_by_chunk(source):
        for line in lines:
            talk.server.catch_up(now_ms())
            for piece in talk.answer(line):
                target.write(piece)
            if talk.ended:
                target.flush()
                return
        target.flush()
        _ask(talk, target, ask)


def lines_by_chunk(source: BufferedIOBase | BinaryIO) -> Iterator[list[bytes]]:
    """Lines without their ends: those that arrived together, together. The last needs no end.

    A line may be of any length; it costs its length once.
    """
    read = getattr(source, "read1", source.read)
    begun: list[bytes] = []
    while chunk := read(CHUNK):
        first, *lines = chunk.split(b"\n")
        begun.append(first)
        if lines:
            yield [b"".join(begun), *lines[:-1]]
            begun = [lines[-1]]
    if last := b"".join(begun):
        yield [last]


def prompt_text(talk: Talk) -> str:
    """`redlearn> `, with the database if it is not the first, and (TX) inside MULTI."""
    known = talk.known
    number = known.db.index if known is not None else 0
    mark = "(TX)" if known is not None and known.queue is not None else ""
    return f"redlearn{f'[{number}]' if number else ''}{mark}> "


def _ask(talk: Talk, target: BinaryIO, ask: Callable[[Talk], str] | None) -> None:
    if ask is not None:
        target.write(ask(talk).encode())
        target.flush()


def _leave_quietly(target: BinaryIO) -> None:
    """After the reader hung up: what is left in the buffer must not complain at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, target.fileno())
    os.close(nowhere)


__all__ = ["ACTS", "lines_by_chunk", "prompt_text", "run", "run_plain"]
