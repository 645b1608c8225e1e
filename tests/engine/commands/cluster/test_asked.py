"""What the words of CLUSTER commands mean."""

from __future__ import annotations

import pytest

from redlearn.engine.commands.cluster.asked import Gathered, cluster_of, slot_in
from redlearn.engine.ports import Route
from redlearn.errors import CommandError
from tests.conftest import Redis
from tests.engine.sketch import THERE, Sketch, join


@pytest.mark.parametrize(("word", "slot"), [(b"0", 0), (b"16383", 16383), (b"42", 42)])
def test_a_slot_is_a_number_below_16384(word: bytes, slot: int) -> None:
    assert slot_in(word) == slot


@pytest.mark.parametrize("word", [b"-1", b"16384", b"", b"x", b" 1", b"1.0", b"9" * 30])
def test_anything_else_is_none(word: bytes) -> None:
    with pytest.raises(CommandError, match="Invalid or out of range slot"):
        slot_in(word)


def test_slots_are_gathered_in_order_each_once() -> None:
    gathered = Gathered(Sketch(Route(None)), assigned=False)
    gathered.take(9)
    gathered.take_range(b"3", b"5")
    assert gathered.slots == [9, 3, 4, 5]
    with pytest.raises(CommandError, match="Slot 9 specified multiple times"):
        gathered.take_range(b"8", b"10")


def test_slots_to_delete_have_to_be_somebodys() -> None:
    gathered = Gathered(Sketch(Route(THERE)), assigned=True)
    gathered.take(1)
    assert gathered.slots == [1]


def test_there_has_to_be_a_cluster(redis: Redis) -> None:
    with pytest.raises(CommandError, match="cluster support disabled"):
        cluster_of(redis.ctx)
    sketch = join(redis)
    assert cluster_of(redis.ctx) is sketch
