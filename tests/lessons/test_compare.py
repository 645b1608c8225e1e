from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from redlearn.backends.address import Address
from redlearn.backends.comparing import hold
from redlearn.backends.real import RealServer
from redlearn.lessons.compare import compare, is_meant_for
from redlearn.lessons.library import lesson_files
from redlearn.lessons.parse import load
from tests.lessons.samples import lesson_of, sample, stage
from tests.oracle.servers import LOOPBACK, Server, free_port, redis_binary, running

LESSONS = pytest.mark.parametrize("path", lesson_files(), ids=lambda path: path.name)


@pytest.fixture(scope="module")
def cluster_server() -> Iterator[Server]:
    """A Redis in cluster mode that owns all slots."""
    binary = redis_binary()
    if binary is None:
        pytest.skip("redis-server is not on PATH")
    bus = str(free_port())  # by default 10000 above its port, which may be too high
    with running(binary, "--cluster-enabled", "yes", "--cluster-port", bus) as server:
        yield server


def differences(path: Path, server: Server, cluster: Server) -> list[str]:
    """What a real server says otherwise than a lesson, but for what is known to differ."""
    lesson = load(path, path.name)
    node = Address(LOOPBACK, cluster.port)
    with RealServer(Address(LOOPBACK, server.port), node) as real:
        outcome = hold(lesson, real)
    if outcome.skipped:
        pytest.skip(f"{path.name}: {outcome.skipped}")
    return list(map(str, outcome.differences))


@LESSONS
def test_a_real_redis_says_what_the_lesson_says(
    path: Path, redis_server: Server, cluster_server: Server
) -> None:
    assert differences(path, redis_server, cluster_server) == []


@LESSONS
def test_a_real_valkey_says_what_the_lesson_says(
    path: Path, valkey_server: Server, cluster_server: Server
) -> None:
    assert differences(path, valkey_server, cluster_server) == []


@pytest.mark.parametrize(
    ("real", "version", "meant"),
    [(">=7.0", "7.0.15", True), (">=7.2", "7.0.15", False), (">=7.2", "9.1.2", True),
     (">=7.4", "7.10.1", True), ("", "7.4.0", False), ("==7.0", "7.0.15", True),
     ("<=7.0", "7.0.15", True), (">7.0", "7.0.15", False), ("<7.2", "7.0.15", True)],
)  # fmt: skip
def test_a_lesson_says_which_servers_it_is_true_of(real: str, version: str, meant: bool) -> None:
    assert is_meant_for(replace(sample(), real=real), version) == meant


def test_the_embedded_engine_is_compared_in_the_same_way() -> None:
    on = stage()
    assert compare(sample(), lambda command: on.run(command.argv, command.client), on.advance) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            "```transcript\n> GET k\n(nil)\n> DBSIZE\n(integer) 5\n```",
            "`DBSIZE` prints '(integer) 0'",
        ),
        ("```redis\nINCR\n```", "`INCR` fails: ERR wrong number of arguments"),
        (
            '```check\n[[expect]]\ncmd = "GET k"\nreply = "1"\n```\n```solution\nSET k 2\n```',
            "after the solution, `GET k` says",
        ),
        (
            '```check\n[[expect]]\ncmd = "GET k"\nerror = "WRONG"\n```\n```solution\nSET k 2\n```',
            "after the solution, `GET k` says",
        ),
    ],
)
def test_a_difference_is_told_with_its_place(body: str, message: str) -> None:
    on = stage()
    problems = compare(
        lesson_of(f"## 1\n{body}\n"),
        lambda command: on.run(command.argv, command.client),
        on.advance,
    )
    assert len(problems) == 1
    assert problems[0].message.startswith(message)
    assert problems[0].place.line > 7


def test_what_only_our_own_engine_shows_is_not_asked_of_a_server() -> None:
    lesson = lesson_of(
        '## 1\n```check\n[[expect]]\nprobe = "k.length"\nis = 99\n'
        '[[expect]]\nevent = "hopped"\n```\n'
        "```solution\nSET k 2\n```\n"
    )
    on = stage()
    assert compare(lesson, lambda command: on.run(command.argv, command.client), on.advance) == []


def test_time_passes_there_as_well() -> None:
    on = stage()
    lesson = lesson_of(
        "## 1\n```redis\nSET k 1 EX 10\n:advance 1s\n```\n<!-- clock: +2s -->\n"
        "```transcript\n> TTL k\n(integer) 7\n> :advance 8s\n> EXISTS k\n(integer) 0\n```\n"
    )
    assert compare(lesson, lambda command: on.run(command.argv, command.client), on.advance) == []
