"""Keys: Textual's key events as prompt_toolkit key presses, and an input to feed them to.

Both libraries parse terminal input. Textual has done so already when a widget hears of a
key, so prompt_toolkit gets the finished key and never sees a byte: no second parser, no
half second to tell Escape from an escape sequence, and a key has been acted upon when
`KeyInput.feed` returns.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from typing import Final

from prompt_toolkit.input.base import Input
from prompt_toolkit.key_binding.key_processor import KeyPress
from prompt_toolkit.keys import Keys
from textual.keys import key_to_character

# Names that differ between the two libraries. The rest agree: "c-" for "ctrl+", and so on.
_SPECIAL: Final = {
    "enter": Keys.ControlM,
    "tab": Keys.ControlI,
    "backspace": Keys.ControlH,
    "shift+tab": Keys.BackTab,
    "shift+enter": Keys.ControlJ,
    "ctrl+space": Keys.ControlAt,
    "ctrl+@": Keys.ControlAt,
    "ctrl+backslash": Keys.ControlBackslash,
    "ctrl+right_square_bracket": Keys.ControlSquareClose,
    "ctrl+slash": Keys.ControlUnderscore,
    "ctrl+underscore": Keys.ControlUnderscore,
    "ctrl+circumflex_accent": Keys.ControlCircumflex,
}
_KNOWN: Final = {key.value: key for key in Keys}

# Left to the application even while the prompt has the focus: the footer's keys, leaving
# and suspending. prompt_toolkit has no use for them in a line of Redis.
PASSED_ON: Final = frozenset(
    {*(f"f{n}" for n in range(1, 13)), "ctrl+q", "ctrl+z", "ctrl+p", "ctrl+up", "ctrl+down"}
)


@lru_cache(maxsize=1024)
def key_presses(name: str, character: str | None) -> tuple[KeyPress, ...]:
    """A Textual key as prompt_toolkit's; empty if the latter has no such key.

    The name decides before the character does: keys that tests press carry no control
    characters. Alt is an Escape before the key, which is how prompt_toolkit models Meta.
    """
    parts = name.split("+")
    if "alt" in parts:
        rest = "+".join(part for part in parts if part != "alt")
        if rest.startswith("shift+") and len(rest) == len("shift+x"):
            rest = rest[-1].upper()
        inner = key_presses(rest, key_to_character(rest))
        return (KeyPress(Keys.Escape, "\x1b"), *inner) if inner else ()
    if special := _SPECIAL.get(name):
        return (KeyPress(special, "\r" if name == "enter" else ""),)
    if "ctrl" not in parts and character and unicodedata.category(character[0]) != "Cc":
        return (KeyPress(character, character),)  # not isprintable(): U+200D must get through
    modifiers = ("c-" if "ctrl" in parts else "") + ("s-" if "shift" in parts else "")
    known = _KNOWN.get(modifiers + parts[-1])
    return (KeyPress(known, ""),) if known else ()


class KeyInput(Input):
    """An input without a file descriptor: `feed` hands over finished key presses."""

    def __init__(self) -> None:
        self._queue: list[KeyPress] = []
        self._ready: Callable[[], None] | None = None

    @property
    def closed(self) -> bool:
        return False

    def feed(self, presses: Iterable[KeyPress]) -> None:
        """Type these keys. Between two prompts they wait for the next one (type-ahead)."""
        self._queue.extend(presses)
        if self._ready is not None:
            self._ready()

    def read_keys(self) -> list[KeyPress]:
        queue, self._queue = self._queue, []
        return queue

    @contextmanager
    def _attached(self, input_ready_callback: Callable[[], None]) -> Iterator[None]:
        self._ready = input_ready_callback
        asyncio.get_running_loop().call_soon(self.feed, ())  # what was typed in between
        try:
            yield
        finally:
            self._ready = None

    def attach(self, input_ready_callback: Callable[[], None]) -> AbstractContextManager[None]:
        return self._attached(input_ready_callback)

    def detach(self) -> AbstractContextManager[None]:
        return nullcontext()

    def raw_mode(self) -> AbstractContextManager[None]:
        return nullcontext()

    def cooked_mode(self) -> AbstractContextManager[None]:
        return nullcontext()

    def fileno(self) -> int:
        raise NotImplementedError("keys come from Textual, not from a file")

    def typeahead_hash(self) -> str:
        return f"key-input-{id(self)}"
