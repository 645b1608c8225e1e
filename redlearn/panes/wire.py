r"""Draws a WireView: bytes on the left, what they mean on the right, the latest command first.

 you → server                       20 bytes, RESP2
   *2\r\n                           array of 2
     $3\r\nGET\r\n                  string, 3 bytes: GET
     $1\r\nk\r\n                    string, 1 byte: k
 server → you                       5 bytes
   $-1\r\n                          nothing (nil)
   in RESP3: _\r\n

A reply that both protocols write alike says so by having no last line.
"""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import MORE
from redlearn.lines import Line, Lines, Run, cells, clip, clip_text, fit, line
from redlearn.resp.text import printable
from redlearn.views.narration import counted
from redlearn.views.wire import Message, Piece, WireView

TITLE: Final = "Wire"

INDENT: Final = 2
NOTHING_YET: Final = "  Any command shows here as the bytes it is."
NARROW: Final = 50
"""Below this width what the bytes mean is left out: it can be read off them."""


def render(view: WireView, width: int, height: int) -> Lines:
    """Draw `view`: one row for each piece."""
    if width < 1 or height < 1:
        return ()
    if not view.messages:
        return fit(
            [line(Run("  Any command shows here as the bytes it is.", "label"))], width, height
        )
    left = _left(view, width)
    rows: list[Line] = []
    for message in view.messages:
        if message.sent and rows:
            rows.append(line())  # another command
        rows += _message(message, left, width)
    if view.waits:
        said = line(Run("  no reply yet: the client waits", "warn"))
        rows.insert(2 + len(view.messages[0].pieces) - 1, said)
    return fit((clip(row, width, MORE) for row in rows[view.skipped :]), width, height)


def _left(view: WireView, width: int) -> int:
    """How many cells the bytes get: as many as the longest takes, at most a good half."""
    if width < NARROW:
        return width
    pieces = [piece for message in view.messages for piece in message.pieces[:64]]
    longest = max((_indent(piece) + cells(_bytes(piece)) for piece in pieces), default=0)
    return min(max(longest + 2, 24), width * 55 // 100)


def _message(message: Message, left: int, width: int) -> list[Line]:
    rows = [_head(message, left)]
    rows += [_piece(piece, left, width) for piece in message.pieces]
    if message.more:
        rows.append(line(Run(f"   {MORE} and more", "dim")))
    if message.other:
        there = f"   in RESP{5 - message.protocol}: "
        shown = clip_text(escaped(message.other), max(width - len(there), 1))
        rows.append(line(Run(there, "label"), Run(shown, "dim")))
    return rows


def _head(message: Message, left: int) -> Line:
    """Who writes to whom, how much, and in which protocol."""
    name = printable(message.client.encode("utf-8", "backslashreplace"), 24)
    way = f" {name} → server" if message.sent else f" server → {name}"
    size = f"{counted(message.size, 'byte')}{' and more' if message.more else ''}"
    why = ", unasked" if message.late else ""
    gap = " " * max(left - cells(way), 1)
    style = "path" if message.sent else "ok"
    return line(Run(way, style), Run(f"{gap}{size}, RESP{message.protocol}{why}", "label"))


def _piece(piece: Piece, left: int, width: int) -> Line:
    indent = _indent(piece)
    shown = clip_text(_bytes(piece), max(left - indent - 1, 1))
    mark, rest = shown[:1], shown[1:]
    row = line(" " * indent, Run(mark, "stress"), Run(rest, "value"))
    if left >= width:
        return row
    gap = max(left - indent - cells(shown), 1)
    room = max(width - indent - cells(shown) - gap, 0)
    return (*row, Run(" " * gap), Run(clip_text("  " * piece.depth + piece.says, room), "hint"))


def _indent(piece: Piece) -> int:
    return 3 + INDENT * min(piece.depth, 8)


def _bytes(piece: Piece) -> str:
    return escaped(piece.data) + (MORE if piece.size > len(piece.data) else "")


def escaped(data: bytes) -> str:
    r"""Bytes as they would be written in a program.

    >>> print(escaped(b"+OK\r\n"))
    +OK\r\n
    """
    return printable(data)
