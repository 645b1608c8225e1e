"""A cluster as simple as can be: a table of slots, and a list of what a node was asked to do."""

from __future__ import annotations

from typing import Any

from redlearn.engine import routing
from redlearn.engine.ports import Route
from redlearn.resp.reply import Failure, Reply
from redlearn.slots import SLOTS, slot_of
from tests.conftest import Redis

HERE = b"a" * 40
THERE = b"b" * 40
"""The two nodes that there are: this one, and another."""

ADDRESSES = {HERE: b"127.0.0.1:7001", THERE: b"127.0.0.1:7002"}


class SketchOfMoves:
    """What a node is asked about moves of slots is noted as well, as the act "moves.something"."""

    def __init__(self, sketch: Sketch) -> None:
        self._asked = sketch.asked

    def require_none(self) -> None:
        """There are none."""

    def __getattr__(self, act: str) -> Any:
        if act.startswith("_"):
            raise AttributeError(act)
        return lambda *args: self._asked.append((f"moves.{act}", *args))


class Sketch:
    """A port of the engine's that says what it was told to say.

    Attributes:
        routes: Where slots are that are not `usual`.
        asked: What the node was asked to do, as (act, *arguments).
    """

    def __init__(self, usual: Route) -> None:
        self.usual = usual
        self.routes: dict[int, Route] = {}
        self.healthy = True
        self.is_replica = False
        self.asked: list[tuple[Any, ...]] = []
        self.my_id, self.my_shard = HERE, b"c" * 40
        self.moves = SketchOfMoves(self)
        self.known = len(ADDRESSES)

    def route(self, slot: int) -> Route:
        return self.routes.get(slot, self.usual)

    def end_of_run(self, slot: int) -> int:
        owner = self.route(slot).owner
        return next(
            (at - 1 for at in range(slot, SLOTS) if self.route(at).owner != owner), SLOTS - 1
        )

    def endpoint(self, node: bytes, *, tls: bool) -> bytes:
        return ADDRESSES[node]

    def bump_epoch(self) -> tuple[bool, int]:
        self.asked.append(("bump_epoch",))
        return len(self.asked) == 1, 7

    def __getattr__(self, act: str) -> Any:
        if act.startswith("_"):
            raise AttributeError(act)

        def note(*args: Any, **named: Any) -> Reply:
            named.pop("tls", None)
            self.asked.append((act, *args, *named.values()))
            return (
                [act.encode()]
                if act in ("links", "slots", "shards", "replicas")
                else _LOOKS.get(act)
            )

        return note


_LOOKS: dict[str, Reply] = {
    "info": b"cluster_state:ok\r\n",
    "nodes": b"a line\n",
    "failure_reports": 3,
}


A = slot_of(b"a")
MOVED = f"MOVED {A} 127.0.0.1:7002"
ASK = f"ASK {A} 127.0.0.1:7002"
TRY_AGAIN = "TRYAGAIN Multiple keys request during rehashing of slot"
CROSS_SLOT = "CROSSSLOT Keys in request don't hash to the same slot"
DOWN = "CLUSTERDOWN The cluster is down"
"""What is said of the key `a`, and of others."""

SERVED = Route(HERE, here=True)
ELSEWHERE = Route(THERE)
NOWHERE = Route(None)
FOLLOWED = Route(THERE, followed=True)
LEAVING = Route(HERE, here=True, leaving_for=THERE)
COMING = Route(THERE, coming_from=THERE)


def said(redis: Redis, *command: str | bytes) -> Reply:
    """The one reply to a command; the text of an error."""
    (reply,) = redis.all(*command)
    return reply.text if isinstance(reply, Failure) else reply


def join(redis: Redis, usual: Route = SERVED) -> Sketch:
    """Make the engine behind a client a node, which serves all slots unless told otherwise."""
    sketch = Sketch(usual)
    routing.join(redis.engine.state, sketch)
    return sketch
