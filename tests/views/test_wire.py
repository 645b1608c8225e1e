"""The wire seen: what it shows are the bytes that a server would have written."""

from __future__ import annotations

import pytest

from redlearn.resp.encode import encode, encode_command
from redlearn.resp.reply import NULL_ARRAY, Members, Pairs, Reply, Several, Verbatim
from redlearn.views.window import Window
from redlearn.views.wire import BYTES_KEPT, MOST_PIECES, Message, WireView, meaning, pieces_of
from tests.views.test_clients import Crowd


def seen(crowd: Crowd, rows: int = 20, skip: int = 0) -> WireView:
    names = {id: f"@{name}" for name, id in crowd.ids.items()}
    return crowd.gallery.wire(Window(80, rows, 0, skip), {**names, crowd.client: "you"})


def data(message: Message) -> bytes:
    return b"".join(piece.data for piece in message.pieces)


def test_a_command_and_its_reply_are_the_bytes_of_both() -> None:
    crowd = Crowd()
    crowd("SET name ann")
    sent, got = seen(crowd).messages[:2]
    assert (sent.client, sent.sent, got.sent) == ("you", True, False)
    assert data(sent) == encode_command([b"SET", b"name", b"ann"])
    assert (data(got), got.size, got.other) == (b"+OK\r\n", 5, b"")


def test_a_reply_is_written_in_the_protocol_that_was_spoken_then() -> None:
    crowd = Crowd()
    for line in ("HSET h f v", "HGETALL h", "HELLO 3", "HGETALL h", "RESET", "HGETALL h"):
        crowd(line)
    marks = [(m.protocol, data(m)[:1]) for m in seen(crowd, 200).messages if not m.sent]
    assert marks == [(2, b"*"), (2, b"+"), (3, b"%"), (3, b"%"), (2, b"*"), (2, b":")]


def test_a_refused_hello_changes_nothing() -> None:
    crowd = Crowd()
    crowd("HELLO 3 SETNAME")
    crowd("GET k")
    assert seen(crowd).messages[1].protocol == 2


def test_what_the_other_protocol_would_have_written_stands_beside_it() -> None:
    crowd = Crowd()
    crowd("GET k")
    assert seen(crowd).messages[1].other == b"_\r\n"


def test_what_others_get_is_theirs_in_their_protocol() -> None:
    crowd = Crowd()
    for name, line in (("a", "HELLO 3"), ("a", "SUBSCRIBE ch"), ("b", "SUBSCRIBE ch")):
        crowd.by(name, line)
    crowd("PUBLISH ch hi")
    late = [(m.client, data(m)[:4], m.late) for m in seen(crowd).messages[2:4]]
    assert late == [("@a", b">3\r\n", True), ("@b", b"*3\r\n", True)]


def test_who_waits_has_no_reply_yet() -> None:
    crowd = Crowd()
    crowd.by("a", "BLPOP q 0")
    view = seen(crowd)
    assert view.waits and len(view.messages) == 1
    crowd("RPUSH q x")
    assert not seen(crowd).waits


def test_the_past_shows_its_own_bytes() -> None:
    crowd = Crowd()
    crowd("SET k 1")
    crowd("HELLO 3")
    crowd.session.step(-1)
    assert data(seen(crowd).messages[0]) == encode_command([b"SET", b"k", b"1"])


@pytest.mark.parametrize(
    ("wire", "says"),
    [
        (b"+OK\r\n", "status: OK"), (b":12\r\n", "number: 12"),
        (b"-ERR no\r\n", "error, first word ERR"),
        (b"$0\r\n\r\n", "string, 0 bytes: "), (b"$-1\r\n", "nothing (nil)"),
        (b"*-1\r\n", "no array (nil)"), (b"_\r\n", "nothing (null)"), (b",1.5\r\n", "double: 1.5"),
        (b"#t\r\n", "true"), (b"*2\r\n", "array of 2"), (b"%1\r\n", "map of 1 pair"),
        (b"~3\r\n", "set of 3"), (b">3\r\n", "push of 3"),
        (b"=5\r\ntxt:a\r\n", "text, 5 bytes: txt:a"),
        (b"(123\r\n", "big number: 123"),
    ],
)  # fmt: skip
def test_each_mark_has_a_meaning(wire: bytes, says: str) -> None:
    assert meaning(wire) == says


NESTED: list[Reply] = [
    [1, [b"a", None], []], {b"k": [1.5, True]}, Members([b"a"]), Pairs([(b"m", 1.0), (b"n", b"v")]),
    Several([b"a", [b"b"]]), NULL_ARRAY, Verbatim(b"text"), [[[[]]]],
]  # fmt: skip


@pytest.mark.parametrize("reply", NESTED, ids=repr)
@pytest.mark.parametrize("protocol", [2, 3])
def test_the_pieces_together_are_what_the_server_writes(reply: Reply, protocol: int) -> None:
    pieces = list(pieces_of(reply, protocol))
    assert b"".join(piece.data for piece in pieces) == encode(reply, protocol)


def test_a_piece_knows_in_how_much_it_stands() -> None:
    depths = [piece.depth for piece in pieces_of([1, [2, [3]], 4, Several([5])], 3)]
    assert depths == [0, 1, 1, 2, 2, 3, 1, 1]


def test_of_what_is_huge_little_is_kept() -> None:
    crowd = Crowd()
    crowd(b"SET", b"k", b"x" * 10_000_000)
    word = seen(crowd).messages[0].pieces[3]
    assert (len(word.data), word.size) == (BYTES_KEPT, 10_000_000 + len(b"$10000000\r\n") + 2)
    crowd("RPUSH", *[b"e%d" % n for n in range(2000)])
    assert len(seen(crowd).messages[0].pieces) == MOST_PIECES
    assert seen(crowd).messages[0].more


def test_a_password_does_not_stand_there() -> None:
    crowd = Crowd()
    crowd("ACL SETUSER ann on >s3cret")
    crowd.by("a", "AUTH ann s3cret")
    shown = b"".join(data(message) for message in seen(crowd).messages)
    assert b"s3cret" not in shown
    assert b"$4\r\nAUTH\r\n$10\r\n(redacted)\r\n$10\r\n(redacted)\r\n" in shown
