"""Ports: what is handed in fits."""

from __future__ import annotations

from redlearn.engine.ports import ScriptRunner
from redlearn.lua.runner import Remembering, WorkerRunner


def test_both_runners_are_what_the_engine_asks_for() -> None:
    worker: ScriptRunner = WorkerRunner()
    memory: ScriptRunner = Remembering(WorkerRunner())
    for runner in (worker, memory):
        assert all(callable(getattr(runner, name)) for name in ("begin", "go_on", "kill"))
