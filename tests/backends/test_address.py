from __future__ import annotations

import pytest

from redlearn.backends.address import Address, BadAddress, read_address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("redis://127.0.0.1:7000", Address("127.0.0.1", 7000)),
        ("redis://localhost", Address("localhost", 6379)),
        ("valkey://localhost/0", Address("localhost", 6379)),
        ("127.0.0.1:7000", Address("127.0.0.1", 7000)),
        ("redis://[::1]:7000/", Address("::1", 7000)),
        ("redis://:s%40crt@h", Address("h", 6379, "", "s@crt")),
        ("redis://ann:secret@h:1", Address("h", 1, "ann", "secret")),
    ],
)
def test_a_server_is_named_by_a_url_or_by_host_and_port(text: str, address: Address) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rediss://h", "without TLS"),
        ("http://h", "begins with redis://"),
        ("redis://", "names a host"),
        ("", "names a host"),
        ("h:port", "this is no address"),
        ("h:99999999", "this is no address"),
        ("redis://h/3", "leave the path out"),
    ],
)
def test_what_names_no_server_is_refused_with_the_reason(text: str, says: str) -> None:
    with pytest.raises(BadAddress, match=says):
        read_address(text)


def test_a_password_is_never_printed() -> None:
    assert str(read_address("redis://ann:secret@[::1]:7000")) == "[::1]:7000"
