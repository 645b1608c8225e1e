"""Consumer groups: who of a group was given which entries, and has not confirmed them yet.

    group "mail"     last id 7-0
      pending        3-0  5-0  7-0            by ID, of all consumers
      consumers      ann: 3-0 7-0   bob: 5-0  by name, each with its own

A group hands every entry to one of its consumers. What was handed out and not confirmed with
XACK is *pending*: it says who has it, since when, and how often it was handed out. Both the
group and the consumer keep it, under the same ID, in a radix tree of their own; it is one
object, so that a claim changes it in both.

Source: `stream.h` streamCG, streamConsumer, streamNACK.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from redlearn.engine.structures.radix import Frozen as FrozenTree
from redlearn.engine.structures.radix import RadixTree
from redlearn.engine.structures.stream_node import id_key
from redlearn.probe import Event, Probe

CONSUMERS: Final = "consumers"
PENDING: Final = "pending"
HELD: Final = "held"
"""Names of the trees: a group's consumers, all that is pending in it, what one consumer has."""

UNKNOWN: Final = -1
"""As `entries_read`: how many the group has read cannot be told. As a moment: never."""


class Pending:
    """An entry that was handed out and not confirmed (Redis: NACK).

    Attributes:
        consumer: Who has it.
        delivered_ms: When it was last handed out.
        deliveries: How often.
    """

    __slots__ = ("consumer", "delivered_ms", "deliveries")

    def __init__(self, consumer: Consumer, delivered_ms: int, deliveries: int) -> None:
        self.consumer = consumer
        self.delivered_ms = delivered_ms
        self.deliveries = deliveries


class Consumer:
    """One reader of a group.

    Attributes:
        seen_ms: When it last asked for anything.
        active_ms: When it last got something, or UNKNOWN.
        pending: What it has, by ID.
    """

    __slots__ = ("active_ms", "name", "pending", "seen_ms")

    def __init__(self, name: bytes, seen_ms: int, probe: Probe) -> None:
        self.name = name
        self.seen_ms = seen_ms
        self.active_ms = UNKNOWN
        self.pending: RadixTree[Pending] = RadixTree(probe, HELD)


class Group:
    """A consumer group.

    Invariant: `pending` holds what its consumers hold, each entry exactly once.

    Attributes:
        last_id: Of the last entry that was handed out for the first time.
        entries_read: How many entries of the stream's whole life lie up to there, or UNKNOWN.
        consumers: By name.
        pending: What is not confirmed, by ID.
    """

    __slots__ = ("_probe", "consumers", "entries_read", "last_id", "pending")

    def __init__(self, last_id: int, entries_read: int, probe: Probe) -> None:
        self._probe = probe
        self.last_id = last_id
        self.entries_read = entries_read
        self.consumers: RadixTree[Consumer] = RadixTree(probe, CONSUMERS)
        self.pending: RadixTree[Pending] = RadixTree(probe, PENDING)

    def add_consumer(self, name: bytes, now_ms: int) -> Consumer:
        """A new consumer; there must be none of that name (streamCreateConsumer)."""
        consumer = Consumer(name, now_ms, self._probe)
        self.consumers.insert(name, consumer)
        if emit := self._probe.emit:
            emit(ConsumerAdded(name))
        return consumer

    def remove_consumer(self, consumer: Consumer) -> None:
        """Forget a consumer, and all that is pending with it (streamDelConsumer)."""
        for key, _ in list(consumer.pending):
            self.pending.remove(key)
        self.consumers.remove(consumer.name)
        if emit := self._probe.emit:
            emit(ConsumerRemoved(consumer.name, len(consumer.pending)))

    def deliver(self, id: int, consumer: Consumer, now_ms: int) -> Pending:
        """Hand an entry to a consumer as if for the first time, whoever had it before.

        Source: `t_stream.c` streamReplyWithRange.
        """
        pending = self.pending.find(id_key(id))
        if pending is None:
            pending = Pending(consumer, now_ms, 1)
            self.pending.insert(id_key(id), pending)
            consumer.pending.insert(id_key(id), pending)
            if emit := self._probe.emit:
                emit(EntryDelivered(id, consumer.name))
            return pending
        self.hand_over(id, pending, consumer)
        pending.delivered_ms, pending.deliveries = now_ms, 1
        return pending

    def hand_over(self, id: int, pending: Pending, consumer: Consumer) -> None:
        """Let another consumer have a pending entry."""
        if pending.consumer is not consumer:
            if emit := self._probe.emit:
                emit(EntryHandedOver(id, pending.consumer.name, consumer.name))
            pending.consumer.pending.remove(id_key(id))
            consumer.pending.insert(id_key(id), pending)
            pending.consumer = consumer

    def forget(self, id: int) -> bool:
        """Confirm an entry; False if it is not pending."""
        pending = self.pending.remove(id_key(id))
        if pending is None:
            return False
        pending.consumer.pending.remove(id_key(id))
        if emit := self._probe.emit:
            emit(EntryForgotten(id, pending.consumer.name))
        return True

    # Keeping

    def freeze(self) -> tuple[object, ...]:
        """Copy the group out: IDs, counts, and the three kinds of trees, shapes included."""
        return (
            self.last_id,
            self.entries_read,
            self.pending.freeze(lambda p: (p.consumer.name, p.delivered_ms, p.deliveries)),
            self.consumers.freeze(
                lambda c: (c.seen_ms, c.active_ms, c.pending.freeze(lambda pending: None))
            ),
        )

    @classmethod
    def thaw(cls, frozen: tuple[object, ...], probe: Probe) -> Group:
        """Rebuild the group that gave `frozen`."""
        last_id, entries_read, pending_rows, consumer_rows = frozen
        group = cls(cast(int, last_id), cast(int, entries_read), probe)
        shapes: list[tuple[Consumer, FrozenTree]] = []

        def consumer_of(name: bytes, row: Any) -> Consumer:
            consumer = Consumer(name, row[0], probe)
            consumer.active_ms = row[1]
            shapes.append((consumer, row[2]))
            return consumer

        def pending_of(key: bytes, row: Any) -> Pending:
            consumer = group.consumers.find(row[0])
            assert consumer is not None
            return Pending(consumer, row[1], row[2])

        def shared(key: bytes, row: Any) -> Pending:
            pending = group.pending.find(key)
            assert pending is not None
            return pending

        group.consumers = RadixTree.thaw(
            cast(FrozenTree, consumer_rows), consumer_of, probe, CONSUMERS
        )
        group.pending = RadixTree.thaw(cast(FrozenTree, pending_rows), pending_of, probe, PENDING)
        for consumer, rows in shapes:
            consumer.pending = RadixTree.thaw(rows, shared, probe, HELD)
        return group

    def copy(self, probe: Probe) -> Group:
        """A group of its own with the same content (`t_stream.c` streamDup)."""
        twin = Group(self.last_id, self.entries_read, probe)
        for name, consumer in self.consumers:
            other = twin.add_consumer(name, consumer.seen_ms)
            other.active_ms = consumer.active_ms
        for key, pending in self.pending:
            owner = twin.consumers.find(pending.consumer.name)
            assert owner is not None
            again = Pending(owner, pending.delivered_ms, pending.deliveries)
            twin.pending.insert(key, again)
            owner.pending.insert(key, again)
        return twin

    def trees(self) -> Iterator[tuple[Consumer | None, RadixTree[Pending]]]:
        """The trees of pending entries: the group's own, then each consumer's."""
        yield None, self.pending
        for _, consumer in self.consumers:
            yield consumer, consumer.pending

    def check(self) -> None:
        """Assert the invariants. O(N)."""
        self.consumers.check()
        held: dict[bytes, Pending] = {}
        for name, consumer in self.consumers:
            assert name == consumer.name
            consumer.pending.check()
            for key, pending in consumer.pending:
                assert pending.consumer is consumer and key not in held
                held[key] = pending
        self.pending.check()
        assert list(self.pending) == sorted(held.items(), key=lambda row: row[0])


@dataclass(frozen=True, slots=True)
class GroupAsked(Event):
    """A command turned to the group `group`, on behalf of `consumer`, or of nobody (b"")."""

    group: bytes
    consumer: bytes = b""


@dataclass(frozen=True, slots=True)
class ConsumerAdded(Event):
    """A group got a new consumer."""

    consumer: bytes


@dataclass(frozen=True, slots=True)
class ConsumerRemoved(Event):
    """A consumer was removed, and the `pending` entries that it had are pending no more."""

    consumer: bytes
    pending: int


@dataclass(frozen=True, slots=True)
class EntryDelivered(Event):
    """Entry `id` is pending from now on, with `consumer`."""

    id: int
    consumer: bytes


@dataclass(frozen=True, slots=True)
class EntryHandedOver(Event):
    """A pending entry goes from one consumer to another; the group's tree needs no change."""

    id: int
    old: bytes
    new: bytes


@dataclass(frozen=True, slots=True)
class EntryForgotten(Event):
    """Entry `id`, which `consumer` had, is pending no more: confirmed, or deleted meanwhile."""

    id: int
    consumer: bytes


@dataclass(frozen=True, slots=True)
class EntryClaimed(Event):
    """A pending entry counts as handed out to `consumer` for the `deliveries`th time."""

    id: int
    consumer: bytes
    deliveries: int


@dataclass(frozen=True, slots=True)
class ClaimRefused(Event):
    """A pending entry stays where it is: handed out `idle_ms` ago, less than `least_ms`."""

    id: int
    consumer: bytes
    idle_ms: int
    least_ms: int
