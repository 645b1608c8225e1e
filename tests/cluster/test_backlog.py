"""The backlog: names, offsets, and the bytes that are kept."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.cluster.backlog import Backlog
from redlearn.engine.replication import NO_ID, Replication

SIZE = 100


def begun(offset: int = 0, name: str = "a" * 40) -> Backlog:
    backlog = Backlog(Replication())
    backlog.restart(name, offset)
    return backlog


def test_what_is_written_makes_the_stream_longer() -> None:
    backlog = begun()
    backlog.append(b"12345", SIZE)
    assert (backlog.record.offset, backlog.record.backlog_start) == (5, 0)
    assert backlog.since(1) == b"12345"
    assert backlog.since(4) == b"45"
    assert backlog.since(6) == b""


def test_as_much_is_kept_as_its_size_and_the_offsets_say_which() -> None:
    rng, backlog, stream = Random(1), begun(1_000), b""
    for _ in range(300):
        piece = rng.randbytes(rng.randrange(1, 40))
        stream += piece
        backlog.append(piece, SIZE)
        record = backlog.record
        assert record.offset == 1_000 + len(stream)
        kept = min(SIZE, len(stream))
        assert record.backlog_start == record.offset - kept
        assert backlog.since(record.backlog_start + 1) == stream[-kept:]


def test_before_anybody_followed_nothing_is_kept() -> None:
    backlog = Backlog(Replication())
    backlog.record.id = "a" * 40
    backlog.append(b"12345", SIZE)
    assert not backlog.record.backlog
    assert not backlog.continues("a" * 40, 6)


@pytest.mark.parametrize(
    ("offset", "goes_on"),
    [(11, False), (20, False), (21, True), (70, True), (121, True), (122, False)],
)
def test_who_needs_what_is_kept_can_go_on(offset: int, goes_on: bool) -> None:
    backlog = begun(10)
    backlog.append(b"x" * 110, SIZE)  # 20 to 120 are kept
    assert backlog.continues("a" * 40, offset) is goes_on


def test_who_followed_another_stream_cannot_go_on() -> None:
    backlog = begun()
    backlog.append(b"x" * 50, SIZE)
    assert not backlog.continues("b" * 40, 20)
    assert not backlog.continues(NO_ID, 20)


def test_after_a_promotion_the_old_name_holds_up_to_that_moment() -> None:
    backlog = begun()
    backlog.append(b"x" * 50, SIZE)
    backlog.promote("b" * 40)
    backlog.append(b"y" * 10, SIZE)
    assert (backlog.record.second_id, backlog.record.second_offset) == ("a" * 40, 51)
    assert backlog.continues("a" * 40, 51)
    assert not backlog.continues("a" * 40, 52)
    assert backlog.continues("b" * 40, 61)


def test_a_stream_that_is_renamed_is_the_same_stream() -> None:
    backlog = begun()
    backlog.append(b"x" * 50, SIZE)
    backlog.rename("a" * 40)
    assert backlog.record.second_id == NO_ID
    backlog.rename("b" * 40)
    assert (backlog.record.id, backlog.record.second_id) == ("b" * 40, "a" * 40)


def test_another_stream_forgets_the_names_before() -> None:
    backlog = begun()
    backlog.promote("b" * 40)
    backlog.restart("c" * 40, 500)
    record = backlog.record
    assert (record.id, record.second_id, record.second_offset) == ("c" * 40, NO_ID, -1)
    assert (record.offset, record.backlog_start) == (500, 500)


def test_the_kept_bytes_travel_in_time() -> None:
    backlog = begun()
    backlog.append(b"12345", SIZE)
    frozen, offset = backlog.freeze(), backlog.record.offset
    backlog.append(b"67890", SIZE)
    backlog.thaw(frozen)
    backlog.record.offset = offset
    assert backlog.since(1) == b"12345"
