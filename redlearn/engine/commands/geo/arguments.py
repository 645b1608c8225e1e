"""What geo commands have in common: places and units among their arguments.

Source: `geo.c` extractLongLatOrReply, extractUnitOrReply, addReplyDoubleDistance.
"""

from __future__ import annotations

from redlearn.engine.args import Args
from redlearn.engine.structures.geohash import LATITUDE_MAX, LONGITUDE_MAX, Place
from redlearn.errors import BAD_PLACE, BAD_UNIT, CommandError

METRES = {b"M": 1.0, b"KM": 1000.0, b"FT": 0.3048, b"MI": 1609.34}
"""How many metres a unit has. A mile is 1609.34 of them here, not 1609.344."""


def take_place(args: Args) -> Place:
    """The next two arguments as longitude and latitude; they must be on the map."""
    longitude, latitude = args.double(), args.double()
    if abs(longitude) > LONGITUDE_MAX or abs(latitude) > LATITUDE_MAX:
        raise CommandError(BAD_PLACE.format(f"{longitude:f}", f"{latitude:f}"))
    return Place(longitude, latitude)


def take_unit(args: Args) -> float:
    """The next argument as a unit: how many metres it has."""
    metres = METRES.get(args.next().upper())
    if metres is None:
        raise CommandError(BAD_UNIT)
    return metres


def four_places(away: float) -> bytes:
    """The text of a distance. Scaled, then rounded, ties to even (`util.c` fixedpoint_d2string).

    >>> four_places(166274.15156960033), four_places(0.00004)
    (b'166274.1516', b'0.0000')
    """
    whole, places = divmod(round(away * 10000.0), 10000)
    return b"%d.%04d" % (whole, places)
