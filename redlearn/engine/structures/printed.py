r"""Listpacks and quicklists, byte by byte, as a server writes them on its standard output.

    {total bytes 75} {num entries 3}
    {
        addr: 0x7f00c2a5f016,
        index:  0,
        offset: 6,
        hdr+entrylen+backlen:  3,
        hdrlen:   1,
        backlen:  1,
        payload: 1
        bytes: 81|61|02|
        [str]a
    }
    ...

Of each entry: where it begins, how its bytes are shared out between the head (which says how it
is encoded, and how long it is), what it holds, and the length at its end that lets a walk go
backwards. The first forty bytes of what it holds follow as they are.

Unlike Redis: addresses are made up (`address_of`), as those of a process would be others after
    each step back in time; and `attempted_compress` tells whether a node is compressed now.

Source: `listpack.c` lpRepr, `quicklist.c` quicklistRepr.
"""

from __future__ import annotations

from typing import Final
from zlib import crc32

from redlearn.engine.structures.listpack import Entry, Listpack
from redlearn.engine.structures.listpack_entry import backlen
from redlearn.engine.structures.quicklist import Quicklist
from redlearn.engine.structures.quicklist_node import Node
from redlearn.probe import Probe

SHOWN: Final = 40
HEAP: Final = 0x7F0000000000
"""Where the made-up addresses begin: heaps of 64-bit processes are often there."""

PAGE: Final = 0x10000


def address_of(db: int, key: bytes) -> int:
    """An address for the value of a key, always the same one, on a boundary of 16 bytes."""
    return HEAP + (crc32(key, db) << 4)


def listpack_text(pack: Listpack, address: int) -> bytes:
    """All entries of a listpack that begins at `address`. O(its bytes)."""
    out = [b"{total bytes %d} {num entries %d}\n" % (pack.size, len(pack))]
    packed = pack.freeze()
    for entry in pack.entries():
        out.append(_entry_text(entry, packed, address))
    return b"".join(out) + b"{end}\n\n"


def _entry_text(entry: Entry, packed: bytes, address: int) -> bytes:
    start = entry.offset
    head = _head_size(packed[start])
    tail = next(n for n in range(1, 6) if len(backlen(entry.size - n)) == n)
    shown = entry.value[:SHOWN] + (b"..." if len(entry.value) > SHOWN else b"")
    lines = (
        b"{",
        b"\taddr: 0x%08x," % (address + start),
        b"\tindex: %2d," % entry.index,
        b"\toffset: %d," % start,
        b"\thdr+entrylen+backlen: %2d," % entry.size,
        b"\thdrlen: %3d," % head,
        b"\tbacklen: %2d," % tail,
        b"\tpayload: %d" % (entry.size - head - tail),
        b"\tbytes: " + packed[start : start + entry.size].hex("|").encode() + b"|",
        b"\t[str]" + shown,
        b"}\n",
    )
    return b"\n".join(lines)


def _head_size(head: int) -> int:
    """Bytes of the head: numbers have one, long texts their length (lpCurrentEncodedSizeBytes)."""
    if head & 0xF0 == 0xE0:
        return 2
    return 5 if head == 0xF0 else 1


def quicklist_text(quicklist: Quicklist, address: int, *, full: bool) -> bytes:
    """The nodes of a quicklist and, if `full`, what is in each. O(nodes), or O(bytes)."""
    out = [
        b"{count : %d}\n{len : %d}\n{fill : %d}\n{compress : %d}\n{bookmark_count : 0}\n"
        % (quicklist.count, quicklist.length, quicklist.fill, quicklist.depth)
    ]
    for number, node in enumerate(quicklist.nodes()):
        squeezed = node.squeezed is not None
        out.append(
            b"{quicklist node(%d)\n{container : %b, encoding: %b, size: %d, count: %d, "
            b"recompress: 0, attempted_compress: %d}\n"
            % (
                number,
                b"PLAIN" if node.plain else b"PACKED",
                b"LZF" if squeezed else b"RAW",
                node.size,
                node.count,
                squeezed,
            )
        )
        if full:
            out.append(_content(node, address + number * PAGE))
    return b"".join(out)


def _content(node: Node, address: int) -> bytes:
    if node.plain:
        return b"{ entry : %b }\n}\n" % node.raw.split(b"\0")[0]
    pack = Listpack.thaw(node.raw, Probe())
    return b"{ listpack:\n" + listpack_text(pack, address) + b"}\n}\n"
