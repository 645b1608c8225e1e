"""Settings: configuration files and command lines, as redis-server reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from redlearn.engine.engine import Engine
from redlearn.server.host import WallClock
from redlearn.server.settings import BadSettings, explanation, read_settings


def test_a_command_line() -> None:
    words = ["--port", "7000", "--hz", "100", "--notify-keyspace-events", "KEA", "--port", "7001"]
    settings = read_settings(words)
    assert settings.values == {"port": "7001", "hz": "100", "notify-keyspace-events": "KEA"}


def test_a_file_and_what_stands_behind_it(tmp_path: Path) -> None:
    (tmp_path / "more.conf").write_text("hz 50\n")
    conf = tmp_path / "redis.conf"
    conf.write_text(
        '# a comment\n\nport 7000\n  databases  4 \nunixsocket "/tmp/a b"\ninclude more.conf\n'
        "hash-max-ziplist-entries 7\n"
    )
    settings = read_settings([str(conf), "--port", "0"])
    assert settings.values == {
        "port": "0", "databases": "4", "unixsocket": "/tmp/a b", "hz": "50",
        "hash-max-listpack-entries": "7",
    }  # fmt: skip
    assert settings.databases == 4


def test_values_of_several_words_stay_together() -> None:
    limit = ["--client-output-buffer-limit", "pubsub", "1mb", "0", "0"]
    assert read_settings(limit).values["client-output-buffer-limit"] == "pubsub 1mb 0 0"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("no-such 1", "line 1: there is no parameter 'no-such'"),
        ("hz", "line 1: hz needs a value"),
        ("hz 10 20", "line 1: wrong number of arguments"),
        ("loadmodule x.so", "line 1: loadmodule: modules are machine code"),
        ("hz ten", "line 1: argument couldn't be parsed into an integer"),
        ("unixsocket 'a", "line 1: Unbalanced quotes"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, line: str, text: str) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text(line + "\n")
    with pytest.raises(BadSettings, match=text):
        read_settings([str(conf)])


def test_a_file_that_includes_itself_ends(tmp_path: Path) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text("include redis.conf\n")
    with pytest.raises(BadSettings, match="too deeply"):
        read_settings([str(conf)])


def test_a_stray_word_is_named() -> None:
    with pytest.raises(BadSettings, match="'--' stands where"):
        read_settings(["--", "7000"])


def test_an_engine_takes_them_immutable_ones_too() -> None:
    settings = read_settings(["--unixsocket", "/x", "--hash-max-listpack-entries", "3"])
    state = Engine(WallClock(), databases=settings.databases).state
    settings.apply(state)
    assert state.config.show("unixsocket") == "/x"
    assert state.kit.hash_max_listpack_entries == 3


def test_lines_of_save_and_of_output_limits_add_up(tmp_path: Path) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text(
        "save 900 1\nsave 300 10\nclient-output-buffer-limit normal 1 2 3\n"
        "client-output-buffer-limit pubsub 4 5 6\n"
    )
    values = read_settings([str(conf)]).values
    assert values["save"] == "900 1 300 10"
    assert values["client-output-buffer-limit"] == "normal 1 2 3 pubsub 4 5 6"


def test_wildcards_of_an_include_may_match_nothing(tmp_path: Path) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text("include d/*.conf\nhz 20\n")
    assert read_settings([str(conf)]).values == {"hz": "20"}
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.conf").write_text("hz 30\n")
    assert read_settings([str(conf)]).values == {"hz": "20"}
    (tmp_path / "d" / "b.conf").write_text("timeout 5\n")
    assert read_settings([str(conf)]).values == {"hz": "20", "timeout": "5"}


def test_old_files_may_say_what_no_server_listens_to(tmp_path: Path) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text("lua-replicate-commands yes\n")
    assert read_settings([str(conf)]).values == {}


def test_what_does_nothing_is_listed_with_the_reason() -> None:
    lines = explanation()
    assert lines.index("  replicaof") > lines.index("there are no replicas yet:")
    assert "  maxmemory" not in lines


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("--classroom-mode yes", 256 * 1024 * 1024),
        ("--classroom-mode yes --maxmemory 1mb", 1024 * 1024),
        ("--classroom-mode yes --maxmemory 0", 0),
        ("--classroom-mode no", 0),
    ],
)
def test_in_a_classroom_memory_has_a_limit_unless_one_is_given(words: str, limit: int) -> None:
    engine = Engine(WallClock())
    read_settings(words.split()).apply(engine.state)
    assert engine.state.config.number("maxmemory") == limit
    assert engine.state.limit == limit


def test_a_list_of_machines_is_several_words() -> None:
    settings = read_settings(["--classroom-mode", "yes", "--classroom-allow", "10.0.0.5", "peer"])
    assert settings.values["classroom-allow"] == "10.0.0.5 peer"
