"""The memory of an engine: where a setting goes, and when it has to pay attention."""

from __future__ import annotations

import pytest

from redlearn.engine.config import parameter
from redlearn.engine.state import State
from redlearn.probe import Probe
from tests.conftest import Redis


def new_state(databases: int = 16) -> State:
    return State(seed=1, databases=databases, probe=Probe(), now_ms=5)


def test_a_new_engine_remembers_nothing() -> None:
    state = new_state(4)
    assert [len(db) for db in state.databases] == [0, 0, 0, 0]
    assert [db.index for db in state.databases] == [0, 1, 2, 3]
    assert state.config.number("databases") == 4
    assert (state.dirty, state.effects, state.sinks, state.clients) == (0, [], [], {})
    assert not state.attentive


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("hash-max-listpack-entries", "hash_max_listpack_entries"),
        ("hash-max-ziplist-value", "hash_max_listpack_value"),
        ("zset-max-listpack-entries", "zset_max_listpack_entries"),
        ("zset-max-listpack-value", "zset_max_listpack_value"),
    ],
)
def test_a_threshold_is_carried_to_where_values_look(name: str, attribute: str) -> None:
    state = new_state()
    row = parameter(name)
    assert row is not None
    state.configure(row, 7)
    assert getattr(state.kit, attribute) == 7
    assert state.config.number(row.name) == 7


def test_a_setting_that_values_do_not_know_stays_in_the_table() -> None:
    state = new_state()
    row = parameter("hz")
    assert row is not None
    state.configure(row, 50)
    assert state.config.number("hz") == 50
    assert not hasattr(state.kit, "hz")


def test_attention_is_paid_while_somebody_wants_to_know(redis: Redis) -> None:
    state = redis.engine.state
    assert not state.attentive
    redis("WATCH k")
    assert state.attentive
    redis("UNWATCH")
    assert not state.attentive
    redis("CONFIG SET notify-keyspace-events Kx")
    assert state.attentive
    redis("CONFIG SET notify-keyspace-events ''")
    assert not state.attentive
    redis.engine.watch(lambda event: None)
    assert state.attentive
    redis.engine.watch(None)
    assert not state.attentive


def test_attention_lasts_as_long_as_the_last_watcher(redis: Redis) -> None:
    other = redis.connect()
    redis("WATCH a b")
    other("WATCH a")
    redis("UNWATCH")
    assert redis.engine.state.attentive
    redis.engine.disconnect(other.client)
    assert not redis.engine.state.attentive


def test_databases_are_observed_for_a_probe_or_a_snapshot(redis: Redis) -> None:
    state = redis.engine.state
    first, second, *_ = state.databases
    first.touched = set()
    state.pay_attention()
    assert (first.observed, second.observed) == (True, False)
    redis.engine.watch(lambda event: None)
    assert second.observed
