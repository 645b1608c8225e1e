"""RQ: a queue of Python calls. A worker in a process of its own does the work."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis as redis_py
import rq
from rq.job import JobStatus

from tests.clients import jobs
from tests.clients.served import Served

ROOT = Path(__file__).parents[2]


@pytest.fixture
def connection(served: Served) -> Iterator[redis_py.Redis]:
    with redis_py.Redis(port=served.port) as made:
        yield made


def work(served: Served, *words: str) -> str:
    """Let a worker empty the queue, forking for each job as it does by default."""
    done = subprocess.run(
        [sys.executable, "-m", "rq.cli", "worker", "--burst", "--url", served.url, *words, "work"],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_worker_does_what_is_queued(served: Served, connection: redis_py.Redis) -> None:
    queue = rq.Queue("work", connection=connection)
    queued = [queue.enqueue(jobs.square, number) for number in range(5)]
    bad = queue.enqueue(jobs.fail)
    after = queue.enqueue(jobs.square, 12, depends_on=queued)
    work(served)
    assert [job.return_value() for job in queued] == [0, 1, 4, 9, 16]
    assert after.return_value() == 144
    assert bad.get_status() is JobStatus.FAILED
    assert "as it should" in bad.latest_result().exc_string
    assert len(queue) == 0
    assert queue.failed_job_registry.get_job_ids() == [bad.id]


def test_what_is_planned_for_later_is_queued_when_it_is_due(
    served: Served, connection: redis_py.Redis
) -> None:
    queue = rq.Queue("work", connection=connection)
    job = queue.enqueue_in(timedelta(seconds=-1), jobs.square, 7)
    assert job.get_status() is JobStatus.SCHEDULED
    scheduler = rq.scheduler.RQScheduler([queue], connection=connection)
    scheduler.acquire_locks()
    scheduler.enqueue_scheduled_jobs()
    scheduler.release_locks()
    work(served)
    assert job.return_value() == 49
