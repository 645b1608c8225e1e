"""The footer of a payload: version and checksum."""

from __future__ import annotations

import pytest

from redlearn.engine.payload.footer import BadFooter, crc64, open_payload, seal

# What Redis 7.0.15 gave for a key that holds "hello".
HELLO = bytes.fromhex("00 05 68 65 6c 6c 6f 0a 00 63 72 df 76 65 34 20 0a")


def test_the_checksum_is_that_of_jones() -> None:
    assert crc64(b"123456789") == 0xE9C6D914C4B8D9CA
    assert crc64(b"") == 0


def test_the_checksum_of_pieces_is_that_of_the_whole() -> None:
    assert crc64(b"456789", crc64(b"123")) == crc64(b"123456789")


def test_a_footer_is_put_on_and_taken_off() -> None:
    assert seal(HELLO[:7], 10) == HELLO
    assert open_payload(HELLO) == (HELLO[:7], 10)


@pytest.mark.parametrize("version", [1, 9, 11, 12, 80])
def test_all_versions_up_to_valkeys_are_read(version: int) -> None:
    assert open_payload(seal(b"\x00\x01a", version)) == (b"\x00\x01a", version)


def test_a_newer_version_is_refused() -> None:
    with pytest.raises(BadFooter, match="version 81"):
        open_payload(seal(b"\x00\x01a", 81))


@pytest.mark.parametrize("size", range(10))
def test_less_than_a_footer_is_refused(size: int) -> None:
    with pytest.raises(BadFooter):
        open_payload(HELLO[-size:] if size else b"")


def test_every_changed_bit_is_noticed() -> None:
    for at in range(len(HELLO)):
        for bit in range(8):
            changed = bytearray(HELLO)
            changed[at] ^= 1 << bit
            with pytest.raises(BadFooter):
                open_payload(bytes(changed))
