"""The line mode on a terminal: prompt_toolkit's editing, completion and hints, and no panes.

Signals: Ctrl-C drops the line, or stops what is being printed; it never interrupts a
command half way. Ctrl-Z suspends. SIGTERM and SIGHUP leave the terminal as it was found.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import BinaryIO, Final

from prompt_toolkit import PromptSession
from prompt_toolkit.application import run_in_terminal
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.shortcuts import clear

from redlearn import __version__
from redlearn.prompt.home import history_file, vi_wanted
from redlearn.prompt.repl import prompt_text
from redlearn.prompt.session import Prompt, commands_in, toggle_vi
from redlearn.prompt.surroundings import Surroundings
from redlearn.prompt.talk import ACTS, Talk
from redlearn.timeline.session import Recipe, Session
from redlearn.timeline.wall import wall_ms

WELCOME: Final = f"redlearn {__version__}: an engine of its own, empty. help, :help; Ctrl-D leaves."
SLICE: Final = 1 << 14
"""Bytes printed at a time: after each it is looked whether Ctrl-C was pressed."""


def run(*, raw: bool = False) -> int:
    """Talk until the user leaves; the exit status."""
    session = Session(Recipe(start_ms=wall_ms()))
    talk = Talk(
        session,
        raw=raw,
        safe=True,
        deeds={"vi": lambda: toggle_vi(reader), "clear": clear_screen},
    )
    prompt = Prompt(
        Surroundings.of(lambda: session, lambda: talk.client),
        message=lambda: message(talk),
        history=history_file(),
        acts=ACTS,
        vi=vi_wanted(),
    )
    reader = prompt.make()
    sys.stdout.write(WELCOME + "\n")
    with polite_signals(reader):
        converse(talk, reader, sys.stdout.buffer)
    return 0


def clear_screen() -> str:
    """Empty the terminal; nothing to say about it."""
    clear()
    return ""


def converse(talk: Talk, reader: PromptSession[str], target: BinaryIO) -> None:
    """Read and answer until the user leaves."""
    while not talk.ended:
        try:
            text = reader.prompt(pre_run=lambda: watch_timeouts(talk, reader, target))
        except KeyboardInterrupt:
            target.write(talk.give_up())
            target.flush()
            continue
        except EOFError:
            return
        with Interrupts() as interrupts:
            for line in commands_in(text):
                talk.server.catch_up(wall_ms())
                target.writelines(talk.late_by_clock())
                answer(talk, line, target, interrupts)
                if interrupts.asked or talk.ended:
                    break


def watch_timeouts(talk: Talk, reader: PromptSession[str], target: BinaryIO) -> None:
    """While the prompt waits for a line, print above it what timeouts bring."""

    async def watch() -> None:
        while (due_ms := talk.due_ms()) is not None:
            await asyncio.sleep(due_ms / 1000 + 0.001)
            talk.server.catch_up(wall_ms())
            if late := b"".join(talk.late_by_clock()):
                await run_in_terminal(partial(print_late, target, late))

    if talk.due_ms() is not None:
        reader.app.create_background_task(watch())


def print_late(target: BinaryIO, late: bytes) -> None:
    """Print a late reply, whole lines."""
    target.write(late if late.endswith(b"\n") else late + b"\n")
    target.flush()


def answer(talk: Talk, line: str, target: BinaryIO, interrupts: Interrupts) -> None:
    """Print the answer to a line, until it ends or Ctrl-C is pressed."""
    for piece in talk.answer(encoded(line)):
        if not piece.endswith(b"\n"):  # some texts; the prompt wants a line of its own
            piece += b"\n"
        for at in range(0, len(piece), SLICE):
            target.write(piece[at : at + SLICE])
            target.flush()
            if interrupts.asked:
                target.write(b"^C\n")
                target.flush()
                return


def encoded(line: str) -> bytes:
    """A typed line as bytes: those that were no UTF-8 come out as they were typed."""
    try:
        return line.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a surrogate that stands for no byte
        return line.encode("utf-8", "replace")


def message(talk: Talk) -> StyleAndTextTuples:
    """What stands before the line."""
    return [("class:prompt", prompt_text(talk))]


class Interrupts:
    """While in here, Ctrl-C is noted instead of raised: a command runs whole or not at all.

    Attributes:
        asked: Whether it was pressed.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: signal._HANDLER = signal.SIG_DFL

    def __enter__(self) -> Interrupts:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


@contextmanager
def polite_signals(reader: PromptSession[str]) -> Iterator[None]:
    """Let signals that end or stop the process find the terminal restored."""

    def leave(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)  # asyncio lets nothing else through from a callback

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        if reader.app.is_running:
            reader.app.suspend_to_background(suspend_group=False)
        else:
            signal.raise_signal(signal.SIGTSTP)

    def go_on(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTSTP, stop)

    handlers = {"SIGTERM": leave, "SIGHUP": leave, "SIGTSTP": stop, "SIGCONT": go_on}
    wanted = {getattr(signal, name): act for name, act in handlers.items() if hasattr(signal, name)}
    before = {number: signal.signal(number, act) for number, act in wanted.items()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
