"""One node: its limits, and its three forms."""

from __future__ import annotations

import doctest

import pytest

from redlearn.engine.structures import quicklist_node
from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.structures.quicklist_node import Node, between, elements_of, exceeds
from redlearn.probe import Probe


def pack_of(*items: bytes) -> Listpack:
    pack = Listpack(Probe())
    pack.append(*items)
    return pack


def test_the_examples_hold() -> None:
    assert doctest.testmod(quicklist_node).failed == 0


@pytest.mark.parametrize(
    ("fill", "size", "count", "answer"),
    [
        (-1, 4096, 9999, False),
        (-1, 4097, 1, True),
        (-2, 8193, 1, True),
        (-5, 65536, 1, False),
        (-99, 65537, 1, True),
        (3, 100, 3, False),
        (3, 100, 4, True),
        (3, 8193, 1, True),
        (0, 100, 1, False),
        (0, 100, 2, True),
    ],
)
def test_a_limit_is_in_bytes_or_in_elements(fill: int, size: int, count: int, answer: bool) -> None:
    assert exceeds(fill, size, count) is answer


def test_a_packed_node_can_be_squeezed_and_read_all_the_same() -> None:
    node = Node(pack_of(*[b"hello"] * 50), None)
    size = node.size
    assert node.squeeze()
    node.check()
    assert node.pack is None and node.squeezed is not None and len(node.squeezed) < 60
    assert (node.size, node.count) == (size, 50)
    assert elements_of(node, Probe(), 48, 9) == [b"hello", b"hello"]
    assert node.squeezed is not None  # reading expands nothing for good
    node.expand(Probe())
    node.check()
    assert node.pack is not None


def test_a_plain_node_can_be_squeezed_too() -> None:
    node = Node(None, b"ab" * 5000)
    assert node.squeeze()
    node.check()
    assert elements_of(node, Probe(), 0, 1) == [b"ab" * 5000]
    node.expand(Probe())
    assert node.element == b"ab" * 5000


@pytest.mark.parametrize("items", [[b"x" * 30], [bytes(range(250))]])
def test_a_node_is_left_alone_if_little_would_be_won(items: list[bytes]) -> None:
    node = Node(pack_of(*items), None)
    assert not node.squeeze()
    assert node.squeezed is None


@pytest.mark.parametrize("squeezed", [False, True])
@pytest.mark.parametrize("plain", [False, True])
def test_a_frozen_node_thaws_into_an_equal_one(plain: bool, squeezed: bool) -> None:
    node = Node(None, b"q" * 99) if plain else Node(pack_of(*[b"q" * 20] * 5), None)
    if squeezed:
        assert node.squeeze()
    thawed = Node.thaw(node.freeze(), Probe())
    thawed.check()
    assert thawed.freeze() == node.freeze()
    assert (thawed.plain, thawed.count, thawed.size) == (plain, node.count, node.size)


def test_a_few_elements_are_found_from_either_end() -> None:
    pack = pack_of(b"a", b"b", b"c", b"d")
    assert between(pack, 1, 2) == [b"b", b"c"]
    assert between(pack, 0, 9) == [b"a", b"b", b"c", b"d"]
    assert between(pack, 3, 5) == [b"d"]
