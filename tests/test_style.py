"""What a machine can check of the style: ruff, mypy, lengths, and how much is explained."""

from __future__ import annotations

import ast
import io
import re
import subprocess
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "redlearn"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

LONGEST_FILE = 600
LONGEST_BODY = 40
LONGEST_BODY_OF_NEARLY_ALL = 28  # of 95 functions in 100
EXPLAINED = (0.25, 0.45)  # docstrings and comments in the structures: what a textbook has
TOLERANCE = 0.05


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("command", ["check --no-fix", "format --check"])
def test_ruff_has_nothing_to_say(command: str) -> None:
    result = run("ruff", *command.split(), ".")
    assert result.returncode == 0, result.stdout + result.stderr


def test_mypy_in_strict_mode_has_nothing_to_say() -> None:
    result = run("mypy", "--strict", "redlearn")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("import random\n\nx = random.random()\n", "TID251"),
        ("import time\n\nx = time.time()\n", "TID251"),
        ("from datetime import datetime\n\nx = datetime.now()\n", "TID251"),
        ("import os\n\nx = os.urandom(8)\n", "TID251"),
        ("print('left over')\n", "T201"),
        ("from . import probe\n", "TID252"),
        ("x = " + "1 + " * 60 + "1\n", "E501"),
    ],
)
def test_ruff_refuses_what_the_house_forbids(source: str, code: str) -> None:
    found = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--stdin-filename", "redlearn/planted.py", "-"],
        cwd=ROOT, input=source, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 1
    assert code in found.stdout


def test_ruff_refuses_a_function_with_too_many_paths() -> None:
    branches = "".join(f"    if x == {number}:\n        x += 1\n" for number in range(10))
    found = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--stdin-filename", "redlearn/planted.py", "-"],
        cwd=ROOT, input=f"def f(x):\n{branches}    return x\n",
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "C901" in found.stdout


@dataclass(frozen=True)
class Body:
    """One function: where it is, and how many lines it has below its docstring."""

    path: Path
    name: str
    line: int
    lines: int
    excused: bool

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line} {self.name} has {self.lines} lines"


def bodies(path: Path) -> list[Body]:
    """Every function of a file. An exception is a comment `# long: why` on its first line."""
    text = path.read_text()
    lines = text.splitlines()
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            if ast.get_docstring(node, clean=False) is not None:
                start = (first.end_lineno or first.lineno) + 1
            else:
                start = first.lineno
            size = (node.end_lineno or start) - start + 1
            excused = "# long: " in lines[node.lineno - 1]
            found.append(Body(path, node.name, node.lineno, max(size, 0), excused))
    return found


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_a_chapter(path: Path) -> None:
    lines = len(path.read_text().splitlines())
    assert lines <= LONGEST_FILE


def test_no_function_is_longer_than_a_screen() -> None:
    found = [body for path in SOURCES for body in bodies(path)]
    assert len(found) > 100
    long = [str(body) for body in found if body.lines > LONGEST_BODY and not body.excused]
    assert not long, "\n".join(long)


def test_nearly_all_functions_are_short() -> None:
    sizes = sorted(body.lines for path in SOURCES for body in bodies(path))
    assert sizes[len(sizes) * 95 // 100] <= LONGEST_BODY_OF_NEARLY_ALL


def test_the_length_of_a_function_leaves_its_docstring_out(tmp_path: Path) -> None:
    path = tmp_path / "planted.py"
    path.write_text('def f(x):\n    """One.\n\n    Two.\n    """\n    x += 1\n    return x\n')
    assert [body.lines for body in bodies(path)] == [2]


def share_explained(path: Path) -> float:
    """Docstring and comment lines, as a share of all lines that are not blank."""
    text = path.read_text()
    explained: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            explained.add(token.start[0])
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node
        ):
            first = node.body[0]
            explained.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    lines = text.splitlines()
    written = {number for number, line in enumerate(lines, 1) if line.strip()}
    return len(explained & written) / max(len(written), 1)


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if path.parent.name == "structures" and path.stem != "__init__"],
    ids=lambda path: path.stem,
)
def test_a_structure_explains_itself_as_a_textbook_does(path: Path) -> None:
    least, most = EXPLAINED
    share = share_explained(path)
    assert least - TOLERANCE <= share <= most + TOLERANCE


REASONLESS = re.compile(r"#\s*type:\s*ignore(\[[^\]]*\])?\s*$|#\s*type:\s*ignore(?!\[)")
A_COMMENT = re.compile(r"\s*#")
BLANKET = re.compile(r"#\s*noqa(?!:)")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_silenced_without_a_reason(path: Path) -> None:
    lines = path.read_text().splitlines()
    for number, (line, following) in enumerate(zip(lines, [*lines[1:], ""], strict=True), 1):
        reasonless = REASONLESS.search(line) and not A_COMMENT.match(following)
        assert not reasonless, f"{path.name}:{number}: say why the type is ignored"
        assert not BLANKET.search(line), f"{path.name}:{number}: name the rule"


def test_vague_names_are_not_used_for_files() -> None:
    vague = {"common", "data", "handler", "helpers", "manager", "misc", "utils"}
    assert not [path for path in SOURCES if path.stem in vague]
