"""Ports: what is handed in fits."""

from __future__ import annotations

from redlearn.engine.ports import Cluster, ScriptRunner, Undelivered
from redlearn.lua.runner import Remembering, WorkerRunner
from redlearn.resp.reply import OK
from tests.engine.sketch import SERVED, Sketch


def test_both_runners_are_what_the_engine_asks_for() -> None:
    worker: ScriptRunner = WorkerRunner()
    memory: ScriptRunner = Remembering(WorkerRunner())
    for runner in (worker, memory):
        assert all(callable(getattr(runner, name)) for name in ("begin", "go_on", "kill"))


def test_a_sketch_of_a_cluster_is_one() -> None:
    cluster: Cluster = Sketch(SERVED)
    names = [name for name in vars(Cluster) if not name.startswith("_")]
    assert len(names) > 25
    assert all(hasattr(cluster, name) for name in names)


def test_a_courier_that_lost_its_way_says_where_and_brings_what_it_has() -> None:
    trouble = Undelivered("reading", [OK])
    assert (trouble.stage, trouble.replies) == ("reading", [OK])
    assert Undelivered("connecting").replies == []
