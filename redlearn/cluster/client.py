"""A client of a cluster: from a command to the node that answers it.

The four steps, for each command that names a key:

    1. slot      CRC16 of the key, or of its hash tag, mod 16384
    2. look up   who owns that slot, in the client's own copy of the map
    3. send      straight to that node
    4. reply     unless the node says that somebody else has to be asked

The copy may be old. A node that does not own the slot answers MOVED with the owner's address:
the client corrects its copy and sends there. While a slot is being moved, the old owner answers
ASK for keys it has no more: the client goes to the other node for this once, with ASKING before
the command, and leaves its copy as it is. The application sees the last reply only.

This is the client without its sockets: `begin` a command, do the action it gives, tell it what
came of that, until the action is `Done`. So the same rules serve the simulator, tests, and
whoever brings sockets along.

    action = client.begin([b"GET", b"foo"])
    while not isinstance(action, Done):
        match action:
            case Send(address, commands):  action = client.answered(...)   # or client.lost()
            case Wait(ms):                 action = client.woken()         # that much later
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Final, NamedTuple

from redlearn.engine import commands as _filled  # noqa: F401  (fills the table)
from redlearn.engine.command import find_command
from redlearn.engine.keys import routed_positions
from redlearn.probe import Event, Probe
from redlearn.resp.reply import Failure, Reply
from redlearn.slots import SLOTS, crc16, crc16_steps, slot_of, tag_span

MOST_HOPS: Final = 16
"""Nodes asked for one command before the client gives up."""

WAIT_MS: Final = 100
"""How long it waits before it asks again: a failover may be going on."""

MOST_WAITS: Final = 100

MOST_TRIES: Final = 15
"""How often it waits for keys that are on their way: a slot may stay open for long."""

KEYS_TOLD: Final = 3
"""Keys of one command whose slot is worked out step by step, for whoever watches."""

BYTES_TOLD: Final = 8
"""Bytes of a key whose row of the table is told; those behind them are counted."""


class Address(NamedTuple):
    """Where a node listens."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Manner(Enum):
    """What a client does with a redirection.

    PLAIN hands it to whoever asked: `redis-cli` without `-c`. FOLLOWING goes there and forgets
    it. SMART remembers: its map gets better with each.
    """

    PLAIN = "plain"
    FOLLOWING = "following"
    SMART = "smart"


@dataclass(frozen=True, slots=True)
class Send:
    """Send these commands, in this order, to that node. The last one's reply is what counts."""

    address: Address
    commands: tuple[tuple[bytes, ...], ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Do nothing for `ms` milliseconds."""

    ms: int


@dataclass(frozen=True, slots=True)
class Done:
    """The command has its reply."""

    reply: Reply


Action = Send | Wait | Done


class ClusterClient:
    """One connection pool's worth of knowledge, and the command it is busy with.

    Attributes:
        manner: What it does with redirections.
        seeds: Nodes it was told of; the first is asked when it knows no better.
        owners: Its map: the address of each slot's owner, None where it knows of none.
        probe: Told each decision.
    """

    def __init__(
        self, seeds: Sequence[Address], manner: Manner = Manner.SMART, probe: Probe | None = None
    ) -> None:
        if not seeds:
            raise ValueError("a cluster client needs the address of one node at least")
        self.manner = manner
        self.seeds = tuple(seeds)
        self.owners: list[Address | None] = [None] * SLOTS
        self.probe = probe or Probe()
        self._stale = manner is Manner.SMART  # the map is to be asked for before the next command
        self._request: _Request | None = None
        self._asked = 0  # which node was asked for the map last

    @property
    def busy(self) -> bool:
        """Whether a command has no reply yet."""
        return self._request is not None

    # ---------------------------------------------------------------------------- the conversation

    def begin(self, argv: Sequence[bytes]) -> Action:
        """Take up a command; what to do first. One at a time."""
        if self._request is not None:
            raise RuntimeError("the client is busy with another command")
        self._request = _Request(tuple(argv), _slots_of(argv, self.probe))
        return self._first()

    def answered(self, replies: Sequence[Reply]) -> Action:
        """The node asked last has answered each of the commands sent."""
        request, reply = self._now(), replies[-1]
        if emit := self.probe.emit:
            emit(Answered(request.to, reply))
        if request.for_map:
            return self._learn(reply)
        if not isinstance(reply, Failure) or self.manner is Manner.PLAIN:
            return self._done(reply)
        return self._failed(reply)

    def lost(self) -> Action:
        """The node asked last does not answer: the connection broke, or took too long."""
        request = self._now()
        if emit := self.probe.emit:
            emit(NodeLost(request.to))
        request.hops += 1
        if self.manner is Manner.PLAIN or request.spent:
            return self._done(Failure(f"ERR no answer from {request.to}"))
        self._stale = self.manner is Manner.SMART
        return self._wait("the node does not answer")

    def woken(self) -> Action:
        """The wait is over."""
        return self._first()

    def give_up(self) -> None:
        """Forget the command; its reply, should one come, is nobody's."""
        self._request = None

    # ----------------------------------------------------------------------------------- sending

    def _first(self) -> Send:
        """Ask for the map if there is none to go by; a client that keeps none asks at once."""
        if self._stale and self.manner is Manner.SMART:
            return self._ask_for_map()
        return self._ask_owner()

    def _ask_owner(self) -> Send:
        """Steps 2 and 3: look the slot's owner up, and send."""
        request = self._now()
        slot = request.slot
        known = self.owners[slot] if slot is not None and self.manner is Manner.SMART else None
        if slot is not None and (emit := self.probe.emit):
            emit(OwnerLookedUp(slot, known, self.manner is Manner.SMART))
        return self._send(known or self._anybody(), (request.argv,))

    def _send(self, address: Address, commands: tuple[tuple[bytes, ...], ...]) -> Send:
        request = self._now()
        request.to, request.for_map = address, False
        request.asks, request.asked = request.asks + 1, request.asked | {address}
        if emit := self.probe.emit:
            emit(Sent(address, commands))
        return Send(address, commands)

    def _ask_for_map(self) -> Send:
        """Ask for the whole map; each time another node, since the last one may be dead."""
        request = self._now()
        known = self._nodes()
        address = known[self._asked % len(known)]
        self._asked += 1
        send = self._send(address, (MAP_QUESTION,))
        request.for_map = True
        return send

    def _anybody(self) -> Address:
        """Some node: one that was not just found dead, if there is a choice."""
        known = self._nodes()
        return known[self._now().waits % len(known)]

    def _nodes(self) -> list[Address]:
        """Every node it knows of, seeds first, in an order that does not depend on chance."""
        return list(dict.fromkeys([*self.seeds, *filter(None, dict.fromkeys(self.owners))]))

    # ------------------------------------------------------------------------------ what came back

    def _learn(self, reply: Reply) -> Action:
        """A map came: it replaces the old one, if it can be read."""
        request = self._now()
        request.for_map = False
        owners = read_map(reply, request.to.host)
        if owners is None:
            request.hops += 1
            if request.spent:
                return self._done(reply)
            return self._wait("that was no map")
        changed = sum(old != new for old, new in zip(self.owners, owners, strict=True))
        self.owners, self._stale = owners, False
        if emit := self.probe.emit:
            emit(MapLearned(request.to, SLOTS - owners.count(None), changed))
        return self._ask_owner()

    def _failed(self, failure: Failure) -> Action:
        request = self._now()
        request.hops += 1
        code, _, rest = failure.text.partition(" ")
        if request.spent:
            return self._done(failure)
        if code in ("MOVED", "ASK"):
            redirection = _read_redirection(rest, request.to.host)
            if redirection is not None:
                return self._redirected(code, *redirection)
        if code == "TRYAGAIN" and request.waits < MOST_TRIES:
            return self._wait("some of the keys are still on their way")
        if code in ("CLUSTERDOWN", "LOADING", "MASTERDOWN"):
            self._stale = self.manner is Manner.SMART
            return self._wait("nobody serves this slot at present")
        return self._done(failure)

    def _redirected(self, code: str, slot: int, address: Address) -> Action:
        """Go where the node points to: for good if it moved, for this once if it is moving."""
        request = self._now()
        emit = self.probe.emit
        if emit:
            emit(Redirected(code, slot, address))
        if code == "ASK":
            return self._send(address, (ASKING, request.argv))
        if self.manner is Manner.SMART:
            old, self.owners[slot] = self.owners[slot], address
            if emit and old != address:
                emit(MapCorrected(slot, old, address))
        return self._send(address, (request.argv,))

    def _wait(self, why: str) -> Action:
        request = self._now()
        request.waits += 1
        if emit := self.probe.emit:
            emit(Waited(WAIT_MS, why))
        return Wait(WAIT_MS)

    def _done(self, reply: Reply) -> Done:
        request = self._now()
        self._request = None
        if emit := self.probe.emit:
            emit(Finished(reply, request.asks, len(request.asked)))
        return Done(reply)

    def _now(self) -> _Request:
        if self._request is None:
            raise RuntimeError("the client is not busy with a command")
        return self._request

    # ------------------------------------------------------------------------------------- the map

    def refresh(self) -> None:
        """Ask for the whole map before the next command."""
        self._stale = True

    def remember(self, owners: Sequence[Address | None]) -> None:
        """Take another map for its own, right or wrong: how a client comes to be stale."""
        if len(owners) != SLOTS:
            raise ValueError(f"a map has {SLOTS} slots, not {len(owners)}")
        self.owners, self._stale = list(owners), False

    def freeze(self) -> FrozenClient:
        """All that it knows, as plain data. O(slots)."""
        request = self._request
        frozen = None if request is None else request.freeze()
        return FrozenClient(self.manner, tuple(self.owners), self._stale, self._asked, frozen)

    def thaw(self, frozen: FrozenClient) -> None:
        """Know again what it knew then."""
        self.manner, self.owners = frozen.manner, list(frozen.owners)
        self._stale, self._asked = frozen.stale, frozen.asked
        self._request = None if frozen.request is None else _Request.thaw(frozen.request)


FrozenRequest = tuple[
    tuple[bytes, ...], int | None, Address, bool, int, int, int, frozenset[Address]
]


class FrozenClient(NamedTuple):
    """What `ClusterClient.freeze` gives."""

    manner: Manner
    owners: tuple[Address | None, ...]
    stale: bool
    asked: int
    request: FrozenRequest | None


class _Request:
    """The command a client is busy with.

    Attributes:
        slot: The slot of its keys: of the first, if they disagree; None without keys.
        to: The node asked last.
        for_map: It was asked for the map, not for the command.
        asks, asked: How many questions were sent, and to whom.
        hops: Answers that did not settle it.
        waits: How often it has waited.
    """

    __slots__ = ("argv", "asked", "asks", "for_map", "hops", "slot", "to", "waits")

    def __init__(self, argv: tuple[bytes, ...], slot: int | None) -> None:
        self.argv, self.slot = argv, slot
        self.to = Address("", 0)
        self.for_map = False
        self.asks = self.hops = self.waits = 0
        self.asked: frozenset[Address] = frozenset()

    @property
    def spent(self) -> bool:
        """Whether it has been tried often enough: redirections and waits are counted apart."""
        return self.hops - self.waits >= MOST_HOPS or self.waits >= MOST_WAITS

    def freeze(self) -> FrozenRequest:
        return (
            self.argv, self.slot, self.to, self.for_map, self.hops, self.waits, self.asks,
            self.asked,
        )  # fmt: skip

    @classmethod
    def thaw(cls, frozen: FrozenRequest) -> _Request:
        request = cls(frozen[0], frozen[1])
        request.to, request.for_map, request.hops, request.waits = frozen[2:6]
        request.asks, request.asked = frozen[6:]
        return request


MAP_QUESTION: Final = (b"CLUSTER", b"SLOTS")
ASKING: Final = (b"ASKING",)


def keys_of(argv: Sequence[bytes]) -> list[bytes]:
    """What of a command has a slot: keys, shard channels; nothing of a command nobody knows."""
    words = list(argv)
    row = find_command(words) if words else None
    return [] if row is None else [words[at] for at in routed_positions(row, words)]


def _slots_of(argv: Sequence[bytes], probe: Probe) -> int | None:
    """Step 1: the slot a command belongs to."""
    keys = keys_of(argv)
    if emit := probe.emit:
        for number, key in enumerate(dict.fromkeys(keys)):
            if number < KEYS_TOLD:
                _tell_of(key, emit)
        slots = tuple(dict.fromkeys(map(slot_of, keys)))
        if len(slots) > 1:
            emit(KeysDisagreed(slots))
        if not keys:
            emit(NoKey())
    return slot_of(keys[0]) if keys else None


def _tell_of(key: bytes, emit: Callable[[Event], None]) -> None:
    """How a key comes to its slot: the bytes that count, each row of the table, the remainder."""
    start, stop = tag_span(key)
    counts = key[start:stop]
    emit(KeyTaken(key, start, stop))
    for step in islice(crc16_steps(counts), BYTES_TOLD):
        emit(CrcStepped(step.byte, step.before, step.row, step.entry, step.crc, slot_of(key)))
    emit(KeyHashed(key, max(len(counts) - BYTES_TOLD, 0), crc16(counts), slot_of(key)))


def read_map(reply: Reply, host: str) -> list[Address | None] | None:
    """The owners that CLUSTER SLOTS tells, or None if the reply is none of its.

    A node that has no address for itself leaves it out: then it is the one that was asked. A port
    of 0 is nobody's: a node has the slots, and nobody knows where it is.
    """
    if not isinstance(reply, list):
        return None
    owners: list[Address | None] = [None] * SLOTS
    for row in reply:
        if not (isinstance(row, list) and len(row) >= 3):
            return None
        first, last, node = row[0], row[1], row[2]
        if not (isinstance(first, int) and isinstance(last, int) and isinstance(node, list)):
            return None
        if not 0 <= first <= last < SLOTS or len(node) < 2 or not isinstance(node[1], int):
            return None
        named = node[0].decode("ascii", "replace") if isinstance(node[0], bytes) else ""
        owner = Address(named or host, node[1]) if node[1] else None
        owners[first : last + 1] = [owner] * (last - first + 1)
    return owners


def _read_redirection(text: str, host: str) -> tuple[int, Address] | None:
    """The slot and the address behind MOVED or ASK. An empty host is the one that was asked."""
    slot, _, address = text.partition(" ")
    named, _, port = address.rpartition(":")
    if not (slot.isdecimal() and int(slot) < SLOTS and port.isdecimal() and int(port)):
        return None
    return int(slot), Address(named if named not in ("", "?") else host, int(port))


# ------------------------------------------------------------------------------------------- facts


@dataclass(frozen=True, slots=True)
class ClientFact(Event):
    """Something that happened in a client, or between it and a node."""


@dataclass(frozen=True, slots=True)
class KeyTaken(ClientFact):
    """Step 1: the bytes from `start` to `stop` of a key count."""

    key: bytes
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class CrcStepped(ClientFact):
    """One byte went into the CRC (`slots.Crc16Step`); `slot` is where it will lead."""

    byte: int
    before: int
    row: int
    entry: int
    crc: int
    slot: int


@dataclass(frozen=True, slots=True)
class KeyHashed(ClientFact):
    """All bytes did, the last `untold` of them silently; the remainder of the CRC is the slot."""

    key: bytes
    untold: int
    crc: int
    slot: int


@dataclass(frozen=True, slots=True)
class KeysDisagreed(ClientFact):
    """The keys of one command are in several slots: no single node may serve it."""

    slots: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NoKey(ClientFact):
    """The command names no key: any node will do."""


@dataclass(frozen=True, slots=True)
class OwnerLookedUp(ClientFact):
    """Step 2: what the client's map says of a slot. `has_map` is False for one that keeps none."""

    slot: int
    address: Address | None
    has_map: bool


@dataclass(frozen=True, slots=True)
class Sent(ClientFact):
    """Step 3: commands left for a node."""

    address: Address
    commands: tuple[tuple[bytes, ...], ...]


@dataclass(frozen=True, slots=True)
class Answered(ClientFact):
    """Step 4: a node answered."""

    address: Address
    reply: Reply


@dataclass(frozen=True, slots=True)
class Redirected(ClientFact):
    """The answer was MOVED or ASK (`code`): somebody else has the slot, or has this key of it."""

    code: str
    slot: int
    address: Address


@dataclass(frozen=True, slots=True)
class MapCorrected(ClientFact):
    """One slot of the client's map has another owner now."""

    slot: int
    old: Address | None
    new: Address


@dataclass(frozen=True, slots=True)
class MapLearned(ClientFact):
    """A node told the whole map: how many slots have an owner, how many of them were new to it."""

    address: Address
    known: int
    changed: int


@dataclass(frozen=True, slots=True)
class NodeLost(ClientFact):
    """A node did not answer."""

    address: Address


@dataclass(frozen=True, slots=True)
class Waited(ClientFact):
    """The client waits before it tries again."""

    ms: int
    why: str


@dataclass(frozen=True, slots=True)
class Finished(ClientFact):
    """The application has its reply.

    Attributes:
        asks: How many questions that took, those for the map included.
        nodes: How many nodes they went to.
    """

    reply: Reply
    asks: int = 1
    nodes: int = 1


@dataclass(frozen=True, slots=True)
class Unanswered(ClientFact):
    """No reply is to come, and the client knows."""

    address: Address
