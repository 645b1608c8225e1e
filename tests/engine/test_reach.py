"""Reach: where a server may be sent to by those whom it does not know."""

from __future__ import annotations

import pytest

from redlearn.cluster_errors import OUT_OF_REACH
from redlearn.engine import reach
from redlearn.engine.config import Config
from redlearn.errors import CommandError

HERE = (b"127.0.0.1", b"127.3.2.1", b"::1", b"localhost", b"LocalHost")
ELSEWHERE = (
    b"10.0.0.5", b"169.254.169.254", b"0.0.0.0", b"::", b"::ffff:10.0.0.5", b"fe80::1", b"8.8.8.8",
    b"redis.example", b"localhost.example", b"127.0.0.1.example", b"", b" ", b"\xff", b"127.0.0.1 ",
    # What a resolver may take for another spelling of this machine, or of that one.
    b"127.1", b"2130706433", b"0x7f000001", b"0177.0.0.1", b"167772165",
)  # fmt: skip


def classroom(allowed: str = "") -> Config:
    config = Config(16)
    config.set("classroom-mode", True)
    config.set("classroom-allow", allowed)
    return config


@pytest.mark.parametrize("host", HERE + ELSEWHERE)
def test_outside_of_a_classroom_it_goes_anywhere(host: bytes) -> None:
    reach.check(Config(16), host)


@pytest.mark.parametrize("host", HERE)
def test_in_a_classroom_it_goes_to_this_machine(host: bytes) -> None:
    reach.check(classroom(), host)


@pytest.mark.parametrize("host", ELSEWHERE)
def test_and_nowhere_else(host: bytes) -> None:
    with pytest.raises(CommandError, match="classroom-allow"):
        reach.check(classroom(), host)


def test_but_to_those_on_the_list() -> None:
    config = classroom("10.0.0.5 Redis.Example")
    assert reach.is_within(config, b"10.0.0.5") and reach.is_within(config, b"redis.example")
    assert not any(
        reach.is_within(config, host) for host in (b"10.0.0.6", b"redis", b"", b"10.0.0.5 ")
    )


def test_the_refusal_says_where_it_does_not_go() -> None:
    with pytest.raises(CommandError) as caught:
        reach.check(classroom(), b"10.0.0.5")
    assert caught.value.text == OUT_OF_REACH.format("10.0.0.5")
