"""Requests: the fast way and the decoder give the same, however the bytes are cut."""

from __future__ import annotations

import tracemalloc
from random import Random

import pytest

from redlearn.resp.decode import ProtocolError, RequestDecoder
from redlearn.resp.encode import encode_command
from redlearn.server.requests import Requests


def read(reader: Requests | RequestDecoder, pieces: list[bytes]) -> tuple[list[list[bytes]], str]:
    """All commands, and the error that ended it if one did."""
    commands: list[list[bytes]] = []
    try:
        for piece in pieces:
            for argv in reader.feed(piece):
                commands.append(argv)
    except ProtocolError as error:
        return commands, error.text
    return commands, ""


def cut(rng: Random, data: bytes) -> list[bytes]:
    places = sorted({0, len(data), *(rng.randrange(len(data)) for _ in range(rng.randint(0, 6)))})
    return [data[a:b] for a, b in zip(places, places[1:], strict=False)]


def drawn(rng: Random) -> bytes:
    sizes = [rng.choice((0, 1, 3, 9, 10, 100, 5000)) for _ in range(rng.randint(1, 4))]
    return encode_command([rng.randbytes(size) for size in sizes])


ODD = (
    b"*1\r\n+OK\r\n", b"*1\r\n:1\r\n", b"*1\r\n$-1\r\n", b"*0\r\n", b"*-1\r\n", b"PING\r\n",
    b"*1\r\n*1\r\n$1\r\na\r\n", b"*1\r\n=7\r\ntxt:abc\r\n", b"*2\r\n$03\r\nabc\r\n$1\r\na\r\n",
    b"*1\r\n$3\r\n+ab\r\n", b"\r\n", b"*12345\r\n", b"*1\r\n%1\r\n", b"*1\r\n|1\r\n+a\r\n+b\r\n",
    b"~1\r\n$4\r\nPING\r\n", b"|1\r\n$1\r\na\r\n$1\r\nb\r\n", b"*1\r\n~1\r\n$1\r\na\r\n",
    b"*2\r\n(1234567890\r\n=7\r\ntxt:abc\r\n", b">1\r\n$4\r\nPING\r\n",
    b"*1\r\n_\r\n", b"*1\r\n$4\r\n\r\n+x\r\n", b"*x\r\n", b'SET k "unbalanced\r\n', b"+OK\r\n",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_as_the_decoder_alone(seed: int) -> None:
    rng = Random(seed)
    parts = [rng.choice(ODD) if rng.random() < 0.1 else drawn(rng) for _ in range(12)]
    pieces = cut(rng, b"".join(parts))
    assert read(Requests(), pieces) == read(RequestDecoder(), pieces)


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("at", range(0, 24, 3))
def test_what_is_odd_is_told_as_soon_as_it_is_there(odd: bytes, at: int) -> None:
    pieces = [encode_command([b"GET", b"k"]) * 2 + odd[:at], odd[at:] or b"x", b"\r\n"]
    for count in (1, 2, 3):
        assert read(Requests(), pieces[:count]) == read(RequestDecoder(), pieces[:count])


def test_a_status_and_a_longer_form_do_not_make_up_for_each_other() -> None:
    """`+` is shorter than a bulk string, verbatim text longer: together they are as long."""
    data = b"*2\r\n+0123456789\r\n=14\r\ntxt:0123456789\r\n"
    assert read(Requests(), [data])[1] == "ERR Protocol error: expected '$', got '+'"


def test_a_pipeline_of_any_words_is_read_by_hiredis() -> None:
    sizes = (0, 1, 9, 10, 99, 100, 255, 256, 4096)
    for words in ([b"x" * size for size in sizes], [b"a+b=c", b"(~)", b"|>%", b"\r\n+"]):
        argvs = [[b"ECHO", word] for word in words] + [[b"word"] * 12]
        requests = Requests()
        assert read(requests, [b"".join(map(encode_command, argvs))]) == (argvs, "")
        assert not requests.strained


@pytest.mark.parametrize(
    "words",
    [
        [b"key:%03d" % number for number in range(100)],
        [b""] * 40,
        [b"two\r\nlines", b"\r\n*2\r\n$4\r", b"\r\n*2\r\n$4\r", b"\r\r\n\n\r\n*2\r\n"] * 9,
        [b"\r\n*2\r\n$4\r\nECHO\r\n$20\r\n", b"*2\r\n$4\r\nECHO\r\n$20\r\n.."[:20]] * 9,
    ],
)
def test_names_with_words_of_one_length_are_read_as_they_are(words: list[bytes]) -> None:
    requests = Requests()
    argvs = [[b"ECHO", word] for word in words]
    assert read(requests, [b"".join(map(encode_command, argvs))]) == (argvs, "")
    assert not requests.strained


@pytest.mark.parametrize("seed", range(40))
def test_one_byte_among_commands_that_are_alike_is_not_overlooked(seed: int) -> None:
    """Wherever it is: in a length, in a name, at a line's end, or in a word, where it may be."""
    rng = Random(seed)
    data = bytearray(
        b"".join(encode_command([b"GET", b"k%d" % number]) for number in range(10, 40))
    )
    for _ in range(50):
        place, byte = rng.randrange(len(data)), rng.choice(b"*$:+-\r\n012349Gkx\0")
        was, data[place] = data[place], byte
        assert read(Requests(), [bytes(data)]) == read(RequestDecoder(), [bytes(data)])
        data[place] = was


@pytest.mark.parametrize("length", [b"$03", b"$+3", b"$-1", b"$3 ", b"$4", b"$2", b"3"])
def test_what_is_wrong_in_all_of_them_alike_is_wrong(length: bytes) -> None:
    data = (b"*2\r\n$3\r\nGET\r\n%b\r\nkey\r\n" % length) * 30
    assert read(Requests(), [data]) == read(RequestDecoder(), [data])


@pytest.mark.parametrize(
    "argv",
    [
        [b""],
        [b"GET", b""],
        [b"ECHO", b"two\r\nlines"],
        [b"ECHO", b"\r\n"],
        [b"ECHO", b"$1\r\na"],
        [b"word"] * 9,
        [b"word"] * 10,
        [b"SET", b"k", b"x" * 511],
    ],
)
def test_a_command_that_comes_alone_in_two_reads_is_whole_with_the_second(
    argv: list[bytes],
) -> None:
    data = encode_command(argv)
    for at in range(1, len(data)):
        requests = Requests()
        assert read(requests, [data[:at]]) == ([], "")
        assert requests.strained and requests.held > 0
        assert read(requests, [data[at:]]) == ([argv], "")
        assert requests.held == 0


def test_a_huge_announcement_takes_no_memory() -> None:
    for data in (b"*2147483647\r\n", b"*1000000\r\n$1\r\na\r\n", b"*1\r\n$500000000\r\nabc"):
        requests = Requests()
        assert read(requests, [data]) == ([], "")
        assert requests.held < 100


def test_a_large_value_in_small_pieces_comes_out_whole() -> None:
    value = bytes(3_000_000)
    data = encode_command([b"SET", b"k", value])
    requests = Requests()
    pieces = [data[at : at + 4096] for at in range(0, len(data), 4096)]
    assert read(requests, pieces) == ([[b"SET", b"k", value]], "")
    assert requests.held == 0
    assert read(requests, [encode_command([b"PING"])]) == ([[b"PING"]], "")


def test_held_counts_what_waits() -> None:
    requests = Requests()
    assert read(requests, [b"*2\r\n$3\r\nGET\r\n$1"]) == ([], "")
    assert requests.held == 15
    assert read(requests, [b"\r\nk\r\n"]) == ([[b"GET", b"k"]], "")
    assert requests.held == 0


def test_strangers_are_held_short() -> None:
    requests = Requests(authenticated=False)
    text = read(requests, [encode_command([b"A"] * 11)])[1]
    assert text.endswith("unauthenticated multibulk length")


@pytest.mark.parametrize("mark", [b"*", b"~", b">", b"%", b"|"])
def test_an_announcement_behind_a_string_that_ends_wrongly_takes_no_memory_either(
    mark: bytes,
) -> None:
    tracemalloc.start()
    try:
        data = b"*2\r\n$4\r\nECHO\r." + mark + b"536870913\r\n$2\r\nhi\r\n"
        with pytest.raises(ProtocolError):
            list(Requests().feed(data))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
