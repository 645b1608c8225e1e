"""The line mode: type a command, read the reply, as in redis-cli.

With a terminal it is the same prompt as on the screen. From a pipe it reads one command a
line and prints the replies, in redis-cli's terminal format, or in its raw one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import IO

from prompt_toolkit.formatted_text import StyleAndTextTuples

from redlearn.lessons.durations import duration_ms, duration_text
from redlearn.prompt.home import history_file
from redlearn.prompt.reading import CLIENT
from redlearn.prompt.session import Prompt, commands_in
from redlearn.prompt.surroundings import Surroundings
from redlearn.resp.reply import Reply
from redlearn.resp.text import UnbalancedQuotes, format_raw, format_reply, split_args
from redlearn.timeline.session import Session

LEAVING = (b"quit", b"exit")
ACTS = (
    ("advance", "let time pass: :advance 30s"),
    ("back", "go back one command, or as many as told"),
    ("forward", "go forward again"),
    ("help", "list these"),
)


class Talk:
    """A conversation with one session: lines in, text out.

    Attributes:
        session: What runs the commands.
        client: The id of the client that unmarked lines come from.
        raw: Print replies as `redis-cli --raw` does.
    """

    def __init__(self, session: Session, *, raw: bool = False) -> None:
        self.session = session
        self.raw = raw
        self.client = session.connect()
        self._clients: dict[str, int] = {}
        self.ended = False

    def answer(self, line: str) -> bytes:
        """Run one line; what is to be printed, line end included."""
        line = line.strip()
        if not line:
            return b""
        if line.startswith(":"):
            return self._act(line[1:]).encode() + b"\n"
        client, line = self._who(line)
        try:
            argv = split_args(line)
        except UnbalancedQuotes:
            return b"Invalid argument(s)\n"
        if not argv:
            return b""
        if len(argv) == 1 and argv[0].lower() in LEAVING:
            self.ended = True
            return b""
        replies = self.session.execute(client, argv)
        protocol = self.protocol(client)
        return b"".join(self._printed(reply, protocol, argv) for reply in replies)

    def protocol(self, client: int) -> int:
        """The protocol a client speaks."""
        found = self.session.engine.state.clients.get(client)
        return 2 if found is None else found.protocol

    def in_multi(self) -> bool:
        """Whether the usual client has a MULTI open."""
        found = self.session.engine.state.clients.get(self.client)
        return found is not None and found.queue is not None

    def selected(self) -> int:
        """The database the usual client has selected."""
        found = self.session.engine.state.clients.get(self.client)
        return 0 if found is None else found.db.index

    def _printed(self, reply: Reply, protocol: int, argv: list[bytes]) -> bytes:
        if self.raw:
            return format_raw(reply, protocol)
        text = format_reply(reply, protocol, argv).encode("utf-8", "surrogateescape")
        return text if text.endswith(b"\n") else text + b"\n"

    def _who(self, line: str) -> tuple[int, str]:
        """The client a line is for, and the command: `@a SET k v` is client a's."""
        match = CLIENT.match(line)
        if match is None:
            return self.client, line
        name = match.group().strip()
        if name not in self._clients:
            self._clients[name] = self.session.connect()
        return self._clients[name], line[match.end() :]

    def _act(self, text: str) -> str:
        name, _, rest = text.strip().partition(" ")
        match name:
            case "advance":
                ms = duration_ms(rest.strip())
                if ms is None:
                    return "How long? :advance 30s, :advance 1500ms, :advance 1m30s"
                self.session.advance(ms)
                return f"{duration_text(ms)} passed."
            case "back" | "forward":
                count = int(rest) if rest.strip().isdecimal() else 1
                if not self.session.step(-count if name == "back" else count):
                    return "There is nothing further that way."
                return f"At command {self.session.position} of {self.session.length}."
            case "help":
                return "\n".join(f":{act:10}{meaning}" for act, meaning in ACTS)
        return f"There is no such act. :help lists them ({', '.join(a for a, _ in ACTS)})."


def run(*, raw: bool = False, plain: bool = False) -> int:
    """Talk until the end of the input; the exit status."""
    talk = Talk(_session(), raw=raw)
    if plain:
        return _run_plain(talk, sys.stdin.buffer, sys.stdout.buffer)
    return _run_prompt(talk)


def _session() -> Session:
    from time import time_ns

    from redlearn.timeline.session import Recipe

    return Session(Recipe(start_ms=time_ns() // 1_000_000))


def _wall_ms() -> int:
    from time import time_ns

    return time_ns() // 1_000_000


def _run_plain(talk: Talk, source: IO[bytes], target: IO[bytes]) -> int:
    for line in _lines(source):
        talk.session.catch_up(_wall_ms())
        try:
            target.write(talk.answer(line))
            target.flush()
        except BrokenPipeError:
            return 0
        if talk.ended:
            break
    return 0


def _lines(source: IO[bytes]) -> Iterator[str]:
    for line in source:
        yield line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")


def _run_prompt(talk: Talk) -> int:
    surroundings = Surroundings(
        lambda: talk.session.engine.state.databases[talk.selected()],
        lambda: talk.session.now_ms,
    )
    prompt = Prompt(surroundings, message=lambda: _message(talk), history=history_file(), acts=ACTS)
    session = prompt.make()
    while not talk.ended:
        try:
            entered = session.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            break
        for line in commands_in(entered):
            talk.session.catch_up(_wall_ms())
            sys.stdout.write(talk.answer(line).decode("utf-8", "replace"))
            sys.stdout.flush()
    return 0


def _message(talk: Talk) -> StyleAndTextTuples:
    """`redlearn> `, with the database if it is not the first, and (TX) inside MULTI."""
    number = talk.selected()
    text = "redlearn" + (f"[{number}]" if number else "") + ("(TX)" if talk.in_multi() else "")
    return [("class:prompt", text + "> ")]
