"""The process round a server: its facts, its file, its end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.config import Config
from redlearn.engine.edge import Shutdown
from redlearn.engine.engine import Engine
from redlearn.errors import NO_CONFIG_FILE, SHUTDOWN_FAILED, CommandError
from redlearn.server.keeping import Keeper
from redlearn.server.process import Process


def nothing(how: Shutdown) -> bool:
    """End nothing."""
    return False


def test_its_facts_are_those_of_this_process() -> None:
    facts = Process(None, nothing).facts()
    assert facts.process_id == os.getpid()
    assert facts.resident > 0
    assert facts.config_file == ""


def test_a_file_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "redis.conf"
    file.write_text("# mine\nhz 10\n")
    config = Config(16)
    config.set("hz", 50)
    Process(file, nothing).rewrite(config)
    assert file.read_text() == "# mine\nhz 50\n"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_file_keeps_its_mode_and_nobody_reads_the_new_one_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int
) -> None:
    file = tmp_path / "redis.conf"
    file.write_text("requirepass secret\n")
    file.chmod(mode)
    early: list[int] = []
    fchmod = os.fchmod

    def watched(number: int, wanted: int) -> None:
        early.append(os.fstat(number).st_mode & 0o777)
        fchmod(number, wanted)

    monkeypatch.setattr(os, "fchmod", watched)
    Process(file, nothing).rewrite(Config(16))
    assert early == [0o600]
    assert file.stat().st_mode & 0o777 == mode


@pytest.mark.parametrize("text", ["", "hz 10\n"])
def test_a_file_keeps_its_mode_though_it_be_empty(tmp_path: Path, text: str) -> None:
    file = tmp_path / "redis.conf"
    file.write_text(text)
    file.chmod(0o640)
    Process(file, nothing).rewrite(Config(16))
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_link_in_the_place_of_the_new_file_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    file = tmp_path / "redis.conf"
    file.write_text("hz 10\n")
    (tmp_path / f"redis.conf.{os.getpid()}.tmp").symlink_to(precious)
    Process(file, nothing).rewrite(Config(16))
    assert precious.read_text() == "mine"
    assert file.read_text() == "hz 10\n"
    assert not file.is_symlink()


def test_a_file_that_cannot_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "redis.conf"
    file.write_text("hz 10\n")
    (tmp_path / f"redis.conf.{os.getpid()}.tmp").mkdir()
    with pytest.raises(CommandError, match="Rewriting config file: Is a directory"):
        Process(file, nothing).rewrite(Config(16))
    assert file.read_text() == "hz 10\n"


def test_without_a_file_there_is_nothing_to_write() -> None:
    with pytest.raises(CommandError, match=NO_CONFIG_FILE):
        Process(None, nothing).rewrite(Config(16))


def test_a_directory_has_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Process(None, nothing).refusal("dir", "/no/such") == "No such file or directory"
    assert Process(None, nothing).refusal("dir", str(tmp_path)) == ""


def test_files_go_where_the_process_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "below").mkdir()
    engine = Engine(VirtualClock(0))
    process = Process(None, nothing)
    process.keeper = keeper = Keeper(engine, tmp_path, lambda sentence: None)
    assert process.refusal("dir", str(tmp_path / "below")) == ""
    assert keeper.store.save()
    assert [path.name for path in (tmp_path / "below").iterdir()] == ["dump.rdb"]


def test_deeds_are_done_in_order_until_one_is_not_possible() -> None:
    done: list[int] = []
    process = Process(None, nothing)

    def heat(config: Config) -> str:
        done.append(config.number("hz"))
        return ""

    process.deeds = {"hz": heat, "port": lambda config: "taken"}
    config = Config(16)
    assert process.take_over(config, ["hz", "maxclients"]) is None
    assert process.take_over(config, ["hz", "port", "hz"]) == ("port", "taken")
    assert done == [10, 10]


def test_what_waits_at_a_connection_is_asked_of_whoever_knows() -> None:
    process = Process(None, nothing)
    assert process.waiting(7) == (0, 0)
    process.buffers = lambda client_id: (client_id, 2 * client_id)
    assert process.waiting(7) == (7, 14)


def test_shutdown_ends_without_a_reply() -> None:
    told: list[Shutdown] = []

    def end(how: Shutdown) -> bool:
        told.append(how)
        return True

    assert Process(None, end).shutdown(Shutdown("nosave")) == []
    assert told == [Shutdown("nosave")]


def test_an_end_that_is_not_possible_is_an_error() -> None:
    with pytest.raises(CommandError, match=SHUTDOWN_FAILED):
        Process(None, nothing).shutdown(Shutdown())
