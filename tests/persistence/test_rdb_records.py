"""A snapshot file taken apart: every byte belongs to a record, and to one of its fields."""

from __future__ import annotations

from itertools import pairwise

import pytest

from redlearn.persistence.opcodes import magic_of, version_of
from redlearn.persistence.rdb_records import (
    Aux,
    BadRdb,
    End,
    Function,
    Key,
    Magic,
    ModuleAux,
    ResizeDb,
    SelectDb,
    SlotImport,
    SlotInfo,
    find_fault,
    inside,
    records,
)
from tests.persistence.files import (
    ALL_TYPES,
    ENDING_FIELDS,
    EXPECTED,
    LIBRARY,
    SERVERS,
    filled,
    recorded,
    save,
    sealed,
)

FILES = {
    **{server: recorded(server) for server in SERVERS},
    "ours": save(filled(*ALL_TYPES)),
    "ours-12": save(filled(*ALL_TYPES, *ENDING_FIELDS), 12),
    "ours-80": save(filled(*ALL_TYPES, *ENDING_FIELDS), 80),
}


@pytest.mark.parametrize("name", FILES)
def test_records_lie_side_by_side_from_the_first_byte_to_the_last(name: str) -> None:
    found = list(records(FILES[name]))
    assert found[0].start == 0
    assert all(one.end == next.start for one, next in pairwise(found))
    assert found[-1].end == len(FILES[name])


@pytest.mark.parametrize("name", FILES)
def test_so_do_the_fields_of_each_record(name: str) -> None:
    for record in records(FILES[name]):
        assert record.fields[0].start == record.start
        assert record.fields[-1].end == record.end
        assert all(one.end == next.start for one, next in pairwise(record.fields))


@pytest.mark.parametrize("name", FILES)
def test_and_the_parts_of_each_value(name: str) -> None:
    data = FILES[name]
    for record in records(data):
        if isinstance(record, Key):
            parts = inside(data, record, version_of(data))
            assert (parts[0].start, parts[-1].end) == (record.value_start, record.end)
            assert all(one.end == next.start for one, next in pairwise(parts))


@pytest.mark.parametrize("server", SERVERS)
def test_all_keys_are_found_with_when_they_end(server: str) -> None:
    keys = [record for record in records(recorded(server)) if isinstance(record, Key)]
    assert {record.key.decode(): record.expire_ms for record in keys} == {
        key: row[2] for key, row in EXPECTED[server].items()
    }


def test_what_stands_before_a_key_is_told_with_it() -> None:
    body = magic_of(11) + b"\xfd\x01\x00\x00\x00\xf9\x07\x00\x01k\x01v" + b"\xf8\x05\x00\x01i\x01v"
    _, first, second, _ = records(sealed(body))
    assert isinstance(first, Key)
    assert (first.expire_ms, first.frequency, first.idle_seconds) == (1000, 7, None)
    assert [field.name for field in first.fields] == [
        "opcode", "expires at, seconds", "opcode", "frequency", "type", "key", "value",
    ]  # fmt: skip
    assert isinstance(second, Key)
    assert (second.expire_ms, second.frequency, second.idle_seconds) == (None, None, 5)


def test_a_small_file_field_by_field() -> None:
    data = save(filled("SET k 300 PXAT 4102444800000"))
    (key,) = [record for record in records(data) if isinstance(record, Key)]
    assert [(f.name, f.end - f.start, f.value, f.form) for f in key.fields] == [
        ("opcode", 1, 252, ""),
        ("expires at, ms", 8, 4_102_444_800_000, ""),
        ("type", 1, 0, ""),
        ("key", 2, b"k", "1 + 1 bytes"),
        ("value", 3, b"\xc1\x2c\x01", ""),
    ]
    (value,) = inside(data, key, 10)
    assert (value.name, value.value, value.form) == ("value", b"300", "a number of 16 bits")


def test_every_kind_of_record_is_known() -> None:
    library = filled()
    library(b"FUNCTION", b"LOAD", LIBRARY.encode())
    (code,) = [r.code for r in records(save(library)) if isinstance(r, Function)]
    assert code == LIBRARY.encode()
    body = magic_of(80) + (
        b"\xfa\x01a\x01b" b"\xf7\x09\x02\x00\x02\x05\x05\x01x\x00" b"\xf4\x01\x02\x03"
        b"\xf3\x03job\x01\x04\x05" b"\xfe\x02" b"\xfb\x07\x03" b"\x07\x01k\x05\x04\x00\x00\x00\x00"
        b"\x00\x00\x00\x00\x03\x00\x00\x00\x00\x01\x05\x02\x06\x00"
    )  # fmt: skip
    magic, aux, module, slot, job, select, resize, key, end = records(sealed(body))
    assert isinstance(magic, Magic) and magic.version == 80
    assert isinstance(aux, Aux) and (aux.name, aux.text) == (b"a", b"b")
    assert isinstance(module, ModuleAux) and module.module == 9
    assert isinstance(slot, SlotInfo) and (slot.slot, slot.keys, slot.expires) == (1, 2, 3)
    assert isinstance(job, SlotImport) and job.job == b"job"
    assert isinstance(select, SelectDb) and select.index == 2
    assert isinstance(resize, ResizeDb) and (resize.keys, resize.expires) == (7, 3)
    assert isinstance(key, Key) and key.kind == "value of a module"
    assert isinstance(end, End) and end.checksum


@pytest.mark.parametrize(
    ("body", "at", "reason"),
    [
        (b"REDIS0099", 0, "none that is known"),
        (magic_of(10), 9, "1 byte was promised, 0 are left"),
        (magic_of(10) + b"\xfe", 10, "promised"),
        (magic_of(10) + b"\xfe\xc0", 11, "no length begins with 0xc0"),
        (magic_of(10) + b"\x00\x05k", 11, "5 bytes were promised, 1 is left"),
        (magic_of(10) + b"\x06\x01k\x00", 10, "type 6 of version 10 is not known"),
        (magic_of(10) + b"\xf6\x01k\x00", 10, "before their release"),
        (magic_of(10) + b"\x12\x01k\x01\x03\x01a", 14, "no container 3"),
        (magic_of(10) + b"\x07\x01k\x00\x07", 14, "no part of kind 7"),
        (magic_of(10) + b"\xff1234567", 10, "8 bytes were promised"),
    ],
)
def test_where_a_file_cannot_be_read_on_it_says_where_and_why(
    body: bytes, at: int, reason: str
) -> None:
    with pytest.raises(BadRdb, match=reason) as caught:
        list(records(body))
    assert caught.value.at == at


def test_without_a_fault_in_the_walk_it_is_the_checksum() -> None:
    data = save(filled("SET k v"))
    fault = find_fault(data, 0x1234)
    assert fault.at == len(data) - 8
    assert "that of the bytes is 0000000000001234" in fault.reason
    assert find_fault(data + b"xx", 0).reason == "2 bytes follow the end"
    assert find_fault(data[:-3], 0).reason.startswith("8 bytes were promised")
