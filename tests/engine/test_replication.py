"""What commands see of replication: a record that whoever carries the bytes fills in."""

from __future__ import annotations

from typing import Any

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine import clients
from redlearn.engine.blocking import serve_acknowledged
from redlearn.engine.client import Client
from redlearn.engine.effects import Effect
from redlearn.engine.engine import Engine
from redlearn.engine.replication import CONNECT, CONNECTED, SYNC, Replica, Replication
from redlearn.errors import READ_ONLY, WAIT_ON_REPLICA, CommandError
from redlearn.resp.reply import OK, Failure, Verbatim
from tests.conftest import Redis

NOW_MS = 1_700_000_000_000


class Server:
    """An engine, one client of it, and one that repeats what a primary did."""

    def __init__(self) -> None:
        self.clock = VirtualClock(NOW_MS)
        self.engine = Engine(self.clock)
        self.known = self.engine.state.replication
        self.client = self.engine.connect()
        self.obeyed = self.engine.connect()
        self.obeyed.obeyed = True

    def run(self, *words: object, by: Client | None = None) -> Any:
        client = by or self.client
        self.engine.execute(client, [str(word).encode() for word in words])
        replies = client.take()
        return replies[-1] if replies else "waits"

    def follow(self, primary: tuple[str, int] | None = ("10.0.0.1", 7000)) -> None:
        self.known.primary = primary
        clients.be_alert(self.engine.state)

    def fed(self, size: int = 30) -> None:
        """Let every effect make the stream longer."""

        def sink(unit: tuple[Effect, ...]) -> None:
            self.known.offset += size

        self.engine.state.sinks.append(sink)

    def acknowledge(self, *offsets: int) -> None:
        self.known.replicas = tuple(
            Replica("10.0.0.9", 7000 + at, True, offset, NOW_MS)
            for at, offset in enumerate(offsets)
        )
        serve_acknowledged(self.engine.state)


@pytest.fixture
def server() -> Server:
    return Server()


# ---- a replica ----


@pytest.mark.parametrize(
    "argv", ["SET k v", "EXPIRE nokey 1", "FLUSHALL", "BLPOP k 1", "PFADD k a"]
)
def test_a_replica_refuses_what_may_write(server: Server, argv: str) -> None:
    server.follow()
    assert server.run(*argv.split()) == Failure(READ_ONLY)


def test_a_replica_answers_what_only_reads(server: Server) -> None:
    server.run("SET", "k", "v")
    server.follow()
    assert server.run("GET", "k") == b"v"
    assert server.run("PUBLISH", "news", "x") == 0


def test_a_replica_refuses_a_write_when_it_is_queued(server: Server) -> None:
    server.follow()
    server.run("MULTI")
    assert server.run("SET", "k", "v") == Failure(READ_ONLY)
    assert server.run("EXEC").text.startswith("EXECABORT")


def test_a_replica_does_what_its_primary_did(server: Server) -> None:
    server.follow()
    server.run("SET", "k", "v", by=server.obeyed)
    assert server.run("GET", "k") == b"v"


def test_a_replica_that_may_be_written_to_is(server: Server) -> None:
    server.run("CONFIG", "SET", "replica-read-only", "no")
    server.follow()
    assert server.run("SET", "k", "v") == OK


def test_a_replica_that_is_promoted_takes_writes_again(server: Server) -> None:
    server.follow()
    server.run("SET", "k", "v")
    server.follow(None)
    assert server.run("SET", "k", "v") == OK


# ---- what is over ----


def test_on_a_replica_a_key_that_is_over_is_not_there_but_stays(server: Server) -> None:
    server.run("SET", "k", "v", "PX", 100)
    server.follow()
    server.clock.advance(101)
    assert server.run("GET", "k") is None
    assert server.run("EXISTS", "k") == 0
    assert server.run("DBSIZE") == 1


def test_a_replica_s_timer_leaves_what_is_over_alone(server: Server) -> None:
    for number in range(50):
        server.run("SET", f"k{number}", "v", "PX", 100)
    server.follow()
    server.clock.advance(1_000)
    server.engine.tick()
    assert server.run("DBSIZE") == 50
    server.follow(None)
    server.engine.tick()
    assert server.run("DBSIZE") == 0


def test_a_replica_passes_on_nothing_about_a_key_that_is_over(server: Server) -> None:
    units: list[tuple[Effect, ...]] = []
    server.run("SET", "k", "v", "PX", 100)
    server.engine.state.sinks.append(units.append)
    server.follow()
    server.clock.advance(101)
    server.run("GET", "k")
    assert units == []


def test_on_a_replica_a_field_that_is_over_is_not_there_but_stays(server: Server) -> None:
    server.run("HSET", "h", "f", "v", "g", "w")
    server.run("HPEXPIRE", "h", 100, "FIELDS", 1, "f")
    server.follow()
    server.clock.advance(200)
    server.engine.tick()
    assert server.run("HGET", "h", "f") is None
    assert server.run("HMGET", "h", "f", "g") == [None, b"w"]
    assert server.run("HLEN", "h") == 2
    server.follow(None)
    assert server.run("HGET", "h", "f") is None
    assert server.run("HLEN", "h") == 1


def test_a_replica_evicts_nothing(server: Server) -> None:
    for number in range(100):
        server.run("SET", f"k{number}", "v" * 100)
    server.follow()
    server.run("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    server.run("CONFIG", "SET", "maxmemory", 2_000)
    server.run("SET", "more", "v", by=server.obeyed)
    assert server.run("DBSIZE") == 101


# ---- WAIT ----


def test_wait_returns_at_once_where_enough_replicas_have_it(server: Server) -> None:
    server.fed()
    server.run("SET", "k", "v")
    server.acknowledge(30, 30, 29)
    assert server.run("WAIT", 2, 0) == 2
    assert server.run("WAIT", 0, 0) == 2


def test_wait_asks_only_for_what_this_client_wrote(server: Server) -> None:
    server.fed()
    server.run("SET", "k", "v")
    other = server.engine.connect()
    server.run("SET", "k", "w", by=other)
    server.acknowledge(30)
    assert server.run("WAIT", 1, 0) == 1
    assert server.run("WAIT", 1, 0, by=other) == "waits"


def test_wait_ends_when_the_last_replica_needed_says_that_it_has_it(server: Server) -> None:
    server.fed()
    server.run("SET", "k", "v")
    server.acknowledge(0, 0)
    assert server.run("WAIT", 2, 0) == "waits"
    server.acknowledge(30, 29)
    assert server.client.take() == []
    server.acknowledge(30, 30)
    assert server.client.take() == [2]
    assert server.client.id in server.engine.state.reached


def test_wait_gives_up_with_how_many_there_were(server: Server) -> None:
    server.fed()
    server.run("SET", "k", "v")
    server.acknowledge(30, 0)
    assert server.run("WAIT", 2, 100) == "waits"
    server.clock.advance(100)
    server.engine.tick()
    assert server.client.take() == [1]


def test_wait_in_a_transaction_does_not_wait(server: Server) -> None:
    server.fed()
    server.acknowledge(1_000)
    server.run("MULTI")
    server.run("WAIT", 5, 0)
    assert server.run("EXEC") == [1]


def test_a_replica_refuses_wait(server: Server) -> None:
    server.follow()
    assert server.run("WAIT", 0, 0) == Failure(WAIT_ON_REPLICA)


def test_who_waits_on_a_server_that_becomes_a_replica_is_sent_away(server: Server) -> None:
    server.run("WAIT", 1, 0)
    server.follow()
    serve_acknowledged(server.engine.state)
    (reply,) = server.client.take()
    assert isinstance(reply, Failure)
    assert reply.text.startswith("UNBLOCKED force unblock from blocking operation")
    assert server.client.closing


def test_who_left_is_not_waited_for(server: Server) -> None:
    server.run("WAIT", 1, 0)
    server.engine.disconnect(server.client)
    server.acknowledge(0)
    assert server.known.waiting == {}


def test_a_replica_that_has_no_copy_yet_does_not_count(server: Server) -> None:
    server.known.replicas = (Replica("10.0.0.9", 7000, False, 99, NOW_MS),)
    assert server.known.count(0) == 0


# ---- what a server says of it ----


def test_role_of_a_primary_names_those_who_follow(server: Server) -> None:
    server.known.offset = 77
    server.known.replicas = (
        Replica("10.0.0.9", 7001, True, 70, NOW_MS),
        Replica("10.0.0.8", 7002, False, 0, NOW_MS),
    )
    assert server.run("ROLE") == [b"master", 77, [[b"10.0.0.9", b"7001", b"70"]]]


@pytest.mark.parametrize(("link", "offset"), [(CONNECT, -1), (SYNC, -1), (CONNECTED, 42)])
def test_role_of_a_replica_names_its_primary_and_how_it_stands_to_it(
    server: Server, link: str, offset: int
) -> None:
    server.follow()
    server.known.link, server.known.offset = link, 42
    assert server.run("ROLE") == [b"slave", b"10.0.0.1", 7000, link.encode(), offset]


def info(server: Server) -> dict[str, str]:
    text = server.run("INFO", "replication").data.decode()
    return dict(line.split(":", 1) for line in text.splitlines() if ":" in line)


def test_info_of_a_primary_has_a_line_for_each_replica(server: Server) -> None:
    server.known.replicas = (
        Replica("10.0.0.9", 7001, True, 70, NOW_MS - 1_500),
        Replica("10.0.0.8", 7002, False, 0, NOW_MS),
    )
    facts = info(server)
    assert facts["connected_slaves"] == "2"
    assert facts["slave0"] == "ip=10.0.0.9,port=7001,state=online,offset=70,lag=1"
    assert facts["slave1"] == "ip=10.0.0.8,port=7002,state=wait_bgsave,offset=0,lag=0"


def test_info_of_a_replica_says_how_the_link_is(server: Server) -> None:
    server.follow()
    server.known.link, server.known.down_ms = CONNECT, NOW_MS - 3_000
    facts = info(server)
    assert (facts["role"], facts["master_port"]) == ("slave", "7000")
    assert (facts["master_link_status"], facts["master_link_down_since_seconds"]) == ("down", "3")
    server.known.link, server.known.heard_ms = CONNECTED, NOW_MS - 2_000
    facts = info(server)
    assert (facts["master_link_status"], facts["master_last_io_seconds_ago"]) == ("up", "2")
    assert "master_link_down_since_seconds" not in facts


def test_the_backlog_counts_its_bytes_from_one(server: Server) -> None:
    server.known.backlog, server.known.backlog_start, server.known.offset = True, 100, 350
    facts = info(server)
    assert facts["repl_backlog_first_byte_offset"] == "101"
    assert facts["repl_backlog_histlen"] == "250"


def test_the_record_travels_in_time(server: Server) -> None:
    server.run("WAIT", 1, 0)
    server.known.offset = 5
    frozen = server.known.freeze()
    server.known.offset = 9
    server.known.waiting.clear()
    server.known.thaw(frozen)
    assert (server.known.offset, list(server.known.waiting)) == (5, [server.client.id])


def test_a_primary_that_lacks_copies_refuses_writes_and_nothing_else(redis: Redis) -> None:
    redis("CONFIG SET min-replicas-to-write 1")
    refused = "^NOREPLICAS Not enough good replicas to write.$"
    with pytest.raises(CommandError, match=refused):
        redis("SET k v")
    assert redis("GET k") is None
    assert redis("PUBLISH a b") == 0
    redis("MULTI")
    with pytest.raises(CommandError, match=refused):
        redis("SET k v")
    with pytest.raises(CommandError, match=r"^EXECABORT Transaction discarded"):
        redis("EXEC")
    said = redis("INFO replication")
    assert isinstance(said, Verbatim)
    assert b"min_slaves_good_slaves:0" in said.data
    redis("CONFIG SET min-replicas-max-lag 0")
    assert redis("SET k v") == OK


@pytest.mark.parametrize(("acked_ms", "online", "lacks"), [
    (90_000, True, False), (89_999, True, True), (100_000, False, True),
])  # fmt: skip
def test_a_copy_counts_if_it_has_said_lately_how_far_it_is(
    acked_ms: int, online: bool, lacks: bool
) -> None:
    known = Replication()
    known.replicas = (Replica("127.0.0.1", 7002, online, 0, acked_ms),)
    assert known.lacks(1, 10, 100_000) is lacks
    known.primary = ("127.0.0.1", 7003)
    assert not known.lacks(1, 10, 100_000)  # a replica's writes are refused for another reason
