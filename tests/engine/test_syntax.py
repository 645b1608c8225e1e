from __future__ import annotations

import doctest

import pytest

from redlearn.engine import syntax
from redlearn.engine.notation import NotationError, render
from redlearn.engine.syntax import Syntax, of
from tests.facts import argument_tree, command_facts


def test_the_same_line_is_read_once() -> None:
    assert of("key value") is of("key value")


def test_nothing_is_read_before_it_is_asked_for() -> None:
    broken = Syntax("key [value")
    with pytest.raises(NotationError):
        _ = broken.arguments


def test_a_line_gives_tree_display_and_matches() -> None:
    line = of("key [NX | XX]@3.0.2 score member [score member ...]")
    assert [argument.name for argument in line.arguments] == ["key", "condition", "data"]
    assert line.display == "key [NX | XX] score member [score member ...]"
    assert line.match([b"k", b"NX", b"1"]).expected[0].argument.name == "member"


def test_flags_are_called_as_command_docs_calls_them() -> None:
    [_, prefix] = of("status [PREFIX prefix [PREFIX prefix ...]]").arguments
    assert prefix.flags == ("optional", "multiple", "multiple_token")


# Where a server's own arity and arguments disagree: how many arguments the line needs.
ODD = {
    "client|kill": 0,  # every filter is marked optional, yet one must be there
    "cluster|migrateslots": 5,  # takes any number, and complains later
    "cluster|migration": 1,  # STATUS needs no more, the others do
    "debug": 0,  # a server tells nothing of its arguments
    "hotkeys|start": 2,  # checked by hand, not by arity
}

# A container takes a subcommand, which its line leaves out.
SINGLE = [name for name, facts in command_facts().items() if "subcommands" not in facts]


@pytest.mark.parametrize("name", SINGLE)
def test_a_line_needs_as_many_arguments_as_the_arity_says(name: str) -> None:
    facts = command_facts()[name]
    least = of(render(argument_tree(facts["arguments"]))).least
    assert least == ODD.get(name, abs(facts["arity"]) - len(name.split("|")))


def test_the_example_of_the_module_runs() -> None:
    assert doctest.testmod(syntax).failed == 0
