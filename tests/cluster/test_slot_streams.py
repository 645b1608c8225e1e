"""The connections on which slots go away: what is sent on them, and what is heard."""

from __future__ import annotations

from typing import Any

import pytest

from redlearn.cluster.local import Dial, HangUp, Say, SendSlots
from redlearn.cluster.network import Closed, Opened
from redlearn.cluster.slot_streams import PIECE_BYTES, SlotStreams
from tests.conftest import Redis
from tests.engine.sketch import join

JOB = b"j" * 40


class Wires:
    """Connections, as a list of what was sent on them."""

    def __init__(self) -> None:
        self.sent: list[tuple[int, bytes]] = []
        self.dialled: list[tuple[bytes, int]] = []
        self.hung_up: list[int] = []

    def dial(self, ip: bytes, port: int) -> int:
        self.dialled.append((ip, port))
        return 10 + len(self.dialled)

    def send(self, socket: int, data: bytes) -> None:
        self.sent.append((socket, data))

    def hang_up(self, socket: int) -> None:
        self.hung_up.append(socket)


class Told:
    """The rules, which only take note."""

    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []

    def __getattr__(self, what: str) -> Any:
        return lambda *args: self.heard.append((what, *args[1:]))


class Site:
    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        join(redis)
        self.wires, self.told = Wires(), Told()
        moves: Any = self.told
        self.streams = SlotStreams(redis.engine, self.wires, moves)
        self.streams.do(Dial(JOB, b"10.0.0.2", 7002))

    def lines(self) -> str:
        """All that was sent, without lengths."""
        data = b"".join(data for _, data in self.wires.sent)
        self.wires.sent.clear()
        words = data.replace(b"\r\n", b" ").split(b" ")
        return b" ".join(word for word in words if word[:1] not in (b"$", b"*")).decode().strip()


@pytest.fixture
def site(redis: Redis) -> Site:
    return Site(redis)


EOF = "CLUSTER SYNCSLOTS SNAPSHOT-EOF"


def test_it_dials_and_says_what_it_is_told_to(site: Site) -> None:
    assert site.wires.dialled == [(b"10.0.0.2", 7002)]
    site.streams.do(Say(JOB, [b"PING"]))
    assert site.wires.sent == [(11, b"*1\r\n$4\r\nPING\r\n")]
    site.streams.do(Say(b"o" * 40, [b"PING"]))
    assert len(site.wires.sent) == 1


def test_the_keys_of_slots_go_as_a_rewritten_log_has_them(site: Site) -> None:
    for line in ("SET {06S}e v PXAT 1795814527496", "RPUSH {06S}l a b", "SET {Qi}q v", "SET foo v"):
        site.redis(line)
    site.streams.do(SendSlots(JOB, ((0, 1),)))
    assert site.lines() == (
        "SELECT 0 RPUSH {06S}l a b SET {06S}e v PEXPIREAT {06S}e 1795814527496 SET {Qi}q v " + EOF
    )
    assert site.told.heard == [("sent",)]


def test_slots_without_keys_go_as_nothing(site: Site) -> None:
    site.redis("SET foo v")
    site.streams.do(SendSlots(JOB, ((0, 9),)))
    assert site.lines() == EOF


def test_many_keys_go_in_pieces_of_whole_commands(site: Site) -> None:
    for number in range(300):
        site.redis(f"SET {{06S}}{number} {'v' * 100}")
    site.streams.do(SendSlots(JOB, ((0, 0),)))
    pieces = [data for _, data in site.wires.sent]
    assert len(pieces) > 5
    assert all(piece.startswith(b"*") and len(piece) < 2 * PIECE_BYTES for piece in pieces)
    assert site.lines().count(" SET ") == 300


def test_then_each_change_of_theirs_follows_and_no_other(site: Site) -> None:
    site.redis("SET {06S}before v")
    site.streams.do(SendSlots(JOB, ((0, 0),)))
    site.lines()
    for line in ("SET {06S}k v", "SET foo v", "MULTI", "INCR {06S}n", "INCR {06S}n", "EXEC",
                 "GET {06S}k", "SET {06S}e v EX 10", "SELECT 0", "PUBLISH c m"):  # fmt: skip
        site.redis(line)
    assert site.lines() == (
        f"SET {{06S}}k v INCR {{06S}}n INCR {{06S}}n"
        f" SET {{06S}}e v PXAT {site.redis.clock.now_ms() + 10_000}"
    )


def test_what_was_changed_before_the_keys_went_is_not_sent_twice(site: Site) -> None:
    site.redis("SET {06S}k v")
    assert site.lines() == ""


def test_answers_are_lines_and_the_rest_are_commands(site: Site) -> None:
    site.streams.received(11, b"+O")
    site.streams.received(11, b"K\r\n-ERR no\r\n*3\r\n$7\r\nCLUSTER\r\n$9\r\nSYNCSLOTS\r\n$3\r\nA")
    site.streams.received(11, b"CK\r\n")
    assert site.told.heard == [
        ("answered", b"+OK"), ("answered", b"-ERR no"),
        ("said", [b"CLUSTER", b"SYNCSLOTS", b"ACK"]),
    ]  # fmt: skip


def test_what_is_neither_counts_as_a_word_that_nobody_knows(site: Site) -> None:
    site.streams.received(11, b"GET / HTTP/1.1\r\n")
    assert site.told.heard == [("said", [b"CLUSTER", b"SYNCSLOTS", b"?"])]


def test_only_news_of_its_own_connections_is_its_affair(site: Site) -> None:
    assert not site.streams.hear(Opened(99))
    assert site.streams.hear(Opened(11))
    assert site.streams.hear(Closed(11))
    assert not site.streams.hear(Closed(11))
    assert site.told.heard == [("opened",), ("lost",)]


def test_it_hangs_up_once(site: Site) -> None:
    site.streams.do(HangUp(JOB))
    site.streams.do(HangUp(JOB))
    assert site.wires.hung_up == [11]


def test_it_comes_back_as_it_was(site: Site) -> None:
    site.streams.do(SendSlots(JOB, ((0, 0),)))
    frozen = site.streams.freeze()
    site.streams.do(HangUp(JOB))
    site.lines()
    site.streams.thaw(frozen)
    site.redis("SET {06S}k v")
    assert site.lines() == "SET {06S}k v"
