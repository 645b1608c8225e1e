"""Names that stay inside, and what is built of a disk's simple calls."""

from __future__ import annotations

import errno

import pytest

from redlearn.clock import VirtualClock
from redlearn.persistence.disk import (
    append_all,
    checked,
    directory_of,
    exists,
    is_plain,
    replace,
)
from redlearn.persistence.simulated_disk import Fault, SimulatedDisk

OUTSIDE = ["", "..", "../x", "/etc/passwd", "a/../../x", "a//b", "a/", "/", ".", "./a", "a\0b"]


@pytest.fixture
def disk() -> SimulatedDisk:
    return SimulatedDisk(VirtualClock())


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_name_that_is_not_plainly_inside_is_refused(name: str) -> None:
    with pytest.raises(OSError) as refused:
        checked(name)
    assert refused.value.errno == errno.EINVAL


@pytest.mark.parametrize("name", ["dump.rdb", "appendonlydir/a.aof", "...", "a b", "é", "..a"])
def test_any_other_name_will_do(name: str) -> None:
    assert checked(name) == name


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("call", ["create", "append_to", "read", "size", "remove"])
def test_no_call_opens_anything_outside(disk: SimulatedDisk, call: str, name: str) -> None:
    with pytest.raises(OSError) as refused:
        getattr(disk, call)(name)
    assert refused.value.errno in (errno.EINVAL, errno.EISDIR)


@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_is_renamed_to_the_outside(disk: SimulatedDisk, name: str) -> None:
    disk.create("a").close()
    with pytest.raises(OSError):
        disk.rename("a", name)
    assert disk.names() == ["a"]


def test_a_name_knows_its_directory() -> None:
    assert directory_of("a/b/c") == "a/b"
    assert directory_of("c") == ""


def test_a_plain_name_has_no_separator_of_any_system() -> None:
    assert is_plain("appendonly.aof")
    assert not is_plain("a/b")
    assert not is_plain("a\\b")


def test_a_file_exists_once_it_is_made(disk: SimulatedDisk) -> None:
    assert not exists(disk, "a")
    disk.create("a").close()
    assert exists(disk, "a")


def test_append_all_goes_on_after_a_short_write(disk: SimulatedDisk) -> None:
    disk.fail(Fault("write", errno.EINTR, at=3, times=1))
    file = disk.create("a")
    assert file.append(b"hello") == 3
    with pytest.raises(InterruptedError):
        append_all(file, b"lo")
    append_all(file, b"lo")
    assert disk.read("a") == b"hello"


def test_replace_leaves_a_file_that_a_power_cut_does_not_touch(disk: SimulatedDisk) -> None:
    replace(disk, "a", b"old")
    replace(disk, "a", b"new")
    disk.crash()
    assert disk.names() == ["a"]
    assert disk.read("a") == b"new"


@pytest.mark.parametrize("directory", ["", "d"])
@pytest.mark.parametrize("fault", ["write", "fsync"])
def test_replace_that_fails_leaves_the_old_file_and_nothing_else(
    disk: SimulatedDisk, fault: str, directory: str
) -> None:
    disk.make_directory("d")
    name = f"{directory}/a".lstrip("/")
    replace(disk, name, b"old")
    disk.fail(Fault(fault, errno.EIO, at=2 if fault == "write" else 0))  # type: ignore[arg-type]
    with pytest.raises(OSError, match="Input/output error"):
        replace(disk, name, b"new and longer")
    assert disk.read(name) == b"old"
    assert [each for each in disk.names(directory) if each != "d"] == ["a"]
