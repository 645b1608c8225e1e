"""A client of the simulated cluster: the rules of `client.py`, carried by connections.

A `Caller` runs on a host of its own. Told to `call`, it does what its `ClusterClient` says: opens a
connection to a node's client port, sends the commands, hands the replies back, waits, asks another
node, until the command is done. All of it takes virtual time, so it can be watched on its way:

    begin ──▶ Send ──▶ connection ──▶ node            reply ──▶ answered ──▶ Send | Wait | Done
                                        (no reply, or the connection breaks) ──▶ lost

A command may also be sent to a chosen node, past the client's map: then its reply is what that
node says, a MOVED included.

Its facts (`KeyHashed`, `Sent`, `Redirected` ...) are kept with their moments for one command: that
is the film of its way.

What a client has said of replies belongs to a connection: HELLO says their protocol, CLIENT REPLY
whether there are any, PSYNC that a stream comes instead. A client that speaks RESP3 says HELLO on
each connection before anything else, as cluster clients do; the others it has to say itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Protocol

from redlearn.clock import Clock
from redlearn.cluster.client import (
    MAP_QUESTION,
    Action,
    Address,
    Answered,
    ClusterClient,
    Done,
    Finished,
    Manner,
    NodeLost,
    Send,
    Sent,
    Unanswered,
    Wait,
)
from redlearn.cluster.network import Closed, News, Opened, Received
from redlearn.engine.command import Flags, find_command
from redlearn.probe import Event, Probe
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.encode import encode_command
from redlearn.resp.reply import Failure, Push, Reply, Several

TIMEOUT_MS: Final = 1_000
"""How long a node may take to answer; commands that block may take as long as they like."""

PATIENT: Final = frozenset((b"migrate", b"shutdown"))
"""Others that may: a node that runs one of them serves nobody else, or waits for its replicas."""

NO_REPLY: Final = Several()
"""What a command came to that has no reply, and never gets one."""

CONFIRMED: Final = frozenset(
    kind + verb for kind in (b"", b"p", b"s") for verb in (b"subscribe", b"unsubscribe")
)
"""Commands whose replies are confirmations, one for each channel; in RESP3 these are pushed."""

REPLY: Final = (b"client", b"reply")
NOBODY: Final = -1

Frozen = tuple[Any, ...]


class Wires(Protocol):
    """What a caller needs of the network."""

    def connect(self, host: str, ip: bytes, port: int) -> int:
        """Open a connection; the number of this end."""
        ...

    def send(self, number: int, data: bytes) -> None:
        """Send bytes in one piece."""
        ...

    def close(self, number: int) -> None:
        """Close this end."""
        ...


class Caller:
    """A client on a host.

    Attributes:
        client: What it knows, and how it decides.
        protocol: What it speaks, 2 or 3; HELLO and RESET change it.
        told: What happened to the present command, or the last one, with the moments (ms).
        reply: What the last command came to; None before the first, and while one is under way.
        finished: A command has its reply; whoever has taken note of that makes it False again.
        pushed: What came unasked: messages of channels, oldest first.
    """

    def __init__(
        self, wires: Wires, host: str, clock: Clock, seeds: Sequence[Address],
        manner: Manner = Manner.SMART, probe: Probe | None = None,
    ) -> None:  # fmt: skip
        """Args:
        seeds: Nodes that it is told of.
        probe: Told every fact too, at once.
        """
        self._wires, self._host, self._clock = wires, host, clock
        self._probe = probe or Probe()
        self.client = ClusterClient(seeds, manner, Probe(self._note))
        self.told: list[tuple[int, Event]] = []
        self.reply: Reply = None
        self.finished = False
        self.pushed: list[Reply] = []
        self.protocol = 2
        self._busy = False
        self._straight: Address | None = None  # the command goes to this node, whatever the map
        self._sockets: dict[Address, int] = {}
        self._answering = NOBODY  # the socket that replies are awaited on
        self._missing = 0
        self._confirms = b""  # what each of the replies begins with, if channels are to confirm
        self._replies: list[Reply] = []
        self._argv: tuple[bytes, ...] = ()  # what was sent last
        self._spoken: dict[int, int] = {}  # the protocol of each connection that is not at 2
        self._mute: dict[int, str] = {}  # the connections whose replies it did not want: off, skip
        self._streams: set[int] = set()  # those that it follows as a replica does
        self._until_ms: int | None = None  # when a wait, or the patience with a node, ends
        self._waits = False
        self._blocks = False

    @property
    def busy(self) -> bool:
        """Whether a command has no reply yet."""
        return self._busy

    @property
    def blocks(self) -> bool:
        """Whether the command under way may take as long as it likes."""
        return self._busy and self._blocks

    @property
    def awaited(self) -> int:
        """The connection on which a reply is to come; NOBODY while none is."""
        return self._answering

    @property
    def sockets(self) -> list[int]:
        """The connections that are open; the other end of one has its number with the last bit
        turned over."""
        return [*self._sockets.values(), *self._streams]

    def call(self, argv: Sequence[bytes], to: Address | None = None) -> None:
        """Begin a command: by the map, or straight to the node `to`.

        Raises:
            ValueError: The one before has no reply yet.
        """
        row = find_command(list(argv)) if argv else None
        blocks = row is not None and Flags.BLOCKING in row.flags
        if to is not None:
            self._straight_to(to, (tuple(argv),), blocks=blocks)
            return
        self._take_up(None, blocks=blocks)
        self._do(self.client.begin(argv))

    def send(self, commands: tuple[tuple[bytes, ...], ...], to: Address) -> None:
        """Send commands, none of which blocks, in one piece to a node; the last one's reply counts.

        Raises:
            ValueError: As `call`.
        """
        self._straight_to(to, commands, blocks=False)

    def _straight_to(
        self, to: Address, commands: tuple[tuple[bytes, ...], ...], *, blocks: bool
    ) -> None:
        self._take_up(to, blocks=blocks)
        self._note(Sent(to, commands))
        self._send(Send(to, commands))

    def _take_up(self, to: Address | None, *, blocks: bool) -> None:
        if self._busy:
            raise ValueError("the last command has no reply yet")
        self.told, self.reply, self.finished = [], None, False
        self._busy, self._straight, self._blocks = True, to, blocks

    def give_up(self) -> None:
        """Wait no longer: the connections are closed, as the reply may still come on one."""
        self.client.give_up()
        self._busy, self._answering, self._until_ms = False, NOBODY, None
        for number in self.sockets:
            self._wires.close(number)
            self._forget(number)

    # ---- a member of the simulator ----

    def hear(self, news: News) -> None:
        """Something about a connection."""
        match news:
            case Received(socket, flight):
                self._received(socket, flight.data)
            case Closed(socket):
                self._closed(socket)
            case Opened():
                pass

    def cron(self) -> None:
        """Ten times a second: waits end, and patience does."""
        if self._until_ms is None or self._clock.now_ms() < self._until_ms:
            return
        self._until_ms = None
        if self._waits:
            self._do(self.client.woken())
        elif not self._missing:
            self._unanswered()
        else:
            self._drop(self._answering)
            self._lost()

    def settle(self) -> None:
        """Everything is sent as soon as it is known."""

    def freeze(self) -> Frozen:
        """All that it is. O(slots)."""
        return (
            self.client.freeze(), tuple(self.told), self.reply, tuple(self.pushed), self._busy,
            self._straight, tuple(self._sockets.items()), self._answering, self._missing,
            tuple(self._replies), self._until_ms, self._waits, self._blocks, self.finished,
            self._confirms, self.protocol, self._argv, tuple(self._spoken.items()),
            tuple(self._mute.items()), tuple(self._streams),
        )  # fmt: skip

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it."""
        (
            client, told, self.reply, pushed, self._busy, self._straight, sockets, self._answering,
            self._missing, replies, self._until_ms, self._waits, self._blocks, self.finished,
            self._confirms, self.protocol, self._argv, spoken, mute, streams,
        ) = frozen  # fmt: skip
        self.client.thaw(client)
        self.told, self.pushed, self._replies = list(told), list(pushed), list(replies)
        self._sockets = dict(sockets)
        self._spoken, self._mute, self._streams = dict(spoken), dict(mute), set(streams)

    # ---- what the client wants done ----

    def _do(self, action: Action) -> None:
        match action:
            case Send():
                self._send(action)
            case Wait(ms):
                self._waits, self._until_ms = True, self._clock.now_ms() + ms
            case Done(reply):
                self._end(reply)

    def _send(self, send: Send) -> None:
        number = self._sockets.get(send.address)
        if number is None:
            host = send.address.host.encode("ascii", "replace")
            number = self._wires.connect(self._host, host, send.address.port)
            self._sockets[send.address] = number
        argv = send.commands[-1]
        commands = (*self._greeting(number, argv), *send.commands)
        answered = [self._is_answered(number, each) for each in commands]
        self._answering, self._missing = number, sum(answered) if answered[-1] else 0
        name = name_of(argv)
        self._argv = argv
        self._confirms = name if name in CONFIRMED else b""
        self._replies.clear()
        self._waits = False
        # The map is asked for before the command.
        patient = argv != MAP_QUESTION and (self._blocks or name in PATIENT)
        self._until_ms = self._clock.now_ms() + TIMEOUT_MS
        if not self._missing:
            self._until_ms = self._clock.now_ms()
        elif patient:
            self._until_ms = None
        self._wires.send(number, b"".join(map(encode_command, commands)))

    def _greeting(self, number: int, argv: tuple[bytes, ...]) -> tuple[tuple[bytes, ...], ...]:
        """What has to be said before a command, so that its reply comes in the right protocol."""
        spoken = self._spoken.get(number, 2)
        if spoken == self.protocol or number in self._mute or name_of(argv) == b"hello":
            return ()
        return ((b"HELLO", b"%d" % self.protocol),)

    def _is_answered(self, number: int, argv: tuple[bytes, ...]) -> bool:
        """Whether a reply comes to a command, by what was said of replies on its connection."""
        mode = self._mute.get(number, "on")
        if mode == "skip":
            del self._mute[number]
        wish = argv[2].lower() if tuple(map(bytes.lower, argv[:2])) == REPLY else b""
        if len(argv) != 3 or wish not in (b"on", b"off", b"skip"):
            return mode == "on"
        if wish == b"on":
            self._mute.pop(number, None)
        elif mode != "off":
            self._mute[number] = wish.decode()
        return wish == b"on"

    def _received(self, socket: int, data: bytes) -> None:
        replies = list(ReplyDecoder().feed(data))  # a piece holds whole replies: see `network.py`
        if socket in self._streams:
            self.pushed += [Push([*each]) for each in replies if type(each) is list]
            return
        left = sum(map(self._confirmed, replies))
        for reply in replies:
            left -= self._confirmed(reply)
            if socket == self._answering and self._missing and self._ends(reply, left):
                self._replies.append(reply)
                self._missing -= 1
            else:
                self.pushed.append(reply)
        if socket == self._answering and not self._missing and self._replies:
            self._answered()

    def _confirmed(self, reply: Reply) -> bool:
        """Whether a channel confirms what the command was about."""
        confirms = isinstance(reply, list) and reply[:1] == [self._confirms]
        return confirms and self._confirms != b""

    def _ends(self, reply: Reply, left: int) -> bool:
        """Whether a reply ends a command: of channels that confirm one by one the last one does.

        Args:
            left: How many are yet to confirm, in the same piece.
        """
        return not left if self._confirmed(reply) else not isinstance(reply, Push)

    def _answered(self) -> None:
        replies, socket = tuple(self._replies), self._answering
        self._answering, self._until_ms = NOBODY, None
        self._replies.clear()
        self._agree(socket, replies)
        if self._straight is None:
            self._do(self.client.answered(replies))
        else:
            self._note(Answered(self._straight, replies[-1]))
            self._note(Finished(replies[-1]))
            self._end(replies[-1])

    def _agree(self, socket: int, replies: tuple[Reply, ...]) -> None:
        """Note what the node and this client have agreed on for their connection."""
        name, reply = name_of(self._argv), replies[-1]
        if len(replies) > 1 and not isinstance(replies[0], Failure):
            self._spoken[socket] = self.protocol  # by the greeting; after ASKING it is so already
        if isinstance(reply, Failure):
            return
        if name == b"hello" and len(self._argv) > 1:
            self._spoken[socket] = self.protocol = int(self._argv[1])
        elif name == b"reset":
            self._spoken[socket] = self.protocol = 2
        elif name == b"psync":
            self._forget(socket)
            self._streams.add(socket)

    def _unanswered(self) -> None:
        """There is no reply, and none is to come."""
        socket, self._answering, self._until_ms = self._answering, NOBODY, None
        to = next((to for to, number in self._sockets.items() if number == socket), None)
        if to is not None:
            self._note(Unanswered(to))
        self.client.give_up()
        self._end(NO_REPLY)

    def _closed(self, socket: int) -> None:
        if socket == self._answering and name_of(self._argv) == b"shutdown":
            self._unanswered()  # that is how it answers
        self._forget(socket)
        if socket == self._answering:
            self._lost()

    def _drop(self, socket: int) -> None:
        self._wires.close(socket)
        self._forget(socket)

    def _forget(self, socket: int) -> None:
        self._sockets = {to: number for to, number in self._sockets.items() if number != socket}
        self._streams.discard(socket)
        self._spoken.pop(socket, None)
        self._mute.pop(socket, None)

    def _lost(self) -> None:
        """The node that was asked does not answer."""
        self._answering, self._until_ms = NOBODY, None
        if self._straight is None:
            self._do(self.client.lost())
            return
        self._note(NodeLost(self._straight))
        failure = Failure(f"ERR no answer from {self._straight}")
        self._note(Finished(failure))
        self._end(failure)

    def _end(self, reply: Reply) -> None:
        self._busy, self.reply, self.finished = False, reply, True

    def _note(self, fact: Event) -> None:
        self.told.append((self._clock.now_ms(), fact))
        if emit := self._probe.emit:
            emit(fact)


def name_of(argv: Sequence[bytes]) -> bytes:
    """The first word of a command, in lower case."""
    return argv[0].lower() if argv else b""
