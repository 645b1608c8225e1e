"""FCALL: functions by their names, and what their flags allow."""

from __future__ import annotations

import pytest

from redlearn.errors import CommandError
from tests.conftest import Redis

LIBRARY = """#!lua name=lib
local function echo(keys, args) return {#keys, #args, keys[1], args[1]} end
redis.register_function('echo', echo)
redis.register_function{function_name = 'reads', flags = {'no-writes'}, callback = function(keys)
  return redis.call('GET', keys[1]) end}
redis.register_function{function_name = 'cheats', flags = {'no-writes'}, callback = function(keys)
  return redis.call('SET', keys[1], 'x') end}
redis.register_function('bad', function() return KEYS end)
"""


@pytest.fixture
def redis(redis: Redis) -> Redis:
    redis("FUNCTION", "LOAD", LIBRARY)
    return redis


def error(redis: Redis, line: str) -> str:
    with pytest.raises(CommandError) as caught:
        redis(line)
    return caught.value.text


def test_keys_and_arguments_are_handed_over(redis: Redis) -> None:
    assert redis("FCALL echo 1 k a b") == [1, 2, b"k", b"a"]
    assert redis("FCALL ECHO 0") == [0, 0]


def test_only_functions_that_promise_not_to_write_run_read_only(redis: Redis) -> None:
    redis("SET k v")
    assert redis("FCALL_RO reads 1 k") == b"v"
    assert error(redis, "FCALL_RO echo 0") == (
        "ERR Can not execute a script with write flag using *_ro command."
    )
    assert error(redis, "FCALL cheats 1 k") == (
        "ERR Write commands are not allowed from read-only scripts. script: cheats,"
        " on @user_function:7."
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("FCALL nope 0", "ERR Function not found"),
        ("FCALL echo x", "ERR Bad number of keys provided"),
        ("FCALL echo -1", "ERR Number of keys can't be negative"),
        ("FCALL echo 2 k", "ERR Number of keys can't be greater than number of args"),
    ],
)
def test_refusals(redis: Redis, line: str, says: str) -> None:
    assert error(redis, line) == says


def test_a_function_has_no_keys_but_those_it_is_given(redis: Redis) -> None:
    assert "nonexistent global variable 'KEYS'" in error(redis, "FCALL bad 0")
