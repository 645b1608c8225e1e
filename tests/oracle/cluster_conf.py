"""The nodes.conf that a node of a cluster and the real one beside it begin with."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from redlearn.slots import SLOTS, slot_of

ME, OTHER, THIRD = (letter * 40 for letter in (b"a", b"b", b"c"))
MINE, ALSO, LEAVING, COMING, THEIRS, NOBODYS = (b"a", b"m", b"l", b"c", b"t", b"n")
"""Tags of keys, by what their slot is at the beginning."""


def first_conf(rng: Random, role: str, gaps: bool, bus_port: int) -> bytes:
    """The nodes.conf that both begin with."""
    of = {tag: slot_of(tag) for tag in (MINE, ALSO, LEAVING, COMING, THEIRS, NOBODYS)}
    owners = [0] * SLOTS
    for start in range(0, SLOTS, 1024):
        owners[start : start + 1024] = [rng.choice((0, 0, 1, 2))] * 1024
    for tag, owner in ((MINE, 0), (ALSO, 0), (LEAVING, 0), (COMING, 1), (THEIRS, 2)):
        owners[of[tag]] = owner
    if gaps:
        owners[of[NOBODYS]] = owners[7] = owners[8] = 3
    ranges = [b"".join(b" %b" % each for each in _ranges(owners, owner)) for owner in range(3)]
    open_slots = b" [%d->-%b] [%d-<-%b]" % (of[LEAVING], OTHER, of[COMING], OTHER)
    if of[LEAVING] > of[COMING]:
        open_slots = b" [%d-<-%b] [%d->-%b]" % (of[COMING], OTHER, of[LEAVING], OTHER)
    if role == "replica":  # the third node has what would be this one's, too
        merged = [2 if owner == 0 else owner for owner in owners]
        theirs = b"".join(b" %b" % each for each in _ranges(merged, 2))
        mine = b"%b 127.0.0.1:0@%d myself,slave %b 0 0 3 connected\n" % (ME, bus_port, THIRD)
        third = b"%b 127.0.0.1:7103@17103 master - 0 1 3 connected%b\n" % (THIRD, theirs)
    else:
        place = b"%b 127.0.0.1:0@%d" % (ME, bus_port)
        mine = b"%b myself,master - 0 0 1 connected%b%b\n" % (place, ranges[0], open_slots)
        third = b"%b 127.0.0.1:7103@17103 master - 0 1 3 connected%b\n" % (THIRD, ranges[2])
    other = b"%b 127.0.0.1:7102@17102 master - 0 1 2 connected%b\n" % (OTHER, ranges[1])
    return mine + other + third + b"vars currentEpoch 3 lastVoteEpoch 0\n"


def _ranges(owners: list[int], owner: int) -> Iterator[bytes]:
    start = None
    for slot in range(SLOTS + 1):
        here = slot < SLOTS and owners[slot] == owner
        if here and start is None:
            start = slot
        elif not here and start is not None:
            yield b"%d" % start if start == slot - 1 else b"%d-%d" % (start, slot - 1)
            start = None
