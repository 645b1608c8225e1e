"""The crash lab: the same moment under each policy, counted after a real crash and a real load."""

from __future__ import annotations

import time

import pytest

from redlearn.timeline import lab as lab_module
from redlearn.timeline.lab import POLICIES, compare
from redlearn.timeline.log import Acted
from redlearn.timeline.session import Session
from redlearn.views.lab import Kept, LabView


def lab(*steps: str, crash: str = "crash") -> dict[str, Kept]:
    """A session of commands and waits, and what each policy kept of it."""
    session = Session()
    client = session.connect()
    for step in steps:
        if step.startswith(":"):
            session.advance(int(step[1:]))
        else:
            session.execute(client, tuple(word.encode() for word in step.split()))
    view = view_of(session, crash)
    assert view.how == crash.split()[0]
    return {row.policy: row for row in view.rows}


def view_of(session: Session, crash: str) -> LabView:
    inputs = list(session.timeline.inputs)
    return compare(session.recipe, inputs, Acted(session.now_ms, tuple(crash.split())))


STEPS = ("SET a 1", "SET b 2", "SAVE", "SET c 3", ":2000", "SET d 4", ":400", "SET e 5")


def test_each_policy_has_its_row() -> None:
    assert list(lab(*STEPS)) == [policy.name for policy in POLICIES]


def test_a_power_cut_takes_what_each_policy_lets_it_take() -> None:
    kept = {name: row.kept for name, row in lab(*STEPS).items()}
    assert kept == {
        "none": 0, "RDB": 2, "AOF no": 0, "AOF everysec": 4, "AOF always": 5, "hybrid": 4,
    }  # fmt: skip


def test_a_kill_leaves_what_was_handed_to_the_system() -> None:
    kept = {name: row.kept for name, row in lab(*STEPS, crash="kill").items()}
    assert kept == {
        "none": 0, "RDB": 2, "AOF no": 5, "AOF everysec": 5, "AOF always": 5, "hybrid": 5,
    }  # fmt: skip


def test_half_a_minute_later_the_system_has_written_by_itself() -> None:
    rows = lab("SET a 1", ":40000", "SET b 2")
    assert rows["AOF no"].kept == 1


def test_how_old_the_oldest_lost_write_was_is_told() -> None:
    rows = lab(*STEPS)
    assert rows["RDB"].lost_ms == 2_400
    assert rows["AOF everysec"].lost_ms == 0
    assert rows["AOF always"].lost_ms == 0
    assert rows["none"].lost_ms == 2_400


def test_keys_are_counted_before_and_after() -> None:
    rows = lab(*STEPS)
    assert {(row.had, row.writes) for row in rows.values()} == {(5, 5)}
    assert {name: row.has for name, row in rows.items()}["RDB"] == 2


def test_what_the_session_did_with_its_own_log_does_not_count() -> None:
    with_log = lab("CONFIG SET appendonly yes", *STEPS)
    without = lab(*STEPS)
    assert {n: row.kept for n, row in with_log.items()} == {n: r.kept for n, r in without.items()}


def test_other_settings_of_the_session_hold_everywhere() -> None:
    rows = lab("CONFIG SET appendonly yes hash-max-listpack-entries 1", "HSET h a 1 b 2")
    assert rows["AOF always"].kept == 1


def test_save_points_of_the_session_are_those_of_rdb() -> None:
    session = Session()
    client = session.connect()
    session.execute(client, (b"CONFIG", b"SET", b"save", b"5 1"))
    session.execute(client, (b"SET", b"a", b"1"))
    session.advance(7_000)
    rows = {row.policy: row for row in view_of(session, "crash").rows}
    assert rows["RDB"].kept == 1
    assert rows["none"].kept == 0


def test_what_was_never_a_save_point_is_none() -> None:
    rows = lab("HSET set save never", "CONFIG SET save never", "CONFIG SET save \xe9", "SAVE")
    assert rows["RDB"].kept == 1


def test_a_transaction_is_kept_whole_or_not_at_all() -> None:
    rows = lab("SET a 1", ":1500", "MULTI", "SET b 2", "SET c 3", "EXEC")
    assert (rows["AOF everysec"].kept, rows["AOF always"].kept) == (1, 2)
    assert rows["AOF everysec"].has == 1


def test_it_is_the_same_each_time() -> None:
    assert lab(*STEPS) == lab(*STEPS)


def test_without_any_write_nothing_is_lost() -> None:
    assert all(row.kept == row.writes == 0 for row in lab("GET a").values())


def test_an_earlier_crash_at_a_byte_is_a_plain_one_where_there_is_no_such_byte() -> None:
    session = Session()
    client = session.connect()
    for line in ("CONFIG SET appendfsync no", "CONFIG SET appendonly yes"):
        session.execute(client, tuple(word.encode() for word in line.split()))
    session.advance(1_500)
    session.execute(client, (b"SET", b"a", b"1"))
    assert session.act("crash", "at", "30") == ""
    assert session.act("restart") == ""
    session.execute(session.connect(), (b"SET", b"b", b"2"))
    rows = {row.policy: row for row in view_of(session, "crash now").rows}
    assert rows["AOF always"].kept == 2
    assert rows["none"].kept == 0
    assert not any(row.trouble for row in rows.values())


def test_what_an_earlier_crash_took_is_neither_kept_nor_lost_by_the_next() -> None:
    session = Session()
    client = session.connect()
    for word in (b"a", b"b"):
        session.execute(client, (b"SET", word, b"1"))
    session.execute(client, (b"SAVE",))
    session.execute(client, (b"SET", b"c", b"1"))
    assert session.act("crash", "now") == session.act("restart") == ""
    client = session.connect()
    session.execute(client, (b"SET", b"d", b"1"))
    session.execute(client, (b"SAVE",))
    rows = {row.policy: row for row in view_of(session, "crash now").rows}
    counted = {name: (row.kept, row.writes, row.has, row.had) for name, row in rows.items()}
    assert counted["none"] == (0, 1, 0, 1)
    assert counted["RDB"] == (3, 3, 3, 3)
    assert counted["AOF always"] == (4, 4, 4, 4)


def test_writes_to_large_values_are_told_apart_without_reading_all_data_each_time() -> None:
    """A digest of all data after each of 2,000 writes, under each policy, took a minute."""
    session = Session()
    client = session.connect()
    many = [word for number in range(2000) for word in (b"k%d" % number, b"v")]
    session.execute(client, (b"MSET", *many))
    for number in range(300):
        session.execute(client, (b"SET", b"j%d" % number, b"v"))
    begun = time.process_time()
    rows = {row.policy: row for row in view_of(session, "kill").rows}
    assert time.process_time() - begun < 5
    assert rows["AOF no"].kept == rows["AOF no"].writes == 301


def test_that_all_was_kept_is_known_where_there_were_too_many_to_tell_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lab_module, "MOST_ELEMENTS", 2)
    rows = lab(*STEPS)
    assert rows["AOF always"].kept == 5
    assert rows["AOF everysec"].kept is None
