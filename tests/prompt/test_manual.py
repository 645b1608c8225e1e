"""What `help` says."""

from __future__ import annotations

import pytest

import redlearn.engine.commands  # noqa: F401  (fills the command table)
from redlearn.engine.command import all_commands
from redlearn.prompt.manual import WIDTH, is_help, manual, meant


def test_a_command_has_a_page() -> None:
    assert manual([b"zscore"]) == [
        "  ZSCORE key member",
        "  summary: Return the score of a member.",
        "  cost: O(1); O(N) in a listpack of N members",
        "  since: 1.2.0",
        "  group: sorted-set",
        "",
    ]


def test_a_deprecated_command_says_what_to_use() -> None:
    assert any("deprecated since" in line and "GETRANGE" in line for line in manual([b"SUBSTR"]))


def test_a_container_has_the_pages_of_all_it_holds() -> None:
    text = "\n".join(manual([b"object"]))
    assert "  OBJECT ENCODING key" in text
    assert "  OBJECT FREQ key" in text
    assert manual([b"object", b"freq"])[0] == "  OBJECT FREQ key"


def test_a_group_is_listed_with_a_line_for_each_command() -> None:
    lines = manual([b"@HASH"])
    assert [line.split()[0] for line in lines][:2] == ["HSET", "HMSET"]
    assert len(lines) == sum(row.group == "hash" for row in all_commands())


def test_without_a_subject_it_says_what_can_be_asked() -> None:
    assert any("@sorted-set" in line for line in manual([]))


@pytest.mark.parametrize("word", [b"nosuch", b"@nosuch", b"\x1b[31m", b"@\xff", b"", b"x" * 9999])
def test_what_it_does_not_know_it_says(word: bytes) -> None:
    (line,) = manual([word])
    assert "There is no" in line
    assert line.isprintable()
    assert len(line) < 300


def test_every_command_has_a_page_with_a_sentence() -> None:
    for row in all_commands():
        lines = manual(row.name.encode().split(b"|"))
        assert f"summary: {row.summary}" in " ".join(" ".join(lines).split()), row.name


def test_two_words_ask_for_it() -> None:
    assert [is_help([word]) for word in (b"help", b"?", b"HELP", b"get")] == [True] * 3 + [False]
    assert not is_help([])


@pytest.mark.parametrize(
    ("typed", "question"),
    [
        (b"gte", "Did you mean GET?"),
        (b"ZDAD", "Did you mean ZADD?"),
        (b"hgetal", "Did you mean HGETALL or HGET?"),
        (b"u", ""),
        (b"42", ""),
        (b"\xff\x00", ""),
        (b"x" * 5000, ""),
    ],
)
def test_a_slip_is_asked_about_and_nothing_else(typed: bytes, question: str) -> None:
    assert meant(typed) == question


def test_the_page_of_a_command_that_is_not_there_asks_as_well() -> None:
    assert manual([b"zdad"]) == ["There is no command zdad here. Did you mean ZADD?"]
    assert manual([b"qqq"])[0].endswith("COMMAND LIST names those that there are.")


def test_pages_fit_a_small_terminal() -> None:
    rows = [row for each in all_commands() for row in manual(each.name.encode().split(b"|"))]
    assert all(len(row) <= WIDTH or " " not in row.strip() for row in rows)
    assert "           already in it." in rows
