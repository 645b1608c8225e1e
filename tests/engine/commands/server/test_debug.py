"""DEBUG: what it shows, what it moves, and what it refuses."""

from __future__ import annotations

import re

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.engine import Engine
from redlearn.engine.values.list import List
from redlearn.errors import (
    BAD_PACKED_THRESHOLD,
    BAD_PAYLOAD_FOOTER,
    DEBUG_NOT_ALLOWED,
    MUST_BE_POSITIVE,
    NO_ROOM,
    RESP2_NOT_SUPPORTED,
    UNKNOWN_PROTOCOL_TYPE,
)
from redlearn.resp.encode import encode
from redlearn.resp.reply import NULL_ARRAY, OK, Failure, Push, Status
from redlearn.timeline.session import Session
from tests.conftest import Redis
from tests.engine.commands.said import passed_on, refused


def test_an_engine_refuses_unless_it_was_told(redis: Redis) -> None:
    engine = Engine(VirtualClock(1000))
    client = engine.connect()
    for argv in ([b"DEBUG", b"DIGEST"], [b"DEBUG", b"NOPE"], [b"MULTI"], [b"debug", b"help"]):
        engine.execute(client, argv)
    engine.execute(client, [b"DEBUG"])
    engine.execute(client, [b"EXEC"])
    assert [reply.text for reply in client.take() if isinstance(reply, Failure)] == [
        *[DEBUG_NOT_ALLOWED] * 3,
        "ERR wrong number of arguments for 'debug' command",
        "EXECABORT Transaction discarded because of previous errors.",
    ]


def test_nobody_can_allow_it_later(redis: Redis) -> None:
    assert "can't set immutable config" in refused(redis, "CONFIG SET enable-debug-command no")
    assert redis("CONFIG GET enable-debug-command") == {b"enable-debug-command": b"yes"}


UNKNOWN = "ERR unknown subcommand or wrong number of arguments for '{}'. Try DEBUG HELP."


@pytest.mark.parametrize("words", ["NOPE", "SEGFAULT", "PANIC", "OOM", "JMAP", "RESTART 5"])
def test_what_would_end_a_server_is_refused(redis: Redis, words: str) -> None:
    assert refused(redis, f"DEBUG {words}") == UNKNOWN.format(words.split()[0])


@pytest.mark.parametrize("words", ["DIGEST x", "help x"])
def test_a_wrong_number_of_words_is_told_like_an_unknown_one(redis: Redis, words: str) -> None:
    assert refused(redis, f"DEBUG {words}") == UNKNOWN.format(words.split()[0])


def test_an_error_has_the_text_it_is_given_on_one_line(redis: Redis) -> None:
    assert redis.all(b"DEBUG", b"ERROR", b"MY own\r\nwords\xff") == [Failure("MY own  words\udcff")]


def test_populate_makes_what_is_not_there(redis: Redis) -> None:
    redis("SET key:1 mine")
    assert redis("DEBUG POPULATE 3") == OK
    assert redis("MGET key:0 key:1 key:2 key:3") == [b"value:0", b"mine", b"value:2", None]
    assert redis("DEBUG POPULATE 1 p 3") == OK
    assert redis("DEBUG POPULATE 1 q 10") == OK
    assert redis("MGET p:0 q:0") == [b"val", b"value:0\0\0\0"]
    redis.engine.check()


def test_populate_makes_room_at_once_and_passes_nothing_on(redis: Redis) -> None:
    assert passed_on(redis, "DEBUG POPULATE 1000") == []
    assert redis.engine.state.databases[0].keys.size(0) == 1024
    assert not redis.engine.state.databases[0].keys.is_rehashing
    assert redis.engine.state.dirty == 0


@pytest.mark.parametrize("words", ["x", "-1", "1.5", "1 p x", "1 p -1"])
def test_populate_wants_counts(redis: Redis, words: str) -> None:
    assert refused(redis, f"DEBUG POPULATE {words}") == MUST_BE_POSITIVE
    assert redis("DBSIZE") == 0


@pytest.mark.parametrize("words", ["9223372036854775807", "100000000", "2 p 999999999"])
def test_populate_refuses_what_memory_would_not_hold(redis: Redis, words: str) -> None:
    assert refused(redis, f"DEBUG POPULATE {words}") == NO_ROOM
    assert redis("DBSIZE") == 0


PROTOCOL = {
    "string": b"$11\r\nHello World\r\n",
    "integer": b":12345\r\n",
    "double": b",3.141\r\n",
    "bignum": b"(1234567999999999999999999999999999999\r\n",
    "null": b"_\r\n",
    "array": b"*3\r\n:0\r\n:1\r\n:2\r\n",
    "set": b"~3\r\n:0\r\n:1\r\n:2\r\n",
    "map": b"%3\r\n:0\r\n#f\r\n:1\r\n#t\r\n:2\r\n#f\r\n",
    "verbatim": b"=29\r\ntxt:This is a verbatim\nstring\r\n",
    "TRUE": b"#t\r\n",
    "false": b"#f\r\n",
}


@pytest.mark.parametrize("name", PROTOCOL)
def test_each_type_of_the_protocol_can_be_seen(redis: Redis, name: str) -> None:
    assert encode(redis(f"DEBUG PROTOCOL {name}"), 3) == PROTOCOL[name]


def test_a_push_comes_before_its_reply_and_in_resp3_only(redis: Redis) -> None:
    assert refused(redis, "DEBUG PROTOCOL push") == RESP2_NOT_SUPPORTED
    redis("HELLO 3")
    assert redis.all("DEBUG PROTOCOL push") == [
        Push([b"server-cpu-usage", 42]),
        b"Some real reply following the push reply",
    ]


def test_there_is_no_other_type(redis: Redis) -> None:
    assert refused(redis, "DEBUG PROTOCOL nope") == UNKNOWN_PROTOCOL_TYPE


def test_a_threshold_gives_small_elements_a_node_of_their_own(redis: Redis) -> None:
    assert redis("DEBUG QUICKLIST-PACKED-THRESHOLD 5b") == OK
    redis("CONFIG SET list-max-listpack-size 2")
    redis("RPUSH k a bb ccccc dd eeeeee f")
    assert plain_nodes(redis) == [False, True, False, True, False]
    redis("DEBUG QUICKLIST-PACKED-THRESHOLD 0")
    redis("LPUSH k ggggggg")
    assert plain_nodes(redis) == [False, False, True, False, True, False]
    redis.engine.check()


def plain_nodes(redis: Redis) -> list[bool]:
    value = redis.engine.state.databases[0].value_of(b"k")
    assert isinstance(value, List) and value.quicklist is not None
    return [node.plain for node in value.quicklist.nodes()]


@pytest.mark.parametrize("size", ["5gb", "x", "-1", "4gb"])
def test_a_threshold_is_a_size_below_4_gb(redis: Redis, size: str) -> None:
    words = [b"DEBUG", b"QUICKLIST-PACKED-THRESHOLD", size.encode()]
    assert redis.all(*words) == [Failure(BAD_PACKED_THRESHOLD)]


def test_without_active_expiry_keys_stay_until_they_are_asked_for(redis: Redis) -> None:
    redis("DEBUG SET-ACTIVE-EXPIRE 0")
    redis("SET k v PX 5")
    redis.advance(1000)
    redis.engine.tick()
    assert redis("DBSIZE") == 1
    redis("DEBUG SET-ACTIVE-EXPIRE 1x")
    redis.engine.tick()
    assert redis("DBSIZE") == 0


def test_a_wrong_checksum_passes_if_nobody_looks(redis: Redis) -> None:
    redis("SET k v")
    payload = redis("DUMP k")
    assert isinstance(payload, bytes)
    wrong = payload[:-1] + bytes((payload[-1] ^ 1,))
    assert redis.all(b"RESTORE", b"l", b"0", wrong) == [Failure(BAD_PAYLOAD_FOOTER)]
    redis("DEBUG SET-SKIP-CHECKSUM-VALIDATION 1")
    assert redis(b"RESTORE", b"l", b"0", wrong) == OK
    assert redis("GET l") == b"v"
    redis("DEBUG SET-SKIP-CHECKSUM-VALIDATION 0")
    assert redis.all(b"RESTORE", b"m", b"0", wrong) == [Failure(BAD_PAYLOAD_FOOTER)]


SLEEPS = {
    "0.25": 250, "1": 1000, "2e0": 2000, ".5": 500, "1.5s": 1500, "-1": 0, "x": 0, "nan": 0, "": 0,
}  # fmt: skip


@pytest.mark.parametrize("seconds", SLEEPS)
def test_a_sleep_puts_the_clock_forward(redis: Redis, seconds: str) -> None:
    before = redis.clock.ms
    assert redis(b"DEBUG", b"SLEEP", seconds.encode()) == OK
    assert redis.clock.ms - before == SLEEPS[seconds]


@pytest.mark.parametrize("seconds", ["inf", "1e300", "9" * 400])
def test_no_sleep_is_without_end(redis: Redis, seconds: str) -> None:
    assert redis(f"DEBUG SLEEP {seconds}") == OK
    assert redis("SET k v EX 100") == OK
    assert redis("TTL k") == 100


def test_a_sleep_is_slept_again_by_a_replay() -> None:
    session = Session()
    client = session.connect()
    for line in (b"SET k v PX 500", b"DEBUG SLEEP 1", b"GET k", b"TIME"):
        replies = session.execute(client, line.split())
    assert session.execute(client, [b"DEBUG", b"DIGEST"]) == [Status("0" * 40)]
    end = session.position
    session.seek(end - 4)
    assert session.engine.state.databases[0].value_of(b"k") is not None
    session.seek(end - 1)
    assert session.engine.state.databases[0].value_of(b"k") is None
    assert list(session.replies(end - 1)) == replies


def test_a_replication_id_is_changed_for_another_of_our_own(redis: Redis) -> None:
    seen = {replication(redis)}
    redis.engine.state.replication.second_id = "a" * 40
    for _ in range(3):
        assert redis("DEBUG CHANGE-REPL-ID") == OK
        seen.add(replication(redis))
    assert len(seen) == 4
    known = redis.engine.state.replication
    assert (known.second_id, known.second_offset) == ("0" * 40, -1)
    assert "unknown subcommand or wrong number" in refused(redis, "DEBUG CHANGE-REPL-ID x")


def replication(redis: Redis) -> str:
    """The ID of the stream that replicas would follow."""
    report = encode(redis("INFO replication"), 2).decode()
    (found,) = re.findall(r"master_replid:([0-9a-f]{40})\r", report)
    return str(found)


def test_what_debug_moved_is_part_of_the_past() -> None:
    session = Session()
    client = session.connect()
    marks = []
    for line in (
        b"DEBUG SET-ACTIVE-EXPIRE 0",
        b"DEBUG SET-SKIP-CHECKSUM-VALIDATION 1",
        b"DEBUG QUICKLIST-PACKED-THRESHOLD 3",
    ):
        marks.append(moved(session))
        session.execute(client, line.split())
    end = session.position
    assert moved(session) == (False, True, 3)
    for back, mark in enumerate(reversed(marks), 1):
        session.seek(end - back)
        assert moved(session) == mark


def moved(session: Session) -> tuple[bool, bool, int]:
    state = session.engine.state
    return (state.active_expire, state.skip_checksum, state.kit.packed_threshold)


def test_matching_ends(redis: Redis) -> None:
    assert redis("DEBUG STRINGMATCH-TEST") == Status("Apparently Redis did not crash: test passed")


def test_help_lists_each_with_a_sentence(redis: Redis) -> None:
    lines = redis("DEBUG HELP")
    assert isinstance(lines, list)
    texts = [line.text for line in lines if isinstance(line, Status)]
    assert texts[0] == "DEBUG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    assert texts[-2] == "HELP"
    assert "DIGEST-VALUE <key> [<key> ...]" in texts and "SLEEP <seconds>" in texts
    assert len(texts) == len(lines) and all(len(text) > 8 for text in texts[2::2])


def test_a_message_to_the_log_goes_where_servers_log(redis: Redis) -> None:
    assert redis(b"DEBUG", b"LOG", b"all is well") == OK
    assert redis.engine.state.printed == b"DEBUG LOG: all is well\n"


def test_while_the_timer_is_paused_only_waits_end(redis: Redis) -> None:
    redis("DEBUG PAUSE-CRON 1")
    redis("SET k v PX 5")
    waiting = redis.engine.connect()
    redis.engine.execute(waiting, [b"BLPOP", b"q", b"0.01"])
    redis.advance(50)
    redis.engine.tick()
    assert waiting.take() == [NULL_ARRAY]
    assert redis("DBSIZE") == 1
    redis("DEBUG PAUSE-CRON 0")
    redis.engine.tick()
    assert redis("DBSIZE") == 0
