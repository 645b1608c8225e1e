"""redis-benchmark's default set, one request at a time and in pipelines of sixteen."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess

import pytest

from tests.clients.served import Served

BENCHMARK = shutil.which("redis-benchmark")
DEFAULT = {
    "PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "LPUSH", "RPUSH", "LPOP", "RPOP", "SADD",
    "HSET", "SPOP", "ZADD", "ZPOPMIN", "LPUSH (needed to benchmark LRANGE)",
    "LRANGE_100 (first 100 elements)", "LRANGE_300 (first 300 elements)",
    "LRANGE_500 (first 500 elements)", "LRANGE_600 (first 600 elements)", "MSET (10 keys)",
}  # fmt: skip


@pytest.mark.skipif(BENCHMARK is None, reason="redis-benchmark is not on PATH")
@pytest.mark.parametrize("pipeline", [1, 16])
def test_every_default_test_completes(served: Served, pipeline: int) -> None:
    assert BENCHMARK is not None
    before = clients(served)
    done = subprocess.run(
        [BENCHMARK, "-p", str(served.port), "-n", "2000", "-r", "1000",
         "-P", str(pipeline), "--csv"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["test"] for row in rows} >= DEFAULT
    assert all(float(row["rps"]) > 0 for row in rows)
    with served.connect() as client:
        assert client.run(b"LLEN", b"mylist") > 0
    assert clients(served) <= before  # it left nobody behind


def clients(served: Served) -> int:
    with served.connect() as client:
        return int(client.run(b"CLIENT", b"LIST").count(b"\n"))
