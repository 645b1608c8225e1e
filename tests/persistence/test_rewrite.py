"""A base of commands in steps: the same commands as at once. (`test_moment.py` has the rest.)"""

from __future__ import annotations

import pytest

from redlearn.persistence.aof_write import annotation, rewritten
from redlearn.persistence.rewrite import Rewrite
from tests.conftest import Redis
from tests.persistence.files import (
    ALL_TYPES,
    ENDING_FIELDS,
    LIBRARY,
    filled,
    new_redis,
)
from tests.persistence.test_aof_write import commands
from tests.persistence.test_moment import MANY


def rest_of(rewrite: Rewrite, keys: int = 10) -> bytes:
    """All that is still to be written."""
    pieces = []
    while (piece := rewrite.step(keys)) is not None:
        pieces.append(piece)
    return b"".join(pieces)


def at_once(redis: Redis) -> bytes:
    """The commands of what there is now."""
    return b"".join(rewritten(redis.engine.state))


@pytest.mark.parametrize("keys", [1, 7, 20])
def test_where_nothing_happens_they_are_the_commands_of_a_rewrite_at_once(keys: int) -> None:
    redis = filled(*ALL_TYPES, *ENDING_FIELDS, *MANY, "SELECT 3", *MANY, "EXPIRE key:7 100")
    assert rest_of(Rewrite(redis.engine.state), keys) == at_once(redis)


def test_of_nothing_there_is_no_command() -> None:
    assert rest_of(Rewrite(new_redis().engine.state)) == b""


def test_the_time_and_libraries_come_first() -> None:
    redis = filled("SET a 1")
    redis.all("FUNCTION", "LOAD", LIBRARY)
    data = rest_of(Rewrite(redis.engine.state, 1_700_000_000))
    assert data.startswith(annotation(1_700_000_000))
    assert commands(data)[1:] == [
        [b"FUNCTION", b"LOAD", LIBRARY.encode()], [b"SELECT", b"0"], [b"SET", b"a", b"1"],
    ]  # fmt: skip
