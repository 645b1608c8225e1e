"""Panes of a cluster find their views: the map, the film, the bus, the nodes and their keys."""

from __future__ import annotations

from redlearn.clock import VirtualClock
from redlearn.lines import plain
from redlearn.panes import gossip, nodes, route, slots
from redlearn.timeline.cluster_session import open_cluster
from redlearn.timeline.session import Recipe, Session
from redlearn.timeline.world import World
from redlearn.tui.annex import Annex, Later
from redlearn.tui.desk import Desk
from redlearn.tui.pane_host import Window
from redlearn.views.gossip import GossipView
from redlearn.views.log import LogLine, LogView
from redlearn.views.nodes import NodesView
from redlearn.views.route import RouteView
from tests.cluster.test_client import FOO
from tests.timeline.test_cluster_world import Play

ROOM = Window(78, 14)


class InTown(Recipe):
    """A recipe of the made-up cluster that the world's own tests use."""

    def world(self, clock: VirtualClock) -> World:
        play = Play()
        play.world.clock = clock
        clock.ms = play.world.simulator.clock.ms
        for name in play.world.nodes():
            member = play.world.member(name)
            assert member is not None
            member.engine.state.databases[0].index_slots()
        return play.world


def desk_in_town() -> tuple[Desk, Annex]:
    desk = Desk(Session(InTown()))
    return desk, Annex(desk)


def test_without_a_cluster_there_is_nothing_of_it() -> None:
    annex = Annex(Desk(Session()))
    assert not annex.is_there()
    assert annex.world is None
    assert annex.route(ROOM) == RouteView()
    assert annex.gossip(ROOM) == GossipView()
    assert annex.nodes(ROOM) == NodesView()
    assert annex.node() == ""


def test_nodes_are_lettered_by_their_ports() -> None:
    _, annex = desk_in_town()
    assert annex.world is not None
    assert annex.letters(annex.world) == {"7001": "A", "7002": "B", "7003": "C"}


def test_the_film_is_that_of_the_learners_last_command() -> None:
    desk, annex = desk_in_town()
    desk.run("GET foo")
    view = annex.route(ROOM)
    assert view.command == "GET foo"
    assert [letter for _, letter in view.lanes] == ["A", "C"]
    assert "from 7003" in plain(route.render(view, 78, 20))


def test_stepping_through_a_command_winds_the_film() -> None:
    desk, annex = desk_in_town()
    desk.run("GET foo")
    whole = annex.route(ROOM)
    assert whole.shown == len(whole.steps) > 8
    desk.go_micro(-3)
    shorter = annex.route(ROOM)
    assert shorter.steps == whole.steps
    assert shorter.shown < whole.shown


def test_going_back_in_time_shows_the_film_of_the_command_before() -> None:
    desk, annex = desk_in_town()
    desk.run("GET foo")
    desk.run("GET bar")
    desk.go(-1)
    assert annex.route(ROOM).command == "GET foo"


def test_while_a_command_waits_the_film_is_its_own_whatever_is_sent_behind_it() -> None:
    desk, annex = desk_in_town()
    desk.run("GET foo")
    assert annex.world is not None
    annex.world.simulator.member("7003").silent = True
    desk.run("BLPOP foo 0")
    desk.run("PING")
    assert annex.route(ROOM).command == "BLPOP foo 0"


def test_the_map_is_what_the_node_in_front_believes() -> None:
    desk, annex = desk_in_town()
    desk.run("GET foo")
    view = annex.slots(b"foo")
    assert view.believer == "C"
    assert "nobody owns it" in plain(slots.render(view, 78, 14))


def test_a_slot_can_be_looked_into() -> None:
    desk, annex = desk_in_town()
    desk.run("GET foo")
    annex.slot = FOO
    view = annex.slots(b"foo")
    assert view.inside is not None
    assert view.inside.number == FOO


def test_the_bus_is_seen_from_the_node_in_front() -> None:
    desk, annex = desk_in_town()
    desk.run("GET foo")
    view = annex.gossip(ROOM)
    assert view.believer == "C"
    assert "as C sees it" in plain(gossip.render(view, 78, 14))
    assert annex.node() == "C 7003"


def test_clients_are_called_what_they_are_and_not_what_their_numbers_are_elsewhere() -> None:
    desk = Desk(open_cluster(3, 1), "cluster")
    annex = Annex(desk)
    assert Annex(Desk(Session())).clients() == {}
    desk.run("PING")
    desk.run("@7003 PING")
    desk.run("@b@7003 PING")
    world = annex.world
    assert world is not None
    member = annex.faced(world)[1]
    assert member is not None
    named = annex.clients()
    assert sorted(named.values()) == ["@b", "you"]
    addresses = {member.engine.state.clients[number].address.split(":")[0] for number in named}
    assert addresses == {"10.0.0.9"}


def test_nodes_are_shown_as_they_are_and_keys_act_on_the_selected_one() -> None:
    desk, annex = desk_in_town()
    keys, second = annex.keys(), Window(78, 14, 0, 1)
    assert keys["k"](second) == ("kill", "7002")
    desk.session.act("kill", "7002")
    assert "B 7002   dead" in plain(nodes.render(annex.nodes(second), 78, 14))
    assert keys["k"](second) == ("restart", "7002")
    assert keys["s"](ROOM) == ("stop", "7001")
    desk.session.act("stop", "7001")
    assert keys["s"](ROOM) == ("cont", "7001")


def test_the_line_of_a_partition_is_moved_node_by_node() -> None:
    desk, annex = desk_in_town()
    keys, second = annex.keys(), Window(78, 14, 0, 1)
    assert keys["p"](ROOM) == ("partition", "7002", "7003", "|", "7001")
    desk.session.act(*keys["p"](ROOM))
    words = keys["p"](second)
    assert words[0] == "partition"
    desk.session.act(*words)
    groups = [{node.name for node in group} for group in annex.nodes(ROOM).groups]
    assert {"7001", "7002"} in groups or {"7003"} in groups


def test_enter_puts_a_node_in_front_and_lets_it_go_again() -> None:
    desk, annex = desk_in_town()
    second = Window(78, 14, 0, 1)
    assert annex.keys()["enter"](second) == ("face", "7002")
    desk.session.act("face", "7002")
    assert annex.node() == "pinned: B 7002"
    assert annex.keys()["enter"](second) == ("face",)


def test_a_pane_may_be_loaded_when_it_is_drawn() -> None:
    later = Later("Nodes", "redlearn.panes.nodes")
    assert later.TITLE == nodes.TITLE
    assert later.render(NodesView(), 78, 3) == nodes.render(NodesView(), 78, 3)


def test_the_film_of_a_coordinator_is_that_of_its_orders_wound_with_its_steps() -> None:
    desk = Desk(open_cluster(3, 0))
    annex = Annex(desk)
    desk.run("SET {bar}:1 one")
    desk.session.act("reshard", "5061", "7001", "7002", "step")
    desk.session.act("order", "2")
    film = annex.route(ROOM)
    assert (film.command, film.sender, film.manner) == (":order 2", "tool", "")
    assert [step.kind for step in film.steps] == ["send", "reply"] * 5
    assert "SETSLOT 5061 MIGRATING" in film.steps[-2].says
    assert film.shown == 10
    assert desk.go_micro(-len(desk.steps()))
    assert annex.route(ROOM).shown == 6, "what it asked first, and neither order"
    assert plain(route.render(annex.route(ROOM), 78, 14)).splitlines()[1].startswith("   tool")
    desk.session.step(1)
    desk.run("GET {bar}:1")
    assert annex.route(ROOM).sender == "you"


def test_a_coordinator_at_work_stands_among_the_nodes() -> None:
    desk = Desk(open_cluster(3, 0))
    annex = Annex(desk)
    assert annex.nodes(ROOM).coordinator == ""
    desk.session.act("reshard", "5061", "7001", "7002", "step")
    says = annex.nodes(ROOM).coordinator
    assert says.startswith("3 orders given, next 127.0.0.1:7002: CLUSTER SETSLOT 5061 IMPORTING")
    assert "coordinator  3 orders given" in plain(nodes.render(annex.nodes(ROOM), 78, 14))
    desk.session.act("order", "all")
    assert annex.nodes(ROOM).coordinator == ""


def test_slots_that_move_as_a_whole_are_on_the_map_until_they_have() -> None:
    desk = Desk(open_cluster(3, 0))
    annex = Annex(desk)
    assert annex.world is not None
    target = annex.world.member("7002")
    assert target is not None
    there = target.state.myself.id.decode()
    desk.run(f"@7001 CLUSTER MIGRATESLOTS SLOTSRANGE 3 5 NODE {there}")
    moving = annex.slots(b"").moving
    assert [(each.slot, each.source, each.target) for each in moving] == [
        (3, "A", "B"), (4, "A", "B"), (5, "A", "B"),
    ]  # fmt: skip
    assert "3 A→B" in plain(slots.render(annex.slots(b""), 78, 14))
    desk.session.advance(500)
    assert annex.slots(b"").moving == ()


def test_the_film_of_a_failover_tells_what_the_nodes_did_and_is_the_same_back_and_forth() -> None:
    desk = Desk(open_cluster(3, 1))
    annex = Annex(desk)
    desk.run("SET foo bar")
    desk.session.act("kill", "7003")
    desk.run("GET foo")
    end = annex.route(ROOM)
    news = [step.says for step in end.steps if step.kind == "news"]
    assert news == [
        "meanwhile B knows of a majority that misses C: it has failed",
        "meanwhile F is elected in epoch 4 by B and A",
        "F takes the place of C: slots 10923-16383",
    ]
    back = [end, *(annex.route(ROOM) for _ in desk.steps() if desk.go_micro(-1))]
    assert back[-1].shown == 0
    forth = [back[-1], *(annex.route(ROOM) for _ in desk.steps() if desk.go_micro(1))]
    assert forth == back[::-1]


def test_steps_of_what_came_after_the_command_leave_its_film_whole() -> None:
    desk = Desk(open_cluster(3, 1))
    annex = Annex(desk)
    desk.run("GET foo")
    end = annex.route(ROOM)
    desk.session.act("kill", "7003")
    desk.session.advance(5_000)
    assert desk.go_micro(-1)
    assert desk.micro is not None
    assert annex.route(ROOM) == end


def test_the_log_calls_nodes_by_letter_also_where_it_has_their_whole_ids() -> None:
    _, annex = desk_in_town()
    assert annex.world is not None
    node = annex.world.member("7002")
    assert node is not None
    name = node.state.myself.id.decode()
    lines = (LogLine("command", f"CLUSTER FORGET {name}"), LogLine("told", f"node {name[:8]} is"))
    named = annex.named(LogView(lines)).lines
    assert [line.text for line in named] == ["CLUSTER FORGET B", "node B 7002 is"]
    assert annex.called(f"Node {name[:8]} suspects node {name[:8]}: it") == "B suspects B: it"
