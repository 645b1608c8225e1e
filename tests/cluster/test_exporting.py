"""The source of slots that move as a whole: each step, and whatever may go wrong at it."""

from __future__ import annotations

import pytest

from redlearn.cluster.bitmaps import bitmap_of, slots_in
from redlearn.cluster.local import Dial, HangUp, Out, Say, SendSlots
from redlearn.cluster.message import PONG
from redlearn.cluster.moves import Moves
from redlearn.cluster.slot_jobs import EXPORT, Job, SlotJobChanged
from redlearn.errors import CommandError
from tests.cluster.desk import Desk, id_of

TARGET = id_of("a")


class Source:
    """A node that gives slots away."""

    def __init__(self) -> None:
        self.desk = Desk("abc")
        mine = slots_in(self.desk.state.myself.slots)
        self.ranges = ((mine[0], mine[1]), (mine[-1], mine[-1]))
        self.moves = Moves(self.desk.node)
        self.moves.begin_exports([(self.ranges, TARGET)])
        self.job = next(iter(self.desk.state.jobs))

    def wanted(self) -> list[Out]:
        """What it wants done on the connection, since it was last asked."""
        kinds = (Dial, Say, SendSlots, HangUp)
        found = [each for each in self.desk.node.outbox if isinstance(each, kinds)]
        self.desk.node.outbox.clear()
        return found

    def said(self) -> list[str]:
        return [b" ".join(each.argv).decode() for each in self.wanted() if isinstance(each, Say)]

    def tick(self, ms: int = 100) -> None:
        self.desk.wait(ms)

    def hear(self, *words: str) -> None:
        for word in words:
            self.moves.said(self.job.name, [b"CLUSTER", b"SYNCSLOTS", word.encode()])
            self.desk.node.before_sleep()

    def come_to(self, state: str) -> Source:
        """Go on, in the way that is usual, until the job has that state."""
        steps = {
            "connecting": lambda: self.moves.opened(self.job.name),
            "reading-establish-response": lambda: self.moves.answered(self.job.name, b"+OK"),
            "waiting-to-snapshot": self.tick,
            "snapshotting": lambda: self.moves.sent(self.job.name),
            "replicating": lambda: self.hear("REQUEST-PAUSE"),
            "failover-paused": lambda: self.hear("REQUEST-FAILOVER"),
        }
        while self.job.state != state:
            steps[self.job.state]()
        return self

    def target_takes_them(self) -> None:
        """The PONG with which the target claims them."""
        theirs = self.desk["a"].slots
        claimed = bitmap_of([*slots_in(theirs), *self.job.slots])
        self.desk.hear("a", PONG, slots=claimed, config_epoch=9, current_epoch=9)


def end_of(job: Job) -> tuple[str, str]:
    return job.state, job.message


# ---- the usual way ----


def test_it_dials_the_targets_port_for_clients() -> None:
    source = Source()
    assert source.job.state == "connecting"
    assert source.wanted() == [Dial(source.job.name, b"10.0.1.97", 6379)]
    assert source.desk.said(SlotJobChanged) == [
        SlotJobChanged(id_of("m"), source.job.name, EXPORT, TARGET, source.ranges,
                       "", "connecting", ""),
    ]  # fmt: skip


def test_step_by_step_it_says_what_a_real_source_says() -> None:
    source = Source()
    name, myself = source.job.name.decode(), id_of("m").decode()
    (first, second), (last, _) = source.ranges
    source.wanted()
    source.come_to("reading-establish-response")
    assert source.said() == [
        f"CLUSTER SYNCSLOTS ESTABLISH SOURCE {myself} NAME {name} SLOTSRANGE"
        f" {first} {second} {last} {last}"
    ]
    source.come_to("waiting-to-snapshot")
    assert source.said() == ["CLUSTER SYNCSLOTS ACK"]
    source.come_to("snapshotting")
    assert source.wanted() == [SendSlots(source.job.name, source.ranges)]
    source.come_to("failover-paused")
    assert source.said() == ["CLUSTER SYNCSLOTS PAUSED"]
    source.come_to("failover-granted")
    assert source.said() == ["CLUSTER SYNCSLOTS FAILOVER-GRANTED"]
    source.target_takes_them()
    assert end_of(source.job) == ("success", "")
    assert source.wanted() == [HangUp(source.job.name)]


def test_writes_wait_from_the_pause_until_the_target_has_the_slots() -> None:
    source = Source().come_to("replicating")
    assert not source.desk.data.is_paused()
    source.come_to("failover-paused")
    assert source.desk.data.paused_until_ms == source.desk.clock.ms + 10_000
    source.come_to("failover-granted")
    assert source.desk.data.is_paused()
    source.target_takes_them()
    assert not source.desk.data.is_paused()


def test_the_keys_of_slots_that_have_gone_are_deleted() -> None:
    source = Source().come_to("failover-granted")
    slot = source.ranges[0][0]
    source.desk.data.keys[slot] = 5
    source.target_takes_them()
    assert slot not in source.desk.data.keys


def test_a_target_may_ask_for_the_pause_before_the_source_knows_that_all_is_sent() -> None:
    source = Source().come_to("snapshotting")
    source.hear("REQUEST-PAUSE")
    assert source.job.state == "failover-paused"
    source.moves.sent(source.job.name)
    assert source.job.state == "failover-paused"


def test_a_password_is_said_first() -> None:
    source = Source()
    source.desk.config.set("masterauth", "secret")
    source.wanted()
    source.moves.opened(source.job.name)
    assert (source.job.state, source.said()) == ("reading-auth-response", ["AUTH secret"])
    source.moves.answered(source.job.name, b"+OK")
    assert source.job.state == "reading-establish-response"


def test_a_user_is_named_before_the_password() -> None:
    source = Source()
    source.desk.config.set("masterauth", "secret")
    source.desk.config.set("masteruser", "ann")
    source.wanted()
    source.moves.opened(source.job.name)
    assert source.said() == ["AUTH ann secret"]


def test_several_moves_begin_with_the_one_named_last() -> None:
    source = Source()
    mine = slots_in(source.desk.state.myself.slots)
    first, second = ((mine[5], mine[5]),), ((mine[6], mine[6]),)
    source.moves.begin_exports([(first, TARGET), (second, id_of("b"))])
    assert [job.ranges for job in source.desk.state.jobs][:2] == [first, second]


def test_it_says_once_a_second_that_it_is_there() -> None:
    source = Source().come_to("replicating")
    source.said()
    source.desk.wait(3_000)
    assert source.said() == ["CLUSTER SYNCSLOTS ACK"] * 3


# ---- what goes wrong ----


def test_whom_nobody_can_reach_gets_nothing() -> None:
    source = Source()
    source.moves.lost(source.job.name)
    failure = ("failed", "Unable to connect to target node: Connection refused")
    assert end_of(source.job) == failure


def test_a_target_that_does_not_know_the_password_refuses() -> None:
    source = Source()
    source.desk.config.set("masterauth", "wrong")
    source.moves.opened(source.job.name)
    source.moves.answered(source.job.name, b"-WRONGPASS no")
    assert end_of(source.job) == ("failed", "Failed to AUTH to target node: -WRONGPASS no")


def test_a_target_that_refuses_says_why() -> None:
    source = Source().come_to("reading-establish-response")
    source.moves.answered(source.job.name, b"-ERR no")
    message = "Received error during handshake to target: -ERR no\r\n"
    assert end_of(source.job) == ("failed", message)


@pytest.mark.parametrize("reason", ["nein, \u20ac 5".encode(), b"\xff\x80"])
def test_whatever_bytes_it_says_are_told_as_they_came(reason: bytes) -> None:
    source = Source().come_to("reading-establish-response")
    source.moves.answered(source.job.name, b"-ERR " + reason)
    (told,) = source.moves.told()
    assert isinstance(told, dict)
    assert told[b"message"] == b"Received error during handshake to target: -ERR %b\r\n" % reason


LOST = (
    "Connection lost to target. Check CLUSTER GETSLOTMIGRATIONS on the target node for more"
    " information."
)


@pytest.mark.parametrize(
    "state",
    ["reading-establish-response", "waiting-to-snapshot", "replicating", "failover-paused"],
)
def test_a_target_that_is_gone_gets_nothing(state: str) -> None:
    source = Source().come_to(state)
    source.moves.lost(source.job.name)
    assert end_of(source.job) == ("failed", LOST)
    assert not source.desk.data.is_paused()


def test_after_the_grant_the_connection_is_not_needed_any_more() -> None:
    source = Source().come_to("failover-granted")
    source.moves.lost(source.job.name)
    assert source.job.state == "failover-granted"
    source.target_takes_them()
    assert source.job.state == "success"


@pytest.mark.parametrize(
    ("state", "word", "message"),
    [
        ("waiting-to-snapshot", "REQUEST-PAUSE", "Unexpected state machine transition"),
        ("replicating", "REQUEST-FAILOVER", "Unexpected state machine transition"),
        ("failover-paused", "REQUEST-PAUSE", "Unexpected state machine transition"),
        ("replicating", "NOSUCH", "Unknown SYNCSLOTS subcommand used"),
    ],
)
def test_a_word_that_comes_at_the_wrong_time_ends_it(state: str, word: str, message: str) -> None:
    source = Source().come_to(state)
    source.hear(word)
    assert end_of(source.job) == ("failed", message)


def test_what_a_later_version_says_of_itself_is_not_minded() -> None:
    source = Source().come_to("replicating")
    source.hear("CAPA", "ACK")
    assert source.job.state == "replicating"


def test_a_pause_that_ends_before_the_target_has_asked_for_the_slots_ends_it() -> None:
    source = Source().come_to("failover-paused")
    source.hear("ACK")
    source.desk.wait(10_100)
    assert end_of(source.job) == ("failed", "Timed out before streaming completed")


def test_who_lets_the_clients_write_again_ends_it() -> None:
    source = Source().come_to("failover-paused")
    source.desk.data.pauses.clear()
    source.hear("REQUEST-FAILOVER")
    assert end_of(source.job) == ("failed", "Unpaused before failover completed")


def test_a_target_that_does_not_take_what_it_was_granted_in_time_may_have_it_all_the_same() -> None:
    source = Source().come_to("failover-granted")
    source.desk.wait(10_100)
    message = "Unpaused before migration completed (migration may have succeeded with lost writes)"
    assert end_of(source.job) == ("failed", message)
    assert not source.desk.data.is_paused()


def test_clients_wait_for_two_seconds_at_least_after_the_grant() -> None:
    source = Source()
    source.desk.config.set("cluster-manual-failover-timeout", 100)
    source.come_to("failover-paused")
    assert source.job.pause_end_ms == source.desk.clock.ms + 200
    source.hear("REQUEST-FAILOVER")
    assert source.job.pause_end_ms == source.desk.clock.ms + 2_000


def test_a_silent_target_is_given_up_after_repl_timeout() -> None:
    source = Source().come_to("replicating")
    source.hear("ACK")
    source.desk.wait(60_000)
    assert source.job.state == "replicating"
    source.desk.wait(100)
    assert end_of(source.job) == ("failed", "Timed out after too long with no interaction")


def test_slots_that_become_somebody_elses_do_not_go_to_the_target() -> None:
    source = Source().come_to("replicating")
    theirs = slots_in(source.desk["b"].slots)
    claimed = bitmap_of([*theirs, source.ranges[0][0]])
    source.desk.hear("b", PONG, slots=claimed, config_epoch=9, current_epoch=9)
    assert end_of(source.job) == ("failed", "Slots are no longer owned by myself")


def test_what_has_ended_is_forgotten_when_there_is_too_much_of_it() -> None:
    source = Source()
    source.moves.lost(source.job.name)
    source.desk.wait(100)
    assert len(source.desk.state.jobs) == 1
    source.desk.config.set("cluster-slot-migration-log-max-len", 0)
    source.desk.wait(100)
    assert len(source.desk.state.jobs) == 0


# ---- orders ----


def test_all_that_is_given_is_kept_again_when_somebody_says_so() -> None:
    source = Source().come_to("failover-paused")
    source.moves.cancel_exports()
    assert end_of(source.job) == ("cancelled", "")
    assert not source.desk.data.is_paused()
    with pytest.raises(CommandError, match="No migrations ongoing"):
        source.moves.cancel_exports()


def test_a_replica_gives_no_slots() -> None:
    desk = Desk("abcd")
    desk.be_replica_of("a")
    with pytest.raises(CommandError, match="can only be used on primary nodes"):
        Moves(desk.node).require_allowed()


@pytest.mark.parametrize("way", ["importing", "migrating"])
def test_slots_do_not_move_in_both_ways_at_once(way: str) -> None:
    desk = Desk("abc")
    mine, theirs = slots_in(desk.state.myself.slots)[0], slots_in(desk["a"].slots)[0]
    if way == "importing":
        desk.node.set_slot_importing(theirs, TARGET)
    else:
        desk.node.set_slot_migrating(mine, TARGET)
    word = "imported" if way == "importing" else "migrated"
    with pytest.raises(CommandError, match=f"Slots are being manually {word}"):
        Moves(desk.node).require_allowed()


def test_a_slot_moves_once_at_a_time() -> None:
    source = Source()
    slot = source.ranges[0][1]
    with pytest.raises(CommandError, match=f"I am already migrating slot {slot}"):
        source.moves.require_exportable([(slot, slot + 5)])
    source.moves.require_exportable([(slot + 1, slot + 5)])


def test_slots_go_to_a_node_that_is_known_and_another() -> None:
    source = Source()
    with pytest.raises(CommandError, match="Target node can not be this node"):
        source.moves.require_target(id_of("m"))
    with pytest.raises(CommandError, match="Unknown node name: z"):
        source.moves.require_target(id_of("z"))


def test_slots_are_not_opened_one_by_one_meanwhile() -> None:
    source = Source()
    with pytest.raises(CommandError, match="Slot export in progress"):
        source.moves.require_none()
    source.moves.cancel_exports()
    source.moves.require_none()
