"""Narration: one plain sentence for every event.

It is what the log says, what stands under a picture that is stepped through, and what
somebody who cannot see the picture reads instead. One format for each class of event; all
bytes pass through `printable`, so no sentence can move a cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Final

from redlearn.engine.context import DatabaseCleared, KeyAdded, KeyChanged, KeyRemoved, KeyUsed
from redlearn.engine.dispatch import CommandQueued
from redlearn.engine.effects import Propagated
from redlearn.engine.engine import CommandFinished, CommandStarted
from redlearn.engine.expiry import ExpireRound, KeyExpired
from redlearn.engine.notifications import Notified
from redlearn.engine.scripting import (
    ScriptCalled,
    ScriptEnded,
    ScriptLogged,
    ScriptRefused,
    ScriptStarted,
)
from redlearn.engine.structures.hashtable import (
    BucketMoved,
    Cleared,
    EmptySkipped,
    Inserted,
    Probed,
    RehashFinished,
    RehashStarted,
    Removed,
    Scanned,
)
from redlearn.engine.structures.listpack import (
    EntriesDeleted,
    EntryVisited,
    EntryWritten,
    Shifted,
)
from redlearn.engine.structures.skiplist import (
    Compared,
    Dropped,
    Hopped,
    Linked,
    Rescored,
    SearchStarted,
    Tossed,
    Unlinked,
)
from redlearn.engine.values.kit import EncodingChanged
from redlearn.engine.values.zset_rows import RowVisited
from redlearn.probe import Event, RecordCut
from redlearn.redaction import redacted
from redlearn.resp.reply import (
    BigNumber,
    Failure,
    NullArray,
    Reply,
    Status,
    Verbatim,
)
from redlearn.resp.text import printable
from redlearn.views import sentences
from redlearn.views.skiplist import aim_text, named, number

SHOWN: Final = 32
"""How many bytes of a key, member or argument a sentence repeats."""

FURTHER: Final = ("redlearn.cluster.", "redlearn.persistence.")

WORDS: Final = 12
"""How many words of a command a sentence repeats."""


def sentence(event: Event) -> str:
    """What happened, in one plain sentence. O(what it repeats), which is bounded."""
    tell = teller(type(event))
    return tell(event) if tell else f"{type(event).__name__}."


def teller(kind: type[Event]) -> Callable[[Any], str] | None:
    """What tells of that kind of event, None if nothing does.

    Sentences about clusters and disks are loaded when one is told for the first time.
    """
    found = SENTENCES.get(kind)
    if found is None and kind.__module__.startswith(FURTHER):
        further = import_module("redlearn.views.cluster_sentences")
        found = further.tell if kind in further.SENTENCES else None
    return found


def text(data: bytes) -> str:
    """Bytes as a sentence repeats them: cut, printable, never empty."""
    return printable(data, SHOWN) or '""'


def words(argv: Sequence[bytes], limit: int = WORDS) -> str:
    """A command as a sentence repeats it, its passwords hidden."""
    argv = redacted(argv)
    shown = " ".join(text(word) for word in argv[:limit])
    return f"{shown} … {len(argv) - limit} more" if len(argv) > limit else shown


def counted(count: int, what: str) -> str:
    """A number of things: "1 key", "2 keys".

    >>> counted(1, "entry"), counted(3, "entry"), counted(0, "byte")
    ('1 entry', '3 entries', '0 bytes')
    """
    if count == 1:
        return f"1 {what}"
    return f"{count:,} {what[:-1]}ies" if what.endswith("y") and what[-2] not in "aeo" else (
        f"{count:,} {what}s"
    )  # fmt: skip


def reply_text(reply: Reply) -> str:
    """A reply in a few words, for a line of the log; large ones are only counted."""
    match reply:
        case None | NullArray():
            return "nil"
        case Failure(text=message) | Status(text=message):
            return printable(message.encode("utf-8", "surrogateescape"), 120)
        case bool() | int() | float():
            return number(reply) if isinstance(reply, float) else str(reply)
        case bytes():
            return f'"{printable(reply, SHOWN)}"'
        case Verbatim():
            return f"text of {counted(len(reply.data), 'byte')}"
        case BigNumber():
            return "a big number"
    return counted(len(reply), "item") if reply else "nothing: an empty list"


# --- the keyspace -------------------------------------------------------------------------


def _finished(event: CommandFinished) -> str:
    if isinstance(event.reply, Failure):
        return f"{event.name.upper()} was refused: {reply_text(event.reply)}."
    return f"{event.name.upper()} is done and answers {reply_text(event.reply)}."


def _expired(event: KeyExpired) -> str:
    late = seconds(event.now_ms - event.at_ms)
    found = "a command asked for it" if event.how == "lazy" else "the cycle came by"
    return f"Key {text(event.key)} expired ({event.how}): {found} {late} after its time."


def _propagated(event: Propagated) -> str:
    effects = event.effects
    if len(effects) == 1:
        return f"For the append-only file: {words(effects[0].argv)}."
    return f"For the append-only file: {len(effects)} commands as one unit."


def seconds(ms: int) -> str:
    """A duration in words short enough for a table.

    >>> seconds(7), seconds(1500), seconds(90_000), seconds(7_200_000)
    ('0.007 s', '1.5 s', '90.0 s', '2.0 h')
    """
    if ms < 100:
        return f"{ms / 1000:.3f} s"
    if ms < 600_000:
        return f"{ms / 1000:.1f} s"
    if ms < 7_200_000:
        return f"{ms / 60_000:.1f} min"
    return f"{ms / 3_600_000:.1f} h" if ms < 172_800_000 else f"{ms / 86_400_000:.1f} d"


# --- hash tables --------------------------------------------------------------------------

TABLES: Final = {
    "keys": "the table of keys",
    "expires": "the table of deadlines",
    "fields": "the table of fields",
    "members": "the table of members",
}


def table_text(name: str) -> str:
    """Which hash table an event is about."""
    return TABLES.get(name, "the table")


def _probed(event: Probed) -> str:
    where = f"bucket {event.bucket} of {table_text(event.name)}"
    if not event.compared:
        return f"{text(event.key)} belongs into {where}, which is empty."
    times = counted(len(event.compared), "comparison")
    if event.found:
        return f"{text(event.key)} is in {where}, found after {times}."
    return f"{text(event.key)} belongs into {where}, but is not there: {times}."


def _inserted(event: Inserted) -> str:
    side = " (the new one)" if event.table else ""
    return (
        f"{text(event.key)} is hung at the head of bucket {event.bucket} "
        f"of {table_text(event.name)}{side}."
    )


def _rehash_started(event: RehashStarted) -> str:
    if not event.size_from:
        return f"{table_text(event.name).capitalize()} gets its first {event.size_to} buckets."
    verb = "grows" if event.size_to > event.size_from else "shrinks"
    return (
        f"{table_text(event.name).capitalize()} {verb} from {event.size_from:,} to "
        f"{event.size_to:,} buckets; they move one by one from now on."
    )


def _bucket_moved(event: BucketMoved) -> str:
    if not event.moves:
        return f"Bucket {event.index} of {table_text(event.name)} was empty: nothing to move."
    goals = ", ".join(f"{text(key)} to {bucket}" for key, bucket in event.moves[:4])
    more = f" and {len(event.moves) - 4} more" if len(event.moves) > 4 else ""
    return f"Bucket {event.index} of {table_text(event.name)} moves: {goals}{more}."


def _scanned(event: Scanned) -> str:
    at = ", ".join(str(bucket) for _, bucket in event.visited[:6])
    end = "that was the last" if not event.following else f"cursor {event.following} is next"
    return f"The scan of {table_text(event.name)} visits bucket {at}; {end}."


# --- listpacks ----------------------------------------------------------------------------


def _entry_visited(event: EntryVisited) -> str:
    outcome = "this is it" if event.matched else "it is another one, walk on"
    return f"Entry {event.index}, at byte {event.offset}, is compared: {outcome}."


def _shifted(event: Shifted) -> str:
    way = "back" if event.by > 0 else "forward"
    return (
        f"The {counted(event.moved, 'byte')} from {event.offset} on move {way} by {abs(event.by)}."
    )


def _row_visited(event: RowVisited) -> str:
    row = f"Row {event.index}, {text(event.member)} ({number(event.score)}), is weighed"
    return f"{row}: {'walk on' if event.passed else 'stop here'}."


# --- skiplists ----------------------------------------------------------------------------


def _compared(event: Compared) -> str:
    ahead = f"On lane {event.level} the node ahead is {named(event.member)} ({number(event.score)})"
    return f"{ahead}: {'not far enough yet' if event.passed else 'too far'}."


def _dropped(event: Dropped) -> str:
    at = named(event.member)
    why = "the lane ends" if event.ahead is None else f"{named(event.ahead)} is too far"
    if event.level:
        return f"The search drops from lane {event.level} to {event.level - 1} at {at}: {why}."
    return f"The search stops behind {at}: {why}."


def _converted(event: EncodingChanged) -> str:
    if event.old:
        return f"The {event.type} turns from {event.old} into {event.new}: {event.why}."
    return f"The {event.type} begins as {event.new} at once: {event.why}."


def _unlinked(event: Unlinked) -> str:
    return f"On lane {event.level} {named(event.member)} is taken out behind {named(event.after)}."


SENTENCES: Final[dict[type[Event], Callable[[Any], str]]] = {
    CommandStarted: lambda e: f"Client {e.client} runs {words(e.argv)}.",
    CommandFinished: _finished,
    ScriptStarted: lambda e: (
        f"{'The script' if e.is_eval else 'The function'} {text(e.name)} runs: until it"
        " is done, nobody else is served."
    ),
    ScriptCalled: lambda e: f"The script calls {words(e.argv)}: {reply_text(e.reply)}.",
    ScriptRefused: lambda e: f"The script may not call {words(e.argv)}.",
    ScriptLogged: lambda e: f"The script writes to the log: {text(e.text)}.",
    ScriptEnded: lambda e: (
        f"{'The script' if e.is_eval else 'The function'} is done: {reply_text(e.reply)}."
    ),
    CommandQueued: lambda e: f"{words(e.argv)} is queued as number {e.place}, until EXEC.",
    KeyUsed: lambda e: f"The command turns to key {text(e.key)}.",
    KeyAdded: lambda e: f"Key {text(e.key)} comes into being, a {e.kind}.",
    KeyRemoved: lambda e: f"Key {text(e.key)} is gone.",
    KeyChanged: lambda e: f"Key {text(e.key)} was changed ({e.event}).",
    KeyExpired: _expired,
    DatabaseCleared: lambda e: f"Database {e.db} is emptied: {counted(e.removed, 'key')} gone.",
    ExpireRound: lambda e: (
        f"The expiry cycle looked at {counted(e.sampled, 'key')}; {e.stale} had to die."
    ),
    EncodingChanged: _converted,
    Propagated: _propagated,
    Notified: lambda e: f"{text(e.message)} is published on {text(e.channel)}.",
    Probed: _probed,
    Inserted: _inserted,
    Removed: lambda e: f"{text(e.key)} is taken out of bucket {e.bucket} of {table_text(e.name)}.",
    Cleared: lambda e: f"{table_text(e.name).capitalize()} is emptied.",
    RehashStarted: _rehash_started,
    EmptySkipped: lambda e: (
        f"{counted(e.count, 'empty bucket')} of {table_text(e.name)} passed, from {e.first} on."
    ),
    BucketMoved: _bucket_moved,
    RehashFinished: lambda e: (
        f"All of {table_text(e.name)} has moved: {counted(e.size, 'bucket')} in one table again."
    ),
    Scanned: _scanned,
    EntryVisited: _entry_visited,
    Shifted: _shifted,
    EntryWritten: lambda e: f"An entry of {counted(e.size, 'byte')} is written at byte {e.offset}.",
    EntriesDeleted: lambda e: (
        f"{counted(e.count, 'entry')} ({counted(e.size, 'byte')}) cut out at byte {e.offset}."
    ),
    RowVisited: _row_visited,
    SearchStarted: lambda e: f"A search starts at the head, on the top lane: {aim_text(e)}.",
    Compared: _compared,
    Hopped: lambda e: (
        f"The search rides lane {e.level} onto {named(e.member)}, {e.walked} from the head."
    ),
    Dropped: _dropped,
    Tossed: lambda e: f"Coins give {named(e.member)} {counted(e.height, 'lane')}.",
    Linked: lambda e: (
        f"On lane {e.level} {named(e.member)} is linked behind {named(e.after)}, span {e.span}."
    ),
    Unlinked: _unlinked,
    Rescored: lambda e: (
        f"{named(e.member)} keeps its node: only the score goes from {number(e.old)} "
        f"to {number(e.new)}."
    ),
    RecordCut: lambda e: (
        f"The command went on from here, but only its first {e.kept:,} steps were kept."
    ),
    **sentences.SENTENCES,
}
"""How each class of event is told."""
