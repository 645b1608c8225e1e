"""LZF: back and forth, as the module draws it, and what broken bytes get."""

from __future__ import annotations

import doctest
from random import Random

import pytest

from redlearn.engine.structures import lzf
from redlearn.engine.structures.lzf import compress, expand


def test_the_bytes_are_those_the_module_draws() -> None:
    assert doctest.testmod(lzf).failed == 0
    drawn = bytes.fromhex("08") + b"<abcdefgh" + bytes.fromhex("c0 07 01") + b">!"
    assert expand(drawn, 19) == b"<abcdefghabcdefgh>!"


@pytest.mark.parametrize("seed", range(30))
def test_what_was_compressed_comes_back(seed: int) -> None:
    rng = Random(seed)
    letters = rng.choice((b"a", b"ab", b"abcdefgh", bytes(range(256))))
    data = bytes(rng.choices(letters, k=rng.randrange(1, 3000)))
    squeezed = compress(data, len(data) * 2 + 40)
    assert squeezed is not None
    assert expand(squeezed, len(data)) == data


def test_the_output_never_passes_its_limit() -> None:
    data = b"some text, some text, and some more text"
    sizes = [len(out) for most in range(60) if (out := compress(data, most)) is not None]
    assert sizes
    assert all(compress(data, size - 1) is None for size in sizes)
    assert compress(b"", 10) is None


def test_what_does_not_repeat_does_not_shrink() -> None:
    assert compress(bytes(range(200)), 200) is None


def test_a_long_run_takes_three_bytes_for_264() -> None:
    squeezed = compress(b"x" * 2000, 2000)
    assert squeezed is not None and len(squeezed) == 30


@pytest.mark.parametrize(
    ("squeezed", "size", "complaint"),
    [
        ("05 61 62", 6, "cut off"),
        ("00 61 20", 4, "cut off"),
        ("00 61 e0", 4, "cut off"),
        ("00 61 20 05", 4, "before the beginning"),
        ("00 61", 5, "5 bytes were promised, there are 1"),
        ("00 61 e0 ff 00", 5, "5 bytes were promised, there are 265"),
    ],
)
def test_broken_bytes_are_refused(squeezed: str, size: int, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        expand(bytes.fromhex(squeezed), size)


def test_no_bytes_at_all_make_it_fail_otherwise_or_grow_beyond_its_promise() -> None:
    rng = Random(5)
    for _ in range(3000):
        noise = rng.randbytes(rng.randrange(20))
        try:
            assert len(expand(noise, 30)) == 30
        except ValueError:
            continue
