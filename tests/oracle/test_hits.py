"""keyspace_hits and keyspace_misses of INFO after each call, beside real servers'.

A key counts when it is looked for to be read: not before a call's arguments were read where Redis
reads them first, as often as Redis looks for it, and never when it is looked for to be written.
"""

from __future__ import annotations

import re

import pytest

from tests.conftest import Redis, argv_of
from tests.oracle.servers import Server

CALLS = """
    SET s v; RPUSH l a b c; HSET h f v; SADD st a b; ZADD z 1 a 2 b; XADD x 1-1 f v
    GEOADD geo 13 38 P 15 37 C; PFADD p a b

    GET s; GET no; GET l; MGET s no l; STRLEN l; GETRANGE s a b; GETBIT s a; BITPOS s 3; LCS s no
    BITFIELD_RO s GET u99 0; BITFIELD s SET u8 0 1; BITOP AND d s no; SET s v; LCS l no
    GETSET s v; GETSET l v; GETDEL no; GETEX s; GETEX no EX 10; SET s v GET; SET no v XX GET
    SET s v NX; SETNX s v; APPEND s v; INCR l; SETRANGE s 0 a; MSETNX s a
    LRANGE l a b; LRANGE l 0 -1; LINDEX no 0; LPOS l a RANK 0; LPOP no; LMPOP 2 no l LEFT
    HGET h no; HGET no f; HRANDFIELD h a; HSCAN h x; HSCAN h 0 COUNT 0; HINCRBY h n 1
    SINTER st no st; SINTER st l no; SINTER no l; SUNION no l; SDIFF no l; SINTERCARD 2 no l
    SINTERCARD 2 st st LIMIT -1; SINTERSTORE d st st; SINTERSTORE d no st; SINTERSTORE d st l
    SUNIONSTORE d no l; SDIFFSTORE d no l; SMISMEMBER no a; SSCAN st 0 FOO; SMOVE st st zz
    ZRANGE z a b; ZRANGE z 0 -1 FOO; ZCOUNT z a b; ZRANGEBYLEX z a b; ZRANGESTORE d z 0 -1
    ZRANGESTORE d l 0 -1; ZINTER 2 z st WEIGHTS a b; ZUNION 2 z st FOO; ZINTERSTORE d 2 no l
    ZUNIONSTORE d 2 l no; ZDIFF 2 no l; ZINTERCARD 2 z z LIMIT a; ZINCRBY z 1 a; ZPOPMIN no
    XRANGE x a b; XRANGE x - + COUNT 0; XREAD STREAMS x no 0 0; XREAD STREAMS x a
    XREAD STREAMS no $; XGROUP CREATE x g 0; XREADGROUP GROUP g c STREAMS x >; XACK x g a
    XREADGROUP GROUP no c STREAMS x 0; XREADGROUP GROUP g c STREAMS no 0; XPENDING x g a b c
    XCLAIM x g c 0 1-1; XCLAIM x no c 0 1-1; XAUTOCLAIM x g c 0 0; XAUTOCLAIM x g c a 0
    XINFO STREAM no; XINFO GROUPS x; XINFO CONSUMERS x no; XDEL x 9-9; XTRIM x MAXLEN 5
    GEODIST geo P C foo; GEOPOS no P; GEORADIUS geo 15 37 200 km STORE d
    GEORADIUSBYMEMBER geo NO 200 km; GEORADIUS_RO no 15 37 200 foo; GEORADIUS no 15 37 200 km
    GEOSEARCHSTORE d geo FROMMEMBER P BYRADIUS 200 km; GEOSEARCHSTORE d no FROMMEMBER P BYBOX 1 1 m
    PFCOUNT p no; PFCOUNT s; PFMERGE d p no; PFMERGE d s
    EXISTS s no s; TYPE no; TTL s; TOUCH s no; OBJECT ENCODING s; OBJECT REFCOUNT no; OBJECT FREQ s
    DUMP s; MEMORY USAGE s; DEBUG OBJECT s; KEYS *; SORT l ALPHA; SORT l BY w_* GET # GET o_*
    SORT_RO l LIMIT a b; SORT no STORE d; COPY s t REPLACE; COPY no t; RENAME t u; MOVE no 1
    EXPIRE s 100; PERSIST s; WATCH s no; UNWATCH; DEL u no
    MULTI; GET s; GET no; SINTER st no; GETRANGE s a b; EXEC
"""


def calls() -> list[list[bytes]]:
    return [
        argv_of(call) for line in CALLS.splitlines() for call in line.split(";") if call.strip()
    ]


def counts(told: bytes) -> list[int]:
    return [int(number) for number in re.findall(rb"keyspace_(?:hits|misses):(\d+)", told)]


@pytest.fixture(params=["redis_server", "valkey_server"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def test_each_call_counts_as_many_keys_as_in_a_server(redis: Redis, server: Server) -> None:
    with server.connect() as client, server.connect() as asking:
        begun = counts(asking.run(b"INFO", b"stats"))
        for argv in calls():
            redis.engine.execute(redis.client, argv)
            client.raw(*argv)
            now = counts(asking.run(b"INFO", b"stats"))
            theirs = [there - before for there, before in zip(now, begun, strict=True)]
            assert our_counts(redis) == theirs, argv


def our_counts(redis: Redis) -> list[int]:
    stats = redis.engine.state.stats
    return [stats.hits, stats.misses]
