"""What a pane sees of the algebra of sets: which set was walked, which were asked for what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from redlearn.engine.values.set_steps import (
    DifferenceWeighed,
    MemberAsked,
    MemberSettled,
    ResultBegun,
    SetsGathered,
    SetWalked,
)
from redlearn.probe import Event

ROWS_KEPT = 256
"""Members whose way is remembered: the last ones."""


@dataclass(frozen=True, slots=True)
class Party:
    """One set that takes part.

    Attributes:
        size: Members; -1 where there is no such key.
        why: For what it was walked, or "".
        asked, found: How often it was asked for a member, and had it.
    """

    key: bytes
    size: int
    why: str = ""
    asked: int = 0
    found: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One member: which sets were asked for it and what they said, and what came of it."""

    member: bytes
    answers: tuple[tuple[bytes, bool], ...] = ()
    kept: bool | None = None


@dataclass(frozen=True, slots=True)
class AlgebraView:
    """One command's work on several sets.

    Attributes:
        way: intersection, union or difference.
        weighed: How the two ways to a difference compared.
        verdicts: The members settled last, and the one that is being settled.
        kept, dropped: How many were settled each way.
        target: The key that the result is for, or None for a reply.
    """

    way: str
    parties: tuple[Party, ...]
    weighed: DifferenceWeighed | None = None
    verdicts: tuple[Verdict, ...] = ()
    kept: int = 0
    dropped: int = 0
    target: bytes | None = None

    @property
    def asked(self) -> int:
        """How many questions there were."""
        return sum(party.asked for party in self.parties)

    @property
    def walked(self) -> int:
        """How many members were gone through."""
        return sum(party.size for party in self.parties if party.why)

    def is_about(self, key: bytes) -> bool:
        """Whether `key` took part, or gets the result."""
        return key == self.target or any(party.key == key for party in self.parties)


def look_at(events: Iterable[Event]) -> AlgebraView | None:
    """What a command's events tell of several sets, or None if it was about no such thing."""
    view: AlgebraView | None = None
    for event in events:
        if isinstance(event, SetsGathered):
            pairs = zip(event.keys, event.sizes, strict=True)
            view = AlgebraView(event.way, tuple(Party(key, size) for key, size in pairs))
        elif view is not None:
            view = advance(view, event)
    return view


def advance(view: AlgebraView, event: Event) -> AlgebraView:
    """The view after one more event."""
    match event:
        case DifferenceWeighed():
            return replace(view, weighed=event)
        case SetWalked(key, _, why):
            return replace(view, parties=_changed(view.parties, key, why=why))
        case MemberAsked(key, member, there):
            parties = _changed(view.parties, key, asked=1, found=int(there))
            return replace(view, parties=parties, verdicts=_asked(view.verdicts, event))
        case MemberSettled(member, kept):
            last = view.verdicts[-1] if view.verdicts else None
            if last is None or last.kept is not None or last.member != member:
                settled = (*view.verdicts, Verdict(member, (), kept))
            else:
                settled = (*view.verdicts[:-1], replace(last, kept=kept))
            return replace(
                view, verdicts=settled[-ROWS_KEPT:], kept=view.kept + kept,
                dropped=view.dropped + (not kept),
            )  # fmt: skip
        case ResultBegun(target):
            return replace(view, target=target)
    return view


def _changed(
    parties: tuple[Party, ...], key: bytes, why: str = "", asked: int = 0, found: int = 0
) -> tuple[Party, ...]:
    """The parties after something happened to the one under `key`; the first, if named twice."""
    place = next((at for at, party in enumerate(parties) if party.key == key), None)
    if place is None:
        return parties
    party = parties[place]
    party = replace(
        party, why=why or party.why, asked=party.asked + asked, found=party.found + found
    )
    return (*parties[:place], party, *parties[place + 1 :])


def _asked(verdicts: tuple[Verdict, ...], event: MemberAsked) -> tuple[Verdict, ...]:
    answer = (event.key, event.there)
    last = verdicts[-1] if verdicts else None
    if last is not None and last.kept is None and last.member == event.member:
        return (*verdicts[:-1], replace(last, answers=(*last.answers, answer)))
    return (*verdicts, Verdict(event.member, (answer,)))[-ROWS_KEPT:]
