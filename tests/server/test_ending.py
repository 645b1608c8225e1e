"""The end of a server: in good order, refused, or insisted on."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from redlearn.engine.edge import Shutdown
from redlearn.engine.engine import Engine
from redlearn.server.ending import Ending
from redlearn.server.host import EngineHost, WallClock
from redlearn.server.keeping import Keeper
from tests.oracle.servers import Connection
from tests.server.test_serve import process


class Scene:
    """An ending with everything it needs."""

    def __init__(self, folder: Path, points: str) -> None:
        self.said: list[str] = []
        self.engine = Engine(WallClock())
        self.engine.state.config.set("save", points)
        self.ending = Ending(self.said.append)
        self.ending.host = self.host = EngineHost(self.engine)
        self.ending.keeper = Keeper(self.engine, folder, self.said.append)


async def test_it_is_told_once_all_is_written(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "3600 1")
    assert scene.ending.shutdown(Shutdown())
    assert scene.ending.told.is_set()
    assert (tmp_path / "dump.rdb").exists()
    assert not scene.host.ready
    assert scene.ending.shutdown(Shutdown("save"))


async def test_how_is_asked_of_the_parameters_of_the_signal(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "3600 1")
    scene.engine.state.config.set("shutdown-on-sigterm", "nosave force")
    with scene.ending.by_signals():
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(scene.ending.told.wait(), 10)
    assert list(tmp_path.iterdir()) == []
    assert scene.said[0] == "Received SIGTERM, scheduling shutdown..."


async def test_a_signal_that_cannot_be_followed_may_come_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path, "3600 1")
    (tmp_path / "dump.rdb").mkdir()
    with scene.ending.by_signals():
        for _ in range(2):
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(0.01)
            assert not scene.ending.told.is_set()
        (tmp_path / "dump.rdb").rmdir()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(scene.ending.told.wait(), 10)
    assert sum(line.startswith("Errors trying to shut down") for line in scene.said) == 2


def test_a_second_signal_ends_it_at_once_in_the_midst_of_saving(tmp_path: Path) -> None:
    words = ("--dir", str(tmp_path), "--save", "3600 1", "--enable-debug-command", "yes")
    with process(*words) as (started, port), Connection(port) as client:
        client.run(b"DEBUG", b"POPULATE", b"1000000", b"k", b"20")
        started.send_signal(signal.SIGINT)
        while not list(tmp_path.iterdir()):
            assert started.poll() is None
        started.send_signal(signal.SIGINT)
        assert started.wait(10) == 1
        assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_of_a_child_either(tmp_path: Path) -> None:
    words = ("--dir", str(tmp_path), "--enable-debug-command", "yes")
    with process(*words) as (started, port), Connection(port) as client:
        client.run(b"DEBUG", b"POPULATE", b"500000", b"k", b"20")
        client.run(b"BGSAVE")
        started.send_signal(signal.SIGTERM)
        assert started.wait(10) == 0
        assert list(tmp_path.iterdir()) == []
