"""CLUSTER on an engine that is no part of a cluster."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import Status
from tests.conftest import Redis
from tests.engine.commands.said import passed_on, refused


@pytest.mark.parametrize(
    ("key", "slot"),
    [
        (b"", 0), (b"foo", 12182), (b"123456789", 12739), (b"{user1000}.following", 3443),
        (b"foo{}{bar}", 8363), (b"foo{{bar}}zap", 4015), (b"foo{bar}{zap}", 5061),
        (b"\xff\xfe", 3374), (b"{", 4092), (b"{}", 15257), (b"{ }", 9314),
    ],
)  # fmt: skip
def test_keyslot_is_the_crc_of_the_tag_or_the_key(redis: Redis, key: bytes, slot: int) -> None:
    assert redis(b"CLUSTER", b"KEYSLOT", key) == slot


def test_keyslot_touches_no_key(redis: Redis) -> None:
    assert passed_on(redis, "CLUSTER KEYSLOT k") == []
    assert redis("EXISTS k") == 0


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("CLUSTER", "ERR wrong number of arguments for 'cluster' command"),
        ("CLUSTER KEYSLOT", "ERR wrong number of arguments for 'cluster|keyslot' command"),
        ("CLUSTER KEYSLOT a b", "ERR wrong number of arguments for 'cluster|keyslot' command"),
        ("CLUSTER NOPE", "ERR unknown subcommand 'NOPE'. Try CLUSTER HELP."),
    ],
)
def test_cluster_refuses(redis: Redis, line: str, text: str) -> None:
    assert refused(redis, line) == text


def test_cluster_helps(redis: Redis) -> None:
    lines = redis("CLUSTER HELP")
    assert isinstance(lines, list)
    assert Status("KEYSLOT key") in lines
