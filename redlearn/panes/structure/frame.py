"""Draws a StructureView: a line that says what it is, the structure, and the step shown."""

from __future__ import annotations

from typing import Final

from redlearn.glyphs import NOTHING
from redlearn.lines import Line, Lines, Run, cells, clip, clip_text, fit, line, width_of
from redlearn.panes.structure import (
    algebra,
    hashtable,
    intset,
    listpack,
    meanings,
    quicklist,
    skiplist,
    string,
)
from redlearn.resp.text import printable
from redlearn.views.forms import following
from redlearn.views.hashtable import HashtableView
from redlearn.views.intset import IntsetView
from redlearn.views.listpack import ListpackView
from redlearn.views.narration import seconds
from redlearn.views.quicklist import QuicklistView
from redlearn.views.skiplist import SkiplistView
from redlearn.views.string import StringView
from redlearn.views.structure import Body, MissingView, Step, StructureView

TITLE: Final = "Structure"

KEY_SHOWN: Final = 40
NODES_SHOWN: Final = 3

ROOM_FOR_TWO: Final = 8
"""Rows from which on a long sentence may take two of them."""

ROOM_FOR_BOTH: Final = 14
"""Rows from which on the algebra of sets leaves some to the set itself."""

LEAST_BODY: Final = 4
"""Rows below which a structure is not worth drawing beside something else."""

SIDE_ROWS: Final = 5
"""Rows below which the table beside a skiplist is not worth drawing."""

EXAMPLES: Final = (
    ("SET name ann", "a string"),
    ("HSET user:1 name ann age 36", "a hash"),
    ("ZADD board 50 ann 20 bob 90 cy", "a sorted set"),
    ("RPUSH jobs mail print pack", "a list"),
    ("SADD lucky 3 7 11", "a set"),
    ("XADD log * temp 21", "a stream"),
    ("SETBIT seen 7 1", "a bitmap"),
)


def render(view: StructureView, width: int, height: int) -> Lines:
    """Draw `view` in that many cells."""
    if height < 1 or width < 1:
        return ()
    if isinstance(view.body, MissingView):
        rows = _missing(view, view.body)
        rows += _algebra(view, width, height - len(rows))
        return fit(rows, width, height)
    below = _below(view.step, width, height) if height > 3 and view.step else []
    room = height - 1 - len(below)
    body = _algebra(view, width, room)
    if room - len(body) > LEAST_BODY or not body:
        body += _body(view.body, width, room - len(body))
    if view.side is not None and room - len(body) > SIDE_ROWS:
        body += _side(view, width, room - len(body))
    body += [()] * (room - len(body)) if below else []
    return fit([_header(view, width), *body[:room], *below], width, height)


def _algebra(view: StructureView, width: int, height: int) -> list[Line]:
    """What was done with this set and others, in up to two thirds of the room if that is large."""
    if view.algebra is None:
        return []
    most = height if height < ROOM_FOR_BOTH else height * 2 // 3
    rows = algebra.draw(view.algebra, width, most)
    return [*rows, ()] if len(rows) < height else rows


def _body(body: Body, width: int, height: int) -> list[Line]:
    match body:
        case SkiplistView():
            return skiplist.draw(body, width, height)
        case ListpackView():
            return listpack.draw(body, width, height)
        case HashtableView():
            return hashtable.draw(body, width, height)
        case StringView():
            return string.draw(body, width, height)
        case QuicklistView():
            return quicklist.draw(body, width, height)
        case IntsetView():
            return intset.draw(body, width, height)
        case MissingView():
            return []
    return meanings.draw(body, width, height)


def _side(view: StructureView, width: int, height: int) -> list[Line]:
    assert view.side is not None
    title = line(
        "",
        Run("hash table beside it: member -> score", "title"),
        Run("  finds a member whose score is not known", "dim"),
    )
    return [(), title, *hashtable.draw(view.side, width, height - 2)]


def _header(view: StructureView, width: int) -> Line:
    """What it is: key and encoding first, numbers as far as there is room."""
    left = line(
        Run(f" {view.encoding} ", "tag"),
        " ",
        Run(printable(view.key, KEY_SHOWN) or _name(view), "key"),
        Run(f" {view.kind}" if view.key else "", "label"),
        Run(f" as {view.form}" if view.form not in ("", *view.forms[:1]) else "", "label"),
    )
    facts = [*_facts(view.body)]
    if view.forms and (view.form != view.forms[0] or view.kind == "stream"):
        facts.append(f"v: as {following(view.forms, view.form)}")
    if view.cut:
        facts.insert(0, f"only the first {view.cut:,} steps kept")
    if view.changed is not None:
        old, why = view.changed.old, view.changed.why
        facts.insert(0, f"was {old}: {why}" if old else f"at once: {why}")
    if view.overdue:
        facts.insert(0, "its time has passed, but nobody has looked yet")
    runs: list[Run] = []
    room = width - width_of(left) - 2
    for place, fact in enumerate(facts):
        if cells(fact) + 3 > room:
            continue
        loud = place == 0 and (view.changed is not None or view.overdue or bool(view.cut))
        separator = "  " if not runs else f" {NOTHING} "
        runs += [Run(separator, "dim"), Run(fact, "warn" if loud else "label")]
        room -= cells(fact) + 3
    return clip((*left, *runs), width)


def _name(view: StructureView) -> str:
    return f"all keys of database {view.db}" if view.kind == "keys" else '""'


def _facts(body: Body) -> list[str]:
    match body:
        case SkiplistView():
            return skiplist.facts(body)
        case ListpackView():
            return listpack.facts(body)
        case HashtableView():
            return hashtable.facts(body)
        case StringView():
            return string.facts(body)
        case QuicklistView():
            return quicklist.facts(body)
        case IntsetView():
            return intset.facts(body)
        case MissingView():
            return []
    return meanings.facts(body)


def _below(step: Step | None, width: int, height: int) -> list[Line]:
    """The step shown: where in the command, and what happened, in one line or two."""
    if step is None:
        return []
    place = f" micro-step {step.number} of {step.of} "
    said = f" {step.sentence}"
    if len(place) + cells(said) > width and height > ROOM_FOR_TWO:
        head = clip_text(said, width - len(place), "")
        head = head[: head.rfind(" ")] if " " in head.strip() else head
        first = line(Run(place, "hot"), Run(head, "value"))
        rest = line(" " * (len(place) + 1), Run(said[len(head) :].strip(), "value"))
        return [first, clip(rest, width)]
    return [clip(line(Run(place, "hot"), Run(said, "value")), width)]


def _missing(view: StructureView, body: MissingView) -> list[Line]:
    if not view.key:
        rows = [line(Run(body.reason, "title"), Run(" Try one of these:", "label")), ()]
        longest = max(len(example) for example, _ in EXAMPLES)
        for example, what in EXAMPLES:
            rows.append(line("  ", Run(example.ljust(longest), "code"), Run(f"   {what}", "dim")))
        return rows
    name = Run(printable(view.key, KEY_SHOWN), "key")
    if body.died is None:
        where = f" at {view.node}" if view.node else ""
        title = line(name, Run(f"  there is no such key{where}", "gone"))
        return [title, (), _no_such_key(view), *_elsewhere(view), *_waiting(body)]
    late = seconds(body.died.now_ms - body.died.at_ms)
    how = {
        "lazy": f"a command asked for it {late} later and found it dead",
        "active": f"the expiry cycle came by {late} later",
    }[body.died.how]
    return [
        line(name, Run(f"  expired ({body.died.how})", "gone")),
        (),
        line(Run(f"Its time was over; {how}.", "value")),
        _no_such_key(view),
        *_waiting(body),
    ]


def _waiting(body: MissingView) -> list[Line]:
    """Who waits for the key to be made."""
    if not body.waiting:
        return []
    if len(body.waiting) == 1:
        return [line(Run(f"Client {body.waiting[0]} waits for it.", "warn"))]
    clients = ", ".join(map(str, body.waiting))
    return [line(Run(f"Clients {clients} wait for it, and are served in this order.", "warn"))]


def _elsewhere(view: StructureView) -> list[Line]:
    """Which other nodes have such a key, and how to look at one of them."""
    if not view.node:
        return []
    if not view.elsewhere:
        return [line(Run("No other node that runs has one.", "label"))]
    first, shown = view.elsewhere[0], " and ".join(view.elsewhere[:NODES_SHOWN])
    more = f" and {len(view.elsewhere) - NODES_SHOWN} more" * (len(view.elsewhere) > NODES_SHOWN)
    return [
        line(
            Run(f"{shown}{more}", "value"),
            Run(" has one; " if len(view.elsewhere) == 1 else " have one; ", "label"),
            Run(f":face {first.split()[-1]}", "code"), Run(" looks there.", "label"),
        )
    ]  # fmt: skip


def _no_such_key(view: StructureView) -> Line:
    if view.node:  # TYPE would say whose the slot is
        return line(
            Run("The table of keys of ", "label"), Run(view.node, "value"),
            Run(" has no entry for it.", "label"),
        )  # fmt: skip
    return line(
        Run("TYPE", "code"), Run(" answers ", "label"), Run("none", "value"),
        Run(", the table of keys has no entry for it.", "label"),
    )  # fmt: skip
