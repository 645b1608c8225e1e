"""One call as the engine ran it, and the same reply as plain Python from either side's bytes."""

from __future__ import annotations

import re
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

_NUMBER_OF_CLIENT = re.compile(rb"<client (\d+)>")


@dataclass
class Call:
    """A command, and all that came of it here.

    Attributes:
        reply: As it goes over the wire; b"" while its client waits.
        protocol: In which the reply is spelt.
        queued: The commands that an EXEC ran, one for each item of its reply.
        messages: The keyspace notifications it published.
        effects: What it passed on to files and replicas.
        parked: Its client had to wait.
        served: The clients that waited and got their reply meanwhile, with their calls.
    """

    argv: list[bytes]
    reply: bytes = b""
    protocol: int = 2
    queued: list[list[bytes]] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    parked: bool = False
    served: list[tuple[int, Call]] = field(default_factory=list)


class Ours:
    """An engine with some clients, on the machine's own time.

    Attributes:
        clients: The first is `client`, of which most questions are asked.
    """

    def __init__(self, now_ms: int, seed: int, protocols: list[int]) -> None:
        self.clock = VirtualClock(now_ms)
        self.engine = Engine(self.clock, seed=seed)
        self.engine.state.config.set("enable-debug-command", "yes")
        self.clients: list[Client] = [self.engine.connect() for _ in protocols]
        self.client = self.clients[0]
        self._parked: dict[int, Call] = {}
        for client, protocol in zip(self.clients, protocols, strict=True):
            client.protocol = protocol
        self._effects: list[Effect] = []
        self._listener = self.engine.connect()
        pubsub.subscribe(self.engine.state, self._listener, "patterns", b"__key*@*__*")
        self.engine.state.sinks.append(self._effects.extend)

    def waits(self, number: int) -> bool:
        """Whether a client is parked."""
        return self.clients[number].wait is not None

    def run(self, argv: list[bytes], now_ms: int, number: int = 0) -> Call:
        """Run one command of a client at a moment, and note what comes of it."""
        client = self.clients[number]
        call = Call(argv, protocol=client.protocol)
        if argv[0].upper() == b"EXEC":
            call.queued = [words for _, words in client.queue or ()]
        self.clock.ms = now_ms
        self.engine.execute(client, numbered(argv, [each.id for each in self.clients]))
        replies = client.take()
        if replies:
            # HELLO answers in the protocol it has just agreed on; so does RESET.
            if argv[0].upper() in (b"HELLO", b"RESET"):
                call.protocol = client.protocol
            call.reply = encode(replies[0], call.protocol)
        else:
            call.parked = True
            self._parked[number] = call
        call.served = self._served(call)
        call.messages = [message_of(push) for push in self._listener.take()]
        call.effects = self._effects[:]
        self._effects.clear()
        return call

    def _served(self, call: Call) -> list[tuple[int, Call]]:
        """Who has got a reply for which he waited."""
        served = []
        for number, parked in [*self._parked.items()]:
            replies = self.clients[number].take()
            if replies and parked is not call:
                parked.reply = encode(replies[0], parked.protocol)
                served.append((number, parked))
                del self._parked[number]
        return served

    def ask(self, argv: list[bytes]) -> Reply:
        """The first client's reply to one command."""
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


def numbered(argv: list[bytes], ids: list[int]) -> list[bytes]:
    """A call in which `<client 2>` stands for the number that a side gave its second client."""
    if argv[0].upper() != b"CLIENT":
        return list(argv)
    return [
        b"%d" % ids[int(found[1])] if (found := _NUMBER_OF_CLIENT.fullmatch(word)) else word
        for word in argv
    ]


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
