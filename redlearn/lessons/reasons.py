"""Does what a lesson says in words agree with what was computed?

Answers are computed, but the reason behind an answer is an author's sentence. What a machine can
hold against it: the numbers and quoted replies that it names, and the sums that it does. Nothing
is understood here, so only what cannot be meant otherwise is reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final

from redlearn.lessons.model import Hint, Item, Lesson, Listing, Predict, Prose
from redlearn.lessons.prose import plain_text
from redlearn.lessons.source import Problem

WORDS: Final = {
    "zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6",
    "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
}  # fmt: skip
"""Numbers that prose writes out."""

_NUMBER: Final = re.compile(r"(?<![\w.:-])-?\d+(?:\.\d+)?(?![\w-]|[.:]\w)")
"""A number that stands alone: not in `j9`, `2-2`, `user:7` or a version."""

_QUOTED: Final = re.compile(r"`([^`]+)`|\"([^\"]+)\"")

_SUM: Final = re.compile(
    r"(?<![\w.:-])(\d+) (times|x|\*|/|-|\+|less|plus|minus) (\d+)"
    r"(?: =| is| are| makes?) (\d+)(?![\w:/-]|\.\d| [-+*/x] )( and something)?"
)
"""A sum of two numbers with its result: `1071 - 60 is 1011`."""

_LONGER: Final = re.compile(r"(?:times|x|less|and|plus|minus|[-+*/]) $")
"""What stands before the last two numbers of a longer sum, which is not done."""

_SIGNS: Final[dict[str, Callable[[int, int], Fraction]]] = {
    **dict.fromkeys(("times", "x", "*"), lambda one, other: Fraction(one * other)),
    **dict.fromkeys(("-", "less", "minus"), lambda one, other: Fraction(one - other)),
    **dict.fromkeys(("+", "plus"), lambda one, other: Fraction(one + other)),
    "/": lambda one, other: Fraction(one, other or 1),
}


def contradictions(predict: Predict, found: str) -> Iterator[str]:
    """What a question says in words against its answer `found`.

    A reason that names a wrong answer has to name the right one as well: "-1: it stays. -2 would
    mean that there is no such key." An option that begins with a number promises it, so that
    number, or one behind it, has to be the one that makes the option right.
    """
    named = set(_NUMBER.findall(predict.why))
    named |= {one or other for one, other in _QUOTED.findall(predict.why)}
    written = {WORDS[word] for word in re.findall("[a-z]+", predict.why.lower()) if word in WORDS}
    if found not in named | written:
        for wrong in {option.value for option in predict.options} & named:
            yield f"'why' names {wrong}, which is wrong, and not {found}, which is right"
    for option in predict.options:
        first = re.match(r"-?\d+", option.text)
        is_number = _NUMBER.fullmatch(option.value) is not None
        if first and is_number and option.value not in _NUMBER.findall(option.text):
            yield f"option '{option.text}' promises {first[0]}, but {option.value} makes it right"


def wrong_sums(text: str) -> Iterator[str]:
    """The sums of two numbers in a text that do not come out as it says.

    >>> list(wrong_sums("1071 - 60 is 1011, and 12182 / 8 is 1522 and something"))
    []
    >>> list(wrong_sums("8 times 6 is 46"))
    ['8 times 6 is 48, not 46']
    """
    for found in _SUM.finditer(text):
        if _LONGER.search(text[: found.start()]):
            continue
        one, sign, other, said, rest = found.groups()
        result = _SIGNS[sign](int(one), int(other))
        if (Fraction(int(result)) if rest else result) != int(said):
            yield f"{one} {sign} {other} is {float(result):.10g}, not {said}"


def sums_of(lesson: Lesson) -> Iterator[Problem]:
    """The wrong sums in all that a lesson says."""
    for item in (*lesson.intro, *(item for step in lesson.steps for item in step.items)):
        for text in _texts(item):
            for wrong in wrong_sums(text):
                yield Problem(item.place, wrong)


def _texts(item: Item) -> tuple[str, ...]:
    """What an item says in words."""
    match item:
        case Prose(_, paragraphs) | Hint(_, paragraphs):
            return tuple(map(plain_text, paragraphs))
        case Listing(_, lines):
            return lines
        case Predict():
            return (item.ask, *(option.text for option in item.options), item.why)
    return ()
