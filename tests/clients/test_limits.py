"""limits: rate limiters, whose counting is done by scripts in the server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from limits import parse
from limits.storage import storage_from_string
from limits.strategies import (
    FixedWindowRateLimiter,
    MovingWindowRateLimiter,
    SlidingWindowCounterRateLimiter,
)

from tests.clients.served import Served


@pytest.mark.parametrize(
    "strategy",
    [FixedWindowRateLimiter, MovingWindowRateLimiter, SlidingWindowCounterRateLimiter],
    ids=lambda strategy: strategy.__name__,
)
def test_ten_an_hour_are_let_through_and_no_more(
    served: Served, strategy: Callable[[Any], Any]
) -> None:
    limiter = strategy(storage_from_string(served.url))
    limit = parse("10/hour")
    for left in range(10, 0, -1):
        assert limiter.get_window_stats(limit, "ann").remaining == left
        assert limiter.hit(limit, "ann")
    assert not limiter.test(limit, "ann")
    assert not limiter.hit(limit, "ann")
    assert limiter.hit(limit, "bob")
    assert not limiter.hit(limit, "bob", cost=10)
    limiter.clear(limit, "ann")
    assert limiter.hit(limit, "ann")
    assert limiter.storage.check()
    assert limiter.storage.reset() is not None
