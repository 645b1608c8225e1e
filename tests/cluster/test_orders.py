"""What a coordinator reads of nodes, and how its orders look."""

from __future__ import annotations

import pytest

from redlearn.cluster.client import Address
from redlearn.cluster.orders import Book, Heed, Move, Order, Seen, migrate, read_nodes, set_slot

A, B, C = (letter * 40 for letter in (b"a", b"b", b"c"))
TEXT = (
    b"%b 127.0.0.1:7001@17001 myself,master - 0 0 1 connected 0-99 200 [5->-%b] [300-<-%b]\n"
    b"%b 127.0.0.1:7002@17002,name.example master,fail - 0 5 2 disconnected 100-199\n"
    b"%b :7003@17003 slave %b 0 5 1 connected\n" % (A, B, B, B, C, A)
)


def node(letter: bytes, slots: int = 0, **more: tuple[tuple[int, bytes], ...]) -> Seen:
    opened = {"migrating": (), "importing": (), **more}
    return Seen(letter * 40, Address("h", letter[0]), True, True, False, slots, **opened)


def test_a_node_tells_who_there_is_and_what_it_has_open() -> None:
    one, other, replica = read_nodes(TEXT, "10.0.0.1")
    assert (one.id, one.address, one.itself) == (A, Address("127.0.0.1", 7001), True)
    assert [slot for slot in range(400) if one.serves(slot)] == [*range(100), 200]
    assert (one.migrating, one.importing) == (((5, B),), ((300, B),))
    assert (one.sends(5), one.sends(300), one.takes(300), one.takes(5)) == (B, b"", B, b"")
    assert (other.primary, other.failed, other.itself) == (True, True, False)
    assert (replica.primary, replica.failed) == (False, False)
    assert replica.address == Address("10.0.0.1", 7003), "who does not know where it is was asked"


@pytest.mark.parametrize(
    "text", [b"", b"ERR no", b"a b c d e f g h i", b"a h:x@1 master - 0 0 1 c"]
)
def test_what_is_no_reply_to_the_question_has_no_nodes(text: bytes) -> None:
    assert read_nodes(text, "h") == []


def test_a_book_knows_what_nobody_serves_and_what_is_open() -> None:
    book = Book()
    for each in (node(b"a", 1 | 4, migrating=((2, B),)), node(b"b", 2, importing=((2, A), (9, A)))):
        book.nodes[each.id] = each
    assert book.uncovered() == list(range(3, 16384))
    assert book.open_slots() == [2, 9]
    book.claim(B, 3, served=True)
    book.claim(A, 0, served=False)
    assert book.uncovered()[:2] == [0, 4]
    assert book.at(Address("h", ord("b"))) == book.nodes[B]
    assert book.at(Address("h", 1)) is None


def test_a_book_of_whoever_has_all_slots_can_be_printed() -> None:
    everything = (1 << 16384) - 1
    book = Book({A: node(b"a", everything)}, maps={frozenset({(A, everything)})})
    assert repr(book).startswith(f"Book(nodes={{{A!r}: Seen(id={A!r}, ")


def test_a_copy_of_a_book_is_another_one() -> None:
    book = Book()
    book.nodes[A] = node(b"a")
    copy = book.copy()
    book.claim(A, 3, served=True)
    book.counts[3, A] = 5
    assert not copy.nodes[A].serves(3)
    assert copy.count(3, A) == 0


def test_an_order_is_printed_with_the_first_of_its_keys() -> None:
    source, target, move = node(b"a"), node(b"b"), Move(5, A, B)
    keys = tuple(b"k%d" % number for number in range(6))
    assert str(set_slot(source, 5, b"STABLE")) == "h:97: CLUSTER SETSLOT 5 STABLE"
    assert str(migrate(source, target, move, keys)) == (
        "h:97: MIGRATE h 98 '' 0 60000 KEYS k0 k1 k2 ... (3 more)"
    )
    nasty = Order(source.address, ((b"\x1b[2J",),), Heed.OK)
    assert str(nasty).isprintable()


def test_keys_are_moved_by_one_command_which_may_write_over_others() -> None:
    source, target = node(b"a"), node(b"b")
    order = migrate(source, target, Move(5, A, B), (b"k",), replace=True)
    assert order.commands == (
        (b"MIGRATE", b"h", b"98", b"", b"0", b"60000", b"REPLACE", b"KEYS", b"k"),
    )
    assert order.heed is Heed.GONE
