"""Geo searches: who is found, in which order, with what beside, and what is stored."""

from __future__ import annotations

import pytest

from redlearn.engine.structures.geohash import CellSearched
from redlearn.errors import CommandError
from redlearn.resp.reply import Pairs, Reply
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told

FROM_SICILY = "FROMLONLAT 15 37"


@pytest.fixture(autouse=True)
def sicily(redis: Redis) -> None:
    redis("GEOADD Sicily 13.361389 38.115556 Palermo 15.087269 37.502669 Catania")
    redis("GEOADD Sicily 12.758489 38.788135 edge1 17.241510 38.788135 edge2")
    redis("SET text v")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("GEOSEARCH Sicily {} BYRADIUS 200 km ASC", "Catania Palermo"),
        ("GEOSEARCH Sicily {} BYRADIUS 200 km DESC", "Palermo Catania"),
        ("GEOSEARCH Sicily {} BYBOX 400 400 km ASC", "Catania Palermo edge2 edge1"),
        ("GEOSEARCH Sicily BYBOX 400 400 km DESC {}", "edge1 edge2 Palermo Catania"),
        ("GEOSEARCH Sicily {} BYBOX 400 400 km COUNT 3", "Catania Palermo edge2"),
        ("GEOSEARCH Sicily {} BYRADIUS 0 m", ""),
        ("GEOSEARCH Sicily FROMMEMBER Palermo BYRADIUS 0 m", "Palermo"),
        ("GEOSEARCH Sicily frommember Palermo byradius 100 MI asc", "Palermo edge1"),
        ("GEOSEARCH none FROMMEMBER Palermo BYRADIUS 100 km", ""),
        ("GEORADIUS Sicily 15 37 200 km ASC", "Catania Palermo"),
        ("GEORADIUS_RO Sicily 15 37 100 km", "Catania"),
        ("GEORADIUSBYMEMBER Sicily Catania 200 km COUNT 1 DESC", "Palermo"),
        ("GEORADIUSBYMEMBER_RO Sicily Catania 1e9 km ASC", "Catania Palermo edge2 edge1"),
        ("GEORADIUSBYMEMBER none a no such", ""),
        ("GEORADIUS none 15 37 200 km", ""),
    ],
)
def test_members_are_found_by_distance(redis: Redis, line: str, found: str) -> None:
    assert redis(line.format(FROM_SICILY)) == [word.encode() for word in found.split()]


def test_count_without_order_means_the_nearest_and_any_means_the_first_found(
    redis: Redis,
) -> None:
    assert redis(f"GEOSEARCH Sicily {FROM_SICILY} BYRADIUS 500 km COUNT 2") == [
        b"Catania",
        b"Palermo",
    ]
    every = redis(f"GEOSEARCH Sicily {FROM_SICILY} BYRADIUS 500 km")
    assert isinstance(every, list)
    first = redis(f"GEOSEARCH Sicily {FROM_SICILY} BYRADIUS 500 km COUNT 2 ANY")
    assert first == every[:2]


def test_what_was_asked_for_stands_beside_the_member_in_a_fixed_order(redis: Redis) -> None:
    line = "GEORADIUS Sicily 15 37 100 km"
    place: Reply = [15.087267458438873, 37.50266842333162]
    assert redis(f"{line} WITHCOORD WITHHASH WITHDIST") == [
        [b"Catania", b"56.4413", 3479447370796909, place]
    ]
    assert redis(f"{line} WITHCOORD") == [[b"Catania", place]]
    assert redis(f"{line} WITHHASH") == [[b"Catania", 3479447370796909]]


@pytest.mark.parametrize(
    "line",
    [
        "GEOSEARCHSTORE target Sicily FROMLONLAT 15 37 BYRADIUS 200 km",
        "GEORADIUS Sicily 15 37 200 km STORE target",
        "GEORADIUSBYMEMBER Sicily Catania 200 km COUNT 2 STORE target",
    ],
)
def test_a_stored_result_is_a_geo_set_again(redis: Redis, line: str) -> None:
    redis("SET target old EX 100")
    assert redis(line) == 2
    assert redis("TTL target") == -1
    assert redis("ZRANGE target 0 -1 WITHSCORES") == Pairs(
        [(b"Palermo", 3479099956230698.0), (b"Catania", 3479447370796909.0)]
    )
    redis.engine.check()


def test_distances_are_stored_in_the_unit_asked_for(redis: Redis) -> None:
    redis("GEORADIUS Sicily 15 37 200 km STOREDIST one")
    redis(f"GEOSEARCHSTORE two Sicily {FROM_SICILY} BYRADIUS 200000 m STOREDIST")
    near, far = (redis(f"ZSCORE {key} Catania") for key in ("one", "two"))
    assert near == pytest.approx(56.4413, abs=1e-4)
    assert far == pytest.approx(56441.3, abs=0.1)


def test_the_last_target_named_counts(redis: Redis) -> None:
    assert redis("GEORADIUS Sicily 15 37 200 km STOREDIST one STORE two") == 2
    assert redis("EXISTS one two") == 1
    assert redis("ZSCORE two Catania") == 3479447370796909.0


def test_storing_is_told_and_counted(redis: Redis) -> None:
    line = f"GEOSEARCHSTORE target Sicily {FROM_SICILY} BYRADIUS 200 km"
    assert told(redis, line) == ["new target", "geosearchstore target"]
    assert told(redis, "GEORADIUS Sicily 15 37 200 km STORE target") == ["georadiusstore target"]
    assert changes(redis, line) == 2
    assert passed_on(redis, line) == [line]


@pytest.mark.parametrize("key", ["none", "Sicily"])
def test_an_empty_result_deletes_the_target(redis: Redis, key: str) -> None:
    redis("SET target v")
    line = f"GEORADIUS {key} 0 0 1 m STORE target"
    events = told(redis, line)
    assert events == (["keymiss none"] if key == "none" else []) + ["del target"]
    assert redis("EXISTS target") == 0
    assert changes(redis, line) == 0


ONE_CENTRE = "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for "
ONE_SHAPE = "ERR exactly one of BYRADIUS and BYBOX can be specified for "
NOBODY = "ERR could not decode requested zset member"
NO_WITH = " is not compatible with WITHDIST, WITHHASH and WITHCOORD options"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("geosearch Sicily BYRADIUS 1 km ASC DESC", ONE_CENTRE + "geosearch"),
        ("GEOSEARCH Sicily FROMLONLAT 1 1 ASC DESC", ONE_SHAPE + "GEOSEARCH"),
        ("GEOSEARCH Sicily FROMLONLAT 1 1 FROMMEMBER x BYRADIUS 1 m", "ERR syntax error"),
        ("GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 m BYBOX 1 1 m", "ERR syntax error"),
        ("GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS 1 m STOREDIST", "ERR syntax error"),
        ("GEOSEARCH Sicily FROMLONLAT 1 1 BYBOX 1 1", "ERR syntax error"),
        ("GEOSEARCH Sicily FROMMEMBER no BYRADIUS 1 m", NOBODY),
        ("GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS -1 m", "ERR radius cannot be negative"),
        ("GEOSEARCH Sicily FROMLONLAT 1 1 BYRADIUS x m", "ERR need numeric radius"),
        ("GEOSEARCH Sicily FROMLONLAT 1 1 BYBOX x 1 m", "ERR need numeric width"),
        ("GEOSEARCH Sicily FROMLONLAT 1 1 BYBOX 1 x m", "ERR need numeric height"),
        ("GEOSEARCH Sicily FROMLONLAT 1 1 BYBOX 1 -1 m", "ERR height or width cannot be negative"),
        ("GEORADIUS Sicily 1 1 1 yd", "ERR unsupported unit provided. please use M, KM, FT, MI"),
        ("GEORADIUS Sicily 1 1 1 m COUNT 0", "ERR COUNT must be > 0"),
        ("GEORADIUS Sicily 1 1 1 m COUNT x", "ERR value is not an integer or out of range"),
        ("GEORADIUS Sicily 1 1 1 m COUNT", "ERR syntax error"),
        ("GEORADIUS Sicily 1 1 1 m ANY", "ERR the ANY argument requires COUNT argument"),
        ("GEORADIUS_RO Sicily 1 1 1 m STORE k", "ERR syntax error"),
        ("GEORADIUS Sicily 1 1 1 m STORE k WITHDIST", "ERR STORE option in GEORADIUS" + NO_WITH),
        (
            "GEOSEARCHSTORE k Sicily FROMLONLAT 1 1 BYRADIUS 1 m WITHHASH",
            "ERR GEOSEARCHSTORE" + NO_WITH,
        ),
        (
            "GEORADIUS text 999 1 1 m",
            "WRONGTYPE Operation against a key holding the wrong kind of value",
        ),
    ],
)  # fmt: skip
def test_wrong_searches_are_refused(redis: Redis, line: str, message: str) -> None:
    with pytest.raises(CommandError) as refused:
        redis(line)
    assert refused.value.text == message
    assert redis("EXISTS k") == 0


def test_a_search_says_which_cells_it_looked_at(redis: Redis) -> None:
    events = redis.events("GEORADIUS Sicily 15 37 200 km")
    cells = [event for event in events if isinstance(event, CellSearched)]
    assert 1 < len(cells) <= 9
    assert sum(cell.kept for cell in cells) == 2
    assert all(cell.seen >= cell.kept for cell in cells)
    assert {cell.step for cell in cells} == {cells[0].step}


def test_watching_changes_nothing(redis: Redis) -> None:
    line = "GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 400 400 km WITHDIST"
    quiet = redis(line)
    redis.engine.watch(lambda event: None)
    assert redis(line) == quiet


def test_a_set_in_a_skiplist_is_searched_as_one_in_a_listpack(redis: Redis) -> None:
    line = "GEOSEARCH Sicily FROMLONLAT 15 37 BYBOX 400 400 km WITHDIST WITHHASH"
    small = redis(line)
    redis("ZADD Sicily 0 " + "x" * 70)
    assert redis("OBJECT ENCODING Sicily") == b"skiplist"
    assert redis(line) == small
