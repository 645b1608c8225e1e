"""Geo commands, member by member: adding places, asking where they are and how far apart.

Source: `geo.c` geoaddCommand, geoposCommand, geodistCommand, geohashCommand.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.commands.geo.arguments import four_places, take_place, take_unit
from redlearn.engine.context import Context
from redlearn.engine.structures.geohash import (
    Measured,
    Place,
    PlaceDecoded,
    PlaceEncoded,
    cell_of,
    distance_m,
    place_of,
    text_of,
)
from redlearn.engine.values.zset import ZSet
from redlearn.errors import SYNTAX, CommandError
from redlearn.resp.reply import NULL_ARRAY, Precise, Reply

_READ = (Keys(1, "RO access"),)


@command(
    "GEOADD",
    "key [NX | XX]@6.2.0 [CH]@6.2.0 longitude latitude member [longitude latitude member ...]",
    arity=-5,
    flags=Flags.WRITE | Flags.DENYOOM,
    keys=(Keys(1, "RW update"),),
    since="3.2.0",
    complexity="O(log N) for each member",
)
def geoadd(ctx: Context, argv: list[bytes]) -> Reply:
    """Add members with their places, or move members already there.

    What is passed on is the ZADD that it comes down to.
    """
    args = Args(argv)
    key = args.next()
    given = args.options(b"NX", b"XX", b"CH")
    options = argv[2 : len(argv) - len(args)]
    if not args or len(args) % 3 or {b"NX", b"XX"} <= given:
        raise CommandError(SYNTAX)
    rows: list[tuple[int, bytes]] = []
    places: list[Place] = []
    while args:
        places.append(take_place(args))
        rows.append((cell_of(places[-1]).bits, args.next()))
    zset = _ready(ctx, key, rows, b"XX" in given)
    if zset is None:
        return 0
    if emit := ctx.state.probe.emit:
        for place, (bits, member) in zip(places, rows, strict=True):
            emit(PlaceEncoded(member, place.longitude, place.latitude, bits))
    added, moved = _put_all(zset, rows, given)
    if added or moved:
        ctx.changed(key, "zadd", times=added + moved)
        words = [word for bits, member in rows for word in (b"%d" % bits, member)]
        ctx.propagate(b"zadd", key, *options, *words)
    return added + moved if b"CH" in given else added


def _ready(
    ctx: Context, key: bytes, rows: list[tuple[int, bytes]], only_known: bool
) -> ZSet | None:
    """The sorted set, in the form that fits what is coming; None if there is to be none."""
    zset = ctx.find(key, ZSet)
    if zset is not None:
        zset.expect(len(rows))
    elif not only_known:
        zset = ctx.create(key, ZSet(ctx.state.kit))
        zset.expect(len(rows), len(rows[0][1]))
    return zset


def _put_all(zset: ZSet, rows: list[tuple[int, bytes]], given: set[bytes]) -> tuple[int, int]:
    """Put the rows that the options let in; how many were added, and how many moved."""
    added = moved = 0
    for bits, member in rows:
        old = zset.score(member)
        if (b"XX" in given) if old is None else (b"NX" in given or old == bits):
            continue
        zset.put(member, float(bits))
        if old is None:
            added += 1
        else:
            moved += 1
    return added, moved


@command(
    "GEOPOS",
    "key [member [member ...]]",
    arity=-2,
    flags=Flags.READONLY,
    keys=_READ,
    since="3.2.0",
    complexity="O(1) for each member",
)
def geopos(ctx: Context, argv: list[bytes]) -> Reply:
    """Return longitude and latitude of members, as precisely as 52 bits have kept them."""
    found: list[Reply] = []
    for score in _scores(ctx, argv[1], argv[2:]):
        if score is None:
            found.append(NULL_ARRAY)
        else:
            place = place_of(score)
            found.append([Precise(place.longitude), Precise(place.latitude)])
    return found


@command(
    "GEOHASH",
    "key [member [member ...]]",
    arity=-2,
    flags=Flags.READONLY,
    keys=_READ,
    since="3.2.0",
    complexity="O(1) for each member",
)
def geohash(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the geohashes of members as other programs spell them: eleven letters."""
    scores = _scores(ctx, argv[1], argv[2:])
    return [None if score is None else text_of(place_of(score)) for score in scores]


@command(
    "GEODIST",
    "key member1 member2 [M | KM | FT | MI]",
    arity=-4,
    flags=Flags.READONLY,
    keys=_READ,
    since="3.2.0",
    complexity="O(1)",
)
def geodist(ctx: Context, args: Args) -> Reply:
    """Return how far two members are from each other, as the crow flies."""
    key, one, other = args.next(), args.next(), args.next()
    if len(args) > 1:
        raise CommandError(SYNTAX)
    metres = take_unit(args) if args else 1.0
    first, second = _scores(ctx, key, [one, other])
    if first is None or second is None:
        return None
    away_m = distance_m(place_of(first), place_of(second))
    if emit := ctx.state.probe.emit:
        emit(Measured(one, other, away_m))
    return four_places(away_m / metres)


def _scores(ctx: Context, key: bytes, members: list[bytes]) -> list[float | None]:
    zset = ctx.find(key, ZSet)
    scores = [None if zset is None else zset.score(member) for member in members]
    if emit := ctx.state.probe.emit:
        for member, score in zip(members, scores, strict=True):
            if score is not None:
                emit(PlaceDecoded(member, score))
    return scores
