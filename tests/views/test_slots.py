"""Views of slots: counts kept step by step equal counts taken anew; the arithmetic is right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.slots import crc16, slot_of
from redlearn.views import slots
from redlearn.views.slots import owner, work_out
from tests.views.showing import Showing

LINES = [
    "SET a 1", "SET b 2 PX 40", "DEL a", "RENAME b c", "MSET x 1 y 2 {x}z 3", "COPY x copied",
    "GETDEL y", "HSET h f v", "HDEL h f", "ZADD s 1 m", "ZPOPMIN s", "EXPIRE x -1", "FLUSHDB",
    "SET a 1", "MULTI", "SET q 1", "DEL a", "EXEC", "SELECT 1", "SET elsewhere 1", "FLUSHALL",
]  # fmt: skip


def test_counts_kept_up_with_are_those_counted_anew() -> None:
    show = Showing("SET first 1")
    show.gallery.slots(b"first")
    for line in LINES:
        show(line)
        show.session.advance(30)
        kept = show.gallery.slots(b"")
        anew = slots.look_at(show.session.engine.state.databases[0])
        assert (kept.blocks, kept.total) == (anew.blocks, anew.total), line


def test_after_travelling_counts_are_those_of_the_place_arrived_at() -> None:
    show = Showing("SET a 1", "SET b 2")
    assert show.gallery.slots(b"b").total == 2
    show.session.step(-1)
    view = show.gallery.slots(b"a")
    assert (view.total, view.count(slot_of(b"a")), view.count(slot_of(b"b"))) == (1, 1, 0)


def test_one_more_key_changes_one_block() -> None:
    show = Showing("SET a 1")
    before = show.gallery.slots(b"a")
    show("SET b 1")
    after = show.gallery.slots(b"b")
    same = [one is other for one, other in zip(before.blocks, after.blocks, strict=True)]
    assert same.count(False) == 1


@given(st.binary(max_size=200))
def test_the_arithmetic_leads_to_the_slot(key: bytes) -> None:
    last = work_out(key)
    assert last.slot == last.crc % 16384 == slot_of(key)
    assert last.crc == crc16(key[last.start : last.stop])
    if last.steps and last.size <= slots.STEPS_SHOWN:
        assert last.steps[-1].crc == last.crc
    assert len(last.steps) == min(last.size, slots.STEPS_SHOWN)


@pytest.mark.parametrize(
    ("key", "tagged"),
    [(b"{user:1}:cart", True), (b"a{b}c", True), (b"foo{}{bar}", False), (b"plain", False)],
)
def test_a_tag_is_told_from_a_whole_key(key: bytes, tagged: bool) -> None:
    assert work_out(key).tagged is tagged


def test_three_nodes_share_all_slots_as_a_real_cluster_would() -> None:
    assert [owner(slot) for slot in (0, 5460, 5461, 10922, 10923, 16383)] == list("AABBCC")


def test_a_key_of_megabytes_is_not_copied() -> None:
    last = work_out(b"{tag}" + b"x" * 10_000_000)
    assert len(last.key) < 1000
    assert last.size == 3


def test_the_same_key_again_gives_the_same_view() -> None:
    show = Showing("SET a 1")
    assert show.gallery.slots(b"a") is show.gallery.slots(b"a")


def test_of_a_cluster_the_map_is_what_one_node_believes() -> None:
    belief = ["A"] * 100 + [None] * 100 + ["C"] * (16384 - 200)
    owners = [slots.Owner("A", "7001"), slots.Owner("C", "7003", failing=True)]
    view = slots.look_at_cluster("C", belief, owners, {50: 3, 12182: 1}, b"foo")
    assert [view.owner(slot) for slot in (0, 99, 100, 199, 200, 16383)] == [
        owners[0], owners[0], None, None, owners[1], owners[1],
    ]  # fmt: skip
    assert view.total == 4
    assert [view.count(slot) for slot in (49, 50, 12182)] == [0, 3, 1]
    assert view.last == work_out(b"foo")
    assert slots.look_at_cluster("C", belief, owners, {}).last is None


def test_an_owner_that_nobody_listed_is_nobody() -> None:
    view = slots.look_at_cluster("A", ["Z"] * 16384, [slots.Owner("A", "7001")], {})
    assert view.owner(7) is None


def test_by_itself_an_engine_believes_nothing_and_shows_what_would_be() -> None:
    view = slots.SlotsView()
    assert view.believer == ""
    assert [view.owner(slot).letter for slot in (5460, 5461, 10923)] == ["A", "B", "C"]  # type: ignore[union-attr]
