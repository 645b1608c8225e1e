"""Places and units as geo commands read them."""

import pytest

from redlearn.engine.args import Args
from redlearn.engine.commands.geo.arguments import METRES, four_places, take_place, take_unit
from redlearn.errors import CommandError


def test_a_place_is_a_longitude_and_a_latitude() -> None:
    place = take_place(Args([b"13.5", b"38.25"], at=0))
    assert (place.longitude, place.latitude) == (13.5, 38.25)


@pytest.mark.parametrize("pair", [(b"180.1", b"0"), (b"0", b"85.06"), (b"-181", b"0")])
def test_a_place_off_the_map_is_refused(pair: tuple[bytes, bytes]) -> None:
    with pytest.raises(CommandError, match=r"^ERR invalid longitude,latitude pair"):
        take_place(Args([*pair], at=0))


@pytest.mark.parametrize("unit", [b"m", b"KM", b"ft", b"Mi"])
def test_a_unit_is_known_in_any_case(unit: bytes) -> None:
    assert take_unit(Args([unit], at=0)) == METRES[unit.upper()]


def test_another_unit_is_refused() -> None:
    with pytest.raises(CommandError, match=r"^ERR unsupported unit provided"):
        take_unit(Args([b"yd"], at=0))


@pytest.mark.parametrize(
    ("away", "text"), [(0.0, b"0.0000"), (166274.15156960033, b"166274.1516"), (1.00005, b"1.0001")]
)
def test_a_distance_has_four_places(away: float, text: bytes) -> None:
    assert four_places(away) == text
