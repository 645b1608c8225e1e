"""One server for all tests of a worker, emptied for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.served import Served, serving


@pytest.fixture(scope="session")
def served_process() -> Iterator[Served]:
    with serving("--enable-debug-command", "yes") as served:
        yield served


@pytest.fixture
def served(served_process: Served) -> Served:
    served_process.reset()
    return served_process
