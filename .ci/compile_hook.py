"""Build hook: with REDLEARN_COMPILE=1, mypyc turns the hot modules into extensions.

The sources stay in the wheel beside the extensions: the interpreter prefers an extension,
a reader opens the source, and both are the same text. Without the variable this hook does
nothing and the wheel is pure Python.

pyproject.toml names the modules (`compile`, `keep`). A regular build compiles in a copy;
an editable one (`pip install -e .`) puts the extensions next to their sources.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SETUP = """
import sys
from mypyc.build import mypycify
from setuptools import setup
modules = sys.argv.pop().split(",")
options = ["--ignore-missing-imports", "--config-file="]
setup(
    name="redlearn",
    packages=[],
    ext_modules=mypycify(options + modules, opt_level="3", debug_level="0", group_name="redlearn"),
)
"""


class CompileHook(BuildHookInterface):
    """Adds the compiled modules to the wheel, when asked to."""

    def dependencies(self) -> list[str]:
        """What the build environment needs beyond hatchling."""
        return ["mypy[mypyc]>=1.15", "setuptools"] if wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and tell hatchling which files to add."""
        if not wanted():
            return
        self._copy = Path(tempfile.mkdtemp(prefix="redlearn-compile-"))
        try:
            extensions = self._compile()
        except BaseException:
            shutil.rmtree(self._copy, ignore_errors=True)
            raise
        if version == "editable":
            for path in extensions:
                shutil.copy2(path, Path(self.root) / path.relative_to(self._copy))
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        for path in extensions:
            build_data["force_include"][str(path)] = str(path.relative_to(self._copy))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the copy once the wheel is written."""
        if wanted():
            shutil.rmtree(self._copy, ignore_errors=True)

    def _compile(self) -> list[Path]:
        ignored = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd")
        shutil.copytree(Path(self.root) / "redlearn", self._copy / "redlearn", ignore=ignored)
        build = ["-q", "build_ext", "--inplace", ",".join(self._modules())]
        done = subprocess.run([sys.executable, "-c", SETUP, *build], cwd=self._copy, check=False)
        if done.returncode:
            raise SystemExit("mypyc could not compile this; without REDLEARN_COMPILE it installs")
        shutil.rmtree(self._copy / "build")
        return [*self._copy.rglob("*.so"), *self._copy.rglob("*.pyd")]

    def _modules(self) -> list[str]:
        """Paths of the modules to compile, relative to the root."""
        kept = {path for glob in self.config.get("keep", []) for path in self._copy.glob(glob)}
        found = {path for glob in self.config["compile"] for path in self._copy.glob(glob)}
        return sorted(str(path.relative_to(self._copy)) for path in found - kept)


def wanted() -> bool:
    """Whether the compiled build was asked for."""
    return os.environ.get("REDLEARN_COMPILE", "") not in ("", "0")
