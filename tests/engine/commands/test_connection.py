"""Connection commands: greeting, choosing, naming, leaving."""

from __future__ import annotations

import pytest

from redlearn.errors import NO_PASSWORD_SET
from redlearn.resp.reply import OK, PONG, Reply, Status, Verbatim
from tests.conftest import Redis
from tests.engine.commands.said import passed_on, refused

WRONG_PASSWORD = "WRONGPASS invalid username-password pair or user is disabled."
BAD_NAME = "ERR Client names cannot contain spaces, newlines or special characters."


def fields(redis: Redis, command: str = "CLIENT INFO") -> list[dict[str, str]]:
    """The lines of CLIENT INFO or LIST, taken apart."""
    reply = redis(command)
    assert isinstance(reply, Verbatim)
    lines = reply.data.decode().splitlines()
    return [dict(field.split("=", 1) for field in line.split(" ")) for line in lines]


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


def test_a_client_has_a_number_of_its_own(redis: Redis) -> None:
    other = redis.connect()
    assert (redis("CLIENT ID"), other("CLIENT ID")) == (1, 2)


def test_a_client_may_have_a_name(redis: Redis) -> None:
    assert redis("CLIENT GETNAME") is None
    assert redis("CLIENT SETNAME ann") == OK
    assert redis("CLIENT GETNAME") == b"ann"
    assert redis("CLIENT SETNAME ''") == OK
    assert redis("CLIENT GETNAME") is None


@pytest.mark.parametrize("name", [b"two words", b"a\n", b"\xff", b"\x7f", b"\0"])
def test_a_name_must_be_plain(redis: Redis, name: bytes) -> None:
    redis("CLIENT SETNAME ann")
    assert refused(redis, b"CLIENT", b"SETNAME", name) == BAD_NAME
    assert redis("CLIENT GETNAME") == b"ann"


def test_a_client_may_say_which_library_it_is(redis: Redis) -> None:
    redis("CLIENT SETINFO lib-name redis-py")
    redis("CLIENT SETINFO LIB-VER 5.0")
    (line,) = fields(redis)
    assert (line["lib-name"], line["lib-ver"]) == ("redis-py", "5.0")


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        ((b"NOPE", b"x"), "ERR Unrecognized option 'NOPE'"),
        ((b"lib-name", b"a b"),
         "ERR lib-name cannot contain spaces, newlines or special characters."),
        ((b"LIB-VER", b"\n"), "ERR LIB-VER cannot contain spaces, newlines or special characters."),
    ],
)  # fmt: skip
def test_setinfo_refuses(redis: Redis, argv: tuple[bytes, bytes], text: str) -> None:
    assert refused(redis, b"CLIENT", b"SETINFO", *argv) == text


@pytest.mark.parametrize("name", ["NO-TOUCH", "NO-EVICT"])
def test_habits_are_on_or_off(redis: Redis, name: str) -> None:
    attribute = name.lower().replace("-", "_")
    assert redis(f"CLIENT {name} on") == OK
    assert getattr(redis.client, attribute)
    assert refused(redis, f"CLIENT {name} maybe") == "ERR syntax error"
    assert getattr(redis.client, attribute)
    assert redis(f"CLIENT {name} OFF") == OK
    assert not getattr(redis.client, attribute)


def test_info_describes_the_caller(redis: Redis) -> None:
    redis("SELECT 3")
    redis("HELLO 3 SETNAME ann")
    redis.advance(7000)
    (line,) = fields(redis)
    assert line.items() >= {
        "id": "1", "name": "ann", "age": "7", "idle": "0", "flags": "N", "db": "3", "multi": "-1",
        "watch": "0", "cmd": "client|info", "user": "default", "resp": "3",
    }.items()  # fmt: skip


def test_list_describes_everybody(redis: Redis) -> None:
    other = redis.connect()
    other("GET k")
    other("WATCH a b")
    other("MULTI")
    other("GET k")
    redis.advance(2000)
    first, second = fields(redis, "CLIENT LIST")
    assert (first["id"], first["cmd"], first["idle"]) == ("1", "client|list", "0")
    assert second.items() >= {
        "id": "2", "cmd": "get", "idle": "2", "flags": "x", "multi": "1", "watch": "2",
    }.items()  # fmt: skip


def test_flags_are_letters(redis: Redis) -> None:
    other = redis.connect()
    other("CLIENT NO-EVICT ON")
    other("CLIENT NO-TOUCH ON")
    other("WATCH k")
    redis("SET k v")
    other("MULTI")
    other.client.closing = True
    assert fields(redis, "CLIENT LIST ID 2")[0]["flags"] == "xdceT"


def test_list_may_be_asked_for_some(redis: Redis) -> None:
    redis.connect()
    redis.connect()
    assert [line["id"] for line in fields(redis, "CLIENT LIST ID 3 1 99")] == ["3", "1"]
    assert len(fields(redis, "CLIENT LIST TYPE normal")) == 3
    for kind in ("master", "replica", "slave", "PUBSUB"):
        assert fields(redis, f"CLIENT LIST TYPE {kind}") == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("CLIENT LIST TYPE nope", "ERR Unknown client type 'nope'"),
        ("CLIENT LIST TYPE", "ERR syntax error"),
        ("CLIENT LIST ID", "ERR syntax error"),
        ("CLIENT LIST ID x", "ERR Invalid client ID"),
        ("CLIENT LIST ID 1 0", "ERR Invalid client ID"),
        ("CLIENT LIST NOPE x", "ERR syntax error"),
        ("CLIENT LIST TYPE normal x", "ERR syntax error"),
        ("CLIENT", "ERR wrong number of arguments for 'client' command"),
        ("CLIENT NOPE", "ERR unknown subcommand 'NOPE'. Try CLIENT HELP."),
        ("PING a b", "ERR wrong number of arguments for 'ping' command"),
    ],
)
def test_what_makes_no_sense_is_refused(redis: Redis, line: str, text: str) -> None:
    assert refused(redis, line) == text


def test_client_helps(redis: Redis) -> None:
    lines = redis("CLIENT HELP")
    assert isinstance(lines, list)
    assert Status("SETNAME connection-name") in lines
