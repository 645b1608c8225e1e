"""Damaged bus messages: the same as `python -m tests.properties.bus_mutations`, fewer."""

from __future__ import annotations

from random import Random

from tests.properties.bus_mutations import mutated, originals, outcome


def test_a_damaged_message_is_a_message_or_refused() -> None:
    rng, begin = Random(12), originals()
    reasons = {outcome(mutated(rng, begin)) for _ in range(20_000)}
    assert "accepted" in reasons
    words = {reason.split(" ")[0] for reason in reasons if not reason[0].isdigit()}
    assert words == {"accepted", "does", "says", "is", "an", "the", "type"}


def test_the_damage_is_the_same_for_the_same_seed() -> None:
    begin = originals()
    assert [mutated(Random(3), begin) for _ in range(5)] == [
        mutated(Random(3), begin) for _ in range(5)
    ]
