"""Random calls of the sorted set commands, on a few keys and members."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.oracle.programs.hash import same_scan, same_shape, scan_options
from tests.oracle.programs.words import any_case, bytes_of, key, maybe_wrong_arity

MEMBERS = (
    b"a",
    b"b",
    b"c",
    b"d",
    b"e",
    b"10",
    b"-3",
    b"ann",
    b"",
    b"\xff\x00",
    b"M" * 63,
    b"M" * 70,
)
LEX_KEYS = (b"lex1", b"lex2")
"""Sets in which every score is 0. On others a range of members means nothing: what a skiplist
then gives depends on the heights of its towers, on a real server as well."""
SCORES = (
    b"0", b"1", b"2", b"3", b"-1", b"5", b"10", b"1.5", b"0.1", b"-2.25", b"1e3", b"3.14159",
    b"inf", b"-inf", b"+inf", b"1e20", b"-0", b"17179869184", b"1e-5", b"123456789012345678",
)  # fmt: skip
NO_SCORES = (b"", b"x", b"nan", b"1,5", b" 1", b"1 ", b"(1", b"1e400x")


def draw(rng: Random) -> list[bytes]:
    """One call of a sorted set command: mostly valid, with all options, sometimes not."""
    name = rng.choice(NAMES)
    return maybe_wrong_arity(rng, [any_case(rng, name.strip().encode()), *COMMANDS[name](rng)])


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """Whether two different replies are as good: other chance, other buckets."""
    name = argv[0].upper()
    if name == b"ZRANDMEMBER":
        return same_shape(ours, theirs)
    return name == b"ZSCAN" and same_scan(argv, ours, theirs)


def member(rng: Random) -> bytes:
    return rng.choice(MEMBERS[:8]) if rng.random() < 0.9 else rng.choice(MEMBERS)


def score(rng: Random) -> bytes:
    if rng.random() < 0.2:
        return b"%.*f" % (rng.randrange(12), rng.uniform(-100, 100))
    if rng.random() < 0.6:
        return b"%d" % rng.randrange(10)
    return rng.choice(SCORES) if rng.random() < 0.93 else rng.choice(NO_SCORES)


def some_members(rng: Random) -> list[bytes]:
    return [member(rng) for _ in range(rng.randrange(1, 4))]


def add_words(rng: Random) -> list[bytes]:
    words = [
        any_case(rng, word)
        for word in (b"NX", b"XX", b"GT", b"LT", b"CH", b"INCR")
        if rng.random() < 0.12
    ]
    if rng.random() < 0.01:
        words.append(b"ZZ")
    for _ in range(1 if b"INCR" in words and rng.random() < 0.9 else rng.randrange(1, 7)):
        words += [score(rng), member(rng)]
    return words[: None if rng.random() < 0.97 else -1]


def rank(rng: Random) -> bytes:
    return b"%d" % rng.randrange(-8, 9) if rng.random() < 0.95 else rng.choice((b"x", b"", b"1.5"))


def bound(rng: Random) -> bytes:
    """An end of a range of scores."""
    if rng.random() < 0.04:
        return rng.choice((b"", b"(", b"x", b"(x", b"nan", b"(nan", b"1x"))
    return (b"(" if rng.random() < 0.3 else b"") + rng.choice((*SCORES[:12], b"-inf", b"+inf"))


def lex_bound(rng: Random) -> bytes:
    """An end of a range of members."""
    if rng.random() < 0.05:
        return rng.choice((b"", b"x", b"++", b"-x", b"a"))
    if rng.random() < 0.4:
        return rng.choice((b"-", b"+"))
    return rng.choice((b"[", b"(")) + rng.choice((b"", *MEMBERS[:8]))


def limit(rng: Random) -> list[bytes]:
    if rng.random() < 0.6:
        return []
    at, count = rng.randrange(-1, 5), rng.randrange(-2, 5)
    words = [any_case(rng, b"LIMIT"), b"%d" % at, b"%d" % count]
    return words if rng.random() < 0.95 else words[: rng.randrange(1, 3)]


def with_scores(rng: Random) -> list[bytes]:
    return [any_case(rng, b"WITHSCORES")] if rng.random() < 0.4 else []


def range_words(rng: Random, *, storing: bool = False) -> list[bytes]:
    """What follows ZRANGE's key: any kind of range, any options in any order."""
    kind = rng.randrange(2)
    ends = (rank, bound)[kind]
    words = [ends(rng), ends(rng)]
    options = [[], [any_case(rng, b"BYSCORE")]][kind]
    if rng.random() < 0.4:
        options.append(any_case(rng, b"REV"))
    if rng.random() < 0.03:
        options.append(rng.choice((b"BYSCORE", b"NOPE")))
    rng.shuffle(options)
    options += limit(rng) if kind or rng.random() < 0.05 else []
    if not storing or rng.random() < 0.03:
        options += with_scores(rng)
    return words + options


def lex_key(rng: Random) -> bytes:
    return rng.choice(LEX_KEYS)


def lex_range_words(rng: Random) -> list[bytes]:
    """What follows ZRANGE's key for a range of members."""
    words = [lex_bound(rng), lex_bound(rng), any_case(rng, b"BYLEX")]
    if rng.random() < 0.4:
        words.append(any_case(rng, b"REV"))
    words += limit(rng)
    return words + (with_scores(rng) if rng.random() < 0.1 else [])


def zero_words(rng: Random) -> list[bytes]:
    return [word for _ in range(rng.randrange(1, 5)) for word in (b"0", member(rng))]


def inputs(rng: Random) -> list[bytes]:
    """A number of keys and as many keys, or not quite."""
    count = rng.randrange(1, 4)
    told = b"%d" % count if rng.random() < 0.95 else rng.choice((b"0", b"-1", b"9", b"x"))
    return [told, *(key(rng) for _ in range(count))]


def weights(rng: Random) -> list[bytes]:
    words = inputs(rng)
    options: list[list[bytes]] = []
    if rng.random() < 0.4:
        numbers = [rng.choice((b"1", b"2", b"0", b"-1", b"0.5", b"inf")) for _ in words[1:]]
        options.append([any_case(rng, b"WEIGHTS"), *numbers])
        if rng.random() < 0.05:
            options[0][-1] = b"x"
    if rng.random() < 0.4:
        how = rng.choice((b"SUM", b"MIN", b"MAX", b"MAX", b"AVG" if rng.random() < 0.1 else b"MIN"))
        options.append([any_case(rng, b"AGGREGATE"), any_case(rng, how)])
    rng.shuffle(options)
    return [*words, *(word for option in options for word in option)]


def pop_words(rng: Random) -> list[bytes]:
    return [key(rng), *([] if rng.random() < 0.5 else [rank(rng)])]


def mpop_words(rng: Random) -> list[bytes]:
    words = [*inputs(rng), any_case(rng, rng.choice((b"MIN", b"MAX")))]
    if rng.random() < 0.4:
        words += [any_case(rng, b"COUNT"), rng.choice((b"1", b"2", b"9", b"0", b"-1", b"x"))]
    return words


def random_words(rng: Random) -> list[bytes]:
    words = [key(rng)]
    if rng.random() < 0.7:
        words.append(rng.choice((b"0", b"1", b"3", b"-2", b"99", b"x")))
        words += with_scores(rng)
    return words


def rank_words(rng: Random) -> list[bytes]:
    return [key(rng), member(rng)]


Shape = Callable[[Random], list[bytes]]

COMMANDS: dict[str, Shape] = {
    "ZADD": lambda rng: [key(rng), *add_words(rng)],
    "ZINCRBY": lambda rng: [key(rng), score(rng), member(rng)],
    "ZCARD": lambda rng: [key(rng)],
    "ZSCORE": lambda rng: [key(rng), member(rng)],
    "ZMSCORE": lambda rng: [key(rng), *some_members(rng)],
    "ZRANK": rank_words,
    "ZREVRANK": rank_words,
    "ZRANDMEMBER": random_words,
    "ZSCAN": lambda rng: [key(rng), *scan_options(rng)],
    "ZPOPMIN": pop_words,
    "ZPOPMAX": pop_words,
    "ZMPOP": mpop_words,
    "ZRANGE": lambda rng: [key(rng), *range_words(rng)],
    "ZRANGESTORE": lambda rng: [key(rng), key(rng), *range_words(rng, storing=True)],
    "ZREVRANGE": lambda rng: [key(rng), rank(rng), rank(rng), *with_scores(rng)],
    "ZRANGEBYSCORE": lambda rng: [
        key(rng), bound(rng), bound(rng), *with_scores(rng), *limit(rng)
    ],
    "ZREVRANGEBYSCORE": lambda rng: [
        key(rng), bound(rng), bound(rng), *limit(rng), *with_scores(rng)
    ],
    "ZRANGEBYLEX": lambda rng: [lex_key(rng), lex_bound(rng), lex_bound(rng), *limit(rng)],
    "ZREVRANGEBYLEX": lambda rng: [lex_key(rng), lex_bound(rng), lex_bound(rng), *limit(rng)],
    "ZCOUNT": lambda rng: [key(rng), bound(rng), bound(rng)],
    "ZLEXCOUNT": lambda rng: [lex_key(rng), lex_bound(rng), lex_bound(rng)],
    "ZREMRANGEBYRANK": lambda rng: [key(rng), rank(rng), rank(rng)],
    "ZREMRANGEBYSCORE": lambda rng: [key(rng), bound(rng), bound(rng)],
    "ZREMRANGEBYLEX": lambda rng: [lex_key(rng), lex_bound(rng), lex_bound(rng)],
    "ZUNION": lambda rng: [*weights(rng), *with_scores(rng)],
    "ZINTER": lambda rng: [*weights(rng), *with_scores(rng)],
    "ZDIFF": lambda rng: [*inputs(rng), *with_scores(rng)],
    "ZUNIONSTORE": lambda rng: [key(rng), *weights(rng)],
    "ZINTERSTORE": lambda rng: [key(rng), *weights(rng)],
    "ZDIFFSTORE": lambda rng: [key(rng), *inputs(rng)],
    "ZINTERCARD": lambda rng: [
        *inputs(rng), *rng.choice(([], [b"LIMIT", b"1"], [b"LIMIT", b"-1"], [b"LIMIT"]))
    ],
    "OBJECT": lambda rng: [b"ENCODING", key(rng)],
    "ZADD ": lambda rng: [lex_key(rng), *zero_words(rng)],
    "ZREM": lambda rng: [rng.choice((key, lex_key))(rng), *some_members(rng)],
    "ZRANGE ": lambda rng: [lex_key(rng), *lex_range_words(rng)],
    "ZRANGESTORE ": lambda rng: [key(rng), lex_key(rng), *lex_range_words(rng)],
    # A little of everything else, so that keys hold the wrong type or nothing at all.
    "DEL": lambda rng: [key(rng)],
    "SET": lambda rng: [key(rng), bytes_of(rng)],
    "HSET": lambda rng: [key(rng), b"f", b"v"],
}  # fmt: skip

NAMES = [*COMMANDS, *["ZADD"] * 14, *["ZADD "] * 3]
