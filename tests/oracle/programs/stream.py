"""Random calls of the stream commands, on a few keys, with IDs close to each other."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.words import any_case, bytes_of, integer, key, maybe_wrong_arity

GROUPS = (b"g1", b"g2", b"group", b"")
CONSUMERS = (b"ann", b"bob", b"b", b"", b"anna")
FIELDS = (b"f", b"g", b"10", b"name", b"")
BAD_IDS = (
    b"", b"x", b"-1", b"1-x", b"1-", b"1-2-3", b"1 ", b"+5", b"01", b"1- 2", b"1-05", b"--", b"(",
    b"18446744073709551615", b"18446744073709551616", b"1-18446744073709551616", b"1-*", b"1" * 130,
    b"9223372036854775808-1", b"1\x002", b"1--05",
)  # fmt: skip
CLOCKS = (b"idle", b"inactive", b"seen-time", b"active-time")
FAR = 20_000
"""How far the clocks of both sides may be apart, in ms."""


def draw(rng: Random) -> list[bytes]:
    """One call of a stream command: mostly valid, with all options, sometimes not."""
    name = rng.choice(NAMES)
    argv = [any_case(rng, word) for word in name.encode().split()]
    return maybe_wrong_arity(rng, [*argv, *COMMANDS[name](rng)])


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies are as good: the same but for moments and idle times."""
    name = argv[0].upper()
    if name == b"XADD":
        return _same_moment(ours, theirs)
    if name == b"XPENDING":
        return _without_idle(ours) == _without_idle(theirs)
    return name == b"XINFO" and same_but_for_clocks(ours, theirs)


def _without_idle(rows: Any) -> Any:
    """The rows of XPENDING without the third column."""
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        return rows
    return [[*row[:2], *row[3:]] for row in rows]


def same_but_for_clocks(ours: Any, theirs: Any) -> bool:
    """Whether two replies differ in nothing but moments, which may be some seconds apart."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        ours = [word for row in ours.items() for word in row]
        theirs = [word for row in theirs.items() for word in row]
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(
            _near(mine, other) if name in CLOCKS else same_but_for_clocks(mine, other)
            for name, mine, other in zip([b"", *ours], ours, theirs, strict=False)
            if not (type(mine) is int and mine > 10**12 and _near(mine, other))
        )
    return bool(ours == theirs) or near_ids(ours, theirs)


def near_ids(ours: Any, theirs: Any) -> bool:
    """Whether both are IDs that the clock gave, of moments near each other."""
    if not isinstance(ours, bytes) or not isinstance(theirs, bytes):
        return False
    mine, other = _BY_CLOCK.fullmatch(ours), _BY_CLOCK.fullmatch(theirs)
    return bool(mine and other) and _near(int(mine[1]), int(other[1]))  # type: ignore[index]


_BY_CLOCK = re.compile(rb"(\d{13})-\d+")


def _near(ours: Any, theirs: Any) -> bool:
    """Two moments or spans that are the same but for a little time."""
    return type(ours) is type(theirs) is int and abs(ours - theirs) < FAR


def _same_moment(ours: Any, theirs: Any) -> bool:
    if not isinstance(ours, bytes) or not isinstance(theirs, bytes):
        return False
    mine, other = int(ours.split(b"-")[0]), int(theirs.split(b"-")[0])
    return mine > 10**12 and abs(mine - other) < FAR


def id_of(rng: Random) -> bytes:
    kind = rng.random()
    if kind < 0.3:
        return b"%d" % rng.randrange(12)
    if kind < 0.95:
        return b"%d-%d" % (rng.randrange(12), rng.randrange(4))
    return rng.choice(BAD_IDS)


def new_id(rng: Random) -> bytes:
    kind = rng.random()
    if kind < 0.25:
        return b"%d-*" % rng.randrange(14)
    if kind < 0.27:
        return rng.choice((b"18446744073709551615-*", b"18446744073709551615-18446744073709551615"))
    if kind < 0.6:
        return b"%d-%d" % (rng.randrange(14), rng.randrange(1, 30))
    return b"%d" % rng.randrange(1, 14) if kind < 0.9 else id_of(rng)


def interval(rng: Random) -> list[bytes]:
    ends = [id_of(rng) if rng.random() < 0.6 else rng.choice((b"-", b"+")) for _ in range(2)]
    if rng.random() < 0.5:
        ends = [b"-", b"+"]
    return [b"(" + end if rng.random() < 0.15 else end for end in ends]


def pairs(rng: Random) -> list[bytes]:
    if rng.random() < 0.6:
        return [b"f", value(rng), b"name", value(rng)]
    count = rng.randrange(1, 4)
    words = [word for _ in range(count) for word in (rng.choice(FIELDS), value(rng))]
    return words if rng.random() < 0.97 else words[:-1]


def value(rng: Random) -> bytes:
    return bytes_of(rng) if rng.random() < 0.93 else b"v" * rng.choice((100, 1000, 3000, 5000))


def trimming(rng: Random) -> list[bytes]:
    if rng.random() < 0.6:
        words = [any_case(rng, b"MAXLEN"), *approximately(rng), _length(rng)]
    else:
        words = [any_case(rng, b"MINID"), *approximately(rng), id_of(rng)]
    if rng.random() < (0.5 if b"~" in words else 0.05):
        words += [
            any_case(rng, b"LIMIT"),
            rng.choice((b"0", b"1", b"3", b"10", b"100", b"-1", b"x")),
        ]
    return words


def _length(rng: Random) -> bytes:
    if rng.random() < 0.9:
        return b"%d" % rng.choice((0, 1, 2, 3, 5, 8, 13, 21))
    return integer(rng)


def approximately(rng: Random) -> list[bytes]:
    return rng.choice(([], [b"~"], [b"~"], [b"="]))


def add_words(rng: Random) -> list[bytes]:
    words = [key(rng)]
    if rng.random() < 0.08:
        words.append(any_case(rng, b"NOMKSTREAM"))
    if rng.random() < 0.2:
        words += trimming(rng)
    if rng.random() < 0.02:
        words += trimming(rng)
    return [*words, new_id(rng), *pairs(rng)]


def count(rng: Random) -> list[bytes]:
    if rng.random() < 0.5:
        return []
    return [any_case(rng, b"COUNT"), rng.choice((b"1", b"2", b"5", b"100", b"0", b"-1", b"x"))]


def streams(rng: Random, ids: Callable[[Random], bytes]) -> list[bytes]:
    number = rng.choice((1, 1, 2, 3))
    words = [any_case(rng, b"STREAMS"), *(key(rng) for _ in range(number))]
    words += [ids(rng) for _ in range(number)]
    return words if rng.random() < 0.97 else words[:-1]


def read_words(rng: Random) -> list[bytes]:
    words = [*count(rng)]
    if rng.random() < 0.03:
        words += rng.choice(([b"NOACK"], [b"GROUP", b"g1", b"ann"], [b"NOPE"]))
    return [
        *words,
        *streams(rng, lambda rng: rng.choice((id_of(rng), id_of(rng), b"$", b"0", b">"))),
    ]


def group_read_words(rng: Random) -> list[bytes]:
    words = [any_case(rng, b"GROUP"), group(rng), consumer(rng), *count(rng)]
    if rng.random() < 0.15:
        words.append(any_case(rng, b"NOACK"))
    if rng.random() < 0.02:
        words = words[3:]
    ids = (b">", b">", b">", b"0", id_of(rng), b"$" if rng.random() < 0.2 else b">")
    return [*words, *streams(rng, lambda rng: rng.choice(ids))]


def group(rng: Random) -> bytes:
    return b"g1" if rng.random() < 0.85 else rng.choice(GROUPS)


def consumer(rng: Random) -> bytes:
    return rng.choice(CONSUMERS)


def entries_read(rng: Random) -> list[bytes]:
    if rng.random() < 0.7:
        return []
    return [
        any_case(rng, b"ENTRIESREAD"),
        rng.choice((b"0", b"1", b"3", b"-1", b"-2", b"x", b"99")),
    ]


def create_words(rng: Random) -> list[bytes]:
    words = [key(rng), group(rng), rng.choice((b"$", b"0", b"0", id_of(rng), b"-"))]
    words += [any_case(rng, b"MKSTREAM")] if rng.random() < 0.6 else []
    return [*words, *entries_read(rng)]


def ids(rng: Random) -> list[bytes]:
    return [id_of(rng) for _ in range(rng.choice((1, 1, 2, 4)))]


def idle(rng: Random) -> bytes:
    return rng.choice((b"0", b"0", b"0", b"0", b"-1", b"1000000", b"x"))


def claim_words(rng: Random) -> list[bytes]:
    words = [key(rng), group(rng), consumer(rng), idle(rng), *ids(rng)]
    options = (
        [b"FORCE"], [b"FORCE"], [b"JUSTID"], [b"IDLE", b"2000000"], [b"idle", b"2000"],
        [b"TIME", b"1000"], [b"RETRYCOUNT", b"7"], [b"RETRYCOUNT", b"-1"], [b"LASTID", id_of(rng)],
        [b"NOPE"], [b"TIME", b"99999999999999"], [b"IDLE", b"x"], [b"TIME", b"x"],
        [b"RETRYCOUNT", b"x"], [b"IDLE"],
    )  # fmt: skip
    for _ in range(rng.choice((0, 0, 1, 2))):
        words += rng.choice(options[: 9 if rng.random() < 0.9 else None])
    return words


def autoclaim_words(rng: Random) -> list[bytes]:
    words = [key(rng), group(rng), consumer(rng), idle(rng), rng.choice((b"0", b"-", id_of(rng)))]
    if rng.random() < 0.4:
        words += [
            b"COUNT",
            rng.choice((b"1", b"2", b"10", b"0", b"-1", b"x", b"576460752303423488")),
        ]
    return words + ([any_case(rng, b"JUSTID")] if rng.random() < 0.3 else [])


def pending_words(rng: Random) -> list[bytes]:
    words = [key(rng), group(rng)]
    if rng.random() < 0.4:
        return words
    if rng.random() < 0.3:
        words += [any_case(rng, b"IDLE"), idle(rng)]
    words += [*interval(rng), rng.choice((b"1", b"3", b"10", b"100", b"0", b"-1", b"x"))]
    return words + ([consumer(rng)] if rng.random() < 0.4 else [])


def full(rng: Random) -> list[bytes]:
    words = [key(rng), any_case(rng, b"FULL")]
    if rng.random() < 0.4:
        words += [b"COUNT", rng.choice((b"1", b"3", b"0", b"-1", b"100", b"x"))]
    return words


def setid_words(rng: Random) -> list[bytes]:
    words = [key(rng), rng.choice((id_of(rng), b"%d-0" % rng.randrange(10, 16)))]
    if rng.random() < 0.3:
        words += [b"ENTRIESADDED", rng.choice((b"0", b"5", b"50", b"-1", b"x"))]
    if rng.random() < 0.3:
        words += [b"MAXDELETEDID", id_of(rng)]
    return words


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "XADD": add_words,
    "XLEN": lambda rng: [key(rng)],
    "XRANGE": lambda rng: [key(rng), *interval(rng), *count(rng)],
    "XREVRANGE": lambda rng: [key(rng), *interval(rng)[::-1], *count(rng)],
    "XDEL": lambda rng: [key(rng), *ids(rng)],
    "XTRIM": lambda rng: [key(rng), *trimming(rng)],
    "XSETID": setid_words,
    "XREAD": read_words,
    "XREADGROUP": group_read_words,
    "XGROUP CREATE": create_words,
    "XGROUP SETID": lambda rng: [
        key(rng), group(rng), rng.choice((b"$", b"0", b"-", id_of(rng))), *entries_read(rng)
    ],
    "XGROUP DESTROY": lambda rng: [key(rng), group(rng)],
    "XGROUP CREATECONSUMER": lambda rng: [key(rng), group(rng), consumer(rng)],
    "XGROUP DELCONSUMER": lambda rng: [key(rng), group(rng), consumer(rng)],
    "XACK": lambda rng: [key(rng), group(rng), *ids(rng)],
    "XPENDING": pending_words,
    "XCLAIM": claim_words,
    "XAUTOCLAIM": autoclaim_words,
    "XINFO STREAM": lambda rng: [key(rng)] if rng.random() < 0.4 else full(rng),
    "XGROUP HELP": lambda rng: [],
    "XINFO HELP": lambda rng: [],
    "XINFO GROUPS": lambda rng: [key(rng)],
    "XINFO CONSUMERS": lambda rng: [key(rng), group(rng)],
    "OBJECT": lambda rng: [b"ENCODING", key(rng)],
    # A little of everything else, so that keys hold the wrong type or nothing at all.
    "DEL": lambda rng: [key(rng)],
    "SET": lambda rng: [key(rng), bytes_of(rng)],
    "RENAME": lambda rng: [key(rng), key(rng)],
    "COPY": lambda rng: [key(rng), key(rng)],
}  # fmt: skip

NAMES = [
    *COMMANDS, *["XADD"] * 14, *["XGROUP CREATE"] * 7, *["XREADGROUP"] * 6,
    *["XCLAIM", "XGROUP CREATECONSUMER"] * 3, *["XGROUP SETID", "XAUTOCLAIM"] * 2,
    *["XINFO STREAM", "XPENDING", "XREAD", "XRANGE", "XDEL"],
]  # fmt: skip
