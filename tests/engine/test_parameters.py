"""The table of parameters: names, defaults and flags, beside real servers."""

from __future__ import annotations

import hiredis
import pytest

from redlearn.engine.config import Config
from redlearn.engine.parameters import ALIASES, PARAMETERS, parameter
from tests.oracle.servers import Server

SINCE_7_2 = {
    "aof-rewrite-cpulist", "bgsave-cpulist", "bio-cpulist", "cluster-announce-human-nodename",
    "hide-user-data-from-log", "locale-collate", "max-new-connections-per-cycle",
    "max-new-tls-connections-per-cycle", "server-cpulist", "set-max-listpack-entries",
    "set-max-listpack-value",
}  # fmt: skip
"""Parameters that the 7.0 of these tests does not have; Valkey has them."""

ONLY_VALKEY = {name for name in PARAMETERS if name.startswith("commandlog-")} | {
    "cluster-manual-failover-timeout", "cluster-slot-migration-log-max-len",
    "slot-migration-max-failover-repl-bytes",
}  # fmt: skip

OURS = {"classroom-allow", "classroom-mode"}
"""What no Redis has."""

GIVEN = {"bind", "dir", "enable-debug-command", "logfile", "port", "save"}
"""Parameters that the servers of these tests are started with."""

OTHER_DEFAULTS = {"hide-user-data-from-log"}
"""Where Valkey's default is another than that of 7.4."""


@pytest.mark.parametrize("name", sorted(set(PARAMETERS) - {"replicaof"}))
def test_each_default_reads_back_as_itself(name: str) -> None:
    row = PARAMETERS[name]
    assert row.read(row.show(row.default)) == row.default


@pytest.mark.parametrize("name", sorted(set(PARAMETERS) - SINCE_7_2 - ONLY_VALKEY - OURS - GIVEN))
def test_each_default_is_that_of_a_real_server(redis_server: Server, name: str) -> None:
    with redis_server.connect() as client:
        assert client.run(b"CONFIG", b"GET", name.encode())[1].decode() == Config(16).show(name)


@pytest.mark.parametrize("name", sorted((SINCE_7_2 | ONLY_VALKEY) - OTHER_DEFAULTS))
def test_each_newer_default_is_that_of_a_newer_server(valkey_server: Server, name: str) -> None:
    with valkey_server.connect() as client:
        assert client.run(b"CONFIG", b"GET", name.encode())[1].decode() == Config(16).show(name)


def test_no_parameter_of_a_real_server_is_unknown(redis_server: Server) -> None:
    with redis_server.connect() as client:
        names = {name.decode() for name in client.run(b"CONFIG", b"GET", b"*")[::2]}
    assert {name for name in names if parameter(name) is None} == set()


@pytest.mark.parametrize(
    "name", sorted(set(PARAMETERS) - SINCE_7_2 - ONLY_VALKEY - OURS - {"port"})
)
def test_the_same_may_be_set_as_on_a_real_server(redis_server: Server, name: str) -> None:
    """Setting what is there already changes nothing; whether it may be set is told first."""
    row = PARAMETERS[name]
    with redis_server.connect() as client:
        now = client.run(b"CONFIG", b"GET", name.encode())[1]
        said = client.run(b"CONFIG", b"SET", name.encode(), now)
    refused = str(said) if isinstance(said, hiredis.ReplyError) else ""
    assert row.immutable == ("can't set immutable config" in refused)
    assert row.protected == ("can't set protected config" in refused)


@pytest.mark.parametrize("name", ["hz", "HZ", "Hz"])
def test_names_are_found_in_any_case(name: str) -> None:
    row = parameter(name)
    assert row is not None
    assert row.name == "hz"


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_another_name_of_the_same(alias: str) -> None:
    row = parameter(alias)
    assert row is not None
    assert row is PARAMETERS[ALIASES[alias]]
    assert row.alias == alias


def test_an_unknown_name_is_none() -> None:
    assert parameter("nope") is None


def test_what_does_nothing_says_why() -> None:
    idle = {row.name for row in PARAMETERS.values() if row.idle}
    assert {"cluster-link-sendbuf-limit", "io-threads", "replicaof"} <= idle
    assert (
        not {"save", "appendonly", "maxmemory", "hz", "port", "timeout", "slowlog-max-len"} & idle
    )
