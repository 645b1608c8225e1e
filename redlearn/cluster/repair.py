"""Repair: what to do about a slot that is half moved, or nobody's, by what all nodes say of it.

An owner is whoever serves the slot, or has keys of it. If there are several, it is the one with the
most keys; the others are told so, and then:

    1   one gives it away, one takes it     the move is done again from its beginning
    2   nobody gives it away, some take it  all keys go to the owner, and it is closed everywhere
    3   one gives it away, several take it  it goes to the one that it is meant for
    4   one gives it away, nobody takes it  it is closed

A move that was interrupted with keys at both ends is therefore not continued: the slot goes to
where most of its keys are, as a second owner makes it case 2.

Source: `redis-cli.c` clusterManagerFixOpenSlot, clusterManagerFixSlotsCoverage,
clusterManagerSetSlotOwner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from redlearn.cluster.orders import Book, Heed, Move, Order, Seen, set_slot
from redlearn.slots import SLOTS

COVERED: Final = f"[OK] All {SLOTS} slots covered."
NOT_COVERED: Final = f"[ERR] Not all {SLOTS} slots are covered by nodes."
DANGEROUS: Final = (
    "*** Fixing {} with {} unreachable masters is dangerous: redis-cli will assume that slots about"
    " masters that are not reachable are not covered, and will try to reassign them to the"
    " reachable nodes. This can cause data loss and is rarely what you want to do. If you really"
    " want to proceed use the --cluster-fix-with-unreachable-masters option."
)


@dataclass(frozen=True, slots=True)
class Opened:
    """Slots that somebody gives away or takes."""

    slots: tuple[int, ...]
    force: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """One of them, its keys counted everywhere."""

    slot: int


@dataclass(frozen=True, slots=True)
class Bare:
    """Whatever nobody serves."""

    force: bool


@dataclass(frozen=True, slots=True)
class Cover:
    """A slot that nobody serves, its keys counted everywhere."""

    slot: int


Repair = Opened | Judge | Bare | Cover


@dataclass(slots=True)
class Found:
    """What there is to be done, in order, and said.

    Attributes:
        trouble: Why that is all, or "".
        ends: Whether nothing else is done either.
    """

    steps: list[Order | Move | Repair] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    trouble: str = ""
    ends: bool = False


def expand(step: Repair, book: Book) -> Found:
    """What a step becomes, by what is known now."""
    match step:
        case Opened(slots, force):
            return _open(book, slots, force=force)
        case Judge(slot):
            return judge(book, slot)
        case Bare(force):
            return _bare(book, force=force)
        case Cover(slot):
            return cover(book, slot)


def _refused(book: Book, what: str) -> Found:
    why = DANGEROUS.format(what, book.missing)
    return Found([], [why], f"primaries that do not answer: {book.missing}.", ends=True)


def _counted(book: Book, slot: int) -> list[Order | Move | Repair]:
    words = (b"CLUSTER", b"COUNTKEYSINSLOT", b"%d" % slot)
    return [Order(node.address, (words,), Heed.COUNT, slot) for node in book.nodes.values()]


def _open(book: Book, slots: Sequence[int], *, force: bool) -> Found:
    if book.missing and not force:
        return _refused(book, "open slots")
    found = Found()
    for slot in slots:
        found.steps += [*_counted(book, slot), Judge(slot)]
    return found


# ---- an open slot ----


def judge(book: Book, slot: int) -> Found:
    """What is to be done about an open slot."""
    found = Found(said=[f">>> Fixing open slot {slot}"])
    nodes = list(book.nodes.values())
    owners = [node for node in nodes if node.serves(slot) or book.count(slot, node.id)]
    found.said += [
        f"*** Found keys about slot {slot} in non-owner node {node.address}!"
        for node in owners
        if not node.serves(slot)
    ]
    owner = owners[0] if len(owners) == 1 else None
    migrating = [node for node in nodes if node.sends(slot)]
    importing = []
    for node in nodes:
        keys = node is not owner and book.count(slot, node.id)
        if node in migrating or not (node.takes(slot) or keys):
            continue
        importing.append(node)
        if not node.takes(slot):
            found.said.append(f"*** Found keys about slot {slot} in node {node.address}!")
    for state, those in (("migrating", migrating), ("importing", importing)):
        if those:
            found.said.append(f"Set as {state} in: {','.join(str(n.address) for n in those)}")
    if owner is None:
        owner = _choose(book, slot, found)
        migrating = [node for node in migrating if node.id != owner.id]
        importing = [node for node in importing if node.id != owner.id]
    if len(owners) > 1:
        for node in owners:
            if node.id != owner.id:
                found.steps += _dethroned(book, node, owner, slot)
                importing = [*(each for each in importing if each is not node), node]
                migrating = [each for each in migrating if each is not node]
    _close(book, slot, owner, migrating, importing, found)
    return found


def _choose(book: Book, slot: int, found: Found) -> Seen:
    """The node with the most keys of a slot is made its owner; of equals the first."""
    nodes = list(book.nodes.values())
    owner = max(nodes, key=lambda node: book.count(slot, node.id))
    found.said += [
        ">>> No single clear owner for the slot, selecting an owner by # of keys...",
        f"*** Configuring {owner.address} as the slot owner",
    ]
    found.steps += [set_slot(owner, slot, b"STABLE"), _enthroned(book, owner, slot)]
    return book.nodes[owner.id]


def _enthroned(book: Book, owner: Seen, slot: int, *, clear: bool = False) -> Order:
    """A node takes a slot at once, whoever it thought has it, under an epoch above all others."""
    number = b"%d" % slot
    commands = (
        (b"MULTI",),
        (b"CLUSTER", b"DELSLOTS", number),
        (b"CLUSTER", b"ADDSLOTS", number),
        *([(b"CLUSTER", b"SETSLOT", number, b"STABLE")] if clear else []),
        (b"CLUSTER", b"BUMPEPOCH"),
        (b"EXEC",),
    )
    book.claim(owner.id, slot, served=True)
    return Order(owner.address, commands, slot=slot)


def _dethroned(book: Book, node: Seen, owner: Seen, slot: int) -> list[Order]:
    """A node serves a slot no more, and takes it: it must not be sent away with its keys."""
    book.claim(node.id, slot, served=False)
    return [
        Order(node.address, ((b"CLUSTER", b"DELSLOTS", b"%d" % slot),), slot=slot),
        set_slot(node, slot, b"NODE", owner.id),
        set_slot(node, slot, b"IMPORTING", owner.id),
    ]


def _close(
    book: Book, slot: int, owner: Seen, migrating: list[Seen], importing: list[Seen], found: Found
) -> None:
    """There is one owner: which of the four cases is it?"""
    if len(migrating) == 1 and len(importing) == 1:
        source, target = migrating[0], importing[0]
        found.said.append(
            f">>> Case 1: Moving slot {slot} from {source.address} to {target.address}"
        )
        found.steps.append(Move(slot, source.id, target.id, mends=True))
    elif importing and not migrating:
        found.said.append(
            f">>> Case 2: Moving all the {slot} slot keys to its owner {owner.address}"
        )
        found.steps += _gathered(book, slot, owner, importing)
    elif len(migrating) == 1 and len(importing) > 1:
        if any(book.count(slot, node.id) for node in importing):
            _beyond_help(slot, owner, migrating, importing, found)
        else:
            _meant(slot, migrating[0], importing, found)
    elif len(migrating) == 1 and (
        migrating[0].id == owner.id or not book.count(slot, migrating[0].id)
    ):
        node = migrating[0]
        says = f">>> Case 4: Closing slot {slot} on {node.address}"
        found.steps.append(set_slot(node, slot, b"STABLE", says=says))
    elif migrating:
        _beyond_help(slot, owner, migrating, importing, found)


def _gathered(
    book: Book, slot: int, owner: Seen, importing: Sequence[Seen]
) -> list[Order | Move | Repair]:
    """Case 2: all keys to the owner, and everybody hears whose the slot is."""
    steps: list[Order | Move | Repair] = []
    for node in importing:
        if node.id != owner.id:
            says = f">>> Setting {slot} as STABLE in {node.address}"
            steps.append(Move(slot, node.id, owner.id, cold=True, mends=True))
            steps.append(set_slot(node, slot, b"STABLE", says=says))
    others = [node for node in book.nodes.values() if node.id != owner.id]
    return [*steps, *(set_slot(node, slot, b"NODE", owner.id) for node in others)]


def _meant(slot: int, source: Seen, importing: Sequence[Seen], found: Found) -> None:
    """Case 3: nobody who takes it has any key: it goes to the one that it is meant for."""
    target = next((node for node in importing if node.id == source.sends(slot)), None)
    if target is None:
        found.said.append(f">>> Case 3: Closing slot {slot} on both migrating and importing nodes.")
        found.steps += [set_slot(node, slot, b"STABLE") for node in (source, *importing)]
        return
    found.said.append(
        f">>> Case 3: Moving slot {slot} from {source.address} to {target.address}"
        " and closing it on all the other importing nodes."
    )
    found.steps.append(Move(slot, source.id, target.id, mends=True))
    found.steps += [set_slot(node, slot, b"STABLE") for node in importing if node is not target]


def _beyond_help(
    slot: int, owner: Seen, migrating: Sequence[Seen], importing: Sequence[Seen], found: Found
) -> None:
    senders = ",".join(str(node.address) for node in migrating)
    takers = ",".join(str(node.address) for node in importing)
    found.said.append(
        "[ERR] Sorry, redis-cli can't fix this slot yet (work in progress). Slot is set as"
        f" migrating in {senders}, as importing in {takers}, owner is {owner.address}"
    )
    found.trouble = f"Slot {slot} cannot be fixed."


# ---- a slot that nobody serves ----


def _bare(book: Book, *, force: bool) -> Found:
    found = Found(said=[">>> Check slots coverage..."])
    slots = book.uncovered()
    found.said.append(NOT_COVERED if slots else COVERED)
    if slots and book.missing and not force:
        refused = _refused(book, "slots coverage")
        return Found([], [*found.said, *refused.said], refused.trouble, ends=True)
    if slots:
        found.said.append(">>> Fixing slots coverage...")
    for slot in slots:
        found.steps += [*_counted(book, slot), Cover(slot)]
    return found


def cover(book: Book, slot: int) -> Found:
    """Give a slot that nobody serves to who has most of its keys; the others' keys go there.

    Unlike `redis-cli`, which draws one: a slot without keys goes to who serves the fewest slots.
    """
    nodes = list(book.nodes.values())
    holders = [node for node in nodes if book.count(slot, node.id)]
    if not holders:
        owner = min(nodes, key=lambda node: node.slots.bit_count())
        said = f">>> Covering slot {slot} with {owner.address}"
        return Found([_enthroned(book, owner, slot, clear=True)], [said])
    owner = max(holders, key=lambda node: book.count(slot, node.id))
    moving = "moving keys to" if len(holders) > 1 else "with"
    found = Found([_enthroned(book, owner, slot, clear=True)])
    found.said.append(f">>> Covering slot {slot} {moving} {owner.address}")
    for node in holders:
        if node is not owner:
            found.steps += _dethroned(book, node, owner, slot)
            found.steps.append(Move(slot, node.id, owner.id, cold=True, mends=True))
            found.steps.append(set_slot(node, slot, b"STABLE"))
    return found
