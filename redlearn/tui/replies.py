"""Replies for the screen: what redis-cli prints, coloured, and cut where it is too much.

What a reply holds beyond the limits is never formatted at all: ten megabytes cost as much
as the part of them that is shown. A notice below says how much is missing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, TypeVar, cast

from redlearn.lines import Line, Lines, Run, line
from redlearn.prompt.manual import meant
from redlearn.resp.reply import Failure, Members, Pairs, Push, Reply, Status, Verbatim
from redlearn.resp.text import format_reply

Item = TypeVar("Item")

BYTES_SHOWN: Final = 8192
"""Bytes of one string."""

ITEMS_SHOWN: Final = 1000
"""Items of one reply, nested ones counted."""

UNKNOWN: Final = "ERR unknown command"

# "1) ", "2) 1) ", "1# ", "1~ " and blanks: what stands before a value.
_LABEL: Final = re.compile(r"\s*(?:\d+[)#~]\s)+\s*|\s+")
_KINDS: Final = (
    ("(error)", "error"),
    ("(integer)", "number"),
    ("(double)", "number"),
    ("(nil)", "dim"),
    ("(true)", "number"),
    ("(false)", "number"),
    ("(empty", "dim"),
    ('"', "string"),
)


def reply_lines(reply: Reply, argv: Sequence[bytes] = (), protocol: int = 2) -> Lines:
    """A reply as the lines redis-cli prints for it, styled, with a notice if it was cut."""
    cut = _Cut()
    text = format_reply(cut.shortened(reply), protocol, argv)
    lines = [_styled(each) for each in text.removesuffix("\n").split("\n")]
    return (*lines, *(line(Run(notice, "warn")) for notice in cut.notices()))


def misspelt(reply: Reply, argv: Sequence[bytes]) -> Lines:
    """The question whether another command was meant, if there is none of that name."""
    if not (isinstance(reply, Failure) and reply.text.startswith(UNKNOWN) and argv):
        return ()
    asked = meant(argv[0])
    return (line(Run(asked, "hint")),) if asked else ()


def _styled(text: str) -> Line:
    text = text.rstrip("\r")
    label = _LABEL.match(text)
    at = label.end() if label else 0
    value = text[at:]
    style = next((style for start, style in _KINDS if value.startswith(start)), "value")
    return line(Run(text[:at], "label"), Run(value, style))


class _Cut:
    """Shortens a reply, and counts what it left out."""

    def __init__(self) -> None:
        self.bytes_left_out = 0
        self.items_left_out = 0
        self._room = ITEMS_SHOWN

    def notices(self) -> list[str]:
        found = []
        if self.items_left_out:
            found.append(f"… {self.items_left_out:,} more items not shown")
        if self.bytes_left_out:
            found.append(f"… {self.bytes_left_out:,} more bytes not shown")
        return found

    def shortened(self, reply: Reply, depth: int = 0) -> Reply:
        """The reply, or what is shown of it. What is small comes back as it is."""
        match reply:
            case bytes() if len(reply) > BYTES_SHOWN:
                return self._bytes(reply)
            case Verbatim():
                return Verbatim(self._bytes(reply.data), reply.format)
            case Failure(text=str(text)) if len(text) > BYTES_SHOWN:
                return Failure(self._text(text))
            case Status(text=str(text)) if len(text) > BYTES_SHOWN:
                return Status(self._text(text))
            case Pairs():
                return Pairs([(self._bytes(member), score) for member, score in self._some(reply)])
            case list():
                return self._list(cast("list[Reply]", reply), depth)
            case dict():
                pairs = self._some(list(reply.items()))
                return {key: self.shortened(value, depth + 1) for key, value in pairs}
        return reply

    def _list(self, reply: list[Reply], depth: int) -> Reply:
        # Deeper than any command nests: a reply built to be deep is shown as it is.
        kept = self._some(reply)
        items = [self.shortened(item, depth + 1) for item in kept] if depth < 100 else kept
        for kind in (Members, Push):
            if isinstance(reply, kind):
                return kind(items)
        return items

    def _some(self, items: list[Item]) -> list[Item]:
        kept = items[: max(self._room, 1)]
        self._room -= len(kept)
        self.items_left_out += len(items) - len(kept)
        return kept

    def _bytes(self, data: bytes) -> bytes:
        self.bytes_left_out += max(len(data) - BYTES_SHOWN, 0)
        return data[:BYTES_SHOWN]

    def _text(self, text: str) -> str:
        self.bytes_left_out += len(text) - BYTES_SHOWN
        return text[:BYTES_SHOWN]
