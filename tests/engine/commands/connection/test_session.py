"""Connection commands: greeting, choosing, naming, leaving."""

from __future__ import annotations

import pytest

from redlearn.errors import NO_PASSWORD_SET
from redlearn.resp.reply import OK, PONG, Reply, Status
from tests.conftest import Redis
from tests.engine.commands.said import passed_on, refused

WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled."
BAD_NAME = "ERR Client names cannot contain spaces, newlines or special characters."


@pytest.mark.parametrize(
    ("line", "reply"), [("PING", PONG), ("PING hello", b"hello"), ("ECHO x", b"x")]
)
def test_an_answer_to_know_that_somebody_is_there(redis: Redis, line: str, reply: Reply) -> None:
    assert redis(line) == reply
    assert passed_on(redis, line) == []


# --- SELECT ---------------------------------------------------------------------------------


def test_select_chooses_the_database_of_later_commands(redis: Redis) -> None:
    redis("SET k v")
    assert redis("SELECT 15") == OK
    assert redis("EXISTS k") == 0
    assert redis.connect()("EXISTS k") == 1


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ("16", "ERR DB index is out of range"),
        ("-1", "ERR DB index is out of range"),
        ("x", "ERR value is not an integer or out of range"),
        ("1.0", "ERR value is not an integer or out of range"),
        ("2147483647", "ERR DB index is out of range"),
        (
            "2147483648",
            "ERR value is out of range, value must between -2147483648 and 2147483647",
        ),
        (
            "-2147483649",
            "ERR value is out of range, value must between -2147483648 and 2147483647",
        ),
        ("9223372036854775808", "ERR value is not an integer or out of range"),
    ],
)
def test_select_refuses_and_stays(redis: Redis, index: str, text: str) -> None:
    redis("SELECT 3")
    assert refused(redis, f"SELECT {index}") == text
    assert redis.client.db.index == 3


# --- HELLO, AUTH, RESET, QUIT ---------------------------------------------------------------


def test_hello_introduces_the_server(redis: Redis) -> None:
    assert redis("HELLO") == {
        b"server": b"redis", b"version": b"7.4.1", b"proto": 2, b"id": 1,
        b"mode": b"standalone", b"role": b"master", b"modules": [],
    }  # fmt: skip


def test_hello_agrees_on_a_protocol(redis: Redis) -> None:
    assert redis("HELLO 3")[b"proto"] == 3
    assert redis.client.protocol == 3
    assert redis("HELLO")[b"proto"] == 3
    assert redis("HELLO 2")[b"proto"] == 2


def test_hello_takes_a_name_and_a_password_along(redis: Redis) -> None:
    redis("HELLO 3 setname ann AUTH default whatever")
    assert redis("CLIENT GETNAME") == b"ann"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("HELLO 1", "NOPROTO unsupported protocol version"),
        ("HELLO 4", "NOPROTO unsupported protocol version"),
        ("HELLO x", "ERR Protocol version is not an integer or out of range"),
        ("HELLO 3 NOPE", "ERR Syntax error in HELLO option 'NOPE'"),
        ("HELLO 3 SETNAME", "ERR Syntax error in HELLO option 'SETNAME'"),
        ("HELLO 3 AUTH default", "ERR Syntax error in HELLO option 'AUTH'"),
        ("HELLO 3 SETNAME ann nope", "ERR Syntax error in HELLO option 'nope'"),
        ("HELLO 3 AUTH nobody x", WRONG_PASSWORD),
        ("HELLO 3 SETNAME ann AUTH nobody x", WRONG_PASSWORD),
    ],
)
def test_hello_refuses_and_agrees_on_nothing(redis: Redis, line: str, text: str) -> None:
    assert refused(redis, line) == text
    assert (redis.client.protocol, redis.client.name) == (2, b"")


def test_hello_refuses_a_bad_name(redis: Redis) -> None:
    assert refused(redis, b"HELLO", b"3", b"SETNAME", b"two words") == BAD_NAME
    assert redis.client.protocol == 2


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("AUTH x", NO_PASSWORD_SET),
        ("AUTH nobody x", WRONG_PASSWORD),
        ("AUTH a b c", "ERR syntax error"),
        ("AUTH", "ERR wrong number of arguments for 'auth' command"),
    ],
)
def test_auth_refuses(redis: Redis, line: str, text: str) -> None:
    assert refused(redis, line) == text


def test_the_one_user_needs_no_password(redis: Redis) -> None:
    assert redis("AUTH default whatever") == OK


def test_reset_makes_a_connection_new(redis: Redis) -> None:
    for line in ("HELLO 3 SETNAME ann", "SELECT 4", "WATCH k", "CLIENT NO-TOUCH ON",
                 "CLIENT NO-EVICT ON", "MULTI", "SET k v"):  # fmt: skip
        redis(line)
    assert redis("RESET") == Status("RESET")
    client = redis.client
    assert (client.queue, client.watched, client.protocol, client.name) == (None, [], 2, b"")
    assert (client.db.index, client.no_touch, client.no_evict) == (0, False, False)
    assert redis.ctx.db.index == 0
    redis("SELECT 4")
    assert redis("EXISTS k") == 0


def test_reset_forgets_that_a_watched_key_was_changed(redis: Redis) -> None:
    redis("WATCH k")
    redis("SET k v")
    redis("RESET")
    redis("MULTI")
    assert redis("EXEC") == []


def test_quit_leaves_even_out_of_a_transaction(redis: Redis) -> None:
    redis("MULTI")
    assert redis("QUIT now") == OK
    assert redis.client.closing


# --- CLIENT ---------------------------------------------------------------------------------
