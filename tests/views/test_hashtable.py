"""Views of hash tables: buckets in a window, both tables while one moves, what was touched."""

from __future__ import annotations

import pytest

from redlearn.engine.structures.hashtable import HashTable
from redlearn.probe import Event, Probe
from redlearn.views import hashtable
from redlearn.views.hashtable import HashtableView, touched_in, value_note


def filled(count: int) -> HashTable:
    table = HashTable(1, Probe(), "fields")
    for number in range(count):
        table.put(b"f%d" % number, b"v%d" % number)
    return table


def look(table: HashTable, first: int = 0, count: int = 64) -> HashtableView:
    return hashtable.look_at(table, first, count, value_note)


def keys_in(view: HashtableView) -> list[bytes]:
    chains = [chain for row in view.rows for chain in (row.chain, *row.siblings)]
    return sorted(cell.key for chain in chains for cell in chain.cells)


@pytest.mark.parametrize("count", [0, 1, 4, 5, 7, 16, 17, 40, 64])
def test_a_window_over_all_shows_every_entry_once(count: int) -> None:
    table = filled(count)
    assert keys_in(look(table)) == sorted(entry.key for entry in table.entries())


def test_a_window_shows_only_its_buckets() -> None:
    table = filled(64)
    view = look(table, 10, 5)
    assert [row.chain.bucket for row in view.rows] == [10, 11, 12, 13, 14]
    assert view.used == (64, 0)


def test_while_moving_a_row_holds_the_buckets_it_is_split_into() -> None:
    table = filled(9)
    assert table.is_rehashing
    view = look(table)
    assert [[chain.bucket for chain in row.siblings] for row in view.rows] == [
        [number, number + 8] for number in range(8)
    ]
    assert view.rehash_index == table.rehash_index


def test_a_shrinking_table_maps_its_buckets_onto_fewer() -> None:
    table = filled(64)
    for number in range(56):
        table.remove(b"f%d" % number)
    assert table.size(1) and table.size(1) < table.size(0)
    view = look(table)
    assert view.rows[-1].siblings[0].bucket == (table.size(0) - 1) % table.size(1)


def test_looking_moves_no_bucket_and_tells_nobody() -> None:
    table = filled(9)
    seen: list[Event] = []
    table._probe.emit = seen.append
    before = table.freeze()
    look(table)
    assert table.freeze() == before
    assert not seen


def test_what_was_touched_is_followed_by_the_window() -> None:
    table = filled(64)
    seen: list[Event] = []
    table._probe.emit = seen.append
    table.find(b"f33")
    touched = touched_in(seen, "fields")
    assert touched.probe is not None and touched.probe.found
    first = hashtable.home(touched, (64, 0), 8)
    assert touched.place is not None
    assert first <= touched.place[1] < first + 8


def test_events_of_another_table_leave_no_mark() -> None:
    table = filled(4)
    seen: list[Event] = []
    table._probe.emit = seen.append
    table.find(b"f1")
    assert touched_in(seen, "keys").probe is None
    view = look(table)
    assert hashtable.advance(view, seen[0]).touched.probe is seen[0]


def test_a_resize_forgets_places_in_the_old_table() -> None:
    table = filled(4)
    seen: list[Event] = []
    table._probe.emit = seen.append
    table.put(b"one more", b"")
    touched = touched_in(seen, "fields")
    assert touched.inserted == b"one more"
    assert touched.place is not None and touched.place[0] == 1


def test_a_long_chain_is_cut_and_counted() -> None:
    table = HashTable(1, Probe(), "fields")
    table.avoid_resize = True
    for number in range(16):
        table.put(b"k%d" % number, b"")
    view = look(table)
    assert sum(len(row.chain.cells) + row.chain.more for row in view.rows) == 16
    assert all(len(row.chain.cells) <= hashtable.LONGEST_CHAIN for row in view.rows)
