"""What a listpack tells a watcher, step by step and in order."""

from __future__ import annotations

from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.listpack_steps import (
    EntriesDeleted,
    EntryVisited,
    EntryWritten,
    Shifted,
)
from redlearn.probe import Event, Probe


def pack_of(*items: bytes) -> Listpack:
    pack = Listpack(Probe())
    pack.append(*items)
    return pack


def watched(pack: Listpack) -> list[Event]:
    seen: list[Event] = []
    pack._probe.emit = seen.append
    return seen


def test_a_search_reports_each_entry_it_compares() -> None:
    pack = pack_of(b"f", b"1", b"g", b"2", b"h", b"3")
    seen = watched(pack)
    pack.find(b"g", 1)
    assert seen == [
        EntryVisited(offset=6, index=0, matched=False),
        EntryVisited(offset=11, index=2, matched=True),
    ]


def test_a_write_reports_what_moves_and_what_is_written() -> None:
    pack = pack_of(b"a", b"b")
    seen = watched(pack)
    pack.insert(9, b"xy")
    assert seen == [Shifted(offset=9, by=4, moved=4), EntryWritten(offset=9, size=4)]
    seen.clear()
    pack.replace(9, b"zz")
    assert seen == [EntryWritten(offset=9, size=4)]
    seen.clear()
    pack.delete(6, 2)
    assert seen == [
        Shifted(offset=13, by=-7, moved=4),
        EntriesDeleted(offset=6, size=7, count=2),
    ]
