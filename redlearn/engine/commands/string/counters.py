"""Strings as numbers: INCR and its kin.

A number is kept as a number, and counting puts the next one in its place:
nothing is parsed. INCRBYFLOAT keeps the text of what it computed instead.
"""

from __future__ import annotations

from typing import Any, Final

from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.values.string import BARE, String, integer_of
from redlearn.errors import (
    DECREMENT_OVERFLOW,
    INCREMENT_NOT_FINITE,
    INCREMENT_OVERFLOW,
    NOT_A_FLOAT,
    NOT_AN_INTEGER,
    WRONG_TYPE,
    CommandError,
)
from redlearn.resp.double import format_long_double, parse_long_double
from redlearn.resp.integer import INT64_MAX, INT64_MIN, parse_integer
from redlearn.resp.reply import Reply

_FAST_WRITE: Final = Flags.WRITE | Flags.DENYOOM | Flags.FAST


@command(
    "INCR",
    "key",
    arity=2,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW access update"),),
    since="1.0.0",
    complexity="O(1)",
)
def incr(ctx: Context, argv: list[bytes]) -> Reply:
    """Add 1 to the number a key holds; a key that does not exist counts as 0."""
    return _add(ctx, argv[1], 1)


@command(
    "DECR",
    "key",
    arity=2,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW access update"),),
    since="1.0.0",
    complexity="O(1)",
)
def decr(ctx: Context, argv: list[bytes]) -> Reply:
    """Take 1 from the number a key holds; a key that does not exist counts as 0."""
    return _add(ctx, argv[1], -1)


@command(
    "INCRBY",
    "key increment",
    arity=3,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW access update"),),
    since="1.0.0",
    complexity="O(1)",
)
def incrby(ctx: Context, argv: list[bytes]) -> Reply:
    """Add an integer to the number a key holds."""
    return _add(ctx, argv[1], _integer(argv[2]))


@command(
    "DECRBY",
    "key decrement",
    arity=3,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW access update"),),
    since="1.0.0",
    complexity="O(1)",
)
def decrby(ctx: Context, argv: list[bytes]) -> Reply:
    """Take an integer from the number a key holds."""
    step = _integer(argv[2])
    if step == INT64_MIN:  # the one number whose negative does not fit 64 bits
        raise CommandError(DECREMENT_OVERFLOW)
    return _add(ctx, argv[1], -step)


def _add(ctx: Context, key: bytes, step: int) -> int:
    """Add `step` to a number in place (`t_string.c incrDecrCommand`)."""
    entry = ctx.lookup(key)
    if entry is None:
        ctx.create(key, step)
        ctx.changed(key, "incrby")
        return step
    content = entry.value
    number: int = content if content.__class__ is int else _number(content)
    number += step
    if not INT64_MIN <= number <= INT64_MAX:
        raise CommandError(INCREMENT_OVERFLOW)
    entry.value = number
    ctx.changed(key, "incrby")
    return number


def _number(content: Any) -> int:
    """The number in what a key holds and what is kept as bytes: it was changed in place."""
    if content.__class__ not in BARE:
        raise CommandError(WRONG_TYPE)
    number = integer_of(content)
    if number is None:
        raise CommandError(NOT_AN_INTEGER)
    return number


@command(
    "INCRBYFLOAT",
    "key increment:double",
    arity=3,
    flags=_FAST_WRITE,
    keys=(Keys(1, "RW access update"),),
    since="2.6.0",
    complexity="O(1)",
)
def incrbyfloat(ctx: Context, argv: list[bytes]) -> Reply:
    """Add a number with a fraction to the number a key holds."""
    key = argv[1]
    value = ctx.find(key, String)
    number = parse_long_double(b"0" if value is None else value.data())
    step = parse_long_double(argv[2])
    if number is None or step is None:
        raise CommandError(NOT_A_FLOAT)
    total = number.plus(step)
    if not total.finite:
        raise CommandError(INCREMENT_NOT_FINITE)
    text = format_long_double(total)
    ctx.store(key, text, keep_ttl=True)  # even `3` stays text here, as in Redis
    ctx.changed(key, "incrbyfloat")
    # What is passed on is the sum: another machine may round differently.
    ctx.propagate(b"SET", key, text, b"KEEPTTL")
    return text


def _integer(text: bytes) -> int:
    number = parse_integer(text)
    if number is None:
        raise CommandError(NOT_AN_INTEGER)
    return number
