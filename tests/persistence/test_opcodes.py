"""Which files are known by their first nine bytes."""

from __future__ import annotations

import pytest

from redlearn.persistence.opcodes import WRITABLE, is_readable, magic_of, version_of
from tests.persistence.files import SERVERS, recorded


@pytest.mark.parametrize("version", [*range(1, 13), 80])
def test_every_version_that_servers_wrote_is_known(version: int) -> None:
    assert is_readable(magic_of(version))
    assert version_of(magic_of(version)) == version


@pytest.mark.parametrize(
    "begin",
    [
        b"", b"REDIS", b"REDIS001", b"REDIS0000", b"REDIS0013", b"REDIS0080", b"REDIS00 9",
        b"REDIS-001", b"redis0010", b"VALKEY011", b"VALKEY081", b"VALKEY08", b"VALKEY0800"[:8],
        b"RDIS00100", b"*2\r\n$6\r\nS",
    ],
)  # fmt: skip
def test_nothing_else_is(begin: bytes) -> None:
    assert not is_readable(begin)


def test_versions_that_can_be_written_can_be_read() -> None:
    assert all(is_readable(magic_of(version)) for version in WRITABLE)


@pytest.mark.parametrize(("server", "version"), zip(SERVERS, (9, 10, 12, 80), strict=True))
def test_real_servers_write_the_version_that_the_table_says(server: str, version: int) -> None:
    assert version_of(recorded(server)) == version
