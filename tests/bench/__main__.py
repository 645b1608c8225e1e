"""Every benchmark, one after the other: `python -m tests.bench`. Some ten minutes, best alone.

The exit status says how many had a figure that missed its target.
"""

from __future__ import annotations

import subprocess
import sys

ALL = ("engine", "memory", "probe", "timeline", "start", "keys")


def main() -> int:
    failed = 0
    for name in ALL:
        print(f"\n== {name}", flush=True)
        argv = [sys.executable, "-m", f"tests.bench.{name}"]
        failed += subprocess.run(argv, check=False).returncode != 0
    return failed


if __name__ == "__main__":
    sys.exit(main())
