"""N, M and K, counted on live data: right, and without a trace."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from redlearn.engine.command import all_commands
from redlearn.prompt.reading import read
from redlearn.prompt.sizes import COUNTERS, Call, sizes
from redlearn.resp.reply import Pairs, Reply
from redlearn.resp.text import split_args
from redlearn.timeline.snapshot import Freezer
from tests.prompt.rooms import Room

LINES = (
    "ZADD z 1 a 2 b 2 c 3 d 5 e",
    "ZADD lex 0 a 0 b 0 c 0 d",
    "HSET h f 1 g 22 i 333",
    "SET s hello",
    "SET t hi",
    "RPUSH l a b c",
    "SADD n 1 2",
    "SADD m a b 3",
)


def rooms() -> Iterator[Room]:
    """The same data, small and large encodings."""
    yield Room(*LINES)
    yield Room(*LINES, **{"zset-max-listpack-entries": "0", "hash-max-listpack-entries": "0"})


def counted(room: Room, line: str) -> str:
    reading = read(line)
    assert reading.command is not None
    assert reading.whole is not None
    found = sizes(reading.command, Call(reading.argv, reading.whole.complete, room.around))
    return ", ".join(f"{letter}={count}" for letter, count in found.items())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ZRANGE z 0 -1", "N=5, M=5"),
        ("ZRANGE z 1", "N=5"),
        ("ZRANGE z 2 3 BYSCORE", "N=5, M=3"),
        ("ZRANGE z (2 3 BYSCORE", "N=5, M=1"),
        ("ZRANGE z 3 2 BYSCORE REV", "N=5, M=3"),
        ("ZRANGE z 3 2 BYSCORE REV LIMIT 1 5", "N=5, M=2"),
        ("ZRANGE z -inf +inf BYSCORE LIMIT 1 -1", "N=5, M=4"),
        ("ZRANGE z -inf +inf BYSCORE LIMIT -1 2", "N=5"),
        ("ZRANGE z 0 1 LIMIT 0 1", "N=5"),
        ("ZRANGE z x y BYSCORE", "N=5"),
        ("ZRANGE lex [b + BYLEX", "N=4, M=3"),
        ("ZRANGE nosuch 0 -1", ""),
        ("ZRANGE h 0 -1", ""),
        ("ZREVRANGE z 0 1", "N=5, M=2"),
        ("ZRANGEBYSCORE z 2 3 LIMIT 1 1", "N=5, M=1"),
        ("ZREVRANGEBYSCORE z 3 2", "N=5, M=3"),
        ("ZRANGEBYLEX lex - (c", "N=4, M=2"),
        ("ZREVRANGEBYLEX lex (c -", "N=4, M=2"),
        ("ZRANGESTORE dst z 0 2", "N=5, M=3"),
        ("ZCOUNT z 2 5", "N=5, M=4"),
        ("ZLEXCOUNT lex - +", "N=4, M=4"),
        ("ZREMRANGEBYRANK z 0 0", "N=5, M=1"),
        ("ZREMRANGEBYSCORE z 0 2", "N=5, M=3"),
        ("ZREMRANGEBYLEX lex - [b", "N=4, M=2"),
        ("ZUNION 2 z lex", "K=2, N=5"),
        ("ZUNIONSTORE dst 2 z lex", "K=2, N=5"),
        ("ZUNION 9 z lex", ""),
        ("ZUNION x z", ""),
        ("ZMPOP 2 z lex MIN", "K=2"),
        ("ZRANDMEMBER z -7", "N=7"),
        ("ZRANDMEMBER z 3", "N=3"),
        ("ZRANDMEMBER z", "N=1"),
        ("HRANDFIELD h 9", "N=3"),
        ("HRANDFIELD nosuch 9", ""),
        ("HGETALL h", "N=3"),
        ("HSET h x y", "N=3"),
        ("GET s", ""),
        ("GETRANGE s 1 -1", "N=4"),
        ("GETRANGE s -100 -50", "N=1"),
        ("GETRANGE s -1 -2", "N=0"),
        ("GETRANGE s x 2", ""),
        ("SETRANGE s 3 abc", "M=3"),
        ("SETRANGE s 3", ""),
        ("LCS s t", "N=5, M=2"),
        ("DEL z", "N=1, M=5"),
        ("DEL s", "N=1"),
        ("DEL z h nosuch", "N=3"),
        ("EXISTS a b", "N=2"),
        ("MSET a 1 b 2", "N=2"),
        ("MSET a 1 b", ""),
        ("KEYS *", "N=8"),
        ("FLUSHALL", "N=8"),
        ("CLUSTER KEYSLOT abc", "N=3"),
        ("COPY z dst", "N=5"),
        ("LRANGE l 1 -1", "N=2"),
        ("LRANGE s 0 -1", ""),
        ("LTRIM l 1 -1", "N=1"),
        ("LPOP l", "N=1"),
        ("RPOP l 9", "N=3"),
        ("RPOP l x", ""),
        ("LINDEX l 1", "N=3"),
        ("LMPOP 2 l x LEFT", "K=2"),
        ("BLPOP l x 0", "N=2"),
        ("BZPOPMIN z x 0", "K=2"),
        ("BLMPOP 0 2 l x LEFT", "K=2"),
        ("SADD n 1", "N=2"),
        ("SRANDMEMBER n 5", "N=2"),
        ("SUNION n m", "N=5"),
        ("SINTER n m", "N=2, K=2"),
        ("SINTERSTORE dst n m", "N=2, K=2"),
        ("SINTERCARD 2 n m", "N=2, K=2"),
        ("SINTERCARD 9 n m", ""),
        ("BITCOUNT s", "N=5"),
        ("BITCOUNT s 1 -1", "N=4"),
        ("BITCOUNT s 7 8 BIT", "N=2"),
        ("BITPOS s 1 2", "N=3"),
        ("BITPOS s 1 9", "N=0"),
        ("BITOP AND dst s t", "N=5, K=2"),
    ],
)
def test_sizes_are_counted_in_either_encoding(line: str, said: str) -> None:
    assert [counted(room, line) for room in rooms()] == [said, said]


def length(reply: Reply) -> int:
    return len(reply) if isinstance(reply, list | bytes | Pairs) else int(str(reply))


def ranges() -> Iterator[str]:
    ends = ["-inf", "+inf", "0", "1", "(2", "3", "(3", "9"]
    for low in ends:
        for high in ends:
            yield f"ZRANGE z {low} {high} BYSCORE"
            yield f"ZRANGE z {low} {high} BYSCORE REV LIMIT 1 2"
            yield f"ZREVRANGEBYSCORE z {low} {high}"
            yield f"ZCOUNT z {low} {high}"
    for low in ["-", "+", "[a", "(a", "[c", "(zz"]:
        for high in ["-", "+", "[a", "(b", "[d"]:
            yield f"ZRANGEBYLEX lex {low} {high}"
            yield f"ZREVRANGEBYLEX lex {low} {high} LIMIT 0 2"
    for low in range(-7, 7):
        for high in range(-7, 7):
            yield f"ZRANGE z {low} {high}"
            yield f"ZREVRANGE z {low} {high}"
            yield f"GETRANGE s {low} {high}"


def test_what_is_counted_is_what_comes() -> None:
    for room in rooms():
        for line in ranges():
            said = counted(room, line)
            (reply,) = room.session.execute(room.client, split_args(line))
            assert said.rpartition("=")[2] == str(length(reply)), line


def test_counting_leaves_no_trace() -> None:
    for room in rooms():
        room.run("MSET " + " ".join(f"k{number} v" for number in range(64)))
        freezer = Freezer(room.session.engine)
        before = freezer.freeze()
        for line in ranges():
            counted(room, line)
        for row in all_commands():
            for arguments in ("", " z", " z 0 1", " 2 z h", " h f", " s 0 5"):
                reading = read(row.name.replace("|", " ") + arguments)
                if reading.command is not None:
                    sizes(reading.command, Call(reading.argv, True, room.around))
        assert Freezer(room.session.engine).freeze() == before


def test_every_counter_is_of_a_command_that_says_its_letters() -> None:
    rows = {row.name: row for row in all_commands()}
    assert set(COUNTERS) <= set(rows)
    for room in rooms():
        for line in ["ZRANGE z 0 -1", "ZUNION 2 z lex", "HGETALL h", "DEL z", "LCS s t"]:
            cost = rows[line.split()[0].lower()].complexity
            letters = [each.split("=")[0] for each in counted(room, line).split(", ")]
            assert all(letter in cost for letter in letters), line


def test_commands_whose_cost_names_n_are_counted() -> None:
    named = {row.name for row in all_commands() if "N" in row.complexity and not row.subcommands}
    uncounted = {name for name in named - set(COUNTERS) if not name.startswith("command|")}
    assert uncounted == {
        "acl|cat", "acl|deluser", "acl|getuser", "acl|list", "acl|load", "acl|log", "acl|save",
        "acl|setuser", "acl|users", "auth", "client|kill", "client|list", "client|unpause",
        "cluster|addslots", "cluster|addslotsrange", "cluster|cancelslotmigrations",
            "cluster|count-failure-reports",
        "cluster|delslots", "cluster|delslotsrange", "cluster|failover", "cluster|flushslot",
        "cluster|getkeysinslot", "cluster|getslotmigrations", "cluster|links",
            "cluster|migrateslots", "cluster|nodes", "cluster|replicas",
        "cluster|reset", "cluster|shards", "cluster|slaves", "cluster|slot-stats",
        "cluster|slots", "cluster|syncslots", "clusterscan", "migrate", "restore-asking",
        "commandlog|get", "commandlog|reset", "config|get", "config|set", "discard", "dump",
        "function|dump", "function|flush", "function|list", "function|load", "function|restore",
        "geoadd", "georadius", "georadius_ro", "georadiusbymember", "georadiusbymember_ro",
        "geosearch", "geosearchstore", "hexpire", "hexpireat", "hexpiretime", "hgetdel", "hgetex",
        "hpersist", "hpexpire", "hpexpireat", "hpexpiretime", "hpttl", "hsetex", "httl",
        "latency|histogram", "linsert", "lpos", "memory|stats", "memory|usage", "module|list",
        "msetex", "pfadd", "pfcount", "pfdebug", "pfmerge", "psubscribe", "publish",
        "pubsub|channels", "pubsub|numsub", "pubsub|shardchannels", "pubsub|shardnumsub",
        "punsubscribe", "restore", "script|exists", "script|flush", "script|load", "shutdown",
        "slowlog|get", "slowlog|reset", "sort", "sort_ro", "spublish", "ssubscribe", "subscribe",
        "sunsubscribe", "swapdb", "unsubscribe", "unwatch", "xautoclaim", "xclaim", "xdel",
        "xgroup|delconsumer", "xgroup|destroy", "xinfo|stream", "xpending", "xrange", "xread",
        "xreadgroup", "xrevrange", "xtrim",
    }  # fmt: skip
