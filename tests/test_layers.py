"""What may import what: the contracts in pyproject.toml hold, and can fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the package below `root`."""
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"],
        cwd=root, env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_layers_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project in which a test may break a contract."""
    ignored = shutil.ignore_patterns("__pycache__", "*.so")
    shutil.copytree(ROOT / "redlearn", tmp_path / "redlearn", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        pytest.param(
            "resp/reply.py", "import redlearn.engine.keyspace", "Layers BROKEN",
            id="a lower layer imports a higher one",
        ),
        pytest.param(
            "engine/structures/skiplist.py", "import redlearn.engine.keyspace",
            "Inside the engine BROKEN", id="a structure imports the keyspace",
        ),
        pytest.param(
            "engine/commands/hash/fields.py", "import redlearn.engine.engine",
            "Inside the engine BROKEN", id="a command imports the engine",
        ),
        pytest.param(
            "engine/commands/hash/fields.py", "import redlearn.engine.commands.zset",
            "Command groups know nothing of each other BROKEN", id="a group imports another",
        ),
        pytest.param(
            "panes/slots.py", "import redlearn.panes.ttl",
            "Panes know nothing of each other BROKEN", id="a pane imports another",
        ),
        pytest.param(
            "panes/slots.py", "import rich.text",
            "below the edge BROKEN", id="a pane imports a terminal library",
        ),
        pytest.param(
            "engine/expiry.py", "import time",
            "below the edge BROKEN", id="the engine imports the time",
        ),
        pytest.param(
            "clock.py", "import socket",
            "below the edge BROKEN", id="what the engine imports imports a socket",
        ),
        pytest.param("misplaced.py", "", "redlearn.misplaced", id="a module in no layer"),
        pytest.param(
            "engine/misplaced.py", "", "redlearn.engine.misplaced", id="an engine module nowhere"
        ),
    ],
)  # fmt: skip
def test_a_planted_violation_is_found(copy: Path, module: str, line: str, contract: str) -> None:
    path = copy / "redlearn" / module
    if line:
        assert path.exists(), f"{module} moved: plant the violation elsewhere"
    with path.open("a") as file:
        file.write(f"\n{line}\n")
    result = lint(copy)
    assert result.returncode != 0
    assert contract in " ".join(result.stdout.split())


HEAVY = ["asyncio", "prompt_toolkit", "redis", "rich", "socket", "textual", "threading"]


@pytest.mark.parametrize(
    "module",
    [
        "redlearn.engine.engine", "redlearn.panes", "redlearn.views", "redlearn.lessons",
        "redlearn.timeline",
    ],
)  # fmt: skip
def test_importing_the_engine_loads_no_terminal_and_no_network(module: str) -> None:
    code = f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "[]"
