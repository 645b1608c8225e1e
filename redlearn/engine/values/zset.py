"""Sorted sets: members ordered by score, in a listpack while small, then in two structures.

    listpack    member score member score ...     in order, found by walking
    skiplist    skiplist:  (score, member) in order, for ranges and ranks
                table:     member -> score, to find a member whose score is not known

The two structures of the large form hold the same members, and every write goes to both. As
with hashes there are limits on members and on their length, and no way back; only a result
stored whole (ZUNIONSTORE and its kin) begins in the form that fits it.

The small form is `zset_rows.py`, the large one `structures/skiplist.py` and `hashtable.py`;
here is the choice between them.

Source: `t_zset.c` zsetAdd, zsetDel, zsetConvertAndExpand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from typing import ClassVar, Final, cast

from redlearn.engine.structures.hashtable import Frozen as FrozenTable
from redlearn.engine.structures.hashtable import HashTable
from redlearn.engine.structures.listpack import NOWHERE, Listpack
from redlearn.engine.structures.ranges import LexRange, ScoreRange
from redlearn.engine.structures.skiplist import Node, Skiplist
from redlearn.engine.structures.skiplist import Row as FrozenNode
from redlearn.engine.values.kit import EncodingChanged, Kit
from redlearn.engine.values.picking import sample_pack, sample_table, scan_table
from redlearn.engine.values.value import (
    DICT_ENTRY,
    DICT_HEADER,
    OBJECT_HEADER,
    POINTER,
    STRING_OVERHEAD,
    Frozen,
    Value,
    allocated,
    string_allocated,
)
from redlearn.engine.values.zset_rows import (
    Row,
    all_rows,
    append_rows,
    cut,
    in_order,
    insert_row,
    rows_in_lex,
    rows_in_scores,
)

MEMBERS: Final = "members"  # the table's name in events
ZSET_HEADER: Final = 16
SKIPLIST_HEADER: Final = 32
NODE_HEADER: Final = 24
NODE_LEVEL: Final = 16
HEAD_NODE: Final = NODE_HEADER + 32 * NODE_LEVEL
MEAN_NODE: Final = 53  # bytes allocated for a node of 1, 2, 3 ... levels, by how likely each is


class ZSet(Value):
    """Members (unique raw bytes), each with a score (a float, never NaN), in order of score.

    Ties are in the order of the members' bytes. Ranks count from 0. Rows are (member, score).

    Invariants: either `pack` is there, or `skiplist` and `table` are; these two agree.

    Attributes:
        pack: The listpack of members and scores in turn, while small.
        skiplist: Members in order, from the conversion on.
        table: Each member's score, from the conversion on.
    """

    __slots__ = ("_kit", "pack", "skiplist", "table")

    type: ClassVar[str] = "zset"

    def __init__(self, kit: Kit) -> None:
        self._kit = kit
        self.pack: Listpack | None = Listpack(kit.probe)
        self.skiplist: Skiplist | None = None
        self.table: HashTable | None = None

    @property
    def encoding(self) -> str:
        """`listpack` or `skiplist`."""
        return "skiplist" if self.pack is None else "listpack"

    def __len__(self) -> int:
        """How many members. O(1)."""
        pack = self.pack
        return self._list().length if pack is None else len(pack) >> 1

    # One member

    def score(self, member: bytes) -> float | None:
        """The score of `member`, or None. O(N) in a listpack, else O(1)."""
        pack = self.pack
        if pack is None:
            entry = self._scores().find(member)
            return None if entry is None else cast(float, entry.value)
        at = pack.second(member)
        return None if at == NOWHERE else float(pack.value(at))

    def __contains__(self, member: bytes) -> bool:
        return self.score(member) is not None

    def put(self, member: bytes, score: float) -> bool:
        """`rescore`, for who only wants to know whether `member` was absent."""
        return self.rescore(member, score) is None

    def rescore(self, member: bytes, score: float) -> float | None:
        """Give `member` its score; the one it had before, None if it was absent.

        O(log N), or O(N) in a listpack. Converts where the new member passes a limit. `score`
        must not be NaN.

        Source: `t_zset.c` zsetAdd.
        """
        pack = self.pack
        if pack is not None:
            return self._rescore_in_pack(pack, member, score)
        skiplist, table = self.skiplist, self.table
        assert skiplist is not None and table is not None
        entry = table.find(member)
        if entry is None:
            skiplist.insert(score, member)
            table.insert(member, score)
            return None
        old: float = entry.value
        if old != score:
            skiplist.update_score(old, member, score)
            entry.value = score
        return old

    def _rescore_in_pack(self, pack: Listpack, member: bytes, score: float) -> float | None:
        at = pack.second(member)
        if at != NOWHERE:
            old = float(pack.value(at))
            if old != score:
                pack.delete(pack.previous(at), 2)
                insert_row(pack, member, score, self._kit.probe)
            return old
        why = self._too_large_with(pack, member)
        if why:
            self._convert(why, len(self) + 1)
            return self.rescore(member, score)
        insert_row(pack, member, score, self._kit.probe)
        return None

    def increase(self, member: bytes, step: float) -> tuple[float | None, float]:
        """Add `step` to a score, an absent member's being 0; the old one (or None), the new one.

        A sum that is NaN is given back, but not stored. Costs as `rescore`; a member of a
        skiplist is looked up once, which is why this is no `score` followed by a `put`.
        """
        table = self.table
        entry = None if table is None else table.find(member)
        if entry is not None:
            known: float = entry.value
            new = known + step
            if new != known and not isnan(new):
                self._list().update_score(known, member, new)
                entry.value = new
            return known, new
        old = self.score(member) if table is None else None
        new = step if old is None else old + step
        if not isnan(new):
            self.rescore(member, new)
        return old, new

    def remove(self, member: bytes) -> bool:
        """Take `member` out; False if it was not there. O(log N), or O(N) in a listpack.

        Source: `t_zset.c` zsetDel.
        """
        pack = self.pack
        if pack is None:
            entry = self._scores().remove(member)
            if entry is None:
                return False
            self._list().delete(entry.value, member)
            return True
        at = pack.find(member, 1)
        if at == NOWHERE:
            return False
        pack.delete(at, 2)
        return True

    def rank(self, member: bytes, *, reverse: bool = False) -> int | None:
        """How many members come before `member` (after it, if `reverse`), or None if absent.

        Source: `t_zset.c` zsetRank.
        """
        pack = self.pack
        if pack is not None:
            at = pack.find(member, 1)
            if at == NOWHERE:
                return None
            rank = pack.index(at) >> 1
            return (len(pack) >> 1) - 1 - rank if reverse else rank
        entry = self._scores().find(member)
        if entry is None:
            return None
        skiplist = self._list()
        found = skiplist.rank(entry.value, member)
        assert found is not None
        return skiplist.length - 1 - found if reverse else found

    # Many members

    def __iter__(self) -> Iterator[Row]:
        """Iterate over the rows in order, copied first: the set may change meanwhile."""
        return iter(self.slice(0, len(self)))

    def __reversed__(self) -> Iterator[Row]:
        return iter(self.slice(0, len(self), reverse=True))

    def slice(self, start: int, stop: int, *, reverse: bool = False) -> list[Row]:
        """The rows at ranks `start` up to but not with `stop`. O(log N + M).

        With `reverse` rank 0 is the last member, and the rows come in falling order.
        """
        if self.pack is None:
            skiplist = self._list()
            start, stop = max(start, 0), min(stop, skiplist.length)
            return _rows_from(skiplist.nth(start, reverse), stop - start, reverse)
        rows = all_rows(self.pack)
        if reverse:
            rows.reverse()
        return rows[max(start, 0) : max(stop, 0)]

    def members(self, start: int, stop: int) -> list[bytes]:
        """The members at ranks `start` up to but not with `stop`. O(log N + M)."""
        if self.pack is not None:
            return [member for member, _ in self.slice(start, stop)]
        found: list[bytes] = []
        node = self._list().nth(start)
        while node is not None and start < stop:
            found.append(node.member)
            start += 1
            node = node.next[0]
        return found

    def in_scores(
        self, scores: ScoreRange, *, reverse: bool = False, offset: int = 0, limit: int = -1
    ) -> list[Row]:
        """The rows whose score is in the range, in order, or falling if `reverse`.

        Args:
            scores: The range.
            reverse: Begin with the highest score.
            offset: Rows to pass over first. Below 0 a listpack has nothing to give, while a
                skiplist counts from the far end: an accident of Redis's, and clients see it.
            limit: How many rows at most; below 0, all of them.

        Source: `t_zset.c` genericZrangebyscoreCommand.
        """
        if self.pack is not None:
            return cut(rows_in_scores(self.pack, scores, self._kit.probe), reverse, offset, limit)
        node = self._list().nth_in_scores(scores, -offset - 1 if reverse else offset)
        low, high = scores.low, scores.high
        rows: list[Row] = []
        while node is not None and len(rows) != limit:
            score = node.score
            if score <= low or score >= high:  # rarely: the exact question costs a call
                if not (scores.reaches(score) if reverse else scores.extends_to(score)):
                    break
            rows.append((node.member, score))
            node = node.back if reverse else node.next[0]
        return rows

    def in_lex(
        self, members: LexRange, *, reverse: bool = False, offset: int = 0, limit: int = -1
    ) -> list[Row]:
        """The rows whose member is in the range. As `in_scores`; scores ought to be equal.

        Source: `t_zset.c` genericZrangebylexCommand.
        """
        if self.pack is not None:
            return cut(rows_in_lex(self.pack, members, self._kit.probe), reverse, offset, limit)
        node = self._list().nth_in_lex(members, -offset - 1 if reverse else offset)
        rows: list[Row] = []
        while node is not None and len(rows) != limit:
            member = node.member
            if not (members.reaches(member) if reverse else members.extends_to(member)):
                break
            rows.append((member, node.score))
            node = node.back if reverse else node.next[0]
        return rows

    def count_in_scores(self, scores: ScoreRange) -> int:
        """How many members have a score in the range. O(log N), or O(N) in a listpack."""
        if self.pack is not None:
            return len(rows_in_scores(self.pack, scores, self._kit.probe))
        skiplist = self._list()
        return _distance(
            skiplist, skiplist.first_in_scores(scores), skiplist.last_in_scores(scores)
        )

    def count_in_lex(self, members: LexRange) -> int:
        """How many members are in the range. O(log N), or O(N) in a listpack."""
        if self.pack is not None:
            return len(rows_in_lex(self.pack, members, self._kit.probe))
        skiplist = self._list()
        return _distance(skiplist, skiplist.first_in_lex(members), skiplist.last_in_lex(members))

    # Taking many out

    def delete_ranks(self, start: int, stop: int) -> int:
        """Take out ranks `start` up to but not with `stop`; returns how many went."""
        start, stop = max(start, 0), min(stop, len(self))
        if start >= stop:
            return 0
        if self.pack is not None:
            return self.pack.delete(self.pack.seek(2 * start), 2 * (stop - start)) >> 1
        return self._list().delete_ranks(start, stop, self._forget)

    def delete_scores(self, scores: ScoreRange) -> int:
        """Take out the members whose score is in the range; returns how many went."""
        if self.pack is not None:
            return self._delete_rows(self.pack, rows_in_scores(self.pack, scores, self._kit.probe))
        if scores.is_empty:
            return 0
        return self._list().delete_scores(scores, self._forget)

    def delete_lex(self, members: LexRange) -> int:
        """Take out the members in the range; returns how many went."""
        if self.pack is not None:
            return self._delete_rows(self.pack, rows_in_lex(self.pack, members, self._kit.probe))
        if members.is_empty:
            return 0
        return self._list().delete_lex(members, self._forget)

    def pop_min(self, count: int = 1) -> list[Row]:
        """Take out up to `count` members from the lowest score on; returns their rows."""
        rows = self.slice(0, count)
        self.delete_ranks(0, len(rows))
        return rows

    def pop_max(self, count: int = 1) -> list[Row]:
        """Take out up to `count` members from the highest score down; returns their rows."""
        rows = self.slice(0, count, reverse=True)
        self.delete_ranks(len(self) - len(rows), len(self))
        return rows

    def _forget(self, node: Node) -> None:
        self._scores().remove(node.member)

    def _delete_rows(self, pack: Listpack, rows: list[Row]) -> int:
        """Take out neighbouring rows."""
        if rows:
            pack.delete(pack.find(rows[0][0], 1), 2 * len(rows))
        return len(rows)

    # Chance and scanning

    def random_row(self) -> Row:
        """One row, by chance. The set must not be empty.

        Source: `t_zset.c` zsetTypeRandomElement.
        """
        rng = self._kit.sampling
        pack = self.pack
        if pack is not None:
            at = pack.seek(2 * rng.randrange(len(pack) >> 1))
            return pack.get(at), float(pack.value(pack.next(at)))
        entry = self._scores().fair_random_entry(rng)
        return entry.key, entry.value

    def sample(self, count: int) -> list[Row]:
        """`count` different rows, by chance, or all if there are fewer.

        Source: `t_zset.c` zrandmemberWithCountCommand.
        """
        if count >= len(self):
            return self.slice(0, len(self))
        if self.pack is not None:
            pairs = sample_pack(self.pack, count, self._kit.sampling)
            return [(member, float(score)) for member, score in pairs]
        entries = sample_table(self._scores(), count, self._kit.sampling)
        return [(entry.key, entry.value) for entry in entries]

    def scan(self, cursor: int, count: int) -> tuple[int, list[Row]]:
        """The next cursor (0 at the end), and about `count` rows. A listpack is given whole."""
        if self.pack is not None:
            return 0, all_rows(self.pack)
        cursor, entries = scan_table(self._scores(), cursor, count)
        return cursor, [(entry.key, entry.value) for entry in entries]

    # Encodings

    def expect(self, count: int, longest: int = 0) -> None:
        """Convert ahead of `count` calls of `put`, if so many would pass the limit.

        Args:
            count: Members about to be put, known ones included.
            longest: Bytes of the longest known beforehand. ZADD tells that of its first
                member, and only to a new set.

        Source: `t_zset.c` zsetTypeCreate, zsetTypeMaybeConvert.
        """
        if self.pack is None:
            return
        kit = self._kit
        if count > kit.zset_max_listpack_entries:
            self._convert(f"{count} members > {kit.zset_max_listpack_entries}", count)
        elif longest > kit.zset_max_listpack_value:
            self._convert(f"{longest} bytes > {kit.zset_max_listpack_value}", count)

    def unpack(self, why: str) -> None:
        """Convert whatever the limits are, if it is small: SORT does."""
        if self.pack is not None:
            self._convert(why, len(self))

    def _too_large_with(self, pack: Listpack, member: bytes) -> str:
        """Which limit one more member would pass, in words, or ""."""
        kit = self._kit
        count = (len(pack) >> 1) + 1
        if count > kit.zset_max_listpack_entries:
            return f"{count} members > {kit.zset_max_listpack_entries}"
        if len(member) > kit.zset_max_listpack_value:
            return f"{len(member)} bytes > {kit.zset_max_listpack_value}"
        return "" if pack.fits(len(member)) else "a listpack ends at 1 GiB"

    def _convert(self, why: str, expected: int) -> None:
        """Move to a skiplist and a table with room for `expected` members, and stay there."""
        assert self.pack is not None
        rows = all_rows(self.pack)
        self.pack = None
        self._fill(rows, expected)
        if emit := self._kit.probe.emit:
            emit(EncodingChanged(self.type, "listpack" if rows else "", "skiplist", why))

    def _fill(self, rows: Sequence[Row], expected: int) -> None:
        kit = self._kit
        self.skiplist = skiplist = Skiplist(kit.towers, kit.probe)
        self.table = table = HashTable(kit.seed, kit.probe, MEMBERS)
        table.reserve(expected)
        for member, score in rows:
            skiplist.insert(score, member)
            table.insert(member, score)

    def _list(self) -> Skiplist:
        assert self.skiplist is not None
        return self.skiplist

    def _scores(self) -> HashTable:
        assert self.table is not None
        return self.table

    # Keeping

    @classmethod
    def built(cls, kit: Kit, rows: Sequence[Row]) -> ZSet:
        """A set of `rows`, whose members differ, in the form that fits: for stored results.

        Source: `t_zset.c` zsetConvertToListpackIfNeeded.
        """
        built = cls(kit)
        longest = max((len(member) for member, _ in rows), default=0)
        if len(rows) > kit.zset_max_listpack_entries or longest > kit.zset_max_listpack_value:
            built.pack = None
            built._fill(rows, len(rows))
        else:
            assert built.pack is not None
            append_rows(built.pack, rows)
        return built

    @classmethod
    def of_listpack(cls, pack: Listpack, kit: Kit) -> ZSet:
        """A set of a loaded listpack, as RESTORE reads one; converted if it holds too many.

        Raises:
            ValueError: An odd number of entries, a member twice, or a score that is none.

        Source: `rdb.c` rdbLoadObject, case RDB_TYPE_ZSET_LISTPACK.
        """
        items = pack.items()
        if len(items) % 2 or len(set(items[::2])) < len(items) // 2:
            raise ValueError("the listpack is no sorted set")
        if any(score != score for score in map(float, items[1::2])):
            raise ValueError("a score is not a number")
        loaded = cls(kit)
        loaded.pack = pack
        loaded.expect(len(loaded))
        return loaded

    def freeze(self) -> Frozen:
        """`("listpack", bytes)` or `("skiplist", the frozen list, the frozen table)`. O(N)."""
        if self.pack is not None:
            return ("listpack", self.pack.freeze())
        return ("skiplist", self._list().freeze(), self._scores().freeze())

    @classmethod
    def thaw(cls, frozen: Frozen, kit: Kit) -> ZSet:
        """Rebuild the set that gave `frozen`, towers and buckets included. O(N)."""
        thawed = cls(kit)
        if frozen[0] == "listpack":
            thawed.pack = Listpack.thaw(cast(bytes, frozen[1]), kit.probe)
            return thawed
        nodes = cast("tuple[FrozenNode, ...]", frozen[1])
        thawed.pack = None
        thawed.skiplist = Skiplist.thaw(nodes, kit.towers, kit.probe)
        table = cast(FrozenTable, frozen[2])
        thawed.table = HashTable.thaw(table, kit.seed, kit.probe, MEMBERS)
        return thawed

    def copy(self, kit: Kit) -> ZSet:
        """A set of its own with the same rows and encoding; its towers are tossed anew. O(N).

        Source: `t_zset.c` zsetDup, which copies from the last member to the first.
        """
        twin = ZSet(kit)
        if self.pack is not None:
            twin.pack = Listpack.thaw(self.pack.freeze(), kit.probe)
            return twin
        twin.pack = None
        twin._fill(self.slice(0, len(self), reverse=True), len(self))
        return twin

    def release(self) -> None:
        """Cut a skiplist's links back, in a set that nobody will use again. O(N).

        Neighbours that point at each other stay in memory until Python's collector comes by.
        Without the way back the nodes go as soon as the set does.
        """
        for node in self.skiplist or ():
            node.back = None

    def check(self) -> None:
        """Assert each structure's invariants, the order, and that both forms agree. O(N)."""
        if self.pack is not None:
            assert self.skiplist is None and self.table is None
            self.pack.check()
            rows = all_rows(self.pack)
            assert [in_order(row) for row in rows] == sorted(in_order(row) for row in rows)
            assert len({member for member, _ in rows}) == len(rows), "a member is there twice"
            return
        self._list().check()
        self._scores().check()
        rows = [(node.member, node.score) for node in self._list()]
        assert sorted(rows) == sorted((entry.key, entry.value) for entry in self._scores())

    def memory(self, samples: int = 5) -> int:
        """The listpack, or both structures with an average node and entry for each member."""
        if self.pack is not None:
            return OBJECT_HEADER + allocated(self.pack.size)
        table = self._scores()
        fixed = OBJECT_HEADER + ZSET_HEADER + SKIPLIST_HEADER + DICT_HEADER + allocated(HEAD_NODE)
        fixed += POINTER * (table.size(0) + table.size(1))
        nodes = list(self._list().slice(0, samples or len(self)))
        if not nodes:
            return fixed
        sampled = sum(
            DICT_ENTRY
            + string_allocated(len(node.member))
            + allocated(NODE_HEADER + NODE_LEVEL * node.height)
            for node in nodes
        )
        return fixed + sampled * len(table) // len(nodes)

    def footprint(self) -> int:
        """As `memory`, but for the large form the bytes of all members, and a node's mean. O(1)."""
        if self.pack is not None:
            return self.memory()
        table = self._scores()
        fixed = OBJECT_HEADER + ZSET_HEADER + SKIPLIST_HEADER + DICT_HEADER + allocated(HEAD_NODE)
        buckets = table.size(0) + table.size(1)
        each = DICT_ENTRY + STRING_OVERHEAD + MEAN_NODE
        return fixed + POINTER * buckets + each * len(table) + table.held


def _rows_from(node: Node | None, count: int, reverse: bool) -> list[Row]:
    """The rows of `count` nodes from `node` on, or backwards. None: no rows."""
    rows: list[Row] = []
    for _ in range(count):
        if node is None:
            break
        rows.append((node.member, node.score))
        node = node.back if reverse else node.next[0]
    return rows


def _distance(skiplist: Skiplist, first: Node | None, last: Node | None) -> int:
    """How many nodes from `first` to `last`, both counted; 0 if there are none."""
    if first is None or last is None:
        return 0
    start = skiplist.rank(first.score, first.member)
    stop = skiplist.rank(last.score, last.member)
    assert start is not None and stop is not None
    return stop - start + 1
