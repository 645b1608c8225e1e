"""Replies look as redis-cli prints them, coloured, and never too large for the screen."""

from __future__ import annotations

import time

import pytest

from redlearn.lines import plain
from redlearn.resp.reply import OK, Failure, Members, Pairs, Reply, Verbatim
from redlearn.resp.text import format_reply
from redlearn.tui.replies import BYTES_SHOWN, ITEMS_SHOWN, misspelt, reply_lines

SMALL: list[Reply] = [
    OK,
    7,
    None,
    b"text",
    b"\x00\x1b[31m",
    [b"a", [b"b", 1], None],
    {b"f": b"v", b"g": [1, 2]},
    Failure("ERR no"),
    Pairs([(b"ann", 50.0), (b"bob", 20.5)]),
    Members([b"x", b"y"]),
    Verbatim(b"some text"),
    [],
]


@pytest.mark.parametrize("protocol", [2, 3])
@pytest.mark.parametrize("reply", SMALL, ids=repr)
def test_small_replies_are_those_of_redis_cli(reply: Reply, protocol: int) -> None:
    assert plain(reply_lines(reply, protocol=protocol)) == "\n".join(
        row.rstrip() for row in format_reply(reply, protocol).removesuffix("\n").split("\n")
    )


@pytest.mark.parametrize(
    ("reply", "styles"),
    [
        (b"text", ["string"]),
        (7, ["number"]),
        (Failure("ERR no"), ["error"]),
        (None, ["dim"]),
        ([b"a", 1], ["label", "string", "label", "number"]),
        (OK, ["value"]),
        (b"(error) not one", ["string"]),
    ],
)
def test_values_are_coloured_by_what_they_are(reply: Reply, styles: list[str]) -> None:
    assert [run.style for row in reply_lines(reply) for run in row] == styles


def test_a_long_string_is_cut_and_the_rest_counted() -> None:
    *shown, notice = reply_lines(b"x" * 10_000_000)
    assert plain([notice]) == f"… {10_000_000 - BYTES_SHOWN:,} more bytes not shown"
    assert len(plain(shown)) == BYTES_SHOWN + 2


def test_a_long_list_is_cut_and_the_rest_counted() -> None:
    *shown, notice = reply_lines([b"m%d" % n for n in range(100_000)])
    assert len(shown) == ITEMS_SHOWN
    assert plain([notice]) == f"… {100_000 - ITEMS_SHOWN:,} more items not shown"


def test_items_of_inner_lists_count_too() -> None:
    lines = reply_lines([[b"x"] * 600 for _ in range(10)])
    assert len(lines) < ITEMS_SHOWN + 20
    assert "more items not shown" in plain(lines[-1:])


def test_ten_megabytes_take_no_time() -> None:
    began = time.monotonic()
    reply_lines([b"\xff" * 10_000_000, b"\n" * 10_000_000])
    assert time.monotonic() - began < 0.5


def test_a_deep_reply_is_no_trouble() -> None:
    reply: Reply = b"x"
    for _ in range(5000):
        reply = [reply]
    assert plain(reply_lines(reply)).count("1)") == 5000


def test_no_escape_reaches_the_screen() -> None:
    lines = reply_lines([b"\x1b[2J", Failure("ERR \x1b]0;x\x07")])
    assert "\x1b" not in plain(lines) and "\x07" not in plain(lines)


def test_a_misspelt_command_is_asked_about_below_its_error() -> None:
    unknown = Failure("ERR unknown command 'GTE', with args beginning with: 'k'")
    assert plain(misspelt(unknown, [b"GTE", b"k"])) == "Did you mean GET?"
    assert misspelt(unknown, [b"u"]) == ()
    assert misspelt(Failure("ERR syntax error"), [b"GTE"]) == ()
    assert misspelt(b"ERR unknown command", [b"GTE"]) == ()
