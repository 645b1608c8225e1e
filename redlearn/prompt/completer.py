"""Completion: commands, options, and what is really there: live keys and members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from redlearn.engine import syntax
from redlearn.engine.command import COMMANDS, Command
from redlearn.engine.syntax import Place
from redlearn.lines import clip_text
from redlearn.prompt.reading import Reading, read
from redlearn.prompt.surroundings import Surroundings
from redlearn.resp.text import printable, quoted

MOST_OFFERED = 60
MEMBER_NAMES = frozenset({"member", "field", "element"})
TYPE_OF_GROUP = {"string": "string", "hash": "hash", "sorted-set": "zset"}
META_WIDTH = 60


class RedisCompleter(Completer):
    """Offers what may come next.

    Args:
        surroundings: Where live keys and members come from.
        acts: Names and one-line descriptions of what may follow a colon.
    """

    def __init__(self, surroundings: Surroundings, acts: Iterable[tuple[str, str]] = ()) -> None:
        self._surroundings = surroundings
        self._acts = tuple(acts)

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Every completion of the word the cursor is in, the likeliest first."""
        text = document.current_line_before_cursor
        if text.lstrip().startswith(":"):
            yield from self._complete_act(text.lstrip())
            return
        reading = read(text)
        offered = 0
        for completion in self._complete(reading):
            yield completion
            offered += 1
            if offered >= MOST_OFFERED:
                return

    def _complete_act(self, text: str) -> Iterator[Completion]:
        for name, meaning in self._acts:
            if f":{name}".startswith(text):
                yield Completion(f":{name}", -len(text), display_meta=meaning)

    def _complete(self, reading: Reading) -> Iterator[Completion]:
        typed = b"" if reading.typing is None else reading.typing.value
        back = 0 if reading.typing is None else reading.typing.start - reading.typing.end
        naming = len(reading.words) - (not reading.ended)
        if naming == 0:
            yield from _rows(COMMANDS, typed, back)
        elif naming == 1 and (row := COMMANDS.get(reading.words[0].value.upper())):
            if row.subcommands:
                yield from _rows(row.subcommands, typed, back)
                return
        if reading.command is not None and naming >= reading.named:
            yield from self._complete_argument(reading, typed, back)

    def _complete_argument(self, reading: Reading, typed: bytes, back: int) -> Iterator[Completion]:
        assert reading.match is not None
        if reading.match.error is not None:
            return
        seen: set[str] = set()
        for place in reading.match.expected:
            if place.keyword is not None:
                yield from _keyword(place, typed, back, seen)
        for place in reading.match.expected:
            if place.keyword is None:
                yield from self._values(reading, place, typed, back, seen)

    def _values(
        self, reading: Reading, place: Place, typed: bytes, back: int, seen: set[str]
    ) -> Iterator[Completion]:
        """Live keys where a key goes, live members where a member goes."""
        assert reading.command is not None
        if place.argument.type == "key":
            kind = TYPE_OF_GROUP.get(reading.command.group, "")
            found = self._surroundings.keys(typed, kind)
        elif place.argument.name in MEMBER_NAMES and reading.arguments:
            found = self._surroundings.members(reading.arguments[0], typed)
        else:
            return
        for name in sorted(found)[:MOST_OFFERED]:
            text = as_typed(name)
            if text not in seen:
                seen.add(text)
                meta = self._meta(place, name)
                yield Completion(text, back, display=shown(name), display_meta=meta)

    def _meta(self, place: Place, name: bytes) -> str:
        if place.argument.type == "key":
            return self._surroundings.describe(name)
        return place.argument.name


def _rows(table: dict[bytes, Command], typed: bytes, back: int) -> Iterator[Completion]:
    lower = typed.islower()
    for name, row in sorted(table.items()):
        if name.startswith(typed.upper()):
            text = name.decode().lower() if lower else name.decode()
            meta = f"{syntax.of(row.syntax).display} · {row.summary}" if row.syntax else row.summary
            yield Completion(text, back, display_meta=clip_text(meta, META_WIDTH))


def _keyword(place: Place, typed: bytes, back: int, seen: set[str]) -> Iterator[Completion]:
    assert place.keyword is not None
    word = place.keyword.lower() if typed.islower() else place.keyword
    if word.encode().upper().startswith(typed.upper()) and word not in seen and typed != b"":
        seen.add(word)
        yield Completion(word, back, display_meta="option")
    elif not typed and word not in seen:
        seen.add(word)
        yield Completion(word, 0, display_meta="option")


def as_typed(name: bytes) -> str:
    """A key or member the way it has to be typed: quoted where it would not be one word."""
    text = printable(name)
    plain = text.encode() == name and text and not set(text) & set(" '\"\\")
    return text if plain else quoted(name)


def shown(name: bytes) -> str:
    """A key or member for the menu, cut where it is long."""
    return clip_text(printable(name, 64), 32)
