"""Bytes on the screen: rows, the field under the cursor, and the words below."""

from __future__ import annotations

from dataclasses import replace

import pytest

from redlearn.lines import Run, plain, width_of
from redlearn.panes.rdb import per_row, render, rows_for
from redlearn.persistence.rdb_write import chunks
from redlearn.views.rdb import Book, RdbView, look_at
from tests.views.showing import Showing


def book() -> Book:
    show = Showing("SET sess:1 hello", "ZADD board 50 ann 20 bob", "SET k v PX 60000")
    return Book("dump.rdb", b"".join(chunks(show.session.engine.state)))


def field_of(opened: Book, key: bytes, number: int) -> int:
    """Where a field of a key's record begins."""
    return opened.marks_of(opened.number_at(opened.place_of(key)))[number].start


def seen(key: bytes, width: int = 78, height: int = 11, into: int = 0) -> RdbView:
    opened = book()
    at = field_of(opened, key, into)
    return look_at(opened, at, rows_for(height), per_row(width))


def drawn(view: RdbView, width: int = 78, height: int = 11) -> list[str]:
    rows = render(view, width, height)
    assert len(rows) <= height
    assert all(width_of(row) <= width for row in rows)
    return plain(rows).splitlines()


def styled(view: RdbView, style: str, width: int = 78) -> list[Run]:
    return [run for row in render(view, width, 11) for run in row if run.style == style]


def test_rows_are_offset_bytes_and_letters() -> None:
    opened = book()
    rows = drawn(look_at(opened, 0, rows_for(11), 16))
    assert rows[1] == (
        f"00000000  {opened.data[:16].hex(' ')}  "
        + "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in opened.data[:16])
    )


def test_the_words_lead_from_the_byte_to_the_field_to_the_record() -> None:
    rows = drawn(seen(b"sess:1", into=2))
    assert rows[0].endswith(": 73")  # the s of sess:1
    assert rows[-2].startswith("field   key: sess:1   bytes ")
    assert rows[-1] == "record  the key sess:1: a string"


@pytest.mark.parametrize("width", [46, 60, 80])
def test_the_place_of_a_field_is_there_however_much_the_field_says(width: int) -> None:
    show = Showing("SET k v PX 60000", "SET text " + "long" * 30)
    opened = Book("dump.rdb", b"".join(chunks(show.session.engine.state, compress=False)))
    opcode = opened.place_of(b"k")
    rows = drawn(look_at(opened, opcode, rows_for(11), per_row(width)), width)
    assert rows[-2].startswith("field   opcode: fc, the ")
    assert rows[-2].endswith(f"   byte {opcode}")
    at = field_of(opened, b"text", 4)
    rows = drawn(look_at(opened, at, rows_for(11), per_row(width)), width)
    assert rows[-2].endswith(f"   bytes {at} to {at + 119}")


def test_the_field_is_marked_in_hex_and_in_letters_and_the_byte_stands_out() -> None:
    view = seen(b"sess:1", into=2)
    assert [run.text.strip() for run in styled(view, "hot")[1:]] == ["73", "s"]
    marked = [run.text.strip() for run in styled(view, "selected")]
    assert marked[:1] == ["65 73 73 3a 31"]
    assert marked[1:] == ["ess:1"]


def test_heads_text_numbers_and_entries_look_different() -> None:
    styles = {run.style for row in render(seen(b"board"), 78, 11) for run in row}
    assert {"byte.len", "byte.data", "byte.enc", "hot"} <= styles


def test_a_damaged_file_says_where() -> None:
    cut = Book("dump.rdb", book().data[:-12])
    rows = drawn(look_at(cut, 0, rows_for(11), 16))
    assert rows[-1].startswith("damaged at byte ")


def test_without_a_file_it_says_how_to_make_one() -> None:
    assert "SAVE or BGSAVE" in drawn(RdbView())[0]


@pytest.mark.parametrize(("width", "count"), [(20, 4), (44, 8), (76, 16), (78, 16), (140, 32)])
def test_as_many_bytes_a_row_as_fit(width: int, count: int) -> None:
    assert per_row(width) == count


@pytest.mark.parametrize("width", [0, 1, 12, 40, 78, 140, 198])
@pytest.mark.parametrize("height", [0, 1, 2, 3, 5, 11, 40])
def test_it_stays_within_its_cells(width: int, height: int) -> None:
    drawn(seen(b"board", max(width, 1), height), width, height)
    drawn(replace(seen(b"board"), fault="x" * 300), width, height)
