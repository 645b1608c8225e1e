"""Orders: what a coordinator says to nodes one after the other, and what it has heard of them.

Somebody has to move slots: no node does by itself. `redis-cli --cluster` is such a somebody, a
process of its own that knows nothing but what nodes answer:

    Order    one command, or several in one piece, to one node; and what its reply is good for
    Move     a slot with its keys, from a node to a node: it becomes orders when its turn comes
    Seen     a primary as it describes itself
    Book     all of them, and how many keys of a slot each was found to have

All of it is data that does not change, but the book, which freezes.

Source: `redis-cli.c` clusterManagerNode, clusterManagerNodeLoadInfo.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Final

from redlearn.cluster.client import Address
from redlearn.resp.text import printable
from redlearn.slots import SLOTS

FAILED: Final = frozenset((b"fail", b"noaddr"))

PIPELINE: Final = 10
"""How many keys one MIGRATE moves."""

TIMEOUT_MS: Final = 60_000
"""How long it may stand still."""

NODES: Final = ((b"CLUSTER", b"NODES"),)

WORDS_SHOWN: Final = 10

Argv = tuple[bytes, ...]


class Heed(Enum):
    """What the reply to an order is good for."""

    OK = "it has to be done"
    TOLD = "the same; a replica need not be told"
    FRIENDS = "who there is, by the first node asked"
    PRIMARY = "what a primary says of itself"
    REPLICA = "what a replica says of others"
    COUNT = "how many keys of the slot it has"
    KEYS = "some keys of the slot"
    GONE = "whether keys have moved"
    DIGESTS = "what values of keys come to"


LOOKS: Final = frozenset((Heed.FRIENDS, Heed.PRIMARY, Heed.REPLICA))
"""The orders that only ask how nodes are."""


@dataclass(frozen=True, slots=True)
class Move:
    """A slot that is to get from one primary to another.

    Attributes:
        source, target: Their ids.
        cold: Only the keys: nobody is told whose the slot is.
        mends: On behalf of `fix`, which also moves what nobody serves.
    """

    slot: int
    source: bytes
    target: bytes
    cold: bool = False
    mends: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What to say to a node.

    Attributes:
        commands: In one piece; the last one's reply is what counts.
        slot: Which it is about, or -1.
        move: Of what it is a part.
        keys: Which it is about.
        says: A line for whoever watches, when it is given.
    """

    to: Address
    commands: tuple[Argv, ...]
    heed: Heed = Heed.OK
    slot: int = -1
    move: Move | None = None
    keys: tuple[bytes, ...] = ()
    says: str = ""

    def __str__(self) -> str:
        return f"{self.to}: {', '.join(map(_said, self.commands))}"


def _said(argv: Argv) -> str:
    """A command as it is printed; of many keys the first few."""
    shown = argv[:WORDS_SHOWN]
    more = f" ... ({len(argv) - WORDS_SHOWN} more)" if len(argv) > WORDS_SHOWN else ""
    return " ".join("''" if not word else printable(word) for word in shown) + more


@dataclass(frozen=True, slots=True)
class Seen:
    """A node as CLUSTER NODES describes it.

    Attributes:
        itself: Whether it is the one that was asked; only of itself a node tells open slots.
        primary: Whether it is one.
        failed: Whether it is held for failed, or has no address.
        slots: Those that it serves: bit n for slot n.
        migrating, importing: Pairs of an open slot and the id of the other node.
    """

    id: bytes
    address: Address
    itself: bool
    primary: bool
    failed: bool
    slots: int = field(repr=False)  # longer than Python prints numbers
    migrating: tuple[tuple[int, bytes], ...]
    importing: tuple[tuple[int, bytes], ...]

    def serves(self, slot: int) -> bool:
        """Whether a slot is among its own."""
        return self.slots >> slot & 1 == 1

    def sends(self, slot: int) -> bytes:
        """To whom it gives a slot away; b"" if it does not."""
        return dict(self.migrating).get(slot, b"")

    def takes(self, slot: int) -> bytes:
        """From whom it takes a slot; b"" if it does not."""
        return dict(self.importing).get(slot, b"")


@dataclass(slots=True)
class Book:
    """What a coordinator has heard.

    Attributes:
        nodes: The primaries that answered, by id, in the order in which they were heard of.
        missing: How many primaries did not answer.
        counts: How many keys of a slot a node has, by slot and id, as far as it was asked.
        maps: The different maps of the cluster that nodes have: whose slots are which.
    """

    nodes: dict[bytes, Seen] = field(default_factory=dict)
    missing: int = 0
    counts: dict[tuple[int, bytes], int] = field(default_factory=dict)
    maps: set[frozenset[tuple[bytes, int]]] = field(default_factory=set, repr=False)

    def at(self, address: Address) -> Seen | None:
        """The primary that listens there."""
        return next((node for node in self.nodes.values() if node.address == address), None)

    def claim(self, node: bytes, slot: int, *, served: bool) -> None:
        """Take note that a node serves a slot now, or does not any more."""
        seen, bit = self.nodes[node], 1 << slot
        slots = seen.slots | bit if served else seen.slots & ~bit
        self.nodes[node] = replace(seen, slots=slots)

    def uncovered(self) -> list[int]:
        """The slots that nobody serves. O(SLOTS)."""
        served = 0
        for node in self.nodes.values():
            served |= node.slots
        return [slot for slot in range(SLOTS) if not served >> slot & 1]

    def open_slots(self) -> list[int]:
        """Those that some node gives away or takes, each once, as their nodes name them."""
        told = [(*node.migrating, *node.importing) for node in self.nodes.values()]
        return list(dict.fromkeys(slot for pairs in told for slot, _ in pairs))

    def count(self, slot: int, node: bytes) -> int:
        """How many keys of a slot a node was found to have."""
        return self.counts.get((slot, node), 0)

    def copy(self) -> Book:
        """Another one that says the same."""
        return replace(
            self, nodes=dict(self.nodes), counts=dict(self.counts), maps=set(self.maps)
        )  # fmt: skip


# ---- what is said in one way ----


def set_slot(node: Seen, slot: int, how: bytes, other: bytes = b"", says: str = "") -> Order:
    """CLUSTER SETSLOT at a node: MIGRATING, IMPORTING or NODE with another's id, or STABLE."""
    words = (b"CLUSTER", b"SETSLOT", b"%d" % slot, how, *([other] if other else []))
    return Order(node.address, (words,), slot=slot, says=says)


def keys_of_slot(node: Seen, move: Move) -> Order:
    """CLUSTER GETKEYSINSLOT: the next few that are to move."""
    words = (b"CLUSTER", b"GETKEYSINSLOT", b"%d" % move.slot, b"%d" % PIPELINE)
    return Order(node.address, (words,), Heed.KEYS, move.slot, move)


def migrate(
    source: Seen, target: Seen, move: Move, keys: tuple[bytes, ...], *, replace: bool = False
) -> Order:
    """MIGRATE of some keys."""
    host, port = target.address
    words = (
        b"MIGRATE", host.encode(), b"%d" % port, b"", b"0", b"%d" % TIMEOUT_MS,
        *([b"REPLACE"] if replace else []), b"KEYS", *keys,
    )  # fmt: skip
    return Order(source.address, (words,), Heed.GONE, move.slot, move, keys)


# ---- reading ----


def read_nodes(text: bytes, host: str) -> list[Seen]:
    """The nodes that a reply to CLUSTER NODES describes; none of a reply that is none.

    Args:
        host: Where it came from: a node that does not know its own address leaves it out.
    """
    found = []
    for line in text.splitlines():
        words = line.split(b" ")
        if len(words) < 8:
            return []
        ip, _, port = words[1].partition(b"@")[0].rpartition(b":")
        if not port.isdigit():
            return []
        flags = frozenset(words[2].split(b","))
        slots, migrating, importing = _read_slots(words[8:])
        found.append(Seen(
            words[0], Address(ip.decode("ascii", "replace") or host, int(port)),
            b"myself" in flags, b"master" in flags, bool(flags & FAILED),
            slots, migrating, importing,
        ))  # fmt: skip
    return found


Pairs = tuple[tuple[int, bytes], ...]


def _read_slots(words: list[bytes]) -> tuple[int, Pairs, Pairs]:
    """`0-5460`, `5461`, `[12->-id]`, `[12-<-id]`."""
    slots = 0
    migrating, importing = [], []
    for word in words:
        if word[:1] == b"[":
            slot, sign, node = word[1:-1].partition(b"->-")
            if sign:
                migrating.append((int(slot), node))
            else:
                slot, _, node = word[1:-1].partition(b"-<-")
                importing.append((int(slot), node))
            continue
        first, _, last = word.partition(b"-")
        slots |= ((1 << int(last or first) + 1) - 1) ^ ((1 << int(first)) - 1)
    return slots, tuple(migrating), tuple(importing)
