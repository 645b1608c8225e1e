"""What the log pane sees: what happened, told in plain sentences, the latest last.

Each command is a headline with its outcome, and below it the events worth telling. Single
steps of a search are summed up; stepping through a command tells them one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redlearn.engine.acl import CommandDenied, LoggedIn, LoginFailed, UserChanged, UserDeleted
from redlearn.engine.blocking import (
    ClientBlocked,
    ClientServed,
    ClientTimedOut,
    ClientUnblocked,
)
from redlearn.engine.context import DatabaseCleared, KeyAdded, KeyRemoved
from redlearn.engine.dispatch import BrowserSuspected
from redlearn.engine.effects import Propagated
from redlearn.engine.expiry import ExpireRound, FieldExpired, KeyExpired
from redlearn.engine.notifications import Notified
from redlearn.engine.scripting import ScriptCalled, ScriptLogged, ScriptRefused
from redlearn.engine.structures.bits import (
    BitsCombined,
    BitsCounted,
    BitWritten,
    BytesAdded,
    FieldFitted,
)
from redlearn.engine.structures.geohash import CellSearched, Measured, PlaceWeighed, SearchCovered
from redlearn.engine.structures.hashtable import BucketMoved, Probed, RehashFinished, RehashStarted
from redlearn.engine.structures.hyperloglog import Estimated, Promoted, RegistersMerged
from redlearn.engine.structures.hyperloglog_sparse import RegisterKept, RegisterRaised
from redlearn.engine.structures.intset import Halved, Widened
from redlearn.engine.structures.listpack import EntryVisited, Shifted
from redlearn.engine.structures.quicklist_steps import (
    NodeCut,
    NodePassed,
    NodeRead,
    NodesMerged,
    NodeSqueezed,
)
from redlearn.engine.structures.skiplist import (
    Compared,
    Dropped,
    Hopped,
    Rescored,
    SearchStarted,
    Tossed,
)
from redlearn.engine.structures.stream_node import EntryMarked, EntryRead, NodeWalked
from redlearn.engine.values.kit import EncodingChanged
from redlearn.engine.values.set_steps import DifferenceWeighed, MemberAsked, SetWalked
from redlearn.engine.values.stream import NodeBegun, NodeDropped, NodeSpared
from redlearn.engine.values.stream_group import (
    ClaimRefused,
    ConsumerAdded,
    ConsumerRemoved,
    EntryDelivered,
    EntryForgotten,
    EntryHandedOver,
)
from redlearn.engine.values.zset_rows import RowVisited
from redlearn.probe import Event, RecordCut
from redlearn.resp.text import printable
from redlearn.views.narration import counted, seconds, sentence, words

TOLD: Final = (
    KeyExpired, EncodingChanged, RehashStarted, RehashFinished, Rescored, DatabaseCleared, Notified,
    KeyAdded, KeyRemoved, Tossed, NodeCut, NodesMerged, Widened, ClientBlocked, ClientServed,
    ClientTimedOut, ClientUnblocked, ScriptCalled, ScriptLogged, ScriptRefused,
    DifferenceWeighed, SetWalked, FieldExpired,
    NodeBegun, NodeDropped, NodeSpared, EntryMarked, ConsumerAdded, ConsumerRemoved, EntryDelivered,
    EntryHandedOver, EntryForgotten, ClaimRefused, BytesAdded, BitWritten, BitsCounted, FieldFitted,
    BitsCombined, RegisterRaised, RegisterKept, RegistersMerged, Promoted, Estimated, SearchCovered,
    Measured, CommandDenied, LoggedIn, LoginFailed, UserChanged, UserDeleted,
    BrowserSuspected,
)  # fmt: skip
"""Events that get a sentence of their own."""

_TOLD: Final = frozenset(TOLD)

MOST_SENTENCES: Final = 6
"""Sentences about one command; what is left over is counted."""

CLUSTER_NEWS: Final = frozenset({
    "PfailMarked", "FailMarked", "FailureCleared", "ElectionScheduled", "VotesAsked", "VoteGranted",
    "VoteRefused", "ElectionWon", "TookOver", "HealthChanged", "ReplicaMigrated", "KeysDropped",
    "ManualFailoverBegun", "ManualFailoverEnded", "CaughtUp", "SlotOpened", "SlotJobChanged",
    "Redirected", "MapCorrected", "NodeLost",
})  # fmt: skip
"""Events of a cluster that the log tells, by name: they are not loaded before there is one."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line.

    Attributes:
        kind: "command", "failed", "time" for headlines; "told" for what is below them.
    """

    kind: str
    text: str
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class LogView:
    """The end of the log, or a window further up.

    Attributes:
        lines: Oldest first.
        latest: How many of the last of them belong to the latest point.
        above: Whether there is more above.
    """

    lines: tuple[LogLine, ...] = ()
    latest: int = 0
    above: bool = False


def headline(argv: Sequence[bytes], outcome: str, *, failed: bool) -> LogLine:
    """The line that names a command and says how it ended."""
    return LogLine("failed" if failed else "command", words(list(argv)), outcome)


def waited(ms: int) -> LogLine:
    """The line that says that time was let pass."""
    return LogLine("time", f"{seconds(ms)} pass")


def done(words: Sequence[str]) -> LogLine:
    """The line that says what was done to a cluster, or to a disk."""
    return LogLine("time", done_text(words))


def done_text(words: Sequence[str]) -> str:
    """What was done in words: `kill 7002`; a scenario's step as it is told, not as it is kept."""
    text = " ".join(words)
    if words[0] == "scenario":
        from redlearn.cluster.scenario import in_words

        text = in_words(words[1])
    return printable(text.encode("utf-8", "replace"), 80).replace(r"\"", '"')


def told(events: Sequence[Event]) -> tuple[LogLine, ...]:
    """What a command's events come to, in a few sentences. O(events)."""
    said = [sentence(event) for event in _news(events)]
    said = [*_summed_up(events), *said]
    effects = [event for event in events if isinstance(event, Propagated)]
    cut = next((event for event in events if isinstance(event, RecordCut)), None)
    if len(said) > MOST_SENTENCES and not any(map(is_of_cluster, events)):
        left = len(said) - MOST_SENTENCES + 1
        more = "more things" if cut else counted(left, "more thing")
        said = [*said[: MOST_SENTENCES - 1], f"And {more} like these."]
    if cut:
        said.insert(0, f"It went on, but only its first {cut.kept:,} steps were kept; in them:")
    said += [sentence(event) for event in effects[-1:]]
    return tuple(LogLine("told", each) for each in said)


def _news(events: Sequence[Event]) -> list[Event]:
    """The events worth a sentence: not a table's first buckets, and no death told twice.

    Of what happens in a cluster, the first of each kind is told; of a move of slots, each step of
    either side. Where a sorted set is converted, the tower of each member is not news either.
    """
    candidates = [event for event in events if type(event) in _TOLD or is_of_cluster(event)]
    died = {(event.db, event.key) for event in candidates if isinstance(event, KeyExpired)}
    moved = any(type(event) is BucketMoved for event in events)
    converted = any(type(event) is EncodingChanged for event in candidates)
    news: list[Event] = []
    turns: set[tuple[type[Event], str]] = set()
    for event in candidates:
        if is_of_cluster(event):  # every node notices the same: the first of each kind will do
            turn = (type(event), getattr(event, "turn", ""))
            if turn not in turns:
                turns.add(turn)
                news.append(event)
            continue
        match event:
            case KeyRemoved(db, key) if (db, key) in died:
                continue
            case RehashStarted("expires") | RehashStarted(_, 0) | RehashFinished("expires"):
                continue
            case RehashFinished() if not moved:
                continue
            case Tossed() if converted:
                continue
        news.append(event)
    return news


def is_of_cluster(event: Event) -> bool:
    """Whether it is one of those turns of a cluster that are news to everybody."""
    kind = type(event)
    return kind.__name__ in CLUSTER_NEWS and kind.__module__.startswith("redlearn.cluster.")


def _summed_up(events: Sequence[Event]) -> list[str]:
    """One sentence for all searches, walks and moves together."""
    counts = Counter(map(type, events))
    said = []
    if searches := counts[SearchStarted]:
        said.append(
            f"{'1 search' if searches == 1 else f'{searches:,} searches'} of the skiplist: "
            f"{counted(counts[Compared], 'comparison')}, {counted(counts[Hopped], 'ride')}, "
            f"{counted(counts[Dropped], 'drop')}."
        )
    if walked := counts[EntryVisited] + counts[RowVisited]:
        said.append(f"The listpack was walked, {counted(walked, 'entry')} compared.")
    said += _walked(counts)
    if read := counts[EntryRead]:
        nodes = counted(counts[NodeWalked], "walk")
        said.append(f"{counted(read, 'entry')} of the stream read, in {nodes} through a node.")
    if weighed := counts[PlaceWeighed]:
        kept = sum(event.kept for event in events if isinstance(event, CellSearched))
        said.append(f"{counted(weighed, 'place')} looked at, {kept} of them within.")
    if counts[Shifted]:
        moved = sum(event.moved for event in events if isinstance(event, Shifted))
        said.append(f"{counted(moved, 'byte')} had to move over.")
    if counts[BucketMoved]:
        said.append(f"{counted(counts[BucketMoved], 'bucket')} moved to the new table.")
    probe = next((event for event in reversed(events) if type(event) is Probed), None)
    if isinstance(probe, Probed) and probe.name in ("fields", "members"):
        said.append(sentence(probe))
    return said


def _walked(counts: Counter[type[Event]]) -> list[str]:
    """The ways along chains, through intsets and to other sets."""
    said = []
    if counts[NodePassed]:
        said.append(f"{counted(counts[NodePassed], 'node')} passed by their counts alone.")
    if counts[NodeRead]:
        said.append(f"{counted(counts[NodeRead], 'node')} read from end to end.")
    if counts[NodeSqueezed]:
        said.append(f"{counted(counts[NodeSqueezed], 'node')} compressed.")
    if counts[Halved]:
        said.append(f"The intset was halved, {counted(counts[Halved], 'number')} compared.")
    if counts[MemberAsked]:
        said.append(f"{counted(counts[MemberAsked], 'question')} to the other sets.")
    return said


def died_of(events: Sequence[Event]) -> tuple[KeyExpired, ...]:
    """The keys that expired, in order."""
    return tuple([event for event in events if isinstance(event, KeyExpired)])


def is_idle(events: Sequence[Event]) -> bool:
    """Whether a tick found nothing to do worth a line."""
    if any(is_of_cluster(event) for event in events):
        return False
    return not any(
        isinstance(event, (KeyExpired, FieldExpired, BucketMoved, RehashFinished, ClientTimedOut))
        for event in events
    ) and not any(isinstance(event, ExpireRound) and event.stale for event in events)
