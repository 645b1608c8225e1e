"""What the workers of the job queues do: a module of its own, since they import it by its name."""

from __future__ import annotations

import os

import celery


def square(number: int) -> int:
    return number * number


def fail() -> None:
    raise ValueError("as it should")


app = celery.Celery(
    "jobs", broker=os.environ.get("JOBS_URL", ""), backend=os.environ.get("JOBS_URL", "")
)
app.conf.update(
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
    task_acks_late=True,
    task_default_retry_delay=0,
    result_expires=60,
)


@app.task
def add(left: int, right: int) -> int:
    return left + right


@app.task
def total(numbers: list[int]) -> int:
    return sum(numbers)


@app.task(bind=True, max_retries=3)
def at_the_third_try(self: celery.Task) -> int:
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return int(self.request.retries)


@app.task
def broken() -> None:
    raise KeyError("as it should")
