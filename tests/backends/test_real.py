from __future__ import annotations

import pytest

from redlearn.backends.address import Address
from redlearn.backends.real import InUse, RealServer, is_node
from redlearn.lessons.model import Command, Place
from redlearn.resp.reply import Failure, Reply, Status
from tests.oracle.servers import LOOPBACK, Server, redis_binary, running


def at(server: Server) -> Address:
    return Address(LOOPBACK, server.port)


def command(line: str, client: str = "") -> Command:
    return Command(Place("", 0), tuple(word.encode() for word in line.split()), line, client)


def said(real: RealServer, line: str, client: str = "") -> Reply:
    """The one reply to a command."""
    replies = real.run(command(line, client)).replies
    assert len(replies) == 1
    return replies[0]


def test_a_server_says_who_it_is(redis_server: Server, valkey_server: Server) -> None:
    for server in (redis_server, valkey_server):
        with RealServer(at(server)) as real:
            assert (real.name, real.version) == (server.name, server.version)
            assert real.title == f"{server.name} {server.version}"
            assert real.lets_wait


def test_a_server_with_keys_or_functions_is_left_as_it_is(redis_server: Server) -> None:
    with redis_server.connect() as client:
        client.run(b"SELECT", b"3")
        client.run(b"SET", b"k", b"1")
        with pytest.raises(InUse, match="holds keys"):
            RealServer(at(redis_server))
        assert client.run(b"GET", b"k") == b"1"
        client.run(b"FLUSHALL")
        code = b"#!lua name=l\nredis.register_function('f', function() end)"
        client.run(b"FUNCTION", b"LOAD", code)
        with pytest.raises(InUse, match="holds functions"):
            RealServer(at(redis_server))
        assert client.run(b"FUNCTION", b"FLUSH") == b"OK"


def test_the_server_is_tidy_afterwards(redis_server: Server) -> None:
    with redis_server.connect() as client:
        with RealServer(at(redis_server)) as real:
            real.configure([("zset-max-listpack-entries", "4")])
            said(real, "CONFIG SET list-max-listpack-size 3")
            said(real, "SET k 1")
            assert client.run(b"CONFIG", b"GET", b"zset-max-listpack-entries")[1] == b"4"
        assert client.run(b"DBSIZE") == 0
        assert client.run(b"CONFIG", b"GET", b"zset-max-listpack-entries")[1] == b"128"
        assert client.run(b"CONFIG", b"GET", b"list-max-listpack-size")[1] == b"-2"


def test_each_client_has_a_connection_and_what_others_get_is_told(redis_server: Server) -> None:
    with RealServer(at(redis_server)) as real:
        said(real, "SUBSCRIBE news", "a")
        ran = real.run(command("PUBLISH news hi"))
        assert ran.replies == (1,)
        assert ran.late == (("a", [b"message", b"news", b"hi"]),)
        assert real.run(command("BLPOP q 0", "b")).replies == ()
        assert real.run(command("RPUSH q job")).late == (("b", [b"q", b"job"]),)


def test_a_protocol_is_told_of_its_client(redis_server: Server) -> None:
    with RealServer(at(redis_server)) as real:
        assert real.run(command("HELLO 3", "a")).protocol == 3
        assert real.run(command("PING")).protocol == 2


def test_time_is_seen_to_pass(redis_server: Server) -> None:
    with RealServer(at(redis_server)) as real:
        real.configure(())
        said(real, "SET k 1 EX 100")
        said(real, "SET short 1 EX 50")
        real.let_pass(60_000)
        left = said(real, "TTL k")
        assert isinstance(left, int) and 38 <= left <= 40
        assert said(real, "DBSIZE") == 1  # the cycle came by


def test_a_dead_key_lies_there_until_the_cycle_would_come(redis_server: Server) -> None:
    with RealServer(at(redis_server)) as real:
        real.configure(())
        said(real, "SET k 1 PX 50")
        real.let_pass(60)  # less than a round
        assert said(real, "DBSIZE") == 1
        assert said(real, "GET k") is None


def test_who_lets_time_pass_finds_no_dead_key(redis_server: Server, valkey_server: Server) -> None:
    for server in (redis_server, valkey_server):
        with RealServer(at(server)) as real, server.connect() as client:
            real.configure(())
            client.pipeline([(b"SET", b"k%d" % n, b"-", b"PX", b"60") for n in range(1000)])
            for _ in range(3):  # some of them end in the midst of it
                real.let_pass(20)
            assert said(real, "DBSIZE") == 1000


def test_the_cycle_has_found_all_that_is_over(redis_server: Server, valkey_server: Server) -> None:
    for server in (redis_server, valkey_server):
        with RealServer(at(server)) as real, server.connect() as client:
            real.configure(())
            client.pipeline([(b"SET", b"k%d" % n, b"-", b"EX", b"%d" % (n % 40 * 1000 + 500))
                             for n in range(20_000)])  # fmt: skip
            real.let_pass(36_000_000)
            assert said(real, "DBSIZE") == 2000


def test_what_consumers_hold_is_idle_for_longer(redis_server: Server) -> None:
    with RealServer(at(redis_server)) as real:
        for line in (
            "XADD log 1-1 f v",
            "XGROUP CREATE log g 0",
            "XREADGROUP GROUP g ann STREAMS log >",
        ):
            real.run(command(line))
        real.let_pass(60_000)
        [[_, consumer, idle, times]] = said(real, "XPENDING log g - + 10")  # type: ignore[misc]
        assert (consumer, times) == (b"ann", 1)
        assert idle >= 60_000


def test_fields_of_a_hash_end_too(valkey_server: Server) -> None:
    with RealServer(at(valkey_server)) as real:
        for line in ("HSET h f 1 g 2", "HEXPIRE h 100 FIELDS 1 f"):
            real.run(command(line))
        real.let_pass(60)
        [left] = said(real, "HPTTL h FIELDS 1 f")  # type: ignore[misc]
        assert left <= 100_000 - 60


def test_cluster_commands_go_to_a_node(redis_server: Server) -> None:
    binary = redis_binary()
    assert binary is not None
    assert not is_node(at(redis_server))
    with RealServer(at(redis_server)) as real:
        assert not real.has_node
        assert isinstance(said(real, "CLUSTER KEYSLOT foo"), Failure)
    with running(binary, "--cluster-enabled", "yes", "--cluster-port", "0") as node:
        assert is_node(at(node))
        with RealServer(at(redis_server), at(node)) as real:
            assert real.has_node
            assert said(real, "cluster keyslot foo") == 12182
            assert said(real, "SET k 1") == Status("OK")
