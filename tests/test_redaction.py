"""Secrets in a command's arguments, hidden."""

from __future__ import annotations

import pytest

from redlearn.redaction import hides_anything, redacted


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (b"AUTH x", b"AUTH (redacted)"),
        (b"auth ann x", b"auth (redacted) (redacted)"),
        (b"HELLO 3 AUTH ann x SETNAME n", b"HELLO 3 AUTH (redacted) (redacted) SETNAME n"),
        (b"ACL SETUSER ann on >x", b"ACL SETUSER (redacted) (redacted) (redacted)"),
        (b"ACL DELUSER ann bob", b"ACL DELUSER (redacted) (redacted)"),
        (b"ACL GETUSER ann", b"ACL GETUSER (redacted)"),
        (b"CONFIG SET maxmemory 1 requirepass x", b"CONFIG SET maxmemory 1 requirepass (redacted)"),
        (b"CONFIG SET masterauth x", b"CONFIG SET masterauth (redacted)"),
        (b"MIGRATE h 1 k 0 5 AUTH x KEYS a", b"MIGRATE h 1 k 0 5 AUTH (redacted) KEYS a"),
        (b"MIGRATE h 1 k 0 5 AUTH2 u x", b"MIGRATE h 1 k 0 5 AUTH2 (redacted) (redacted)"),
    ],
)
def test_secrets_are_hidden_and_nothing_else(call: bytes, shown: bytes) -> None:
    assert list(redacted(call.split())) == shown.split()
    assert hides_anything(call.split())


@pytest.mark.parametrize(
    "call", [b"SET AUTH x", b"ACL LIST", b"CONFIG GET requirepass", b"HELLO 3", b"AUTH", b""]
)
def test_a_call_without_secrets_stays_as_it_is(call: bytes) -> None:
    words = call.split()
    assert redacted(words) == words
    assert not hides_anything(words)
