"""The listpack against a plain list: any operations, in any order, watched or not."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from redlearn.engine.structures.listpack import NOWHERE, Listpack
from redlearn.engine.structures.listpack_entry import encode, validated
from redlearn.probe import Probe

numbers = st.one_of(
    st.integers(-200, 200),
    st.sampled_from([12, 15, 23, 31, 63]).flatmap(
        lambda bits: st.integers(2**bits - 2, 2**bits + 1)
    ),
    st.integers(-(2**63), 2**63 - 1),
).map(lambda number: b"%d" % number)
# Bytes that look like entries, so that a search by bytes meets every trap there is.
lookalikes = st.lists(numbers, max_size=3).map(lambda items: b"".join(map(encode, items)))
texts = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([62, 63, 64, 125, 126, 4095, 4096]).map(lambda size: b"t" * size),
)
items = st.one_of(numbers, lookalikes, texts)


class ListpackMachine(RuleBasedStateMachine):
    """A listpack and a list, which must stay equal."""

    @initialize(watched=st.booleans())
    def start(self, watched: bool) -> None:
        self.probe = Probe((lambda event: None) if watched else None)
        self.pack = Listpack(self.probe)
        self.model: list[bytes] = []

    @rule(new=st.lists(items, max_size=4))
    def append(self, new: list[bytes]) -> None:
        self.pack.append(*new)
        self.model += new

    @rule(new=items)
    def prepend(self, new: bytes) -> None:
        self.pack.prepend(new)
        self.model.insert(0, new)

    @rule(place=st.integers(0, 30), new=items)
    def insert(self, place: int, new: bytes) -> None:
        place %= len(self.model) + 1
        at = self.pack.seek(place)
        self.pack.insert(self.pack.size - 1 if at == NOWHERE else at, new)
        self.model.insert(place, new)

    @precondition(lambda self: self.model)
    @rule(place=st.integers(0, 30), new=items)
    def replace(self, place: int, new: bytes) -> None:
        place %= len(self.model)
        self.pack.replace(self.pack.seek(place), new)
        self.model[place] = new

    @precondition(lambda self: self.model)
    @rule(place=st.integers(0, 30), count=st.integers(0, 4))
    def delete(self, place: int, count: int) -> None:
        place %= len(self.model)
        gone = self.pack.delete(self.pack.seek(place), count)
        assert gone == len(self.model[place : place + count])
        del self.model[place : place + count]

    @rule(wanted=items, skip=st.integers(0, 2))
    def find_anything(self, wanted: bytes, skip: int) -> None:
        self.compare_find(wanted, skip)

    @precondition(lambda self: self.model)
    @rule(place=st.integers(0, 30), skip=st.integers(0, 2))
    def find_what_is_there(self, place: int, skip: int) -> None:
        self.compare_find(self.model[place % len(self.model)], skip)

    def compare_find(self, wanted: bytes, skip: int) -> None:
        seen = self.model[:: skip + 1]
        at = self.pack.find(wanted, skip)
        if wanted in seen:
            assert self.pack.index(at) == seen.index(wanted) * (skip + 1)
        else:
            assert at == NOWHERE

    @precondition(lambda self: len(self.model) % 2 == 0)
    @rule(wanted=items, value=items, place=st.integers(0, 30), put=st.booleans())
    def pair(self, wanted: bytes, value: bytes, place: int, put: bool) -> None:
        if self.model and place < 25:  # mostly one that is there
            wanted = self.model[place % len(self.model) & ~1]
        firsts = self.model[::2]
        place = 2 * firsts.index(wanted) + 1 if wanted in firsts else 0
        assert self.pack.partner(wanted) == (self.model[place] if place else None)
        if put:
            assert self.pack.put_partner(wanted, value) == bool(place)
            if place:
                self.model[place] = value
            else:
                self.model += [wanted, value]

    @rule(index=st.integers(-30, 30))
    def seek(self, index: int) -> None:
        at = self.pack.seek(index)
        if -len(self.model) <= index < len(self.model):
            assert self.pack.get(at) == self.model[index]
        else:
            assert at == NOWHERE

    @invariant()
    def equals_the_list_and_keeps_its_invariants(self) -> None:
        self.pack.check()
        assert self.pack.items() == self.model
        assert len(self.pack) == len(self.model)
        frozen = self.pack.freeze()
        assert Listpack.thaw(frozen, self.probe).freeze() == frozen
        assert Listpack.load(frozen, self.probe).freeze() == frozen


TestListpackMachine = ListpackMachine.TestCase
TestListpackMachine.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)


@given(st.lists(items))
def test_the_bytes_depend_on_the_items_alone(model: list[bytes]) -> None:
    at_once, one_by_one = Listpack(Probe()), Listpack(Probe())
    at_once.append(*model)
    for item in reversed(model):
        one_by_one.prepend(item)
    assert at_once.freeze() == one_by_one.freeze()


@given(st.lists(items, max_size=6), st.data())
def test_broken_bytes_raise_nothing_but_value_errors(
    model: list[bytes], data: st.DataObject
) -> None:
    pack = Listpack(Probe())
    pack.append(*model)
    broken = bytearray(pack.freeze())
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        Listpack.load(bytes(broken), Probe()).check()
    except ValueError:
        return


@given(st.binary(max_size=40))
def test_any_bytes_at_all_are_refused_or_loaded(data: bytes) -> None:
    try:
        pieces, _ = validated(data)
    except ValueError:
        return
    assert len(Listpack.load(data, Probe())) == len(pieces)
