"""MIGRATE: keys go from here to another server, and are never in both places, or in neither.

    here                                     there
    SET cart x
    MIGRATE host 7002 cart 0 1000
        RESTORE-ASKING cart ttl payload  ->  cart is made
        cart is deleted                  <-  OK

A key is deleted here only when the other server has said that it has it. Who stops in between
finds the key in both places, never in none; MIGRATE again then says BUSYKEY, or with REPLACE
ends what was begun. While it goes on, nobody else is served: that is why it is atomic, and why a
large key stops a server for as long as it is on its way.

Others that repeat what this server does (replicas, the append-only file) hear of it as one DEL.

Source: `cluster.c` migrateCommand, migrateGetKeys.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from redlearn.cluster_errors import KEYS_AND_KEY, TARGET_REFUSED, TARGET_SILENT, TARGET_UNREACHABLE
from redlearn.engine import reach
from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.context import Context
from redlearn.engine.keys import loose_int
from redlearn.engine.keyspace import NO_EXPIRY
from redlearn.engine.payload import dump
from redlearn.engine.ports import Undelivered
from redlearn.engine.values.string import boxed
from redlearn.errors import SYNTAX, CommandError
from redlearn.resp.reply import OK, Failure, Reply, Status

USUAL_TIMEOUT_MS = 1000

_SKIPPED = {b"AUTH": 1, b"AUTH2": 2}
"""Options that take words, which may look like an option themselves."""


def _find_keys(argv: list[bytes]) -> list[int]:
    at = 6
    while at < len(argv):
        word = argv[at].upper()
        if word == b"KEYS":
            return [] if argv[3] else list(range(at + 1, len(argv)))
        at += 1 + _SKIPPED.get(word, 0)
    return [3]


@dataclass(slots=True)
class _Options:
    """What is wanted. `keys` is None without KEYS."""

    copy: bool = False
    replace: bool = False
    credentials: list[bytes] = field(default_factory=list)
    keys: list[bytes] | None = None


class _Parcel(NamedTuple):
    """A key on its way, and the call that makes it there."""

    key: bytes
    call: list[bytes]


@command(
    "MIGRATE",
    'host port key-selector=<key | ""> destination-db timeout:integer [COPY]@3.0.0'
    " [REPLACE]@3.0.0 [authentication=<AUTH auth=password@4.0.7 |"
    " AUTH2 (username password)@6.0.0>] [KEYS keys=key [key ...]]@3.0.6",
    arity=-6,
    flags=Flags.WRITE | Flags.MOVABLEKEYS,
    keys=(
        Keys(3, "RW access delete"),
        Keys(("KEYS", -2), "RW access delete incomplete", last=-1),
    ),
    since="2.6.0",
    complexity="O(N) bytes of the values, here, on the way and there",
    categories="@dangerous",
    tips=("nondeterministic_output",),
    find_keys=_find_keys,
)
def migrate(ctx: Context, args: Args) -> Reply:
    """Move keys to another server: each is deleted here once it is there."""
    host, port, key = args.next(), loose_int(args.next()), args.next()
    options = _options(Args(args.argv, 6), key)
    timeout_ms = Args(args.argv, 5).integer()
    db = args.integer()
    reach.check(ctx.state.config, host)
    ctx.propagate_nothing()  # but what was deleted
    parcels = _pack(ctx, [key] if options.keys is None else options.keys, options.replace)
    if parcels is None:
        return Status("NOKEY")
    greeting = [[b"AUTH", *options.credentials]] if options.credentials else []
    greeting.append([b"SELECT", b"%d" % db])
    calls = [*greeting, *(parcel.call for parcel in parcels)]
    replies, silent = _send(
        ctx, host, port, calls, timeout_ms if timeout_ms > 0 else USUAL_TIMEOUT_MS
    )
    greeted, answered = replies[: len(greeting)], replies[len(greeting) :]
    welcome = not any(isinstance(reply, Failure) for reply in greeted)
    if welcome and not options.copy:
        pairs = zip(parcels, answered, strict=False)
        _delete(ctx, [parcel.key for parcel, reply in pairs if not isinstance(reply, Failure)])
    refusals = [reply for reply in replies if isinstance(reply, Failure)]
    if refusals and answered:
        raise CommandError(TARGET_REFUSED.format(refusals[0].text))
    if silent:
        raise CommandError(silent)
    return OK


def _options(args: Args, key: bytes) -> _Options:
    given = _Options()
    while args:
        if args.take(b"COPY"):
            given.copy = True
        elif args.take(b"REPLACE"):
            given.replace = True
        elif args.take(b"AUTH"):
            given.credentials = [args.next()]
        elif args.take(b"AUTH2"):
            given.credentials = [args.next(), args.next()]
        elif args.take(b"KEYS"):
            if key:
                raise CommandError(KEYS_AND_KEY)
            given.keys = args.rest()
        else:
            raise CommandError(SYNTAX)
    return given


def _pack(ctx: Context, keys: list[bytes], replace: bool) -> list[_Parcel] | None:
    """The keys that are there, each with the call that makes it; None if there are none."""
    word = b"RESTORE" if ctx.state.cluster is None else b"RESTORE-ASKING"
    parcels = []
    for key in keys:
        entry = ctx.lookup_source(key)
        if entry is not None:
            at_ms = ctx.db.expiry_of(key)
            ttl = 0 if at_ms == NO_EXPIRY else max(at_ms - ctx.now_ms, 1)
            call = [word, key, b"%d" % ttl, dump(boxed(entry.value)), *[b"REPLACE"] * replace]
            parcels.append(_Parcel(key, call))
    return parcels or None


def _send(
    ctx: Context, host: bytes, port: int, calls: list[list[bytes]], timeout_ms: int
) -> tuple[list[Reply], str]:
    """The replies there were, and an error for those that did not come."""
    courier = ctx.state.courier
    if courier is None:  # nobody carries anything out of an engine that stands alone
        return [], TARGET_UNREACHABLE
    try:
        return courier.send(host, port, calls, timeout_ms), ""
    except Undelivered as trouble:
        if trouble.stage == "connecting":
            return [], TARGET_UNREACHABLE
        return trouble.replies, TARGET_SILENT.format(trouble.stage)


def _delete(ctx: Context, keys: list[bytes]) -> None:
    """Delete what has arrived. A key named twice is there once."""
    for key in keys:
        if ctx.delete(key):
            ctx.changed(key, "del")
    if keys:
        ctx.propagate(b"DEL", *keys)
