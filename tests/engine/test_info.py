"""What a server says of itself, beside what real servers say."""

from __future__ import annotations

import pytest

from redlearn.engine.info import SECTIONS, human, identifier, report
from tests.conftest import Redis
from tests.engine.sketch import join
from tests.oracle.servers import Server

SINCE_7_0 = {
    "acl_access_denied_auth", "acl_access_denied_channel", "acl_access_denied_cmd",
    "acl_access_denied_key", "allocator_muzzy", "evicted_scripts", "expired_subkeys", "listener0",
    "mem_overhead_db_hashtable_rehashing", "paused_actions", "paused_reason",
    "paused_timeout_milliseconds", "pubsub_clients", "total_blocking_keys",
    "total_blocking_keys_on_nokey", "total_watched_keys", "watching_clients",
}  # fmt: skip
"""Fields that came after the 7.0 of these tests."""

NOT_HERE: set[str] = set()
"""Fields of 7.0 that we leave out."""


def parts(text: str) -> dict[str, list[str]]:
    """The fields of each section, by its title, in order."""
    found: dict[str, list[str]] = {}
    title = ""
    for line in text.split("\r\n"):
        if line.startswith("# "):
            title = line[2:]
            found[title] = []
        elif line:
            found[title].append(line.split(":")[0])
    return found


@pytest.fixture
def theirs(redis_server: Server) -> dict[str, list[str]]:
    with redis_server.connect() as client:
        client.run(b"SET", b"k", b"v")
        return parts(client.run(b"INFO", b"everything").decode())


def test_the_sections_are_the_servers_in_its_order(
    redis: Redis, theirs: dict[str, list[str]]
) -> None:
    redis("SET k v")
    assert list(parts(report(redis.engine.state, ["everything"]))) == list(theirs)


@pytest.mark.parametrize("title", [title for title, _ in SECTIONS.values() if "stats" not in title])
def test_the_fields_are_the_servers_in_its_order(
    redis: Redis, theirs: dict[str, list[str]], title: str
) -> None:
    redis("SET k v")
    ours = parts(report(redis.engine.state, ["everything"]))[title]
    assert [field for field in ours if field not in SINCE_7_0] == [
        field for field in theirs[title] if field not in NOT_HERE
    ]


def test_what_is_newer_is_on_a_newer_server(redis: Redis, valkey_server: Server) -> None:
    with valkey_server.connect() as client:
        known = {name for names in parts(client.run(b"INFO").decode()).values() for name in names}
    assert SINCE_7_0 - known <= {"expired_subkeys"}  # expired_fields on a Valkey


def test_by_default_commands_are_left_out(redis: Redis) -> None:
    titles = list(parts(report(redis.engine.state, [])))
    assert "Commandstats" not in titles
    assert titles == list(parts(report(redis.engine.state, ["default"])))
    assert set(parts(report(redis.engine.state, ["default", "commandstats"]))) - set(titles) == {
        "Commandstats"
    }


def test_sections_come_in_one_order_and_unknown_ones_are_nothing(redis: Redis) -> None:
    assert list(parts(report(redis.engine.state, ["keyspace", "server", "nope"]))) == [
        "Server", "Keyspace",
    ]  # fmt: skip
    assert report(redis.engine.state, ["nope"]) == ""
    assert report(redis.engine.state, ["cluster"]) == "# Cluster\r\ncluster_enabled:0\r\n"


def test_a_node_of_a_cluster_says_so_and_has_two_connections_with_each_other(redis: Redis) -> None:
    join(redis).known = 3
    told = report(redis.engine.state, ["everything"])
    assert "\r\nredis_mode:cluster\r\n" in told
    assert "\r\ncluster_connections:4\r\n" in told
    assert "\r\ncluster_enabled:1\r\n" in told


def test_modules_are_asked_for_by_two_names(redis: Redis, redis_server: Server) -> None:
    with redis_server.connect() as client:
        theirs = {name: client.run(b"INFO", name).decode() for name in (b"modules", b"module_list")}
    for name, text in theirs.items():
        assert report(redis.engine.state, [name.decode()]) == text == "# Modules\r\n"


def test_scripts_and_functions_are_counted(redis: Redis) -> None:
    redis.all(b"SCRIPT", b"LOAD", b"return 1")
    redis.all(b"SCRIPT", b"LOAD", b"return 2")
    redis.all(b"FUNCTION", b"LOAD", b"#!lua name=two\n"
              b"redis.register_function('f', function() return 1 end)\n"
              b"redis.register_function('g', function() return 2 end)")  # fmt: skip
    lines = report(redis.engine.state, ["memory"]).split("\r\n")
    assert [line for line in lines if line.startswith("number_of_")] == [
        "number_of_cached_scripts:2", "number_of_functions:2", "number_of_libraries:1",
    ]  # fmt: skip
    redis("SCRIPT FLUSH")
    redis("FUNCTION FLUSH")
    assert "number_of_cached_scripts:0\r\n" in report(redis.engine.state, ["memory"])


@pytest.mark.parametrize(
    ("size", "shown"),
    [(0, "0B"), (1023, "1023B"), (1024, "1.00K"), (1040232, "1015.85K"), (25276514304, "23.54G"),
     (2**40, "1.00T"), (2**50, "1.00P")],
)  # fmt: skip
def test_sizes_with_units(size: int, shown: str) -> None:
    assert human(size) == shown


def test_an_identifier_is_its_engines_own(redis: Redis) -> None:
    state = redis.engine.state
    run = identifier(state, "run")
    assert len(run) == 40
    assert run != identifier(state, "replication")
    state.stats.started_ms += 1
    assert identifier(state, "run") != run
