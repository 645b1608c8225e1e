"""A listener in the test's own event loop, and clients of it that speak over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redlearn.engine.config import parameter
from redlearn.engine.engine import Engine
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import Reply
from redlearn.resp.text import split_args
from redlearn.server.endpoints import Endpoints
from redlearn.server.host import EngineHost, WallClock
from redlearn.server.listener import Listener
from redlearn.server.log import Log

PATIENCE = 10
"""Seconds after which a test no longer waits for bytes that should be there at once."""


class Peer:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._decoder = ReplyDecoder()
        self._replies: list[Reply] = []

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self) -> Reply:
        """The next reply or push."""
        while not self._replies:
            data = await asyncio.wait_for(self.reader.read(1 << 16), PATIENCE)
            assert data, "the server hung up"
            self._replies += self._decoder.feed(data)
        return self._replies.pop(0)

    @property
    def arrived(self) -> int:
        """How many replies came together with the last one, and were not asked for yet."""
        return len(self._replies)

    async def __call__(self, line: str) -> Reply:
        await self.send(encode_command(split_args(line.encode())))
        return await self.reply()

    async def end(self) -> bytes:
        """All that comes until the server hangs up."""
        try:
            return await asyncio.wait_for(self.reader.read(), PATIENCE)
        except ConnectionError:
            return b""


class Rig:
    """A listener on a free port.

    Attributes:
        said: What it logged.
    """

    def __init__(self, **config: str) -> None:
        self.said: list[str] = []
        self.peers: list[Peer] = []
        self.engine = Engine(WallClock())
        for name, text in config.items():
            row = parameter(name.replace("_", "-"))
            assert row is not None
            self.engine.state.configure(row, row.read(text))
        self.listener = Listener(
            EngineHost(self.engine), Log(lambda sentence, level: self.said.append(sentence))
        )

    async def connect(self) -> Peer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.listener.ports[0])
        self.peers.append(Peer(reader, writer))
        return self.peers[-1]


@asynccontextmanager
async def serving(endpoints: Endpoints | None = None, **config: str) -> AsyncIterator[Rig]:
    rig = Rig(**config)
    await rig.listener.open(endpoints or Endpoints(port=-1))
    try:
        yield rig
    finally:
        for peer in rig.peers:
            peer.writer.close()
        await rig.listener.close()
