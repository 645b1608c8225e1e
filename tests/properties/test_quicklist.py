"""The quicklist against a plain list: any operations, in any order, with any limits."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from redlearn.engine.structures.quicklist import HEAD, TAIL, Quicklist
from redlearn.engine.structures.quicklist_node import exceeds
from redlearn.probe import Probe

elements = st.one_of(
    st.integers(-(2**40), 2**40).map(lambda number: b"%d" % number),
    st.binary(max_size=12),
    st.sampled_from([60, 900, 4090, 4200, 8190, 8200]).map(lambda size: b"t" * size),
)
places = st.integers(0, 40)


class QuicklistMachine(RuleBasedStateMachine):
    """A quicklist and a list, which must stay equal."""

    @initialize(
        fill=st.sampled_from([-1, -2, 0, 1, 2, 5, 100]), depth=st.integers(0, 2), seen=st.booleans()
    )
    def start(self, fill: int, depth: int, seen: bool) -> None:
        self.probe = Probe((lambda event: None) if seen else None)
        self.quicklist = Quicklist(fill, depth, self.probe)
        self.model: list[bytes] = []

    @rule(new=elements)
    def push_head(self, new: bytes) -> None:
        self.quicklist.push_head(new)
        self.model.insert(0, new)

    @rule(new=elements, times=st.integers(1, 5))
    def push_tail(self, new: bytes, times: int) -> None:
        for _ in range(times):
            self.quicklist.push_tail(new)
            self.model.append(new)

    @precondition(lambda self: self.model)
    @rule(head=st.booleans())
    def pop(self, head: bool) -> None:
        if head:
            assert self.quicklist.pop(HEAD) == self.model.pop(0)
        else:
            assert self.quicklist.pop(TAIL) == self.model.pop()

    @precondition(lambda self: self.model)
    @rule(place=places, new=elements, after=st.booleans())
    def insert(self, place: int, new: bytes, after: bool) -> None:
        place %= len(self.model)
        self.quicklist.insert(place, new, after=after)
        self.model.insert(place + after, new)

    @precondition(lambda self: self.model)
    @rule(place=places, new=elements)
    def replace(self, place: int, new: bytes) -> None:
        place %= len(self.model)
        self.quicklist.replace(place, new)
        self.model[place] = new

    @precondition(lambda self: self.model)
    @rule(place=places, count=st.integers(0, 6))
    def delete(self, place: int, count: int) -> None:
        place %= len(self.model)
        count = min(count, len(self.model) - place)
        self.quicklist.delete(place, count)
        del self.model[place : place + count]

    @precondition(lambda self: self.model)
    @rule(place=places, limit=st.integers(0, 3), backwards=st.booleans())
    def remove(self, place: int, limit: int, backwards: bool) -> None:
        wanted = self.model[place % len(self.model)]
        found = [index for index, element in enumerate(self.model) if element == wanted]
        if limit:
            found = found[-limit:] if backwards else found[:limit]
        assert self.quicklist.remove(wanted, limit, backwards=backwards) == len(found)
        for index in reversed(found):
            del self.model[index]

    @rule()
    def freeze_and_thaw(self) -> None:
        frozen = self.quicklist.freeze()
        self.quicklist = Quicklist.thaw(frozen, self.probe)
        assert self.quicklist.freeze() == frozen

    @precondition(lambda self: self.model)
    @rule(place=places, count=st.integers(0, 9))
    def read(self, place: int, count: int) -> None:
        place %= len(self.model)
        count = min(count, len(self.model) - place)
        assert self.quicklist.at(place) == self.model[place]
        assert self.quicklist.slice(place, count) == self.model[place : place + count]

    @invariant()
    def both_are_equal(self) -> None:
        self.quicklist.check()
        assert list(self.quicklist) == self.model
        assert list(self.quicklist.backwards()) == self.model[::-1]

    @invariant()
    def plain_nodes_are_for_large_elements(self) -> None:
        for node in self.quicklist.nodes():
            if node.plain:
                assert exceeds(self.quicklist.fill, node.size, 0)


QuicklistMachine.TestCase.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
TestQuicklist = QuicklistMachine.TestCase
