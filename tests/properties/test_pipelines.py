"""Pipelines beside commands one by one: the same bytes come back, however a read is cut."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.resp.encode import encode_command
from redlearn.server.host import EngineHost
from tests.server.rig import serving

LINES = (
    "SET k 1", "get k", "INCR k", "GET", "NO SUCH", "RPUSH l a b", "LRANGE l 0 -1", "LPOP l",
    "INCR l", "HSET h f v", "HGETALL h", "XADD x 1-* f v", "XLEN x", "MULTI", "EXEC", "EXEC",
    "DISCARD", "WATCH k", "CLIENT REPLY OFF", "CLIENT REPLY SKIP", "CLIENT REPLY ON", "HELLO 2",
    "CLIENT TRACKING ON", "CLIENT TRACKING OFF", "SUBSCRIBE c", "UNSUBSCRIBE", "PUBLISH c m",
    "RESET", "SELECT 1", "SELECT 0", "CONFIG SET requirepass p", "AUTH p",
    "CONFIG SET requirepass ", "CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0",
    "CONFIG SET commandlog-reply-larger-than 0", "COMMANDLOG LEN large-reply",
    "CONFIG SET min-replicas-to-write 1", "CONFIG SET min-replicas-to-write 0", "BLPOP l 0.001",
    "INFO errorstats", "WAIT 0 0",
)  # fmt: skip


def reads(seed: int) -> list[bytes]:
    """What a client sends: some of these lines, cut anywhere, and QUIT at the end."""
    chance = Random(seed)
    calls = [chance.choice(LINES).split(" ") for _ in range(80)]
    calls += [["ECHO", "v" * chance.choice((600, 70_000))], ["QUIT"], ["PING"]]
    data = b"".join(encode_command([word.encode() for word in words]) for words in calls)
    places = sorted(chance.sample(range(len(data)), chance.choice((0, 3, 40))))
    return [data[at:end] for at, end in zip([0, *places], [*places, len(data)], strict=True)]


async def answers(seed: int) -> bytes:
    async with serving() as rig:
        peer = await rig.connect()
        for piece in reads(seed):
            await peer.send(piece)
        return await peer.end()


@pytest.mark.parametrize("seed", range(12))
async def test_both_ways_give_the_same_bytes(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    in_pipelines = await answers(seed)
    monkeypatch.setattr(EngineHost, "pipeline", None)
    assert await answers(seed) == in_pipelines
    assert in_pipelines
