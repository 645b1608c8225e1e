"""The history file: private, without secrets, and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.prompt import history
from redlearn.prompt.history import RedisHistory, entries, entry, redacted


def kept(path: Path) -> list[str]:
    """What a new session finds, oldest first."""
    return list(RedisHistory(path).load_history_strings())[::-1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "history"


def test_what_was_typed_is_there_next_time(path: Path) -> None:
    first = RedisHistory(path)
    for line in ("SET k v", "GET k", "MULTI\nINCR n\nEXEC", "café 键"):
        first.append_string(line)
    assert kept(path) == ["SET k v", "GET k", "MULTI\nINCR n\nEXEC", "café 键"]


def test_only_the_owner_can_read_it(path: Path) -> None:
    RedisHistory(path).append_string("GET k")
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    RedisHistory(path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_line_that_repeats_the_last_is_kept_once(path: Path) -> None:
    typed = RedisHistory(path)
    for line in ("GET k", "GET k", "GET x", "GET k", "   "):
        typed.append_string(line)
    assert kept(path) == ["GET k", "GET x", "GET k"]
    assert typed.get_strings() == ["GET k", "GET x", "GET k"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("AUTH s3cret", "AUTH (redacted)"),
        ("auth ann s3cret", "auth (redacted)"),
        ("auth 's3 cret", "auth (redacted)"),
        ("@a 2 AUTH s3cret", "@a 2 AUTH (redacted)"),
        ("HELLO 3 AUTH ann s3cret SETNAME x", "HELLO 3 AUTH ann (redacted) SETNAME x"),
        ("hello 3 setname x auth ann s3cret", "hello 3 setname x auth ann (redacted)"),
        ("CONFIG SET requirepass s3cret", "CONFIG SET requirepass (redacted)"),
        (
            "config set hz 10 masterauth s3cret maxmemory 0",
            "config set hz 10 masterauth (redacted) maxmemory 0",
        ),
        ("ACL SETUSER ann on >s3cret ~*", "ACL SETUSER ann on (redacted) ~*"),
        ("acl setuser ann '>s3 cret' #aa", "acl setuser ann (redacted) (redacted)"),
        ("MIGRATE h 1 k 0 5 AUTH s3cret KEYS k", "MIGRATE h 1 k 0 5 AUTH (redacted) KEYS k"),
        ("MIGRATE h 1 k 0 5 AUTH2 u s3cret", "MIGRATE h 1 k 0 5 AUTH2 u (redacted)"),
        ("SENTINEL SET m auth-pass s3cret", "SENTINEL SET m auth-pass (redacted)"),
        ("MULTI\nAUTH s3cret\nEXEC", "MULTI\nAUTH (redacted)\nEXEC"),
        ("AUTH", "AUTH"),
        ("SET auth x", "SET auth x"),
        ("CONFIG GET requirepass", "CONFIG GET requirepass"),
        ("GET >x", "GET >x"),
        ("  ", "  "),
    ],
)
def test_secrets_are_blotted_out(typed: str, stored: str) -> None:
    assert redacted(typed) == stored


def test_secrets_reach_neither_the_file_nor_the_arrow_keys(path: Path) -> None:
    typed = RedisHistory(path)
    typed.append_string("AUTH s3cret")
    assert b"s3cret" not in path.read_bytes()
    assert typed.get_strings() == ["AUTH (redacted)"]


def test_a_file_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    blocked = tmp_path / "file"
    blocked.write_text("")
    for path in (tmp_path / "folder", blocked / "history", Path("/dev/full")):
        typed = RedisHistory(path)
        typed.append_string("GET k")
        assert list(typed.load_history_strings()) == []
        assert typed.get_strings() == ["GET k"]


def test_a_file_that_goes_away_is_begun_anew(path: Path) -> None:
    typed = RedisHistory(path)
    path.unlink()
    typed.append_string("GET k")
    assert kept(path) == ["GET k"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_sessions_share_a_file(path: Path) -> None:
    one, other = RedisHistory(path), RedisHistory(path)
    one.append_string("GET a")
    other.append_string("GET b")
    one.append_string("GET c")
    assert kept(path) == ["GET a", "GET b", "GET c"]


def test_a_file_of_prompt_toolkits_own_form_is_understood(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text("\n# 2026-01-01 10:00:00\n+GET k\n\n# 2026-01-01 10:00:01\n+MULTI\n+EXEC\n")
    assert kept(path) == ["GET k", "MULTI\nEXEC"]


def test_garbage_in_the_file_does_no_harm(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\xff\xfe\x00garbage\n+\x1b[31m\xff\nmore")
    assert kept(path) == ["\x1b[31m\udcff"]


def test_a_file_grown_too_large_is_cut_to_its_newer_half(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "LARGEST", 1000)
    typed = RedisHistory(path)
    for number in range(200):
        typed.append_string(f"GET {number}")
    found = kept(path)
    assert found[-1] == "GET 199"
    assert 20 < len(found) < 80
    assert path.stat().st_size <= 500
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_pasted_file_is_not_kept(path: Path) -> None:
    RedisHistory(path).append_string("SET k " + "x" * history.LONGEST_ENTRY)
    assert kept(path) == []


def test_the_letters_that_answer_questions_are_not_kept(path: Path) -> None:
    for line in ("SET k v", "a", "?"):
        RedisHistory(path).append_string(line)
    assert kept(path) == ["SET k v"]


@given(st.lists(st.text(min_size=1).filter(lambda text: "\r" not in text), max_size=5))
def test_entries_come_back_as_they_went_in(texts: list[str]) -> None:
    whole = b"".join(entry(text) for text in texts)
    for text, back in zip(texts, entries(whole), strict=True):
        assert back == text or any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)
