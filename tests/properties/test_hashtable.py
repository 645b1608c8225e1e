"""The hash table against a dict, and SCAN's promise, through any operations in any order."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from redlearn.engine.structures.hashtable import HashTable
from redlearn.probe import Probe

# Few enough to meet again, enough to grow to 128 buckets.
KEYS = [b"%d" % number for number in range(150)]
keys = st.sampled_from(KEYS)
places = st.integers(0, len(KEYS))


class HashTableMachine(RuleBasedStateMachine):
    """A table and a dict, which must stay equal, while a scan goes on beside them.

    `owed` holds the keys that were there when the scan began and never left: the scan must
    have shown each of them by its end.
    """

    @initialize(seed=st.integers(0, 2**32 - 1), watched=st.booleans())
    def start(self, seed: int, watched: bool) -> None:
        self.seed = seed
        self.probe = Probe((lambda event: None) if watched else None)
        self.table = HashTable(seed, self.probe)
        self.model: dict[bytes, int] = {}
        self.rng = Random(seed)
        self.cursor = 0
        self.scanning = False
        self.owed: set[bytes] = set()
        self.shown: set[bytes] = set()

    @rule(key=keys, value=st.integers())
    def put(self, key: bytes, value: int) -> None:
        assert self.table.put(key, value) is (key not in self.model)
        self.model[key] = value

    @rule(first=places, count=places, value=st.integers())
    def put_many(self, first: int, count: int, value: int) -> None:
        for key in KEYS[first : first + count]:
            self.put(key, value)

    @rule(key=keys, value=st.integers())
    def insert(self, key: bytes, value: int) -> None:
        if key not in self.model:
            assert self.table.insert(key, value).key == key
            self.model[key] = value

    @rule(key=keys)
    def remove(self, key: bytes) -> None:
        entry = self.table.remove(key)
        assert (entry is not None) is (key in self.model)
        if entry is not None:
            assert entry.value == self.model.pop(key)
        self.owed.discard(key)

    @rule(first=places, count=places)
    def remove_many(self, first: int, count: int) -> None:
        for key in KEYS[first : first + count]:
            self.remove(key)

    @precondition(lambda self: len(self.model) > 8)
    @rule(left=st.integers(0, 8))
    def remove_nearly_all(self, left: int) -> None:
        for key in list(self.model)[left:]:
            self.remove(key)

    @rule(key=keys)
    def find(self, key: bytes) -> None:
        peeked = self.table.peek(key)
        found = self.table.find(key)
        assert peeked is found
        assert self.table.get(key) == self.model.get(key)

    @precondition(lambda self: len(self.model) > 100)
    @rule()
    def clear(self) -> None:
        self.table.clear()
        self.model.clear()
        self.owed.clear()

    @rule(size=st.integers(0, 300))
    def reserve(self, size: int) -> None:
        self.table.reserve(size)

    @rule(steps=st.integers(1, 20))
    def rehash(self, steps: int) -> None:
        more = self.table.rehash_steps(steps)
        assert more is self.table.is_rehashing or (self.table.avoid_resize and not more)

    @rule(wanted=st.booleans())
    def a_child_saves(self, wanted: bool) -> None:
        self.table.avoid_resize = wanted

    @precondition(lambda self: self.model)
    @rule(count=st.integers(1, 40))
    def draw(self, count: int) -> None:
        assert self.table.random_entry(self.rng).key in self.model
        assert self.table.fair_random_entry(self.rng).key in self.model
        some = self.table.sample(self.rng, count)
        assert len(some) <= min(count, len(self.model))
        assert all(entry.key in self.model for entry in some)

    @rule(calls=st.integers(1, 12))
    def scan(self, calls: int) -> None:
        for _ in range(calls):
            if not self.scanning:
                self.scanning, self.cursor = True, 0
                self.owed, self.shown = set(self.model), set()
            self.cursor = self.table.scan(self.cursor, lambda entry: self.shown.add(entry.key))
            if self.cursor == 0:
                assert self.owed <= self.shown
                self.scanning = False

    @rule()
    def go_back_in_time(self) -> None:
        frozen = self.table.freeze()
        saving = self.table.avoid_resize
        self.table = HashTable.thaw(frozen, self.seed, self.probe)
        self.table.avoid_resize = saving
        assert self.table.freeze() == frozen

    @invariant()
    def they_hold_the_same(self) -> None:
        self.table.check()
        assert {entry.key: entry.value for entry in self.table} == self.model


HashTableMachine.TestCase.settings = settings(
    max_examples=50, stateful_step_count=40, deadline=None, derandomize=True
)
TestHashTable = HashTableMachine.TestCase


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 2**32 - 1),
    stays=st.integers(0, 60),
    waves=st.lists(st.integers(0, 500), min_size=1, max_size=12),
)
def test_a_scan_ends_and_shows_all_that_stays_through_waves_of_growth_and_shrinking(
    seed: int, stays: int, waves: list[int]
) -> None:
    """After each call the number of passing keys jumps to the next of `waves`."""
    table = HashTable(seed, Probe())
    staying = {b"stay:%d" % number for number in range(stays)}
    for key in staying:
        table.insert(key, None)
    passing = 0
    shown: set[bytes] = set()
    cursor, calls = 0, 0
    while calls == 0 or cursor:
        cursor = table.scan(cursor, lambda entry: shown.add(entry.key))
        wanted = waves[calls % len(waves)]
        for number in range(passing, wanted):
            table.insert(b"pass:%d" % number, None)
        for number in range(wanted, passing):
            table.remove(b"pass:%d" % number)
        passing = wanted
        calls += 1
        assert calls <= 4096
    assert staying <= shown
