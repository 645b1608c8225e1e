"""Pipeline: the commands of one read, with what they have in common done once.

`Engine.execute` asks the clock, looks whether anything about the client is out of the ordinary,
and points the context at it, for each command. Between two commands that touch nothing but keys
none of that can change, so a pipeline of them is one loop:

    read   GET a  SET b 1  INCR c │ MULTI │ GET a  EXEC │ SET d 2 ...
           └──── one loop ──────┘   └── one by one ──┘   └─ the next loop ...

What is done once for a loop, or less often than for each command:

- The clock is read at its beginning, and anew once commands have taken a quarter of a millisecond:
  what is counted in milliseconds is never off by one for longer than that.
- The timer that measures commands is asked once for each: where one ends, the next begins. That is
  true if the next is there. One that has yet to be decoded takes time that is not its own, and is
  run by itself.
- What commands changed is collected, and handed to the log and the replicas before anything else
  may hear of it: before a command that is no plain one, and before any reply is sent.

Everything a client may be that is out of the ordinary (`Client.guarded`: watched by a MONITOR,
paused, tracking, listening, limited by maxmemory, restricted by ACL rules, a node's) is known
before a loop begins, and only commands that are no plain ones can change it.

Source: `networking.c` processInputBuffer; `server.c` call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from redlearn.engine import counting
from redlearn.engine.client import Client
from redlearn.engine.command import COMMANDS, Command
from redlearn.engine.context import Context
from redlearn.engine.effects import Run, feed_run
from redlearn.engine.stats import Stats
from redlearn.errors import CommandError
from redlearn.resp.encode import BULK_HEADERS, CRLF, encode
from redlearn.resp.reply import OK, Failure, Reply

FULL: Final = 256 * 1024
"""Bytes of replies that are sent before the rest of a read is run: a limit has to be seen."""

CLOCK_NS: Final = 250_000
"""How long the clock is believed, in nanoseconds of the timer."""

LONG: Final = 256
"""Bytes of a reply from which on the time it took to encode it is not that of the next command."""

AT_HAND: Final[tuple[type, ...]] = (type(iter([])), type(iter(())))
"""Iterators that give the next command in no time."""

OK_LINE: Final = encode(OK)
_HEADERS: Final = frozenset(BULK_HEADERS)

LONGEST_FRAME: Final = 8
"""Bytes that stand around a string of less than LONG: its length and two line ends."""

NOT_PLAIN: Final = Command("", "", lambda ctx, argv: None, group="", summary="", arity=2**31)
"""Stands for all other commands: no call has as many words as it wants."""

GROUPS: Final = frozenset({
    "bitmap", "generic", "geo", "hash", "hyperloglog", "list", "set", "sorted-set", "stream",
    "string",
})  # fmt: skip
"""Commands of these groups touch nothing but keys, unless they are guarded."""

ALSO_PLAIN: Final = frozenset({"echo", "ping"})
"""They do not even do that."""


class Answers:
    """What the commands of a read have come to.

    Attributes:
        data: Replies, encoded, to be joined: each is one piece, or a string's three (what stands
            before it, itself, a line end), since joining all is cheaper than joining each first.
        marks: Places in `data` of the replies to commands that fed the log.
        large: Bytes of those pieces that have at least LONG.
    """

    __slots__ = ("_counted", "_size", "data", "large", "marks")

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.marks: list[int] = []
        self._size = self._counted = self.large = 0

    @property
    def most(self) -> int:
        """As many bytes as there are, or more. O(1)."""
        return LONG * len(self.data) + self.large

    @property
    def full(self) -> bool:
        """Whether they are to be sent before there are more. O(those since the last time)."""
        self._size += sum(map(len, self.data[self._counted :]))
        self._counted = len(self.data)
        return self._size >= FULL

    def add(self, data: bytes) -> None:
        """Add a whole reply, or what else a client is sent."""
        self.data.append(data)
        if len(data) >= LONG:
            self.large += len(data)

    def extend(self, others: Answers) -> None:
        """Add the replies of a later read."""
        place = len(self.data)
        self.marks += [place + mark for mark in others.marks]
        self.data += others.data
        self.large += others.large

    def refuse(self, line: bytes) -> None:
        """Put an error in the place of each reply to a command that fed the log."""
        for mark in self.marks:
            if self.data[mark] in _HEADERS:  # no reply is that and nothing else
                self.data[mark + 1] = self.data[mark + 2] = b""
            self.data[mark] = line

    def clear(self) -> None:
        """Begin anew: all that was there has been sent."""
        self.data.clear()
        self.marks.clear()
        self._size = self._counted = self.large = 0


class Pipeline:
    """Runs the commands of one client, as long as all is as usual."""

    def __init__(
        self,
        context: Context,
        execute: Callable[[Client, list[bytes]], Command | None],
        pass_on: Callable[[Context, Command, list[bytes], bool], None],
    ) -> None:
        """Args:
        context: What commands get.
        execute: Runs any command, counted and timed (`Engine.execute_timed`).
        pass_on: Hands out what a command has changed, and what came of it.
        """
        self._context = context
        self._state = context.state
        self._execute = execute
        self._pass_on = pass_on
        self._plain = plain_commands()
        self._fed: list[list[bytes]] = []  # commands that are to be passed on word for word

    def run(
        self, client: Client, commands: Iterator[list[bytes]], answers: Answers
    ) -> list[bytes] | None:
        """Run commands up to one about which, or after which, anything is out of the ordinary.

        Args:
            commands: Those that have been run are taken out.
            answers: Gets what they came to.

        Returns:
            That one. What it has to say beyond what went to `answers` is in the client's outbox.
            None if there is no such command.
        """
        to_come = type(commands) not in AT_HAND
        try:
            while True:
                if client.guarded or client.queue is not None or to_come:
                    argv = next(commands, None)
                else:
                    argv = self._run_plain(client, commands, answers)
                if argv is None or not self._run_other(client, argv, answers):
                    return argv
        finally:
            if self._fed:
                self._feed(client)

    def _run_plain(
        self, client: Client, commands: Iterator[list[bytes]], answers: Answers
    ) -> list[bytes] | None:
        """Run plain commands of a client that is as usual; the first that was not run, if any."""
        state, context, out, fed = self._state, self._context, answers.data, self._fed
        timer, patience, long, short = _measures(state.stats)
        self._turn_to(client)
        marks = answers.marks if state.durability.log != "off" else []
        protocol, sinks, enough, name, count = client.protocol, state.sinks, False, b"", 0
        due = (begun := timer()) + patience
        for argv in commands:
            if enough or argv[0] != name or len(argv) != count:  # most repeat a command
                command = self._plain.get(argv[0], NOT_PLAIN)
                name, count, run = argv[0], len(argv), command.run
                if enough or not command.low <= count <= command.high:
                    return argv
                write, client.last_command = command.write, command.name
                times = state.stats.noted(command.name)
            context.quiet, context.replaced, dirty = write, False, state.dirty
            try:
                reply = run(context, argv)
            except CommandError as error:
                reply = self._failure(command, error)
            now = timer()
            times.append(now - begun)
            begun = now
            if now >= due:
                due = now + patience
                enough = self._look(client, command, argv, times, answers)
            if state.unsettled:
                enough |= self._settle(client, command, argv, dirty, answers)
            elif sinks and state.dirty != dirty and write and not context.replaced:
                fed.append(argv)
                marks.append(len(out))
            if type(reply) is bytes and len(reply) < short:  # as by `encode`, without the call
                out.append(BULK_HEADERS[len(reply)])
                out.append(reply)
                out.append(CRLF)
            else:
                out.append(data := OK_LINE if reply is OK else encode(reply, protocol))
                if len(data) >= long:
                    enough |= self._log_large(client, argv, data, answers)
                    begun = timer()
        return None

    # Each of these says whether somebody has to look how things are before the next command is run.

    def _look(
        self,
        client: Client,
        command: Command,
        argv: list[bytes],
        times: list[int],
        answers: Answers,
    ) -> bool:
        """Read the clock anew, and see whether the last command took remarkably long."""
        if times[-1] >= self._state.stats.remarkable:
            counting.count(self._state, client, command, argv, times.pop())
        self._turn_to(client)
        return answers.full

    def _settle(
        self, client: Client, command: Command, argv: list[bytes], dirty: int, answers: Answers
    ) -> bool:
        """Hand out what came of a command, if that is more than its own words.

        Args:
            dirty: What `State.dirty` was before it.

        Returns:
            Whether others may have had a turn because of it: then all may be different.
        """
        self._feed(client)
        state, known = self._state, self._state.durability
        others, offset = bool(state.ready or state.released or state.deferred), known.offset
        self._pass_on(self._context, command, argv, state.dirty != dirty)
        if known.offset != offset:
            answers.marks.append(len(answers.data))
        return others

    def _log_large(self, client: Client, argv: list[bytes], data: bytes, answers: Answers) -> bool:
        """Count what a reply takes, and put the command into the log of those with large ones."""
        log, size = self._state.stats.replies, len(data)
        if size >= LONG:
            answers.large += size
        if size > log.over:
            log.add(client.last_ms, size, client, argv)
        return answers.full

    def _failure(self, command: Command, error: CommandError) -> Reply:
        self._state.stats.fail(command.name, error.text)
        return Failure(error.text)

    def _turn_to(self, client: Client) -> None:
        """Read the clock, and point the context at a client."""
        state, context = self._state, self._context
        now_ms = context.clock.now_ms()
        if now_ms != state.now_ms:  # else the int that is there does for all that note it
            state.now_ms = now_ms
        client.last_ms = state.now_ms
        context.client, context.db = client, client.db

    def _feed(self, client: Client) -> None:
        """Pass on the commands that are to be passed on word for word, each a unit of its own."""
        if not self._fed:
            return
        state, known = self._state, self._state.durability
        run = Run(client.db.index, self._fed[:])
        self._fed.clear()
        feed_run(state.sinks, run)
        if known.log != "off":  # whoever else listens does not count
            known.offset += len(run.argvs)
        client.written, client.streamed = known.offset, state.replication.offset

    def _run_other(self, client: Client, argv: list[bytes], answers: Answers) -> bool:
        """Run one command, whatever it is; whether all is as usual after it."""
        if client.closing:
            return False
        self._feed(client)
        known, outbox = self._state.durability, client.outbox
        offset = known.offset
        command = self._execute(client, argv)
        if known.offset != offset:
            answers.marks.append(len(answers.data))
        if command is None or len(outbox) != 1:
            return False
        data = encode(outbox.popleft(), client.protocol)
        answers.data.append(data)
        return not (self._log_large(client, argv, data, answers) or client.closing)


def _measures(stats: Stats) -> tuple[Callable[[], int], int, int, int]:
    """The timer; the nanoseconds until somebody has to look; the bytes of a reply that is long, and
    those of a string of which none is.
    """
    assert stats.timer is not None
    patience = CLOCK_NS if stats.remarkable > CLOCK_NS else stats.remarkable  # `min` is a call
    long = LONG if stats.replies.over > LONG else stats.replies.over
    return stats.timer, patience, long, long - LONGEST_FRAME


@cache
def plain_commands() -> dict[bytes, Command]:
    """Commands that touch nothing but keys, under their names in capitals and in small letters."""
    return {
        spelled: row
        for name, row in COMMANDS.items()
        if not row.guarded and (row.group in GROUPS or row.name in ALSO_PLAIN)
        for spelled in (name, name.lower())
    }
