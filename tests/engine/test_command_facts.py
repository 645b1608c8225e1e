"""What our commands say of themselves, against what real servers say of theirs."""

from __future__ import annotations

from typing import Any

import pytest

import redlearn.engine.commands  # noqa: F401  (fills the table)
from redlearn.engine.command import Command, Flags, Keys, all_commands
from redlearn.engine.syntax import of
from redlearn.resp.reply import Members, Reply, Status
from tests.conftest import Redis
from tests.facts import argument_tree, command_facts

ROWS = {row.name: row for row in all_commands()}


@pytest.fixture(params=ROWS)
def row(request: pytest.FixtureRequest) -> Command:
    return ROWS[request.param]


OF_VALKEY = {"cluster|syncslots"}
"""What Redis 8 has by the same name, for something else."""


@pytest.fixture
def facts(row: Command) -> dict[str, Any]:
    found = command_facts()[row.name]
    if row.name not in OF_VALKEY:
        return found
    return found | found["variants"]["valkey-9.1"] | {"since": f"valkey-{found['since_valkey']}"}


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
    assert set(row.tips) == set(facts.get("tips", []))


def test_a_container_holds_only_what_the_servers_hold(row: Command, facts: dict[str, Any]) -> None:
    ours = [
        each
        for each in row.subcommands.values()
        if "redis-7.4" in command_facts()[each.name]["in"]  # whose containers these are
    ]
    assert {each.name for each in ours} <= set(facts.get("subcommands", []))
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


def test_command_info_says_so(redis: Redis, row: Command, facts: dict[str, Any]) -> None:
    (reply,) = as_plain(redis(f"COMMAND INFO {row.name}"))
    name, arity, flags, first, last, step, categories, tips, specs, subcommands = reply
    assert (name, arity, flags) == (row.name, facts["arity"], set(facts["flags"]))
    assert (categories, set(tips)) == (set(facts["acl_categories"]), set(facts.get("tips", [])))
    if "first_key" in facts:
        positions = (facts["first_key"], facts["last_key"], facts["key_step"])
        assert (first, last, step) == positions
    assert specs == [{**spec, "flags": set(spec["flags"])} for spec in facts["key_specs"]]
    assert [sub[0] for sub in subcommands] == [sub.name for sub in row.subcommands.values()]


def test_command_docs_say_so(redis: Redis, row: Command, facts: dict[str, Any]) -> None:
    ((name, docs),) = as_plain(redis(f"COMMAND DOCS {row.name}")).items()
    assert (name, docs["since"], docs["group"]) == (row.name, facts["since"], facts["group"])
    assert docs["summary"] == row.summary
    assert docs.get("doc_flags", set()) == set(facts.get("doc_flags", ()))
    assert docs.get("deprecated_since") == facts.get("deprecated_since")
    assert docs.get("replaced_by") or not facts.get("replaced_by")
    assert docs.get("arguments", []) == [documented(each) for each in facts["arguments"]]
    assert list(docs.get("subcommands", {})) == [sub.name for sub in row.subcommands.values()]


def documented(argument: dict[str, Any]) -> dict[str, Any]:
    """One argument of the facts as COMMAND DOCS shows it: the name is the text, if no other is."""
    shown = dict(argument)
    if argument["type"] not in ("oneof", "block"):
        shown.setdefault("display_text", argument["name"])
    if "flags" in argument:
        shown["flags"] = set(argument["flags"])
    if "arguments" in argument:
        shown["arguments"] = [documented(inner) for inner in argument["arguments"]]
    return shown


def as_plain(reply: Reply) -> Any:
    """A reply in text, lists, dictionaries and sets."""
    match reply:
        case bytes():
            return reply.decode()
        case Status():
            return reply.text
        case Members():
            return {as_plain(item) for item in reply}
        case list():
            return [as_plain(item) for item in reply]
        case dict():
            return {as_plain(name): as_plain(value) for name, value in reply.items()}
    return reply
