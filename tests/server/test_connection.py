"""Connections: pipelines, waits, goodbyes, and what goes wrong."""

from __future__ import annotations

import asyncio

import pytest

from redlearn.engine.command import COMMANDS
from redlearn.errors import WRONG_PASSWORD
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import NULL_ARRAY, OK, PONG, QUEUED, Failure, Push, Status
from tests.server.rig import serving


async def test_a_pipeline_is_answered_in_order() -> None:
    async with serving() as rig:
        peer = await rig.connect()
        await peer.send(b"".join(encode_command([b"INCR", b"n"]) for _ in range(1000)))
        assert [await peer.reply() for _ in range(1000)] == list(range(1, 1001))


async def test_the_usual_and_the_unusual_of_one_read_are_answered_in_their_order() -> None:
    async with serving() as rig:
        peer = await rig.connect()
        calls = (
            "HSET h f v", "HGETALL h", "HELLO 3", "HGETALL h", "NO SUCH", "MULTI", "INCR n", "EXEC",
            "CLIENT REPLY SKIP", "PING", "GET", "CLIENT GETNAME", "QUIT", "INCR n",
        )  # fmt: skip
        await peer.send(b"".join(encode_command(call.encode().split()) for call in calls))
        assert [await peer.reply(), await peer.reply()] == [1, [b"f", b"v"]]
        assert isinstance(await peer.reply(), dict)
        assert await peer.reply() == {b"f": b"v"}
        assert isinstance(await peer.reply(), Failure)
        assert [await peer.reply() for _ in range(3)] == [OK, QUEUED, [1]]
        assert isinstance(await peer.reply(), Failure)
        assert [await peer.reply(), await peer.reply()] == [None, OK]
        assert await peer.end() == b""
        assert await (await rig.connect())("GET n") == b"1"


async def test_lines_typed_into_telnet_work_too() -> None:
    async with serving() as rig:
        peer = await rig.connect()
        await peer.send(b"SET k 'a b'\r\nGET k\r\n")
        assert [await peer.reply(), await peer.reply()] == [OK, b"a b"]


async def test_what_follows_a_blocked_command_waits_with_it() -> None:
    async with serving() as rig:
        waiter, other = await rig.connect(), await rig.connect()
        await waiter.send(encode_command([b"BLPOP", b"q", b"0"]) + encode_command([b"PING"]))
        await waiter.send(encode_command([b"ECHO", b"last"]))
        while not rig.engine.state.databases[0].waiting:
            await asyncio.sleep(0)
        assert await other("RPUSH q x") == 1
        assert [await waiter.reply() for _ in range(3)] == [[b"q", b"x"], PONG, b"last"]


async def test_what_waited_to_be_run_is_counted_as_read_once() -> None:
    async with serving() as rig:
        waiter, stats = await rig.connect(), rig.engine.state.stats
        calls = [encode_command(call) for call in ([b"BLPOP", b"q", b"0.05"], [b"ECHO", b"x" * 99])]
        await waiter.send(calls[0])
        while not rig.engine.state.databases[0].waiting:
            await asyncio.sleep(0)
        await waiter.send(calls[1])
        assert [await waiter.reply(), await waiter.reply()] == [NULL_ARRAY, b"x" * 99]
        assert (stats.bytes_in, stats.reads) == (len(calls[0] + calls[1]), 2)


async def test_a_wait_ends_at_its_timeout_and_not_at_the_next_beat() -> None:
    async with serving(hz="1") as rig:
        peer = await rig.connect()
        before = asyncio.get_running_loop().time()
        assert await peer("BLPOP q 0.05") is NULL_ARRAY
        assert asyncio.get_running_loop().time() - before < 0.9


async def test_messages_reach_others_and_oneself() -> None:
    async with serving() as rig:
        listener, sender = await rig.connect(), await rig.connect()
        assert await listener("SUBSCRIBE news") == [b"subscribe", b"news", 1]
        assert await sender("PUBLISH news hello") == 1
        assert await listener.reply() == [b"message", b"news", b"hello"]
        await sender("HELLO 3")
        await sender("SUBSCRIBE news")
        assert await sender("PUBLISH news again") == 2
        assert await sender.reply() == Push([b"message", b"news", b"again"])


async def test_each_reply_is_in_the_protocol_of_its_moment() -> None:
    async with serving() as rig:
        peer = await rig.connect()
        await peer.send(b"HSET h f v\r\nHGETALL h\r\nHELLO 3\r\nHGETALL h\r\n")
        replies = [await peer.reply() for _ in range(4)]
        assert replies[1] == [b"f", b"v"]
        assert replies[3] == {b"f": b"v"}


async def test_quit_is_answered_and_ends_it() -> None:
    async with serving() as rig:
        peer = await rig.connect()
        await peer.send(b"SET k v\r\nQUIT\r\nSET k w\r\n")
        assert await peer.end() == b"+OK\r\n+OK\r\n"
        other = await rig.connect()
        assert await other("GET k") == b"v"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"*1\r\nPING\r\n", b"-ERR Protocol error: expected '$', got 'P'\r\n"),
        (b"*1000000000000\r\n", b"-ERR Protocol error: invalid multibulk length\r\n"),
        (b"*1\r\n$-5\r\n", b"-ERR Protocol error: invalid bulk length\r\n"),
        (b'"unbalanced\r\n', b"-ERR Protocol error: unbalanced quotes in request\r\n"),
        (b"x" * 70000, b"-ERR Protocol error: too big inline request\r\n"),
    ],
)
async def test_whoever_breaks_the_protocol_is_told_and_cut_off(data: bytes, text: bytes) -> None:
    async with serving() as rig:
        peer, other = await rig.connect(), await rig.connect()
        await peer.send(b"PING\r\n" + data)
        assert await peer.end() == b"+PONG\r\n" + text
        assert await other("PING") == PONG


async def test_a_bug_costs_one_client_its_connection_and_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(ctx: object, argv: list[bytes]) -> Status:
        raise ZeroDivisionError

    async with serving() as rig:
        peer, other = await rig.connect(), await rig.connect()
        monkeypatch.setattr(COMMANDS[b"ECHO"], "run", broken)
        await peer.send(b"ECHO x\r\n")
        assert await peer.end() == b""
        assert await other("PING") == PONG
        assert "ZeroDivisionError" in "".join(rig.said)


async def test_a_client_that_leaves_in_mid_command_is_forgotten() -> None:
    async with serving() as rig:
        peer, other = await rig.connect(), await rig.connect()
        await peer.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk")
        assert await other("PING") == PONG
        peer.writer.close()
        while len(rig.listener.connections) > 1:
            await asyncio.sleep(0)
        assert await other("EXISTS k") == 0
        rig.engine.check()


async def test_a_stranger_gets_nothing_but_a_question() -> None:
    async with serving(requirepass="s") as rig:
        peer = await rig.connect()
        await peer.send(b"GET k\r\n")
        assert await peer.reply() == Failure("NOAUTH Authentication required.")
        await peer.send(encode_command([b"AUTH", b"wrong"]))
        assert await peer.reply() == Failure(WRONG_PASSWORD)
        assert await peer("AUTH s") == OK
        assert await peer("SET k v") == OK


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (b"*11\r\n$4\r\nPING\r\n", b"unauthenticated multibulk length"),
        (b"*2\r\n$16385\r\n", b"unauthenticated bulk length"),
    ],
)
async def test_a_stranger_may_not_send_much(sent: bytes, error: bytes) -> None:
    async with serving(requirepass="s") as rig:
        peer, friend = await rig.connect(), await rig.connect()
        await peer.send(sent)
        assert await peer.end() == b"-ERR Protocol error: " + error + b"\r\n"
        # In one read with the password, and in the next one.
        many = encode_command([b"MGET", *[b"k"] * 11])
        await friend.send(encode_command([b"AUTH", b"s"]) + many)
        assert [await friend.reply(), await friend.reply()] == [OK, [None] * 11]
        await friend.send(many + encode_command([b"ECHO", bytes(20_000)]))
        assert await friend.reply() == [None] * 11
        assert await friend.reply() == bytes(20_000)


async def test_who_says_reset_is_a_stranger_again_and_may_not_send_much() -> None:
    async with serving(requirepass="s") as rig:
        peer = await rig.connect()
        assert await peer("AUTH s") == OK
        command = encode_command([b"ECHO", b"x"])
        await peer.send(encode_command([b"RESET"]) + command[:5])
        assert await peer.reply() == Status("RESET")
        await peer.send(command[5:])  # which began while it was known
        assert await peer.reply() == Failure("NOAUTH Authentication required.")
        await peer.send(b"*11\r\n")
        assert await peer.end() == b"-ERR Protocol error: unauthenticated multibulk length\r\n"


async def test_who_is_a_stranger_again_is_one_for_the_rest_of_the_same_read() -> None:
    async with serving(requirepass="s") as rig:
        peer = await rig.connect()
        calls = [[b"AUTH", b"s"], [b"RESET"], [b"ECHO", bytes(20_000)], [b"PING"]]
        await peer.send(b"".join(map(encode_command, calls)))
        said = b"+OK\r\n+RESET\r\n-ERR Protocol error: unauthenticated bulk length\r\n"
        assert await peer.end() == said


async def test_who_is_deleted_is_hung_up_on() -> None:
    async with serving() as rig:
        peer, other = await rig.connect(), await rig.connect()
        await other("ACL SETUSER ann on nopass +@all")
        await peer("AUTH ann x")
        assert await other("ACL DELUSER ann") == 1
        assert await peer.end() == b""
        assert await other("PING") == PONG


async def test_who_deletes_himself_gets_the_reply_first() -> None:
    async with serving() as rig:
        peer = await rig.connect()
        await peer("ACL SETUSER ann on nopass +@all")
        await peer("AUTH ann x")
        await peer.send(encode_command([b"ACL", b"DELUSER", b"ann"]) + encode_command([b"PING"]))
        assert await peer.end() == b":1\r\n"


@pytest.mark.parametrize("line", [b"POST / HTTP/1.1\r\n", b"Host: localhost\r\n"])
async def test_a_browser_is_hung_up_on_without_a_word(line: bytes) -> None:
    async with serving() as rig:
        peer, again = await rig.connect(), await rig.connect()
        await peer.send(b"PING\r\n" + line + b"SET k v\r\n")
        assert await peer.end() == b""  # not even the PONG
        await again.send(line)
        assert await again.end() == b""
        assert len(rig.said) == 1  # once a minute
        assert rig.said[0].startswith("Possible SECURITY ATTACK detected.")
        assert await (await rig.connect())("EXISTS k") == 0


async def test_a_client_that_leaves_while_it_waits_takes_nothing_with_it() -> None:
    async with serving() as rig:
        waits, other = await rig.connect(), await rig.connect()
        await waits.send(b"BLPOP q 0\r\n")
        while "flags=b" not in str(await other("CLIENT LIST")):
            pass
        waits.writer.close()
        while "flags=b" in str(await other("CLIENT LIST")):
            pass
        assert await other("RPUSH q e") == 1
        assert await other("LRANGE q 0 -1") == [b"e"]


async def test_what_comes_while_a_client_waits_is_run_afterwards_in_its_order() -> None:
    async with serving() as rig:
        waits, other = await rig.connect(), await rig.connect()
        await waits.send(b"BLPOP q 0\r\nSET k 1\r\n")
        while "flags=b" not in str(await other("CLIENT LIST")):
            pass
        await waits.send(b"APPEND k 2\r\nBLPOP q 0\r\nAPP")
        await waits.send(b"END k 3\r\nGET k\r\n")
        assert await other("RPUSH q a") == 1
        assert [await waits.reply() for _ in range(3)] == [[b"q", b"a"], OK, 2]
        assert await other("RPUSH q b") == 1
        assert [await waits.reply() for _ in range(3)] == [[b"q", b"b"], 3, b"123"]


async def test_large_requests_are_logged_once_however_they_come() -> None:
    async with serving(commandlog_request_larger_than="100") as rig:
        peer, other = await rig.connect(), await rig.connect()
        large = b"*2\r\n$4\r\nECHO\r\n$200\r\n" + b"x" * 200 + b"\r\n"
        await peer.send(b"PING\r\n" + large + b"PING\r\n" + large[:50])
        assert [await peer.reply() for _ in range(3)] == [PONG, b"x" * 200, PONG]
        await peer.send(large[50:])
        assert await peer.reply() == b"x" * 200
        await peer.send(b"BLPOP q 0\r\n" + large + b"PING\r\n")
        while not rig.engine.state.databases[0].waiting:
            await asyncio.sleep(0)
        await other("RPUSH q e")
        assert [await peer.reply() for _ in range(3)] == [[b"q", b"e"], b"x" * 200, PONG]
        entries = rig.engine.state.stats.requests.entries
        assert [(row.argv[0], row.amount) for row in entries] == [(b"ECHO", 204)] * 3
