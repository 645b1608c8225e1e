"""Jobs for a runner, without an engine."""

from __future__ import annotations

from redlearn.engine.ports import ScriptRunner
from redlearn.engine.scripting import Job


def begin(runner: ScriptRunner, source: str, seed: int = 0) -> bytes:
    """The first message of a script."""
    return runner.begin(Job("eval", source.encode(), b"name").encode(seed))
