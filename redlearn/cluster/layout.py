"""Where each field of a bus message stands in its bytes.

The tables say it once: `codec.py` reads and writes with the structs made of them, `fields_of`
walks them so that a heartbeat can be shown byte by byte. All integers are big-endian.

    0     RCmb                      80    2048 bytes of slots
    4     length of the whole       2128  master, address, extensions, spare
    8     version, port, type ...   2246  ports, flags, state, flags of the message
    16    epochs, offset, sender    2256  gossip, or whatever the type carries

Source: `cluster_legacy.h clusterMsg` and the structs beside it.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple, TypeAlias

from redlearn.cluster.message import FAIL as FAIL_TYPE
from redlearn.cluster.message import MEET, MESSAGE_EXTENDED, MODULE, PUBLISH, PUBLISHSHARD
from redlearn.cluster.message import UPDATE as UPDATE_TYPE

Table: TypeAlias = tuple[tuple[str, str], ...]

# Each field with its form: B, H, I and Q are integers of 1, 2, 4 and 8 bytes, 40s is 40 bytes.
HEADER_FIELDS: Final[Table] = (
    ("signature", "4s"),
    ("length", "I"),
    ("version", "H"),
    ("port", "H"),
    ("type", "H"),
    ("sections", "H"),
    ("current_epoch", "Q"),
    ("config_epoch", "Q"),
    ("offset", "Q"),
    ("sender", "40s"),
    ("slots", "2048s"),
    ("replica_of", "40s"),
    ("ip", "46s"),
    ("extensions", "H"),
    ("spare", "30s"),
    ("tls_port", "H"),
    ("bus_port", "H"),
    ("flags", "H"),
    ("state", "B"),
    ("mflags", "3s"),
)
LIGHT_FIELDS: Final[Table] = (
    ("signature", "4s"),
    ("length", "I"),
    ("version", "H"),
    ("spare", "H"),
    ("type", "H"),
    ("spare_count", "H"),
)
GOSSIP_FIELDS: Final[Table] = (
    ("name", "40s"),
    ("ping_sent_s", "I"),
    ("pong_received_s", "I"),
    ("ip", "46s"),
    ("port", "H"),
    ("bus_port", "H"),
    ("flags", "H"),
    ("tls_port", "H"),
    ("spare", "H"),
)
EXTENSION_FIELDS: Final[Table] = (("length", "I"), ("kind", "H"), ("spare", "H"))
FAIL_FIELDS: Final[Table] = (("node", "40s"),)
UPDATE_FIELDS: Final[Table] = (("config_epoch", "Q"), ("node", "40s"), ("slots", "2048s"))
PUBLISH_FIELDS: Final[Table] = (("channel_length", "I"), ("message_length", "I"))
MODULE_FIELDS: Final[Table] = (("module_id", "Q"), ("data_length", "I"), ("kind", "B"))


def struct_of(table: Table) -> Struct:
    """The struct that reads and writes the fields of a table, in their order."""
    return Struct(">" + "".join(form for _, form in table))


HEADER: Final = struct_of(HEADER_FIELDS)
LIGHT: Final = struct_of(LIGHT_FIELDS)
GOSSIP: Final = struct_of(GOSSIP_FIELDS)
EXTENSION: Final = struct_of(EXTENSION_FIELDS)
FAIL: Final = struct_of(FAIL_FIELDS)
UPDATE: Final = struct_of(UPDATE_FIELDS)
PUBLISHED: Final = struct_of(PUBLISH_FIELDS)
MODULED: Final = struct_of(MODULE_FIELDS)

SIGNATURE: Final = b"RCmb"
VERSION: Final = 1
SPARE_BYTES: Final = 30
MESSAGE_FLAG: Final = HEADER.size - 3  # where the first byte of `mflags` stands
LIGHT_TYPE: Final = 0x8000  # set in the type of a message that begins with the light header


def offsets_of(table: Table) -> dict[str, int]:
    """Where each field of a table begins, counted from the table's own beginning."""
    offsets, at = {}, 0
    for name, form in table:
        offsets[name] = at
        at += Struct(">" + form).size
    return offsets


class Field(NamedTuple):
    """One field of one message.

    Attributes:
        part: What it belongs to: "header", "gossip 0", "extension 0", "fail", ...
        name: Its name there, as the attribute of the message is called.
        offset: Where it begins in the message.
        size: How many bytes it takes.
        value: What it says: an integer, or raw bytes.
    """

    part: str
    name: str
    offset: int
    size: int
    value: int | bytes


def fields_of(data: bytes) -> list[Field]:
    """All fields of a message that `codec.decode` accepts, in order, without gaps. O(fields)."""
    kind = LIGHT.unpack_from(data)[4]
    header = LIGHT_FIELDS if kind & LIGHT_TYPE else HEADER_FIELDS
    fields = _table("header", header, data, 0)
    kind &= ~LIGHT_TYPE
    if kind <= MEET:
        _heartbeat(fields, data)
    elif kind == FAIL_TYPE:
        fields += _table("fail", FAIL_FIELDS, data, HEADER.size)
    elif kind == UPDATE_TYPE:
        fields += _table("update", UPDATE_FIELDS, data, HEADER.size)
    elif kind in (PUBLISH, PUBLISHSHARD):
        fields += _table("publish", PUBLISH_FIELDS, data, _end(fields))
        length = fields[-2].value
        assert isinstance(length, int)
        _raw(fields, "publish", "channel", data, length)
        _raw(fields, "publish", "message", data, len(data) - _end(fields))
    elif kind == MODULE:
        fields += _table("module", MODULE_FIELDS, data, _end(fields))
    _raw(fields, "rest", "data", data, len(data) - _end(fields))
    return fields


def _heartbeat(fields: list[Field], data: bytes) -> None:
    values = HEADER.unpack_from(data)
    for number in range(values[5]):
        fields += _table(f"gossip {number}", GOSSIP_FIELDS, data, _end(fields))
    if not data[MESSAGE_FLAG] & MESSAGE_EXTENDED:
        return
    for number in range(values[13]):
        part = f"extension {number}"
        fields += _table(part, EXTENSION_FIELDS, data, _end(fields))
        length = fields[-3].value
        assert isinstance(length, int)
        _raw(fields, part, "data", data, length - EXTENSION.size)


def _table(part: str, table: Table, data: bytes, at: int) -> list[Field]:
    fields = []
    for name, form in table:
        one = Struct(">" + form)
        fields.append(Field(part, name, at, one.size, one.unpack_from(data, at)[0]))
        at += one.size
    return fields


def _raw(fields: list[Field], part: str, name: str, data: bytes, size: int) -> None:
    """Add a field whose size the message itself gives; none where it is empty."""
    if size:
        at = _end(fields)
        fields.append(Field(part, name, at, size, data[at : at + size]))


def _end(fields: list[Field]) -> int:
    return fields[-1].offset + fields[-1].size
