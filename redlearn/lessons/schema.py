"""Checking TOML tables of a lesson: which keys there are, of which type, and on which line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from redlearn.lessons.model import Place
from redlearn.lessons.source import Fence, Problems

Table = dict[str, Any]
"""What tomllib gives: str, int, float, bool, dates, lists and tables, by key."""

_AT_LINE: Final = re.compile(r"\s*\(at line (\d+), column \d+\)|\s*\(at end of document\)")

KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "a string": (str,),
    "a whole number": (int,),
    "true or false": (bool,),
    "a list": (list,),
    "a table": (dict,),
    "anything": (object,),
}


def read_toml(fence: Fence, problems: Problems) -> Table | None:
    """The table a block holds, or None after saying what is wrong with it."""
    try:
        return tomllib.loads("\n".join(fence.lines))
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        found = _AT_LINE.search(message)
        number = int(found[1]) - 1 if found and found[1] else max(len(fence.lines) - 1, 0)
        problems.add(fence.at(number), f"not TOML: {_AT_LINE.sub('', message)}")
        return None
    except (ValueError, RecursionError):  # a number, or brackets, without end
        problems.add(fence.place, "not TOML that can be read: a number too long, or too deep")
        return None


def line_of(fence: Fence, key: str, nth: int = 0) -> Place:
    """Where the `nth` line that begins with `key =` or `[key]` stands; else the block's own."""
    pattern = re.compile(rf"\s*(?:\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*(?:=|\.|\]|$)")
    for number, line in enumerate(fence.lines):
        if pattern.match(line):
            if nth == 0:
                return fence.at(number)
            nth -= 1
    return fence.place


def fits(
    table: Table, shape: Mapping[str, str], fence: Fence, problems: Problems, nth: int = 0
) -> bool:
    """Whether `table` has only keys of `shape`, each of its kind. `key!` must be there.

    Args:
        shape: Key (with `!` when required) to one of KINDS.
        nth: Which of several tables in the block this is, to find the right line.
    """
    before = len(problems.found)
    kinds = {key.rstrip("!"): kind for key, kind in shape.items()}
    for key, value in table.items():
        if key not in kinds:
            problems.unknown(line_of(fence, key, nth), "key", key, list(kinds))
        elif not _is_a(value, kinds[key]):
            problems.add(line_of(fence, key, nth), f"'{key}' must be {kinds[key]}")
    for key in shape:
        if key.endswith("!") and key[:-1] not in table:
            problems.add(fence.place, f"'{key[:-1]}' is missing")
    return len(problems.found) == before


def strings(table: Table, key: str, fence: Fence, problems: Problems) -> tuple[str, ...]:
    """The list of strings under `key`, empty when absent."""
    values = table.get(key, [])
    if isinstance(values, list) and all(isinstance(value, str) for value in values):
        return tuple(values)
    problems.add(line_of(fence, key), f"'{key}' must be a list of strings")
    return ()


def whole(
    table: Table, key: str, low: int, high: int, fence: Fence, problems: Problems
) -> int | None:
    """The whole number under `key`, which must lie from `low` to `high`; None when absent."""
    value = table.get(key)
    if value is None:
        return None
    if _is_a(value, "a whole number") and low <= value <= high:
        return int(value)
    problems.add(line_of(fence, key), f"'{key}' must be a whole number from {low} to {high}")
    return None


def _is_a(value: object, kind: str) -> bool:
    if isinstance(value, bool):  # a bool is an int in Python, not in TOML
        return kind in ("true or false", "anything")
    return isinstance(value, KINDS[kind])
