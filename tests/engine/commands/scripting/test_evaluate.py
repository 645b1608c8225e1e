"""EVAL and its kin: how scripts are found, what their first line may say."""

from __future__ import annotations

import pytest

from redlearn.engine.commands.scripting.evaluate import sha_of
from redlearn.errors import NO_SCRIPT, CommandError
from tests.conftest import Redis

ONE = sha_of(b"return 1").decode()


def error(redis: Redis, *command: str) -> str:
    with pytest.raises(CommandError) as caught:
        redis(*command)
    return caught.value.text


def test_what_was_evaluated_is_known_by_its_digest_in_any_case(redis: Redis) -> None:
    assert error(redis, "EVALSHA", ONE, "0") == NO_SCRIPT
    assert redis("EVAL", "return 1", "0") == 1
    assert redis("EVALSHA", ONE.upper(), "0") == 1
    assert redis("EVALSHA_RO", ONE, "0") == 1


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("EVAL", "return 1", "x"), "ERR value is not an integer or out of range"),
        (("EVAL", "return 1", "-1"), "ERR Number of keys can't be negative"),
        (("EVAL", "x x", "2", "a"), "ERR Number of keys can't be greater than number of args"),
        (("EVALSHA", "short", "x"), NO_SCRIPT),
        (("EVALSHA", ONE, "x"), "ERR value is not an integer or out of range"),
        (
            ("EVAL", "return 1 +", "0"),
            "ERR Error compiling script (new function): user_script:1: unexpected symbol near"
            " '<eof>'",
        ),
        (("EVAL", "#!lua", "0"), "ERR Invalid script shebang"),
        (("EVAL", "#!js\nreturn 1", "0"), "ERR Unexpected engine in script shebang: #!js"),
        (("EVAL", "#!lua name=x\nreturn 1", "0"), "ERR Unknown lua shebang option: name=x"),
        (
            ("EVAL", "#!lua flags=no-writes,x\nreturn 1", "0"),
            "ERR Unexpected flag in script shebang: x",
        ),
        (
            ("EVAL_RO", "#!lua\nreturn 1", "0"),
            "ERR Can not execute a script with write flag using *_ro command.",
        ),
        (
            ("EVAL", "\x1bLua", "0"),
            "ERR Error compiling script (new function): user_script: bytecode is not allowed",
        ),
    ],
)
def test_refusals(redis: Redis, command: tuple[str, ...], says: str) -> None:
    assert error(redis, *command) == says


def test_what_does_not_compile_is_not_remembered(redis: Redis) -> None:
    error(redis, "EVAL", "x x", "0")
    assert redis("SCRIPT", "EXISTS", sha_of(b"x x").decode()) == [0]


@pytest.mark.parametrize(
    "flags", ["", "flags=", "flags=no-writes,allow-oom", "  flags=allow-stale"]
)
def test_a_first_line_may_have_flags(redis: Redis, flags: str) -> None:
    assert redis("EVAL", f"#!lua {flags}\nreturn 1", "0") == 1


def test_lines_are_counted_from_the_shebang(redis: Redis) -> None:
    assert "on @user_script:3." in error(redis, "EVAL", "#!lua\n\nerror('x')", "0")


def test_monitors_see_the_script_before_what_it_calls(redis: Redis) -> None:
    watcher = redis.connect()
    watcher("MONITOR")
    redis("EVAL", "return redis.call('SET', KEYS[1], 1)", "1", "k")
    first, second = (str(line) for line in watcher.client.take())
    assert '"EVAL"' in first and "embedded" in first
    assert '[0 lua] "SET" "k" "1"' in second
