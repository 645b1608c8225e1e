"""The command `redlearn`, and `python -m redlearn`."""

from __future__ import annotations

import sys


def main() -> None:
    """Answer `--version` before importing anything; hand all else to the command line."""
    if sys.argv[1:] == ["--version"]:
        from redlearn import __version__

        sys.stdout.write(f"redlearn {__version__}\n")
        return
    from redlearn.cli import cli

    cli()


if __name__ == "__main__":
    main()
