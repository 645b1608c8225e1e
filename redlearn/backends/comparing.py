"""`redlearn check --on`: lessons held against a real server, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from redlearn.backends.real import RealServer
from redlearn.lessons.compare import compare, is_meant_for
from redlearn.lessons.known import reason
from redlearn.lessons.model import Act, Clock, Command, Lesson, Wait
from redlearn.lessons.player import acts_of
from redlearn.lessons.source import Problem


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a server says of a lesson.

    Attributes:
        skipped: Why it was not asked, or "".
        differences: Where it says otherwise.
        known: Where it says otherwise and there is a reason, with the reason.
    """

    skipped: str = ""
    differences: tuple[Problem, ...] = ()
    known: tuple[tuple[Problem, str], ...] = ()


def hold(lesson: Lesson, real: RealServer) -> Outcome:
    """Play a lesson on a server and hear what it says. The server is empty afterwards."""
    if skipped := unfit(lesson, real):
        return Outcome(skipped)
    file = Path(lesson.file).name
    real.configure(lesson.engine.config)
    try:
        found = compare(lesson, real.run, real.let_pass)
    finally:
        real.tidy()
    reasons = [(each, reason(file, real.name, each.message)) for each in found]
    differences = tuple(each for each, why in reasons if not why)
    return Outcome("", differences, tuple(each for each in reasons if each[1]))


def unfit(lesson: Lesson, real: RealServer) -> str:
    """Why a lesson cannot be held against a server, or ""."""
    if not lesson.real:
        return "it names no server that it is true of"
    if not is_meant_for(lesson, real.version):
        return f"it is true of {lesson.real}, and this is {real.title}"
    if not real.has_node and any(map(is_of_cluster, _acts(lesson))):
        return "its CLUSTER commands want a second --on, of a server in cluster mode"
    items = (item for step in lesson.steps for item in step.items)
    waits = any(isinstance(act, Wait) for act in _acts(lesson))
    if not real.lets_wait and (waits or any(isinstance(item, Clock) for item in items)):
        return "time passes in it, and the server allows no DEBUG (--enable-debug-command local)"
    return ""


def is_of_cluster(act: Act) -> bool:
    """Whether an act is a command for the server in cluster mode."""
    return isinstance(act, Command) and act.argv[0].upper() == b"CLUSTER"


def _acts(lesson: Lesson) -> Iterator[Act]:
    for step in lesson.steps:
        yield from acts_of(step)
