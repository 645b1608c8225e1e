"""Logs cut off, damaged and left in a rewrite, in some places: `tests.endurance` has them all.

What a server does with a log whose tail is cut off is in `tests/persistence/test_aof_load.py`.
"""

from __future__ import annotations

import shutil

import pytest

from tests.endurance.logs import (
    BASE_SIZE,
    agrees_with_redis,
    any_byte_changed,
    base_damaged,
    busy_log,
    cut_anywhere,
    cut_at_every_step,
)

SHORT = busy_log(seed=1, size=283)


@pytest.mark.parametrize("seed", range(3))
def test_cut_off_at_any_byte_what_is_whole_is_loaded(seed: int) -> None:
    bounds = busy_log(seed, 283)
    assert cut_anywhere(bounds, range(len(bounds.data) + 1)) > 200


def test_the_logs_have_all_that_makes_cutting_hard() -> None:
    data = busy_log(seed=1, size=5_000).data
    for part in (b"MULTI", b"XADD", b"\r\n*1\r\n$4\r\nEXEC\r\n", b"SELECT\r\n$1\r\n2"):
        assert part in data


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not on PATH")
@pytest.mark.parametrize("part", range(1, 6))
def test_a_real_server_loads_the_same(part: int) -> None:
    offset = len(SHORT.data) * part // 5 - part
    assert agrees_with_redis(SHORT, offset)


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not on PATH")
def test_of_a_transaction_it_leaves_the_beginning_and_we_do_not() -> None:
    bounds = busy_log(seed=1, size=1_000)
    offset = bounds.data.index(b"RPUSH")
    assert bounds.left_by_redis(offset) > bounds.at(offset)
    assert agrees_with_redis(bounds, offset)


def test_with_any_byte_changed_it_is_refused_or_loaded_and_nothing_else() -> None:
    told, taken = any_byte_changed(SHORT, range(len(SHORT.data)))
    assert told > taken, "most bytes of small commands are framing"


@pytest.mark.parametrize("preamble", [True, False])
@pytest.mark.parametrize("power", [True, False])
def test_at_whatever_step_of_a_rewrite_it_ends_nothing_is_lost(preamble: bool, power: bool) -> None:
    assert cut_at_every_step(1, preamble=preamble, power=power) > 30


def test_a_damaged_base_is_refused_and_nothing_is_touched() -> None:
    assert base_damaged(range(1, BASE_SIZE, 7)) == ""
