"""Streams as bytes: three forms, groups with what is pending, and parts that do not agree."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.payload import types
from redlearn.engine.payload.reading import read_value
from redlearn.engine.payload.wire import BadPayload, Reader, write_length
from redlearn.engine.payload.writing import dump, write_value
from redlearn.engine.values.kit import Kit
from redlearn.engine.values.stream import Stream
from redlearn.engine.values.stream_group import UNKNOWN, Group
from redlearn.probe import Probe

KIT = Kit(Probe(), Random(1), Random(2), seed=3)
SECOND = 1 << 64


def stream_of(count: int = 5) -> Stream:
    stream = Stream(KIT)
    for number in range(1, count + 1):
        stream.append(number * SECOND, [b"f"], [b"%d" % number])
    return stream


def with_group(active: bool) -> Stream:
    """Ann has the first two entries, bob the third; he last got something when he was seen."""
    stream = stream_of()
    group = Group(3 * SECOND, UNKNOWN, KIT.probe)
    stream.groups.insert(b"mail", group)
    ann, bob = group.add_consumer(b"ann", 7000), group.add_consumer(b"bob", 8000)
    ann.active_ms, bob.active_ms = (UNKNOWN if active else 7000), 8000
    for number, owner in ((1, ann), (2, ann), (3, bob)):
        group.deliver(number * SECOND, owner, 6000 + number)
    return stream


def read(number: int, data: bytes) -> Stream:
    reader = Reader(data)
    value = read_value(reader, number, KIT)
    assert reader.left == 0
    assert isinstance(value, Stream)
    value.check()
    return value


def written(stream: Stream, version: int = 10) -> tuple[int, bytes]:
    out = bytearray()
    number = write_value(out, stream, version)
    return number, bytes(out)


@pytest.mark.parametrize("version", [10, 11, 80])
@pytest.mark.parametrize("count", [0, 1, 5, 300])
def test_a_stream_comes_back(count: int, version: int) -> None:
    stream = stream_of(count)
    stream.delete([SECOND, 3 * SECOND])
    number, data = written(stream, version)
    assert number == (types.STREAM_LISTPACKS_2 if version == 10 else types.STREAM_LISTPACKS_3)
    back = read(number, data)
    assert back.freeze() == stream.freeze()
    assert written(back, version) == (number, data)


@pytest.mark.parametrize(("active", "version"), [(False, 10), (True, 11)])
def test_groups_come_back_whole(active: bool, version: int) -> None:
    stream = with_group(active)
    payload = dump(stream)
    assert payload[-10] == version  # the lowest that can say it
    back = read(payload[0], payload[1:-10])
    assert back.freeze() == stream.freeze()


def test_the_form_of_7_0_takes_when_a_consumer_was_seen_for_when_it_was_active() -> None:
    number, data = written(with_group(active=True), 10)
    group = read(number, data).groups.find(b"mail")
    assert group is not None
    ann = group.consumers.find(b"ann")
    assert ann is not None
    assert (ann.seen_ms, ann.active_ms) == (7000, 7000)


def old_form(stream: Stream, groups: bytes) -> bytes:
    """As Redis 5 wrote it: no counters but length and last ID, and no entries read."""
    whole = written(stream)[1]
    counters = bytearray()
    write_length(counters, stream.length)
    write_length(counters, stream.last_id >> 64)
    write_length(counters, 0)
    end = whole.index(bytes(counters), len(whole) - 20)
    return whole[:end] + bytes(counters) + groups


def test_what_the_oldest_form_does_not_say_is_worked_out() -> None:
    group = b"\x01" + b"\x04mail" + b"\x05\x00" + b"\x00" + b"\x00"
    stream = read(types.STREAM_LISTPACKS, old_form(stream_of(), group))
    assert (stream.first_id, stream.max_deleted_id, stream.entries_added) == (SECOND, 0, 5)
    mail = stream.groups.find(b"mail")
    assert mail is not None
    assert (mail.last_id, mail.entries_read) == (5 * SECOND, 5)


def changed(stream: Stream, old: bytes, new: bytes, version: int = 10) -> tuple[int, bytes]:
    number, data = written(stream, version)
    assert data.count(old) == 1
    return number, data.replace(old, new)


ID_2 = (2 * SECOND).to_bytes(16)
ID_9 = (9 * SECOND).to_bytes(16)
COUNTERS = bytes.fromhex("05 05 00 01 00 00 00 05")  # length, last, first, deleted, added


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (COUNTERS, b"\x04" + COUNTERS[1:]),
        (COUNTERS, b"\x05\x04" + COUNTERS[2:]),
        (COUNTERS, COUNTERS[:3] + b"\x02" + COUNTERS[4:]),
        (ID_2 + (6002).to_bytes(8, "little"), ID_9 + (6002).to_bytes(8, "little")),
        (b"\x03bob", b"\x03ann"),
        (b"\x02" + SECOND.to_bytes(16) + ID_2, b"\x01" + SECOND.to_bytes(16)),
        (b"\x02" + SECOND.to_bytes(16) + ID_2, b"\x02" + ID_2 + ID_2),
    ],
)
def test_parts_that_do_not_agree_are_refused(old: bytes, new: bytes) -> None:
    number, data = changed(with_group(active=False), old, new)
    with pytest.raises(BadPayload):
        read(number, data)


def test_every_beginning_of_it_is_refused() -> None:
    number, data = written(with_group(active=True), 11)
    for size in range(len(data)):
        with pytest.raises(BadPayload):
            read_value(Reader(data[:size]), number, KIT)


def test_a_changed_byte_is_refused_or_makes_a_sound_stream() -> None:
    rng = Random(3)
    number, data = written(with_group(active=True), 11)
    for _ in range(2000):
        bent = bytearray(data)
        bent[rng.randrange(len(bent))] ^= rng.randrange(1, 256)
        try:
            value = read_value(Reader(bytes(bent)), number, KIT)
        except BadPayload:
            continue
        value.check()
