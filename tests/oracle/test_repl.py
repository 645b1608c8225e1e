"""The line mode against redis-cli: the same script piped to both prints the same bytes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

import pytest

from tests.oracle.servers import Server
from tests.resp.cli import require_cli

ROOT = Path(__file__).parent.parent.parent
LINES = 3_000

KEYS = ["k", "n", "h", "z", "'odd key'", '"\\x00\\xff"', "{tag}x", "é"]
VALUES = [
    "v", "7", "-3", "3.5", '""', "''", '"a b"', "'it\\'s'", '"line\\nline"', '"\\x1b[31m"',
    '"\\"q\\""', "naïve", "\\x41", "[markup]", '"tab\\there"',
]  # fmt: skip
WHOLE = [
    b"", b"   ", b"\t", b"PING", b"ping hello", b"PING a b", b"GET", b"get k k", b"nonsense",
    b"nonsense 'a b' \"c\"", b'GET "open', b"GET 'open", b'GET "a"b', b'"', b"'", b'""', b'"" foo',
    b"3 INCR n", b"0 INCR n", b"-2 INCR n", b"+2 PING", b"2x PING", b"99999999999999999999 PING",
    b"3", b"  2 GET k  ", b"2 quit", b"GET k\r", b"GET k\0 b",
    b"\0", b"GET \xff\xfe", b"SET k \xc3\x28", b"ECHO \"\\x00\\x01\"", b"MULTI", b"EXEC",
    b"DISCARD",
    b"MULTI", b"EXEC", b"WATCH k", b"UNWATCH", b"SELECT 1", b"SELECT 0", b"SELECT 99", b"DBSIZE",
    b"CONFIG GET hz", b"CONFIG GET nosuch", b"CONFIG SET hz x", b"COMMAND COUNT 1", b"OBJECT",
    b"OBJECT nosuch k", b"CLIENT GETNAME", b"CLIENT SETNAME me", b"CLIENT SETNAME 'a b'",
    b"AUTH x", b"ECHO x y", b"TYPE k", b"OBJECT ENCODING z",
    b"LCS k h", b"COMMAND GETKEYS MSET a 1 b 2", b"EXISTS k n k",
]  # fmt: skip
"""Lines as they are; QUIT alone would end it."""


def line(rng: Random) -> bytes:
    """One line, often wrong in one way or another."""
    if rng.random() < 0.25:
        return rng.choice(WHOLE)
    key, other, value = rng.choice(KEYS), rng.choice(KEYS), rng.choice(VALUES)
    number = rng.choice(["0", "1", "-1", "5", "10", "(3", "+inf", "-inf", "x", "1.5"])
    text = rng.choice([
        f"SET {key} {value}", f"SET {key} {value} NX GET", f"SET {key} {value} EX", f"GET {key}",
        f"APPEND {key} {value}", f"INCR {key}", f"INCRBYFLOAT {key} {number}", f"STRLEN {key}",
        f"GETRANGE {key} {number} -1", f"SETRANGE {key} {number} {value}", f"MGET {key} {other} k",
        f"HSET h {value} {number} f {value}", f"HGET h {value}", "HGETALL h", f"HDEL h {value} f",
        f"HMGET h f {value} nosuch", "HKEYS h", "HVALS h", f"HINCRBY h f {number}",
        f"ZADD z {number} {value} 2 b", f"ZADD {key} {number} {value}", "ZRANGE z 0 -1 WITHSCORES",
        f"ZRANGE z {number} 10 BYSCORE LIMIT 0 2", f"ZSCORE z {value}",
        f"ZRANK z {value}", f"ZREM z {value}", "ZPOPMIN z", f"ZMSCORE z b {value}", "ZSCAN z 0",
        f"ZUNION 2 z {key} WITHSCORES", f"ZINCRBY z {number} {value}", f"DEL {key}", f"TYPE {key}",
        f"RENAME {key} {other}", f"COPY {key} {other} REPLACE", f"EXPIRE {key} {number}",
        f"PERSIST {key}", "HSCAN h 0", f"LCS {key} {other} IDX", f"ECHO {value}",
    ])  # fmt: skip
    return text.encode()


def script(seed: int, lines: int = LINES) -> bytes:
    """A script; its last line has no end."""
    rng = Random(seed)
    return b"\n".join([line(rng) for _ in range(lines)] + [b"GET k"])


def by_redis_cli(server: Server, text: bytes, *options: str) -> bytes:
    with tempfile.TemporaryFile() as keyboard:
        keyboard.write(text)
        keyboard.seek(0)
        command = [require_cli(), "-p", str(server.port), *options]
        return subprocess.run(command, stdin=keyboard, capture_output=True, check=True).stdout


def by_redlearn(text: bytes, *options: str) -> bytes:
    command = [sys.executable, "-m", "redlearn", "repl", *options]
    return subprocess.run(command, cwd=ROOT, input=text, capture_output=True, check=True).stdout


def assert_same(text: bytes, mine: bytes, theirs: bytes) -> None:
    if mine != theirs:
        ours, real = mine.split(b"\n"), theirs.split(b"\n")
        at = next(n for n, pair in enumerate(zip(ours, real, strict=False)) if len(set(pair)) > 1)
        pytest.fail(f"line {at} of the output:\n{ours[at - 3 : at + 3]}\n{real[at - 3 : at + 3]}")


@pytest.mark.parametrize("options", [("--no-raw",), ("--raw",)], ids=lambda each: each[0])
@pytest.mark.parametrize("seed", range(3))
def test_a_random_script_prints_what_redis_cli_prints(
    redis_server: Server, seed: int, options: tuple[str, ...]
) -> None:
    text = script(seed)
    theirs = by_redis_cli(redis_server, text, *options)
    mine = by_redlearn(text, *[option for option in options if option == "--raw"])
    assert theirs.count(b"\n") > LINES / 2
    assert_same(text, mine, theirs)


def test_after_hello_3_maps_and_doubles_are_printed_as_redis_cli_prints_them(
    redis_server: Server,
) -> None:
    text = b"HELLO 3\nECHO begin\n" + script(9).replace(b"quit", b"PING")
    theirs = by_redis_cli(redis_server, text, "--no-raw").partition(b'"begin"\n')[2]
    mine = by_redlearn(text).partition(b'"begin"\n')[2]
    assert b"(double)" in theirs
    assert b" => " in theirs
    assert_same(text, mine, theirs)


def test_texts_for_people_end_as_redis_cli_ends_them(redis_server: Server) -> None:
    text = b"CLIENT LIST\nPING\nCLIENT INFO\nPING\n"
    shapes = [
        [row[:3] for row in printed.split(b"\n")]
        for printed in (by_redlearn(text), by_redis_cli(redis_server, text, "--no-raw"))
    ]
    assert shapes[0] == shapes[1]
