"""Replies as bytes: what a command returned, in RESP2 or in RESP3.

    Python            RESP2                         RESP3
    bytes             $3 foo                        $3 foo
    int               :3                            :3
    float             $3 2.5      (text)            ,2.5
    Precise           $19 0.1...    (text)          ,0.10000000000000001
    bool              :1                            #t
    None              $-1                           _
    NULL_ARRAY        *-1                           _
    list              *2 ...                        *2 ...
    dict              *4 k v k v  (flat)            %2 k v k v
    Members           *2 ...                        ~2 ...
    Pairs             *4 m s m s  (flat)            *2 [m, s] [m, s]
    Push              *3 ...                        >3 ...
    Several           its items, with nothing that holds them together
    ByKey             *2 [k, v] [k, v]              %2 k v k v
    Verbatim          $3 foo                        =7 txt:foo
    BigNumber         $30 ...     (text)            (...
    Status, Failure   +OK, -ERR ...                 +OK, -ERR ...

The step down to RESP2 is `sent_as` for single values and `opened` for the containers. It is
nowhere else: commands never ask which protocol is spoken.

Nothing recurses. Nested replies wait on an explicit stack, so depth costs memory only.
Source: `networking.c addReply*`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final, cast

from redlearn.resp.double import decimal_text, format_double, format_long_double, long_double
from redlearn.resp.reply import (
    BigNumber,
    ByKey,
    Failure,
    Members,
    NullArray,
    Pairs,
    Precise,
    Push,
    Reply,
    Several,
    Status,
    Verbatim,
)

CRLF: Final = b"\r\n"
# Headers of short strings, made once: most strings are short, and formatting is what costs.
BULK_HEADERS: Final = [b"$%d\r\n" % length for length in range(256)]
STATUS_LINES: Final = {text: b"+%b\r\n" % text.encode() for text in ("OK", "QUEUED", "PONG")}
STEPPED_DOWN: Final = frozenset([int, bytes, type(None)])  # what `sent_as` turns others into
CONTAINERS: Final = frozenset([list, dict, ByKey, Members, Pairs, Push, Several])


def encode(reply: Reply, protocol: int = 2) -> bytes:
    """The bytes of one reply. O(size); about 0.2 us for a short string or an integer.

    Args:
        reply: Any reply, however deep.
        protocol: 2 or 3.
    """
    if type(reply) is bytes:
        size = len(reply)
        if size < len(BULK_HEADERS):  # as `_bulk`, without the call: by far the most common reply
            return BULK_HEADERS[size] + reply + CRLF
        return b"$%d\r\n%b\r\n" % (size, reply)
    if type(reply) is int:
        return b":%d\r\n" % reply
    if type(reply) is Status and (line := STATUS_LINES.get(reply.text)):
        return line
    if type(reply) in CONTAINERS:
        out: list[bytes] = []
        encode_into(out, reply, protocol)
        return b"".join(out)
    return _single(reply, protocol)


def encode_into(out: list[bytes], reply: Reply, protocol: int) -> None:
    """Append the pieces of one reply to `out`: a server joins all replies of one read."""
    waiting: list[Iterator[Reply]] = [iter((reply,))]
    while waiting:
        for child in waiting[-1]:
            if type(child) is bytes:  # by far the most common child
                size = len(child)
                out.append(BULK_HEADERS[size] if size < 256 else b"$%d\r\n" % size)
                out.append(child)
                out.append(CRLF)
            elif type(child) is Pairs:
                out.append(_pairs(child, protocol))
            elif (
                type(child) is list
                and len(child) > 2
                and (alike := _alike(cast("list[Reply]", child)))
            ):
                out.append(alike)
            elif type(child) is Several:
                waiting.append(iter(child))
                break
            elif type(child) in CONTAINERS:
                mark, count, children = opened(child, protocol)
                out.append(b"%b%d\r\n" % (mark, count))
                waiting.append(children)
                break
            else:
                out.append(_single(child, protocol))
        else:
            waiting.pop()


def _alike(items: list[Reply]) -> bytes:
    """The bytes of strings, one or more, that are all as long as each other; else none at all.

    Ranges of ids, of places, of a queue's jobs: then what stands between two is the same each
    time, and joining takes a tenth of the time.
    """
    first, last = items[0], items[-1]
    if type(first) is not bytes or type(last) is not bytes or len(first) != len(last):
        return b""  # most lists that are not alike are seen here
    head = b"$%d\r\n" % len(first)
    strings = cast("list[bytes]", items)
    try:
        if len(set(map(len, strings))) > 1:
            return b""
        return b"*%d\r\n%b%b\r\n" % (len(items), head, (b"\r\n" + head).join(strings))
    except TypeError:  # something between them is no string
        return b""


def _pairs(pairs: Pairs, protocol: int) -> bytes:
    """What `opened` says of pairs, in one go: ranges with scores are long and often asked for."""
    out = [b"*%d\r\n" % (len(pairs) if protocol >= 3 else 2 * len(pairs))]
    for member, score in pairs:
        if isinstance(score, bytes):
            out.append(_field_and_value(member, score, protocol))
            continue
        text = format_double(score)
        if protocol >= 3:
            out.append(b"*2\r\n$%d\r\n%b\r\n,%b\r\n" % (len(member), member, text))
        else:
            out.append(b"$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(member), member, len(text), text))
    return b"".join(out)


def _field_and_value(field: bytes, value: bytes, protocol: int) -> bytes:
    both = b"$%d\r\n%b\r\n$%d\r\n%b\r\n" % (len(field), field, len(value), value)
    return b"*2\r\n" + both if protocol >= 3 else both


def opened(reply: Reply, protocol: int) -> tuple[bytes, int, Iterator[Reply]]:
    """A container (see CONTAINERS) as its wire mark, the count in its header, its children.

    In RESP3 the children of a map are keys and values in turn, twice as many as its count.
    """
    assert isinstance(reply, (list, dict))
    size = len(reply)
    if isinstance(reply, dict):
        children = chain.from_iterable(reply.items())
        return (b"*", 2 * size, children) if protocol < 3 else (b"%", size, children)
    if isinstance(reply, Pairs):
        if protocol < 3:
            flat: Iterator[Reply] = chain.from_iterable(reply)
            return b"*", 2 * size, flat
        return b"*", size, ([member, score] for member, score in reply)
    if protocol >= 3:
        if isinstance(reply, Members):
            return b"~", size, iter(reply)
        if isinstance(reply, Push):
            return b">", size, iter(reply)
        if isinstance(reply, ByKey):
            return b"%", size, chain.from_iterable(cast("list[list[Reply]]", reply))
    return b"*", size, iter(reply)


def sent_as(reply: Reply, protocol: int) -> Reply:
    """The single value a client gets to see: RESP2 has strings and integers for all of them."""
    if protocol < 3:
        if isinstance(reply, bool):
            return int(reply)
        if isinstance(reply, Precise):
            return precise_text(reply)
        if isinstance(reply, float):
            return format_double(reply)
        if isinstance(reply, Verbatim):
            return reply.data
        if isinstance(reply, BigNumber):
            return decimal_text(reply.value).encode()
    elif isinstance(reply, NullArray):
        return None
    return reply


def _bulk(data: bytes) -> bytes:
    """A string, in both protocols."""
    size = len(data)
    if size < len(BULK_HEADERS):  # joining is quicker than formatting
        return BULK_HEADERS[size] + data + CRLF
    return b"$%d\r\n%b\r\n" % (size, data)


def _single(reply: Reply, protocol: int) -> bytes:
    """The bytes of anything but a container, the usual kinds first."""
    if type(reply) is bytes:
        return _bulk(reply)
    if type(reply) is int:
        return b":%d\r\n" % reply
    if reply is None:
        return b"_\r\n" if protocol >= 3 else b"$-1\r\n"
    if type(reply) is Status:
        return STATUS_LINES.get(reply.text) or b"+%b\r\n" % line_bytes(reply.text)
    if type(reply) is float:
        text = format_double(reply)
        return b",%b\r\n" % text if protocol >= 3 else b"$%d\r\n%b\r\n" % (len(text), text)
    return _rarer_single(sent_as(reply, protocol), protocol)


def _rarer_single(reply: Reply, protocol: int) -> bytes:
    match reply:
        case bool():
            return b"#t\r\n" if reply else b"#f\r\n"
        case Precise():
            return b",%b\r\n" % precise_text(reply)
        case Failure():
            return b"-%b\r\n" % line_bytes(reply.text)
        case Verbatim():
            return b"=%d\r\n%b:%b\r\n" % (len(reply.data) + 4, reply.format.encode(), reply.data)
        case BigNumber():
            return b"(%b\r\n" % decimal_text(reply.value).encode()
        case NullArray():
            return b"*-1\r\n"
        case _:
            assert type(reply) in STEPPED_DOWN, f"not a reply: {reply!r}"
            return _single(reply, protocol)


def precise_text(value: Precise) -> bytes:
    """All the digits of a double, as `networking.c` addReplyHumanLongDouble has them."""
    return format_long_double(long_double(value))


def line_bytes(text: str) -> bytes:
    r"""A status or error as bytes of one line: a line break inside would end the reply early.

    Errors may quote what a client sent. Bytes of it that are no UTF-8 travel through `str` as
    surrogates (`decode("utf-8", "surrogateescape")`) and come out here as they were.
    Source: `networking.c` afterErrorReply's caller addReplyErrorFormat, which blanks \r and \n.
    """
    data = text.encode("utf-8", "surrogateescape")
    if b"\r" in data or b"\n" in data:
        return data.replace(b"\r", b" ").replace(b"\n", b" ")
    return data


def encode_command(argv: Sequence[bytes]) -> bytes:
    r"""A command as a client sends it, and as the append-only file keeps it.

    >>> encode_command([b"GET", b"k"])
    b'*2\r\n$3\r\nGET\r\n$1\r\nk\r\n'
    """
    count = len(argv)
    if count == 3:  # most commands that change something: joined, a third of the time
        name, key, value = argv
        if len(name) < _SHORT and len(key) < _SHORT and len(value) < _SHORT:
            first, second, third = _FIRST[len(name)], _NEXT[len(key)], _NEXT[len(value)]
            return b"".join((first, name, second, key, third, value, b"\r\n"))
        return _THREE % (len(name), name, len(key), key, len(value), value)
    words: list[bytes | int] = []
    for argument in argv:
        words.append(len(argument))
        words.append(argument)
    form = _FORMS[count] if count < len(_FORMS) else b"*%d\r\n" % count + _BULK * count
    return form % tuple(words)


def encode_commands(commands: Iterable[Sequence[bytes]]) -> bytes:
    r"""Commands behind each other, put together in one go: two thirds of the time of one by one.

    >>> encode_commands([[b"GET", b"k"], [b"SET", b"k", b"v"]])
    b'*2\r\n$3\r\nGET\r\n$1\r\nk\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n'
    """
    out: list[bytes] = []
    for argv in commands:
        if len(argv) == 3:  # as in `encode_command`
            name, key, value = argv
            try:
                out += (
                    _FIRST[len(name)], name, _NEXT[len(key)], key, _NEXT[len(value)], value, CRLF
                )  # fmt: skip
                continue
            except IndexError:
                pass
        out.append(encode_command(argv))
    return b"".join(out)


_BULK = b"$%d\r\n%b\r\n"
_FORMS = [b"*%d\r\n" % count + _BULK * count for count in range(32)]
"""What commands of few words look like: one formatting takes half as long as one for each word."""

_THREE = _FORMS[3]

_SHORT = 256
_FIRST = [b"*3\r\n$%d\r\n" % size for size in range(_SHORT)]
_NEXT = [b"\r\n$%d\r\n" % size for size in range(_SHORT)]
"""What stands before the first of three words, and before another, by its length."""
