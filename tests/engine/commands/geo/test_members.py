"""Places of members: adding them, where they are, how far apart, and who is told."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import NULL_ARRAY, Precise, Reply
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told

PALERMO = "13.361389 38.115556 Palermo"
CATANIA = "15.087269 37.502669 Catania"


@pytest.fixture(autouse=True)
def sicily(redis: Redis) -> None:
    redis(f"GEOADD Sicily {PALERMO} {CATANIA}")
    redis("SET text v")


def test_a_place_is_a_score_in_a_sorted_set(redis: Redis) -> None:
    assert redis("TYPE Sicily").text == "zset"  # type: ignore[union-attr]
    assert redis("ZSCORE Sicily Palermo") == 3479099956230698.0
    assert redis("OBJECT ENCODING Sicily") == b"listpack"


@pytest.mark.parametrize(
    ("options", "reply", "moved"),
    [
        ("", 1, True),
        ("CH", 2, True),
        ("NX", 1, False),
        ("nx ch", 1, False),
        ("XX", 0, True),
        ("CH XX XX", 1, True),
    ],
)
def test_options_decide_who_is_added_and_who_moves(
    redis: Redis, options: str, reply: int, moved: bool
) -> None:
    before = redis("ZSCORE Sicily Palermo")
    assert redis(f"GEOADD Sicily {options} 1 1 Palermo 2 2 new") == reply
    assert (redis("ZSCORE Sicily Palermo") != before) is moved
    assert redis("EXISTS Sicily") == 1
    redis.engine.check()


def test_what_is_passed_on_is_a_zadd(redis: Redis) -> None:
    assert passed_on(redis, "GEOADD new Nx ch 13.361389 38.115556 a 0 0 b") == [
        "zadd new Nx ch 3479099956230698 a 3377699720527872 b"
    ]
    assert passed_on(redis, "GEOADD new NX 1 1 a") == []
    assert told(redis, "GEOADD new 1 1 a 2 2 c") == ["zadd new"]
    assert changes(redis, "GEOADD new 3 3 a 4 4 d") == 2
    assert changes(redis, "GEOADD new 3 3 a 4 4 d") == 0


def test_xx_makes_no_key(redis: Redis) -> None:
    assert redis("GEOADD none XX 1 1 a") == 0
    assert redis("EXISTS none") == 0


def test_who_waits_for_a_sorted_set_is_served(redis: Redis) -> None:
    other = redis.connect()
    assert other.all("BZPOPMIN soon 0") == []
    redis("GEOADD soon 0 0 a")
    assert other.client.take() == [[b"soon", b"a", 3377699720527872.0]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("GEOADD k 1 1", "ERR wrong number of arguments for 'geoadd' command"),
        ("GEOADD k 1 1 a 2", "ERR syntax error"),
        ("GEOADD k NX XX 1 1 a", "ERR syntax error"),
        ("GEOADD k NX CH NX", "ERR syntax error"),
        ("GEOADD k x 1 a", "ERR value is not a valid float"),
        ("GEOADD k 1 nan a", "ERR value is not a valid float"),
        ("GEOADD k 181 0 a", "ERR invalid longitude,latitude pair 181.000000,0.000000"),
        ("GEOADD k 0 -85.1 a", "ERR invalid longitude,latitude pair 0.000000,-85.100000"),
        ("GEOADD text inf 0 a", "ERR invalid longitude,latitude pair inf,0.000000"),
        ("GEOADD k 1 1 a 1e3 1 b", "ERR invalid longitude,latitude pair 1000.000000,1.000000"),
        ("GEODIST Sicily a", "ERR wrong number of arguments for 'geodist' command"),
        ("GEODIST Sicily a b m x", "ERR syntax error"),
        ("GEODIST none a b yd", "ERR unsupported unit provided. please use M, KM, FT, MI"),
    ],
)
def test_wrong_calls_are_refused_and_change_nothing(redis: Redis, line: str, message: str) -> None:
    before = redis.ctx.dirty
    with pytest.raises(CommandError) as refused:
        redis(line)
    assert refused.value.text == message
    assert redis.ctx.dirty == before
    assert redis("EXISTS k") == 0


@pytest.mark.parametrize("line", ["GEOADD text 1 1 a", "GEOPOS text", "GEOHASH text a"])
def test_other_types_are_refused(redis: Redis, line: str) -> None:
    with pytest.raises(CommandError, match=r"^WRONGTYPE"):
        redis(line)


def test_positions_come_with_all_digits_and_nulls_for_the_unknown(redis: Redis) -> None:
    found = redis("GEOPOS Sicily Palermo none")
    assert found == [[13.361389338970184, 38.1155563954963], NULL_ARRAY]
    assert isinstance(found, list) and isinstance(found[0], list)
    assert all(isinstance(each, Precise) for each in found[0])
    assert redis("GEOPOS none a b") == [NULL_ARRAY, NULL_ARRAY]
    assert redis("GEOPOS Sicily") == []


def test_geohashes_are_spelt_as_elsewhere(redis: Redis) -> None:
    assert redis("GEOHASH Sicily Palermo none Catania") == [b"sqc8b49rny0", None, b"sqdtr74hyu0"]
    assert redis("GEOHASH none a") == [None]


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("GEODIST Sicily Palermo Catania", b"166274.1516"),
        ("GEODIST Sicily Palermo Catania KM", b"166.2742"),
        ("GEODIST Sicily Palermo Catania mi", b"103.3182"),
        ("GEODIST Sicily Catania Palermo Ft", b"545518.8700"),
        ("GEODIST Sicily Palermo Palermo", b"0.0000"),
        ("GEODIST Sicily Palermo none", None),
        ("GEODIST none a b", None),
    ],
)
def test_distances_have_four_places(redis: Redis, line: str, reply: Reply) -> None:
    assert redis(line) == reply
