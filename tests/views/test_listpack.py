"""Views of listpacks: the bytes in parts, and which were visited and written."""

from __future__ import annotations

import pytest

from redlearn.engine.structures.listpack import Listpack
from redlearn.probe import Event, Probe
from redlearn.views import listpack
from redlearn.views.listpack import Visits, visits_of

ITEMS = [b"name", b"ann", b"age", b"36", b"", b"-4096", b"x" * 63, b"y" * 5000, b"9" * 18]


def packed(*items: bytes) -> Listpack:
    pack = Listpack(Probe())
    pack.append(*items)
    return pack


def test_the_parts_of_all_entries_are_the_very_bytes_of_the_pack() -> None:
    items = [item for item in ITEMS if len(item) <= listpack.BODY_SHOWN]
    pack = packed(*items)
    view = listpack.look_at(pack, "hash", 0, 99)
    parts = b"".join(entry.head + entry.body + entry.back for entry in view.entries)
    assert view.header + parts + b"\xff" == pack.freeze()
    assert [entry.value for entry in view.entries] == items


def test_long_text_is_cut_but_its_size_is_known() -> None:
    pack = packed(b"y" * 5000, b"next")
    view = listpack.look_at(pack, "hash", 0, 2)
    entry, following = view.entries
    assert len(entry.body) == listpack.BODY_SHOWN
    assert entry.offset + entry.size == following.offset


@pytest.mark.parametrize(
    ("kind", "roles"),
    [("hash", ["field", "value"]), ("zset", ["member", "score"]), ("list", ["[0]", "[1]"])],
)
def test_entries_are_named_by_what_they_are_to_the_value(kind: str, roles: list[str]) -> None:
    view = listpack.look_at(packed(b"a", b"1"), kind, 0, 2)
    assert [entry.role for entry in view.entries] == roles


def test_a_walk_is_remembered_until_the_next_one() -> None:
    pack = packed(b"a", b"1", b"b", b"2")
    seen: list[Event] = []
    pack._probe.emit = seen.append
    pack.find(b"b", 1)
    assert visits_of(seen) == Visits(visited=(0, 2), matched=2)
    pack.find(b"nobody", 1)
    assert visits_of(seen) == Visits(visited=(0, 2), matched=None)


def test_what_was_written_is_where_the_window_goes() -> None:
    pack = packed(*[b"%d" % number for number in range(100)])
    seen: list[Event] = []
    pack._probe.emit = seen.append
    pack.replace(pack.seek(71), b"new")
    visits = visits_of(seen)
    first = listpack.home(visits, pack, 8)
    assert first % 2 == 0
    assert first <= 71 < first + 8
    view = listpack.look_at(pack, "hash", first, 8, visits)
    offsets = [offset for offset, _ in view.visits.written]
    assert [entry.value for entry in view.entries if entry.offset in offsets] == [b"new"]


def test_one_event_at_a_time_comes_to_the_same() -> None:
    pack = packed(b"a", b"1", b"b", b"2")
    seen: list[Event] = []
    pack._probe.emit = seen.append
    pack.put_partner(b"b", b"22")
    view = listpack.look_at(pack, "hash", 0, 9)
    for event in seen:
        view = listpack.advance(view, event)
    assert view.visits == visits_of(seen)
