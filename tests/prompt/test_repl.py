"""The line mode without a terminal: scripts from pipes."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from redlearn.prompt.repl import CHUNK, lines_by_chunk, prompt_text, run_plain
from redlearn.prompt.talk import Talk
from redlearn.prompt.unwatched import Unwatched
from redlearn.timeline.session import Session

ROOT = Path(__file__).parent.parent.parent


class Drip(io.RawIOBase):
    """A pipe whose writer is slow: each read gives the next piece."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces = list(pieces)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        piece = self._pieces.pop(0) if self._pieces else b""
        memoryview(buffer)[: len(piece)] = piece  # type: ignore[arg-type]  # any buffer
        return len(piece)


def dripping(*pieces: bytes) -> io.BufferedReader:
    return io.BufferedReader(Drip(*pieces), CHUNK)


def printed(*pieces: bytes, talk: Talk | None = None) -> bytes:
    target = io.BytesIO()
    run_plain(talk or Talk(Unwatched(0)), dripping(*pieces), target)
    return target.getvalue()


def process(*options: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "redlearn", "repl", *options],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("pieces", "chunks"),
    [
        ((b"a\nb\n",), [[b"a", b"b"]]),
        ((b"a\nb",), [[b"a"], [b"b"]]),
        ((b"a", b"b\nc", b"\n"), [[b"ab"], [b"c"]]),
        ((b"a\r\nb\r\n",), [[b"a\r", b"b\r"]]),
        ((b"\n\n",), [[b"", b""]]),
        ((), []),
    ],
)
def test_lines_come_as_they_arrive(pieces: tuple[bytes, ...], chunks: list[list[bytes]]) -> None:
    assert list(lines_by_chunk(dripping(*pieces))) == chunks


def test_a_line_may_be_longer_than_any_buffer() -> None:
    line = b"SET k " + b"x" * (3 * CHUNK)
    assert list(lines_by_chunk(io.BytesIO(line + b"\nGET k"))) == [[line], [b"GET k"]]


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_the_last_line_needs_no_end(end: bytes) -> None:
    assert printed(b"SET k v\r\nGET k" + end) == b'OK\n"v"\n'


def test_nothing_behind_quit_is_run() -> None:
    assert printed(b"PING\nquit\nPING\n") == b"PONG\n"


def test_the_clock_runs_with_the_wall_while_lines_come() -> None:
    moments: Iterator[int] = iter([0, 10, 1000, 2000])
    target = io.BytesIO()
    script = io.BytesIO(b"SET k v PX 100\nGET k\nGET k\n")
    run_plain(Talk(Unwatched(0)), script, target, now_ms=lambda: next(moments))
    assert target.getvalue() == b'OK\n"v"\n(nil)\n'


def test_a_person_at_a_plain_terminal_is_asked() -> None:
    target = io.BytesIO()
    talk = Talk(Session())
    run_plain(talk, dripping(b"SELECT 2\n", b"MULTI\n", b"quit\n"), target, ask=prompt_text)
    assert target.getvalue() == b"redlearn> OK\nredlearn[2]> OK\nredlearn[2](TX)> "


def test_answers_come_before_more_input_is_waited_for() -> None:
    with process() as running:
        assert running.stdin
        assert running.stdout
        running.stdin.write(b"SET k v\nGET k\n")
        running.stdin.flush()
        assert [running.stdout.readline() for _ in range(2)] == [b"OK\n", b'"v"\n']
        running.stdin.write(b"GET")
        running.stdin.close()
        assert running.stdout.read().startswith(b"(error) ERR wrong number")
        assert running.wait() == 0


def test_ctrl_c_ends_a_script_quietly() -> None:
    with process() as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdin.write(b"PING\n")
        running.stdin.flush()
        assert running.stdout.readline() == b"PONG\n"
        running.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            running.wait(20)
        if running.poll() is None:  # Python heard it just before it began to wait for input
            running.send_signal(signal.SIGINT)
        assert running.wait() == 130
        assert running.stderr.read() == b""


def test_a_reader_that_hangs_up_ends_it_quietly() -> None:
    with process() as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        running.stdin.write(b"1000000 PING\n")
        running.stdin.close()
        assert running.wait() == 0
        assert running.stderr.read() == b""


@pytest.mark.parametrize(
    ("redirection", "status", "said"),
    [
        ("<&-", 0, b""),
        (">&-", 0, b""),
        ("> /dev/full", 1, b"redlearn: No space left on device\n"),
    ],
)
def test_streams_that_are_closed_or_full_are_no_disaster(
    redirection: str, status: int, said: bytes
) -> None:
    command = f"echo PING | {sys.executable} -m redlearn repl {redirection}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (status, said)


def test_a_script_writes_no_history(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "redlearn", "repl"], cwd=ROOT, input=b"AUTH x\n",
        capture_output=True, check=True, env={**os.environ, "REDLEARN_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.stdout.startswith(b"(error) ")
    assert not list(tmp_path.iterdir())


def test_a_script_loads_no_terminal_library() -> None:
    code = (
        "import sys; sys.argv = ['redlearn', 'repl'];"
        "from redlearn.prompt.repl import run; run(plain=True);"
        "print([m for m in ('prompt_toolkit', 'textual', 'rich', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, input=b"PING\n", capture_output=True, check=True
    )
    assert done.stdout == b"PONG\n[]\n"
