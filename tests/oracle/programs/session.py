"""Random calls about the connection and the server: transactions, SELECT, CONFIG, COMMAND.

They run among data commands, so that queues and watches have something to do.
"""

from __future__ import annotations

from random import Random
from typing import Any

from tests.oracle.programs import generic, hash, string, zset
from tests.oracle.programs.hash import same_rows
from tests.oracle.programs.words import any_case, key, maybe_wrong_arity

NAMES = (b"ann", b"", b"two words", b"\xff", b"x" * 20)
LIMITS = (
    b"hash-max-listpack-entries", b"zset-max-listpack-entries", b"hash-max-listpack-value",
    b"zset-max-ziplist-entries", b"hash-max-ziplist-value",
)  # fmt: skip


def draw(rng: Random) -> list[bytes]:
    """One call: a third of them data commands, which MULTI queues and WATCH looks out for."""
    kind = rng.random()
    if kind < 0.4:
        call = rng.choice((string, generic, hash, zset)).draw(rng)
        asked = [any_case(rng, b"COMMAND"), any_case(rng, b"GETKEYS")] if kind > 0.35 else []
        return [*asked, *call]
    return fill(rng, rng.choice(LINES))


def fill(rng: Random, argv: list[bytes]) -> list[bytes]:
    """A line with its gaps filled in, now and then an argument short or long."""
    words = [any_case(rng, word) if word.isupper() else word for word in argv]
    words = [key(rng) if word == b"<key>" else word for word in words]
    words = [rng.choice(NAMES) if word == b"<name>" else word for word in words]
    words = [b"%d" % rng.randrange(1, 40) if word == b"<n>" else word for word in words]
    return maybe_wrong_arity(rng, words)


def agree(argv: list[bytes], ours: Any, theirs: Any) -> bool:
    """What depends on the server's identity, its clock, or what the draws of others allow."""
    words = [word.upper() for word in argv[:2]]
    if words[0] == b"TIME" and isinstance(ours, list) and isinstance(theirs, list):
        return abs(int(ours[0]) - int(theirs[0])) < 30
    if words[0] == b"HELLO":
        return _without_identity(ours) == _without_identity(theirs)
    if words == [b"CONFIG", b"GET"]:
        return same_rows(ours, theirs, pairs=True)
    return any(p.agree(argv, ours, theirs) for p in (string, generic, hash, zset))


def _without_identity(greeting: Any) -> Any:
    """HELLO's reply but for who the server is and which number it gave the client."""
    if isinstance(greeting, list):
        greeting = dict(zip(greeting[::2], greeting[1::2], strict=True))
    if not isinstance(greeting, dict):
        return str(greeting)
    return {**greeting, b"server": b"", b"version": b"", b"id": 0, b"modules": []}


LINES: list[list[bytes]] = [
    line.split()
    for line in (
        *[b"MULTI"] * 4, *[b"EXEC"] * 4, b"DISCARD", b"WATCH <key>", b"WATCH <key> <key>",
        b"UNWATCH", b"PING", b"PING <name>", b"ECHO <name>", b"SELECT 0", b"SELECT 1",
        b"SELECT 99", b"SELECT x", b"SELECT -1", b"SELECT 99999999999", b"RESET", b"DBSIZE",
        b"OBJECT HELP", b"PUBLISH <name> <name>",
        b"SPUBLISH <name> x", b"PUBSUB CHANNELS", b"PUBSUB NUMSUB <name>", b"PUBSUB NUMPAT",
        b"PUBSUB HELP", b"PUBSUB NOPE", b"PUBSUB SHARDCHANNELS", b"PUBSUB SHARDNUMSUB <name>",
        b"FLUSHDB", b"FLUSHALL ASYNC", b"FLUSHDB NOPE", b"TIME", b"CLIENT GETNAME",
        b"CLIENT SETNAME <name>", b"CLIENT NO-EVICT ON",
        b"CLIENT NO-EVICT OFF", b"CLIENT NOPE", b"CLIENT", b"CLIENT HELP", b"CONFIG HELP",
        b"COMMAND HELP", b"CONFIG NOPE", b"CONFIG", b"HELLO", b"HELLO 2", b"HELLO 3",
        b"HELLO 1", b"HELLO 4", b"HELLO x", b"HELLO 2 NOPE", b"HELLO 3 SETNAME <name> x",
        b"HELLO 3 AUTH nobody x", b"AUTH x", b"AUTH nobody x", b"AUTH default x",
        b"CLUSTER NOPE", b"COMMAND GETKEYS GET <key>",
        b"COMMAND GETKEYS MSET <key> 1 <key> 2", b"COMMAND GETKEYS ZUNIONSTORE <key> 2 a b",
        b"COMMAND GETKEYS ZUNIONSTORE <key> 3 a b", b"COMMAND GETKEYS PING",
        b"COMMAND GETKEYS NOPE <key>", b"COMMAND GETKEYS",
        b"COMMAND GETKEYS ZMPOP 1 <key> MIN", b"COMMAND GETKEYS SET <key> 1 NX",
        b"COMMAND INFO nope", b"COMMAND INFO config|nope", b"COMMAND LIST FILTERBY NOPE x",
        b"COMMAND LIST FILTERBY", b"COMMAND LIST FILTERBY PATTERN xrang*x",
        b"COMMAND DOCS nope", b"COMMAND NOPE", b"CONFIG GET nope*", b"CONFIG GET <name>",
        b"CONFIG GET zset-max-listpack-*", b"CONFIG SET nope 1", b"CONFIG SET databases 2",
        b"CONFIG SET hz abc", b"CONFIG SET hash-max-listpack-entries x",
        b"CONFIG SET hash-max-listpack-entries <n> hash-max-listpack-entries <n>",
        b"CONFIG SET active-expire-effort 11", b"CONFIG SET lazyfree-lazy-expire maybe",
        b"CONFIG SET notify-keyspace-events Q", b"CONFIG SET notify-keyspace-events KEA",
        b"CONFIG GET notify-keyspace-events", b"CONFIG SET notify-keyspace-events <name>",
        *(b"CONFIG SET %b <n>" % limit for limit in LIMITS), b"CONFIG SET",
        b"nope", b"nope <key> <name>", b"get|x <key>", b"config|get x", b"QUITX",
    )
]  # fmt: skip
