"""The steps that list commands share: taking several, and from the first that there is."""

from __future__ import annotations

import pytest

from redlearn.engine.args import Args
from redlearn.engine.list_moves import count_of, left_or_right, move, pop_first, take
from redlearn.engine.values.list import List
from redlearn.errors import CommandError
from tests.conftest import Redis


def value_of(redis: Redis, key: bytes) -> List:
    value = redis.ctx.find(key, List)
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("event", "count", "taken"),
    [
        ("lpop", 2, [b"a", b"b"]),
        ("rpop", 2, [b"c", b"b"]),
        ("rpop", 9, [b"c", b"b", b"a"]),
    ],
)
def test_elements_come_in_the_order_of_single_pops(
    redis: Redis, event: str, count: int, taken: list[bytes]
) -> None:
    redis("RPUSH l a b c")
    assert take(redis.ctx, b"l", value_of(redis, b"l"), event, count) == taken
    assert redis("LLEN l") == 3 - len(taken)


def test_the_first_list_that_is_there_gives_them(redis: Redis) -> None:
    redis("RPUSH m a b")
    redis.engine.state.sinks.append(lambda unit: None)  # somebody hears of effects
    assert pop_first(redis.ctx, [b"l", b"m"], "lpop", 1) == [b"m", [b"a"]]
    assert redis.engine.state.effects.pop().argv == (b"LPOP", b"m", b"1")
    assert pop_first(redis.ctx, [b"l"], "lpop", 1) is None


def test_a_move_makes_the_list_it_goes_to(redis: Redis) -> None:
    redis("RPUSH l a")
    assert move(redis.ctx, b"l", b"m", left=True, to_left=True) == b"a"
    assert value_of(redis, b"m").items() == [b"a"]
    assert move(redis.ctx, b"l", b"m", left=True, to_left=True) is None


def test_sides_and_counts_are_read_in_any_case() -> None:
    assert left_or_right(Args([b"", b"Left"]))
    assert not left_or_right(Args([b"", b"right"]))
    with pytest.raises(CommandError):
        left_or_right(Args([b"", b"up"]))
    assert count_of(Args([b"", b"count", b"7"])) == 7
    assert count_of(Args([b""])) == 1
    with pytest.raises(CommandError):
        count_of(Args([b"", b"count"]))
