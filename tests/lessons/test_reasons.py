from __future__ import annotations

from dataclasses import replace

import pytest

from redlearn.lessons.model import Option, Place, Predict
from redlearn.lessons.reasons import contradictions, sums_of, wrong_sums
from tests.lessons.samples import lesson_of

QUESTION = Predict(Place("l.md", 1), "reply", "TTL k?", None, "TTL k", None, (), "")


def told(why: str, right: str, *others: str) -> list[str]:
    options = tuple(Option(text, text) for text in (right, *others))
    return list(contradictions(replace(QUESTION, options=options, why=why), right))


@pytest.mark.parametrize(
    ("why", "right", "wrong"),
    [
        ("There are 5 of them.", "4", "5"),
        ("-2 says that it stays.", "-1", "-2"),
        ("A third of 10.5 bytes.", "3.5", "10.5"),
        ("The reply is `OK`.", "(nil)", "OK"),
        ('It says "listpack" then.', "quicklist", "listpack"),
    ],
)
def test_a_reason_that_names_a_wrong_answer_alone_is_noticed(
    why: str, right: str, wrong: str
) -> None:
    assert told(why, right, wrong) == [
        f"'why' names {wrong}, which is wrong, and not {right}, which is right"
    ]


@pytest.mark.parametrize(
    "why",
    [
        "-1: it stays. -2 would be: gone.",
        "Two of them, and not 5.",
        "Entry 2-5, key user:5, node j5 and version 7.5.1.",
        "5x as much, or 15, or 5.5.",
        "There is no other reason.",
    ],
)
def test_a_reason_may_name_wrong_answers_beside_the_right_one_and_numbers_that_are_none(
    why: str,
) -> None:
    right = "-1" if "-1" in why else "2"
    assert told(why, right, "-2", "5") == []


def test_an_option_promises_the_number_that_it_begins_with() -> None:
    options = (Option("1, and it is gone", "0"), Option("0", "1"), Option("14 more: 62", "62"))
    found = list(contradictions(replace(QUESTION, options=options), "0"))
    assert found == [
        "option '1, and it is gone' promises 1, but 0 makes it right",
        "option '0' promises 0, but 1 makes it right",
    ]


def test_an_option_may_say_in_words_what_is_counted() -> None:
    options = (Option("none: all have moved", "0"), Option("yes, at 7001", "1"), Option("a b", "a"))
    assert list(contradictions(replace(QUESTION, options=options), "0")) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("1071 - 60 is 1012", "1071 - 60 is 1011, not 1012"),
        ("It takes 8 times 6 = 46 bytes", "8 times 6 is 48, not 46"),
        ("64 less 16 are 47.", "64 less 16 is 48, not 47"),
        ("12182 / 8 is 1522", "12182 / 8 is 1522.75, not 1522"),
        ("3 + 4 makes 8", "3 + 4 is 7, not 8"),
    ],
)
def test_a_sum_that_does_not_come_out_is_noticed(text: str, wrong: str) -> None:
    assert list(wrong_sums(text)) == [wrong]


@pytest.mark.parametrize(
    "text",
    [
        "260 - 256 is 4, 1522 x 8 = 12176, 12182 / 8 is 1522 and something",
        "64 - 16 - 3 is 45",  # longer than two numbers: not done
        "8 plus 3 times 2 is 14",
        "2 x 3 = 4 + 2",
        "2024-11 - 3 is a date",
        "1 / 0 is 1",
    ],
)
def test_a_sum_that_comes_out_or_is_no_sum_of_two_is_not(text: str) -> None:
    assert list(wrong_sums(text)) == []


def test_all_that_a_lesson_says_is_looked_through() -> None:
    body = (
        "1 + 1 is 3\n\n## 1\n2 + 2 is `5`\n\n```text\n3 + 3 is 7\n```\n"
        '```predict\nask = "4 + 4 is 9?"\nprobe = "DBSIZE"\noptions = ["0", "1"]\n'
        'why = "5 + 5 is 11"\n```\n```check\n[[expect]]\ncmd = "GET k"\nreply = "1"\n```\n'
        "```hint\n6 + 6 is 13\n```\n```solution\nSET k 1\n```\n"
    )
    found = [str(each.message).rpartition(" ")[2] for each in sums_of(lesson_of(body))]
    assert found == ["3", "5", "7", "9", "11", "13"]
