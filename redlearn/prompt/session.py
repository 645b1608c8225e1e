"""The prompt session: completer, lexer, hints and history put together, once.

The screen and the line mode build theirs here, so that a key does the same in both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.enums import EditingMode
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.history import History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.output import Output
from prompt_toolkit.styles import BaseStyle, Style

from redlearn.prompt.completer import RedisCompleter
from redlearn.prompt.hints import Hints
from redlearn.prompt.history import RedisHistory
from redlearn.prompt.lexer import RedisLexer
from redlearn.prompt.surroundings import Surroundings

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
        acts: Iterable[tuple[str, str]] = (),
        style: BaseStyle | None = None,
        vi: bool = False,
    ) -> None:
        """Args:
        surroundings: Where completions and hints find live data.
        message: Gives what stands before the line.
        history: The file to keep what was typed in; None keeps it in memory.
        acts: What may follow a colon, for completion.
        style: Looks of the classes in STYLE.
        vi: vi's keys in place of Emacs's.
        """
        self.message = message
        self._completer = RedisCompleter(surroundings, acts)
        self._hints = Hints(surroundings)
        self._history: History = InMemoryHistory() if history is None else RedisHistory(history)
        self._style = style or Style.from_dict(STYLE)
        self._vi = vi

    def make(self, keys: Input | None = None, output: Output | None = None) -> PromptSession[str]:
        """A session on this terminal, or on the process's own."""
        options: dict[str, Any] = {} if keys is None else {"input": keys, "output": output}
        session: PromptSession[str] = PromptSession(
            self.message,
            completer=self._completer,
            lexer=RedisLexer(),
            auto_suggest=AutoSuggestFromHistory(),
            history=self._history,
            style=self._style,
            editing_mode=EditingMode.VI if self._vi else EditingMode.EMACS,
            complete_while_typing=True,
            enable_history_search=False,
            **options,
        )
        session.bottom_toolbar = lambda: self._toolbar(session)
        return session

    def _toolbar(self, session: PromptSession[str]) -> StyleAndTextTuples:
        return [*self._hints.toolbar(session.default_buffer.document.current_line_before_cursor)]


def commands_in(text: str) -> list[str]:
    """The commands of what was entered: a pasted block is one a line, blank lines left out."""
    return [line for line in text.splitlines() if line.strip()]
