"""How far typed arguments follow a syntax line: what is bound to what, and what may come next.

A line is compiled into a pattern, and the pattern is fed one argument at a time. Feeding
gives every way to go on: the place in the line that the argument fills, and the pattern
that remains (its *derivative*, in Brzozowski's word for the same trick on regular
expressions). Nothing is ever taken back, so the cost is linear in what was typed:

    key [NX | XX] score member [score member ...]          nothing typed
        [NX | XX] score member [score member ...]          board
                  score member [score member ...]          NX
                        member [score member ...]          10

Where two readings are possible (is the last of `BLPOP a b 5` a key or the timeout?) both
are followed. Three things are looser than the notation says, because Redis is: options that
stand side by side may come in any order; a number of keys says how many keys follow; and
the arguments behind STREAMS are half keys, half IDs.

This is advice for the one who types, not what runs: `args.py` and the commands decide.

Source: J. Brzozowski, "Derivatives of Regular Expressions" (1964).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from redlearn.engine.notation import EMPTY, Argument, is_long, show


@dataclass(frozen=True, slots=True)
class Place:
    """One word of the displayed line, which one typed argument can fill.

    Attributes:
        argument: What it belongs to: for `EX` in `EX seconds` as for `seconds`, `seconds`.
        keyword: What must be typed there, in any case; None where a value goes.
        start, end: Where it stands in `Syntax.display`.
    """

    argument: Argument
    keyword: str | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """What a syntax line makes of the arguments typed so far.

    Attributes:
        bound: The place each argument fills; shorter than what was typed after an error.
        expected: What may come next, likeliest reading first.
        complete: Whether the command may end here.
        error: Index of the first argument that cannot be right, and why; else None.
    """

    bound: tuple[Place, ...]
    expected: tuple[Place, ...]
    complete: bool
    error: tuple[int, str] | None = None

    @property
    def keywords(self) -> tuple[str, ...]:
        """The keywords that may come next."""
        return tuple(place.keyword for place in self.expected if place.keyword is not None)

    @property
    def current(self) -> Place | None:
        """The one place to point at: the value to type next, else the first keyword."""
        values = (place for place in self.expected if place.keyword is None)
        return next(values, self.expected[0] if self.expected else None)


# A pattern is what may still be typed. All kinds are frozen, so equal ones can be merged.


@dataclass(frozen=True, slots=True)
class Sequence:
    """All parts, one after the other. Without parts: nothing more to type."""

    parts: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the parts."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Optional:
    """The part, or nothing."""

    part: Pattern


@dataclass(frozen=True, slots=True)
class Repeat:
    """The part, then `again` as often as wanted.

    Attributes:
        again: The same as `part`, at its second place in the line (`key [key ...]`).
        needed: Whether it has to come once more.
        count: How often exactly, where a number typed before says so; else None.
    """

    part: Pattern
    again: Pattern
    needed: bool = True
    count: int | None = None


@dataclass(frozen=True, slots=True)
class AnyOrder:
    """The parts, each once at most, in whatever order; those not optional must all come."""

    parts: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class Halves:
    """As many of the first as of the second, as STREAMS takes keys and IDs."""

    first: tuple[Place, Place]
    second: tuple[Place, Place]
    count: int = 0


Pattern = Place | Sequence | Choice | Optional | Repeat | AnyOrder | Halves
Step = tuple[Place, Pattern]

DONE: Final = Sequence()


def match(pattern: Pattern, argv: Iterable[bytes]) -> Match:
    """Follow `argv`, the arguments without the command's name. O(len(argv))."""
    readings: list[tuple[Pattern, _Trail]] = [(pattern, None)]
    error: tuple[int, str] | None = None
    for index, word in enumerate(argv):
        further = _advance(readings, word, _fits)
        if not further:
            further = _advance(readings, word, _anything)
            reason = _not_a_number(further) if further else _misplaced(pattern, readings, word)
            error = error or (index, reason)
        if not further:
            bound = _bound(readings)
            return Match(bound, _expected(readings), complete=False, error=error)
        readings = further
    complete = any(nullable(rest) for rest, _ in readings) and error is None
    return Match(_bound(readings), _expected(readings), complete, error)


class _Link:
    """The place an argument fills, and the link of the argument before it."""

    __slots__ = ("before", "place")

    def __init__(self, place: Place, before: _Trail) -> None:
        self.place = place
        self.before = before


_Trail = _Link | None
_Reading = tuple[Pattern, _Trail]
_Fits = Callable[[Argument, bytes], bool]


def _advance(readings: list[_Reading], word: bytes, fits: _Fits) -> list[_Reading]:
    """Every reading that goes on with `word`; of two that leave the same, the likelier."""
    further: dict[Pattern, _Trail] = {}
    for pattern, trail in readings:
        steps = list(_steps(pattern, word, fits))
        # Real parsers look for their keywords first: what can be one is none of the values.
        if any(place.keyword is not None for place, _ in steps):
            steps = [step for step in steps if step[0].keyword is not None]
        for place, rest in steps:
            further.setdefault(rest, _Link(place, trail))
    return list(further.items())


def _steps(pattern: Pattern, word: bytes, fits: _Fits) -> Iterator[Step]:
    """Every place `word` can fill at the front of `pattern`, with what remains then."""
    match pattern:
        case Place():
            if _can_fill(pattern, word, fits):
                yield pattern, DONE
        case Sequence(parts):
            yield from _steps_of_sequence(parts, word, fits)
        case Choice(parts):
            for part in parts:
                yield from _steps(part, word, fits)
        case Optional(part):
            yield from _steps(part, word, fits)
        case Repeat():
            yield from _steps_of_repeat(pattern, word, fits)
        case AnyOrder(parts):
            yield from _steps_in_any_order(parts, word, fits)
        case Halves(first, _, count):
            yield first[min(count, 1)], replace(pattern, count=count + 1)


def _can_fill(place: Place, word: bytes, fits: _Fits) -> bool:
    if place.keyword is None:
        return fits(place.argument, word)
    return word.upper() == place.keyword.encode()


def _steps_of_repeat(pattern: Repeat, word: bytes, fits: _Fits) -> Iterator[Step]:
    if pattern.count == 0:
        return
    count = pattern.count and pattern.count - 1
    left = Repeat(pattern.again, pattern.again, needed=False, count=count)
    for place, rest in _steps(pattern.part, word, fits):
        yield place, _then(rest, left)


def _steps_of_sequence(parts: tuple[Pattern, ...], word: bytes, fits: _Fits) -> Iterator[Step]:
    for index, part in enumerate(parts):
        later = parts[index + 1 :]
        for place, rest in _steps(part, word, fits):
            follow = _counted(later, word) if _is_count(place, later) else later
            yield place, _then(rest, *follow)
        if not nullable(part):
            return


def _steps_in_any_order(parts: tuple[Pattern, ...], word: bytes, fits: _Fits) -> Iterator[Step]:
    for index, part in enumerate(parts):
        others = parts[:index] + parts[index + 1 :]
        if index == len(parts) - 1 and _is_greedy(part):
            others = tuple(other for other in others if not nullable(other))
        core = part.part if isinstance(part, Optional) else part
        if isinstance(core, Repeat):  # `GET a BY x GET b`: between two, anything may come
            others = (*others, Repeat(core.again, core.again, needed=False))
            core = core.part
        for place, rest in _steps(core, word, fits):
            yield place, _then(rest, AnyOrder(others)) if others else rest


def _then(first: Pattern, *later: Pattern) -> Pattern:
    """`first`, then what comes later, without nesting sequences or keeping empty ones."""
    parts: list[Pattern] = []
    for pattern in (first, *later):
        if isinstance(pattern, Sequence):
            parts.extend(pattern.parts)
        else:
            parts.append(pattern)
    return parts[0] if len(parts) == 1 else Sequence(tuple(parts))


def _is_count(place: Place, later: tuple[Pattern, ...]) -> bool:
    """Whether a place says how many of what follows there are, as `numkeys` does."""
    if place.keyword is not None or place.argument.type != "integer" or not later:
        return False
    follower = later[0].part if isinstance(later[0], Optional) else later[0]
    counts = place.argument.name.startswith("num")
    if place.argument.name == "count":  # SLOTS count slot [slot ...], but not COUNT count
        counts = place.argument.token is None
    return counts and isinstance(follower, Repeat)


def _counted(later: tuple[Pattern, ...], word: bytes) -> tuple[Pattern, ...]:
    """What follows a count, bound to be as many as it says."""
    follower = later[0].part if isinstance(later[0], Optional) else later[0]
    if not isinstance(follower, Repeat) or not word.isdigit():
        return later
    return (replace(follower, count=int(word)), *later[1:])


def _is_greedy(part: Pattern) -> bool:
    """Whether an option takes all that is left, as STREAMS and KEYS do."""
    core = part.part if isinstance(part, Optional) else part
    if not isinstance(core, Sequence):
        return False
    last = core.parts[-1]
    if not isinstance(last, Repeat):
        return isinstance(last, Halves)
    before = core.parts[-2] if len(core.parts) > 1 else DONE
    return not (isinstance(before, Place) and _is_count(before, (last,)))


def nullable(pattern: Pattern) -> bool:
    """Whether typing may stop here."""
    match pattern:
        case Place():
            return False
        case Sequence(parts) | AnyOrder(parts):
            return all(nullable(part) for part in parts)
        case Choice(parts):
            return any(nullable(part) for part in parts)
        case Optional():
            return True
        case Repeat(part, _, needed, count):
            return (not needed if count is None else count == 0) or nullable(part)
        case Halves(_, _, count):
            return count > 0 and count % 2 == 0


def firsts(pattern: Pattern) -> Iterator[Place]:
    """The places that the next argument can fill."""
    match pattern:
        case Place():
            yield pattern
        case Halves(first, second, count):
            yield first[min(count, 1)]
            if count:
                yield second[min(count, 2) - 1]
        case _:
            for part in _fronts(pattern):
                yield from firsts(part)


def _fronts(pattern: Sequence | Choice | Optional | Repeat | AnyOrder) -> tuple[Pattern, ...]:
    """The parts that may come first."""
    match pattern:
        case Choice(parts) | AnyOrder(parts):
            return parts
        case Optional(part):
            return (part,)
        case Repeat(part, _, _, count):
            return () if count == 0 else (part,)
        case Sequence(parts):
            needed = next((at for at, part in enumerate(parts) if not nullable(part)), len(parts))
            return parts[: needed + 1]


def _expected(readings: list[_Reading]) -> tuple[Place, ...]:
    return tuple(dict.fromkeys(place for rest, _ in readings for place in firsts(rest)))


def _bound(readings: list[_Reading]) -> tuple[Place, ...]:
    """The places of the likeliest reading: the first that may end here, else the first."""
    rest, trail = next((each for each in readings if nullable(each[0])), readings[0])
    places: list[Place] = []
    while trail is not None:
        places.append(trail.place)
        trail = trail.before
    places.reverse()
    if isinstance(rest, Halves):
        for nth, index in enumerate(range(len(places) - rest.count // 2, len(places))):
            places[index] = rest.second[min(nth, 1)]
    return tuple(places)


_NUMBER: Final = re.compile(
    rb"[#(]?[+-]?(?:\d+\.?\d*|\.\d+|inf|infinity|nan)(?:e[+-]?\d+)?", re.IGNORECASE
)
"""Numbers, and what Redis lets stand for one: `(5` is exclusive, `#3` a bitfield's index."""


def _fits(argument: Argument, word: bytes) -> bool:
    if argument.type in ("integer", "double", "unix-time"):
        return _NUMBER.fullmatch(word) is not None
    return True


def _anything(argument: Argument, word: bytes) -> bool:
    return True


def _not_a_number(readings: list[_Reading]) -> str:
    trail = readings[0][1]
    assert trail is not None
    return f"{trail.place.argument.label} must be a number"


def _misplaced(pattern: Pattern, readings: list[_Reading], word: bytes) -> str:
    """Why nothing can be made of `word`, in words without the word: it may hold anything."""
    expected = _expected(readings)
    if not expected:
        return "too many arguments"
    names = ", ".join(dict.fromkeys(place.keyword or "" for place in expected))
    known = {place.keyword for place in _places(pattern) if place.keyword is not None}
    if (keyword := word.upper().decode("ascii", "replace")) in known:
        return f"{keyword} cannot stand here; possible: {names}"
    return f"not a keyword of this command; possible: {names}"


def _places(pattern: Pattern) -> Iterator[Place]:
    match pattern:
        case Place():
            yield pattern
        case Sequence(parts) | Choice(parts) | AnyOrder(parts):
            for part in parts:
                yield from _places(part)
        case Optional(part) | Repeat(part):
            yield from _places(part)
        case Halves(first, second):
            yield from (first[0], second[0])


def compile_line(arguments: tuple[Argument, ...]) -> Pattern:
    """The pattern of an argument tree, its places measured on the displayed line."""
    return _Compiler(show(arguments)).sequence(arguments)


class _Compiler:
    """Walks the tree in the order in which the line shows it.

    Every word of the line belongs to a leaf, and leaves are met in their order, so the
    next word is always just behind the punctuation that follows the last one.
    """

    def __init__(self, display: str) -> None:
        self.display = display
        self.at = 0

    def place(self, argument: Argument, text: str, keyword: str | None) -> Place:
        start = self.display.index(text, self.at)
        self.at = start + len(text)
        return Place(argument, keyword, start, self.at)

    def sequence(self, arguments: tuple[Argument, ...], inside: bool = False) -> Pattern:
        """The arguments in order, except that options side by side are free to swap.

        What must come may swap with options too (FIELDS with EX), but not `inside` a group:
        `[COUNT count [ANY]]` begins with COUNT.
        """
        parts: list[Pattern] = []
        free: list[Pattern] = []
        for argument in arguments:
            part = self.item(argument)
            if (argument.optional or not inside) and _is_free(argument, part):
                free.append(part)
                continue
            parts.extend(_swappable(free))
            free = []
            parts.append(part)
        return _then(DONE, *parts, *_swappable(free))

    def item(self, argument: Argument) -> Pattern:
        led = argument.token is not None and argument.type != "pure-token"
        keyword = self.keyword(argument) if led else DONE
        part = self.core(argument)
        if argument.multiple_token:
            again = _then(self.keyword(argument), self.core(argument))
            part = Repeat(_then(keyword, part), again)
        elif argument.multiple:
            again = part if is_long(argument) else self.core(argument)
            part = _then(keyword, Repeat(part, again))
        else:
            part = _then(keyword, part)
        return Optional(part) if argument.optional else part

    def keyword(self, argument: Argument) -> Place:
        assert argument.token is not None
        return self.place(argument, argument.token, argument.token)

    def core(self, argument: Argument) -> Pattern:
        if argument.type == "oneof":
            return Choice(tuple(self.item(each) for each in argument.arguments))
        if argument.type == "block":
            pattern = self.sequence(argument.arguments, inside=True)
            return _halves(pattern) or pattern
        if argument.type == "pure-token":
            return self.place(argument, argument.token or EMPTY, argument.token)
        return self.place(argument, argument.label, None)


def _is_free(argument: Argument, part: Pattern) -> bool:
    """Whether an option may swap with its neighbours: keywords say where it begins.

    What must come and is only a keyword (LEFT or RIGHT, a unit) has a place of its own.
    """
    if any(place.keyword is None for place in firsts(part)):
        return False
    if argument.optional or (argument.token is not None and argument.arguments):
        return True
    return any(place.keyword is None for place in _places(part))


def _swappable(parts: list[Pattern]) -> list[Pattern]:
    return [AnyOrder(tuple(parts))] if len(parts) > 1 else parts


def _halves(pattern: Pattern) -> Halves | None:
    """Two unbounded lists in a row can only be told apart by being equally long."""
    match pattern:
        case Sequence((Repeat(Place() as key, Place() as keys), Repeat(Place() as id_, ids))):
            assert isinstance(ids, Place)
            return Halves((key, keys), (id_, ids))
        case _:
            return None
