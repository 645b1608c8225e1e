"""Acts, found by their names."""

from __future__ import annotations

import pytest

from redlearn.prompt.act import Described, acts_like, is_own_word

ACTS = [Described(name, "", "") for name in ("back", "play", "pause", "pin", "pinned")]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("back", ["back"]),
        ("b", ["back"]),
        ("pin", ["pin"]),
        ("p", ["play", "pause", "pin", "pinned"]),
        ("", []),
        ("x", []),
    ],
)
def test_a_name_may_be_cut_short(name: str, found: list[str]) -> None:
    assert [act.name for act in acts_like(ACTS, name)] == found


@pytest.mark.parametrize(
    ("word", "own"), [(b"help", True), (b"HELP", True), (b"?", True), (b"exit", True),
                      (b"get", False), (b"", False), (b"help" * 99, False), (b"\xff", False)]
)  # fmt: skip
def test_a_few_words_are_understood_without_a_colon(word: bytes, own: bool) -> None:
    assert is_own_word(word) is own
