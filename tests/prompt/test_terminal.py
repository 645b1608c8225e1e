"""The line mode on a terminal: a real one (a pty) for signals, a pipe input for the rest."""

from __future__ import annotations

import io
import os
import pty
import select
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from redlearn.prompt.session import Prompt
from redlearn.prompt.surroundings import Surroundings
from redlearn.prompt.talk import ACTS, Talk
from redlearn.prompt.terminal import Interrupts, answer, converse, encoded, message
from redlearn.timeline.session import Session
from redlearn.timeline.wall import wall_ms

ROOT = Path(__file__).parent.parent.parent
PATIENCE_SECONDS = 20


def conversation(typed: str) -> bytes:
    """What is printed when this is typed; Ctrl-D ends it."""
    session = Session()
    talk, target = Talk(session, safe=True), io.BytesIO()
    around = Surroundings.of(lambda: session, lambda: talk.client)
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        prompt = Prompt(around, message=lambda: message(talk), acts=ACTS)
        keys.send_text(typed + "\x04")
        converse(talk, prompt.make(keys, DummyOutput()), target)
    return target.getvalue()


def test_lines_are_answered_until_ctrl_d() -> None:
    assert conversation("SET k v\rGET k\r") == b'OK\n"v"\n'


def test_a_pasted_block_runs_line_by_line() -> None:
    block = "\x1b[200~MULTI\nINCR n\n\nEXEC\x1b[201~\r"
    assert conversation(block) == b"OK\nQUEUED\n1) (integer) 1\n"


def test_ctrl_c_drops_the_line_and_no_more() -> None:
    assert conversation("DEL k\x03PING\r") == b"PONG\n"


def test_ctrl_c_gives_up_a_wait_without_leaving() -> None:
    printed = conversation("BLPOP q 0\r\x03PING\r").decode()
    assert printed.startswith("You wait for q, without end")
    assert printed.endswith("Given up: connected anew, as client 2.\nPONG\n")


def test_a_timeout_prints_its_reply_while_the_prompt_waits_for_a_line() -> None:
    session = Session()
    talk, target = Talk(session, safe=True), io.BytesIO()
    list(talk.answer(b"BLPOP q 0.01"))
    around = Surroundings.of(lambda: session, lambda: talk.client)

    class Late(io.BytesIO):
        def write(self, data: bytes) -> int:  # type: ignore[override]  # bytes are all there is
            keys.send_text("\x04")
            return target.write(data)

    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        session.catch_up(wall_ms())
        prompt = Prompt(around, message=lambda: message(talk), acts=ACTS)
        converse(talk, prompt.make(keys, DummyOutput()), Late())
    assert b"in vain:\n(nil)\n" in target.getvalue()


def test_quit_ends_it_even_inside_a_block() -> None:
    assert conversation("\x1b[200~PING\nquit\nPING\x1b[201~\r") == b"PONG\n"


def test_a_text_without_a_line_end_gets_one() -> None:
    talk, target = Talk(Session()), io.BytesIO()
    with Interrupts() as interrupts:
        answer(talk, "CLIENT INFO", target, interrupts)
    assert target.getvalue().endswith(b"\n")


def test_ctrl_c_stops_the_printing_but_never_a_command() -> None:
    talk, target = Talk(Session()), io.BytesIO()
    with Interrupts() as interrupts:
        answer(talk, "3 INCR n", target, interrupts)
        signal.raise_signal(signal.SIGINT)
        answer(talk, "1000000000 INCR n", target, interrupts)
    assert interrupts.asked
    assert target.getvalue().endswith(b"(integer) 4\n^C\n")


def test_after_it_ctrl_c_is_what_it_was() -> None:
    before = signal.getsignal(signal.SIGINT)
    with Interrupts():
        assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


@pytest.mark.parametrize(
    ("line", "data"),
    [("café", "café".encode()), ("\udcff", b"\xff"), ("\ud800", b"?"), ("", b"")],
)
def test_a_typed_line_becomes_bytes(line: str, data: bytes) -> None:
    assert encoded(line) == data


class Terminal:
    """`redlearn repl` on a pty."""

    def __init__(self, home: Path) -> None:
        self.master, slave = pty.openpty()
        self.slave = slave
        self.before = termios.tcgetattr(slave)
        self.seen = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "redlearn", "repl"],
            cwd=ROOT, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "xterm-256color", "REDLEARN_HOME": str(home)},
        )  # fmt: skip

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def wait_for(self, text: bytes) -> bytes:
        """Read until `text` has appeared; gives what came up to it. The rest is for later."""
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], PATIENCE_SECONDS)
            assert ready, f"{text!r} did not appear in {self.seen!r}"
            read = os.read(self.master, 1 << 16)
            for _ in range(read.count(b"\x1b[6n")):  # a terminal is asked where its cursor is
                os.write(self.master, b"\x1b[1;1R")
            self.seen += read
        seen, found, self.seen = self.seen.partition(text)
        return seen + found

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@contextmanager
def terminal(home: Path) -> Iterator[Terminal]:
    opened = Terminal(home)
    try:
        opened.wait_for(b"redlearn> ")
        yield opened
    finally:
        opened.close()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_told_to_go_it_leaves_the_terminal_as_it_was(tmp_path: Path, name: str) -> None:
    number = getattr(signal, name)
    with terminal(tmp_path) as opened:
        opened.type("GET k")
        opened.wait_for(b"a read")
        assert termios.tcgetattr(opened.slave) != opened.before
        opened.process.send_signal(number)
        assert opened.process.wait(PATIENCE_SECONDS) == 128 + number
        assert termios.tcgetattr(opened.slave) == opened.before


def test_on_a_terminal_nothing_raw_is_printed_and_history_is_kept(tmp_path: Path) -> None:
    with terminal(tmp_path) as opened:
        opened.type('ECHO "\\x1b]0;owned\\x07"\r')
        seen = opened.wait_for(b'"\\x1b]0;owned\\a"')
        assert b"\x1b]0;owned" not in seen
        opened.wait_for(b"redlearn> ")
        opened.wait_for(b"Tab completes")
        opened.type("\x04")
        assert opened.process.wait(PATIENCE_SECONDS) == 0
        assert termios.tcgetattr(opened.slave) == opened.before
    assert (tmp_path / "history").read_text() == '#\n+ECHO "\\x1b]0;owned\\x07"\n'
