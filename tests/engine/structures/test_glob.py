"""Glob patterns: every form, the odd ones that Redis has, and no blow-up."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.glob import Glob, matches


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (b"h?llo", b"hello", True),
        (b"h?llo", b"hllo", False),
        (b"h*llo", b"heeeello", True),
        (b"h*llo", b"hllo", True),
        (b"h[ae]llo", b"hallo", True),
        (b"h[ae]llo", b"hillo", False),
        (b"h[^e]llo", b"hallo", True),
        (b"h[^e]llo", b"hello", False),
        (b"h[a-b]llo", b"hbllo", True),
        (b"h[b-a]llo", b"hallo", True),
        (b"h\\?llo", b"h?llo", True),
        (b"h\\?llo", b"hello", False),
        (b"[\\]]", b"]", True),
        (b"[]x]", b"x]", False),
        (b"[]", b"]", False),
        (b"[a", b"a", True),
        (b"[", b"[", False),
        (b"[^", b"[", True),
        (b"[a-", b"-", True),
        (b"a\\", b"a\\", True),
        (b"[\\", b"\\", True),
        (b"a*b*c", b"a--b--c", True),
        (b"a*b*c", b"a--c--b", False),
        (b"*a*", b"a", True),
        (b"a*a", b"a", False),
        (b"ab*bc", b"abc", False),
        (b"**x**", b"x", True),
        (b"a\n*", b"a\nb\n", True),
        (b"", b"", True),
        (b"", b"a", False),
    ],
)
def test_a_pattern_describes_a_text_or_does_not(
    pattern: bytes, text: bytes, expected: bool
) -> None:
    assert Glob(pattern).matches(text) is expected


@pytest.mark.parametrize("pattern", [b"*", b"**", b"?", b"a*"])
def test_nothing_but_the_empty_pattern_describes_the_empty_text(pattern: bytes) -> None:
    assert not Glob(pattern).matches(b"")


@pytest.mark.parametrize(
    ("byte", "inside"), [(0xFF, True), (0x00, True), (0x01, True), (0x02, False), (0x80, False)]
)
def test_a_range_compares_bytes_as_signed_chars(byte: int, inside: bool) -> None:
    assert Glob(b"[\x01-\xff]").matches(bytes([byte])) is inside


def test_case_is_ignored_on_request_but_not_behind_a_backslash_in_a_class() -> None:
    glob = Glob(b"MAX[a-c]*[\\X]", nocase=True)
    assert glob.matches(b"maxB--X")
    assert not glob.matches(b"maxB--x")
    assert not Glob(b"MAX*").matches(b"maxmemory")


def test_only_a_lone_star_is_known_to_match_everything() -> None:
    assert Glob(b"*").everything
    assert not Glob(b"**").everything


def test_many_stars_cost_no_exponential_time() -> None:
    assert not Glob(b"a*" * 5000 + b"b").matches(b"a" * 20_000)


@pytest.mark.parametrize(("stars", "expected"), [(1000, True), (1001, False)])
def test_a_thousand_stars_are_followed_and_no_more(stars: int, expected: bool) -> None:
    """As redis-server 7.0.15 answers KEYS; a star at the very end is free."""
    text = b"a" * 1100
    assert Glob(b"*a" * stars).matches(text) is expected
    assert Glob(b"*a" * stars + b"*").matches(text) is expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (b"MAXMEM*", b"maxmemory", True),
        (b"[A-z]x", b"mx", True),
        (b"[Z-a]x", b"ax", False),
        (b"[^M]x", b"mx", False),
        (b"[\\M]x", b"mx", False),
        (b"\\Mx", b"mx", True),
    ],
)
def test_case_may_be_ignored(pattern: bytes, text: bytes, expected: bool) -> None:
    """As redis-server 7.0.15 answers CONFIG GET."""
    assert matches(pattern, text, nocase=True) is expected


def test_a_literal_between_stars_is_not_found_inside_the_last_segment() -> None:
    assert not matches(b"*ab*b", b"ab")
    assert matches(b"*ab*b", b"abb")


def test_random_patterns_agree_with_a_matcher_that_tries_everything() -> None:
    rng = Random(7)
    for _ in range(3000):
        pattern = bytes(rng.choices(b"ab*?[]^-\\", k=rng.randrange(7)))
        text = bytes(rng.choices(b"ab-]\\", k=rng.randrange(1, 6)))
        assert Glob(pattern).matches(text) is tries_everything(pattern, text), (pattern, text)


def tries_everything(pattern: bytes, text: bytes) -> bool:
    """Compare byte by byte, trying every length for a star."""
    if not pattern or not text:
        return not text and not pattern.strip(b"*")
    if pattern[:1] == b"*":
        return any(tries_everything(pattern[1:], text[n:]) for n in range(len(text) + 1))
    if pattern[:1] == b"?":
        return tries_everything(pattern[1:], text[1:])
    if pattern[:1] == b"[":
        fits, rest = in_class(pattern[1:], text[0])
        return fits and tries_everything(rest, text[1:])
    if pattern[:1] == b"\\" and len(pattern) > 1:
        pattern = pattern[1:]
    return pattern[0] == text[0] and tries_everything(pattern[1:], text[1:])


def in_class(pattern: bytes, byte: int) -> tuple[bool, bytes]:
    """Whether a class fits `byte`, and the pattern behind it."""
    negated = pattern[:1] == b"^"
    pattern = pattern[negated:]
    found = False
    while pattern and pattern[:1] != b"]":
        if pattern[:1] == b"\\" and len(pattern) > 1:
            found, pattern = found or pattern[1] == byte, pattern[2:]
        elif len(pattern) > 2 and pattern[1:2] == b"-":
            low, high = sorted((pattern[0], pattern[2]))
            found, pattern = found or low <= byte <= high, pattern[3:]
        else:
            found, pattern = found or pattern[0] == byte, pattern[1:]
    return found is not negated, pattern[1:]
