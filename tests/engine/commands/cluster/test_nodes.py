"""CLUSTER and nodes: what is asked of a node, and in which words it may not be asked."""

from __future__ import annotations

from typing import Any

import pytest

from redlearn.cluster_errors import OUT_OF_REACH
from redlearn.resp.reply import OK, Status
from tests.conftest import Redis
from tests.engine.commands.said import refused
from tests.engine.sketch import join


@pytest.mark.parametrize(
    ("line", "act"),
    [
        ("CLUSTER MEET 127.0.0.1 7002", ("meet", b"127.0.0.1", 7002, 17002)),
        ("CLUSTER MEET 127.0.0.1 7002 7003", ("meet", b"127.0.0.1", 7002, 7003)),
        ("CLUSTER FORGET bb", ("forget", b"bb")),
        ("CLUSTER REPLICATE bb", ("replicate", b"bb")),
        ("CLUSTER FAILOVER", ("failover", "")),
        ("CLUSTER FAILOVER force", ("failover", "force")),
        ("CLUSTER FAILOVER TAKEOVER", ("failover", "takeover")),
        ("CLUSTER RESET", ("reset", False)),
        ("CLUSTER RESET soft", ("reset", False)),
        ("CLUSTER RESET HARD", ("reset", True)),
        ("CLUSTER SET-CONFIG-EPOCH 5", ("set_config_epoch", 5)),
        ("CLUSTER SAVECONFIG", ("save_now",)),
    ],
)
def test_an_act_is_handed_to_the_node(redis: Redis, line: str, act: tuple[Any, ...]) -> None:
    sketch = join(redis)
    assert redis(line) == OK
    assert sketch.asked == [act]


def test_bumpepoch_says_whether_that_was_needed(redis: Redis) -> None:
    join(redis)
    assert redis("CLUSTER BUMPEPOCH") == Status("BUMPED 7")
    assert redis("CLUSTER BUMPEPOCH") == Status("STILL 7")


TOO_MANY = "ERR unknown subcommand or wrong number of arguments for '{}'. Try CLUSTER HELP."


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("CLUSTER MEET h x", "ERR Invalid base port specified: x"),
        ("CLUSTER MEET h 1 x", "ERR Invalid bus port specified: x"),
        ("CLUSTER MEET h 1 2 3", TOO_MANY.format("MEET")),
        ("CLUSTER FAILOVER now", "ERR syntax error"),
        ("CLUSTER FAILOVER force takeover", TOO_MANY.format("FAILOVER")),
        ("CLUSTER RESET now", "ERR syntax error"),
        ("CLUSTER RESET hard soft", TOO_MANY.format("RESET")),
        ("CLUSTER SET-CONFIG-EPOCH -1", "ERR Invalid config epoch specified: -1"),
        ("CLUSTER SET-CONFIG-EPOCH x", "ERR value is not an integer or out of range"),
        ("CLUSTER FORGET", "ERR wrong number of arguments for 'cluster|forget' command"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused_and_nothing_done(
    redis: Redis, line: str, text: str
) -> None:
    sketch = join(redis)
    assert refused(redis, line) == text
    assert sketch.asked == []


def test_in_a_classroom_a_node_meets_nobody_elsewhere(redis: Redis) -> None:
    sketch = join(redis)
    redis.engine.state.config.set("classroom-mode", True)
    redis.engine.state.config.set("classroom-allow", "10.0.0.6")
    assert refused(redis, "CLUSTER MEET 10.0.0.5 7002") == OUT_OF_REACH.format("10.0.0.5")
    assert sketch.asked == []
    assert redis("CLUSTER MEET 10.0.0.6 7002") == OK
    assert redis("CLUSTER MEET 127.0.0.1 7002") == OK
