"""Random programs on the engine and on real servers: the same replies, events, effects, data.

The short form of `compare.py`. The long one is `pytest -m long`, or its command line.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from redlearn.engine.command import COMMANDS
from redlearn.engine.context import Context
from redlearn.resp.reply import Reply
from tests.oracle.avoided import AVOIDED
from tests.oracle.compare import Comparison, Outcome, same_slots, server_to_compare
from tests.oracle.differences import DIFFERENCES
from tests.oracle.servers import Server

SERVERS = ("redis", "valkey")
LONG = [pytest.param(100_000, marks=pytest.mark.long)]


@pytest.fixture(params=SERVERS)
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that appends what changes to a file."""
    with server_to_compare(request.param) as found:
        if found is None:
            pytest.skip(f"there is no {request.param} server here")
        yield found


def explained(outcome: Outcome) -> Outcome:
    """The outcome of a run in which nothing differed without a reason."""
    assert not outcome.unexplained, "\n".join(outcome.unexplained)
    return outcome


@pytest.mark.parametrize("count", [5000, *LONG])
def test_a_real_server_replies_tells_and_keeps_the_same(server: Server, count: int) -> None:
    outcome = explained(Comparison(server, seed=1).run(count))
    assert outcome.compared >= count
    assert outcome.messages.total() > count / 10
    assert outcome.effects.total() > count / 10
    assert outcome.waited.total() > outcome.served.total() > 0
    assert outcome.states.total() > count / 10


@pytest.mark.parametrize("count", [800, pytest.param(50_000, marks=pytest.mark.long)])
def test_a_real_server_finds_the_same_keys_expired(server: Server, count: int) -> None:
    outcome = explained(Comparison(server, seed=2, expiring=True).run(count))
    assert outcome.compared >= count


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize("count", [20_000, pytest.param(1_000_000, marks=pytest.mark.long)])
def test_a_real_cluster_node_puts_keys_into_the_same_slots(name: str, count: int) -> None:
    with server_to_compare(name, cluster=True) as server:
        if server is None:
            pytest.skip(f"there is no {name} server here")
        assert same_slots(server, seed=3, count=count) == []


def plant(monkeypatch: pytest.MonkeyPatch, name: bytes, fault: str) -> None:
    """Let a command go wrong in one way."""
    right = COMMANDS[name].run

    def wrong(ctx: Context, argv: list[bytes]) -> Reply:
        if fault == "it replies something else":
            return [right(ctx, argv)]
        if fault == "it tells something else":
            ctx.notify(argv[1], "nonsense")
        elif fault == "it passes on something else":
            ctx.propagate(b"DEL", argv[1])
        elif fault == "it keeps something else":
            ctx.delete(b"k1")
        return right(ctx, argv)

    monkeypatch.setattr(COMMANDS[name], "run", wrong)


@pytest.mark.parametrize(
    ("fault", "report"),
    [
        ("it replies something else", "theirs b'"),
        ("it tells something else", "theirs      ["),
        ("it passes on something else", "ours pass on   [(b'DEL',"),
        ("it keeps something else", "their"),
    ],
)
def test_a_planted_fault_is_reported(
    monkeypatch: pytest.MonkeyPatch, fault: str, report: str
) -> None:
    plant(monkeypatch, b"SET", fault)
    with server_to_compare("valkey") as server:
        if server is None:
            pytest.skip("there is no valkey server here")
        outcome = Comparison(server, seed=1).run(5000)
    assert outcome.unexplained
    assert report in outcome.unexplained[0]


@pytest.mark.parametrize("each", [*DIFFERENCES, *AVOIDED], ids=lambda each: each.reason[:40])
def test_each_exception_has_a_server_and_a_reason(each: object) -> None:
    assert {*each.servers} <= {*SERVERS}
    assert each.reason.endswith(".")


def test_each_difference_has_a_name_of_its_own() -> None:
    names = [difference.name for difference in DIFFERENCES]
    assert names == sorted({*names}, key=names.index)
