"""Every event of a cluster and of a disk is told in a sentence that can be printed."""

from __future__ import annotations

import errno
import sys
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest

from redlearn.cluster.client import Address, CrcStepped, NodeLost, NoKey
from redlearn.cluster.detection import FailMarked, PfailMarked
from redlearn.cluster.failover import TookOver, VoteRefused
from redlearn.cluster.slot_jobs import EXPORT, FAILED, SlotJobChanged
from redlearn.persistence.simulated_disk import DiskDid, Operation
from redlearn.probe import Event
from redlearn.resp.reply import Failure
from redlearn.views.cluster_sentences import SENTENCES, tell
from redlearn.views.narration import sentence

A, B, C = ((letter * 40).encode() for letter in "abc")
NASTY = b"\x1b[2J\x07\xff"


def example(kind: type[Event]) -> Event:
    """Some event of that kind, with bytes in it that no terminal should get."""
    hints = get_type_hints(kind, vars(sys.modules[kind.__module__]))
    assert is_dataclass(kind)
    return kind(**{each.name: _value(hints[each.name], each.name) for each in fields(kind)})


def _value(hint: Any, name: str) -> Any:
    if name == "operation":
        return "write"
    if name == "commands":
        return ((b"GET", NASTY),)
    if name in ("address", "new", "old", "to") and hint is not bytes:
        return Address("10.0.0.1", 7001)
    if name == "reply":
        return Failure("ERR \x1b")
    if hint is int:
        return 7
    if hint is bool:
        return True
    if hint is bytes:
        return NASTY
    if hint is str:
        return "MOVED" if name == "code" else "for a reason"
    inner = get_args(hint)[0]
    return ((1, 2),) if get_args(inner) else (NASTY,) if inner is bytes else (7,)


@pytest.mark.parametrize("kind", SENTENCES, ids=lambda kind: kind.__name__)
def test_it_is_one_printable_sentence(kind: type[Event]) -> None:
    said = sentence(example(kind))
    assert said.isprintable()
    assert said.endswith(".")
    assert not said[0].islower()
    assert len(said) < 300


@pytest.mark.parametrize("operation", get_args(Operation))
def test_all_that_a_disk_does_has_words(operation: Operation) -> None:
    assert tell(DiskDid(operation, "dump.rdb", 3, 4)).endswith(".")
    failed = tell(DiskDid(operation, "dump.rdb", error=errno.ENOSPC))
    assert "No space left on device" in failed


def test_a_suspicion_says_who_suspects_whom_and_how_many_it_takes() -> None:
    assert tell(PfailMarked(A, B, 1500, (C,), 2)) == (
        "Node aaaaaaaa suspects node bbbbbbbb: no answer for 1500 ms; "
        "1 other says so, 2 are needed."
    )
    assert tell(PfailMarked(A, B, 1500, (), 1)).endswith("0 others say so, 1 is needed.")


def test_the_byte_that_goes_into_a_crc_keeps_its_case() -> None:
    assert tell(CrcStepped(0x66, 0, 0x66, 0x0C60, 0x0C60, 12182)) == (
        "Byte f (66): row 66, CRC16 0c60."
    )


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (DiskDid("create", "dump.rdb"), "dump.rdb is made, or emptied."),
        (NodeLost(Address("redis-a", 7001)), "redis-a:7001 does not answer."),
        (NoKey(), "The command names no key: any node will do."),
    ],
)
def test_a_sentence_begins_with_a_capital_but_for_a_name(event: Event, said: str) -> None:
    assert tell(event) == said


def test_a_failure_says_who_counted_the_majority() -> None:
    assert tell(FailMarked(A, B, A, (A, C), 2)) == (
        "Node aaaaaaaa holds node bbbbbbbb for failed: 2 of 2 say so: aaaaaaaa, cccccccc."
    )
    assert "node cccccccc says" in tell(FailMarked(A, B, C, (), 2))


def test_a_primary_that_counts_a_majority_is_one_of_it() -> None:
    assert tell(FailMarked(A, B, A, (C,), 2)).endswith("2 of 2 say so: cccccccc and itself.")
    assert tell(FailMarked(A, B, A, (), 1)).endswith("1 of 1 say so: itself.")


def test_a_refused_vote_says_why_and_a_takeover_which_slots() -> None:
    refused = tell(VoteRefused(A, B, 7, "already voted in this epoch"))
    assert refused.endswith("in epoch 7: already voted in this epoch.")
    taken = tell(TookOver(B, A, 7, ((0, 99), (200, 200))))
    assert taken.endswith("in epoch 7: slots 0-99, 200.")


def test_a_move_of_slots_that_failed_says_why_in_whatever_bytes_the_other_node_did() -> None:
    reason = b"-ERR \xff".decode("utf-8", "surrogateescape")
    failed = SlotJobChanged(A, C, EXPORT, B, ((0, 99),), "connecting", FAILED, reason)
    assert tell(failed).endswith(r"to node bbbbbbbb no more: -ERR \xff.")
