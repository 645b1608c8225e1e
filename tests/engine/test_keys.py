"""Which arguments are keys: by position, by keyword, by count."""

from __future__ import annotations

import pytest

import redlearn.engine.commands  # noqa: F401  (fills the table)
from redlearn.engine.command import Command, Flags, Keys, find_command
from redlearn.engine.context import Context
from redlearn.engine.keys import key_positions, keys_with_flags, takes_keys
from redlearn.resp.reply import Reply


def positions(line: str) -> list[int]:
    argv = line.encode().split()
    row = find_command(argv)
    assert row is not None
    return key_positions(row, argv)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("GET a", [1]),
        ("SET a 1 NX GET", [1]),
        ("MGET a b c", [1, 2, 3]),
        ("MSET a 1 b 2 c 3", [1, 3, 5]),
        ("DEL a", [1]),
        ("RENAME a b", [1, 2]),
        ("COPY a b DB 1 REPLACE", [1, 2]),
        ("LCS a b IDX", [1, 2]),
        ("OBJECT ENCODING a", [2]),
        ("ZUNION 2 a b WITHSCORES", [2, 3]),
        ("ZUNIONSTORE d 2 a b WEIGHTS 1 2", [1, 3, 4]),
        ("ZMPOP 1 a MIN", [2]),
        ("ZINTERCARD 3 a b c LIMIT 1", [2, 3, 4]),
        ("ZRANGESTORE d s 0 -1", [1, 2]),
        ("WATCH a b", [1, 2]),
        ("PING", []),
        ("SELECT 1", []),
        ("GEORADIUS k 1 2 3 m STORE a STORE b", [1, 7]),
        ("GEORADIUS k 1 2 3 m ASC STOREDIST a", [1, 8]),
        ("GEORADIUS k 1 2 3 m ASC STORE a STOREDIST b", [1, 8, 10]),
        ("XREAD STREAMS a b 0", [2]),
        ("CONFIG GET hz", []),
    ],
)
def test_keys_are_found_before_a_command_runs(line: str, found: list[int]) -> None:
    assert positions(line) == found


@pytest.mark.parametrize(
    "line",
    [
        "ZUNION 3 a b",
        "ZUNION 9223372036854775807 a b",
        "SINTERCARD 18446744073709551616 a",
        "XREAD COUNT 1 STREAMS a",
        "XREADGROUP SOMEHOW STREAMS a b c STREAMS d",
        "MSETEX 01 a 1",
        "ZUNION x a b",
        "ZUNION -1 a",
        "ZUNION 0 a",
        "ZUNIONSTORE d 0 a",
        "ZUNIONSTORE d",
        "GET",
        "RENAME",
    ],
)
def test_calls_that_make_no_sense_have_no_keys(line: str) -> None:
    assert positions(line) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("ZUNION 2x a b", [2, 3]),
        ("ZUNIONSTORE d +1 a", [3, 1]),
        ("ZUNIONSTORE d 4294967297 a", [3, 1]),
        ("LMPOP 01 a LEFT", [2]),
        ("SORT k STORE a STORE STORE b", [1, 6]),
        ("XREADGROUP STREAMS a b c d STREAMS", []),
        ("XREADGROUP STREAMS a b c d STREAMS e", [2, 3, 4]),
        ("SORT", []),
    ],
)
def test_what_specifications_do_not_find_is_read_more_loosely(line: str, found: list[int]) -> None:
    assert positions(line) == found


def row_of(*keys: Keys, flags: Flags = Flags.NONE) -> Command:
    def run(ctx: Context, argv: list[bytes]) -> Reply:
        return None

    return Command(
        "made-up", "", run, group="generic", summary="", arity=-1, flags=flags, keys=keys
    )


@pytest.mark.parametrize(
    ("keys", "line", "found"),
    [
        (Keys(("STREAMS", 1), "RO", last=-1, limit=2), "XREAD COUNT 1 STREAMS a b 0 0", [4, 5]),
        (Keys(("KEYS", -2), "RW", last=-1), "MIGRATE h p db 0 KEYS a b", [6, 7]),
        (Keys(("KEYS", -2), "RW", last=-1), "MIGRATE h p a 0", []),
        (Keys(("STORE", 2), "RW"), "GEORADIUS k STORE", []),
        (Keys(None, "RW"), "WHATEVER a b", []),
        (Keys(1, "RO", last=-1, step=2), "MSET a 1 b 2", [1, 3]),
        (Keys(1, "RO", last=-2), "BLPOP a b 0", [1, 2]),
        (Keys(1, "RO not_key"), "SPUBLISH ch x", []),
    ],
)
def test_specifications(keys: Keys, line: str, found: list[int]) -> None:
    assert key_positions(row_of(keys), line.encode().split()) == found


def test_a_script_may_do_without_keys() -> None:
    row = row_of(Keys(2, "RW", keynum=(0, 1, 1)), flags=Flags.NO_MANDATORY_KEYS)
    assert key_positions(row, b"EVAL script 0 argument".split()) == []
    assert key_positions(row, b"EVAL script 1 key argument".split()) == [3]


def test_a_command_may_bring_a_function_of_its_own() -> None:
    row = row_of(Keys(1, "RO"), Keys(None, "RO"))
    row.find_keys = lambda argv: [len(argv) - 1]
    assert key_positions(row, [b"X", b"a", b"b"]) == [2]
    assert takes_keys(row)


def test_who_takes_keys() -> None:
    assert takes_keys(row_of(Keys(1, "RO")))
    assert not takes_keys(row_of(Keys(1, "RO not_key")))
    assert not takes_keys(row_of())


@pytest.mark.parametrize(
    ("line", "flags"),
    [
        ("SET k v", ["OW update"]),
        ("SET k v NX get", ["RW access update"]),
        ("BITFIELD k GET u4 0 OVERFLOW SAT", ["RO access"]),
        ("BITFIELD k GET u4 0 SET u4 0 1", ["RW access update"]),
        ("BITFIELD k NOPE", ["RW access update"]),
        ("SORT k GET # STORE s", ["RO access", "OW update"]),
        ("SMOVE a b m", ["RW access delete", "RW insert"]),
    ],
)
def test_what_is_done_to_each_key_may_depend_on_the_arguments(line: str, flags: list[str]) -> None:
    argv = line.encode().split()
    row = find_command(argv)
    assert row is not None
    assert [each for _, each in keys_with_flags(row, argv)] == flags
