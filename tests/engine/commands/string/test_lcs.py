"""LCS: lengths against the textbook table, the walk back, and the forms of the reply."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.commands.string.lcs import runs, table, walk_back
from redlearn.errors import CommandError
from tests.conftest import Redis


def refused(redis: Redis, *command: str | bytes) -> str:
    """The text a command is refused with."""
    with pytest.raises(CommandError) as caught:
        redis(*command)
    return caught.value.text


@pytest.fixture
def texts(redis: Redis) -> Redis:
    redis("MSET a ohmytext b mynewtext")
    return redis


def test_the_subsequence_its_length_and_its_places(texts: Redis) -> None:
    assert texts("LCS a b") == b"mytext"
    assert texts("LCS a b LEN") == 6
    assert texts("LCS a b IDX") == {
        b"matches": [[[4, 7], [5, 8]], [[2, 3], [0, 1]]],
        b"len": 6,
    }


def test_short_matches_can_be_left_out_and_lengths_be_shown(texts: Redis) -> None:
    assert texts("LCS a b IDX MINMATCHLEN 4 WITHMATCHLEN") == {
        b"matches": [[[4, 7], [5, 8], 4]],
        b"len": 6,
    }
    both = texts("LCS a b IDX")
    assert texts("LCS a b MINMATCHLEN 9 MINMATCHLEN -1 idx") == both


def test_missing_keys_are_empty_strings(texts: Redis) -> None:
    assert texts("LCS a nope") == b""
    assert texts("LCS nope nope LEN") == 0
    assert texts("LCS nope a IDX") == {b"matches": [], b"len": 0}


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("LCS h a BOGUS", "ERR The specified keys must contain string values"),
        ("LCS a b BOGUS", "ERR syntax error"),
        ("LCS a b MINMATCHLEN", "ERR syntax error"),
        ("LCS a b MINMATCHLEN x", "ERR value is not an integer or out of range"),
        (
            "LCS a b LEN IDX",
            "ERR If you want both the length and indexes, please just use IDX.",
        ),
    ],
)
def test_wrong_calls_are_refused(texts: Redis, command: str, message: str) -> None:
    texts("HSET h f v")
    assert refused(texts, command) == message


def test_a_table_beyond_the_limit_is_refused(texts: Redis) -> None:
    texts("CONFIG SET proto-max-bulk-len 1mb")
    texts("SETRANGE a 600 x")
    texts("SETRANGE b 600 x")
    assert refused(texts, "LCS a b") == (
        "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len"
    )


@pytest.mark.parametrize("seed", range(30))
def test_bits_say_what_the_textbook_table_says(seed: int) -> None:
    rng = Random(seed)
    a, b = (bytes(rng.choices(b"abc", k=rng.randrange(40))) for _ in range(2))
    cells = textbook_table(a, b)
    rows = table(a, b)
    for i, row in enumerate(rows):
        lengths = [(row & (1 << j) - 1).bit_count() for j in range(len(b) + 1)]
        assert lengths == cells[i]
    assert walk_back(rows, a, b) == textbook_walk(cells, a, b)


def textbook_table(a: bytes, b: bytes) -> list[list[int]]:
    cells = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            if a[i - 1] == b[j - 1]:
                cells[i][j] = cells[i - 1][j - 1] + 1
            else:
                cells[i][j] = max(cells[i - 1][j], cells[i][j - 1])
    return cells


def textbook_walk(cells: list[list[int]], a: bytes, b: bytes) -> list[tuple[int, int]]:
    path, i, j = [], len(a), len(b)
    while i and j:
        if a[i - 1] == b[j - 1]:
            i, j = i - 1, j - 1
            path.append((i, j))
        elif cells[i - 1][j] > cells[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return path


def test_a_run_is_unbroken_in_both_strings() -> None:
    assert runs([(5, 7), (4, 6), (2, 5), (1, 3), (0, 2)]) == [(4, 6, 2), (2, 5, 1), (0, 2, 2)]
    assert runs([]) == []
