"""Replies: what a command returns, as Python values and a few small classes.

A command returns a value and never asks which protocol the client speaks:

    bytes              bulk string            int, float, bool, None
    list               array                  dict                 map
    Status             simple string (+OK)    Failure              error (-ERR ...)
    Members            set (an ordered list)  Pairs                [member, score] pairs
    Verbatim           text with a format     BigNumber            beyond 64 bits
    Push               out of band message    NULL_ARRAY           RESP2's *-1
    Several            several in a row, without a header of their own
    ByKey              [key, value] arrays, a map in RESP3
    Precise            float in full: 17 places

`encode.py` alone knows how each looks in RESP2 and in RESP3. RESP2 has neither doubles,
booleans, maps nor sets, so there they become strings, integers and flat arrays.
"""

from __future__ import annotations

from typing import Final, Union


class Status:
    """A short fixed answer such as OK or QUEUED: `+OK` on the wire."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text: Final = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Status) and other.text == self.text

    def __hash__(self) -> int:
        return hash((Status, self.text))

    def __repr__(self) -> str:
        return f"Status({self.text!r})"


class Failure:
    """An error as a value: `-ERR ...` on the wire. `text` is the whole line, code included."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text: Final = text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Failure) and other.text == self.text

    def __hash__(self) -> int:
        return hash((Failure, self.text))

    def __repr__(self) -> str:
        return f"Failure({self.text!r})"


class Members(list["Reply"]):
    """The members of a set, in the order the set gave them. A flat array in RESP2, `~` in RESP3."""

    __slots__ = ()


class Push(list["Reply"]):
    """An out of band message (pub/sub, invalidation): `>` in RESP3, an array in RESP2."""

    __slots__ = ()


class Several(list["Reply"]):
    """Several replies to one command, as SUBSCRIBE gives them: nothing holds them together."""

    __slots__ = ()


class Pairs(list[tuple[bytes, "float | bytes"]]):
    """Members with scores, or fields with values: flat in RESP2, arrays of two in RESP3."""

    __slots__ = ()


class Precise(float):
    """A float printed as a long double is: plain digits, up to 17 places, as GEOPOS does it."""

    __slots__ = ()


class ByKey(list["Reply"]):
    """Keys with what belongs to each: a map in RESP3, arrays of two in RESP2. Keys may recur."""

    __slots__ = ()


class Verbatim:
    """Text with a three-letter format (`txt`, `mkd`); a bulk string in RESP2."""

    __slots__ = ("data", "format")

    def __init__(self, data: bytes, format: str = "txt") -> None:
        self.data: Final = data
        self.format: Final = format

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Verbatim) and (other.data, other.format) == (
            self.data,
            self.format,
        )

    def __hash__(self) -> int:
        return hash((Verbatim, self.data, self.format))

    def __repr__(self) -> str:
        return f"Verbatim({self.data!r}, {self.format!r})"


class BigNumber:
    """An integer of any size: `(` in RESP3, a bulk string in RESP2."""

    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value: Final = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BigNumber) and other.value == self.value

    def __hash__(self) -> int:
        return hash((BigNumber, self.value))

    def __repr__(self) -> str:
        return f"BigNumber({self.value})"


class NullArray:
    """RESP2's second null, `*-1`. In RESP3 there is one null, `_`. Use NULL_ARRAY."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "NULL_ARRAY"


NULL_ARRAY: Final = NullArray()
OK: Final = Status("OK")
QUEUED: Final = Status("QUEUED")
PONG: Final = Status("PONG")

Reply = Union[
    None, bool, int, float, bytes, Status, Failure, Verbatim, BigNumber, NullArray,
    "list[Reply]", "dict[Reply, Reply]", Members, Push, Several, Pairs, ByKey,
]  # fmt: skip
