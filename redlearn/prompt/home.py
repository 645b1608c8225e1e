"""Where redlearn keeps what it remembers: history, progress, settings.

`REDLEARN_HOME` names one folder for all of it; otherwise the places that the system has
for such things. Nothing is written anywhere else unless asked.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

APPLICATION = "redlearn"


def home() -> Path:
    """The folder for everything redlearn remembers. It may not exist yet."""
    chosen = os.environ.get("REDLEARN_HOME")
    if chosen:
        return Path(chosen).expanduser()
    return Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))


def history_file() -> Path:
    """The prompt's history."""
    return home() / "history"


def vi_wanted() -> bool:
    """Whether the line is to be edited with vi's keys: `REDLEARN_EDITING=vi`."""
    return os.environ.get("REDLEARN_EDITING", "").lower() == "vi"
