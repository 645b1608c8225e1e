"""Probes of files and of the crash lab, on a session that really writes and crashes."""

from __future__ import annotations

import pytest

from redlearn.lessons.disk_facets import file_of, kept_of
from redlearn.lessons.facets import Value
from redlearn.lessons.look import look
from redlearn.lessons.path import ProbeError
from redlearn.timeline.stage import Stage
from redlearn.views.lab import Kept, LabView
from tests.lessons.samples import ran, stage

LOG = "appendonlydir/appendonly.aof.1.incr.aof"


def logged() -> Stage:
    """A log with four commands, none of which is safe yet."""
    on = stage()
    ran(on, "CONFIG SET appendonly yes")
    on.advance(1000)
    ran(on, "CONFIG SET appendfsync no", "SET a 1", "SET b 2 EX 10", "GET a")
    return on


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        (f"file('{LOG}').size", 107),
        ("file('appendonly.aof.1.incr.aof').size", 107),
        ("file('appendonly.aof.1.incr.aof').safe", 0),
        ("len(file('appendonly.aof.1.incr.aof').commands)", 3),
        ("file('appendonly.aof.1.incr.aof').commands[0]", "SELECT 0"),
        ("file('appendonly.aof.1.incr.aof').commands[1]", "SET a 1"),
        ("file('appendonly.aof.1.incr.aof').commands[-1]", "SET b 2 PXAT 1700000011000"),
        ("file('appendonly.aof.1.base.rdb').head(5)", "REDIS"),
        ("file('appendonly.aof.1.base.rdb').safe > 0", True),
    ],
)
def test_a_file_shows_its_size_its_safety_and_its_commands(probe: str, found: Value) -> None:
    assert look(probe, logged()) == found


def test_what_is_cut_off_at_the_end_of_a_log_is_no_command() -> None:
    on = logged()
    ran(on, ":crash at 30", ":restart")
    assert look(f"file('{LOG}').commands", on) == ("SELECT 0",)


@pytest.mark.parametrize(
    ("probe", "why"),
    [
        ("file('dump.rdb').size", "there is no file 'dump.rdb'; there is appendonlydir/"),
        (f"file('{LOG}').color", "a file has no 'color'"),
        (f"file('{LOG}').head(65)", "a head is 0 to 64 bytes, not 65"),
        (f"file('{LOG}').head('x')", "a head is 0 to 64 bytes, not x"),
        ("lab('RDB').kept", "nothing has crashed"),
    ],
)
def test_a_probe_of_what_is_not_there_says_so(probe: str, why: str) -> None:
    with pytest.raises(ProbeError) as error:
        look(probe, logged())
    assert str(error.value).startswith(why)


def test_where_there_is_no_disk_there_are_no_files() -> None:
    with pytest.raises(ProbeError, match="there is none at all"):
        file_of(None, "dump.rdb")


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        ("lab('none').keys", 0),
        ("lab('AOF always').had", 2),
        ("lab('AOF always').kept == lab('AOF always').writes", True),
        ("lab('AOF always').lost_ms", 0),
        ("lab('AOF everysec').kept", 0),
        ("lab('AOF always').files > lab('none').files", True),
    ],
)
def test_the_last_crash_is_looked_at_under_each_policy(probe: str, found: Value) -> None:
    on = logged()
    ran(on, ":crash now")
    assert look(probe, on) == found


def test_a_policy_that_is_not_there_is_named_beside_those_that_are() -> None:
    row = Kept("RDB", 2, 1, 3, None, 40, 97)
    assert kept_of(LabView("kill", (row,)), "RDB").fields["kept"]() is None
    assert kept_of(LabView("kill", (row,)), "RDB").fields["files"]() == 97
    with pytest.raises(ProbeError, match="no policy 'AOF' among RDB"):
        kept_of(LabView("kill", (row,)), "AOF")


def test_a_snapshot_under_way_tells_what_was_copied_meanwhile() -> None:
    on = stage()
    ran(on, "MSET a 1 b 2 c 3", "BGSAVE")
    assert look("running('snapshot').copied", on) == 0
    ran(on, "SET a 2", "SET a 3", "DEL b", "SET new 1", "GET c")
    assert look("running('snapshot').copied", on) == 2
    assert look("running('snapshot').memory > 0", on) is True
    assert (look("running('snapshot').done", on), look("running('snapshot').total", on)) == (0, 3)
    with pytest.raises(ProbeError, match="no rewrite is being written"):
        look("running('rewrite').done", on)
    on.advance(1000)
    with pytest.raises(ProbeError, match="no snapshot is being written"):
        look("running('snapshot').done", on)
