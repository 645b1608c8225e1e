"""The parameters: what each takes, how each is printed, and what a wrong value is told."""

from __future__ import annotations

import pytest

from redlearn.engine.config import (
    ALIASES,
    PARAMETERS,
    BadSetting,
    Config,
    parameter,
    parse_memory,
)
from tests.oracle.servers import Server

CLASSES = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."

SINCE_7_2 = {"set-max-listpack-entries", "set-max-listpack-value"}
"""Parameters that the 7.0 of these tests does not have; Valkey has them."""

GIVEN = {"enable-debug-command", "bind", "port"}
"""Parameters that the servers of these tests are started with."""


@pytest.mark.parametrize("name", PARAMETERS)
def test_each_default_reads_back_as_itself(name: str) -> None:
    row = PARAMETERS[name]
    assert row.read(row.show(row.default)) == row.default


@pytest.mark.parametrize("name", sorted(set(PARAMETERS) - SINCE_7_2 - GIVEN))
def test_each_default_is_that_of_a_real_server(redis_server: Server, name: str) -> None:
    with redis_server.connect() as client:
        assert client.run(b"CONFIG", b"GET", name.encode())[1].decode() == Config(16).show(name)


@pytest.mark.parametrize("name", sorted(SINCE_7_2))
def test_each_newer_default_is_that_of_a_newer_server(valkey_server: Server, name: str) -> None:
    with valkey_server.connect() as client:
        assert client.run(b"CONFIG", b"GET", name.encode())[1].decode() == Config(16).show(name)


@pytest.mark.parametrize("name", ["hz", "HZ", "Hz"])
def test_names_are_found_in_any_case(name: str) -> None:
    row = parameter(name)
    assert row is not None
    assert row.name == "hz"


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_is_another_name_of_the_same(alias: str) -> None:
    row = parameter(alias)
    assert row is not None
    assert row.name == alias.replace("ziplist", "listpack")


def test_an_unknown_name_is_none() -> None:
    assert parameter("nope") is None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("hz", "-2147483648", -(2**31)),
        ("active-expire-effort", "10", 10),
        ("hash-max-listpack-entries", "9223372036854775807", 2**63 - 1),
        ("hash-max-listpack-value", "1kb", 1024),
        ("proto-max-bulk-len", "1mb", 1024**2),
        ("activerehashing", "No", False),
        ("lazyfree-lazy-expire", "YES", True),
        ("notify-keyspace-events", "", frozenset()),
        ("notify-keyspace-events", "Kgg", frozenset("Kg")),
    ],
)
def test_good_values(name: str, text: str, value: object) -> None:
    assert PARAMETERS[name].read(text) == value


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("hz", "x", "argument couldn't be parsed into an integer"),
        ("hz", "1kb", "argument couldn't be parsed into an integer"),
        ("hz", "\xff", "argument couldn't be parsed into an integer"),
        ("active-expire-effort", "0", "argument must be between 1 and 10 inclusive"),
        ("active-expire-effort", "11", "argument must be between 1 and 10 inclusive"),
        ("hash-max-listpack-value", "x", "argument must be a memory value"),
        ("hash-max-listpack-value", "-1", "argument must be a memory value"),
        ("hash-max-listpack-value", "", "argument must be a memory value"),
        (
            "proto-max-bulk-len", "1",
            "argument must be between 1048576 and 9223372036854775807 inclusive",
        ),
        ("activerehashing", "maybe", "argument must be 'yes' or 'no'"),
        ("notify-keyspace-events", "KQ", CLASSES),
    ],
)  # fmt: skip
def test_bad_values_are_told_why(name: str, text: str, message: str) -> None:
    with pytest.raises(BadSetting) as reason:
        PARAMETERS[name].read(text)
    assert str(reason.value) == message


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0), ("100", 100), ("1b", 1), ("1k", 1000), ("1kb", 1024), ("2M", 2_000_000),
        ("2mb", 2 * 1024**2), ("3G", 3 * 10**9), ("3Gb", 3 * 1024**3),
        ("", None), ("kb", None), ("1 k", None), ("1kk", None), ("1tb", None), ("-1", None),
        ("1.5k", None), ("١", None),
    ],
)  # fmt: skip
def test_sizes_with_units(text: str, size: int | None) -> None:
    assert parse_memory(text) == size


def test_values_are_kept_parsed_and_shown_as_text() -> None:
    config = Config(4)
    assert (config.number("databases"), config.show("databases")) == (4, "4")
    config.set("lazyfree-lazy-expire", True)
    assert config.flag("lazyfree-lazy-expire")
    assert config.show("lazyfree-lazy-expire") == "yes"
    assert config.show("activerehashing") == "yes"
    assert not config.flag("lazyfree-lazy-user-del")


def test_the_classes_of_events_are_at_hand() -> None:
    config = Config(16)
    config.set("notify-keyspace-events", frozenset("Kx"))
    assert config.notify == {"K", "x"}
    config.set("hz", 20)
    assert config.notify == {"K", "x"}


def test_a_thawed_config_has_all_values_back() -> None:
    config = Config(16)
    frozen = config.freeze()
    config.set("hz", 99)
    config.set("notify-keyspace-events", frozenset("KA"))
    config.thaw(frozen)
    assert config.number("hz") == 10
    assert config.notify == frozenset()
    assert config.freeze() == frozen
