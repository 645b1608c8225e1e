"""Epochs: numbers that say which claim is the newer one, without a clock that all could read.

    current epoch   of the cluster: the greatest that a node has heard of. It grows when somebody
                    stands for election, or takes a number without asking.
    config epoch    of a primary: under which its claim to its slots was made. It travels in each of
                    its messages; where two claim a slot the greater one wins, everywhere.

Elections give a number to one winner only, since each primary votes once an epoch. Two acts take a
number *without* asking: the end of a slot's move, and TAKEOVER. Two nodes may then take the same
one, as all do at birth (0). That is mended when one hears the other: the one with the smaller id
takes the next number. The one with the greatest id never moves, so all differ in the end.

Source: `cluster_legacy.c` clusterBumpConfigEpochWithoutConsensus,
clusterHandleConfigEpochCollision.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from redlearn.cluster.local import Local
from redlearn.cluster.message import NODE_MASTER
from redlearn.cluster.state import FSYNC_CONFIG, SAVE_CONFIG, Node
from redlearn.probe import Event

EPOCH_MAX: Final = 2**64 - 2**32
"""The greatest that is believed: there is room behind it for all elections to come.

Unlike Redis: it takes any, and begins again at 0 after 2**64 - 1.
"""


def hear_epochs(me: Local, sender: Node, current_epoch: int, config_epoch: int) -> None:
    """Numbers that a message brings are taken where they are greater."""
    if current_epoch > me.state.current_epoch:
        me.state.current_epoch = current_epoch
    if config_epoch > sender.config_epoch:
        sender.config_epoch = config_epoch
        me.todo(SAVE_CONFIG, FSYNC_CONFIG)


def bump_without_asking(me: Local) -> bool:
    """Take an epoch greater than all that are known, unless this node's is; whether it did."""
    myself = me.state.myself
    if myself.config_epoch and myself.config_epoch == me.state.greatest_epoch():
        return False
    _take_next(me, "without asking", b"")
    me.todo(FSYNC_CONFIG)
    return True


def resolve_collision(me: Local, sender: Node, config_epoch: int) -> None:
    """Another primary claims its slots under the number that this one has."""
    myself = me.state.myself
    if config_epoch != myself.config_epoch or sender.config_epoch != config_epoch:
        return
    if not sender.flags & NODE_MASTER or not myself.flags & NODE_MASTER:
        return
    if sender.id <= myself.id:
        return  # the other one sees it too, and it is the other one's turn
    _take_next(me, "collision", sender.id)
    me.todo(FSYNC_CONFIG)


def _take_next(me: Local, why: str, other: bytes) -> None:
    state = me.state
    before = state.myself.config_epoch
    state.current_epoch += 1
    state.myself.config_epoch = state.current_epoch
    me.todo(SAVE_CONFIG)
    me.say(EpochTaken(state.myself.id, before, state.current_epoch, why, other))


@dataclass(frozen=True, slots=True)
class EpochTaken(Event):
    """A node has a new config epoch.

    Attributes:
        at: Who.
        before: The old one.
        epoch: The new one.
        why: "without asking", "collision" or "election".
        other: In a collision, with whom.
    """

    at: bytes
    before: int
    epoch: int
    why: str
    other: bytes
