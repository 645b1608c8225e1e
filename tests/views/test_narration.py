"""Narration: every event has its sentence, and no sentence can move a cursor."""

from __future__ import annotations

import pytest

import redlearn.engine.engine  # noqa: F401  (loads every module that has events)
from redlearn.engine.context import KeyUsed
from redlearn.engine.engine import CommandStarted
from redlearn.engine.structures.skiplist import Dropped
from redlearn.probe import Event
from redlearn.resp.reply import NULL_ARRAY, Failure, Reply, Status
from redlearn.views.narration import (
    SENTENCES,
    counted,
    reply_text,
    seconds,
    sentence,
    teller,
    words,
)
from tests.views.showing import SMALL_HASHES, SMALL_ZSETS, Showing

NASTY = b"\x1b[31m[bold]\r\n\x00\xff\xe9\x94\xae"


def engine_events() -> set[type[Event]]:
    found: set[type[Event]] = set()
    waiting: list[type[Event]] = [Event]
    while waiting:
        for kind in waiting.pop().__subclasses__():
            if kind.__module__.startswith("redlearn."):
                found.add(kind)
            waiting.append(kind)
    return found


def test_every_event_has_a_sentence() -> None:
    kinds = engine_events()  # a class with slots leaves its twin without them behind
    told = {kind.__qualname__ for kind in kinds if teller(kind) is not None}
    assert {kind.__qualname__ for kind in kinds} - told == set()
    assert len(SENTENCES) > 30


def test_sentences_of_real_commands_are_sentences() -> None:
    show = Showing(config={**SMALL_ZSETS, **SMALL_HASHES, "notify-keyspace-events": "KEA"})
    told: set[type[Event]] = set()
    argvs: list[list[bytes]] = [
        [b"SET", NASTY, NASTY, b"PX", b"5"], [b"HSET", b"h", NASTY, b"1", b"b", NASTY, b"c", b"3"],
        [b"HGET", b"h", NASTY], [b"HDEL", b"h", NASTY], [b"ZADD", b"z", b"1", NASTY, b"2", b"b"],
        [b"ZADD", b"z", b"1", b"0"], [b"ZREM", b"z", b"0"],
        [b"ZADD", b"z", b"3", b"c", b"4", b"d", b"5", b"e"], [b"ZINCRBY", b"z", b"0.5", b"b"],
        [b"ZREM", b"z", NASTY], [b"ZRANGE", b"z", b"1", b"2"], [b"SCAN", b"0"], [b"MULTI"],
        [b"GET", NASTY], [b"EXEC"], [b"DEL", b"z", b"h"], [b"NOSUCH", NASTY], [b"FLUSHALL"],
        *[[b"SET", b"k%d" % n, b"v"] for n in range(12)], [b"HSET", b"g", b"aa", b"1"],
        [b"HSET", b"g", b"a", b"1"],
    ]  # fmt: skip
    for argv in argvs:
        show(*argv)
        for event in show.events():
            said = sentence(event)
            assert said.isprintable()
            assert said.endswith(".")
            assert len(said) < 600
            told.add(type(event))
        show.session.advance(200)
    assert len(told) > 20


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (
            Dropped(2, b"ann", 50.0, b"cy", 90.0),
            "The search drops from lane 2 to 1 at ann: cy is too far.",
        ),
        (Dropped(0, None, 0.0, None, None), "The search stops behind HEAD: the lane ends."),
        (KeyUsed(0, b""), 'The command turns to key "".'),
    ],
)
def test_a_sentence_says_what_happened(event: Event, said: str) -> None:
    assert sentence(event) == said


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (None, "nil"), (NULL_ARRAY, "nil"), (5, "5"), (2.5, "2.5"), (Status("OK"), "OK"),
        (b"x\n", '"x\\n"'), ([1, 2], "2 items"), ([], "nothing: an empty list"),
        (Failure("ERR no"), "ERR no"),
    ],
)  # fmt: skip
def test_a_reply_in_a_few_words(reply: Reply, text: str) -> None:
    assert reply_text(reply) == text


def test_many_words_are_counted_and_long_ones_cut() -> None:
    said = words([b"MSET", *[b"x" * 1000] * 100])
    assert len(said) < 600
    assert said.endswith("… 89 more")


@pytest.mark.parametrize(
    ("count", "what", "text"),
    [
        (1, "key", "1 key"),
        (2, "key", "2 keys"),
        (2, "entry", "2 entries"),
        (1000, "byte", "1,000 bytes"),
    ],
)
def test_things_are_counted_in_english(count: int, what: str, text: str) -> None:
    assert counted(count, what) == text


def test_durations_are_short() -> None:
    assert [seconds(ms) for ms in (3, 2000, 700_000, 86_400_000 * 9)] == [
        "0.003 s", "2.0 s", "11.7 min", "9.0 d",
    ]  # fmt: skip


def test_a_password_is_never_told() -> None:
    said = words((b"AUTH", b"ann", b"s3cret"))
    assert said == "AUTH (redacted) (redacted)"
    started = CommandStarted(1, "acl|setuser", (b"ACL", b"SETUSER", b"ann", b">s3cret"))
    assert "s3cret" not in sentence(started)
