"""Progress is kept for its owner alone, and a broken file is no trouble."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from redlearn.tui.progress_file import LARGEST, NAME, keep, load


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    monkeypatch.setenv("REDLEARN_HOME", str(folder))
    return folder


def test_what_is_kept_is_there_next_time() -> None:
    assert load() == {}
    assert keep("skiplist", {"step": 3})
    assert keep("ttl", {"done": True})
    assert load() == {"skiplist": {"step": 3}, "ttl": {"done": True}}


def test_looking_writes_nothing(home: Path) -> None:
    load()
    assert not home.exists()


def test_only_the_owner_may_read_it(home: Path) -> None:
    keep("skiplist", {"step": 3})
    assert stat.S_IMODE((home / NAME).stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir()] == [NAME]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[1]", b"\xff\xfe", b'{"a": 3}', b"[" * 100_000, b"1" * (LARGEST + 1)],
)
def test_a_broken_file_counts_as_nothing_done_and_is_replaced(home: Path, content: bytes) -> None:
    home.mkdir()
    (home / NAME).write_bytes(content)
    assert load() == {}
    assert keep("skiplist", {"step": 1})
    assert load() == {"skiplist": {"step": 1}}


def test_where_nothing_can_be_written_nothing_is_kept_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("REDLEARN_HOME", str(tmp_path / "file"))
    assert not keep("skiplist", {"step": 1})
    assert load() == {}
