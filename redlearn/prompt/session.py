"""The prompt session: completer, lexer, hints and history put together, once.

The screen and the line mode build theirs here, so that a key does the same in both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.cursor_shapes import ModalCursorShapeConfig
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_width
from prompt_toolkit.history import History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output
from prompt_toolkit.styles import BaseStyle, Style

from redlearn.prompt.act import Act
from redlearn.prompt.completer import RedisCompleter
from redlearn.prompt.hints import Hints
from redlearn.prompt.history import RedisHistory
from redlearn.prompt.lexer import RedisLexer
from redlearn.prompt.suggestion import OneRow
from redlearn.prompt.surroundings import Surroundings

BREAKS = re.compile("\r\n|\n|\r")

STYLE = {
    "prompt": "bold ansicyan",
    "command": "bold ansigreen",
    "keyword": "ansicyan",
    "key": "ansiblue bold",
    "number": "ansiyellow",
    "string": "",
    "unknown": "ansired",
    "error": "ansired underline",
    "typing": "",
    "act": "ansimagenta",
    "client": "ansimagenta bold",
    "hint": "ansibrightblack noreverse",
    "hint.name": "ansigreen noreverse",
    "hint.current": "bold underline noreverse",
    "hint.here": "ansiyellow noreverse",
    "hint.error": "ansired noreverse",
    "auto-suggestion": "ansibrightblack",
    "bottom-toolbar": "noreverse",
}
"""Looks that any terminal has; the screen puts its theme's in their place."""


class Prompt:
    """What a prompt needs besides a terminal.

    Attributes:
        message: Gives what stands before the line.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        message: Callable[[], StyleAndTextTuples],
        history: Path | None = None,
        acts: Iterable[Act] = (),
        style: BaseStyle | None = None,
        vi: bool = False,
    ) -> None:
        """Args:
        surroundings: Where completions and hints find live data.
        message: Gives what stands before the line.
        history: The file to keep what was typed in; None keeps it in memory.
        acts: What may follow a colon, for completion and hints.
        style: Looks of the classes in STYLE.
        vi: vi's keys in place of Emacs's.
        """
        self.message = message
        acts = tuple(acts)
        self._completer = RedisCompleter(surroundings, acts)
        self._hints = Hints(surroundings, acts)
        self._history: History = InMemoryHistory() if history is None else RedisHistory(history)
        self._style = style or Style.from_dict(STYLE)
        self._vi = vi

    def make(self, keys: Input | None = None, output: Output | None = None) -> PromptSession[str]:
        """A session on this terminal, or on the process's own."""
        hosted: dict[str, Any] = {} if keys is None else {"input": keys, "output": output}
        session: PromptSession[str] = PromptSession(
            self.message,
            completer=self._completer,
            lexer=RedisLexer(),
            auto_suggest=AutoSuggestFromHistory(),
            input_processors=[OneRow(lambda: fragment_list_width(self.message()))],
            history=self._history,
            style=self._style,
            editing_mode=EditingMode.VI if self._vi else EditingMode.EMACS,
            cursor=ModalCursorShapeConfig(),
            complete_while_typing=True,
            search_ignore_case=True,
            enable_suspend=keys is None,
            prompt_continuation=continuation,
            **hosted,
        )
        session.bottom_toolbar = lambda: self._toolbar(session)
        return session

    def _toolbar(self, session: PromptSession[str]) -> StyleAndTextTuples:
        line = session.default_buffer.document.current_line_before_cursor
        width = session.app.output.get_size().columns
        return [*self._hints.toolbar(line, width)]


def toggle_vi(session: PromptSession[str]) -> str:
    """Edit with vi's keys from now on, or with Emacs's again; says which."""
    vi = session.editing_mode is EditingMode.VI
    session.editing_mode = EditingMode.EMACS if vi else EditingMode.VI
    return "emacs keys." if vi else "vi keys."


def continuation(width: int, line_number: int, wraps: int) -> StyleAndTextTuples:
    """What stands before the second line of a pasted block, and before the wrapped part of one."""
    mark = "" if wraps else "> "
    return [("class:prompt", mark.rjust(width))]


def commands_in(text: str) -> list[str]:
    """The commands of what was entered: a pasted block is one a line, blank lines left out."""
    return [line for line in BREAKS.split(text) if line.strip()]
