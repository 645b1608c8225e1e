"""`redlearn serve` as a process: it starts, serves real clients, and ends when told to."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.oracle.servers import Connection, free_port


@contextmanager
def process(*words: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server of its own, once it is ready; and its port."""
    with told(*words) as (started, port, _):
        yield started, port


@contextmanager
def told(*words: str) -> Iterator[tuple[subprocess.Popen[str], int, list[str]]]:
    """The same, and what it said until then."""
    port = free_port()
    started = subprocess.Popen(
        [sys.executable, "-m", "redlearn", "serve", "--port", str(port), "--save", "", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert started.stderr is not None
        said = [started.stderr.readline()]
        while said[-1] and "ready to accept connections" not in said[-1]:
            said.append(started.stderr.readline())
        assert said[-1], said
        yield started, port, said
    finally:
        started.kill()
        started.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_good_order(number: signal.Signals) -> None:
    with process() as (started, port), Connection(port) as client:
        assert client.run(b"SET", b"k", b"v") == b"OK"
        started.send_signal(number)
        assert started.wait(10) == 0
        assert client.sock.recv(1) == b""


def test_it_saves_at_its_end_and_loads_at_its_beginning(tmp_path: Path) -> None:
    words = ("--dir", str(tmp_path), "--save", "3600 1")
    with process(*words) as (started, port), Connection(port) as client:
        client.run(b"SET", b"k", b"v")
        started.send_signal(signal.SIGTERM)
        assert started.wait(10) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["dump.rdb"]
    with told(*words) as (started, port, said), Connection(port) as client:
        assert any(
            re.search(r"DB loaded from disk: 1 key in \d+\.\d{3} seconds$", line) for line in said
        )
        assert client.run(b"GET", b"k") == b"v"
        with pytest.raises(ConnectionError):
            client.pipeline([(b"SET", b"k", b"w"), (b"SHUTDOWN",), (b"SET", b"k", b"x")])
        assert started.wait(10) == 0
    with told(*words) as (started, port, said), Connection(port) as client:
        assert client.run(b"GET", b"k") == b"w"


def test_a_background_save_is_a_child_that_leaves_the_port_alone(tmp_path: Path) -> None:
    with process("--dir", str(tmp_path)) as (_, port), Connection(port) as client:
        client.run(b"SET", b"k", b"v")
        assert client.run(b"BGSAVE") == b"Background saving started"
        while b"rdb_bgsave_in_progress:1" in client.run(b"INFO", b"persistence"):
            pass
        assert b"rdb_last_bgsave_status:ok" in client.run(b"INFO", b"persistence")
        assert b"total_forks:1" in client.run(b"INFO", b"stats")
        assert [path.name for path in tmp_path.iterdir()] == ["dump.rdb"]


def test_an_end_that_cannot_save_does_not_come_until_it_is_insisted_on(tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").mkdir()  # a name that no file can take
    words = ("--dir", str(tmp_path), "--save", "3600 1", "--dbfilename", "other.rdb")
    with process(*words) as (started, port), Connection(port) as client:
        client.run(b"SET", b"k", b"v")
        (tmp_path / "other.rdb").mkdir()
        reply = client.run(b"SHUTDOWN")
        assert str(reply) == "ERR Errors trying to SHUTDOWN. Check logs."
        started.send_signal(signal.SIGTERM)
        assert client.run(b"GET", b"k") == b"v"
        with pytest.raises(ConnectionError):
            client.run(b"SHUTDOWN", b"FORCE")
        assert started.wait(10) == 0


def test_a_damaged_file_ends_it_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").write_bytes(b"REDIS0010\xfe\x00")
    done = ended("--port", "0", "--dir", str(tmp_path))
    assert done.returncode == 1
    assert "Fatal error loading the DB from dump.rdb: at byte" in done.stderr
    assert (tmp_path / "dump.rdb").read_bytes() == b"REDIS0010\xfe\x00"


def test_what_a_killed_server_left_unfinished_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / f"temp-redlearn-{gone.pid}.rdb").write_bytes(b"half")
    (tmp_path / f"temp-redlearn-{os.getpid()}.rdb").write_bytes(b"of somebody who lives")
    (tmp_path / "temp-1.rdb").write_bytes(b"of somebody else")
    with process("--dir", str(tmp_path)):
        left = {path.name for path in tmp_path.iterdir()}
        assert left == {f"temp-redlearn-{os.getpid()}.rdb", "temp-1.rdb"}


def test_shutdown_ends_it_without_a_reply() -> None:
    with process() as (started, port), Connection(port) as client:
        with pytest.raises(ConnectionError):
            client.run(b"SHUTDOWN", b"NOSAVE")
        assert started.wait(10) == 0


def test_a_file_says_how_and_is_written_anew(tmp_path: Path) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text(f"# mine\ndaemonize yes\ndir {tmp_path}\nhz 10\n")
    port = free_port()
    started = subprocess.Popen(
        [sys.executable, "-m", "redlearn", "serve", str(conf), "--port", str(port)],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert started.stderr is not None
        assert "stays in the foreground" in started.stderr.readline()
        assert "ready to accept" in started.stderr.readline()
        with Connection(port) as client:
            assert client.run(b"CONFIG", b"SET", b"hz", b"50") == b"OK"
            assert client.run(b"CONFIG", b"REWRITE") == b"OK"
            assert f"process_id:{started.pid}".encode() in client.run(b"INFO", b"server")
            assert client.run(b"CONFIG", b"GET", b"dir")[1] == str(tmp_path).encode()
        lines = conf.read_text().splitlines()
        assert lines[:4] == ["# mine", "daemonize yes", f'dir "{tmp_path}"', "hz 50"]
        assert f"port {port}" in lines
    finally:
        started.kill()
        started.communicate()


def test_what_went_over_connections_is_counted(tmp_path: Path) -> None:
    file = tmp_path / "k\u00f6ter.pid"
    words = ("--commandlog-request-larger-than", "100", "--commandlog-reply-larger-than", "100")
    with process("--pidfile", str(file), *words) as (started, port), Connection(port) as client:
        client.run(b"SET", b"k", b"v" * 200)
        client.run(b"GET", b"k")
        assert file.read_text() == f"{started.pid}\n"
        assert client.run(b"COMMANDLOG", b"GET", b"-1", b"large-request")[0][2] == 204
        assert client.run(b"COMMANDLOG", b"GET", b"-1", b"large-reply")[-1][2] == 208
        text = client.run(b"INFO", b"stats").decode()
        counts = dict(line.split(":") for line in text.split("\r\n")[1:-1])
        assert int(counts["total_net_input_bytes"]) > 200 < int(counts["total_net_output_bytes"])
        started.send_signal(signal.SIGTERM)
        assert started.wait(10) == 0
        assert not file.exists()


def test_a_file_has_the_log_from_a_level_on(tmp_path: Path) -> None:
    file = tmp_path / "redis.log"
    port = free_port()
    words = ("--port", str(port), "--dir", str(tmp_path), "--logfile", file.name)
    started = subprocess.Popen(
        [sys.executable, "-m", "redlearn", "serve", *words, "--loglevel", "verbose"],
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        while not (file.exists() and "ready to accept" in file.read_text()):
            assert started.poll() is None
        with Connection(port) as client:
            moved = free_port()
            assert client.run(b"CONFIG", b"SET", b"port", b"%d" % moved) == b"OK"
            with Connection(moved) as other:
                assert b"port=%d\r\n" % moved in other.run(b"INFO", b"server")
        started.send_signal(signal.SIGTERM)
        assert started.wait(10) == 0
        said = [line.split(" ", 5)[5] for line in file.read_text().splitlines()]
        assert said[0].startswith("* redlearn ")
        assert said[1].startswith("- Client 1 has come from 127.0.0.1:")
        assert said[-1] == "* Good bye."
        assert started.stderr is not None
        assert started.stderr.read() == ""
    finally:
        started.kill()
        started.communicate()


def test_a_log_that_cannot_be_written_is_a_sentence_and_a_status() -> None:
    done = ended("--port", "0", "--logfile", "/no/such/redis.log")
    assert done.returncode == 1
    assert done.stderr == "Can't open the log file: No such file or directory\n"


def test_tls_without_a_certificate_is_a_sentence_and_a_status() -> None:
    done = ended("--port", "0", "--tls-port", str(free_port()), "--tls-cert-file", "/no/such")
    assert done.returncode == 1
    assert "cannot listen" in done.stderr


def test_a_folder_that_is_not_there_is_a_sentence_and_a_status() -> None:
    done = ended("--port", "0", "--dir", "/no/such")
    assert done.returncode == 1
    assert "cannot work in /no/such" in done.stderr


def ended(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "redlearn", "serve", *words],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_a_port_in_use_is_a_sentence_and_a_status() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = ended("--port", str(taken.getsockname()[1]), "--bind", "127.0.0.1")
    assert done.returncode == 1
    assert done.stderr.startswith("redlearn cannot listen: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--no-such", "1"], "there is no parameter 'no-such'"),
        (["/no/such/redis.conf"], "No such file"),
    ],
)
def test_a_wrong_setting_is_a_sentence_and_a_status(words: list[str], text: str) -> None:
    done = ended(*words)
    assert done.returncode == 1
    assert text in done.stderr
    assert "Traceback" not in done.stderr
