"""Random calls of the geo commands: places near each other, at the edges of the map, anywhere."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.words import any_case, bytes_of, key, maybe_wrong_arity

MEMBERS = (*(b"m%d" % number for number in range(40)), b"", b"\xff\x00", b"M" * 70, b"12")
TOWNS = (
    (b"13.361389", b"38.115556"), (b"15.087269", b"37.502669"), (b"13.583333", b"37.316667"),
    (b"-122.27652", b"37.805186"), (b"2.34", b"48.86"), (b"0", b"0"), (b"-0", b"-0.0"),
    (b"180", b"85.05112878"), (b"-180", b"-85.05112878"), (b"179.9999", b"0.5"),
    (b"-179.9999", b"-0.5"), (b"33", b"80.9"), (b"-50", b"-66.5"), (b"90", b"45"),
)  # fmt: skip
NO_TOWNS = (
    (b"181", b"0"), (b"0", b"85.06"), (b"x", b"1"), (b"1", b"nan"), (b"inf", b"0"), (b"", b"0"),
    (b"-1e300", b"1e20"),
)  # fmt: skip
LENGTHS = (
    b"0", b"0.001", b"1", b"10", b"99.5", b"1000", b"5000", b"200000", b"3e6", b"6000000",
    b"20037727", b"1e10", b"1e300", b"inf",
)  # fmt: skip
NO_LENGTHS = (b"-1", b"x", b"nan", b"-inf", b"")


def draw(rng: Random) -> list[bytes]:
    """One call of a geo command: mostly valid, with all options, sometimes not."""
    name = rng.choice(NAMES)
    return maybe_wrong_arity(rng, [any_case(rng, name.strip().encode()), *COMMANDS[name](rng)])


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Nothing here is up to chance."""
    return False


def member(rng: Random) -> bytes:
    return rng.choice(MEMBERS)


def place(rng: Random) -> list[bytes]:
    kind = rng.random()
    if kind < 0.03:
        return list(rng.choice(NO_TOWNS))
    if kind < 0.3:
        return list(rng.choice(TOWNS))
    if kind < 0.7:  # around a town, so that searches find something, twice the same at times
        longitude, latitude = map(float, rng.choice(TOWNS[:4]))
        step = rng.choice((1e-4, 0.01, 1.0))
        return [b"%.7f" % (longitude + rng.randrange(-5, 6) * step),
                b"%.7f" % (latitude + rng.randrange(-5, 6) * step)]  # fmt: skip
    return [b"%.6f" % rng.uniform(-180, 180), b"%.6f" % rng.uniform(-85, 85)]


def unit(rng: Random) -> bytes:
    if rng.random() < 0.02:
        return rng.choice((b"", b"yd", b"metre"))
    return any_case(rng, rng.choice((b"m", b"km", b"km", b"ft", b"mi")))


def length(rng: Random) -> bytes:
    if rng.random() < 0.02:
        return rng.choice(NO_LENGTHS)
    if rng.random() < 0.5:
        return b"%.3f" % (10.0 ** rng.uniform(-1, 5))
    return rng.choice(LENGTHS)


def add_words(rng: Random) -> list[bytes]:
    words = [any_case(rng, word) for word in (b"NX", b"XX", b"CH") if rng.random() < 0.1]
    for _ in range(rng.randrange(1, 9)):
        words += [*place(rng), member(rng)]
    return words[: None if rng.random() < 0.98 else -1]


def count_words(rng: Random) -> list[bytes]:
    if rng.random() < 0.5:
        return [any_case(rng, b"ANY")] if rng.random() < 0.03 else []
    number = b"%d" % rng.randrange(1, 12)
    if rng.random() < 0.03:
        number = rng.choice((b"0", b"-1", b"x", b"9223372036854775807"))
    words = [any_case(rng, b"COUNT"), number]
    return [*words, any_case(rng, b"ANY")] if rng.random() < 0.3 else words


def order_words(rng: Random) -> list[bytes]:
    return [any_case(rng, rng.choice((b"ASC", b"DESC")))] if rng.random() < 0.4 else []


def with_words(rng: Random, often: float = 0.3) -> list[list[bytes]]:
    words = (b"WITHDIST", b"WITHHASH", b"WITHCOORD")
    return [[any_case(rng, word)] for word in words if rng.random() < often]


def shuffled(rng: Random, options: list[list[bytes]]) -> list[bytes]:
    rng.shuffle(options)
    return [word for option in options for word in option]


def search_words(rng: Random, *, storing: bool) -> list[bytes]:
    centre = [b"FROMMEMBER", member(rng)] if rng.random() < 0.4 else [b"FROMLONLAT", *place(rng)]
    shape = [b"BYRADIUS", length(rng), unit(rng)]
    if rng.random() < 0.45:
        shape = [b"BYBOX", length(rng), length(rng), unit(rng)]
    options = [centre, shape, count_words(rng), order_words(rng)]
    options += with_words(rng, 0.01 if storing else 0.3)
    if rng.random() < (0.4 if storing else 0.01):
        options.append([any_case(rng, b"STOREDIST")])
    if rng.random() < 0.05:
        options.append(rng.choice(([b"FROMMEMBER", member(rng)], shape, [b"BYBOX", b"1"], [b"X"])))
    if rng.random() < 0.03:
        del options[rng.randrange(2)]
    return shuffled(rng, options)


def radius_words(rng: Random, *, storing: bool) -> list[bytes]:
    options = [count_words(rng), order_words(rng), *with_words(rng, 0.02 if storing else 0.3)]
    if storing or rng.random() < 0.02:
        for _ in range(1 if rng.random() < 0.95 else 2):
            options.append([any_case(rng, rng.choice((b"STORE", b"STOREDIST"))), key(rng)])
    return [length(rng), unit(rng), *shuffled(rng, options)]


def around(rng: Random, centre: list[bytes], *, may_store: bool = True) -> list[bytes]:
    storing = may_store and rng.random() < 0.3
    return [key(rng), *centre, *radius_words(rng, storing=storing)]


def some_members(rng: Random) -> list[bytes]:
    return [member(rng) for _ in range(rng.randrange(5))]


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "GEOADD": lambda rng: [key(rng), *add_words(rng)],
    "GEOPOS": lambda rng: [key(rng), *some_members(rng)],
    "GEOHASH": lambda rng: [key(rng), *some_members(rng)],
    "GEODIST": lambda rng: [
        key(rng), member(rng), member(rng), *([unit(rng)] if rng.random() < 0.5 else [])
    ],
    "GEOSEARCH": lambda rng: [key(rng), *search_words(rng, storing=False)],
    "GEOSEARCHSTORE": lambda rng: [key(rng), key(rng), *search_words(rng, storing=True)],
    "GEORADIUS": lambda rng: around(rng, place(rng)),
    "GEORADIUS_RO": lambda rng: around(rng, place(rng), may_store=False),
    "GEORADIUSBYMEMBER": lambda rng: around(rng, [member(rng)]),
    "GEORADIUSBYMEMBER_RO": lambda rng: around(rng, [member(rng)], may_store=False),
    "ZADD": lambda rng: [
        key(rng),
        rng.choice((b"0", b"-1", b"3e15", b"4503599627370495", b"9e18", b"1.5e19", b"inf", b"-inf",
                    b"1e40", b"-1e40", b"0.5", b"18014398509481983")),
        member(rng),
    ],
    "ZRANGE": lambda rng: [key(rng), b"0", b"-1", b"WITHSCORES"],
    "OBJECT": lambda rng: [b"ENCODING", key(rng)],
    "ZREM": lambda rng: [key(rng), member(rng)],
    # A little of everything else, so that keys hold the wrong type or nothing at all.
    "DEL": lambda rng: [key(rng)],
    "SET": lambda rng: [key(rng), bytes_of(rng)],
}  # fmt: skip

NAMES = [*COMMANDS, *["GEOADD"] * 14, *["GEOSEARCH"] * 8, *["GEORADIUS"] * 3]
