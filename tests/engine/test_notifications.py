"""Keyspace notifications: which class an event is of, and what is published where."""

from __future__ import annotations

import pytest

from redlearn.engine.notifications import (
    ALL,
    CLASSES,
    class_of,
    messages,
    parse_classes,
    print_classes,
)
from tests.oracle.servers import Server


@pytest.mark.parametrize(
    ("event", "letter"),
    [
        ("set", "$"), ("incrby", "$"), ("setbit", "$"), ("pfadd", "$"),
        ("hset", "h"), ("hdel", "h"), ("zadd", "z"), ("zincr", "z"),
        ("lpush", "l"), ("sadd", "s"), ("xadd", "t"), ("expired", "x"), ("evicted", "e"),
        ("keymiss", "m"), ("new", "n"),
        ("del", "g"), ("expire", "g"), ("persist", "g"), ("rename_from", "g"), ("copy_to", "g"),
    ],
)  # fmt: skip
def test_each_event_is_of_one_class(event: str, letter: str) -> None:
    assert class_of(event) == letter


@pytest.mark.parametrize(
    ("text", "chosen"),
    [("", ""), ("KEA", "KE" + ALL), ("Kx", "Kx"), ("gg", "g"), ("Am", ALL + "m")],
)
def test_letters_choose_classes(text: str, chosen: str) -> None:
    assert parse_classes(text) == frozenset(chosen)


@pytest.mark.parametrize("text", ["Q", "K x", "KEAq", "é"])
def test_a_bad_letter_chooses_nothing(text: str) -> None:
    assert parse_classes(text) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""), ("EKA", "AKE"), ("mnKEA", "AKEm"), (ALL, "A"), ("xgK", "gxK"),
        ("nmK", "nKm"), (CLASSES, "AKEm"),
    ],
)  # fmt: skip
def test_config_get_shows_them_in_redis_order(text: str, shown: str) -> None:
    assert print_classes(parse_classes(text) or frozenset()) == shown


@pytest.mark.parametrize("text", ["", "EKA", "mnKEA", "xgK", "nmK", "K$lshzxetdg", "mdE"])
def test_a_real_server_shows_them_alike(redis_server: Server, text: str) -> None:
    with redis_server.connect() as client:
        client.run(b"CONFIG", b"SET", b"notify-keyspace-events", text.encode())
        shown = client.run(b"CONFIG", b"GET", b"notify-keyspace-events")[1]
        client.run(b"CONFIG", b"SET", b"notify-keyspace-events", b"")
    assert shown.decode() == print_classes(parse_classes(text) or frozenset())


def test_k_and_e_choose_the_channels() -> None:
    space = (b"__keyspace@3__:k", b"set")
    event = (b"__keyevent@3__:set", b"k")
    assert messages(3, b"k", "set", frozenset("KE$")) == [space, event]
    assert messages(3, b"k", "set", frozenset("K$")) == [space]
    assert messages(3, b"k", "set", frozenset("E$")) == [event]


@pytest.mark.parametrize("chosen", ["", "$", "KE", "KEh", "KEmn"])
def test_without_channel_or_class_nothing_is_published(chosen: str) -> None:
    assert messages(0, b"k", "set", frozenset(chosen)) == []


def test_a_key_goes_out_byte_for_byte() -> None:
    key = b"\x00\xff\r\n%s"
    assert messages(0, key, "del", frozenset("KEg")) == [
        (b"__keyspace@0__:" + key, b"del"),
        (b"__keyevent@0__:del", key),
    ]
