"""What is seen of set algebra: who was walked, who was asked, what each member came to."""

from __future__ import annotations

from redlearn.views import algebra
from redlearn.views.algebra import AlgebraView, Verdict
from redlearn.views.structure import step_of
from redlearn.views.window import Window
from tests.views.showing import Showing

SETS = ("SADD a 1 7 9", "SADD b 1 2 7 8 300", "SADD c x 1 y")


def seen(*lines: str) -> AlgebraView:
    found = algebra.look_at(Showing(*SETS, *lines).events())
    assert found is not None
    return found


def test_an_intersection_counts_its_questions() -> None:
    view = seen("SINTER b a c")
    assert [(p.key, p.why, p.asked, p.found) for p in view.parties] == [
        (b"b", "", 1, 1), (b"a", "the smallest", 0, 0), (b"c", "", 3, 1),
    ]  # fmt: skip
    assert (view.walked, view.asked, view.kept, view.dropped) == (3, 4, 1, 2)
    assert view.verdicts[0] == Verdict(b"1", ((b"c", True), (b"b", True)), True)


def test_a_difference_knows_which_way_was_cheaper() -> None:
    view = seen("SDIFF a b c")
    assert view.weighed is not None and view.weighed.asks
    assert [verdict.kept for verdict in view.verdicts] == [False, False, True]


def test_a_set_that_is_named_twice_is_counted_once() -> None:
    view = seen("SUNION a a b")
    assert [party.why for party in view.parties] == ["united", "", "united"]


def test_a_stored_result_is_about_its_target_too() -> None:
    view = seen("SDIFFSTORE d a b")
    assert view.target == b"d"
    assert view.is_about(b"d") and view.is_about(b"a") and not view.is_about(b"c")


def test_other_commands_are_no_algebra() -> None:
    assert algebra.look_at(Showing("SADD a 1").events()) is None


def test_it_belongs_to_the_sets_that_took_part_and_grows_step_by_step() -> None:
    show = Showing(*SETS, "SADD other 5", "SINTER a b")
    window, steps = Window(78, 11), show.steps()
    assert show.gallery.structure(window, b"other").algebra is None
    asked = []
    for number in range(len(steps) + 1):
        view = show.gallery.structure(window, b"a", step=step_of(steps, number))
        asked.append(view.algebra.asked if view.algebra else -1)
    assert asked[0] == -1 and asked[-1] == 3
    assert asked == sorted(asked)
