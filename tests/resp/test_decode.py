"""Requests and replies read from the wire, whole or in pieces."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from math import isnan
from random import Random

import pytest

from redlearn.resp.decode import (
    DEEPEST,
    LONGEST_BULK,
    LONGEST_LINE,
    LONGEST_STATUS,
    ProtocolError,
    ReplyDecoder,
    RequestDecoder,
)
from redlearn.resp.encode import encode, encode_command
from redlearn.resp.reply import (
    NULL_ARRAY,
    OK,
    BigNumber,
    Failure,
    Members,
    Push,
    Reply,
    Status,
    Verbatim,
)
from tests.oracle.servers import Connection, Server

COUNT_TOO_LONG = "ERR Protocol error: too big mbulk count string"
BULK_TOO_LONG = "ERR Protocol error: too big bulk count string"
INLINE_TOO_LONG = "ERR Protocol error: too big inline request"
BAD_COUNT = "ERR Protocol error: invalid multibulk length"
BAD_BULK = "ERR Protocol error: invalid bulk length"
UNBALANCED = "ERR Protocol error: unbalanced quotes in request"


def commands(
    pieces: Iterable[bytes], decoder: RequestDecoder | None = None
) -> tuple[list[list[bytes]], str]:
    """The commands in these pieces, and the text of the protocol error that ended them."""
    decoder = decoder or RequestDecoder()
    found: list[list[bytes]] = []
    try:
        for piece in pieces:
            found.extend(decoder.feed(piece))
    except ProtocolError as error:
        return found, error.text
    return found, ""


def one_by_one(data: bytes) -> Iterable[bytes]:
    return (data[at : at + 1] for at in range(len(data)))


# --- Requests -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "argvs"),
    [
        (b"*1\r\n$4\r\nPING\r\n", [[b"PING"]]),
        (b"*2\r\n$3\r\nGET\r\n$0\r\n\r\n", [[b"GET", b""]]),
        (b"*1\r\n$4\r\n\r\n\r\n\r\n", [[b"\r\n\r\n"]]),
        (b"PING\r\n", [[b"PING"]]),
        (b"PING\n", [[b"PING"]]),
        (b'SET k "a b"\r\n', [[b"SET", b"k", b"a b"]]),
        (b"\r\n\n  \r\nPING\r\n", [[b"PING"]]),
        (b"*0\r\n*-1\r\n*-99\r\nPING\r\n", [[b"PING"]]),
        (b"*1\r\n$1\r\na\r\nb\r\n*1\r\n$1\r\nc\r\n", [[b"a"], [b"b"], [b"c"]]),
        (b"*1\r\n$1\r\naXYb\r\n", [[b"a"], [b"b"]]),  # the end of a value is not looked at
        (b"*1\rX$1\rYa\r\n", [[b"a"]]),  # nor is the byte after a carriage return
        (b"a *1\r\n", [[b"a", b"*1"]]),
        (b"*2\r\n$1\r\na\r\n$1\r\n", []),
        (b"*1\x00\r\n", []),
        (b"a\x00b\n", []),
        (b"", []),
    ],
)
def test_requests_are_read_whole_or_byte_by_byte(data: bytes, argvs: list[list[bytes]]) -> None:
    assert commands([data]) == (argvs, "")
    assert commands(one_by_one(data)) == (argvs, "")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"*\r\n", BAD_COUNT),
        (b"*x\r\n", BAD_COUNT),
        (b"*+1\r\n", BAD_COUNT),
        (b"*01\r\n", BAD_COUNT),
        (b"* 1\r\n", BAD_COUNT),
        (b"*1 \r\n", BAD_COUNT),
        (b"*2147483648\r\n", BAD_COUNT),
        (b"*99999999999999999999\r\n", BAD_COUNT),
        (b"*1\r\n$\r\n", BAD_BULK),
        (b"*1\r\n$-1\r\n", BAD_BULK),
        (b"*1\r\n$1x\r\n", BAD_BULK),
        (b"*1\r\n$%d\r\n" % (LONGEST_BULK + 1), BAD_BULK),
        (b"*1\r\nPING\r\n", "ERR Protocol error: expected '$', got 'P'"),
        (b"*1\r\n:1\r\n", "ERR Protocol error: expected '$', got ':'"),
        (b"*1\r\n\r\n", "ERR Protocol error: expected '$', got ' '"),
        (b"*1\r\n\nx\r\n", "ERR Protocol error: expected '$', got ' '"),
        (b"*1\r\n\xff\r\n", "ERR Protocol error: expected '$', got '\udcff'"),
        (b'GET "k\r\n', UNBALANCED),
        (b"GET 'k'x\r\n", UNBALANCED),
        (b"*" + b"1" * LONGEST_LINE, COUNT_TOO_LONG),
        (b"*1\r\n" + b"$" + b"1" * LONGEST_LINE, BULK_TOO_LONG),
        (b"*1\x00" + b"\r\n" * LONGEST_LINE, COUNT_TOO_LONG),
        (b"x" * (LONGEST_LINE + 1), INLINE_TOO_LONG),
        (b"x" * (LONGEST_LINE + 1) + b"\n", INLINE_TOO_LONG),
        (b"x\x00" + b"\n" * LONGEST_LINE, INLINE_TOO_LONG),
    ],
)
def test_what_is_no_request_is_refused_in_redis_words(data: bytes, error: str) -> None:
    assert commands([b"PING\r\n" + data + b"PING\r\n"]) == ([[b"PING"]], error)
    assert commands([b"PING\r\n", *one_by_one(data)]) == ([[b"PING"]], error)


def test_the_longest_line_is_still_taken() -> None:
    line = b"x" * LONGEST_LINE
    assert commands([line + b"\n"]) == ([[line]], "")
    assert commands([line, b"\n"]) == ([[line]], "")
    assert commands([b"x" * (LONGEST_LINE - 1)]) == ([], "")


def test_after_an_error_nothing_more_is_read() -> None:
    decoder = RequestDecoder()
    assert commands([b"*x\r\n"], decoder)[1] == BAD_COUNT
    assert decoder.broken
    assert commands([b"PING\r\n"], decoder) == ([], "")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"*10\r\n", ""),
        (b"*11\r\n", "ERR Protocol error: unauthenticated multibulk length"),
        (b"*1\r\n$16384\r\n", ""),
        (b"*1\r\n$16385\r\n", "ERR Protocol error: unauthenticated bulk length"),
    ],
)
def test_strangers_may_send_only_short_requests(data: bytes, error: str) -> None:
    assert commands([data], RequestDecoder(authenticated=False)) == ([], error)
    assert commands([data], RequestDecoder()) == ([], "")


def test_what_a_command_changes_counts_for_the_next_in_the_same_read() -> None:
    decoder = RequestDecoder(authenticated=False)
    found = decoder.feed(b"AUTH secret\r\n" + encode_command([b"MSET", *[b"x"] * 20]))
    assert next(found) == [b"AUTH", b"secret"]
    decoder.authenticated = True
    assert len(next(found)) == 21


def test_commands_nobody_asked_for_are_kept() -> None:
    decoder = RequestDecoder()
    assert next(decoder.feed(b"A\r\nB\r\n")) == [b"A"]
    assert list(decoder.feed(b"C\r\n")) == [[b"B"], [b"C"]]
    next(decoder.feed(b"D\r\nE\r\n"))
    assert list(decoder.feed(b"")) == [[b"E"]]


def test_the_longest_value_is_a_setting() -> None:
    assert commands([b"*1\r\n$5\r\nabcde\r\n"], RequestDecoder(longest_bulk=4)) == ([], BAD_BULK)


def test_announced_lengths_cost_nothing_until_the_bytes_come() -> None:
    tracemalloc.start()
    try:
        decoder = RequestDecoder()
        assert commands([b"*2147483647\r\n$536870912\r\n"], decoder) == ([], "")
        assert tracemalloc.get_traced_memory()[1] < 65536
    finally:
        tracemalloc.stop()


def test_a_large_value_in_small_pieces_is_joined_once() -> None:
    value = bytes(range(256)) * 16_384  # 4 MiB
    data = encode_command([b"SET", b"k", value])
    pieces = [data[at : at + 1000] for at in range(0, len(data), 1000)]
    assert commands(pieces) == ([[b"SET", b"k", value]], "")


def hostile(rng: Random) -> bytes:
    """A few requests, damaged here and there."""
    parts = []
    for _ in range(rng.randrange(1, 4)):
        argv = [b"ECHO", rng.randbytes(rng.randrange(4))]
        parts.append(
            rng.choice(
                (encode_command(argv), b'ECHO "a\\x00"\r\n', b"*0\r\n", b"\r\n", b"echo b\n")
            )
        )
    data = bytearray(b"".join(parts))
    for _ in range(rng.choice((0, 0, 1, 1, 2, 5))):
        at = rng.randrange(len(data))
        match rng.randrange(3):
            case 0:
                data[at] = rng.choice(b"*$\r\n\"' 0123456789-x\x00\xff")
            case 1:
                del data[at : at + rng.randrange(1, 4)]
            case _:
                data[at:at] = rng.choice((b"\r\n", b"*", b"$9", b"\x00", b'"', b"1"))
        data = data or bytearray(b"\n")
    return bytes(data)


def answers(data: bytes) -> list[Reply]:
    """What a server answers to bytes in which the only known command is ECHO."""
    found, error = commands([data])
    replies: list[Reply] = []
    for argv in found:
        if argv[0].upper() != b"ECHO":
            replies.append(Failure("ERR unknown command"))
        elif len(argv) != 2:
            replies.append(Failure("ERR wrong number of arguments for 'echo' command"))
        else:
            replies.append(argv[1])
    return [*replies, Failure(error)] if error else replies


def answered_by(server: Server, data: bytes) -> list[Reply]:
    with server.connect() as client:
        client.sock.sendall(data)
        client.sock.shutdown(1)  # no more from us: the server answers what it has, and hangs up
        received = everything(client)
    decoder = ReplyDecoder()
    replies = list(decoder.feed(received))
    return [
        Failure("ERR unknown command")
        if isinstance(reply, Failure) and reply.text.startswith("ERR unknown command")
        else reply
        for reply in replies
    ]


def everything(client: Connection) -> bytes:
    received = b""
    while data := client.sock.recv(1 << 16):
        received += data
    return received


@pytest.mark.parametrize("seed", range(4))
def test_damaged_requests_are_understood_as_redis_understands_them(
    redis_server: Server, seed: int
) -> None:
    rng = Random(seed)
    for _ in range(400):
        data = hostile(rng)
        assert answers(data) == answered_by(redis_server, data), data


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 120))
def test_very_many_damaged_requests(redis_server: Server, seed: int) -> None:
    rng = Random(seed)
    for _ in range(5000):
        data = hostile(rng)
        assert answers(data) == answered_by(redis_server, data), data


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_refused_or_waited_on_but_never_raises_anything_else(seed: int) -> None:
    rng = Random(seed)
    for _ in range(3000):
        noise = rng.randbytes(rng.randrange(60))
        commands([b"*1\r\n" + noise])
        commands([noise])
        replies([noise])
        replies([rng.choice((b"*2\r\n", b"%1\r\n", b"$5\r\n", b"$?\r\n", b"~?\r\n")) + noise])


# --- Replies --------------------------------------------------------------------------------


def replies(pieces: Iterable[bytes]) -> tuple[list[Reply], str]:
    """The replies in these pieces, and the text of the error that ended them."""
    decoder = ReplyDecoder()
    found: list[Reply] = []
    try:
        for piece in pieces:
            found.extend(decoder.feed(piece))
    except ProtocolError as error:
        return found, error.text
    return found, ""


@pytest.mark.parametrize(
    ("data", "reply"),
    [
        (b"+OK\r\n", OK),
        (b"+\r\n", Status("")),
        (b"-ERR no\r\n", Failure("ERR no")),
        (b":-5\r\n", -5),
        (b":+5\r\n", 5),
        (b"$3\r\na\r\n\r\n", b"a\r\n"),
        (b"$-1\r\n", None),
        (b"*-1\r\n", NULL_ARRAY),
        (b"_\r\n", None),
        (b"#t\r\n", True),
        (b"#f\r\n", False),
        (b",2.5\r\n", 2.5),
        (b",inf\r\n", float("inf")),
        (b"(-123456789012345678901234567890\r\n", BigNumber(-123456789012345678901234567890)),
        (b"!5\r\nERR x\r\n", Failure("ERR x")),
        (b"=7\r\ntxt:a\r\n\r\n", Verbatim(b"a\r\n")),
        (b"*0\r\n", []),
        (b"*2\r\n*1\r\n:1\r\n*0\r\n", [[1], []]),
        (b"%1\r\n+k\r\n~1\r\n:1\r\n", {Status("k"): Members([1])}),
        (b"%0\r\n", {}),
        (b"%1\r\n*1\r\n:1\r\n:2\r\n", [[1], 2]),
        (b">2\r\n+a\r\n+b\r\n", Push([Status("a"), Status("b")])),
        (b"|1\r\n+ttl\r\n:9\r\n$1\r\nv\r\n", b"v"),
        (b"*2\r\n|1\r\n+k\r\n*1\r\n:0\r\n:1\r\n:2\r\n", [1, 2]),
        (b"|0\r\n:1\r\n", 1),
        (b"$?\r\n;3\r\nabc\r\n;1\r\nd\r\n;0\r\n", b"abcd"),
        (b"$?\r\n;0\r\n", b""),
        (b"*?\r\n:1\r\n*?\r\n.\r\n.\r\n", [1, []]),
        (b"%?\r\n+a\r\n:1\r\n.\r\n", {Status("a"): 1}),
        (b"~?\r\n:1\r\n.\r\n", Members([1])),
    ],
)
def test_replies_are_read_whole_or_byte_by_byte(data: bytes, reply: Reply) -> None:
    for pieces in ([data], one_by_one(data)):
        found, error = replies(pieces)
        assert (found, error) == ([reply], "")
        assert type(found[0]) is type(reply)
    assert replies([data + data]) == ([reply, reply], "")
    assert all(replies([data[:size]])[0] == [] for size in range(len(data)))


def test_nan_is_a_double_too() -> None:
    for data in (b",nan\r\n", b",-nan\r\n", b",NaN\r\n"):
        [value], error = replies([data])
        assert error == "" and isinstance(value, float) and isnan(value)


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n", b"x\r\n", b":x\r\n", b":\r\n", b":99999999999999999999\r\n", b",\r\n", b",x\r\n",
        b"#x\r\n", b"_x\r\n", b"(x\r\n", b"(\r\n", b"$-2\r\n", b"$x\r\n", b"$1\r\nabc\r\n",
        b"*x\r\n", b"*-2\r\n", b"%-1\r\n", b"~-1\r\n", b"=-1\r\n", b"=2\r\nab\r\n",
        b"=5\r\ntxt-a\r\n", b".\r\n", b"*1\r\n.\r\n", b"%?\r\n+a\r\n.\r\n", b";1\r\na\r\n",
        b"$?\r\n:1\r\n", b"$?\r\n$1\r\na\r\n", b"\x00\r\n", b"*1\r\n" * (DEEPEST + 1),
        b"+" + b"x" * (LONGEST_STATUS + 1),
    ],
)  # fmt: skip
def test_what_is_no_reply_is_refused(data: bytes) -> None:
    found, error = replies([b":1\r\n" + data])
    assert found == [1]
    assert error.startswith("ERR Protocol error: ")


def test_an_error_shows_nothing_raw_of_what_came() -> None:
    assert replies([b"\x1b[2J\r\n"])[1] == r"ERR Protocol error: got '\x1b[2J' for a reply"


def test_replies_may_nest_deep_but_not_without_end() -> None:
    found, error = replies([b"*1\r\n" * DEEPEST + b":1\r\n"])
    assert error == ""
    assert encode(found[0]) == b"*1\r\n" * DEEPEST + b":1\r\n"


def test_a_broken_connection_stays_broken() -> None:
    decoder = ReplyDecoder()
    with pytest.raises(ProtocolError):
        list(decoder.feed(b"x\r\n"))
    assert decoder.broken
    assert list(decoder.feed(b":1\r\n")) == []


@pytest.mark.parametrize("protocol", [2, 3])
def test_what_real_servers_say_is_read_to_the_last_byte(
    valkey_server: Server, protocol: int
) -> None:
    asked = [b"COMMAND DOCS", b"COMMAND", b"INFO everything", b"CONFIG GET *", b"HELLO",
             b"CLIENT LIST", b"MEMORY STATS", b"ACL CAT", b"NOSUCH", b"LOLWUT"]  # fmt: skip
    with valkey_server.connect(protocol) as client:
        for line in asked:
            raw = client.raw(*line.split())
            found, error = replies([raw])
            assert error == ""
            assert encode(found[0], protocol) == raw
