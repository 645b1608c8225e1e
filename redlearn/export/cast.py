"""Asciicast: terminal recordings in asciinema's format, version 2.

A file of JSON lines: a header, then `[seconds, code, data]` for each event. Codes are "o"
(output), "i" (input), "m" (a marker to jump to) and "r" (a resize, data "80x24").

Format: https://docs.asciinema.org/manual/asciicast/v2/
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

CODES: Final = frozenset("oimr")

PALETTE: Final = (
    "#10151a:#d55e00:#009e73:#e69f00:#0072b2:#cc79a7:#56b4e9:#d6d6d6:"
    "#5f7080:#ff8a50:#2fc79b:#f0e442:#7fc9f5:#e39cc4:#7fc9f5:#ffffff"
)
"""The sixteen colours that a theme must name. Our own recordings name each colour in full."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened `at` seconds after the beginning."""

    at: float
    code: str
    data: str


@dataclass(frozen=True, slots=True)
class Cast:
    """A recording.

    Attributes:
        width, height: Of the terminal, in cells.
        moments: In the order of their times.
        ink, paper: The terminal's own colours, "#rrggbb", or "" for the player's choice.
    """

    width: int
    height: int
    moments: tuple[Moment, ...]
    title: str = ""
    ink: str = ""
    paper: str = ""

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.moments[-1].at if self.moments else 0.0

    @property
    def markers(self) -> tuple[Moment, ...]:
        """The places to jump to."""
        return tuple(moment for moment in self.moments if moment.code == "m")


class NotACast(ValueError):
    """A file that is no asciicast of version 2; the message names the line."""


def dumps(cast: Cast) -> str:
    """The recording as the text of a `.cast` file. It holds no date, so equal casts are equal."""
    header: dict[str, object] = {
        "version": 2,
        "width": cast.width,
        "height": cast.height,
        "env": {"TERM": "xterm-256color"},
    }
    if cast.title:
        header["title"] = cast.title
    if cast.ink and cast.paper:
        header["theme"] = {"fg": cast.ink, "bg": cast.paper, "palette": PALETTE}
    return "".join(_lines(header, cast.moments))


def _lines(header: dict[str, object], moments: Iterable[Moment]) -> Iterator[str]:
    yield json.dumps(header) + "\n"
    for moment in moments:
        event = [round(moment.at, 6), moment.code, moment.data]
        yield json.dumps(event, ensure_ascii=False) + "\n"


def loads(text: str) -> Cast:
    """Read the text of a `.cast` file.

    Raises:
        NotACast: On the first line that is wrong.
    """
    lines = text.split("\n")
    header = _json(lines[0], 1) if lines else None
    if not isinstance(header, dict) or header.get("version") != 2:
        raise NotACast("line 1: no header of an asciicast, version 2")
    width, height = header.get("width"), header.get("height")
    if not (isinstance(width, int) and isinstance(height, int) and width > 0 and height > 0):
        raise NotACast("line 1: the header gives no size")
    moments = tuple(
        _moment(line, number) for number, line in enumerate(lines[1:], 2) if line.strip()
    )
    if any(later.at < earlier.at for earlier, later in pairwise(moments)):
        raise NotACast("the times do not rise")
    theme = header.get("theme")
    colours = theme if isinstance(theme, dict) else {}
    title, ink, paper = header.get("title"), colours.get("fg"), colours.get("bg")
    return Cast(width, height, moments, _text(title), _text(ink), _text(paper))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _moment(line: str, number: int) -> Moment:
    match _json(line, number):
        case [int() | float() as at, str() as code, str() as data] if code in CODES and at >= 0:
            return Moment(float(at), code, data)
        case _:
            raise NotACast(f"line {number}: not [seconds, code, data]")


def _json(line: str, number: int) -> object:
    try:
        parsed: object = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NotACast(f"line {number}: not JSON") from error
    return parsed
