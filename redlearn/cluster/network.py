"""The network between simulated nodes: connections, and what is on its way on them.

A connection has two sockets, one at each end; socket n's other end is socket n ^ 1. Whatever
goes over it is a `Flight`: sent at one time, due at another, as data, so that what is under way can
be looked at:

    SYN     somebody opens a connection        ACK   the other end took it
    DATA    bytes                              FIN   the sender's end is closed (or was never open)

It behaves as TCP does. What is sent on one connection arrives in the order in which it was sent.
Across a cut nothing is lost, it stalls: it arrives when the cut heals, or after some time the
connection breaks at both ends. A process that dies closes its connections, because its kernel does;
a machine that loses its power says nothing, and who talks to it stalls.

`Conditions` can be worse than TCP: DATA may be lost, doubled, or arrive out of order. Rules that
hold then hold in a real network too.

The network decides nothing about nodes: `arrive` returns what has to be told to whom. Each delay
and each loss is drawn from the one `Random` that is handed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from operator import attrgetter
from random import Random
from typing import Any, Final, NamedTuple, TypeAlias

from redlearn.cluster.agenda import Agenda
from redlearn.engine.chance import freeze_stream, thaw_stream
from redlearn.probe import Event, Probe

SYN: Final = "SYN"
ACK: Final = "ACK"
DATA: Final = "DATA"
FIN: Final = "FIN"

PATIENCE_US: Final = 10_000_000
"""How long a connection stalls before both ends take it for broken."""

RETRY_US: Final = 200_000
"""After a cut heals, what stalled is sent again within this time (TCP's least RTO)."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """How well messages get from one host to another.

    Attributes:
        delay_us: What each takes at least, in microseconds.
        jitter_us: What it takes beyond that on average; exponentially distributed.
        loss: The share of DATA that never arrives, 0 to 1.
        duplicate: The share that arrives twice.
        reorder: The share that need not keep its place, and is up to `reorder_us` late.
    """

    delay_us: int = 200
    jitter_us: int = 100
    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    reorder_us: int = 5_000


class Flight(NamedTuple):
    """Something on its way.

    Attributes:
        number: Which of all flights; a doubled one has the same number.
        kind: SYN, ACK, DATA or FIN.
        source, target: The hosts, by name.
        socket: The socket that it goes to; it comes from `socket ^ 1`.
        sent_us, due_us: When it left, and when it arrives, in virtual microseconds.
        port: Where a SYN knocks; the port at the accepting end.
        data: What DATA carries.
    """

    number: int
    kind: str
    source: str
    target: str
    socket: int
    sent_us: int
    due_us: int
    port: int
    data: bytes


class Expiry(NamedTuple):
    """Something stalled at that time; if it is still so, the connection breaks."""

    socket: int
    since_us: int


class Accepted(NamedTuple):
    """Somebody at `ip` opened a connection to this host's `port`."""

    socket: int
    port: int
    ip: bytes


class Opened(NamedTuple):
    """A connection that this host opened is up."""

    socket: int


class Received(NamedTuple):
    """Bytes came; always a whole piece that the other end sent at once."""

    socket: int
    flight: Flight


class Closed(NamedTuple):
    """The connection is no more."""

    socket: int


News: TypeAlias = Accepted | Opened | Received | Closed
Told = tuple[str, News]
Frozen = tuple[Any, ...]


@dataclass(slots=True, eq=False)
class Socket:
    """One end of a connection.

    Attributes:
        number: Its name; `number ^ 1` is the other end.
        host: Whose it is, and `peer` whom it leads to.
        port: Of the accepting end.
        up: Whether the other end has taken the connection; until then what is sent waits.
        open: False once it was closed here.
        last_due_us: When the last thing sent from here arrives: nothing overtakes it.
        stalled_us: Since when something from here stalls, or 0.
        stalled: What waits for a cut to heal.
        waiting: What was sent before the connection was up.
    """

    number: int
    host: str
    peer: str
    port: int
    up: bool
    open: bool
    last_due_us: int
    stalled_us: int
    stalled: tuple[Flight, ...]
    waiting: tuple[bytes, ...]


_ROW: Final = attrgetter(*Socket.__slots__)


class Network:
    """Hosts by name, their addresses, the connections between them, and what ails them.

    Attributes:
        conditions: Of all pairs of hosts that have none of their own.
        cuts: Pairs (source, target) between which nothing gets through, in that direction.
        dark: Hosts that have no power.
        carried: How many bytes of DATA each host has sent.
    """

    def __init__(
        self, agenda: Agenda, chance: Random, conditions: Conditions, probe: Probe | None = None
    ) -> None:
        self._agenda = agenda
        self._chance = chance
        self._probe = probe or Probe()
        self.conditions = conditions
        self._between: dict[tuple[str, str], Conditions] = {}
        self.cuts: set[tuple[str, str]] = set()
        self.dark: set[str] = set()
        self._homes: dict[tuple[bytes, int], str] = {}
        self._listening: dict[str, frozenset[int]] = {}
        self._addresses: dict[str, bytes] = {}
        self._sockets: dict[int, Socket] = {}
        self._flights = 0
        self._connections = 0
        self.carried: dict[str, int] = {}

    # ---- hosts ----

    def listen(self, host: str, ip: bytes, ports: Iterable[int]) -> None:
        """A host takes connections to these ports of its address from now on."""
        self._addresses[host] = ip
        self._listening[host] = frozenset(ports)
        self._homes.update({(ip, port): host for port in self._listening[host]})
        self.carried.setdefault(host, 0)

    def die(self, host: str) -> None:
        """A process ends: its kernel closes what it had open, and refuses what comes."""
        self._listening.pop(host, None)
        for socket in self._of(host):
            self.close(socket.number)

    def leave(self, host: str) -> None:
        """A host that has died is forgotten; what it sent is still under way."""
        for place in (self._addresses, self.carried):
            place.pop(host, None)
        self._homes = {at: home for at, home in self._homes.items() if home != host}

    def lose_power(self, host: str) -> None:
        """A machine goes dark: nobody is told."""
        self._listening.pop(host, None)
        self.dark.add(host)
        for socket in self._of(host):
            socket.open, socket.stalled, socket.stalled_us = False, (), 0

    def get_power(self, host: str) -> None:
        """A machine is there again, and knows nothing of its connections."""
        self.dark.discard(host)
        self._send_again()

    # ---- what ails them ----

    def set_conditions(self, source: str, target: str, conditions: Conditions) -> None:
        """Give one direction between two hosts conditions of its own."""
        self._between[source, target] = conditions

    def cut(
        self, sources: Iterable[str], targets: Iterable[str], *, both: bool = True,
        anew: bool = False,
    ) -> None:  # fmt: skip
        """Nothing gets from any source to any target any more; nor back, if `both`.

        Args:
            anew: All other cuts are undone.
        """
        far = tuple(targets)
        if anew:
            self.cuts.clear()
        for source in sources:
            for target in far:
                self.cuts.add((source, target))
                if both:
                    self.cuts.add((target, source))
        if anew:
            self._send_again()

    def heal(self, sources: Iterable[str] = (), targets: Iterable[str] = ()) -> None:
        """Undo cuts between two groups, in both directions; all cuts if no groups are named."""
        near, far = set(sources), set(targets)
        if near or far:
            healed = {(a, b) for a in near for b in far} | {(b, a) for a in near for b in far}
            self.cuts -= healed
        else:
            self.cuts.clear()
        self._send_again()

    # ---- connections ----

    def connect(self, host: str, ip: bytes, port: int) -> int:
        """Open a connection; the number of this host's socket. `Opened` or `Closed` follows."""
        number = 2 * self._connections
        self._connections += 1
        target = self._homes.get((ip, port), "")
        socket = Socket(number, host, target, port, False, True, 0, 0, (), ())
        self._sockets[number] = socket
        self._fly(SYN, socket)
        return number

    def send(self, number: int, data: bytes) -> None:
        """Send bytes in one piece. On a socket that is closed nothing happens, as the news that it
        is closed may be under way."""
        socket = self._sockets.get(number)
        if socket is None or not socket.open:
            return
        if not socket.up:
            socket.waiting += (data,)
            return
        self._send_data(socket, data)

    def close(self, number: int) -> None:
        """Close this end. The other is told behind all that was sent."""
        socket = self._sockets.get(number)
        if socket is None or not socket.open:
            return
        socket.open = False
        self._fly(FIN, socket)
        self._forget(socket)

    def arrive(self, flight: Flight) -> tuple[Told, ...]:
        """Something that was on its way is there: what is to be told to whom."""
        if flight.target in self.dark:
            self._stall(flight)
            return ()
        if flight.kind == SYN:
            return self._knock(flight)
        socket = self._sockets.get(flight.socket)
        if socket is None or not socket.open:
            self._reset(flight)
            return ()
        if flight.kind == DATA:
            return ((socket.host, Received(socket.number, flight)),)
        if flight.kind == ACK:
            return self._come_up(socket)
        socket.open = False
        self._forget(socket)
        return ((socket.host, Closed(socket.number)),)

    def expire(self, expiry: Expiry) -> tuple[Told, ...]:
        """A connection has stalled for long; if that is still so, it breaks at both ends."""
        socket = self._sockets.get(expiry.socket)
        if socket is None or socket.stalled_us != expiry.since_us:
            return ()
        told = []
        for end in (socket, self._sockets.get(socket.number ^ 1)):
            if end is not None and end.open:
                told.append((end.host, Closed(end.number)))
                end.open = False
        self._sockets.pop(socket.number, None)
        self._sockets.pop(socket.number ^ 1, None)
        return tuple(told)

    def stalled(self) -> list[Flight]:
        """What waits for a cut to heal, by connection."""
        return [flight for socket in self._sockets.values() for flight in socket.stalled]

    # ---- how it is done ----

    def _of(self, host: str) -> list[Socket]:
        return [socket for socket in self._sockets.values() if socket.host == host]

    def _fly(self, kind: str, socket: Socket, data: bytes = b"") -> None:
        """Put something on its way, behind what the socket sent before; or let it stall."""
        host, peer, now = socket.host, socket.peer, self._agenda.now_us
        self._flights += 1
        stalls = bool(socket.stalled) or (host, peer) in self.cuts
        due = 0 if stalls else max(now + self._delay(host, peer), socket.last_due_us)
        to = socket.number ^ 1
        flight = Flight(self._flights, kind, host, peer, to, now, due, socket.port, data)
        if stalls:
            self._stall(flight)
            return
        socket.last_due_us = due
        self._agenda.put(due, flight)

    def _send_data(self, socket: Socket, data: bytes) -> None:
        self.carried[socket.host] += len(data)
        given = self._between.get((socket.host, socket.peer), self.conditions)
        chance = self._chance.random
        if given.loss and chance() < given.loss:
            if emit := self._probe.emit:
                emit(FlightLost(socket.host, socket.peer, data))
            return
        if given.reorder and chance() < given.reorder:
            self._stray(socket, data, given)
            return
        self._fly(DATA, socket, data)
        if given.duplicate and chance() < given.duplicate:
            self._flights -= 1  # the copy has the same number
            self._fly(DATA, socket, data)

    def _stray(self, socket: Socket, data: bytes, given: Conditions) -> None:
        """Send something that others may overtake: it keeps no place, and holds nobody up."""
        kept = socket.last_due_us
        socket.last_due_us = self._agenda.now_us + self._chance.randrange(given.reorder_us + 1)
        self._fly(DATA, socket, data)
        socket.last_due_us = kept

    def _delay(self, source: str, target: str) -> int:
        given = self._between.get((source, target), self.conditions)
        if not given.jitter_us:
            return given.delay_us
        return given.delay_us + int(self._chance.expovariate(1 / given.jitter_us))

    def _knock(self, flight: Flight) -> tuple[Told, ...]:
        """A SYN arrives: the connection is taken, or refused if nobody listens."""
        opener = self._sockets.get(flight.socket ^ 1)
        if opener is None or flight.port not in self._listening.get(flight.target, ()):
            self._reset(flight)
            return ()
        number = flight.socket
        socket = Socket(
            number, flight.target, flight.source, flight.port, True, True, 0, 0, (), ()
        )  # fmt: skip
        self._sockets[number] = socket
        self._fly(ACK, socket)
        news = Accepted(number, flight.port, self._addresses.get(flight.source, b""))
        return ((flight.target, news),)

    def _come_up(self, socket: Socket) -> tuple[Told, ...]:
        socket.up = True
        waiting, socket.waiting = socket.waiting, ()
        for data in waiting:
            self._send_data(socket, data)
        return ((socket.host, Opened(socket.number)),)

    def _reset(self, flight: Flight) -> None:
        """Answer what came for a socket that is not open: the sender's end is closed too."""
        sender = self._sockets.get(flight.socket ^ 1)
        if flight.kind != FIN and sender is not None and sender.open:
            beyond = Socket(
                flight.socket, flight.target, flight.source, flight.port, True, False, 0, 0, (), ()
            )  # fmt: skip
            self._sockets.setdefault(flight.socket, beyond)
            self._fly(FIN, self._sockets[flight.socket])

    def _forget(self, socket: Socket) -> None:
        """Drop a connection that is closed at both ends, once nothing of it stalls."""
        other = self._sockets.get(socket.number ^ 1)
        if not socket.open and (other is None or not other.open) and not socket.stalled:
            self._sockets.pop(socket.number, None)
            self._sockets.pop(socket.number ^ 1, None)

    def _stall(self, flight: Flight) -> None:
        socket = self._sockets.get(flight.socket ^ 1)
        if socket is None:
            return
        if not socket.stalled:
            socket.stalled_us = now = self._agenda.now_us
            self._agenda.put(now + PATIENCE_US, Expiry(socket.number, now))
        socket.stalled += (flight,)

    def _send_again(self) -> None:
        """What stalled where there is no cut any more is sent again, in its order."""
        for socket in list(self._sockets.values()):
            pair = (socket.host, socket.peer)
            if not socket.stalled or pair in self.cuts or socket.peer in self.dark:
                continue
            stalled, socket.stalled, socket.stalled_us = socket.stalled, (), 0
            wait = self._chance.randrange(RETRY_US)
            for flight in stalled:
                due = max(self._agenda.now_us + wait + self._delay(*pair), socket.last_due_us)
                socket.last_due_us = due
                self._agenda.put(due, flight._replace(due_us=due))

    # ---- time travel ----

    def freeze(self) -> Frozen:
        """All but the agenda, which has the flights. O(connections)."""
        return (
            self.conditions, dict(self._between), frozenset(self.cuts), frozenset(self.dark),
            dict(self._homes), dict(self._listening), dict(self._addresses),
            tuple(_ROW(socket) for socket in self._sockets.values()),
            self._flights, self._connections, dict(self.carried), freeze_stream(self._chance),
        )  # fmt: skip

    def thaw(self, frozen: Frozen) -> None:
        """Be as `freeze` found it."""
        (
            self.conditions, between, cuts, dark, homes, listening, addresses, sockets,
            self._flights, self._connections, carried, chance,
        ) = frozen  # fmt: skip
        self._between, self.cuts, self.dark = dict(between), set(cuts), set(dark)
        self._homes, self._listening = dict(homes), dict(listening)
        self._addresses = dict(addresses)
        self._sockets = {row[0]: Socket(*row) for row in sockets}
        self.carried = dict(carried)
        thaw_stream(self._chance, chance)


@dataclass(frozen=True, slots=True)
class FlightLost(Event):
    """A message never arrives, because the conditions are as bad as that."""

    source: str
    target: str
    data: bytes
