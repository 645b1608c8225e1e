"""Nothing that is sent breaks anything: an error of Redis's, or a value, and soon.

The short form of `bad_input.py`; the long one is `pytest -m long`, or its command line.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from redlearn.collector import undisturbed
from redlearn.engine.command import COMMANDS
from redlearn.engine.context import Context
from redlearn.errors import NESTED_MULTI, CommandError
from redlearn.resp.reply import OK, QUEUED, Failure, Reply
from tests.conftest import Redis
from tests.properties.bad_input import COUNT, commands, run


@pytest.mark.parametrize("count", [30, pytest.param(COUNT, marks=pytest.mark.long)])
def test_every_command_at_every_length_answers(count: int) -> None:
    found = run(count)
    assert not found.wrong, "\n".join(found.wrong)
    assert found.calls > 0.9 * count * len(commands())
    assert found.calls * 0.3 < found.refused < found.calls * 0.9
    assert found.waited


def test_a_command_that_breaks_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(ctx: Context, argv: list[bytes]) -> Reply:
        return 1 // (len(argv) - 2)

    monkeypatch.setattr(COMMANDS[b"STRLEN"], "run", broken)
    assert any("ZeroDivisionError" in line for line in run(50, only="strlen").wrong)


TEXT = b"a" * 10_000
PATTERNS = {
    "stars and any": b"*?" * 1000,
    "stars": b"*" * 100_000,
    "stars and letters": b"*a" * 900 + b"b",
    "more stars than are followed": b"*a" * 5000 + b"b",
    "open classes": b"[" * 5000,
    "classes": b"[a-z]" * 2000 + b"b",
    "stars and classes": b"*[^b]" * 900 + b"b",
    "a class that never ends": b"[" + b"a-z" * 5000,
    "escapes": b"\\" * 9999,
    "classes that nearly fit everywhere": b"*" + b"[ab]" * 5000 + b"[b]*",
    "any bytes that nearly fit": b"*" + b"?" * 5000 + b"[b]*",
    "one long class after a star": b"*" + b"[ab]" * 1500 + b"c",
}
ASKING = (
    b"KEYS %p", b"SCAN 0 MATCH %p COUNT 1000", b"HSCAN h 0 MATCH %p", b"SSCAN s 0 MATCH %p",
    b"ZSCAN z 0 MATCH %p", b"CONFIG GET %p", b"COMMAND LIST FILTERBY PATTERN %p",
    b"PSUBSCRIBE %p", b"PUNSUBSCRIBE %p", b"SORT l BY %p GET %p", b"PUBSUB CHANNELS %p",
)  # fmt: skip


@pytest.mark.parametrize("name", PATTERNS)
def test_no_pattern_is_slow(redis: Redis, name: str) -> None:
    for argv in ([b"SET", TEXT, b"v"], [b"HSET", b"h", TEXT, b"v"], [b"SADD", b"s", TEXT]):
        redis(*argv)
    redis(b"ZADD", b"z", b"1", TEXT)
    redis("RPUSH l a b c")
    listener = redis.connect()
    listener.all(b"PSUBSCRIBE", PATTERNS[name])
    for line in (*ASKING, b"PUBLISH %t x"):
        words = {b"%p": PATTERNS[name], b"%t": TEXT}
        argv = [words.get(word, word) for word in line.split()]
        assert seconds(lambda argv=argv: redis.connect().all(*argv)) < 1, line  # type: ignore[misc]


def seconds(act: Callable[[], object]) -> float:
    """How much of the processor an act takes, without walks over all that other tests left."""
    with undisturbed():
        started = time.process_time()
        act()
        return time.process_time() - started


@pytest.mark.parametrize(
    "name", ["MGET", "DEL", "EXISTS", "SUNION", "PFCOUNT", "SADD", "RPUSH", "WATCH", "ECHO", "NOPE"]
)
def test_a_hundred_thousand_arguments_are_no_deeper_than_two(redis: Redis, name: str) -> None:
    argv = [name.encode(), *[b"%d" % number for number in range(100_000)]]
    assert seconds(lambda: redis.all(*argv)) < 1
    redis.engine.check()


def test_multi_in_multi_goes_no_deeper(redis: Redis) -> None:
    assert redis("MULTI") == OK
    for _ in range(2000):
        with pytest.raises(CommandError, match=NESTED_MULTI):
            redis("MULTI")
    for _ in range(2000):
        assert redis("PING") == QUEUED
    assert isinstance(redis.all("EXEC")[0], (list, Failure))
    assert redis("PING") != QUEUED


def test_a_chain_of_waiting_moves_is_no_recursion(redis: Redis) -> None:
    """Each BLMOVE that is served serves the next: five thousand of them from one push."""
    length = 5000
    for number in range(length):
        redis.connect().all(f"BLMOVE k{number} k{number + 1} LEFT RIGHT 0")
    redis("RPUSH k0 element")
    assert redis(f"LRANGE k{length} 0 -1") == [b"element"]
    assert redis("EXISTS k0 k1 k2500") == 0
    redis.engine.check()
