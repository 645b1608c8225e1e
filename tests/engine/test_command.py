"""The command table: how commands get into it, and what follows from their facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import redlearn.engine.commands  # noqa: F401  (fills the table)
from redlearn.engine.args import Args
from redlearn.engine.command import (
    COMMANDS,
    MANY,
    Command,
    Flags,
    Keys,
    all_commands,
    command,
    container,
    find_command,
    help_lines,
)
from redlearn.engine.context import Context
from redlearn.resp.reply import Reply, Status
from tests.conftest import Redis


@pytest.fixture(autouse=True)
def table() -> Iterator[None]:
    """What a test puts into the table is taken out again."""
    before = dict(COMMANDS)
    yield
    COMMANDS.clear()
    COMMANDS.update(before)


def enter(name: str, **facts: Any) -> Command:
    """Put a command into the table and give its row."""

    @command(name, "key [NX]", **{"arity": 2, "group": "string", **facts})
    def run(ctx: Context, argv: list[bytes]) -> Reply:
        """Do nothing, and say so.

        This is not part of the summary.
        """
        return len(argv)

    head, _, sub = name.encode().partition(b" ")
    row = COMMANDS[head]
    return row.subcommands[sub] if sub else row


def test_a_decorated_function_is_a_row_of_the_table() -> None:
    row = enter("SEVEN")
    assert (row.name, row.syntax, row.group) == ("seven", "key [NX]", "string")
    assert row.summary == "Do nothing, and say so."
    assert repr(row) == "<Command seven>"


def test_a_subcommand_lives_in_its_container() -> None:
    container("BOX", "server")
    row = enter("BOX OPEN")
    assert row.name == "box|open"
    assert COMMANDS[b"BOX"].subcommands == {b"OPEN": row}
    assert COMMANDS[b"BOX"].guarded
    assert COMMANDS[b"BOX"].categories == ("@slow",)


def test_a_container_is_never_run_itself(redis: Redis) -> None:
    container("BOX", "server")
    with pytest.raises(AssertionError, match="subcommand"):
        COMMANDS[b"BOX"].run(redis.ctx, [b"BOX"])


def test_no_name_is_given_twice() -> None:
    with pytest.raises(AssertionError, match="GET is declared twice"):
        enter("GET")


def test_a_group_follows_from_the_module() -> None:
    assert COMMANDS[b"ZADD"].group == "sorted-set"
    assert COMMANDS[b"CONFIG"].subcommands[b"GET"].group == "server"
    assert COMMANDS[b"HSET"].group == "hash"


@pytest.mark.parametrize(("arity", "low", "high"), [(2, 2, 2), (-2, 2, MANY), (-1, 1, MANY)])
def test_arity_is_a_range_of_lengths(arity: int, low: int, high: int) -> None:
    row = enter("SEVEN", arity=arity)
    assert (row.low, row.high) == (low, high)


@pytest.mark.parametrize(
    ("flags", "group", "categories"),
    [
        (Flags.WRITE, "string", {"@write", "@slow", "@string"}),
        (Flags.READONLY | Flags.FAST, "hash", {"@read", "@fast", "@hash"}),
        (Flags.READONLY, "scripting", {"@slow", "@scripting"}),
        (Flags.ADMIN, "server", {"@admin", "@dangerous", "@slow"}),
        (Flags.PUBSUB, "pubsub", {"@pubsub", "@slow"}),
        (Flags.BLOCKING, "list", {"@blocking", "@slow", "@list"}),
    ],
)
def test_categories_follow_from_flags_and_group(
    flags: Flags, group: str, categories: set[str]
) -> None:
    assert set(enter("SEVEN", flags=flags, group=group).categories) == categories


def test_categories_beyond_those_are_named() -> None:
    assert "@dangerous" in enter("SEVEN", categories="@dangerous").categories


def test_what_runs_inside_multi_is_not_queued() -> None:
    names = {row.name for row in all_commands() if not row.queued}
    assert names == {"exec", "discard", "multi", "watch", "quit", "reset"}


def test_what_meets_any_key_passes_its_effects_on_apart() -> None:
    assert {row.name for row in all_commands() if row.apart} == {"scan", "randomkey"}


def test_containers_come_before_what_they_hold() -> None:
    names = [row.name for row in all_commands()]
    assert names.index("config") < names.index("config|get")
    assert len(names) == len({*names})


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("get", "get"),
        ("Config Get x", "config|get"),
        ("CONFIG", "config"),
        ("CONFIG NOPE", "config"),
        ("COMMAND", "command"),
    ],
)
def test_commands_are_found_in_any_case(line: str, name: str) -> None:
    row = find_command(line.encode().split())
    assert row is not None
    assert row.name == name


def test_an_unknown_command_is_not_found() -> None:
    assert find_command([b"NOPE", b"x"]) is None


def test_a_function_of_args_is_given_a_cursor_behind_the_name(redis: Redis) -> None:
    container("BOX", "server")

    @command("BOX ECHO", "message", arity=3)
    def run(ctx: Context, args: Args) -> Reply:
        """Answer what is left."""
        return [*args.rest()]

    row = COMMANDS[b"BOX"].subcommands[b"ECHO"]
    assert row.run(redis.ctx, [b"box", b"echo", b"a", b"b"]) == [b"a", b"b"]


def test_flags_of_keys_are_spelt_as_command_info_spells_them() -> None:
    assert Keys(1, "RW ACCESS UPDATE").flags == "RW access update"


def test_help_lists_subcommands_with_their_syntax_and_what_they_do() -> None:
    lines = help_lines("CONFIG")
    assert isinstance(lines, list)
    assert lines[0] == Status("CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
    assert Status("GET parameter [parameter ...]") in lines
    assert lines[-2:] == [Status("HELP"), Status("    Prints this help.")]
