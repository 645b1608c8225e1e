"""Forms: what a value is drawn as, where it can be taken for several things.

A bitmap is a string, a HyperLogLog is one too, and a map is a sorted set: the type does not
say which was meant, but the commands do. So the form of a key is that of the command that
used it last; whoever looks may turn to another. Commands for any type (TTL, TYPE, DUMP)
change nothing.

    string       bytes  bits  registers (if it is a HyperLogLog)
    zset         structure  map
    stream       log  groups
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Final

from redlearn.engine.command import find_command
from redlearn.engine.context import KeyAdded, KeyChanged, KeyUsed
from redlearn.engine.engine import CommandStarted
from redlearn.engine.structures.hyperloglog import DENSE_SIZE, HyperLogLog
from redlearn.engine.structures.hyperloglog_sparse import HEADER, REGISTERS
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.string import String
from redlearn.engine.values.value import Value
from redlearn.engine.values.zset import ZSet
from redlearn.probe import Event

BYTES: Final = "bytes"
BITS: Final = "bits"
REGISTERS_FORM: Final = "registers"
STRUCTURE: Final = "structure"
MAP: Final = "map"
LOG: Final = "log"
GROUPS: Final = "groups"

REMEMBERED: Final = 64
"""How many keys have their form remembered."""

MOST_SPARSE: Final = HEADER + 2 * REGISTERS
"""Bytes of the longest HyperLogLog there can be: every register a run of two bytes."""

BY_GROUP: Final = {
    "string": BYTES, "bitmap": BITS, "hyperloglog": REGISTERS_FORM,
    "sorted-set": STRUCTURE, "geo": MAP, "stream": LOG,
}  # fmt: skip
"""What a command of a documented group takes its keys for."""

OF_GROUPS: Final = frozenset({
    "xgroup", "xreadgroup", "xack", "xclaim", "xautoclaim", "xpending",
})  # fmt: skip
"""Commands on streams that are about consumer groups."""

Forms = Mapping[tuple[int, bytes], str]
"""(database, key) -> form, the key used last at the end; plain ones only after others."""

PLAIN: Final = ("", BYTES, STRUCTURE, LOG)
"""Forms that a value is drawn in anyway, if nobody used it otherwise."""

NAMING: Final = frozenset({KeyUsed, KeyAdded, KeyChanged})


def forms_of(value: Value) -> tuple[str, ...]:
    """What a value may be drawn as, the plainest first; () where there is but one way."""
    match value:
        case String():
            return (BYTES, BITS, REGISTERS_FORM) if is_hyperloglog(value) else (BYTES, BITS)
        case ZSet():
            return (STRUCTURE, MAP)
        case Stream():
            return (LOG, GROUPS)
    return ()


def is_hyperloglog(value: String) -> bool:
    """Whether a string passes for a HyperLogLog whose registers can be shown. O(1)."""
    size = len(value)
    if not HEADER < size <= max(MOST_SPARSE, DENSE_SIZE):
        return False
    return HyperLogLog.recognises(value.slice(0, HEADER), size)


def chosen(forms: tuple[str, ...], last: str, wanted: str) -> str:
    """The form to draw: the one wanted, or that of the last use, or the plainest.

    >>> chosen(("bytes", "bits"), "bits", ""), chosen(("bytes", "bits"), "map", "")
    ('bits', 'bytes')
    """
    if wanted in forms:
        return wanted
    if REGISTERS_FORM in forms and last != BITS:
        return REGISTERS_FORM
    return last if last in forms else forms[0] if forms else ""


def following(forms: tuple[str, ...], form: str) -> str:
    """The form that comes after `form`, round and round; "" where there is but one.

    >>> following(("log", "groups"), "groups"), following((), "")
    ('log', '')
    """
    return forms[(forms.index(form) + 1) % len(forms)] if form in forms else ""


def last_form(forms: Forms, db: int, key: bytes) -> str:
    """How a key was used last, or "" if it is not known."""
    return forms.get((db, key), "")


def used(forms: Forms, events: Iterable[Event]) -> Forms:
    """The forms after one more input; the very same object if it changed none. O(events)."""
    command = ""
    changes: dict[tuple[int, bytes], str] = {}
    for event in events:
        kind = type(event)
        if kind is CommandStarted:
            assert isinstance(event, CommandStarted)
            command = _form_of(event.argv)
        elif command and kind in NAMING:
            assert isinstance(event, KeyUsed | KeyAdded | KeyChanged)
            changes[event.db, event.key] = command
    for place in [place for place, form in changes.items() if form in PLAIN]:
        if place not in forms:
            del changes[place]
    if all(forms.get(place, "") == form for place, form in changes.items()):
        return forms
    known = dict(forms)
    for place, form in changes.items():
        known.pop(place, None)
        known[place] = form
    for place in list(islice(known, max(len(known) - REMEMBERED, 0))):
        del known[place]
    return known


@lru_cache(1_000)
def leaves_forms(name: bytes) -> bool:
    """Whether a command of that name takes no key for anything that is not plain, for certain."""
    command = find_command([name])
    word = name.lower().decode("latin-1")
    if command is None or command.group == "geo" or word == "xinfo" or word in OF_GROUPS:
        return False
    return BY_GROUP.get(command.group, "") in PLAIN


def _form_of(argv: tuple[bytes, ...]) -> str:
    """What a command takes its keys for, or "" for nothing in particular."""
    command = find_command(list(argv))
    if command is None:
        return ""
    if command.group == "geo" and any(word.upper() == b"STOREDIST" for word in argv[3:]):
        return STRUCTURE  # what is stored are distances, no places
    word = argv[0].lower().decode("latin-1")
    if word in OF_GROUPS or (word == "xinfo" and argv[1].lower() in (b"groups", b"consumers")):
        return GROUPS
    return BY_GROUP.get(command.group, "")
