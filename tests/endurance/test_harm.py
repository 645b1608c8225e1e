"""Doors that are shut stay shut, in a server's words; secrets are told to nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.clients.served import serving
from tests.endurance.harm import SECRET, SHUT, told
from tests.oracle.servers import Connection, redis_binary, running


@pytest.fixture(scope="module")
def sides() -> Iterator[tuple[Connection, Connection]]:
    """A connection to a server of ours and one to a real one, as they come."""
    binary = redis_binary()
    if binary is None:
        pytest.skip("redis-server is not on PATH")
    with ExitStack() as stack:
        ours = stack.enter_context(serving())
        theirs = stack.enter_context(running(binary, "--enable-debug-command", "no"))
        yield stack.enter_context(ours.connect()), stack.enter_context(theirs.connect())


@pytest.mark.parametrize("call", SHUT, ids=lambda call: b" ".join(call).decode())
def test_what_takes_leave_is_refused_in_a_servers_words(
    sides: tuple[Connection, Connection], call: list[bytes]
) -> None:
    ours, theirs = (side.raw(*call) for side in sides)
    assert ours.startswith(b"-")
    assert ours == theirs


def test_secrets_are_seen_by_nobody_else() -> None:
    with serving() as served:
        seen = told(served)
    assert SECRET.decode() not in seen
    assert seen.count("(redacted)") > 20
    assert "SETNAME" in seen  # what is no secret is seen
