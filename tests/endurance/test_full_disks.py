"""Disks that are full, with a limit on the size of files in their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.endurance.full_disks import (
    filled_up,
    full_under_always,
    killed_when_full,
    may_mount,
    snapshot_on_full_disk,
)


def test_writes_are_refused_until_there_is_room_and_nothing_is_lost(tmp_path: Path) -> None:
    assert filled_up(tmp_path / "disk", mounts=False) == ""


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    assert killed_when_full(tmp_path / "disk", mounts=False) == ""


def test_under_always_the_server_ends_and_nothing_is_lost(tmp_path: Path) -> None:
    assert full_under_always(tmp_path / "disk", mounts=False) == ""


def test_a_snapshot_that_has_no_room_leaves_the_old_one(tmp_path: Path) -> None:
    assert snapshot_on_full_disk(tmp_path / "disk", mounts=False) == ""


@pytest.mark.skipif(not may_mount(), reason="only root may mount a disk")
def test_a_disk_of_its_own_gives_the_same(tmp_path: Path) -> None:
    assert filled_up(tmp_path / "disk", mounts=True) == ""
    assert full_under_always(tmp_path / "other", mounts=True) == ""
