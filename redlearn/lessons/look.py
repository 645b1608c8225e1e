"""Evaluating a probe: what a path of `path.py` finds in the engine's state and in the trace.

Everything a path may name is listed: the functions below, the fields of an event's class, and
what `facets.py` offers of the engine's structures. Whatever is not listed is an error with the
nearest name that is; a probe that quietly answered 0 for a misspelt event would make a lesson
lie.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from difflib import get_close_matches
from typing import Final

from redlearn.engine.keyspace import NO_EXPIRY
from redlearn.engine.ledger import name_size
from redlearn.lessons.cluster_facets import message_facet, node_facet
from redlearn.lessons.disk_facets import file_of, kept_of, running_of
from redlearn.lessons.facets import Facet, Value, facet_of, plain_value, value_of
from redlearn.lessons.path import (
    Attribute,
    Call,
    Index,
    Literal,
    Name,
    Node,
    Operation,
    ProbeError,
    read_path,
)
from redlearn.lessons.ports import Subject
from redlearn.probe import Event
from redlearn.slots import crc16, slot_of

SUMMARIES: Final = ("count", "first", "last")


def look(probe: str, subject: Subject) -> Value:
    """What the path `probe` finds.

    Raises:
        ProbeError: If it cannot be read, or names something that is not there.
    """
    return _look(read_path(probe), subject)


def key_of(probe: str) -> str:
    """The first key that a path looks at, or "" if it looks at none.

    >>> key_of("len(board.skiplist.nodes)"), key_of("ttl('k')"), key_of("trace.count('hopped')")
    ('board', 'k', '')
    """
    waiting: list[Node] = [read_path(probe)]
    while waiting:
        match waiting.pop():
            case Name(name) if name not in FUNCTIONS and name not in ("trace", "db"):
                return name
            case Call(Name(name), (Literal(str(key)),)) if name in KEYED:
                return key
            case Attribute(of, _):
                waiting.append(of)
            case Index(of, at):
                waiting += [at, of]
            case Operation(_, left, right):
                waiting += [right, left]
            case Call(of, args, _):
                waiting += [*reversed(args), of]
    return ""


def event_name(event: Event | type[Event]) -> str:
    """An event's name in probes and checks: its class in snake case.

    >>> class BucketMoved(Event): ...
    >>> event_name(BucketMoved)
    'bucket_moved'
    """
    kind = event if isinstance(event, type) else type(event)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.__name__).lower()


def event_kinds() -> dict[str, type[Event]]:
    """Every event that the engine's loaded modules know, by name."""
    kinds: dict[str, type[Event]] = {}
    waiting: list[type[Event]] = [Event]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            kinds[event_name(kind)] = kind
            waiting.append(kind)
    return kinds


def matching(
    events: Iterable[Event], name: str, where: Iterable[tuple[str, object]] = ()
) -> list[Event]:
    """The events called `name` whose fields have the given values.

    A list stands for what an event has several of; a command's name may be in any case.

    Raises:
        ProbeError: If no event is called that, or it has no such field.
    """
    kind = event_kinds().get(name)
    if kind is None:
        raise ProbeError(f"no event is called '{name}'{nearest(name, event_kinds())}")
    known = [each.name for each in fields(kind)]
    for field, _ in where:
        if field not in known:
            raise ProbeError(f"event '{name}' has no field '{field}'{nearest(field, known)}")
    return [
        event
        for event in events
        if event_name(event) == name and all(_has(event, field, wanted) for field, wanted in where)
    ]


def _has(event: Event, field: str, wanted: object) -> bool:
    found = plain_value(getattr(event, field))
    if not isinstance(wanted, list):
        return found == wanted
    if field == "argv" and isinstance(found, tuple) and found:
        found = (str(found[0]).upper(), *found[1:])
    return found == tuple(wanted)


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean '...'?` if one of `known` is close to `name`, otherwise nothing."""
    close = get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""


KEYED: Final = frozenset({"key", "stored", "encoding", "ttl", "pttl", "slot", "memory"})
"""Functions that take the name of a key."""


def _look(node: Node, subject: Subject) -> Value:
    match node:
        case Literal(value):
            return value
        case Name(name):
            return _named(name, subject)
        case Attribute(of, name):
            return _attribute(_look(of, subject), name)
        case Index(of, at):
            return _item(_look(of, subject), _look(at, subject))
        case Operation(sign, left, right):
            return _operate(sign, _look(left, subject), _look(right, subject))
        case Call():
            return _call(node, subject)


def _named(name: str, subject: Subject) -> Value:
    if name == "db":
        return Facet(
            "db",
            {
                "keys": lambda: facet_of(subject.database().keys),
                "expires": lambda: facet_of(subject.database().expires),
            },
        )
    if name in FUNCTIONS or name == "trace":
        raise ProbeError(f"'{name}' needs parentheses; a key of that name is key('{name}')")
    return _stored(name, subject)


def _stored(key: str, subject: Subject) -> Value:
    value = subject.database().value_of(key.encode())
    if value is None:
        raise ProbeError(f"there is no key '{key}'")
    return facet_of(value)


def _attribute(of: Value, name: str) -> Value:
    if not isinstance(of, Facet):
        raise ProbeError(f"{value_of(of)} has no '.{name}'")
    if name in of.methods:
        raise ProbeError(f"'{name}' needs an argument in parentheses")
    if name not in of.fields:
        offered = [*of.fields, *of.methods]
        raise ProbeError(f"a {of.kind} has no '{name}'{nearest(name, offered)}")
    return of.fields[name]()


def _item(of: Value, at: Value) -> Value:
    if not isinstance(of, tuple) or not isinstance(at, int):
        raise ProbeError("only a list has [items], and only by number")
    if not -len(of) <= at < len(of):
        raise ProbeError(f"there is no item {at} in a list of {len(of)}")
    return of[at]


def _operate(sign: str, left: Value, right: Value) -> Value:
    if sign == "==":
        return left == right
    if sign == "!=":
        return left != right
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        raise ProbeError(f"'{sign}' needs two numbers")
    if sign == "%" and right == 0:
        raise ProbeError("nothing is left over from a division by 0")
    return _NUMBERS[sign](left, right)


_NUMBERS: Final[Mapping[str, Callable[[float, float], Value]]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "%": lambda left, right: left % right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _call(node: Call, subject: Subject) -> Value:
    args = [_look(arg, subject) for arg in node.args]
    named = [(name, _look(arg, subject)) for name, arg in node.named]
    match node.of:
        case Attribute(Name("trace"), name):
            return _summary(name, args, named, subject)
        case Name(name) if name in FUNCTIONS:
            if named or len(args) != 1:
                raise ProbeError(f"{name}() takes one argument")
            return FUNCTIONS[name](args[0], subject)
        case Attribute(of, name):
            return _method(_look(of, subject), name, args, named)
        case Name(name):
            known = nearest(name, FUNCTIONS)
            raise ProbeError(f"there is no function '{name}'{known}")
    raise ProbeError("only a function or a method can be called")


def _method(
    of: Value, name: str, args: Sequence[Value], named: Sequence[tuple[str, Value]]
) -> Value:
    if not isinstance(of, Facet):
        raise ProbeError(f"{value_of(of)} has no '.{name}()'")
    if name not in of.methods:
        raise ProbeError(f"a {of.kind} has no '{name}()'{nearest(name, of.methods)}")
    if named or len(args) != 1:
        raise ProbeError(f"{name}() takes one argument")
    return of.methods[name](args[0])


def _summary(
    name: str, args: Sequence[Value], named: Sequence[tuple[str, Value]], subject: Subject
) -> Value:
    if name not in SUMMARIES:
        raise ProbeError(f"a trace has no '{name}()'{nearest(name, SUMMARIES)}")
    if len(args) != 1 or not isinstance(args[0], str):
        raise ProbeError(f"trace.{name}() takes the name of an event")
    found = matching(subject.trace(), args[0], named)
    if name == "count":
        return len(found)
    if not found:
        raise ProbeError(f"no '{args[0]}' happened")
    event = found[0 if name == "first" else -1]
    return Facet(args[0], {each.name: _reader(event, each.name) for each in fields(event)})


def _reader(event: Event, field: str) -> Callable[[], Value]:
    return lambda: plain_value(getattr(event, field))


def _length(of: Value, subject: Subject) -> Value:
    if isinstance(of, str | tuple):
        return len(of)
    if isinstance(of, Facet) and "length" in of.fields:
        return of.fields["length"]()
    raise ProbeError(f"{value_of(of)} has no length")


def _as_key(of: Value) -> bytes:
    if not isinstance(of, str):
        raise ProbeError(f"a key is written as a string: '{value_of(of)}'")
    return of.encode()


def _encoding(of: Value, subject: Subject) -> Value:
    return _attribute(_stored(_as_key(of).decode(), subject), "encoding")


def _left_ms(of: Value, subject: Subject) -> int:
    """As PTTL says: milliseconds left, -1 without a time to live, -2 without a key."""
    key, db = _as_key(of), subject.database()
    if db.value_of(key) is None:
        return -2
    at_ms = db.expiry_of(key)
    if at_ms == NO_EXPIRY:
        return -1
    left_ms = at_ms - subject.now_ms()
    return left_ms if left_ms > 0 else -2


def _memory(of: Value, subject: Subject) -> Value:
    """As MEMORY USAGE says: bytes of the key with all that holds it, -2 without a key."""
    key = _as_key(of)
    value = subject.database().value_of(key)
    return -2 if value is None else name_size(key) + value.memory()


def _ttl(of: Value, subject: Subject) -> Value:
    left_ms = _left_ms(of, subject)
    return left_ms if left_ms < 0 else (left_ms + 500) // 1000  # rounded, as TTL does


FUNCTIONS: Final[Mapping[str, Callable[[Value, Subject], Value]]] = {
    "len": _length,
    "key": lambda of, subject: _stored(_as_key(of).decode(), subject),
    "stored": lambda of, subject: subject.database().value_of(_as_key(of)) is not None,
    "encoding": _encoding,
    "ttl": _ttl,
    "pttl": _left_ms,
    "memory": _memory,
    "file": lambda of, subject: file_of(subject.disk(), value_of(of)),
    "running": lambda of, subject: running_of(subject.running(), value_of(of)),
    "lab": lambda of, subject: kept_of(subject.lab(), value_of(of)),
    "slot": lambda of, subject: slot_of(_as_key(of)),
    "crc16": lambda of, subject: crc16(_as_key(of)),
    "node": lambda of, subject: node_facet(value_of(of), subject.views()),
    "message": lambda of, subject: message_facet(value_of(of), subject.heard()),
}
"""What a path may call with one argument."""
