"""Sets: what they hold, and which form holds it."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from redlearn.engine.structures.intset import Intset
from redlearn.engine.structures.listpack import Listpack
from redlearn.engine.values.kit import EncodingChanged, Kit
from redlearn.engine.values.set import Set
from redlearn.probe import Event, Probe


def new_kit() -> Kit:
    return Kit(Probe(), Random(1), Random(2), seed=3)


def numbers(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


def texts(count: int) -> list[bytes]:
    return [b"m%d" % number for number in range(count)]


def set_of(members: list[bytes], kit: Kit | None = None) -> Set:
    made = Set.begun(kit or new_kit(), members[0])
    for member in members:
        made.add(member)
    made.check()
    return made


EACH_FORM = pytest.mark.parametrize(
    "members", [numbers(20), texts(20), texts(200)], ids=["intset", "listpack", "hashtable"]
)


@EACH_FORM
def test_members_are_put_in_and_taken_out(members: list[bytes]) -> None:
    value = set_of(members)
    assert not value.add(members[3])
    assert value.remove(members[3])
    assert not value.remove(members[3])
    assert not value.remove(b"nobody")
    assert members[3] not in value
    assert members[4] in value
    assert b"nobody" not in value
    assert sorted(value) == sorted({*members} - {members[3]})
    value.check()


@pytest.mark.parametrize(
    ("members", "encoding"),
    [
        (numbers(512), "intset"),
        (numbers(513), "hashtable"),
        (texts(128), "listpack"),
        (texts(129), "hashtable"),
        ([b"a", b"x" * 64], "listpack"),
        ([b"a", b"x" * 65], "hashtable"),
        ([*numbers(127), b"a"], "listpack"),
        ([*numbers(128), b"a"], "hashtable"),
        ([*numbers(2), b"x" * 65], "hashtable"),
        ([b"007"], "listpack"),
        ([b"a", b"7"], "listpack"),
    ],
)
def test_what_a_set_holds_decides_its_form(members: list[bytes], encoding: str) -> None:
    assert set_of(members).encoding == encoding


@pytest.mark.parametrize(
    ("member", "expected", "encoding"),
    [
        (b"1", 512, "intset"),
        (b"1", 513, "hashtable"),
        (b"a", 128, "listpack"),
        (b"a", 129, "hashtable"),
    ],
)
def test_a_new_set_looks_at_its_first_member_and_at_how_many_come(
    member: bytes, expected: int, encoding: str
) -> None:
    assert Set.begun(new_kit(), member, expected).encoding == encoding


@pytest.mark.parametrize(
    ("members", "count", "encoding"),
    [
        (numbers(1), 512, "intset"),
        (numbers(1), 513, "hashtable"),
        (texts(1), 128, "listpack"),
        (texts(1), 129, "hashtable"),
        (texts(200), 999, "hashtable"),
    ],
)
def test_many_members_convert_before_the_first_is_put(
    members: list[bytes], count: int, encoding: str
) -> None:
    value = set_of(members)
    value.expect(count)
    assert value.encoding == encoding
    assert sorted(value) == sorted(members)


@pytest.mark.parametrize("members", [numbers(513), texts(129)])
def test_there_is_no_way_back(members: list[bytes]) -> None:
    value = set_of(members)
    for member in members[1:]:
        value.remove(member)
    assert (value.members(), value.encoding) == ([members[0]], "hashtable")


def test_a_text_taken_out_of_a_listpack_leaves_no_intset() -> None:
    value = set_of([b"1", b"2", b"a"])
    value.remove(b"a")
    assert value.encoding == "listpack"


@pytest.mark.parametrize(
    ("members", "last", "told"),
    [
        (numbers(2), b"a", ("intset", "listpack", "a member is no number")),
        (numbers(3), b"a", ("intset", "hashtable", "4 members > 3")),
        (numbers(4), b"4", ("intset", "hashtable", "5 numbers > 4")),
        (texts(3), b"a", ("listpack", "hashtable", "4 members > 3")),
        (texts(2), b"x" * 65, ("listpack", "hashtable", "65 bytes > 64")),
        (numbers(2), b"x" * 65, ("intset", "hashtable", "65 bytes > 64")),
    ],
)
def test_a_conversion_says_why(
    members: list[bytes], last: bytes, told: tuple[str, str, str]
) -> None:
    kit = new_kit()
    kit.set_max_intset_entries, kit.set_max_listpack_entries = 4, 3
    value = set_of(members, kit)
    seen: list[Event] = []
    kit.probe.emit = seen.append
    assert value.add(last)
    assert [event for event in seen if isinstance(event, EncodingChanged)] == [
        EncodingChanged("set", *told)
    ]


@EACH_FORM
def test_a_random_member_is_any_of_them(members: list[bytes]) -> None:
    value = set_of(members)
    assert {value.random_member() for _ in range(len(members) * 20)} == {*members}


@EACH_FORM
def test_a_sample_is_distinct_and_every_member_comes_as_often(members: list[bytes]) -> None:
    value, drawn = set_of(members), Counter[bytes]()
    share = len(members) // 4
    for _ in range(400):
        picked = value.sample(share)
        assert len({*picked}) == len(picked) == share
        drawn.update(picked)
    assert set(drawn) == {*members}
    assert 50 < min(drawn.values()) <= max(drawn.values()) < 170
    assert sorted(value.sample(len(members) + 1)) == sorted(members)


@EACH_FORM
@pytest.mark.parametrize("of_ten", [1, 5, 9])
def test_some_are_popped_and_the_others_stay(members: list[bytes], of_ten: int) -> None:
    value = set_of(members)
    popped = value.pop_some(len(members) * of_ten // 10)
    value.check()
    assert len({*popped}) == len(popped) == len(members) * of_ten // 10
    assert sorted([*popped, *value]) == sorted(members)


@pytest.mark.parametrize(
    ("members", "popped", "encoding"),
    [
        (texts(200), 160, "hashtable"),  # 40 stay: five times as many are no more than go
        (texts(200), 170, "listpack"),
        (texts(2000), 1700, "hashtable"),  # 300 stay, too many for a listpack
        (numbers(600), 595, "listpack"),  # what was a table was no intset
        (numbers(400), 390, "intset"),
    ],
)
def test_what_a_large_pop_leaves_is_made_anew(
    members: list[bytes], popped: int, encoding: str
) -> None:
    value = set_of(members)
    value.pop_some(popped)
    assert (len(value), value.encoding) == (len(members) - popped, encoding)


def test_one_is_popped() -> None:
    value = set_of(texts(5))
    popped = value.pop()
    assert popped not in value
    assert len(value) == 4


def test_small_forms_are_scanned_whole_and_a_table_by_buckets() -> None:
    assert set_of(numbers(100)).scan(0, 10) == (0, numbers(100))
    assert set_of(texts(100)).scan(0, 10) == (0, texts(100))
    cursor, found = set_of(texts(1000)).scan(0, 10)
    assert cursor != 0
    assert 10 <= len(found) < 30


@pytest.mark.parametrize(
    ("members", "encoding"),
    [
        (numbers(512), "intset"),
        ([*numbers(3), b"a"], "listpack"),
        (numbers(200), "intset"),
        (numbers(513), "hashtable"),
    ],
)
def test_a_result_settles_as_an_intset_if_it_can(members: list[bytes], encoding: str) -> None:
    value = Set.packed(new_kit())
    for member in members:
        value.add(member)
    value.settle()
    value.check()
    assert (value.encoding, sorted(value)) == (encoding, sorted(members))


def test_a_loaded_intset_is_a_set_unless_it_is_too_large() -> None:
    kit = new_kit()
    intset = Intset(kit.probe)
    for number in range(4):
        intset.add(number)
    assert Set.of_intset(intset, kit).encoding == "intset"
    kit.set_max_intset_entries = 3
    loaded = Set.of_intset(intset, kit)
    assert (loaded.encoding, sorted(loaded)) == ("hashtable", numbers(4))


def test_a_loaded_listpack_is_a_set_if_its_members_differ() -> None:
    kit = new_kit()
    pack = Listpack(kit.probe)
    pack.append(b"a", b"x" * 100)
    assert Set.of_listpack(pack, kit).encoding == "listpack"  # only their number is looked at
    kit.set_max_listpack_entries = 1
    assert Set.of_listpack(pack, kit).encoding == "hashtable"
    pack.append(b"a")
    with pytest.raises(ValueError, match="no set"):
        Set.of_listpack(pack, kit)


@pytest.mark.parametrize("members", [numbers(600), [*numbers(5), b"a"], texts(5)])
def test_a_set_built_whole_takes_the_form_that_fits(members: list[bytes]) -> None:
    built = Set.built(new_kit(), members)
    built.check()
    assert (built.encoding, sorted(built)) == (set_of(members).encoding, sorted(members))
    with pytest.raises(ValueError, match="twice"):
        Set.built(new_kit(), [*members, members[0]])


@EACH_FORM
def test_a_snapshot_and_a_copy_hold_the_same(members: list[bytes]) -> None:
    kit = new_kit()
    value = set_of(members, kit)
    for member in members[::3]:
        value.remove(member)
    thawed = Set.thaw(value.freeze(), kit)
    assert thawed.members() == value.members()
    assert thawed.freeze() == value.freeze()
    twin = value.copy(kit)
    assert (sorted(twin), twin.encoding) == (sorted(value), value.encoding)
    twin.add(b"only in the copy")
    assert b"only in the copy" not in value


@pytest.mark.parametrize(
    ("members", "memory"),
    [(numbers(1), 32), (numbers(512), 16 + 1280), (texts(1), 16 + 16)],
)
def test_a_small_form_is_one_block(members: list[bytes], memory: int) -> None:
    assert set_of(members).memory() == memory


def test_a_member_alone_in_its_bucket_needs_no_entry() -> None:
    value = set_of([b"m%04d" % number for number in range(600)])
    assert value.table is not None
    chained = sum(entry.next is not None for entry in value.table.entries())
    buckets = value.table.size(0) + value.table.size(1)
    assert value.memory(samples=0) == 16 + 56 + 8 * buckets + 600 * 8 + 16 * chained
