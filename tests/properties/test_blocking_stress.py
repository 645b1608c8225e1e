"""All ways to wait, by a thousand clients at once. The long form: `blocking_stress.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from redlearn.engine import blocking
from redlearn.engine.client import Client
from redlearn.engine.keyspace import Database
from redlearn.engine.state import State
from tests.properties.blocking_stress import round_of

EVERYTHING = {
    "BLPOP", "BRPOP", "BLMPOP", "BLMOVE", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "XREAD", "XREADGROUP",
    "MULTI", "kill", "unblock", "timeout", "push",
}  # fmt: skip


@pytest.mark.parametrize("rounds", [3, pytest.param(50, marks=pytest.mark.long)])
def test_each_element_goes_to_one_client_and_none_is_passed_over(rounds: int) -> None:
    met: Counter[str] = Counter()
    for seed in range(rounds):
        met += round_of(seed)
    assert set(met) == EVERYTHING
    assert met["push"] == 1000 * rounds
    assert met["kill"] > 50 * rounds and met["timeout"] > 100 * rounds


plants = pytest.mark.skipif(
    not blocking.__file__.endswith(".py"),
    reason="compiled code calls its own functions, whatever stands in their place",
)


def turned(candidates: Callable[[State, Database, bytes], list[Client]]) -> object:
    return lambda *what: list(reversed(list(candidates(*what))))


@plants
def test_who_serves_the_last_first_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "candidates", turned(blocking.candidates))
    with pytest.raises(AssertionError, match="passed over"):
        round_of(0, clients=100, pushes=100)


@plants
def test_who_writes_to_the_dead_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocking, "leave", lambda state, client: None)
    with pytest.raises((AssertionError, KeyError)):
        round_of(0, clients=100, pushes=200)
