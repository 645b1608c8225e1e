"""The notation of syntax lines: text to argument tree, and back.

    key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]

is how every Redis page writes what ZADD takes. Read strictly it holds nearly all that
COMMAND DOCS tells about the arguments, so the line is kept and the tree is computed:

    WORD              a keyword; `WORD name` a keyword with its value
    name              a value; `name:type` where the name does not tell the type
    [x]               x may be left out
    <x | y>           one of them ([x | y] where none is fine too)
    (x y)             several that belong together
    x [x ...]         x, as often as wanted; `WORD x [WORD x ...]` repeats the keyword too
    <x | y>...        the same for something long

and, to carry the rest, which learners are not shown:

    called=<x | y>    the name of a choice, a group or a keyword, where it is not the usual one
    called=shown      a value whose name is not what the line shows
    name#1            a key belongs to key spec 1 (otherwise keys count up from 0)
    x@7.0.0  x!2.8.0  since when x exists, since when it is deprecated
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, cast

Type = Literal[
    "key", "string", "integer", "double", "unix-time", "pattern", "pure-token", "oneof", "block"
]


@dataclass(frozen=True, slots=True)
class Argument:
    """One node of the tree that COMMAND DOCS shows.

    Attributes:
        token: The keyword before the value, or the keyword that a pure token is.
        multiple: It may be repeated; with `multiple_token` the keyword is repeated too.
        key_spec_index: Which key spec finds this key, or None.
        arguments: What a oneof chooses from, or a block consists of; else empty.
        display_text: What the line shows where that is not the name; else None. COMMAND DOCS
            fills in the name, except for oneof and block, which have none.
        since: The version that brought it, where the command is older.
    """

    name: str
    type: Type
    token: str | None = None
    optional: bool = False
    multiple: bool = False
    multiple_token: bool = False
    key_spec_index: int | None = None
    arguments: tuple[Argument, ...] = ()
    display_text: str | None = None
    since: str | None = None
    deprecated_since: str | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """The flags as COMMAND DOCS names them."""
        named = ("optional", "multiple", "multiple_token")
        given = (self.optional, self.multiple, self.multiple_token)
        return tuple(name for name, is_set in zip(named, given, strict=True) if is_set)

    @property
    def label(self) -> str:
        """What stands for it in the line: `member`, `ip:port`, `NX`."""
        if self.type == "pure-token":
            return self.token or EMPTY
        return self.display_text or self.name


class NotationError(ValueError):
    """A syntax line that cannot be read: a bug in a command module, never a client's doing."""


def parse(line: str) -> tuple[Argument, ...]:
    """The argument tree of one syntax line.

    Raises:
        NotationError: A bracket is missing, or `[x ...]` repeats nothing before it.
    """
    return _Parser(line).whole()


def render(arguments: Iterable[Argument]) -> str:
    """The syntax line that parses to `arguments`, annotated only where that is needed."""
    return _Writer(annotated=True).sequence(arguments)


def show(arguments: Iterable[Argument]) -> str:
    """The line as a learner sees it: no types, names of groups, versions.

    >>> show(parse("key [condition=<NX | XX>]@6.2.0 FIELDS (numfields field [field ...])"))
    'key [NX | XX] FIELDS numfields field [field ...]'
    """
    return _Writer(annotated=False).sequence(arguments)


EMPTY: Final = '""'

_TYPES: Final[dict[str, Type]] = {
    name: kind
    for kind, names in cast(
        "dict[Type, str]",
        {
            "key": "key key1 key2 keys source destination destkey newkey sourcekey storekey"
            " storedistkey src dst",
            "integer": "bit bits client-id cluster-bus-port config-epoch count cursor db decrement"
            " destination-db dim end-slot endslot entries-added entriesread exactly frequency"
            " idmp-duration idmp-maxsize increment index index1 index2 integer k len limit maxage"
            " milliseconds min-match-len ms num-matches numfields numids numkeys numlinks numlocal"
            " numranges numreplicas offset port protover rank ratio seconds size slot start-slot"
            " startslot ttl version weight build-exploration-factor search-exploration-factor"
            " max-filtering-effort",
            "double": "float height latitude longitude max_distance radius score timeout width",
            "unix-time": "unix-time-milliseconds unix-time-seconds",
            "pattern": "pattern match-pattern by-pattern get-pattern",
        },
    ).items()
    for name in names.split()
}
"""The types that names stand for. Names not listed are strings."""

_KEYWORDS: Final = {
    "CH": "change",
    "INCR": "increment",
    "ALPHA": "sorting",
    "=": "equal",
    "~": "approximately",
    "*": "auto-id",
    "$": "new-id",
    EMPTY: "empty-string",
}
"""Names of keywords that are not just the keyword in lower case."""

_CHOICES: Final = {
    "NX": "condition",
    "FNX": "condition",
    "KEEPREF": "condition",
    "GT": "comparison",
    "EX": "expiration",
    "LEFT": "where",
    "MIN": "where",
    "BEFORE": "where",
    "FROMMEMBER": "from",
    "BYRADIUS": "by",
    "ASC": "order",
    "M": "unit",
    "BYTE": "unit",
    "ASYNC": "flush-type",
    "BYSCORE": "sortby",
    "MAXLEN": "strategy",
    "STORE": "store",
    "YES": "mode",
    "ON": "enabled",
    "SLOW": "type",
    "AND": "operation",
    "COUNT": "selector",
    "OBO": "ordering",
    "=": "operator",
    "*": "id-selector",
    "id": "id-selector",
}
"""Names of choices, by the first word in them."""

_GROUPS: Final = {
    "start": "range",
    "start-slot": "range",
    "count": "options",
    "COUNT": "count-block",
    "FULL": "full-block",
    "MAXLEN": "trim",
    "BYRADIUS": "circle",
    "BYBOX": "box",
}
"""Names of groups, by the first word in them."""

_NAME: Final = re.compile(r"[\w.:-]*\w")
_PLAIN: Final = re.compile(r'[A-Z0-9-]+|[=~*$]|""')
_LEXEMES: Final = re.compile(
    r"""(?P<close>[\]>)](?:\.\.\.)?(?:[@!][\d.]+)*)   # ] > ) and what hangs on them
      | (?P<open>(?:[\w-]+=)?[<(]|\[)                 # < ( [ and the name before them
      | (?P<word>[^\s\[\]<>()|]+)
      | (?P<bar>\|)""",
    re.VERBOSE,
)
_VERSIONS: Final = re.compile(r"(?:@(?P<since>[\d.]+))?(?:!(?P<until>[\d.]+))?$")
_WORD: Final = re.compile(
    r"(?:(?P<name>[\w-]+)=)?(?P<text>.+?)(?::(?P<type>key|string|integer|double|unix-time|pattern))?"
    r"(?:\#(?P<spec>\d+))?(?:@(?P<since>[\d.]+))?(?:!(?P<until>[\d.]+))?$"
)


class _Parser:
    """Recursive descent over one line. `next_spec` numbers the keys as they are met."""

    def __init__(self, line: str) -> None:
        self.line = line
        self.lexemes = [match.group() for match in _LEXEMES.finditer(line)]
        self.at = 0
        self.next_spec = 0

    def whole(self) -> tuple[Argument, ...]:
        arguments = self.sequence()
        if self.at < len(self.lexemes):
            raise self.error(f"{self.lexemes[self.at]!r} closes nothing")
        return arguments

    def error(self, reason: str) -> NotationError:
        return NotationError(f"{reason}, in syntax line {self.line!r}")

    def peek(self) -> str:
        return self.lexemes[self.at] if self.at < len(self.lexemes) else ""

    def take(self) -> str:
        lexeme = self.peek()
        self.at += 1
        return lexeme

    def sequence(self) -> tuple[Argument, ...]:
        """Items up to a closing bracket, a bar, an ellipsis or the end."""
        items: list[Argument] = []
        while (lexeme := self.peek()) and lexeme[0] not in "]>)|" and lexeme != "...":
            if lexeme != "[":
                items.append(self.item())
                continue
            spec = self.next_spec
            self.take()
            found = self.alternatives()
            if self.peek() == "...":
                self.next_spec = spec  # what is repeated was numbered the first time
                self.take()
                self.close("]")
                _repeat_last(items, found[0], self)
            else:
                items.append(self.hang(_one(found), self.close("]"), optional=True))
        return tuple(items)

    def alternatives(self) -> list[tuple[Argument, ...]]:
        found = [self.sequence()]
        while self.peek() == "|":
            self.take()
            found.append(self.sequence())
        if not all(found):
            raise self.error("empty brackets, or nothing beside a bar")
        return found

    def close(self, bracket: str) -> str:
        lexeme = self.take()
        if not lexeme.startswith(bracket):
            raise self.error(f"{bracket!r} expected, not {lexeme!r}")
        return lexeme[1:]

    def item(self, token: str = "") -> Argument:
        """A value, a choice or a group, with its keyword if it has one, or a keyword alone."""
        lexeme = self.take()
        if lexeme[-1] in "<(":
            return self.enclosed(lexeme[-1], lexeme[:-2] or token.lower())
        if not _is_keyword(lexeme):
            return self.value(lexeme)
        if _PLAIN.fullmatch(lexeme) and self.value_follows():
            return replace(self.item(lexeme), token=lexeme)
        return self.keyword(lexeme)

    def value_follows(self) -> bool:
        lexeme = self.peek()
        if not lexeme or lexeme[0] in "[]>)|" or lexeme == "...":
            return False
        return lexeme[-1] in "<(" or not _is_keyword(lexeme)

    def enclosed(self, bracket: str, name: str) -> Argument:
        found = self.alternatives()
        hanging = self.close(">" if bracket == "<" else ")")
        if (len(found) > 1) != (bracket == "<"):
            raise self.error("a choice is written <x | y>, a group (x y)")
        group = _choice(found) if bracket == "<" else _group(found[0])
        if name:
            group = replace(group, name=name)
        return self.hang(group, hanging)

    def hang(self, argument: Argument, hanging: str, optional: bool = False) -> Argument:
        """Apply what hangs on a closing bracket: `...`, `@since`, `!deprecated`."""
        multiple = hanging.startswith("...")
        versions = _VERSIONS.match(hanging.removeprefix("..."))
        if versions is None:
            raise self.error(f"{hanging!r} is not understood")
        return replace(
            argument,
            optional=optional or argument.optional,
            multiple=multiple or argument.multiple,
            since=versions["since"] or argument.since,
            deprecated_since=versions["until"] or argument.deprecated_since,
        )

    def keyword(self, word: str) -> Argument:
        match = _WORD.match(word)
        if match is None or match["type"] or match["spec"]:
            raise self.error(f"{word!r} is not a keyword")
        token = match["text"]
        if not _PLAIN.fullmatch(token):
            raise self.error(f"{word!r} is not a keyword")
        return Argument(
            match["name"] or _usual_keyword_name(token),
            "pure-token",
            "" if token == EMPTY else token,
            since=match["since"],
            deprecated_since=match["until"],
        )

    def value(self, word: str) -> Argument:
        match = _WORD.match(word)
        if match is None or not _NAME.fullmatch(match["text"]):
            raise self.error(f"{word!r} is neither keyword nor name")
        shown = match["text"]
        name = match["name"] or shown
        kind = cast("Type", match["type"] or _TYPES.get(name, "string"))
        spec = int(match["spec"]) if match["spec"] else None
        if kind == "key" and spec is None:
            spec = self.next_spec
        if spec is not None:
            self.next_spec = max(self.next_spec, spec + 1)
        return Argument(
            name,
            kind,
            key_spec_index=spec,
            display_text=shown if shown != name else None,
            since=match["since"],
            deprecated_since=match["until"],
        )


def _is_keyword(word: str) -> bool:
    """Whether a word is a keyword (`NX`, `change=CH`, `*`) rather than the name of a value."""
    match = _WORD.match(word)
    text = match["text"] if match else word
    return text in _KEYWORDS or (text.upper() == text and text.lower() != text)


def _usual_keyword_name(token: str) -> str:
    return _KEYWORDS.get(token) or token.lower()


def _one(alternatives: list[tuple[Argument, ...]]) -> Argument:
    """What stands between square brackets, as one argument."""
    if len(alternatives) > 1:
        return _choice(alternatives)
    return alternatives[0][0] if len(alternatives[0]) == 1 else _group(alternatives[0])


def _choice(alternatives: list[tuple[Argument, ...]]) -> Argument:
    members = tuple(items[0] if len(items) == 1 else _group(items) for items in alternatives)
    return _named(Argument("", "oneof", arguments=members))


def _group(items: tuple[Argument, ...], multiple: bool = False) -> Argument:
    return _named(Argument("", "block", arguments=items, multiple=multiple))


def _named(group: Argument) -> Argument:
    return replace(group, name=_usual_name(group))


def _usual_name(group: Argument) -> str:
    """The name of a choice or group that the line does not name."""
    first = _shown(replace(group.arguments[0], optional=False)).lstrip("[<").split()[0]
    if group.type == "oneof":
        return _CHOICES.get(first, "options")
    if first in _GROUPS:
        return _GROUPS[first]
    return "data" if group.multiple else "-".join(part.name for part in group.arguments)


def _repeat_last(items: list[Argument], again: tuple[Argument, ...], parser: _Parser) -> None:
    """Make what `[again ...]` repeats multiple: the last item, or the last few as a group."""
    text, last = show(again), items[-1] if items else Argument("", "string")
    if last.token and text == _shown(last):
        items[-1] = replace(last, multiple=True, multiple_token=True)
    elif text == _shown(replace(last, token=None)):
        items[-1] = replace(last, multiple=True)
    elif text == show(items[-len(again) :]):
        items[-len(again) :] = [_group(tuple(items[-len(again) :]), multiple=True)]
    else:
        raise parser.error(f"[{text} ...] does not repeat what is before it")


def _shown(argument: Argument) -> str:
    return _Writer(annotated=False).item(argument)


class _Writer:
    """Writes trees as lines: as learners see them, or with all that the parser needs."""

    def __init__(self, annotated: bool) -> None:
        self.annotated = annotated
        self.next_spec = 0

    def sequence(self, arguments: Iterable[Argument]) -> str:
        items = [*arguments]
        texts = [self.item(item) for item in items]
        for at, item in enumerate(items[:-1]):
            if self.annotated and _takes_no_value(item, items[at + 1]):
                # without its name the keyword would take what follows for its value
                texts[at] = f"{item.name}={item.label}{self.versions(item)}"
        return " ".join(texts)

    def item(self, argument: Argument, alternative: bool = False) -> str:
        """One argument with its keyword, repetition, brackets and versions."""
        choice = argument.type == "oneof"
        token = f"{argument.token} " if argument.token and argument.type != "pure-token" else ""
        core = self.core(argument, alternative)
        dots = "..." if argument.multiple and is_long(argument) else ""
        again = self.again(argument) if argument.multiple and not dots else ""
        if not argument.optional:
            return f"{token}{core}{dots}{self.versions(argument)}{again}"
        if choice and not token and core.startswith("<"):
            core = core[1:-1]
        return f"[{token}{core}{again}]{dots}{self.versions(argument)}"

    def again(self, argument: Argument) -> str:
        """The ` [x ...]` that says that x may be repeated."""
        token = argument.token if argument.multiple_token else None
        return f" [{_shown(replace(argument, token=token, multiple=False, optional=False))} ...]"

    def core(self, argument: Argument, alternative: bool) -> str:
        """One argument without keyword, repetition and brackets."""
        if argument.type == "oneof":
            inner = " | ".join(self.item(each, alternative=True) for each in argument.arguments)
            return f"{self.called(argument)}<{inner}>"
        if argument.type == "block":
            inner = self.sequence(argument.arguments)
            if argument.multiple and is_long(argument):
                return f"{self.called(argument)}({inner})"
            if not self.annotated or _speaks_for_itself(argument, alternative):
                return inner
            return f"{self.called(argument)}({inner})"
        if not self.annotated:
            return argument.label
        return self.keyword(argument) if argument.type == "pure-token" else self.value(argument)

    def called(self, group: Argument) -> str:
        """The `name=` before a choice or a group, where its name is not the usual one."""
        usual = group.token.lower() if group.token else _usual_name(replace(group, multiple=False))
        return f"{group.name}=" if self.annotated and group.name != usual else ""

    def keyword(self, argument: Argument) -> str:
        usual = _usual_keyword_name(argument.label)
        return argument.label if argument.name == usual else f"{argument.name}={argument.label}"

    def value(self, argument: Argument) -> str:
        called = f"{argument.name}=" if argument.display_text else ""
        kind = _TYPES.get(argument.name, "string")
        kind_mark = f":{argument.type}" if argument.type != kind else ""
        spec = argument.key_spec_index
        spec_mark = ""
        if spec is not None:
            if argument.type != "key" or spec != self.next_spec:
                spec_mark = f"#{spec}"
            self.next_spec = max(self.next_spec, spec + 1)
        return f"{called}{argument.label}{kind_mark}{spec_mark}"

    def versions(self, argument: Argument) -> str:
        if not self.annotated:
            return ""
        since = f"@{argument.since}" if argument.since else ""
        return since + (f"!{argument.deprecated_since}" if argument.deprecated_since else "")


def is_long(argument: Argument) -> bool:
    """Whether saying it twice, as `x [x ...]`, would hide the rest of the line."""
    return argument.type == "oneof" or any(part.multiple for part in argument.arguments)


def _takes_no_value(argument: Argument, following: Argument) -> bool:
    """Whether a keyword is followed by something that looks like its value, and is not."""
    if argument.type != "pure-token" or argument.optional or following.optional:
        return False
    return following.token is None


def _speaks_for_itself(group: Argument, alternative: bool) -> bool:
    """Whether a group is understood without parentheses where it stands."""
    if group.token or len(group.arguments) < 2 or group.name != _usual_name(group):
        return False
    if group.since and not group.optional:
        return False
    return group.multiple or group.optional or alternative
