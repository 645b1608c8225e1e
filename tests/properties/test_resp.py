"""The wire, over generated replies, requests and lines: what goes out comes back."""

from __future__ import annotations

from math import isnan

import hiredis
from hypothesis import given
from hypothesis import strategies as st

from redlearn.resp.decode import ProtocolError, ReplyDecoder, RequestDecoder
from redlearn.resp.double import (
    format_double,
    format_long_double,
    long_double,
    parse_double,
    parse_long_double,
)
from redlearn.resp.encode import encode, encode_command
from redlearn.resp.reply import (
    NULL_ARRAY,
    BigNumber,
    Failure,
    Members,
    Push,
    Reply,
    Status,
    Verbatim,
)
from redlearn.resp.text import (
    UnbalancedQuotes,
    format_raw,
    format_reply,
    printable,
    quoted,
    safe_text,
    split_args,
    tokens,
)

INT64 = st.integers(-(2**63), 2**63 - 1)
LINES = st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))
NOISE = st.lists(
    st.sampled_from(list(b"*$+-:_#,(=%~>|!;.?\r\n\"'\\x 0123456789at\x00\xff")), max_size=60
).map(bytes)
HASHABLE = st.one_of(
    st.binary(max_size=20), INT64, st.booleans(), st.none(), LINES.map(Status), LINES.map(Failure)
)
SINGLE = st.one_of(
    HASHABLE,
    st.floats(allow_nan=False),
    st.builds(Verbatim, st.binary(max_size=20), st.sampled_from(["txt", "mkd"])),
    st.integers().map(BigNumber),
)


def containers(children: st.SearchStrategy[Reply]) -> st.SearchStrategy[Reply]:
    several = st.lists(children, max_size=5)
    return st.one_of(
        several,
        several.map(Members),
        several.map(Push),
        st.dictionaries(st.binary(max_size=3), children, max_size=4),
    )


REPLIES: st.SearchStrategy[Reply] = st.recursive(SINGLE, containers, max_leaves=20)


@st.composite
def pieces(draw: st.DrawFn, source: st.SearchStrategy[bytes]) -> tuple[bytes, list[bytes]]:
    """Some bytes, and the same bytes cut anywhere."""
    data = draw(source)
    cuts = sorted(draw(st.lists(st.integers(0, len(data)), max_size=8)))
    return data, [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def outcome(decoder: RequestDecoder | ReplyDecoder, parts: list[bytes]) -> tuple[list[object], str]:
    found: list[object] = []
    try:
        for part in parts:
            found.extend(decoder.feed(part))
    except ProtocolError as error:
        return found, error.text
    return found, ""


@given(REPLIES)
def test_a_reply_comes_back_from_the_wire_as_it_was(reply: Reply) -> None:
    data = encode(reply, 3)
    [back] = ReplyDecoder().feed(data)
    assert encode(back, 3) == data
    assert type(back) is type(reply)
    assert back == reply


@given(REPLIES)
def test_resp2_loses_kinds_but_no_content(reply: Reply) -> None:
    data = encode(reply, 2)
    [back] = ReplyDecoder().feed(data)
    assert encode(back, 2) == data
    assert format_reply(back, 2) == format_reply(reply, 2)
    assert format_raw(back, 2) == format_raw(reply, 2)


@given(st.recursive(st.one_of(st.binary(), INT64, st.none()), st.lists))
def test_hiredis_reads_the_same(reply: Reply) -> None:
    reader = hiredis.Reader()
    reader.feed(encode(reply, 3))
    assert reader.gets() == reply


@given(pieces(st.lists(REPLIES, max_size=4).map(lambda all: b"".join(encode(r, 3) for r in all))))
def test_replies_do_not_depend_on_how_they_were_cut(cut: tuple[bytes, list[bytes]]) -> None:
    data, parts = cut
    whole = list(ReplyDecoder().feed(data))
    assert outcome(ReplyDecoder(), parts) == (whole, "")


@given(pieces(st.lists(st.lists(st.binary(), min_size=1), max_size=4).map(
    lambda all: b"".join(encode_command(argv) for argv in all)
)))  # fmt: skip
def test_commands_do_not_depend_on_how_they_were_cut(cut: tuple[bytes, list[bytes]]) -> None:
    data, parts = cut
    whole = list(RequestDecoder().feed(data))
    assert b"".join(encode_command(argv) for argv in whole) == data
    assert outcome(RequestDecoder(), parts) == (whole, "")


@given(pieces(NOISE))
def test_noise_is_understood_the_same_however_it_was_cut(cut: tuple[bytes, list[bytes]]) -> None:
    data, parts = cut
    for decoder in (RequestDecoder, ReplyDecoder):
        assert repr(outcome(decoder(), parts)) == repr(outcome(decoder(), [data]))


@given(st.floats())
def test_a_double_reads_back_as_itself(value: float) -> None:
    text = format_double(value)
    if isnan(value):
        assert text == b"nan"
        assert parse_double(text) is None
    else:
        back = parse_double(text)
        assert back == value
        assert str(back) == str(value)  # the sign of zero, too


@given(st.floats(1e-4, 1e17))
def test_a_long_double_prints_seventeen_places_at_most(value: float) -> None:
    text = format_long_double(long_double(value))
    whole, _, places = text.partition(b".")
    assert whole.isdigit()
    assert len(places) <= 17
    assert not places.endswith(b"0")
    back = parse_long_double(text)
    assert back is not None
    assert abs(back.to_fraction() - long_double(value).to_fraction()) <= max(
        10.0**-17, value * 2.0**-64
    )


@given(st.binary())
def test_bytes_come_back_from_their_escapes(data: bytes) -> None:
    assert split_args(quoted(data)) == [data]
    assert split_args(f'"{printable(data)}"') == [data]


@given(st.one_of(st.binary(), st.text().map(str.encode)), st.integers(0, 10))
def test_nothing_that_is_shown_can_steer_a_terminal(data: bytes, limit: int) -> None:
    assert printable(data).isprintable()
    assert printable(data, limit).isprintable()
    assert safe_text(data).replace("\r\n", "").replace("\n", "").replace("\t", "").isprintable()
    shown = format_reply([data, Verbatim(data), Failure(data.decode("utf-8", "replace"))], 3)
    assert shown.replace("\r\n", "").replace("\n", "").replace("\t", "").isprintable()


@given(st.text(st.sampled_from(list("ab\"'\\xn4 \t\v\0é"))))
def test_tokens_are_what_a_line_splits_into(line: str) -> None:
    found = tokens(line)
    places = [place for token in found for place in (token.start, token.end)]
    assert places == sorted(places)
    try:
        argv = split_args(line)
    except UnbalancedQuotes:
        assert not all(token.closed for token in found)
    else:
        assert [token.value for token in found] == argv
    if line.isascii():
        assert bytes_outcome(line.encode()) == bytes_outcome(line)


def bytes_outcome(line: str | bytes) -> list[bytes] | None:
    try:
        return split_args(line)
    except UnbalancedQuotes:
        return None


@given(st.lists(st.one_of(st.just(NULL_ARRAY), st.none())))
def test_the_two_nulls_of_resp2_stay_apart(reply: list[Reply]) -> None:
    [back] = ReplyDecoder().feed(encode(reply, 2))
    assert back == reply
    [flat] = ReplyDecoder().feed(encode(reply, 3))
    assert flat == [None] * len(reply)
