"""What each type consists of: the same as what builds its values, for every type there is."""

from __future__ import annotations

import pytest

from redlearn.engine.payload import BadPayload, Reader, types
from redlearn.engine.payload.reading import OF_VALKEY as VALKEY_READERS
from redlearn.engine.payload.reading import READERS, read_value
from redlearn.persistence.opcodes import version_of
from redlearn.persistence.rdb_fields import Tracer
from redlearn.persistence.rdb_records import Key, inside, records
from redlearn.persistence.rdb_shapes import MODULE_2, OF_VALKEY, SHAPES, shape_of
from tests.engine.payload.test_reading import RECORDED, new_kit
from tests.persistence.files import ALL_TYPES, filled, recorded, save

PAYLOADS = [
    pytest.param(bytes.fromhex(hex), id=f"{server} {key}")
    for server, rows in RECORDED.items()
    for key, (hex, _) in rows.items()
]


def test_whatever_can_be_read_has_a_shape_and_modules_besides() -> None:
    assert set(SHAPES) == {*READERS, MODULE_2}
    assert set(OF_VALKEY) == set(VALKEY_READERS)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_walk_ends_where_the_reader_of_the_value_does(payload: bytes) -> None:
    content, version = payload[:-10], int.from_bytes(payload[-10:-8], "little")
    reader = Reader(content, 1)
    read_value(reader, content[0], new_kit(), version)
    trace = Tracer(content, 1)
    shape_of(content[0], version)[1](trace)
    assert trace.at == reader.at == len(content)


def test_parts_have_names_that_say_what_they_are() -> None:
    data = save(filled(*ALL_TYPES), 11)
    named = {
        record.key.decode(): [part.name for part in inside(data, record, version_of(data))]
        for record in records(data)
        if isinstance(record, Key)
    }
    assert named["text"] == ["value"]
    assert named["list"] == ["nodes", "container", "listpack"]
    assert named["table"] == ["members", "member"]
    assert named["wide-hash"] == ["fields", "field", "value"]
    assert named["tall"] == ["members", "member", "score", "member", "score"]
    assert named["numbers"] == ["intset"]
    assert named["stream"][:4] == ["nodes", "node ID", "listpack", "entries"]
    assert named["stream"][-5:] == ["consumer", "seen at", "active at", "pending", "pending ID"]


def test_one_number_means_two_things_and_the_version_tells_which() -> None:
    assert shape_of(types.HASH_2, 80)[0].endswith("as Valkey writes it")
    assert shape_of(types.HASH_METADATA_PRE_GA, 12)[0].endswith("early form")
    kinds = {r.kind for r in records(recorded("valkey-9.1")) if isinstance(r, Key)}
    assert "hash with fields that end, as Valkey writes it" in kinds


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(BadPayload, match="type 26 of version 12 is not known"):
        shape_of(26, 12)
