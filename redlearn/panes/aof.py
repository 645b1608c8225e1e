r"""Draws an AofView: what each command appended, readable on the left, as bytes on the right.

offset  command                          bytes
     0  SELECT 0                         *2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n
+   23  SET name ann                     *3\r\n$3\r\nSET\r\n$4\r\nname\r\n$3\r\nann\r\n

`+` marks what the last command appended, `=` says why it appended nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from redlearn.glyphs import LANE, MORE
from redlearn.lines import Line, Lines, Run, cells, clip, clip_text, fit, line, pad, width_of
from redlearn.resp.text import printable
from redlearn.views.aof import AofRow, AofView
from redlearn.views.narration import counted

TITLE: Final = "AOF"

OFFSET: Final = 8
NARROW: Final = 50
"""Below this width the bytes are left out."""

CRLF: Final = "\\r\\n"

WHY_NONE: Final = ("  (no log is kept: appendonly no)", "  (appendonly no)", "  (no log)")
"""That a log is only shown and not kept; the first that there is room for is said."""

INSTEAD: Final = {
    "begins": ("  (begins once its first base is whole)", "  (not begun yet)"),
    "large": ("  (too large to be read here)", "  (too large)"),
}
"""Why a log that is kept is not shown."""

EACH_ITS_OWN: Final = ("  (each would have a log of its own)", "  (no log)")
"""The same of a cluster."""


def render(view: AofView, width: int, height: int) -> Lines:
    """Draw `view`: a summary, the commands, and why the last one left nothing if so."""
    if width < 1 or height < 1:
        return ()
    below = [_silence(view.silence, width)] if view.silence else []
    if view.below:
        below.append(line(Run(f"  {MORE} {counted(view.below, 'more command')} below", "dim")))
    if height <= len(below):
        return fit(below, width, height)
    room = height - len(below)
    head = [_summary(view, width)] if room > 2 else []
    room -= len(head)
    shown = view.rows[max(len(view.rows) - room, 0) :]
    left = max(width - OFFSET, 0)
    most = left * 2 // 5
    longest = max((_size(row, most) for row in shown), default=0)
    longest = max(longest, cells(_half(view))) if view.torn else longest
    words = min(longest + 2, most) if width >= NARROW else left
    torn = [_torn(view, width, words)] if view.torn else []
    rows = [*_with_line(view, shown, width, words), *torn][-room:]
    if not rows and not below:
        rows = [line(Run("  Writes leave a line here, reads leave nothing.", "label"))][:room]
    return fit([*head, *rows, *below], width, height)


def _silence(said: str, width: int) -> Line:
    """Why nothing was written: where there is little room, the command is cut, not the reason."""
    command, colon, reason = said.rpartition(": ")
    left = width - 2 - cells(colon + reason)
    if left > 4:
        command = clip_text(command, left)
    return line(Run(f"= {command}{colon}{reason}", "warn"))


def _with_line(view: AofView, shown: Sequence[AofRow], width: int, words: int) -> Iterator[Line]:
    """The commands, and where there is a file a line behind the last one that is safe."""
    drawn = view.safe < 0
    for row in shown:
        if not drawn and row.offset + row.size > view.safe:
            drawn = True
            says = f" a power cut leaves {counted(view.safe, 'byte')} "
            side = max((min(width, 76) - len(says)) // 2, 1)
            yield line(Run(LANE * side, "warn"), Run(says, "warn"), Run(LANE * side, "warn"))
        yield _row(view, row, width, words)


def _summary(view: AofView, width: int) -> Line:
    unnamed = "all nodes" if view.mixed else "appendonly.aof"
    name = f"  {printable(view.name.encode()) or unnamed}"
    sums = f"  {counted(view.size, 'byte')}, {counted(view.total, 'command')}"
    drawn = line(Run(name, "title"), Run(sums, "label"))
    room = width - width_of(drawn)
    why_not = EACH_ITS_OWN if view.mixed else INSTEAD.get(view.instead, WHY_NONE)
    reasons = () if view.name else why_not
    why = next((each for each in reasons if len(each) <= room), "")
    return clip(line(*drawn, Run(why, "dim")), width)


def _size(row: AofRow, most: int) -> int:
    """Cells of a command as one would type it; no more than `most` are counted."""
    size = cells(row.node) + 1 if row.node else 0
    for word in row.argv:
        if size >= most:
            break
        size += cells(printable(word)) + 1
    return size


def _row(view: AofView, row: AofRow, width: int, words: int) -> Line:
    """One command, its readable form in `words` cells, and its bytes where there are more."""
    new = row.serial == view.last
    head = line(
        Run("+ " if new else "  ", "new"),
        Run(f"{row.offset:>{OFFSET - 3}} ", "dim"),
    )
    left = width - OFFSET
    if words >= left:
        return (*head, *clip(_readable(row, new, left), left))
    return (*head, *pad(_readable(row, new, words - 1), words), *_bytes(row, left - words))


def _half(view: AofView) -> str:
    return f"{counted(view.size - view.torn_at, 'byte')}, half a command"


def _torn(view: AofView, width: int, words: int) -> Line:
    """What a power cut has left of a command."""
    said = pad(line(Run(clip_text(_half(view), max(words - 1, 0)), "warn")), words)
    head = line(Run(f"{view.torn_at:>{OFFSET - 1}} ", "dim"), *said)
    left = clip_text(printable(view.torn), max(width - width_of(head), 0))
    return clip(line(*head, Run(left, "byte.data")), width)


def _readable(row: AofRow, new: bool, width: int) -> Line:
    """The command as one would type it, behind the node in whose file it is."""
    runs = [Run(f"{row.node} ", "label")] if row.node else []
    used = width_of(runs)
    for place, word in enumerate(row.argv):
        cut = MORE if row.sizes[place] > len(word) else ""
        text = (printable(word) or '""') + cut
        style = "command" if not place else "new" if new else "value"
        if used + cells(text) + 1 > width:
            runs.append(Run(clip_text(text + " ", max(width - used, 1)), style))
            break
        runs.append(Run(text + " ", style))
        used += cells(text) + 1
    else:
        if row.count > len(row.argv):
            runs.append(Run(MORE, "dim"))
    return clip(tuple(runs), max(width, 0))


def _bytes(row: AofRow, width: int) -> Line:
    """The command as it stands in the file, line ends shown, cut to `width` cells."""
    runs = [Run(f"*{row.count}", "byte.len"), Run(CRLF, "byte.back")]
    used = len(runs[0].text) + len(CRLF)
    for size, word in zip(row.sizes, row.argv, strict=True):
        if used > width:
            break
        text = printable(word) + (MORE if size > len(word) else "")
        runs += [
            Run(f"${size}", "byte.len"), Run(CRLF, "byte.back"),
            Run(text, "byte.data"), Run(CRLF, "byte.back"),
        ]  # fmt: skip
        used += 1 + len(str(size)) + cells(text) + 2 * len(CRLF)
    if used <= width and row.count == len(row.argv):
        return tuple(runs)
    return (*clip(tuple(runs), max(width - 1, 0)), Run(MORE if width > 0 else "", "dim"))
