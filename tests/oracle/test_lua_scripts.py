"""500 random scripts give the same here and on real servers, but for what is named below."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from redlearn.resp.encode import encode
from tests.conftest import Redis
from tests.oracle.lua_scripts import Generator
from tests.oracle.servers import Server

SCRIPTS = 500
PLACE = re.compile(rb" script: \w+, on ")

SAID_OTHERWISE = (
    (b"Unknown Redis command called", b"Unknown command called"),
    (b"args calling Redis command", b"args calling command"),
    (b"This Redis command is not", b"This Valkey command is not"),
    (b"Lua redis lib command arguments", b"Command arguments"),
    (b"for this redis lib call", b"for this call"),
)
"""What Valkey says in place of Redis's words; and errors there do not name the script."""


def as_valkey(reply: bytes) -> bytes:
    """Our reply in Valkey's words."""
    reply = PLACE.sub(b" script: on ", reply)
    for ours, theirs in SAID_OTHERWISE:
        reply = reply.replace(ours, theirs)
    return _measured_anew(reply)


def _measured_anew(reply: bytes) -> bytes:
    """Lengths of strings that other words have changed do not count."""
    return re.sub(
        rb"\$\d+\r\n(?=[^\r]*(ommand called|ommand is not|calling command))", b"$\r\n", reply
    )


def differences(
    redis: Redis, server: Server, same: Callable[[bytes], bytes], first: int = 2
) -> list[str]:
    """The scripts of two seeds that came out otherwise, with both replies."""
    found: list[str] = []
    for protocol in (2, 3):
        server.reset()
        redis("FLUSHALL")
        redis(f"HELLO {protocol}")
        generator = Generator(first + protocol)
        with server.connect(protocol) as client:
            for _ in range(SCRIPTS // 2):
                argv = [b"EVAL", generator.script().encode(), b"0"]
                theirs = (
                    _measured_anew(client.raw(*argv)) if same is as_valkey else client.raw(*argv)
                )
                (reply,) = redis.all(*argv)
                ours = same(encode(reply, protocol))
                if ours != theirs:
                    found.append(f"{argv[1].decode()}\n  ours   {ours!r}\n  theirs {theirs!r}")
    return found


def test_scripts_give_what_they_give_on_valkey(redis: Redis, valkey_server: Server) -> None:
    found = differences(redis, valkey_server, as_valkey)
    assert not found, "\n".join(found[:20])


def test_scripts_give_what_they_give_on_redis(redis: Redis, redis_server: Server) -> None:
    found = differences(redis, redis_server, lambda reply: reply)
    assert not found, "\n".join(found[:20])


def test_the_generator_reaches_every_library() -> None:
    generator = Generator(1)
    text = "\n".join(generator.script() for _ in range(SCRIPTS))
    for name in ("cjson.encode", "cjson.decode", "cmsgpack.pack", "cmsgpack.unpack",
                 "struct.pack", "bit.tohex", "redis.pcall", "coroutine", "setresp"):  # fmt: skip
        assert name in text


@pytest.mark.parametrize("seed", [1, 2])
def test_the_generator_draws_the_same_again(seed: int) -> None:
    one, other = Generator(seed), Generator(seed)
    assert [one.script() for _ in range(50)] == [other.script() for _ in range(50)]


@pytest.mark.long
@pytest.mark.parametrize("first", range(10, 50, 2))
def test_many_more_scripts_on_both(
    first: int, redis: Redis, valkey_server: Server, redis_server: Server
) -> None:
    found = differences(redis, valkey_server, as_valkey, first)
    found += differences(redis, redis_server, lambda reply: reply, first)
    assert not found, "\n".join(found[:20])
