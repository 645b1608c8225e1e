"""The port for clients of a simulated server."""

from __future__ import annotations

from redlearn.cluster.simulator import Crash, Simulator, Tell
from redlearn.resp.reply import OK, Push
from tests.cluster.servers import Person, run, served, settle


def connected(count: int = 1) -> tuple[Simulator, Person]:
    simulator = served(count)
    simulator.act(Tell("you", lambda person: person.dial(7001)))
    settle(simulator, 10)
    return simulator, simulator.member("you")


def say(simulator: Simulator, *lines: str, ms: int = 10) -> list[object]:
    """Say something over the network; what came back meanwhile."""
    person: Person = simulator.member("you")
    before = len(person.heard)
    simulator.act(Tell("you", lambda you: you.say(*lines)))
    settle(simulator, ms)
    return list(person.heard[before:])


def test_commands_come_over_the_network_and_replies_go_back() -> None:
    simulator, _ = connected()
    assert say(simulator, "SET k v") == [OK]
    assert say(simulator, "GET k") == [b"v"]


def test_it_takes_a_way_there_and_back() -> None:
    simulator, person = connected()
    begin = simulator.now_us
    simulator.act(Tell("you", lambda you: you.say("PING")))
    simulator.run_while(lambda: not person.heard, most_ms=100)
    assert simulator.now_us - begin >= 2 * simulator.network.conditions.delay_us


def test_a_batch_is_answered_in_one_piece() -> None:
    simulator, person = connected()
    assert say(simulator, "SET k 1", "INCR k", "GET k") == [OK, 2, b"2"]
    assert len(person.raw) == 1


def test_who_waits_is_answered_when_it_is_served() -> None:
    simulator, _ = connected()
    assert say(simulator, "BLPOP l 0") == []
    run(simulator, 7001, "RPUSH l a")
    assert say(simulator) == [[b"l", b"a"]]


def test_a_wait_that_ends_in_vain_is_answered_too() -> None:
    simulator, _ = connected()
    assert say(simulator, "BLPOP l 0.5", ms=700) != []


def test_messages_of_channels_are_sent_on() -> None:
    simulator, _ = connected()
    assert len(say(simulator, "HELLO 3", "SUBSCRIBE news")) == 2
    run(simulator, 7001, "PUBLISH news hello")
    (message,) = say(simulator)
    assert isinstance(message, Push)
    assert message == [b"message", b"news", b"hello"]


def test_a_client_that_leaves_is_forgotten() -> None:
    simulator, person = connected()
    server = simulator.member("7001")
    known = len(server.engine.state.clients)
    simulator.network.close(person.socket)
    settle(simulator, 10)
    assert len(server.engine.state.clients) == known - 1
    assert not server.door.owns(person.socket ^ 1)


def test_who_says_quit_is_answered_and_hung_up_on() -> None:
    simulator, _ = connected()
    assert say(simulator, "QUIT", "SET k v") == [OK, "closed"]
    assert run(simulator, 7001, "GET k") is None


def test_a_client_that_is_killed_is_hung_up_on() -> None:
    simulator, _ = connected()
    (client_id,) = say(simulator, "CLIENT ID")
    run(simulator, 7001, f"CLIENT KILL ID {client_id}")
    assert say(simulator) == ["closed"]


def test_what_is_no_command_is_refused_in_redis_s_words_and_hung_up_on() -> None:
    simulator, person = connected()
    simulator.network.send(person.socket, b"*1\r\n+PING\r\n")
    settle(simulator, 10)
    assert person.raw == [b"-ERR Protocol error: expected '$', got '+'\r\n"]
    assert person.heard[-1] == "closed"  # type: ignore[comparison-overlap]


def test_when_a_server_dies_its_clients_hear_of_it() -> None:
    simulator, _ = connected()
    simulator.act(Crash("7001"))
    assert say(simulator) == ["closed"]


def test_connections_travel_in_time() -> None:
    simulator, _ = connected()
    say(simulator, "SET k v", "BLPOP l 0")
    frozen = simulator.freeze()
    seen = []
    for _ in range(2):
        simulator.thaw(frozen)
        run(simulator, 7001, "RPUSH l a")
        seen.append((say(simulator, "GET k"), simulator.digest))
    assert seen[0] == seen[1]
    assert seen[0][0] == [[b"l", b"a"], b"v"]


def test_who_is_behind_a_connection_can_be_told() -> None:
    simulator, person = connected()
    door = simulator.member("7001").door
    assert door.client_at(person.socket ^ 1) in simulator.member("7001").engine.state.clients
    assert door.client_at(999) is None
