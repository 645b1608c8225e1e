"""The last net under a classroom's memory, under a server that is a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from redlearn.server.net import ROOM, SHARE
from tests.clients.served import Served, serving

MIB = 1 << 20

pytestmark = pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="needs /proc")

TRY = """
import resource, sys
from redlearn.engine.config import Config
from redlearn.server import net
hard, classroom, memory = map(int, sys.argv[1:])
if hard:
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
config = Config(16)
config.set("classroom-mode", bool(classroom))
config.set("maxmemory", memory)
before = resource.getrlimit(resource.RLIMIT_AS)
print(net.spread(config), resource.getrlimit(resource.RLIMIT_AS)[0], *before)
"""


def spread(hard: int, classroom: bool, memory: int) -> tuple[bool, int, int, int]:
    """What was said, the limit after it, and both limits before, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(hard), str(int(classroom)), str(memory)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said, *limits = done.stdout.split()
    after, soft, most = map(int, limits)
    return said == "True", after, soft, most


def test_outside_of_a_classroom_the_system_is_asked_for_nothing() -> None:
    said, after, before, _ = spread(0, classroom=False, memory=64 * MIB)
    assert said and after == before


def test_a_limit_that_is_there_already_is_never_raised() -> None:
    assert spread(600 * MIB, classroom=True, memory=64 * MIB)[1] == 600 * MIB
    assert spread(600 * MIB, classroom=True, memory=0)[1] == 600 * MIB


def test_without_maxmemory_there_is_no_limit() -> None:
    said, after, _, most = spread(0, classroom=True, memory=0)
    assert said and after == most


def limit_of(served: Served) -> int:
    rows = Path(f"/proc/{served.pid}/limits").read_text().splitlines()
    soft = next(row for row in rows if row.startswith("Max address space")).split()[3]
    return -1 if soft == "unlimited" else int(soft)


def test_who_asks_for_more_than_the_class_may_have_is_cut_off_and_the_others_are_served() -> None:
    with serving("--classroom-mode", "yes", "--maxmemory", "64mb") as served:
        assert 0 < limit_of(served) - SHARE * 64 * MIB - ROOM < 256 * MIB
        with served.connect() as other:
            assert other.run(b"SET", b"mine", b"kept") == b"OK"
            with served.connect() as greedy, pytest.raises(ConnectionError):
                greedy.run(b"SETRANGE", b"huge", b"%d" % (512 * MIB - 1), b"x")
            assert other.run(b"GET", b"mine") == b"kept"
            assert other.run(b"EVAL", b"return redis.call('GET', 'mine')", b"0") == b"kept"


def test_the_net_follows_maxmemory() -> None:
    with serving("--classroom-mode", "yes") as served, served.connect() as teacher:
        before = limit_of(served)
        assert teacher.run(b"CONFIG", b"SET", b"maxmemory", b"300mb") == b"OK"
        assert limit_of(served) - before == SHARE * 44 * MIB


def test_there_is_room_to_go_on_when_maxmemory_is_less_than_what_is_in_use() -> None:
    words = ("--classroom-mode", "yes", "--maxmemory", "2gb")
    with serving(*words) as served, served.connect() as teacher:
        for key in (b"a", b"b"):
            teacher.run(b"SETRANGE", key, b"%d" % (320 * MIB), b"x")
        assert teacher.run(b"CONFIG", b"SET", b"maxmemory", b"16mb") == b"OK"
        assert limit_of(served) > 640 * MIB + ROOM
        teacher.run(b"CONFIG", b"SET", b"maxmemory-policy", b"allkeys-lru")
        assert teacher.run(b"SET", b"small", b"x" * 3 * MIB) == b"OK"
        assert teacher.run(b"DBSIZE") == 1
