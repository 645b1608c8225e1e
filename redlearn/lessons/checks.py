"""Checks: is a task done, and is an answer right?

A check looks at the state and at what happened, never at what was typed, so any right way
passes. Everything is evaluated on a fork: looking at a task's outcome must not change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from redlearn.lessons.acts import asked
from redlearn.lessons.facets import Value, value_of
from redlearn.lessons.look import look, matching
from redlearn.lessons.model import Act, Check, Command, Expect, Predict, TomlValue
from redlearn.lessons.path import ProbeError, is_command
from redlearn.lessons.ports import Ran, Runner
from redlearn.probe import Event
from redlearn.resp.double import format_double
from redlearn.resp.reply import BigNumber, Failure, NullArray, Pairs, Reply, Status, Verbatim
from redlearn.resp.text import format_reply

NIL = "(nil)"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one expectation holds, and a sentence for the learner when it does not."""

    expect: Expect
    passed: bool
    says: str = ""


def judge(check: Check, runner: Runner, events: Sequence[Event] = ()) -> tuple[Verdict, ...]:
    """Hold every expectation of `check` against a fork of `runner`.

    Args:
        events: What happened since the step began.
    """
    return tuple(_judge_one(expect, runner.fork(), events) for expect in check.expects)


def passed(verdicts: Sequence[Verdict]) -> bool:
    """Whether everything expected holds; no verdicts are no success."""
    return bool(verdicts) and all(verdict.passed for verdict in verdicts)


def answer(predict: Predict, runner: Runner) -> str:
    """The right answer to a question, found by running on a fork.

    Raises:
        ProbeError: If the probe finds nothing to answer with.
    """
    fork = runner.fork()
    if predict.run is not None:
        perform(predict.run, fork)
    return find_out(predict.probe, fork)


def find_out(probe: str, runner: Runner) -> str:
    """What a probe says, as an option would write it. May change `runner`: give it a fork."""
    if is_command(probe):
        client, argv = asked(probe)
        replies = runner.run(argv, client).replies
        return reply_text(replies[-1]) if replies else ""
    return value_of(look(probe, runner))


def right_option(predict: Predict, runner: Runner) -> int | None:
    """The index of the option that is right, or None when none of them is (any more)."""
    try:
        found = answer(predict, runner)
    except ProbeError:
        return None
    values = [option.value for option in predict.options]
    return values.index(found) if found in values else None


def perform(act: Act, runner: Runner) -> Ran:
    """Do one act of a lesson."""
    if isinstance(act, Command):
        return runner.run(act.argv, act.client)
    return Ran((), runner.advance(act.ms))


def reply_text(reply: Reply) -> str:
    """A reply as the text of an option: no quotes, no type, (nil) for none.

    >>> reply_text(b"listpack"), reply_text(3), reply_text(None)
    ('listpack', '3', '(nil)')
    """
    match reply:
        case None | NullArray():
            return NIL
        case bool() | int():
            return str(int(reply))
        case float():
            return format_double(reply).decode()
        case bytes():
            return value_of(reply)
        case Status(text=text) | Failure(text=text):
            return text
        case Verbatim(data=data):
            return value_of(data)
        case BigNumber(value=value):
            return str(value)
    return " ".join(reply_text(each) for each in _flat(reply))


def same(reply: Reply, wanted: TomlValue) -> bool:
    """Whether a reply is what a lesson expects, written in TOML.

    Strings stand for bulk strings, statuses and doubles alike, as redis-cli prints no
    difference worth a learner's time; "(nil)" stands for no value; a table may stand for a
    flat list of fields and values; false and true are 0 and 1.
    """
    if isinstance(wanted, list):
        items = _flat(reply) if _is_many(reply) else None
        return items is not None and len(items) == len(wanted) and all(map(same, items, wanted))
    if isinstance(wanted, dict):
        items = _flat(reply) if _is_many(reply) else []
        fields = {reply_text(items[at]): items[at + 1] for at in range(0, len(items) - 1, 2)}
        return len(items) == 2 * len(wanted) and all(
            name in fields and same(fields[name], value) for name, value in wanted.items()
        )
    if _is_many(reply) or isinstance(reply, Failure):
        return False
    if isinstance(wanted, bool):
        return isinstance(reply, int) and bool(reply) == wanted
    if isinstance(wanted, int | float):
        return isinstance(reply, int | float) and reply == wanted
    return reply_text(reply) == wanted


def _is_many(reply: Reply) -> bool:
    return isinstance(reply, list | dict)


def _flat(reply: Reply) -> list[Reply]:
    """The elements of a list; pairs and maps are laid out flat, as RESP2 does."""
    if isinstance(reply, Pairs):
        return [part for pair in reply for part in pair]
    if isinstance(reply, dict):
        return [part for pair in reply.items() for part in pair]
    return list(cast("list[Reply]", reply))


def _judge_one(expect: Expect, fork: Runner, events: Sequence[Event]) -> Verdict:
    if expect.cmd is not None:
        holds, instead = _cmd_holds(expect, expect.cmd, fork)
    elif expect.probe:
        holds, instead = _probe_holds(expect, fork)
    else:
        holds, instead = _event_holds(expect, events)
    return Verdict(expect, holds, "" if holds else expect.says or instead)


def _cmd_holds(expect: Expect, command: Command, fork: Runner) -> tuple[bool, str]:
    replies = fork.run(command.argv, command.client).replies
    reply = replies[-1] if replies else None
    if expect.error:
        holds = isinstance(reply, Failure) and reply.text.startswith(expect.error)
    else:
        holds = same(reply, expect.reply)
    shown = " ".join(line.strip() for line in format_reply(reply).splitlines())
    return holds, f"`{command.text}` should say {wanted_text(expect)}, and says {shown}"


def _probe_holds(expect: Expect, fork: Runner) -> tuple[bool, str]:
    if is_command(expect.probe):
        client, argv = asked(expect.probe)
        replies = fork.run(argv, client).replies
        holds, found = same(replies[-1], expect.reply), reply_text(replies[-1])
    else:
        try:
            value = look(expect.probe, fork)
        except ProbeError as error:
            return False, f"`{expect.probe}`: {error}"
        holds, found = _value_is(value, expect.reply), value_of(value)
    return holds, f"`{expect.probe}` should be {wanted_text(expect)}, and is {found}"


def _value_is(value: Value, wanted: TomlValue) -> bool:
    if isinstance(wanted, list) and isinstance(value, tuple):
        return len(value) == len(wanted) and all(map(_value_is, value, wanted))
    if isinstance(wanted, bool) or isinstance(value, bool):
        return value is wanted
    return value == wanted


def _event_holds(expect: Expect, events: Sequence[Event]) -> tuple[bool, str]:
    try:
        count = len(matching(events, expect.event, expect.where))
    except ProbeError as error:
        return False, str(error)
    holds = count > 0 if expect.times is None else count == expect.times
    often = "at least once" if expect.times is None else f"{expect.times} times"
    return holds, f"'{expect.event}' should happen {often}, and did {count} times"


def claim(expect: Expect) -> str:
    """What an expectation says when it holds: its own words, or `TTL k` says 100."""
    if expect.done:
        return expect.done
    if expect.cmd is not None:
        return f"{expect.cmd.text} says {wanted_text(expect)}"
    if expect.probe:
        verb = "says" if is_command(expect.probe) else "is"
        return f"{expect.probe} {verb} {wanted_text(expect)}"
    return f"{expect.event} happened" + ("" if expect.times is None else f" {expect.times} times")


def wanted_text(expect: Expect) -> str:
    """What is expected, for people."""
    if expect.error:
        return f"(error) {expect.error}"
    return _toml_text(expect.reply)


def _toml_text(value: TomlValue) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(map(_toml_text, value)) if value else "nothing"
        case dict():
            return ", ".join(f"{name} {_toml_text(each)}" for name, each in value.items())
    return str(value)
