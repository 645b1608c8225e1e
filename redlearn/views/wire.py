r"""What the Wire pane sees: the bytes that went either way, taken apart into what they mean.

A client writes a command, the server writes a reply; both are RESP. Each message comes in
pieces, one for each thing that RESP puts a mark in front of:

    *2\r\n              an array of 2
      $3\r\nGET\r\n     string, 3 bytes: GET
      $1\r\nk\r\n       string, 1 byte: k

The bytes are made from the recorded inputs and replies by the very functions that the server
writes with, in the protocol that the client spoke at that moment. Nothing is kept: a window
shows the last few messages, and no more of them is encoded than it has room for. Only passwords
are not what they were: each stands there as `(redacted)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from redlearn.redaction import redacted
from redlearn.resp.encode import CONTAINERS, encode, opened
from redlearn.resp.reply import Reply, Several
from redlearn.resp.text import printable
from redlearn.views.history import History, Point, argv_of
from redlearn.views.narration import counted

BYTES_KEPT: Final = 96
"""Of one piece."""

MOST_PIECES: Final = 512
"""Of one message; what comes after is not encoded."""

OTHER_KEPT: Final = 12
"""Pieces shown of a reply in the protocol that was not spoken."""

LATE_KEPT: Final = 64
"""Replies that one input made others get."""

POINTS_READ: Final = 64
"""How many inputs are read backwards at most."""

Late = tuple[tuple[int, Reply], ...]
"""What others got by an input: (client, reply)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A mark with what belongs to it.

    Attributes:
        depth: In how many arrays, maps and so on it stands.
        data: Its first `BYTES_KEPT` bytes.
        size: How many it has.
        says: What they mean.
    """

    depth: int
    data: bytes
    size: int
    says: str


@dataclass(frozen=True, slots=True)
class Message:
    """What was written at once, one way.

    Attributes:
        client: Whose connection, as people call it.
        sent: From the client to the server; otherwise the other way.
        protocol: 2 or 3.
        pieces: The first of them.
        size: The bytes of those pieces.
        more: There are further pieces.
        late: Nobody asked for it just then: it had been waited for, or was pushed.
        other: The same in the other protocol, its first bytes; b"" where there is no difference.
    """

    client: str
    sent: bool
    protocol: int
    pieces: tuple[Piece, ...]
    size: int
    more: bool = False
    late: bool = False
    other: bytes = b""


@dataclass(frozen=True, slots=True)
class WireView:
    """Messages of the last inputs, the last input first, each with its replies behind it.

    Attributes:
        skipped: How many rows of them are above the window.
        waits: The last command has no reply yet.
    """

    messages: tuple[Message, ...] = ()
    skipped: int = 0
    waits: bool = False


def speaking(before: frozenset[int], point: Point, *, failed: bool) -> frozenset[int]:
    """The clients that speak RESP3 after an input, from those that did before it."""
    argv = argv_of(point)
    client: int = getattr(point.input, "client", 0)
    if not argv:
        return before
    name = argv[0].upper()
    if name == b"RESET" or (name == b"HELLO" and argv[1:2] == (b"2",)):
        return before - {client}
    if name == b"HELLO" and len(argv) > 1 and not failed:
        return before | {client} if argv[1] == b"3" else before - {client}
    return before


def pieces_of(reply: Reply, protocol: int) -> Iterator[Piece]:
    """A reply taken apart. Nothing is encoded before it is asked for."""
    waiting: list[tuple[int, Iterator[Reply]]] = [(0, iter((reply,)))]
    while waiting:
        depth, children = waiting[-1]
        for child in children:
            if isinstance(child, Several):  # it has no mark of its own
                waiting.append((depth, iter(child)))
                break
            if type(child) in CONTAINERS:
                mark, count, inner = opened(child, protocol)
                yield _piece(depth, b"%b%d\r\n" % (mark, count))
                waiting.append((depth + 1, inner))
                break
            yield (
                _string(depth, child)
                if type(child) is bytes
                else _piece(depth, encode(child, protocol))
            )
        else:
            waiting.pop()


def words_of(argv: Sequence[bytes]) -> Iterator[Piece]:
    """A command taken apart, as a client writes it."""
    yield _piece(0, b"*%d\r\n" % len(argv))
    for word in argv:
        yield _string(1, word)


def meaning(data: bytes) -> str:
    r"""What a piece says, by the mark it begins with.

    >>> meaning(b"$3\r\nann\r\n"), meaning(b":-1\r\n"), meaning(b"%2\r\n")
    ('string, 3 bytes: ann', 'number: -1', 'map of 2 pairs')
    """
    mark, head, rest = data[:1], data[1:].split(b"\r\n", 1)[0], data.partition(b"\r\n")[2]
    if data in _WHOLE:
        return _WHOLE[data]
    if mark in _MANY:
        what, of = _MANY[mark]
        return f"{what} of {counted(int(head), of)}" if of else f"{what} of {int(head):,}"
    if mark in (b"$", b"="):
        what = "string" if mark == b"$" else "text"
        return f"{what}, {counted(int(head), 'byte')}: {_shown(rest[: int(head)])}"
    if mark == b"-":
        return f"error, first word {_shown(head.split(b' ', 1)[0])}"
    return f"{_NAMES.get(mark, 'unknown')}: {_shown(head)}"


_WHOLE: Final = {
    b"$-1\r\n": "nothing (nil)", b"*-1\r\n": "no array (nil)", b"_\r\n": "nothing (null)",
    b"#t\r\n": "true", b"#f\r\n": "false",
}  # fmt: skip
_MANY: Final = {
    b"*": ("array", ""), b"%": ("map", "pair"), b"~": ("set", ""), b">": ("push", ""),
}  # fmt: skip
_NAMES: Final = {
    b"+": "status", b":": "number", b",": "double", b"(": "big number",
}  # fmt: skip


def look_at(
    history: History,
    rows: int,
    skip: int,
    names: Mapping[int, str],
    noted: Callable[[int], tuple[frozenset[int], Late]],
) -> WireView:
    """The messages of the last inputs, until `rows` rows are full. O(rows).

    Args:
        skip: Rows that have been scrolled past.
        names: What the front end calls clients.
        noted: For a position, who spoke RESP3 after it, and what others got by it.
    """
    messages: list[Message] = []
    room = rows + skip
    waits = False
    for position in range(history.position, max(history.position - POINTS_READ, 0), -1):
        speakers, late = noted(position)
        found = _of_point(history, position, speakers, late, names)
        if not messages and found:
            waits = len(found) == 1 and found[0].sent
        messages += found
        room -= sum(2 + len(each.pieces) for each in found)
        if room <= 0:
            break
    return WireView(tuple(messages), skip, waits)


def _of_point(
    history: History,
    position: int,
    speakers: frozenset[int],
    late: Late,
    names: Mapping[int, str],
) -> list[Message]:
    """What one input put on the wire: the command, its replies, and what others got by it."""
    argv = argv_of(history.points[position - 1])
    found: list[Message] = []
    if argv:
        client: int = getattr(history.points[position - 1].input, "client", 0)
        name, protocol = _called(client, names), 3 if client in speakers else 2
        words = tuple(islice(words_of(redacted(argv)), MOST_PIECES + 1))
        found.append(_message(name, protocol, words, sent=True))
        replies = history.replies(position)
        found += [_reply(name, protocol, each) for each in replies]
    for client, reply in late:
        protocol = 3 if client in speakers else 2
        found.append(_reply(_called(client, names), protocol, reply, late=True))
    return found


def _reply(name: str, protocol: int, reply: Reply, *, late: bool = False) -> Message:
    mine, theirs = (
        tuple(islice(pieces_of(reply, each), MOST_PIECES + 1)) for each in (protocol, 5 - protocol)
    )
    differs = [piece.data for piece in mine] != [piece.data for piece in theirs]
    other = b"".join(piece.data for piece in theirs[:OTHER_KEPT]) if differs else b""
    return _message(name, protocol, mine, late=late, other=other)


def _message(
    name: str,
    protocol: int,
    pieces: tuple[Piece, ...],
    *,
    sent: bool = False,
    late: bool = False,
    other: bytes = b"",
) -> Message:
    kept = pieces[:MOST_PIECES]
    size = sum(piece.size for piece in kept)
    return Message(name, sent, protocol, kept, size, len(pieces) > len(kept), late, other)


def _piece(depth: int, data: bytes) -> Piece:
    return Piece(depth, data[:BYTES_KEPT], len(data), meaning(data))


def _string(depth: int, data: bytes) -> Piece:
    """A string, of which no more is copied than is kept."""
    head = b"$%d\r\n" % len(data)
    kept = (head + data[:BYTES_KEPT] + b"\r\n")[:BYTES_KEPT]
    return Piece(depth, kept, len(head) + len(data) + 2, meaning(kept))


def _shown(data: bytes) -> str:
    return printable(data, BYTES_KEPT)


def _called(client: int, names: Mapping[int, str]) -> str:
    return names.get(client) or f"client {client}"
