"""The project as its user meets it: commands, start-up, the wheel, what documents promise."""

from __future__ import annotations

import ast
import os
import re
import statistics
import subprocess
import sys
import time
import tomllib
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
VERSION_COSTS_AT_MOST = 5.0  # bare interpreter starts


def redlearn(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "redlearn", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )


def committed() -> list[Path]:
    """The text files that git knows; everything there is, where there is no git."""
    try:
        listing = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.split("\0")
        paths = [ROOT / name for name in listing if name]
    except (OSError, subprocess.CalledProcessError):
        paths = [
            path for top in ("redlearn", "tests", "lessons") for path in ROOT.glob(f"{top}/**/*")
        ]
    binary = {".png", ".rdb", ".pyc", ".so", ".ttf"}
    return [path for path in paths if path.is_file() and path.suffix not in binary]


def test_the_version_is_the_packages() -> None:
    from redlearn import __version__

    assert redlearn("--version").stdout == f"redlearn {__version__}\n"


def test_asking_the_version_loads_next_to_nothing() -> None:
    code = (
        "import sys; sys.argv = ['redlearn', '--version']; from redlearn.__main__ import main;"
        "main(); print(sorted(m for m in sys.modules if m.split('.')[0] in ('click', 'redlearn')))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[1] == "['redlearn', 'redlearn.__main__']"


def test_asking_the_version_costs_little_more_than_starting_python() -> None:
    def seconds(*command: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, check=True)
        return time.perf_counter() - start

    bare, ours = [], []
    for _ in range(9):
        bare.append(seconds("-c", "pass"))
        ours.append(seconds("-m", "redlearn", "--version"))
    assert statistics.median(ours) <= VERSION_COSTS_AT_MOST * statistics.median(bare)


# ------------------------------------------------------------------------------------ the documents


def readme_commands() -> list[str]:
    text = (ROOT / "README.md").read_text()
    return [line for line in text.splitlines() if line.startswith("python3.11 -m venv .venv && ")]


def test_the_readme_has_one_line_to_start_and_one_to_test() -> None:
    start, test = readme_commands()
    assert start.endswith("/redlearn")
    assert test.endswith("-m pytest")


def test_ci_runs_the_readmes_own_test_line() -> None:
    pattern = re.search(r"grep -m 1 -- '([^']+)' README.md", (ROOT / ".ci/run").read_text())
    assert pattern is not None
    text = (ROOT / "README.md").read_text()
    found = [line for line in text.splitlines() if re.search(pattern[1], line)]
    assert found == readme_commands()[1:]


def links(document: Path) -> list[str]:
    """Relative links and pictures of a Markdown file, without their anchors."""
    found = re.findall(r"\]\(([^)#\s]+)[^)]*\)|src=\"([^\"]+)\"", document.read_text())
    return [a or b for a, b in found if not (a or b).startswith(("http", "mailto"))]


@pytest.mark.parametrize(
    "name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
)
def test_documents_link_only_to_what_exists(name: str) -> None:
    missing = [link for link in links(ROOT / name) if not (ROOT / link).exists()]
    assert not missing


PATHS = re.compile(r"`((?:redlearn|tests|lessons|screenshots|\.ci)/[\w./-]*)`")


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_documents_name_only_files_that_exist(name: str) -> None:
    named = PATHS.findall((ROOT / name).read_text())
    assert not [path for path in named if not (ROOT / path).exists()]


def test_decisions_are_numbered_one_after_another() -> None:
    found = re.findall(r"\n(.*)\n### (\d+)\. ", (ROOT / "ARCHITECTURE.md").read_text())
    assert found == [("", str(number)) for number in range(1, len(found) + 1)]


def test_nothing_is_said_twice_to_the_letter() -> None:
    for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        rows = sorted(row for row in (ROOT / name).read_text().splitlines() if len(row) > 40)
        assert not [row for row, following in pairwise(rows) if following.startswith(row)], name


def test_groups_of_changes_are_named_once_and_none_is_empty() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    for kind in re.split(r"^### ", text, flags=re.M)[1:]:
        groups = [group.split("\n", 1) for group in re.split(r"^#### ", kind, flags=re.M)]
        names = [name for name, _ in groups[1:]]
        assert len(names) == len(set(names)) > 1, names
        assert all(body.strip().startswith("- ") for _, body in groups[1:])


def requirement_names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~ ]", line)[0].lower().replace("-", "_") for line in requirements}


def test_each_dependency_is_justified_in_one_line() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    section = text.split("## Dependencies", 1)[1].split("\n## ", 1)[0]
    given = {name.replace("-", "_") for name in re.findall(r"^\| `([\w-]+)`", section, re.M)}
    declared = requirement_names(PROJECT["dependencies"])
    for extra in ("fast", "bench", "clients", "png"):
        declared |= requirement_names(PROJECT["optional-dependencies"][extra])
    assert given == declared


def imported() -> set[str]:
    """Top-level names of everything that redlearn/ imports."""
    found = set()
    for path in (ROOT / "redlearn").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
    return found


MODULE_OF = {"crcmod_plus": "crcmod"}
"""What a package is imported as, where that is not its name."""

NEVER_LOADED = {"mypy_extensions"}
"""What only mypy and mypyc read, which bring it: `redlearn/compiling.py`."""


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    outside = imported() - set(sys.stdlib_module_names) - {"redlearn"} - NEVER_LOADED
    names = requirement_names(PROJECT["dependencies"])
    declared = {MODULE_OF.get(name, name) for name in names}
    optional = {"uvloop", "resvg_py"}
    assert outside - optional == declared


# --------------------------------------------------------------------------- what must not be said


def test_no_file_names_a_place_on_this_machine_or_a_package_registry() -> None:
    here = str(ROOT.parent)
    marks = [f"{Path.home()}/", "file:" + "///opt", "pypi" + ".org", "/opt/" + "pypi"]
    marks += [here + "/"] if len(here) > 4 else []
    guilty = [
        f"{path.relative_to(ROOT)}: {mark}"
        for path in committed() for mark in marks if mark in path.read_text(errors="replace")
    ]  # fmt: skip
    assert not guilty


# ------------------------------------------------------------------------------------- the package


def test_the_wheel_holds_the_package_the_lessons_and_the_licence(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, capture_output=True, check=True,
        env={key: value for key, value in os.environ.items() if key != "REDLEARN_COMPILE"},
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for lesson in (ROOT / "lessons").glob("*.md"):
        assert f"redlearn/_lessons/{lesson.name}" in names
    for kind in (".py", ".tcss", ".ttf", ".typed"):
        inside = {str(p.relative_to(ROOT)) for p in (ROOT / "redlearn").rglob(f"*{kind}")}
        assert inside <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", ".ci/"))]


# ---------------------------------------------------------------------- what the documents tabulate


def commands_by_group() -> dict[str, str]:
    """For each group, its commands as the README lists them."""
    import redlearn.engine.engine  # noqa: F401  (fills the table)
    from redlearn.engine.command import COMMANDS

    groups: dict[str, list[str]] = {}
    for name, row in COMMANDS.items():
        words = ", ".join(sorted(word.decode() for word in row.subcommands))
        shown = name.decode() + (f" ({words})" if words else "")
        groups.setdefault(row.group, []).append(shown)
    return {group: " ".join(sorted(names)) for group, names in groups.items()}


def test_the_readme_lists_every_command_there_is() -> None:
    section = (ROOT / "README.md").read_text().split("## What it knows", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| ([\w-]+) \| (.+) \|$", section, re.MULTILINE)
    listed = sorted(row for row in rows if row[0] != "group" and "---" not in row[0])
    assert listed == sorted(commands_by_group().items())


def test_each_deviation_from_redis_is_listed() -> None:
    """A module that says "Unlike Redis:" stands in ARCHITECTURE.md, and no other does."""
    section = (ROOT / "ARCHITECTURE.md").read_text().split("## Unlike Redis", 1)[1]
    listed = re.findall(r"^\| `([\w/.]+)`", section.split("\n## ", 1)[0], re.MULTILINE)
    modules = (ROOT / "redlearn").rglob("*.py")
    saying = [path for path in modules if "Unlike Redis:" in path.read_text()]
    assert sorted(listed) == sorted(str(path.relative_to(ROOT / "redlearn")) for path in saying)
