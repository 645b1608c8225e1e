"""What INFO counts of a script's errors, and of its calls', beside real servers'.

What a call came to is counted as the call's, even if the script goes on; what the script replies
with is a failure of its own, and is counted as an error unless one of its calls has been.
"""

from __future__ import annotations

import re

import pytest

from redlearn.resp.encode import encode
from tests.conftest import Redis
from tests.oracle.servers import Server

SCRIPTS = (
    "return redis.call('GET', 's')",
    "return redis.pcall('GET', 's')",
    "redis.pcall('GET', 's') return 1",
    "redis.pcall('GET', 's') error('later')",
    "return {1, {redis.pcall('INCR', 's')}}",
    "error('no')",
    "return {err='MY no'}",
    "redis.call('NO')",
    "redis.pcall('NO') return 1",
    "redis.pcall('GET') redis.pcall('GET') return 1",
    "return redis.pcall('SUBSCRIBE', 'x')",
    "redis.call('OBJECT', 'NO')",
    "return {redis.pcall('GET'), redis.pcall('GET', 's'), {err='A b'}, {err='C d'}}",
    "no lua",
)
COUNTED = re.compile(
    rb"(?:errorstat_\w+:count=\d+|total_error_replies:\d+"
    rb"|cmdstat_(?:eval|get|incr|subscribe):calls=\d+|rejected_calls=\d+,failed_calls=\d+)"
)


@pytest.fixture(params=["redis_server", "valkey_server"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found


def lines(told: bytes) -> list[list[bytes]]:
    """What was counted, line by line; nothing of INFO, CONFIG and what made the set."""
    found = [COUNTED.findall(line) for line in told.split(b"\r\n")]
    return sorted(each for each in found if each and not each[0].startswith(b"rejected"))


@pytest.mark.parametrize("body", SCRIPTS)
def test_the_errors_of_a_script_are_counted_as_in_a_server(
    redis: Redis, server: Server, body: str
) -> None:
    calls = [[b"SADD", b"s", b"a"], [b"CONFIG", b"RESETSTAT"], [b"EVAL", body.encode(), b"0"]]
    redis.engine.state.stats.timer = lambda: 0
    with server.connect() as client:
        for argv in calls:
            redis.engine.execute_timed(redis.client, argv)
            client.raw(*argv)
        theirs = lines(client.run(b"INFO", b"everything"))
    redis.client.take()
    redis.engine.execute_timed(redis.client, [b"INFO", b"everything"])
    assert lines(encode(redis.client.take()[0])) == theirs
