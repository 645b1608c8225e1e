"""Messages of the cluster bus to bytes, and bytes to messages.

`encode` and `decode` undo each other both ways: whatever `decode` accepts is encoded to the very
same bytes, also what is unknown, unused or trash behind the end of an address.

`decode` trusts nothing: a length must be that of the bytes, a count must fit into them, an id
must be one, an extension must end where it says. What does not hold raises `BadMessage`, with the
offset of the byte that gave it away. Unlike Redis: ids are looked at too. Redis takes any
forty bytes for a name, and shows them to its clients.

A heartbeat with ten gossip sections takes about 10 microseconds each way.

Source: `cluster_legacy.c clusterProcessPacket` (what must hold), `clusterBuildMessageHdr`,
`clusterSendPing`, `writePingExtensions`.
"""

from __future__ import annotations

from typing import Final

from redlearn.cluster import layout
from redlearn.cluster import message as m
from redlearn.cluster.layout import EXTENSION, GOSSIP, HEADER, LIGHT, LIGHT_TYPE
from redlearn.cluster.message import Extension, Gossip, Header, LightHeader, Message

IN_IDS: Final = b"abcdefghijklmnopqrstuvwxyz0123456789"
NO_ID: Final = bytes(m.ID_BYTES)
NO_SPARE: Final = bytes(layout.SPARE_BYTES)

# Fields of the header that more than one check looks at, by their place in the struct.
_OFFSETS: Final = layout.offsets_of(layout.HEADER_FIELDS)
_SECTIONS: Final = _OFFSETS["sections"]
_EXTENSIONS: Final = _OFFSETS["extensions"]

# Two strings of 512 MiB, each as long as a client's may be, in one PUBLISH.
MAX_LENGTH: Final = (1 << 30) + HEADER.size + layout.PUBLISHED.size

TOO_SHORT: Final = "{} bytes are too few for what must stand there"
NOT_SIGNED: Final = "does not begin with RCmb"
OTHER_LENGTH: Final = "says that it has {} bytes, and should have {}"
OTHER_VERSION: Final = "is of version {}; only 1 is known"
BAD_ID: Final = "an id is not 40 lower-case letters and digits"
BAD_EXTENSION_LENGTH: Final = "the length of an extension is {}: not its head and eights of bytes"
NO_END_OF_TEXT: Final = "the text of an extension does not end with a zero"
SHORT_EXTENSION: Final = "an extension of kind {} has only {} bytes"
NOT_LIGHT: Final = "type {} does not come with a light header"
TOO_LONG: Final = "says that it has {} bytes, more than any message may have"


class BadMessage(Exception):
    """Bytes that are no message.

    Attributes:
        reason: What is wrong, as the end of a sentence about the message.
        offset: The byte of the message where that shows.
    """

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(f"{reason} (at byte {offset})")
        self.reason: Final = reason
        self.offset: Final = offset


def encode(message: Message) -> bytes:
    """The bytes of a message on the wire."""
    match message:
        case m.Ping(header, gossip, extensions):
            return _encode_heartbeat(header, gossip, extensions)
        case m.Fail(header, node):
            return _with_header(header, layout.FAIL.pack(node))
        case m.Update(header, config_epoch, node, slots):
            return _with_header(header, layout.UPDATE.pack(config_epoch, node, slots))
        case m.Publish(either, channel, text):
            lengths = layout.PUBLISHED.pack(len(channel), len(text))
            return _with_either(either, lengths + channel + text)
        case m.Module(either, module_id, kind, data):
            return _with_either(either, layout.MODULED.pack(module_id, len(data), kind) + data)
        case m.Unknown(header, data):
            return _with_header(header, data)
        case m.AuthRequest(header) | m.AuthAck(header) | m.ManualStart(header):
            return _with_header(header, b"")


def _encode_heartbeat(
    header: Header, gossip: tuple[Gossip, ...], extensions: tuple[Extension, ...]
) -> bytes:
    pack = GOSSIP.pack
    parts = [pack(*g[:9]) if not g[9] else pack(*g[:3], g[3] + g[9], *g[4:9]) for g in gossip]
    extended = header.extensions
    if header.mflags[0] & m.MESSAGE_EXTENDED:
        extended = len(extensions)
        for extension in extensions:
            length = EXTENSION.size + len(extension.data)
            parts.append(EXTENSION.pack(length, extension.kind, extension.spare) + extension.data)
    else:
        assert not extensions, "a heartbeat with extensions has MESSAGE_EXTENDED in its mflags"
    return _with_header(header, b"".join(parts), len(gossip), extended)


def _with_header(
    header: Header, data: bytes, sections: int | None = None, extended: int | None = None
) -> bytes:
    h = header
    head = HEADER.pack(
        layout.SIGNATURE,
        HEADER.size + len(data),
        layout.VERSION,
        h.port,
        h.type,
        h.sections if sections is None else sections,
        h.current_epoch,
        h.config_epoch,
        h.offset,
        h.sender,
        h.slots,
        h.replica_of,
        h.ip + h.ip_rest if h.ip_rest else h.ip,
        h.extensions if extended is None else extended,
        h.spare,
        h.tls_port,
        h.bus_port,
        h.flags,
        h.state,
        h.mflags,
    )
    return head + data


def _with_either(header: Header | LightHeader, data: bytes) -> bytes:
    if isinstance(header, Header):
        return _with_header(header, data)
    length = LIGHT.size + len(data)
    kind = header.type | LIGHT_TYPE
    spares = (header.spare, header.spare_count)
    return LIGHT.pack(layout.SIGNATURE, length, layout.VERSION, spares[0], kind, spares[1]) + data


def decode(data: bytes) -> Message:
    """The message that these bytes are, all of them; raises `BadMessage` if they are none."""
    if len(data) < LIGHT.size:
        raise BadMessage(TOO_SHORT.format(len(data)), len(data))
    signature, length, version, spare, kind, spare_count = LIGHT.unpack_from(data)
    if signature != layout.SIGNATURE:
        raise BadMessage(NOT_SIGNED, 0)
    if length != len(data):
        raise BadMessage(OTHER_LENGTH.format(length, len(data)), _OFFSETS["length"])
    if version != layout.VERSION:
        raise BadMessage(OTHER_VERSION.format(version), _OFFSETS["version"])
    if kind & LIGHT_TYPE:
        kind &= ~LIGHT_TYPE
        return _decode_light(LightHeader(kind, spare, spare_count), data)
    if length < HEADER.size:
        raise BadMessage(TOO_SHORT.format(length), length)
    if kind <= m.MEET:
        return _decode_heartbeat(data)
    return _decode_other(_decode_header(data), data)


def _decode_header(data: bytes) -> Header:
    """The header, with its two counts as they stand there."""
    (
        _, _, _, port, kind, sections, current, config, offset, sender, slots, replica_of, ip,
        extensions, spare, tls_port, bus_port, flags, state, mflags,
    ) = HEADER.unpack_from(data)  # fmt: skip
    if sender.translate(None, IN_IDS):
        raise BadMessage(BAD_ID, _OFFSETS["sender"])
    if replica_of == NO_ID:
        replica_of = b""
    elif replica_of.translate(None, IN_IDS):
        raise BadMessage(BAD_ID, _OFFSETS["replica_of"])
    ip, ip_rest = _address(ip)
    if spare == NO_SPARE:
        spare = b""
    # What a heartbeat counts is in its message, not in its header.
    if kind <= m.MEET:
        sections = 0
        if mflags[0] & m.MESSAGE_EXTENDED:
            extensions = 0
    return Header(
        kind, sender, current, config, offset, slots, replica_of, ip, port, tls_port, bus_port,
        flags, state, mflags, spare, ip_rest, sections, extensions,
    )  # fmt: skip


def _address(field: bytes) -> tuple[bytes, bytes]:
    """An address as C reads it, to the first zero; and what else is there, if anything is."""
    ip = field.rstrip(b"\0")
    if b"\0" not in ip:
        return ip, b""
    end = ip.index(0)
    return field[:end], field[end:]


def _check_id(name: bytes, offset: int) -> None:
    if name.translate(None, IN_IDS):
        raise BadMessage(BAD_ID, offset)


def _decode_heartbeat(data: bytes) -> m.Ping:
    header = _decode_header(data)
    sections = int.from_bytes(data[_SECTIONS : _SECTIONS + 2], "big")
    end = HEADER.size + GOSSIP.size * sections
    if end > len(data):
        raise BadMessage(OTHER_LENGTH.format(len(data), end), _SECTIONS)
    gossip = _decode_gossip(data[HEADER.size : end])
    if not header.mflags[0] & m.MESSAGE_EXTENDED:
        _expect_end(data, end)
        return m.Ping(header, gossip)
    count = int.from_bytes(data[_EXTENSIONS : _EXTENSIONS + 2], "big")
    return m.Ping(header, gossip, _decode_extensions(data, end, count))


def _decode_gossip(data: bytes) -> tuple[Gossip, ...]:
    # The hottest loop of a simulated cluster: `new` skips the argument handling of a named tuple,
    # and `_address` is written out for the case that it nearly always is.
    new, gossip, names = tuple.__new__, [], []
    for name, sent, received, field, port, bus, flags, tls, spare in GOSSIP.iter_unpack(data):
        ip, rest = field.rstrip(b"\0"), b""
        if b"\0" in ip:
            ip, rest = _address(field)
        names.append(name)
        row = (name, sent, received, ip, port, bus, flags, tls, spare, rest)
        gossip.append(new(Gossip, row))
    if b"".join(names).translate(None, IN_IDS):
        bad = next(at for at, name in enumerate(names) if name.translate(None, IN_IDS))
        raise BadMessage(BAD_ID, HEADER.size + GOSSIP.size * bad)
    return tuple(gossip)


def _decode_extensions(data: bytes, at: int, count: int) -> tuple[Extension, ...]:
    extensions = []
    for _ in range(count):
        if at + EXTENSION.size > len(data):
            raise BadMessage(TOO_SHORT.format(len(data) - at), at)
        length, kind, spare = EXTENSION.unpack_from(data, at)
        if length < EXTENSION.size or length % 8:
            raise BadMessage(BAD_EXTENSION_LENGTH.format(length), at)
        if length > len(data) - at:
            raise BadMessage(TOO_SHORT.format(len(data) - at), at)
        extension = Extension(kind, data[at + EXTENSION.size : at + length], spare)
        _check_extension(extension, at + EXTENSION.size)
        extensions.append(extension)
        at += length
    _expect_end(data, at)
    return tuple(extensions)


def _check_extension(extension: Extension, at: int) -> None:
    kind, data, _ = extension
    if kind in (m.HOSTNAME, m.HUMAN_NODENAME):
        if data[-1:] != b"\0":
            raise BadMessage(NO_END_OF_TEXT, at)
    elif kind in (m.FORGOTTEN_NODE, m.SHARD_ID):
        if len(data) < (m.ID_BYTES if kind == m.SHARD_ID else m.ID_BYTES + 8):
            raise BadMessage(SHORT_EXTENSION.format(kind, len(data)), at)
        _check_id(extension.node, at)


def _expect_end(data: bytes, end: int) -> None:
    if len(data) != end:
        raise BadMessage(OTHER_LENGTH.format(len(data), end), min(end, len(data)))


def _decode_other(header: Header, data: bytes) -> Message:
    match header.type:
        case m.FAIL:
            _expect_end(data, HEADER.size + layout.FAIL.size)
            (node,) = layout.FAIL.unpack_from(data, HEADER.size)
            _check_id(node, HEADER.size)
            return m.Fail(header, node)
        case m.UPDATE:
            _expect_end(data, HEADER.size + layout.UPDATE.size)
            config_epoch, node, slots = layout.UPDATE.unpack_from(data, HEADER.size)
            _check_id(node, HEADER.size + 8)
            return m.Update(header, config_epoch, node, slots)
        case m.PUBLISH | m.PUBLISHSHARD:
            return _decode_publish(header, data, HEADER.size)
        case m.MODULE:
            return _decode_module(header, data, HEADER.size)
        case m.AUTH_REQUEST | m.AUTH_ACK | m.MFSTART:
            _expect_end(data, HEADER.size)
            return _BARE[header.type](header)
    return m.Unknown(header, data[HEADER.size :])


_BARE: Final[dict[int, type[m.AuthRequest | m.AuthAck | m.ManualStart]]] = {
    m.AUTH_REQUEST: m.AuthRequest,
    m.AUTH_ACK: m.AuthAck,
    m.MFSTART: m.ManualStart,
}


def _decode_light(header: LightHeader, data: bytes) -> Message:
    if header.type in (m.PUBLISH, m.PUBLISHSHARD):
        return _decode_publish(header, data, LIGHT.size)
    if header.type == m.MODULE:
        return _decode_module(header, data, LIGHT.size)
    raise BadMessage(NOT_LIGHT.format(header.type), _OFFSETS["type"])


def _decode_publish(header: Header | LightHeader, data: bytes, at: int) -> m.Publish:
    start = at + layout.PUBLISHED.size
    if len(data) < start:
        raise BadMessage(TOO_SHORT.format(len(data) - at), at)
    channel, text = layout.PUBLISHED.unpack_from(data, at)
    if start + channel + text != len(data):
        raise BadMessage(OTHER_LENGTH.format(len(data), start + channel + text), at)
    return m.Publish(header, data[start : start + channel], data[start + channel :])


def _decode_module(header: Header | LightHeader, data: bytes, at: int) -> m.Module:
    start = at + layout.MODULED.size
    if len(data) < start:
        raise BadMessage(TOO_SHORT.format(len(data) - at), at)
    module_id, length, kind = layout.MODULED.unpack_from(data, at)
    if start + length != len(data):
        raise BadMessage(OTHER_LENGTH.format(len(data), start + length), at)
    return m.Module(header, module_id, kind, data[start:])


class Frames:
    """Cuts the bytes of a connection into messages.

    Source: `cluster_legacy.c clusterReadHandler`.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now. Raises `BadMessage` where none can begin, after which
        the connection is of no use any more."""
        buffer = self._buffer
        buffer += data
        whole = []
        while len(buffer) >= 8:
            length = self._length()
            if len(buffer) < length:
                break
            whole.append(bytes(buffer[:length]))
            del buffer[:length]
        return whole

    def _length(self) -> int:
        if self._buffer[:4] != layout.SIGNATURE:
            raise BadMessage(NOT_SIGNED, 0)
        length = int.from_bytes(self._buffer[4:8], "big")
        if length < LIGHT.size:
            raise BadMessage(TOO_SHORT.format(length), 4)
        if length > MAX_LENGTH:
            raise BadMessage(TOO_LONG.format(length), 4)
        return length
