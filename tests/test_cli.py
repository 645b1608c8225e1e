"""The command line: what each command prints, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from redlearn import cli as cli_module
from redlearn.cli import cli
from redlearn.persistence.store import RealDisk
from tests.oracle.servers import Server

ROOT = Path(__file__).parent.parent
COMMANDS = [
    "repl",
    "lesson",
    "play",
    "present",
    "new",
    "check",
    "check-rdb",
    "check-aof",
    "commands",
]

BROKEN = """\
+++
format = 1
id = "broken"
title = "Broken"
+++
# Broken

## 1. A step

```transcript
> PING
NO
```
"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def piped(text: bytes, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """What `redlearn` makes of a script on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "redlearn", *arguments],
        cwd=ROOT,
        input=text,
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )


def test_the_help_names_every_command() -> None:
    shown = run("--help").output
    assert all(f"\n  {command} " in shown for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_how_to_use_it(command: str) -> None:
    result = run(command, "-h")
    assert result.exit_code == 0
    assert f"{command} [OPTIONS]" in result.output


def test_an_unknown_command_is_refused_in_a_sentence() -> None:
    result = run("nosuch")
    assert result.exit_code == 2
    assert "No such command 'nosuch'" in result.output


def test_the_lessons_are_listed_by_number_and_title(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDLEARN_HOME", str(tmp_path))
    *lines, last = run("lesson").output.splitlines()
    assert len(lines) == len(list((ROOT / "lessons").glob("*.md")))
    assert lines == sorted(lines)
    assert any(
        row.startswith(" 13  Inside a sorted set: the skiplist  11 minutes") for row in lines
    )
    assert last == "redlearn lesson 1 begins A dictionary you can talk to."
    assert not list(tmp_path.iterdir())


def test_a_lesson_plays_itself_into_a_transcript() -> None:
    result = run("play", "zset-skiplist", "--headless")
    assert result.exit_code == 0
    assert "redlearn> ZRANGE board 60 90 BYSCORE WITHSCORES\n" in result.output
    assert result.output.rstrip().endswith("The state stays; play with it.")


@pytest.mark.parametrize("command", ["lesson", "play", "present", "check"])
def test_a_lesson_that_is_not_there_is_refused_and_the_list_named(command: str) -> None:
    result = run(command, "nosuch")
    assert result.exit_code == 1
    assert "no lesson is called 'nosuch'; `redlearn lesson` lists them" in result.output


def test_programs_cannot_be_listened_to_without_a_screen() -> None:
    result = run("--listen", "-1")
    assert result.exit_code == 1
    assert "redlearn serve lets programs connect without a screen" in result.output


@pytest.mark.parametrize("path", sorted((ROOT / "lessons").glob("*.md")), ids=lambda p: p.stem)
def test_check_proves_each_lesson_that_comes_along(path: Path) -> None:
    result = run("check", str(path))
    assert result.output.splitlines()[-1] == "1 proven, 0 failed", result.output
    assert result.exit_code == 0


def test_check_without_names_takes_all_lessons_and_counts_what_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[Path] = []

    def all_but_one(path: Path) -> bool:
        taken.append(path)
        return not path.name.startswith("03")

    monkeypatch.setattr(cli_module, "proven", all_but_one)
    result = run("check")
    assert sorted(taken) == sorted((ROOT / "lessons").glob("*.md"))
    assert result.output == f"{len(taken) - 1} proven, 1 failed\n"
    assert result.exit_code == 1


def test_check_names_file_and_line_of_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "broken.md"
    path.write_text(BROKEN)
    result = run("check", str(path))
    assert result.exit_code == 1
    assert f"{path}:11: `PING` prints 'PONG' on line 1, not 'NO'" in result.output
    assert result.output.splitlines()[-1] == "0 proven, 1 failed"


def test_check_holds_lessons_against_a_real_server(redis_server: Server, tmp_path: Path) -> None:
    path = tmp_path / "broken.md"
    path.write_text(BROKEN.replace('title = "Broken"', 'title = "Broken"\nreal = ">=7.0"'))
    url = f"redis://127.0.0.1:{redis_server.port}"
    result = run("check", "3", "18", str(path), "--on", url)
    assert result.exit_code == 1
    assert "03-counters.md: redis" in result.output
    assert "18-memory.md: not compared: it names no server that it is true of" in result.output
    assert f"{path}:12: `PING` prints 'PONG' on line 1, not 'NO'" in result.output
    assert result.output.endswith("1 the same, 1 otherwise, 1 not compared\n")


def test_check_leaves_a_server_alone_that_is_in_use_or_not_there(redis_server: Server) -> None:
    with redis_server.connect() as client:
        client.run(b"SET", b"k", b"1")
        result = run("check", "3", "--on", f"127.0.0.1:{redis_server.port}")
        assert result.exit_code == 1
        assert "holds keys: lessons need an empty server of their own" in result.output
        assert client.run(b"GET", b"k") == b"1"
    assert "without TLS" in run("check", "3", "--on", "rediss://localhost").output
    twice = ["--on", f"127.0.0.1:{redis_server.port}"] * 2
    assert "one server, and one more" in run("check", "3", *twice).output


def test_a_new_lesson_is_proven_as_it_is_and_replaces_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("new", "mine").output.startswith("mine.md is there: redlearn check mine.md proves")
    assert run("check", "mine.md").output == "mine.md: proven\n1 proven, 0 failed\n"
    assert "redlearn check 'my own.md' proves it" in run("new", "my own").output
    again = run("new", "mine.md")
    assert again.exit_code == 1
    assert "mine.md is there already" in again.output
    assert "no letter or digit" in run("new", "...").output
    assert "No such file or directory" in run("new", "nowhere/mine").output


def test_a_new_lesson_may_be_made_of_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "typed.redis").write_text("INCR k\nSHUTDOWN\n")
    result = run("new", "mine", "--from", "typed.redis")
    assert "typed.redis:2: a lesson may not run SHUTDOWN" in result.output
    assert "> INCR k\n(integer) 1\n" in (tmp_path / "mine.md").read_text()
    assert run("check", "mine.md").exit_code == 0
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert "bytes is not text" in run("new", "other", "--from", "bytes").output
    assert not (tmp_path / "other.md").exists()


def test_a_lesson_without_a_terminal_says_how_to_print_it() -> None:
    result = run("lesson", "5")
    assert result.exit_code == 1
    assert "no terminal to draw on; redlearn play 5 --headless prints all of it" in result.output


def test_present_prints_what_the_audience_does_not_see() -> None:
    result = run("present", "3", "--notes")
    assert result.exit_code == 0
    assert "  solution> @a DECRBY stock 3\n" in result.output
    result = run("present", "3")
    assert result.exit_code == 1
    assert "there is no terminal to present on" in result.output


def test_check_of_a_file_that_is_no_lesson_says_so(tmp_path: Path) -> None:
    path = tmp_path / "binary.md"
    path.write_bytes(b"\xff\xfe\x00\x1b[31m")
    result = run("check", str(path))
    assert result.exit_code == 1
    assert str(path) in result.output
    assert "\x1b" not in result.output


@pytest.mark.parametrize("terminal", ["dumb", "xterm-256color"])
def test_without_a_terminal_the_prompt_runs_plain(terminal: str, tmp_path: Path) -> None:
    done = piped(b"SET k v\nGET k\n", TERM=terminal, REDLEARN_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout == b'OK\n"v"\n'
    assert not list(tmp_path.iterdir()), "nothing is written unless asked"


def test_raw_replies_are_bytes() -> None:
    done = piped(b'SET k "a\\x00b"\nGET k\n', "repl", "--raw")
    assert done.stdout == b"OK\na\x00b\n"


def test_a_reader_that_hangs_up_ends_the_prompt_quietly() -> None:
    command = f"yes PING | head -n 100000 | {sys.executable} -m redlearn repl | head -n 1"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert done.stdout == b"PONG\n"
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("arguments", ["lesson", "check 5", "play 5 --headless", "--help"])
def test_a_full_disk_is_an_error_in_a_sentence(arguments: str) -> None:
    command = f"{sys.executable} -m redlearn {arguments} > /dev/full"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 1
    assert b"No space left on device" in done.stderr and b"Traceback" not in done.stderr


def test_play_prints_a_transcript_where_there_is_no_screen() -> None:
    for arguments in (["play", "13", "--headless"], ["play", "13"]):
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        assert "redlearn> ZADD board 60 eve\n(integer) 1\n" in result.output
        assert result.output.rstrip().endswith("The state stays; play with it.")


def test_play_records_and_draws_what_the_screen_would_show(tmp_path: Path) -> None:
    lesson = tmp_path / "short.md"
    lesson.write_text(BROKEN.replace("NO\n", "PONG\n"))
    cast, pictures = tmp_path / "it.cast", tmp_path / "pictures"
    options = ["--cast", str(cast), "--svg", str(pictures), "--size", "80x24", "--speed", "2"]
    result = run("play", str(lesson), "--headless", *options)
    assert result.exit_code == 0, result.output
    assert json.loads(cast.read_text().splitlines()[0])["width"] == 80
    assert sorted(path.name for path in pictures.iterdir()) == ["broken-00.svg", "broken-01.svg"]


@pytest.mark.parametrize("size", ["80", "80x", "x24", "0x0", "19x24", "80x4", "501x24", "axb"])
def test_a_size_that_is_none_is_refused(size: str) -> None:
    result = run("play", "13", "--headless", "--size", size)
    assert result.exit_code == 2
    assert "a size is" in result.output


def test_play_says_what_is_wrong_with_a_lesson_or_a_folder(tmp_path: Path) -> None:
    lesson = tmp_path / "short.md"
    lesson.write_text("no front matter")
    result = run("play", str(lesson), "--headless")
    assert result.exit_code == 1
    assert str(lesson) in result.output
    result = run("play", "13", "--headless", "--cast", str(tmp_path / "no" / "it.cast"))
    assert result.exit_code == 1
    assert "Error: nothing can be written in" in result.output
    assert "Traceback" not in result.output


def test_commands_lists_all_there_are_or_a_group() -> None:
    whole = run("commands")
    assert whole.exit_code == 0
    assert "  GETDEL                         here\n" in whole.output
    group = run("commands", "--group", "vectorset")
    assert group.output.startswith("vectorset\n  VADD   ")
    assert group.output.endswith("13 commands and subcommands: 0 here, 0 later, 13 not here\n")


def test_commands_of_no_group_says_which_there_are() -> None:
    refused = run("commands", "--group", "sorted set")
    assert refused.exit_code == 1
    assert "no group is called 'sorted set'; there are array, bitmap" in refused.output


SNAPSHOT = ROOT / "tests/data/recorded/redis-7.0.rdb"


def test_a_good_snapshot_is_looked_through_with_status_0() -> None:
    result = run("check-rdb", str(SNAPSHOT))
    assert result.exit_code == 0
    assert "           0  REDIS0010\n" in result.output
    assert "34 keys in 1 database; 1 of them end" in result.output
    assert result.output.endswith("good\n")


def test_a_damaged_one_is_told_with_status_1(tmp_path: Path) -> None:
    data = bytearray(SNAPSHOT.read_bytes())
    data[150] ^= 1
    (tmp_path / "dump.rdb").write_bytes(data)
    result = run("check-rdb", str(tmp_path / "dump.rdb"))
    assert result.exit_code == 1
    assert result.output.splitlines()[-1].startswith("not good: ")


def test_a_snapshot_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none", "No such file"), (tmp_path, "Is a directory")):
        result = run("check-rdb", str(path))
        assert result.exit_code == 1
        assert reason in result.output


def test_a_command_larger_than_memory_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(disk: RealDisk, name: str, start: int = 0, size: int | None = None) -> bytes:
        raise MemoryError

    (tmp_path / "large.aof").write_bytes(b"*1\r\n$4\r\nPING\r\n")
    monkeypatch.setattr(RealDisk, "read", full)
    result = run("check-aof", str(tmp_path / "large.aof"))
    assert result.exit_code == 1
    assert "large.aof: memory is too small for a command in it" in result.output


def test_whether_a_file_can_be_read_is_found_out_by_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else click answers, with the usage, where a sentence would do; root reads all."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    for words in (("check-rdb", str(SNAPSHOT)), ("import", str(SNAPSHOT))):
        assert run(*words).exit_code == 0


def test_data_of_a_server_are_opened_and_talked_to() -> None:
    answers = CliRunner().invoke(cli, ["import", str(SNAPSHOT)], input="DBSIZE\nTYPE geo\n")
    assert answers.exit_code == 0
    assert answers.stdout == "(integer) 34\nzset\n"
    assert answers.stderr == "DB loaded from disk: 34 keys\n"


def test_data_that_cannot_be_opened_are_a_sentence_with_status_1(tmp_path: Path) -> None:
    (tmp_path / "dump.rdb").write_bytes(SNAPSHOT.read_bytes()[:300])
    for path, reason in ((tmp_path, "at byte 247: "), (tmp_path / "none", "No such file")):
        result = run("import", str(path))
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("Error: ") and reason in result.stderr


PING = b"*1\r\n$4\r\nPING\r\n"


def test_a_good_log_is_looked_through_with_status_0(tmp_path: Path) -> None:
    (tmp_path / "log.aof").write_bytes(PING)
    result = run("check-aof", str(tmp_path / "log.aof"))
    assert (result.exit_code, result.output) == (0, "log.aof: log, 14 bytes, 1 command: good\n")


def test_a_bad_one_is_told_with_status_1_and_left_alone(tmp_path: Path) -> None:
    log = tmp_path / "log.aof"
    log.write_bytes(PING + PING[:5])
    result = run("check-aof", str(log))
    assert result.exit_code == 1
    assert "0xe: the command at 0xe is not whole" in result.output
    assert log.read_bytes() == PING + PING[:5]


@pytest.mark.parametrize(("answer", "status", "left"), [("y", 0, 14), ("n", 1, 19), ("", 1, 19)])
def test_it_is_cut_only_if_that_is_agreed_to(
    tmp_path: Path, answer: str, status: int, left: int
) -> None:
    log = tmp_path / "log.aof"
    log.write_bytes(PING + PING[:5])
    result = CliRunner().invoke(cli, ["check-aof", "--fix", str(log)], input=answer)
    assert "Cut it to 14 bytes?" in result.output
    assert (result.exit_code, log.stat().st_size) == (status, left)


def test_a_log_can_be_cut_to_a_moment(tmp_path: Path) -> None:
    log = tmp_path / "log.aof"
    log.write_bytes(b"#TS:100\r\n" + PING + b"#TS:200\r\n" + PING)
    assert run("check-aof", "--truncate-to-timestamp", "50", str(log)).exit_code == 1
    assert log.stat().st_size == 46
    result = run("check-aof", "--truncate-to-timestamp", "150", str(log))
    assert "cut to byte 23: what was logged up to 150" in result.output
    assert (result.exit_code, log.stat().st_size) == (0, 23)


def test_manifests_are_followed_but_not_out_of_their_folder(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(PING)
    folder = tmp_path / "appendonlydir"
    folder.mkdir()
    manifest = folder / "log.manifest"
    (folder / "a").write_bytes(PING)
    manifest.write_bytes(b"file a seq 1 type i\n")
    assert run("check-aof", str(manifest)).exit_code == 0
    manifest.write_bytes(b"file ../outside seq 1 type i\n")
    assert "just a filename" in run("check-aof", str(manifest)).output
    (folder / "link").symlink_to(tmp_path / "outside")
    manifest.write_bytes(b"file link seq 1 type i\n")
    result = run("check-aof", str(manifest))
    assert (result.exit_code, "Error: " in result.output) == (1, True)
    manifest.write_bytes(b"file gone seq 1 type i\n")
    assert "gone: No such file or directory" in run("check-aof", str(manifest)).output


def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none", tmp_path / "none" / "log"):
        result = run("check-aof", str(path))
        assert result.exit_code == 1
        assert result.output.startswith("Error: ")
