"""Clocks that are set: what has ids, ends or is due goes on, and nothing goes round in circles."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import OK
from tests.endurance.clocks import unsettled
from tests.persistence.stored import BEGIN_MS, Stored

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


def id_of(reply: object) -> tuple[int, int]:
    assert isinstance(reply, bytes)
    ms, _, number = reply.partition(b"-")
    return int(ms), int(number)


@pytest.mark.parametrize("put_ms", [-HOUR_MS, DAY_MS, -1, 0])
def test_ids_of_a_stream_grow_over_a_restart_and_a_clock_that_is_set(put_ms: int) -> None:
    stored = Stored(appendonly="yes", appendfsync="always")
    ids = [id_of(stored("XADD x * f v")) for _ in range(3)]
    stored.clock.ms += put_ms
    ids += [id_of(stored("XADD x * f v")) for _ in range(3)]
    stored.crash()
    ids += [id_of(stored("XADD x * f v")) for _ in range(3)]
    assert ids == sorted(set(ids))
    assert stored("XLEN x") == 9


@pytest.mark.parametrize("put_ms", [-HOUR_MS, -500, 500, DAY_MS])
def test_what_is_to_end_has_its_time_or_is_gone(put_ms: int) -> None:
    stored = Stored(appendonly="yes", appendfsync="always")
    stored("SET k v PX 10000")
    stored("HSET h f v")
    stored("HPEXPIRE h 10000 FIELDS 1 f")
    stored.clock.ms += put_ms
    if put_ms < 10_000:
        assert stored("PTTL k") == 10_000 - put_ms
        assert stored("HPTTL h FIELDS 1 f") == [10_000 - put_ms]
        idle = stored("OBJECT IDLETIME k")  # goes round, as a real server's clock of 24 bits does
        assert isinstance(idle, int)
        assert idle >= 0
    stored.pass_ms(1000)
    stored.crash()
    assert (stored("GET k") is None) == (put_ms >= 10_000)
    assert stored("PTTL k") == (-2 if put_ms >= 10_000 else BEGIN_MS + 10_000 - stored.clock.ms)


@pytest.mark.parametrize("put_ms", [-HOUR_MS, DAY_MS])
def test_save_points_and_rewrites_go_on_and_do_not_pile_up(put_ms: int) -> None:
    stored = Stored(appendonly="yes", save="5 1", auto_aof_rewrite_min_size="1kb")
    stored("SET k v")
    stored.pass_ms(6000)
    stored.clock.ms += put_ms
    saves = stored.known.saves
    for _ in range(100):
        stored("INCR n")
        stored.pass_ms(100)
    assert stored.known.saves - saves <= 3
    assert stored.known.rewrites <= 5
    assert stored("SET k w") == OK


def test_a_wait_ends_though_the_clock_was_put_on() -> None:
    stored = Stored()
    stored.engine.execute(stored.client, [b"BLPOP", b"q", b"10"])
    stored.clock.ms += DAY_MS
    stored.engine.tick()
    assert len(stored.client.take()) == 1
    stored.engine.check()


@pytest.mark.parametrize("seed", range(20))
def test_nothing_goes_wrong_while_the_clock_is_set_to_and_fro(seed: int) -> None:
    assert unsettled(seed) == ""
