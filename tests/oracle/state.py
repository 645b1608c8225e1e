"""The whole state of both sides, question by question: every key of every database.

Asked are the type, the encoding, the content and the time to live of each key; streams with
their groups, consumers and what is pending. Tables are also walked from end to end with the
commands of the SCAN family, a few buckets at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from redlearn.resp.encode import encode
from tests.oracle.calls import Ours, decoded
from tests.oracle.following import CLOCKS_APART_MS
from tests.oracle.programs import clock
from tests.oracle.programs.stream import same_but_for_clocks
from tests.oracle.servers import Connection

Answers = tuple[list[bytes], Any, Any]
"""A question, our answer and theirs."""

SCANS = {b"hash": b"HSCAN", b"set": b"SSCAN", b"zset": b"ZSCAN"}
FEW = b"3"
"""The COUNT of a scan: so few that tables are walked in many steps."""


def state(ours: Ours, connection: Connection, server: str) -> Iterator[Answers]:
    """What both sides say of all they hold. `connection` is left at any database."""
    sizes = {db.index: len(db) for db in ours.engine.state.databases if len(db)}
    yield [b"INFO", b"keyspace"], sizes, _sizes(connection.run(b"INFO", b"keyspace"))
    for db in sizes or (0,):
        prologue = [[b"RESET"], [b"HELLO", b"2"], [b"SELECT", b"%d" % db]]
        for argv in prologue:
            ours.ask(argv)
        *_, theirs = connection.pipeline([*prologue, [b"KEYS", b"*"]])
        keys = sorted(_asked(ours, [b"KEYS", b"*"]))
        yield [b"KEYS", b"*"], keys, sorted(theirs)
        asked = [argv for key in keys for argv in _all_questions(ours, key, server)]
        answers = [_asked(ours, argv) for argv in asked]
        yield from zip(asked, answers, connection.pipeline(asked), strict=True)


def _all_questions(ours: Ours, key: bytes, server: str) -> list[list[bytes]]:
    """What to ask a server of this name about a key, which may be stale.

    Digests tell all but what 7.0 spells otherwise (scores), what Valkey leaves out (that a
    field ends), and what both clocks say (IDs).
    """
    kind = _asked(ours, [b"TYPE", key])
    asked = questions(kind, key)
    digested = key not in clock.KEYS and (kind, server) != (b"zset", "redis")
    if kind == b"hash" and server == "valkey":
        fields = _asked(ours, [b"HKEYS", key])
        if not fields:  # all are over, and nobody has looked yet
            return asked
        words = [b"HPEXPIRETIME", key, b"FIELDS", b"%d" % len(fields), *fields]
        digested = {*_asked(ours, words)} == {-1}
        asked.append(words)
    return [*asked, [b"DEBUG", b"DIGEST-VALUE", key]] if digested else asked


def scans(ours: Ours, connection: Connection) -> Iterator[Answers]:
    """The tables of the database that `state` has come to last, walked from end to end."""
    yield [b"SCAN"], [b"0", sorted({*_walk(ours, [b"SCAN"])})], [
        b"0", sorted({*_walk(connection, [b"SCAN"])})
    ]  # fmt: skip
    for key in sorted(_asked(ours, [b"KEYS", b"*"])):
        name = SCANS.get(_asked(ours, [b"TYPE", key]))
        if name is not None:
            step = 1 if name == b"SSCAN" else 2
            mine, other = (_rows(_walk(side, [name, key]), step) for side in (ours, connection))
            yield [name, key], [b"0", _flat(mine)], [b"0", _flat(other)]


def questions(kind: bytes, key: bytes) -> list[list[bytes]]:
    """What to ask about a key of this type."""
    contents = {
        b"string": [b"GET", key],
        b"hash": [b"HGETALL", key],
        b"list": [b"LRANGE", key, b"0", b"-1"],
        b"set": [b"SMEMBERS", key],
        b"stream": [b"XINFO", b"STREAM", key, b"FULL", b"COUNT", b"0"],
        b"zset": [b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"],
        b"none": [b"GET", key],
    }
    return [[b"TYPE", key], [b"OBJECT", b"ENCODING", key], [b"PTTL", key], contents[kind]]


def same_answers(question: list[bytes], mine: Any, other: Any) -> bool:
    """Whether two answers to a question are as good: other order, clocks a little apart."""
    if mine == other:
        return True
    if question[0] == b"XINFO":
        by_clock = question[2] in clock.KEYS
        return (
            clock.same_for_the_clock(mine, other) if by_clock else same_but_for_clocks(mine, other)
        )
    if question[0] == b"PTTL":
        return min(mine, other) >= 0 and abs(mine - other) < CLOCKS_APART_MS
    if question[0] == b"HPEXPIRETIME" and isinstance(other, list):
        return all(map(_near, mine, other))
    if question[0] in (b"HGETALL", b"SMEMBERS"):
        step = 2 if question[0] == b"HGETALL" else 1
        return isinstance(other, list) and _rows(mine, step) == _rows(other, step)
    return False


def _near(mine: int, other: int) -> bool:
    return mine == other or (min(mine, other) > 0 and abs(mine - other) < CLOCKS_APART_MS)


def _rows(flat: list[Any], step: int) -> list[tuple[Any, ...]]:
    """A flat reply in rows, in an order of its own. A scan may give an element twice."""
    return sorted({tuple(flat[at : at + step]) for at in range(0, len(flat), step)})


def _flat(rows: list[tuple[Any, ...]]) -> list[Any]:
    return [word for row in rows for word in row]


def _walk(side: Ours | Connection, argv: list[bytes]) -> list[Any]:
    """All that a scan gives, over as many calls as it takes."""
    cursor, found = b"0", []
    while True:
        question = [*argv, cursor, b"COUNT", FEW]
        reply = _asked(side, question) if isinstance(side, Ours) else side.run(*question)
        cursor, page = reply
        found += page
        if cursor == b"0":
            return found


def _sizes(text: bytes) -> dict[int, int]:
    """How many keys each database has that has any, out of INFO's lines."""
    lines = [line for line in text.decode().splitlines() if line.startswith("db")]
    rows = [line.removeprefix("db").replace(":keys=", ",").split(",") for line in lines]
    return {int(row[0]): int(row[1]) for row in rows}


def _asked(ours: Ours, argv: list[bytes]) -> Any:
    return decoded(encode(ours.ask(argv), 2))
