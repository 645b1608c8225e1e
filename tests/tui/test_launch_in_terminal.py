"""The program in a terminal of its own: it opens, obeys signals, and leaves no traces behind."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.terminal import Terminal


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
