"""The kit: what a value needs from the engine, handed in at its birth.

An engine owns one `Kit` and gives it to every value it makes. CONFIG SET writes the limits
here, so that a value finds the limit of the moment and not that of its birth, as in Redis.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from redlearn.probe import Event, Probe


class Kit:
    """Watcher, chance and limits, shared by all values of one engine.

    Attributes:
        probe: Where structures report their steps.
        towers: Draws the heights of skiplist nodes, and nothing else: a command that samples
            must not move a tower.
        sampling: Draws for commands that ask for random elements.
        seed: Seeds the hash function of every hash table.
        hash_max_listpack_entries: Most fields a hash may hold in a listpack. This and the
            limits below are named as their CONFIG parameters, underscores for dashes.
        hash_max_listpack_value: Most bytes of a field or value in a listpack.
        list_compress_depth: Nodes at either end of a new quicklist that stay uncompressed.
        list_max_listpack_size: How large a list may be in one listpack, and a quicklist's node
            (`structures/quicklist.py` says what the number means).
        packed_threshold: As that of a quicklist (DEBUG QUICKLIST-PACKED-THRESHOLD).
        set_max_intset_entries: Most numbers a set may hold in an intset.
        set_max_listpack_entries: Most members a set may hold in a listpack.
        set_max_listpack_value: Most bytes of a member in such a listpack.
        stream_node_max_bytes: How large a stream's node may get, or 0.
        stream_node_max_entries: Most entries in a stream's node, marked ones too, or 0.
        zset_max_listpack_entries: Most members a sorted set may hold in a listpack.
        zset_max_listpack_value: Most bytes of a member in a listpack.
    """

    __slots__ = (
        "hash_max_listpack_entries",
        "hash_max_listpack_value",
        "list_compress_depth",
        "list_max_listpack_size",
        "packed_threshold",
        "probe",
        "sampling",
        "seed",
        "set_max_intset_entries",
        "set_max_listpack_entries",
        "set_max_listpack_value",
        "stream_node_max_bytes",
        "stream_node_max_entries",
        "towers",
        "zset_max_listpack_entries",
        "zset_max_listpack_value",
    )

    def __init__(self, probe: Probe, towers: Random, sampling: Random, seed: int) -> None:
        self.probe = probe
        self.towers = towers
        self.sampling = sampling
        self.seed = seed
        self.hash_max_listpack_entries = 512
        self.hash_max_listpack_value = 64
        self.list_compress_depth = 0
        self.list_max_listpack_size = -2
        self.packed_threshold = 0
        self.set_max_intset_entries = 512
        self.set_max_listpack_entries = 128
        self.set_max_listpack_value = 64
        self.stream_node_max_bytes = 4096
        self.stream_node_max_entries = 100
        self.zset_max_listpack_entries = 128
        self.zset_max_listpack_value = 64


@dataclass(frozen=True, slots=True)
class EncodingChanged(Event):
    """A value of TYPE `type` moved from one OBJECT ENCODING to another.

    Attributes:
        old: "" where there was none: ZADD of many members begins with a skiplist at once.
        why: The limit that was passed, as a short phrase: "65 bytes > 64".
    """

    type: str
    old: str
    new: str
    why: str
