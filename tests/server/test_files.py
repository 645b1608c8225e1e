"""Room for connections: the limit of open files is raised, or the clients are fewer."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from redlearn.server.files import RESERVED, make_room

TRY = """
import resource, sys
from redlearn.server.files import make_room
soft, hard, clients = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(make_room(clients), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.parametrize(
    ("soft", "hard", "clients", "room", "after"),
    [
        (100, 1_000, 500, 500, 500 + RESERVED),
        (100, 200, 500, 200 - RESERVED, 200),
        (600, 1_000, 500, 500, 600),
    ],
)
def test_the_limit_is_raised_as_far_as_it_has_to_and_may_be(
    soft: int, hard: int, clients: int, room: int, after: int
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRY, str(soft), str(hard), str(clients)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.split() == [str(room), str(after)]


def test_nothing_is_changed_where_there_is_room() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert make_room(1) == 1
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
