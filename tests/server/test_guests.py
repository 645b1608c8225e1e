"""Guests of a session: they are on its timeline, and wait while it is in the past."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.client import NO_ADDRESS
from redlearn.resp.reply import OK, PONG, Push
from redlearn.server.endpoints import Endpoints
from redlearn.server.guests import SessionHost
from redlearn.server.listener import Listener
from redlearn.timeline.log import Called, Disconnected
from redlearn.timeline.session import Session
from tests.server.rig import Peer


class Visited:
    """A session with a listener in front, and a wall whose clock the test moves."""

    def __init__(self) -> None:
        self.session = Session()
        self.wall = VirtualClock(self.session.now_ms)
        self.listener = Listener(SessionHost(self.session, self.wall.now_ms))
        self.owner = self.session.connect()

    async def connect(self) -> Peer:
        port = self.listener.ports[0]
        return Peer(*await asyncio.open_connection("127.0.0.1", port))


@pytest.fixture
async def visited() -> AsyncIterator[Visited]:
    made = Visited()
    await made.listener.open(Endpoints(port=-1))
    yield made
    await made.listener.close()


async def test_what_a_guest_does_is_a_point_of_the_timeline(visited: Visited) -> None:
    guest = await visited.connect()
    assert await guest("SET k v") == OK
    point = visited.session.points[-1]
    assert isinstance(point.input, Called)
    assert point.input.argv == (b"SET", b"k", b"v")
    assert visited.session.execute(visited.owner, [b"GET", b"k"]) == [b"v"]
    address = visited.session.engine.state.clients[point.input.client].address
    assert address.startswith("127.0.0.1:")


async def test_a_guest_that_waits_is_served_from_the_prompt(visited: Visited) -> None:
    guest = await visited.connect()
    await guest.send(b"BLPOP q 0\r\nPING\r\n")
    while not visited.session.engine.state.databases[0].waiting:
        await asyncio.sleep(0)
    visited.session.execute(visited.owner, [b"RPUSH", b"q", b"x"])
    assert [await guest.reply(), await guest.reply()] == [[b"q", b"x"], PONG]


async def test_while_the_screen_is_in_the_past_guests_wait(visited: Visited) -> None:
    guest = await visited.connect()
    assert await guest("INCR n") == 1
    session = visited.session
    session.seek(session.length - 1)
    await guest.send(b"INCR n\r\n")
    late = await visited.connect()
    await late.send(b"GET n\r\n")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(guest.reply(), 0.05)
    assert (session.in_past, session.length) == (True, session.position + 1)
    session.seek(session.length)
    assert await guest.reply() == 2
    assert await late.reply() == b"2"


async def test_while_a_long_command_is_carried_out_guests_wait_and_may_leave(
    visited: Visited,
) -> None:
    session, host = visited.session, visited.listener.host
    guest, leaver = await visited.connect(), await visited.connect()
    assert await guest("SET k 1") == await leaver("SET k 2") == OK
    session.carrying.busy = True  # as the screen finds it while a thread carries a command
    await guest.send(b"GET k\r\n")
    late = await visited.connect()
    await late.send(b"GET k\r\n")
    leaver.writer.close()
    while visited.listener.held < 2:
        await asyncio.sleep(0)
    host.tick()
    assert (host.ready, host.next_timeout_ms()) == (False, None)
    session.carrying.busy = False
    host.tick()
    assert await guest.reply() == await late.reply() == b"2"
    while not any(isinstance(each.input, Disconnected) for each in session.points):
        await asyncio.sleep(0)


async def test_a_guest_that_sends_much_at_once_lets_others_have_their_turn(
    visited: Visited,
) -> None:
    guest, session = await visited.connect(), visited.session
    assert await guest("PING") == PONG
    visited.listener.host.slice_s = 0
    before, steps = session.length, set[int]()
    await guest.send(b"INCR n\r\n" * 50)
    last = before
    while session.length < before + 50:
        await asyncio.sleep(0)
        steps.add(session.length - last)
        last = session.length
    assert steps <= {0, 1}
    assert [await guest.reply() for _ in range(50)] == list(range(1, 51))


@pytest.mark.parametrize("end", [b"PING\r\n", b"BLPOP q 0\r\nPING\r\n", b"QUIT\r\nPING\r\n"])
async def test_a_guest_that_will_send_no_more_gets_all_replies(
    visited: Visited, end: bytes
) -> None:
    visited.listener.host.slice_s = 0
    guest = await visited.connect()
    guest.writer.write(b"INCR n\r\n" * 50 + end)
    guest.writer.write_eof()
    last = {b"P": b"+PONG\r\n", b"Q": b"+OK\r\n"}.get(end[:1], b"")
    assert await guest.end() == b"".join(b":%d\r\n" % n for n in range(1, 51)) + last
    while visited.listener.connections:
        await asyncio.sleep(0)
    assert len(visited.session.engine.state.clients) == 1


async def until_some(visited: Visited) -> int:
    """Until the first commands of a read have been run; how many those are."""
    session = visited.session
    before = session.length
    while session.length == before:
        await asyncio.sleep(0)
    return session.length - before


async def test_a_long_read_is_answered_in_one_go(visited: Visited) -> None:
    visited.listener.host.slice_s = 0
    guest = await visited.connect()
    await guest.send(b"INCR n\r\n" * 20)
    await guest.reply()
    assert guest.arrived == 19


async def test_what_comes_between_two_replies_to_a_read_keeps_its_place(visited: Visited) -> None:
    visited.listener.host.slice_s = 0
    guest, session = await visited.connect(), visited.session
    await guest("HELLO 3")
    await guest("SUBSCRIBE news")
    await guest.send(b"INCR n\r\n" * 20)
    ran = await until_some(visited)
    session.execute(visited.owner, [b"PUBLISH", b"news", b"hi"])
    found = [await guest.reply() for _ in range(21)]
    assert found.index(Push([b"message", b"news", b"hi"])) == ran
    assert [each for each in found if isinstance(each, int)] == list(range(1, 21))


async def test_who_is_sent_away_gets_the_replies_to_what_was_run(visited: Visited) -> None:
    visited.listener.host.slice_s = 0
    guest, session = await visited.connect(), visited.session
    await guest.send(b"INCR n\r\n" * 20)
    ran = await until_some(visited)
    guests = [each for each in session.clients if each != visited.owner]
    session.execute(visited.owner, [b"CLIENT", b"KILL", b"ID", b"%d" % guests[0]])
    assert await guest.end() == b"".join(b":%d\r\n" % n for n in range(1, ran + 1))


async def test_what_is_left_of_a_long_read_waits_while_the_screen_is_in_the_past(
    visited: Visited,
) -> None:
    visited.listener.host.slice_s = 0
    guest, session = await visited.connect(), visited.session
    await guest.send(b"INCR n\r\n" * 20)
    assert await until_some(visited) < 20
    session.seek(session.position - 1)
    length, branches = session.length, len(session.timeline.branches)
    for _ in range(50):
        await asyncio.sleep(0)
    assert (session.length, len(session.timeline.branches)) == (length, branches)
    assert await guest.reply() == 1  # what has been run is answered meanwhile
    session.seek(session.length)
    assert [await guest.reply() for _ in range(19)] == list(range(2, 21))


async def test_what_is_left_of_a_long_read_waits_for_a_long_command(visited: Visited) -> None:
    visited.listener.host.slice_s = 0
    guest, session = await visited.connect(), visited.session
    await guest.send(b"INCR n\r\n" * 20)
    assert await until_some(visited) < 20
    session.carrying.busy = True  # as the screen finds it while a thread carries a command
    length = session.length
    for _ in range(50):
        await asyncio.sleep(0)
    assert session.length == length
    assert await guest.reply() == 1
    session.carrying.busy = False
    visited.listener.host.tick()
    assert [await guest.reply() for _ in range(19)] == list(range(2, 21))


async def test_back_before_its_arrival_a_guest_is_still_itself(visited: Visited) -> None:
    guest = await visited.connect()
    await guest("HELLO 3")
    await guest("HSET h f v")
    visited.session.seek(1)
    visited.session.seek(visited.session.length)
    assert await guest("HGETALL h") == {b"f": b"v"}


async def test_whoever_hangs_up_while_the_screen_is_in_the_past_is_gone_after(
    visited: Visited,
) -> None:
    guest = await visited.connect()
    await guest("SET k v")
    visited.session.seek(visited.session.length - 1)
    guest.writer.close()
    while visited.listener.connections:
        await asyncio.sleep(0)
    visited.session.seek(visited.session.length)
    guests = [
        client
        for client in visited.session.engine.state.clients.values()
        if client.address != NO_ADDRESS
    ]
    assert guests == []


async def test_a_guest_that_is_sent_away_is_hung_up_on(visited: Visited) -> None:
    guest = await visited.connect()
    number = await guest("CLIENT ID")
    visited.session.execute(visited.owner, [b"CLIENT", b"KILL", b"ID", b"%d" % int(str(number))])
    assert await guest.end() == b""


async def test_time_goes_on_with_the_wall(visited: Visited) -> None:
    guest = await visited.connect()
    await guest("SET k v PX 100")
    visited.wall.advance(101)
    assert await guest("GET k") is None


@pytest.mark.parametrize("end", ["kill", "crash", "SHUTDOWN"])
async def test_when_the_process_ends_everybody_is_hung_up_on_until_it_is_started_again(
    visited: Visited, end: str
) -> None:
    guest, other = await visited.connect(), await visited.connect()
    assert await guest("SET k v") == OK and await other("SAVE") == OK
    if end == "SHUTDOWN":
        await guest.send(b"SHUTDOWN\r\n")
    else:
        visited.session.act(end)
    assert await guest.end() == b"" and await other.end() == b""
    late = await visited.connect()
    assert await late.end() == b""
    visited.session.act("restart")
    again = await visited.connect()
    assert await again("GET k") == b"v"
