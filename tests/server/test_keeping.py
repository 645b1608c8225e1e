"""A server's files: in its directory, and nothing unfinished for long."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from redlearn.engine.engine import Engine
from redlearn.persistence.background import in_slices
from redlearn.server.host import WallClock
from redlearn.server.keeping import Keeper


def keeper(folder: Path) -> Keeper:
    return Keeper(Engine(WallClock()), folder, lambda sentence: None)


@pytest.fixture
def gone() -> int:
    """The number of a process that was."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_it_saves_into_its_directory(tmp_path: Path) -> None:
    kept = keeper(tmp_path)
    assert kept.store.save()
    assert [path.name for path in tmp_path.iterdir()] == ["dump.rdb"]
    assert kept.disk.folder == str(tmp_path.resolve())


def test_what_the_dead_left_is_removed_and_what_the_living_have_is_not(
    tmp_path: Path, gone: int
) -> None:
    below = tmp_path / "appendonlydir"
    below.mkdir()
    for folder in (tmp_path, below):
        for process in (gone, os.getppid()):
            (folder / f"temp-redlearn-{process}.rdb").touch()
        (folder / "temp-redlearn-x.rdb").touch()
    for _ in keeper(tmp_path).starting():
        pass
    for folder in (tmp_path, below):
        left = {path.name for path in folder.iterdir() if path.is_file()}
        assert left == {f"temp-redlearn-{os.getppid()}.rdb", "temp-redlearn-x.rdb"}


def test_names_that_somebody_planted_stop_nothing(tmp_path: Path, gone: int) -> None:
    (tmp_path / "temp-redlearn-0.rdb").mkdir()
    (tmp_path / f"temp-redlearn-{'9' * 20}.rdb").touch()
    (tmp_path / f"temp-redlearn-{'9' * 200}.rdb").touch()
    (tmp_path / f"temp-redlearn-{gone}").mkdir()
    (tmp_path / f"temp-redlearn-{gone}.rdb").touch()
    for _ in keeper(tmp_path).starting():
        pass
    assert {path.name for path in tmp_path.iterdir()} == {
        "temp-redlearn-0.rdb",
        f"temp-redlearn-{gone}",
    }


def test_giving_up_removes_its_own_only(tmp_path: Path, gone: int) -> None:
    for process in (gone, os.getpid()):
        (tmp_path / f"temp-redlearn-{process}.rdb").touch()
    keeper(tmp_path).abandon()
    assert [path.name for path in tmp_path.iterdir()] == [f"temp-redlearn-{gone}.rdb"]


def test_there_has_to_be_a_directory(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        keeper(tmp_path / "nothing")


async def test_what_is_written_in_slices_goes_on_by_itself(tmp_path: Path) -> None:
    kept = keeper(tmp_path)
    kept.store.snapshots._begin = in_slices
    assert kept.store.begin_save()
    assert kept.store.in_slices
    working = asyncio.create_task(kept.work())
    async with asyncio.timeout(10):
        while kept.store.busy:
            await asyncio.sleep(0)
    working.cancel()
    assert [path.name for path in tmp_path.iterdir()] == ["dump.rdb"]
