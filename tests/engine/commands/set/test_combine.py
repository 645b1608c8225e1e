"""Several sets made into one: replies, stored results, and which way they are worked out."""

from __future__ import annotations

import pytest

from redlearn.engine.structures.listpack import EntryVisited
from redlearn.errors import CommandError
from redlearn.resp.reply import Members, Pairs, Reply
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told


@pytest.fixture(autouse=True)
def three_sets(redis: Redis) -> None:
    redis("SADD one a b c d 1")
    redis("SADD two b c 1 x")
    redis("SADD three c 1 y z")


def ordered(reply: Reply) -> bytes:
    assert isinstance(reply, Members)
    return b" ".join(sorted(member for member in reply if isinstance(member, bytes)))


@pytest.mark.parametrize(
    ("line", "members"),
    [
        ("SINTER one two three", b"1 c"),
        ("SINTER one", b"1 a b c d"),
        ("SINTER one one", b"1 a b c d"),
        ("SINTER one none", b""),
        ("SUNION one two three", b"1 a b c d x y z"),
        ("SUNION one none", b"1 a b c d"),
        ("SUNION none", b""),
        ("SDIFF one two three", b"a d"),
        ("SDIFF one none", b"1 a b c d"),
        ("SDIFF none one", b""),
        ("SDIFF one one", b""),
        ("SDIFF one two one", b""),
        ("SDIFF one two two two two two two three", b"a d"),
    ],
)
def test_sets_are_combined(redis: Redis, line: str, members: bytes) -> None:
    assert ordered(redis(line)) == members
    name, _, keys = line.partition(" ")
    assert redis(f"{name}STORE result {keys}") == len(members.split())
    assert ordered(redis("SMEMBERS result")) == members
    redis.engine.check()


def test_a_union_of_intsets_comes_in_order_of_the_numbers(redis: Redis) -> None:
    redis("SADD odd 1 3 5")
    redis("SADD low -20 2 3")
    assert redis("SUNION odd low") == Members([b"-20", b"1", b"2", b"3", b"5"])
    redis("CONFIG SET set-max-intset-entries 4")
    assert redis("SUNION odd low") == Members([b"1", b"3", b"5", b"-20", b"2"])


@pytest.mark.parametrize("name", ["SINTERSTORE", "SUNIONSTORE", "SDIFFSTORE"])
def test_a_stored_result_replaces_whatever_was_there(redis: Redis, name: str) -> None:
    redis("SET target text EX 100")
    assert told(redis, f"{name} target one") == [f"{name.lower()} target"]
    assert redis("TTL target") == -1
    assert changes(redis, f"{name} target one") == 1
    assert passed_on(redis, f"{name} target one") == [f"{name} target one"]


@pytest.mark.parametrize(
    "line", ["SINTERSTORE one one none", "SUNIONSTORE one none", "SDIFFSTORE one none one"]
)
def test_an_empty_result_deletes_the_target(redis: Redis, line: str) -> None:
    assert told(redis, line) == ["keymiss none", "del one"]
    assert redis("EXISTS one") == 0
    assert changes(redis, line) == 0


def test_a_stale_target_is_deleted_as_if_it_were_not(redis: Redis) -> None:
    redis("PEXPIRE one 10")
    redis.advance(10)
    assert told(redis, "SINTERSTORE one two none") == ["keymiss none", "del one"]


def test_the_target_may_be_an_input(redis: Redis) -> None:
    assert redis("SDIFFSTORE one one two") == 2
    assert redis("SMEMBERS one") == Members([b"a", b"d"])


@pytest.mark.parametrize(
    ("line", "encoding"),
    [
        ("SINTERSTORE t one two three", b"listpack"),
        ("SINTERSTORE t three numbers", b"intset"),
        ("SINTERSTORE t mixed numbers", b"intset"),
        ("SUNIONSTORE t numbers", b"intset"),
        ("SUNIONSTORE t numbers one", b"hashtable"),
        ("SUNIONSTORE t one two", b"listpack"),
        ("SDIFFSTORE t mixed many", b"intset"),
        ("SDIFFSTORE t mixed numbers", b"hashtable"),
    ],
)
def test_a_stored_result_begins_small(redis: Redis, line: str, encoding: bytes) -> None:
    redis("SADD", b"numbers", *[b"%d" % number for number in range(400)])
    redis("SADD", b"many", *[b"m%d" % number for number in range(400)])
    redis("SUNIONSTORE mixed numbers many")
    redis(line)
    assert redis("OBJECT ENCODING t") == encoding


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("SINTERCARD 2 one two", 3),
        ("SINTERCARD 2 one two LIMIT 2", 2),
        ("SINTERCARD 2 one two LIMIT 0", 3),
        ("SINTERCARD 2 one two LIMIT 9", 3),
        ("SINTERCARD 2 one none", 0),
        ("SINTERCARD 1 one LIMIT 1 LIMIT 3", 3),
    ],
)
def test_an_intersection_is_counted_up_to_a_limit(redis: Redis, line: str, count: int) -> None:
    assert redis(line) == count


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SINTERCARD 0 one", "ERR numkeys should be greater than 0"),
        ("SINTERCARD x one", "ERR numkeys should be greater than 0"),
        ("SINTERCARD 2 one", "ERR Number of keys can't be greater than number of args"),
        ("SINTERCARD 1 one LIMIT", "ERR syntax error"),
        ("SINTERCARD 1 one COUNT 3", "ERR syntax error"),
        ("SINTERCARD 1 one LIMIT -1", "ERR LIMIT can't be negative"),
        ("SINTERCARD 1 one LIMIT x", "ERR LIMIT can't be negative"),
    ],
)
def test_a_wrong_count_is_refused(redis: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError, match=f"^{message}$"):
        redis(line)


@pytest.mark.parametrize(
    "line",
    [
        "SINTER one text", "SINTER none text", "SUNION one text", "SDIFF none text",
        "SINTERSTORE t none text", "SUNIONSTORE t text", "SDIFFSTORE t one text",
        "SINTERCARD 2 none text",
    ],
)  # fmt: skip
def test_every_input_must_be_a_set_though_another_is_empty(redis: Redis, line: str) -> None:
    redis("SET text x")
    with pytest.raises(CommandError, match=r"^WRONGTYPE"):
        redis(line)


def test_the_smallest_set_is_walked_and_the_others_asked(redis: Redis) -> None:
    redis("SADD large " + " ".join(f"m{number}" for number in range(100)))
    redis("SADD small m1 q")
    for line in ("SINTER large small", "SINTER small large"):
        visits = [e for e in redis.events(line) if isinstance(e, EntryVisited)]
        assert len(visits) == 2 + 100  # m1 is found at once, q nowhere


def test_a_difference_is_worked_out_the_cheaper_way(redis: Redis) -> None:
    redis("SADD few a b")
    redis("SADD large " + " ".join(f"m{number}" for number in range(100)))
    asked = [e for e in redis.events("SDIFF few large") if isinstance(e, EntryVisited)]
    assert len(asked) == 2 * 100  # each of two is looked for among a hundred
    asked = [e for e in redis.events("SDIFF large few few few") if isinstance(e, EntryVisited)]
    assert asked == []  # the few are taken out of a copy of the large one


def test_sorted_sets_take_plain_sets_as_inputs(redis: Redis) -> None:
    redis("ZADD scores 5 c 7 q")
    assert redis("ZUNION 2 scores three WITHSCORES") == Pairs(
        [(b"1", 1.0), (b"y", 1.0), (b"z", 1.0), (b"c", 6.0), (b"q", 7.0)]
    )
    assert redis("ZINTERSTORE t 2 scores three WEIGHTS 2 10") == 1
    assert redis("ZRANGE t 0 -1 WITHSCORES") == Pairs([(b"c", 20.0)])
    assert redis("ZDIFF 2 three scores") == [b"1", b"y", b"z"]
    assert redis("ZINTERCARD 2 three one") == 2
