r"""Pasted: what a terminal sends that is no key and may be anything at all.

A paste comes between two marks, byte for byte as it lay in somebody's clipboard. Two things
in it would do harm on the way to the prompt, which is Textual's: bytes that are no UTF-8 end
its reader, and an escape inside of a paste ends the paste early, so that the rest is taken
for keys. Here both become text that a line of Redis may hold: `\xff`, `\x1b`, which inside
of double quotes stands for the very byte.
"""

from __future__ import annotations

import re
from codecs import IncrementalDecoder, getincrementaldecoder
from collections.abc import Callable
from typing import Final

BEGIN: Final = "\x1b[200~"
END: Final = "\x1b[201~"

_UNSEEN: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Control characters but for tab and the ends of lines, which are what they are."""


def visible(text: str) -> str:
    r"""Text with its control characters written out, so that they do nothing and are seen.

    >>> print(visible("a\x1b]0;t\x07b\tc"))
    a\x1b]0;t\x07b	c
    """
    return _UNSEEN.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


class TerminalDecoder:
    """Bytes of a terminal to text that Textual can read; it never fails.

    Pieces may end anywhere, inside of a character or of a mark too.
    """

    def __init__(self) -> None:
        self._utf8: IncrementalDecoder = getincrementaldecoder("utf-8")("backslashreplace")
        self._pasting = False
        self._before = ""  # the last few characters, in which a mark may have begun
        self._held = ""  # of a paste: an escape of which more must be seen

    def decode(self, data: bytes, final: bool = False) -> str:
        """The text of one more piece. O(len)."""
        text, told = self._held + self._utf8.decode(data, final), []
        self._held = ""
        while text:
            part, text = self._paste(text, final) if self._pasting else self._keys(text)
            told.append(part)
        return "".join(told)

    def _keys(self, text: str) -> tuple[str, str]:
        """What is typed, up to and with the mark of a paste; and what is left."""
        known = len(self._before)
        at = (self._before + text).find(BEGIN)
        if at < 0:
            self._before = (self._before + text)[1 - len(BEGIN) :]
            return text, ""
        self._pasting, self._before = True, ""
        end = at + len(BEGIN) - known
        return text[:end], text[end:]

    def _paste(self, text: str, final: bool) -> tuple[str, str]:
        """What is pasted, up to and with the mark of its end; and what is left."""
        body, mark, rest = text.partition(END)
        if mark:
            self._pasting = False
        elif not final:
            begun = next((n for n in range(len(END) - 1, 0, -1) if body.endswith(END[:n])), 0)
            body, self._held = body[: len(body) - begun], body[len(body) - begun :]
        return body.replace("\x1b", "\\x1b") + mark, rest


def install() -> None:
    """Let Textual read the terminal through a `TerminalDecoder`. Where it has no such reader
    (on Windows it gets characters, not bytes) nothing is to be done."""
    try:
        from textual.drivers import linux_driver
    except ImportError:
        return
    known: Callable[[str], object] = vars(linux_driver)["getincrementaldecoder"]

    def decoders(encoding: str) -> object:
        return TerminalDecoder if encoding == "utf-8" else known(encoding)

    vars(linux_driver)["getincrementaldecoder"] = decoders
