"""Errors of a cluster. What all texts have in common is in `test_errors.py`."""

from __future__ import annotations

import pytest

from redlearn import cluster_errors, errors
from redlearn.cluster_errors import ASK, CROSS_SLOT, MOVED, SLOT_NOT_SERVED, TRY_AGAIN


def test_no_text_has_two_names() -> None:
    ours = {name for name in vars(cluster_errors) if name.isupper()}
    assert len(ours) > 40
    assert not ours & {name for name in vars(errors) if name.isupper()}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (CROSS_SLOT, "CROSSSLOT"), (MOVED, "MOVED"), (ASK, "ASK"), (TRY_AGAIN, "TRYAGAIN"),
        (SLOT_NOT_SERVED, "CLUSTERDOWN"),
    ],
)  # fmt: skip
def test_clients_know_what_to_do_by_the_first_word(text: str, code: str) -> None:
    assert text.split(" ")[0] == code


def test_a_redirection_tells_slot_and_place() -> None:
    assert MOVED.format(3999, "127.0.0.1:6381") == "MOVED 3999 127.0.0.1:6381"
