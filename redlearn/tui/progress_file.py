"""The progress file: where the learner is in each lesson, on disk, for them alone.

One JSON file, mode 0600, replaced whole so that a crash leaves the old one. Whatever is
wrong with it, lessons still open: what cannot be read counts as nothing done.
"""

from __future__ import annotations

import json
import os
from typing import Final

from redlearn.prompt.home import home

NAME: Final = "progress.json"
LARGEST: Final = 1 << 20


def load() -> dict[str, dict[str, object]]:
    """What is known of each lesson, by id."""
    path = home() / NAME
    try:
        if path.stat().st_size > LARGEST:
            return {}
        found: object = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): value for key, value in found.items() if isinstance(value, dict)}


def keep(lesson: str, progress: dict[str, object]) -> bool:
    """Remember one lesson's progress; whether that worked."""
    path = home() / NAME
    known = load()
    known[lesson] = progress
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new = path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(known, file, indent=1, sort_keys=True)
        new.replace(path)
    except OSError:
        return False
    return True
