"""Where things are: every module has its test file, and every test file its module."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "redlearn"
TESTS = ROOT / "tests"

# Names of modules that need no test of their own, with the reason.
UNTESTED = {
    "__init__": "opens a package; says what it is",
    "__main__": "tested as a command, in test_project.py",
}

# Folders of tests that cut across the tree instead of mirroring it.
ACROSS = {"bench", "clients", "endurance", "oracle", "properties", "snapshots"}

# Tests of the project itself, or of its lessons, beside the mirror of redlearn/.
OF_THE_PROJECT = {
    "test_corrections", "test_examples", "test_layers", "test_layout", "test_project", "test_style",
}  # fmt: skip


def modules() -> list[Path]:
    """Every module that must have a test, relative to redlearn/."""
    found = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
    return [path for path in found if path.stem not in UNTESTED]


def mirrored_tests() -> list[Path]:
    """Every test file that must have a module, relative to tests/."""
    found = sorted(path.relative_to(TESTS) for path in TESTS.rglob("test_*.py"))
    return [
        path for path in found if path.parts[0] not in ACROSS and path.stem not in OF_THE_PROJECT
    ]


def file_of_test(module: Path) -> Path:
    return module.with_name(f"test_{module.name}")


def belongs_to_a_module(test: Path) -> bool:
    """Whether `test_x.py`, or `test_x_topic.py` beside it, has a module `x.py`."""
    words = test.stem.removeprefix("test_").split("_")
    names = ("_".join(words[:count]) for count in range(len(words), 0, -1))
    return any((PACKAGE / test.with_name(f"{name}.py")).exists() for name in names)


def test_there_are_modules_to_speak_of() -> None:
    assert len(modules()) > 20


@pytest.mark.parametrize("module", modules(), ids=str)
def test_each_module_has_its_test_file(module: Path) -> None:
    assert (TESTS / file_of_test(module)).exists(), f"tests/{file_of_test(module)} is missing"


@pytest.mark.parametrize("test", mirrored_tests(), ids=str)
def test_each_test_file_has_its_module(test: Path) -> None:
    assert belongs_to_a_module(test), f"nothing in redlearn/ for tests/{test}"


@pytest.mark.parametrize(
    ("test", "answer"),
    [
        ("resp/test_reply.py", True),
        ("resp/test_reply_of_pushes.py", True),
        ("resp/test_answer.py", False),
        ("reply/test_reply.py", False),
    ],
)
def test_a_topic_may_follow_the_name_of_the_module(test: str, answer: bool) -> None:
    assert belongs_to_a_module(Path(test)) is answer


def test_only_given_folders_and_what_every_project_has_are_at_the_top() -> None:
    allowed = {
        "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md",
        "lessons", "pyproject.toml", "redlearn", "screenshots", "tests",
    }  # fmt: skip
    built = {"build", "dist", "venv"}
    names = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    seen = {name for name in names if not name.endswith((".so", ".pyd"))}  # compiled in place
    assert seen - built == allowed
