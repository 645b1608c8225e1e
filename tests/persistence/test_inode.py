"""Pages in the cache and on the platter."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.persistence.inode import DIRTY_EXPIRES_MS, PAGE, Inode, Levels


def synced(inode: Inode, now_ms: int = 0) -> None:
    inode.land(inode.take_off(now_ms))


def after_power_cut(inode: Inode) -> bytes:
    again = Inode.thaw(inode.freeze())
    again.lose_cache()
    return again.read(0, again.size)


def filled(data: bytes) -> Inode:
    inode = Inode(1)
    inode.append(data, 0)
    return inode


def test_what_is_appended_is_read_at_once() -> None:
    inode = filled(b"a" * 5000)
    inode.append(b"bc", 0)
    assert inode.size == 5002
    assert inode.read(4998, 10) == b"aabc"


def test_nothing_of_it_is_on_the_platter_before_it_is_sent() -> None:
    assert after_power_cut(filled(b"hello")) == b""
    assert filled(b"hello").levels() == Levels(5, 0, 0)


def test_pages_on_their_way_are_not_there_yet() -> None:
    inode = filled(b"hello")
    inode.take_off(10)
    inode.append(b" you", 0)
    assert inode.levels() == Levels(9, 5, 0)
    assert after_power_cut(inode) == b""


def test_pages_that_arrived_are_as_they_were_when_they_left() -> None:
    inode = filled(b"hello")
    flight = inode.take_off(10)
    inode.append(b" you", 0)
    inode.land(flight)
    assert after_power_cut(inode) == b"hello"
    assert inode.levels() == Levels(9, 5, 5)


def test_pages_that_failed_are_not_sent_again() -> None:
    inode = filled(b"a" * PAGE)
    inode.crash_land(inode.take_off(0))
    inode.append(b"b", 0)
    synced(inode)
    assert inode.levels().durable == 0
    assert after_power_cut(inode) == b"\0" * PAGE + b"b"


def test_a_page_that_failed_is_sent_again_once_it_is_written_to() -> None:
    inode = filled(b"hel")
    inode.crash_land(inode.take_off(0))
    inode.append(b"lo", 0)
    synced(inode)
    assert after_power_cut(inode) == b"hello"


def test_a_page_written_to_while_it_flies_has_another_chance() -> None:
    inode = filled(b"hel")
    flight = inode.take_off(10)
    inode.append(b"lo", 0)
    inode.crash_land(flight)
    synced(inode)
    assert after_power_cut(inode) == b"hello"


def test_pages_are_written_by_themselves_after_half_a_minute() -> None:
    inode = filled(b"hello")
    inode.settle(DIRTY_EXPIRES_MS - 1)
    assert after_power_cut(inode) == b""
    inode.settle(DIRTY_EXPIRES_MS)
    assert after_power_cut(inode) == b"hello"


@pytest.mark.parametrize("size", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE])
def test_a_file_cut_off_grows_on_from_there(size: int) -> None:
    inode = filled(b"a" * (2 * PAGE + 7))
    synced(inode)
    inode.truncate(size, 0)
    inode.append(b"end", 0)
    assert inode.read(0, 3 * PAGE) == b"a" * size + b"end"
    synced(inode)
    assert after_power_cut(inode) == b"a" * size + b"end"


def test_what_was_cut_off_comes_back_with_a_power_cut_before_the_next_fsync() -> None:
    inode = filled(b"hello")
    synced(inode)
    inode.truncate(2, 0)
    assert after_power_cut(inode) == b"hello"
    synced(inode)
    assert after_power_cut(inode) == b"he"


def test_pages_cut_off_while_they_fly_do_not_arrive() -> None:
    inode = filled(b"a" * 3 * PAGE)
    flight = inode.take_off(10)
    inode.truncate(PAGE, 0)
    inode.land(flight)
    assert len(after_power_cut(inode)) == PAGE


@pytest.mark.parametrize("extra", [0, 1, 100, PAGE, 10 * PAGE])
def test_a_torn_file_keeps_some_bytes_more(extra: int) -> None:
    data = Random(1).randbytes(2 * PAGE)
    inode = filled(data[:100])
    synced(inode)
    inode.append(data[100:], 0)
    inode.tear(extra)
    assert after_power_cut(inode) == data[: 100 + extra]


def test_what_an_fsync_made_safe_survives_whatever_is_done_then() -> None:
    """Random appends, fsyncs, flights and failures against a plain prefix of all bytes."""
    for seed in range(200):
        chance, inode, data, safe = Random(seed), Inode(1), b"", 0
        for _ in range(30):
            more = chance.randbytes(chance.choice([1, 50, PAGE, 3 * PAGE]))
            inode.append(more, 0)
            data += more
            if chance.random() < 0.3:
                synced(inode)
                safe = len(data)
            elif chance.random() < 0.2:
                inode.take_off(0)
            assert inode.read(0, inode.size) == data
            assert after_power_cut(inode)[:safe] == data[:safe]
            assert (
                data[: inode.levels().durable] == after_power_cut(inode)[: inode.levels().durable]
            )


def test_freezing_shares_the_pages_and_thawing_gives_the_same_file() -> None:
    inode = filled(b"a" * 3 * PAGE)
    inode.take_off(10)
    frozen = inode.freeze()
    again = Inode.thaw(frozen)
    assert again.freeze() == frozen
    assert again.freeze()[2][0] is frozen[2][0]
    again.append(b"b", 0)
    assert Inode.thaw(frozen).size == 3 * PAGE
