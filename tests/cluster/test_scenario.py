"""Scenario files: what they say, what comes of them, and what is wrong with others."""

from __future__ import annotations

from pathlib import Path

import pytest

from redlearn.cluster.network import Conditions
from redlearn.cluster.scenario import (
    BadScenario,
    Expectation,
    Scenario,
    in_words,
    play,
    read,
    step_of,
)
from redlearn.cluster.simulator import Crash, Cut, Heal, Weather
from redlearn.timeline.stories import FOLDER, names

FILES = [FOLDER / f"{name}.toml" for name in names()]


def scenario(text: str) -> Scenario:
    return read(text + "\n[[expect]]\nby_ms = 1\nagreed = true\n")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_expected_comes_about(path: Path) -> None:
    outcome, _ = play(read(path.read_text()))
    assert outcome.failed == ()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_has_a_title_and_what_it_expects_is_not_so_by_itself(path: Path) -> None:
    wanted = read(path.read_text())
    assert wanted.title.endswith(tuple("abcdefghijklmnopqrstuvwxyz"))
    if wanted.acts:
        quiet = Scenario(
            wanted.title, wanted.seed, wanted.shape, wanted.conditions, (), wanted.expectations
        )
        outcome, _ = play(quiet)
        assert outcome.failed or path.stem in ("one-way", "no-replica-partly")


def test_the_same_file_gives_the_same_history_each_time_and_another_seed_another() -> None:
    wanted = read((FILES[0].parent / "primary-dies.toml").read_text())
    digests = [play(wanted, seed=seed)[0].digest for seed in (1, 1, 2)]
    assert digests[0] == digests[1] != digests[2]


def test_what_does_not_come_about_is_said_with_the_seed() -> None:
    wanted = read('seed = 9\n[[expect]]\nby_ms = 3000\nprimary = "7004"\n')
    outcome, simulator = play(wanted)
    assert outcome.failed == ("seed 9: not by 3000 ms: primary 7004",)
    assert simulator.now_ms == 3_000


def test_acts_are_done_at_their_moments_whatever_their_order_in_the_file() -> None:
    wanted = scenario(
        "[[act]]\nat_ms = 500\nheal = true\n"
        '[[act]]\nat_ms = 100\ncut = ["7001"]\nfrom = ["7002"]\nboth = false\n'
    )
    assert wanted.acts == ((100, Cut(("7001",), ("7002",), False)), (500, Heal()))


def test_all_acts_of_a_moment_are_done_before_what_is_expected_at_it() -> None:
    keys = "".join(
        f'[[act]]\nat_ms = 3000\nrun = "SET {key} v"\non = "7001"\n' for key in ("{06S}a", "{06S}b")
    )
    for moment in ("at_ms", "by_ms"):
        expected = (
            f'[[expect]]\n{moment} = 3000\nreply = "(integer) 2"\nrun = "DBSIZE"\non = "7001"\n'
        )
        outcome, _ = play(read(keys + expected))
        assert outcome.failed == ()


def test_a_cut_is_from_all_others_if_it_does_not_say() -> None:
    ((_, act),) = scenario('[[act]]\nat_ms = 1\ncut = ["7001"]\n').acts
    assert act == Cut(("7001",), ("7002", "7003", "7004", "7005", "7006"))


def test_weather_can_be_everywhere_or_in_one_direction() -> None:
    first = "[[act]]\nat_ms = 1\nweather = { loss = 0.5 }\n"
    second = '[[act]]\nat_ms = 2\nweather = { loss = 1 }\nbetween = ["7001", "7002"]\n'
    assert scenario(first + second).acts == (
        (1, Weather(Conditions(loss=0.5))), (2, Weather(Conditions(loss=1), "7001", "7002")),
    )  # fmt: skip


def test_what_a_file_leaves_out_is_as_usual() -> None:
    wanted = scenario("")
    assert (wanted.shape.primaries, wanted.shape.replicas, wanted.seed) == (3, 1, 0)
    assert wanted.conditions == Conditions()


def test_a_crash_may_be_one_of_power() -> None:
    ((_, act),) = scenario('[[act]]\nat_ms = 1\ncrash = "7001"\npower = true\n').acts
    assert act == Crash("7001", power=True)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("title", "not TOML"),
        ("", "nothing is expected of it"),
        ("colour = 1", "the file has 'colour', which means nothing"),
        ("[cluster]\nnodes = 3", r"\[cluster\] has 'nodes', which means nothing"),
        ('[cluster]\nprimaries = "3"', r"\[cluster\]: primaries cannot be '3'"),
        ("cluster = 1", r"\[cluster\] is a table"),
        ("[weather]\nloss = true", r"\[weather\]: loss cannot be True"),
        ("[[act]]\nat_ms = 1", "act 1 has to be one of crash, pause"),
        ('[[act]]\nat_ms = 1\ncrash = "7001"\npause = "7001"', "act 1 has to be one of"),
        ('[[act]]\ncrash = "7001"', "act 1 needs at_ms, in milliseconds"),
        ('[[act]]\nat_ms = -1\ncrash = "7001"', "act 1 needs at_ms"),
        ('[[act]]\nat_ms = 1\ncrash = "7009"', "act 1: there is no host '7009', only 7001 to 7006"),
        ('[[act]]\nat_ms = 1\ncrash = "7001"\nboth = true', "act 1 has 'both', which"),
        ('[[act]]\nat_ms = 1\ncut = "7001"', "act 1: hosts stand in a list"),
        ('[[act]]\nat_ms = 1\nrun = ""\non = "7001"', "act 1 has no command to run"),
        ('[[act]]\nat_ms = 1\nrun = "PING"', "act 1: there is no host None"),
        ('[[act]]\nat_ms = 1\nweather = {}\nbetween = ["7001"]', "weather is between two hosts"),
        ('[[expect]]\nagreed = true', "expectation 1 has a moment, at_ms or by_ms"),
        ('[[expect]]\nat_ms = 1\nby_ms = 1\nagreed = true', "expectation 1 has a moment"),
        ('[[expect]]\nat_ms = 1\nok = "7001"\non = "7001"', "expectation 1 has 'on'"),
        ('seed = "x"\n[[expect]]\nat_ms = 1\nagreed = true', "the seed a number"),
        ('title = "a\\u001b[2Jb"\n[[expect]]\nat_ms = 1\nagreed = true', "printable text"),
        ('title = "a\\nb"\n[[expect]]\nat_ms = 1\nagreed = true', "printable text"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_said_with_its_place(text: str, why: str) -> None:
    with pytest.raises(BadScenario, match=why):
        read(text)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"at_ms": 5, "ok": "7001"}', "7001 takes commands"),
        ('{"at_ms": 5, "down": "7001"}', "7001 takes no commands"),
        ('{"by_ms": 5, "primary": "7001"}', "7001 is a primary"),
        ('{"by_ms": 5, "replica": "7001"}', "7001 is a replica"),
        ('{"by_ms": 5, "agreed": true}', "all that run agree on owners and roles"),
        ('{"at_ms": 5, "reply": "OK", "run": "SET a 1", "on": "7001"}',
         "7001 answers OK to SET a 1"),
    ],
)  # fmt: skip
def test_what_is_expected_is_a_sentence(line: str, says: str) -> None:
    step = step_of(line, ["7001"])
    assert isinstance(step, Expectation)
    assert step.sentence == says


def test_a_line_is_told_without_its_moment() -> None:
    assert in_words('{"at_ms": 5, "heal": true}') == "heal"
    assert in_words('{"at_ms": 5, "crash": "7001", "power": true}') == "crash 7001, power yes"
