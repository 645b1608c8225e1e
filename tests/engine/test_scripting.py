"""How a script runs: what it may call, what becomes of what it did, and what others see of it."""

from __future__ import annotations

import pytest

from redlearn.engine.effects import Effect
from redlearn.engine.scripting import ScriptCalled, ScriptEnded, ScriptRefused, ScriptStarted
from redlearn.errors import CommandError
from redlearn.resp.encode import encode
from redlearn.resp.reply import Failure, Status
from redlearn.timeline.session import Recipe, Session
from tests.conftest import Redis


def run(redis: Redis, source: str, *rest: str) -> object:
    return redis("EVAL", source, *(rest or ("0",)))


def error(redis: Redis, source: str, *rest: str) -> str:
    with pytest.raises(CommandError) as caught:
        run(redis, source, *rest)
    return caught.value.text


def test_keys_and_arguments_arrive(redis: Redis) -> None:
    source = "return {KEYS[1], KEYS[2], ARGV[1], #KEYS, #ARGV}"
    assert run(redis, source, "2", "a", "b", "c") == [b"a", b"b", b"c", 2, 1]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("'nope'", "ERR Unknown Redis command called from script"),
        ("'object', 'nope'", "ERR Unknown Redis command called from script"),
        ("'get'", "ERR Wrong number of args calling Redis command from script"),
        ("'multi'", "ERR This Redis command is not allowed from script"),
        ("'eval', 'return 1', 0", "ERR This Redis command is not allowed from script"),
        ("'subscribe', 'c'", "ERR This Redis command is not allowed from script"),
        ("'incr', KEYS[1]", "ERR value is not an integer or out of range"),
        ("'lpush', KEYS[1], 'x'", "WRONGTYPE Operation against a key holding the wrong kind of"),
        ("", "ERR Please specify at least one argument for this redis lib call"),
        ("'set', 'k', {}", "ERR Lua redis lib command arguments must be strings or integers"),
    ],
)
def test_a_failed_call_ends_the_script_and_names_the_line(
    redis: Redis, call: str, says: str
) -> None:
    redis("SET k text")
    told = error(redis, f"\nreturn redis.call({call})", "1", "k")
    assert told.startswith(says)
    assert told.endswith(", on @user_script:2.")


def test_pcall_gives_the_error_as_a_table(redis: Redis) -> None:
    assert run(redis, "return redis.pcall('nope').err") == (
        b"ERR Unknown Redis command called from script"
    )
    (reply,) = redis.all("EVAL", "return redis.pcall('nope')", "0")
    assert reply == Failure("ERR Unknown Redis command called from script")


def test_what_a_script_did_before_an_error_stays(redis: Redis) -> None:
    error(redis, "redis.call('SET', 'a', 1) redis.call('INCR', 'a') error('no')")
    assert redis("GET a") == b"2"


def test_effects_are_passed_on_as_one_unit(redis: Redis) -> None:
    units: list[tuple[Effect, ...]] = []
    redis.engine.state.sinks.append(units.append)
    run(
        redis,
        "redis.call('SET', 'a', 1) redis.call('EXPIRE', 'a', 10) return redis.call('GET', 'a')",
    )
    run(redis, "return redis.call('SET', 'b', 1)")
    run(redis, "return redis.call('GET', 'a')")
    words = [[b" ".join(effect.argv) for effect in unit] for unit in units]
    assert words == [
        [b"MULTI", b"SET a 1", b"PEXPIREAT a 1010000", b"EXEC"],
        [b"SET b 1"],
    ]


def test_set_repl_keeps_effects_back(redis: Redis) -> None:
    units: list[tuple[Effect, ...]] = []
    redis.engine.state.sinks.append(units.append)
    run(redis, "redis.set_repl(redis.REPL_NONE) redis.call('SET', 'a', 1)")
    assert redis("GET a") == b"1" and units == []


def test_a_script_selects_for_itself_alone(redis: Redis) -> None:
    run(redis, "redis.call('SELECT', 3) return redis.call('SET', 'k', 'v')")
    assert redis("GET k") is None
    redis("SELECT 3")
    assert redis("GET k") == b"v"


def test_nothing_waits_inside_a_script(redis: Redis) -> None:
    assert run(redis, "return redis.call('XREAD', 'BLOCK', 0, 'STREAMS', 's', '$')") is None
    assert redis("PING") == Status("PONG")


def test_reading_scripts_do_not_write(redis: Redis) -> None:
    for command, source in (
        ("EVAL_RO", "return redis.call('SET', 'k', 1)"),
        ("EVAL", "#!lua flags=no-writes\nreturn redis.call('SET', 'k', 1)"),
    ):
        (reply,) = redis.all(command, source, "0")
        assert isinstance(reply, Failure)
        assert reply.text.startswith("ERR Write commands are not allowed from read-only scripts.")
    assert redis("EXISTS k") == 0


def test_without_memory_the_first_write_is_refused_and_later_ones_are_not(redis: Redis) -> None:
    redis("SET k v")
    redis("CONFIG SET maxmemory 1")
    assert error(redis, "return redis.call('SET', 'a', 1)").startswith("OOM command not allowed")
    assert run(redis, "redis.call('DEL', 'k') return redis.call('SET', 'a', 1)") == Status("OK")
    assert error(redis, "#!lua\nreturn 1").startswith("OOM command not allowed")
    assert run(redis, "#!lua flags=allow-oom\nreturn redis.call('SET', 'b', 1)") == Status("OK")


def test_the_protocol_of_replies_inside_is_the_scripts_own(redis: Redis) -> None:
    redis("HSET h f v")
    assert run(redis, "return redis.call('HGETALL', 'h')") == [b"f", b"v"]
    assert run(redis, "redis.setresp(3) return redis.call('HGETALL', 'h').map.f") == b"v"


def test_numbers_are_sent_as_redis_writes_them(redis: Redis) -> None:
    shown = {
        "1e15": b"1000000000000000",
        "0.1": b"0.1",
        "-0.0": b"0",
        "1/0": b"inf",
        "12345678901234567890": b"12345678901234567000",
    }
    for number, text in shown.items():
        assert run(redis, f"return redis.call('ECHO', {number})") == text


def test_an_error_cannot_smuggle_in_another_reply(redis: Redis) -> None:
    for source in ("return {err='X a\r\n+OK'}", "return redis.error_reply('X a\r\n+OK')",
                   "error('a\r\n+OK')", "return {ok='a\r\n+OK'}"):  # fmt: skip
        (reply,) = redis.all("EVAL", source, "0")
        assert encode(reply).count(b"\r\n") == 1, source


def test_a_script_is_told_of_in_steps(redis: Redis) -> None:
    events = redis.events("EVAL", "redis.call('SET', 'k', 1) redis.pcall('nope') return 7", "0")
    mine = [event for event in events if type(event).__name__.startswith("Script")]
    assert [type(event) for event in mine] == [
        ScriptStarted, ScriptCalled, ScriptRefused, ScriptEnded,
    ]  # fmt: skip
    assert isinstance(mine[-1], ScriptEnded) and mine[-1].reply == 7


def test_chance_is_the_same_when_a_session_is_run_again() -> None:
    session = Session(Recipe(seed=5))
    client = session.connect()
    draw = [b"EVAL", b"return {math.random(1000000), redis.call('INCR', 'n')}", b"0"]
    drawn = [session.execute(client, draw) for _ in range(5)]
    assert len({str(each) for each in drawn}) == 5
    session.seek(1)
    session.step(1)
    assert list(session.replies(2)) == drawn[0]
    session.seek(session.length)
    assert list(session.replies(session.length)) == drawn[-1]


def test_a_script_that_is_given_up_ends_the_same_way_in_a_replay() -> None:
    session = Session(Recipe())
    client = session.connect()
    endless = [b"EVAL", b"while true do redis.call('INCR', 'n') end", b"0"]
    session.execute(client, [b"SET", b"n", b"0"])
    (reply,) = session.execute(client, endless)
    assert isinstance(reply, Failure) and "took too long" in reply.text
    counted = session.execute(client, [b"GET", b"n"])
    assert counted != [b"0"]
    session.seek(2)  # before the script
    session.seek(3)
    assert session.execute(client, [b"GET", b"n"]) == counted


def test_libraries_and_scripts_travel_in_time() -> None:
    session = Session(Recipe())
    client = session.connect()
    code = b"#!lua name=l\nredis.register_function('f', function() return 1 end)"
    session.execute(client, [b"FUNCTION", b"LOAD", code])
    session.execute(client, [b"EVAL", b"return 2", b"0"])
    known = session.engine.state.scripts.freeze()
    session.execute(client, [b"FUNCTION", b"FLUSH"])
    session.execute(client, [b"SCRIPT", b"FLUSH"])
    session.seek(1)
    assert not session.engine.state.scripts.libraries
    session.seek(3)
    assert session.engine.state.scripts.freeze() == known
    assert session.execute(client, [b"FCALL", b"f", b"0"]) == [1]


def test_client_caching_holds_for_all_that_a_script_reads(redis: Redis) -> None:
    redis("HELLO 3")
    redis("CLIENT TRACKING ON OPTIN")
    redis("CLIENT CACHING YES")
    run(redis, "redis.call('GET', 'a') return redis.call('GET', 'b')")
    assert set(redis.engine.state.crowd.tracked) == {b"a", b"b"}
