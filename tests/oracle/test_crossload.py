"""Files of all kinds go to real servers and back. The long form: `crossload.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.oracle import crossload
from tests.oracle.crossload import COUNT, WAYS, cross, side_of
from tests.oracle.servers import redis_binary, valkey_binary
from tests.persistence.files import new_redis, save

BINARIES = {"redis": redis_binary(), "valkey": valkey_binary()}
TYPES = ("string", "list", "set", "hash", "zset", "stream")


@pytest.mark.parametrize("count", [10, pytest.param(COUNT, marks=pytest.mark.long)])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", BINARIES)
def test_data_sets_are_the_same_on_the_other_side(name: str, way: str, count: int) -> None:
    binary = BINARIES[name]
    if binary is None:
        pytest.skip(f"no {name}-server here")
    with side_of(binary) as side:
        result = cross(side, way, count)
    assert not result.lost, "\n".join(result.lost)
    assert result.sets == result.checked == count
    for kind in TYPES:
        assert result.kinds[f"{kind} there"] and result.kinds[f"{kind} back"]


def test_what_is_lost_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of another engine, or a damaged one, does not pass for the right one."""
    binary = BINARIES["redis"]
    if binary is None:
        pytest.skip("no redis-server here")
    with side_of(binary) as side:
        monkeypatch.setattr(crossload, "save", lambda redis, version, **how: save(new_redis(), 10))
        assert "other keys" in cross(side, "rdb", 1).lost[0]
        monkeypatch.setattr(crossload, "save", _cut_short)
        assert "Unexpected EOF" in cross(side, "rdb", 1).lost[0]
        assert Path(side.checker[0]).name == "redis-check-rdb"


def _cut_short(redis: object, version: int, **how: bool) -> bytes:
    return save(new_redis(), version)[:-12]
