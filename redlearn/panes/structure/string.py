"""Draws a StringView: what lies in memory side by side, and the bytes in hex and as text."""

from __future__ import annotations

from typing import Final

from redlearn.lines import Line, Run, clip, line
from redlearn.views.narration import counted
from redlearn.views.string import BYTES_A_ROW, POINTER, StringView

NUL: Final = 1
NARROWER: Final = (BYTES_A_ROW, 8, 4)
"""Bytes a row, as many as there is room for: four cells each, and what is round them."""

ROUND: Final = 14


def facts(view: StringView) -> list[str]:
    """What the header says of it."""
    long = counted(view.length, "byte" if view.number is None else "digit")
    if view.number is not None and view.number < 0:
        long = f"a minus and {counted(view.length - 1, 'digit')}"
    found = [long, counted(view.memory, "byte") + " of memory"]
    if view.first and view.number is None:
        found.insert(1, f"from byte {view.first:,}")
    return found


def draw(view: StringView, width: int, height: int) -> list[Line]:
    """The parts in memory, a sentence about the encoding, and a dump of the bytes."""
    rows: list[Line] = [(), *_memory(view, width), ()]
    if height < len(rows) + 3:
        rows = [_memory(view, width)[0]] if height > 3 else []
    return [*rows, *_dump(view, width, height - len(rows))][: max(height, 0)]


def _memory(view: StringView, width: int) -> list[Line]:
    """Blocks for the parts, each with its bytes, and what the encoding means."""
    header = f" object {view.object_header} "
    if view.number is not None:
        boxes = line(
            Run(header, "node.head"), Run(f" pointer {POINTER} ", "node.tall"),
            Run(" = ", "lane"), Run(f"{view.number}", "number"),
            Run("  no text anywhere", "label"),
        )  # fmt: skip
        return [boxes, _meaning(view)]
    name = f" header {view.header} "
    body, end = f" text {view.length:,} ", f" nul {NUL} "
    sizes = view.object_header + view.header + view.length + NUL
    spare = view.memory - sizes
    parts = [Run(header, "node.head")]
    if view.encoding == "raw":
        parts += [Run(" ", ""), Run("->", "lane"), Run(" ", "")]
    parts += [Run(name, "node.tall"), Run(body, "node"), Run(end, "node.head")]
    if spare > 0:
        parts.append(Run(f" unused {spare:,} ", "bar.empty"))
    return [clip(tuple(parts), width), _meaning(view)]


def _meaning(view: StringView) -> Line:
    match view.encoding:
        case "int":
            said = "a 64-bit whole number in the place of a pointer"
            if view.shared:
                said += "; 0 to 9999 are shared"
        case "embstr":
            said = "up to 44 bytes: object and text in one allocation of 64 bytes or less"
        case _:
            said = "object and text in two allocations, so that the text can grow"
            if view.length <= 44:
                said = "changed in place: two allocations from then on, however short"
    return line(Run(f" {view.encoding}", "title"), Run(f"  {said}", "label"))


def _dump(view: StringView, width: int, height: int) -> list[Line]:
    a_row = next((count for count in NARROWER if ROUND + 4 * count <= width), NARROWER[-1])
    data = view.data
    rows: list[Line] = []
    first = view.first if view.number is None else 0
    for at in range(0, len(data), a_row):
        if len(rows) >= height:
            break
        piece = data[at : at + a_row]
        rows.append(_dump_row(first + at, piece, a_row))
    if not data and height > 0:
        rows.append(line(Run(" no bytes at all: the empty string", "dim")))
    return rows


def _dump_row(offset: int, piece: bytes, a_row: int) -> Line:
    left, right = piece[: a_row // 2].hex(" "), piece[a_row // 2 :].hex(" ")
    return line(
        Run(f"{offset:>8}  ", "dim"),
        Run(f"{left:<{a_row // 2 * 3}} {right:<{a_row // 2 * 3}} ", "byte.data"),
        Run("│", "dim"),
        Run("".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in piece), "string"),
        Run("│", "dim"),
    )
