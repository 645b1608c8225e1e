"""The ACL commands: what they answer and what they refuse."""

from __future__ import annotations

import pytest

from redlearn.engine.acl_rules import CATEGORIES
from redlearn.engine.users import hashed
from redlearn.errors import CommandError
from redlearn.resp.reply import OK, Members, Status, Verbatim
from tests.conftest import Redis


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("ACL", "ERR wrong number of arguments for 'acl' command"),
        ("ACL NOSUCH", "ERR unknown subcommand 'NOSUCH'. Try ACL HELP."),
        ("ACL SETUSER", "ERR wrong number of arguments for 'acl|setuser' command"),
        ("ACL SETUSER 'a b'", "ERR Usernames can't contain spaces or null characters"),
        ("ACL SETUSER a nonsense", "ERR Error in ACL SETUSER modifier 'nonsense': Syntax error"),
        ("ACL SETUSER a (+get", "ERR Unmatched parenthesis in acl selector starting at '(+get'."),
        ("ACL DELUSER a default", "ERR The 'default' user cannot be removed"),
        ("ACL CAT nosuch", "ERR Unknown category 'nosuch'"),
        ("ACL CAT a b", "ERR unknown subcommand or wrong number of arguments for 'CAT'. Try ACL "
                        "HELP."),
        ("ACL GENPASS x", "ERR value is not an integer or out of range"),
        ("ACL GENPASS 4097", "ERR ACL GENPASS argument must be the number of bits for the output "
                             "password, a positive number up to 4096"),
        ("ACL LOG x", "ERR value is not an integer or out of range"),
        ("ACL DRYRUN nobody GET", "ERR User 'nobody' not found"),
        ("ACL DRYRUN default NOSUCH", "ERR Command 'NOSUCH' not found"),
        ("ACL DRYRUN default CONFIG NOSUCH", "ERR Command 'CONFIG' not found"),
        ("ACL DRYRUN default GET", "ERR wrong number of arguments for 'get' command"),
        ("ACL LOAD", "ERR This Redis instance is not configured to use an ACL file. You may want "
                     "to specify users via the ACL SETUSER command and then issue a CONFIG "
                     "REWRITE (assuming you have a Redis configuration file set) in order to "
                     "store users in the Redis configuration."),
        ("AUTH x", "ERR AUTH <password> called without any password configured for the default "
                   "user. Are you sure your configuration is correct?"),
        ("AUTH a b c", "ERR syntax error"),
        ("AUTH nobody b", "WRONGPASS invalid username-password pair or user is disabled."),
    ],
)  # fmt: skip
def test_refusals(redis: Redis, line: str, error: str) -> None:
    with pytest.raises(CommandError) as refused:
        redis(line)
    assert refused.value.text == error


def test_a_user_is_told_as_it_is(redis: Redis) -> None:
    assert redis("ACL SETUSER ann on >x ~a %R~b &c +get (~z +set)") is OK
    assert redis("ACL GETUSER ann") == {
        b"flags": Members([b"on", b"sanitize-payload"]),
        b"passwords": [hashed(b"x")],
        b"commands": b"-@all +get",
        b"keys": b"~a %R~b",
        b"channels": b"&c",
        b"selectors": [{b"commands": b"-@all +set", b"keys": b"~z", b"channels": b""}],
    }
    assert redis("ACL GETUSER nobody") is None


def test_a_wrong_rule_changes_nothing(redis: Redis) -> None:
    redis("ACL SETUSER ann on")
    before = redis("ACL LIST")
    redis.all("ACL SETUSER ann off +get nonsense")
    redis.all("ACL SETUSER bob on nonsense")
    assert redis("ACL LIST") == before


def test_users_stand_in_the_order_of_their_names(redis: Redis) -> None:
    for name in ("zoe", "ann", "eve"):
        redis(f"ACL SETUSER {name}")
    assert redis("ACL USERS") == [b"ann", b"default", b"eve", b"zoe"]
    assert redis("ACL DELUSER zoe nobody ann") == 2
    assert redis("ACL USERS") == [b"default", b"eve"]


def test_categories_and_what_is_in_them(redis: Redis) -> None:
    assert redis("ACL CAT") == [name.encode() for name in CATEGORIES]
    assert set(redis("ACL CAT Transaction")) == {  # type: ignore[arg-type]
        b"multi", b"exec", b"discard", b"watch", b"unwatch",
    }  # fmt: skip
    assert b"config|set" in redis("ACL CAT dangerous")  # type: ignore[operator]


@pytest.mark.parametrize(("bits", "digits"), [("", 64), ("1", 1), ("5", 2), ("4096", 1024)])
def test_made_up_passwords_are_as_long_as_asked_for(redis: Redis, bits: str, digits: int) -> None:
    password = redis(f"ACL GENPASS {bits}")
    assert isinstance(password, bytes)
    assert len(password) == digits
    assert set(password) <= set(b"0123456789abcdef")


def test_dry_run_names_what_is_refused(redis: Redis) -> None:
    redis("ACL SETUSER ann +set +publish ~a")
    assert redis("ACL DRYRUN ann SET a 1") is OK
    assert redis("ACL DRYRUN ann SET b 1") == (b"User ann has no permissions to access the 'b' key")
    assert redis("ACL DRYRUN ann PUBLISH c 1") == (
        b"User ann has no permissions to access the 'c' channel"
    )
    assert redis("ACL DRYRUN ann GET a") == b"User ann has no permissions to run the 'get' command"
    assert redis("EXISTS a") == 0
    assert redis("ACL LOG") == []


def test_the_log_tells_who_was_refused_what(redis: Redis) -> None:
    redis("ACL SETUSER ann on >s +multi +exec +get ~a")
    ann = redis.connect()
    ann.all("auth ann wrong")
    ann("AUTH ann s")
    redis.clock.advance(1500)
    for line in ("SET a 1", "SET a 2", "GET b", "MULTI", "GET b"):
        ann.all(line)
    redis.clock.advance(500)
    in_multi, key, command, auth = redis("ACL LOG")  # type: ignore[misc]
    assert in_multi[b"context"] == b"multi"
    assert (key[b"reason"], key[b"object"]) == (b"key", b"b")
    assert command[b"client-info"].startswith(b"id=%d " % ann.client.id)
    assert b" cmd=set user=ann " in command[b"client-info"]
    del command[b"client-info"]
    assert command == {
        b"count": 2, b"reason": b"command", b"context": b"toplevel", b"object": b"set",
        b"username": b"ann", b"age-seconds": 0.5, b"entry-id": 1,
        b"timestamp-created": 1_001_500, b"timestamp-last-updated": 1_001_500,
    }  # fmt: skip
    assert (auth[b"object"], auth[b"username"], auth[b"age-seconds"]) == (b"auth", b"ann", 2.0)
    assert len(redis("ACL LOG 2")) == 2  # type: ignore[arg-type]
    assert redis("ACL LOG -1") == []
    assert redis("ACL LOG RESET") is OK
    assert redis("ACL LOG") == []


def test_info_counts_what_was_refused(redis: Redis) -> None:
    redis("ACL SETUSER ann on nopass +get +publish ~a")
    ann = redis.connect()
    for line in ("AUTH bob x", "AUTH ann x", "SET a 1", "GET b", "GET c", "PUBLISH x y", "GET b"):
        ann.all(line)
    said = redis("INFO stats")
    assert isinstance(said, Verbatim)
    lines = said.data.decode().split()
    assert [line for line in lines if line.startswith("acl_access_denied")] == [
        "acl_access_denied_auth:1", "acl_access_denied_cmd:1", "acl_access_denied_key:3",
        "acl_access_denied_channel:1",
    ]  # fmt: skip


def test_the_log_is_as_long_as_configured(redis: Redis) -> None:
    redis("CONFIG SET acllog-max-len 2")
    for name in "abc":
        redis.all(f"AUTH {name} x")
    assert [entry[b"username"] for entry in redis("ACL LOG")] == [b"c", b"b"]  # type: ignore[index,union-attr]


def test_new_users_hear_what_is_configured(redis: Redis) -> None:
    redis("CONFIG SET acl-pubsub-default allchannels")
    redis("ACL SETUSER ann")
    assert redis("ACL GETUSER ann")[b"channels"] == b"&*"  # type: ignore[index,call-overload]


def test_a_password_for_everybody_is_one_of_the_default_user(redis: Redis) -> None:
    redis("CONFIG SET requirepass s")
    assert redis("CONFIG GET requirepass") == {b"requirepass": b"s"}
    user = redis("ACL GETUSER default")
    assert user[b"passwords"] == [hashed(b"s")]  # type: ignore[index,call-overload]
    redis('CONFIG SET requirepass ""')
    assert b"nopass" in redis("ACL GETUSER default")[b"flags"]  # type: ignore[index,operator,call-overload]


def test_help_names_every_subcommand(redis: Redis) -> None:
    lines = redis("ACL HELP")
    assert isinstance(lines, list)
    assert Status("SETUSER username [rule [rule ...]]") in lines
