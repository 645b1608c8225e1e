"""Listpacks and quicklists as they are printed; tests/oracle/test_debug.py has a server's."""

from __future__ import annotations

import re

import pytest

from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.printed import address_of, listpack_text, quicklist_text
from redlearn.engine.structures.quicklist import Quicklist
from redlearn.probe import Probe


def packed(*items: bytes) -> Listpack:
    pack = Listpack(Probe())
    pack.append(*items)
    return pack


def test_an_entry_shows_all_its_bytes() -> None:
    assert listpack_text(packed(b"a"), 0x7F00) == (
        b"{total bytes 10} {num entries 1}\n"
        b"{\n\taddr: 0x00007f06,\n\tindex:  0,\n\toffset: 6,\n\thdr+entrylen+backlen:  3,\n"
        b"\thdrlen:   1,\n\tbacklen:  1,\n\tpayload: 1\n\tbytes: 81|61|02|\n\t[str]a\n}\n{end}\n\n"
    )


SHARES = [
    (b"5", (2, 1, 1, 0)),
    (b"500", (3, 1, 1, 1)),
    (b"999999", (5, 1, 1, 3)),
    (b"9" * 18, (10, 1, 1, 8)),
    (b"x" * 63, (65, 1, 1, 63)),
    (b"x" * 64, (67, 2, 1, 64)),
    (b"x" * 200, (204, 2, 2, 200)),
    (b"x" * 5000, (5007, 5, 2, 5000)),
    (b"x" * 20000, (20008, 5, 3, 20000)),
]


@pytest.mark.parametrize(("item", "sizes"), SHARES)
def test_head_payload_and_backlen_share_an_entry(
    item: bytes, sizes: tuple[int, int, int, int]
) -> None:
    text = listpack_text(packed(item), 0)
    found = re.search(
        rb"backlen: +(\d+),\n\thdrlen: +(\d+),\n\tbacklen: +(\d+),\n\tpayload: (\d+)\n", text
    )
    assert found is not None
    assert tuple(map(int, found.groups())) == sizes
    assert sizes[0] == sum(sizes[1:])


def test_forty_bytes_of_an_item_are_shown() -> None:
    assert b"[str]" + b"x" * 40 + b"\n" in listpack_text(packed(b"x" * 40), 0)
    assert b"[str]" + b"x" * 40 + b"...\n" in listpack_text(packed(b"x" * 41), 0)


def test_the_same_key_has_the_same_address_always() -> None:
    assert address_of(0, b"k") == address_of(0, b"k")
    assert len({address_of(db, key) for db in range(3) for key in (b"k", b"l", b"")}) == 9
    assert address_of(0, b"k") % 16 == 0


def test_a_quicklist_shows_its_nodes_and_leaves_them_as_they_are() -> None:
    quicklist = Quicklist(1, 1, Probe())
    for item in (b"a", b"b" * 100, b"\0c", b"d" * 9000):
        quicklist.push_tail(item)
    before = quicklist.freeze()
    text = quicklist_text(quicklist, 0, full=True)
    assert quicklist.freeze() == before
    assert b"{container : PACKED, encoding: LZF, size: 110, count: 1, recompress: 0," in text
    assert b"{container : PLAIN, encoding: RAW, size: 9000, count: 1, recompress: 0," in text
    assert b"{ entry : " + b"d" * 9000 + b" }\n}\n" in text
    assert b"[str]" not in quicklist_text(quicklist, 0, full=False)
