"""Stories: the scenario files that there are, and the session that each of them begins with.

A file (`cluster/scenario.py` says what is in it) becomes a session with a cluster at its very
beginning, and a row of lines. Each line is one input (`staging.py`), so a story can be wound back
to any of its acts, and from there be told differently.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redlearn.cluster.scenario import BadScenario, lines_of, read
from redlearn.timeline.cluster_session import ClusterRecipe
from redlearn.timeline.session import Session
from redlearn.timeline.world import most_ms

FOLDER: Final = Path(__file__).resolve().parent.parent / "cluster" / "scenarios"
LARGEST: Final = 1 << 16
SUFFIX: Final = ".toml"
MOST_NODES: Final = 60
FIRST_PORT: Final = 7001
MOST_MS: Final = 600_000
LEAST_TIMEOUT_MS: Final = 500
"""How long a story may be, and how often its nodes may ask after each other: it is told at once."""


@dataclass(frozen=True, slots=True)
class Story:
    """A scenario to be played.

    Attributes:
        session: Its cluster, at the beginning.
        lines: What is to happen to it, in order: `session.act("scenario", line)`.
    """

    title: str
    session: Session
    lines: tuple[str, ...]


def names() -> list[str]:
    """The scenarios that come with redlearn, in order."""
    return sorted(path.stem for path in FOLDER.glob(f"*{SUFFIX}"))


def title_of(name: str) -> str:
    """What one of them is about."""
    return read((FOLDER / f"{name}{SUFFIX}").read_text(encoding="utf-8")).title


def find(wanted: str) -> Path | None:
    """The file of a scenario: one that comes with redlearn, by name or its beginning, or a path."""
    known = names()
    begun = [name for name in known if name.startswith(wanted)]
    if wanted in known or (wanted and len(begun) == 1):
        return FOLDER / f"{wanted if wanted in known else begun[0]}{SUFFIX}"
    path = Path(wanted)
    return path if path.suffix == SUFFIX and path.is_file() else None


def open_story(path: Path) -> Story:
    """A story at its beginning.

    Raises:
        BadScenario: The file is none, with a sentence.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise BadScenario(f"a scenario has {LARGEST} bytes at most")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadScenario(f"not UTF-8: {error}") from None
    scenario = read(text)
    shape = scenario.shape
    if len(shape.names) > MOST_NODES or shape.first_port != FIRST_PORT:
        raise BadScenario(f"nodes are {MOST_NODES} at most here, and begin at {FIRST_PORT}")
    most = min(most_ms(len(shape.names)), MOST_MS)
    if shape.timeout_ms < LEAST_TIMEOUT_MS or scenario.end_ms > most:
        raise BadScenario(f"a timeout is {LEAST_TIMEOUT_MS} ms at least here, the end {most} ms")
    recipe = ClusterRecipe(
        seed=scenario.seed, config=shape.settings, primaries=shape.primaries,
        replicas=shape.replicas, timeout_ms=shape.timeout_ms, conditions=scenario.conditions,
        settled=False,
    )  # fmt: skip
    session = Session(recipe)
    session.live = False
    return Story(scenario.title, session, tuple(lines_of(text)))
