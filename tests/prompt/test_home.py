"""Where things are kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from redlearn.prompt.home import history_file, home, vi_wanted


def test_one_variable_names_the_folder_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLEARN_HOME", "~/elsewhere")
    assert home() == Path.home() / "elsewhere"
    assert history_file() == Path.home() / "elsewhere" / "history"


def test_without_it_the_system_says_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDLEARN_HOME", raising=False)
    assert home().name == "redlearn"
    assert home().is_absolute()


@pytest.mark.parametrize(
    ("value", "wanted"), [("vi", True), ("VI", True), ("emacs", False), ("", False)]
)
def test_vi_keys_are_asked_for_by_a_variable(
    monkeypatch: pytest.MonkeyPatch, value: str, wanted: bool
) -> None:
    monkeypatch.setenv("REDLEARN_EDITING", value)
    assert vi_wanted() is wanted
