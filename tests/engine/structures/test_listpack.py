"""The listpack: real bytes, and every operation on them."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.listpack import (
    MAX_BYTES,
    NOWHERE,
    EntryWritten,
    Listpack,
)
from redlearn.engine.structures.listpack_entry import encode
from redlearn.probe import Event, Probe


def pack_of(*items: bytes) -> Listpack:
    pack = Listpack(Probe())
    pack.append(*items)
    pack.check()
    return pack


def watched(pack: Listpack) -> list[Event]:
    seen: list[Event] = []
    pack._probe.emit = seen.append
    return seen


def test_an_empty_listpack_is_seven_bytes() -> None:
    pack = pack_of()
    assert pack.freeze().hex(" ") == "07 00 00 00 00 00 ff"
    assert (len(pack), pack.size, pack.first(), pack.last()) == (0, 7, NOWHERE, NOWHERE)


def test_the_bytes_are_those_the_module_draws() -> None:
    assert pack_of(b"hi", b"5").freeze().hex(" ") == "0d 00 00 00 02 00 82 68 69 03 05 01 ff"


# Value bytes of DUMP payloads that Redis 7.4.1 wrote, and what they hold.
RECORDED = [
    (
        "2f0000000a0082663003827630038266310382763103826632038276320382663303827633038266340382763403ff",
        [b"f0", b"v0", b"f1", b"v1", b"f2", b"v2", b"f3", b"v3", b"f4", b"v4"],
    ),
    (
        "320000000a00836c6f7704842d696e6605847a65726f0500018161020101816202"
        "83322e350484686967680583696e6604ff",
        [b"low", b"-inf", b"zero", b"0", b"a", b"1", b"b", b"2.5", b"high", b"inf"],
    ),
    (
        "2d00000004008750616c65726d6f08f42a7a0715395c0c000987436174616e696108f46d0f8df8895c0c0009ff",
        [b"Palermo", b"3479099956230698", b"Catania", b"3479447370796909"],
    ),
    ("1200000004008161028162028163020101ff", [b"a", b"b", b"c", b"1"]),
]


@pytest.mark.parametrize(("hexed", "items"), RECORDED)
def test_a_real_server_writes_the_same_bytes(hexed: str, items: list[bytes]) -> None:
    assert pack_of(*items).freeze().hex() == hexed
    assert Listpack.load(bytes.fromhex(hexed), Probe()).items() == items


MIXED = [b"a", b"12", b"-5000", b"x" * 70, b"", b"9" * 25, b"y" * 5000, b"2147483648", b"z"]


def test_entries_can_be_walked_forwards_and_backwards() -> None:
    pack = pack_of(*MIXED)
    forwards, at = [], pack.first()
    while at != NOWHERE:
        forwards.append(pack.get(at))
        at = pack.next(at)
    backwards, at = [], pack.last()
    while at != NOWHERE:
        backwards.append(pack.get(at))
        at = pack.previous(at)
    assert forwards == backwards[::-1] == list(pack) == pack.items() == MIXED


def test_entries_are_sought_by_index_from_either_end() -> None:
    pack = pack_of(*MIXED)
    for index, item in enumerate(MIXED):
        assert pack.get(pack.seek(index)) == pack.get(pack.seek(index - len(MIXED))) == item
        assert pack.index(pack.seek(index)) == index
    assert pack.seek(len(MIXED)) == pack.seek(-len(MIXED) - 1) == NOWHERE


@pytest.mark.parametrize("is_watched", [False, True])
def test_find_compares_whole_entries_only(is_watched: bool) -> None:
    # The first entry holds, as text, the very bytes of the second one.
    pack = pack_of(b"\x82hi\x03", b"hi", b"\x05\x01", b"5")
    if is_watched:
        watched(pack)
    assert pack.find(b"hi") == pack.seek(1)
    assert pack.find(b"5") == pack.seek(3)
    assert pack.find(b"h") == NOWHERE


@pytest.mark.parametrize("is_watched", [False, True])
def test_find_with_a_skip_sees_fields_and_not_values(is_watched: bool) -> None:
    pack = pack_of(b"name", b"age", b"age", b"7", b"7", b"x")
    if is_watched:
        watched(pack)
    assert pack.find(b"age", 1) == pack.seek(2)
    assert pack.find(b"7", 1) == pack.seek(4)
    assert pack.find(b"x", 1) == NOWHERE


def test_numbers_are_given_as_they_are_kept_or_as_bytes() -> None:
    pack = pack_of(b"5", b"-300", b"05")
    places = [pack.seek(index) for index in range(3)]
    assert [pack.value(at) for at in places] == [5, -300, b"05"]
    assert [pack.get(at) for at in places] == [b"5", b"-300", b"05"]


def test_an_insert_pushes_the_rest_back() -> None:
    pack = pack_of(b"a", b"d")
    assert pack.insert(pack.seek(1), b"b", b"300") == pack.seek(1)
    pack.prepend(b"first")
    pack.check()
    assert pack.items() == [b"first", b"a", b"b", b"300", b"d"]


def test_a_replaced_entry_may_have_another_length() -> None:
    pack = pack_of(b"a", b"bb", b"c")
    for value in (b"xx", b"y" * 100, b"7", b""):
        pack.replace(pack.seek(1), value)
        pack.check()
        assert pack.items() == [b"a", value, b"c"]


def test_a_delete_takes_as_many_as_there_are() -> None:
    pack = pack_of(*MIXED)
    assert pack.delete(pack.seek(1), 3) == 3
    pack.check()
    assert pack.items() == [MIXED[0], *MIXED[4:]]
    assert pack.delete(pack.seek(2), 99) == len(MIXED) - 3 - 2
    pack.check()
    assert pack.items() == [MIXED[0], MIXED[4]]
    assert pack.delete(pack.size - 1) == 0


def test_pairs_are_found_and_written_by_their_first() -> None:
    pack = pack_of(b"f", b"1", b"g", b"text", b"h", b"x" * 100)
    assert [pack.partner(field) for field in (b"f", b"g", b"h")] == [b"1", b"text", b"x" * 100]
    assert pack.partner(b"text") is None
    assert pack.put_partner(b"g", b"2")
    assert not pack.put_partner(b"new", b"3")
    pack.check()
    assert pack.pairs() == [(b"f", b"1"), (b"g", b"2"), (b"h", b"x" * 100), (b"new", b"3")]


@pytest.mark.parametrize("is_watched", [False, True])
def test_the_second_of_a_pair_is_found_again_wherever_it_moved(is_watched: bool) -> None:
    pack = pack_of(b"a", b"1", b"b", b"2", b"c", b"3")
    if is_watched:
        watched(pack)

    def seconds() -> list[int | bytes | None]:
        places = [pack.second(field) for field in (b"a", b"b", b"c", b"1")]
        return [None if at == NOWHERE else pack.value(at) for at in places]

    assert seconds() == seconds() == [1, 2, 3, None]
    pack.put_partner(b"a", b"longer")
    assert seconds() == [b"longer", 2, 3, None]
    pack.delete(pack.seek(2), 2)
    assert seconds() == [b"longer", None, 3, None]
    pack.replace(pack.seek(0), b"b")  # another first, of the same length
    assert seconds() == [None, b"longer", 3, None]
    pack.delete(pack.seek(2), 2)  # the last pair
    assert seconds() == [None, b"longer", None, None]
    pack.append(b"c", b"4")
    pack.prepend(b"1", b"5")
    assert seconds() == [None, b"longer", 4, 5]


def test_the_count_is_unknown_from_65535_on_and_known_again_below() -> None:
    pack = pack_of(*[b"1"] * 65534)
    assert pack.freeze()[4:6] == b"\xfe\xff"
    pack.append(b"2", b"3")
    assert pack.freeze()[4:6] == b"\xff\xff"
    assert len(pack) == 65536
    pack.check()
    pack.delete(pack.first(), 65500)
    assert pack.freeze()[4:6] == b"\xff\xff"  # nobody counted yet
    assert len(pack) == 36
    assert pack.freeze()[4:6] == b"\x24\x00"
    pack.check()


def test_a_listpack_ends_at_a_gibibyte() -> None:
    pack = pack_of()
    assert pack.fits(MAX_BYTES - 7)
    assert not pack.fits(MAX_BYTES - 6)


def test_loaded_bytes_stay_as_they_are_and_broken_ones_are_refused() -> None:
    data = pack_of(*MIXED).freeze()
    loaded = Listpack.load(data, Probe())
    loaded.check()
    assert loaded.freeze() == data
    with pytest.raises(ValueError, match="at offset"):
        Listpack.load(data[:-2] + b"\xff", Probe())


def test_loaded_entries_in_a_long_form_are_shortened() -> None:
    loaded = Listpack.load(bytes.fromhex("0f0000000200 f1050003 82313203 ff"), Probe())
    loaded.check()
    assert loaded.items() == [b"5", b"12"]
    assert loaded.find(b"5") != NOWHERE


def test_a_thawed_listpack_is_equal_and_independent() -> None:
    pack = pack_of(*MIXED)
    thawed = Listpack.thaw(pack.freeze(), Probe())
    thawed.append(b"more")
    thawed.check()
    assert pack.items() == MIXED
    assert thawed.items() == [*MIXED, b"more"]


def test_entries_are_taken_apart_for_a_pane() -> None:
    pack = pack_of(*MIXED)
    parts = pack.entries()
    assert [part.value for part in parts] == MIXED
    assert parts[2].encoding == "16-bit number"
    assert (parts[3].head, parts[3].body, parts[3].size) == (2, 70, 73)
    assert pack.entries(3, 2) == parts[3:5]
    assert pack.entries(99) == []


def test_watching_changes_nothing() -> None:
    rng = Random(1)
    quiet, seen = Listpack(Probe()), Listpack(Probe(lambda event: None))
    for _ in range(400):
        field = b"f%d" % rng.randrange(30)
        value = rng.choice([b"12", b"text", b"long " * 20])
        if rng.random() < 0.7:
            assert quiet.put_partner(field, value) == seen.put_partner(field, value)
        elif (at := quiet.find(field, 1)) != NOWHERE:
            assert seen.find(field, 1) == at
            assert quiet.delete(at, 2) == seen.delete(at, 2) == 2
        assert quiet.freeze() == seen.freeze()


def test_encoded_entries_are_appended_as_they_are() -> None:
    pack = pack_of(b"a")
    pack.append_encoded([encode(b"b"), encode(b"300")])
    pack.check()
    assert pack.items() == [b"a", b"b", b"300"]
    seen = watched(pack)
    pack.append_encoded([encode(b"c")])
    assert seen == [EntryWritten(pack.last(), 3)]


def test_a_small_number_is_replaced_in_place_and_a_larger_one_moves_what_follows() -> None:
    pack = pack_of(b"5", b"a")
    pack.replace_number(pack.first(), 127)
    pack.replace_number(pack.first(), 128)
    pack.check()
    assert pack.items() == [b"128", b"a"]
    pack.replace_number(pack.first(), 7)
    pack.check()
    assert pack.items() == [b"7", b"a"]
