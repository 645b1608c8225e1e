"""CLIENT TRACKING and its kin: being told when a copy is stale (`engine/tracking.py`)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from redlearn.engine import clients, tracking
from redlearn.engine.args import Args
from redlearn.engine.client import Client, Tracking
from redlearn.engine.command import Flags, command
from redlearn.engine.context import Context
from redlearn.errors import (
    BCAST_SWITCH,
    CACHING_NEEDS_MODE,
    CACHING_NO_NEEDS_OPTOUT,
    CACHING_YES_NEEDS_OPTIN,
    NOT_AN_INTEGER,
    OPT_SWITCH,
    OPT_WITH_BCAST,
    OPTIN_AND_OPTOUT,
    PREFIX_NEEDS_BCAST,
    PREFIX_OVERLAPS,
    PREFIX_OVERLAPS_OWN,
    REDIRECT_TO_NOBODY,
    SYNTAX,
    CommandError,
    as_text,
)
from redlearn.resp.reply import OK, Members, Reply

_OWN = Flags.NOSCRIPT | Flags.LOADING | Flags.STALE


@dataclass
class _Wish:
    """What CLIENT TRACKING was asked for."""

    redirect: int = 0
    words: set[bytes] = field(default_factory=set)
    prefixes: list[bytes] = field(default_factory=list)


@command(
    "CLIENT TRACKING",
    "status=<ON | OFF> [REDIRECT client-id] [PREFIX prefix:string [PREFIX prefix:string ...]] "
    "[BCAST] [OPTIN] [OPTOUT] [NOLOOP]",
    arity=-3,
    flags=_OWN,
    since="6.0.0",
    complexity="O(1), and prefixes are compared with each other",
)
def client_tracking(ctx: Context, args: Args) -> Reply:
    """Be told when keys change that this connection has read, or any that begin so."""
    switch, client = args.next().upper(), ctx.client
    wish = _read(ctx, args)
    if switch == b"OFF":
        tracking.stop(ctx.state, client)
        clients.be_alert(ctx.state)
        return OK
    if switch != b"ON":
        raise CommandError(SYNTAX)
    _refuse_nonsense(client, wish)
    tracking.start(ctx.state, client, _tracking(client, wish))
    clients.be_alert(ctx.state)
    return OK


def _read(ctx: Context, args: Args) -> _Wish:
    wish = _Wish()
    while args:
        word = args.next().upper()
        if word == b"REDIRECT" and args:
            if wish.redirect:
                raise CommandError(SYNTAX)
            wish.redirect = args.integer(NOT_AN_INTEGER)
            if wish.redirect not in ctx.state.clients:
                raise CommandError(REDIRECT_TO_NOBODY)
        elif word == b"PREFIX" and args:
            wish.prefixes.append(args.next())
        elif word in (b"BCAST", b"OPTIN", b"OPTOUT", b"NOLOOP"):
            wish.words.add(word)
        else:
            raise CommandError(SYNTAX)
    return wish


def _refuse_nonsense(client: Client, wish: _Wish) -> None:
    """Source: `networking.c` clientTrackingCommand; `tracking.c` checkPrefixCollisionsOrReply."""
    words, before = wish.words, client.tracking
    bcast = b"BCAST" in words
    if wish.prefixes and not bcast:
        raise CommandError(PREFIX_NEEDS_BCAST)
    if before is not None and before.bcast != bcast:
        raise CommandError(BCAST_SWITCH)
    if bcast and words & {b"OPTIN", b"OPTOUT"}:
        raise CommandError(OPT_WITH_BCAST)
    if words >= {b"OPTIN", b"OPTOUT"}:
        raise CommandError(OPTIN_AND_OPTOUT)
    if before is not None and (
        (b"OPTIN" in words and before.optout) or (b"OPTOUT" in words and before.optin)
    ):
        raise CommandError(OPT_SWITCH)
    if bcast:
        _refuse_overlaps(wish.prefixes, before.prefixes if before else ())


def _refuse_overlaps(prefixes: list[bytes], before: tuple[bytes, ...]) -> None:
    """Prefixes of one client must not begin with each other, or it would be told twice."""
    for at, prefix in enumerate(prefixes):
        for other in sorted(before):
            if prefix.startswith(other) or other.startswith(prefix):
                raise CommandError(PREFIX_OVERLAPS.format(as_text(prefix), as_text(other)))
        for other in prefixes[at + 1 :]:
            if prefix.startswith(other) or other.startswith(prefix):
                raise CommandError(PREFIX_OVERLAPS_OWN.format(as_text(prefix), as_text(other)))


def _tracking(client: Client, wish: _Wish) -> Tracking:
    before = client.tracking
    bcast = b"BCAST" in wish.words
    kept = before.prefixes if before is not None else ()
    prefixes = tuple(dict.fromkeys((*kept, *(wish.prefixes or [b""])))) if bcast else ()
    return Tracking(
        redirect=wish.redirect,
        bcast=bcast,
        prefixes=prefixes,
        optin=b"OPTIN" in wish.words,
        optout=b"OPTOUT" in wish.words,
        noloop=b"NOLOOP" in wish.words,
    )


@command("CLIENT CACHING", "mode=<YES | NO>", arity=3, flags=_OWN, since="6.0.0",
         complexity="O(1)")  # fmt: skip
def client_caching(ctx: Context, argv: list[bytes]) -> Reply:
    """Say of the next command whether copies are kept of what it reads."""
    client, word = ctx.client, argv[2].upper()
    now = client.tracking
    if now is None:
        raise CommandError(CACHING_NEEDS_MODE)
    if word == b"YES":
        if not now.optin:
            raise CommandError(CACHING_YES_NEEDS_OPTIN)
    elif word == b"NO":
        if not now.optout:
            raise CommandError(CACHING_NO_NEEDS_OPTOUT)
    else:
        raise CommandError(SYNTAX)
    client.tracking = replace(now, caching=word == b"YES")
    return OK


@command("CLIENT GETREDIR", "", arity=2, flags=_OWN, since="6.0.0", complexity="O(1)")
def client_getredir(ctx: Context, argv: list[bytes]) -> Reply:
    """Name the client that is told in this one's place: 0 for none, -1 if it tracks nothing."""
    now = ctx.client.tracking
    return -1 if now is None else now.redirect


@command("CLIENT TRACKINGINFO", "", arity=2, flags=_OWN, since="6.2.0", complexity="O(1)")
def client_trackinginfo(ctx: Context, argv: list[bytes]) -> Reply:
    """Describe what this connection is told of."""
    now = ctx.client.tracking
    if now is None:
        return {b"flags": Members([b"off"]), b"redirect": -1, b"prefixes": []}
    flags: list[Reply] = [b"on"]
    flags += [b"bcast"] * now.bcast
    if now.optin:
        flags += [b"optin", *[b"caching-yes"] * (now.caching is True)]
    if now.optout:
        flags += [b"optout", *[b"caching-no"] * (now.caching is False)]
    flags += [b"noloop"] * now.noloop + [b"broken_redirect"] * now.broken
    prefixes: list[Reply] = [*sorted(now.prefixes)]
    return {b"flags": Members(flags), b"redirect": now.redirect, b"prefixes": prefixes}
