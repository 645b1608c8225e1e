"""Looking a log through: what is good of it, what is wrong and where, and cutting it."""

from __future__ import annotations

import pytest

from redlearn.persistence.aof_check import check, cut, is_manifest, told
from redlearn.persistence.aof_write import annotation
from redlearn.persistence.disk import append_all
from redlearn.persistence.manifest import ManifestError
from redlearn.resp.encode import encode_command
from tests.persistence.logs import DIRECTORY, MANIFEST, SECOND, World

SET = encode_command((b"SET", b"k", b"v"))
MULTI = encode_command((b"MULTI",))
ONE = "log.aof"


def put(world: World, name: str, data: bytes) -> None:
    append_all(world.disk.create(name), data)


def alone(data: bytes, until_s: int | None = None) -> list[str]:
    """What is said about a file that stands alone."""
    world = World()
    put(world, ONE, data)
    (checked,) = check(world.disk, ONE, until_s)
    return told(checked)


def begun() -> World:
    """A log of a base and two files of commands."""
    world = World()
    server = world.start()
    server.run("SET a 1", "RPUSH l a b")
    server.rewrite()
    server.run("SET b 2")
    server.log.begin_rewrite()
    server.run("MULTI", "SET c 3", "SET d 4", "EXEC")
    return world


def test_a_log_that_is_good_is_told_file_by_file() -> None:
    world = begun()
    said = [line for checked in check(world.disk, MANIFEST) for line in told(checked)]
    base = world.disk.size(f"{DIRECTORY}/appendonly.aof.2.base.rdb")
    assert said == [
        f"appendonlydir/appendonly.aof.2.base.rdb: base, {base} bytes, "
        f"{base} of a snapshot, 0 commands: good",
        "appendonlydir/appendonly.aof.2.incr.aof: commands, 50 bytes, 2 commands: good",
        "appendonlydir/appendonly.aof.3.incr.aof: commands, 106 bytes, 5 commands: good",
    ]


def test_one_file_is_looked_through_as_well() -> None:
    assert alone(SET + MULTI + SET + encode_command((b"EXEC",))) == [
        "log.aof: log, 83 bytes, 4 commands: good"
    ]
    assert alone(b"") == ["log.aof: log, 0 bytes, 0 commands: good"]


@pytest.mark.parametrize(
    ("data", "offset", "reason", "whole"),
    [
        (SET + SET[:9], len(SET), "the command at 0x1b is not whole", len(SET)),
        (SET + MULTI + SET, len(SET), "the transaction at 0x1b has no EXEC", len(SET)),
        (SET + b"oops", len(SET), "expected '*', got 'o'", len(SET)),
        (MULTI + SET + b"oops", len(MULTI + SET), "expected '*', got 'o'", 0),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_what_cutting_would_cost(
    data: bytes, offset: int, reason: str, whole: int
) -> None:
    world = World()
    put(world, ONE, data)
    (checked,) = check(world.disk, ONE)
    assert (checked.offset, checked.reason, checked.whole) == (offset, reason, whole)
    assert checked.can_be_cut
    assert told(checked)[1:] == [
        f"  0x{offset:x}: {reason}",
        f"  good up to byte {whole}; cutting it there takes {len(data) - whole} bytes off",
    ]
    cut(world.disk, ONE, checked.whole)
    (again,) = check(world.disk, ONE)
    assert again.good
    assert world.disk.levels(ONE).durable == whole


def test_a_file_that_is_not_the_last_cannot_be_cut() -> None:
    world = begun()
    put(world, SECOND, SET[:-1])
    _, checked, last = check(world.disk, MANIFEST)
    assert not checked.can_be_cut
    assert told(checked)[-1] == "  it is not the last file of the log, so nothing can be cut off"
    assert last.good


def test_nor_can_a_snapshot() -> None:
    world = begun()
    name = f"{DIRECTORY}/appendonly.aof.2.base.rdb"
    whole = world.disk.read(name)
    for at in range(9, len(whole), 7):
        changed = bytearray(whole)
        changed[at] ^= 0xFF
        put(world, ONE, bytes(changed))
        (checked,) = check(world.disk, ONE)
        assert not checked.good and not checked.can_be_cut
        assert checked.reason.startswith("in the snapshot: ")
    assert told(checked)[-1] == "  a snapshot cannot be cut; take a copy of it that is older"


def test_commands_behind_a_snapshot_can() -> None:
    world = begun()
    snapshot = world.disk.read(f"{DIRECTORY}/appendonly.aof.2.base.rdb")
    put(world, ONE, snapshot + SET + SET[:3])
    (checked,) = check(world.disk, ONE)
    assert (checked.snapshot, checked.commands) == (len(snapshot), 1)
    assert checked.can_be_cut
    assert checked.whole == len(snapshot + SET)


def test_a_manifest_that_is_none_or_names_what_is_not_there() -> None:
    world = begun()
    put(world, MANIFEST, b"file a seq 1 type x\n")
    with pytest.raises(ManifestError):
        list(check(world.disk, MANIFEST))
    put(world, MANIFEST, b"file a seq 1 type i\n")
    with pytest.raises(FileNotFoundError):
        list(check(world.disk, MANIFEST))
    with pytest.raises(FileNotFoundError):
        list(check(world.disk, "none"))


@pytest.mark.parametrize("data", [b"", b"junk\n", b"\0" * 88, SET])
def test_a_damaged_manifest_is_not_taken_for_a_log_that_could_be_cut(data: bytes) -> None:
    world = begun()
    put(world, MANIFEST, data)
    with pytest.raises(ManifestError):
        list(check(world.disk, MANIFEST))


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"file a seq 1 type i\n", True), (b"# no\n#\nfile a seq 1 type i\n", True),
        (SET, False), (b"", False), (b"#TS:1\r\n" + SET, False),
    ],
)  # fmt: skip
def test_a_manifest_is_told_from_a_log(data: bytes, answer: bool) -> None:
    assert is_manifest(data) is answer


def test_a_name_is_shown_without_what_a_terminal_would_obey() -> None:
    world = World()
    put(world, "\x1b[31m", SET)
    (checked,) = check(world.disk, "\x1b[31m")
    assert told(checked)[0].startswith("\\x1b[31m: log")


# Back in time.


STAMPED = annotation(100) + SET + annotation(101) + SET + annotation(102) + SET


@pytest.mark.parametrize(
    ("until_s", "later"),
    [
        (99, 0),
        (100, len(annotation(1) + SET) + 2),
        (101, 2 * len(annotation(100) + SET)),
        (102, -1),
    ],
)
def test_the_first_later_moment_is_found(until_s: int, later: int) -> None:
    world = World()
    put(world, ONE, STAMPED)
    (checked,) = check(world.disk, ONE, until_s)
    assert checked.later == later
    assert checked.good


def test_a_moment_inside_of_a_transaction_is_passed_over() -> None:
    world = World()
    put(world, ONE, MULTI + annotation(100) + encode_command((b"EXEC",)) + annotation(100))
    (checked,) = check(world.disk, ONE, 50)
    assert checked.later == checked.size - len(annotation(100))
