"""Half-moved slots are fixed as `redis-cli` fixes them, and it is told in the same lines."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from tests.oracle.fixes import STATES, Real, Side, Simulated, outcome, real
from tests.oracle.servers import redis_binary


@pytest.fixture(scope="module")
def theirs() -> Iterator[Real]:
    binary = redis_binary()
    if binary is None or shutil.which("redis-cli") is None:
        pytest.skip("redis-server and redis-cli are not on PATH")
    with real(binary) as side:
        yield side


@pytest.fixture(scope="module")
def ours() -> Simulated:
    return Simulated()


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.__name__)
def test_the_real_tool_says_and_does_the_same(
    theirs: Real, ours: Simulated, state: Callable[[Side], None]
) -> None:
    said, keys, owners = outcome(ours, state)
    expected, their_keys, their_owners = outcome(theirs, state)
    assert sorted(said) == sorted(expected)
    assert (keys, owners) == (their_keys, their_owners)
