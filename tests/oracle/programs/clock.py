"""Random calls on streams whose IDs come from the clock: `XADD key *`, and what reads them.

Both sides read their own clocks, so IDs may be some moments apart. Nothing here names one.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.stream import consumer, group, same_but_for_clocks
from tests.oracle.programs.words import any_case

KEYS = (b"clock1", b"clock2")
"""Keys of its own: an ID that another program gives would be in the past."""


def draw(rng: Random) -> list[bytes]:
    """One call on a stream of this program."""
    name = rng.choice(NAMES)
    return [*(any_case(rng, word) for word in name.encode().split()), *COMMANDS[name](rng)]


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two replies are the same but for moments and the IDs made of them."""
    if not {*argv} & {*KEYS}:
        return False
    if argv[0].upper() == b"XPENDING" and isinstance(ours, list) and isinstance(theirs, list):
        ours, theirs = (_without_idle(rows) for rows in (ours, theirs))
    return same_for_the_clock(ours, theirs)


def same_for_the_clock(ours: Any, theirs: Any) -> bool:
    """Whether two replies differ in moments alone, and in the tree in which IDs are looked up."""
    return same_but_for_clocks(_plain(ours), _plain(theirs))


_LEFT_OUT = (
    b"radix-tree-nodes",
    b"lag",
    b"entries-read",
    b"seen-time",
    b"active-time",
    b"idle",
    b"inactive",
)


def _plain(reply: Any) -> Any:
    """A reply without what depends on the IDs themselves, and on how a server counts a lag."""
    if isinstance(reply, dict):
        reply = [word for row in reply.items() for word in row]
    if not isinstance(reply, list):
        return reply
    names = [b"", *reply]
    return [
        _plain(word)
        for name, word in zip(names, reply, strict=False)
        if name not in _LEFT_OUT and not (isinstance(word, bytes) and word in _LEFT_OUT)
    ]


def _without_idle(rows: list[Any]) -> list[Any]:
    return [[*row[:2], *row[3:]] if isinstance(row, list) and len(row) == 4 else row
            for row in rows]  # fmt: skip


def key(rng: Random) -> bytes:
    return rng.choice(KEYS)


def add_words(rng: Random) -> list[bytes]:
    words = [key(rng)]
    if rng.random() < 0.1:
        words.append(any_case(rng, b"NOMKSTREAM"))
    if rng.random() < 0.3:
        words += [b"MAXLEN", *rng.choice(([], [b"="], [b"~"])), b"%d" % rng.randrange(9)]
    if rng.random() < 0.05:
        words += [b"MINID", b"~", b"5"]
    return [*words, b"*", b"f", b"%d" % rng.randrange(99)]


def count(rng: Random) -> list[bytes]:
    return [b"COUNT", b"%d" % rng.randrange(1, 9)] if rng.random() < 0.5 else []


def read_words(rng: Random) -> list[bytes]:
    return [*count(rng), b"STREAMS", key(rng), rng.choice((b"0", b"0", b"$"))]


def group_read_words(rng: Random) -> list[bytes]:
    noack = [b"NOACK"] if rng.random() < 0.2 else []
    at = rng.choice((b">", b">", b">", b"0"))
    return [b"GROUP", group(rng), consumer(rng), *count(rng), *noack, b"STREAMS", key(rng), at]


def claim_words(rng: Random) -> list[bytes]:
    just_id = [b"JUSTID"] if rng.random() < 0.3 else []
    return [key(rng), group(rng), consumer(rng), b"0", b"-", *count(rng), *just_id]


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "XADD": add_words,
    "XLEN": lambda rng: [key(rng)],
    "XRANGE": lambda rng: [key(rng), b"-", b"+", *count(rng)],
    "XREVRANGE": lambda rng: [key(rng), b"+", b"-", *count(rng)],
    "XTRIM": lambda rng: [key(rng), b"MAXLEN", b"%d" % rng.randrange(12)],
    "XREAD": read_words,
    "XREADGROUP": group_read_words,
    "XGROUP CREATE": lambda rng: [key(rng), group(rng), rng.choice((b"$", b"0")), b"MKSTREAM"],
    "XGROUP SETID": lambda rng: [key(rng), group(rng), rng.choice((b"$", b"0"))],
    "XGROUP CREATECONSUMER": lambda rng: [key(rng), group(rng), consumer(rng)],
    "XGROUP DELCONSUMER": lambda rng: [key(rng), group(rng), consumer(rng)],
    "XAUTOCLAIM": claim_words,
    "XPENDING": lambda rng: [key(rng), group(rng), *rng.choice(([], [b"-", b"+", b"9"]))],
    "XINFO STREAM": lambda rng: [key(rng), *rng.choice(([], [b"FULL"]))],
    "XINFO GROUPS": lambda rng: [key(rng)],
    "XINFO CONSUMERS": lambda rng: [key(rng), group(rng)],
    "OBJECT ENCODING": lambda rng: [key(rng)],
    "DEL": lambda rng: [key(rng)],
}

NAMES = [*COMMANDS, *["XADD"] * 10, *["XREADGROUP"] * 4, *["XGROUP CREATE"] * 2]
