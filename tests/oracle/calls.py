"""One call as the engine ran it, and the same reply as plain Python from either side's bytes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from redlearn.clock import VirtualClock
from redlearn.engine import pubsub
from redlearn.engine.client import Client
from redlearn.engine.effects import Effect
from redlearn.engine.engine import Engine
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.encode import encode
from redlearn.resp.reply import Push, Reply
from tests.oracle.servers import reply_end

Message = tuple[bytes, bytes]
"""What a subscriber is sent: channel and message."""

Words = tuple[bytes, ...]
"""A command as it stands in an append-only file."""


@dataclass
class Call:
    """A command, and all that came of it here.

    Attributes:
        reply: As it goes over the wire.
        protocol: In which the reply is spelt.
        queued: The commands that an EXEC ran, one for each item of its reply.
        messages: The keyspace notifications it published.
        effects: What it passed on to files and replicas.
    """

    argv: list[bytes]
    reply: bytes = b""
    protocol: int = 2
    queued: list[list[bytes]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)


class Ours:
    """An engine with one client, on the machine's own time."""

    def __init__(self, now_ms: int, seed: int, protocol: int) -> None:
        self.clock = VirtualClock(now_ms)
        self.engine = Engine(self.clock, seed=seed)
        self.client: Client = self.engine.connect()
        self.client.protocol = protocol
        self._effects: list[Effect] = []
        self._listener = self.engine.connect()
        pubsub.subscribe(self.engine.state, self._listener, "patterns", b"__key*@*__*")
        self.engine.state.sinks.append(self._effects.extend)

    def run(self, argv: list[bytes], now_ms: int) -> Call:
        """Run one command at a moment, and note what comes of it."""
        call = Call(argv, protocol=self.client.protocol)
        if argv[0].upper() == b"EXEC":
            call.queued = [words for _, words in self.client.queue or ()]
        reply = self.ask(argv, now_ms)
        # HELLO answers in the protocol it has just agreed on; so does RESET.
        if argv[0].upper() in (b"HELLO", b"RESET"):
            call.protocol = self.client.protocol
        call.reply = encode(reply, call.protocol)
        call.messages = [message_of(push) for push in self._listener.take()]
        call.effects = self._effects[:]
        self._effects.clear()
        return call

    def ask(self, argv: list[bytes], now_ms: int | None = None) -> Reply:
        """The reply to one command."""
        if now_ms is not None:
            self.clock.ms = now_ms
        self.engine.execute(self.client, list(argv))
        (reply,) = self.client.take()
        return reply


def message_of(push: Reply) -> Message:
    """The channel and message of a push that a pattern brought."""
    assert isinstance(push, Push)
    _, _, channel, message = push
    assert isinstance(channel, bytes)
    assert isinstance(message, bytes)
    return channel, message


def items_of(reply: bytes) -> list[bytes] | None:
    """The items of an array, each as its bytes; None if the reply is no array of any."""
    head, _, rest = reply.partition(b"\r\n")
    if head[:1] != b"*" or int(head[1:]) < 0:
        return None
    items = []
    while rest:
        end = reply_end(rest)
        assert end is not None
        items.append(rest[:end])
        rest = rest[end:]
    return items


def decoded(data: bytes) -> Any:
    """A reply as plain Python: lists, bytes, numbers; errors as exceptions."""
    (reply,) = ReplyDecoder().feed(data)
    return plain(reply)


def plain(reply: Reply) -> Any:
    """A decoded reply without the classes of our own."""
    match type(reply).__name__:
        case "Status":
            return reply.text.encode()  # type: ignore[union-attr]
        case "Failure":
            return ValueError(reply.text)  # type: ignore[union-attr]
        case "NullArray":
            return None
        case "Verbatim":
            return reply.data  # type: ignore[union-attr]
    if isinstance(reply, dict):
        return {_key(plain(name)): plain(value) for name, value in reply.items()}
    if isinstance(reply, list):
        return [plain(item) for item in reply]
    return reply


def _key(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
