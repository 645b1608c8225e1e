from __future__ import annotations

from redlearn.lessons.known import KNOWN, reason
from redlearn.lessons.library import lesson_files

MESSAGE = "`MEMORY USAGE visits` prints '(integer) 56' on line 1, not '(integer) 48'"


def test_what_is_known_to_differ_names_lessons_that_are_there() -> None:
    assert {each.file for each in KNOWN} <= {path.name for path in lesson_files()}


def test_a_reason_is_of_one_lesson_one_server_and_one_message() -> None:
    assert "same block" in reason("02-strings.md", "valkey", MESSAGE)
    assert reason("02-strings.md", "redis", MESSAGE) == ""
    assert reason("03-counters.md", "valkey", MESSAGE) == ""
    assert reason("02-strings.md", "valkey", f"{MESSAGE[:-4]}x") != ""
    assert reason("02-strings.md", "valkey", MESSAGE.replace("MEMORY", "OBJECT")) == ""


def test_what_hangs_on_a_seed_is_known_of_every_server() -> None:
    message = "`DBSIZE` prints '(integer) 32' on line 1, not '(integer) 34'"
    assert reason("06-expiry.md", "redis", message) == reason("06-expiry.md", "valkey", message)
    assert "seed" in reason("06-expiry.md", "redis", message)
