"""The log on a real disk: the same as on the simulated one, and nothing outside its folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from redlearn.clock import VirtualClock
from redlearn.persistence.aof_files import Options
from redlearn.persistence.aof_load import AofError
from redlearn.persistence.store import RealDisk
from redlearn.resp.encode import encode_command
from tests.persistence.logs import DIRECTORY, FIRST, MANIFEST, NOW_MS, Server, World

FLUSHALL = encode_command((b"FLUSHALL",))
SET = encode_command((b"SET", b"stolen", b"1"))
LINES = ("SET a 1", "MULTI", "INCR a", "RPUSH l x", "EXEC", "SELECT 2", "ZADD z 1 m", "SELECT 0")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[RealDisk]:
    (tmp_path / "data").mkdir()
    disk = RealDisk(tmp_path / "data")
    yield disk
    disk.close()


def start(disk: RealDisk, **options: object) -> Server:
    return Server(disk, VirtualClock(NOW_MS), Options(**options))  # type: ignore[arg-type]


def files_of(disk: RealDisk) -> dict[str, bytes]:
    return {name: disk.read(f"{DIRECTORY}/{name}") for name in disk.names(DIRECTORY)}


@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
def test_it_comes_back_as_it_was(disk: RealDisk, policy: str) -> None:
    server = start(disk, appendfsync=policy)
    server.run(*LINES)
    server.rewrite()
    server.run("SET b 2")
    server.log.flush()
    assert server.log.synced == server.log.fed
    again = start(disk)
    assert again.digest() == server.digest()
    assert again.run("MGET a b") == [b"2", b"2"]


def test_its_files_are_byte_for_byte_those_of_the_simulated_disk(disk: RealDisk) -> None:
    world = World(appendfsync="always")
    for server in (start(disk, appendfsync="always"), world.start()):
        server.run(*LINES)
        server.rewrite()
        server.run("SET b 2")
    names = world.disk.names(DIRECTORY)
    assert files_of(disk) == {name: world.disk.read(f"{DIRECTORY}/{name}") for name in names}


def test_a_tail_that_is_cut_off_is_cut_in_the_file(disk: RealDisk, tmp_path: Path) -> None:
    start(disk).run("SET a 1")
    path = tmp_path / "data" / FIRST
    whole = path.read_bytes()
    path.write_bytes(whole + SET[:-3])
    assert start(disk).run("MGET a stolen") == [b"1", None]
    assert path.read_bytes() == whole


# Nothing outside of its folder.


def outside(tmp_path: Path) -> Path:
    """A log that nobody has asked for, outside of the data directory."""
    path = tmp_path / "outside.aof"
    path.write_bytes(FLUSHALL + SET + SET[:5])
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../../outside.aof",
        "/etc/passwd",
        "..",
        "a/b",
        "..\\\\outside.aof",
        '"\\x2e\\x2e/../outside.aof"',
    ],
)
def test_a_manifest_that_names_a_path_is_refused(disk: RealDisk, tmp_path: Path, name: str) -> None:
    path = outside(tmp_path)
    start(disk).run("SET a 1")
    (tmp_path / "data" / MANIFEST).write_text(f"file {name} seq 1 type i\n")
    with pytest.raises(AofError, match="just a filename"):
        start(disk)
    assert path.read_bytes() == FLUSHALL + SET + SET[:5]


@pytest.mark.parametrize("absolute", [True, False])
def test_a_name_that_is_a_link_is_refused(disk: RealDisk, tmp_path: Path, absolute: bool) -> None:
    path = outside(tmp_path)
    start(disk).run("SET a 1")
    link = tmp_path / "data" / FIRST
    link.unlink()
    link.symlink_to(path if absolute else "../../outside.aof")
    with pytest.raises(OSError):
        start(disk)
    assert path.read_bytes() == FLUSHALL + SET + SET[:5]


def test_so_is_a_folder_that_is_one(disk: RealDisk, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "data" / DIRECTORY).symlink_to(elsewhere)
    with pytest.raises(OSError):
        start(disk)
    assert os.listdir(elsewhere) == []


def test_and_a_manifest_that_is_one(disk: RealDisk, tmp_path: Path) -> None:
    path = outside(tmp_path)
    start(disk).run("SET a 1")
    manifest = tmp_path / "data" / MANIFEST
    manifest.unlink()
    manifest.symlink_to(path)
    with pytest.raises(OSError):
        start(disk)


def test_a_file_that_is_a_pipe_keeps_nobody_waiting(disk: RealDisk, tmp_path: Path) -> None:
    start(disk).run("SET a 1")
    (tmp_path / "data" / FIRST).unlink()
    os.mkfifo(tmp_path / "data" / FIRST)
    with pytest.raises(OSError):
        start(disk)
