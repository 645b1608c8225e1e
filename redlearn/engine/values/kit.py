"""The kit: what a value needs from the engine, handed in at its birth.

An engine owns one `Kit` and gives it to every value it makes. CONFIG SET writes the limits
here, so that a value finds the limit of the moment and not that of its birth, as in Redis.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from redlearn.engine.structures.stream_node import Moment, limits_of
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
        moment: The millisecond of the last ID that a stream made up.
        packed_threshold: As that of a quicklist (DEBUG QUICKLIST-PACKED-THRESHOLD).
        set_max_intset_entries: Most numbers a set may hold in an intset.
        set_max_listpack_entries: Most members a set may hold in a listpack.
        set_max_listpack_value: Most bytes of a member in such a listpack.
        stream_limits: The two settings below as `stream_node.limits_of` gives them; another tuple
            as soon as one of them is set.
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
        "moment",
        "packed_threshold",
        "probe",
        "sampling",
        "seed",
        "set_max_intset_entries",
        "set_max_listpack_entries",
        "set_max_listpack_value",
        "_stream_node_max",
        "stream_limits",
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
        self.moment = Moment()
        self.packed_threshold = 0
        self.set_max_intset_entries = 512
        self.set_max_listpack_entries = 128
        self.set_max_listpack_value = 64
        self._limit_streams(4096, 100)
        self.zset_max_listpack_entries = 128
        self.zset_max_listpack_value = 64

    @property
    def stream_node_max_bytes(self) -> int:
        return self._stream_node_max[0]

    @stream_node_max_bytes.setter
    def stream_node_max_bytes(self, most: int) -> None:
        self._limit_streams(most, self._stream_node_max[1])

    @property
    def stream_node_max_entries(self) -> int:
        return self._stream_node_max[1]

    @stream_node_max_entries.setter
    def stream_node_max_entries(self, most: int) -> None:
        self._limit_streams(self._stream_node_max[0], most)

    def _limit_streams(self, most_bytes: int, most_entries: int) -> None:
        self._stream_node_max = most_bytes, most_entries
        self.stream_limits = limits_of(most_bytes, most_entries)


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
