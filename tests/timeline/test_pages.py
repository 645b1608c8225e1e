"""A table comes back from its pages bucket for bucket, and pages that nobody used are shared."""

from random import Random
from typing import Any

import pytest

from redlearn.engine.structures.buckets import Entry
from redlearn.engine.structures.keytable import KeyTable
from redlearn.probe import Probe
from redlearn.timeline.pages import BUCKETS, FrozenTable, Pages


def whole(entry: Entry) -> Any:
    return list(entry.value)


def revived(key: bytes, kept: Any) -> Any:
    return list(kept)


class Kept:
    """A table, its pages, and which keys were used."""

    def __init__(self) -> None:
        self.table = KeyTable(7, Probe(), "keys")
        self.pages = Pages()
        self.used: set[bytes] = set()

    def put(self, key: bytes, value: Any) -> None:
        self.used.add(key)
        self.table.put(key, value)

    def freeze(self) -> FrozenTable:
        used, self.used = self.used, set()
        return self.pages.freeze(self.table, used, whole)

    def thaw(self, frozen: FrozenTable) -> None:
        used, self.used = self.used, set()
        self.pages.thaw(self.table, frozen, used, revived)


@pytest.mark.parametrize("seed", range(12))
def test_a_table_comes_back_exactly_whatever_happened_in_between(seed: int) -> None:
    random, kept = Random(seed), Kept()
    known: list[tuple[FrozenTable, Any]] = [(kept.freeze(), kept.table.freeze())]
    for _ in range(1_500):
        change(kept, random, keys=random.choice((30, 3_000)))
        chance = random.random()
        if chance < 0.05:
            known.append((kept.freeze(), kept.table.freeze()))
        elif chance < 0.08:
            frozen, expected = random.choice(known)
            kept.thaw(frozen)
            assert kept.table.freeze() == expected
            kept.table.check()
    assert len({frozen.sizes for frozen, _ in known}) > 3
    assert any(frozen.rehash_index >= 0 for frozen, _ in known)


def change(kept: Kept, random: Random, keys: int) -> None:
    """One to twenty keys come or go, or are looked up, which moves buckets; or all go."""
    dice = random.random()
    for _ in range(random.randrange(1, 20)):
        key = b"k%d" % random.randrange(keys)
        if dice < 0.5:
            kept.put(key, random.choice((b"text", 12, [1, 2])))
        elif dice < 0.8:
            kept.used.add(key)
            kept.table.remove(key)
        elif dice < 0.95:
            kept.table.rehash_steps(3)
            kept.table.find(key)
        if dice > 0.995:
            kept.used.update(entry.key for entry in kept.table)
            kept.table.clear()


def filled(keys: int) -> Kept:
    """A table with so many keys, all of them where they belong."""
    kept = Kept()
    for number in range(keys):
        kept.put(b"k%d" % number, b"v")
    while kept.table.rehash_steps(100):
        pass
    return kept


def test_a_page_that_nobody_used_is_shared_with_the_snapshot_before() -> None:
    kept = filled(1_000)
    first = kept.freeze()
    kept.put(b"k7", b"other")
    second = kept.freeze()
    pairs = list(zip(first.pages[0], second.pages[0], strict=True))
    assert len(pairs) == 1_024 // BUCKETS
    assert sum(one is not other for one, other in pairs) == 1


def test_what_hangs_in_other_pages_stays_as_it_is() -> None:
    kept = filled(1_000)
    before = kept.freeze()
    entries = {id(entry): entry for entry in kept.table}
    kept.put(b"k7", b"other")
    kept.thaw(before)
    assert kept.table.get(b"k7") == b"v"
    assert sum(id(entry) not in entries for entry in kept.table) <= 4 * BUCKETS


def test_the_copy_of_a_used_key_costs_no_more_in_a_large_table() -> None:
    copied = []
    for keys in (1_000, 16_000):
        kept = filled(keys)
        kept.freeze()
        kept.put(b"k7", b"other")
        kept.freeze()
        copied.append(kept.pages.copied - kept.table.size(0) // BUCKETS // 12)
    assert max(copied) <= BUCKETS
