"""The prompt session: prompt_toolkit's editing over our parts, driven through a pipe input."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prompt_toolkit import PromptSession
from prompt_toolkit.application import create_app_session
from prompt_toolkit.data_structures import Size
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from redlearn.prompt.session import Prompt, commands_in, continuation, toggle_vi
from redlearn.prompt.talk import ACTS
from tests.prompt.rooms import furnished


class Screen(DummyOutput):
    """An output of a given size, drawn on by nobody."""

    def get_size(self) -> Size:
        return Size(rows=24, columns=80)


@contextmanager
def prompting(
    history: Path | None = None, *, vi: bool = False
) -> Iterator[tuple[PipeInput, PromptSession[str]]]:
    """A prompt, and the pipe to type into."""
    prompt = Prompt(
        furnished().around,
        message=lambda: [("class:prompt", "> ")],
        history=history,
        acts=ACTS,
        vi=vi,
    )
    with create_pipe_input() as keys, create_app_session(input=keys, output=Screen()):
        yield keys, prompt.make(keys, Screen())


def entered(*typed: str, history: Path | None = None, vi: bool = False) -> list[str]:
    """What comes of each text typed; each must end the line."""
    with prompting(history, vi=vi) as (keys, session):
        found = []
        for text in typed:
            keys.send_text(text)
            found.append(session.prompt())
        return found


def test_a_line_is_entered() -> None:
    assert entered("GET k\r") == ["GET k"]


def test_tab_completes_a_command() -> None:
    with prompting() as (keys, session):
        buffer, sent = session.default_buffer, []

        def take(_: object) -> None:
            if buffer.complete_state and buffer.complete_state.completions and not sent:
                sent.append("\t\r")
                keys.send_text("\t\r")

        buffer.on_completions_changed += take
        keys.send_text("hgeta")
        assert session.prompt() == "hgetall"


def test_the_arrows_bring_back_what_was_entered() -> None:
    assert entered("GET k\r", "\x1b[A\r") == ["GET k", "GET k"]


def test_ctrl_r_searches_what_was_entered() -> None:
    for search in ("GE", "ge"):  # case matters to Redis as little
        assert entered("GET k\r", "SET x 1\r", f"\x12{search}\r\r")[2] == "GET k"


def test_a_suggestion_is_taken_with_the_right_arrow() -> None:
    with prompting() as (keys, session):
        keys.send_text("ZADD board 5 x\r")
        session.prompt()
        keys.send_text("ZA")
        session.default_buffer.on_suggestion_set += lambda _: keys.send_text("\x1b[C\r")
        assert session.prompt() == "ZADD board 5 x"


def test_a_pasted_block_is_one_entry_of_several_commands() -> None:
    (text,) = entered("\x1b[200~MULTI\r\nINCR n\nEXEC\n\x1b[201~\r")
    assert commands_in(text) == ["MULTI", "INCR n", "EXEC"]


def test_vi_keys_work_when_asked_for() -> None:
    assert entered("GXT k\x1b0lrE\r", vi=True) == ["GET k"]


def test_vi_keys_can_be_switched_to_and_back() -> None:
    with prompting() as (_, session):
        assert toggle_vi(session) == "vi keys."
        assert session.editing_mode is EditingMode.VI
        assert toggle_vi(session) == "emacs keys."
        assert session.editing_mode is EditingMode.EMACS


def test_ctrl_c_and_ctrl_d_are_told_apart() -> None:
    with prompting() as (keys, session):
        keys.send_text("GET k\x03")
        with pytest.raises(KeyboardInterrupt):
            session.prompt()
        keys.send_text("\x04")
        with pytest.raises(EOFError):
            session.prompt()


def test_history_lasts_and_holds_no_secrets(tmp_path: Path) -> None:
    path = tmp_path / "history"
    entered("AUTH s3cret\r", "GET k\r", history=path)
    assert b"s3cret" not in path.read_bytes()
    assert entered("\x1b[A\r", history=path) == ["GET k"]


@pytest.mark.parametrize("typed", ["\x00\x01\x02", "\x1b[1;2P", "é键\U0001f600", '"\t\t"', "@a @b"])
def test_odd_keys_do_no_harm(typed: str) -> None:
    assert len(entered(typed + "\r")) == 1


def test_the_second_line_of_a_block_stands_below_the_first() -> None:
    assert continuation(10, 1, 0) == [("class:prompt", "        > ")]
    assert continuation(10, 0, 1) == [("class:prompt", " " * 10)]


@pytest.mark.parametrize(
    ("text", "commands"),
    [("GET k", ["GET k"]), ("a\n\n  \nb\r\nc\rd", ["a", "b", "c", "d"]), ("", []),
     ("SET k a\x0bb\u2028c", ["SET k a\x0bb\u2028c"])],
)  # fmt: skip
def test_only_line_ends_divide_a_block(text: str, commands: list[str]) -> None:
    assert commands_in(text) == commands
