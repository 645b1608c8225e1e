"""Views of strings: encoding, memory, a window on the bytes."""

from __future__ import annotations

import pytest

from redlearn.engine.values.string import String
from redlearn.views import string


@pytest.mark.parametrize(
    ("value", "encoding", "header", "shared"),
    [
        (String.of(b"12345"), "int", 0, False),
        (String.of(b"9999"), "int", 0, True),
        (String.of(b"hello"), "embstr", 3, False),
        (String.of(b"x" * 45), "raw", 3, False),
        (String.of(b"x" * 300), "raw", 5, False),
        (String(bytearray(b"hi")), "raw", 3, False),
    ],
)
def test_the_encoding_decides_what_lies_round_the_text(
    value: String, encoding: str, header: int, shared: bool
) -> None:
    view = string.look_at(value, 0, 16)
    assert (view.encoding, view.header, view.shared) == (encoding, header, shared)


def test_only_the_window_is_copied() -> None:
    view = string.look_at(String.of(b"0123456789" * 1_000_000), 5_000_000, 12)
    assert view.data == b"012345678901"
    assert view.length == 10_000_000


def test_a_number_shows_the_bytes_of_its_pointer_and_not_digits_that_are_nowhere() -> None:
    view = string.look_at(String.of(b"-17"), 0, 16)
    assert (view.number, view.length) == (-17, 3)
    assert view.data.hex() == "efffffffffffffff"
