"""Those who take more than they may are cut off, and nobody else notices."""

from __future__ import annotations

import pytest

from redlearn.engine.config import POLICIES
from redlearn.errors import OUT_OF_MEMORY
from tests.endurance.hunger import (
    ALLOWED_KIB,
    KIB,
    MIB,
    flooded,
    kib_of_a_claim,
    one_too_many,
    query_too_large,
    slow_reader,
    stranger,
)


def test_announcing_gigabytes_costs_the_server_nothing() -> None:
    assert kib_of_a_claim(200) <= 64


def test_a_command_that_grows_beyond_the_query_buffer_ends_its_connection() -> None:
    taken = query_too_large(MIB)
    assert MIB < taken < 8 * MIB  # what the kernel had taken counts too


def test_whoever_reads_nothing_is_cut_off_at_the_hard_limit_in_mid_pipeline() -> None:
    seen = slow_reader("1mb 0 0", pipeline=2_000, value=100 * KIB)
    assert seen.seconds < 5
    assert seen.kib < 16 * KIB  # 200 MB were asked for


def test_whoever_stays_behind_the_soft_limit_is_cut_off_after_its_time() -> None:
    seen = slow_reader("0 256kb 1", pipeline=80, value=100 * KIB)
    assert 1 <= seen.seconds < 4


def test_a_stranger_may_ask_for_little() -> None:
    assert stranger()


def test_one_client_too_many_is_told_so_and_the_others_are_served_on() -> None:
    told, good = one_too_many(20)
    assert told == [b"-ERR max number of clients reached\r\n"] * 5
    assert good


@pytest.mark.parametrize("policy", POLICIES)
def test_a_flood_is_kept_within_maxmemory_or_refused(policy: str) -> None:
    limit = 2 * MIB
    seen = flooded(policy, limit)
    assert limit // 2 < seen.most <= limit + 8 * KIB  # and the last command
    assert seen.kib <= 3 * limit // KIB + ALLOWED_KIB
    # Keys that do not expire are half of all, and more than there is room for.
    assert seen.told == (set() if policy.startswith("allkeys") else {OUT_OF_MEMORY})
    assert seen.kept > 300
