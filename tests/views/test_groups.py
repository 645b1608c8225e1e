"""Views of consumer groups: who has what, since when, and what the last command moved."""

from __future__ import annotations

from redlearn.views.groups import GroupsView
from redlearn.views.window import Window
from tests.views.showing import Showing


def mail() -> Showing:
    """A stream `s` of 1-0 to 6-0; of group `mail` ann has 1 and 2, and a second later bob 3."""
    show = Showing(*[f"XADD s {number}-0 f v" for number in range(1, 7)])
    show("XGROUP CREATE s mail 0")
    show("XREADGROUP GROUP mail ann COUNT 2 STREAMS s >")
    show.session.advance(1000)
    show("XREADGROUP GROUP mail bob COUNT 1 STREAMS s >")
    return show


def view_of(show: Showing, window: Window | None = None) -> GroupsView:
    body = show.gallery.structure(window or Window(78, 12), b"s", form="groups").body
    assert isinstance(body, GroupsView)
    return body


def pending(view: GroupsView) -> list[tuple[int, bytes, int, int]]:
    return [(row.id >> 64, row.consumer, row.idle, row.deliveries) for row in view.pending]


def test_pending_entries_stand_in_order_of_id_with_their_owners() -> None:
    view = view_of(mail())
    assert pending(view) == [(1, b"ann", 1000, 1), (2, b"ann", 1000, 1), (3, b"bob", 0, 1)]
    assert [(row.name, row.seen, row.pending) for row in view.consumers] == [
        (b"ann", 1000, 2),
        (b"bob", 0, 1),
    ]
    assert (view.last_id >> 64, view.entries_read, view.lag) == (3, 3, 3)
    assert view.touch.delivered == (3 << 64,)
    assert view.touch.consumer == b"bob"


def test_a_claim_moves_an_entry_and_remembers_from_whom() -> None:
    show = mail()
    show("XCLAIM s mail bob 0 1-0")
    view = view_of(show)
    assert pending(view)[0] == (1, b"bob", 0, 2)
    assert view.touch.handed == ((1 << 64, b"ann"),)


def test_a_claim_that_comes_too_early_moves_nothing() -> None:
    show = mail()
    show("XAUTOCLAIM s mail cy 500 0")
    view = view_of(show)
    assert [row[1] for row in pending(view)] == [b"cy", b"cy", b"bob"]
    assert [refused.id >> 64 for refused in view.touch.refused] == [3]


def test_a_confirmed_entry_is_gone_but_told() -> None:
    show = mail()
    show("XACK s mail 1-0")
    view = view_of(show)
    assert [row[0] for row in pending(view)] == [2, 3]
    assert view.touch.forgotten == ((1 << 64, b"ann"),)


def test_the_group_used_last_is_shown_and_the_window_moves_to_others() -> None:
    show = mail()
    show("XGROUP CREATE s archive $")
    assert (view_of(show).name, view_of(show).place, view_of(show).total) == (b"archive", 1, 2)
    assert view_of(show, Window(78, 12, 1, 0)).name == b"mail"
    assert view_of(show, Window(78, 12, 9, 0)).name == b"mail"


def test_the_window_moves_down_the_pending_entries() -> None:
    show = Showing(*[f"XADD s {number}-0 f v" for number in range(1, 60)])
    show("XGROUP CREATE s g 0")
    show("XREADGROUP GROUP g ann STREAMS s >")
    show("XPENDING s g")
    view = view_of(show, Window(78, 12, 0, 20))
    assert len(view.pending) == 9 and view.pending_count == 59
    assert 21 in [row.id >> 64 for row in view.pending]
    assert view.earlier


def test_a_stream_without_groups_has_none_to_show() -> None:
    view = view_of(Showing("XADD s 1-1 f v"))
    assert (view.total, view.place, view.consumers, view.pending) == (0, 0, (), ())


def test_a_removed_consumer_is_told() -> None:
    show = mail()
    show("XGROUP DELCONSUMER s mail ann")
    view = view_of(show)
    assert view.touch.removed == (b"ann",)
    assert [row[0] for row in pending(view)] == [3]
