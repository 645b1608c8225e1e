"""Keys as such: existence, types, deleting, renaming, copying."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from redlearn.resp.reply import OK, Reply, Status
from tests.conftest import Redis
from tests.engine.commands.said import changes, passed_on, told


def refused(redis: Redis, *command: str | bytes) -> str:
    """The text a command is refused with."""
    with pytest.raises(CommandError) as caught:
        redis(*command)
    return caught.value.text


@pytest.fixture
def some(redis: Redis) -> Redis:
    """A string that ends, a hash, and a sorted set."""
    redis("SET k v PX 500000")
    redis("HSET h f v")
    redis("ZADD z 1 m")
    return redis


def test_exists_counts_each_mention(some: Redis) -> None:
    assert some("EXISTS k nope k h") == 3


def test_type_names_what_a_key_holds(some: Redis) -> None:
    types = [some(f"TYPE {key}") for key in ("k", "h", "z", "nope")]
    assert types == [Status("string"), Status("hash"), Status("zset"), Status("none")]


def test_touch_counts_and_marks_as_used(some: Redis) -> None:
    some.advance(7000)
    assert some("OBJECT IDLETIME h") == 7
    assert some("TOUCH k nope h h") == 3
    assert some("OBJECT IDLETIME h") == 0


def test_touch_marks_even_for_a_client_that_does_not_touch(some: Redis) -> None:
    some("CLIENT NO-TOUCH ON")
    some.advance(7000)
    some("GET k")
    assert some("OBJECT IDLETIME k") == 7
    some("TOUCH k")
    assert some("OBJECT IDLETIME k") == 0


@pytest.mark.parametrize("name", ["DEL", "UNLINK"])
def test_deleting_counts_what_was_there(some: Redis, name: str) -> None:
    assert told(some, f"{name} nope") == []
    assert told(some, f"{name} k nope k z") == ["del k", "del z"]
    assert some("EXISTS k h z") == 1
    assert some(f"{name} k h") == 1
    assert passed_on(some, f"{name} k") == []


def test_an_expired_key_is_not_counted_as_deleted(some: Redis) -> None:
    some.advance(500_000)
    assert passed_on(some, "DEL k h") == ["MULTI", "DEL k", "DEL k h", "EXEC"]
    some("SET k v PX 1")
    some.advance(1)
    assert some("DEL k") == 0


# --- RENAME -------------------------------------------------------------------------------


def test_rename_takes_value_and_expiry_along(some: Redis) -> None:
    assert some("RENAME k new") == OK
    assert some("EXISTS k") == 0
    assert (some("GET new"), some("PTTL new")) == (b"v", 500_000)


def test_rename_overwrites_whatever_had_the_name(some: Redis) -> None:
    some("EXPIRE z 100")
    assert some("RENAME h z") == OK
    assert some("TYPE z") == Status("hash")
    assert some("TTL z") == -1
    assert some("RENAMENX z k") == 0
    assert some("RENAMENX z free") == 1


@pytest.mark.parametrize(
    ("command", "reply"), [("RENAME k k", OK), ("RENAMENX k k", 0), ("RENAMENX k h", 0)]
)
def test_some_renamings_do_nothing(some: Redis, command: str, reply: Reply) -> None:
    assert changes(some, command) == 0
    assert some(command) == reply
    assert passed_on(some, command) == []


@pytest.mark.parametrize("command", ["RENAME nope x", "RENAME nope nope", "RENAMENX nope k"])
def test_a_missing_key_has_no_name_to_change(some: Redis, command: str) -> None:
    assert refused(some, command) == "ERR no such key"


def test_a_renaming_is_one_change_of_two_keys(some: Redis) -> None:
    assert passed_on(some, "RENAME k new") == ["RENAME k new"]
    assert changes(some, "RENAME new k") == 1
    assert told(some, "RENAME k new") == ["new new", "rename_from k", "rename_to new"]


@pytest.mark.parametrize("watched", ["k", "new"])
def test_a_renaming_breaks_the_watch_of_either_key(some: Redis, watched: str) -> None:
    other = some.connect()
    other(f"WATCH {watched}")
    some("RENAME k new")
    other("MULTI")
    other("PING")
    assert not isinstance(other("EXEC"), list)


# --- COPY ---------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["k", "h", "z"])
def test_a_copy_is_equal_and_independent(some: Redis, key: str) -> None:
    assert some(f"COPY {key} twin") == 1
    assert some("TYPE twin") == some(f"TYPE {key}")
    assert some("PTTL twin") == some(f"PTTL {key}")
    some({"k": "APPEND twin x", "h": "HSET twin g w", "z": "ZADD twin 2 n"}[key])
    sizes = {"k": "STRLEN", "h": "HLEN", "z": "ZCARD"}[key]
    assert (some(f"{sizes} {key}"), some(f"{sizes} twin")) == (1, 2)
    some.engine.check()


def test_copy_replaces_only_when_told_to(some: Redis) -> None:
    assert some("COPY k h") == 0
    assert some("COPY h k REPLACE") == 1
    assert some("TYPE k") == Status("hash")
    assert some("TTL k") == -1
    assert some("COPY nope k REPLACE") == 0


def test_copy_reaches_another_database(some: Redis) -> None:
    assert some("COPY k k DB 1") == 1
    assert passed_on(some, "COPY h k DB 1 REPLACE") == ["COPY h k DB 1 REPLACE"]
    some("SELECT 1")
    assert some("TYPE k") == Status("hash")
    assert some("DBSIZE") == 1


def test_copy_replaces_an_expired_key_of_another_database_without_being_told(some: Redis) -> None:
    some("SELECT 1")
    some("SET k old PX 10")
    some("SELECT 0")
    some.advance(10)
    effects = passed_on(some, "COPY k k DB 1")
    assert effects == ["MULTI", "@1 DEL k", "COPY k k DB 1", "EXEC"]


def test_a_copy_breaks_a_watch_in_the_database_it_goes_to(some: Redis) -> None:
    other, third = some.connect(), some.connect()
    other("SELECT 1")
    other("WATCH k")
    third("WATCH k")
    some("COPY h k DB 1")
    for client in (other, third):
        client("MULTI")
        client("PING")
    assert not isinstance(other("EXEC"), list)
    assert isinstance(third("EXEC"), list)


def test_copying_is_told(some: Redis) -> None:
    assert told(some, "COPY k new") == ["new new", "copy_to new"]
    assert told(some, "COPY nope new") == ["keymiss nope"]
    assert changes(some, "COPY k new REPLACE") == 1


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("COPY k k", "ERR source and destination objects are the same"),
        ("COPY nope nope DB 0", "ERR source and destination objects are the same"),
        ("COPY k l BOGUS", "ERR syntax error"),
        ("COPY k l DB", "ERR syntax error"),
        ("COPY k l DB x", "ERR value is not an integer or out of range"),
        ("COPY k l DB 16", "ERR DB index is out of range"),
        ("COPY k l DB -1", "ERR DB index is out of range"),
        (
            "COPY k l DB 99999999999",
            "ERR value is out of range, value must between -2147483648 and 2147483647",
        ),
    ],
)
def test_wrong_copies_are_refused(some: Redis, command: str, message: str) -> None:
    assert refused(some, command) == message


# --- Moving ---------------------------------------------------------------------------------


def test_move_takes_the_value_and_its_time_to_live_along(some: Redis) -> None:
    some("EXPIRE h 100")
    assert some("MOVE h 1") == 1
    assert some("EXISTS h") == 0
    some("SELECT 1")
    assert some("TYPE h") == Status("hash")
    assert some("TTL h") == 100
    some.engine.check()


def test_move_changes_nothing_unless_the_key_is_here_and_not_there(some: Redis) -> None:
    assert some("MOVE nope 1") == 0
    some("COPY k k DB 1")
    assert some("MOVE k 1") == 0
    assert some("EXISTS k") == 1
    assert changes(some, "MOVE k 1") == 0


def test_move_replaces_a_key_whose_time_has_passed(some: Redis) -> None:
    some("SELECT 1")
    some("SET k old PX 10")
    some("SELECT 0")
    some.advance(10)
    assert passed_on(some, "MOVE k 1") == ["MULTI", "@1 DEL k", "MOVE k 1", "EXEC"]


def test_moving_is_told_in_both_databases(some: Redis) -> None:
    assert told(some, "MOVE k 1") == ["new k", "move_from k", "move_to k"]
    assert changes(some, "MOVE h 1") == 1
    assert passed_on(some, "MOVE z 1") == ["MOVE z 1"]


def test_a_move_breaks_watches_in_both_databases(some: Redis) -> None:
    here, there, elsewhere = some.connect(), some.connect(), some.connect()
    there("SELECT 1")
    elsewhere("SELECT 2")
    for client in (here, there, elsewhere):
        client("WATCH k")
        client("MULTI")
        client("PING")
    some("MOVE k 1")
    assert not isinstance(here("EXEC"), list)
    assert not isinstance(there("EXEC"), list)
    assert isinstance(elsewhere("EXEC"), list)


def test_a_move_serves_who_waits_in_the_other_database(some: Redis) -> None:
    other = some.connect()
    other("SELECT 1")
    assert other.all("BLPOP jobs 0") == []
    some("RPUSH jobs a")
    some("MOVE jobs 1")
    assert other.client.take() == [[b"jobs", b"a"]]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("MOVE nope 0", "ERR source and destination objects are the same"),
        ("MOVE k 16", "ERR DB index is out of range"),
        ("MOVE k -1", "ERR DB index is out of range"),
        ("MOVE k x", "ERR value is not an integer or out of range"),
        (
            "MOVE k 99999999999",
            "ERR value is out of range, value must between -2147483648 and 2147483647",
        ),
    ],
)
def test_wrong_moves_are_refused(some: Redis, command: str, message: str) -> None:
    assert refused(some, command) == message
