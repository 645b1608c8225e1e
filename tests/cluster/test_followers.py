"""What a primary says to replicas, word for word: the replica is played by a person."""

from __future__ import annotations

from redlearn.cluster.simulator import Simulator, Tell
from tests.cluster.servers import Person, run, served, settle


def connected() -> tuple[Simulator, Person]:
    simulator = served(1)
    simulator.act(Tell("you", lambda person: person.dial(7001)))
    settle(simulator, 10)
    return simulator, simulator.member("you")


def say(simulator: Simulator, line: str, ms: int = 200) -> bytes:
    """Say something as a replica; the bytes that came meanwhile."""
    person: Person = simulator.member("you")
    before = len(person.raw)
    person.hear = lambda news: person.raw.append(news.flight.data)  # type: ignore[method-assign]
    person.say(line)
    settle(simulator, ms)
    return b"".join(person.raw[before:])


def synced() -> tuple[Simulator, str]:
    """A person who follows, and the name of the stream."""
    simulator, _ = connected()
    say(simulator, "REPLCONF listening-port 7009")
    head = say(simulator, "PSYNC ? -1").split(b"\r\n")[0]
    return simulator, head.split()[1].decode()


def row(simulator: Simulator):  # type: ignore[no-untyped-def]
    (found,) = simulator.member("7001").engine.state.replication.replicas
    return found


def test_everything_is_sent_as_a_name_an_offset_and_a_file() -> None:
    simulator, _ = connected()
    run(simulator, 7001, "SET k v")
    assert say(simulator, "REPLCONF listening-port 7009") == b"+OK\r\n"
    assert say(simulator, "REPLCONF capa eof capa psync2") == b"+OK\r\n"
    head, size, file = say(simulator, "PSYNC ? -1").split(b"\r\n", 2)
    word, name, offset = head.split()
    assert (word, len(name), offset) == (b"+FULLRESYNC", 40, b"0")
    assert size == b"$%d" % len(file)
    assert file.startswith(b"REDIS")


def test_then_comes_the_stream_which_names_its_database_first() -> None:
    simulator, _ = synced()
    run(simulator, 7001, "SET k v")
    stream = say(simulator, "REPLCONF ACK 0")
    assert stream == (b"*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n")
    assert row(simulator).offset == 0


def test_before_anybody_followed_there_is_no_stream() -> None:
    simulator, _ = connected()
    run(simulator, 7001, "SET k v")
    assert simulator.member("7001").engine.state.replication.offset == 0


def test_a_replica_is_online_once_it_has_said_how_far_it_is() -> None:
    simulator, _ = synced()
    assert not row(simulator).online
    assert say(simulator, "REPLCONF ACK 0") == b""
    assert row(simulator).online
    assert (row(simulator).ip, row(simulator).port) == ("127.0.0.1", 7009)


def test_who_knows_the_stream_and_lacks_little_gets_just_that() -> None:
    simulator, name = synced()
    run(simulator, 7001, "SET k v")
    run(simulator, 7001, "SET k w")
    settle(simulator, 10)
    offset = simulator.member("7001").engine.state.replication.offset
    last = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nw\r\n"
    assert say(simulator, f"PSYNC {name} {offset + 1 - len(last)}") == (
        b"+CONTINUE " + name.encode() + b"\r\n" + last
    )


def test_who_knows_another_stream_gets_everything() -> None:
    simulator, _ = synced()
    assert say(simulator, f"PSYNC {'f' * 40} 1").startswith(b"+FULLRESYNC ")


def test_a_wait_of_a_client_asks_all_replicas_once() -> None:
    simulator, _ = synced()
    say(simulator, "REPLCONF ACK 0")
    run(simulator, 7001, "SET k v")
    run(simulator, 7001, "WAIT 2 0")
    stream = say(simulator, "REPLCONF ACK 0")
    assert stream.count(b"GETACK") == 1


def test_a_replica_that_hangs_up_is_no_replica_any_more() -> None:
    simulator, _ = synced()
    simulator.network.close(simulator.member("you").socket)
    settle(simulator, 10)
    assert simulator.member("7001").engine.state.replication.replicas == ()


def test_a_server_that_becomes_a_replica_hangs_up_on_its_own() -> None:
    simulator, _ = synced()
    closed: list[object] = []
    simulator.member("you").hear = closed.append
    simulator.act(Tell("7001", lambda s: s.replicator.follow_address(b"127.0.0.1", 7777)))
    settle(simulator, 10)
    assert [type(each).__name__ for each in closed] == ["Closed"]


def test_what_makes_no_sense_is_refused_in_the_words_of_a_server() -> None:
    simulator, _ = connected()
    for line, error in (
        ("REPLCONF listening-port", b"ERR syntax error"),
        ("REPLCONF foo bar", b"ERR Unrecognized REPLCONF option: foo"),
        ("REPLCONF listening-port x", b"ERR value is not an integer or out of range"),
        ("PSYNC x", b"ERR wrong number of arguments for 'psync' command"),
        ("PSYNC ? x", b"ERR value is not an integer or out of range"),
    ):
        assert say(simulator, line) == b"-%b\r\n" % error
    assert say(simulator, "REPLCONF") == b"+OK\r\n"
    assert simulator.member("7001").engine.state.replication.replicas == ()


def test_who_follows_nothing_acknowledges_nothing_and_gets_no_answer() -> None:
    simulator, _ = connected()
    assert say(simulator, "REPLCONF ACK 5") == b""
    assert say(simulator, "REPLCONF GETACK *") == b""
    assert simulator.member("7001").engine.state.replication.replicas == ()


def test_who_follows_is_a_client_of_the_type_replica() -> None:
    simulator, _ = synced()
    assert "flags=S" in str(run(simulator, 7001, "CLIENT LIST TYPE replica"))
    assert "flags=S" not in str(run(simulator, 7001, "CLIENT LIST TYPE normal"))
    assert run(simulator, 7001, "CLIENT KILL TYPE slave") == 1
