"""What a key is drawn as: what it was last used for, or what the user turned to."""

from __future__ import annotations

import pytest

from redlearn.engine.structures.hyperloglog import HyperLogLog
from redlearn.engine.values.string import String
from redlearn.views import forms
from redlearn.views.forms import chosen, following, is_hyperloglog, last_form, used
from redlearn.views.window import Window
from tests.views.showing import Showing

WINDOW = Window(78, 11)


def form(show: Showing, key: str = "k", wanted: str = "") -> str:
    return show.gallery.structure(WINDOW, key.encode(), form=wanted).form


@pytest.mark.parametrize(
    ("lines", "drawn"),
    [
        (["SET k v"], "bytes"),
        (["SETBIT k 7 1"], "bits"),
        (["SETBIT k 7 1", "GET k"], "bytes"),
        (["SETBIT k 7 1", "EXPIRE k 10", "OBJECT ENCODING k", "TYPE k"], "bits"),
        (["SET k v", "BITCOUNT k"], "bits"),
        (["SETBIT a 1 1", "BITOP NOT k a"], "bits"),
        (["PFADD k x"], "registers"),
        (["PFADD k x", "GET k"], "registers"),
        (["PFADD k x", "BITCOUNT k"], "bits"),
        (["GEOADD k 13 38 Palermo"], "map"),
        (["GEOADD k 13 38 Palermo", "ZSCORE k Palermo"], "structure"),
        (["GEOADD a 13 38 P", "GEOSEARCHSTORE k a FROMMEMBER P BYRADIUS 9 km"], "map"),
        (["GEOADD a 13 38 P", "GEOSEARCHSTORE k a FROMMEMBER P BYRADIUS 9 km STOREDIST"],
         "structure"),
        (["ZADD k 1 a"], "structure"),
        (["XADD k * f v"], "log"),
        (["XADD k * f v", "XGROUP CREATE k g 0"], "groups"),
        (["XADD k * f v", "XGROUP CREATE k g 0", "XLEN k"], "log"),
        (["XADD k * f v", "XINFO GROUPS k"], "groups"),
        (["XADD k * f v", "XINFO STREAM k"], "log"),
        (["RPUSH k a"], ""),
    ],
)  # fmt: skip
def test_a_key_is_drawn_as_what_it_was_last_used_for(lines: list[str], drawn: str) -> None:
    assert form(Showing(*lines)) == drawn


def test_the_form_is_that_of_the_moment_looked_at() -> None:
    show = Showing("SETBIT k 7 1", "GET k")
    assert form(show) == "bytes"
    show.session.step(-1)
    assert form(show) == "bits"


def test_each_command_of_a_transaction_counts_for_its_own_keys() -> None:
    show = Showing("MULTI", "SETBIT k 1 1", "SET other v", "EXEC")
    assert (form(show), form(show, "other")) == ("bits", "bytes")


def test_the_user_turns_through_all_forms_of_a_value() -> None:
    show = Showing("PFADD k x")
    seen = [form(show)]
    while len(seen) < 4:
        view = show.gallery.structure(WINDOW, b"k", form=seen[-1])
        seen.append(following(view.forms, view.form))
    assert seen == ["registers", "bytes", "bits", "registers"]


def test_a_form_that_does_not_fit_is_not_taken() -> None:
    assert form(Showing("SET k v"), wanted="map") == "bytes"
    assert chosen((), "bits", "bits") == ""


def test_a_key_that_became_another_type_is_drawn_as_that() -> None:
    show = Showing("SETBIT k 7 1", "DEL k", "MULTI", "RESTORE k 0 x", "EXEC", "RPUSH k a")
    assert form(show) == ""


def test_only_so_many_keys_are_remembered_and_nothing_is_copied_in_vain() -> None:
    show = Showing()
    known: forms.Forms = {}
    for number in range(forms.REMEMBERED + 5):
        show(f"SETBIT k{number} 1 1")
        known = used(known, show.events())
    assert len(known) == forms.REMEMBERED
    assert last_form(known, 0, b"k0") == ""
    assert last_form(known, 0, b"k60") == "bits"
    assert last_form(known, 1, b"k60") == ""
    show("GETBIT k60 1")
    assert used(known, show.events()) is known


def test_what_cannot_be_a_hyperloglog_is_not_taken_for_one() -> None:
    assert is_hyperloglog(String(bytes(HyperLogLog.empty())))
    for data in (b"HYLL", b"HYLL\x02" + bytes(20), b"HYLL\x00" + bytes(20), b"x" * 40):
        assert not is_hyperloglog(String(data))
    assert not is_hyperloglog(String(b"HYLL\x01" + bytes(100_000)))
    assert not is_hyperloglog(String(12345))
