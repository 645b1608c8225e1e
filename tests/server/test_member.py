"""A server that is a node: who it is, what it keeps, and what it does not start with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from redlearn.clock import VirtualClock
from redlearn.cluster.message import NODE_MASTER
from redlearn.cluster.nodes_conf import read, write
from redlearn.cluster.state import ClusterState, Node
from redlearn.engine.config import parameter
from redlearn.engine.engine import Engine
from redlearn.server.member import CannotBeMember, Member
from redlearn.slots import slot_of

B = b"b" * 40


class Start:
    """Starts members in one folder, and says what killed them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.died: list[str] = []
        self.members: list[Member] = []
        self.clock = VirtualClock(1_000_000)

    def __call__(self, **config: str) -> Member:
        engine = Engine(self.clock)
        for name, text in {"port": "7001", "cluster_enabled": "yes", **config}.items():
            row = parameter(name.replace("_", "-"))
            assert row is not None
            engine.state.configure(row, row.read(text))
        member = Member(engine, self.folder, self.died.append)
        self.members.append(member)
        return member

    @property
    def conf(self) -> Path:
        return self.folder / "nodes.conf"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    start = Start(tmp_path)
    yield start
    for member in start.members:
        member.close()


def kept(start: Start) -> ClusterState:
    view = read(start.conf.read_bytes(), 0)
    assert view is not None
    return view


def test_a_new_node_is_somebody_and_writes_that_down(start: Start) -> None:
    member = start()
    assert start.conf.read_bytes() == b""
    member.port.before_sleep()
    view = kept(start)
    assert view.myself.id == member.port.my_id
    assert (view.myself.port, view.myself.bus_port) == (7001, 17001)
    assert len(set(view.myself.id)) > 4


def test_two_new_nodes_are_not_the_same(start: Start) -> None:
    assert start().port.my_id != start(cluster_config_file="other.conf").port.my_id


def test_it_is_the_same_when_it_starts_again(start: Start) -> None:
    member = start()
    member.port.add_slots([1, 2, 3])
    member.port.before_sleep()
    my_id = member.port.my_id
    member.close()
    start.members.clear()
    again = start(port="7009")
    assert again.port.my_id == my_id
    assert again.port.view.myself.ranges() == ((1, 3),)
    assert again.port.view.myself.port == 7009


def test_a_file_that_is_another_nodes_is_left_alone(start: Start) -> None:
    start().port.before_sleep()
    before = start.conf.read_bytes()
    with pytest.raises(CannotBeMember, match=r"nodes\.conf is already used by a different node"):
        start()
    assert start.conf.read_bytes() == before


@pytest.mark.parametrize("cut", [1, 10, 80, 120])
def test_a_file_that_is_not_whole_is_refused_and_left_as_it_is(start: Start, cut: int) -> None:
    view = ClusterState(Node(B, NODE_MASTER, port=7001, bus_port=17001))
    bad = write(view)[:-cut]
    start.conf.write_bytes(bad)
    with pytest.raises(CannotBeMember, match="corrupted cluster config file"):
        start()
    assert start.conf.read_bytes() == bad
    start.conf.write_bytes(write(view))
    assert start().port.my_id == B, "and nobody holds it"


def test_settings_say_where_others_find_it(start: Start) -> None:
    member = start(
        cluster_announce_ip="10.0.0.9", cluster_announce_port="6379",
        cluster_announce_bus_port="6380", tls_port="7443",
    )  # fmt: skip
    myself = member.port.view.myself
    assert (myself.ip, myself.port, myself.bus_port) == (b"10.0.0.9", 6379, 6380)
    assert myself.tls_port == 7443
    assert start(cluster_port="9999", cluster_config_file="x").port.view.myself.bus_port == 9999


def test_a_port_without_room_above_it_is_refused(start: Start) -> None:
    with pytest.raises(CannotBeMember, match="has to be 55535 or less"):
        start(port="60000")
    assert not start.conf.exists()


def test_a_folder_that_is_not_there_is_told(start: Start) -> None:
    with pytest.raises(CannotBeMember, match="cannot be opened: No such file"):
        start(cluster_config_file="nowhere/nodes.conf")


def test_whoever_is_known_does_not_answer(start: Start) -> None:
    member = start()
    member.port.meet(b"127.0.0.1", 7002, 17002)
    for _ in range(3):
        start.clock.advance(100)
        member.port.cron()
    assert member.port.view.links == {}
    assert member.port.node.outbox == []
    for _ in range(200):
        start.clock.advance(100)
        member.port.cron()
    assert len(member.port.view.nodes) == 1, "the handshake came to nothing"


def test_a_disk_that_fails_ends_it(start: Start) -> None:
    member = start()
    member.file.path = start.folder / "gone" / "nodes.conf"
    with pytest.raises(OSError):
        member.port.before_sleep()
    assert start.died == ["Fatal: nodes.conf cannot be written: No such file or directory"]


def test_keys_that_were_loaded_are_served_or_on_their_way(start: Start) -> None:
    member = start()
    engine, view = member.port.engine, member.port.view
    view.add(Node(B, NODE_MASTER, port=7002, bus_port=17002))
    mine, theirs, free = (slot_of(key) for key in (b"a", b"b", b"c"))
    view.assign_slot(mine, view.myself)
    view.assign_slot(theirs, view.nodes[B])
    client = engine.connect()
    client.obeyed = True
    for key in (b"a", b"b", b"c"):
        engine.execute(client, [b"SET", key, b"v"])
    said: list[str] = []
    member.own_keys(said.append)
    assert view.owners[free] is view.myself
    assert view.importing == {theirs: view.nodes[B]}
    assert len(said) == 2
    member.port.before_sleep()
    assert kept(start).owners[free] is not None


def test_keys_of_other_databases_have_no_slot(start: Start) -> None:
    member = start()
    client = member.port.engine.connect()
    client.obeyed = True
    client.db = member.port.engine.state.databases[3]
    member.port.engine.execute(client, [b"SET", b"a", b"v"])
    with pytest.raises(CannotBeMember, match="database 0 alone"):
        member.own_keys(lambda sentence: None)


def test_its_file_has_the_name_that_was_typed(start: Start) -> None:
    start(cluster_config_file="n\u00f6des.conf".encode().decode("latin-1"))
    assert [path.name for path in start.folder.iterdir()] == ["n\u00f6des.conf"]
