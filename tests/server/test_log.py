"""The log of a server: from which level on it is written, where, and in which form."""

from __future__ import annotations

import os
import re
from datetime import datetime
from pathlib import Path

import pytest

from redlearn.server.log import LEVELS, Log, ToFile, to_stderr

MOMENT = datetime(2026, 11, 7, 9, 5, 3, 42_999).timestamp()


@pytest.mark.parametrize(
    ("level", "written"),
    [
        ("debug", ["verbose", "notice", "warning"]),
        ("verbose", ["verbose", "notice", "warning"]),
        ("notice", ["notice", "warning"]),
        ("warning", ["warning"]),
        ("nothing", []),
    ],
)
def test_what_is_below_the_level_is_not_written(level: str, written: list[str]) -> None:
    seen: list[str] = []
    log = Log(lambda sentence, level: seen.append(level), level)
    log.verbose("a client came")
    log("ready")
    log.warning("a client was cut off")
    assert seen == written
    assert log.is_verbose is ("verbose" in written)


def test_a_line_of_a_file_is_that_of_redis(tmp_path: Path) -> None:
    write = ToFile(tmp_path / "redis.log", lambda: MOMENT)
    for level in LEVELS[:-1]:
        write(level, level)
    pid = os.getpid()
    assert (tmp_path / "redis.log").read_text() == (
        f"{pid}:M 07 Nov 2026 09:05:03.042 . debug\n"
        f"{pid}:M 07 Nov 2026 09:05:03.042 - verbose\n"
        f"{pid}:M 07 Nov 2026 09:05:03.042 * notice\n"
        f"{pid}:M 07 Nov 2026 09:05:03.042 # warning\n"
    )


def test_a_file_that_is_moved_away_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "redis.log"
    write = ToFile(path, lambda: MOMENT)
    write("one", "notice")
    path.rename(tmp_path / "old.log")
    write("two", "notice")
    assert re.fullmatch(r"\d+:M .{24} \* two\n", path.read_text())


def test_a_file_that_cannot_be_written_is_an_error_at_once_and_none_later(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ToFile(tmp_path / "nowhere" / "redis.log", lambda: MOMENT)
    folder = tmp_path / "here"
    folder.mkdir()
    write = ToFile(folder / "redis.log", lambda: MOMENT)
    (folder / "redis.log").unlink()
    folder.rmdir()
    write("lost", "warning")


def test_who_looks_on_reads_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    to_stderr("ready", "notice")
    assert capsys.readouterr().err == "ready\n"


def test_nobody_who_looks_on_any_more_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with open(writing, "w") as pipe:
        monkeypatch.setattr("sys.stderr", pipe)
        to_stderr("lost", "notice")
        os.dup2(os.open(os.devnull, os.O_WRONLY), writing)  # for what it has not got rid of
