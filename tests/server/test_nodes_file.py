"""The file nodes.conf: one process at a time, whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from redlearn.server.nodes_file import NodesFile, NodesFileTaken
from tests.oracle.servers import free_port, redis_binary


def test_a_new_one_is_empty_and_keeps_what_is_written(tmp_path: Path) -> None:
    file = NodesFile(tmp_path / "nodes.conf")
    assert file.read() == b""
    for text in (b"one\n" * 1000, b"two\n"):
        file.write(text, fsync=True)
        assert file.read() == text
    file.close()
    assert [path.name for path in tmp_path.iterdir()] == ["nodes.conf"]


def test_nobody_else_can_have_it_before_or_after_a_write(tmp_path: Path) -> None:
    path = tmp_path / "nodes.conf"
    file = NodesFile(path)
    with pytest.raises(NodesFileTaken):
        NodesFile(path)
    file.write(b"x\n", fsync=False)
    with pytest.raises(NodesFileTaken):
        NodesFile(path)
    assert path.read_bytes() == b"x\n"
    file.close()
    NodesFile(path).close()


def test_another_process_is_kept_out(tmp_path: Path) -> None:
    path = tmp_path / "nodes.conf"
    file = NodesFile(path)
    file.write(b"mine\n", fsync=False)
    program = (
        "import sys; from pathlib import Path\n"
        "from redlearn.server.nodes_file import NodesFile, NodesFileTaken\n"
        "try: NodesFile(Path(sys.argv[1]))\n"
        "except NodesFileTaken: print('taken')\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, timeout=30
    )
    assert run.stdout == "taken\n"
    file.close()


def test_a_real_server_is_kept_out(tmp_path: Path) -> None:
    binary = redis_binary()
    if binary is None:
        pytest.skip("redis-server is not on PATH")
    file = NodesFile(tmp_path / "nodes.conf")
    run = subprocess.run(
        [binary, "--port", str(free_port()), "--cluster-port", str(free_port()),
         "--cluster-enabled", "yes", "--dir", str(tmp_path)],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert run.returncode == 1
    assert "already used by a different Redis Cluster node" in run.stdout
    file.close()


def test_a_disk_that_does_not_take_it_leaves_the_old_text(tmp_path: Path) -> None:
    path = tmp_path / "nodes.conf"
    file = NodesFile(path)
    file.write(b"old\n", fsync=False)
    path.with_name(f"nodes.conf.tmp-{os.getpid()}").mkdir()
    with pytest.raises(OSError, match="directory"):
        file.write(b"new\n", fsync=True)
    assert path.read_bytes() == b"old\n"
    with pytest.raises(NodesFileTaken):
        NodesFile(path)
    file.close()


def test_a_folder_that_is_not_there_has_no_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        NodesFile(tmp_path / "nowhere" / "nodes.conf")
