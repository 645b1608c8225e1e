"""A tracer reads as a reader does, and notes what stood where."""

from __future__ import annotations

import pytest

from redlearn.engine.payload import BadPayload
from redlearn.engine.payload.wire import write_string
from redlearn.persistence.rdb_fields import Field, Tracer


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (b"hello", "1 + 5 bytes"),
        (bytes(range(100)), "2 + 100 bytes"),
        (b"12", "a number of 8 bits"),
        (b"-300", "a number of 16 bits"),
        (b"70000", "a number of 32 bits"),
        (b"a" * 100, "LZF, 100 bytes in 9"),
        (b"", "1 + 0 bytes"),
    ],
)
def test_a_string_tells_in_which_form_it_is_written(text: bytes, form: str) -> None:
    out = bytearray()
    write_string(out, text)
    trace = Tracer(bytes(out))
    assert trace.string("name") == text
    assert trace.fields == [Field(0, len(out), "name", text, form)]


@pytest.mark.parametrize(
    ("data", "length", "form"),
    [("05", 5, "1 byte"), ("41 2c", 300, "2 bytes"), ("80 00 01 00 00", 65536, "5 bytes"),
     ("81 00 00 00 01 00 00 00 00", 1 << 32, "9 bytes")],
)  # fmt: skip
def test_a_length_tells_how_many_bytes_it_took(data: str, length: int, form: str) -> None:
    trace = Tracer(bytes.fromhex(data))
    assert trace.length("n") == length
    assert trace.fields[0].form == form


def test_numbers_are_read_with_their_low_byte_first() -> None:
    trace = Tracer(bytes.fromhex("01 02 00 00 ff ff ff ff 000000000000f03f 03 31 2e 35"))
    assert trace.moment("a", 4) == 0x201
    assert trace.moment("b", 4) == -1
    assert trace.double("c") == 1.0
    assert trace.text_double("d") == 1.5
    assert [field.name for field in trace.fields] == ["a", "b", "c", "d"]
    assert trace.at == trace.fields[-1].end == 20


def test_nothing_is_kept_where_nobody_wants_it() -> None:
    trace = Tracer(b"\x01a\x05\x02", keeps=False)
    assert (trace.string("s"), trace.length("n"), trace.byte("b")) == (b"a", 5, 2)
    assert trace.fields == []


def test_it_begins_where_it_is_told_and_never_leaves_the_bytes() -> None:
    trace = Tracer(b"xxx\x03ab", 3)
    with pytest.raises(BadPayload, match="3 bytes were promised, 2 are left"):
        trace.string("s")
    with pytest.raises(BadPayload):
        Tracer(b"\x7f\xff").count("n", 2)
    with pytest.raises(BadPayload):
        Tracer(b"\x01").raw("r", 2)
