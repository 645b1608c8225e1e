"""Random programs: sequences of calls, ticks and waits over a small pool of keys.

Small pools make collisions, conversions, expiries and emptied keys happen often. The limits
of the listpack forms are set low at the start, so both encodings are met.
"""

from __future__ import annotations

from random import Random

from redlearn.timeline.session import Recipe, Session
from tests.oracle.programs import valkey_everything

SMALL_LIMITS = {
    "hash-max-listpack-entries": "4",
    "zset-max-listpack-entries": "4",
    "hash-max-listpack-value": "20",
    "list-max-listpack-size": "4",
    "list-compress-depth": "1",
    "set-max-intset-entries": "4",
    "stream-node-max-entries": "4",
    "set-max-listpack-entries": "5",
}

KEYS = [b"k%d" % number for number in range(6)]
MEMBERS = [b"m%d" % number for number in range(12)] + [b"x" * 30, b"\x00\xff", b"17", b"-3"]


def session(seed: int = 7) -> Session:
    """A session with low limits, so that a few members convert."""
    return Session(Recipe(seed=seed, config=SMALL_LIMITS))


def call(rng: Random) -> list[bytes]:
    """One random command, nearly always a valid one."""
    key, member, number = rng.choice(KEYS), rng.choice(MEMBERS), b"%d" % rng.randrange(-5, 40)
    lines: list[list[bytes]] = [
        [b"SET", key, member],
        [b"SET", key, number, b"PX", b"%d" % rng.randrange(1, 900)],
        [b"GET", key],
        [b"APPEND", key, member],
        [b"INCRBY", key, number],
        [b"SETRANGE", key, b"3", member],
        [b"SETBIT", key, b"%d" % rng.randrange(99), b"%d" % rng.randrange(2)],
        [b"BITFIELD", key, b"INCRBY", b"u5", b"%d" % rng.randrange(99), number],
        [b"BITOP", b"XOR", rng.choice(KEYS), key, rng.choice(KEYS)],
        [b"PFADD", key, member, number],
        [b"PFCOUNT", key],
        [b"PFMERGE", rng.choice(KEYS), key],
        [b"HSET", key, member, number, rng.choice(MEMBERS), b"v"],
        [b"HDEL", key, member, rng.choice(MEMBERS)],
        [b"HINCRBY", key, member, number],
        [b"HGETALL", key],
        [b"HRANDFIELD", key, number],
        [
            b"HPEXPIRE",
            key,
            b"%d" % rng.randrange(900),
            b"FIELDS",
            b"2",
            member,
            rng.choice(MEMBERS),
        ],
        [b"HPEXPIREAT", key, b"1000400", b"GT", b"FIELDS", b"1", member],
        [b"HPERSIST", key, b"FIELDS", b"1", member],
        [b"HTTL", key, b"FIELDS", b"1", member],
        [b"HMGET", key, member, rng.choice(MEMBERS)],
        [b"HSETNX", key, member, number],
        [b"HINCRBYFLOAT", key, member, number],
        [b"HGETEX", key, b"PX", b"%d" % rng.randrange(900), b"FIELDS", b"1", member],
        [b"HSETEX", key, b"PX", b"%d" % rng.randrange(900), b"FIELDS", b"1", member, number],
        [b"HSETEX", key, b"FNX", b"KEEPTTL", b"FIELDS", b"1", member, number],
        [b"HGETDEL", key, b"FIELDS", b"1", member],
        [b"MSETEX", b"1", key, member, b"NX", b"PX", b"%d" % rng.randrange(1, 900)],
        [b"ZADD", key, number, member, b"%d" % rng.randrange(9), rng.choice(MEMBERS)],
        [b"ZINCRBY", key, number, member],
        [b"ZREM", key, member],
        [b"ZRANGE", key, b"0", b"-1"],
        [b"ZPOPMIN", key],
        [b"ZUNIONSTORE", rng.choice(KEYS), b"2", key, rng.choice(KEYS)],
        [b"ZRANGESTORE", rng.choice(KEYS), key, b"0", b"3"],
        [b"RPUSH", key, member, number],
        [b"LPUSH", key, number, b"L" * 9000],
        [b"LINSERT", key, b"AFTER", member, number],
        [b"LSET", key, number, member],
        [b"LREM", key, number, member],
        [b"LTRIM", key, b"1", b"-2"],
        [b"LMOVE", key, rng.choice(KEYS), b"LEFT", b"RIGHT"],
        [b"LMPOP", b"2", key, rng.choice(KEYS), b"LEFT", b"COUNT", b"2"],
        [b"BLPOP", key, rng.choice(KEYS), b"0.3"],
        [b"BLMOVE", key, rng.choice(KEYS), b"RIGHT", b"LEFT", b"0.2"],
        [b"BZMPOP", b"0.1", b"1", key, b"MIN"],
        [b"SADD", key, member, number],
        [b"SADD", key, number, b"%d" % rng.randrange(9), b"70000"],
        [b"SREM", key, member, number],
        [b"SPOP", key],
        [b"SPOP", key, b"%d" % rng.randrange(9)],
        [b"SMOVE", key, rng.choice(KEYS), member],
        [b"SRANDMEMBER", key, number],
        [b"SDIFFSTORE", rng.choice(KEYS), key, rng.choice(KEYS)],
        [b"SUNIONSTORE", rng.choice(KEYS), key, rng.choice(KEYS)],
        [b"XADD", key, b"*", b"f", member],
        [b"XADD", key, b"MAXLEN", b"~", b"7", b"*", member, number],
        [b"XDEL", key, b"1000000-%d" % rng.randrange(4)],
        [b"XTRIM", key, b"MAXLEN", b"%d" % rng.randrange(9)],
        [b"XGROUP", b"CREATE", key, b"g", b"0", b"MKSTREAM"],
        [b"XREADGROUP", b"GROUP", b"g", member, b"COUNT", b"2", b"STREAMS", key, b">"],
        [b"XAUTOCLAIM", key, b"g", member, b"50", b"-", b"COUNT", b"3"],
        [b"XRANGE", key, b"-", b"+"],
        [b"PEXPIRE", key, b"%d" % rng.randrange(-1, 900)],
        [b"PERSIST", key],
        [b"TTL", key],
        [b"DEL", key],
        [b"RENAME", key, rng.choice(KEYS)],
        [b"COPY", key, rng.choice(KEYS), b"REPLACE"],
        [b"RANDOMKEY"],
        [b"SCAN", b"0"],
        [b"SELECT", b"%d" % rng.randrange(2)],
        [b"WATCH", key],
        [b"MULTI"],
        [b"EXEC"],
        [b"DISCARD"],
        [b"CONFIG", b"SET", b"zset-max-listpack-entries", b"%d" % rng.randrange(3, 7)],
        [b"nonsense", key],
    ]
    return rng.choice(lines)


def any_call(rng: Random, client: int) -> list[bytes]:
    """One random command of any group, as real servers are sent it; the first never waits."""
    while True:
        argv = valkey_everything.draw_for(rng, client)
        if argv and argv[0].upper() not in LEFT_OUT:
            return argv


LEFT_OUT = (b"QUIT",)
"""It would end the client."""


def play(session: Session, rng: Random, steps: int) -> None:
    """Let `steps` things happen to a session that has two clients, or gets them here."""
    clients = [session.connect(), session.connect()]
    for _ in range(steps):
        kind = rng.random()
        if kind < 0.1:
            session.advance(rng.randrange(400))
        elif kind < 0.4:
            number = rng.randrange(2)
            session.execute(clients[number], any_call(rng, number))
        else:
            session.execute(rng.choice(clients), call(rng))
