"""Requests that are none: the same is understood and answered as by a real server."""

from __future__ import annotations

from tests.clients.served import Served
from tests.endurance.fuzz import LIMITS, answered, disagreement, sent
from tests.oracle.servers import Server

CASES = 600


def test_a_real_server_says_the_same_to_every_case(served: Served, redis_server: Server) -> None:
    for number in range(CASES):
        data = sent(0, number)
        ours, theirs = answered(served.port, data), answered(redis_server.port, data)
        assert ours == theirs, f"case {number}: {data[:500]!r}"


def test_where_a_read_ends_changes_nothing() -> None:
    for number in range(len(LIMITS), CASES):
        assert not disagreement(sent(0, number))


def test_the_cases_are_broken_in_many_ways(redis_server: Server) -> None:
    said = b"".join(answered(redis_server.port, sent(0, number)) for number in range(300))
    for text in (
        b"too big inline request", b"too big mbulk count string", b"too big bulk count string",
        b"invalid multibulk length", b"invalid bulk length", b"expected '$', got 'P'",
        b"unbalanced quotes in request",
    ):  # fmt: skip
        assert b"-ERR Protocol error: " + text in said


def test_what_a_web_page_makes_a_browser_send_is_cut_off_before_it_is_answered(
    served: Served, redis_server: Server
) -> None:
    for data in (b"POST / HTTP/1.1\r\n\r\nSET k v\r\n", b"SET k v\r\nHost: a\r\nSET k w\r\n"):
        assert answered(served.port, data) == answered(redis_server.port, data) == b""
    with served.connect() as client:
        assert client.run(b"GET", b"k") == b"v"
