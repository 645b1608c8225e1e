"""Where the fields of a bus message stand, as `cluster_legacy.h` asserts them."""

from __future__ import annotations

import pytest

from redlearn.cluster import layout
from redlearn.cluster import message as m
from redlearn.cluster.codec import encode
from redlearn.cluster.layout import Field, fields_of

ID, OTHER = b"a" * 40, b"b" * 40

HEADER_OFFSETS = {
    "signature": 0, "length": 4, "version": 8, "port": 10, "type": 12, "sections": 14,
    "current_epoch": 16, "config_epoch": 24, "offset": 32, "sender": 40, "slots": 80,
    "replica_of": 2128, "ip": 2168, "extensions": 2214, "spare": 2216, "tls_port": 2246,
    "bus_port": 2248, "flags": 2250, "state": 2252, "mflags": 2253,
}  # fmt: skip


def by_name(data: bytes, part: str) -> dict[str, Field]:
    return {field.name: field for field in fields_of(data) if field.part == part}


def test_the_header_has_redis_s_offsets_and_2256_bytes() -> None:
    assert layout.offsets_of(layout.HEADER_FIELDS) == HEADER_OFFSETS
    assert layout.HEADER.size == 2256


def test_the_flags_of_the_message_begin_where_the_constant_says() -> None:
    assert HEADER_OFFSETS["mflags"] == layout.MESSAGE_FLAG


@pytest.mark.parametrize(
    ("struct", "size"),
    [
        (layout.GOSSIP, 104), (layout.FAIL, 40), (layout.UPDATE, 2096), (layout.PUBLISHED, 8),
        (layout.MODULED, 13), (layout.EXTENSION, 8), (layout.LIGHT, 16),
    ],
)  # fmt: skip
def test_the_parts_have_redis_s_sizes(struct: object, size: int) -> None:
    assert struct.size == size  # type: ignore[attr-defined]


HEADER = m.Header(m.PING, ID, 7, 3, 99, mflags=b"\4\0\0", port=6379)
GOSSIP = m.Gossip(OTHER, 1, 2, b"10.0.0.1", 7000, 17000, m.NODE_SLAVE)
NAME = m.text_extension(m.HOSTNAME, b"here")
LIGHT = m.LightHeader(m.PUBLISH)
EACH = [
    m.Ping(HEADER, (GOSSIP, GOSSIP), (NAME, m.Extension(77, b""))),
    m.Ping(HEADER._replace(mflags=b"\0\0\0")),
    m.Fail(HEADER._replace(type=m.FAIL), OTHER),
    m.Update(HEADER._replace(type=m.UPDATE), 9, OTHER, m.NO_SLOTS),
    m.Publish(HEADER._replace(type=m.PUBLISHSHARD), b"news", b""),
    m.Publish(LIGHT, b"", b"hello"),
    m.Module(HEADER._replace(type=m.MODULE), 5, 6, b"data"),
    m.AuthAck(HEADER._replace(type=m.AUTH_ACK)),
    m.Unknown(HEADER._replace(type=300), b"later"),
]


@pytest.mark.parametrize("message", EACH, ids=lambda m: type(m).__name__)
def test_the_fields_of_a_message_fill_it_without_gaps(message: m.Message) -> None:
    data, at = encode(message), 0
    for field in fields_of(data):
        assert field.offset == at
        raw = data[at : at + field.size]
        assert field.value == (
            raw if isinstance(field.value, bytes) else int.from_bytes(raw, "big")
        )
        at += field.size
    assert at == len(data)


def test_the_fields_of_gossip_are_named_by_the_section_they_are_in() -> None:
    data = encode(EACH[0])
    first, second = by_name(data, "gossip 0"), by_name(data, "gossip 1")
    assert first["name"] == Field("gossip 0", "name", 2256, 40, OTHER)
    assert second["port"] == Field("gossip 1", "port", 2256 + 104 + 94, 2, 7000)


def test_an_extension_is_shown_with_its_data() -> None:
    assert by_name(encode(EACH[0]), "extension 0")["data"].value == NAME.data


def test_a_light_message_is_shown_by_its_own_header() -> None:
    fields = by_name(encode(EACH[5]), "header")
    assert list(fields) == [name for name, _ in layout.LIGHT_FIELDS]
    assert fields["type"].value == 0x8000 | m.PUBLISH
