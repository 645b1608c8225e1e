from __future__ import annotations

from redlearn.lessons.ports import Open, Ran, Runner, Subject
from redlearn.timeline.stage import Stage, open_stage
from tests.lessons.samples import sample, stage


def takes_runner(runner: Runner) -> Subject:
    """Type-checks only if a runner is a subject too."""
    return runner


def test_a_stage_fits_the_ports() -> None:
    opened: Open = open_stage
    runner: Runner = opened(sample())
    assert takes_runner(runner) is runner


def test_every_method_of_the_ports_is_there() -> None:
    wanted = {name for kind in (Runner, Subject) for name in vars(kind) if not name.startswith("_")}
    engine = {"advance", "back_to", "database", "fork", "here", "now_ms", "run", "trace"}
    assert wanted == engine | {"heard", "disk", "running", "lab", "views"}
    assert all(callable(getattr(Stage, name)) for name in wanted)


def test_what_ran_is_replies_and_events() -> None:
    ran = stage().run([b"PING"])
    assert isinstance(ran, Ran)
    assert len(ran.replies) == 1
