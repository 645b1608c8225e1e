"""The radix tree: its shape, its order, and how it grows and shrinks."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.radix import Node, RadixTree
from redlearn.probe import Probe


def tree_of(*keys: bytes) -> RadixTree[bytes]:
    tree: RadixTree[bytes] = RadixTree(Probe())
    for key in keys:
        tree.insert(key, b"<" + key + b">")
        tree.check()
    return tree


def shape(tree: RadixTree[bytes]) -> str:
    """The tree in one line: runs in quotes, branches in brackets, a star behind a key."""
    return shape_of(tree.root)


def shape_of(node: Node) -> str:
    star = "*" if node.is_key else ""
    text = node.label.decode("latin-1")
    if node.compressed:
        return f'{star}"{text}"{shape_of(node.children[0])}'
    return f"{star}[{text}]" + "".join(f"({shape_of(child)})" for child in node.children)


def keys(tree: RadixTree[bytes]) -> list[bytes]:
    return [key for key, _ in tree]


def test_a_new_tree_is_one_empty_node() -> None:
    tree = tree_of()
    assert (tree.keys, tree.nodes, shape(tree)) == (0, 1, "[]")
    assert tree.first() is None and tree.last() is None


def test_what_was_inserted_is_found_and_nothing_else() -> None:
    tree = tree_of(b"foo", b"footer", b"")
    assert tree.find(b"footer") == b"<footer>"
    assert tree.find(b"") == b"<>"
    assert [tree.find(key) for key in (b"fo", b"foot", b"footers", b"x")] == [None] * 4
    assert b"foo" in tree and b"fo" not in tree


def test_an_insert_under_a_known_key_replaces_the_value() -> None:
    tree = tree_of(b"foo")
    assert tree.insert(b"foo", b"new") is False
    assert (tree.find(b"foo"), len(tree)) == (b"new", 1)


@pytest.mark.parametrize(
    ("inserted", "shaped", "nodes"),
    [
        ((b"a",), "[a](*[])", 2),
        ((b"foo",), '"foo"*[]', 2),
        ((b"foo", b"foobar"), '"foo"*"bar"*[]', 3),
        ((b"footer", b"foo"), '"foo"*"ter"*[]', 3),
        ((b"footer", b"foobar"), '"foo"[bt]("ar"*[])("er"*[])', 6),
        ((b"footer", b"xyz"), '[fx]("ooter"*[])("yz"*[])', 5),
        ((b"ab", b"ac"), "[a]([bc](*[])(*[]))", 4),
        ((b"foo", b"fox"), '"fo"[ox](*[])(*[])', 4),
        ((b"foo", b"foobar", b"footer"), '"foo"*[bt]("ar"*[])("er"*[])', 6),
        ((b"b", b"c", b"a"), "[abc](*[])(*[])(*[])", 4),
    ],
)
def test_where_a_key_leaves_a_run_decides_how_it_is_cut(
    inserted: tuple[bytes, ...], shaped: str, nodes: int
) -> None:
    tree = tree_of(*inserted)
    assert (shape(tree), tree.nodes) == (shaped, nodes)


@pytest.mark.parametrize(
    ("inserted", "removed", "shaped"),
    [
        ((b"foo",), b"foo", "[]"),
        ((b"foo", b"foobar"), b"foobar", '"foo"*[]'),
        ((b"footer", b"foobar"), b"foobar", '"footer"*[]'),
        ((b"a", b"ab"), b"a", '"ab"*[]'),
        ((b"abc", b"abd", b"x"), b"abd", '[ax]("bc"*[])(*[])'),
        ((b"", b"x"), b"x", "*[]"),
    ],
)
def test_a_removal_joins_what_has_one_way_again(
    inserted: tuple[bytes, ...], removed: bytes, shaped: str
) -> None:
    tree = tree_of(*inserted)
    assert tree.remove(removed) == b"<" + removed + b">"
    tree.check()
    assert shape(tree) == shaped


def test_a_run_that_is_no_key_any_more_is_left_alone_as_in_redis() -> None:
    tree = tree_of(b"foo", b"foobar")
    tree.remove(b"foo")
    assert shape(tree) == '"foo""bar"*[]'


def test_removing_what_is_not_there_changes_nothing() -> None:
    tree = tree_of(b"foo", b"foobar")
    for key in (b"", b"fo", b"foob", b"foobars", b"x"):
        assert tree.remove(key) is None
    assert (keys(tree), tree.nodes) == ([b"foo", b"foobar"], 3)


def test_keys_come_in_the_order_of_their_bytes() -> None:
    tree = tree_of(b"b", b"a\xff", b"a", b"", b"a\x00", b"abc")
    assert keys(tree) == [b"", b"a", b"a\x00", b"abc", b"a\xff", b"b"]
    assert [key for key, _ in tree.descending()] == keys(tree)[::-1]
    assert tree.first() == (b"", b"<>")
    assert tree.last() == (b"b", b"<b>")


@pytest.mark.parametrize("start", [b"", b"a", b"ab", b"abd", b"abz", b"b", b"foo", b"fooz", b"z"])
def test_a_walk_may_begin_anywhere(start: bytes) -> None:
    held = sorted((b"a", b"abc", b"abd", b"foo", b"foobar", b"footer", b"x"))
    tree = tree_of(*held)
    assert [key for key, _ in tree.ascending(start)] == [key for key in held if key >= start]
    below = [key for key in held if key <= start]
    assert [key for key, _ in tree.descending(start)] == below[::-1]


@pytest.mark.parametrize("seed", range(40))
def test_random_inserts_and_removals_agree_with_a_dictionary(seed: int) -> None:
    rng = Random(seed)
    tree, model = tree_of(), dict[bytes, bytes]()
    letters = rng.choice((b"ab", b"abcd", b"\x00\xff"))
    for _ in range(80):
        key = bytes(rng.choices(letters, k=rng.randrange(8)))
        if rng.random() < 0.6:
            assert tree.insert(key, key) == (key not in model)
            model[key] = key
        else:
            assert tree.remove(key) == model.pop(key, None)
        tree.check()
    assert list(tree) == sorted(model.items())


def test_a_thawed_tree_has_the_same_shape_even_one_that_inserts_would_not_give() -> None:
    tree = tree_of(b"foo", b"foobar", b"fox", b"")
    tree.remove(b"foo")
    frozen = tree.freeze(lambda value: value + b"!")
    again = RadixTree.thaw(frozen, lambda key, value: key + value, Probe())
    again.check()
    assert shape(again) == shape(tree)
    assert again.find(b"fox") == b"fox<fox>!"
    assert again.freeze(lambda value: value)[0][:3] == frozen[0][:3]


def test_a_very_deep_tree_needs_no_recursion() -> None:
    tree = tree_of()
    for size in range(3000):
        tree.insert(b"a" * size, b"v")
    again = RadixTree.thaw(tree.freeze(lambda value: value), lambda key, value: value, Probe())
    again.check()
    assert len(list(again)) == len(list(again.descending())) == 3000


def test_watching_changes_nothing() -> None:
    quiet, watched = tree_of(), tree_of()
    watched._probe.emit = lambda event: None
    rng = Random(3)
    for _ in range(300):
        key = bytes(rng.choices(b"ab", k=rng.randrange(8)))
        for tree in (quiet, watched):
            tree.remove(key) or tree.insert(key, key)
    assert shape(quiet) == shape(watched)
