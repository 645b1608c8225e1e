"""A scenario file is a story on the timeline: each step a point that can be gone back to."""

from __future__ import annotations

from pathlib import Path

import pytest

from redlearn.cluster.scenario import BadScenario, play, read
from redlearn.timeline.cluster_world import ClusterWorld
from redlearn.timeline.stories import FOLDER, Story, find, names, open_story, title_of


def world_of(story: Story) -> ClusterWorld:
    assert isinstance(story.session.world, ClusterWorld)
    return story.session.world


def told(story: Story) -> list[str]:
    """What came of each line."""
    said = []
    for text in story.lines:
        assert story.session.act("scenario", text) == ""
        said += world_of(story).told
    return said


def story(name: str) -> Story:
    return open_story(FOLDER / f"{name}.toml")


@pytest.mark.parametrize("name", names())
def test_what_is_expected_comes_about_at_the_moment_at_which_it_does_by_itself(name: str) -> None:
    said = told(story(name))
    outcome, _ = play(read((FOLDER / f"{name}.toml").read_text()))
    met = [text for text in said if "as expected" in text]
    assert not [text for text in met if "NOT" in text]
    assert [text[:10] for text in met] == [f"{ms / 1000:7.2f} s " for ms in outcome.met_ms]


def test_acts_stand_between_what_is_expected() -> None:
    assert told(story("primary-dies"))[:3] == [
        "   4.00 s  run SET user:1 ann, on 7002",
        "   4.50 s  as expected: 7002 is a primary",
        "   5.00 s  crash 7002",
    ]


def test_each_step_can_be_gone_back_to_and_told_differently() -> None:
    played = story("primary-dies")
    told(played)
    session, world = played.session, world_of(played)
    assert session.position == len(played.lines)
    for _ in range(3):
        assert session.step(-1)
    assert world.member("7002") is None
    assert session.step(-1)
    assert world.member("7002") is not None
    session.advance(20_000)
    assert world.member("7002").state.myself.is_primary  # type: ignore[union-attr]


def test_those_that_come_with_redlearn_are_found_by_name() -> None:
    assert find("minority") == FOLDER / "minority.toml"
    assert title_of("minority").startswith("A primary without a majority")
    assert find("mino") == FOLDER / "minority.toml"
    assert find("no-replica") == FOLDER / "no-replica.toml", "though another one begins so"
    assert find("p") is None, "three begin so"
    assert find("nothing") is None
    assert find("") is None
    assert find("../../secret") is None


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\xff", "not UTF-8"),
        (b"#" * 70_000, "at most"),
        (b"[cluster]\nprimaries = 61\n[[expect]]\nat_ms = 1\nagreed = true", "60 at most"),
        (b"[cluster]\nprimaries = 9999999999\n[[expect]]\nat_ms = 1\nagreed = true", "to 1000"),
        (b"[cluster]\nprimaries = 0\n[[expect]]\nat_ms = 1\nagreed = true", "from 1 to"),
        (b"[cluster]\nreplicas = -1\n[[expect]]\nat_ms = 1\nagreed = true", "from 0"),
        (b"[cluster]\ntimeout_ms = 1\n[[expect]]\nat_ms = 1\nagreed = true", "500 ms at least"),
        (b"[[expect]]\nat_ms = 600001\nagreed = true", "the end 600000 ms"),
        (
            b"[cluster]\nprimaries = 60\nreplicas = 0\n[[expect]]\nat_ms = 60000\nagreed = true",
            "the end 27000 ms",
        ),
        (b"[cluster]\nsettings = {nosuch = 'x'}\n[[expect]]\nat_ms = 1\nagreed = true", "nosuch"),
        (b"[cluster]\nsettings = {hz = 'x'}\n[[expect]]\nat_ms = 1\nagreed = true", "hz"),
        (b"[cluster]\nsettings = {hz = 5}\n[[expect]]\nat_ms = 1\nagreed = true", "hz"),
        (b"[weather]\nloss = 1e400\n[[expect]]\nat_ms = 1\nagreed = true", "loss"),
        (b"[weather]\nloss = -1.0\n[[expect]]\nat_ms = 1\nagreed = true", "loss"),
        (b"[weather]\ndelay_us = -1\n[[expect]]\nat_ms = 1\nagreed = true", "delays"),
        (b"[cluster]\nfirst_port = 1\n[[expect]]\nat_ms = 1\nagreed = true", "begin at 7001"),
        (b"expect = 5", "is a table for each"),
        (b"act = [1]", "is a table for each"),
        (b"title", "not TOML"),
    ],
)
def test_what_is_none_is_refused_with_a_sentence(tmp_path: Path, data: bytes, says: str) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(data)
    with pytest.raises(BadScenario, match=says):
        open_story(path)
