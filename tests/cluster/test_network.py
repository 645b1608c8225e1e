"""The simulated network: connections as TCP gives them, and as bad as one asks for."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest

from redlearn.cluster.agenda import Agenda
from redlearn.cluster.network import (
    ACK,
    DATA,
    PATIENCE_US,
    RETRY_US,
    SYN,
    Accepted,
    Closed,
    Conditions,
    Expiry,
    Flight,
    FlightLost,
    Network,
    Opened,
    Received,
    Told,
)
from redlearn.probe import Event, Probe

A, B, C = b"10.0.0.1", b"10.0.0.2", b"10.0.0.3"
CALM = Conditions(delay_us=100, jitter_us=0)


@dataclass
class Lab:
    """A network with its agenda, and all that was told, with its time."""

    agenda: Agenda
    network: Network
    told: list[tuple[int, Told]] = field(default_factory=list)

    def run(self, until_us: int | None = None) -> Lab:
        while (due := self.agenda.next_us()) is not None and (until_us is None or due <= until_us):
            what = self.agenda.take().what
            news = (
                self.network.arrive(what) if isinstance(what, Flight) else self.network.expire(what)
            )
            self.told += [(self.agenda.now_us, each) for each in news]
        self.agenda.now_us = max(self.agenda.now_us, until_us or 0)
        return self

    def heard(self, host: str) -> list[bytes]:
        return [
            news.flight.data
            for _, (name, news) in self.told
            if name == host and isinstance(news, Received)
        ]

    def of(self, kind: type) -> list[tuple[int, str]]:
        return [(at, name) for at, (name, news) in self.told if isinstance(news, kind)]


def lab(conditions: Conditions = CALM, seed: int = 1, probe: Probe | None = None) -> Lab:
    agenda = Agenda()
    network = Network(agenda, Random(seed), conditions, probe)
    for name, ip in (("a", A), ("b", B), ("c", C)):
        network.listen(name, ip, [7000])
    return Lab(agenda, network)


def joined(conditions: Conditions = CALM, **options: object) -> tuple[Lab, int]:
    """A lab in which "a" has a connection to "b" that is up, and its socket."""
    here = lab(**options)  # type: ignore[arg-type]
    socket = here.network.connect("a", B, 7000)
    here.run()
    here.network.conditions = conditions
    return here, socket


def words(count: int) -> list[bytes]:
    return [b"%d" % number for number in range(count)]


# ---- connections ----


def test_a_connection_comes_up_after_a_way_there_and_back() -> None:
    here, socket = joined()
    assert here.told == [
        (100, ("b", Accepted(socket ^ 1, 7000, A))),
        (200, ("a", Opened(socket))),
    ]


def test_both_ends_of_a_connection_can_send() -> None:
    here, socket = joined()
    here.network.send(socket, b"ping")
    here.network.send(socket ^ 1, b"pong")
    here.run()
    assert (here.heard("b"), here.heard("a")) == ([b"ping"], [b"pong"])


def test_what_is_sent_before_the_connection_is_up_waits_in_order() -> None:
    here = lab()
    socket = here.network.connect("a", B, 7000)
    for word in words(3):
        here.network.send(socket, word)
    here.run()
    assert here.heard("b") == words(3)
    assert here.of(Opened) == [(200, "a")]
    assert here.agenda.now_us == 300


def test_what_is_under_way_is_data_with_the_times_of_leaving_and_arriving() -> None:
    here, socket = joined()
    here.network.send(socket, b"look")
    flight = next(iter(here.agenda)).what
    assert (flight.kind, flight.source, flight.target) == (DATA, "a", "b")
    assert (flight.sent_us, flight.due_us, flight.data) == (200, 300, b"look")


@pytest.mark.parametrize(("ip", "port"), [(B, 7001), (b"10.9.9.9", 7000)])
def test_where_nobody_listens_a_connection_is_refused(ip: bytes, port: int) -> None:
    here = lab()
    socket = here.network.connect("a", ip, port)
    here.run()
    assert here.told == [(200, ("a", Closed(socket)))]


def test_an_end_that_is_closed_is_heard_of_behind_all_that_was_sent() -> None:
    here, socket = joined(Conditions(delay_us=100, jitter_us=400))
    for word in words(20):
        here.network.send(socket, word)
    here.network.close(socket)
    here.run()
    assert here.heard("b") == words(20)
    assert here.told[-1][1] == ("b", Closed(socket ^ 1))


def test_what_comes_for_a_closed_end_is_dropped_and_not_told() -> None:
    here, socket = joined()
    here.network.send(socket ^ 1, b"too late")
    here.network.close(socket)
    here.run()
    assert here.heard("a") == []
    assert here.of(Closed) == [(300, "b")]


def test_a_connection_to_oneself_has_two_ends_as_any_other() -> None:
    here = lab()
    socket = here.network.connect("a", A, 7000)
    here.network.send(socket, b"hello me")
    here.run()
    assert here.heard("a") == [b"hello me"]
    assert [type(news) for _, (_, news) in here.told] == [Accepted, Opened, Received]


def test_a_closed_connection_leaves_nothing_behind() -> None:
    here, socket = joined()
    here.network.close(socket)
    here.network.close(socket ^ 1)
    here.run()
    assert here.network._sockets == {}


def test_closing_before_the_connection_is_up_closes_the_other_end_too() -> None:
    here = lab()
    socket = here.network.connect("a", B, 7000)
    here.run(100)
    here.network.close(socket)
    here.run()
    assert here.told == [
        (100, ("b", Accepted(socket ^ 1, 7000, A))),
        (200, ("b", Closed(socket ^ 1))),
    ]


# ---- order, loss, doubles, delay ----


def test_order_is_kept_whatever_the_delays_are() -> None:
    here, socket = joined(Conditions(delay_us=0, jitter_us=5_000))
    for word in words(300):
        here.network.send(socket, word)
    here.run()
    assert here.heard("b") == words(300)


def test_delays_are_at_least_the_fixed_part_and_on_average_the_jitter_more() -> None:
    taken = []
    for seed in range(400):
        here, socket = joined(Conditions(delay_us=1_000, jitter_us=500), seed=seed)
        begin = here.agenda.now_us
        here.network.send(socket, b"x")
        here.run()
        taken.append(here.agenda.now_us - begin)
    assert min(taken) >= 1_000
    assert 1_400 < sum(taken) / len(taken) < 1_600


def test_a_share_is_lost_and_said_so() -> None:
    events: list[Event] = []
    here, socket = joined(Conditions(loss=0.3), probe=Probe(events.append))
    for word in words(1_000):
        here.network.send(socket, word)
    here.run()
    lost = [event.data for event in events if isinstance(event, FlightLost)]
    assert 250 < len(lost) < 350
    assert sorted(here.heard("b") + lost, key=int) == words(1_000)


def test_loss_never_takes_the_connection_itself() -> None:
    here = lab(Conditions(loss=1.0))
    socket = here.network.connect("a", B, 7000)
    here.run()
    here.network.close(socket)
    here.run()
    assert [type(news) for _, (_, news) in here.told] == [Accepted, Opened, Closed]


def test_a_share_comes_twice_under_the_same_number() -> None:
    here, socket = joined(Conditions(duplicate=0.5))
    for word in words(200):
        here.network.send(socket, word)
    here.run()
    flights = [n.flight.number for _, (_, n) in here.told if isinstance(n, Received)]
    assert sorted(set(here.heard("b")), key=int) == words(200)
    assert 60 < len(flights) - len(set(flights)) < 140


def test_a_share_may_be_overtaken_if_asked_for() -> None:
    here, socket = joined(Conditions(delay_us=10, jitter_us=0, reorder=0.2))
    for word in words(300):
        here.network.send(socket, word)
        here.run(here.agenda.now_us + 50)
    here.run()
    assert sorted(here.heard("b"), key=int) == words(300)
    assert here.heard("b") != words(300)


def test_one_direction_can_have_conditions_of_its_own() -> None:
    here, socket = joined()
    here.network.set_conditions("a", "b", Conditions(loss=1.0))
    here.network.send(socket, b"lost")
    here.network.send(socket ^ 1, b"heard")
    here.run()
    assert (here.heard("a"), here.heard("b")) == ([b"heard"], [])


# ---- cuts ----


def test_across_a_cut_nothing_is_lost_it_stalls_until_the_cut_heals() -> None:
    here, socket = joined()
    here.network.cut(["a"], ["b"])
    for word in words(5):
        here.network.send(socket, word)
    here.run(1_000_000)
    assert here.heard("b") == []
    assert [flight.data for flight in here.network.stalled()] == words(5)
    here.network.heal(["a"], ["b"])
    here.network.send(socket, b"5")
    here.run(1_000_000 + RETRY_US + 1_000)
    assert here.heard("b") == words(6)


def test_what_is_under_way_when_the_cut_comes_still_arrives() -> None:
    here, socket = joined()
    here.network.send(socket, b"away")
    here.network.cut(["a"], ["b"])
    here.run(1_000)
    assert here.heard("b") == [b"away"]


def test_a_cut_in_one_direction_lets_the_other_through() -> None:
    here, socket = joined()
    here.network.cut(["a"], ["b"], both=False)
    here.network.send(socket, b"there")
    here.network.send(socket ^ 1, b"back")
    here.run(1_000)
    assert (here.heard("a"), here.heard("b")) == ([b"back"], [])


def test_a_cut_that_lasts_breaks_the_connection_at_both_ends() -> None:
    here, socket = joined()
    here.network.cut(["a"], ["b"])
    here.network.send(socket, b"lost")
    here.run()
    assert sorted(here.of(Closed)) == [(200 + PATIENCE_US, "a"), (200 + PATIENCE_US, "b")]
    assert here.network.stalled() == []


def test_a_cut_that_healed_in_time_breaks_nothing_later() -> None:
    here, socket = joined()
    here.network.cut(["a"], ["b"])
    here.network.send(socket, b"late")
    here.run(PATIENCE_US // 2)
    here.network.heal()
    here.run()
    assert here.of(Closed) == []
    assert here.heard("b") == [b"late"]


def test_no_connection_comes_up_across_a_cut_in_either_direction() -> None:
    for source, target in (("a", "b"), ("b", "a")):
        here = lab()
        here.network.cut([source], [target], both=False)
        here.network.connect("a", B, 7000)
        here.run(PATIENCE_US // 2)
        assert here.of(Opened) == []
        here.network.heal()
        here.run()
        assert [name for _, name in here.of(Opened)] == ["a"]


def test_a_connection_that_cannot_come_up_is_given_up() -> None:
    here = lab()
    here.network.cut(["a"], ["b"])
    here.network.connect("a", B, 7000)
    here.run()
    assert here.of(Closed) == [(PATIENCE_US, "a")]


def test_healing_two_groups_leaves_other_cuts() -> None:
    here = lab()
    here.network.cut(["a"], ["b", "c"])
    here.network.heal(["b"], ["a"])
    assert here.network.cuts == {("a", "c"), ("c", "a")}


# ---- processes and machines that end ----


def test_a_process_that_dies_closes_its_connections_and_refuses_new_ones() -> None:
    here, socket = joined()
    here.network.die("b")
    again = here.network.connect("a", B, 7000)
    here.run()
    closed = [news for _, (_, news) in here.told if isinstance(news, Closed)]
    assert closed == [Closed(socket), Closed(again)]


def test_a_machine_without_power_says_nothing_and_stalls_whoever_talks_to_it() -> None:
    here, socket = joined()
    here.network.lose_power("b")
    here.network.send(socket, b"hello?")
    here.run(PATIENCE_US)
    assert here.of(Closed) == []
    here.run()
    assert [name for _, name in here.of(Closed)] == ["a"]


def test_a_machine_that_has_power_again_does_not_know_its_connections() -> None:
    here, socket = joined()
    here.network.lose_power("b")
    here.network.send(socket, b"hello?")
    here.run(1_000_000)
    here.network.listen("b", B, [7000])
    here.network.get_power("b")
    here.run(2_000_000)
    assert [name for _, name in here.of(Closed)] == ["a"]
    assert here.heard("b") == []
    here.network.connect("a", B, 7000)
    here.run()
    assert [name for _, name in here.of(Opened)] == ["a", "a"]


# ---- time travel ----


def test_a_network_that_was_frozen_goes_on_in_the_same_way_each_time() -> None:
    rough = Conditions(delay_us=50, jitter_us=300, loss=0.1, duplicate=0.1, reorder=0.1)
    here, socket = joined(rough)
    here.network.cut(["a"], ["c"])
    here.network.connect("a", C, 7000)
    for word in words(40):
        here.network.send(socket, word)
    frozen = (here.agenda.freeze(), here.network.freeze())
    seen = []
    for _ in range(2):
        here.agenda.thaw(frozen[0])
        here.network.thaw(frozen[1])
        here.told.clear()
        for word in words(40):
            here.network.send(socket ^ 1, word)
        seen.append((list(here.run().told), dict(here.network.carried)))
    assert seen[0] == seen[1]


def test_the_kinds_of_flights_of_a_handshake_are_in_the_agenda() -> None:
    here = lab()
    here.network.connect("a", B, 7000)
    kinds = []
    while len(here.agenda):
        what = here.agenda.take().what
        assert not isinstance(what, Expiry)
        kinds.append(what.kind)
        here.network.arrive(what)
    assert kinds == [SYN, ACK]


def test_bytes_sent_are_counted_by_host() -> None:
    here, socket = joined()
    here.network.send(socket, b"12345")
    here.network.send(socket ^ 1, b"12")
    assert here.network.carried == {"a": 5, "b": 2, "c": 0}
