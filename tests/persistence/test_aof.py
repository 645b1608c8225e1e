"""The log: switched on and off, fed, rewritten in steps, frozen."""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import replace

import pytest

from redlearn.engine.effects import Effect, Run
from redlearn.persistence.aof import AppendOnly
from redlearn.persistence.job import write_whole
from redlearn.persistence.simulated_disk import Fault
from tests.persistence.logs import DIRECTORY, FIRST, MANIFEST, NOW_MS, Server, World

BASE, NEXT_BASE = "appendonly.aof.1.base.rdb", "appendonly.aof.2.base.rdb"


def begun(**options: object) -> tuple[World, Server]:
    world = World(**options)
    return world, world.start()


# A log begins.


def test_a_new_log_is_a_manifest_an_empty_base_and_a_file_of_commands() -> None:
    world, _ = begun()
    assert world.disk.names(DIRECTORY) == [
        BASE,
        "appendonly.aof.1.incr.aof",
        "appendonly.aof.manifest",
    ]
    assert world.text(MANIFEST) == [
        f"file {BASE} seq 1 type b", "file appendonly.aof.1.incr.aof seq 1 type i",
    ]  # fmt: skip
    assert world.disk.read(FIRST) == b""


def test_all_of_it_is_there_after_a_power_cut_at_once() -> None:
    world, server = begun(appendfsync="always")
    server.run("SET a 1")
    assert world.after_crash().run("GET a") == b"1"


def test_a_base_of_commands_has_another_name() -> None:
    world, _ = begun(aof_use_rdb_preamble=False)
    assert "appendonly.aof.1.base.aof" in world.disk.names(DIRECTORY)
    assert world.disk.read(f"{DIRECTORY}/appendonly.aof.1.base.aof") == b""


def test_a_start_goes_on_with_the_last_file() -> None:
    world, server = begun()
    server.run("SET a 1")
    again = world.after_kill()
    again.run("SET b 2")
    assert [line for line in world.text(FIRST) if line.startswith("SELECT")] == ["SELECT", "SELECT"]
    assert world.after_kill().run("MGET a b") == [b"1", b"2"]


def test_what_an_aborted_rewrite_left_is_removed_at_the_start() -> None:
    world, server = begun()
    server.log.begin_rewrite()
    server.write_base(b"half")
    assert server.log.files.temp_base in world.disk.names()
    world.after_kill()
    assert world.disk.names() == [DIRECTORY]


def test_a_file_that_no_manifest_names_is_not_gone_on_with() -> None:
    """It may be left over from before, and hold anything."""
    world = World()
    world.disk.make_directory(DIRECTORY)
    world.disk.create(FIRST).append(b"*1\r\n$8\r\nFLUSHALL\r\n")
    world.start().run("SET a 1")
    assert world.after_kill().run("GET a") == b"1"


# Feeding.


def test_what_is_fed_is_counted_and_written_before_the_reply() -> None:
    world, server = begun()
    server.run("SET a 1")
    log = server.log
    assert log.fed == log.written == world.disk.size(FIRST) > 0
    assert log.buffered == log.synced == 0
    world.clock.advance(1_000)
    log.cron()
    assert log.syncing
    world.clock.advance(20)
    log.cron()
    assert log.synced == log.fed


def test_the_size_of_the_log_is_that_of_its_files() -> None:
    world, server = begun()
    server.run("SET a 1", "SET b 2")
    assert server.log.size == world.disk.size(FIRST) + world.disk.size(f"{DIRECTORY}/{BASE}")
    server.rewrite()
    assert server.log.size == server.log.base_size
    server.run("SET c 3")
    sizes = [
        world.disk.size(f"{DIRECTORY}/{name}") for name in (NEXT_BASE, "appendonly.aof.2.incr.aof")
    ]
    assert server.log.size == sum(sizes) > server.log.base_size
    again = world.after_kill()
    assert (again.log.size, again.log.base_size) == (sum(sizes), sizes[0])


def test_the_time_is_noted_if_that_is_wanted() -> None:
    world, server = begun(aof_timestamp_enabled=True)
    server.run("SET a 1", "SET a 2")
    world.clock.advance(1_000)
    server.run("SET a 3")
    stamps = [line for line in world.text(FIRST) if line.startswith("#")]
    assert stamps == [f"#TS:{NOW_MS // 1000}", f"#TS:{NOW_MS // 1000 + 1}"]
    assert world.after_kill().run("GET a") == b"3"


@pytest.mark.parametrize("noted", [False, True])
def test_a_run_is_written_as_its_commands_one_by_one(noted: bool) -> None:
    runs = [
        Run(0, [[b"SET", b"a", b"1"], [b"INCR", b"a"]]),
        Run(2, [[b"SET", b"b", b"x" * 300], [b"MSET", b"c", b"3", b"d", b"4"]]),
        Run(2, [[b"DEL", b"b"]]),
    ]
    whole, one_by_one = begun(aof_timestamp_enabled=noted), begun(aof_timestamp_enabled=noted)
    whole[1].log.feed_all(runs)
    for run in runs:
        for unit in run.units():
            one_by_one[1].log.feed(unit)
    for _, server in (whole, one_by_one):
        server.log.before_sleep()
    assert whole[0].disk.read(FIRST) == one_by_one[0].disk.read(FIRST)
    assert whole[0].after_kill().run("GET a") == b"2"


def test_errors_are_those_of_the_tail() -> None:
    world, server = begun()
    world.disk.capacity = 0
    server.run("SET a 1")
    assert server.log.error is not None
    assert server.log.buffered
    with pytest.raises(OSError, match="No space left"):
        server.log.flush()
    world.disk.capacity = None
    server.log.flush()
    assert server.log.error is None
    assert server.log.synced == server.log.fed


def test_under_always_they_are_the_end() -> None:
    world, server = begun(appendfsync="always")
    world.disk.fail(Fault("fsync", errno.EIO))
    server.run("SET a 1")
    assert server.log.fatal is not None


# On and off at run time.


def test_a_log_that_is_off_takes_nothing() -> None:
    world = World()
    log = AppendOnly(world.disk, world.clock, world.options)
    log.feed(())
    log.before_sleep()
    assert (log.mode, log.fed, world.disk.names()) == ("off", 0, [])


def test_switched_off_all_is_safe_first() -> None:
    world, server = begun()
    server.run("SET a 1")
    server.log.stop()
    server.run("SET a 2")
    assert server.log.mode == "off"
    assert world.after_crash().run("GET a") == b"1"


def switched_on() -> tuple[World, Server]:
    """A server whose log was switched off, changed, and switched on again."""
    world, server = begun()
    server.run("SET a 1")
    server.log.stop()
    server.run("SET a 2", "SET b 2")
    server.log.start()
    return world, server


def test_switched_on_it_waits_for_its_first_base() -> None:
    world, server = switched_on()
    log = server.log
    assert (log.mode, log.wants_rewrite()) == ("waiting", True)
    server.run("SET lost 1")
    assert log.buffered == 0
    log.begin_rewrite()
    pieces = list(server.base())
    server.run("SET c 3")
    assert log.mode == "waiting"
    assert world.disk.size(log.files.temp_incr) > 0
    for piece in pieces:
        server.write_base(piece)
    server.finish_rewrite()
    server.run("SET d 4")
    assert log.mode == "on"
    assert [line.split()[1] for line in world.text(MANIFEST)] == [
        NEXT_BASE, "appendonly.aof.2.incr.aof",
    ]  # fmt: skip
    again = world.after_kill()
    assert again.digest() == server.digest()
    assert again.run("MGET a b c d lost") == [b"2", b"2", b"3", b"4", b"1"]


def test_until_then_the_old_log_is_the_one_that_counts() -> None:
    world, server = switched_on()
    server.log.begin_rewrite()
    server.run("SET c 3")
    assert world.after_kill().run("MGET a b c") == [b"1", None, None]


def test_if_the_first_base_fails_another_one_is_wanted() -> None:
    world, server = switched_on()
    log = server.log
    log.begin_rewrite()
    server.run("SET c 3")
    log.abort_rewrite()
    assert (log.mode, log.scheduled, log.buffered) == ("waiting", True, 0)
    assert world.disk.names(DIRECTORY) == [
        BASE,
        "appendonly.aof.1.incr.aof",
        "appendonly.aof.manifest",
    ]
    server.rewrite()
    assert world.after_kill().digest() == server.digest()


def test_switched_off_while_waiting_nothing_is_left_over() -> None:
    world, server = switched_on()
    server.log.begin_rewrite()
    server.log.stop()
    assert server.log.mode == "off"
    assert world.disk.names() == [DIRECTORY]
    assert server.log.files.temp_incr not in world.disk.names(DIRECTORY)


# A rewrite.


@pytest.mark.parametrize("preamble", [True, False])
def test_a_rewrite_puts_a_new_base_in_place_of_all_that_was_before(preamble: bool) -> None:
    world, server = begun(aof_use_rdb_preamble=preamble)
    server.run("SET a 1", *["INCR a"] * 100)
    before = server.log.size
    server.log.begin_rewrite()
    pieces = list(server.base())
    server.run("INCR a", "SET b 1")
    for piece in pieces:
        server.write_base(piece)
    server.finish_rewrite()
    assert server.log.size < before
    base = NEXT_BASE if preamble else NEXT_BASE.replace("rdb", "aof")
    assert world.disk.names(DIRECTORY) == [
        base,
        "appendonly.aof.2.incr.aof",
        "appendonly.aof.manifest",
    ]
    assert world.text(MANIFEST) == [
        f"file {base} seq 2 type b", "file appendonly.aof.2.incr.aof seq 2 type i",
    ]  # fmt: skip
    assert world.disk.names() == [DIRECTORY]
    assert world.after_kill().run("MGET a b") == [b"102", b"1"]


def test_old_files_stay_as_history_if_that_is_wanted() -> None:
    world, server = begun(aof_disable_auto_gc=True)
    server.run("SET a 1")
    server.rewrite()
    assert world.text(MANIFEST)[1:3] == [
        "file appendonly.aof.1.incr.aof seq 1 type h", f"file {BASE} seq 1 type h",
    ]  # fmt: skip
    world.options = replace(world.options, aof_disable_auto_gc=False)
    assert world.after_kill().run("GET a") == b"1"
    assert len(world.disk.names(DIRECTORY)) == 3


def test_a_log_that_is_off_can_be_rewritten_too() -> None:
    world, server = begun()
    server.run("SET a 1")
    server.log.stop()
    server.run("SET a 2")
    server.rewrite()
    assert (server.log.mode, server.log.well) == ("off", True)
    assert world.text(MANIFEST) == [f"file {NEXT_BASE} seq 2 type b"]
    assert world.after_kill().run("GET a") == b"2"


def test_somebody_else_may_write_the_base() -> None:
    world, server = begun()
    server.run("SET a 1")
    server.log.begin_rewrite()
    file = world.disk.create("temp-child")
    file.append(b"".join(server.base()))
    file.fsync()
    server.log.finish_rewrite("temp-child")
    assert world.disk.names() == [DIRECTORY]
    assert world.after_kill().run("GET a") == b"1"


def test_it_tells_how_long_it_takes() -> None:
    world, server = begun()
    log = server.log
    assert (log.rewriting, log.started_ms, log.lasted_ms) == (False, -1, -1)
    log.begin_rewrite()
    assert (log.rewriting, log.started_ms, log.rewrites) == (True, NOW_MS, 1)
    world.clock.advance(700)
    server.finish_rewrite()
    assert (log.rewriting, log.started_ms, log.lasted_ms) == (False, -1, 700)


def test_while_it_is_written_there_may_be_no_fsync() -> None:
    _, server = begun(appendfsync="always", no_appendfsync_on_rewrite=True)
    server.log.begin_rewrite()
    server.run("SET a 1")
    assert server.log.synced < server.log.written
    server.log.abort_rewrite()
    server.run("SET a 2")
    assert server.log.synced == server.log.written


# When it fails.


@pytest.mark.parametrize("operation", ["mkdir", "create", "write", "fsync", "rename", "sync"])
def test_one_that_cannot_begin_leaves_everything_as_it_was(operation: str) -> None:
    world, server = begun()
    server.run("SET a 1")
    names, text = world.disk.names(DIRECTORY), world.text(MANIFEST)
    pattern = "*manifest*" if operation in ("write", "fsync") else "*"
    world.disk.fail(Fault(operation, errno.EIO, name=pattern))  # type: ignore[arg-type]
    with pytest.raises(OSError):
        server.log.begin_rewrite()
    world.disk.mend()
    assert (server.log.rewriting, server.log.well) == (False, False)
    server.run("SET b 2")
    assert world.after_kill().run("MGET a b") == [b"1", b"2"]
    if operation != "sync":
        assert (world.disk.names(DIRECTORY), world.text(MANIFEST)) == (names, text)


def test_none_begins_while_something_cannot_be_written_for_it_would_count_twice() -> None:
    world, server = begun()
    server.run("SELECT 1", "INCR n")
    world.disk.fail(Fault("write", errno.EIO, name=FIRST))
    server.run("INCR n")
    with pytest.raises(OSError):
        server.log.begin_rewrite()
    assert (server.log.rewriting, server.log.well) == (False, False)
    world.disk.mend()
    server.rewrite()
    after = world.after_kill()
    assert after.run("GET n") is None
    assert after.run("SELECT 1", "GET n") == b"2"


@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("operation", ["write", "fsync", "rename", "sync", "create"])
def test_one_that_cannot_end_leaves_a_log_that_has_everything(operation: str, at: int) -> None:
    world, server = begun(appendfsync="no")
    server.run("SET a 1")
    server.log.begin_rewrite()
    server.run("SET b 2")
    world.disk.fail(Fault(operation, errno.EIO, at=0 if operation == "write" else at, times=2))  # type: ignore[arg-type]
    try:
        for piece in server.base():
            server.write_base(piece)
        server.finish_rewrite()
    except OSError:
        if server.log.rewriting:
            server.abort_rewrite()
        assert not server.log.well
        assert server.log.failures == 1
    world.disk.mend()
    server.run("SET c 3")
    frozen = world.disk.freeze()
    assert world.after_kill().run("MGET a b c") == [b"1", b"2", b"3"]
    world.disk.thaw(frozen)
    server.log = AppendOnly.thaw(server.log.freeze(), world.disk, world.clock)
    server.rewrite()
    assert world.after_kill().run("MGET a b c") == [b"1", b"2", b"3"]
    assert world.disk.names() == [DIRECTORY]


def test_after_three_failures_the_next_one_waits_ever_longer() -> None:
    world, server = begun()
    log = server.log
    log.scheduled = True
    waits, last = [], world.clock.ms
    for _ in range(12):
        while not log.wants_rewrite():
            world.clock.advance(1_000)
        waits.append((world.clock.ms - last) // 60_000)
        last = world.clock.ms
        log.begin_rewrite()
        log.abort_rewrite()
        log.scheduled = True
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    server.rewrite()
    log.scheduled = True
    assert log.wants_rewrite()


def test_one_that_was_stopped_does_not_count_as_failed() -> None:
    _, server = begun()
    server.log.begin_rewrite()
    server.log.abort_rewrite(counts=False)
    assert (server.log.failures, server.log.well) == (0, True)


# When it is wanted.


def test_it_is_wanted_when_the_log_has_doubled() -> None:
    _, server = begun(auto_aof_rewrite_min_size=1_000)
    log = server.log
    while not log.wants_rewrite():
        server.run("INCR n")
        assert log.size < 2_000
    assert log.size > 1_000
    server.rewrite()
    base = log.base_size
    assert not log.wants_rewrite()
    while not log.wants_rewrite():
        server.run("INCR n")
    assert log.size > max(1_000, 2 * base)


def test_it_is_never_wanted_with_a_percentage_of_zero() -> None:
    _, server = begun(auto_aof_rewrite_min_size=0, auto_aof_rewrite_percentage=0)
    server.run(*["INCR n"] * 100)
    assert not server.log.wants_rewrite()


def test_a_hole_in_the_log_wants_one_and_is_mended_by_it() -> None:
    world, server = begun()
    server.run("SET a 1")
    world.disk.fail(Fault("fsync", errno.EIO, name=FIRST))
    server.log.begin_rewrite()
    server.log.abort_rewrite()
    world.clock.advance(100)
    server.log.cron()
    assert server.log.error is not None
    assert server.log.wants_rewrite()
    world.disk.mend()
    server.rewrite()
    assert server.log.error is None
    server.run("SET b 2")
    for _ in range(3):
        world.clock.advance(1_000)
        server.log.cron()
    assert world.after_crash().run("MGET a b") == [b"1", b"2"]


# Time travel.


def put(log: AppendOnly, word: bytes) -> None:
    log.feed((Effect(0, (b"SET", word, b"1")),))
    log.before_sleep()


def finish(log: AppendOnly) -> None:
    write_whole(log.files.disk, "temp", [b"*1\r\n$4\r\nPING\r\n"])
    log.finish_rewrite("temp")


ACTS: list[Callable[[AppendOnly], None]] = [
    lambda log: put(log, b"a"),
    lambda log: log.begin_rewrite(),
    lambda log: put(log, b"b"),
    lambda log: put(log, b"c"),
    lambda log: finish(log),
    lambda log: put(log, b"d"),
]


@pytest.mark.parametrize("steps", range(len(ACTS) + 1))
def test_thawed_it_goes_on_as_the_one_that_was_frozen(steps: int) -> None:
    world, server = begun(aof_timestamp_enabled=True)
    log = server.log
    for act in ACTS[:steps]:
        act(log)
        world.clock.advance(400)
    then, frozen, disk = world.clock.ms, log.freeze(), world.disk.freeze()
    ends = []
    for _ in range(2):
        for act in ACTS[steps:]:
            act(log)
            world.clock.advance(400)
        files = [world.disk.read(f"{DIRECTORY}/{each}") for each in world.disk.names(DIRECTORY)]
        ends.append((files, log.freeze()))
        world.clock.ms = then
        world.disk.thaw(disk)
        log = AppendOnly.thaw(frozen, world.disk, world.clock)
        assert log.freeze() == frozen
    assert ends[0] == ends[1]
