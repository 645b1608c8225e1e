"""The list of all commands: complete, and true."""

from __future__ import annotations

import pytest

from redlearn.coverage import PARTS, Row, Standing, groups, listing, rows
from redlearn.engine.command import all_commands
from tests.facts import command_facts

ROWS = {row.name.lower().replace(" ", "|"): row for row in rows()}
HERE = {row.name for row in all_commands()}
DATA = {
    "bitmap", "generic", "geo", "hash", "hyperloglog", "list", "set", "sorted-set", "stream",
    "string", "transactions",
}  # fmt: skip


def test_every_command_that_any_server_has_is_listed() -> None:
    assert len(rows()) == len(ROWS) == 463
    assert set(ROWS) == set(command_facts())


@pytest.mark.parametrize("name", ROWS)
def test_each_is_classified(name: str) -> None:
    row = ROWS[name]
    assert (row.standing is Standing.HERE) == (name in HERE)
    assert bool(row.reason) == (row.standing is not Standing.HERE)
    assert row.group == command_facts()[name]["group"]


def test_no_command_is_given_two_reasons() -> None:
    listed = [name for part in PARTS for name in names_of(part.names)]
    assert len(listed) == len(set(listed))


def test_no_reason_is_left_of_what_has_come() -> None:
    assert HERE & {name for part in PARTS for name in names_of(part.names)} == set()


def names_of(names: dict[str, str]) -> list[str]:
    found = []
    for word in " ".join(names.values()).split():
        container, _, subs = word.partition("|")
        found += [f"{container}|{sub}" for sub in subs.split(",")] if subs else [container]
    return found


@pytest.mark.parametrize("server", ["redis-7.4", "valkey-9.1"])
def test_every_command_on_data_is_here(server: str) -> None:
    wanted = {
        name
        for name, facts in command_facts().items()
        if facts["group"] in DATA and server in facts["in"]
    }
    assert len(wanted) > 200
    assert wanted - HERE == set()


def test_what_is_only_in_redis_8_says_so() -> None:
    for name, row in ROWS.items():
        if command_facts()[name]["in"] == ["redis-8"]:
            assert row.standing is Standing.HERE or row.reason.startswith("only in Redis 8")
        else:
            assert row.standing is not Standing.NOT_HERE


def test_the_listing_has_a_line_for_each_and_counts() -> None:
    lines = listing()
    assert sum(line.startswith("  ") for line in lines) == 463
    assert "  GET                            here" in lines
    last = lines[-1]
    assert last.startswith(f"463 commands and subcommands: {len(HERE)} here, ")
    assert sum(map(int, (word for word in last.split(":")[1].split() if word.isdigit()))) == 463


def test_a_group_can_be_asked_for() -> None:
    assert listing("vectorset")[0] == "vectorset"
    assert listing("vectorset")[-1] == ("13 commands and subcommands: 0 here, 0 later, 13 not here")
    assert len(listing("hash")) == 1 + sum(row.group == "hash" for row in rows()) + 2
    assert set(groups()) >= DATA


def test_a_row_is_named_as_it_is_typed() -> None:
    assert Row("OBJECT ENCODING", "generic", Standing.HERE, "") in rows()
