"""The random programs of `tests/oracle/compare.py` through a socket: nothing is added or lost.

What the engine does is compared with real servers in `tests/oracle`. Here the server is our own, so
that what the engine says and what comes out of the socket are compared: byte for byte, with four
clients, MULTI, waits that end late, notifications, and every key at the end.
"""

from __future__ import annotations

import pytest

from tests.clients.served import Served
from tests.oracle.compare import Comparison
from tests.oracle.servers import Server


@pytest.mark.parametrize("count", [3_000, pytest.param(100_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("seed", [1, 2])
def test_what_comes_out_of_the_socket_is_what_the_engine_says(
    served: Served, count: int, seed: int
) -> None:
    through = Server("valkey", "9.1", served.port)  # the name says what may be drawn: everything
    outcome = Comparison(through, seed).run(count)
    assert not outcome.unexplained, "\n".join(outcome.unexplained)
    assert outcome.compared >= count
    assert outcome.messages.total() > count / 10
    assert outcome.waited.total() > outcome.served.total() > 0
    assert outcome.states.total() > count / 10
    assert not outcome.explained  # nothing may differ, whatever differs between versions
