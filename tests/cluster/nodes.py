"""Simulated clusters, ready to be disturbed."""

from __future__ import annotations

from typing import Any

from redlearn.cluster.formation import Shape, acquaint, add_nodes, agreed
from redlearn.cluster.network import Conditions
from redlearn.cluster.node import ClusterNode
from redlearn.cluster.simulator import Simulator
from redlearn.timeline.snapshot import Freezer


class NeverBack:
    """What a host must have beside `hear`, of one whose life nobody winds back."""

    def cron(self) -> None:
        pass

    def settle(self) -> None:
        pass

    def freeze(self) -> tuple[Any, ...]:
        raise AssertionError("nobody winds this life back")

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        raise AssertionError("it cannot have been frozen")


def cluster(
    seed: int = 1, primaries: int = 3, replicas: int = 1, timeout_ms: int = 2_000,
    conditions: Conditions | None = None, settle_ms: int = 3_000, **settings: str,
) -> Simulator:  # fmt: skip
    """A cluster that has found together: 7001 ... are its primaries, then come replicas."""
    named = {name.replace("_", "-"): value for name, value in settings.items()}
    shape = Shape(primaries, replicas, timeout_ms, settings=named)
    simulator = Simulator(seed, conditions)
    add_nodes(simulator, shape, Freezer)
    acquaint(simulator, shape)
    simulator.run_until(settle_ms)
    return simulator


def node(simulator: Simulator, name: int | str) -> ClusterNode:
    found: Any = simulator.member(str(name)).node
    return found  # type: ignore[no-any-return]


def until_agreed(simulator: Simulator, most_ms: int = 60_000) -> int:
    """Go on until all nodes see the same; how many milliseconds that took."""
    begin = simulator.now_ms
    while not agreed(simulator):
        assert simulator.now_ms - begin < most_ms, f"seed {simulator.seed}: no agreement"
        simulator.run_until(simulator.now_ms + 10)
    return simulator.now_ms - begin
