from __future__ import annotations

import pytest

from redlearn.lessons.limits import parameter_refusal, refusal


@pytest.mark.parametrize(
    "line",
    [
        "SHUTDOWN", "shutdown nosave", "CONFIG REWRITE", "config rewrite", "MODULE LOAD x.so",
        "DEBUG SEGFAULT", "DEBUG SLEEP 100", "REPLICAOF h 1", "SLAVEOF NO ONE", "SAVE", "BGSAVE",
        "BGREWRITEAOF", "MIGRATE h 1 k 0 9", "MONITOR", "SYNC", "PSYNC ? -1", "ACL SETUSER x",
        "AUTH x", "CLUSTER MEET h 1", "CLIENT PAUSE 1000", "CONFIG SET dir /tmp",
        "CONFIG SET maxmemory 1mb DBFILENAME x", "CONFIG SET requirepass x",
    ],
)  # fmt: skip
def test_what_reaches_beyond_the_data_is_refused(line: str) -> None:
    assert refusal([word.encode() for word in line.split()])


@pytest.mark.parametrize(
    "line",
    [
        "GET k", "FLUSHALL", "CONFIG SET zset-max-listpack-entries 4", "CONFIG GET dir",
        "DEBUG LISTPACK k", "DEBUG OBJECT k", "ACL WHOAMI", "CLUSTER KEYSLOT k", "CLIENT LIST",
        "DBSIZE",
    ],
)  # fmt: skip
def test_what_lessons_need_is_allowed(line: str) -> None:
    assert refusal([word.encode() for word in line.split()]) == ""


def test_a_refusal_says_why() -> None:
    assert refusal([b"module", b"list"]) == "a lesson may not run MODULE: it loads code"


def test_a_command_has_a_size_limit() -> None:
    assert refusal([b"SET", b"k", b"x" * 5000]) == "a command may take 4096 bytes"


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("SETRANGE k 500000000 x", True), ("setbit k 4294967295 1", True),
        ("HRANDFIELD h -1000000000", True), ("ZRANDMEMBER z 99999999999999999999999", True),
        ("SETRANGE k 100 x", False), ("HRANDFIELD h -100", False), ("HRANDFIELD h", False),
        ("SETBIT k x 1", False),
    ],
)  # fmt: skip
def test_a_few_bytes_may_not_become_very_many(line: str, refused: bool) -> None:
    assert bool(refusal([word.encode() for word in line.split()])) is refused


def test_bytes_that_are_no_text_are_no_way_around() -> None:
    assert refusal([b"\xff", b"x"]) == ""
    assert refusal([b"CONFIG", b"SET", b"\xff", b"x", b"dir", b"/"])


def test_settings_of_files_and_network_are_refused() -> None:
    assert parameter_refusal("appendfilename")
    assert parameter_refusal("hash-max-listpack-entries") == ""


@pytest.mark.parametrize("line", ["MIGRATE h 1 k 0 9", "CLUSTER FAILOVER", "cluster meet h 1"])
def test_a_lesson_may_do_more_to_a_cluster_of_its_own(line: str) -> None:
    argv = [word.encode() for word in line.split()]
    assert refusal(argv)
    assert refusal(argv, at_home=True) == ""


@pytest.mark.parametrize("line", ["SHUTDOWN", "DEBUG SEGFAULT", "CONFIG SET dir /tmp", "SAVE"])
def test_but_not_more_to_anything_else(line: str) -> None:
    assert refusal([word.encode() for word in line.split()], at_home=True)


@pytest.mark.parametrize(
    "line", ["SAVE", "bgsave", "BGREWRITEAOF", "DEBUG RELOAD", "DEBUG LOADAOF", "CONFIG SET save x"]
)
def test_files_may_be_written_where_the_disk_is_simulated(line: str) -> None:
    argv = [word.encode() for word in line.split()]
    assert refusal(argv)
    assert refusal(argv, simulated=True) == ""


@pytest.mark.parametrize(
    "line", ["SHUTDOWN", "DEBUG SLEEP 9", "CONFIG REWRITE", "CONFIG SET dir /", "DEBUG", "ACL SAVE"]
)
def test_a_simulated_disk_is_no_way_around(line: str) -> None:
    assert refusal([word.encode() for word in line.split()], simulated=True)
