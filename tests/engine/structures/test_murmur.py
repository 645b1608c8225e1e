"""MurmurHash64A, with the seed of HyperLogLogs and others."""

from __future__ import annotations

import doctest

import pytest

from redlearn.engine.structures import murmur
from redlearn.engine.structures.murmur import murmur64a

SEED = 0xADC83B19


def test_the_examples_are_true() -> None:
    assert doctest.testmod(murmur).failed == 0


@pytest.mark.parametrize(
    ("data", "hash"),
    [
        (b"", 0xD8DFEA6585BC9732),
        (b"a", 0x53D2470A9B43B1A7),
        (b"hello world", 0xA919BC3051F624B7),
    ],
)
def test_hashes_are_those_that_servers_place_elements_by(data: bytes, hash: int) -> None:
    assert murmur64a(data, SEED) == hash


def test_every_byte_and_the_seed_count() -> None:
    data = bytes(range(24))
    hashes = {murmur64a(data[:size], SEED) for size in range(25)}
    hashes |= {murmur64a(data[:at] + b"\xff" + data[at + 1 :], SEED) for at in range(24)}
    assert len(hashes) == 25 + 24
    assert murmur64a(data, 1) != murmur64a(data, 2)


def test_it_fits_64_bits_and_fills_them() -> None:
    hashes = [murmur64a(b"%d" % number, SEED) for number in range(2000)]
    assert all(0 <= hash < 2**64 for hash in hashes)
    for bit in range(64):
        assert 850 < sum(hash >> bit & 1 for hash in hashes) < 1150
