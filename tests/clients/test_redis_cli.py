"""redis-cli, the real one, with all that it does beside sending a command."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.clients.served import Served
from tests.oracle.servers import pack

CLI = shutil.which("redis-cli")
PATIENCE = 20
MOST = 100_000

pytestmark = pytest.mark.skipif(CLI is None, reason="redis-cli is not on PATH")


def cli(served: Served, *words: str, typed: bytes = b"") -> str:
    done = subprocess.run(
        command(served, *words), input=typed, capture_output=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    assert b"Error" not in done.stderr, done.stderr
    return done.stdout.decode()


def command(served: Served, *words: str) -> list[str]:
    assert CLI is not None
    return [CLI, "-p", str(served.port), *words]


def fill(served: Served, count: int) -> None:
    with served.connect() as client:
        client.pipeline([b"SET", b"key:%d" % number, b"x" * 10] for number in range(count))
        client.pipeline([b"RPUSH", b"list", b"%d" % number] for number in range(50))
        client.run(b"HSET", b"hash", b"f", b"1", b"g", b"2")
        client.run(b"SADD", b"set", b"a", b"b", b"c")
        client.run(b"ZADD", b"zset", b"1", b"a")
        client.run(b"XADD", b"stream", b"*", b"f", b"v")


class Output:
    """What a program that goes on running writes: waited for, not slept for."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.seen = ""

    def until(self, pattern: str) -> re.Match[str]:
        """Read on until a pattern is found in what was not taken yet, and take all up to it."""
        while (found := re.search(pattern, self.seen)) is None:
            ready, _, _ = select.select([self.descriptor], [], [], PATIENCE)
            data = os.read(self.descriptor, 4096) if ready else b""
            assert data and len(self.seen) < MOST, f"{pattern!r} did not come: {self.seen!r}"
            self.seen += data.decode()
        self.seen = self.seen[found.end() :]
        return found


@contextmanager
def going(served: Served, *words: str) -> Iterator[Output]:
    with subprocess.Popen(command(served, *words), stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield Output(process.stdout.fileno())
        finally:
            process.kill()


@contextmanager
def terminal(served: Served, *words: str) -> Iterator[tuple[int, Output]]:
    """A terminal in which redis-cli runs: to type into, and to read."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command(served, *words), stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "TERM": "dumb", "HOME": "/nonexistent"},
    )  # fmt: skip
    os.close(theirs)
    try:
        yield ours, Output(ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_typed_commands_are_answered_in_the_words_of_redis_cli(served: Served) -> None:
    with terminal(served) as (keyboard, output):
        output.until(r"127\.0\.0\.1:\d+> ")
        for line, answer in (
            (b"SET greeting 'hello there'", "OK"),
            (b"GET greeting", '"hello there"'),
            (b"INCR greeting", r"\(error\) ERR value is not an integer or out of range"),
            (b"RPUSH l a b", r"\(integer\) 2"),
            (b"LRANGE l 0 -1", '1\\) "a"\\s+2\\) "b"'),
            (b"GET nothing", r"\(nil\)"),
            (b"MULTI", r"OK\s+127\.0\.0\.1:\d+\(TX\)>"),
            (b"INCR n", r"QUEUED"),
            (b"EXEC", r"1\) \(integer\) 1"),
            (b"SELECT 3", r"127\.0\.0\.1:\d+\[3\]> "),
            (b"HELLO 3", r'"proto" => \(integer\) 3'),
            (b"HSET h f v", r"\(integer\) 1"),
            (b"HGETALL h", r'1# "f" => "v"'),
        ):
            os.write(keyboard, line + b"\n")
            output.until(answer)


def test_help_comes_from_the_servers_own_table(served: Served) -> None:
    with terminal(served) as (keyboard, output):
        output.until(r"> ")
        os.write(keyboard, b"help zadd\n")
        output.until(r"ZADD\S* \S*key .*score member")
        output.until(r"group:\S* sorted-set")


@pytest.mark.parametrize("many", [1, 20_000])
def test_pipe_mode_loads_in_bulk(served: Served, many: int) -> None:
    typed = b"".join(pack([b"SET", b"k%d" % number, b"v"]) for number in range(many))
    assert f"errors: 0, replies: {many}\n" in cli(served, "--pipe", typed=typed)
    assert cli(served, "DBSIZE") == f"{many}\n"


def test_pipe_mode_counts_the_errors(served: Served) -> None:
    done = subprocess.run(
        command(served, "--pipe"), input=b"SET k v\r\nLPUSH k 1\r\nNONSENSE\r\n",
        capture_output=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert b"errors: 2, replies: 3" in done.stdout


def test_arguments_come_from_standard_input(served: Served) -> None:
    assert cli(served, "-x", "SET", "blob", typed=bytes(range(1, 256))) == "OK\n"
    assert cli(served, "STRLEN", "blob") == "255\n"


def test_scan_lists_every_key_once(served: Served) -> None:
    fill(served, 1_000)
    keys = cli(served, "--scan").split()
    assert len(keys) == len(set(keys)) == 1_005
    assert len(cli(served, "--scan", "--pattern", "key:99?").split()) == 10


def test_bigkeys_finds_the_largest_of_each_type(served: Served) -> None:
    fill(served, 300)
    said = cli(served, "--bigkeys")
    assert "Sampled 305 keys in the keyspace!" in said
    for found in (
        """Biggest   list found '"list"' has 50 items""",
        """Biggest   hash found '"hash"' has 2 fields""",
        """Biggest    set found '"set"' has 3 members""",
        """Biggest stream found '"stream"' has 1 entries""",
    ):
        assert found in said


def test_memkeys_finds_what_takes_most_bytes(served: Served) -> None:
    fill(served, 100)
    with served.connect() as client:
        client.run(b"SET", b"huge", b"x" * 1_000_000)
    said = cli(served, "--memkeys")
    found = re.search(r"Biggest string found '\"huge\"' has (\d+) bytes", said)
    assert found and 1_000_000 < int(found[1]) < 1_300_000


def test_hotkeys_finds_what_is_asked_for_most(served: Served) -> None:
    fill(served, 100)
    with served.connect() as client:
        client.run(b"CONFIG", b"SET", b"maxmemory-policy", b"allkeys-lfu")
        client.pipeline([b"GET", b"key:7"] for _ in range(3_000))
    said = cli(served, "--hotkeys").split("summary")[1]
    hottest = re.search(r"hot key found with counter: (\d+)\s+keyname: (\S+)", said)
    assert hottest and hottest[2] == '"key:7"' and int(hottest[1]) > 10


def test_hotkeys_without_lfu_is_told_why_not(served: Served) -> None:
    fill(served, 1)
    done = subprocess.run(
        command(served, "--hotkeys"), capture_output=True, check=False, timeout=PATIENCE
    )
    assert b"An LFU maxmemory policy is not selected" in done.stdout + done.stderr


def test_latency_measures_round_trips(served: Served) -> None:
    low, high, mean, count = cli(served, "--latency", "-i", "0.3", "--raw").split()
    assert int(low) <= float(mean) <= int(high)
    assert int(count) > 10


def test_stat_prints_a_line_each_interval(served: Served) -> None:
    fill(served, 100)
    with terminal(served, "--stat", "-i", "0.05") as (_, output):
        output.until("keys       mem      clients blocked requests            connections")
        for _ in range(3):
            assert output.until(r"(\d+) +[\d.]+[BKMG] +\d+ +0 +\d+ \([+\d]+\) +\d+")[1] == "105"


def test_monitor_shows_what_others_do(served: Served) -> None:
    with going(served, "MONITOR") as output, served.connect() as client:
        output.until("OK\n")
        client.run(b"SET", b"k", b"a\x00\nb")
        output.until(r'\d+\.\d{6} \[0 127\.0\.0\.1:\d+\] "SET" "k" "a\\x00\\nb"\n')


def test_a_subscriber_gets_what_is_published(served: Served) -> None:
    with going(served, "PSUBSCRIBE", "news.*") as output, served.connect() as client:
        output.until(r"psubscribe\nnews\.\*\n1\n")
        assert client.run(b"PUBLISH", b"news.art", b"hello") == 1
        output.until(r"pmessage\nnews\.\*\nnews\.art\nhello\n")


def test_repeated_commands_and_csv(served: Served) -> None:
    assert cli(served, "-r", "3", "INCR", "n").split() == ["1", "2", "3"]
    cli(served, "RPUSH", "l", "a", "b")
    assert cli(served, "--csv", "LRANGE", "l", "0", "-1") == '"a","b"\n'
    assert cli(served, "-3", "--json", "LRANGE", "l", "0", "-1") == '["a","b"]\n'
