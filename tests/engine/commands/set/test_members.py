"""Members put in, taken out, moved, asked for: replies, events, what is passed on."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import Members
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told


def test_only_new_members_count(redis: Redis) -> None:
    assert redis("SADD s a b a") == 2
    assert redis("SADD s b c") == 1
    assert redis("SMEMBERS s") == Members([b"a", b"b", b"c"])
    assert redis("SCARD s") == 3


def test_adding_what_is_there_changes_nothing(redis: Redis) -> None:
    redis("SADD s a")
    assert changes(redis, "SADD s a a") == 0
    assert told(redis, "SADD s a") == []
    assert passed_on(redis, "SADD s a") == []
    assert changes(redis, "SADD s a b c") == 2


@pytest.mark.parametrize(
    ("line", "encoding"),
    [
        ("SADD s 1 2 3", b"intset"),
        ("SADD s 1 2 a", b"listpack"),
        ("SADD s a 1", b"listpack"),
        ("SADD s " + " ".join(map(str, range(512))), b"intset"),
        ("SADD s " + " ".join(map(str, range(513))), b"hashtable"),
        ("SADD s " + "1 " * 513, b"hashtable"),
        ("SADD s " + "a " * 129, b"hashtable"),
        ("SADD s a " + "x" * 65, b"hashtable"),
    ],
)
def test_the_form_a_set_begins_in(redis: Redis, line: str, encoding: bytes) -> None:
    redis(line)
    assert redis("OBJECT ENCODING s") == encoding


def test_many_members_convert_a_set_that_is_there(redis: Redis) -> None:
    redis("SADD s a")
    redis("SADD s " + "a " * 129)
    assert redis("OBJECT ENCODING s") == b"hashtable"


def test_limits_are_those_of_the_moment(redis: Redis) -> None:
    redis("CONFIG SET set-max-intset-entries 2 set-max-listpack-entries 3")
    redis("SADD s 1 2")
    assert redis("OBJECT ENCODING s") == b"intset"
    redis("SADD s 3")
    assert redis("OBJECT ENCODING s") == b"hashtable"
    redis("SADD t a 1 2")
    assert redis("OBJECT ENCODING t") == b"listpack"
    redis("CONFIG SET set-max-listpack-value 4")
    redis("SREM t 1")
    redis("SADD t abcde")
    assert redis("OBJECT ENCODING t") == b"hashtable"


def test_a_set_without_members_is_gone(redis: Redis) -> None:
    redis("SADD s a b")
    assert redis("SREM s a x") == 1
    assert redis("SREM s x") == 0
    assert told(redis, "SREM s b a x") == ["srem s", "del s"]
    assert redis("EXISTS s") == 0
    assert redis("SREM s a") == 0


def test_a_member_moves(redis: Redis) -> None:
    redis("SADD s a b")
    redis("SADD t 1")
    assert told(redis, "SMOVE s t a") == ["srem s", "sadd t"]
    assert redis("SMOVE s t nobody") == 0
    assert redis("SMEMBERS t") == Members([b"1", b"a"])
    assert redis("SMEMBERS s") == Members([b"b"])


def test_the_last_member_moves_to_a_new_set(redis: Redis) -> None:
    redis("SADD s 7")
    assert told(redis, "SMOVE s t 7") == ["srem s", "del s", "new t", "sadd t"]
    assert redis("OBJECT ENCODING t") == b"intset"
    assert changes(redis, "SMOVE t u 7") == 2


def test_a_member_that_the_other_has_only_leaves(redis: Redis) -> None:
    redis("SADD s a b")
    redis("SADD t a")
    assert told(redis, "SMOVE s t a") == ["srem s"]
    assert changes(redis, "SMOVE s t b") == 2


def test_a_move_to_where_it_is_changes_nothing(redis: Redis) -> None:
    redis("SADD s a")
    assert redis("SMOVE s s a") == 1
    assert redis("SMOVE s s x") == 0
    assert changes(redis, "SMOVE s s a") == 0


def test_a_move_looks_for_both_sets_before_it_judges_either(redis: Redis) -> None:
    redis("SET stale x PX 10")
    redis("SET text x")
    redis.advance(10)
    assert told(redis, "SMOVE none stale a") == ["expired stale"]
    redis("SET stale x PX 10")
    redis.advance(10)
    with pytest.raises(CommandError, match=r"^WRONGTYPE"):
        redis("SMOVE text stale a")
    assert redis("DBSIZE") == 1


def test_the_source_of_a_move_is_looked_at_first(redis: Redis) -> None:
    redis("SET text x")
    redis("SADD s a")
    assert redis("SMOVE none text a") == 0
    for line in ("SMOVE s text a", "SMOVE text s a"):
        with pytest.raises(CommandError, match=r"^WRONGTYPE"):
            redis(line)
    assert redis("SMEMBERS s") == Members([b"a"])


def test_membership_is_told_in_every_form(redis: Redis) -> None:
    redis("SADD numbers 1 2")
    redis("SADD few a 1")
    redis("SADD many " + " ".join(f"m{number}" for number in range(200)))
    assert redis("SMISMEMBER numbers 1 3 a") == [1, 0, 0]
    assert redis("SMISMEMBER few a 1 2") == [1, 1, 0]
    assert redis("SMISMEMBER many m5 m200") == [1, 0]
    assert redis("SMISMEMBER none a b") == [0, 0]
    assert [redis(f"SISMEMBER {key}") for key in ("few 1", "few 01", "none a")] == [1, 0, 0]


def test_what_is_not_there_is_an_empty_set(redis: Redis) -> None:
    assert redis("SMEMBERS none") == Members()
    assert redis("SCARD none") == 0
    assert redis("SSCAN none 0") == [b"0", []]


def test_a_scan_gives_small_sets_whole_and_filters(redis: Redis) -> None:
    redis("SADD s apple avocado 17")
    assert redis("SSCAN s 0 COUNT 1") == [b"0", [b"apple", b"avocado", b"17"]]
    assert redis("SSCAN s 0 MATCH a[p]*") == [b"0", [b"apple"]]
    for line in ("SSCAN s x", "SSCAN s 0 NOVALUES", "SSCAN s 0 COUNT 0"):
        with pytest.raises(CommandError):
            redis(line)


def test_a_scan_of_a_table_goes_on_until_it_has_seen_all(redis: Redis) -> None:
    members = [b"m%d" % number for number in range(300)]
    redis("SADD", b"s", *members)
    seen: set[object] = set()
    cursor: object = b"0"
    while True:
        reply = redis("SSCAN", b"s", cursor, b"COUNT", b"20")
        assert isinstance(reply, list)
        cursor, page = reply
        seen.update(page)
        if cursor == b"0":
            break
    assert seen == {*members}


@pytest.mark.parametrize(
    "line",
    [
        "SADD k a", "SREM k a", "SMEMBERS k", "SISMEMBER k a", "SMISMEMBER k a", "SCARD k",
        "SSCAN k 0", "SMOVE k s a",
    ],
)  # fmt: skip
def test_other_types_are_refused(redis: Redis, line: str) -> None:
    redis("SET k v")
    with pytest.raises(CommandError, match=r"^WRONGTYPE"):
        redis(line)
