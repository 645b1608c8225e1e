"""The target of slots that move as a whole: each step, and whatever may go wrong at it."""

from __future__ import annotations

import pytest

from redlearn.cluster.bitmaps import bitmap_of, slots_in
from redlearn.cluster.message import NODE_MASTER, NODE_SLAVE, PONG
from redlearn.cluster.moves import Moves
from redlearn.cluster.slot_jobs import IMPORT, SlotJobChanged
from redlearn.errors import OUT_OF_MEMORY, CommandError
from tests.cluster.desk import Desk, id_of

SOURCE, NAME, CLIENT = id_of("a"), id_of("job"), 7


class Target:
    """A node that takes slots of `a`."""

    def __init__(self, replica: bool = False) -> None:
        self.desk = Desk("abc")
        theirs = slots_in(self.desk["a"].slots)
        self.ranges = ((theirs[0], theirs[1]), (theirs[-1], theirs[-1]))
        self.moves = Moves(self.desk.node)
        if replica:
            self.desk.be_replica_of("b")
            self.moves.note_import(SOURCE, NAME, self.ranges)
        else:
            self.moves.begin_import(CLIENT, SOURCE, NAME, self.ranges)
        self.job = next(iter(self.desk.state.jobs))
        self.slots = set(self.job.slots)

    def hear(self, *words: bytes) -> Target:
        for word in words:
            self.moves.hear(CLIENT, word)
        self.desk.node.before_sleep()
        self.desk.state.check()
        return self

    @property
    def end(self) -> tuple[str, str]:
        return self.job.state, self.job.message

    @property
    def owned(self) -> bool:
        owners = {self.desk.state.owners[slot] for slot in self.slots}
        return owners == {self.desk.state.myself}


USUAL = (b"ACK", b"SNAPSHOT-EOF", b"PAUSED", b"FAILOVER-GRANTED")


# ---- the usual way ----


def test_keys_that_come_are_hidden_until_the_slots_are_here() -> None:
    target = Target()
    assert target.desk.data.hidden == target.slots
    target.hear(*USUAL)
    assert target.desk.data.hidden == set()


def test_step_by_step_it_says_what_a_real_target_says() -> None:
    target = Target()
    assert target.job.state == "waiting-for-ack"
    assert target.hear(b"ACK").job.state == "receiving-snapshot"
    assert target.hear(b"SNAPSHOT-EOF").job.state == "waiting-for-paused"
    assert target.hear(b"PAUSED").job.state == "failover-requested"
    assert target.desk.data.answers == [
        (CLIENT, "CLUSTER SYNCSLOTS REQUEST-PAUSE"),
        (CLIENT, "CLUSTER SYNCSLOTS REQUEST-FAILOVER"),
    ]
    assert target.hear(b"FAILOVER-GRANTED").end == ("success", "")
    assert target.desk.data.dismissed == [CLIENT]


def test_it_takes_the_slots_under_an_epoch_greater_than_all_and_tells_everybody() -> None:
    target = Target()
    target.desk["b"].config_epoch = target.desk.state.current_epoch = 5
    target.desk.sent()
    target.hear(*USUAL)
    assert target.owned
    assert target.desk.state.myself.config_epoch == 6
    assert target.desk.data.saves[-1] is True
    assert target.desk.to(PONG) == ["a", "b", "c"]


def test_the_keys_of_slots_that_are_here_stay() -> None:
    target = Target()
    target.desk.data.keys = dict.fromkeys(target.slots, 3)
    target.hear(*USUAL)
    assert target.desk.data.keys == dict.fromkeys(target.slots, 3)


def test_its_replicas_are_told_of_the_end() -> None:
    target = Target().hear(*USUAL)
    name = NAME.decode()
    assert target.desk.data.passed_on == [
        f"CLUSTER SYNCSLOTS FINISH STATE SUCCESS NAME {name} MESSAGE "
    ]


def test_what_happened_is_told_in_order() -> None:
    target = Target().hear(*USUAL)
    told = target.desk.said(SlotJobChanged)
    assert [each.after for each in told] == [
        "waiting-for-ack", "receiving-snapshot", "waiting-for-paused", "failover-requested",
        "failover-granted", "success",
    ]  # fmt: skip
    assert {(each.kind, each.other, each.slots) for each in told} == {
        (IMPORT, SOURCE, target.ranges)
    }


def test_it_says_once_a_second_that_it_is_there_after_the_source_has() -> None:
    target = Target()
    target.desk.wait(2_000)
    assert target.desk.data.answers == []
    target.hear(b"ACK")
    target.desk.wait(2_000)
    assert target.desk.data.answers == [(CLIENT, "CLUSTER SYNCSLOTS ACK")] * 2


# ---- what goes wrong ----

LOST = (
    "Connection lost to source. Check CLUSTER GETSLOTMIGRATIONS on the source node for more"
    " information."
)
AT_ANY_TIME = [(), (b"ACK",), (b"ACK", b"SNAPSHOT-EOF"), (b"ACK", b"SNAPSHOT-EOF", b"PAUSED")]


@pytest.mark.parametrize("words", AT_ANY_TIME)
def test_when_the_source_is_gone_what_came_is_deleted(words: tuple[bytes, ...]) -> None:
    target = Target().hear(*words)
    target.desk.data.keys = dict.fromkeys(target.slots, 3)
    target.moves.gone(CLIENT)
    assert target.job.state == "cleaning-up"
    target.desk.node.before_sleep()
    assert target.end == ("failed", LOST)
    assert target.desk.data.keys == {}
    assert target.desk.data.hidden == set()
    assert target.desk.data.passed_on == [
        f"CLUSTER SYNCSLOTS FINISH STATE FAILED NAME {NAME.decode()} MESSAGE {LOST}"
    ]
    assert not target.owned


def test_a_source_that_goes_right_after_the_grant_has_perhaps_changed_its_mind() -> None:
    target = Target().hear(*USUAL[:3])
    target.moves.hear(CLIENT, b"FAILOVER-GRANTED")
    target.moves.gone(CLIENT)
    target.desk.node.before_sleep()
    assert target.end == ("failed", LOST)
    assert not target.owned


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((b"SNAPSHOT-EOF",), "Unexpected state machine transition"),
        ((b"PAUSED",), "Unexpected state machine transition"),
        ((b"FAILOVER-GRANTED",), "Unexpected state machine transition"),
        ((b"REQUEST-PAUSE",), "Unexpected state machine transition"),
        ((b"ACK", b"SNAPSHOT-EOF", b"SNAPSHOT-EOF"), "Unexpected state machine transition"),
        ((b"ACK", b"FAILOVER-GRANTED"), "Unexpected state machine transition"),
        ((b"ACK", b"NOSUCH"), "Unknown SYNCSLOTS subcommand used"),
    ],
)
def test_a_word_that_comes_at_the_wrong_time_ends_it(
    words: tuple[bytes, ...], message: str
) -> None:
    target = Target().hear(*words)
    assert target.end == ("failed", message)
    assert target.desk.data.dismissed == [CLIENT]


def test_what_a_later_version_says_of_itself_is_not_minded() -> None:
    assert Target().hear(b"CAPA", b"ACK", b"CAPA").job.state == "receiving-snapshot"


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("WRONGTYPE", "Failed to process command during slot migration. Check logs for more"
         " information"),
        (OUT_OF_MEMORY, "Ran out of memory (OOM) during slot import"),
    ],
)  # fmt: skip
def test_a_command_that_cannot_be_run_ends_it(error: str, message: str) -> None:
    target = Target().hear(b"ACK")
    target.moves.failed(CLIENT, error)
    target.desk.node.before_sleep()
    assert target.end == ("failed", message)


def test_a_silent_source_is_given_up_after_repl_timeout() -> None:
    target = Target().hear(b"ACK")
    target.desk.data.silent_ms = 60_000
    target.desk.wait(100)
    assert target.job.state == "receiving-snapshot"
    target.desk.data.silent_ms += 1
    target.desk.wait(100)
    assert target.end == ("failed", "Timed out after too long with no interaction")


def test_slots_that_become_a_third_nodes_do_not_come() -> None:
    target = Target().hear(b"ACK")
    claimed = bitmap_of([*slots_in(target.desk["b"].slots), target.ranges[0][0]])
    target.desk.hear("b", PONG, slots=claimed, config_epoch=9, current_epoch=9)
    assert target.end == ("failed", "Slots are no longer owned by source node")


def test_who_becomes_a_replica_takes_none_and_deletes_nothing_by_itself() -> None:
    target = Target().hear(b"ACK")
    target.desk.data.keys = dict.fromkeys(target.slots, 3)
    mine = slots_in(target.desk.state.myself.slots)
    claimed = bitmap_of([*slots_in(target.desk["b"].slots), *mine])
    target.desk.hear("b", PONG, slots=claimed, config_epoch=9, current_epoch=9)
    assert target.desk.state.myself.is_replica
    assert target.end == ("failed", "I was demoted to a replica")
    assert target.slots <= target.desk.data.keys.keys()
    assert target.desk.data.passed_on == []


# ---- orders ----


def test_slots_come_from_a_node_that_is_known_and_another() -> None:
    target = Target()
    with pytest.raises(CommandError, match="Source node is target node itself"):
        target.moves.require_source(id_of("m"))
    with pytest.raises(CommandError, match="Target node does not know the source node"):
        target.moves.require_source(id_of("z"))


def test_a_slot_comes_once_at_a_time() -> None:
    target = Target()
    with pytest.raises(CommandError, match="already being imported on the target"):
        target.moves.require_importable([(target.ranges[0][1], target.ranges[0][1])])
    with pytest.raises(CommandError, match="Slot import in progress"):
        target.moves.require_none()


def test_slots_that_are_not_the_sources_do_not_come_from_it() -> None:
    target = Target()
    with pytest.raises(CommandError, match="does not agree about current slot ownership"):
        target.moves.begin_import(8, id_of("b"), id_of("other"), target.ranges)
    assert len(target.desk.state.jobs) == 1


# ---- a replica of the target ----


def test_a_replica_of_the_target_hides_the_keys_as_well() -> None:
    target = Target(replica=True)
    assert target.job.state == "occurring-on-primary"
    assert target.desk.data.hidden == target.slots
    target.desk.wait(3_000)
    target.moves.note_finish(NAME, "success", "")
    assert target.end == ("success", "")
    assert target.desk.data.hidden == set()
    assert target.desk.data.answers == []


def test_an_end_of_which_it_knows_no_beginning_is_not_minded() -> None:
    target = Target(replica=True)
    target.moves.note_finish(id_of("other"), "failed", "no")
    assert target.job.state == "occurring-on-primary"


def test_a_replica_that_is_promoted_meanwhile_deletes_what_came() -> None:
    target = Target(replica=True)
    target.desk.data.keys = dict.fromkeys(target.slots, 3)
    myself = target.desk.state.myself
    target.desk.state.set_primary_of(myself, None)
    myself.flags = myself.flags & ~NODE_SLAVE | NODE_MASTER
    target.desk.wait(100)
    assert target.end == ("failed", "A failover occurred during slot import")
    assert target.desk.data.keys == {}
    assert target.desk.data.passed_on[0].startswith("CLUSTER SYNCSLOTS FINISH STATE FAILED")
