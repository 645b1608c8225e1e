"""Damaged snapshot files, looked through here and by the real redis-check-rdb."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.persistence.files import ALL_TYPES, SERVERS, filled, looked_through, recorded, save

TOOL = shutil.which("redis-check-rdb")
pytestmark = pytest.mark.skipif(TOOL is None, reason="redis-check-rdb is not on PATH")
DATA = save(filled(*ALL_TYPES), 10)


def theirs(path: Path, data: bytes) -> bool:
    """Whether the real tool finds a file good."""
    assert TOOL is not None
    path.write_bytes(data)
    return subprocess.run([TOOL, str(path)], capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize("server", SERVERS[:2])
def test_both_find_files_of_real_servers_good(tmp_path: Path, server: str) -> None:
    data = recorded(server)
    assert looked_through(data).good
    assert theirs(tmp_path / "dump", data)


def test_both_find_ours_good(tmp_path: Path) -> None:
    assert looked_through(DATA).good
    assert theirs(tmp_path / "dump", DATA)


@pytest.mark.parametrize("part", range(25))
def test_both_find_a_changed_byte(tmp_path: Path, part: int) -> None:
    at = len(DATA) * part // 25 + part % 3
    changed = DATA[:at] + bytes((DATA[at] ^ 0x40,)) + DATA[at + 1 :]
    assert not looked_through(changed).good
    assert not theirs(tmp_path / "dump", changed)


@pytest.mark.parametrize("part", range(10))
def test_both_find_that_a_file_is_cut_off(tmp_path: Path, part: int) -> None:
    cut = DATA[: len(DATA) * part // 10]
    assert not looked_through(cut).good
    assert not theirs(tmp_path / "dump", cut)
