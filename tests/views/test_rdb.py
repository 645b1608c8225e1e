"""A snapshot file under the microscope: every byte has a field, a record, and a key or none."""

from __future__ import annotations

import pytest

from redlearn.persistence.rdb_write import chunks
from redlearn.views.rdb import Book, Mark, look_at
from tests.views.showing import Showing

LINES = (
    "SET sess:1 hello", "SET n 1234567", "SET long " + "ab" * 60, "EXPIRE sess:1 60",
    "HSET h name ann age 41", "SADD ints 1 2 70000", "ZADD board 50 ann 20 bob", "RPUSH l a b c",
    "XADD st 1-1 f v", "SELECT 3", "SET elsewhere x",
)  # fmt: skip


def book(*lines: str) -> Book:
    show = Showing(*(lines or LINES))
    return Book("dump.rdb", b"".join(chunks(show.session.engine.state)))


def fields(of: Book, key: bytes, db: int = 0) -> list[tuple[str, str]]:
    number = of.number_at(of.place_of(key, db))
    return [(mark.name, mark.says) for mark in of.marks_of(number)]


def test_every_byte_of_a_file_belongs_to_one_field_and_no_byte_to_two() -> None:
    opened = book()
    covered: list[int] = []
    for number in range(len(opened)):
        for mark in opened.marks_of(number):
            covered += range(mark.start, mark.stop)
    assert covered == list(range(len(opened.data)))
    assert opened.fault == ""


def test_a_string_is_read_from_its_type_to_its_text() -> None:
    assert fields(book("SET sess:1 hello"), b"sess:1") == [
        ("type", "0"),
        ("length of key", "6 bytes follow"),
        ("key", "sess:1"),
        ("length of value", "5 bytes follow"),
        ("value", "hello"),
    ]


def test_an_end_stands_before_the_type_and_belongs_to_the_key() -> None:
    opened = book("SET k v PX 60000")
    place = opened.place(opened.place_of(b"k"))
    assert place.key == b"k"
    assert ("opcode", "fc, the millisecond when the next key ends follows") in fields(opened, b"k")
    assert ("expires at, ms", "1700000060000") in fields(opened, b"k")


def test_a_number_says_that_it_is_one() -> None:
    assert ("value", "1234567") in fields(book("SET n 1234567"), b"n")


def test_what_is_squeezed_stays_whole_and_says_how_much_it_saved() -> None:
    names = [name for name, _ in fields(book(), b"long")]
    assert any(name.startswith("value, LZF, 120 bytes in") for name in names)


def test_a_listpack_is_opened_entry_by_entry() -> None:
    found = fields(book(), b"h")
    assert ("listpack, its entries", "4") in found
    assert [says.split()[0] for name, says in found if name.startswith("entry")] == [
        "name", "ann", "age", "41",
    ]  # fmt: skip
    assert found[-1] == ("end of the listpack", "ff")


def test_an_intset_is_opened_number_by_number() -> None:
    found = fields(book(), b"ints")
    assert ("width of a number", "4 bytes") in found
    assert [says for name, says in found if name.startswith("number ")] == ["1", "2", "70000"]


def test_from_a_byte_to_its_key_and_from_the_key_back_to_the_byte() -> None:
    opened = book()
    for key, db in ((b"board", 0), (b"st", 0), (b"elsewhere", 3)):
        start = opened.place_of(key, db)
        place = opened.place(start + 1)
        assert (place.key, place.db) == (key, db)
    assert opened.place_of(b"elsewhere", 0) == -1
    assert opened.place_of(b"nosuch") == -1


def test_records_outside_of_keys_are_told_in_words() -> None:
    opened = book()
    texts = [opened.place(at).record for at in range(len(opened.data))]
    assert texts[0] == "the beginning: a file of version 10"
    assert "about the file: redis-bits = 64" in texts
    assert "the keys of database 3 follow" in texts
    assert "8 keys will follow, 1 of them with an end" in texts
    assert texts[-1].startswith("the end, and the checksum ")


def test_the_window_holds_the_cursor_and_stays_inside_the_file() -> None:
    opened = book()
    for cursor in range(0, len(opened.data), 7):
        view = look_at(opened, cursor, 5)
        assert view.first <= cursor < view.first + len(view.data)
        assert view.data == opened.data[view.first : view.first + len(view.data)]
        assert view.place is not None
        assert view.place.mark in view.marks
    assert look_at(opened, 10**9, 5).place == opened.place(len(opened.data) - 1)
    assert look_at(opened, -5, 5).first == 0


def test_a_damaged_file_is_readable_up_to_the_fault() -> None:
    whole = book()
    cut = Book("dump.rdb", whole.data[:-20])
    assert cut.fault.startswith("at byte ")
    last = cut.place(len(cut.data) - 1)
    assert last.number == -1
    assert last.record == "behind what can be read"


@pytest.mark.parametrize("data", [b"", b"REDIS", b"not a snapshot", b"\x00" * 300])
def test_what_is_no_snapshot_is_bytes_and_a_reason(data: bytes) -> None:
    view = look_at(Book("x", data), 3, 4)
    assert view.fault
    assert view.data == data[: len(view.data)]
    assert view.marks == ()


def test_bytes_of_others_are_shown_escaped() -> None:
    show = Showing()
    show(b"SET", b"\x1b]0;x", b"\x07")
    opened = Book("dump.rdb", b"".join(chunks(show.session.engine.state)))
    assert ("key", "\\x1b]0;x") in fields(opened, b"\x1b]0;x")
    assert isinstance(opened.marks_of(0)[0], Mark)
