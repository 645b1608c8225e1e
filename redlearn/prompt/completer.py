"""Completion: commands, options, and what is really there: live keys, members and settings.

Each completion brings a few words: a command its syntax, a key what it holds, a member its
score. A word that began in lower case is completed in lower case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from redlearn.engine import syntax
from redlearn.engine.acl_rules import CATEGORIES, names_in
from redlearn.engine.command import COMMANDS, Command
from redlearn.engine.keys import key_positions
from redlearn.engine.syntax import Place
from redlearn.engine.values import KINDS
from redlearn.lines import clip_text
from redlearn.prompt.act import Act, acts_like
from redlearn.prompt.reading import Reading, read
from redlearn.prompt.surroundings import Surroundings
from redlearn.resp.text import printable, quoted

MOST_OFFERED = 40
META_WIDTH = 60
NAME_WIDTH = 32

TYPE_OF_GROUP = {"string": "string", "hash": "hash", "sorted-set": "zset"}
OVERWRITING = frozenset(["set", "setex", "psetex", "mset", "getset"])
MEMBERS = frozenset({"member", "field", "element"})

Offer = tuple[str, str, str]
"""What is typed, what the menu shows, and the words beside it."""


class RedisCompleter(Completer):
    """Offers what may come next."""

    def __init__(self, surroundings: Surroundings, acts: Iterable[Act] = ()) -> None:
        """Args:
        surroundings: Where live keys and members come from.
        acts: What may follow a colon.
        """
        self._surroundings = surroundings
        self._acts = tuple(acts)

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """The completions of the word the cursor is in, the likeliest first. Never fails."""
        text = document.current_line_before_cursor
        if text.lstrip().startswith(":"):
            back, offers = self._acts_and_keys(text.lstrip())
        else:
            reading = read(text)
            word = reading.typing
            back = 0 if word is None else word.start - word.end
            offers = self._words(reading, b"" if word is None else word.value)
        for insert, shown, beside in islice(_once(offers), MOST_OFFERED):
            yield Completion(insert, back, shown, clip_text(beside, META_WIDTH))

    def _acts_and_keys(self, text: str) -> tuple[int, Iterator[Offer]]:
        name, blank, rest = text[1:].partition(" ")
        if not blank:
            return -len(text), self._act_names(name)
        acts = acts_like(self._acts, name)
        if len(acts) != 1:
            return 0, iter(())
        typed = rest.lstrip()
        if "key" in acts[0].takes:
            prefix = typed.encode("utf-8", "surrogateescape")
            return -len(typed), self._keys(prefix, "", literal=True)
        offers = acts[0].offers()
        fits = ((word, word, about) for word, about in offers if word.startswith(typed))
        return -len(typed), fits

    def _act_names(self, name: str) -> Iterator[Offer]:
        for act in self._acts:
            if act.name.startswith(name):
                takes = f"{act.takes} · " if act.takes else ""
                yield f":{act.name}", f":{act.name}", takes + act.help

    def _words(self, reading: Reading, typed: bytes) -> Iterator[Offer]:
        if reading.too_long:
            return
        if reading.finished == 0:
            yield from _rows(COMMANDS, typed)
        elif reading.finished == 1 and reading.words[0].value.upper() in COMMANDS:
            subcommands = COMMANDS[reading.words[0].value.upper()].subcommands
            yield from _rows(subcommands, typed)
        elif reading.finished == 1 and reading.words[0].value.lower() in (b"help", b"?"):
            yield from _rows(COMMANDS, typed)
        if reading.command is not None and reading.finished >= reading.named:
            yield from self._arguments(reading, reading.command, typed)

    def _arguments(self, reading: Reading, command: Command, typed: bytes) -> Iterator[Offer]:
        assert reading.match is not None
        if reading.match.error is not None:
            return
        lower = typed.islower() or (not typed and reading.words[0].value.islower())
        for place in reading.match.expected:
            if place.keyword is not None and place.keyword.startswith(_upper(typed)):
                word = place.keyword.lower() if lower else place.keyword
                yield word, word, "option"
        for place in reading.match.expected:
            if place.keyword is None:
                yield from self._values(reading, command, place, typed)

    def _values(
        self, reading: Reading, command: Command, place: Place, typed: bytes
    ) -> Iterator[Offer]:
        """Live keys where a key goes, live members where a member goes, and the like."""
        name = place.argument.name
        if place.argument.type == "key":
            kind = "" if command.name in OVERWRITING else TYPE_OF_GROUP.get(command.group, "")
            yield from self._keys(typed, "" if _overwrites(command, reading) else kind)
        elif name in MEMBERS:
            yield from self._members(reading, command, typed)
        elif name == "parameter":
            for setting, value in self._surroundings.parameters(_upper(typed).lower()):
                yield setting, setting, value
        elif other := OTHERS.get(name):
            for word, beside in other(self._surroundings):
                if word.upper().startswith(_upper(typed)):
                    yield word, word, beside

    def _keys(self, prefix: bytes, kind: str, *, literal: bool = False) -> Iterator[Offer]:
        for key in self._surroundings.keys(prefix, kind):
            text = key.decode("utf-8", "surrogateescape") if literal else as_typed(key)
            if not literal or (text.encode() == key and printable(key) == text):
                yield text, shown(key), self._surroundings.describe(key)

    def _members(self, reading: Reading, command: Command, typed: bytes) -> Iterator[Offer]:
        positions = key_positions(command, reading.argv)
        if positions and positions[0] < reading.finished:
            key = reading.words[positions[0]].value
            for member, beside in self._surroundings.members(key, typed):
                yield as_typed(member), shown(member), beside


def _once(offers: Iterator[Offer]) -> Iterator[Offer]:
    seen: set[str] = set()
    for offer in offers:
        if offer[0] not in seen:
            seen.add(offer[0])
            yield offer


def _rows(table: dict[bytes, Command], typed: bytes) -> Iterator[Offer]:
    lower = typed.islower()
    for name, row in sorted(table.items()):
        if name.startswith(typed.upper()):
            text = name.decode().lower() if lower else name.decode()
            line = syntax.of(row.syntax).display if row.syntax else ""
            yield text, text, " · ".join(filter(None, (line, row.summary)))


def _upper(typed: bytes) -> str:
    return typed.upper().decode("utf-8", "surrogateescape")


def _overwrites(command: Command, reading: Reading) -> bool:
    """Whether the key being typed is one that the command replaces, whatever it holds."""
    at = reading.finished
    return any(
        spec.begin == at and "OW" in spec.flags.split() for spec in command.keys if spec.begin
    )


def _databases(surroundings: Surroundings) -> Iterator[tuple[str, str]]:
    for database in surroundings.state.databases:
        count = len(database)
        yield str(database.index), f"{count} keys" if count != 1 else "1 key"


def _command_names(surroundings: Surroundings) -> Iterator[tuple[str, str]]:
    for name, row in sorted(COMMANDS.items()):
        yield name.decode(), row.summary


def _users(surroundings: Surroundings) -> Iterator[tuple[str, str]]:
    for name, user in sorted(surroundings.state.users.table.items()):
        yield as_typed(name), "may come in" if user.enabled else "off"


def _categories(surroundings: Surroundings) -> Iterator[tuple[str, str]]:
    for category in CATEGORIES:
        yield category, f"{len(names_in(f'@{category}'))} commands"


def _rules(surroundings: Surroundings) -> Iterator[tuple[str, str]]:
    yield from RULES
    for sign, what in (("+", "may run"), ("-", "may not run")):
        for category, count in _categories(surroundings):
            yield f"{sign}@{category}", f"{what} any of {count}"


RULES: Final = (
    ("on", "the user may come in"), ("off", "the user may not come in"),
    ("nopass", "any password will do"), (">", "a password, to be added"),
    ("<", "a password, to be taken away"), ("~*", "all keys; ~user:* those that begin so"),
    ("%R~", "keys that may be read"), ("%W~", "keys that may be written"),
    ("&*", "all channels; &news.* those that begin so"), ("+@all", "may run everything"),
    ("-@all", "may run nothing"), ("(", "a second set of permissions, up to )"),
    ("clearselectors", "only what stands outside of parentheses"), ("resetkeys", "no keys"),
    ("resetchannels", "no channels"), ("resetpass", "no password"),
    ("reset", "as a new user is: off, and without any permission"),
)  # fmt: skip
"""What ACL SETUSER may say of a user, beside commands and their categories."""

OTHERS: dict[str, Callable[[Surroundings], Iterable[tuple[str, str]]]] = {
    "index": _databases,
    "destination-db": _databases,
    "command-name": _command_names,
    "command": _command_names,
    "username": _users,
    "category": _categories,
    "rule": _rules,
    "protover": lambda _: (("2", "RESP2"), ("3", "RESP3: maps, doubles, sets")),
    "type": lambda _: ((kind, "what TYPE prints") for kind in KINDS),
    "cursor": lambda _: (("0", "begin; then what the reply says"),),
}
"""What values of other arguments are known beforehand, by the argument's name."""


def as_typed(name: bytes) -> str:
    """A key or member the way it has to be typed: quoted where it would not be one word."""
    text = printable(name)
    plain = text.encode() == name and text and not set(text) & set(" '\"\\")
    return text if plain else quoted(name)


def shown(name: bytes) -> str:
    """A key or member for the menu, cut where it is long."""
    return clip_text(printable(name, 2 * NAME_WIDTH), NAME_WIDTH) or '""'
