"""Integers are read as strictly as Redis reads them."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.resp.integer import INT64_MAX, INT64_MIN, parse_integer
from tests.oracle.servers import Server

ODD_SPELLINGS = [
    b"", b"-", b"+", b"+1", b"-0", b"00", b"01", b"-01", b" 1", b"1 ", b"1\n", b"1_0", b"0x1",
    b"1.0", b"1e3", b"1\x00", b"\xb2", "\u0661".encode(), b"--1", b"9" * 18, b"9" * 19, b"9" * 30,
    b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808",
    b"-9223372036854775809", b"18446744073709551616", b"inf", b"nan", b"0", b"-1", b"1" * 100,
]  # fmt: skip


@pytest.mark.parametrize("number", [0, 1, -1, 42, 10**18, INT64_MAX, INT64_MIN])
def test_what_redis_would_print_is_read(number: int) -> None:
    assert parse_integer(b"%d" % number) == number


@pytest.mark.parametrize("number", [INT64_MAX + 1, INT64_MIN - 1, 2**64, 10**30])
def test_more_than_64_bits_are_refused(number: int) -> None:
    assert parse_integer(b"%d" % number) is None


def test_redis_refuses_the_same_spellings(redis_server: Server) -> None:
    rng = Random(1)
    noise = [
        bytes(rng.choice(b"0123456789-+ _") for _ in range(rng.randrange(6))) for _ in range(2000)
    ]
    with redis_server.connect() as client:
        for data in ODD_SPELLINGS + noise:
            client.run(b"SET", b"k", b"0")
            reply = client.run(b"INCRBY", b"k", data)
            assert parse_integer(data) == (reply if isinstance(reply, int) else None), data
