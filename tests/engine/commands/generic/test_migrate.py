"""MIGRATE: what is sent, what is deleted, and what is said when it does not arrive."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from redlearn.cluster_errors import OUT_OF_REACH
from redlearn.engine.command import COMMANDS
from redlearn.engine.keys import key_positions
from redlearn.engine.ports import Undelivered
from redlearn.resp.reply import OK, Failure, Reply, Status
from tests.conftest import Redis, argv_of
from tests.engine.commands.said import changes, passed_on, refused, told
from tests.engine.sketch import join

LINE = "MIGRATE 127.0.0.1 7002 {} 0 1000"


class Van:
    """A courier to another engine in the same process; may lose its way after some replies.

    Attributes:
        sent: All calls, with the timeout they came with.
        lost: Where it gets lost: a stage, and how many replies it brings back before.
    """

    def __init__(self, target: Redis) -> None:
        self.target = target
        self.sent: list[list[bytes]] = []
        self.timeout_ms = 0
        self.lost: tuple[str, int] | None = None

    def send(
        self, host: bytes, port: int, calls: Sequence[Sequence[bytes]], timeout_ms: int
    ) -> list[Reply]:
        assert (host, port) == (b"127.0.0.1", 7002)
        if self.lost and self.lost[0] == "connecting":
            raise Undelivered("connecting")
        self.sent = [list(call) for call in calls]
        self.timeout_ms = timeout_ms
        replies = [reply for call in calls for reply in self.target.all(*call)]
        if self.lost:
            raise Undelivered(self.lost[0], replies[: self.lost[1]])
        return replies


@pytest.fixture
def there(new_redis: type[Redis]) -> Redis:
    """The other server."""
    return new_redis(seed=2)


@pytest.fixture
def van(redis: Redis, there: Redis) -> Van:
    """The way to it."""
    van = Van(there)
    redis.engine.state.courier = van
    return van


def test_a_key_is_there_and_not_here_any_more(redis: Redis, there: Redis, van: Van) -> None:
    redis("RPUSH l a b")
    assert redis(LINE.format("l")) == OK
    assert redis("EXISTS l") == 0
    assert there("LRANGE l 0 -1") == [b"a", b"b"]


def test_its_time_to_live_goes_with_it(redis: Redis, there: Redis, van: Van) -> None:
    redis("SET a v PX 5000")
    redis.advance(1000)
    redis(LINE.format("a"))
    assert there("PTTL a") == 4000


def test_a_copy_stays(redis: Redis, there: Redis, van: Van) -> None:
    redis("SET a v")
    assert redis(LINE.format("a") + " COPY") == OK
    assert redis("GET a") == there("GET a") == b"v"
    assert changes(redis, LINE.format("a") + " COPY REPLACE") == 0


def test_what_is_there_already_is_only_replaced_on_request(
    redis: Redis, there: Redis, van: Van
) -> None:
    redis("SET a new")
    there("SET a old")
    text = "ERR Target instance replied with error: BUSYKEY Target key name already exists."
    assert refused(redis, LINE.format("a")) == text
    assert redis(LINE.format("a") + " REPLACE") == OK
    assert there("GET a") == b"new"


def test_a_key_that_is_not_here_is_no_reason_to_go(redis: Redis, van: Van) -> None:
    assert redis(LINE.format("a")) == Status("NOKEY")
    assert redis(LINE.format('""') + " KEYS a b") == Status("NOKEY")
    assert van.sent == []


def test_several_keys_go_at_once(redis: Redis, there: Redis, van: Van) -> None:
    redis("MSET a 1 b 2 c 3")
    assert redis(LINE.format('""') + " KEYS a nope b") == OK
    assert [call[:2] for call in van.sent] == [
        [b"SELECT", b"0"], [b"RESTORE", b"a"], [b"RESTORE", b"b"],
    ]  # fmt: skip
    assert redis("KEYS *") == [b"c"]
    assert there("MGET a b") == [b"1", b"2"]


def test_only_what_was_taken_is_deleted(redis: Redis, there: Redis, van: Van) -> None:
    redis("MSET a 1 b 2 c 3")
    there("SET b old")
    with pytest.raises(Exception, match="BUSYKEY"):
        redis(LINE.format('""') + " KEYS a b c")
    assert redis("KEYS *") == [b"b"]
    assert there("MGET a b c") == [b"1", b"old", b"3"]


def test_a_key_named_twice_is_refused_the_second_time(redis: Redis, van: Van) -> None:
    redis("SET a 1")
    with pytest.raises(Exception, match="BUSYKEY"):
        redis(LINE.format('""') + " KEYS a a")
    assert redis("EXISTS a") == 0


def test_it_goes_to_the_database_that_was_named(redis: Redis, there: Redis, van: Van) -> None:
    redis("SET a 1")
    redis("MIGRATE 127.0.0.1 7002 a 3 1000")
    there("SELECT 3")
    assert there("GET a") == b"1"


def test_a_database_that_is_not_there_takes_nothing(redis: Redis, van: Van) -> None:
    redis("SET a 1")
    text = "ERR Target instance replied with error: ERR DB index is out of range"
    assert refused(redis, "MIGRATE 127.0.0.1 7002 a 99 1000") == text


def test_it_says_who_it_is(redis: Redis, there: Redis, van: Van) -> None:
    there("ACL SETUSER ann on >secret ~* +@all")
    there("CONFIG SET requirepass pass")
    redis("MSET a 1 b 2 c 3")
    text = "ERR Target instance replied with error: WRONGPASS invalid username-password pair or"
    wrong = redis.all(LINE.format("a") + " AUTH wrong")[0]
    assert isinstance(wrong, Failure)
    assert wrong.text.startswith(text)
    assert redis("EXISTS a") == 1
    assert redis(LINE.format("b") + " AUTH pass") == OK
    assert redis(LINE.format("c") + " AUTH2 ann secret") == OK
    assert van.sent[0] == [b"AUTH", b"ann", b"secret"]


@pytest.mark.parametrize(
    ("lost", "text", "left"),
    [
        (("connecting", 0), "IOERR error or timeout connecting to the client", [b"1", b"2"]),
        (("writing", 0), "IOERR error or timeout writing to target instance", [b"1", b"2"]),
        (("reading", 0), "IOERR error or timeout reading to target instance", [b"1", b"2"]),
        (("reading", 2), "IOERR error or timeout reading to target instance", [None, b"2"]),
    ],
)
def test_what_does_not_arrive_for_sure_stays(
    redis: Redis, van: Van, lost: tuple[str, int], text: str, left: list[Reply]
) -> None:
    redis("MSET a 1 b 2")
    van.lost = lost
    assert redis.all(LINE.format('""') + " KEYS a b") == [Failure(text)]
    assert redis("MGET a b") == left


def test_an_engine_alone_has_no_way_out(redis: Redis) -> None:
    redis("SET a 1")
    assert refused(redis, LINE.format("a")) == "IOERR error or timeout connecting to the client"


def test_a_timeout_of_nothing_is_a_second(redis: Redis, van: Van) -> None:
    redis("MSET a 1 b 1")
    redis("MIGRATE 127.0.0.1 7002 a 0 0")
    assert van.timeout_ms == 1000
    redis("MIGRATE 127.0.0.1 7002 b 0 250")
    assert van.timeout_ms == 250


def test_in_a_cluster_it_asks_on_the_way(redis: Redis, van: Van) -> None:
    join(redis)
    redis("SET a 1")
    redis(LINE.format("a"))
    assert van.sent[-1][0] == b"RESTORE-ASKING"


def test_others_hear_that_keys_were_deleted(redis: Redis, van: Van) -> None:
    redis("MSET a 1 b 2")
    line = LINE.format('""') + " KEYS a b"
    assert passed_on(redis, line) == ["DEL a b"]
    redis("SET c 1")
    assert told(redis, LINE.format("c")) == ["del c"]
    redis("SET d 1")
    assert passed_on(redis, LINE.format("d") + " COPY") == []


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("MIGRATE h 1 a x 10", "ERR value is not an integer or out of range"),
        ("MIGRATE h 1 a 0 x", "ERR value is not an integer or out of range"),
        ("MIGRATE h 1 a 0 10 NOPE", "ERR syntax error"),
        ("MIGRATE h 1 a x 10 NOPE", "ERR syntax error"),
        ("MIGRATE h 1 a 0 10 AUTH", "ERR syntax error"),
        ("MIGRATE h 1 a 0 10 AUTH2 u", "ERR syntax error"),
        ("MIGRATE h 1 a 0 10 KEYS b", "ERR When using MIGRATE KEYS option, the key argument must"
                                      " be set to the empty string"),
    ],
)  # fmt: skip
def test_a_call_that_makes_no_sense_is_refused(redis: Redis, line: str, text: str) -> None:
    redis("SET a 1")
    assert refused(redis, line) == text


@pytest.mark.parametrize(
    ("line", "at"),
    [
        ("MIGRATE h 1 a 0 10", [3]),
        ("MIGRATE h 1 a 0 10 COPY REPLACE", [3]),
        ('MIGRATE h 1 "" 0 10 KEYS a b', [7, 8]),
        ('MIGRATE h 1 "" 0 10 AUTH keys KEYS a b', [9, 10]),
        ('MIGRATE h 1 "" 0 10 AUTH2 keys keys COPY KEYS a', [11]),
        ("MIGRATE h 1 a 0 10 KEYS b", []),
        ("MIGRATE h 1 a 0 10 AUTH KEYS b", [3]),
        ("MIGRATE h 1 a 0 10 x KEYS", [3]),
    ],
)
def test_its_keys_are_found_behind_its_options(line: str, at: list[int]) -> None:
    assert key_positions(COMMANDS[b"MIGRATE"], argv_of(line)) == at


def test_in_a_classroom_nothing_is_sent_elsewhere_and_the_key_stays(redis: Redis, van: Van) -> None:
    config = redis.engine.state.config
    config.set("classroom-mode", True)
    redis("SET k v")
    for key in ("k", "none"):
        line = f"MIGRATE 10.0.0.5 7002 {key} 0 1000"
        assert refused(redis, line) == OUT_OF_REACH.format("10.0.0.5")
    assert van.sent == []
    assert redis("EXISTS k") == 1
    assert redis(LINE.format("k")) == OK
