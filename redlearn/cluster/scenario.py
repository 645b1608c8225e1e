"""Scenarios: a cluster, what is done to it and when, and what has to come of it, in a TOML file.

    title = "A primary dies, and its replica takes its place"
    seed = 1

    [cluster]                        # all of it may be left out
    primaries = 3
    replicas = 1
    timeout_ms = 2000                # cluster-node-timeout
    settings = { cluster-require-full-coverage = "no" }

    [weather]                        # of the network: see `network.Conditions`
    delay_us = 200
    loss = 0.01

    [[act]]                          # at a moment, in milliseconds from the beginning
    at_ms = 5000
    crash = "7001"

    [[expect]]
    by_ms = 10000                    # after the acts until then it has to become so;
                                     # with `at_ms`: it has to be so at that moment
    primary = "7004"

Hosts are named by their ports: with three primaries and a replica each, 7001 to 7003 are primaries
and 7004 replicates 7001. An act is one of

    crash = HOST        with power = false the machine goes on, and says that the process is gone
    pause, resume, restart = HOST
    cut = [HOSTS]       from all others, or from = [HOSTS]; with both = false in that direction only
    heal = true         all cuts, or those between heal = [HOSTS] and from = [HOSTS]
    weather = {...}     from now on; between = [HOST, HOST] for one direction
    run = "COMMAND"     on = HOST

and an expectation is one of

    agreed = true       all nodes that run are well and see the same owners and roles
    ok, down = HOST     a node finds the cluster well, or not
    primary, replica = HOST
    reply = "TEXT"      of run = "COMMAND" on = HOST; as redis-cli would print it, or its beginning
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from redlearn.cluster.formation import Shape, acquaint, add_nodes, agreed
from redlearn.cluster.network import Conditions
from redlearn.cluster.server import Freezing
from redlearn.cluster.simulator import (
    Act,
    Crash,
    Cut,
    Heal,
    Pause,
    Restart,
    Resume,
    Simulator,
    Tell,
    Weather,
)
from redlearn.engine.config import parameter
from redlearn.engine.engine import Engine
from redlearn.engine.parameter_kinds import BadSetting
from redlearn.probe import Probe
from redlearn.resp.reply import Reply
from redlearn.resp.text import format_reply, split_args

MOST_NODES: Final = 1000
MOST_US: Final = 3_600_000_000
STEP_MS: Final = 10
"""How often an expectation with `by_ms` is looked at."""


class BadScenario(ValueError):
    """A file that is no scenario; the text says where and why."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """Something that has to be so.

    Attributes:
        at_ms: When it has to be so, or by when it has to become so.
        waits: Whether it has until then.
        kind: Its word in the file; `about` is what stands there.
        command, host: For a reply.
    """

    at_ms: int
    waits: bool
    kind: str
    about: str
    command: tuple[bytes, ...] = ()
    host: str = ""

    def __str__(self) -> str:
        when = "by" if self.waits else "at"
        asked = b" ".join(self.command).decode("utf-8", "replace")
        told = f" to {asked} on {self.host}" if asked else ""
        return f"{when} {self.at_ms} ms: {self.kind} {self.about}{told}".rstrip()

    @property
    def sentence(self) -> str:
        """What has to be so, in a few words, without its moment."""
        asked = b" ".join(self.command).decode("utf-8", "replace")
        return {
            "agreed": "all that run agree on owners and roles",
            "ok": f"{self.about} takes commands",
            "down": f"{self.about} takes no commands",
            "primary": f"{self.about} is a primary",
            "replica": f"{self.about} is a replica",
            "reply": f"{self.host} answers {self.about} to {asked}",
        }[self.kind]


Step = tuple[int, Act] | Expectation
"""An act at its moment, or something expected."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a file says.

    Attributes:
        acts: With their moments, in order.
    """

    title: str
    seed: int
    shape: Shape
    conditions: Conditions
    acts: tuple[tuple[int, Act], ...]
    expectations: tuple[Expectation, ...]

    @property
    def end_ms(self) -> int:
        """The moment of its last expectation; what would come after that is not played."""
        return max(each.at_ms for each in self.expectations)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a scenario.

    Attributes:
        failed: Expectations that were not met, in words.
        met_ms: For each that was, when.
        digest: The hash of the history.
    """

    failed: tuple[str, ...]
    met_ms: tuple[int, ...]
    digest: str


def play(
    scenario: Scenario, *, seed: int | None = None,
    freezer: Callable[[Engine], Freezing] | None = None, probe: Probe | None = None,
) -> tuple[Outcome, Simulator]:  # fmt: skip
    """Play a scenario to the end of its last expectation.

    Args:
        seed: In the place of its own.
    """
    simulator = begin(scenario, seed=seed, freezer=freezer, probe=probe)
    failed, met = [], []
    for step in in_order((*scenario.acts, *scenario.expectations)):
        if not isinstance(step, Expectation):
            at_ms, act = step
            simulator.run_until(max(at_ms, simulator.now_ms))
            simulator.act(act)
        elif comes_about(simulator, step):
            met.append(simulator.now_ms)
        else:
            failed.append(f"seed {simulator.seed}: not {step}")
    return Outcome(tuple(failed), tuple(met), simulator.digest), simulator


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Steps as they come: the acts of a moment before what is expected then; none after the last
    expectation."""

    def place(step: Step) -> tuple[int, bool]:
        return (step.at_ms, True) if isinstance(step, Expectation) else (step[0], False)

    row = sorted(steps, key=place)
    while row and not isinstance(row[-1], Expectation):
        row.pop()
    return row


def begin(
    scenario: Scenario, *, seed: int | None = None,
    freezer: Callable[[Engine], Freezing] | None = None, probe: Probe | None = None,
) -> Simulator:  # fmt: skip
    """The cluster of a scenario, at its beginning."""
    simulator = Simulator(scenario.seed if seed is None else seed, scenario.conditions, probe=probe)
    add_nodes(simulator, scenario.shape, freezer)
    acquaint(simulator, scenario.shape)
    return simulator


def comes_about(simulator: Simulator, expectation: Expectation) -> bool:
    """Go on to the moment of an expectation, or to when it holds; whether it does."""
    while True:
        if expectation.waits and holds(simulator, expectation):
            return True
        if simulator.now_ms >= expectation.at_ms:
            return not expectation.waits and holds(simulator, expectation)
        until = expectation.at_ms
        if expectation.waits:
            until = min(until, simulator.now_ms + STEP_MS)
        simulator.run_until(until)


def holds(simulator: Simulator, expectation: Expectation) -> bool:
    """Whether something is so now."""
    if expectation.kind == "agreed":
        return agreed(simulator)
    server = simulator.member(expectation.host or expectation.about)
    if server is None:
        return False
    state = server.node.state
    match expectation.kind:
        case "ok":
            return bool(state.ok)
        case "down":
            return not state.ok
        case "primary":
            return bool(state.myself.is_primary and state.myself.slot_count)
        case "replica":
            return bool(state.myself.is_replica)
    reply: Reply = server.run(*expectation.command)
    return format_reply(reply).startswith(expectation.about)


# ---- reading ----


def read(text: str) -> Scenario:
    """The scenario that a file describes. Raises BadScenario."""
    try:
        file = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadScenario(f"not TOML: {error}") from None
    _only(file, {"title", "seed", "cluster", "weather", "act", "expect"}, "the file")
    shape = _built(Shape, file.get("cluster", {}), "[cluster]")
    if not (0 < shape.primaries <= MOST_NODES and 0 <= shape.replicas <= MOST_NODES):
        raise BadScenario(f"[cluster]: from 1 to {MOST_NODES} primaries, replicas of each from 0")
    _check_settings(shape.settings)
    conditions = _conditions(file.get("weather", {}), "[weather]")
    names = shape.names
    acts = [_act(row, names, f"act {number}") for number, row in _rows(file, "act")]
    expected = [
        _expectation(row, names, f"expectation {number}") for number, row in _rows(file, "expect")
    ]
    if not expected:
        raise BadScenario("nothing is expected of it")
    title, seed = file.get("title", ""), file.get("seed", 0)
    if not isinstance(title, str) or not isinstance(seed, int):
        raise BadScenario("the title is a text, and the seed a number")
    if not title.isprintable():  # it may be a stranger's: no escapes for whoever's terminal it is
        raise BadScenario("the title is a line of printable text")
    acts.sort(key=lambda pair: pair[0])
    return Scenario(title, seed, shape, conditions, tuple(acts), tuple(expected))


def _check_settings(settings: Mapping[str, object]) -> None:
    for name, text in settings.items():
        row = parameter(name)
        if row is None or not isinstance(text, str):
            raise BadScenario(f"[cluster]: the settings are texts by parameters, not {name!r}")
        try:
            row.read(text)
        except BadSetting as error:
            raise BadScenario(f"[cluster]: {name}: {error}") from None


def _conditions(given: object, place: str) -> Conditions:
    made: Conditions = _built(Conditions, given, place)
    if not all(0 <= share <= 1 for share in (made.loss, made.duplicate, made.reorder)):
        raise BadScenario(f"{place}: loss, duplicate and reorder are shares, from 0 to 1")
    if not all(0 <= us < MOST_US for us in (made.delay_us, made.jitter_us, made.reorder_us)):
        raise BadScenario(f"{place}: delays are microseconds, from 0 to {MOST_US}")
    return made


def _rows(file: dict[str, Any], table: str) -> list[tuple[int, dict[str, Any]]]:
    """The rows of a table of tables, numbered from 1."""
    rows = file.get(table, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadScenario(f"[[{table}]] is a table for each")
    return list(enumerate(rows, 1))


def lines_of(text: str) -> list[str]:
    """The acts and expectations of a file, as they come, each as a line that `step_of` reads.

    Raises BadScenario.
    """
    names = read(text).shape.names
    file = tomllib.loads(text)
    lines = [json.dumps(row) for table in ("act", "expect") for _, row in _rows(file, table)]
    told = [(step_of(line, names), line) for line in lines]
    places = {id(step): line for step, line in told}
    return [places[id(step)] for step in in_order(step for step, _ in told)]


def step_of(line: str, names: list[str]) -> Step:
    """The act or expectation of a line. Raises BadScenario."""
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadScenario(f"no line of a scenario: {error}") from None
    if not isinstance(row, dict):
        raise BadScenario("no line of a scenario")
    if _expects(row):
        return _expectation(row, names, "this")
    return _act(row, names, "this")


def in_words(line: str) -> str:
    """A line of `lines_of` as it is told, without its moment: `crash 7001, power yes`, `heal`.

    >>> in_words('{"by_ms": 900, "primary": "7005"}')
    'expected: primary 7005'
    """
    row = json.loads(line)
    rest = {name: value for name, value in row.items() if name not in ("at_ms", "by_ms")}
    if rest.get("agreed") is True:
        return "expected: agreed"
    if rest == {"heal": True}:
        return "heal"
    return "expected: " * _expects(row) + _told(rest)


def _expects(row: Mapping[str, object]) -> bool:
    """Whether a line is an expectation, and no act."""
    return "by_ms" in row or any(kind in row for kind in _KINDS)


def _told(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_told(each)}" for name, each in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _act(row: dict[str, Any], names: list[str], place: str) -> tuple[int, Act]:
    kinds = [kind for kind in _ACTS if kind in row]
    if len(kinds) != 1:
        raise BadScenario(f"{place} has to be one of {', '.join(_ACTS)}")
    extra, make = _ACTS[kinds[0]]
    _only(row, {"at_ms", kinds[0], *extra}, place)
    return _moment(row, "at_ms", place), make(row, names, place)


def _crash(row: dict[str, Any], names: list[str], place: str) -> Act:
    return Crash(_host(row["crash"], names, place), bool(row.get("power", False)))


def _cut(row: dict[str, Any], names: list[str], place: str) -> Act:
    near = _hosts(row["cut"], names, place)
    far = _hosts(row.get("from", [name for name in names if name not in near]), names, place)
    return Cut(near, far, bool(row.get("both", True)))


def _heal(row: dict[str, Any], names: list[str], place: str) -> Act:
    if row["heal"] is True:
        return Heal()
    return Heal(_hosts(row["heal"], names, place), _hosts(row.get("from", names), names, place))


def _weather(row: dict[str, Any], names: list[str], place: str) -> Act:
    conditions = _conditions(row["weather"], place)
    if "between" not in row:
        return Weather(conditions)
    pair = _hosts(row["between"], names, place)
    if len(pair) != 2:
        raise BadScenario(f"{place}: weather is between two hosts")
    return Weather(conditions, *pair)


def _run(row: dict[str, Any], names: list[str], place: str) -> Act:
    host, words = _command(row, names, place)
    return Tell(host, lambda server: server.run(*words))


_Make = Callable[[dict[str, Any], list[str], str], Act]
_ACTS: Final[dict[str, tuple[tuple[str, ...], _Make]]] = {
    "crash": (("power",), _crash),
    "pause": ((), lambda row, names, place: Pause(_host(row["pause"], names, place))),
    "resume": ((), lambda row, names, place: Resume(_host(row["resume"], names, place))),
    "restart": ((), lambda row, names, place: Restart(_host(row["restart"], names, place))),
    "cut": (("from", "both"), _cut),
    "heal": (("from",), _heal),
    "weather": (("between",), _weather),
    "run": (("on",), _run),
}
_KINDS: Final = ("agreed", "ok", "down", "primary", "replica", "reply")


def _expectation(row: dict[str, Any], names: list[str], place: str) -> Expectation:
    kinds = [kind for kind in _KINDS if kind in row]
    times = [word for word in ("at_ms", "by_ms") if word in row]
    if len(kinds) != 1 or len(times) != 1:
        raise BadScenario(
            f"{place} has a moment, at_ms or by_ms, and is one of {', '.join(_KINDS)}"
        )
    kind, at_ms = kinds[0], _moment(row, times[0], place)
    waits = times[0] == "by_ms"
    _only(row, {kind, times[0], *(("run", "on") if kind == "reply" else ())}, place)
    if kind == "agreed":
        return Expectation(at_ms, waits, kind, "")
    if kind == "reply":
        host, words = _command(row, names, place)
        return Expectation(at_ms, waits, kind, str(row[kind]), words, host)
    return Expectation(at_ms, waits, kind, _host(row[kind], names, place))


def _command(row: dict[str, Any], names: list[str], place: str) -> tuple[str, tuple[bytes, ...]]:
    words = tuple(split_args(str(row.get("run", "")).encode()))
    if not words:
        raise BadScenario(f"{place} has no command to run")
    return _host(row.get("on"), names, place), words


def _moment(row: dict[str, Any], word: str, place: str) -> int:
    at_ms = row.get(word)
    if not isinstance(at_ms, int) or at_ms < 0:
        raise BadScenario(f"{place} needs {word}, in milliseconds")
    return at_ms


def _host(name: object, names: list[str], place: str) -> str:
    if str(name) not in names:
        raise BadScenario(f"{place}: there is no host {name!r}, only {names[0]} to {names[-1]}")
    return str(name)


def _hosts(given: object, names: list[str], place: str) -> tuple[str, ...]:
    if not isinstance(given, list):
        raise BadScenario(f"{place}: hosts stand in a list")
    return tuple(_host(name, names, place) for name in given)


def _only(row: dict[str, Any], known: Iterable[str], place: str) -> None:
    if unknown := sorted(set(row) - set(known)):
        raise BadScenario(f"{place} has {unknown[0]!r}, which means nothing")


def _built(kind: Any, given: object, place: str) -> Any:
    """A dataclass of what a table says; the rest as usual."""
    if not isinstance(given, dict):
        raise BadScenario(f"{place} is a table")
    usual = kind()
    _only(given, (field.name for field in fields(kind)), place)
    for name, value in given.items():
        wanted = getattr(usual, name)
        fits = isinstance(value, type(wanted)) or (isinstance(wanted, float) and value in (0, 1))
        if not fits or isinstance(value, bool):
            raise BadScenario(f"{place}: {name} cannot be {value!r}")
    return kind(**given)
