"""nodes.conf: written as Redis writes it, read as it reads it, and refused when it is not whole."""

from __future__ import annotations

from random import Random

import pytest

from redlearn.cluster.message import NODE_FAIL, NODE_HANDSHAKE, NODE_MASTER, NODE_MYSELF, NODE_SLAVE
from redlearn.cluster.nodes_conf import BadNodesConf, node_line, read, write
from redlearn.cluster.state import ClusterState, Node
from redlearn.slots import SLOTS

A, B, C, D = (letter * 40 for letter in (b"a", b"b", b"c", b"d"))

OF_REDIS = (
    b"4f9adf72eb1ee0ad80bc4c21e3080899ed7dcd61 127.0.0.1:7501@17501 myself,master - 0 0 1 connected"
    b" 0-99 200 [5->-5d1f0ac2b6ed0ad80bc4c21e3080899ed7dcd6aa]"
    b" [7000-<-5d1f0ac2b6ed0ad80bc4c21e3080899ed7dcd6aa]\n"
    b"5d1f0ac2b6ed0ad80bc4c21e3080899ed7dcd6aa 127.0.0.1:7502@17502,host-2 master,fail - 1 1700 3"
    b" disconnected 100-199\n"
    b"6e2f0ac2b6ed0ad80bc4c21e3080899ed7dcd6bb 127.0.0.1:7503@17503 slave"
    b" 5d1f0ac2b6ed0ad80bc4c21e3080899ed7dcd6aa 0 1700 3 connected\n"
    b"vars currentEpoch 3 lastVoteEpoch 2\n"
)
"""As 7.0.15 writes it."""

OF_VALKEY = (
    b"cd6f082dd4241518d8b7cb11d4b2f641178358e5 :7502@17502,,tls-port=0,"
    b"shard-id=22a750b01b3d68503aeca5237336211fa962937d myself,master - 0 0 1 connected 15495\n"
    b"vars currentEpoch 1 lastVoteEpoch 0\n"
)


def some_view(seed: int = 1) -> ClusterState:
    """Three primaries, one with a replica, who share slots by chance; two are on their way."""
    rng = Random(seed)
    view = ClusterState(Node(A, NODE_MASTER, ip=b"10.0.0.1", port=7001, bus_port=17001))
    for at, node_id in enumerate((B, C, D), 2):
        view.add(Node(node_id, NODE_MASTER, ip=b"10.0.0.%d" % at, port=7001, bus_port=17001))
    for node in view.nodes.values():
        node.shard_id = node.id[::-1]
        node.config_epoch = rng.randrange(100)
        node.pong_received_ms = rng.choice((0, 5000))
    replica = view.nodes[D]
    replica.flags = NODE_SLAVE
    replica.shard_id = view.nodes[B].shard_id
    replica.config_epoch = view.nodes[B].config_epoch
    view.set_primary_of(replica, view.nodes[B])
    owners = [view.nodes[A], view.nodes[B], view.nodes[C], None]
    for start in range(0, SLOTS, 512):
        owner = rng.choice(owners)
        for slot in range(start, start + 512):
            if owner is not None:
                view.assign_slot(slot, owner)
    view.migrating[7] = view.nodes[C]
    view.importing[9] = view.nodes[B]
    view.current_epoch, view.last_vote_epoch = 100, 99
    view.nodes[B].hostname = b"b.example"
    view.nodes[C].human_name = b"third"
    view.nodes[C].tls_port = 7443
    return view


def facts(view: ClusterState) -> object:
    """What a file has to keep."""
    return (
        view.myself.id, view.current_epoch, view.last_vote_epoch,
        [(n.id, n.flag_names(), n.ip, n.port, n.tls_port, n.bus_port, n.hostname, n.human_name,
          n.shard_id, n.primary and n.primary.id, n.config_epoch, bytes(n.slots))
         for n in view.nodes.values()],
        {slot: n.id for slot, n in view.migrating.items()},
        {slot: n.id for slot, n in view.importing.items()},
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_what_is_written_is_read(seed: int) -> None:
    view = some_view(seed)
    found = read(write(view), 1000)
    assert found is not None
    assert facts(found) == facts(view)
    found.check()
    assert write(found).split(b" - ")[0] == write(view).split(b" - ")[0]


def test_a_line_is_what_redis_prints() -> None:
    view = ClusterState(Node(A, NODE_MASTER, ip=b"127.0.0.1", port=7001, bus_port=17001))
    other = Node(B, NODE_MASTER | NODE_FAIL, ip=b"::1", port=7002, bus_port=17002, config_epoch=4)
    other.ping_sent_ms, other.pong_received_ms, other.hostname = 5, 6, b"two"
    other.tls_port = 7443
    view.add(other)
    for slot in (0, 1, 2, 9):
        view.assign_slot(slot, view.myself)
    view.migrating[1] = view.importing[2] = view.importing[5] = other
    assert node_line(view, view.myself) == (
        A + b" 127.0.0.1:7001@17001 myself,master - 0 0 0 connected 0-2 9"
        b" [1->-%b] [2-<-%b] [5-<-%b]" % (B, B, B)
    )
    assert node_line(view, other) == (B + b" ::1:7002@17002,two master,fail - 5 6 4 disconnected")
    assert b" ::1:7443@17002,two " in node_line(view, other, tls=True)


def test_a_replica_is_told_with_its_primary_and_that_ones_epoch() -> None:
    view = some_view()
    words = node_line(view, view.nodes[D]).split(b" ")
    assert words[2:4] == [b"slave", B]
    assert words[6] == b"%d" % view.nodes[B].config_epoch


def test_who_is_not_known_yet_is_not_kept() -> None:
    view = some_view()
    view.add(Node(b"e" * 40, NODE_HANDSHAKE, ip=b"10.0.0.9", port=1, bus_port=2))
    assert b"e" * 40 not in write(view)


def test_a_file_of_redis_is_read() -> None:
    view = read(OF_REDIS, 1000)
    assert view is not None
    view.check()
    assert view.myself.port == 7501
    assert view.myself.ranges() == ((0, 99), (200, 200))
    assert (view.current_epoch, view.last_vote_epoch) == (3, 2)
    _, other, replica = view.nodes.values()
    assert (other.hostname, other.fail_ms) == (b"host-2", 1000)
    assert other.flag_names() == b"master,fail"
    assert (other.ping_sent_ms, other.pong_received_ms) == (1000, 1000)
    assert replica.primary is other
    assert view.migrating == {5: other}
    assert view.importing == {7000: other}
    assert replica.shard_id == other.shard_id != view.myself.shard_id


def test_a_file_of_valkey_is_read() -> None:
    view = read(OF_VALKEY, 1000)
    assert view is not None
    assert (view.myself.ip, view.myself.port, view.myself.tls_port) == (b"", 7502, 0)
    assert view.myself.shard_id == b"22a750b01b3d68503aeca5237336211fa962937d"
    assert view.myself.flags == NODE_MASTER | NODE_MYSELF
    text = write(view)
    assert text.startswith(OF_VALKEY[:-1] + b" crc64 ")


def test_a_file_is_padded_with_empty_lines_by_old_servers() -> None:
    assert read(OF_REDIS + b"\n\n\n", 1000) is not None


def test_an_empty_file_is_that_of_a_new_node() -> None:
    assert read(b"", 1000) is None


def test_an_epoch_of_a_node_is_one_of_the_cluster() -> None:
    view = read(OF_REDIS.replace(b"currentEpoch 3", b"currentEpoch 1"), 1000)
    assert view is not None
    assert view.current_epoch == 3


# ---- not whole


@pytest.mark.parametrize("whole", [OF_REDIS, OF_VALKEY, write(some_view())])
def test_a_file_that_was_cut_short_is_refused_wherever_that_was(whole: bytes) -> None:
    for length in range(1, len(whole)):
        with pytest.raises(BadNodesConf):
            read(whole[:length], 1000)


def test_a_file_in_which_a_bit_has_flipped_is_refused_whichever_that_is() -> None:
    whole = write(some_view())
    for at in range(len(whole)):
        for bit in range(8):
            bad = bytearray(whole)
            bad[at] ^= 1 << bit
            with pytest.raises(BadNodesConf):
                read(bytes(bad), 1000)


def test_a_flipped_bit_in_a_file_of_others_is_no_crash() -> None:
    """It has no checksum; what still makes sense is taken."""
    refused = 0
    for at in range(len(OF_REDIS)):
        for bit in range(8):
            bad = bytearray(OF_REDIS)
            bad[at] ^= 1 << bit
            try:
                view = read(bytes(bad), 1000)
            except BadNodesConf:
                refused += 1
            else:
                assert view is not None
                view.check()
    assert refused > len(OF_REDIS) * 8 * 0.7


def test_noise_is_refused() -> None:
    rng = Random(3)
    for _ in range(500):
        noise = rng.randbytes(rng.randrange(1, 400)).replace(b"\n", b"")
        with pytest.raises(BadNodesConf):
            read(noise + b"\nvars currentEpoch 0 lastVoteEpoch 0\n", 1000)


VARS = b"vars currentEpoch 0 lastVoteEpoch 0\n"
MYSELF = A + b" :7001@17001 myself,master - 0 0 1 connected"
OTHER = B + b" 10.0.0.2:7001@17001 master - 0 0 1 connected"


def lines(*each: bytes) -> bytes:
    return b"".join(line + b"\n" for line in each) + VARS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (VARS, "one node has to be myself"),
        (lines(OTHER), "one node has to be myself"),
        (lines(MYSELF, MYSELF), "same id"),
        (lines(MYSELF, OTHER.replace(b"master", b"myself,master")), "one node has to be myself"),
        (lines(MYSELF + b" 5 5"), "not in order"),
        (lines(MYSELF + b" 9 5"), "not in order"),
        (lines(MYSELF + b" 5-4"), "not in order"),
        (lines(MYSELF + b" 4-5 6"), "not in order"),
        (lines(MYSELF + b" 16384"), "a number"),
        (lines(MYSELF + b" 05"), "a number"),
        (lines(MYSELF + b" 5", OTHER + b" 5"), "slot 5 cannot"),
        (lines(MYSELF + b" [5->-%b]" % B), "slot 5 is on its way to nobody"),
        (lines(MYSELF, OTHER + b" [5->-%b]" % A), "slot 5 is on its way to nobody"),
        (lines(MYSELF.replace(b"master -", b"slave %b" % C)), "follows one that is not there"),
        (lines(MYSELF, OTHER.replace(b"master -", b"master %b" % A)), "follows one"),
        (lines(MYSELF.replace(b"master", b"master,slave")), "either a master or a slave"),
        (lines(MYSELF.replace(b"master", b"master,master")), "flag"),
        (lines(MYSELF.replace(b"master", b"primary")), "flag"),
        (lines(MYSELF.replace(b"connected", b"linked")), "connected or disconnected"),
        (lines(MYSELF.replace(b"@17001", b"@99999")), "a number"),
        (lines(MYSELF.replace(b"@17001", b"@17001,,shard-id=x")), "field behind the address"),
        (lines(MYSELF.replace(b"@17001", b"@17001,,colour=red")), "field behind the address"),
        (lines(MYSELF.replace(b":7001@17001", b":60000")), "an address cannot be read"),
        (lines(MYSELF.replace(b"aaa", b"AAA", 1)), "an id is no id"),
        (lines(MYSELF.rpartition(b" ")[0]), "at least eight"),
        (MYSELF + b"\nvars currentEpoch 1\n", "epochs"),
        (MYSELF + b"\nvars currentEpoch 1 lastVoteEpoch 0 colour 3\n", "more than epochs"),
        (MYSELF + b"\nvars currentEpoch -1 lastVoteEpoch 0\n", "a number"),
        (MYSELF + b"\nvars currentEpoch 1 lastVoteEpoch 0 crc64 0000000000000000\n", "checksum"),
        (VARS + MYSELF + b"\n", "the last line"),
    ],
)  # fmt: skip
def test_what_no_node_writes_is_refused_with_the_reason(text: bytes, reason: str) -> None:
    with pytest.raises(BadNodesConf, match=reason) as caught:
        read(text, 1000)
    assert 1 <= caught.value.line <= text.count(b"\n") + 1


def test_what_is_left_out_is_made_up_as_redis_does() -> None:
    view = read(lines(MYSELF.replace(b"@17001", b"")), 1000)
    assert view is not None
    assert (view.myself.port, view.myself.bus_port) == (7001, 17001)


def test_where_nodes_speak_tls_the_first_port_is_for_that() -> None:
    view = read(lines(MYSELF.replace(b"@17001", b"@17001,,tcp-port=6000,nodename=n-1")), 1000)
    assert view is not None
    assert (view.myself.tls_port, view.myself.port) == (7001, 6000)
    assert view.myself.human_name == b"n-1"
