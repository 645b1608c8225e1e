"""What a replica says to its primary, word for word: the primary is played by a script."""

from __future__ import annotations

import pytest

from redlearn.cluster.following import BadStream, split_commands
from redlearn.cluster.network import Accepted, News, Received
from redlearn.cluster.simulator import Simulator, Tell
from redlearn.resp.encode import encode_command
from tests.cluster.nodes import NeverBack
from tests.cluster.servers import IP, follow, run, served, settle

NAME = "c" * 40


class Primary(NeverBack):
    """Answers what it hears by the next line of its script, and writes down what it was."""

    def __init__(self, simulator: Simulator, name: str) -> None:
        self.network = simulator.network
        self.script: list[bytes] = []
        self.heard: list[bytes] = []
        self.socket = -1

    def hear(self, news: News) -> None:
        if isinstance(news, Accepted):
            self.socket = news.socket
        elif isinstance(news, Received):
            self.heard.append(news.flight.data)
            if self.script:
                self.network.send(self.socket, self.script.pop(0))


def file_of(*lines: str) -> bytes:
    """The file that a real server with these data sends."""
    from redlearn.persistence.rdb_write import chunks

    simulator = served(1)
    for line in lines:
        run(simulator, 7001, line)
    return b"".join(chunks(simulator.member("7001").engine.state))


def told(*script: bytes) -> tuple[Simulator, Primary]:
    """7001 has followed a primary that answers with this script."""
    simulator = served(1)
    simulator.add("primary", IP, [8000], Primary)
    primary: Primary = simulator.member("primary")
    primary.script = [b"+PONG\r\n", b"+OK\r\n", b"+OK\r\n", *script]
    follow(simulator, 7001, 8000)
    settle(simulator, 500)
    return simulator, primary


def full(*lines: str, more: bytes = b"", offset: int = 100) -> bytes:
    file = file_of(*lines)
    return b"+FULLRESYNC %b %d\r\n$%d\r\n" % (NAME.encode(), offset, len(file)) + file + more


def link(simulator: Simulator) -> str:
    return simulator.member("7001").engine.state.replication.link  # type: ignore[no-any-return]


def test_who_kills_the_client_that_runs_the_stream_breaks_the_link_and_it_is_opened_anew() -> None:
    simulator = served(2)
    follow(simulator, 7002, 7001)
    settle(simulator)
    assert run(simulator, 7002, "CLIENT KILL TYPE master") == 1
    killed_ms = simulator.clock.now_ms()
    run(simulator, 7001, "SET k v")
    settle(simulator)
    assert simulator.member("7002").engine.state.replication.down_ms >= killed_ms
    assert run(simulator, 7002, "GET k") == b"v"


def test_it_says_who_it_is_and_what_it_has() -> None:
    simulator, primary = told()
    own = simulator.member("7001").engine.state.replication.id.encode()
    assert primary.heard == [
        encode_command([b"PING"]),
        encode_command([b"REPLCONF", b"listening-port", b"7001"]),
        encode_command([b"REPLCONF", b"capa", b"eof", b"capa", b"psync2"]),
        encode_command([b"PSYNC", own, b"1"]),
    ]


def test_it_takes_a_file_and_says_that_it_has_it() -> None:
    simulator, primary = told(full("SET k v"))
    assert run(simulator, 7001, "GET k") == b"v"
    assert primary.heard[-1] == encode_command([b"REPLCONF", b"ACK", b"100"])
    assert link(simulator) == "connected"


def test_the_stream_may_come_in_the_same_piece_as_the_file() -> None:
    simulator, _ = told(full("SET k v", more=encode_command([b"APPEND", b"k", b"w"])))
    assert run(simulator, 7001, "GET k") == b"vw"


def test_everything_may_come_in_pieces_of_any_size() -> None:
    whole = full("SET k v", more=encode_command([b"APPEND", b"k", b"w"]))
    simulator, primary = told()
    for at in range(0, len(whole), 7):
        primary.network.send(primary.socket, whole[at : at + 7])
    settle(simulator, 100)
    assert run(simulator, 7001, "GET k") == b"vw"


def test_line_ends_of_a_primary_that_is_busy_are_skipped() -> None:
    simulator, _ = told(b"\n\n" + full("SET k v"))
    assert run(simulator, 7001, "GET k") == b"v"


def test_it_says_how_far_it_is_when_asked() -> None:
    simulator, primary = told(full())
    question = encode_command([b"REPLCONF", b"GETACK", b"*"])
    primary.network.send(primary.socket, question)
    settle(simulator, 20)
    answer = encode_command([b"REPLCONF", b"ACK", b"%d" % (100 + len(question))])
    assert primary.heard[-1] == answer


def test_a_stream_that_goes_on_under_another_name_is_followed() -> None:
    simulator, _ = told(b"+CONTINUE " + NAME.encode() + b"\r\n")
    assert link(simulator) == "connected"
    assert simulator.member("7001").engine.state.replication.id == NAME


@pytest.mark.parametrize(
    "answer",
    [
        b"-ERR unknown command\r\n", b"+WHAT\r\n", b"+FULLRESYNC x\r\n", b"+FULLRESYNC x y\r\n",
        b"+FULLRESYNC " + NAME.encode() + b" 5\r\n*3\r\n",
        b"+FULLRESYNC " + NAME.encode() + b" 5\r\n$9\r\nnot a fil",
        b"+CONTINUE\r\nGET k\r\n",
    ],
)  # fmt: skip
def test_what_makes_no_sense_ends_the_link_and_not_the_server(answer: bytes) -> None:
    simulator, _ = told(answer)
    assert link(simulator) == "connect"
    settle(simulator, 1_500)
    assert run(simulator, 7001, "PING") is not None


def test_a_damaged_file_leaves_what_was_there() -> None:
    whole = bytearray(full("SET k v"))
    whole[-10] ^= 1
    simulator = served(1)
    simulator.add("primary", IP, [8000], Primary)
    run(simulator, 7001, "SET mine 1")
    simulator.member("primary").script = [b"+PONG\r\n", b"+OK\r\n", b"+OK\r\n", bytes(whole)]
    follow(simulator, 7001, 8000)
    settle(simulator, 500)
    assert run(simulator, 7001, "GET mine") == b"1"


def test_a_primary_that_is_silent_for_long_is_given_up() -> None:
    simulator, _ = told(full())
    run(simulator, 7001, "CONFIG SET repl-timeout 5")
    settle(simulator, 6_000)
    assert link(simulator) != "connected"


def test_a_primary_that_is_not_there_is_called_once_a_second() -> None:
    simulator = served(1)
    follow(simulator, 7001, 8123)
    begin = simulator.network._connections
    settle(simulator, 10_000)
    assert simulator.network._connections - begin == pytest.approx(10, abs=1)


A, B = encode_command([b"SET", b"k", b"a\r\nb"]), encode_command([b"DEL", b""])


def test_a_stream_is_split_into_commands() -> None:
    assert split_commands(A + B) == ([[b"SET", b"k", b"a\r\nb"], [b"DEL", b""]], b"")


@pytest.mark.parametrize("size", range(len(A + B)))
def test_part_of_a_command_is_left_for_later(size: int) -> None:
    commands, rest = split_commands((A + B)[:size])
    assert b"".join(map(encode_command, commands)) + rest == (A + B)[:size]
    assert len(commands) == (size >= len(A))


@pytest.mark.parametrize("data", [b"GET k\r\n", b"*0\r\n", b"*-1\r\n", b"*1\r\n:1\r\n", b"*x\r\n"])
def test_what_is_no_stream_is_refused(data: bytes) -> None:
    with pytest.raises(BadStream):
        split_commands(data)


def test_the_link_to_the_primary_is_a_client_of_the_type_master_at_the_primarys_address() -> None:
    simulator = served(2)
    follow(simulator, 7002, 7001)
    settle(simulator)
    (link,) = str(run(simulator, 7002, "CLIENT LIST TYPE master")).splitlines()
    assert " addr=127.0.0.1:7001 " in link
    assert " flags=M " in link


def test_monitor_at_a_replica_tells_the_moment_at_which_the_stream_came() -> None:
    simulator = served(2)
    follow(simulator, 7002, 7001)
    simulator.act(Tell("you", lambda you: you.dial(7002)))
    settle(simulator, 3_000)
    simulator.act(Tell("you", lambda you: you.say("MONITOR")))
    settle(simulator, 1_000)
    run(simulator, 7001, "SET k v")
    settle(simulator, 10)
    said = [str(reply) for reply in simulator.member("you").heard]
    assert any("1700000004.0" in each and '[0 127.0.0.1:7001] "SET"' in each for each in said)
