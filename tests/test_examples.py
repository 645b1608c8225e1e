"""The commands of the founding article, piped into the line mode: real replies, byte for byte.

`data/examples.txt` holds the article's commands, section by section, and
`data/examples.replies.txt` what a real server (Valkey 9.1.2, through redis-cli) answered.
"""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from redlearn.prompt.repl import run_plain
from redlearn.prompt.talk import Talk
from redlearn.prompt.unwatched import Unwatched
from redlearn.resp.text import format_raw, split_args
from redlearn.timeline.session import Session

DATA = Path(__file__).parent / "data"
ROOT = DATA.parent.parent


def sections(name: str) -> dict[str, str]:
    """The sections of a file, without comments."""
    found: dict[str, str] = {}
    title = ""
    for line in (DATA / name).read_text().splitlines(keepends=True):
        if line.startswith("== "):
            title = line[3:].strip()
            found[title] = ""
        elif not line.startswith("#"):
            found[title] += line
    return found


COMMANDS = sections("examples.txt")
REPLIES = sections("examples.replies.txt")


def test_each_section_has_replies() -> None:
    assert list(COMMANDS) == list(REPLIES)


@pytest.mark.parametrize("title", COMMANDS)
def test_a_section_piped_in_prints_what_a_real_server_answered(title: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "redlearn", "repl"], cwd=ROOT, input=COMMANDS[title],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == REPLIES[title]
    assert done.stderr == ""


@pytest.mark.parametrize("title", COMMANDS)
def test_with_a_history_the_same_is_printed(title: str) -> None:
    target = io.BytesIO()
    run_plain(Talk(Session()), io.BytesIO(COMMANDS[title].encode()), target, now_ms=lambda: 0)
    assert target.getvalue().decode() == REPLIES[title]


@pytest.mark.parametrize("title", COMMANDS)
def test_raw_prints_the_values_themselves(title: str) -> None:
    source = io.BytesIO(COMMANDS[title].encode())
    target = io.BytesIO()
    run_plain(Talk(Unwatched(0), raw=True), source, target, now_ms=lambda: 0)
    session = Session()
    client = session.connect()
    replies = [
        reply
        for line in COMMANDS[title].splitlines()
        for reply in session.execute(client, split_args(line))
    ]
    assert target.getvalue() == b"".join(format_raw(reply) for reply in replies)
