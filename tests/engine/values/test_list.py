"""Lists: one listpack or a quicklist, there and back, and the same elements in both."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.listpack import EntryVisited, Listpack
from redlearn.engine.values.kit import EncodingChanged, Kit
from redlearn.engine.values.list import List
from redlearn.probe import Event, Probe


def kit_of(fill: int = -2, depth: int = 0) -> Kit:
    kit = Kit(Probe(), Random(1), Random(2), seed=3)
    kit.list_max_listpack_size, kit.list_compress_depth = fill, depth
    return kit


def pushed(kit: Kit, *elements: bytes) -> List:
    """As RPUSH does it: all of them are expected at once."""
    made = List(kit)
    made.expect(elements)
    for element in elements:
        made.push_tail(element)
    made.check()
    return made


# Measured with OBJECT ENCODING on Redis 7.4.1.
VECTORS = [
    ([10], "listpack"),
    ([1] * 128, "listpack"),
    ([1] * 200, "listpack"),
    ([8100], "listpack"),
    ([8192], "quicklist"),
    ([5000] * 2, "quicklist"),
    ([10] * 700, "listpack"),
    ([10] * 900, "quicklist"),
]


@pytest.mark.parametrize(("sizes", "encoding"), VECTORS)
def test_a_list_has_the_encoding_a_real_server_gives_it(sizes: list[int], encoding: str) -> None:
    assert pushed(kit_of(), *[b"x" * size for size in sizes]).encoding == encoding


@pytest.mark.parametrize("change", ["trim", "pop"])
def test_a_list_that_shrank_to_half_a_node_is_a_listpack_again(change: str) -> None:
    value = pushed(kit_of(), *[b"x" * 10] * 900)
    if change == "trim":
        value.delete(6, 894)
    else:
        for _ in range(700):
            value.pop_head()
    value.settle()
    assert value.encoding == "listpack"
    value.check()


def test_a_node_more_than_half_full_stays_a_quicklist() -> None:
    value = pushed(kit_of(4), *[b"x"] * 5)
    for expected in ("quicklist", "quicklist", "listpack"):
        value.pop_tail()
        value.settle()
        assert value.encoding == expected


def test_a_loaded_list_need_only_fit() -> None:
    pack = Listpack(Probe())
    pack.append(b"a", b"b", b"c")
    row = (False, pack.freeze())
    assert List.of_nodes([row], kit_of(3)).encoding == "listpack"
    assert List.of_nodes([row], kit_of(2)).encoding == "quicklist"
    assert List.of_nodes([row, row], kit_of()).items() == [b"a", b"b", b"c"] * 2
    loaded = List.of_nodes([(True, b"q" * 9)], kit_of())
    assert (loaded.encoding, loaded.items(), loaded.nodes()) == (
        "quicklist",
        [b"q" * 9],
        [(True, b"q" * 9)],
    )


def test_the_bytes_of_all_that_comes_are_counted_before_any_is_written() -> None:
    value = List(kit_of())
    value.expect([b"x" * 5000, b"y" * 5000])
    assert value.encoding == "quicklist"
    assert len(value) == 0


def test_a_number_moved_from_another_list_counts_no_bytes() -> None:
    value = pushed(kit_of(), b"x" * 8178)
    size = value.pack.size if value.pack else 0
    assert size == 8192
    value.expect_moved(b"12345")
    assert value.encoding == "listpack"
    value.expect_moved(b"x2345")
    assert value.encoding == "quicklist"


def test_a_conversion_says_why() -> None:
    seen: list[Event] = []
    kit = kit_of(2)
    value = pushed(kit, b"a", b"b")
    kit.probe.emit = seen.append
    value.expect([b"c"])
    kit.probe.emit = None
    assert seen[-1:] == [
        EncodingChanged("list", "listpack", "quicklist", "3 elements > 2, or too many bytes")
    ]


@pytest.fixture(params=[(-2, 0), (3, 0), (3, 1), (-1, 2)], ids=str)
def kit(request: pytest.FixtureRequest) -> Kit:
    return kit_of(*request.param)


@pytest.mark.parametrize("seed", range(8))
def test_a_list_behaves_as_a_plain_one(kit: Kit, seed: int) -> None:
    rng = Random(seed)
    value, model = List(kit), list[bytes]()
    for _ in range(250):
        element = rng.choice((b"a", b"b", b"77", b"long" * rng.randrange(1, 600)))
        change(value, model, element, rng)
        value.check()
        assert value.items() == model == list(value)
        assert list(value.backwards()) == model[::-1]
        index = rng.randrange(-5, 5)
        assert value.at(index) == (model[index] if -len(model) <= index < len(model) else None)
        assert value.find(element) == (model.index(element) if element in model else -1)
        thawed = List.thaw(value.freeze(), kit)
        assert thawed.freeze() == value.freeze() == value.copy(kit).freeze()


def change(value: List, model: list[bytes], element: bytes, rng: Random) -> None:
    kind = rng.randrange(8) if model else rng.randrange(2)
    index = rng.randrange(len(model)) if model else 0
    if kind in (0, 1, 2, 3):
        value.expect([element])
    match kind:
        case 0:
            value.push_head(element)
            model.insert(0, element)
        case 1:
            value.push_tail(element)
            model.append(element)
        case 2:
            after = rng.random() < 0.5
            value.insert(index, element, after=after)
            model.insert(index + after, element)
        case 3:
            assert value.replace(index, element)
            assert not value.replace(len(model), element)
            model[index] = element
        case 4:
            assert value.pop_head() == model.pop(0)
        case 5:
            assert value.pop_tail() == model.pop()
        case 6:
            count = min(rng.randrange(6), len(model) - index)
            value.delete(index, count)
            del model[index : index + count]
        case 7:
            limit, backwards = rng.randrange(3), rng.random() < 0.5
            assert value.remove(element, limit, backwards=backwards) == remove(
                model, element, limit, backwards
            )
    value.settle()


def remove(model: list[bytes], element: bytes, limit: int, backwards: bool) -> int:
    places = [place for place, other in enumerate(model) if other == element]
    if limit:
        places = places[-limit:] if backwards else places[:limit]
    for place in reversed(places):
        del model[place]
    return len(places)


def test_built_of_elements_it_is_as_if_they_had_been_pushed(kit: Kit) -> None:
    elements = [b"%d" % number * 9 for number in range(100)]
    built = List.built(kit, elements)
    built.check()
    assert built.items() == elements
    one_by_one = List(kit)
    for element in elements:
        one_by_one.expect([element])
        one_by_one.push_tail(element)
    assert built.freeze() == one_by_one.freeze()


def test_built_of_what_just_fills_a_node_it_stays_in_two() -> None:
    """A listpack that is pushed to may be some bytes fuller than a node of a quicklist."""
    elements = [b"a" * 4175, b"b" * 4000]
    assert pushed(kit_of(4), *elements).encoding == "listpack"
    assert List.built(kit_of(4), elements).encoding == "quicklist"
    assert List.built(kit_of(4), elements[:1]).encoding == "listpack"


def test_memory_counts_the_listpack_or_the_nodes() -> None:
    assert pushed(kit_of(), b"a").memory() == 16 + 16
    value = pushed(kit_of(1), b"a", b"b", b"c")
    assert value.memory() == 16 + 40 + 3 * (32 + 16)


@pytest.mark.parametrize("limit", [0, 1, 2, 9])
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("letters", ["", "a", "aaa", "bab", "abcabca"])
def test_who_watches_sees_each_entry_compared_and_the_same_ones_go(
    letters: str, backwards: bool, limit: int
) -> None:
    seen: list[Event] = []
    kit = kit_of(-2)
    elements = [bytes((letter,)) for letter in letters.encode()]
    plain, watched = pushed(kit, *elements), pushed(kit, *elements)
    gone = plain.remove(b"a", limit, backwards=backwards)
    kit.probe.emit = seen.append
    assert watched.remove(b"a", limit, backwards=backwards) == gone
    kit.probe.emit = None
    assert watched.freeze() == plain.freeze()
    matches = [event.matched for event in seen if isinstance(event, EntryVisited)]
    in_order = [letter == "a" for letter in (letters[::-1] if backwards else letters)]
    assert sum(matches) == gone
    assert matches == in_order[: len(matches)]
    assert len(matches) == len(in_order) or (limit == gone and matches[-1])
