"""Hashes, sets and sorted sets against models, in every encoding, across the conversions."""

from __future__ import annotations

from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from redlearn.engine.structures.hashtable import Entry
from redlearn.engine.structures.ranges import Extreme, LexRange, ScoreRange
from redlearn.engine.values.hash import Hash
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.set import Set
from redlearn.engine.values.string import String, boxed, encoded, writable, write_over
from redlearn.engine.values.zset import ZSet
from redlearn.probe import Probe
from redlearn.resp.double import format_double

short = st.one_of(
    st.integers(-20, 20).map(lambda number: b"%d" % number),
    st.sampled_from([b"a", b"b", b"\x00", b"\xff", b"\x81a\x02", b""]),
)
names = st.one_of(short, short, short, st.sampled_from([b"l" * 9, b"m" * 9]))
scores = st.one_of(
    st.integers(-5, 5).map(float),
    st.sampled_from([0.0, 0.1, -2.5, 1e20, 5e18, 2.0**53 + 2, float("inf"), float("-inf")]),
    st.floats(allow_nan=False).map(lambda score: score + 0.0),
)


def kit_with(watched: bool, entries: int, size: int) -> Kit:
    kit = Kit(Probe((lambda event: None) if watched else None), Random(1), Random(2), seed=3)
    kit.hash_max_listpack_entries = kit.zset_max_listpack_entries = entries
    kit.set_max_intset_entries = kit.set_max_listpack_entries = entries
    kit.set_max_listpack_value = size
    kit.hash_max_listpack_value = kit.zset_max_listpack_value = size
    return kit


class HashMachine(RuleBasedStateMachine):
    """A hash and a dict, which must stay equal."""

    @initialize(
        watched=st.booleans(), entries=st.sampled_from([0, 3, 100]), size=st.sampled_from([8, 64])
    )
    def start(self, watched: bool, entries: int, size: int) -> None:
        self.kit = kit_with(watched, entries, size)
        self.hash = Hash(self.kit)
        self.model: dict[bytes, bytes] = {}
        self.large = False

    @rule(field=names, value=names)
    def put(self, field: bytes, value: bytes) -> None:
        assert self.hash.put(field, value) == (field not in self.model)
        self.model[field] = value
        self.expect_large(max(len(field), len(value)))

    @rule(pairs=st.lists(st.tuples(names, names), min_size=2, max_size=5))
    def put_several(self, pairs: list[tuple[bytes, bytes]]) -> None:
        self.hash.expect([item for pair in pairs for item in pair])
        self.large |= len(pairs) > self.kit.hash_max_listpack_entries
        for field, value in pairs:
            self.put(field, value)

    def expect_large(self, longest: int) -> None:
        self.large |= longest > self.kit.hash_max_listpack_value
        self.large |= len(self.model) > self.kit.hash_max_listpack_entries

    @rule(field=names)
    def remove(self, field: bytes) -> None:
        assert self.hash.remove(field) == (field in self.model)
        self.model.pop(field, None)

    @rule(field=names)
    def read(self, field: bytes) -> None:
        assert self.hash.get(field) == self.model.get(field)
        assert (field in self.hash) == (field in self.model)

    @rule(count=st.integers(1, 20))
    def sample(self, count: int) -> None:
        picked = self.hash.sample(count)
        assert len({field for field, _ in picked}) == min(count, len(self.model))
        assert all(self.model[field] == value for field, value in picked)
        if self.model:
            field, value = self.hash.random_pair()
            assert self.model[field] == value

    @rule(count=st.integers(1, 4))
    def scan(self, count: int) -> None:
        cursor, seen = self.hash.scan(0, count)
        while cursor:
            cursor, more = self.hash.scan(cursor, count)
            seen += more
        assert dict(seen) == self.model

    @rule()
    def go_on_with_a_copy(self) -> None:
        twin = self.hash.copy(self.kit)
        assert sorted(twin.pairs()) == sorted(self.model.items())
        self.hash.put(b"only in the first", b"")
        self.hash = twin

    @invariant()
    def equals_the_dict_and_keeps_its_invariants(self) -> None:
        self.hash.check()
        assert dict(self.hash.pairs()) == dict(self.hash) == self.model
        assert self.hash.fields() == [field for field, _ in self.hash.pairs()]
        assert self.hash.values() == [value for _, value in self.hash.pairs()]
        assert len(self.hash) == len(self.model)
        assert self.hash.encoding == ("hashtable" if self.large else "listpack")
        frozen = self.hash.freeze()
        thawed = Hash.thaw(frozen, self.kit)
        thawed.check()
        assert thawed.freeze() == frozen
        assert thawed.memory() == self.hash.memory() > 0


class TimedHashMachine(HashMachine):
    """The same, of fields that end: when each one does is in a second dict."""

    @initialize()
    def begin(self) -> None:
        self.ends: dict[bytes, int] = {}
        self.asked = False

    @rule(field=names, value=names)
    def put(self, field: bytes, value: bytes) -> None:
        super().put(field, value)
        self.ends.pop(field, None)

    @rule(field=names, value=names)
    def put_and_keep(self, field: bytes, value: bytes) -> None:
        assert self.hash.put(field, value, keep=True) == (field not in self.model)
        self.model[field] = value
        self.expect_large(max(len(field), len(value)))

    @rule(field=names)
    def remove(self, field: bytes) -> None:
        super().remove(field)
        self.ends.pop(field, None)

    @rule(field=names, at_ms=st.integers(0, 30))
    def let_end(self, field: bytes, at_ms: int) -> None:
        if field in self.model:
            self.hash.set_moment(field, at_ms)
            self.asked = True
            self.ends.pop(field, None)
            if at_ms:
                self.ends[field] = at_ms

    @rule(now_ms=st.integers(0, 30), limit=st.integers(0, 4))
    def expire(self, now_ms: int, limit: int) -> None:
        rows = self.hash.due(now_ms, limit)
        over = sorted(moment for moment in self.ends.values() if moment <= now_ms)
        assert [moment for moment, _ in rows] == over[:limit]
        assert all(self.ends[field] == moment for moment, field in rows)
        if rows:
            self.hash.expire([field for _, field in rows])
        for _, field in rows:
            del self.ends[field], self.model[field]

    @rule(now_ms=st.integers(1, 30))
    def look_over(self, now_ms: int) -> None:
        over = {field for field, moment in self.ends.items() if moment < now_ms}
        assert dict(self.hash.pairs(now_ms)) == {
            field: value for field, value in self.model.items() if field not in over
        }
        assert {*self.hash.fields(now_ms)} == self.model.keys() - over

    @invariant()
    def equals_the_dict_and_keeps_its_invariants(self) -> None:
        self.hash.check()
        assert {row[0]: row[1:] for row in self.hash.rows()} == {
            field: (value, self.ends.get(field, 0)) for field, value in self.model.items()
        }
        assert self.hash.first_ms == min(self.ends.values(), default=0)
        small = "listpackex" if self.asked else "listpack"
        assert self.hash.encoding == ("hashtable" if self.large else small)
        thawed = Hash.thaw(self.hash.freeze(), self.kit)
        thawed.check()
        assert thawed.freeze() == self.hash.freeze()
        assert thawed.memory() == self.hash.memory() > 0


class SetMachine(RuleBasedStateMachine):
    """A set and one of Python's, which must stay equal."""

    @initialize(
        watched=st.booleans(), entries=st.sampled_from([0, 3, 100]), size=st.sampled_from([8, 64])
    )
    def start(self, watched: bool, entries: int, size: int) -> None:
        self.kit = kit_with(watched, entries, size)
        self.set = Set(self.kit)
        self.model: set[bytes] = set()

    @rule(member=names)
    def add(self, member: bytes) -> None:
        assert self.set.add(member) == (member not in self.model)
        self.model.add(member)

    @rule(number=st.sampled_from([-40000, 70000, 2**40, -(2**63)]))
    def add_a_wide_number(self, number: int) -> None:
        self.add(b"%d" % number)

    @rule(members=st.lists(names, max_size=5))
    def add_several(self, members: list[bytes]) -> None:
        self.set.expect(len(members))
        for member in members:
            self.add(member)

    @rule(member=names)
    def remove(self, member: bytes) -> None:
        assert self.set.remove(member) == (member in self.model)
        self.model.discard(member)

    @rule(member=names)
    def read(self, member: bytes) -> None:
        assert (member in self.set) == (member in self.model)

    @rule(count=st.integers(1, 20))
    def sample(self, count: int) -> None:
        picked = self.set.sample(count)
        assert len(set(picked)) == len(picked) == min(count, len(self.model))
        assert self.model >= {*picked}
        if self.model:
            assert self.set.random_member() in self.model

    @rule(count=st.integers(1, 20))
    def pop(self, count: int) -> None:
        if count >= len(self.model):
            return
        popped = self.set.pop_some(count)
        assert len(set(popped)) == count
        assert self.model >= {*popped}
        self.model -= {*popped}

    @rule(count=st.integers(1, 4))
    def scan(self, count: int) -> None:
        cursor, seen = self.set.scan(0, count)
        while cursor:
            cursor, more = self.set.scan(cursor, count)
            seen += more
        assert set(seen) == self.model

    @rule()
    def settle(self) -> None:
        self.set.settle()

    @rule()
    def go_on_with_a_copy(self) -> None:
        twin = self.set.copy(self.kit)
        self.set.add(b"only in the first")
        self.set = twin

    @invariant()
    def equals_the_model_and_keeps_its_invariants(self) -> None:
        self.set.check()
        assert sorted(self.set.members()) == sorted(self.model)
        assert len(self.set) == len(self.model)
        if self.set.encoding == "listpack":
            assert len(self.model) <= self.kit.set_max_listpack_entries
        if self.set.encoding == "intset":
            assert len(self.model) <= self.kit.set_max_intset_entries
        frozen = self.set.freeze()
        thawed = Set.thaw(frozen, self.kit)
        thawed.check()
        assert thawed.freeze() == frozen
        assert thawed.memory() == self.set.memory() > 0


class ZSetMachine(RuleBasedStateMachine):
    """A sorted set and a dict of scores, which must stay equal."""

    @initialize(
        watched=st.booleans(), entries=st.sampled_from([0, 3, 100]), size=st.sampled_from([8, 64])
    )
    def start(self, watched: bool, entries: int, size: int) -> None:
        self.kit = kit_with(watched, entries, size)
        self.zset = ZSet(self.kit)
        self.model: dict[bytes, float] = {}
        self.large = False

    def rows(self) -> list[tuple[bytes, float]]:
        return sorted(self.model.items(), key=lambda row: (row[1], row[0]))

    @rule(member=names, score=scores)
    def put(self, member: bytes, score: float) -> None:
        new = member not in self.model
        assert self.zset.put(member, score) == new
        self.model[member] = score
        if new:
            self.large |= len(member) > self.kit.zset_max_listpack_value
            self.large |= len(self.model) > self.kit.zset_max_listpack_entries

    @rule(member=names)
    def remove(self, member: bytes) -> None:
        assert self.zset.remove(member) == (member in self.model)
        self.model.pop(member, None)

    @rule(member=names)
    def read(self, member: bytes) -> None:
        ranks = {each: rank for rank, (each, _) in enumerate(self.rows())}
        rank = ranks.get(member)
        assert self.zset.score(member) == self.model.get(member)
        assert self.zset.rank(member) == rank
        reverse = None if rank is None else len(ranks) - 1 - rank
        assert self.zset.rank(member, reverse=True) == reverse

    @rule(start=st.integers(0, 12), stop=st.integers(0, 12), reverse=st.booleans())
    def slice(self, start: int, stop: int, reverse: bool) -> None:
        rows = self.rows()[::-1] if reverse else self.rows()
        assert self.zset.slice(start, stop, reverse=reverse) == rows[start:stop]

    @rule(
        low=scores, high=scores, open_low=st.booleans(), open_high=st.booleans(),
        reverse=st.booleans(), offset=st.integers(0, 4), limit=st.integers(-1, 4),
        delete=st.booleans(),
    )  # fmt: skip
    def score_range(
        self, low: float, high: float, open_low: bool, open_high: bool,
        reverse: bool, offset: int, limit: int, delete: bool,
    ) -> None:  # fmt: skip
        bounds = ScoreRange(low, high, open_low, open_high)
        inside = [row for row in self.rows() if row[1] in bounds]
        assert self.zset.count_in_scores(bounds) == len(inside)
        ordered = (inside[::-1] if reverse else inside)[offset:]
        found = self.zset.in_scores(bounds, reverse=reverse, offset=offset, limit=limit)
        assert found == (ordered if limit < 0 else ordered[:limit])
        if delete:
            assert self.zset.delete_scores(bounds) == len(inside)
            for member, _ in inside:
                del self.model[member]

    @rule(
        low=st.one_of(names, st.sampled_from(Extreme)),
        high=st.one_of(names, st.sampled_from(Extreme)),
        open_low=st.booleans(), open_high=st.booleans(), reverse=st.booleans(),
        offset=st.integers(0, 4), limit=st.integers(-1, 4), delete=st.booleans(),
    )  # fmt: skip
    def lex_range(
        self, low: bytes | Extreme, high: bytes | Extreme, open_low: bool, open_high: bool,
        reverse: bool, offset: int, limit: int, delete: bool,
    ) -> None:  # fmt: skip
        bounds = LexRange(low, high, open_low, open_high)
        for member in self.model:  # ranges of members have a meaning among equal scores only
            self.model[member] = 1.0
            self.zset.put(member, 1.0)
        inside = [row for row in self.rows() if row[0] in bounds and not bounds.is_empty]
        assert self.zset.count_in_lex(bounds) == len(inside)
        ordered = (inside[::-1] if reverse else inside)[offset:]
        found = self.zset.in_lex(bounds, reverse=reverse, offset=offset, limit=limit)
        assert found == (ordered if limit < 0 else ordered[:limit])
        if delete:
            assert self.zset.delete_lex(bounds) == len(inside)
            for member, _ in inside:
                del self.model[member]

    @rule(start=st.integers(0, 12), stop=st.integers(0, 12))
    def delete_ranks(self, start: int, stop: int) -> None:
        gone = self.rows()[start:stop]
        assert self.zset.delete_ranks(start, stop) == len(gone)
        for member, _ in gone:
            del self.model[member]

    @rule(count=st.integers(0, 3), lowest=st.booleans())
    def pop(self, count: int, lowest: bool) -> None:
        popped = self.zset.pop_min(count) if lowest else self.zset.pop_max(count)
        assert popped == (self.rows() if lowest else self.rows()[::-1])[:count]
        for member, _ in popped:
            del self.model[member]

    @rule(count=st.integers(1, 20))
    def sample_and_scan(self, count: int) -> None:
        picked = self.zset.sample(count)
        assert len(dict(picked)) == min(count, len(self.model))
        assert all(self.model[member] == score for member, score in picked)
        if self.model:
            member, score = self.zset.random_row()
            assert self.model[member] == score
        cursor, seen = self.zset.scan(0, count)
        while cursor:
            cursor, more = self.zset.scan(cursor, count)
            seen += more
        assert dict(seen) == self.model

    @rule()
    def go_on_with_a_copy(self) -> None:
        twin = self.zset.copy(self.kit)
        assert list(twin) == self.rows()
        self.zset.put(b"only", 1.0)
        self.zset = twin

    @rule()
    def store_the_rows(self) -> None:
        built = ZSet.built(self.kit, list(self.model.items()))
        built.check()
        assert list(built) == self.rows()
        longest = max(map(len, self.model), default=0)
        fits = (
            len(self.model) <= self.kit.zset_max_listpack_entries
            and longest <= self.kit.zset_max_listpack_value
        )
        assert built.encoding == ("listpack" if fits else "skiplist")

    @invariant()
    def equals_the_dict_and_keeps_its_invariants(self) -> None:
        self.zset.check()
        assert list(self.zset) == self.rows()
        assert list(reversed(self.zset)) == self.rows()[::-1]
        assert len(self.zset) == len(self.model)
        assert self.zset.encoding == ("skiplist" if self.large else "listpack")
        frozen = self.zset.freeze()
        thawed = ZSet.thaw(frozen, self.kit)
        thawed.check()
        assert thawed.freeze() == frozen
        assert thawed.memory() == self.zset.memory() > 0


class StringMachine(RuleBasedStateMachine):
    """A string in its entry and plain bytes, which must stay equal."""

    @initialize(data=names)
    def start(self, data: bytes) -> None:
        self.entry = Entry(b"k", encoded(data), None)
        self.model, self.raw = data, False

    @rule(data=st.one_of(names, st.binary(max_size=60), scores.map(format_double)))
    def set(self, data: bytes) -> None:
        self.entry.value, self.model, self.raw = encoded(data), data, False

    @rule(tail=names)
    def append(self, tail: bytes) -> None:
        self.model += tail
        data = writable(self.entry)
        data += tail
        self.raw = True

    @rule(offset=st.integers(0, 50), piece=names)
    def set_range(self, offset: int, piece: bytes) -> None:
        padded = self.model.ljust(offset, b"\0")
        self.model = padded[:offset] + piece + padded[offset + len(piece) :]
        write_over(writable(self.entry), offset, piece)
        self.raw = True

    @rule(number=st.integers(-(2**63), 2**63 - 1))
    def set_integer(self, number: int) -> None:
        self.entry.value = number
        self.model, self.raw = b"%d" % number, False

    @rule(start=st.integers(0, 70), stop=st.integers(0, 70))
    def slice(self, start: int, stop: int) -> None:
        assert String(self.entry.value).slice(start, stop) == self.model[start:stop]

    @invariant()
    def equals_the_bytes_and_keeps_its_invariants(self) -> None:
        string = boxed(self.entry.value)
        assert isinstance(string, String)
        string.check()
        assert string.data() == self.model
        assert len(string) == len(self.model)
        spelt = string.integer()
        if spelt is not None:
            assert b"%d" % spelt == self.model
        encoding = "int" if spelt is not None else "embstr" if len(self.model) <= 44 else "raw"
        assert string.encoding == ("raw" if self.raw else encoding)
        kit = kit_with(False, 1, 1)
        frozen = string.freeze()
        thawed = String.thaw(frozen, kit)
        assert thawed.freeze() == frozen == string.copy(kit).freeze()
        assert thawed.encoding == string.encoding


TestHashMachine = HashMachine.TestCase
TestTimedHashMachine = TimedHashMachine.TestCase
TestSetMachine = SetMachine.TestCase
TestZSetMachine = ZSetMachine.TestCase
TestStringMachine = StringMachine.TestCase
for case in (
    TestHashMachine, TestTimedHashMachine, TestSetMachine, TestZSetMachine, TestStringMachine,
):  # fmt: skip
    case.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
