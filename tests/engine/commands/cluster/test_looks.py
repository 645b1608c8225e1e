"""CLUSTER and what a node sees: handed on as it is."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import Reply, Verbatim
from tests.conftest import Redis
from tests.engine.sketch import HERE, join


@pytest.mark.parametrize(
    ("line", "reply"),
    [
        ("CLUSTER MYID", HERE),
        ("CLUSTER MYSHARDID", b"c" * 40),
        ("CLUSTER SLOTS", [b"slots"]),
        ("CLUSTER SHARDS", [b"shards"]),
        ("CLUSTER LINKS", [b"links"]),
        ("CLUSTER REPLICAS bb", [b"replicas"]),
        ("CLUSTER SLAVES bb", [b"replicas"]),
        ("CLUSTER COUNT-FAILURE-REPORTS bb", 3),
    ],
)
def test_a_look_is_what_the_node_sees(redis: Redis, line: str, reply: Reply) -> None:
    join(redis)
    assert redis(line) == reply


@pytest.mark.parametrize(
    ("line", "text"),
    [("CLUSTER INFO", b"cluster_state:ok\r\n"), ("CLUSTER NODES", b"a line\n")],
)
def test_lines_are_text(redis: Redis, line: str, text: bytes) -> None:
    join(redis)
    reply = redis(line)
    assert isinstance(reply, Verbatim)
    assert (reply.data, reply.format) == (text, "txt")
