"""No command of the data groups, and no word of its syntax, is left out of the programs."""

from __future__ import annotations

from tests.oracle.calls import Call
from tests.oracle.coverage import Drawn, data_commands, drawn, drawn_words, gaps, words_of

NOT_DRAWN = {
    "pfselftest": "takes a real server some seconds, and has a test of its own",
}
"""Commands that no program draws, and why."""


def test_every_command_is_drawn_in_good_calls() -> None:
    found = drawn(12_000)
    missing = {row.name for row in data_commands() if not found.good[row.name]}
    assert missing == {*NOT_DRAWN}
    assert found.good.total() > found.calls.total() * 0.6


def test_every_word_of_their_syntax_is_drawn() -> None:
    found = drawn_words(1500)
    missing = [
        f"{row.name} {word}"
        for row in data_commands()
        for word in sorted(words_of(row))
        if not found.words[row.name, word]
    ]
    assert missing == []


def test_a_gap_is_found() -> None:
    found = Drawn()
    found.count(Call([b"set", b"k", b"v", b"nx"], b"+OK\r\n"))
    found.count(Call([b"GET", b"k"], b"-WRONGTYPE no\r\n"))
    missing = gaps(found)
    assert "set" not in missing
    assert "set NX" not in missing
    assert {"get", "set XX", "object|encoding"} <= {*missing}
