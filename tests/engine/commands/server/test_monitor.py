"""MONITOR as a command."""

from __future__ import annotations

from redlearn.resp.reply import OK, Verbatim
from tests.conftest import Redis
from tests.engine.commands.said import refused


def test_it_is_answered_and_marks_the_client(redis: Redis) -> None:
    assert redis("MONITOR") == OK
    reply = redis.connect()(f"CLIENT LIST ID {redis.client.id}")
    assert isinstance(reply, Verbatim)
    assert b"flags=O " in reply.data
    assert refused(redis.connect(), "MONITOR x") == (
        "ERR wrong number of arguments for 'monitor' command"
    )
