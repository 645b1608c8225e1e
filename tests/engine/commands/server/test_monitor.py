"""MONITOR as a command."""

from __future__ import annotations

from redlearn.errors import EXEC_ABORTED
from redlearn.resp.reply import OK, PONG, Failure, Verbatim
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


def test_who_monitors_is_kept_from_the_data_until_a_reset(redis: Redis) -> None:
    redis("MONITOR")
    for line in ("GET k", "SET k v", "DBSIZE", "PUBLISH c hello", "PFCOUNT k", "EVAL 'x' 0"):
        assert refused(redis, line) == "ERR Replica can't interact with the keyspace"
    assert redis.all("PING")[0] == PONG
    assert redis.all("MULTI")[0] == OK
    assert refused(redis, "GET k") == "ERR Replica can't interact with the keyspace"
    assert redis.all("EXEC")[0] == Failure(EXEC_ABORTED)
    redis.all("RESET")
    assert redis.all("GET k") == [None]
