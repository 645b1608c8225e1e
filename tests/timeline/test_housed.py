"""A server with a disk: killed, without power, started again, and walked back in time."""

from __future__ import annotations

import errno
import random

import pytest

from redlearn.engine.digest import digest_of_dataset
from redlearn.errors import SHUTDOWN_FAILED
from redlearn.persistence.simulated_disk import Fault
from redlearn.resp.reply import OK, Failure, Reply
from redlearn.timeline.housed import IS_DOWN, Housed
from redlearn.timeline.session import Session
from redlearn.views.files import all_files

LOG = "appendonlydir/appendonly.aof.1.incr.aof"


class House:
    """A session, and whoever is connected at the moment."""

    def __init__(self, *lines: str) -> None:
        self.session = Session()
        for line in lines:
            self(line)

    def __call__(self, line: str) -> Reply:
        session = self.session
        client = max(session.clients, default=0) or session.connect()
        replies = session.execute(client, tuple(word.encode() for word in line.split()))
        return replies[0] if replies else None

    @property
    def world(self) -> Housed:
        world = self.session.world
        assert isinstance(world, Housed)
        return world

    @property
    def keys(self) -> list[bytes]:
        return sorted(entry.key for entry in self.session.engine.state.databases[0].keys)

    def act(self, words: str) -> str:
        return self.session.act(*words.split())

    def sums(self) -> tuple[str, object]:
        disk = self.world.disk
        for name in all_files(disk):
            disk.levels(name)  # an fsync that is over has landed, looked at or not
        return digest_of_dataset(self.session.engine.state.databases), disk.freeze()


def logged(fsync: str) -> House:
    house = House(f"CONFIG SET appendfsync {fsync}", "CONFIG SET appendonly yes")
    house.session.advance(1_500)
    return house


def test_save_writes_a_snapshot_that_a_restart_loads() -> None:
    house = House("SET a 1", "SAVE", "SET b 2")
    assert house.act("crash") == ""
    assert house.act("restart") == ""
    assert house.keys == [b"a"]


def test_without_anything_kept_everything_is_gone() -> None:
    house = House("SET a 1")
    house.act("kill")
    house.act("restart")
    assert house.keys == []


def test_under_always_what_was_acknowledged_is_there_after_a_power_cut() -> None:
    house = logged("always")
    house("SET a 1")
    house.act("crash")
    house.act("restart")
    assert house.keys == [b"a"]


def test_under_everysec_what_came_since_the_last_fsync_is_lost_and_a_kill_loses_nothing() -> None:
    for how, left in (("crash", [b"a"]), ("kill", [b"a", b"late"])):
        house = logged("everysec")
        house("SET a 1")
        house.session.advance(1_500)
        house("SET late 1")
        house.act(how)
        house.act("restart")
        assert house.keys == left


def test_the_timer_makes_the_log_safe_once_a_second_and_then_rests() -> None:
    house = logged("everysec")
    house("SET a 1")
    assert house.world.disk.levels(LOG).durable == 0
    house.session.advance(1_300)
    levels = house.world.disk.levels(LOG)
    assert levels.durable == levels.written > 0
    tick_ms = house.world.next_tick(house.session.now_ms)
    assert tick_ms is not None
    assert tick_ms - house.session.now_ms > 3_500_000  # the next save point


def test_a_save_point_that_is_met_begins_a_snapshot_by_itself() -> None:
    house = House("CONFIG SET save", "SET a 1")
    house.session.execute(max(house.session.clients), (b"CONFIG", b"SET", b"save", b"5 1"))
    house.session.advance(4_000)
    assert "dump.rdb" not in house.world.disk.names()
    house.session.advance(4_000)
    assert "dump.rdb" in house.world.disk.names()


def test_while_it_is_down_nobody_is_answered_and_nothing_is_there() -> None:
    house = House("SET a 1")
    house.act("crash now")
    assert house.world.down == IS_DOWN
    assert house.session.clients == {}
    assert house.keys == []
    assert house.session.connect() == 0
    house.session.advance(5_000)
    assert house.act("crash") == IS_DOWN


def test_the_power_can_go_when_a_byte_of_the_log_has_arrived() -> None:
    house = logged("everysec")
    house("SET a 1")
    house.session.advance(1_500)
    safe = house.world.disk.levels(LOG).durable
    house("SET b 2")
    assert house.act(f"crash at {safe + 10}") == ""
    assert house.world.disk.size(LOG) == safe + 10
    house.act("restart")
    assert house.keys == [b"a"]
    assert house.world.disk.size(LOG) == safe  # the half command is cut off
    assert any(f"{safe}" in sentence for sentence in house.world.said), house.world.said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("restart", "The server runs already."),
        ("kill 7001", "There is one server here"),
        ("crash at 3", "There is no log to cut"),
        ("crash later", "When?"),
        ("partition 7001", ":partition is for clusters; here is a single server."),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(words: str, says: str) -> None:
    house = House("SET a 1")
    position = house.session.position
    assert house.act(words).startswith(says)
    assert house.session.position == position


def test_restart_takes_no_name_of_a_server() -> None:
    house = House()
    house.act("kill")
    assert house.act("restart 7001").startswith("There is one server here")
    assert house.act("restart") == ""


def test_a_log_that_waits_for_its_first_base_cannot_be_cut() -> None:
    house = House("SET a 1", "CONFIG SET appendonly yes")
    assert house.act("crash at 3").startswith("There is no log to cut yet")
    house.session.advance(1_500)
    assert house.act("crash at 9999").startswith("The file has 0 bytes in all")


def test_a_byte_that_is_safe_or_not_there_cannot_be_cut_at() -> None:
    house = logged("everysec")
    house("SET a 1")
    house.session.advance(1_500)
    written = house.world.disk.levels(LOG).written
    assert "is on the disk already" in house.act("crash at 0")
    assert f"{written} bytes in all" in house.act(f"crash at {written + 1}")
    assert "bytes in all" in house.act("crash at " + "9" * 400)


def test_settings_made_at_run_time_outlive_a_crash() -> None:
    house = logged("always")
    house("CONFIG SET maxmemory-policy allkeys-lru")
    house.act("crash")
    house.act("restart")
    assert house("CONFIG GET maxmemory-policy") == {b"maxmemory-policy": b"allkeys-lru"}
    assert house.world.log is not None


def test_a_damaged_file_keeps_it_down_and_says_why() -> None:
    house = House("SET a 1", "SAVE")
    house.act("kill")
    file = house.world.disk.append_to("dump.rdb")
    file.truncate(20)
    house.act("restart")
    assert house.world.down == IS_DOWN
    assert "dump.rdb" in house.world.said[-1]


def test_back_in_time_the_disk_is_what_it_was_too() -> None:
    house = logged("everysec")
    seen = []
    for step in ("SET a 1", "BGREWRITEAOF", "SET b 2", "SAVE", "DEL a"):
        house(step)
        seen.append((house.session.position, house.sums()))
        house.session.advance(700)
    house.act("crash")
    house.act("restart")
    house("SET c 3")
    end = house.session.position, house.sums()
    for position, sums in reversed(seen):
        house.session.seek(position)
        assert house.sums() == sums
    house.session.seek(end[0])
    assert house.sums() == end[1]


def test_before_a_crash_and_after_it_can_be_looked_at_in_any_order() -> None:
    house = House("SET a 1")
    before = house.session.position
    house.act("crash")
    house.session.seek(before)
    assert house.world.down == ""
    assert house("GET a") == b"1"
    assert house.session.branches


def test_an_error_of_the_disk_is_the_clients_to_hear() -> None:
    house = House("SET a 1")
    house("CONFIG SET dbfilename dump2.rdb")
    assert house("SAVE") in (OK, Failure("ERR"))


# ---- SHUTDOWN ----


@pytest.mark.parametrize(
    ("how", "left"), [("", [b"a", b"b"]), (" SAVE", [b"a", b"b"]), (" NOSAVE", [b"a"])]
)
def test_shutdown_writes_what_it_is_told_to_and_ends_the_process(
    how: str, left: list[bytes]
) -> None:
    house = House("SET a 1", "SAVE", "SET b 2")
    assert house(f"SHUTDOWN{how}") is None
    assert house.world.down == IS_DOWN and house.keys == []
    assert house.act("restart") == ""
    assert house.keys == left


def test_shutdown_without_save_points_keeps_nothing_of_its_own_accord() -> None:
    house = House("SET a 1")
    house.session.execute(max(house.session.clients), (b"CONFIG", b"SET", b"save", b""))
    house("SHUTDOWN")
    house.act("restart")
    assert house.keys == []


def test_shutdown_makes_the_log_safe_whatever_its_policy() -> None:
    house = logged("no")
    house("SET a 1")
    size = house.world.disk.size(LOG)
    house("SHUTDOWN NOSAVE")
    assert house.world.disk.levels(LOG).durable == size
    house.act("restart")
    assert house.keys == [b"a"]


def test_shutdown_that_cannot_write_is_refused_and_everything_goes_on() -> None:
    house = House("SET a 1")
    house.world.disk.fail(Fault("create", errno.ENOSPC))
    reply = house("SHUTDOWN SAVE")
    assert isinstance(reply, Failure) and reply.text == SHUTDOWN_FAILED
    assert house.world.down == "" and house("GET a") == b"1"


def test_time_goes_back_over_a_shutdown_and_forward_again() -> None:
    house = House("SET a 1", "SHUTDOWN SAVE")
    ended = house.sums()
    house.session.seek(house.session.position - 1)
    assert house.world.down == "" and house.keys == [b"a"]
    house.session.seek(house.session.length)
    assert house.world.down == IS_DOWN and house.sums() == ended
    house.act("restart")
    assert house.keys == [b"a"]


# ---- anything, in any order ----

ANYTHING = (
    "SET k 1", "INCR c", "RPUSH l x", "DEL k", "SET e 1 PX 700", "SAVE", "BGSAVE", "BGREWRITEAOF",
    "CONFIG SET appendonly yes", "CONFIG SET appendonly no", "CONFIG SET appendfsync always",
    "CONFIG SET appendfsync no", "CONFIG SET aof-use-rdb-preamble no", "DEBUG RELOAD",
    "DEBUG LOADAOF", "FLUSHALL", "MULTI", "EXEC", "SHUTDOWN", "SHUTDOWN NOSAVE", "SELECT 1",
    "DEBUG POPULATE 300 p 10", ":crash", ":kill", ":restart", ":restart", ":100", ":1500",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_each_moment_can_be_gone_back_to(seed: int) -> None:
    dice, house, moments = random.Random(seed), House(), {}
    for _ in range(60):
        line = dice.choice(ANYTHING)
        if line[1:].isdigit():
            house.session.advance(int(line[1:]))
        elif line.startswith(":"):
            house.act(line[1:])
        else:
            house(line)
        if not house.world.down:
            house.session.engine.check()
        moments[house.session.position] = (house.world.down, house.world.said, *house.sums())
    for position in dice.sample(sorted(moments), 10):
        house.session.seek(position)
        assert (house.world.down, house.world.said, *house.sums()) == moments[position]


def test_under_always_a_log_that_cannot_be_written_ends_the_server() -> None:
    house = logged("always")
    house("SET a 1")
    house.world.disk.fail(Fault("write", errno.ENOSPC, name="*.incr.aof"))
    assert house("SET b 2") is None, "nobody may be told that it was done"
    assert house.session.world.down == IS_DOWN
    assert house.world.said[-1].startswith("Can't recover from AOF write error")
    house.world.disk.mend()
    assert house.act("restart") == ""
    assert house.keys == [b"a"]
