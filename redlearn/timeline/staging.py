"""A line of a scenario as an input: an act at its moment, or something expected.

For what is expected time passes, until it is so or is over. Lines come from `stories.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

from redlearn.cluster.scenario import BadScenario, Expectation, comes_about, in_words, step_of
from redlearn.cluster.simulator import Simulator


def refusal(words: Sequence[str], nodes: list[str]) -> str:
    """Why that is no line of a scenario, as a sentence; "" if it is one."""
    if len(words) != 1:
        return "A scenario is begun by its name; its lines do the rest."
    try:
        step_of(words[0], nodes)
    except BadScenario as error:
        return f"That is no line of a scenario: {error}."
    return ""


def play(line: str, simulator: Simulator, nodes: list[str]) -> str:
    """Let it happen at its moment; what came of it, in a line."""
    step = step_of(line, nodes)
    if isinstance(step, Expectation):
        good = comes_about(simulator, step)
        return f"{_now(simulator)}  {'as expected' if good else 'NOT as expected'}: {step.sentence}"
    at_ms, act = step
    simulator.run_until(max(at_ms, simulator.now_ms))
    try:
        simulator.act(act)
    except ValueError as error:
        return f"{_now(simulator)}  {in_words(line)}: cannot be done, {error}"
    return f"{_now(simulator)}  {in_words(line)}"


def _now(simulator: Simulator) -> str:
    return f"{simulator.now_ms / 1000:7.2f} s"
