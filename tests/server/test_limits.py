"""Limits, as the configuration has them."""

from __future__ import annotations

import pytest

from redlearn.engine.config import BadSetting, Config, parameter
from redlearn.server.limits import Limits


def test_defaults_are_those_of_redis() -> None:
    limits = Limits.of(Config(16))
    assert (limits.clients, limits.idle, limits.keep_alive) == (10000, 0, 300)
    assert limits.output == {
        "normal": (0, 0, 0),
        "slave": (256 << 20, 64 << 20, 60),
        "pubsub": (32 << 20, 8 << 20, 60),
    }


def test_a_class_that_is_not_named_keeps_its_limits() -> None:
    config = Config(16)
    row = parameter("client-output-buffer-limit")
    assert row is not None
    config.set(row.name, row.read("Replica 1kb 2mb 3"))
    assert Limits.of(config).output["slave"] == (1024, 2 << 20, 3)
    assert Limits.of(config).output["pubsub"] == (32 << 20, 8 << 20, 60)


@pytest.mark.parametrize("text", ["normal", "normal 1 2", "odd 1 2 3", "normal a 2 3"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    row = parameter("client-output-buffer-limit")
    assert row is not None
    with pytest.raises(BadSetting):
        row.read(text)
