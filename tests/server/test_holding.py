"""Replies that wait for the log: when they are sent, in which order, and what if it fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from redlearn.engine.clients import be_alert
from redlearn.engine.durability import WithoutDisk
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import OK, PONG, Failure, Push, Status
from redlearn.server.connection import Connection
from redlearn.server.holding import MOST, Holding
from redlearn.server.host import EngineHost
from tests.server.rig import Peer, Rig, serving

FULL = "MISCONF Errors writing to the AOF file: No space left on device"


class Log(WithoutDisk):
    """A log in memory: units are fed to it, and written before replies are sent.

    Attributes:
        full: The disk is.
        writes: How many units each write took.
    """

    def __init__(self, rig: Rig) -> None:
        self.full = False
        self.writes: list[int] = []
        self._state = rig.engine.state
        self._fed = 0
        self._state.store = self
        self._state.durability.log = "on"
        self._state.sinks.append(self.feed)

    def feed(self, unit: object) -> None:
        self._fed += 1
        self._state.durability.offset += 1

    def before_sleep(self) -> None:
        known = self._state.durability
        known.log_error = "No space left on device" if self.full else ""
        be_alert(self._state)
        if self._fed and not self.full:
            self.writes.append(self._fed)
            self._fed = 0


@asynccontextmanager
async def logged() -> AsyncIterator[tuple[Rig, Log]]:
    """A server with a log."""
    async with serving() as rig:
        log = Log(rig)
        rig.listener.holding = Holding(rig.engine)
        yield rig, log


@asynccontextmanager
async def turning() -> AsyncIterator[tuple[Rig, list[Callable[[], None]]]]:
    """A server without a log, and the ends of its turns, which come when a test calls them."""
    async with serving() as rig:
        rig.listener.holding = Holding(rig.engine)
        ends: list[Callable[[], None]] = []
        rig.listener.holding.later = ends.append
        yield rig, ends


def pipeline(*lines: str) -> bytes:
    return b"".join(encode_command(line.encode().split()) for line in lines)


async def test_a_reply_comes_after_the_write() -> None:
    async with logged() as (rig, log):
        peer = await rig.connect()
        assert await peer("SET k v") == OK
        assert log.writes == [1]
        assert await peer("GET k") == b"v"
        assert log.writes == [1]


async def test_what_came_in_one_read_is_written_at_once_and_answered_in_order() -> None:
    async with logged() as (rig, log):
        peer = await rig.connect()
        await peer.send(pipeline("INCR n", "GET n", "INCR n", "PING", "INCR n"))
        assert [await peer.reply() for _ in range(5)] == [1, b"1", 2, PONG, 3]
        assert log.writes == [3]


async def test_the_writes_of_several_clients_share_one_write() -> None:
    async with logged() as (rig, log):
        peers = [await rig.connect() for _ in range(5)]
        for peer in peers:
            peer.writer.write(pipeline("INCR n"))
        replies = {await peer.reply() for peer in peers}
        assert replies == {1, 2, 3, 4, 5}
        assert sum(log.writes) == 5
        assert len(log.writes) < 5


async def test_what_could_not_be_written_is_not_acknowledged() -> None:
    async with logged() as (rig, log):
        peer = await rig.connect()
        log.full = True
        await peer.send(pipeline("GET k", "SET k v", "GET k", "INCR n", "PING"))
        replies = [await peer.reply() for _ in range(5)]
        assert replies == [None, Failure(FULL), b"v", Failure(FULL), PONG]


async def test_then_writes_are_refused_and_reads_are_not_until_there_is_room() -> None:
    async with logged() as (rig, log):
        peer = await rig.connect()
        log.full = True
        assert await peer("SET k v") == Failure(FULL)
        assert await peer("SET other v") == Failure(FULL)
        assert await peer("GET other") is None
        log.full = False
        rig.engine.before_sleep()
        assert await peer("SET k w") == OK
        assert sum(log.writes) == 2


async def test_who_was_served_by_a_push_that_is_not_written_is_told_so() -> None:
    async with logged() as (rig, log):
        waiter, pusher = await rig.connect(), await rig.connect()
        await waiter.send(pipeline("BLPOP q 0"))
        while not rig.engine.state.databases[0].waiting:
            await asyncio.sleep(0)
        log.full = True
        assert await pusher("RPUSH q x") == Failure(FULL)
        assert await waiter.reply() == Failure(FULL)


async def test_messages_are_no_acknowledgements() -> None:
    async with logged() as (rig, log):
        listener, sender = await rig.connect(), await rig.connect()
        await listener("SUBSCRIBE news")
        log.full = True
        await sender.send(pipeline("SET k v", "PUBLISH news hello"))
        assert await sender.reply() == Failure(FULL)
        assert await listener.reply() == [b"message", b"news", b"hello"]


async def test_nor_is_what_monitors_hear() -> None:
    async with logged() as (rig, log):
        monitor, writer = await rig.connect(), await rig.connect()
        assert await monitor("MONITOR") == OK
        log.full = True
        assert await writer("SET k v") == Failure(FULL)
        line = await monitor.reply()
        assert isinstance(line, Status) and line.text.endswith('"SET" "k" "v"')


async def test_a_silent_write_does_not_cost_another_reply() -> None:
    async with logged() as (rig, log):
        peer = await rig.connect()
        log.full = True
        await peer.send(pipeline("GET a", "CLIENT REPLY SKIP", "SET k v", "GET b"))
        assert [await peer.reply(), await peer.reply()] == [None, None]


async def test_who_says_quit_gets_all_replies_first() -> None:
    async with logged() as (rig, log):
        peer = await rig.connect()
        await peer.send(pipeline("SET k v", "QUIT"))
        assert await peer.end() == b"+OK\r\n+OK\r\n"
        assert log.writes == [1]


async def test_who_has_left_is_not_waited_for() -> None:
    async with logged() as (rig, _log):
        peer, other = await rig.connect(), await rig.connect()
        peer.writer.write(pipeline("SET k v"))
        peer.writer.transport.abort()
        while await other("GET k") is None:
            pass
        assert await other("PING") == PONG


async def test_large_replies_do_not_pile_up() -> None:
    async with logged() as (rig, log):
        peer = await rig.connect()
        await peer.send(pipeline(f"SET k {'x' * 100_000}"))
        assert await peer.reply() == OK
        await peer.send(pipeline("INCR n", *["GET k"] * 10, "INCR n"))
        replies = [await peer.reply() for _ in range(12)]
        assert (replies[0], replies[11]) == (1, 2)
        assert len(log.writes) >= 3


async def test_a_pipeline_is_answered_at_the_end_of_a_turn_and_one_command_at_once() -> None:
    async with turning() as (rig, ends):
        many, few = await rig.connect(), await rig.connect()
        await few("SET k v")
        assert await few("GET k") == b"v"
        await many.send(pipeline("GET k", "PING"))
        while not ends:
            await asyncio.sleep(0)
        await few.send(pipeline("SET k w"))  # its reply has to wait as well, now
        while rig.engine.state.dirty < 2:
            await asyncio.sleep(0)
        for end in ends:
            end()
        assert [await many.reply(), await many.reply(), await few.reply()] == [b"v", PONG, OK]
        assert len(ends) == 1


async def test_but_much_does_not_wait_for_the_end_of_a_turn() -> None:
    async with logged() as (rig, log):
        held = rig.listener.holding
        assert held is not None
        held.later = lambda act: None  # a turn without an end
        size, count = 200_000, 1 + MOST // 200_000
        peers = [await rig.connect() for _ in range(count)]
        writer = await rig.connect()
        writer.writer.write(pipeline(f"SET k {'x' * size}"))
        while not rig.engine.state.databases[0].value_of(b"k"):
            await asyncio.sleep(0)
        held.flush()
        for peer in peers:
            await peer.send(pipeline("INCR n", "GET k"))
        for peer in peers:
            await peer.reply()
            assert len(await peer.reply()) == size  # type: ignore[arg-type]
        assert log.writes == [1, count]


async def test_an_error_takes_the_place_of_a_whole_string() -> None:
    async with logged() as (rig, log):
        peer = await rig.connect()
        await peer.send(pipeline("SET k old", "SET l old"))
        assert [await peer.reply(), await peer.reply()] == [OK, OK]
        log.full = True
        await peer.send(pipeline("GETSET k new", "GET k", "GETDEL l", "PING"))
        replies = [await peer.reply() for _ in range(4)]
        assert replies == [Failure(FULL), b"new", Failure(FULL), PONG]


async def test_nobody_waits_for_others_where_there_were_none_in_the_last_turn() -> None:
    async with turning() as (rig, ends):
        one, other = await rig.connect(), await rig.connect()

        async def both(*order: Peer) -> None:
            for peer in order:
                await peer.send(pipeline("INCR n", "ECHO x"))
                seen = rig.engine.state.dirty
                while rig.engine.state.dirty == seen:
                    await asyncio.sleep(0)

        async def end() -> None:
            for act in ends:
                act()
            ends.clear()
            for peer in (one, other):
                assert [await peer.reply(), await peer.reply()][1] == b"x"

        await both(one)
        assert len(ends) == 1
        ends.pop()()
        assert [await one.reply(), await one.reply()] == [1, b"x"]
        await both(one)
        assert [await one.reply(), await one.reply()] == [2, b"x"] and not ends
        await both(other, one)
        await end()
        await both(one, other)  # a crowd now: whoever comes first waits for the others
        assert len(ends) == 1
        assert rig.listener.holding is not None and rig.listener.holding.needed
        await end()


async def test_nothing_follows_the_last_reply_of_who_leaves() -> None:
    async with turning() as (rig, ends):
        quitter, breaker, talker = [await rig.connect() for _ in range(3)]
        await quitter.send(pipeline("SUBSCRIBE news", "PING", "PING", "PING", "QUIT"))
        await breaker.send(pipeline("SUBSCRIBE news", "PING", "PING", "PING") + b"*1\r\n$x\r\n")
        clients = rig.engine.state.clients
        while sum(client.closing for client in clients.values()) < 2:
            await asyncio.sleep(0)
        await talker.send(pipeline("PUBLISH news late"))
        while "publish" not in (client.last_command for client in clients.values()):
            await asyncio.sleep(0)
        for end in ends:
            end()
        assert (await quitter.end()).endswith(b"+OK\r\n")
        assert (await breaker.end()).endswith(b"-ERR Protocol error: invalid bulk length\r\n")
        assert await talker.reply() == 2


async def test_who_cannot_be_sent_his_replies_is_cut_off_and_others_get_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = Connection._write

    def without_memory(connection: Connection, data: bytes) -> None:
        if b"large" in data:
            raise MemoryError
        written(connection, data)

    async with turning() as (rig, ends):
        monkeypatch.setattr(Connection, "_write", without_memory)
        peers = [await rig.connect() for _ in range(3)]
        for peer, word in zip(peers, ("small", "large", "small"), strict=True):
            await peer.send(pipeline("INCR n", f"ECHO {word}"))
        while rig.engine.state.dirty < len(peers):
            await asyncio.sleep(0)
        for end in ends:
            end()
        assert await peers[1].end() == b""
        for peer in (peers[0], peers[2]):
            assert [type(await peer.reply()), await peer.reply()] == [int, b"small"]
        assert "there is no memory for its 'echo'" in "".join(rig.said)


async def test_what_is_held_is_sent_before_the_end() -> None:
    async with logged() as (rig, _log):
        peer = await rig.connect()
        held = rig.listener.holding
        assert held is not None
        held.later = lambda act: None  # so that nothing but the end lets go
        await peer.send(pipeline("SET k v"))
        while not held.needed:
            await asyncio.sleep(0)
        await rig.listener.close()
        assert await peer.end() == b"+OK\r\n"


async def test_time_is_written_down_too() -> None:
    async with logged() as (rig, log):
        rig.engine.state.sinks[0](())
        rig.listener._beat()
        assert log.writes == [1]


async def test_without_a_log_nothing_is_held() -> None:
    async with serving() as rig:
        rig.listener.holding = Holding(rig.engine)
        peer = await rig.connect()
        assert await peer("SET k v") == OK
        assert not rig.listener.holding.needed
        assert await peer("ECHO x") == b"x" != Status("x")


async def test_who_tracks_by_prefix_is_told_of_a_turn_at_once_behind_its_replies() -> None:
    async with serving() as rig:
        host = rig.listener.host
        assert isinstance(host, EngineHost)
        rig.listener.holding = Holding(rig.engine, host.before_sleep)
        writer, reader = await rig.connect(), await rig.connect()
        for peer in (writer, reader):
            await peer("HELLO 3")
            assert await peer("CLIENT TRACKING on BCAST PREFIX k") == OK
        await writer.send(pipeline("SET k2 v", "SET other v", "SET k1 v", "SET k2 w"))
        assert await reader.reply() == Push([b"invalidate", [b"k1", b"k2"]])
        replies = [await writer.reply() for _ in range(5)]
        assert replies == [OK, OK, OK, OK, Push([b"invalidate", [b"k1", b"k2"]])]
        await writer.send(pipeline("CLIENT REPLY SKIP", "SET k3 v"))
        assert await reader.reply() == Push([b"invalidate", [b"k3"]])
