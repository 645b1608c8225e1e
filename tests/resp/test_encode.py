"""Replies on the wire, in both protocols."""

from __future__ import annotations

from typing import Any

import hiredis
import pytest

from redlearn.resp.encode import (
    encode,
    encode_command,
    encode_commands,
    encode_into,
    line_bytes,
    opened,
    sent_as,
)
from redlearn.resp.reply import (
    NULL_ARRAY,
    OK,
    PONG,
    QUEUED,
    BigNumber,
    Failure,
    Members,
    Pairs,
    Precise,
    Push,
    Reply,
    Status,
    Verbatim,
)


@pytest.mark.parametrize(
    ("reply", "resp2", "resp3"),
    [
        (b"foo", b"$3\r\nfoo\r\n", b"$3\r\nfoo\r\n"),
        (b"", b"$0\r\n\r\n", b"$0\r\n\r\n"),
        (b"\r\n\x00", b"$3\r\n\r\n\x00\r\n", b"$3\r\n\r\n\x00\r\n"),
        (7, b":7\r\n", b":7\r\n"),
        (-(2**63), b":-9223372036854775808\r\n", b":-9223372036854775808\r\n"),
        (2.5, b"$3\r\n2.5\r\n", b",2.5\r\n"),
        (3.0, b"$1\r\n3\r\n", b",3\r\n"),
        (float("-inf"), b"$4\r\n-inf\r\n", b",-inf\r\n"),
        (Precise(0.1), b"$19\r\n0.10000000000000001\r\n", b",0.10000000000000001\r\n"),
        (Precise(-3.0), b"$2\r\n-3\r\n", b",-3\r\n"),
        ([Precise(1.5)], b"*1\r\n$3\r\n1.5\r\n", b"*1\r\n,1.5\r\n"),
        (True, b":1\r\n", b"#t\r\n"),
        (False, b":0\r\n", b"#f\r\n"),
        (None, b"$-1\r\n", b"_\r\n"),
        (NULL_ARRAY, b"*-1\r\n", b"_\r\n"),
        (OK, b"+OK\r\n", b"+OK\r\n"),
        (PONG, b"+PONG\r\n", b"+PONG\r\n"),
        (QUEUED, b"+QUEUED\r\n", b"+QUEUED\r\n"),
        (Status("stream"), b"+stream\r\n", b"+stream\r\n"),
        (Failure("ERR no"), b"-ERR no\r\n", b"-ERR no\r\n"),
        (Verbatim(b"some"), b"$4\r\nsome\r\n", b"=8\r\ntxt:some\r\n"),
        (Verbatim(b"# x", "mkd"), b"$3\r\n# x\r\n", b"=7\r\nmkd:# x\r\n"),
        (
            BigNumber(-(10**20)),
            b"$22\r\n-100000000000000000000\r\n",
            b"(-100000000000000000000\r\n",
        ),
        ([], b"*0\r\n", b"*0\r\n"),
        ([1, b"a"], b"*2\r\n:1\r\n$1\r\na\r\n", b"*2\r\n:1\r\n$1\r\na\r\n"),
        ([None, NULL_ARRAY], b"*2\r\n$-1\r\n*-1\r\n", b"*2\r\n_\r\n_\r\n"),
        ({b"k": 1.5}, b"*2\r\n$1\r\nk\r\n$3\r\n1.5\r\n", b"%1\r\n$1\r\nk\r\n,1.5\r\n"),
        ({}, b"*0\r\n", b"%0\r\n"),
        (Members([b"m"]), b"*1\r\n$1\r\nm\r\n", b"~1\r\n$1\r\nm\r\n"),
        (Push([b"p"]), b"*1\r\n$1\r\np\r\n", b">1\r\n$1\r\np\r\n"),
        (
            Pairs([(b"m", 1.5)]),
            b"*2\r\n$1\r\nm\r\n$3\r\n1.5\r\n",
            b"*1\r\n*2\r\n$1\r\nm\r\n,1.5\r\n",
        ),
        (Pairs(), b"*0\r\n", b"*0\r\n"),
        (
            [[], [[1], 2]],
            b"*2\r\n*0\r\n*2\r\n*1\r\n:1\r\n:2\r\n",
            b"*2\r\n*0\r\n*2\r\n*1\r\n:1\r\n:2\r\n",
        ),
        (
            [{b"a": Members([b"b"])}, Failure("ERR x"), True],
            b"*3\r\n*2\r\n$1\r\na\r\n*1\r\n$1\r\nb\r\n-ERR x\r\n:1\r\n",
            b"*3\r\n%1\r\n$1\r\na\r\n~1\r\n$1\r\nb\r\n-ERR x\r\n#t\r\n",
        ),
    ],
)
def test_each_kind_of_reply_has_its_form_in_each_protocol(
    reply: Reply, resp2: bytes, resp3: bytes
) -> None:
    assert encode(reply, 2) == resp2
    assert encode(reply, 3) == resp3


@pytest.mark.parametrize("size", [255, 256, 257, 70_000])
def test_long_strings_and_long_arrays_have_true_lengths(size: int) -> None:
    assert encode(b"x" * size) == b"$%d\r\n" % size + b"x" * size + b"\r\n"
    assert encode([b"x" * size]) == b"*1\r\n$%d\r\n" % size + b"x" * size + b"\r\n"
    assert encode([1] * size) == b"*%d\r\n" % size + b":1\r\n" * size


@pytest.mark.parametrize(
    "items",
    [
        [b"abc"] * 100,
        [b"abc", b"d", b"abc"],
        [b"abc", 5, b"abc"],
        [b"abc", [b"abc"], b"abc"],
        [b"abc", None, b"abc"],
        [b"abc", {b"a": b"b"}, b"abc"],
        [b"", b"", b""],
        [b"\r\n$3", b"\r\n$3", b"\r\n$3"],
        [b"x" * 1000] * 3,
        [[b"ab", b"cd", b"ef"]] * 3,
    ],
    ids=lambda items: repr(items)[:40],
)
@pytest.mark.parametrize("protocol", [2, 3])
def test_a_list_is_its_items_one_after_the_other(items: list[Reply], protocol: int) -> None:
    one_by_one = b"".join(encode(item, protocol) for item in items)
    assert encode(items, protocol) == b"*%d\r\n" % len(items) + one_by_one


def test_a_reply_nested_deeper_than_python_recurses_is_encoded() -> None:
    reply: Reply = []
    for _ in range(100_000):
        reply = [reply]
    assert encode(reply) == b"*1\r\n" * 100_000 + b"*0\r\n"


def test_a_big_number_may_have_more_digits_than_python_prints() -> None:
    assert encode(BigNumber(10**9999), 3) == b"(1" + b"0" * 9999 + b"\r\n"


@pytest.mark.parametrize("text", ["ERR a\r\nb", "ERR a\n\nb", "ERR a\r\rb"])
def test_line_breaks_cannot_end_an_error_early(text: str) -> None:
    assert encode(Failure(text)) == b"-ERR a  b\r\n"
    assert encode(Status(text)) == b"+ERR a  b\r\n"


def test_bytes_that_are_no_text_travel_through_errors_unchanged() -> None:
    quoted = b"\xff\xc3".decode("utf-8", "surrogateescape")
    assert line_bytes(f"ERR unknown command '{quoted}'") == b"ERR unknown command '\xff\xc3'"


def test_pieces_of_several_replies_are_collected_for_one_write() -> None:
    out: list[bytes] = []
    for reply in (1, [b"a"], None):
        encode_into(out, reply, 3)
    assert b"".join(out) == b":1\r\n*1\r\n$1\r\na\r\n_\r\n"


def test_pairs_are_encoded_as_they_are_opened() -> None:
    pairs = Pairs([(b"a", 1.0), (b"b", -0.0), (b"c", 1e100)])
    for protocol in (2, 3):
        mark, count, children = opened(pairs, protocol)
        assert encode(pairs, protocol) == b"%b%d\r\n" % (mark, count) + b"".join(
            encode(child, protocol) for child in children
        )


def test_what_is_no_reply_is_a_bug_of_ours() -> None:
    with pytest.raises(AssertionError, match="not a reply"):
        encode(object())  # type: ignore[arg-type]  # that is the point


@pytest.mark.parametrize("reply", [b"x", 1, None, OK])
def test_what_both_protocols_have_is_sent_as_it_is(reply: Reply) -> None:
    assert sent_as(reply, 2) is reply
    assert sent_as(reply, 3) is reply


NINES = 10**40 - 1


def read_by_hiredis(data: bytes) -> Any:
    reader = hiredis.Reader()
    reader.feed(data)
    return reader.gets()


def test_another_parser_reads_what_we_write() -> None:
    reply: Reply = [1, b"a", None, 2.5, True, {b"k": [b"v"]}, OK, Verbatim(b"t"), BigNumber(NINES)]
    assert read_by_hiredis(encode(reply, 3)) == [
        1, b"a", None, 2.5, True, {b"k": [b"v"]}, b"OK", b"t", b"%d" % NINES,
    ]  # fmt: skip
    assert read_by_hiredis(encode(reply, 2)) == [
        1, b"a", None, b"2.5", 1, [b"k", [b"v"]], b"OK", b"t", b"%d" % NINES,
    ]  # fmt: skip


def test_a_command_is_an_array_of_strings() -> None:
    assert encode_command([b"SET", b"", b"\r\n"]) == b"*3\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\n\r\n\r\n"
    assert encode_command([]) == b"*0\r\n"


def test_many_commands_are_each_of_them_one_behind_the_other() -> None:
    words = [b"", b"k", b"\r\n", b"x" * 255, b"x" * 256, b"x" * 5_000]
    commands = [[b"SET", key, value] for key in words for value in words]
    commands += [[], [b"DEL", b"k"], [b"x" * 256, b"k", b"v"], [b"MSET", *words]]
    assert encode_commands(commands) == b"".join(map(encode_command, commands))
    assert encode_commands([]) == b""
