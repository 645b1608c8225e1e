from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.engine.notation import Argument, NotationError, parse, render, show
from tests.facts import argument_tree, command_facts

KEY = Argument("key", "key", key_spec_index=0)


def keyword(token: str, name: str = "", **more: Any) -> Argument:
    return Argument(name or token.lower(), "pure-token", token=token, **more)


@pytest.mark.parametrize(
    ("line", "tree"),
    [
        ("", ()),
        ("key value", (KEY, Argument("value", "string"))),
        ("seconds", (Argument("seconds", "integer"),)),
        ("value:integer", (Argument("value", "integer"),)),
        ("key:string", (Argument("key", "string"),)),
        ("key1 key2#0", tuple(Argument(f"key{n}", "key", key_spec_index=0) for n in (1, 2))),
        ("[REV]", (keyword("REV", optional=True),)),
        ("[COUNT count]", (Argument("count", "integer", token="COUNT", optional=True),)),
        ("[CH]@3.0.2", (keyword("CH", "change", optional=True, since="3.0.2"),)),
        ("MASTER@3.2.0", (keyword("MASTER", since="3.2.0"),)),
        (
            "old=ip:port!2.8.12",
            (Argument("old", "string", display_text="ip:port", deprecated_since="2.8.12"),),
        ),
        (
            "[NX | XX]",
            (
                Argument(
                    "condition",
                    "oneof",
                    optional=True,
                    arguments=(keyword("NX"), keyword("XX")),
                ),
            ),
        ),
        (
            "whereto=<LEFT | RIGHT>",
            (Argument("whereto", "oneof", arguments=(keyword("LEFT"), keyword("RIGHT"))),),
        ),
        ("member [member ...]", (Argument("member", "string", multiple=True),)),
        ("[id [id ...]]", (Argument("id", "string", optional=True, multiple=True),)),
        (
            "[WEIGHTS weight [weight ...]]",
            (Argument("weight", "integer", token="WEIGHTS", optional=True, multiple=True),),
        ),
        (
            "[PREFIX prefix [PREFIX prefix ...]]",
            (
                Argument(
                    "prefix",
                    "string",
                    token="PREFIX",
                    optional=True,
                    multiple=True,
                    multiple_token=True,
                ),
            ),
        ),
        (
            "score member [score member ...]",
            (
                Argument(
                    "data",
                    "block",
                    multiple=True,
                    arguments=(Argument("score", "double"), Argument("member", "string")),
                ),
            ),
        ),
        (
            "[LIMIT (offset count)]",
            (
                Argument(
                    "limit",
                    "block",
                    token="LIMIT",
                    optional=True,
                    arguments=(Argument("offset", "integer"), Argument("count", "integer")),
                ),
            ),
        ),
        (
            "[A | B b]...",
            (
                Argument(
                    "options",
                    "oneof",
                    optional=True,
                    multiple=True,
                    arguments=(keyword("A"), Argument("b", "string", token="B")),
                ),
            ),
        ),
        ("node-token=NODE node-id", (keyword("NODE", "node-token"), Argument("node-id", "string"))),
    ],
)
def test_a_line_stands_for_a_tree_and_the_tree_for_the_line(
    line: str, tree: tuple[Argument, ...]
) -> None:
    assert parse(line) == tree
    assert render(tree) == line


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("key start:string stop:string", "key start stop"),
        ("key [condition=<NX | XX>]@6.2.0", "key [NX | XX]"),
        ("key FIELDS (numfields field [field ...])", "key FIELDS numfields field [field ...]"),
        ("args=<host port | NO ONE>", "<host port | NO ONE>"),
        ("[STORE storekey=key | STOREDIST storedistkey=key]", "[STORE key | STOREDIST key]"),
        ('key-selector=<key | "">', '<key | "">'),
        (
            "m=(SLOTS (start-slot end-slot) [start-slot end-slot ...] node)...",
            "(SLOTS start-slot end-slot [start-slot end-slot ...] node)...",
        ),
    ],
)
def test_learners_are_shown_the_line_without_annotations(line: str, shown: str) -> None:
    assert show(parse(line)) == shown


@pytest.mark.parametrize("name", command_facts())
def test_every_command_there_is_can_be_written_as_a_line(name: str) -> None:
    facts = command_facts()[name]
    for each in (facts, *facts.get("variants", {}).values()):
        tree = argument_tree(each.get("arguments", []))
        line = render(tree)
        assert parse(line) == tree, line
        assert render(parse(line)) == line


def test_keys_are_numbered_as_they_come_and_repetitions_do_not_count() -> None:
    line = "destination key [key ...] [BY by-pattern=pattern#2] [STORE newkey]"
    keys = [argument.key_spec_index for argument in parse(line)]
    assert keys == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("key [NX", "']' expected"),
        ("key NX]", "']' closes nothing"),
        ("<NX | XX", "'>' expected"),
        ("(a | b)", "a choice is written <x | y>"),
        ("key [value ...]", "does not repeat what is before it"),
        ("[key ...]", "does not repeat what is before it"),
        ("<>", "empty brackets"),
        ("key | value", "'|' closes nothing"),
        ("key ...", "'...' closes nothing"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_with_the_reason(line: str, reason: str) -> None:
    with pytest.raises(NotationError, match=reason.replace("|", r"\|").replace("]", r"\]")):
        parse(line)


LEXEMES = ["key", "value", "NX", "XX", "[", "]", "<", ">", "(", ")", "|", "...", "a=", "x:double",
           "=", "~", '""', "@1.0.0", "#1", "!2.0", "]...", ">..."]  # fmt: skip


@given(st.lists(st.sampled_from(LEXEMES), max_size=12), st.sampled_from(["", " "]))
def test_any_line_is_either_read_or_refused(lexemes: list[str], between: str) -> None:
    line = between.join(lexemes)
    try:
        tree = parse(line)
    except NotationError:
        return
    assert isinstance(show(tree), str)
    assert parse(render(tree)) == tree
