"""CLIENT: names, habits, the list; CLIENT REPLY."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import OK, PONG, Status, Verbatim
from tests.conftest import Redis
from tests.engine.commands.said import refused

BAD_NAME = "ERR Client names cannot contain spaces, newlines or special characters."


def fields(redis: Redis, command: str = "CLIENT INFO") -> list[dict[str, str]]:
    """The lines of CLIENT INFO or LIST, taken apart."""
    reply = redis(command)
    assert isinstance(reply, Verbatim)
    lines = reply.data.decode().splitlines()
    return [dict(field.split("=", 1) for field in line.split(" ")) for line in lines]


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


def test_a_client_may_want_no_replies(redis: Redis) -> None:
    assert redis.all("CLIENT REPLY OFF") == []
    assert redis.all("SET k v") == []
    assert redis.all("NO SUCH") == []
    assert redis.all("CLIENT REPLY SKIP") == []
    assert redis.all("GET k") == []
    assert redis.all("CLIENT REPLY ON") == [OK]
    assert redis("GET k") == b"v"
    assert not redis.client.guarded


def test_a_client_may_skip_the_next_reply(redis: Redis) -> None:
    assert redis.all("CLIENT REPLY SKIP") == []
    assert redis.all("SET k v") == []
    assert redis("GET k") == b"v"
    assert refused(redis, "CLIENT REPLY MAYBE") == "ERR syntax error"


@pytest.mark.parametrize("line", ["BLPOP q 0.1", "WAIT 1 100"])
def test_who_wants_no_reply_gets_none_after_a_wait_either(redis: Redis, line: str) -> None:
    for mode in ("SKIP", "OFF"):
        redis.all(f"CLIENT REPLY {mode}")
        assert redis.all(line) == []
        redis.clock.advance(100)
        redis.engine.tick()
        assert redis.client.take() == []
        assert redis.all("CLIENT REPLY ON") == [OK]  # after SKIP it is as any command again
    redis.all("CLIENT REPLY SKIP")
    redis.all("BLPOP q 0")
    redis.connect()(f"CLIENT UNBLOCK {redis.client.id} ERROR")
    assert redis.all("PING") == [PONG]


def test_a_reset_ends_silence_but_has_no_reply_itself_if_it_is_to_be_skipped(redis: Redis) -> None:
    redis.all("CLIENT REPLY SKIP")
    assert redis.all("RESET") == []
    assert redis("PING") == PONG
    redis.all("CLIENT REPLY OFF")
    assert redis.all("RESET") == [Status("RESET")]
