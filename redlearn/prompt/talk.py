"""Talk: a conversation in lines. A line goes in, what redis-cli would print comes out.

The same talk serves the prompt on a terminal and a script from a pipe; what it talks to is
a session with a history, or, for scripts, an engine without one (`unwatched.py`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Protocol

from redlearn.engine.client import Client, Wait
from redlearn.engine.engine import Engine
from redlearn.lessons.deeds import DEEDS
from redlearn.lessons.durations import duration_ms, duration_text
from redlearn.prompt.act import Described, acts_like
from redlearn.prompt.entered import Refused, entered
from redlearn.prompt.late import (
    command_text,
    held_text,
    late_text,
    paused_text,
    unwanted_text,
    waiting_text,
)
from redlearn.prompt.manual import is_help, manual
from redlearn.resp.reply import Reply
from redlearn.resp.text import format_raw, format_reply, is_plain_text, printable, safe_text
from redlearn.timeline.session import Session

LEAVING: Final = (b"quit", b"exit")
FOR_EVER_MS: Final = 1 << 63
HUNG_UP: Final = b"Error: Server closed the connection\n"

ACTS: Final = (
    Described("advance", "30s", "let time pass, timers and all"),
    Described("back", "[count]", "go back in time by commands"),
    Described("forward", "[count]", "go forward again"),
    Described("giveup", "", "give up waiting, as ctrl+c does"),
    Described("pause", "", "stop the clock: nothing expires by itself"),
    Described("play", "", "let the clock run"),
    Described("vi", "", "edit with vi's keys, or emacs's again"),
    Described("clear", "", "clear the screen"),
    Described("help", "", "list these"),
    Described("quit", "", "leave"),
)

ON_THE_SCREEN: Final = frozenset({
    "goto", "branch", "pin", "pane", "zoom", "theme", "ascii", "lesson", "sandbox", "hint", "next",
    "again", "answer", "save", "cluster", "scenario", *DEEDS,
})  # fmt: skip
"""Acts that only the screen has."""


class Server(Protocol):
    """What a talk needs of a session."""

    @property
    def engine(self) -> Engine: ...

    def connect(self, *, name: str | None = None) -> int: ...

    def client_named(self, name: str) -> int: ...

    def names(self) -> dict[int, str]: ...

    def disconnect(self, client: int) -> None: ...

    def execute(self, client: int, argv: Sequence[bytes]) -> list[Reply]: ...

    def take_late(self) -> list[tuple[int, Reply]]: ...

    def advance(self, ms: int) -> None: ...

    def catch_up(self, wall_ms: int) -> None: ...


class Talk:
    """One conversation.

    Attributes:
        server: What runs the commands.
        ended: Whether it was told to leave.
    """

    def __init__(
        self,
        server: Server,
        *,
        raw: bool = False,
        safe: bool = False,
        alone: bool = False,
        deeds: Mapping[str, Callable[[], str]] | None = None,
    ) -> None:
        """Args:
        server: What runs the commands.
        raw: Print replies as `redis-cli --raw` does: the bytes of values as they are.
        safe: The bytes go to a terminal, so nothing raw may pass even then.
        alone: Nobody else can act while these lines wait, as when they come from a pipe. So
            when a client that waits is wanted again, time passes at once up to its timeout.
        deeds: What only the front end can do (`vi`, `clear`), by the act's name; each gives
            what there is to say about it.
        """
        self.server = server
        if not self.client:
            server.connect(name="")
        self.ended = False
        self._raw = raw
        self._safe = safe
        self._alone = alone
        self._waits: dict[int, Wait] = {}
        self._held_up = False  # by a pause: somebody's command is to run once it is over
        self._deeds = dict(deeds or {})

    def answer(self, line: bytes) -> Iterator[bytes]:
        """Do what one line says; gives what is to be printed, piece by piece.

        Each repetition of a command runs when its piece is asked for, so that whoever prints
        can stop in between.
        """
        try:
            said = entered(line)
        except Refused as refused:
            yield str(refused).encode() + b"\n"
            return
        argv = said.argv
        if not argv:
            return
        if len(argv[0]) == 4 and argv[0].lower() in LEAVING and not (said.client or said.times > 1):
            self.ended = True
        elif argv[0][:1] == b":":
            yield from _lines(self._act(line))
            yield from self.late()
        elif is_help(list(argv[:1])):
            yield from _lines(manual(list(argv[1:])))
        elif (node := said.client.rpartition("@")[2]).isdigit():
            yield f"There is no node {node}: there is no cluster here.\n".encode()
        else:
            for _ in range(said.times):
                printed, stays = self._run(said.client, argv)
                yield printed
                if not stays:
                    return

    def _run(self, name: str, argv: tuple[bytes, ...]) -> tuple[bytes, bool]:
        """Send a command once; what to print, and whether the client is still there after it."""
        client = self._id(name)
        before = b""
        if self._waits and self._alone and client in self._waits:
            before = b"".join(self._end_wait(client))
            client = self._id(name)
        state = self.server.engine.state
        state.printed = b""
        replies = self.server.execute(client, argv)
        known = state.clients.get(client)
        protocol = 2 if known is None else known.protocol
        if len(replies) == 1:
            printed = self._printed(replies[0], protocol, argv)
        else:
            printed = b"".join([self._printed(reply, protocol, argv) for reply in replies])
            printed += self._unanswered(known)
        if state.printed:
            printed = self._said_aside(state.printed) + printed
        printed = before + printed
        if self._waits:
            printed += b"".join(self.late())
        if known is None or known.closing:
            self._reconnect(name, client)
            return printed or HUNG_UP, False
        return printed, True

    def _said_aside(self, data: bytes) -> bytes:
        """What a command wrote on the server's standard output, before its reply."""
        if self._raw and not self._safe:
            return data
        return safe_text(data).encode("utf-8", "surrogateescape")

    def _printed(self, reply: Reply, protocol: int, argv: tuple[bytes, ...]) -> bytes:
        if self._raw:
            data = format_raw(reply, protocol)
            if is_plain_text(argv):
                data = data[:-1]
            return safe_text(data).encode("utf-8", "surrogateescape") if self._safe else data
        return format_reply(reply, protocol, argv).encode("utf-8", "surrogateescape")

    # ------------------------------------------------------------------------------------ waiting

    def _unanswered(self, known: Client | None) -> bytes:
        """What there is to say of a command without a reply: nothing, unless one is to come."""
        if known is not None and known.postponed:
            return self._paused(known)
        if known is not None and known.reply_mode != "on" and not (self._alone or self._raw):
            said = unwanted_text(known.reply_mode, waits=known.wait is not None)
            return said.encode() + b"\n"
        if known is None or known.wait is None:
            return b""
        self._waits[known.id] = known.wait
        if self._alone:
            return b""
        if known.held:
            said = held_text(self._called(known.id), len(known.held))
        else:
            said = waiting_text(self._called(known.id), known.wait, self.server.engine.state.now_ms)
        return b"" if self._raw else said.encode() + b"\n"

    def _paused(self, known: Client) -> bytes:
        """CLIENT PAUSE holds a command up; where nobody else can act the time passes at once."""
        state = self.server.engine.state
        left_ms = state.crowd.paused_until_ms - state.now_ms
        if self._alone:
            self.server.advance(left_ms)
            return b"".join(self.late())
        self._held_up = True
        said = paused_text(self._called(known.id), left_ms)
        return b"" if self._raw else said.encode() + b"\n"

    def late(self) -> Iterator[bytes]:
        """What has reached clients that were waiting, to be printed."""
        clients = self.server.engine.state.clients
        for client, reply in self.server.take_late():
            wait = self._waits.pop(client, None)
            quiet = self._raw or (self._alone and client == self.client)
            if not quiet:
                now_ms = self.server.engine.state.now_ms
                said = late_text(self._called(client), wait, reply, now_ms)
                yield said.encode() + b"\n"
            known = clients.get(client)
            argv = wait.argv if wait is not None else (b"",)
            yield self._printed(reply, 2 if known is None else known.protocol, argv)
        self._waits = {
            client: known.wait
            for client in self._waits
            if (known := clients.get(client)) is not None and known.wait is not None
        }

    def late_by_clock(self) -> Iterator[bytes]:
        """`late`, after time has passed by itself. Costs nothing while nobody waits."""
        if self._waits or self._held_up:
            self._held_up = self.server.engine.state.crowd.paused_until_ms > 0
            yield from self.late()

    def due_ms(self) -> int | None:
        """In how many ms the next wait, or a pause, ends by itself; None if none does."""
        state = self.server.engine.state
        due_ms = state.next_due_ms()
        return None if due_ms is None else max(due_ms - state.now_ms, 0)

    def give_up(self) -> bytes:
        """End the usual client's wait, if it waits: it hangs up, and connects anew."""
        known = self.known
        if known is None or known.wait is None:
            return b""
        self._waits.pop(self.client, None)
        number, protocol = known.db.index, known.protocol
        self._reconnect("", self.client)
        if protocol == 3:
            self.server.execute(self.client, (b"HELLO", b"3"))
        if number:
            self.server.execute(self.client, (b"SELECT", b"%d" % number))
        return (
            b"" if self._raw else f"Given up: connected anew, as client {self.client}.\n".encode()
        )

    def finish(self) -> Iterator[bytes]:
        """The input has ended: those who wait get what their timeouts give them, at once.

        Whoever waits without a timeout would wait for ever now, which is said instead.
        """
        if self._alone:
            for client in sorted(self._waits, key=self._gives_up_ms):
                yield from self._end_wait(client)

    def _gives_up_ms(self, client: int) -> int:
        return self._waits[client].until_ms or FOR_EVER_MS

    def _end_wait(self, client: int) -> Iterator[bytes]:
        """Let a wait end that nobody can end but the clock; without a timeout, by hanging up."""
        wait = self._waits.get(client)
        if wait is None:
            return
        if wait.until_ms:
            self.server.advance(max(wait.until_ms - self.server.engine.state.now_ms, 0))
            yield from self.late()
            return
        name, doing = self._called(client), command_text(wait.argv)
        who = f"{name}: " if name else ""
        yield f"Error: {who}nobody is left to serve {doing}, which has no timeout\n".encode()
        del self._waits[client]
        self._reconnect(name.removeprefix("@"), client)

    def _called(self, client: int) -> str:
        """The name of a client in what is printed; "" for the usual one."""
        name = self.server.names().get(client)
        return f"@{name}" if name else ""

    # ------------------------------------------------------------------------------------ clients

    @property
    def client(self) -> int:
        """The id of the client that lines without a name come from; 0 where it is not yet."""
        return self.server.client_named("")

    @property
    def known(self) -> Client | None:
        """The usual client as the engine knows it."""
        return self.server.engine.state.clients.get(self.client)

    def _id(self, name: str) -> int:
        """The client of a name: `@a SET k v` is client a's, who connects when first named."""
        return self.server.client_named(name) or self.server.connect(name=name)

    def _reconnect(self, name: str, client: int) -> None:
        """After a client was sent away (QUIT): its next command comes from a new one."""
        self.server.disconnect(client)
        if not name:
            self.server.connect(name="")

    # --------------------------------------------------------------------------------------- acts

    def _act(self, line: bytes) -> list[str]:
        name, _, rest = line.decode("utf-8", "replace").strip()[1:].partition(" ")
        found = acts_like(ACTS, name)
        if len(found) != 1:
            names = " ".join(f":{act.name}" for act in found or ACTS)
            if name in ON_THE_SCREEN:
                return [f":{name} is for the screen; here there are {names}"]
            return [f"There is no act :{printable(name.encode(), 20)} here; there are {names}"]
        act, rest = found[0].name, rest.strip()
        if act in self._deeds:
            said = self._deeds[act]()
            return [said] if said else []
        match act:
            case "giveup":
                return [self.give_up().decode().rstrip() or "You wait for nothing."]
            case "advance":
                return [self._advance(rest)]
            case "back" | "forward" | "pause" | "play":
                return [self._in_time(act, rest)]
            case "help":
                return [f":{f'{each.name} {each.takes}':18}{each.help}" for each in ACTS]
            case "quit":
                self.ended = True
                return []
        return [f":{act} is for the prompt on a terminal."]

    def _advance(self, rest: str) -> str:
        ms = duration_ms(rest)
        if ms is None:
            return "How long? :advance 30s, :advance 1500ms, :advance 1m30s"
        self.server.advance(ms)
        return f"{duration_text(ms)} passed."

    def _in_time(self, act: str, rest: str) -> str:
        session = self.server
        if not isinstance(session, Session):
            return f":{act} needs a history, and a script from a pipe has none."
        if act in ("pause", "play"):
            session.live = act == "play"
            return "The clock runs." if session.live else "The clock stands still; :play."
        if rest and not (rest.isascii() and rest.isdigit() and len(rest) < 10):
            return "How many commands? A number, please."
        count = int(rest or 1)
        if not session.step(-count if act == "back" else count):
            return "There is nothing further that way."
        stops = session.stops()  # clients that come and go are none
        return f"After step {bisect_right(stops, session.position)} of {len(stops)}."


def _lines(lines: list[str]) -> Iterator[bytes]:
    for line in lines:
        yield line.encode("utf-8", "replace") + b"\n"
