"""Geo searches: GEOSEARCH and GEOSEARCHSTORE, and GEORADIUS with its kin, which they replace.

All of them are one search that reads its arguments in different ways. It knows the centre and
the shape, asks `structures/geohash.py` which cells cover it, takes the members of each cell as
a range of scores, and keeps those whose true distance fits.

Source: `geo.c` georadiusGeneric, geoGetPointsInRange.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from redlearn.engine.args import Args
from redlearn.engine.command import Flags, Keys, command
from redlearn.engine.commands.geo.arguments import four_places, take_place, take_unit
from redlearn.engine.context import Context
from redlearn.engine.structures.geohash import (
    Cell,
    CellSearched,
    Place,
    PlaceWeighed,
    SearchCovered,
    Shape,
    place_of,
)
from redlearn.engine.structures.partial_sort import sort_first
from redlearn.engine.structures.ranges import ScoreRange
from redlearn.engine.values.zset import ZSet
from redlearn.engine.values.zset_rows import Row
from redlearn.errors import (
    ANY_WITHOUT_COUNT,
    BAD_HEIGHT,
    BAD_RADIUS,
    BAD_WIDTH,
    BOX_NEGATIVE,
    COUNT_NOT_POSITIVE,
    NO_CENTRE,
    NO_SHAPE,
    NO_SUCH_PLACE,
    RADIUS_NEGATIVE,
    STORE_WITH,
    SYNTAX,
    CommandError,
    as_text,
)
from redlearn.resp.reply import Precise, Reply

_READ = (Keys(1, "RO access"),)
_STORE = Flags.WRITE | Flags.DENYOOM
_COST = "O(N + log M), N members in the cells around, of M"
_SHAPES = (
    "<FROMMEMBER member | FROMLONLAT (longitude latitude)> <BYRADIUS radius <M | KM | FT | MI>"
    " | BYBOX width height <M | KM | FT | MI>> [ASC | DESC] [COUNT count [ANY]]"
)
_UNIT_AND_WITH = "radius <M | KM | FT | MI> [WITHCOORD] [WITHDIST] [WITHHASH]"
_STORE_WORDS = "[ASC | DESC] [STORE storekey=key | STOREDIST storedistkey=key]"
_NOWHERE = Place(0.0, 0.0)
_WORDS = frozenset([b"WITHDIST", b"WITHHASH", b"WITHCOORD", b"ANY"])


@dataclass
class Inquiry:
    """What a search is asked for, as far as its arguments have been read.

    Attributes:
        name: As the client wrote it.
        zset: Where to search; None if the key does not exist.
        target: The key to store the result under; None to answer with it.
        searching: GEOSEARCH or GEOSEARCHSTORE, which name the centre and the shape by words.
        may_store: STORE and STOREDIST are options.
        distances: What is stored are distances instead of geohashes.
        centre: Where to search from. A member of a key that does not exist is nowhere.
        from_member, from_place: How the centre was told.
        shape: (width, height, metres of a unit, whether it is a box), once it was told.
        given: Options that are single words.
        order: ASC or DESC; b"" for the order of the cells.
        count: How many places at most; 0 for all.
    """

    name: bytes
    zset: ZSet | None
    target: bytes | None = None
    searching: bool = False
    may_store: bool = False
    distances: bool = False
    centre: Place = _NOWHERE
    from_member: bool = False
    from_place: bool = False
    shape: tuple[float, float, float, bool] | None = None
    given: set[bytes] = field(default_factory=set)
    order: bytes = b""
    count: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A member within the shape: where it is, and how many metres from the centre."""

    member: bytes
    score: float
    place: Place
    away_m: float


@command(
    "GEOSEARCH",
    f"key {_SHAPES} [WITHCOORD] [WITHDIST] [WITHHASH]",
    arity=-7,
    flags=Flags.READONLY,
    keys=_READ,
    since="6.2.0",
    complexity=_COST,
)
def geosearch(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the members within a circle or a box around a place or a member."""
    inquiry = Inquiry(argv[0], ctx.find(argv[1], ZSet), searching=True)
    return _answer(ctx, inquiry, Args(argv, at=2))


@command(
    "GEOSEARCHSTORE",
    f"destination source {_SHAPES} [STOREDIST]",
    arity=-8,
    flags=_STORE,
    keys=(Keys(1, "OW update"), Keys(2, "RO access")),
    since="6.2.0",
    complexity=_COST,
)
def geosearchstore(ctx: Context, argv: list[bytes]) -> Reply:
    """Store the members within a circle or a box as a sorted set; return how many there are."""
    zset = ctx.find_source(argv[2], ZSet)
    inquiry = Inquiry(argv[0], zset, target=argv[1], searching=True)
    return _answer(ctx, inquiry, Args(argv, at=3))


@command(
    "GEORADIUS",
    f"key longitude latitude {_UNIT_AND_WITH} [COUNT count [ANY]@6.2.0] {_STORE_WORDS}",
    arity=-6,
    flags=_STORE | Flags.MOVABLEKEYS,
    keys=(*_READ, Keys(("STORE", 6), "OW update"), Keys(("STOREDIST", 6), "OW update")),
    since="3.2.0",
    complexity=_COST,
    deprecated_since="6.2.0",
    replaced_by="GEOSEARCH and GEOSEARCHSTORE with BYRADIUS",
)
def georadius(ctx: Context, argv: list[bytes]) -> Reply:
    """Return, or store, the members that are no further from a place than a radius."""
    return _around_place(ctx, argv, may_store=True)


@command(
    "GEORADIUS_RO",
    f"key longitude latitude {_UNIT_AND_WITH} [COUNT count [ANY]@6.2.0] [ASC | DESC]",
    arity=-6,
    flags=Flags.READONLY,
    keys=_READ,
    since="3.2.10",
    complexity=_COST,
    deprecated_since="6.2.0",
    replaced_by="GEOSEARCH with BYRADIUS",
)
def georadius_ro(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the members that are no further from a place than a radius."""
    return _around_place(ctx, argv, may_store=False)


@command(
    "GEORADIUSBYMEMBER",
    f"key member {_UNIT_AND_WITH} [COUNT count [ANY]] {_STORE_WORDS}",
    arity=-5,
    flags=_STORE | Flags.MOVABLEKEYS,
    keys=(*_READ, Keys(("STORE", 5), "OW update"), Keys(("STOREDIST", 5), "OW update")),
    since="3.2.0",
    complexity=_COST,
    deprecated_since="6.2.0",
    replaced_by="GEOSEARCH and GEOSEARCHSTORE with BYRADIUS and FROMMEMBER",
)
def georadiusbymember(ctx: Context, argv: list[bytes]) -> Reply:
    """Return, or store, the members that are no further from one of them than a radius."""
    return _around_member(ctx, argv, may_store=True)


@command(
    "GEORADIUSBYMEMBER_RO",
    f"key member {_UNIT_AND_WITH} [COUNT count [ANY]] [ASC | DESC]",
    arity=-5,
    flags=Flags.READONLY,
    keys=_READ,
    since="3.2.10",
    complexity=_COST,
    deprecated_since="6.2.0",
    replaced_by="GEOSEARCH with BYRADIUS and FROMMEMBER",
)
def georadiusbymember_ro(ctx: Context, argv: list[bytes]) -> Reply:
    """Return the members that are no further from one of them than a radius."""
    return _around_member(ctx, argv, may_store=False)


# --- Reading the arguments ------------------------------------------------------------------


def _around_place(ctx: Context, argv: list[bytes], *, may_store: bool) -> Reply:
    inquiry = Inquiry(argv[0], ctx.find_source(argv[1], ZSet), may_store=may_store)
    args = Args(argv, at=2)
    inquiry.centre = take_place(args)
    inquiry.shape = _circle(args)
    return _answer(ctx, inquiry, args)


def _around_member(ctx: Context, argv: list[bytes], *, may_store: bool) -> Reply:
    inquiry = Inquiry(argv[0], ctx.find_source(argv[1], ZSet), may_store=may_store)
    args = Args(argv, at=3)
    if inquiry.zset is not None:
        inquiry.centre = _place_in(inquiry.zset, argv[2])
        inquiry.shape = _circle(args)
    else:  # nobody looks at the radius then
        args = Args(argv, at=5)
    return _answer(ctx, inquiry, args)


def _answer(ctx: Context, inquiry: Inquiry, args: Args) -> Reply:
    while args:
        _option(args, inquiry)
    _check(inquiry)
    zset, count = inquiry.zset, inquiry.count
    if zset is None or inquiry.shape is None:
        return [] if inquiry.target is None else _keep(ctx, inquiry, inquiry.target, [], 1.0)
    width, height, metres, is_box = inquiry.shape
    shape = Shape(inquiry.centre, width, height, metres, is_box=is_box)
    found = _search(ctx, zset, shape, count if b"ANY" in inquiry.given else 0)
    found = _in_order(found, inquiry)
    if inquiry.target is not None:
        return _keep(ctx, inquiry, inquiry.target, found, metres)
    return [_told(each, inquiry.given, metres) for each in found]


def _option(args: Args, inquiry: Inquiry) -> None:
    word, more = args.word(), len(args) - 1
    if word in _WORDS:
        inquiry.given.add(args.next().upper())
    elif word in (b"ASC", b"DESC"):
        inquiry.order = args.next().upper()
    elif word == b"COUNT" and more:
        args.next()
        inquiry.count = args.integer()
        if inquiry.count <= 0:
            raise CommandError(COUNT_NOT_POSITIVE)
    elif inquiry.searching:
        _searching_option(args, inquiry, word, more)
    elif inquiry.may_store and more and word in (b"STORE", b"STOREDIST"):
        args.next()
        inquiry.target, inquiry.distances = args.next(), word == b"STOREDIST"
    else:
        raise CommandError(SYNTAX)


def _searching_option(args: Args, inquiry: Inquiry, word: bytes, more: int) -> None:
    """An option of GEOSEARCH alone; `more` arguments follow it.

    Source: the conditions on what was told before are those of georadiusGeneric.
    """
    args.next()
    told = inquiry.shape
    if word == b"STOREDIST" and inquiry.target is not None:
        inquiry.distances = True
    elif word == b"FROMMEMBER" and more > 0 and not inquiry.from_place:
        inquiry.from_member = True
        member = args.next()
        if inquiry.zset is not None:
            inquiry.centre = _place_in(inquiry.zset, member)
    elif word == b"FROMLONLAT" and more > 1 and not inquiry.from_member:
        inquiry.centre, inquiry.from_place = take_place(args), True
    elif word == b"BYRADIUS" and more > 1 and (told is None or not told[3]):
        inquiry.shape = _circle(args)
    elif word == b"BYBOX" and more > 2 and (told is None or told[3]):
        inquiry.shape = _box(args)
    else:
        raise CommandError(SYNTAX)


def _circle(args: Args) -> tuple[float, float, float, bool]:
    radius = args.double(BAD_RADIUS)
    if radius < 0:
        raise CommandError(RADIUS_NEGATIVE)
    return radius, radius, take_unit(args), False


def _box(args: Args) -> tuple[float, float, float, bool]:
    width, height = args.double(BAD_WIDTH), args.double(BAD_HEIGHT)
    if width < 0 or height < 0:
        raise CommandError(BOX_NEGATIVE)
    return width, height, take_unit(args), True


def _place_in(zset: ZSet, member: bytes) -> Place:
    score = zset.score(member)
    if score is None:
        raise CommandError(NO_SUCH_PLACE)
    return place_of(score)


def _check(inquiry: Inquiry) -> None:
    """What can only be refused once all options are known."""
    given, name = inquiry.given, as_text(inquiry.name)
    if inquiry.target is not None and given - {b"ANY"}:
        who = "GEOSEARCHSTORE" if inquiry.searching else "STORE option in GEORADIUS"
        raise CommandError(STORE_WITH.format(who))
    if inquiry.searching and not (inquiry.from_member or inquiry.from_place):
        raise CommandError(NO_CENTRE.format(name))
    if inquiry.searching and inquiry.shape is None:
        raise CommandError(NO_SHAPE.format(name))
    if b"ANY" in given and not inquiry.count:
        raise CommandError(ANY_WITHOUT_COUNT)


# --- Searching ------------------------------------------------------------------------------


def _search(ctx: Context, zset: ZSet, shape: Shape, enough: int) -> list[Found]:
    """The members within the shape, cell by cell; the first `enough` of them unless that is 0."""
    found: list[Found] = []
    cells = shape.cells()
    if emit := ctx.state.probe.emit:
        emit(_covered(shape, cells))
    for cell in cells:
        if enough and len(found) >= enough:
            break
        _search_cell(ctx, zset, shape, cell, found, enough)
    return found


def _covered(shape: Shape, cells: list[Cell]) -> SearchCovered:
    west, south, east, north = shape.bounds()
    return SearchCovered(
        shape.centre.longitude, shape.centre.latitude,
        shape.width * shape.metres, shape.height * shape.metres, shape.is_box,
        (west, south, east, north), cells[0].step, tuple([cell.bits for cell in cells]),
    )  # fmt: skip


def _search_cell(
    ctx: Context, zset: ZSet, shape: Shape, cell: Cell, found: list[Found], enough: int
) -> None:
    low, high = cell.scores()
    before = len(found)
    seen = 0
    emit = ctx.state.probe.emit
    for member, score in zset.in_scores(ScoreRange(low, high, False, True)):
        seen += 1
        place = place_of(score)
        away_m = shape.distance_to(place)
        if emit:
            emit(PlaceWeighed(member, score, away_m))
        if away_m is not None:
            found.append(Found(member, score, place, away_m))
        if enough and len(found) >= enough:
            break
    if emit:
        emit(CellSearched(cell.bits, cell.step, (low, high), seen, len(found) - before))


def _in_order(found: list[Found], inquiry: Inquiry) -> list[Found]:
    """The places to answer with, nearest first if only so many are wanted."""
    count, order = inquiry.count or len(found), inquiry.order
    if not order and inquiry.count and b"ANY" not in inquiry.given:
        order = b"ASC"
    if order:
        sign = 1.0 if order == b"ASC" else -1.0
        keys = [sign * each.away_m for each in found]
        found = [found[index] for index in sort_first(keys, count)]
    return found[:count]


# --- Answering ------------------------------------------------------------------------------


def _told(each: Found, given: set[bytes], metres: float) -> Reply:
    told: list[Reply] = [each.member]
    if b"WITHDIST" in given:
        told.append(four_places(each.away_m / metres))
    if b"WITHHASH" in given:
        told.append(int(each.score))
    if b"WITHCOORD" in given:
        told.append([Precise(each.place.longitude), Precise(each.place.latitude)])
    return told if len(told) > 1 else each.member


def _keep(ctx: Context, inquiry: Inquiry, target: bytes, found: list[Found], metres: float) -> int:
    if found:
        rows: list[Row] = [
            (each.member, each.away_m / metres if inquiry.distances else each.score)
            for each in found
        ]
        ctx.store(target, ZSet.built(ctx.state.kit, rows))
        event = "geosearchstore" if inquiry.searching else "georadiusstore"
        ctx.changed(target, event, times=len(rows))
    elif ctx.delete(target):
        ctx.changed(target, "del")
    return len(found)
