"""The line mode: type a command, read the reply, as in redis-cli.

With a terminal it is the same prompt as on the screen. From a pipe it reads one command a
line and prints the replies, in redis-cli's terminal format, or in its raw one; it keeps no
history then, and is ten times as fast.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from io import BufferedIOBase, BytesIO
from typing import BinaryIO, Final

from redlearn.collector import settle
from redlearn.prompt.talk import ACTS, Talk
from redlearn.prompt.unwatched import Unwatched
from redlearn.timeline.session import Recipe, Session
from redlearn.timeline.wall import wall_ms

CHUNK: Final = 1 << 16
INTERRUPTED: Final = 130
"""What a shell reports of a program that Ctrl-C ended."""


def run(*, raw: bool = False, plain: bool = False, session: Session | None = None) -> int:
    """Talk until the end of the input; the exit status.

    Args:
        raw: Print replies as `redis-cli --raw` does.
        plain: Read lines as they come, without completion, colours or editing.
        session: Whom to talk to, plainly; None for one that is empty.
    """
    settle()
    if not plain and session is None:
        from redlearn.prompt.terminal import run as run_on_terminal

        return run_on_terminal(raw=raw)
    # Either stream is None where the shell has closed it.
    source = sys.stdin.buffer if sys.stdin else BytesIO()
    target = sys.stdout.buffer if sys.stdout else BytesIO()
    person, screen = (bool(each) and each.isatty() for each in (sys.stdin, sys.stdout))
    empty = Session(Recipe(start_ms=wall_ms())) if person else Unwatched(wall_ms())
    server = session or empty
    talk = Talk(server, raw=raw, safe=screen, alone=not person)
    try:
        run_plain(talk, source, target, ask=prompt_text if person and screen else None)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if sys.stdout:
            _drop_the_rest(target)
        if isinstance(error, BrokenPipeError):
            return 0
        sys.stderr.write(f"redlearn: {error.strerror}\n")
        return 1
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
            target.writelines(talk.late_by_clock())
            for piece in talk.answer(line):
                target.write(piece)
            if talk.ended:
                target.flush()
                return
        target.flush()
        _ask(talk, target, ask)
    target.writelines(talk.finish())
    target.flush()


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
    """`redlearn> `, with the database if it is not the first, (TX) inside MULTI, or (waits)."""
    known = talk.known
    number = known.db.index if known is not None else 0
    mark = "(TX)" if known is not None and known.queue is not None else ""
    mark = "(waits)" if known is not None and known.wait is not None else mark
    return f"redlearn{f'[{number}]' if number else ''}{mark}> "


def _ask(talk: Talk, target: BinaryIO, ask: Callable[[Talk], str] | None) -> None:
    if ask is not None:
        target.write(ask(talk).encode())
        target.flush()


def _drop_the_rest(target: BinaryIO) -> None:
    """After writing failed: what is left in the buffer must not fail again at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, target.fileno())
    os.close(nowhere)


__all__ = ["ACTS", "lines_by_chunk", "prompt_text", "run", "run_plain"]
