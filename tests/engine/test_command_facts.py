"""What our commands say of themselves, against what real servers say of theirs."""

from __future__ import annotations

from typing import Any

import pytest

import redlearn.engine.commands  # noqa: F401  (fills the table)
from redlearn.engine.command import Command, Flags, Keys, all_commands
from redlearn.engine.syntax import of
from tests.facts import argument_tree, command_facts

ROWS = {row.name: row for row in all_commands()}


@pytest.fixture(params=ROWS)
def row(request: pytest.FixtureRequest) -> Command:
    return ROWS[request.param]


@pytest.fixture
def facts(row: Command) -> dict[str, Any]:
    return command_facts()[row.name]


def test_there_are_commands_to_compare() -> None:
    assert len(ROWS) > 30


def test_no_command_is_made_up(row: Command) -> None:
    assert row.name in command_facts()


def test_the_arity_is_the_servers(row: Command, facts: dict[str, Any]) -> None:
    assert row.arity == facts["arity"]


def test_the_flags_are_the_servers(row: Command, facts: dict[str, Any]) -> None:
    assert flag_names(row.flags) == set(facts["flags"])


def flag_names(flags: Flags) -> set[str]:
    return {(flag.name or "").lower() for flag in flags}


def test_the_keys_are_where_the_servers_look_for_them(row: Command, facts: dict[str, Any]) -> None:
    assert [spec_of(keys) for keys in row.keys] == [spec_in(spec) for spec in facts["key_specs"]]


Spec = tuple[object, ...]


def spec_of(keys: Keys) -> Spec:
    """One of our key specs: where it begins, how it goes on, what is done to the keys."""
    flags = frozenset(keys.flags.split())
    if keys.begin is None:
        return ("unknown", "unknown", flags)
    find = ("keynum", *keys.keynum) if keys.keynum else (keys.last, keys.step, keys.limit)
    return (keys.begin, find, flags)


def spec_in(spec: dict[str, Any]) -> Spec:
    """A server's key spec, in the same form."""
    begin, find = spec["begin_search"], spec["find_keys"]
    flags = frozenset(spec["flags"])
    match begin["type"], begin["spec"]:
        case "index", {"index": index}:
            start: object = index
        case "keyword", {"keyword": keyword, "startfrom": start_from}:
            start = (keyword, start_from)
        case _:
            start = "unknown"
    match find["type"], find["spec"]:
        case "range", {"lastkey": last, "keystep": step, "limit": limit}:
            return (start, (last, step, limit), flags)
        case "keynum", {"keynumidx": count, "firstkey": first, "keystep": step}:
            return (start, ("keynum", count, first, step), flags)
        case _:
            return (start, "unknown", flags)


def test_the_acl_categories_are_the_servers(row: Command, facts: dict[str, Any]) -> None:
    assert set(row.categories) == set(facts["acl_categories"])


def test_the_line_stands_for_the_servers_arguments(row: Command, facts: dict[str, Any]) -> None:
    assert of(row.syntax).arguments == argument_tree(facts["arguments"])


def test_the_group_is_the_servers(row: Command, facts: dict[str, Any]) -> None:
    assert row.group == facts["group"]


def test_since_is_the_servers(row: Command, facts: dict[str, Any]) -> None:
    assert row.since == facts["since"]


def test_what_is_deprecated_says_since_when_and_for_what(
    row: Command, facts: dict[str, Any]
) -> None:
    assert row.deprecated_since == facts.get("deprecated_since", "")
    assert row.replaced_by or not facts.get("replaced_by")


def test_the_tips_are_the_servers(row: Command, facts: dict[str, Any]) -> None:
    assert set(row.tips) == set(facts["tips"])


def test_a_container_holds_only_what_the_servers_hold(row: Command, facts: dict[str, Any]) -> None:
    assert {each.name for each in row.subcommands.values()} <= set(facts.get("subcommands", []))
    assert bool(row.subcommands) == ("subcommands" in facts)


def test_each_command_has_a_sentence_of_its_own(row: Command) -> None:
    if row.subcommands:
        return
    assert row.summary.endswith((".", "?", "!"))
    assert len(row.summary) > 15
    assert row.summary[0].isupper()


def test_no_two_commands_are_told_in_the_same_words() -> None:
    told: dict[str, str] = {}
    for row in ROWS.values():
        if not row.subcommands and not row.name.endswith("|help"):
            assert row.summary not in told, f"{row.name} and {told.get(row.summary)}"
            told[row.summary] = row.name
