"""One entry at an end of a listpack: the same bytes as by `append`, `insert` and `delete`."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.engine.structures.listpack import Listpack
from redlearn.probe import Event, Probe

ITEMS = (b"a", b"", b"5", b"-300", b"x" * 63, b"y" * 125, b"z" * 200, b"w" * 17000, b"1" * 18)


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_pushes_and_pops_keep_the_bytes_and_the_starts(seed: int, watched: bool) -> None:
    rng = Random(seed)
    seen: list[Event] = []
    pack, other = Listpack(Probe(seen.append if watched else None)), Listpack(Probe())
    for _ in range(300):
        item = rng.choice(ITEMS)
        match rng.randrange(5) if len(other) else rng.randrange(2):
            case 0:
                pack.push_last(item)
                other.append(item)
            case 1:
                pack.push_first(item)
                other.prepend(item)
            case 2:
                assert pack.pop_first() == other.get(other.first())
                other.delete(other.first())
            case 3:
                assert pack.pop_last() == other.get(other.last())
                other.delete(other.last())
            case 4:  # notes where entries begin, which the next call must not believe
                index = rng.randrange(len(other))
                assert pack.get(pack.seek(index)) == other.get(other.seek(index))
        pack.check()
        assert pack.freeze() == other.freeze()
    assert bool(seen) == watched


def test_a_count_that_is_unknown_stays_unknown() -> None:
    pack = Listpack(Probe())
    pack.append(*[b"1"] * 65534)
    pack.push_last(b"2")
    pack.push_first(b"0")
    assert (len(pack), pack.pop_last(), pack.pop_first()) == (65536, b"2", b"0")
    assert len(pack) == 65534


def test_a_second_is_found_where_it_is_after_a_push_before_it() -> None:
    pack = Listpack(Probe())
    pack.append(b"field", b"value")
    assert pack.partner(b"field") == b"value"
    pack.push_first(b"other")
    pack.push_first(b"more")
    assert pack.partner(b"field") == b"value"


def test_a_pack_that_gives_back_its_room_is_the_same() -> None:
    pack = Listpack(Probe())
    for item in ITEMS:
        pack.push_last(item)
    pack.find(b"5")
    before = pack.freeze()
    pack.shrink_to_fit()
    pack.check()
    assert (pack.freeze(), len(pack), pack.items()) == (before, len(ITEMS), list(ITEMS))
