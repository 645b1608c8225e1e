"""What is said of clients that wait, and of what reaches them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from redlearn.engine.client import Wait
from redlearn.prompt.late import (
    command_text,
    held_text,
    keys_text,
    late_text,
    paused_text,
    waiting_text,
)
from redlearn.resp.reply import NULL_ARRAY, Failure, Push, Reply, Status


def wait(*keys: bytes, until_ms: int = 0) -> Wait:
    return Wait(1, 0, keys, "list", until_ms, False, 1000, (b"BLPOP", *keys, b"0"))


def test_who_waits_is_told_how_it_may_end() -> None:
    assert waiting_text("@a", wait(b"q"), 1000) == "@a waits for q, without end."
    assert waiting_text("", wait(b"q", b"r", until_ms=6000), 1000) == (
        "You wait for q or r, for 5.0 s at most (ctrl+c gives up; @b ... is another client)."
    )


def test_who_waits_for_no_key_waits_for_replicas_or_for_an_answer() -> None:
    parked = replace(wait(), argv=(b"wait", b"1", b"0"))
    assert waiting_text("@a", parked, 1000) == "@a waits for replicas, without end."
    on_its_way = replace(wait(), argv=(b"SET", b"a", b"1"))
    assert waiting_text("@a", on_its_way, 1000) == "@a waits for a reply."
    assert late_text("", on_its_way, 1, 3000) == "You waited 2.0 s for a reply:"


def test_replicas_are_counted_and_nobody_is_served() -> None:
    parked = replace(wait(until_ms=2000), argv=(b"WAIT", b"2", b"1000"))
    assert waiting_text("@a", parked, 1000) == "@a waits for replicas, for 1.0 s at most."
    assert late_text("@a", parked, 1, 2000) == "@a waited 1.0 s for replicas:"


def test_what_is_sent_meanwhile_is_kept() -> None:
    assert held_text("@a", 2) == "@a waits for a reply: it runs as number 2 once that is there."
    assert "@b ... sends from another client" in held_text("", 1)


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        ([b"q", b"x"], "@a waited 1.5 s for q, served:"),
        (NULL_ARRAY, "@a waited 1.5 s for q in vain:"),
        (None, "@a waited 1.5 s for q in vain:"),
        (Failure("UNBLOCKED client unblocked"), "@a waited 1.5 s for q, and now:"),
        (Push([b"message", b"ch", b"hi"]), "@a, a message:"),
    ],
)
def test_a_late_reply_says_for_whom_and_how_long(reply: Reply, said: str) -> None:
    assert late_text("@a", wait(b"q"), reply, 2500) == said


def test_a_reply_to_what_was_kept_says_so() -> None:
    assert late_text("", None, 1, 0) == "You, to what was sent meanwhile:"


def test_bytes_from_outside_are_harmless_and_bounded() -> None:
    assert keys_text((b"\x1b[2J",)) == "\\x1b[2J"
    assert keys_text((b"a", b"b", b"c", b"d", b"e")) == "a or b or c or 2 others"
    assert len(command_text([b"x" * 1000] * 50)) < 500
    assert command_text([b"BLPOP", b"", b"0"]) == 'BLPOP "" 0'


def test_what_monitor_tells_answers_nothing_that_was_sent() -> None:
    line = Status('1700000009.414000 [0 127.0.0.1:7001] "PING"')
    assert late_text("@a", None, line, 0) == "@a sees:"


def test_a_pause_is_told_with_how_long_it_is_yet() -> None:
    assert paused_text("", 1500) == "You wait for the end of CLIENT PAUSE, in 1.5 s: it runs then."
    assert paused_text("@a", 900).startswith("@a waits for the end of CLIENT PAUSE")
