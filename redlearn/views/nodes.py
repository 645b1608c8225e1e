"""What the Nodes pane sees: the cluster as it really is, which none of its nodes can see.

Which processes run, who can reach whom, which client knows what. Beside it the Gossip pane shows
what one node *believes*; between a cut and the moment it is noticed the two differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

NODES_SHOWN: Final = 300

Cut = tuple[str, str]
"""Nothing gets from the first node to the second."""


@dataclass(frozen=True, slots=True)
class NodeBox:
    """One node.

    Attributes:
        name: What acts call it: its port.
        process: "runs", "stopped" (stands still), "dead" (killed), or "dark" (no power).
        role: "primary", "replica of A", by its own word; "" of one that does not run.
        offset: How much of its primary's stream it has, or wrote itself, in bytes.
        health: "ok", or why it takes no commands, by its own word.
    """

    letter: str
    name: str
    process: str
    role: str = ""
    slots: int = 0
    keys: int = 0
    epoch: int = 0
    offset: int = 0
    health: str = "ok"


@dataclass(frozen=True, slots=True)
class NodesView:
    """The cluster from above.

    Attributes:
        groups: The nodes, those that reach each other together.
        one_way: Letters (from, to) between which nothing gets through in that direction only.
        between: Letters of those in one group that reach each other by way of others alone.
        selected: The name of the node that keys act on.
        front: The name of the node that answered last, or is looked at.
        clients: What clients do when they are redirected.
        flying: Messages under way.
        conditions: What ails all messages, in words, or "".
        coordinator: Who moves slots: how far that has come, in words, or "".
    """

    groups: tuple[tuple[NodeBox, ...], ...] = ()
    one_way: tuple[Cut, ...] = ()
    between: tuple[Cut, ...] = ()
    selected: str = ""
    now_ms: int = 0
    clients: str = ""
    flying: int = 0
    conditions: str = ""
    coordinator: str = ""
    front: str = ""


def look_at(
    nodes: Sequence[NodeBox],
    cuts: Iterable[Cut],
    *,
    selected: int = 0,
    now_ms: int = 0,
    clients: str = "",
    flying: int = 0,
    conditions: str = "",
    coordinator: str = "",
    front: str = "",
) -> NodesView:
    """The cluster of these nodes, with these cuts (by name). O(nodes x nodes).

    Args:
        selected: Which of the nodes, in their order, is selected; any number will do.
    """
    shown = list(nodes)[:NODES_SHOWN]
    cut = frozenset(cuts)
    letters = {node.name: node.letter for node in shown}
    one_way = tuple(
        (letters[source], letters[target])
        for source, target in sorted(cut)
        if source in letters and target in letters and (target, source) not in cut
    )
    groups = tuple(_groups(shown, cut))
    between = tuple(
        (near.letter, far.letter)
        for group in groups
        for at, near in enumerate(group)
        for far in group[at + 1 :]
        if (near.name, far.name) in cut and (far.name, near.name) in cut
    )
    return NodesView(
        groups, one_way, between, shown[selected % len(shown)].name if shown else "",
        now_ms, clients, flying, conditions, coordinator, front,
    )  # fmt: skip


def _groups(nodes: Sequence[NodeBox], cut: frozenset[Cut]) -> list[tuple[NodeBox, ...]]:
    """Nodes that reach each other both ways, perhaps by way of others, stand together."""
    left = list(nodes)
    groups = []
    while left:
        group, reached = [left.pop(0)], 0
        while reached < len(group):
            here = group[reached]
            reached += 1
            near = [
                node
                for node in left
                if (here.name, node.name) not in cut and (node.name, here.name) not in cut
            ]
            group += near
            left = [node for node in left if node not in near]
        groups.append(tuple(sorted(group, key=lambda node: nodes.index(node))))
    return groups
