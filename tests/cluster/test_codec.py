"""Bus messages to bytes and back, and bytes that are none."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.cluster import message as m
from redlearn.cluster.codec import MAX_LENGTH, BadMessage, Frames, decode, encode
from tests.oracle.bus import ALL_TYPES, RECORDED, read_recording

ID, OTHER = b"a" * 40, b"0123456789" * 4
EXTENDED = bytes([m.MESSAGE_EXTENDED, 0, 0])
RECORDINGS = sorted(RECORDED.glob("*.rcmb.gz"))

ids = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=40, max_size=40).map(str.encode)
small, port, epoch = st.integers(0, 255), st.integers(0, 65535), st.integers(0, 2**64 - 1)
addresses = st.binary(max_size=46).map(lambda raw: raw.replace(b"\0", b"."))
spares = st.just(b"") | st.binary(min_size=30, max_size=30).filter(any)
bitmaps = st.binary(min_size=1, max_size=4).map(lambda some: (some * 2048)[:2048])


@st.composite
def headers(draw: st.DrawFn, kind: int) -> m.Header:
    ip = draw(addresses)
    rests = st.just(b"") | st.binary(min_size=46, max_size=46).filter(any)
    rest = b"\0" + draw(rests)[len(ip) + 1 :] if len(ip) < 45 else b""
    return m.Header(
        kind, draw(ids), draw(epoch), draw(epoch), draw(epoch), draw(bitmaps),
        draw(st.just(b"") | ids), ip, draw(port), draw(port), draw(port), draw(port), draw(small),
        bytes([draw(small) & ~m.MESSAGE_EXTENDED, 0, draw(small)]), draw(spares),
        rest if any(rest) else b"",
    )  # fmt: skip


sections = st.builds(
    m.Gossip, ids, st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), addresses, port, port,
    port, port, port, st.just(b""),
)  # fmt: skip
texts = st.binary(max_size=40).map(lambda raw: m.text_extension(m.HOSTNAME, raw))
later = st.builds(
    m.Extension, st.integers(4, 65535), st.integers(0, 9).map(lambda n: b"8" * 8 * n), port
)
extensions = texts | ids.map(m.shard_extension) | later


@st.composite
def heartbeats(draw: st.DrawFn) -> m.Ping:
    header = draw(headers(draw(st.sampled_from([m.PING, m.PONG, m.MEET]))))
    gossip = tuple(draw(st.lists(sections, max_size=4)))
    if draw(st.booleans()):
        return m.Ping(header, gossip)
    mflags = bytes([header.mflags[0] | m.MESSAGE_EXTENDED]) + header.mflags[1:]
    more = tuple(draw(st.lists(extensions, max_size=4)))
    return m.Ping(header._replace(mflags=mflags), gossip, more)


lights = st.sampled_from([m.PUBLISH, m.PUBLISHSHARD]).map(m.LightHeader)
messages = st.one_of(
    heartbeats(),
    st.builds(m.Fail, headers(m.FAIL), ids),
    st.builds(m.Publish, headers(m.PUBLISH) | lights, st.binary(), st.binary()),
    st.builds(m.AuthRequest, headers(m.AUTH_REQUEST)),
    st.builds(m.AuthAck, headers(m.AUTH_ACK)),
    st.builds(m.Update, headers(m.UPDATE), epoch, ids, bitmaps),
    st.builds(m.ManualStart, headers(m.MFSTART)),
    st.builds(m.Module, headers(m.MODULE), epoch, small, st.binary()),
    st.builds(m.Unknown, headers(11), st.binary()),
)


@given(messages)
def test_a_message_comes_back_as_it_went(message: m.Message) -> None:
    assert decode(encode(message)) == message


@given(messages, st.randoms(use_true_random=False))
def test_bytes_that_are_accepted_are_encoded_to_the_same_bytes(
    message: m.Message, rng: Random
) -> None:
    data = bytearray(encode(message))
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    try:
        decoded = decode(bytes(data))
    except BadMessage as error:
        assert 0 <= error.offset <= len(data)
    else:
        assert encode(decoded) == data


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
def test_what_real_nodes_said_is_encoded_to_the_same_bytes(path: Path) -> None:
    for data in read_recording(path):
        assert encode(decode(data)) == data


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
def test_the_recordings_have_every_type(path: Path) -> None:
    assert {decode(data).header.type for data in read_recording(path)} == ALL_TYPES


def test_there_is_a_recording_of_redis_and_one_of_valkey() -> None:
    assert [path.name.partition("-")[0] for path in RECORDINGS] == ["redis", "valkey"]


def recorded(server: str, kind: type) -> list[m.Message]:
    path = next(path for path in RECORDINGS if path.name.startswith(server))
    return [message for message in map(decode, read_recording(path)) if isinstance(message, kind)]


def test_valkey_publishes_with_a_light_header_and_redis_with_a_full_one() -> None:
    for message in recorded("valkey", m.Publish):
        assert isinstance(message.header, m.LightHeader)
    for message in recorded("redis", m.Publish):
        assert isinstance(message.header, m.Header)
    for server in ("redis", "valkey"):
        said = {(p.channel, p.message) for p in recorded(server, m.Publish)}  # type: ignore[union-attr]
        assert said == {(b"news", b"to all"), (b"{06S}", b"to a shard")}


def test_redis_announces_its_hostname_in_an_extension() -> None:
    pings = [p for p in recorded("redis", m.Ping) if isinstance(p, m.Ping) and p.extensions]
    assert [e.text for p in pings for e in p.extensions if e.kind == m.HOSTNAME]


def test_valkey_names_its_shard_in_an_extension() -> None:
    pings = [p for p in recorded("valkey", m.Ping) if isinstance(p, m.Ping) and p.extensions]
    shards = [e.node for p in pings for e in p.extensions if e.kind == m.SHARD_ID]
    assert shards
    assert all(len(shard) == 40 for shard in shards)


def test_a_manual_failover_asks_with_force_and_its_master_says_that_it_is_paused() -> None:
    for server in ("redis", "valkey"):
        flags = [r.header.mflags[0] for r in recorded(server, m.AuthRequest)]  # type: ignore[union-attr]
        assert any(flag & m.MESSAGE_FORCEACK for flag in flags)
        assert not all(flag & m.MESSAGE_FORCEACK for flag in flags)


PLAIN = m.Header(m.PING, ID)
GOSSIP = m.Gossip(OTHER, 0, 0, b"10.0.0.1", 1, 2, 1)
PING = encode(m.Ping(PLAIN, (GOSSIP, GOSSIP)))
EXTENDED_PING = encode(
    m.Ping(
        PLAIN._replace(mflags=EXTENDED),
        (),
        (m.text_extension(m.HOSTNAME, b"redis-1"), m.shard_extension(OTHER)),
    )
)
PUBLISH = encode(m.Publish(PLAIN._replace(type=m.PUBLISH), b"news", b"hello"))
FAIL = encode(m.Fail(PLAIN._replace(type=m.FAIL), OTHER))
UPDATE = encode(m.Update(PLAIN._replace(type=m.UPDATE), 1, OTHER, m.NO_SLOTS))
MODULE = encode(m.Module(PLAIN._replace(type=m.MODULE), 1, 2, b"data"))
ACK = encode(m.AuthAck(PLAIN._replace(type=m.AUTH_ACK)))


def patched(data: bytes, at: int, new: bytes, length: int | None = None) -> bytes:
    """Bytes with others put in at a place, and a length that is theirs, or another."""
    data = data[:at] + new + data[at + len(new) :]
    return data[:4] + (len(data) if length is None else length).to_bytes(4, "big") + data[8:]


def cut(data: bytes, size: int) -> bytes:
    return patched(data[:size], 0, b"RCmb")


BAD_ID = "an id is not 40 lower-case letters and digits"
NO_ZERO = "the text of an extension does not end with a zero"


def too_few(count: int) -> str:
    return f"{count} bytes are too few for what must stand there"


def says(count: int, needed: int) -> str:
    return f"says that it has {count} bytes, and should have {needed}"


def no_eights(length: int) -> str:
    return f"the length of an extension is {length}: not its head and eights of bytes"


REFUSED = [
    (b"", too_few(0), 0),
    (PING[:15], too_few(15), 15),
    (b"RCmB" + PING[4:], "does not begin with RCmb", 0),
    (PING + b"x", says(2464, 2465), 4),
    (patched(PING, 0, b"RCmb", 2**32 - 1), says(4294967295, 2464), 4),
    (patched(PING, 8, b"\0\2"), "is of version 2; only 1 is known", 8),
    (cut(PING, 2255), too_few(2255), 2255),
    (patched(PING, 14, b"\0\3"), says(2464, 2568), 14),
    (patched(PING, 14, b"\xff\xff"), says(2464, 6817896), 14),
    (patched(PING, 14, b"\0\1"), says(2464, 2360), 2360),
    (patched(PING, 40, b"\0"), BAD_ID, 40),
    (patched(PING, 2130, b"x"), BAD_ID, 2128),
    (patched(PING, 2256 + 104 + 3, b"A"), BAD_ID, 2360),
    (patched(EXTENDED_PING, 2214, b"\0\3"), too_few(0), 2320),
    (patched(EXTENDED_PING, 2214, b"\0\1"), says(2320, 2272), 2272),
    (patched(EXTENDED_PING, 2256, b"\0\0\0\7"), no_eights(7), 2256),
    (patched(EXTENDED_PING, 2256, b"\0\0\0\0"), no_eights(0), 2256),
    (patched(EXTENDED_PING, 2256, b"\xff\xff\xff\xf8"), too_few(64), 2256),
    (patched(EXTENDED_PING, 2271, b"x"), NO_ZERO, 2264),
    (patched(EXTENDED_PING, 2256, b"\0\0\0\x08"), NO_ZERO, 2264),
    (patched(EXTENDED_PING, 2276, b"\0\2"), "an extension of kind 2 has only 40 bytes", 2280),
    (patched(EXTENDED_PING, 2260, b"\0\3"), "an extension of kind 3 has only 8 bytes", 2264),
    (patched(EXTENDED_PING, 2290, b"\n"), BAD_ID, 2280),
    (patched(PUBLISH, 2256, b"\xff\xff\xff\xff"), says(2273, 4294969564), 2256),
    (cut(PUBLISH, 2260), too_few(4), 2256),
    (cut(FAIL, 2295), says(2295, 2296), 2295),
    (patched(FAIL, 2260, b"\x1b"), BAD_ID, 2256),
    (cut(UPDATE, 3000), says(3000, 4352), 3000),
    (patched(UPDATE, 2264, b"\0"), BAD_ID, 2264),
    (cut(MODULE, 2268), too_few(12), 2256),
    (patched(MODULE, 2264, b"\0\0\0\5"), says(2273, 2274), 2256),
    (patched(ACK + b"x", 0, b"RCmb"), says(2257, 2256), 2256),
    (patched(PING, 12, b"\x80\0"), "type 0 does not come with a light header", 12),
]  # fmt: skip


@pytest.mark.parametrize(("data", "reason", "offset"), REFUSED)
def test_bytes_that_are_no_message_are_refused_with_a_reason_and_a_place(
    data: bytes, reason: str, offset: int
) -> None:
    with pytest.raises(BadMessage) as caught:
        decode(data)
    assert (caught.value.reason, caught.value.offset) == (reason, offset)


@pytest.mark.parametrize("data", [PING, EXTENDED_PING, PUBLISH, FAIL, UPDATE, MODULE, ACK])
def test_a_message_that_is_cut_short_anywhere_is_refused(data: bytes) -> None:
    for size in range(len(data)):
        for short in (data[:size], cut(data, size)):
            with pytest.raises(BadMessage):
                decode(short)


def test_without_its_flag_extensions_are_not_read() -> None:
    with pytest.raises(BadMessage, match="should have 2256"):
        decode(patched(EXTENDED_PING, 2253, b"\0"))


def test_extensions_without_their_flag_are_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError, match="MESSAGE_EXTENDED"):
        encode(m.Ping(PLAIN, (), (m.shard_extension(ID),)))


def test_what_stands_behind_an_address_is_kept_and_not_read() -> None:
    data = patched(PING, 2168, b"10.0.0.1\0.9")
    header = decode(data).header
    assert isinstance(header, m.Header)
    assert header.ip == b"10.0.0.1"
    assert encode(decode(data)) == data


def test_a_type_of_a_later_version_is_kept_whole() -> None:
    message = decode(patched(FAIL, 12, b"\x00\x63"))
    assert isinstance(message, m.Unknown)
    assert message.data == OTHER


def test_a_connection_is_cut_into_messages_wherever_its_bytes_are_split() -> None:
    stream, whole = PING + FAIL + EXTENDED_PING, [PING, FAIL, EXTENDED_PING]
    for step in (1, 7, 2256, len(stream)):
        frames = Frames()
        found = [
            data
            for at in range(0, len(stream), step)
            for data in frames.feed(stream[at : at + step])
        ]
        assert found == whole


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"*1\r\n$4\r\nPING\r\n", "does not begin with RCmb"),
        (b"RCmb\0\0\0\x0f", "15 bytes are too few for what must stand there"),
        (
            b"RCmb\xff\xff\xff\xff",
            "says that it has 4294967295 bytes, more than any message may have",
        ),
    ],
)
def test_a_connection_that_does_not_speak_the_bus_is_refused_at_once(
    data: bytes, reason: str
) -> None:
    with pytest.raises(BadMessage) as caught:
        Frames().feed(data)
    assert caught.value.reason == reason


def test_a_long_message_takes_no_room_before_it_comes() -> None:
    frames = Frames()
    assert frames.feed(b"RCmb" + MAX_LENGTH.to_bytes(4, "big") + bytes(10_000)) == []
