"""Vanished: what is drawn for a terminal that is gone holds nobody up."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from redlearn.tui import vanished

pty = pytest.importorskip("pty")
linux_driver = pytest.importorskip("textual.drivers.linux_driver")


@pytest.fixture
def told() -> Iterator[list[int]]:
    """The hangups that the process hears."""
    heard: list[int] = []
    before = signal.signal(signal.SIGHUP, lambda number, frame: heard.append(number))
    yield heard
    signal.signal(signal.SIGHUP, before)


def test_who_draws_for_a_terminal_that_is_gone_is_told_so_and_not_held_up(
    monkeypatch: pytest.MonkeyPatch, told: list[int]
) -> None:
    monkeypatch.setattr(linux_driver, "WriterThread", linux_driver.WriterThread)  # to be put back
    vanished.install()
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as screen:
        writer = linux_driver.WriterThread(screen)
        writer.start()
        os.close(ours)

        def draw() -> None:
            for _ in range(100):
                writer.write("x" * 10_000)
            writer.stop()

        drawing = threading.Thread(target=draw, daemon=True)
        drawing.start()
        drawing.join(30)
        assert not drawing.is_alive()
        assert not writer.is_alive()
        assert told
        os.dup2(os.open(os.devnull, os.O_WRONLY), theirs)  # what is in the buffer has to go


def test_what_is_drawn_while_there_is_one_comes_to_it(
    monkeypatch: pytest.MonkeyPatch, told: list[int]
) -> None:
    monkeypatch.setattr(linux_driver, "WriterThread", linux_driver.WriterThread)
    vanished.install()
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as screen:
        writer = linux_driver.WriterThread(screen)
        writer.start()
        writer.write("one ")
        writer.write("two")
        writer.stop()
        assert os.read(ours, 100) == b"one two"
        assert not told
    os.close(ours)
