"""`redlearn serve --cluster-enabled yes` as a process: one real node."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from redlearn.cluster.nodes_conf import read
from redlearn.slots import slot_of
from tests.oracle.servers import Connection, free_port, redis_binary, running
from tests.server.test_serve import process

PATIENCE_SECONDS = 10


def enabled() -> tuple[str, ...]:
    """A port for nodes of its own: that for clients may be too high to add ten thousand to."""
    return ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))


def node(folder: Path, *words: str) -> object:
    return process(*enabled(), "--dir", str(folder), *words)


def wait_until_ok(client: Connection) -> None:
    """A primary takes no commands in its first two seconds."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while b"cluster_state:ok" not in client.run(b"CLUSTER", b"INFO"):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_it_serves_the_slots_that_it_is_given(tmp_path: Path) -> None:
    with node(tmp_path) as (started, port), Connection(port) as client:  # type: ignore[attr-defined]
        assert str(client.run(b"SET", b"a", b"1")) == "CLUSTERDOWN Hash slot not served"
        assert client.run(b"CLUSTER", b"ADDSLOTSRANGE", b"0", b"16383") == b"OK"
        wait_until_ok(client)
        assert client.run(b"SET", b"a", b"1") == b"OK"
        assert str(client.run(b"MGET", b"a", b"b")).startswith("CROSSSLOT")
        assert b"cluster_enabled:1" in client.run(b"INFO", b"cluster")
        assert client.run(b"HELLO", b"2")[9] == b"cluster"
        my_id = client.run(b"CLUSTER", b"MYID")
        started.send_signal(signal.SIGTERM)
        assert started.wait(PATIENCE_SECONDS) == 0
    view = read((tmp_path / "nodes.conf").read_bytes(), 0)
    assert view is not None
    assert (view.myself.id, view.myself.slot_count) == (my_id, 16384)


def test_a_reply_means_that_it_is_written_down(tmp_path: Path) -> None:
    with node(tmp_path) as (started, port), Connection(port) as client:  # type: ignore[attr-defined]
        for slot in range(20):
            assert client.run(b"CLUSTER", b"ADDSLOTS", b"%d" % slot) == b"OK"
            view = read((tmp_path / "nodes.conf").read_bytes(), 0)
            assert view is not None
            assert view.owners[slot] is view.myself
        started.kill()


def test_two_processes_do_not_share_a_file(tmp_path: Path) -> None:
    with node(tmp_path) as (_, port), Connection(port) as client:  # type: ignore[attr-defined]
        client.run(b"CLUSTER", b"ADDSLOTS", b"1")
        before = (tmp_path / "nodes.conf").read_bytes()
        second = start_and_fail(tmp_path)
        assert "already used by a different node" in second
        assert (tmp_path / "nodes.conf").read_bytes() == before


def start_and_fail(folder: Path, port: int = 0) -> str:
    """What a server says that is not to start."""
    run = subprocess.run(
        [sys.executable, "-m", "redlearn", "serve", "--port", str(port or free_port()),
         "--save", "", *enabled(), "--dir", str(folder)],
        capture_output=True, text=True, timeout=30,
    )  # fmt: skip
    assert run.returncode == 1
    assert "Traceback" not in run.stderr
    return run.stderr


def test_a_broken_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    conf = tmp_path / "nodes.conf"
    for bad in (b"garbage\n", b"a" * 40, b"vars currentEpoch 0 lastVoteEpoch 0\n"):
        conf.write_bytes(bad)
        assert "corrupted cluster config file" in start_and_fail(tmp_path)
        assert conf.read_bytes() == bad


def test_a_port_that_is_taken_leaves_the_file_alone(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with node(tmp_path / "one") as (_, port):  # type: ignore[attr-defined]
        assert "cannot listen" in start_and_fail(tmp_path / "two", port)
        assert (tmp_path / "two" / "nodes.conf").read_bytes() == b""


def test_redis_cli_follows_redirections_from_here(tmp_path: Path) -> None:
    binary, cli = redis_binary(), shutil.which("redis-cli")
    if binary is None or cli is None:
        pytest.skip("redis-server and redis-cli are not on PATH")
    slot = slot_of(b"a")
    with running(binary, *enabled()) as real, real.connect() as theirs:
        theirs.run(b"CLUSTER", b"ADDSLOTSRANGE", b"0", b"16383")
        wait_until_ok(theirs)
        theirs.run(b"SET", b"a", b"there")
        know(tmp_path, theirs.run(b"CLUSTER", b"MYID"), real.port, slot)
        words = ("--cluster-node-timeout", "600000")
        with node(tmp_path, *words) as (_, port), Connection(port) as ours:  # type: ignore[attr-defined]
            wait_until_ok(ours)
            assert str(ours.run(b"GET", b"a")) == f"MOVED {slot} 127.0.0.1:{real.port}"

            def ask(*line: str) -> bytes:
                run = [cli, "-c", "-p", str(port), *line]
                return subprocess.run(run, capture_output=True, timeout=30).stdout

            assert ask("GET", "a") == b"there\n"
            assert ask("SET", "b", "here") == b"OK\n"
            assert ours.run(b"GET", b"b") == b"here"
            migrated = ours.run(
                b"MIGRATE", b"127.0.0.1", b"%d" % real.port, b"b", b"0", b"1000", b"COPY"
            )
            assert migrated == b"OK"
            assert theirs.run(b"GET", b"b") == b"here"


def know(folder: Path, other: bytes, port: int, slot: int) -> None:
    """A file of a node that serves all slots but one, which another serves."""
    mine = b"%040x :7000@17000 myself,master - 0 0 0 connected 0-%d %d-16383\n" % (
        7, slot - 1, slot + 1,
    )  # fmt: skip
    place = b"127.0.0.1:%d@%d" % (port, 17000)
    theirs = b"%b %b master - 0 1 1 connected %d\n" % (other, place, slot)
    (folder / "nodes.conf").write_bytes(mine + theirs + b"vars currentEpoch 1 lastVoteEpoch 0\n")
