"""Celery: a worker in a process of its own takes tasks from us and leaves its results."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import celery
import pytest

from tests.clients import jobs
from tests.clients.served import Served

ROOT = Path(__file__).parents[2]
PATIENCE = 60


@pytest.fixture
def worker(served: Served) -> Iterator[None]:
    jobs.app.conf.update(broker_url=served.url, result_backend=served.url)
    process = subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", "tests.clients.jobs", "worker", "--pool", "solo",
         "--loglevel", "INFO", "--without-gossip", "--without-mingle"],
        cwd=ROOT, env={**os.environ, "JOBS_URL": served.url, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        jobs.app.pool.force_close_all()


@pytest.mark.usefixtures("worker")
def test_tasks_groups_retries_and_failures_come_back() -> None:
    results = [jobs.add.delay(number, number) for number in range(20)]
    assert [result.get(timeout=PATIENCE) for result in results] == list(range(0, 40, 2))
    group = celery.group(jobs.add.s(number, 1) for number in range(5))()
    assert group.get(timeout=PATIENCE) == [1, 2, 3, 4, 5]
    chain = (jobs.add.s(1, 2) | jobs.add.s(10))()
    assert chain.get(timeout=PATIENCE) == 13
    chord = celery.chord((jobs.add.s(number, 0) for number in range(5)), jobs.total.s())()
    assert chord.get(timeout=PATIENCE) == 10
    assert jobs.at_the_third_try.delay().get(timeout=PATIENCE) == 2
    with pytest.raises(KeyError, match="as it should"):
        jobs.broken.delay().get(timeout=PATIENCE)
    assert jobs.app.control.inspect(timeout=PATIENCE, limit=1).ping()
