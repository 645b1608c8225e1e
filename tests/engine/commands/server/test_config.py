"""CONFIG GET and SET."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from redlearn.engine.config import ALIASES, PARAMETERS, Config
from redlearn.engine.edge import Edge
from redlearn.resp.reply import OK, Status
from tests.conftest import Redis
from tests.engine.commands.said import passed_on, refused


def failed(name: str, why: str) -> str:
    return f"ERR CONFIG SET failed (possibly related to argument '{name}') - {why}"


def test_get_shows_what_a_pattern_describes(redis: Redis) -> None:
    assert redis("CONFIG GET hz") == {b"hz": b"10"}
    assert redis("CONFIG GET HZ") == {b"HZ": b"10"}
    assert redis("CONFIG GET H*z hz HZ") == {b"hz": b"10"}
    assert redis("CONFIG GET nope") == {}
    assert redis("CONFIG GET zset-max-listpack-*") == {
        b"zset-max-listpack-entries": b"128",
        b"zset-max-listpack-value": b"64",
    }


def test_get_takes_several_patterns_and_shows_each_parameter_once(redis: Redis) -> None:
    reply = redis("CONFIG GET hz h* *")
    assert isinstance(reply, dict)
    shown = [row for row in PARAMETERS.values() if not row.hidden]
    assert len(reply) == len(shown) + len(ALIASES)


def test_an_alias_shows_the_same_value_under_its_own_name(redis: Redis) -> None:
    redis("CONFIG SET hash-max-ziplist-value 5")
    assert redis("CONFIG GET hash-max-ziplist-value") == {b"hash-max-ziplist-value": b"5"}
    assert redis("CONFIG GET hash-max-listpack-value") == {b"hash-max-listpack-value": b"5"}


def test_set_takes_several_at_once(redis: Redis) -> None:
    assert redis("CONFIG SET hz 20 Active-Expire-Effort 3") == OK
    assert redis("CONFIG GET hz") == {b"hz": b"20"}
    assert redis("CONFIG GET active-expire-effort") == {b"active-expire-effort": b"3"}


def test_a_new_limit_is_for_later_writes(redis: Redis) -> None:
    redis("ZADD z 1 a 2 b")
    redis("CONFIG SET zset-max-listpack-entries 1")
    assert redis("OBJECT ENCODING z") == b"listpack"
    redis("ZADD z 3 c")
    assert redis("OBJECT ENCODING z") == b"skiplist"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("nope 1", "ERR Unknown option or number of arguments for CONFIG SET - 'nope'"),
        ("hz 20 nope 1", "ERR Unknown option or number of arguments for CONFIG SET - 'nope'"),
        ("hz 20 activerehashing", "ERR syntax error"),
        ("databases 4", failed("databases", "can't set immutable config")),
        ("hz 20 HZ 30", failed("HZ", "duplicate parameter")),
        ("hz x", failed("hz", "argument couldn't be parsed into an integer")),
        ("hz 20 activerehashing x", failed("activerehashing", "argument must be 'yes' or 'no'")),
        (
            "notify-keyspace-events Q",
            failed(
                "notify-keyspace-events",
                "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.",
            ),
        ),
    ],
)
def test_set_changes_all_or_nothing(redis: Redis, line: str, text: str) -> None:
    assert refused(redis, f"CONFIG SET {line}") == text
    assert redis("CONFIG GET hz") == {b"hz": b"10"}


def test_names_are_repeated_as_they_came(redis: Redis) -> None:
    assert refused(redis, b"CONFIG", b"SET", b"\xff\0x", b"1").endswith("'\udcff'")
    assert refused(redis, "CONFIG SET Databases 1").startswith(failed("Databases", "can't"))


def test_where_a_value_is_wrong_the_name_is_in_lower_case(redis: Redis) -> None:
    assert refused(redis, "CONFIG SET Hz x").startswith(failed("hz", "argument"))
    assert refused(redis, "CONFIG SET Lua-Time-Limit x").startswith(failed("lua-time-limit", ""))


def test_what_is_protected_takes_leave_from_the_start(redis: Redis) -> None:
    text = failed("dir", "can't set protected config")
    assert refused(redis, "CONFIG SET dir /") == text
    redis.engine.state.config.set("enable-protected-configs", "local")
    assert redis("CONFIG SET dbfilename d.rdb") == OK
    redis.client.address = "192.0.2.1:4000"
    assert refused(redis, "CONFIG SET dir /") == text
    redis.engine.state.config.set("enable-protected-configs", "yes")
    assert redis("CONFIG SET dbfilename e.rdb") == OK


def test_a_name_and_its_alias_are_two_and_the_last_counts(redis: Redis) -> None:
    assert redis("CONFIG SET hash-max-listpack-value 1 hash-max-ziplist-value 2") == OK
    assert redis("CONFIG GET hash-max-listpack-value") == {b"hash-max-listpack-value": b"2"}


def test_output_limits_of_one_class_leave_the_others(redis: Redis) -> None:
    assert redis('CONFIG SET client-output-buffer-limit "pubsub 1mb 2kb 3"') == OK
    assert redis("CONFIG GET client-output-buffer-limit") == {
        b"client-output-buffer-limit":
            b"normal 0 0 0 slave 268435456 67108864 60 pubsub 1048576 2048 3"
    }  # fmt: skip


def test_a_value_ends_at_a_zero_byte(redis: Redis) -> None:
    redis.all(b"CONFIG", b"SET", b"hz", b"20\x00 30")
    redis.all(b"CONFIG", b"SET", b"cluster-announce-ip", b"10.0.0.1\0x")
    assert redis("CONFIG GET hz") == {b"hz": b"20"}
    assert redis("CONFIG GET cluster-announce-ip") == {b"cluster-announce-ip": b"10.0.0.1"}


class Stubborn(Edge):
    """Surroundings that cannot do one thing; they keep what they were asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def take_over(self, config: Config, names: Sequence[str]) -> tuple[str, str] | None:
        self.asked.append((config.show("port"), config.show("hz")))
        return ("port", "no") if config.number("port") == 7 else None


def test_what_a_server_cannot_carry_out_is_taken_back_all_of_it(redis: Redis) -> None:
    edge = redis.engine.state.edge = Stubborn()
    assert redis("CONFIG SET hz 20") == OK
    assert refused(redis, "CONFIG SET hz 30 port 7") == failed("port", "no")
    assert redis("CONFIG GET hz") == {b"hz": b"20"}
    assert edge.asked == [("6379", "20"), ("7", "30"), ("6379", "20")]


def test_settings_are_not_data(redis: Redis) -> None:
    assert passed_on(redis, "CONFIG SET hz 20") == []


def test_config_helps(redis: Redis) -> None:
    assert Status("GET parameter [parameter ...]") in redis("CONFIG HELP")
