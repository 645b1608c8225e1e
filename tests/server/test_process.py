"""The process round a server: its facts, its file, its end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from redlearn.engine.config import Config
from redlearn.engine.edge import Shutdown
from redlearn.errors import NO_CONFIG_FILE, CommandError
from redlearn.server.process import Process


def nothing() -> None:
    """End nothing."""


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


def test_without_a_file_there_is_nothing_to_write() -> None:
    with pytest.raises(CommandError, match=NO_CONFIG_FILE):
        Process(None, nothing).rewrite(Config(16))


def test_a_directory_has_to_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Process(None, nothing).refusal("dir", "/no/such") == "No such file or directory"
    assert Process(None, nothing).refusal("dir", str(tmp_path)) == ""


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


def test_shutdown_ends_without_a_reply() -> None:
    ended: list[bool] = []
    assert Process(None, lambda: ended.append(True)).shutdown(Shutdown()) == []
    assert ended == [True]
