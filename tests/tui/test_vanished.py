"""Vanished: what is drawn for a terminal that is gone holds nobody up."""

from __future__ import annotations

import os
import threading

import pytest

from redlearn.tui import vanished

pty = pytest.importorskip("pty")
linux_driver = pytest.importorskip("textual.drivers.linux_driver")


def test_who_draws_for_a_terminal_that_is_gone_is_not_held_up(
    monkeypatch: pytest.MonkeyPatch,
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
        os.dup2(os.open(os.devnull, os.O_WRONLY), theirs)  # what is in the buffer has to go


def test_what_is_drawn_while_there_is_one_comes_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
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
    os.close(ours)
