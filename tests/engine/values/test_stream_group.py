"""Consumer groups: who has what, and how it changes hands."""

from __future__ import annotations

from redlearn.engine.structures.radix_steps import KeyMarked, KeyUnmarked
from redlearn.engine.structures.stream_node import id_key
from redlearn.engine.values.stream_group import (
    UNKNOWN,
    Consumer,
    ConsumerAdded,
    ConsumerRemoved,
    EntryDelivered,
    EntryForgotten,
    EntryHandedOver,
    Group,
)
from redlearn.probe import Event, Probe


def group_with(*names: bytes) -> tuple[Group, list[Consumer]]:
    group = Group(0, 0, Probe())
    return group, [group.add_consumer(name, 100) for name in names]


def held(consumer: Consumer) -> list[int]:
    return [int.from_bytes(key, "big") for key, _ in consumer.pending]


def test_what_is_delivered_is_pending_with_its_consumer_and_in_the_group() -> None:
    group, (ann, bob) = group_with(b"ann", b"bob")
    for id, consumer in ((3, ann), (5, bob), (7, ann)):
        group.deliver(id, consumer, 100)
        group.check()
    assert (held(ann), held(bob), len(group.pending)) == ([3, 7], [5], 3)


def test_a_second_delivery_takes_an_entry_away_and_counts_from_one() -> None:
    group, (ann, bob) = group_with(b"ann", b"bob")
    group.deliver(3, ann, 100).deliveries = 9
    again = group.deliver(3, bob, 200)
    group.check()
    assert (held(ann), held(bob)) == ([], [3])
    assert (again.deliveries, again.delivered_ms) == (1, 200)


def test_a_confirmed_entry_is_pending_with_nobody() -> None:
    group, (ann,) = group_with(b"ann")
    group.deliver(3, ann, 100)
    assert group.forget(3) is True
    assert group.forget(3) is False
    group.check()
    assert held(ann) == []


def test_what_a_removed_consumer_had_is_lost() -> None:
    group, (ann, bob) = group_with(b"ann", b"bob")
    group.deliver(3, ann, 100)
    group.deliver(5, bob, 100)
    group.remove_consumer(ann)
    group.check()
    assert group.pending.find(id_key(3)) is None
    assert [name for name, _ in group.consumers] == [b"bob"]


def test_a_new_consumer_was_never_active() -> None:
    _, (ann,) = group_with(b"ann")
    assert (ann.seen_ms, ann.active_ms) == (100, UNKNOWN)


def test_a_thawed_group_shares_what_is_pending_between_its_trees() -> None:
    group, (ann, bob) = group_with(b"ann", b"bob")
    for id in range(1, 30):
        group.deliver(id, (ann, bob)[id % 2], id)
    for id in range(5, 15):
        group.forget(id)
    again = Group.thaw(group.freeze(), Probe())
    again.check()
    assert again.freeze() == group.freeze()
    owner = again.consumers.find(b"ann")
    assert owner is not None
    assert owner.pending.find(id_key(2)) is again.pending.find(id_key(2))


def test_a_copy_is_independent() -> None:
    group, (ann,) = group_with(b"ann")
    group.deliver(3, ann, 100)
    ann.active_ms = 150
    twin = group.copy(Probe())
    twin.check()
    group.forget(3)
    assert len(twin.pending) == 1
    copied = twin.consumers.find(b"ann")
    assert copied is not None and (copied.seen_ms, copied.active_ms) == (100, 150)


def test_what_happens_to_pending_entries_is_told_with_the_trees_that_change() -> None:
    seen: list[Event] = []
    group = Group(0, 0, Probe(seen.append))
    ann, bob = group.add_consumer(b"ann", 100), group.add_consumer(b"bob", 100)
    pending = group.deliver(3, ann, 100)
    group.hand_over(3, pending, bob)
    group.forget(3)
    group.remove_consumer(ann)
    own = (ConsumerAdded, ConsumerRemoved, EntryDelivered, EntryForgotten, EntryHandedOver)
    assert [event for event in seen if isinstance(event, own)] == [
        ConsumerAdded(b"ann"),
        ConsumerAdded(b"bob"),
        EntryDelivered(3, b"ann"),
        EntryHandedOver(3, b"ann", b"bob"),
        EntryForgotten(3, b"bob"),
        ConsumerRemoved(b"ann", 0),
    ]
    marks = [event.tree for event in seen if isinstance(event, (KeyMarked, KeyUnmarked))]
    assert marks == [
        "consumers", "consumers", "pending", "held", "held", "held", "pending", "held", "consumers",
    ]  # fmt: skip
