"""What probes see of a cluster: one node's beliefs, and messages as they were on the wire."""

from __future__ import annotations

from functools import lru_cache

import pytest

from redlearn.cluster.layout import HEADER
from redlearn.lessons.facets import Value
from redlearn.lessons.look import key_of, look
from redlearn.lessons.path import ProbeError
from redlearn.timeline.cluster_session import open_cluster
from redlearn.timeline.stage import Stage
from tests.lessons.samples import stage


@lru_cache(maxsize=1)
def _formed() -> Stage:
    on = Stage(open_cluster(3, 1))
    on.advance(1_000)
    return on


def cluster() -> Stage:
    """Three primaries, each with a replica, that have talked for a second."""
    return _formed().fork()


@pytest.mark.parametrize(
    ("probe", "found"),
    [
        ("node('7001').role", "primary"),
        ("node('7004').role", "replica"),
        ("node('7001').health", "ok"),
        ("node('7001').serves", 5461),
        ("node('7004').serves", 0),
        ("node('7001').bitmap_bytes", 2048),
        ("node('7001').open", 0),
        ("node('7001').epoch", 3),
        ("node('7001').config_epoch + node('7002').config_epoch", 3),
        ("node('7001').owner(12182)", "7003"),
        ("node('7001').sees('7003').health", "ok"),
        ("node('7001').sees('7003').reports", 0),
        ("node('7001').sees('7002').serves", 5462),
        ("node('7001').sees('7002').epoch", 2),
        ("node('7001').sees('7006').role", "replica"),
        ("message('ping').type", "ping"),
        ("message('ping').head", HEADER.size),
        ("message('ping').bitmap_bytes", 2048),
        ("message('ping').source != message('ping').target", True),
    ],
)
def test_a_path_finds_what_a_node_believes_and_what_was_sent(probe: str, found: Value) -> None:
    assert look(probe, cluster()) == found


def test_the_size_of_a_heartbeat_is_its_header_and_what_it_gossips() -> None:
    on = cluster()
    sections = look("message('pong').sections", on)
    assert isinstance(sections, int)
    assert sections >= 1
    extensions = 8 + 40 + 8 + 48  # at most: a hostname and a shard's id, padded, with their heads
    size = look("message('pong').bytes", on)
    assert isinstance(size, int)
    assert 0 <= size - HEADER.size - 104 * sections <= extensions


def test_what_a_node_believes_of_a_dead_one_changes_with_what_it_hears() -> None:
    on = cluster()
    on.run([b":kill", b"7003"])
    seen = []
    for _ in range(80):
        on.advance(50)
        seen.append(look("node('7001').sees('7003').health", on))
    assert list(dict.fromkeys(seen)) == ["ok", "fail?", "fail"]
    assert look("node('7001').sees('7006').role", on) == "primary"
    assert look("node('7001').owner(12182)", on) == "7006"
    assert look("message('fail').bitmap_bytes", on) == 2048


def test_a_node_that_lost_the_majority_says_of_itself_that_it_fails() -> None:
    on = cluster()
    on.run([b":partition", b"7001"])
    on.advance(6_000)
    assert look("node('7001').health", on) == "fail"
    assert look("node('7002').health", on) == "ok"


@pytest.mark.parametrize(
    ("probe", "why"),
    [
        ("node('7009').role", "no node '7009' runs; there are 7001, 7002"),
        ("node('7001').sees('7009')", "it knows of no node '7009'"),
        ("node('7001').owner(16384)", "a slot is a number from 0 to 16383"),
        ("node('7001').owner('foo')", "a slot is a number from 0 to 16383"),
        ("node('7001').mood", "a node has no 'mood'"),
        ("message('shout').bytes", "a message's type is one of ping, pong, meet"),
        ("message('mfstart').bytes", "no 'mfstart' arrived lately"),
    ],
)
def test_what_is_not_there_is_said(probe: str, why: str) -> None:
    with pytest.raises(ProbeError, match="^" + why.replace("(", r"\(")):
        look(probe, cluster())


def test_without_a_cluster_there_is_no_node_and_no_message() -> None:
    on = stage()
    with pytest.raises(ProbeError, match="there are none, without a cluster"):
        look("node('7001').role", on)
    with pytest.raises(ProbeError, match="no 'ping' arrived lately"):
        look("message('ping').bytes", on)


def test_such_probes_look_at_no_key() -> None:
    assert key_of("node('7001').sees('7003').health") == ""
    assert key_of("message('ping').bytes") == ""
