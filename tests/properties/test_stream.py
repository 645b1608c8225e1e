"""A stream against a sorted list of entries: adding, deleting, trimming, reading, in any order."""

from __future__ import annotations

from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from redlearn.engine.values.kit import Kit
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.stream_group import UNKNOWN, Group
from redlearn.probe import Probe

ids = st.builds(
    lambda ms, sequence: ms << 64 | sequence,
    st.one_of(st.integers(0, 30), st.sampled_from([2**63, 2**64 - 1])),
    st.one_of(st.integers(0, 3), st.just(2**64 - 1)),
)
texts = st.sampled_from([b"", b"f", b"7", b"-300", b"text", b"v" * 70])
fields = st.lists(texts, min_size=1, max_size=3)


class StreamMachine(RuleBasedStateMachine):
    """A stream and a dict of entries, which must stay equal; and what it remembers."""

    @initialize(watched=st.booleans(), entries=st.sampled_from([1, 3, 100, 0]))
    def start(self, watched: bool, entries: int) -> None:
        emit = (lambda event: None) if watched else None
        self.kit = Kit(Probe(emit), Random(1), Random(2), seed=3)
        self.kit.stream_node_max_entries = entries
        self.stream = Stream(self.kit)
        self.model: dict[int, list[bytes]] = {}
        self.last_id = self.added = self.max_deleted = 0

    @rule(id=ids, names=fields)
    def append(self, id: int, names: list[bytes]) -> None:
        self._append(id, names)

    @rule(step=st.integers(1, 3), names=fields)
    def append_next(self, step: int, names: list[bytes]) -> None:
        self._append(self.last_id + step, names)

    def _append(self, id: int, names: list[bytes]) -> None:
        if not self.last_id < id < 2**128:
            return
        values = [b"%d" % len(name) for name in names]
        assert self.stream.append(id, names, values)
        self.model[id] = [word for pair in zip(names, values, strict=True) for word in pair]
        self.last_id = id
        self.added += 1

    @rule(id=ids, place=st.integers(0, 50))
    def delete(self, id: int, place: int) -> None:
        chosen = sorted(self.model)[place % len(self.model)] if self.model else id
        there = len({id, chosen} & set(self.model))
        assert self.stream.delete([id, chosen]) == there
        for gone in {id, chosen} & set(self.model):
            del self.model[gone]
            self.max_deleted = max(self.max_deleted, gone)

    @rule(most=st.integers(0, 12))
    def trim_exactly(self, most: int) -> None:
        gone = sorted(self.model)[: max(len(self.model) - most, 0)]
        assert self.stream.trim_to_length(most) == len(gone)
        for id in gone:
            del self.model[id]

    @rule(least=ids)
    def trim_before(self, least: int) -> None:
        gone = [id for id in self.model if id < least]
        assert self.stream.trim_before(least) == len(gone)
        for id in gone:
            del self.model[id]

    @rule(most=st.integers(0, 12), limit=st.integers(0, 9))
    def trim_about(self, most: int, limit: int) -> None:
        gone = self.stream.trim_to_length(most, exact=False, limit=limit)
        assert not limit or gone <= limit
        assert not gone or len(self.model) - gone >= most
        for id in sorted(self.model)[:gone]:
            del self.model[id]

    @rule(low=ids, high=ids, count=st.integers(0, 4), reverse=st.booleans())
    def read(self, low: int, high: int, count: int, reverse: bool) -> None:
        wanted = sorted(id for id in self.model if low <= id <= high)
        if reverse:
            wanted.reverse()
        found = self.stream.range(low, high, count, reverse=reverse)
        assert [(entry.id, entry.items) for entry in found] == [
            (id, self.model[id]) for id in wanted[: count or None]
        ]

    @rule(id=ids)
    def what_is_told_of_a_group_is_true(self, id: int) -> None:
        """Where a lag is told, it is how many entries lie ahead: if none was deleted ahead."""
        lag = self.stream.lag(Group(id, UNKNOWN, self.kit.probe))
        if lag is not None and id <= self.last_id:
            assert lag == sum(other > id for other in self.model)

    @rule()
    def freeze_and_thaw(self) -> None:
        frozen = self.stream.freeze()
        self.stream = Stream.thaw(frozen, self.kit)
        assert self.stream.freeze() == frozen

    @rule()
    def copy(self) -> None:
        self.stream = self.stream.copy(self.kit)

    @invariant()
    def both_are_equal(self) -> None:
        stream = self.stream
        stream.check()
        assert [entry.id for entry in stream.range()] == sorted(self.model)
        assert (stream.length, stream.last_id) == (len(self.model), self.last_id)
        assert (stream.entries_added, stream.max_deleted_id) == (self.added, self.max_deleted)
        assert stream.last_valid_id() == max(self.model, default=0)


StreamMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestStream = StreamMachine.TestCase
