"""Whatever a terminal sends becomes text: no bytes end the reader, no escape ends a paste."""

from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser

from redlearn.tui.pasted import BEGIN, END, TerminalDecoder, visible


def read(*pieces: bytes) -> list[str]:
    """What Textual makes of these pieces: keys by name, pastes as their text."""
    decoder, parser = TerminalDecoder(), XTermParser()
    texts = filter(None, [decoder.decode(piece) for piece in pieces])
    told = [each for text in texts for each in parser.feed(text)]
    told += parser.feed("a")  # a paste is told of when something follows it
    found = [
        each.text if isinstance(each, events.Paste) else each.key
        for each in told
        if isinstance(each, events.Paste | events.Key)
    ]
    return found[:-1]


def pasted(data: bytes) -> bytes:
    return BEGIN.encode() + data + END.encode()


def test_bytes_that_are_no_utf8_are_replaced_by_text_that_names_them() -> None:
    assert read(pasted(b"a\xff\xfe b")) == ["a\\xff\\xfe b"]


def test_an_escape_in_a_paste_does_not_end_it() -> None:
    assert read(pasted(b"a\r\x1b]0;title\x07b\rc")) == ["a\r\\x1b]0;title\x07b\rc"]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8])
def test_marks_and_characters_may_arrive_in_pieces(size: int) -> None:
    sent = b"x" + pasted("\x1b\u20ac\x1b[20".encode()) + b"y" + pasted(b"\x1b[201") + b"z"
    pieces = [sent[at : at + size] for at in range(0, len(sent), size)]
    assert read(*pieces) == ["x", "\\x1b\u20ac\\x1b[20", "y", "\\x1b[201", "z"]


def test_what_is_typed_is_left_alone() -> None:
    decoder = TerminalDecoder()
    assert decoder.decode(b"\x1b") == "\x1b"
    assert decoder.decode(b"[A\xc3") == "[A"
    assert decoder.decode(b"\xa4\x1bOP") == "\u00e4\x1bOP"


def test_control_characters_are_written_out_but_tabs_and_ends_of_lines() -> None:
    assert visible("a\x1b\x07\x9b\tb\r\nc\x7f") == "a\\x1b\\x07\\x9b\tb\r\nc\\x7f"
