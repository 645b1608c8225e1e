"""The coordinator: moves slots between primaries, and mends what a move left half done.

What `redlearn` calls so is `redis-cli --cluster reshard` and `--cluster fix`: a process that is no
node. It gives one order at a time and looks at the reply before it gives the next:

    reshard    CLUSTER NODES at all    is everything well? else nothing is begun
      a slot   SETSLOT IMPORTING       at the target: from now on it serves who says ASKING
               SETSLOT MIGRATING       at the source: what it has not it sends there
               GETKEYSINSLOT, MIGRATE  at the source, ten keys at a time until there is none
               SETSLOT NODE            at the target, which takes a greater epoch, at the source,
                                       at the others
    fix        CLUSTER NODES at all    which slots are open, or nobody's?
      a slot   COUNTKEYSINSLOT         at all primaries, then see `repair.py`

It may die between any two of these, and so may the nodes it speaks to. What it leaves behind is
for the next `fix`: it keeps nothing.

This is the coordinator without its sockets: `next` gives an order, `answered` or `lost` takes what
came of it. What is left to be done is a stack of plain data, so it freezes.

Source: `redis-cli.c` clusterManagerCommandReshard, clusterManagerMoveSlot,
clusterManagerMigrateKeysInSlot, clusterManagerCheckCluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from redlearn.cluster.client import Address
from redlearn.cluster.orders import (
    LOOKS,
    NODES,
    Book,
    Heed,
    Move,
    Order,
    Seen,
    keys_of_slot,
    migrate,
    read_nodes,
    set_slot,
)
from redlearn.cluster.repair import COVERED, NOT_COVERED, Bare, Opened, Repair, expand
from redlearn.cluster_errors import REPLICA_SETSLOT, SLOT_UNASSIGNED
from redlearn.probe import Event, Probe
from redlearn.resp.reply import Failure, Reply
from redlearn.resp.text import format_reply, printable

MOST_SAID: Final = 500
"""Lines that are kept; a cluster that lost a third of its slots makes thousands."""

NO_VALUE: Final = b"0" * 40
"""What DEBUG DIGEST-VALUE says of a key that is not there."""

AGREE: Final = "[OK] All nodes agree about slots configuration."
DISAGREE: Final = "[ERR] Nodes don't agree about configuration!"
DIFFERENT: Final = (
    "*** Found {} key(s) in both source node and target node having different values.\n"
    "    Source node: {}\n    Target node: {}\n    Keys(s):"
)
BY_HAND: Final = (
    "Please fix the above key(s) manually and try again or relaunch the command\n"
    "with --cluster-replace option to force key overriding."
)

Frozen = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """All nodes were asked: look at what they said."""


@dataclass(frozen=True, slots=True)
class Reshard:
    """Move these slots from a primary to another."""

    slots: tuple[int, ...]
    source: Address
    target: Address


@dataclass(frozen=True, slots=True)
class Fix:
    """Close what is open, cover what is nobody's; with `force` also while primaries are missing."""

    force: bool = False


Work = Reshard | Fix
Step = Order | Move | Check | Repair
"""What a coordinator has to do: an order, or something that becomes some."""


class Coordinator:
    """One piece of work, and how far it has come.

    Attributes:
        work: What it is.
        book: What nodes have said.
        said: What `redis-cli` would have printed, by line.
        trouble: Why it was given up, or "".
        given: How many orders were answered.
        aloud: Whether each order is said too, with what came of it.
        dropped: How many lines were said before those that are kept.
        shown: How many lines whoever watches has seen: these do not grow any more.
        probe: Told each order with its reply.
    """

    def __init__(self, seed: Address, work: Work, probe: Probe | None = None) -> None:
        """Args:
        seed: The node that is asked who there is.
        """
        self.seed = seed
        self.work = work
        self.book = Book()
        self.said: list[str] = []
        self.trouble = ""
        self.aloud = False
        self.given = self.dropped = self.shown = 0
        self.probe = probe or Probe()
        self._todo: list[Step] = [Order(seed, NODES, Heed.FRIENDS)]  # the next one is the last
        self._digests: tuple[Reply, ...] = ()
        self._spoken = False  # whether the next order's line was said

    @property
    def next(self) -> Order | None:
        """The order to be given now, the same until it is answered; None at the end."""
        while self._todo and not isinstance(self._todo[-1], Order):
            self._expand(self._todo.pop())
        if not self._todo:
            return None
        order = self._todo[-1]
        assert isinstance(order, Order)
        if order.says and not self._spoken:
            self._say(order.says)
        self._spoken = True
        return order

    def fresh(self) -> list[str]:
        """What was said after the lines that were shown, as far as it is kept."""
        return self.said[max(self.shown - self.dropped, 0) :]

    @property
    def lines(self) -> int:
        """How many lines were said."""
        return self.dropped + len(self.said)

    def answered(self, reply: Reply) -> None:
        """The order was answered."""
        order = self._taken()
        self._tell(order, _in_short(reply))
        if emit := self.probe.emit:
            emit(OrderGiven(order.to, order.commands, reply))
        match order.heed:
            case Heed.OK | Heed.TOLD:
                self._done(order, reply)
            case Heed.FRIENDS:
                self._meet(order, reply)
            case Heed.PRIMARY | Heed.REPLICA:
                self._learn(order, reply)
            case Heed.COUNT if isinstance(reply, int):
                node = self._asked(order)
                self.book.counts[order.slot, node.id] = reply
            case Heed.KEYS if isinstance(reply, list):
                self._take_keys(order, tuple(key for key in reply if isinstance(key, bytes)))
            case Heed.GONE:
                self._moved(order, reply)
            case Heed.DIGESTS:
                self._compare(order, reply)
            case _:
                self._refused(order, reply)

    def lost(self) -> None:
        """The node did not answer."""
        order = self._taken()
        self._tell(order, "no answer")
        self._say(f"Could not connect to Redis at {order.to}")
        if order.heed is Heed.PRIMARY:
            self.book.missing += 1
        elif order.heed is not Heed.REPLICA:
            self._give_up(f"{order.to} does not answer")

    def _taken(self) -> Order:
        order = self._todo.pop()
        assert isinstance(order, Order), "nothing was asked"
        self._spoken = False
        self.given += 1
        return order

    def _asked(self, order: Order) -> Seen:
        node = self.book.at(order.to)
        assert node is not None
        return node

    def _push(self, steps: Sequence[Step]) -> None:
        self._todo += reversed(steps)

    def _say(self, text: str) -> None:
        self.said += text.split("\n")
        if (many := len(self.said) - MOST_SAID) > 0:
            del self.said[:many]
            self.dropped += many

    def _tell(self, order: Order, what: str) -> None:
        if self.aloud and order.heed not in LOOKS:
            self._say(f"{order} -> {what}")

    def _give_up(self, why: str) -> None:
        """Do no more; but what is nobody's is looked for even after a slot that is beyond help."""
        self.trouble = why
        self._todo = [step for step in self._todo if isinstance(step, Bare)]

    def _refused(self, order: Order, reply: Reply) -> None:
        text = reply.text if isinstance(reply, Failure) else "what cannot be understood"
        self._say(f"Node {order.to} replied with error:\n{text}")
        self._give_up(f"{order.to}: {text}")

    # ---- looking at the cluster ----

    def _meet(self, order: Order, reply: Reply) -> None:
        """The first node says who there is; each of them is asked what it says of itself."""
        found = read_nodes(reply, order.to.host) if isinstance(reply, bytes) else []
        if not any(node.itself for node in found):
            self._refused(order, reply)
            return
        self._note(found)
        self.book.missing += sum(node.failed and node.primary for node in found)
        ask = [
            Order(node.address, NODES, Heed.PRIMARY if node.primary else Heed.REPLICA)
            for node in found
            if not (node.itself or node.failed)
        ]
        self._push([*ask, Check()])

    def _learn(self, order: Order, reply: Reply) -> None:
        if isinstance(reply, bytes):
            self._note(read_nodes(reply, order.to.host))

    def _note(self, found: Sequence[Seen]) -> None:
        self.book.maps.add(frozenset((node.id, node.slots) for node in found if node.slots))
        for node in found:
            if node.itself and node.primary:
                self.book.nodes[node.id] = node

    def _expand(self, step: Step) -> None:
        """What is no order becomes some, or none."""
        if isinstance(step, Check):
            self._check()
        elif isinstance(step, Move):
            self._begin(step)
        elif not isinstance(step, Order):
            found = expand(step, self.book)
            for line in found.said:
                self._say(line)
            self._push(found.steps)
            if found.trouble:
                self._give_up(found.trouble)
            if found.ends:
                self._todo.clear()

    def _check(self) -> None:
        """Everybody was asked: is all well, and if not, is that what this is about?"""
        book, work = self.book, self.work
        self._say(f">>> Performing Cluster Check (using node {self.seed})")
        agree = len(book.maps) == 1
        self._say(AGREE if agree else DISAGREE)
        opened = book.open_slots()
        self._say(">>> Check for open slots...")
        self._say_open(opened)
        if isinstance(work, Fix):
            self._push([*([Opened(tuple(opened), work.force)] if opened else []), Bare(work.force)])
            return
        self._say(">>> Check slots coverage...")
        covered = not book.uncovered()
        self._say(COVERED if covered else NOT_COVERED)
        if agree and covered and not opened:
            self._plan(work)
        else:
            self._say("*** Please fix your cluster problems before resharding")
            self._give_up("The cluster has problems: fix them first.")

    def _say_open(self, opened: Sequence[int]) -> None:
        for node in self.book.nodes.values():
            for pairs, state in ((node.migrating, "migrating"), (node.importing, "importing")):
                if pairs:
                    slots = ",".join(str(slot) for slot, _ in pairs)
                    self._say(f"[WARNING] Node {node.address} has slots in {state} state {slots}.")
        if opened:
            self._say(f"[WARNING] The following slots are open: {','.join(map(str, opened))}.")

    # ---- moving a slot ----

    def _plan(self, work: Reshard) -> None:
        source, target = self.book.at(work.source), self.book.at(work.target)
        for node, address in ((source, work.source), (target, work.target)):
            if node is None:
                self._give_up(f"{address} is no primary that answers.")
                return
        assert source is not None and target is not None
        foreign = [slot for slot in work.slots if not source.serves(slot)]
        if foreign:
            self._give_up(f"{work.source} does not serve slot {foreign[0]}.")
            return
        self._push([Move(slot, source.id, target.id) for slot in work.slots])

    def _begin(self, move: Move) -> None:
        """A move becomes orders; those behind its keys are there from the beginning."""
        nodes = self.book.nodes
        source, target, slot = nodes[move.source], nodes[move.target], move.slot
        self._say(f"Moving slot {slot} from {source.address} to {target.address}: ")
        keys = keys_of_slot(source, move)
        if move.cold:
            self._push([keys])
            return
        others = [node for node in nodes.values() if node not in (source, target)]
        told = [set_slot(node, slot, b"NODE", target.id) for node in (target, source, *others)]
        self._push([
            set_slot(target, slot, b"IMPORTING", source.id),
            set_slot(source, slot, b"MIGRATING", target.id),
            keys,
            told[0],
            *(replace(order, heed=Heed.TOLD) for order in told[1:]),
        ])  # fmt: skip
        self.book.claim(source.id, slot, served=False)
        self.book.claim(target.id, slot, served=True)

    def _done(self, order: Order, reply: Reply) -> None:
        """What had to be done is done, in a transaction each part of it."""
        parts = reply if isinstance(reply, list) else [reply]
        for part in parts:
            if isinstance(part, Failure) and not _harmless(order, part.text):
                self._refused(order, part)
                return

    def _take_keys(self, order: Order, keys: tuple[bytes, ...]) -> None:
        move = order.move
        if keys and move is not None:
            nodes = self.book.nodes
            self._push([migrate(nodes[move.source], nodes[move.target], move, keys), order])

    def _moved(self, order: Order, reply: Reply) -> None:
        """Keys have moved; or the other node has some of them already."""
        move = order.move
        assert move is not None
        if not isinstance(reply, Failure):
            if not self.aloud:
                self._say_moved(len(order.keys))
            return
        source, target = self.book.nodes[move.source], self.book.nodes[move.target]
        if "BUSYKEY" in reply.text and b"REPLACE" not in order.commands[0]:
            self._say("*** Target key exists\n*** Checking key values on both nodes...")
            ask = ((b"DEBUG", b"DIGEST-VALUE", *order.keys),)
            self._push([
                replace(order, to=node.address, commands=ask, heed=Heed.DIGESTS)
                for node in (source, target)
            ])  # fmt: skip
        elif move.mends and not source.serves(move.slot) and reply.text.startswith("CLUSTERDOWN"):
            self._say(f"*** Slot was not served, setting owner to node {target.address}.")
            self._push([set_slot(source, move.slot, b"NODE", target.id), order])
        else:
            self._refused(order, reply)

    def _say_moved(self, keys: int) -> None:
        """A dot for each key, behind the line that says what moves."""
        last = self.said[-1]
        if self.lines > self.shown and (last.startswith("Moving slot") or not last.strip(".")):
            self.said[-1] += "." * keys
        else:
            self._say("." * keys)

    def _compare(self, order: Order, reply: Reply) -> None:
        """Both have keys of these names: those that are the same may be written over."""
        move = order.move
        if move is None or not isinstance(reply, list):
            self._refused(order, reply)
            self._say("*** Value check failed!")
            return
        source, target = self.book.nodes[move.source], self.book.nodes[move.target]
        if order.to == source.address:
            self._digests = (*reply,)
            return
        pairs = zip(order.keys, self._digests, reply, strict=True)
        differ = [key for key, here, there in pairs if here != there and there != NO_VALUE]
        if not differ:
            self._say("*** Replacing target keys...")
            self._push([migrate(source, target, move, order.keys, replace=True)])
            return
        self._say(DIFFERENT.format(len(differ), source.address, target.address))
        self._say("\n".join(f"    - {printable(key)}" for key in differ))
        self._say(BY_HAND)
        self._give_up(f"keys with other values at {target.address}: {len(differ)}.")

    # ---- time travel ----

    def freeze(self) -> Frozen:
        """How far it has come. O(nodes, and what is left)."""
        return (
            self.seed, self.work, self.book.copy(), tuple(self.said), self.trouble, self.given,
            tuple(self._todo), self._digests, self._spoken, self.dropped, self.aloud, self.shown,
        )  # fmt: skip

    def thaw(self, frozen: Frozen) -> None:
        """Be as far as `freeze` found it."""
        (
            self.seed, self.work, book, said, self.trouble, self.given, todo, self._digests,
            self._spoken, self.dropped, self.aloud, self.shown,
        ) = frozen  # fmt: skip
        self.book, self.said, self._todo = book.copy(), list(said), list(todo)


def _in_short(reply: Reply) -> str:
    """A reply in one line, as `redis-cli` prints it where it has no more."""
    if isinstance(reply, list):
        return f"an array of {len(reply)}"
    return format_reply(reply).partition("\n")[0]


def _harmless(order: Order, text: str) -> bool:
    """Whether a refusal says that there is nothing to be done."""
    unassigned = text == SLOT_UNASSIGNED.format(order.slot)
    return unassigned or (order.heed is Heed.TOLD and text == REPLICA_SETSLOT)


@dataclass(frozen=True, slots=True)
class OrderGiven(Event):
    """A coordinator gave a node an order, and this came of it."""

    to: Address
    commands: tuple[tuple[bytes, ...], ...]
    reply: Reply
