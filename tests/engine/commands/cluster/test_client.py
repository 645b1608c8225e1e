"""READONLY READWRITE ASKING. What follows from them is in `test_routing.py`."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import OK
from tests.conftest import Redis
from tests.engine.commands.said import refused
from tests.engine.sketch import join


@pytest.mark.parametrize("word", ["READONLY", "READWRITE", "ASKING"])
def test_outside_of_a_cluster_they_mean_nothing(redis: Redis, word: str) -> None:
    assert refused(redis, word) == "ERR This instance has cluster support disabled"


def test_readonly_lasts_until_readwrite(redis: Redis) -> None:
    join(redis)
    assert redis("READONLY") == OK
    assert redis.client.read_only
    assert redis("READWRITE") == OK
    assert not redis.client.read_only


def test_asking_lasts_for_a_command(redis: Redis) -> None:
    join(redis)
    assert redis("ASKING") == OK
    assert redis.client.asking
    redis("PING")
    assert not redis.client.asking
