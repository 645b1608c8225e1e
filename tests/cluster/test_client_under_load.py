"""Smart clients do not notice that slots move; `endurance` runs 200 such lives."""

from __future__ import annotations

import pytest

from redlearn.cluster.port import NodePort
from redlearn.engine.ports import Route
from tests.cluster.under_load import under_load

LIVES = range(1000, 1010)


@pytest.mark.parametrize("seed", LIVES)
def test_no_command_fails_no_write_is_lost_and_nothing_old_is_read(seed: int) -> None:
    measured = under_load(seed)
    assert measured["moved"] > 0
    assert measured["ask"] > 0


def test_a_source_that_serves_what_it_has_no_more_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(port: NodePort, slot: int) -> Route:
        return route(port, slot)._replace(leaving_for=None)

    route = NodePort.route
    monkeypatch.setattr(NodePort, "route", forgetful)
    # a read of nothing, or a key that was made anew and is at both ends when it comes to be moved
    with pytest.raises(AssertionError, match=r"gave|DEBUG"):
        for seed in LIVES:
            under_load(seed)


def test_a_client_that_does_not_try_again_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redlearn.cluster.client.MOST_TRIES", 0)
    with pytest.raises(AssertionError, match="TRYAGAIN"):
        for seed in LIVES:
            under_load(seed)
