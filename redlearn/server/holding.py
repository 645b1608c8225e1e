"""Holding: replies wait until what they tell of is written, and are not sent if it cannot be.

Where there is an append-only file, a reply says more than that a command ran: that what it did
will be there after a crash, as far as `appendfsync` promises. So replies are collected until
everybody who sent something has been served; then the log is written, once for all of them, and
only then are they sent:

    read A   SET x 1  ──▶ +OK held ─┐
    read B   GET y    ──▶ $1 held  ─┤
    read C   INCR n   ──▶ :7 held  ─┤   one write, under `always` one fsync   ──▶ A, B, C
                                    └──────────────────────────────────────────┘

If it cannot be written, who changed something is told that instead; who only asked gets his
answer. What was changed stays in memory and in the log's buffer, and is written when there is
room again: a client that was refused may find later that its command was not lost.

Unlike Redis: under `everysec` and `no` it sends the replies of the very commands that it could
not write, and refuses only those that follow.

Replies to a pipeline wait for the end of a turn in any case. A write that wakes somebody takes the
kernel a third of the time that running a pipeline takes us, and whoever has many connections, as a
proxy has, is woken by the first of his replies only if they come together. Where nobody else had
anything to be told in the last such turn (`alone`), there is nobody to wait for.

Source: `server.c` beforeSleep; `aof.c` flushAppendOnlyFile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from redlearn.engine.engine import Engine
from redlearn.engine.pipeline import Answers
from redlearn.errors import LOG_FAILED

if TYPE_CHECKING:
    from redlearn.server.connection import Connection


MOST: Final = 4 * 1024 * 1024
"""Bytes of replies that do not wait for the end of a turn: they would only take up memory."""


class _Held:
    """What one connection is to be sent.

    Attributes:
        answers: The replies, and which of them tell of a change.
        closing: Hang up afterwards.
    """

    __slots__ = ("answers", "closing", "connection")

    def __init__(self, connection: Connection, answers: Answers, closing: bool) -> None:
        self.connection = connection
        self.answers = answers
        self.closing = closing


class Holding:
    """The replies that are held at present.

    Attributes:
        later: Has something called as soon as everybody has been served.
        known: What is known of the log; who sees its `offset` grow knows that something was
            changed.
        alone: The only connection for which replies were held in the last turn in which there
            were any, or None. Those to its pipelines need not wait for others.
    """

    def __init__(self, engine: Engine, before_sleep: Callable[[], None] | None = None) -> None:
        """Args:
        engine: Whose log it is.
        before_sleep: Has that written (`EngineHost.before_sleep`); by default the engine itself,
            which nobody else may be at work in meanwhile.
        """
        self.later: Callable[[Callable[[], None]], object] = _in_the_loop
        self._before_sleep = before_sleep or engine.before_sleep
        self.alone: Connection | None = None
        self._engine = engine
        self.known = engine.state.durability
        self._crowd = engine.state.crowd
        self._crowd.by_turns = True
        self._held: dict[Connection, _Held] = {}
        self._written = 0
        self._size = 0  # of the replies that are held, in bytes, at most
        self._expected = False  # the end of this turn

    @property
    def needed(self) -> bool:
        """Whether replies have to be held.

        Something was fed to the log, is to be written down of a cluster, or to be told to those
        who track keys; or others are held.
        """
        if self._held or self._crowd.tracked_changes:
            return True
        known = self.known
        if known.offset != self._written and known.log != "off":
            return True
        cluster = self._engine.state.cluster
        return cluster is not None and cluster.restless

    def put(self, connection: Connection, answers: Answers, *, closing: bool) -> None:
        """Hold replies for a connection, behind those that it waits for already.

        Args:
            answers: They are held themselves, and have to stay as they are until the next `flush`.
            closing: Nothing follows: hang up once they are sent. What reaches the client until
                then is not sent, as in Redis (`networking.c` prepareClientToWrite).
        """
        self.expect()
        held = self._held.get(connection)
        if held is None:
            self._held[connection] = _Held(connection, answers, closing)
        elif held.closing:
            return
        else:
            held.answers.extend(answers)
            held.closing = closing
        self._size += answers.most
        if self._size >= MOST:
            self.flush()

    def expect(self) -> None:
        """Have the turn's end seen to, though there may be no reply to send."""
        if not self._expected:
            self._expected = True
            self.later(self._turn_ended)

    def _turn_ended(self) -> None:
        self._expected = False
        self.flush()

    def flush(self) -> None:
        """Write the log, then send what is held."""
        self._size = 0
        self._before_sleep()
        self._written = self.known.offset
        held, self._held = self._held, {}
        if held:
            self.alone = next(iter(held)) if len(held) == 1 else None
        error = self.known.log_error if self.known.log != "off" else ""
        refusal = b"-%b\r\n" % LOG_FAILED.format(error).encode() if error else b""
        for each in held.values():
            if refusal:
                each.answers.refuse(refusal)
            each.connection.send(each.answers.data, closing=each.closing)

    def forget(self, connection: Connection) -> None:
        """A connection has ended: there is nobody to send anything to."""
        self._held.pop(connection, None)
        if self.alone is connection:
            self.alone = None


def _in_the_loop(act: Callable[[], None]) -> object:
    return asyncio.get_running_loop().call_soon(act)
