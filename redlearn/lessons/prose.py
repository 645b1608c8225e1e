"""Prose of lessons: paragraphs out of lines, and lines of a given width out of paragraphs.

Three marks are known, as every Markdown reader shows them: `code`, **strong** and *stress*.
Anything else is text; nothing a lesson says is ever taken for markup of the screen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from redlearn.lines import Line, Lines, Run, cells, clip, clip_text, line, width_of

_LIST: Final = re.compile(r"(\s{0,3}(?:[-*+]|\d{1,2}[.)])\s+)")
_MARK: Final = re.compile(r"`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*")
STYLES: Final = ("", "code", "strong", "stress")  # by group of _MARK
VERBATIM: Final = ("    ", "|")
"""How a line begins that is shown as it stands: indented, or a row of a table. It may be broken."""


def paragraphs(lines: Iterable[str]) -> tuple[str, ...]:
    """Join lines into paragraphs: blank lines part them, list items and tables keep apart.

    >>> paragraphs(["one", "two", "", "- a", "  b", "- c"])
    ('one two', '- a b', '- c')
    """
    found: list[str] = []
    open_ = False
    for raw in lines:
        text = raw.rstrip()
        if not text:
            open_ = False
        elif text.startswith(VERBATIM) and not (open_ and _LIST.match(found[-1])):
            found.append(text)
            open_ = False
        elif open_ and not _LIST.match(text):
            found[-1] = f"{found[-1]} {text.strip()}"
        else:
            found.append(text if _LIST.match(text) else text.strip())
            open_ = True
    return tuple(found)


def laid_out(texts: Sequence[str], width: int) -> Lines:
    """Paragraphs as lines of at most `width` cells, a blank line between them.

    Items of one list, and rows of one table, stand without a blank line between them. Styles
    are "" for text, "code", "strong" and "stress".
    """
    rows: list[Line] = []
    for number, text in enumerate(texts):
        if number and not (_is_tight(text) and _is_tight(texts[number - 1])):
            rows.append(())
        rows.extend(_wrapped(text, max(width, 1)))
    return tuple(rows)


def plain_text(text: str) -> str:
    """A paragraph without its marks."""
    return "".join(run.text for run in _runs(text))


def clean(text: str) -> str:
    """Text with what a terminal might obey made visible: controls, bidirectional marks.

    A lesson's source holds none of these (`parse.py` refuses them), but a TOML string may
    spell one out.
    """
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


def ended(text: str) -> str:
    """A title as the end of a sentence: with a full stop, unless it ends in a sign of its own.

    >>> ended("Sorted sets"), ended("Why 16384?")
    ('Sorted sets.', 'Why 16384?')
    """
    return text if text.endswith(("?", "!", ".")) else f"{text}."


def _is_tight(text: str) -> bool:
    return text.startswith(VERBATIM) or _LIST.match(text) is not None


def _wrapped(text: str, width: int) -> Iterator[Line]:
    if text.startswith(VERBATIM):
        for each in _broken(clean(text), width):
            yield line(Run(each, "code"))
        return
    found = _LIST.match(text)
    lead = clean(found[1]) if found else ""
    hanging = " " * cells(lead) if 2 * cells(lead) <= width else ""
    row: list[Run] = [Run(lead)]
    used, empty = cells(lead), True
    for word in _words(text[len(lead) :], width - cells(hanging)):
        size = width_of(word)
        if used and used + (not empty) + size > width:
            yield clip(line(*row), width)
            row, used, empty = [Run(hanging)], cells(hanging), True
        if not empty:
            row.append(Run(" "))
            used += 1
        row.extend(word)
        used += size
        empty = False
    yield clip(line(*row), width)


def _broken(text: str, width: int) -> Iterator[str]:
    """A line that stands as it is; where it is too wide it goes on below, farther in.

    It is broken before a word, or within one that has no room at all.
    """
    hanging = " " * min(len(text) - len(text.lstrip(" ")) + 2, width // 2)
    while cells(text) > width:
        head = clip_text(text, width, "")
        if not head:  # a wide letter in a single column
            break
        at = head.rfind(" ", len(hanging) + 1)
        if text[len(head)] == " " or at < 0 or not head[:at].strip():
            at = len(head)
        yield text[:at].rstrip()
        text = hanging + text[at:].lstrip(" ")
        if not text.strip():
            return
    if cells(text) <= width:
        yield text


def _words(text: str, room: int) -> Iterator[Line]:
    """Words to put on lines. Code keeps its blanks; what is longer than a line is broken."""
    for word in _unbroken(text):
        while width_of(word) > room:
            head = clip(word, room)
            taken = sum(len(run.text) for run in head)
            if not taken:  # a wide letter in a single column
                break
            yield head
            word = _without(word, taken)
        if width_of(word):
            yield word


def _without(word: Line, count: int) -> Line:
    """A word without its first `count` characters."""
    rest: list[Run] = []
    for run in word:
        if count < len(run.text):
            rest.append(Run(run.text[count:].lstrip(" "), run.style))
        count = max(count - len(run.text), 0)
    return tuple(rest)


def _unbroken(text: str) -> Iterator[Line]:
    """The words of a text; one may change its style half-way."""
    word: list[Run] = []
    for run in _runs(text):
        for number, piece in enumerate([run.text] if run.style == "code" else run.text.split(" ")):
            if number and word:
                yield tuple(word)
                word = []
            if piece:
                word.append(Run(piece, run.style))
    if word:
        yield tuple(word)


def _runs(text: str) -> Iterator[Run]:
    at = 0
    for found in _MARK.finditer(text):
        if found.start() > at:
            yield Run(clean(text[at : found.start()]))
        style = STYLES[found.lastindex or 1]
        yield Run(clean(found[found.lastindex or 1]), style)
        at = found.end()
    if at < len(text):
        yield Run(clean(text[at:]))
