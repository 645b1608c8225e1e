"""Loading a log: in order, to the last whole command, or not at all."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from redlearn.persistence.aof_load import AofError
from redlearn.persistence.aof_write import annotation
from redlearn.persistence.disk import append_all
from redlearn.persistence.simulated_disk import Fault
from redlearn.resp.encode import encode_command
from tests.persistence.logs import DIRECTORY, FIRST, MANIFEST, SECOND, Server, World

SET = encode_command((b"SET", b"k", b"v"))


def put(world: World, name: str, data: bytes) -> None:
    """A file with just this content."""
    file = world.disk.create(name)
    append_all(file, data)


def with_incr(data: bytes, **options: object) -> World:
    """A log whose incremental file is `data`."""
    world = World(**options)
    world.start()
    put(world, FIRST, data)
    return world


def refusal(world: World) -> AofError:
    with pytest.raises(AofError) as refused:
        world.start()
    return refused.value


def test_without_a_log_there_is_nothing() -> None:
    server = World().start()
    assert server.loaded.manifest.parts == ()
    assert server.loaded.size == 0


@pytest.mark.parametrize("preamble", [True, False])
def test_a_log_gives_the_dataset_back(preamble: bool) -> None:
    world = World(aof_use_rdb_preamble=preamble)
    server = world.start()
    server.run("SET a 1", "RPUSH l a b c", "SELECT 3", "ZADD z 1.5 m", "SELECT 0", "XADD s * f v")
    server.rewrite()
    server.run("SET b 2", "MULTI", "INCR a", "DEL l", "EXEC", "PEXPIRE b 100000")
    again = world.after_kill()
    assert again.digest() == server.digest()
    since_the_rewrite = 7  # SELECT SET MULTI INCR DEL EXEC PEXPIREAT
    assert again.loaded.commands == since_the_rewrite + (0 if preamble else 7)
    assert again.loaded.warnings == []


def test_several_files_are_loaded_in_order() -> None:
    world = World(aof_use_rdb_preamble=False)
    server = world.start()
    server.run("SET a 1")
    server.log.begin_rewrite()
    server.run("APPEND a 2")
    server.log.abort_rewrite()
    server.log.begin_rewrite()
    server.run("APPEND a 3")
    again = world.after_kill()
    assert len(again.loaded.manifest.incrs) == 3
    assert again.run("GET a") == b"123"


def test_an_annotation_is_no_command() -> None:
    world = with_incr(annotation(1) + SET + annotation(2))
    server = world.start()
    assert server.loaded.commands == 1
    assert server.loaded.cut is None


def test_progress_counts_the_bytes_of_all_files() -> None:
    world = World()
    server = world.start()
    for number in range(3_000):
        server.run([b"SET", b"key:%d" % number, b"x" * 50])
    server.rewrite()
    for number in range(3_000):
        server.run([b"SET", b"key:%d" % number, b"y" * 50])
    again = world.after_kill()
    done = [one for one, _ in again.progress]
    assert {total for _, total in again.progress} == {again.loaded.size}
    assert done == sorted(done)
    assert done[-1] == again.loaded.size
    assert len(done) > 50


# Cut off.


@pytest.mark.parametrize("lost", range(1, len(SET)))
def test_a_last_file_that_is_cut_off_is_cut_to_its_last_whole_command(lost: int) -> None:
    world = with_incr(SET + SET[:-lost])
    server = world.start()
    assert server.loaded.cut == ("appendonly.aof.1.incr.aof", len(SET), len(SET) - lost)
    assert world.disk.size(FIRST) == len(SET)
    server.run("SET other 1")
    assert world.after_kill().run("MGET k other") == [b"v", b"1"]


def test_a_transaction_without_its_end_is_cut_off_as_a_whole() -> None:
    multi = encode_command((b"MULTI",))
    world = with_incr(SET + multi + SET.replace(b"v", b"w"))
    server = world.start()
    assert server.run("GET k") == b"v"
    assert world.disk.size(FIRST) == len(SET)
    assert "has no EXEC" in server.loaded.warnings[0]


def test_half_an_annotation_is_cut_off_too() -> None:
    """What is appended behind it would become part of it."""
    world = with_incr(SET + b"#TS:17")
    world.start()
    assert world.disk.size(FIRST) == len(SET)


@pytest.mark.parametrize("policy", ["always", "everysec", "no"])
@pytest.mark.parametrize("name", [FIRST, "appendonly.aof"])
def test_what_was_cut_stays_cut_whatever_follows_it(policy: str, name: str) -> None:
    """A file that is torn again by a power cut would be refused, as another one is the last."""
    world = with_incr(b"", appendfsync=policy) if name == FIRST else World(appendfsync=policy)
    put(world, name, SET + SET[:9])
    world.disk.append_to(name).fsync()
    world.disk.sync_directory()
    server = world.start()
    assert server.loaded.cut is not None
    server.log.begin_rewrite()
    assert world.after_crash().run("GET k") == b"v"


def test_the_warning_names_the_file_and_the_place() -> None:
    (warning,) = with_incr(SET + SET[:5]).start().loaded.warnings
    assert warning == (
        f"appendonly.aof.1.incr.aof was cut to {len(SET)} bytes, 5 less: "
        f"the command at 0x{len(SET):x} is not whole"
    )


def test_if_that_is_not_wanted_it_is_refused_and_left_alone() -> None:
    world = with_incr(SET + SET[:5], aof_load_truncated=False)
    error = refusal(world)
    assert (error.name, error.offset) == ("appendonly.aof.1.incr.aof", len(SET))
    assert "aof-load-truncated" in error.reason
    assert world.disk.read(FIRST) == SET + SET[:5]


def test_a_file_cut_off_that_is_not_the_last_is_refused_and_left_alone() -> None:
    world = World()
    server = world.start()
    server.run("SET a 1")
    server.log.begin_rewrite()
    server.run("SET a 2")
    whole = world.disk.read(FIRST)
    for size in range(1, len(whole)):
        put(world, FIRST, whole[:size])
        if whole[:size].endswith(b"0\r\n"):
            continue  # between SELECT and SET
        error = refusal(world)
        assert error.name == "appendonly.aof.1.incr.aof"
        assert "not the last file" in error.reason
        assert world.disk.read(FIRST) == whole[:size]


# Wrong.


def test_something_that_is_no_command_is_refused_with_its_place() -> None:
    world = with_incr(SET + b"oops\r\n" + SET)
    error = refusal(world)
    assert (error.name, error.offset) == ("appendonly.aof.1.incr.aof", len(SET))
    assert str(error).startswith(f"appendonly.aof.1.incr.aof at offset {len(SET)}: expected '*'")
    assert world.disk.read(FIRST) == SET + b"oops\r\n" + SET


def test_a_command_that_does_not_exist_is_refused() -> None:
    error = refusal(with_incr(SET + encode_command((b"NOSUCH",))))
    assert "no command 'NOSUCH'" in error.reason


@pytest.mark.parametrize("name", ["appendonly.aof.1.base.rdb", "appendonly.aof.1.incr.aof"])
def test_a_file_that_is_missing_is_refused(name: str) -> None:
    world = World()
    world.start()
    world.disk.remove(f"{DIRECTORY}/{name}")
    error = refusal(world)
    assert error.name == name
    assert "not there" in error.reason


def test_a_manifest_that_is_none_is_refused() -> None:
    world = World()
    world.start()
    put(world, MANIFEST, b"file ../x seq 1 type i\n")
    error = refusal(world)
    assert error.name == MANIFEST
    assert "just a filename" in error.reason


def test_a_disk_that_cannot_be_read_is_said_so() -> None:
    world = with_incr(SET)
    world.disk.fail(Fault("read", errno.EIO, name="*.incr.aof", at=3))
    with pytest.raises(OSError, match="Input/output error"):
        world.start()


def based() -> tuple[World, str, bytes, Server]:
    """A log with a base that is a snapshot of some keys."""
    world = World()
    server = world.start()
    server.run("SET a 1", "RPUSH l a b c", "ZADD z 1 m")
    server.rewrite()
    name = f"{DIRECTORY}/appendonly.aof.2.base.rdb"
    return world, name, world.disk.read(name), server


def test_a_base_that_is_cut_off_anywhere_is_refused_and_left_alone() -> None:
    world, name, whole, _ = based()
    for size in range(1, len(whole)):
        put(world, name, whole[:size])
        error = refusal(world)
        assert error.name == name.rpartition("/")[2]
        assert world.disk.read(name) == whole[:size]


def test_a_base_with_any_byte_changed_is_refused() -> None:
    world, name, whole, _ = based()
    for at in range(len(whole)):
        changed = bytearray(whole)
        changed[at] ^= 0x01
        put(world, name, bytes(changed))
        refusal(world)


# A log of one file.


@pytest.mark.parametrize("preamble", [True, False])
def test_a_log_of_one_file_is_loaded_and_moved(preamble: bool) -> None:
    world = World()
    old = based()[2] if preamble else b""
    put(world, "appendonly.aof", old + SET)
    server = world.start()
    assert server.run("GET k") == b"v"
    assert (server.run("GET a") == b"1") is preamble
    server.run("SET more 1")
    assert world.after_kill().digest() == server.digest()
    assert world.disk.names() == [DIRECTORY]


def test_one_whose_tail_is_cut_off_is_cut_behind_its_snapshot() -> None:
    world = World()
    old = based()[2]
    put(world, "appendonly.aof", old + SET + SET[:9])
    server = world.start()
    assert server.loaded.cut == ("appendonly.aof", len(old) + len(SET), 9)
    assert server.loaded.base_size == len(old) + len(SET)


def test_second_files_of_another_name_do_not_matter() -> None:
    world = World(appendfilename="mine.aof")
    put(world, "appendonly.aof", SET)
    assert world.start().run("GET k") is None
    world.options = replace(world.options, appendfilename="appendonly.aof", appenddirname="other")
    assert world.start().run("GET k") == b"v"
    assert SECOND not in world.disk.names(DIRECTORY)
