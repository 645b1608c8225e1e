"""The probe language: a small way to say what to look at, safe to take from a stranger.

A probe is either a command, when it starts with a word in capitals:

    OBJECT ENCODING board
    @7001 GET foo                          in a cluster: asked of that node

or a path over the engine's state and over the trace of the last command:

    len(board.skiplist.nodes)              a bare name is a key
    key('user:1').listpack.entries[0]      a key whose name is no plain word
    board.skiplist.node('bob').level
    trace.count('compared')                how often an event happened
    trace.count('hopped', level=0)         ... with this field
    trace.first('hopped').member           fields of an event
    slot('foo') == slot('bar')             yes or no
    crc16('foo') % 16384
    node('7001').sees('7003').health       in a cluster: what that node believes of another
    message('ping').bytes                  the last of its type that arrived

Grammar:

    probe  = sum [("==" | "!=" | "<" | "<=" | ">" | ">=") sum]
    sum    = term {("+" | "-" | "%") term}
    term   = ["-"] number | string | "(" probe ")" | name {"." name | "(" args ")" | "[" sum "]"}
    args   = [arg {"," arg}]        arg = [name "="] probe

This module reads; `look.py` evaluates. It is not Python: there is no attribute that the
engine did not offer by name (`facets.py`), no assignment, no loop, no power.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, NoReturn

MAX_LENGTH: Final = 400
MAX_DEPTH: Final = 20
COMPARISONS: Final = ("==", "!=", "<=", ">=", "<", ">")


class ProbeError(Exception):
    """A probe that cannot be read, or finds nothing where it looks. A sentence, no place."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or a string, written out."""

    value: int | float | str


@dataclass(frozen=True, slots=True)
class Name:
    """A function's name, `trace`, `db`, or else a key."""

    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """`of.name`."""

    of: Node
    name: str


@dataclass(frozen=True, slots=True)
class Index:
    """`of[at]`, counting from 0."""

    of: Node
    at: Node


@dataclass(frozen=True, slots=True)
class Call:
    """`of(args, name=value)`."""

    of: Node
    args: tuple[Node, ...]
    named: tuple[tuple[str, Node], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """Two sides and a sign between them."""

    sign: str
    left: Node
    right: Node


Node = Literal | Name | Attribute | Index | Call | Operation


def is_command(probe: str) -> bool:
    """Whether a probe is a command to run rather than a path: it starts in capitals.

    >>> is_command("OBJECT ENCODING board"), is_command("@7001 GET k"), is_command("board.length")
    (True, True, False)
    """
    return re.match(r"(?:@[\w@-]+\s+)?[A-Z][A-Z.]+(?=\s|$)", probe) is not None


def read_path(text: str) -> Node:
    """The syntax tree of a path.

    Raises:
        ProbeError: With what was expected, and at which column.
    """
    if len(text) > MAX_LENGTH:
        raise ProbeError(f"a probe may take {MAX_LENGTH} characters, not {len(text)}")
    reader = _Reader(text)
    node = reader.probe()
    if reader.ahead.kind != "end":
        reader.refuse("an operator or the end")
    return node


class _Token(NamedTuple):
    kind: str
    text: str
    column: int


_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<string>'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*")
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<sign>==|!=|<=|>=|[<>=.,()\[\]+\-%])""",
    re.VERBOSE,
)


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ProbeError(f"cannot read {text[at]!r} at column {at + 1}")
        kind = found.lastgroup or ""
        if kind != "space":
            yield _Token(kind, found.group(), at + 1)
        at = found.end()
    yield _Token("end", "the end", len(text) + 1)


class _Reader:
    """Recursive descent, one method per rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._depth = 0
        self.ahead = next(self._tokens)

    def probe(self) -> Node:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ProbeError(f"parentheses nest deeper than {MAX_DEPTH}")
        node = self._sum()
        if self.ahead.text in COMPARISONS and self.ahead.kind == "sign":
            node = Operation(self._take().text, node, self._sum())
        self._depth -= 1
        return node

    def refuse(self, wanted: str) -> NoReturn:
        raise ProbeError(f"expected {wanted}, found {self.ahead.text} (column {self.ahead.column})")

    def _sum(self) -> Node:
        node = self._term()
        while self.ahead.kind == "sign" and self.ahead.text in "+-%":
            node = Operation(self._take().text, node, self._term())
        return node

    def _term(self) -> Node:
        match self.ahead.kind:
            case "number":
                return Literal(_number(self._take().text))
            case "string":
                return Literal(_unquoted(self._take().text))
            case "name":
                return self._tail(Name(self._take().text))
        if self._given("-"):
            if self.ahead.kind != "number":
                self.refuse("a number")
            return Literal(-_number(self._take().text))
        if self._given("("):
            node = self.probe()
            self._demand(")")
            return node
        self.refuse("a name, a number or a string")

    def _tail(self, node: Node) -> Node:
        """What follows a name: attributes, calls, indexes."""
        while True:
            if self._given("."):
                if self.ahead.kind != "name":
                    self.refuse("a name after the dot")
                node = Attribute(node, self._take().text)
            elif self._given("("):
                node = self._call(node)
            elif self._given("["):
                node = Index(node, self._sum())
                self._demand("]")
            else:
                return node

    def _call(self, of: Node) -> Node:
        args: list[Node] = []
        named: list[tuple[str, Node]] = []
        while not self._given(")"):
            if args or named:
                self._demand(",")
            value = self.probe()
            if isinstance(value, Name) and self._given("="):
                named.append((value.name, self.probe()))
            else:
                args.append(value)
        return Call(of, tuple(args), tuple(named))

    def _take(self) -> _Token:
        token = self.ahead
        self.ahead = next(self._tokens)
        return token

    def _given(self, sign: str) -> bool:
        if self.ahead.kind == "sign" and self.ahead.text == sign:
            self._take()
            return True
        return False

    def _demand(self, sign: str) -> None:
        if not self._given(sign):
            self.refuse(f"'{sign}'")


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])
