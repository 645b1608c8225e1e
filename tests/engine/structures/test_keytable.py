"""A table of keys says which of them were moved, and can be made of other rows."""

from redlearn.engine.structures.keytable import KeyTable
from redlearn.probe import Probe


def filled(keys: int) -> KeyTable:
    table = KeyTable(1, Probe(), "keys")
    for number in range(keys):
        table.put(b"k%d" % number, number)
    return table


def test_keys_that_a_rehash_moves_are_told_if_anybody_wants_to_know() -> None:
    table = filled(65)
    assert table.is_rehashing and table.moved is None
    waiting = {key.key for index in range(table.size(0)) for key in table.bucket(0, index)}
    table.moved = set()
    while table.rehash_steps(1):
        pass
    assert table.moved == waiting


def test_a_table_is_made_of_rows_that_another_had() -> None:
    one, other = filled(65), filled(2)
    rows, at = one.rows, one.rehash_index
    other.be_made_of(rows, at, (one.used(0), one.used(1)))
    assert other.freeze() == one.freeze()
    other.check()
