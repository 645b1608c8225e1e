"""What can be done to a cluster, and the sentence for what cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from redlearn.cluster.client import Manner
from redlearn.cluster.network import Conditions
from redlearn.cluster.simulator import Crash, Cut, Heal, Pause, Restart, Resume, Weather
from redlearn.lessons.deeds import DEEDS
from redlearn.timeline.cluster_acts import READERS, Amend, act_of

NODES = ("7001", "7002", "7003")


@pytest.mark.parametrize(
    ("words", "act"),
    [
        ("kill 7001", Crash("7001")),
        ("blackout 7002", Crash("7002", True)),
        ("crash 7002", Crash("7002", True)),
        ("restart 7001", Restart("7001")),
        ("stop 7003", Pause("7003")),
        ("cont 7003", Resume("7003")),
        ("partition 7001 | 7002 7003", Cut(("7001",), ("7002", "7003"))),
        ("partition 7001 > 7002", Cut(("7001",), ("7002",), False)),
        ("partition 7001", Cut(("7001",), ("7002", "7003"))),
        ("heal", Heal()),
        ("loss 30", Amend(loss=0.3)),
        ("delay 200", Amend(delay_us=200_000)),
        ("client plain", Manner.PLAIN),
        ("client following", Manner.FOLLOWING),
        ("client smart", Manner.SMART),
    ],
)
def test_words_become_an_act(words: str, act: object) -> None:
    assert act_of(words.split(), NODES) == act


def test_loss_and_delay_leave_each_other_and_all_other_conditions_as_they_are() -> None:
    now = Conditions(delay_us=40_000, loss=0.2, duplicate=0.1, reorder=0.3)
    assert Amend(loss=0.5).act(now) == Weather(replace(now, loss=0.5))
    assert Amend(delay_us=0).act(now) == Weather(replace(now, delay_us=0))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("", "Nothing called ''"),
        ("explode 7001", "Nothing called 'explode'"),
        ("kill", "Kill which node? One of 7001, 7002, 7003."),
        ("kill 7001 7002", "Kill which node?"),
        ("kill 9999", "There is no node '9999'"),
        ("kill \x1b[2J", "There is no node '\\x1b[2J'"),
        ("partition", "Between whom?"),
        ("partition |", "Between whom?"),
        ("partition 7001 | 7001", "Between whom?"),
        ("partition 7001 7002 7003", "Between whom?"),
        ("partition 7001 | 9", "There is no node '9'"),
        ("heal 7001", "heal takes nothing"),
        ("loss", "How many percent"),
        ("loss \u0663", "How many percent"),
        ("loss 101", "How many percent"),
        ("loss -1", "How many percent"),
        ("loss " + "9" * 5000, "How many percent"),
        ("loss " + "0" * 5000, "How many percent"),
        ("loss 0000000000999", "How many percent"),
        ("delay much", "How many milliseconds"),
        ("client clever", "What kind of client? One of plain, following, smart."),
        ("client", "What kind of client?"),
    ],
)
def test_what_is_meant_badly_is_told_in_a_sentence(words: str, says: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        act_of(words.split(), NODES)
    assert says in str(caught.value)


def test_everything_that_it_understands_is_a_deed() -> None:
    assert READERS.keys() <= DEEDS.keys()
