"""The radix tree against a dictionary: any operations, in any order."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from redlearn.engine.structures.radix import RadixTree
from redlearn.probe import Probe

keys = st.one_of(
    st.text("ab", max_size=8).map(str.encode),
    st.binary(max_size=4),
    st.integers(0, 2**20).map(lambda number: number.to_bytes(16, "big")),
)


class RadixMachine(RuleBasedStateMachine):
    """A radix tree and a dict, which must stay equal."""

    @initialize(seen=st.booleans())
    def start(self, seen: bool) -> None:
        self.probe = Probe((lambda event: None) if seen else None)
        self.tree: RadixTree[int] = RadixTree(self.probe)
        self.model: dict[bytes, int] = {}

    @rule(key=keys, value=st.integers())
    def insert(self, key: bytes, value: int) -> None:
        assert self.tree.insert(key, value) == (key not in self.model)
        self.model[key] = value

    @rule(key=keys)
    def remove(self, key: bytes) -> None:
        assert self.tree.remove(key) == self.model.pop(key, None)

    @rule(place=st.integers(0))
    def remove_one_that_is_there(self, place: int) -> None:
        if self.model:
            key = sorted(self.model)[place % len(self.model)]
            assert self.tree.remove(key) == self.model.pop(key)

    @rule(start=keys)
    def read_from(self, start: bytes) -> None:
        held = sorted(self.model.items())
        assert list(self.tree.ascending(start)) == [row for row in held if row[0] >= start]
        assert list(self.tree.descending(start)) == [row for row in held if row[0] <= start][::-1]
        assert self.tree.find(start) == self.model.get(start)

    @rule()
    def freeze_and_thaw(self) -> None:
        frozen = self.tree.freeze(lambda value: value)
        self.tree = RadixTree.thaw(frozen, lambda key, value: value, self.probe)
        assert self.tree.freeze(lambda value: value) == frozen

    @invariant()
    def both_are_equal(self) -> None:
        self.tree.check()
        assert list(self.tree) == sorted(self.model.items())


RadixMachine.TestCase.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
TestRadix = RadixMachine.TestCase
