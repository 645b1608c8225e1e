r"""Glob patterns, as KEYS, SCAN's MATCH, PSUBSCRIBE and CONFIG GET understand them.

    *        any bytes, or none            [abc]    one of these
    ?        any one byte                  [a-z]    one in this range, either way round
    \x       x itself, whatever it is      [^ab]    any one byte but these

All but `*` stand for exactly one byte, so the stars cut a pattern into segments of fixed
length:

    user:*:[0-9]?    ->    "user:"   anything   ":" then a digit, then any byte

The first segment has its place at the start of the text, the last at its end, and each one
between goes where it first fits: putting it further right could only leave less room for
the next. Nothing is ever tried twice, so no number of stars makes a pattern slow. (Trying
every length for every star takes exponential time for `*a*a*a*b`.)

Some of what Redis does is odd, and kept because clients see it: a class may lack its `]`,
`[^` at the end is any byte, `[z-a]` is `[a-z]`, a byte from 0x80 on counts as negative in a
range, ignoring case does not reach an escaped byte in a class, and not even `*` matches
the empty text (KEYS and SCAN never ask when the pattern is `*`).

A segment with classes is looked for at all places at once, with a bit for each of its bytes:
one step for each byte of text, however many places nearly fit. (R. Baeza-Yates and G. Gonnet,
"A New Approach to Text Searching", 1992.)

Cost: O(pattern) once, then O(text) steps, each on as many bits as a segment has bytes.

Source: `util.c` stringmatchlen. Its recursion gives up after a thousand stars; so does this.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

STAR, ANY, OPEN, CLOSE, NOT, DASH, ESCAPE = b"*?[]^-\\"
MAX_STARS: Final = 1000

EVERY_BYTE: Final = frozenset(range(256))


def matches(pattern: bytes, text: bytes, nocase: bool = False) -> bool:
    r"""Whether the whole of `text` fits `pattern`. With `nocase`, ASCII case is ignored.

    >>> matches(b"user:[0-9]*", b"user:42"), matches(b"h\\?llo", b"hello")
    (True, False)
    """
    return _parsed(pattern, nocase).matches(text)


class Glob:
    """A pattern cut into segments, to be compared with many texts.

    Attributes:
        everything: It is just `*`, with which commands need not compare at all.
    """

    __slots__ = ("everything", "segments")

    def __init__(self, pattern: bytes, nocase: bool = False) -> None:
        self.everything = pattern == b"*"
        self.segments = _parse(pattern, nocase)

    def matches(self, text: bytes) -> bool:
        """Whether the whole of `text` fits the pattern."""
        first, last = self.segments[0], self.segments[-1]
        if len(self.segments) == 1:
            return len(text) == len(first.allowed) and first.fits(text, 0)
        stars = len(self.segments) - 1
        if not text or stars - (not last.allowed) > MAX_STARS:
            return False
        at, end = len(first.allowed), len(text) - len(last.allowed)
        if end < at or not first.fits(text, 0) or not last.fits(text, end):
            return False
        for segment in self.segments[1:-1]:
            at = segment.find(text, at, end)
            if at < 0:
                return False
            at += len(segment.allowed)
        return True


class Segment:
    """What stands between two stars: one set of allowed bytes for each byte of text.

    Attributes:
        literal: The very bytes, where each set has but one: found at C speed.
    """

    __slots__ = ("_places", "allowed", "literal")

    def __init__(self, allowed: list[frozenset[int]]) -> None:
        self.allowed = allowed
        self.literal: bytes | None = None
        self._places: dict[int, int] = {}
        if all(len(each) == 1 for each in allowed):
            self.literal = bytes([byte for each in allowed for byte in each])

    def fits(self, text: bytes, at: int) -> bool:
        """Whether the segment fits `text` at this place."""
        if self.literal is not None:
            return text.startswith(self.literal, at)
        if len(text) - at < len(self.allowed):
            return False
        for each in self.allowed:
            if text[at] not in each:
                return False
            at += 1
        return True

    def find(self, text: bytes, start: int, stop: int) -> int:
        """The first place between `start` and `stop` where it fits whole, or -1."""
        if self.literal is not None:
            return text.find(self.literal, start, stop)
        last = 1 << (len(self.allowed) - 1)
        begun = 0  # bit n: the n + 1 bytes up to here fit the first n + 1 of the segment
        for at in range(start, stop):
            begun = (begun << 1 | 1) & self._places_of(text[at])
            if begun & last:
                return at - len(self.allowed) + 1
        return -1

    def _places_of(self, byte: int) -> int:
        """Bit n: the segment allows `byte` in place n. O(segment) the first time, then O(1)."""
        places = self._places.get(byte)
        if places is None:
            bits = ["1" if byte in each else "0" for each in reversed(self.allowed)]
            places = self._places[byte] = int("".join(bits), 2)
        return places


@lru_cache(maxsize=64)
def _parsed(pattern: bytes, nocase: bool) -> Glob:
    return Glob(pattern, nocase)


def _parse(pattern: bytes, nocase: bool) -> list[Segment]:
    """The segments of a pattern: one more than it has (groups of) stars."""
    segments: list[Segment] = []
    allowed: list[frozenset[int]] = []
    at = 0
    while at < len(pattern):
        byte = pattern[at]
        if byte == STAR:
            if allowed or not segments:  # several stars in a row are one
                segments.append(Segment(allowed))
                allowed = []
        elif byte == ANY:
            allowed.append(EVERY_BYTE)
        elif byte == OPEN:
            each, at = _parse_class(pattern, at + 1, nocase)
            allowed.append(each)
        else:
            if byte == ESCAPE and at + 1 < len(pattern):
                at += 1
            allowed.append(_same(pattern[at], nocase))
        at += 1
    segments.append(Segment(allowed))
    return segments


def _parse_class(pattern: bytes, at: int, nocase: bool) -> tuple[frozenset[int], int]:
    """The bytes of a class whose `[` is before `at`, and where it ends: its `]`, or the last."""
    end = len(pattern)
    inverted = at < end and pattern[at] == NOT
    if inverted:
        at += 1
    members: set[int] = set()
    while at < end and pattern[at] != CLOSE:
        if pattern[at] == ESCAPE and at + 1 < end:
            at += 1
            members.add(pattern[at])  # as it is: here Redis forgets about `nocase`
        elif at + 2 < end and pattern[at + 1] == DASH:
            members |= _between(pattern[at], pattern[at + 2], nocase)
            at += 2
        else:
            members |= _same(pattern[at], nocase)
        at += 1
    return (EVERY_BYTE - members if inverted else frozenset(members)), min(at, end - 1)


def _between(first: int, last: int, nocase: bool) -> set[int]:
    """The bytes of a range, compared as signed numbers (a `char` in C, on most machines)."""
    low, high = sorted((_signed(first), _signed(last)))
    if not nocase:
        return {byte for byte in range(256) if low <= _signed(byte) <= high}
    # Lowered only now that they are in order, as in Redis: `[Z-a]` is then z to a, and empty.
    low, high = _lower(low), _lower(high)
    return {byte for byte in range(256) if low <= _lower(_signed(byte)) <= high}


def _same(byte: int, nocase: bool) -> frozenset[int]:
    if not nocase:
        return frozenset((byte,))
    one = bytes((byte,))
    return frozenset((one.lower()[0], one.upper()[0]))


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def _lower(signed: int) -> int:
    return signed + 32 if 65 <= signed <= 90 else signed
