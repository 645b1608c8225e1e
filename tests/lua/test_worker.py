"""The worker's own parts: numbers as bytes, digests. What it runs is tested through its runner."""

from __future__ import annotations

import math

import pytest

from redlearn.lua.worker import floats, sha1


@pytest.mark.parametrize("text", [b"0.5", b"-0", b"1e300", b"inf", b"-inf", b"5e-324"])
def test_doubles_come_back(text: bytes) -> None:
    packed = floats(b"d", text)
    assert isinstance(packed, bytes)
    back = floats(b"D", packed)
    assert isinstance(back, float)
    assert back == float(text) and math.copysign(1, back) == math.copysign(1, float(text))


def test_what_is_too_large_for_a_single_is_infinite() -> None:
    assert floats(b"f", b"1e300") == b"\x7f\x80\0\0"
    assert floats(b"f", b"-1e300") == b"\xff\x80\0\0"


def test_a_digest_is_forty_hexadecimal_digits() -> None:
    assert sha1(b"") == b"da39a3ee5e6b4b0d3255bfef95601890afd80709"
