"""Writes, and which of them are gone after a failover.

A writer on a host of its own writes keys of one slot, one after the other, and notes when each was
answered and what WAIT said of it. Then the primary dies, or is cut off; another takes its place;
and the keys are counted there.

    WAIT for all replicas    what it has counted is on each of them, so on the new primary
    WAIT for some of them    another replica may be elected
    no WAIT                  whatever was on its way at the last moment is gone; behind a cut
                             all that was taken until the old primary noticed
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from random import Random

from redlearn.cluster.formation import IP
from redlearn.cluster.network import Closed, Conditions, News, Opened, Received
from redlearn.cluster.simulator import Crash, Cut, Heal, Simulator
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import Failure, Reply
from tests.cluster.nodes import NeverBack, cluster

TAG = b"{06S}"  # slot 0: the first primary has it
BURST = 5


@dataclass(frozen=True, slots=True)
class Write:
    """A write that was answered with OK: which, when, and by how many replicas WAIT said."""

    key: bytes
    at_us: int
    counted: int


class Writer(NeverBack):
    """Writes a few keys at each tick, one after the other, to 7001.

    Attributes:
        waits: What WAIT asks for; None for no WAIT at all.
        done: What was answered.
    """

    waits: int | None = None

    def __init__(self, simulator: Simulator, name: str) -> None:
        self._simulator, self._network, self._name = simulator, simulator.network, name
        self._socket = -1
        self._left = -1  # of a burst; below zero once the last of it is answered
        self._number = 0
        self._replies: list[Reply] = []
        self.done: list[Write] = []

    def hear(self, news: News) -> None:
        match news:
            case Received(_, flight):
                self._replies += ReplyDecoder().feed(flight.data)
                if len(self._replies) == (1 if self.waits is None else 2):
                    self._note(*self._replies)
                    self._next()
            case Closed():
                self._socket, self._left = -1, -1
            case Opened():
                self._next()

    def _note(self, reply: Reply, counted: Reply = 0) -> None:
        """A write was answered, and so was its WAIT."""
        if not isinstance(reply, Failure) and isinstance(counted, int):
            key = b"%b%d" % (TAG, self._number)
            self.done.append(Write(key, self._simulator.now_us, counted))

    def cron(self) -> None:
        if self._socket < 0:
            self._socket = self._network.connect(self._name, IP, 7001)
        elif self._left < 0:
            self._left = BURST
            self._next()

    def _next(self) -> None:
        self._left -= 1
        self._replies.clear()
        if self._left < 0:
            return
        self._number += 1
        lines = [[b"SET", b"%b%d" % (TAG, self._number), b"v"]]
        if self.waits is not None:
            lines.append([b"WAIT", b"%d" % self.waits, b"500"])
        self._network.send(self._socket, b"".join(map(encode_command, lines)))


@dataclass(frozen=True, slots=True)
class Loss:
    """What a failover took.

    Attributes:
        answered: Writes that were answered, and that WAIT said enough of.
        lost: Those of them that are not on the new primary.
        ended_us: When the replicas heard for the last time of the old one.
    """

    answered: list[Write]
    lost: list[Write]
    ended_us: int

    def window_ms(self) -> float:
        """For how long writes were answered, after the replicas heard nothing, that are lost."""
        return max((write.at_us - self.ended_us for write in self.lost), default=0) / 1000


class End(Enum):
    """What becomes of the first primary, 7001; its replicas are 7004 and 7007.

    DIES: its process ends; what it has sent still arrives, as the kernel sees to it.
    FAR: it is cut off from all other nodes, but not from the writer.
    FAR_WITH_ONE: it is cut off together with the replica 7007.
    LAGS: its replicas hear nothing of it for `LAG_MS`, then it loses its power.
    """

    DIES = "dies"
    FAR = "far"
    FAR_WITH_ONE = "far with one"
    LAGS = "lags"


LAG_MS = 300


def lose(seed: int, how: End, waits: int | None = None, timeout_ms: int = 1_000) -> Loss:
    """Write, end the first primary at a moment drawn by the seed, and count on its successor.

    Args:
        waits: For how many replicas each write waits.
    """
    rng = Random(seed)
    jitter_us = rng.choice((100, 1_000, 10_000))
    simulator = cluster(seed, 3, 2, timeout_ms, Conditions(delay_us=200, jitter_us=jitter_us))
    nodes = [name for name in simulator.hosts if name != "7001"]
    simulator.add("writer", IP, [9999], lambda within, name: _writer(within, name, waits))
    simulator.run_until(simulator.now_ms + 1_000 + rng.randrange(500))
    for _ in range(rng.randrange(200)):
        simulator.step()  # to any place, also in the midst of a burst
    ended_us = _end(simulator, how, nodes)
    successor = _successor(simulator, nodes)
    if how in (End.FAR, End.FAR_WITH_ONE):
        simulator.run_until(simulator.now_ms + 3 * timeout_ms)
        simulator.act(Heal())
        simulator.run_until(simulator.now_ms + 4 * timeout_ms)
    writer: Writer = simulator.member("writer")
    answered = [write for write in writer.done if waits is None or write.counted >= waits]
    kept = simulator.member(successor).engine.state.databases[0].keys
    lost = [write for write in answered if kept.find(write.key) is None]
    return Loss(answered, lost, ended_us)


def _end(simulator: Simulator, how: End, nodes: list[str]) -> int:
    """End the primary; the moment at which its replicas heard nothing more of it."""
    ended_us = simulator.now_us
    match how:
        case End.DIES:
            simulator.act(Crash("7001"))
        case End.FAR:
            simulator.act(Cut(("7001",), tuple(nodes)))
        case End.FAR_WITH_ONE:
            near = ("7001", "7007")
            simulator.act(Cut(near, tuple(name for name in nodes if name != "7007")))
        case End.LAGS:
            simulator.act(Cut(("7001",), ("7004", "7007")))
            simulator.run_until(simulator.now_ms + LAG_MS)
            simulator.act(Crash("7001", power=True))
            simulator.act(Heal())
    return ended_us


def _writer(within: Simulator, name: str, waits: int | None) -> Writer:
    writer = Writer(within, name)
    writer.waits = waits
    return writer


def _successor(simulator: Simulator, names: list[str]) -> str:
    """Go on until another node serves slot 0; which."""
    end = simulator.now_ms + 30_000
    while simulator.now_ms < end:
        simulator.run_until(simulator.now_ms + 50)
        for name in names:
            state = simulator.member(name).node.state
            if state.owners[0] is state.myself:
                return name
    raise AssertionError(f"seed {simulator.seed}: nobody took over")
