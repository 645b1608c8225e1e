"""Servers that are killed or ended while clients write: a few of the many runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.endurance.durable import (
    ALWAYS,
    EVERYSEC,
    SAVING,
    Writer,
    ended,
    killed,
    seconds_to_end,
    server,
)


@pytest.mark.parametrize("writers", [1, 8])
def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path, writers: int) -> None:
    found = killed(tmp_path, writers, 10, writers, *ALWAYS)
    assert (found.lost, found.count) == ([], 10)
    assert found.rounds >= found.count


def test_nor_under_everysec_as_it_is_written_before_it_is_acknowledged(tmp_path: Path) -> None:
    found = killed(tmp_path, 1, 8, 4, *EVERYSEC)
    assert (found.lost, found.count) == ([], 8)
    assert found.rounds >= found.count


@pytest.mark.parametrize("words", [SAVING, EVERYSEC])
def test_nothing_is_lost_by_an_end_in_good_order(tmp_path: Path, words: tuple[str, ...]) -> None:
    assert ended(tmp_path, 1, 3, *words) == []


def test_an_end_does_not_take_long(tmp_path: Path) -> None:
    assert seconds_to_end(tmp_path, 100_000) < 10  # two seconds, on a machine with nothing to do


def test_a_loss_would_be_seen(tmp_path: Path) -> None:
    writer = Writer(b"c0")
    with server(tmp_path, "--save", "") as running, running.connect() as client:
        assert writer.lost(client) == ""
        writer.acked = writer.sent = 1
        client.pipeline(writer.round(1))
        assert writer.lost(client) == ""
        for lost, what in (
            ((b"SET", b"c0:set", b"0"), "set is 0"),
            ((b"DEL", b"c0:list"), "list has 0"),
            ((b"HDEL", b"c0:hash", b"1"), "hash has 0"),
            ((b"XTRIM", b"c0:stream", b"MAXLEN", b"0"), "stream has 0"),
            ((b"DECR", b"c0:b"), "half a transaction: 1, 1, 0"),
        ):
            client.run(b"FLUSHALL")
            client.pipeline(writer.round(1))
            client.run(*lost)
            assert what in writer.lost(client)
        client.run(b"FLUSHALL")
        client.pipeline(writer.round(1))
        writer.acked = 0
        assert writer.lost(client) == ""  # it was sent, and may be there
        writer.sent = 0
        assert "list has 1" in writer.lost(client)
