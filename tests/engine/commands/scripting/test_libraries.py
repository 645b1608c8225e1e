"""FUNCTION: libraries come, go, are listed, and travel as bytes."""

from __future__ import annotations

import pytest

from redlearn.errors import LIBRARY_BAD_NAME, LIBRARY_NOT_FOUND, NOT_BUSY, CommandError
from redlearn.resp.reply import OK, Members, Status
from tests.conftest import Redis

CODE = "#!lua name=%s\nredis.register_function('%s', function() return %d end)"


def load(redis: Redis, code: str, *options: str) -> object:
    return redis("FUNCTION", "LOAD", *options, code)


def error(redis: Redis, *command: str | bytes) -> str:
    with pytest.raises(CommandError) as caught:
        redis(*command)
    return caught.value.text


def test_a_library_is_replaced_only_when_that_is_asked_for(redis: Redis) -> None:
    assert load(redis, CODE % ("a", "f", 1)) == b"a"
    assert error(redis, "FUNCTION", "LOAD", CODE % ("a", "f", 2)) == (
        "ERR Library 'a' already exists"
    )
    assert load(redis, CODE % ("a", "f", 2), "REPLACE") == b"a"
    assert redis("FCALL f 0") == 2


def test_two_libraries_share_no_name(redis: Redis) -> None:
    load(redis, CODE % ("a", "f", 1))
    assert error(redis, "FUNCTION", "LOAD", CODE % ("b", "F", 2)) == (
        "ERR Function F already exists"
    )
    assert redis("FCALL f 0") == 1


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("return 1", "ERR Missing library metadata"),
        ("#!lua name=a", "ERR Invalid library metadata"),
        ("#!lua\nreturn 1", "ERR Library name was not given"),
        ("#!lua name=a-b\nreturn 1", LIBRARY_BAD_NAME),
        ("#!lua x=a\nreturn 1", "ERR Invalid metadata value given: x=a"),
        (
            "#!lua name=a name=b\n",
            "ERR Invalid metadata value, name argument was given multiple times",
        ),
        ("#!js name=a\nreturn 1", "ERR Engine 'js' not found"),
        ("#!lua name=a\nreturn 1", "ERR No functions registered"),
        (
            "#!lua name=a\nreturn 1 1",
            "ERR Error compiling function: user_function:2: '<eof>' expected near '1'",
        ),
        (
            "#!lua name=a\nlocal x = nope",
            "ERR Error registering functions: ERR user_function:2: Script attempted to access"
            " nonexistent global variable 'nope'",
        ),
        (
            "#!lua name=a\nredis.call('PING')",
            "ERR Error registering functions: ERR user_function:2: Script attempted to access"
            " nonexistent global variable 'call'",
        ),
        (
            "#!lua name=a\nredis.register_function('f')",
            "ERR Error registering functions: ERR calling redis.register_function with a single"
            " argument is only applicable to Lua table (representing named arguments).",
        ),
        (
            "#!lua name=a\nredis.register_function{function_name='f', callback=1}",
            "ERR Error registering functions: ERR callback argument given to"
            " redis.register_function must be a function",
        ),
        (
            "#!lua name=a\nredis.register_function{function_name='f', callback=function() end,"
            " flags={'x'}}",
            "ERR Error registering functions: ERR unknown flag given",
        ),
        (
            "#!lua name=a\nwhile true do end",
            "ERR Error registering functions: ERR FUNCTION LOAD timeout",
        ),
    ],
)
def test_what_is_no_library(redis: Redis, code: str, says: str) -> None:
    assert error(redis, "FUNCTION", "LOAD", code) == says
    assert redis("FUNCTION LIST") == []


def test_libraries_are_listed_with_what_is_in_them(redis: Redis) -> None:
    code = (
        "#!lua name=a\nredis.register_function{function_name='f', description='says one',"
        " flags={'no-writes'}, callback=function() return 1 end}"
    )
    load(redis, code)
    load(redis, CODE % ("b", "g", 1))
    (row,) = redis("FUNCTION LIST LIBRARYNAME A* WITHCODE")  # type: ignore[misc]
    assert row == {
        b"library_name": b"a",
        b"engine": b"LUA",
        b"functions": [
            {b"name": b"f", b"description": b"says one", b"flags": Members([Status("no-writes")])}
        ],
        b"library_code": code.encode(),
    }
    assert redis("FUNCTION STATS") == {
        b"running_script": None,
        b"engines": {b"LUA": {b"libraries_count": 2, b"functions_count": 2}},
    }


def test_a_dump_brings_all_back(redis: Redis) -> None:
    load(redis, CODE % ("a", "f", 1))
    load(redis, CODE % ("b", "g", 2))
    payload = redis("FUNCTION DUMP")
    assert isinstance(payload, bytes)
    assert error(redis, b"FUNCTION", b"RESTORE", payload) == "ERR Library 'a' already exists"
    assert redis(b"FUNCTION", b"RESTORE", payload, b"REPLACE") == OK
    assert redis(b"FUNCTION", b"RESTORE", payload, b"FLUSH") == OK
    redis("FUNCTION FLUSH")
    assert redis(b"FUNCTION", b"RESTORE", payload, b"APPEND") == OK
    assert redis("FCALL g 0") == 2


def test_a_restore_that_fails_changes_nothing(redis: Redis) -> None:
    load(redis, CODE % ("a", "f", 1))
    payload = redis("FUNCTION DUMP")
    redis("FUNCTION FLUSH")
    load(redis, CODE % ("z", "f", 9))
    assert isinstance(payload, bytes)
    assert error(redis, b"FUNCTION", b"RESTORE", payload) == "ERR Function f already exists"
    assert redis("FCALL f 0") == 9


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("FUNCTION DELETE nope", LIBRARY_NOT_FOUND),
        ("FUNCTION FLUSH NOW", "ERR FUNCTION FLUSH only supports SYNC|ASYNC option"),
        (
            "FUNCTION FLUSH SYNC SYNC",
            "ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP.",
        ),
        ("FUNCTION KILL", NOT_BUSY),
        ("FUNCTION LIST NOPE", "ERR Unknown argument NOPE"),
        ("FUNCTION LIST LIBRARYNAME", "ERR library name argument was not given"),
        ("FUNCTION LOAD NOPE code", "ERR Unknown option given: NOPE"),
        ("FUNCTION RESTORE x", "ERR DUMP payload version or checksum are wrong"),
        (
            "FUNCTION RESTORE x NOPE",
            "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
        ),
    ],
)
def test_refusals(redis: Redis, line: str, says: str) -> None:
    assert error(redis, line) == says


def test_libraries_are_data_and_are_passed_on(redis: Redis) -> None:
    seen: list[bytes] = []
    redis.engine.state.sinks.append(lambda unit: seen.extend(effect.argv[1] for effect in unit))
    load(redis, CODE % ("a", "f", 1))
    redis("FUNCTION DELETE a")
    assert seen == [b"LOAD", b"DELETE"]
