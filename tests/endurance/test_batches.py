"""Served, killed and woken in one batch: each ends as on a real server, and nothing comes twice."""

from __future__ import annotations

from tests.clients.served import Served
from tests.endurance.batches import compare
from tests.oracle.servers import Server


def test_a_batch_ends_as_on_a_server(served: Served, redis_server: Server) -> None:
    ends = compare(served.port, redis_server.port, range(25))
    assert {"killed", "woken", "waits", "3"} <= ends
    assert "lost" in ends  # handed to somebody who was killed before he could read it
