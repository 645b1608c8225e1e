"""Kinds of parameters: what each takes, how each is shown, what a wrong value is told."""

from __future__ import annotations

import pytest

from redlearn.engine.parameter_kinds import (
    BadSetting,
    overlaid,
    parse_memory,
    show,
    show_octal,
    show_rate,
    show_share,
)
from redlearn.engine.parameters import PARAMETERS

CLASSES = "Invalid event class character. Use 'Ag$lshzxeKEtmdn'."


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("hz", "2147483647", 2**31 - 1),
        ("active-expire-effort", "10", 10),
        ("hash-max-listpack-entries", "9223372036854775807", 2**63 - 1),
        ("hash-max-listpack-value", "1kb", 1024),
        ("proto-max-bulk-len", "1mb", 1024**2),
        ("activerehashing", "No", False),
        ("lazyfree-lazy-expire", "YES", True),
        ("notify-keyspace-events", "", frozenset()),
        ("notify-keyspace-events", "Kgg", frozenset("Kg")),
        ("maxmemory-clients", "20%", -20),
        ("unixsocketperm", "700", 0o700),
        ("oom-score-adj", "Relative", "yes"),
        ("shutdown-on-sigint", "force now", "now force"),
        ("save", "", ""),
        ("save", "10 1 20 0", "10 1 20 0"),
        ("latency-tracking-info-percentiles", "50.50 1e1", "50.5 10"),
        ("replicaof", "no one", ""),
        ("client-output-buffer-limit", "replica 1kb 2 3", "slave 1024 2 3"),
        ("client-output-buffer-limit", "", ""),
        ("proc-title-template", "{title} {port}", "{title} {port}"),
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
        (
            "proto-max-bulk-len", "1",
            "argument must be between 1048576 and 9223372036854775807 inclusive",
        ),
        ("activerehashing", "maybe", "argument must be 'yes' or 'no'"),
        ("notify-keyspace-events", "KQ", CLASSES),
        ("maxmemory-policy", "lru", "argument(s) must be one of the following: volatile-lru, "
         "volatile-lfu, volatile-random, volatile-ttl, allkeys-lru, allkeys-lfu, allkeys-random, "
         "noeviction"),
        ("maxmemory-clients", "101%", "percentage argument must be less or equal to 100"),
        ("maxmemory-clients", "x", "argument must be a memory or percent value"),
        ("unixsocketperm", "9", "argument couldn't be parsed as an octal number"),
        ("unixsocketperm", "1000", "argument must be between 0 and 777 inclusive"),
        ("dbfilename", "a/b", "dbfilename can't be a path, just a filename"),
        ("appenddirname", "", "appenddirname can't be empty"),
        ("appenddirname", "a/b", "appenddirname can't be a path, just a dirname"),
        ("cluster-announce-hostname", "a_b",
         "Hostnames may only contain alphanumeric characters, hyphens or dots"),
        ("cluster-announce-hostname", "a" * 256, "Hostnames must be less than 256 characters"),
        ("proc-title-template", "{foo}",
         "template format is invalid or contains unknown variables"),
        ("shutdown-on-sigterm", "save nosave",
         "shutdown options SAVE and NOSAVE can't be used simultaneously"),
        ("save", "10", "Invalid save parameters"),
        ("save", "0 1", "Invalid save parameters"),
        ("save", "10 1  20 1", "Invalid save parameters"),
        ("oom-score-adj-values", "1 2", "wrong number of arguments"),
        ("oom-score-adj-values", "1 2 2001",
         "Invalid oom-score-adj-values, elements must be between -2000 and 2000."),
        ("latency-tracking-info-percentiles", "x",
         "Invalid latency-tracking-info-percentiles parameters"),
        ("latency-tracking-info-percentiles", "101",
         "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"),
        ("bind", " ".join(["::1"] * 17), "Too many bind addresses specified."),
        ("replicaof", "host", "wrong number of arguments"),
        ("replicaof", "host 65536", "Invalid master port"),
        ("client-output-buffer-limit", "normal 1",
         "Wrong number of arguments in buffer limit configuration."),
        ("proc-title-template", "{title}",
         "template format is invalid or contains unknown variables"),
        ("client-output-buffer-limit", "master 1 1 1",
         "Invalid client class specified in buffer limit configuration."),
        ("client-output-buffer-limit", "normal 1 x 1",
         "Error in hard, soft or soft_seconds setting in buffer limit configuration."),
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
        ("", 0), ("kb", 0), ("1 k", None), ("1kk", None), ("1tb", None), ("-1", None),
        ("1.5k", None), ("١", None), ("18446744073709551616", 2**64 - 1),
        ("9" * 127, 2**64 - 1), ("9" * 128, None), ("18446744073709551616kb", 2**64 - 1024),
        ("20000000000gb", 3028092406290448384),
    ],
)  # fmt: skip
def test_sizes_with_units(text: str, size: int | None) -> None:
    assert parse_memory(text) == size


def test_values_are_shown_as_their_kind_shows_them() -> None:
    assert [show(True), show(False), show(7), show(frozenset("Kx"))] == ["yes", "no", "7", "xK"]
    assert [show_octal(0o700), show_share(-20), show_share(20)] == ["700", "20%", "20"]
    assert [show_rate(0), show_rate(10), show_rate(9999)] == ["1", "10", "500"]


def test_limits_that_are_given_take_the_places_of_others() -> None:
    assert overlaid("normal 0 0 0 pubsub 1 2 3", "pubsub 9 8 7") == "normal 0 0 0 pubsub 9 8 7"
