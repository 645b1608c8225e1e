"""What the Route pane sees: one command on its way through a cluster, as a film of small steps.

    bytes, tag, CRC     which slot the key belongs to, worked out byte by byte
    look up             what the client's own map says of that slot
    message             one hop: a command on its way to a node, or its reply on the way back
    decide              MOVED or ASK read, the map corrected, a wait
    news                what the nodes did meanwhile, which the client cannot see: who is held for
                        failed, who is elected, who takes whose place

Each fact that the client tells (`cluster/client.py`) is one step. The film holds them all; `shown`
says how far it has been wound, so that it runs forward and backward.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from redlearn.cluster.client import (
    Address,
    Answered,
    ClientFact,
    CrcStepped,
    Finished,
    KeyHashed,
    KeysDisagreed,
    KeyTaken,
    MapCorrected,
    MapLearned,
    NodeLost,
    NoKey,
    OwnerLookedUp,
    Redirected,
    Sent,
    Unanswered,
    Waited,
)
from redlearn.cluster.detection import FailMarked
from redlearn.cluster.failover import ElectionWon, TookOver
from redlearn.probe import Event
from redlearn.resp.reply import Failure, Reply
from redlearn.resp.text import printable
from redlearn.slots import SLOTS, slot_of
from redlearn.views.narration import counted, reply_text, text, words

MOST_STEPS: Final = 1000
"""Steps kept of a film, its last ones: a client's has fewer, a coordinator's may have 100,000."""

NODES_TOLD: Final = re.compile(rb"[0-9a-f]{40} \S+ \S*(myself|master|slave|noaddr)")
"""How a line of CLUSTER NODES begins."""

NODE_ID: Final = re.compile(r"\b([0-9a-f]{8})[0-9a-f]{24}…")
"""Forty digits, as `words` cuts them."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened, in one line.

    Attributes:
        kind: "key", "crc", "map", "send", "reply", "turn" (a redirection is followed),
            "wait", "lost", "news" or "done". It says how the line is drawn.
        node: The node a message goes to or comes from; None for what happens in the client.
        says: The sentence, or what the message says.
        at_ms: When, in ms of the cluster's clock; of news -1: between the steps around it.
        slot: The slot it is about, -1 for none: the map marks it.
    """

    kind: str
    node: Address | None
    says: str
    at_ms: int
    slot: int = -1


@dataclass(frozen=True, slots=True)
class RouteView:
    """The film of one command.

    Attributes:
        command: Its words, as they are printed.
        manner: What kind of client sent it; "" if it is told what to do with each reply.
        lanes: The nodes that play a part, by port, each with its letter.
        steps: All of the film, but for what is left out at its beginning.
        shown: How many of the steps have been shown.
        left_out: How many steps came before those.
        sender: Whose lane is the first.
    """

    command: str = ""
    manner: str = ""
    lanes: tuple[tuple[Address, str], ...] = ()
    steps: tuple[Step, ...] = ()
    shown: int = 0
    left_out: int = 0
    sender: str = "you"

    @property
    def now(self) -> Step | None:
        """The step shown last."""
        return self.steps[self.shown - 1] if self.shown else None


Told = tuple[int, Event]
"""A fact, and when (ms)."""


def look_at(
    argv: Sequence[bytes],
    manner: str,
    told: Iterable[Told],
    letters: dict[Address, str],
    untold: int = 0,
    names: Mapping[bytes, str] | None = None,
) -> RouteView:
    """The film of one command, wound to its end. O(facts).

    Args:
        told: What the client told while it was busy with the command, with the moment of each,
            and the news of the nodes among it, as `with_news` puts them there.
        letters: What each node is called in the map.
        untold: How many facts came before and were not kept.
        names: The letters by node id, for news.
    """
    facts = [(at_ms, fact) for at_ms, fact in told if isinstance(fact, (ClientFact, *NEWS))]
    left_out = max(len(facts) - MOST_STEPS, 0)
    made = (
        news_of(fact, names or {}) if isinstance(fact, NEWS) else step_of(fact, at_ms)
        for at_ms, fact in facts[left_out:]
    )
    steps = tuple(step for step in made if step is not None)
    nodes = sorted({step.node for step in steps if step.node is not None}, key=_by_port)
    lanes = tuple((node, letters.get(node, "?")) for node in nodes)
    return RouteView(words(argv), manner, lanes, steps, len(steps), untold + left_out)


def _by_port(address: Address) -> tuple[int, str]:
    return address.port, address.host


def wound_to(view: RouteView, shown: int) -> RouteView:
    """The film wound forward or back, to where so many have been shown, left out ones and all."""
    return replace(view, shown=max(0, min(shown - view.left_out, len(view.steps))))


# ------------------------------------------------------------------------------------------ news

MOST_VOTERS: Final = 3
"""How many are called by name, where they have elected another."""

NEWS: Final = (FailMarked, ElectionWon, TookOver)
"""What a film tells of nodes: why a command that found nobody finds somebody later."""


def in_film(events: Sequence[Event]) -> list[bool]:
    """Which of them a film tells: a client's, and news until its last one.

    That a node failed, it tells once.
    """
    ends = max((at for at, event in enumerate(events) if isinstance(event, ClientFact)), default=0)
    failed: set[bytes] = set()
    told = []
    for at, event in enumerate(events):
        again = isinstance(event, FailMarked) and event.node in failed
        if isinstance(event, FailMarked):
            failed.add(event.node)
        is_news = isinstance(event, NEWS) and at < ends and not again
        told.append(is_news or isinstance(event, ClientFact))
    return told


def with_news(told: Sequence[Told], events: Sequence[Event]) -> list[Told]:
    """A client's facts with the news among them, in the order of `events`.

    The facts are the last that `events` has of a client, or all of these and some from before.
    """
    facts = sum(isinstance(event, ClientFact) for event in events)
    at = len(told) - facts
    if at < 0:
        return list(told)
    merged = list(told[:at])
    for event, tells in zip(events, in_film(events), strict=True):
        if isinstance(event, ClientFact):
            merged.append(told[at])
            at += 1
        elif tells:
            merged.append((-1, event))
    return merged


def news_of(event: Event, names: Mapping[bytes, str]) -> Step | None:
    """What nodes did, as a step."""

    def called(node: bytes) -> str:
        return names.get(node, "a node")

    match event:
        case FailMarked(at, node):
            who, whom = called(at), called(node)
            says = f"meanwhile {who} knows of a majority that misses {whom}: it has failed"
        case ElectionWon(at, epoch, voters):
            by = " and ".join(called(node) for node in voters)
            if len(voters) > MOST_VOTERS:
                by = f"{len(voters)} primaries"
            says = f"meanwhile {called(at)} is elected in epoch {epoch} by {by}"
        case TookOver(at, old, _, slots):
            ranges = ", ".join(f"{first}-{last}" for first, last in slots[:2])
            more = " ..." if len(slots) > 2 else ""
            says = f"{called(at)} takes the place of {called(old)}: slots {ranges}{more}"
        case _:
            return None
    return Step("news", None, says, -1)


# ------------------------------------------------------------------------------ facts into steps


def step_of(event: Event, at_ms: int) -> Step | None:
    """A fact of a client as one step; None for anything else."""
    match event:
        case Sent(address, commands):
            says = NODE_ID.sub(r"\1…", " + ".join(words(argv) for argv in commands))
            return Step("send", address, says, at_ms)
        case Answered(address, reply):
            return Step("reply", address, answer_text(reply), at_ms)
        case NodeLost(address):
            return Step("lost", address, "no answer", at_ms)
    said = _hashing(event) or _decision(event)
    return None if said is None else Step(said[0], None, said[1], at_ms, said[2])


def _hashing(event: Event) -> tuple[str, str, int] | None:
    """From the key's bytes to its slot, the table of the CRC read once for each byte."""
    match event:
        case KeyTaken(key, start, stop):
            if start:
                says = f"only its tag counts, {text(key[start:stop])}"
            elif b"{" in key:
                says = "no tag that holds anything, so all of it counts"
            else:
                says = "all of it counts"
            return "key", f"key {text(key)}: {says}", slot_of(key)
        case CrcStepped(byte, before, row, entry, crc, slot):
            letter = printable(bytes((byte,)))
            says = (
                f"{letter} ({byte:02x}): row {before >> 8:02x} xor {byte:02x} = {row:02x} "
                f"holds {entry:04x}; {before & 0xFF:02x}00 xor {entry:04x} = {crc:04x}"
            )
            return "crc", says, slot
        case KeyHashed(_, untold, crc, slot):
            more = f"{counted(untold, 'more byte')} the same way; " if untold else ""
            return "crc", f"{more}CRC16 = {crc:04x} = {crc}, mod {SLOTS} = slot {slot}", slot
    return None


def _decision(event: Event) -> tuple[str, str, int] | None:
    """What happens in the client itself: the kind of step, a sentence, and the slot."""
    return _on_the_way_out(event) or _on_the_way_back(event)


def _on_the_way_out(event: Event) -> tuple[str, str, int] | None:
    """Whom to ask."""
    match event:
        case OwnerLookedUp(slot, _, False):
            return "map", f"slot {slot}: this client keeps no map, and tries a node", slot
        case OwnerLookedUp(slot, None, True):
            return "map", f"slot {slot}: the map knows no owner, the client tries a node", slot
        case OwnerLookedUp(slot, address, True):
            return "map", f"slot {slot}: by the client's map that is {address}", slot
        case KeysDisagreed(slots):
            shown = ", ".join([*map(str, slots[:4]), *["…"] * (len(slots) > 4)])
            return "turn", f"the keys are in several slots ({shown}): no node takes that", -1
        case NoKey():
            return "map", "the command names no key: any node will do", -1
    return None


def _on_the_way_back(event: Event) -> tuple[str, str, int] | None:
    """What to make of an answer."""
    match event:
        case MapLearned(_, known, changed):
            return "map", f"a map of {counted(known, 'slot')}, {changed:,} of them new to it", -1
        case Redirected("ASK", slot, address):
            return "turn", f"slot {slot} is on the move: for this once to {address}", slot
        case Redirected(_, slot, address):
            return "turn", f"slot {slot} is not there: its owner is {address}", slot
        case MapCorrected(slot, old, new):
            return "map", f"the map is corrected: slot {slot}, {old or 'nobody'} → {new}", slot
        case Waited(ms, why):
            return "wait", f"{why}: wait {ms} ms or more", -1
        case Finished(reply, asks, nodes):
            got = answer_text(reply)
            if isinstance(reply, Failure):  # the line before has all of it
                got = f"the error {got.partition(' ')[0]}"
            return "done", f"the application gets {got}, {_asked(asks, nodes)}", -1
        case Unanswered():
            return "done", "no reply comes to this one, and the client does not wait for any", -1
    return None


def _asked(asks: int, nodes: int) -> str:
    """What it took to get a reply."""
    if asks == 1:
        return "straight away"
    return f"after {asks} questions to {'one node' if nodes == 1 else f'{nodes} nodes'}"


def answer_text(reply: Reply) -> str:
    """A reply in a few words; an error by its own."""
    if isinstance(reply, list) and reply and all(isinstance(row, list) for row in reply):
        return f"a map of {counted(len(reply), 'range')}" if _is_map(reply) else reply_text(reply)
    if isinstance(reply, bytes) and NODES_TOLD.match(reply):
        return f"what it knows of {counted(len(reply.splitlines()), 'node')}"
    if isinstance(reply, Failure):
        return printable(reply.text.encode("utf-8", "surrogateescape"), 64)
    return reply_text(reply)


def _is_map(reply: Iterable[object]) -> bool:
    return all(
        isinstance(row, list) and len(row) >= 3 and isinstance(row[0], int)
        and isinstance(row[1], int) and isinstance(row[2], list)
        for row in reply
    )  # fmt: skip
