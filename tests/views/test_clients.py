"""Who is seen: those that wait first, with what they wait for and who is next."""

from __future__ import annotations

from redlearn.views.clients import ClientsView
from redlearn.views.window import Window
from tests.views.showing import Showing

WINDOW = Window(78, 11)


class Crowd(Showing):
    """A session with several clients: `crowd.by("a", "BLPOP q 0")`."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: dict[str, int] = {}

    def by(self, name: str, line: str) -> None:
        if name not in self.ids:
            self.ids[name] = self.session.connect()
        self.session.execute(self.ids[name], [word.encode() for word in line.split()])

    def view(self, window: Window = WINDOW) -> ClientsView:
        names = {id: f"@{name}" for name, id in self.ids.items()}
        return self.gallery.clients(window, {**names, self.client: "you"})


def test_those_that_wait_come_first_in_the_order_they_are_served() -> None:
    crowd = Crowd()
    for name, line in (("a", "PING"), ("b", "BLPOP q 0"), ("a", "BRPOP q r 5")):
        crowd.by(name, line)
    view = crowd.view()
    assert [row.name for row in view.rows] == ["@b", "@a", "you"]
    assert (view.total, view.waiting) == (3, 2)
    assert [(line.key, line.clients) for line in view.lines] == [
        (b"q", ("@b", "@a")), (b"r", ("@a",)),
    ]  # fmt: skip


def test_a_row_knows_since_when_and_until_when() -> None:
    crowd = Crowd()
    start = crowd.session.now_ms
    crowd.by("a", "BLPOP q 5")
    crowd.session.advance(2000)
    crowd.by("a", "PING")
    row = crowd.view().rows[0]
    assert row.wait is not None
    assert (row.wait.since_ms, row.wait.until_ms) == (start, start + 5000)
    assert row.held == 1


def test_a_transaction_shows_its_queue_its_watches_and_its_doom() -> None:
    crowd = Crowd()
    for line in ("WATCH k1 k2", "MULTI", "SET x 1", "SET y 2"):
        crowd.by("a", line)
    row = crowd.view().rows[0]
    assert (row.name, row.queued, row.watched, row.doomed) == ("@a", 2, (b"k1", b"k2"), "")
    crowd("SET k1 v")
    assert crowd.view().rows[0].doomed == "watched"
    crowd.by("b", "MULTI")
    crowd.by("b", "NOSUCH")
    assert [each.doomed for each in crowd.view().rows[:2]] == ["watched", "refused"]


def test_a_name_given_by_the_client_is_shown_if_there_is_no_other() -> None:
    crowd = Crowd()
    crowd("CLIENT SETNAME worker")
    assert crowd.gallery.clients(WINDOW, {}).rows[0].name == "worker"


def test_the_past_has_the_clients_of_the_past() -> None:
    crowd = Crowd()
    crowd.by("a", "BLPOP q 0")
    waiting = crowd.session.position
    crowd("RPUSH q x")
    assert crowd.view().waiting == 0
    crowd.session.seek(waiting)
    assert crowd.view().waiting == 1
    crowd.session.seek(waiting - 1)
    assert crowd.view().waiting == 0


def test_a_window_shows_some_of_many() -> None:
    crowd = Crowd()
    for number in range(600):
        crowd.by(f"c{number}", "PING")
    view = crowd.view(Window(78, 5, 0, 300))
    assert len(view.rows) == 5 and view.total == 601 and view.first == 300
