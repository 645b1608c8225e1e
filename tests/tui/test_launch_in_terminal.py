"""The program in a terminal of its own: it opens, obeys signals, and leaves no traces behind."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyte
import pytest

pty = pytest.importorskip("pty")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 60.0
"""Seconds: only reached when something is wrong."""


class Terminal:
    """A program on a pseudo-terminal, and the screen it has drawn."""

    def __init__(
        self, home: Path, *words: str, columns: int = 100, rows: int = 30, outlives: bool = False
    ) -> None:
        self.screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self.screen)
        self.output = bytearray()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.environ.update(TERM="xterm-256color", REDLEARN_HOME=str(home))
            if outlives:  # as nohup starts a program
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.execv(sys.executable, [sys.executable, "-m", "redlearn", *words])
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        self.screen.resize(rows, columns)
        termios.tcsetwinsize(self._fd, (rows, columns))

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def read(self) -> bool:
        """Take what there is; whether the program still has the terminal open."""
        if not select.select([self._fd], [], [], 0.05)[0]:
            return True
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            return False
        self.output += data
        # pyte does not know DECRQM's dollar sign, which a terminal would swallow.
        self._stream.feed(data.replace(b"$p", b""))
        return bool(data)

    def text(self) -> str:
        return "\n".join(self.screen.display)

    def until(self, *texts: str) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.read():
            shown = self.text()
            if all(text in shown for text in texts):
                return
        raise AssertionError(self.text())

    def until_over(self) -> int:
        """Read to the end; the exit status."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and self.read():
            pass
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def hang_up(self) -> None:
        """Close it from the outside; nothing can be read any more."""
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, self._fd)
        os.close(nothing)

    def close(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path / "home")
    yield terminal
    terminal.close()


def test_it_opens_with_a_prompt_and_answers(terminal: Terminal) -> None:
    terminal.until("redlearn> ", "Structure", "f1 Help")
    terminal.type("SET k v\r")
    terminal.until("redlearn> SET k v", "OK", "embstr")


GOING = [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT]


@pytest.mark.parametrize("number", GOING)
def test_a_signal_to_go_restores_the_terminal(terminal: Terminal, number: signal.Signals) -> None:
    terminal.until("redlearn> ")
    os.kill(terminal.pid, number)
    assert terminal.until_over() == 128 + number
    for mode in (b"?1049l", b"?1000l", b"?25h"):  # main screen, no mouse reports, a cursor
        on = mode.replace(b"l", b"h") if mode.endswith(b"l") else mode.replace(b"h", b"l")
        assert terminal.output.rfind(b"\x1b[" + mode) > terminal.output.rfind(b"\x1b[" + on)


def test_stopped_and_continued_it_draws_the_whole_screen_again(terminal: Terminal) -> None:
    terminal.until("redlearn> ")
    terminal.type("SET k v\r")
    terminal.until("OK", "embstr")
    terminal.type("\x1a")
    _, status = os.waitpid(terminal.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    while select.select([terminal._fd], [], [], 0)[0]:
        terminal.read()
    assert terminal.output.rfind(b"\x1b[?1049l") > terminal.output.rfind(b"\x1b[?1049h")
    terminal.screen.reset()  # what the shell would have put there is gone too
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.until("redlearn> ", "embstr", "Structure", "f1 Help", "1/1")


def test_resized_to_one_cell_and_back_it_is_as_before(terminal: Terminal) -> None:
    terminal.until("redlearn> ", "Structure")
    for size in ((1, 1), (40, 10), (120, 40)):
        terminal.resize(*size)
        os.kill(terminal.pid, signal.SIGWINCH)
    terminal.type("SET k v\r")
    terminal.until("redlearn> SET k v", "OK", "AOF", "f1 Help")


def test_leaving_says_goodbye_with_status_zero_and_keeps_no_escape(terminal: Terminal) -> None:
    terminal.until("redlearn> ")
    terminal.type('SET k "\\x1b[2J\\x9b31m"\rGET k\r')
    terminal.until('"\\x1b[2J\\x9b31m"')
    terminal.type("quit\r")
    assert terminal.until_over() == 0


def test_what_is_typed_before_the_screen_is_up_is_entered_when_it_is(terminal: Terminal) -> None:
    terminal.type("SET vbz early\r")
    terminal.until("redlearn> SET vbz early", "OK", "embstr")


def test_a_paste_of_bytes_that_are_no_text_does_not_end_the_program(terminal: Terminal) -> None:
    terminal.until("redlearn> ")
    os.write(terminal._fd, b'\x1b[200~SET k "\xff\xfe\x1b[2J"\x1b[201~\r')
    terminal.until("OK", "embstr")
    terminal.type("STRLEN k\r")
    terminal.until("(integer) 6")
    terminal.type("quit\r")
    assert terminal.until_over() == 0


@pytest.mark.parametrize("words", [("present", "1"), ("play", "1")])
def test_a_lesson_in_front_of_others_outlives_such_a_paste(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    terminal = Terminal(tmp_path / "home", *words)
    try:
        terminal.until("redlearn> ")
        os.write(terminal._fd, b'\x1b[200~PING "\xff\xfe"\x1b[201~')
        terminal.until(r'PING "\xff\xfe"')
        terminal.type("\x11")  # ctrl+q
        assert terminal.until_over() == 0
    finally:
        terminal.close()


def test_a_terminal_that_is_closed_in_the_middle_of_much_work_takes_the_program_with_it(
    terminal: Terminal,
) -> None:
    terminal.until("redlearn> ")
    terminal.type("".join(f"RPUSH list {number}\r" for number in range(200)))
    terminal.until("(integer) 3")
    terminal.hang_up()
    assert terminal.until_over() == 128 + signal.SIGHUP


def test_a_terminal_that_is_closed_before_anybody_listens_takes_the_program_with_it(
    tmp_path: Path,
) -> None:
    terminal = Terminal(tmp_path / "home", outlives=True)
    try:
        while b"\x1b" not in terminal.output:
            assert terminal.read()
        terminal.hang_up()
        assert terminal.until_over() == 128 + signal.SIGHUP
    finally:
        terminal.close()
