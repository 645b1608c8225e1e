"""A script that takes long: others hear that the server is busy, and can end it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from redlearn.errors import BUSY_FUNCTION, BUSY_SCRIPT, UNKILLABLE
from redlearn.lua.runner import WorkerRunner
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import OK, PONG, Failure
from redlearn.server.busy import Bench
from redlearn.server.holding import Holding
from redlearn.server.host import EngineHost
from tests.server.rig import Peer, Rig, serving

ENDLESS = b"while true do end"
STUBBORN = b"while true do pcall(function() while true do end end) end"
CALLING = b"while true do redis.call('GET', 'k') end"
DEEP_IN_C = b"return string.find(('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(40))"


@asynccontextmanager
async def with_scripts() -> AsyncIterator[Rig]:
    async with serving(busy_reply_threshold="20") as rig:
        runner = WorkerRunner()
        rig.engine.state.scripts.runner = runner
        bench = Bench(rig.engine, runner)
        host = rig.listener.host
        assert isinstance(host, EngineHost)
        host.take_bench(bench)
        try:
            yield rig
        finally:
            bench.close()


async def begin(peer: Peer, *argv: bytes) -> None:
    await peer.send(encode_command(argv))


async def until_busy(peer: Peer, words: str) -> None:
    """Ask until the script is late; the questions before are answered after waiting for it."""
    reply = await peer("PING")
    while reply != Failure(words):
        assert reply == PONG
        reply = await peer("PING")


@pytest.mark.parametrize("source", [ENDLESS, STUBBORN, CALLING, DEEP_IN_C])
async def test_a_script_that_takes_long_can_be_killed(source: bytes) -> None:
    async with with_scripts() as rig:
        one, other = await rig.connect(), await rig.connect()
        await begin(one, b"EVAL", source, b"0")
        await until_busy(other, BUSY_SCRIPT)
        assert await other("FUNCTION KILL") == Failure(BUSY_SCRIPT)
        assert await other("SCRIPT KILL") == OK
        reply = await one.reply()
        assert isinstance(reply, Failure)
        assert reply.text.startswith("ERR Script killed by user with SCRIPT KILL")
        assert await other("PING") == PONG and await one("PING") == PONG


async def test_what_has_written_is_not_killed_and_is_whole_at_its_end() -> None:
    source = b"""
        for i = 1, 3000 do redis.call('INCR', 'n') end
        return redis.call('GET', 'n')
    """
    async with with_scripts() as rig:
        one, other = await rig.connect(), await rig.connect()
        await begin(one, b"EVAL", source, b"0")
        await until_busy(other, BUSY_SCRIPT)
        scripts = rig.engine.state.scripts
        while scripts.running is None or not scripts.running.wrote:
            assert await other("PING") == Failure(BUSY_SCRIPT)
        assert await other("SCRIPT KILL") == Failure(UNKILLABLE)
        assert await one.reply() == b"3000"
        assert await other("GET n") == b"3000"


async def test_it_stays_its_clients_while_others_are_told_that_it_is_busy() -> None:
    source = b"""
        for i = 1, 3000 do redis.call('SET', 'a', i) end
        return redis.pcall('GET', 'b')
    """
    async with with_scripts() as rig:
        host = rig.listener.host
        assert isinstance(host, EngineHost)
        rig.listener.holding = Holding(rig.engine, host.before_sleep)
        one, other = await rig.connect(), await rig.connect()
        assert await other("ACL SETUSER ann on nopass ~a +@all") == OK
        assert await one("AUTH ann any") == OK
        await begin(one, b"EVAL", source, b"0")
        await until_busy(other, BUSY_SCRIPT)
        await other.send(encode_command([b"PING"]) * 5)
        while Failure(BUSY_SCRIPT) in [await other.reply() for _ in range(5)]:
            await other.send(encode_command([b"PING"]) * 5)
        verdict = await one.reply()
        assert isinstance(verdict, Failure) and "No permissions to access a key" in verdict.text


async def test_functions_have_their_own_words_and_are_shown() -> None:
    code = b"#!lua name=l\nredis.register_function('f', function() while true do end end)"
    async with with_scripts() as rig:
        one, other = await rig.connect(), await rig.connect()
        await begin(one, b"FUNCTION", b"LOAD", code)
        assert await one.reply() == b"l"
        await begin(one, b"FCALL", b"f", b"0")
        await until_busy(other, BUSY_FUNCTION)
        await other("HELLO 3")
        stats = await other("FUNCTION STATS")
        assert isinstance(stats, dict)
        running = stats[b"running_script"]
        assert isinstance(running, dict) and running[b"name"] == b"f"
        assert running[b"command"] == [b"FCALL", b"f", b"0"]
        assert await other("SCRIPT KILL") == Failure(BUSY_FUNCTION)
        assert await other("FUNCTION KILL") == OK
        assert isinstance(await one.reply(), Failure)


async def test_the_rest_of_a_transaction_and_of_a_pipeline_follows() -> None:
    async with with_scripts() as rig:
        one, other = await rig.connect(), await rig.connect()
        for argv in ((b"MULTI",), (b"SET", b"a", b"1"), (b"EVAL", ENDLESS, b"0"),
                     (b"SET", b"b", b"2"), (b"EXEC",), (b"GET", b"b")):  # fmt: skip
            await begin(one, *argv)
        await until_busy(other, BUSY_SCRIPT)
        assert await other("SCRIPT KILL") == OK
        replies = [await one.reply() for _ in range(6)]
        assert isinstance(replies[4], list)
        assert replies[4][0] == OK and isinstance(replies[4][1], Failure)
        assert replies[4][2] == OK and replies[5] == b"2"


async def test_whoever_leaves_or_comes_meanwhile_disturbs_nothing() -> None:
    async with with_scripts() as rig:
        one, other = await rig.connect(), await rig.connect()
        await begin(one, b"EVAL", CALLING, b"0")
        await until_busy(other, BUSY_SCRIPT)
        late = await rig.connect()
        assert await late("PING") == Failure(BUSY_SCRIPT)
        one.writer.close()
        assert await late("SCRIPT KILL") == OK
        while await late("PING") != PONG:
            pass
        rig.engine.check()


async def test_without_a_threshold_nobody_is_told() -> None:
    async with with_scripts() as rig:
        one = await rig.connect()
        await one("CONFIG SET busy-reply-threshold 0")
        await begin(one, b"EVAL", b"return redis.call('PING')", b"0")
        assert await one.reply() == PONG


async def test_a_script_let_go_by_the_end_of_another_is_carried_along() -> None:
    async with with_scripts() as rig:
        one, other = await rig.connect(), await rig.connect()
        bench_runs = rig.engine.carry
        assert bench_runs is not None
        done: list[int] = []

        def outer() -> None:
            bench_runs(rig.engine.state.clients[2], lambda: done.append(2))
            done.append(1)

        bench_runs(rig.engine.state.clients[1], outer)
        assert done == [2, 1]
        await begin(one, b"EVAL", b"return 1", b"0")
        assert await one.reply() == 1
        assert await other("PING") == PONG


async def test_a_threshold_of_ages_is_one_too() -> None:
    async with with_scripts() as rig:
        one = await rig.connect()
        assert await one(f"CONFIG SET busy-reply-threshold {2**63 - 1}") == OK
        await begin(one, b"EVAL", b"return redis.call('PING')", b"0")
        assert await one.reply() == PONG
