"""The learner's coordinator: at once or order by order, and all of it on the one timeline."""

from __future__ import annotations

import pytest

from redlearn.cluster.coordinator import Fix, Reshard
from redlearn.resp.reply import Failure
from redlearn.slots import SLOTS
from redlearn.timeline.cluster_session import open_cluster
from redlearn.timeline.cluster_world import ClusterWorld
from redlearn.timeline.coordination import (
    Allow,
    Hire,
    read_fix,
    read_order,
    read_reshard,
    read_slots,
)
from redlearn.timeline.session import Session

NODES = ("7001", "7002")


class Desk:
    """A session with a cluster, six keys in slot 5061 of node 7001, and a client."""

    def __init__(self) -> None:
        self.session: Session = open_cluster(3, 0)
        self.client = self.session.connect()
        for number in range(6):
            self.session.execute(self.client, [b"SET", b"{bar}:%d" % number, b"v"])

    @property
    def world(self) -> ClusterWorld:
        assert isinstance(self.session.world, ClusterWorld)
        return self.session.world

    def act(self, words: str) -> list[str]:
        refused = self.session.act(*words.split())
        return [refused] if refused else list(self.world.told)

    def keys(self) -> list[int]:
        """How many keys of slot 5061 each node has."""
        members = [self.world.member(name) for name in self.world.nodes()]
        counts = [m.engine.state.databases[0].slot_keys for m in members if m is not None]
        return [0 if keys is None else keys.count(5061) for keys in counts]


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_slots_move_within_one_input(desk: Desk) -> None:
    points = desk.session.position
    told = desk.act("reshard 5061,7-9 7001 7002")
    assert told[-2:] == [
        "Moving slot 5061 from 127.0.0.1:7001 to 127.0.0.1:7002: ......",
        "The coordinator is done after 29 orders.",
    ]
    assert desk.keys() == [0, 6, 0]
    assert desk.session.position == points + 1


def test_bit_by_bit_anything_may_happen_between_two_orders(desk: Desk) -> None:
    told = desk.act("reshard 5061 7001 7002 step")
    assert told[-1].startswith("Next: 127.0.0.1:7002: CLUSTER SETSLOT 5061 IMPORTING ")
    assert desk.keys() == [6, 0, 0]
    first, following = desk.act("order")
    assert first.endswith("-> OK")
    assert following.startswith("Next: 127.0.0.1:7001: CLUSTER SETSLOT 5061 MIGRATING ")
    desk.act("order 3")
    assert desk.keys() == [0, 6, 0]
    reply = desk.session.execute(desk.client, [b"GET", b"{bar}:1"], node="7001")
    assert isinstance(reply[0], Failure)
    assert reply[0].text.startswith("ASK 5061")
    assert desk.act("order all")[-1].startswith("The coordinator is done")
    assert desk.act("order") == [
        "No coordinator is at work: :reshard or :fix begins with step, :order goes on."
    ]


def test_keys_that_move_are_told_though_the_line_of_their_slot_was_before(desk: Desk) -> None:
    told = desk.act("reshard 5061 7001 7002 step")
    assert told[-2] == "Moving slot 5061 from 127.0.0.1:7001 to 127.0.0.1:7002: "
    assert desk.act("order all") == ["......", "The coordinator is done after 11 orders."]


def test_there_is_one_coordinator_at_a_time(desk: Desk) -> None:
    desk.act("reshard 5061 7001 7002 step")
    busy = ["A coordinator is at work: :order gives its next order, :kill coordinator ends it."]
    assert desk.act("reshard 5 7001 7002") == busy
    assert desk.act("fix") == busy


def test_killed_it_leaves_what_fix_closes(desk: Desk) -> None:
    desk.act("reshard 5061 7001 7002 step")
    desk.act("order 2")
    assert desk.act("kill coordinator") == []
    assert desk.act("kill coordinator")[0].startswith("No coordinator is at work")
    told = desk.act("fix")
    assert "[WARNING] The following slots are open: 5061." in told
    assert desk.keys() == [0, 6, 0]
    assert "[WARNING] The following slots are open: 5061." not in desk.act("fix")


def test_what_cannot_be_done_is_told_and_changes_nothing(desk: Desk) -> None:
    told = desk.act("reshard 6000 7001 7002")
    assert told[-1] == ("The coordinator gives up: 127.0.0.1:7001 does not serve slot 6000.")
    for name in desk.world.nodes():
        desk.act(f"kill {name}")
    assert desk.act("fix") == ["No node runs."]


def test_with_a_primary_gone_fix_needs_force(desk: Desk) -> None:
    desk.act("kill 7003")
    assert "is dangerous" in desk.act("fix")[-2]
    desk.act("reshard 1 7001 7002")
    told = desk.act("fix force")
    assert told[-1].startswith("The coordinator is done")
    assert desk.act("fix force")[-2] == f"[OK] All {SLOTS} slots covered."


def test_back_and_forward_go_through_a_coordinator_s_work(desk: Desk) -> None:
    desk.act("reshard 5061 7001 7002 step")
    seen = []
    for _ in range(8):
        seen.append((desk.world.simulator.digest, desk.keys(), desk.world.coordinator))
        desk.act("order")
    digests = [digest for digest, _, _ in seen]
    for digest, keys, _ in reversed(seen):
        assert desk.session.step(-1)
        assert (desk.world.simulator.digest, desk.keys()) == (digest, keys)
    for digest in digests:
        assert desk.world.simulator.digest == digest
        assert desk.session.step(1)
    while desk.session.step(-1):
        pass
    assert desk.world.coordinator is None


@pytest.mark.parametrize(
    ("text", "slots"),
    [("5", (5,)), ("0-3", (0, 1, 2, 3)), ("9,1-2,9", (1, 2, 9)), ("16383", (16383,))],
)
def test_slots_are_numbers_and_ranges(text: str, slots: tuple[int, ...]) -> None:
    assert read_slots(text) == slots


@pytest.mark.parametrize("text", ["", "a", "-5", "9-5", "16384", "1,,2", "\u0663", "9" * 99])
def test_what_is_none_is_asked_for_again(text: str) -> None:
    with pytest.raises(ValueError, match="Which slots"):
        read_slots(text)


def test_words_become_work() -> None:
    work = read_reshard(["0-1", "7001", "7002"], NODES, "h")
    assert isinstance(work.work, Reshard)
    assert (work.work.slots, work.work.target.port, work.steps) == ((0, 1), 7002, False)
    assert read_reshard(["5", "7001", "7002", "step"], NODES, "h").steps
    assert read_fix([]) == Hire(Fix(), steps=False)
    assert read_fix(["step", "force"]) == Hire(Fix(True), steps=True)
    assert read_order([]) == Allow(1)
    assert read_order(["12"]) == Allow(12)
    assert read_order(["all"]) == Allow(-1)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("5 7001", "Which slots"),
        ("5 7001 9", "There is no node '9'"),
        ("5 7001 7001", "From 7001 to itself nothing would move."),
        ("x 7001 7002", "Which slots"),
    ],
)
def test_bad_words_are_answered_with_a_sentence(words: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_reshard(words.split(), NODES, "h")


@pytest.mark.parametrize("words", ["0", "-1", "many", "1 2", "9" * 50])
def test_orders_are_counted(words: str) -> None:
    with pytest.raises(ValueError, match="How many orders"):
        read_order(words.split())


@pytest.mark.parametrize("words", ["now", "force force", "7001"])
def test_fix_takes_two_words(words: str) -> None:
    with pytest.raises(ValueError, match="fix takes"):
        read_fix(words.split())
