"""DEBUG: what it shows, what it moves, and what it refuses."""

from __future__ import annotations

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.errors import DEBUG_NOT_ALLOWED
from redlearn.resp.reply import Failure, Status
from tests.conftest import Redis
from tests.engine.commands.said import refused


def test_an_engine_refuses_unless_it_was_told(redis: Redis) -> None:
    engine = Engine(VirtualClock(1000))
    client = engine.connect()
    for argv in ([b"DEBUG", b"DIGEST"], [b"DEBUG", b"NOPE"], [b"MULTI"], [b"debug", b"help"]):
        engine.execute(client, argv)
    engine.execute(client, [b"DEBUG"])
    engine.execute(client, [b"EXEC"])
    assert [reply.text for reply in client.take() if isinstance(reply, Failure)] == [
        *[DEBUG_NOT_ALLOWED] * 3,
        "ERR wrong number of arguments for 'debug' command",
        "EXECABORT Transaction discarded because of previous errors.",
    ]


def test_nobody_can_allow_it_later(redis: Redis) -> None:
    assert "can't set immutable config" in refused(redis, "CONFIG SET enable-debug-command no")
    assert redis("CONFIG GET enable-debug-command") == {b"enable-debug-command": b"yes"}


UNKNOWN = "ERR unknown subcommand or wrong number of arguments for '{}'. Try DEBUG HELP."


@pytest.mark.parametrize("words", ["NOPE", "SEGFAULT", "PANIC", "OOM", "JMAP", "RESTART 5"])
def test_what_would_end_a_server_is_refused(redis: Redis, words: str) -> None:
    assert refused(redis, f"DEBUG {words}") == UNKNOWN.format(words.split()[0])


@pytest.mark.parametrize("words", ["DIGEST x", "help x"])
def test_a_wrong_number_of_words_is_told_like_an_unknown_one(redis: Redis, words: str) -> None:
    assert refused(redis, f"DEBUG {words}") == UNKNOWN.format(words.split()[0])


def test_digests_of_all_and_of_single_values(redis: Redis) -> None:
    redis("SET a hello")
    assert redis("DEBUG DIGEST-VALUE a no") == [
        Status("36b23a1456b2dce2c3ed252c456761301dba8060"),
        Status("0" * 40),
    ]
    assert redis("DEBUG DIGEST-VALUE") == []
    assert redis("DEBUG DIGEST") != Status("0" * 40)


def test_help_lists_each_with_a_sentence(redis: Redis) -> None:
    lines = redis("DEBUG HELP")
    assert isinstance(lines, list)
    texts = [line.text for line in lines if isinstance(line, Status)]
    assert "DIGEST-VALUE <key> [<key> ...]" in texts
    assert len(texts) == len(lines) and all(len(text) > 8 for text in texts[2::2])
