"""The quicklist: where its nodes begin and end, and what it holds."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.quicklist import HEAD, TAIL, Quicklist
from redlearn.engine.structures.quicklist_steps import NodeRead
from redlearn.probe import Event, Probe


def quicklist_of(*nodes: str, fill: int = 3, depth: int = 0) -> Quicklist:
    """Each node is a word: its letters are the elements. A plain node is a word in capitals."""
    made = Quicklist(fill, depth, Probe())
    for word in nodes:
        if word.isupper():
            made.append_plain(word.encode() * 9000)
        else:
            pack = Listpack(Probe())
            pack.append(*[letter.encode() for letter in word])
            made.append_pack(pack)
    made.check()
    return made


def shown(quicklist: Quicklist) -> list[str]:
    """The nodes, in the notation of `quicklist_of`."""
    quicklist.check()
    words = []
    for node in quicklist.nodes():
        if node.plain:
            words.append(chr(node.raw[0]))
        else:
            words.append(b"".join(Listpack.thaw(node.raw, Probe())).decode())
    return words


def test_pushing_fills_a_node_before_it_makes_another() -> None:
    made = Quicklist(3, 0, Probe())
    for letter in b"defgh":
        made.push_tail(bytes((letter,)))
    for letter in b"cba":
        made.push_head(bytes((letter,)))
    assert shown(made) == ["abc", "def", "gh"]


LARGE = b"X" * 9000


@pytest.mark.parametrize(
    ("before", "change", "after"),
    [
        # Into the node itself.
        (["ab", "cd"], lambda q: q.insert(0, b"x", after=True), ["axb", "cd"]),
        (["ab", "cd"], lambda q: q.insert(0, b"x", after=False), ["xab", "cd"]),
        (["ab", "cd"], lambda q: q.insert(1, b"x", after=True), ["abx", "cd"]),
        # At the edge of a full node: into the neighbour, or between the two.
        (["abc", "de"], lambda q: q.insert(2, b"x", after=True), ["abc", "xde"]),
        (["ab", "cde"], lambda q: q.insert(2, b"x", after=False), ["abx", "cde"]),
        (["abc", "def"], lambda q: q.insert(2, b"x", after=True), ["abc", "x", "def"]),
        (["abc", "def"], lambda q: q.insert(3, b"x", after=False), ["abc", "x", "def"]),
        (["abc"], lambda q: q.insert(0, b"x", after=False), ["x", "abc"]),
        # In the middle of a full node: it is split, and neighbours are joined again.
        (["abc", "def"], lambda q: q.insert(1, b"x", after=True), ["ab", "xc", "def"]),
        (["abc", "def"], lambda q: q.insert(1, b"x", after=False), ["ax", "bc", "def"]),
        (["abc", "d", "e"], lambda q: q.insert(0, b"x", after=True), ["a", "xbc", "d", "e"]),
        (["abc", "d"], lambda q: q.insert(1, b"x", after=True), ["ab", "xcd"]),
        (["a", "b", "cde"], lambda q: q.insert(3, b"x", after=False), ["a", "bcx", "de"]),
        # A large element has a node of its own.
        (["ab", "cd"], lambda q: q.insert(0, LARGE, after=True), ["a", "X", "b", "cd"]),
        (["ab", "cd"], lambda q: q.insert(1, LARGE, after=False), ["a", "X", "b", "cd"]),
        (["ab", "cd"], lambda q: q.insert(1, LARGE, after=True), ["ab", "X", "cd"]),
        (["ab", "Q"], lambda q: q.insert(2, LARGE, after=True), ["ab", "Q", "X"]),
        (["ab", "Q"], lambda q: q.insert(2, b"x", after=False), ["abx", "Q"]),
        (["ab", "Q"], lambda q: q.insert(2, b"x", after=True), ["ab", "Q", "x"]),
        (["ab"], lambda q: q.push_head(LARGE), ["X", "ab"]),
        (["Q"], lambda q: q.push_tail(b"x"), ["Q", "x"]),
        # Replacing.
        (["abc", "d"], lambda q: q.replace(1, b"x"), ["axc", "d"]),
        (["abc", "d"], lambda q: q.replace(1, LARGE), ["a", "X", "cd"]),
        (["abc", "d"], lambda q: q.replace(2, LARGE), ["ab", "X", "d"]),
        (["a", "b"], lambda q: q.replace(0, LARGE), ["X", "b"]),
        (["ab", "Q", "cd"], lambda q: q.replace(2, LARGE), ["ab", "X", "cd"]),
        (["ab", "Q", "cd"], lambda q: q.replace(2, b"x"), ["ab", "xcd"]),
        (["ab", "Q"], lambda q: q.replace(2, b"x"), ["ab", "x"]),
        # Deleting joins nothing.
        (["abc", "def", "ghi"], lambda q: q.delete(1, 7), ["a", "i"]),
        (["abc", "Q", "def"], lambda q: q.delete(2, 2), ["ab", "def"]),
        (["abc", "def"], lambda q: q.delete(0, 6), []),
        (["abc", "def"], lambda q: q.delete(3, 0), ["abc", "def"]),
        (["aba", "aca"], lambda q: q.remove(b"a", 0, backwards=False), ["b", "c"]),
        (["aba", "aca"], lambda q: q.remove(b"a", 3, backwards=False), ["b", "ca"]),
        (["aba", "aca"], lambda q: q.remove(b"a", 3, backwards=True), ["ab", "c"]),
        (["aa", "b"], lambda q: q.remove(b"a", 2, backwards=True), ["b"]),
        (["a", "bc"], lambda q: q.pop(HEAD), ["bc"]),
        (["ab", "Q"], lambda q: q.pop(TAIL), ["ab"]),
    ],
)
def test_each_change_leaves_the_nodes_that_redis_leaves(
    before: list[str], change: Callable[[Quicklist], object], after: list[str]
) -> None:
    quicklist = quicklist_of(*before)
    change(quicklist)
    assert shown(quicklist) == after


def test_pops_give_the_ends() -> None:
    quicklist = quicklist_of("ab", "Q", "cd")
    assert [quicklist.pop(HEAD), quicklist.pop(TAIL), quicklist.pop(TAIL)] == [b"a", b"d", b"c"]
    assert quicklist.pop(TAIL) == b"Q" * 9000
    assert quicklist.pop(TAIL) == b"b"
    assert len(quicklist) == 0 and shown(quicklist) == []


@pytest.mark.parametrize("depth", [0, 1])
def test_every_index_and_every_range_can_be_read(depth: int) -> None:
    whole = [b"%d" % number * 20 for number in range(60)]
    quicklist = Quicklist(4, depth, Probe())
    for element in whole:
        quicklist.push_tail(element)
    quicklist.check()
    assert [quicklist.at(index) for index in range(60)] == whole == list(quicklist)
    assert list(quicklist.backwards()) == whole[::-1]
    for start in range(0, 60, 7):
        assert quicklist.slice(start, 9) == whole[start : start + 9]
    assert quicklist.slice(3, 0) == []


def squeezed(quicklist: Quicklist) -> str:
    """A letter for each node: `c` for compressed, `r` for raw."""
    return "".join("r" if node.squeezed is None else "c" for node in quicklist.nodes())


@pytest.mark.parametrize(
    ("depth", "forms"), [(0, "rrrrrr"), (1, "rccccr"), (2, "rrccrr"), (3, "rrrrrr"), (9, "rrrrrr")]
)
def test_all_but_the_nodes_near_the_ends_are_compressed(depth: int, forms: str) -> None:
    quicklist = Quicklist(2, depth, Probe())
    for _ in range(12):
        quicklist.push_tail(b"hello " * 20)
    assert squeezed(quicklist) == forms
    quicklist.check()


def test_a_compressed_node_is_again_compressed_after_a_change() -> None:
    quicklist = Quicklist(4, 1, Probe())
    for _ in range(16):
        quicklist.push_tail(b"hello " * 20)
    assert squeezed(quicklist) == "rccr"
    quicklist.replace(5, b"other " * 20)
    assert quicklist.at(5) == b"other " * 20
    quicklist.delete(6, 1)
    quicklist.insert(5, b"third " * 20, after=True)
    assert squeezed(quicklist) == "rccr"
    assert quicklist.slice(5, 2) == [b"other " * 20, b"third " * 20]
    quicklist.delete(0, 4)
    assert squeezed(quicklist) == "rcr"  # what became the head was expanded
    quicklist.check()


def test_small_nodes_are_not_compressed() -> None:
    quicklist = quicklist_of("abc", "def", "ghi", "jkl", depth=1)
    assert squeezed(quicklist) == "rrrr"


@pytest.mark.parametrize("depth", [0, 1])
def test_thawed_it_has_the_same_nodes(depth: int) -> None:
    quicklist = quicklist_of("abc", "d", "Q", "ef", "gh", depth=depth)
    quicklist.insert(4, b"hello " * 30, after=True)
    thawed = Quicklist.thaw(quicklist.freeze(), Probe())
    thawed.check()
    assert thawed.freeze() == quicklist.freeze()
    assert shown(thawed) == shown(quicklist)
    assert squeezed(thawed) == squeezed(quicklist)


def test_settings_beyond_their_bounds_are_taken_for_the_bounds() -> None:
    assert Quicklist(-9, 0, Probe()).fill == -5
    assert Quicklist(10**6, 10**6, Probe()).fill == 32767
    assert Quicklist(10**6, 10**6, Probe()).depth == 65535


@pytest.mark.parametrize("seed", range(10))
def test_watching_changes_nothing(seed: int) -> None:
    """The same changes, watched and not, end in the same nodes."""
    seen: list[Event] = []
    frozen = []
    for emit in (None, seen.append):
        rng = Random(seed)
        quicklist = Quicklist(rng.choice((2, 3, -1)), rng.choice((0, 1)), Probe(emit))
        for _ in range(200):
            change_somehow(quicklist, rng)
        quicklist.check()
        frozen.append(quicklist.freeze())
    assert frozen[0] == frozen[1]
    assert seen


def change_somehow(quicklist: Quicklist, rng: Random) -> None:
    data = rng.choice((b"a", b"b", b"%d" % rng.randrange(9999), b"z" * rng.randrange(9000)))
    if not len(quicklist) or rng.random() < 0.3:
        (quicklist.push_head if rng.random() < 0.5 else quicklist.push_tail)(data)
        return
    index = rng.randrange(len(quicklist))
    match rng.randrange(5):
        case 0 | 1:
            quicklist.insert(index, data, after=rng.random() < 0.5)
        case 2:
            quicklist.replace(index, data)
        case 3:
            quicklist.delete(index, min(rng.randrange(3), len(quicklist) - index))
        case 4:
            quicklist.remove(data, rng.randrange(3), backwards=rng.random() < 0.5)


@pytest.mark.parametrize(
    ("limit", "backwards", "read"),
    [
        (2, False, [(0, 0, 3), (1, 0, 2)]),
        (2, True, [(3, 0, 1), (2, 0, 3), (1, 1, 2)]),
        (0, False, [(0, 0, 3), (1, 0, 3), (2, 0, 3), (3, 0, 1)]),
    ],
)
def test_a_removal_is_told_node_by_node_as_far_as_it_read(
    limit: int, backwards: bool, read: list[tuple[int, int, int]]
) -> None:
    quicklist = quicklist_of("xab", "cxd", "exf", "g")
    seen: list[Event] = []
    quicklist._probe.emit = seen.append
    quicklist.remove(b"x", limit, backwards=backwards)
    steps = [step for step in seen if isinstance(step, NodeRead)]
    assert [(step.at, step.inside, step.count) for step in steps] == read
