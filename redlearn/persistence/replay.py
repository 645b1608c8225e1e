"""Runs the commands of a log again, as nobody in particular and at no time at all.

What is logged has happened: it is not to be refused for want of rights or memory, and it
is not to be passed on, least of all to the very log it comes from. And it happened at its
own time. A key whose time is over now may not have been then, and commands behind it count
on it; if it had gone, a DEL would say so. So while commands are replayed nothing expires, and
a moment in the past is set like any other. The plainest way to have all of that is to let it
be the first of January 1970 meanwhile, when nothing is over.

    with Replay(engine) as replay:
        for logged in reader.commands():
            replay.apply(logged.argv)

A moment that is counted from now (EXPIRE k 10) no server logs, but people write such files: that
command runs at the present time.

Afterwards keys count as used now. Keys that are over go as they always do, by being looked at
or by the expiry cycle.

Source: `aof.c` createAOFClient, loadSingleAppendOnlyFile; `db.c` keyIsExpired,
`expire.c` checkAlreadyExpired, which ask whether the server is loading.
"""

from __future__ import annotations

from types import TracebackType
from typing import NoReturn, Self

from redlearn.engine import clients
from redlearn.engine.access import LFU_START, access_counted
from redlearn.engine.client import Client
from redlearn.engine.engine import Engine
from redlearn.engine.state import State
from redlearn.engine.values.stream import Stream
from redlearn.resp.reply import Failure
from redlearn.resp.text import printable

UNKNOWN = ("ERR unknown command ", "ERR unknown subcommand ")
LONG_AGO_MS = 0
NEVER_LOGGED = frozenset({
    "client|reply", "client|tracking", "monitor", "psubscribe", "ssubscribe", "subscribe", "watch",
})  # fmt: skip
"""What makes a client another than others: there is none here that it would make sense for."""

FROM_NOW = {
    b"EXPIRE": 3, b"GETEX": 4, b"HEXPIRE": 3, b"HPEXPIRE": 3, b"PEXPIRE": 3, b"PSETEX": 3,
    b"RESTORE": 4, b"SET": 5, b"SETEX": 3,
}  # fmt: skip
"""What may say for how long something is to live, rather than until when; with how many words."""
OPTIONS_FROM_NOW = frozenset({b"EX", b"PX"})


class UnknownCommand(Exception):
    """A log has a command that there is none of here."""


class Replay:
    """The client that a log's commands run as.

    Attributes:
        failures: What was refused by a command itself, the first few: it had worked once.
        failed: How many were.
    """

    __slots__ = ("_client", "_emit", "_engine", "_queued", "_sinks", "failed", "failures")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._client = Client(0, engine.state.databases[0], LONG_AGO_MS)
        self._client.obeyed = True
        self._client.stamps = not engine.state.counts_uses
        self._sinks = list(engine.state.sinks)
        self._emit = engine.probe.emit
        self._queued = False  # the transaction that is open counts from now
        self.failures: list[str] = []
        self.failed = 0

    def __enter__(self) -> Self:
        self.resume()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pause()
        clients.forget(self._engine.state, self._client)
        _use_all_now(self._engine.state)

    def resume(self) -> None:
        """Let it be long ago, with nobody watching."""
        self._engine.state.sinks.clear()
        self._engine.watch(None)
        self._engine.hold_time(LONG_AGO_MS)

    def pause(self) -> None:
        """Let it be now, for a while: others want to be told that the log is being loaded."""
        self._engine.hold_time(None)
        self._engine.watch(self._emit)
        self._engine.state.sinks[:] = self._sinks

    def apply(self, argv: list[bytes]) -> None:
        """Run one command. Raises UnknownCommand."""
        client, name = self._client, argv[0].upper()
        least = FROM_NOW.get(name)
        if least is not None and len(argv) >= least and _counts_from_now(name, argv):
            self._run_now(argv)
        elif self._queued and name == b"EXEC":
            self._queued = False
            self._run_now(argv)
        else:
            self._engine.execute(client, argv)
        if not client.outbox or client.closing or client.last_command in NEVER_LOGGED:
            self._refuse(argv)
        reply = client.outbox.pop()
        if client.outbox:
            client.outbox.clear()
        if reply.__class__ is Failure:
            self._note(argv, reply)

    def _run_now(self, argv: list[bytes]) -> None:
        """Run a command at the present time; if it is queued, the whole transaction later."""
        self._queued = self._client.queue is not None and argv[0].upper() != b"EXEC"
        self._engine.hold_time(None)
        self._engine.execute(self._client, argv)
        self._engine.hold_time(LONG_AGO_MS)

    def _refuse(self, argv: list[bytes]) -> NoReturn:
        """A command that waits, listens or leaves was never passed on: somebody put it there."""
        raise UnknownCommand(f"'{printable(argv[0], 32)}' has no place in a log")

    def _note(self, argv: list[bytes], reply: object) -> None:
        assert isinstance(reply, Failure)
        name = printable(argv[0], 32)
        if reply.text.startswith(UNKNOWN):
            raise UnknownCommand(f"there is no command '{name}'")
        self.failed += 1
        if len(self.failures) < 10:
            self.failures.append(f"{name}: {reply.text}")


def _counts_from_now(name: bytes, argv: list[bytes]) -> bool:
    if name in (b"SET", b"GETEX"):
        return any(word.upper() in OPTIONS_FROM_NOW for word in argv[2:-1])
    if name == b"RESTORE":
        return not any(word.upper() == b"ABSTTL" for word in argv[4:])
    return True


def _use_all_now(state: State) -> None:
    """Let everything that was made long ago have been made and used now. O(keys)."""
    now_ms = state.now_ms
    old, new = LONG_AGO_MS, now_ms
    if state.counts_uses:
        old, new = access_counted(LFU_START, LONG_AGO_MS), access_counted(LFU_START, now_ms)
    for db in state.databases:
        for entry in db.keys.entries():
            if entry.access == old:
                entry.access = new
            if entry.value.__class__ is Stream:
                _see_consumers(entry.value, now_ms)


def _see_consumers(stream: Stream, now_ms: int) -> None:
    for _, group in stream.groups:
        for _, consumer in group.consumers:
            if consumer.seen_ms == LONG_AGO_MS:
                consumer.seen_ms = now_ms
            if consumer.active_ms == LONG_AGO_MS:
                consumer.active_ms = now_ms
