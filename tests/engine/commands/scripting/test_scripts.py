"""SCRIPT: loading, asking, forgetting; and nothing runs that could be killed."""

from __future__ import annotations

import pytest

from redlearn.errors import FLUSH_SCRIPTS, NO_SCRIPT, NOT_BUSY, SCRIPT_DEBUG, CommandError
from redlearn.resp.reply import OK
from tests.conftest import Redis


def error(redis: Redis, line: str) -> str:
    with pytest.raises(CommandError) as caught:
        redis(line)
    return caught.value.text


def test_a_loaded_script_is_there_until_all_are_flushed(redis: Redis) -> None:
    sha = redis("SCRIPT", "LOAD", "return ARGV[1]")
    assert isinstance(sha, bytes) and len(sha) == 40
    assert redis(b"SCRIPT", b"EXISTS", sha, b"0" * 40, sha.upper()) == [1, 0, 1]
    assert redis(b"EVALSHA", sha, b"0", b"x") == b"x"
    assert redis(b"SCRIPT", b"SHOW", sha) == b"return ARGV[1]"
    for line in ("SCRIPT FLUSH", "SCRIPT FLUSH SYNC", "SCRIPT FLUSH ASYNC"):
        assert redis(line) == OK
    assert redis(b"SCRIPT", b"EXISTS", sha) == [0]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("SCRIPT FLUSH NOW", FLUSH_SCRIPTS),
        ("SCRIPT FLUSH SYNC SYNC", FLUSH_SCRIPTS),
        ("SCRIPT KILL", NOT_BUSY),
        ("SCRIPT DEBUG MAYBE", SCRIPT_DEBUG),
        ("SCRIPT SHOW ffff", NO_SCRIPT),
        ("SCRIPT NOPE", "ERR unknown subcommand 'NOPE'. Try SCRIPT HELP."),
    ],
)
def test_refusals(redis: Redis, line: str, says: str) -> None:
    assert error(redis, line) == says


def test_there_is_no_debugger_and_it_says_so(redis: Redis) -> None:
    assert redis("SCRIPT DEBUG NO") == OK
    assert "no script debugger" in error(redis, "SCRIPT DEBUG YES")


def test_help_names_each_subcommand(redis: Redis) -> None:
    lines = redis("SCRIPT HELP")
    assert isinstance(lines, list)
    text = " ".join(map(str, lines))
    assert all(word in text for word in ("LOAD", "EXISTS", "FLUSH", "KILL", "SHOW", "DEBUG"))
