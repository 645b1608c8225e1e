"""What the structure pane sees: the value under one key, in the structure that holds it now.

The structure is looked at, never imagined: while a command is stepped through, it is run
again up to the step, and looked at in the very state it had there (`gallery.py`). `advance`
adds what a state cannot show: where a search stood, what was compared, what is new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from redlearn.engine.expiry import KeyExpired
from redlearn.engine.keyspace import Database
from redlearn.engine.structures.hashtable import HashTable, Probed
from redlearn.engine.structures.intset import Intset
from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.quicklist import Quicklist
from redlearn.engine.structures.skiplist import SearchStarted, Skiplist
from redlearn.engine.values.hash import FIELDS, Hash
from redlearn.engine.values.kit import EncodingChanged
from redlearn.engine.values.list import List
from redlearn.engine.values.set import Set
from redlearn.engine.values.string import String, boxed
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import MEMBERS, ZSet
from redlearn.probe import Event, RecordCut
from redlearn.resp.double import format_double
from redlearn.views import (
    algebra,
    forms,
    hashtable,
    intset,
    listpack,
    meanings,
    quicklist,
    skiplist,
    string,
)
from redlearn.views.algebra import AlgebraView
from redlearn.views.hashtable import HashtableView, Note, value_note
from redlearn.views.history import Envelope
from redlearn.views.intset import IntsetView
from redlearn.views.listpack import ListpackView
from redlearn.views.meanings import Meaning
from redlearn.views.narration import sentence
from redlearn.views.quicklist import QuicklistView
from redlearn.views.skiplist import SkiplistView
from redlearn.views.string import BYTES_A_ROW, StringView
from redlearn.views.window import Room, placed

NARROWEST_TOWER = 8
"""Cells that a tower and the link to it take at least."""

NARROWEST_CHAIN = 24
"""Cells that a bucket takes at least, where several stand side by side."""

WAITING_SHOWN = 8
"""Clients that wait for a key that is not there: the first of them."""

BEHIND = 3
"""The node a window follows has at least this share of the window (1/3) ahead of it."""


@dataclass(frozen=True, slots=True)
class MissingView:
    """There is nothing to see, and why.

    Attributes:
        died: How it expired, if that was the reason.
        waiting: Ids of clients that wait for the key, the next to be served first; some of them.
    """

    reason: str
    died: KeyExpired | None = None
    waiting: tuple[int, ...] = ()


Body = (
    SkiplistView | ListpackView | HashtableView | StringView | QuicklistView | IntsetView
    | Meaning | MissingView
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """Which step of a command is being shown.

    Attributes:
        number: How many of its steps have happened; 0 is the moment before the first.
        of: How many there are.
        seq: The number of the last event that has happened, -1 for none.
        sentence: What that event was.
    """

    number: int
    of: int
    seq: int
    sentence: str


def step_of(steps: Sequence[Envelope], number: int) -> Step:
    """The moment after the first `number` of a command's steps."""
    if number < 1 or not steps:
        return Step(0, len(steps), -1, "The moment before the command.")
    number = min(number, len(steps))
    last = steps[number - 1]
    return Step(number, len(steps), last.seq, sentence(last.event))


@dataclass(frozen=True, slots=True)
class StructureView:
    """The value under a key.

    Attributes:
        kind, encoding: What TYPE and OBJECT ENCODING say; "" when there is no such key.
        length: Elements (bytes, for a string).
        body: The structure itself.
        side: The hash table beside a skiplist.
        changed: How the last command changed the encoding, or None.
        overdue: The key's time has passed, but nothing has found it yet.
        algebra: What the last command did with this set and others, or None.
        step: The step shown, or None for a command as a whole.
        form: What it is drawn as; "" if there is but one way.
        forms: All it may be drawn as.
        cut: How many of the command's steps were kept, if it did more; else 0.
        node: Whose key it is, where several nodes have keys of their own; else "".
        elsewhere: If that node has no such key: others that have one.
    """

    db: int
    key: bytes
    kind: str
    encoding: str
    length: int
    body: Body
    side: HashtableView | None = None
    changed: EncodingChanged | None = None
    overdue: bool = False
    step: Step | None = None
    algebra: AlgebraView | None = None
    form: str = ""
    forms: tuple[str, ...] = ()
    cut: int = 0
    node: str = ""
    elsewhere: tuple[str, ...] = ()


def look_at(
    db: Database,
    key: bytes,
    room: Room,
    events: Sequence[Event] = (),
    *,
    whole: Sequence[Event] | None = None,
    dead: Sequence[KeyExpired] = (),
    now_ms: int = 0,
    shares: bool = True,
    step: Step | None = None,
    last: str = "",
    wanted: str = "",
) -> StructureView:
    """Copy out what of the value under `key` fits into `room`. O(visible), plus the events.

    Args:
        db: Where the key is. Nothing in it is touched, moved or told.
        key: Which key; b"" if none was ever used.
        room: Cells, and how far the user moved the window from where the events put it.
        events: What the last command did to this key, up to the step shown.
        whole: What all of the command did to it, where `events` are only its first steps: of
            two structures the one is drawn that the command is about.
        dead: Keys that expired lately and did not come again.
        now_ms: The session's moment, to see whether the key's time has passed.
        shares: Whether small integers are shared by all who hold them.
        step: What to say of the step shown.
        last: The form in which the key was used last (`forms.py`).
        wanted: The form that the user turned to, or "".
    """
    entry = db.keys.peek(key)
    if entry is None:
        return StructureView(db.index, key, "", "", 0, _missing(db, key, dead), step=step)
    value = boxed(entry.value)
    known = forms.forms_of(value)
    form = forms.chosen(known, last, wanted)
    meaning = meanings.look_at(value, form, room, events, now_ms)
    if meaning is None:
        body, side = _bodies(value, room, events, events if whole is None else whole)
        if isinstance(value, Hash):
            body = _with_ends(value, body, room, events, now_ms)
    else:
        body, side = meaning, None
    if isinstance(body, StringView) and not shares:
        body = replace(body, shared=False)
    changes = [event for event in events if isinstance(event, EncodingChanged)]
    cut = next((event.kept for event in events if isinstance(event, RecordCut)), 0)
    deadline = db.expires.peek(key)
    return StructureView(
        db.index, key, value.type, value.encoding, len(value), body, side,
        changed=changes[-1] if changes else None,
        overdue=deadline is not None and deadline.value <= now_ms,
        step=step, form=form, forms=known, cut=cut,
    )  # fmt: skip


def look_at_keys(
    db: Database, room: Room, events: Sequence[Event] = (), step: Step | None = None
) -> StructureView:
    """The table of keys itself, as the structure it is."""
    body = _table(db.keys, room, events, _type_note)
    return StructureView(db.index, b"", "keys", "hashtable", len(db), body, step=step)


def advance(view: StructureView, event: Event) -> StructureView:
    """The view with one more event of its key marked."""
    match view.body:
        case SkiplistView():
            view = replace(view, body=skiplist.advance(view.body, event))
        case ListpackView():
            view = replace(view, body=listpack.advance(view.body, event))
        case HashtableView():
            view = replace(view, body=hashtable.advance(view.body, event))
        case QuicklistView():
            view = replace(view, body=quicklist.advance(view.body, event))
        case IntsetView():
            view = replace(view, body=intset.advance(view.body, event))
        case StringView() | MissingView():
            pass
        case meaning:
            view = replace(view, body=meanings.advance(meaning, event))
    if view.side is not None:
        view = replace(view, side=hashtable.advance(view.side, event))
    if view.algebra is not None:
        view = replace(view, algebra=algebra.advance(view.algebra, event))
    return replace(view, changed=event) if isinstance(event, EncodingChanged) else view


def _missing(db: Database, key: bytes, dead: Sequence[KeyExpired]) -> MissingView:
    if not key:
        return MissingView("No key was used yet.")
    waiting = tuple(islice(db.waiting.get(key, ()), WAITING_SHOWN))
    for event in reversed(dead):
        if (event.db, event.key) == (db.index, key):
            return MissingView("Its time had passed.", event, waiting)
    return MissingView("There is no such key.", waiting=waiting)


def _bodies(
    value: Value, room: Room, events: Sequence[Event], whole: Sequence[Event]
) -> tuple[Body, HashtableView | None]:
    match value:
        case ZSet(skiplist=Skiplist() as towers, table=HashTable() as table):
            return _towers_and_table(towers, table, room, events, whole)
        case ZSet(pack=Listpack() as pack) | Hash(pack=Listpack() as pack):
            return _packed(pack, value.type, room, events), None
        case List(pack=Listpack() as pack) | Set(pack=Listpack() as pack):
            return _packed(pack, value.type, room, events), None
        case Hash(table=HashTable() as table) | Set(table=HashTable() as table):
            return _table(table, room, events, value_note), None
        case List(quicklist=Quicklist() as chain):
            return quicklist.look_at(chain, room, quicklist.walk_of(events)), None
        case Set(intset=Intset() as numbers):
            return _numbers(numbers, room, events), None
        case String():
            return _text(value, room), None
    return MissingView(f"A {value.type} cannot be drawn yet."), None


def _with_ends(value: Hash, body: Body, room: Room, events: Sequence[Event], now_ms: int) -> Body:
    """The body of a hash some of whose fields end: triplets, or a table with moments."""
    if value.triples is not None:
        return _packed(value.triples.pack, listpack.TRIPLES, room, events, now_ms)
    if value.moments is not None and isinstance(body, HashtableView):
        return hashtable.timed(body, value.moments, now_ms)
    return body


def _towers_and_table(
    towers: Skiplist,
    table: HashTable,
    room: Room,
    events: Sequence[Event],
    whole: Sequence[Event],
) -> tuple[Body, HashtableView | None]:
    """Both halves of a sorted set; the table comes first where the command used only that."""
    searched = any(isinstance(event, SearchStarted) for event in whole)
    asked = any(isinstance(event, Probed) and event.name == MEMBERS for event in whole)
    side = _table(table, room, events, _score_note)
    if asked and not searched:
        return side, None
    trail = skiplist.trail_of(events, towers.height)
    count = max(room.width // NARROWEST_TOWER, 1)
    home = 0 if towers.length <= count else max(trail.focus - 1 - count * (BEHIND - 1) // BEHIND, 0)
    start = placed(home, room.x, count, towers.length)
    return skiplist.look_at(towers, start, count, trail), side


def _packed(
    pack: Listpack, kind: str, room: Room, events: Sequence[Event], now_ms: int = 0
) -> ListpackView:
    visits = listpack.visits_of(events)
    count = max(room.height - 2, 1)
    each = len(listpack.ROLES[kind]) if kind in listpack.ROLES else 1
    first = placed(listpack.home(visits, pack, count, each), room.y, count, len(pack))
    return listpack.look_at(pack, kind, first, count, visits, now_ms=now_ms)


def _numbers(numbers: Intset, room: Room, events: Sequence[Event]) -> IntsetView:
    search = intset.search_of(events)
    count = intset.numbers_in(room.width, numbers.width)
    first = placed(intset.home(search, len(numbers), count), room.x, count, len(numbers))
    return intset.look_at(numbers, first, count, search)


def _table(table: HashTable, room: Room, events: Sequence[Event], note: Note) -> HashtableView:
    name = table.name if table.name in ("keys", "expires", FIELDS, MEMBERS) else ""
    touched = hashtable.touched_in(events, name)
    rows = max(room.height - 2, 1)
    columns = 1 if table.is_rehashing else max(room.width // NARROWEST_CHAIN, 1)
    count = rows * columns
    sizes = (table.size(0), table.size(1))
    first = placed(hashtable.home(touched, sizes, count), room.y, count, sizes[0])
    return hashtable.look_at(table, first, count, note, touched)


def _text(value: String, room: Room) -> StringView:
    rows = max(room.height, 1)
    last = -(-len(value) // BYTES_A_ROW)
    first = placed(0, room.y, 1, last) * BYTES_A_ROW
    return string.look_at(value, first, rows * BYTES_A_ROW)


def _score_note(score: object) -> bytes:
    return format_double(score) if isinstance(score, float) else b""


def _type_note(value: object) -> bytes:
    return boxed(value).type.encode()
