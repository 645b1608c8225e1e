"""Messages of the cluster bus as data."""

from __future__ import annotations

import pytest

from redlearn.cluster import message as m

ID = b"a" * 40


def test_the_names_of_types_stand_at_their_numbers() -> None:
    assert len(m.TYPE_NAMES) == 11
    assert m.TYPE_NAMES[m.PING] == "ping"
    assert m.TYPE_NAMES[m.AUTH_ACK] == "auth-ack"
    assert m.TYPE_NAMES[m.PUBLISHSHARD] == "publishshard"


def test_each_flag_of_a_node_is_one_bit_of_its_own() -> None:
    flags = [value for name, value in vars(m).items() if name.startswith("NODE_")]
    assert sorted(flags) == [1 << bit for bit in range(10)]


def test_a_header_needs_only_a_type_and_a_sender() -> None:
    header = m.Header(m.PING, ID)
    assert header.slots == bytes(2048)
    assert header.flags == m.NODE_MASTER
    assert header.replica_of == b""


def test_headers_gossip_and_messages_are_frozen_facts() -> None:
    header = m.Header(m.FAIL, ID)
    with pytest.raises(AttributeError):
        header.offset = 1  # type: ignore[misc]
    with pytest.raises(AttributeError):
        m.Fail(header, ID).node = b""  # type: ignore[misc]


def test_messages_of_different_types_are_never_equal() -> None:
    header = m.Header(m.AUTH_REQUEST, ID)
    assert m.AuthRequest(header) != m.AuthAck(header)
    assert m.AuthRequest(header) == m.AuthRequest(m.Header(m.AUTH_REQUEST, ID))


@pytest.mark.parametrize("length", range(1, 18))
def test_a_text_extension_ends_with_a_zero_and_fills_eights(length: int) -> None:
    extension = m.text_extension(m.HOSTNAME, b"h" * length)
    assert len(extension.data) % 8 == 0
    assert 1 <= len(extension.data) - length <= 8
    assert extension.text == b"h" * length


def test_a_forgotten_node_has_an_id_and_seconds() -> None:
    extension = m.forgotten_extension(ID, 60)
    assert (extension.kind, extension.node, extension.ttl_s) == (m.FORGOTTEN_NODE, ID, 60)
    assert len(extension.data) == 48


def test_a_shard_extension_is_the_id_alone() -> None:
    assert m.shard_extension(ID) == m.Extension(m.SHARD_ID, ID)
    assert m.shard_extension(ID).node == ID
