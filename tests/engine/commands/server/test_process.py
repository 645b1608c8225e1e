"""SHUTDOWN and MODULE, where there is no process to end and nothing to load."""

from __future__ import annotations

import pytest

from redlearn.engine.edge import Edge, Shutdown
from redlearn.errors import (
    MODULE_NOT_ALLOWED,
    MODULE_NOT_LOADED,
    MODULE_UNKNOWN,
    NO_SHUTDOWN,
    SYNTAX,
)
from redlearn.resp.reply import OK, Reply, Several, Status
from tests.conftest import Redis
from tests.engine.commands.said import refused


class Remembering(Edge):
    """An edge that is told to end, and does not."""

    def __init__(self) -> None:
        self.told: Shutdown | None = None

    def shutdown(self, how: Shutdown) -> Reply:
        self.told = how
        return OK

    def abort_shutdown(self) -> bool:
        return self.told is not None


def test_without_a_process_it_says_what_would_happen(redis: Redis) -> None:
    reply = redis("SHUTDOWN NOSAVE")
    assert isinstance(reply, Status)
    assert reply.text.startswith("A server would end here without saving")


def test_the_edge_is_told_how(redis: Redis) -> None:
    redis.engine.state.edge = edge = Remembering()
    redis("SHUTDOWN save NOW force")
    assert edge.told == Shutdown("save", now=True, force=True)
    assert redis("SHUTDOWN ABORT") == OK


@pytest.mark.parametrize("words", ["foo", "SAVE NOSAVE", "ABORT NOW", "NOW ABORT"])
def test_what_does_not_go_together(redis: Redis, words: str) -> None:
    assert refused(redis, f"SHUTDOWN {words}") == SYNTAX


def test_nothing_to_abort(redis: Redis) -> None:
    assert refused(redis, "SHUTDOWN ABORT") == NO_SHUTDOWN


def test_there_are_no_modules(redis: Redis) -> None:
    assert redis("MODULE LIST") == []
    assert Status("LIST") in redis("MODULE HELP")  # type: ignore[operator]


@pytest.mark.parametrize("words", ["LOAD x", "LOADEX x", "UNLOAD x"])
def test_loading_takes_leave_from_the_start(redis: Redis, words: str) -> None:
    assert refused(redis, f"MODULE {words}") == MODULE_NOT_ALLOWED
    redis.engine.state.config.set("enable-module-command", "local")
    assert refused(redis, f"MODULE {words}") in (MODULE_NOT_LOADED, MODULE_UNKNOWN)
    redis.client.address = "192.0.2.1:99"
    assert refused(redis, f"MODULE {words}") == MODULE_NOT_ALLOWED


def test_who_ends_the_server_is_not_served_any_more(redis: Redis) -> None:
    class Ending(Edge):
        def shutdown(self, how: Shutdown) -> Reply:
            return Several()

    redis.engine.state.edge = Ending()
    assert redis.all("SHUTDOWN") == []
    assert redis.client.closing
