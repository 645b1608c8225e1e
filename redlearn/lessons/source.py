"""The raw pieces of a lesson file: headings, fences, directives and text, each with its line.

Only what Markdown shares with every renderer is given a meaning: `## ` headings, fences of
three or more backticks with a language, and HTML comments that stand alone. All else is text,
so a lesson reads as an article wherever Markdown is shown.

Nothing here raises. What is wrong is written to `Problems`, and reading goes on, so that an
author is told everything at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from redlearn.lessons.limits import MAX_INCLUDES
from redlearn.lessons.model import Place

Read = Callable[[str], str]
"""Gives the text of a file beside the lesson. Raises OSError or UnicodeDecodeError."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a lesson, and where. Prints as `file:line: message`."""

    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class Problems:
    """Everything found wrong so far."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, place: Place, message: str) -> None:
        self.found.append(Problem(place, message))

    def unknown(self, place: Place, what: str, name: str, known: list[str]) -> None:
        """Say that there is no such thing, and which one was probably meant."""
        close = get_close_matches(name, known, n=1)
        guess = f"; did you mean '{close[0]}'?" if close else f" (there are {', '.join(known)})"
        self.add(place, f"unknown {what} '{name}'{guess}")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of `#`s and a text."""

    place: Place
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: its language, what follows on that line, and the lines inside."""

    place: Place
    language: str
    label: str
    lines: tuple[str, ...]

    def at(self, number: int) -> Place:
        """Where line `number` of the body stands, the first being 0."""
        return Place(self.place.file, self.place.line + 1 + number)


@dataclass(frozen=True, slots=True)
class Directive:
    """A comment that stands alone: `<!-- name: value -->`."""

    place: Place
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Text:
    """Lines of prose between two other pieces, blank ones included."""

    place: Place
    lines: tuple[str, ...]


Piece = Heading | Fence | Directive | Text

HOW_TO_DIRECT: Final = "write '<!-- name -->' or '<!-- name: value -->'; '#' begins a remark"

_FENCE: Final = re.compile(r"(`{3,})\s*([\w-]*)\s*(.*)$")
_HEADING: Final = re.compile(r"(#{1,6})\s+(.*?)\s*#*$")
_NAME: Final = re.compile(r"([a-z-]+)(?:\s*:\s*(.*))?$", re.DOTALL)


def front_matter(lines: list[str], file: str, problems: Problems) -> tuple[Fence, int]:
    """The TOML between the first two `+++` lines, and how many lines that took."""
    place = Place(file, 1)
    if not lines or lines[0].strip() != "+++":
        problems.add(place, "a lesson begins with a line of '+++' and its front matter in TOML")
        return Fence(place, "+++", "", ()), 0
    for number, line in enumerate(lines[1:], 1):
        if line.strip() == "+++":
            return Fence(place, "+++", "", tuple(lines[1:number])), number + 1
    problems.add(place, "the front matter never ends: a second line of '+++' is missing")
    return Fence(place, "+++", "", ()), len(lines)


class Pieces:
    """Cuts a file into pieces, going into included files where they stand."""

    def __init__(self, problems: Problems, read: Read) -> None:
        self._problems = problems
        self._read = read
        self._included = 0

    def of(
        self, lines: list[str], file: str, first: int, *, nested: bool = False
    ) -> Iterator[Piece]:
        """The pieces of `lines`, the first of which is line `first` of `file`."""
        at, prose_from = 0, 0
        while at < len(lines):
            piece, after = self._special(lines, at, Place(file, first + at))
            if piece is None and after == at:
                at += 1
                continue
            yield from self._prose(lines, prose_from, at, Place(file, first + prose_from))
            at = prose_from = after
            if isinstance(piece, Directive) and piece.name == "include":
                yield from self._include(piece, nested)
            elif piece is not None:
                yield piece
        yield from self._prose(lines, prose_from, at, Place(file, first + prose_from))

    def _special(self, lines: list[str], at: int, place: Place) -> tuple[Piece | None, int]:
        """What begins at `lines[at]` if it is no prose, and the line after it."""
        line = lines[at]
        if found := _FENCE.match(line):
            return self._fence(lines, at, place, found)
        if line.startswith("<!--"):
            return self._directive(lines, at, place)
        if found := _HEADING.match(line):
            return Heading(place, len(found[1]), found[2]), at + 1
        return None, at

    def _fence(
        self, lines: list[str], at: int, place: Place, found: re.Match[str]
    ) -> tuple[Piece | None, int]:
        mark = found[1]
        for end in range(at + 1, len(lines)):
            if lines[end].startswith(mark) and not lines[end].strip("` \t"):
                return Fence(place, found[2], found[3].strip(), tuple(lines[at + 1 : end])), end + 1
        self._problems.add(place, f"this block never ends: a line of '{mark}' is missing")
        return None, len(lines)

    def _directive(self, lines: list[str], at: int, place: Place) -> tuple[Piece | None, int]:
        for end in range(at, len(lines)):
            body, closed, rest = lines[end].partition("-->")
            if not closed:
                continue
            if rest.strip():
                self._problems.add(place, "nothing may follow '-->' on its line")
            text = "\n".join([*lines[at:end], body]).removeprefix("<!--").strip()
            return self._named(text, place), end + 1
        self._problems.add(place, "this comment never ends: '-->' is missing")
        return None, len(lines)

    def _named(self, text: str, place: Place) -> Directive | None:
        if text.startswith("#"):
            return None  # the author's own remark
        found = _NAME.match(text)
        if found is None:
            self._problems.add(place, HOW_TO_DIRECT)
            return None
        return Directive(place, found[1], " ".join((found[2] or "").split()))

    def _include(self, directive: Directive, nested: bool) -> Iterator[Piece]:
        name, place = directive.value, directive.place
        self._included += 1
        if nested:
            self._problems.add(place, "an included file may not include another")
        elif self._included > MAX_INCLUDES:
            self._problems.add(place, f"a lesson may include {MAX_INCLUDES} files")
        elif not _is_beside(name):
            self._problems.add(place, f"'{name}' is not inside the lesson's folder")
        else:
            try:
                text = self._read(name)
            except (OSError, UnicodeDecodeError, ValueError) as error:
                self._problems.add(place, f"cannot read '{name}': {_reason(error)}")
                return
            yield from self.of(text.split("\n"), name, 1, nested=True)

    def _prose(self, lines: list[str], start: int, end: int, place: Place) -> Iterator[Piece]:
        while start < end and not lines[start].strip():
            start += 1
            place = Place(place.file, place.line + 1)
        while end > start and not lines[end - 1].strip():
            end -= 1
        if start < end:
            yield Text(place, tuple(lines[start:end]))


def _is_beside(name: str) -> bool:
    """Whether a path stays in the folder it starts from: no root, no `..`, no drive."""
    parts = name.replace("\\", "/").split("/")
    return bool(name) and "" not in parts and ".." not in parts and ":" not in name


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return (error.strerror or "it cannot be opened").lower()
    return "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else str(error)
