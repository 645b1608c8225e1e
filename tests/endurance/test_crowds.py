"""Many clients at once: nothing is lost, nothing comes twice, nobody is passed over."""

from __future__ import annotations

from random import Random

import pytest

from tests.clients.served import Served
from tests.endurance.crowds import (
    Flood,
    flood,
    killed_in_the_middle,
    killed_while_served,
    served_in_turn,
)


@pytest.mark.parametrize("seed", range(2))
def test_who_waits_is_served_in_turn(served: Served, seed: int) -> None:
    served_in_turn(served, 100, seed)


@pytest.mark.parametrize("seed", range(2))
def test_what_is_pushed_for_somebody_killed_is_not_lost(served: Served, seed: int) -> None:
    killed_while_served(served, 40, seed)


def test_one_stalled_listener_of_many_is_cut_off_and_the_others_miss_nothing() -> None:
    assert flood(listeners=10, messages=5_000) == Flood(complete=10, cut_off=True)


def test_a_process_that_is_killed_leaves_nothing_behind(served: Served) -> None:
    killed_in_the_middle(served, 10)


def test_any_bytes_go_through_every_type_and_come_back(served: Served) -> None:
    rng = Random(1)
    blobs = [bytes((byte,)) for byte in range(256)] + [rng.randbytes(20) for _ in range(100)]
    with served.connect() as client, served.connect() as other:
        for blob in blobs:
            client.run(b"FLUSHALL")
            answers = client.pipeline([
                [b"SET", blob, blob], [b"GET", blob], [b"DEL", blob],
                [b"RPUSH", blob, blob], [b"LPOP", blob],
                [b"HSET", blob, blob, blob], [b"HGETALL", blob], [b"DEL", blob],
                [b"SADD", blob, blob], [b"SPOP", blob],
                [b"ZADD", blob, b"1", blob], [b"ZPOPMIN", blob],
                [b"XADD", blob, b"1-1", blob, blob], [b"XRANGE", blob, b"-", b"+"],
                [b"KEYS", b"*"],
            ])  # fmt: skip
            assert answers[1] == answers[4] == answers[9] == blob
            assert answers[6] == [blob, blob] and answers[11] == [blob, b"1"]
            assert answers[13] == [[b"1-1", [blob, blob]]] and answers[14] == [blob]
            assert other.run(b"SUBSCRIBE", blob)[1] == blob
            assert client.run(b"PUBLISH", blob, blob) == 1
            assert other.reply() == [b"message", blob, blob]
            other.run(b"UNSUBSCRIBE", blob)
