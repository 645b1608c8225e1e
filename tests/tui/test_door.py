"""The door: a program connects, and the screen shows what it does."""

from __future__ import annotations

import asyncio
import socket

import pytest
from textual import events
from textual.geometry import Size

from redlearn.lines import Line, plain
from redlearn.server.guests import HASTE_S, SLICE_S
from redlearn.timeline.session import Session
from redlearn.tui import door as door_module
from redlearn.tui.app import RedlearnApp
from redlearn.tui.door import Door
from redlearn.tui.launch import setting
from redlearn.tui.turns import Turns
from tests.server.rig import Peer


async def test_a_port_in_use_is_told_in_a_sentence() -> None:
    said: list[Line] = []
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        door = Door(Session(), taken.getsockname()[1], lambda: 0)
        await door.open(said.append)
    assert door.port == 0
    assert plain(said).startswith("Nobody can connect: ")


async def test_a_program_shows_up_on_the_screen(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDLEARN_HOME", str(tmp_path))
    chosen = setting(remember=False)
    door = Door(chosen.desk.session, -1, chosen.now_ms)
    chosen.begin = door.open
    app = RedlearnApp(chosen)
    async with app.run_test(size=(120, 36)) as pilot:
        while not door.port:
            await pilot.pause()
        program = Peer(*await asyncio.open_connection("127.0.0.1", door.port))
        assert await program("ZADD board 50 ann 20 bob") == 2
        await pilot.pause()
        shown = "\n".join("".join(p.text for p in row) for row in app.picture().rows)
        assert "board" in shown
        assert "ann" in shown
        assert f"127.0.0.1:{door.port}" in shown
        program.writer.close()


async def test_a_key_that_is_pressed_makes_programs_hurry_for_a_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(door_module, "ON_ITS_WAY_S", 0)
    door = Door(Session(), -1, lambda: 0)
    turns = Turns(lambda: None)
    turns.pressed = door.hurry
    assert not turns.keeps(events.Key("a", "a"))
    assert door._host.slice_s == HASTE_S
    while door._host.slice_s != SLICE_S:
        await asyncio.sleep(0)
    assert not turns.keeps(events.Resize(Size(1, 1), Size(1, 1)))
    assert door._host.slice_s == SLICE_S


async def test_programs_take_their_time_again_as_soon_as_the_key_is_painted() -> None:
    door = Door(Session(), -1, lambda: 0)
    door.hurry()
    door.hurry()
    assert door._host.slice_s == HASTE_S
    door.calm()
    assert door._host.slice_s == SLICE_S
    door.calm()
    assert door._host.slice_s == SLICE_S


async def test_while_the_screen_is_in_the_past_the_title_counts_the_programs_that_wait(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDLEARN_HOME", str(tmp_path))
    session = Session()
    door = Door(session, -1, lambda: 0)
    await door.open(lambda line: None)
    program = Peer(*await asyncio.open_connection("127.0.0.1", door.port))
    await program("SET k 1")
    assert door.held == 0
    session.step(-1)
    asked = asyncio.ensure_future(program("GET k"))
    late = Peer(*await asyncio.open_connection("127.0.0.1", door.port))
    while door.held < 2:
        await asyncio.sleep(0)
    session.seek(session.length)
    assert await asked == b"1"
    assert door.held == 0
    late.writer.close()
    program.writer.close()
