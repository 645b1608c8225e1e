"""CLUSTER itself, in a cluster and elsewhere."""

from __future__ import annotations

import pytest

from redlearn.engine.command import COMMANDS
from redlearn.resp.reply import Status
from tests.conftest import Redis
from tests.engine.commands.said import refused

EVERYWHERE = {b"HELP", b"KEYSLOT"}
"""What an engine can tell that is no node of a cluster."""


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


@pytest.mark.parametrize("name", sorted(COMMANDS[b"CLUSTER"].subcommands.keys() - EVERYWHERE))
def test_elsewhere_there_is_no_cluster(redis: Redis, name: bytes) -> None:
    row = COMMANDS[b"CLUSTER"].subcommands[name]
    call = [b"CLUSTER", name, *[b"1"] * (row.low - 2)]
    assert refused(redis, *call) == "ERR This instance has cluster support disabled"
