"""`redlearn check --on`: does a real server say what a lesson says it says?

Only what a server can be asked is compared: transcripts, commands that must not fail, and the
commands a task's check runs after the solution. What is inside, and what events there were,
only our own engine shows (`prove.py`).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from redlearn.lessons.checks import same
from redlearn.lessons.deeds import is_deed
from redlearn.lessons.model import (
    Act,
    Clock,
    Command,
    Commands,
    Exchange,
    Expect,
    Item,
    Lesson,
    Script,
    Solution,
    Transcript,
    Wait,
)
from redlearn.lessons.ports import Ran
from redlearn.lessons.prove import mismatch
from redlearn.lessons.source import Problem
from redlearn.probe import Event
from redlearn.resp.reply import Failure

RunThere = Callable[[Command], Ran]
"""Runs a command on the server, as the client that the command names."""

LetPass = Callable[[int], tuple[Event, ...]]
"""Makes the server as if so many milliseconds had passed. What events it gives does not matter."""


def is_meant_for(lesson: Lesson, version: str) -> bool:
    """Whether a lesson says that it is true of a server of this version; `real` is its word.

    Valkey's numbers went on where Redis's stood at 7.2, so theirs compare as they are.

    >>> is_meant_for(Lesson("", "", "", (), real=">=7.2"), "7.0.15")
    False
    >>> is_meant_for(Lesson("", "", "", (), real=">=7.2"), "9.1.2")
    True
    """
    wanted = re.fullmatch(r"([<>=]+)([\d.]+)", lesson.real)
    if wanted is None:
        return False
    least = _numbers(wanted[2])
    return _HOLDS[wanted[1]](_numbers(version)[: len(least)], least)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


_HOLDS: Final[dict[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, ">": operator.gt, "<": operator.lt,
}  # fmt: skip


def compare(lesson: Lesson, run: RunThere, let_pass: LetPass) -> list[Problem]:
    """Every difference between a lesson and a server that starts empty, configured for it."""
    problems: list[Problem] = []
    for step in lesson.steps:
        for act in step.setup:
            problems.extend(_do(act, run, let_pass))
        for item in _solution_last(step.items):
            problems.extend(_item(item, run, let_pass))
        for expect in step.check.expects if step.check else ():
            problems.extend(_expect(expect, run))
    return problems


def _solution_last(items: Sequence[Item]) -> Iterator[Item]:
    """Items in reading order, but the solution after all that is read."""
    solution = next((item for item in items if isinstance(item, Solution)), None)
    for item in items:
        if item is not solution:
            yield item
    if solution is not None:
        yield solution


def _item(item: Item, run: RunThere, let_pass: LetPass) -> Iterator[Problem]:
    match item:
        case Commands() | Script() | Solution():
            for act in item.acts:
                yield from _do(act, run, let_pass)
        case Transcript():
            for exchange in item.exchanges:
                yield from _exchange(exchange, run, let_pass)
        case Clock(_, ms):
            let_pass(ms)


def _do(act: Act, run: RunThere, let_pass: LetPass) -> Iterator[Problem]:
    if isinstance(act, Wait):
        let_pass(act.ms)
        return
    if is_deed(act.argv):
        return  # a real server is not killed
    for reply in run(act).replies:
        if isinstance(reply, Failure):
            yield Problem(act.place, f"`{act.text}` fails: {reply.text}")


def _exchange(exchange: Exchange, run: RunThere, let_pass: LetPass) -> Iterator[Problem]:
    act = exchange.act
    if isinstance(act, Wait):
        let_pass(act.ms)
    elif wrong := mismatch(exchange, run(act)):
        yield Problem(act.place, wrong)


def _expect(expect: Expect, run: RunThere) -> Iterator[Problem]:
    if expect.cmd is None:
        return
    replies = run(expect.cmd).replies
    reply = replies[-1] if replies else None
    if expect.error:
        holds = isinstance(reply, Failure) and reply.text.startswith(expect.error)
    else:
        holds = same(reply, expect.reply)
    if not holds:
        yield Problem(expect.place, f"after the solution, `{expect.cmd.text}` says otherwise")
