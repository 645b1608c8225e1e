"""Members by chance: what comes, what stays, and what is passed on so that others agree."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import Members
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told

LETTERS = [b"a", b"b", b"c", b"d", b"e"]


def fill(redis: Redis) -> None:
    redis("SADD", b"s", *LETTERS)


def test_one_member_is_popped_and_passed_on_as_its_removal(redis: Redis) -> None:
    fill(redis)
    (line,) = passed_on(redis, "SPOP s")
    assert line.startswith("SREM s ")
    gone = line.split()[-1].encode()
    assert redis("SISMEMBER", b"s", gone) == 0
    assert redis("SCARD s") == 4


def test_the_last_member_takes_the_key_along(redis: Redis) -> None:
    redis("SADD s only")
    assert told(redis, "SPOP s") == ["spop s", "del s"]
    assert redis("EXISTS s") == 0
    redis("SADD s only")
    assert passed_on(redis, "SPOP s") == ["SREM s only"]


def test_several_are_popped_and_passed_on_in_one_removal(redis: Redis) -> None:
    fill(redis)
    (line,) = passed_on(redis, "SPOP s 3")
    assert line.startswith("SREM s ")
    assert len(line.split()) == 5
    assert redis("SCARD s") == 2


def test_very_many_are_passed_on_in_batches(redis: Redis) -> None:
    redis("SADD", b"s", *[b"%d" % number for number in range(3000)])
    lines = passed_on(redis, "SPOP s 2500")
    assert [len(line.split()) for line in lines] == [1, 1026, 1026, 454, 1]
    assert (lines[0], lines[-1]) == ("MULTI", "EXEC")
    assert redis("SCARD s") == 500


@pytest.mark.parametrize("count", [5, 6, 9223372036854775807])
def test_a_set_popped_whole_is_passed_on_as_deleted(redis: Redis, count: int) -> None:
    fill(redis)
    assert passed_on(redis, f"SPOP s {count}") == ["DEL s"]
    fill(redis)
    assert told(redis, f"SPOP s {count}") == ["spop s", "del s"]
    fill(redis)
    assert changes(redis, f"SPOP s {count}") == 5
    assert redis("EXISTS s") == 0


def test_none_are_popped_by_a_count_of_zero(redis: Redis) -> None:
    fill(redis)
    assert redis("SPOP s 0") == Members()
    assert changes(redis, "SPOP s 0") == 0
    assert redis("SPOP none") is None
    assert redis("SPOP none 3") == Members()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("SPOP s -1", "ERR value is out of range, must be positive"),
        ("SPOP s x", "ERR value is out of range, must be positive"),
        ("SPOP s 1 2", "ERR syntax error"),
        ("SRANDMEMBER s x", "ERR value is not an integer or out of range"),
        ("SRANDMEMBER s 1 2", "ERR syntax error"),
        (
            "SRANDMEMBER s -9223372036854775808",
            "ERR value is out of range, value must between"
            " -9223372036854775807 and 9223372036854775807",
        ),
        ("SRANDMEMBER s -9223372036854775807", "ERR value is out of range"),
    ],
)
def test_bad_counts_are_refused(redis: Redis, line: str, message: str) -> None:
    fill(redis)
    with pytest.raises(CommandError, match=f"^{message}$"):
        redis(line)
    assert redis("SCARD s") == 5


def test_random_members_are_looked_at_and_stay(redis: Redis) -> None:
    fill(redis)
    assert {redis("SRANDMEMBER s") for _ in range(100)} == {*LETTERS}
    assert passed_on(redis, "SRANDMEMBER s 3") == []
    assert redis("SRANDMEMBER none") is None
    assert redis("SRANDMEMBER none 3") == []
    assert redis("SRANDMEMBER s 0") == []


def test_a_positive_count_gives_different_members(redis: Redis) -> None:
    fill(redis)
    for count in (1, 3, 5, 9):
        picked = redis(f"SRANDMEMBER s {count}")
        assert type(picked) is list  # an array, unlike SMEMBERS' set
        assert len(set(picked)) == len(picked) == min(count, 5)


def test_a_negative_count_gives_as_many_with_repetitions(redis: Redis) -> None:
    fill(redis)
    picked = redis("SRANDMEMBER s -40")
    assert isinstance(picked, list)
    assert len(picked) == 40
    assert set(picked) == {*LETTERS}


@pytest.mark.parametrize("line", ["SPOP k", "SPOP k 1", "SRANDMEMBER k", "SRANDMEMBER k 1"])
def test_other_types_are_refused(redis: Redis, line: str) -> None:
    redis("SET k v")
    with pytest.raises(CommandError, match=r"^WRONGTYPE"):
        redis(line)
