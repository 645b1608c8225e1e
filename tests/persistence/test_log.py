"""The log of a store: it is off."""

from __future__ import annotations

from tests.persistence.stored import Stored


def test_it_cannot_be_turned_on() -> None:
    stored = Stored()
    said = stored.refused("CONFIG SET appendonly yes")
    assert said.endswith("Unable to turn on AOF. Check server logs.")
