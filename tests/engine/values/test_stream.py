"""Streams: IDs, nodes, trimming, and what a stream remembers."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.stream_node import MAX_ID, id_text
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.stream import MOST_LATE, Stream
from redlearn.engine.values.stream_group import UNKNOWN, Group
from redlearn.probe import Probe


def id_of(ms: int, sequence: int = 0) -> int:
    return ms << 64 | sequence


def stream_of(count: int, per_node: int = 4) -> Stream:
    """A stream with entries 1-0, 2-0 ... and `per_node` of them in a node."""
    kit = Kit(Probe(), Random(1), Random(2), seed=3)
    kit.stream_node_max_entries = per_node
    stream = Stream(kit)
    for number in range(1, count + 1):
        assert stream.append(id_of(number), [b"f"], [b"%d" % number])
    stream.check()
    return stream


def add(stream: Stream, ms: int) -> None:
    assert stream.append(id_of(ms), [b"f"], [b"%d" % ms])
    stream.check()


def held(stream: Stream) -> list[int]:
    return [entry.id >> 64 for entry in stream.range()]


def nodes(stream: Stream) -> list[int]:
    """How many entries each node has, marked ones left out."""
    return [node.count for _, node in stream.nodes]


def test_a_node_takes_so_many_entries_and_no_more() -> None:
    assert nodes(stream_of(10)) == [4, 4, 2]
    assert nodes(stream_of(10, per_node=0)) == [10]


def test_a_node_takes_so_many_bytes_and_no_more() -> None:
    stream = stream_of(0, per_node=100)
    for number in range(1, 6):
        stream.append(id_of(number), [b"f"], [b"x" * 1500])
    assert nodes(stream) == [2, 2, 1]


def test_an_entry_no_node_could_hold_is_not_added() -> None:
    stream = stream_of(1)
    huge = [b"x" * (1 << 20)] * 1025
    assert stream.append(id_of(5), huge, huge) is False
    assert (stream.length, stream.last_id) == (1, id_of(1))


def test_ids_never_go_back_even_if_the_clock_does() -> None:
    stream = stream_of(3)
    assert id_text(stream.next_id(7)) == b"7-0"
    assert id_text(stream.next_id(3)) == b"3-1"
    assert id_text(stream.next_id(1)) == b"3-1"


@pytest.mark.parametrize(
    ("last", "ms", "expected"),
    [
        (id_of(3), 3, id_of(3, 1)),
        (id_of(3), 4, id_of(4)),
        (id_of(3, 2**64 - 1), 3, None),
        (0, 0, id_of(0, 1)),
    ],
)
def test_the_sequence_within_a_millisecond(last: int, ms: int, expected: int | None) -> None:
    stream = stream_of(0)
    stream.last_id = last
    assert stream.next_in(ms) == expected


@pytest.mark.parametrize(
    ("low", "high", "count"), [(0, 99, 0), (3, 7, 0), (4, 4, 0), (5, 5, 0), (9, 20, 0), (2, 9, 3)]
)
def test_a_range_begins_and_ends_anywhere(low: int, high: int, count: int) -> None:
    stream = stream_of(10)
    wanted = [ms for ms in range(1, 11) if low <= ms <= high]
    rows = [entry.id >> 64 for entry in stream.range(id_of(low), id_of(high), count)]
    assert rows == wanted[: count or None]
    back = [e.id >> 64 for e in stream.range(id_of(low), id_of(high), count, reverse=True)]
    assert back == wanted[::-1][: count or None]


def test_deleting_marks_and_the_last_of_a_node_takes_it_along() -> None:
    stream = stream_of(10)
    assert stream.delete([id_of(2), id_of(2), id_of(99)]) == 1
    stream.check()
    assert (nodes(stream), stream.max_deleted_id) == ([3, 4, 2], id_of(2))
    assert stream.delete([id_of(n) for n in (1, 3, 4)]) == 3
    stream.check()
    assert (nodes(stream), stream.first_id) == ([4, 2], id_of(5))


def test_an_emptied_stream_still_knows_where_it_was() -> None:
    stream = stream_of(3)
    assert stream.delete([id_of(n) for n in (1, 2, 3)]) == 3
    assert (stream.length, stream.first_id, stream.last_id) == (0, 0, id_of(3))
    assert (stream.entries_added, stream.tail, stream.last_valid_id()) == (3, None, 0)
    add(stream, 4)
    assert stream.first_id == id_of(4)


@pytest.mark.parametrize(
    ("most", "exact", "limit", "left"),
    [
        (3, True, 0, [8, 9, 10]),
        (6, True, 0, [5, 6, 7, 8, 9, 10]),
        (3, False, 0, [5, 6, 7, 8, 9, 10]),
        (2, False, 0, [9, 10]),
        (0, False, 0, []),
        (2, False, 7, [5, 6, 7, 8, 9, 10]),
        (2, False, 3, list(range(1, 11))),
        (20, True, 0, list(range(1, 11))),
    ],
)
def test_trimming_to_a_length(most: int, exact: bool, limit: int, left: list[int]) -> None:
    stream = stream_of(10)
    gone = stream.trim_to_length(most, exact=exact, limit=limit)
    stream.check()
    assert (held(stream), gone) == (left, 10 - len(left))


@pytest.mark.parametrize(
    ("least", "exact", "limit", "left"),
    [
        (8, True, 0, [8, 9, 10]),
        (8, False, 0, [5, 6, 7, 8, 9, 10]),
        (9, False, 0, [9, 10]),
        (9, False, 4, [5, 6, 7, 8, 9, 10]),
        (0, True, 0, list(range(1, 11))),
        (99, True, 0, []),
    ],
)
def test_trimming_before_an_id(least: int, exact: bool, limit: int, left: list[int]) -> None:
    stream = stream_of(10)
    gone = stream.trim_before(id_of(least), exact=exact, limit=limit)
    stream.check()
    assert (held(stream), gone) == (left, 10 - len(left))


def test_a_node_may_be_left_with_marked_entries_alone_as_in_redis() -> None:
    stream = stream_of(2)
    stream.delete([id_of(2)])
    assert stream.trim_before(id_of(2)) == 1
    stream.check()
    assert (nodes(stream), stream.length) == ([0], 0)
    add(stream, 3)
    assert held(stream) == [3]


def test_trimming_is_no_deletion_in_the_middle() -> None:
    stream = stream_of(10)
    stream.trim_to_length(3)
    assert stream.max_deleted_id == 0


@pytest.mark.parametrize(
    ("id", "read"), [(10, 10), (4, 4), (3, 3), (1, 3), (6, UNKNOWN), (11, UNKNOWN)]
)
def test_how_many_were_read_is_known_at_the_ends(id: int, read: int) -> None:
    stream = stream_of(10)
    stream.trim_to_length(7)
    assert stream.read_up_to(id_of(id)) == read


@pytest.mark.parametrize(
    ("deleted", "last_id", "entries_read", "lag"),
    [
        ([], 0, UNKNOWN, 10),
        ([], 4, 4, 6),
        ([], 4, UNKNOWN, None),
        ([], 10, UNKNOWN, 0),
        ([7], 4, 4, None),
        ([7], 8, 8, 2),
        ([1], 0, UNKNOWN, 9),
        (list(range(1, 11)), 3, 3, 0),
    ],
)
def test_the_lag_is_told_where_nothing_is_missing_ahead(
    deleted: list[int], last_id: int, entries_read: int, lag: int | None
) -> None:
    stream = stream_of(10)
    stream.delete([id_of(n) for n in deleted])
    assert stream.lag(Group(id_of(last_id), entries_read, Probe())) == lag


def test_a_group_that_reads_on_counts_what_it_reads() -> None:
    stream = stream_of(5)
    group = Group(0, UNKNOWN, Probe())
    counted = []
    for entry in stream.range():
        stream.advance(group, entry.id)
        counted.append(group.entries_read)
    assert counted == [1, 2, 3, 4, 5]


def test_a_thawed_stream_equals_the_first_and_goes_on() -> None:
    stream = stream_of(10)
    stream.delete([id_of(2), id_of(10)])
    group = Group(id_of(3), 3, Probe())
    stream.groups.insert(b"g", group)
    group.deliver(id_of(3), group.add_consumer(b"ann", 5), 6)
    again = Stream.thaw(stream.freeze(), stream._kit)
    again.check()
    assert again.freeze() == stream.freeze()
    add(again, 11)
    assert held(again) == [1, *range(3, 10), 11]


def test_a_copy_has_the_same_content_and_is_independent() -> None:
    stream = stream_of(10)
    stream.groups.insert(b"g", Group(id_of(3), 3, Probe()))
    twin = stream.copy(stream._kit)
    twin.check()
    assert twin.freeze()[0] == stream.freeze()[0]
    stream.trim_to_length(0)
    assert held(twin) == list(range(1, 11))
    assert twin.groups.find(b"g") is not None


def test_memory_grows_with_nodes_and_with_groups() -> None:
    small, large = stream_of(10), stream_of(1000)
    assert large.memory() > 20 * small.memory() / 2
    before = small.memory()
    small.groups.insert(b"g", Group(0, 0, Probe()))
    assert small.memory() > before
    assert stream_of(0).memory() > 0


def test_the_greatest_id_there_is_can_be_used() -> None:
    stream = stream_of(1)
    assert stream.append(MAX_ID, [b"f"], [b"v"])
    assert [e.id for e in stream.range(id_of(2), MAX_ID)] == [MAX_ID]


def random_entry(rng: Random, id: int) -> tuple[int, list[bytes], list[bytes]]:
    """The next entry behind `id`, mostly of the same millisecond and with the same fields."""
    step = rng.choice((1, 1, 1, 1, 1, 7, 5000, 1 << 64, (1 << 64) - 3, 300 << 64))
    fields = [b"sensor", b"value"] if rng.random() < 0.95 else [b"other"]
    texts = (b"", b"0", b"-7", b"4095", b"4096", b"007", b"%d" % rng.getrandbits(62), b"s3", b"1.5",
             b"x" * rng.randrange(70), b"y" * rng.choice((300, 4000, 5000)))  # fmt: skip
    weights = (1, 2, 1, 1, 1, 1, 4, 9, 3, 3, 0.2)
    return id + step, fields, rng.choices(texts, weights, k=len(fields))


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("limits", [(4096, 100), (300, 0), (0, 7), (0, 0), (4096, 1), (20, 100)])
def test_what_is_written_late_lies_as_if_it_had_been_written_at_once(
    limits: tuple[int, int], seed: int
) -> None:
    rng = Random(seed)
    late, at_once = stream_of(0), stream_of(0)
    for stream in (late, at_once):
        stream._kit.stream_node_max_bytes, stream._kit.stream_node_max_entries = limits
    at_once._kit.probe.emit = lambda event: None  # somebody watches
    id = id_of(rng.choice((5, 1_700_000_000_000)), rng.choice((0, 0, 300, 2**64 - 40)))
    for number in range(300):
        id, fields, values = random_entry(rng, id)
        assert late.append(id, fields, values) == at_once.append(id, fields, values)
        if rng.random() < 0.01:
            assert late.held == at_once.held
        if number == 150:
            late.trim_to_length(40, exact=False)
            at_once.trim_to_length(40, exact=False)
    assert (len(late), late.last_id) == (len(at_once), at_once.last_id)
    assert late.freeze() == at_once.freeze()
    late.check()


@pytest.mark.parametrize("first", [(6, 0), (6, 3), (6, 10), (6, 11), (7, 2)])
def test_sequences_in_a_row_may_pass_that_of_the_node(first: tuple[int, int]) -> None:
    stream = stream_of(0, per_node=0)
    ids = [id_of(5, 10), *range(id_of(*first), id_of(*first) + 20)]
    for id in ids:
        stream.append(id, [b"f"], [b"v"])
    assert [entry.id for entry in stream.range()] == ids
    stream.check()


def test_what_is_late_counts_at_once() -> None:
    stream = stream_of(2)
    assert (len(stream), stream.entries_added, stream.last_id) == (2, 2, id_of(2))
    assert stream.append(id_of(9), [b"f"], [b"v"])
    assert (len(stream), stream.entries_added, stream.last_id) == (3, 3, id_of(9))
    stream.length -= 1  # as a removal does it
    stream.settle()
    assert (len(stream), stream.entries_added) == (2, 3)


def test_entries_are_late_for_so_long_and_nobody_hears_of_it_when_they_are_written() -> None:
    stream = stream_of(1, per_node=0)
    for ms in range(2, 2 + MOST_LATE // 2 - 1):
        stream.append(id_of(ms), [b"f"], [b"v"])
    assert stream._late
    seen: list[object] = []
    stream._kit.probe.emit = seen.append
    assert nodes(stream) == [MOST_LATE // 2]
    assert not seen
    stream._kit.probe.emit = None
    for ms in range(1000, 1000 + MOST_LATE // 2):
        stream.append(id_of(ms), [b"f"], [b"v"])
    assert not stream._late


def test_the_limits_are_those_of_the_moment_an_entry_was_added() -> None:
    stream = stream_of(0, per_node=100)
    for ms in range(1, 7):
        stream.append(id_of(ms), [b"f"], [b"v"])
    stream._kit.stream_node_max_entries = 2
    assert nodes(stream) == [6]
    for ms in range(7, 10):
        stream.append(id_of(ms), [b"f"], [b"v"])
    stream._kit.stream_node_max_entries = 100
    stream.append(id_of(10), [b"f"], [b"v"])
    assert nodes(stream) == [6, 2, 2]


def test_the_first_of_a_stream_whose_node_has_marked_entries_alone_is_known() -> None:
    stream = stream_of(2)
    stream.delete([id_of(2)])
    stream.trim_before(id_of(2))
    assert (nodes(stream), stream.first_id) == ([0], 0)
    add(stream, 3)
    assert stream.first_id == id_of(3)
