"""What no client should send: mutated, cut off, absurdly counted requests, sent to two servers.

`sent` draws one case from its number. Over TCP, `answered` gives all that a server says to it
until it hangs up: a real server has to say the same, byte for byte. In memory, `disagreement` cuts
the same bytes in two at every place: where a read ends must not change what is understood.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from random import Random

from redlearn.resp.decode import ProtocolError
from redlearn.server.requests import Requests
from tests.oracle.servers import LOOPBACK, pack

PATIENCE = 20
HARMLESS = [
    [b"PING"], [b"ECHO", b"hi"], [b"ECHO", b""], [b"SET", b"k", b"v\r\n\x00"], [b"GET", b"k"],
    [b"DEL", b"k"], [b"EXISTS", b"k", b"k"], [b"MULTI"], [b"EXEC"], [b"DISCARD"], [b"STRLEN", b"k"],
    [b"no\r\nsuch", b"a\r\nb"], [b"PING", b"1", b"2"], [b"\x00\xff"],
    [b"SETRANGE", b"k", b"-1", b""],
]  # fmt: skip
LINES = [
    b"PING", b"  ECHO  hi ", b'ECHO "a\\x00b"', b'ECHO "open', b"ECHO 'it\\'s'", b'ECHO "a"b', b"",
    b" ", b"\x00", b"GET k\x00", b"SET k v" + b" " * 50, b"+PING", b"-ERR", b":1", b"$4", b"_",
    b"*", b"%1", b"PING\r", b"\xc3\x28",
]  # fmt: skip
NUMBERS = [
    b"0", b"-1", b"-2", b"1", b"2", b"01", b"+1", b" 1", b"1 ", b"", b"a", b"1a", b"0x1",
    b"2147483647", b"2147483648", b"4294967297", b"1048576", b"536870912", b"536870913",
    b"9223372036854775807",
    b"9223372036854775808", b"-9223372036854775809", b"99999999999999999999", b"1" * 70,
]  # fmt: skip
BREAKERS = [b"\r\n", b"\n", b"\r", b"\x00", b"*", b"$", b"-1", b'"', b"'"]
LIMITS = [
    b"x" * 70_000, b"*" + b"1" * 70_000, b"*1\r\n$" + b"1" * 70_000, b"*1\r\nPING\r\n",
    b"*-1\r\n*0\r\nPING\r\n", b"*1\r\n$-1\r\n", b"*1\r\n$536870913\r\n", b"*2147483648\r\n",
    b"*1\r\n*1\r\n$4\r\nPING\r\n", b'SET k "unbalanced\r\n', b"POST / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"Host: a\r\n", b"*1\r\n" * 3_000,
]  # fmt: skip
"""Of each limit, something just beyond it (`networking.c` processMultibulkBuffer)."""


def sent(seed: int, number: int) -> bytes:
    """One case: requests, some of them broken."""
    rng = Random(f"{seed} {number}")
    if number < len(LIMITS):
        return pack([b"PING"]) + LIMITS[number]
    data = bytearray()
    for _ in range(rng.randint(1, 5)):
        data += _request(rng)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
        _break(rng, data)
    return bytes(data)


def _request(rng: Random) -> bytes:
    kind = rng.random()
    if kind < 0.6:
        return pack(rng.choice(HARMLESS))
    if kind < 0.8:
        return rng.choice(LINES) + rng.choice((b"\r\n", b"\n"))
    return b"*%b\r\n$%b\r\nPING\r\n" % (rng.choice(NUMBERS), rng.choice((b"4", *NUMBERS)))


def _break(rng: Random, data: bytearray) -> None:
    """Change, drop, repeat, insert or cut something."""
    at = rng.randrange(len(data) + 1)
    match rng.randrange(6):
        case 0:
            data[at : at + 1] = bytes((rng.randrange(256),))
        case 1:
            del data[at : at + rng.randint(1, 4)]
        case 2:
            data[at:at] = data[at : at + rng.randint(1, 12)]
        case 3:
            data[at:at] = rng.choice(
                (b"\r\n", b"\n", b"\r", b"\x00", b"*", b"$", b"-1", b'"', b"'")
            )
        case 4:
            del data[at:]
        case _:
            digits = [place for place, byte in enumerate(data) if 48 <= byte <= 57]
            if digits:
                place = rng.choice(digits)
                data[place : place + 1] = rng.choice(NUMBERS)


def answered(port: int, data: bytes) -> bytes:
    """All that a server says to these bytes, and then nothing."""
    with socket.create_connection((LOOPBACK, port), timeout=PATIENCE) as sock:
        got = b""
        with suppress(OSError):  # it hung up before all was said
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while piece := sock.recv(1 << 16):
                got += piece
        return got


def understood(pieces: Iterator[bytes]) -> tuple[list[list[bytes]], str]:
    """The commands found in what arrives piece by piece, and what is wrong after them."""
    requests = Requests()
    commands: list[list[bytes]] = []
    try:
        for piece in pieces:
            if piece:
                commands += requests.feed(piece)
    except ProtocolError as error:
        return commands, error.text
    return commands, ""


def disagreement(data: bytes) -> str:
    """Where cutting these bytes in two changes what is understood; "" if nowhere."""
    whole = understood(iter((data,)))
    for at in range(1, len(data)):
        if understood(iter((data[:at], data[at:]))) != whole:
            return f"cut at {at}: {data!r}"
    if understood(data[at : at + 1] for at in range(len(data))) != whole:
        return f"byte by byte: {data!r}"
    return ""
