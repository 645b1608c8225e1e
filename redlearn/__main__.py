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

    try:
        cli()
    except OSError as error:  # a full disk, a terminal that is gone: nobody's bug
        sys.exit(f"redlearn: {error.strerror or error}")


if __name__ == "__main__":
    main()
