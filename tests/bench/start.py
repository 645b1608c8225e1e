"""How long a start takes: `python -m tests.bench.start`.

`redlearn --version` beside a bare interpreter, and the screen's first usable prompt beside the
import of the two libraries that draw it. Each runs in a process of its own; the least CPU time of
several, taken by turns, is what counts, since files are read from memory by then.
"""

from __future__ import annotations

import resource
import subprocess
import sys

ROUNDS = 7
VERSION_TIMES = 5.0
PROMPT_TIMES = 3.0

BARE = [sys.executable, "-c", "pass"]
VERSION = [sys.executable, "-m", "redlearn", "--version"]
LIBRARIES = [
    sys.executable, "-c",
    "import textual.app, textual.widget, prompt_toolkit, prompt_toolkit.shortcuts",
]  # fmt: skip
PROMPT = [sys.executable, "-m", "tests.bench.start", "prompt"]


def cpu_seconds(argv: list[str]) -> float:
    """CPU time of a process and what it started, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(argv, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def first_prompt() -> None:
    """Bring the screen up, without a terminal, until a key typed shows in the prompt."""
    import asyncio

    from redlearn.tui.app import RedlearnApp
    from redlearn.tui.launch import setting

    async def run() -> None:
        app = RedlearnApp(setting(remember=False))
        async with app.run_test(size=(140, 42)):
            await app.console_.type("P", pace=0)
            assert any(row.endswith("> P") for row in app.console_.text()), app.console_.text()

    asyncio.run(run())


def least(commands: list[list[str]]) -> list[float]:
    """The least time of each, in rounds over all of them."""
    times = [[cpu_seconds(argv) for argv in commands] for _ in range(ROUNDS)]
    return [min(column) for column in zip(*times, strict=True)]


def main() -> int:
    if sys.argv[1:] == ["prompt"]:
        first_prompt()
        return 0
    bare, version, libraries, prompt = least([BARE, VERSION, LIBRARIES, PROMPT])
    failed = 0
    for name, ratio, most in (
        ("redlearn --version, to a bare interpreter", version / bare, VERSION_TIMES),
        ("the first prompt, to importing the libraries", prompt / libraries, PROMPT_TIMES),
    ):
        failed += ratio > most
        print(f"{name:46} x{ratio:.2f}  wanted x{most}{'' if ratio <= most else '  above'}")
    print(f"{bare:.3f} {version:.3f} {libraries:.3f} {prompt:.3f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
