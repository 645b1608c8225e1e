"""Engine: executes commands, one at a time, and lets time pass.

`execute` is the life of a command: the clock is read once, the command is found and
checked, it runs, its reply goes into the client's outbox, and what it changed is passed
on. `tick` is the life of the timer: expired keys are looked for and tables go on being
rehashed. Between two calls nothing runs, and the state is consistent.

Nothing in here does I/O. Sockets, files, the screen and the wall clock are at the edge,
and call in.

Source: `server.c processCommand`, `call`, `serverCron`, `databasesCron`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import redlearn.engine.commands  # noqa: F401  (fills the command table)
from redlearn.clock import Clock
from redlearn.engine import (
    blocking,
    clients,
    counting,
    dispatch,
    eviction,
    expire_cycle,
    monitor,
    pubsub,
    routing,
    tracking,
)
from redlearn.engine.acl_rules import default_user
from redlearn.engine.client import Client, Wait
from redlearn.engine.command import COMMANDS, Command, Flags, find_command
from redlearn.engine.context import Context
from redlearn.engine.effects import Effect, Propagated, as_unit, new_effect
from redlearn.engine.keys import key_positions
from redlearn.engine.pipeline import Pipeline
from redlearn.engine.ports import ScriptRunner
from redlearn.engine.repeated import use_now
from redlearn.engine.state import State
from redlearn.errors import CommandError
from redlearn.probe import Event, Probe
from redlearn.resp.reply import QUEUED, Failure, Reply

REHASH_BUCKETS_PER_TICK = 100
"""How many buckets a tick moves in each table that is being rehashed (Redis: 1 ms' worth)."""


class Engine:
    """A whole Redis in memory.

    Attributes:
        state: Everything it remembers.
        clock: Where it gets the time from.
        pipeline: Runs the commands of a read, faster than one by one (`pipeline.py`).
        carry: Carries out what may take as long as a script wants, for a client, in a way that
            lets others be answered meanwhile (`server/busy.py`); None where nobody else is there.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        probe: Probe | None = None,
        databases: int = 16,
        scripts: ScriptRunner | None = None,
    ) -> None:
        """Args:
        clock: Where it gets the time from.
        seed: Of all its randomness.
        probe: Where it says what it does.
        databases: How many there are.
        scripts: Who runs Lua for it; without anybody, scripts are refused.
        """
        self.clock = clock
        self.probe = probe if probe is not None else Probe()
        self.state = State(seed=seed, databases=databases, probe=self.probe, now_ms=clock.now_ms())
        self.state.scripts.runner = scripts
        self._now = clock.now_ms
        self._context = Context(self.state, clock, self._run_inside)
        self._nobody = self._context.client
        self.pipeline = Pipeline(self._context, self.execute_timed, self._pass_on)
        self._names = COMMANDS
        self.state.users.put(default_user())
        self._settling = False
        self.carry: Callable[[Client, Callable[[], None]], None] | None = None
        self.state.make_room = self._make_room
        self.watch(self.probe.emit)

    def hold_time(self, at_ms: int | None) -> None:
        """Let it be `at_ms` from now on, whatever the clock says; with None, the clock again."""
        self._now = self.clock.now_ms if at_ms is None else lambda: at_ms
        self.state.crowd.monitored_ms = 0 if at_ms is None else self.clock.now_ms()
        self.state.now_ms = self._now()

    # ------------------------------------------------------------------------------------ clients

    def connect(self) -> Client:
        """A new client, on database 0, speaking RESP2."""
        state = self.state
        client = Client(state.next_client_id, state.databases[0], self._now())
        if state.crowd.alert:
            client.be_alert(True)
        state.clients[client.id] = client
        state.stats.connections += 1
        client.authenticated = not state.users.asks
        state.instruct(client)
        state.next_client_id += 1
        return client

    def disconnect(self, client: Client) -> None:
        """Forget a client: its MULTI, its watches and its wait go with it. Once is enough."""
        clients.forget(self.state, client)
        self._settle()

    # ----------------------------------------------------------------------------------- commands

    def execute(self, client: Client, argv: list[bytes]) -> Command | None:
        """Run one command for `client`. Its reply is appended to `client.outbox`.

        A command that blocks has no reply yet; it comes later, out of somebody else's call or
        out of a tick. What a blocked client sends is held until then.

        Args:
            argv: The command's name, in any case, and its arguments; at least one item.

        Returns:
            The command if it ran and nothing about it was out of the ordinary.
        """
        state, now = self.state, self._now  # a name more: Python calls what lies in a slot slowly
        now_ms = now()
        if now_ms != state.now_ms:  # else the int that is there does for all that note the time
            state.now_ms = now_ms
        client.last_ms = state.now_ms
        try:
            command = self._names[argv[0]]
        except KeyError:
            self._execute_closely(client, argv)
            return None
        words = len(argv)
        if client.guarded or words < command.least or words > command.high:
            self._execute_closely(client, argv)
            return None
        client.last_command = command.name
        if client.queue is not None and command.queued:
            if not (client.dirty_exec or client.dirty_cas):
                client.queue.append((command, argv))  # as `dispatch.enqueue`, nobody watching
            client.outbox.append(QUEUED)
            return None
        context = self._context
        context.client = client
        context.db = client.db
        context.quiet = command.write
        context.replaced = False
        dirty, run = state.dirty, command.run
        try:
            reply = run(context, argv)
        except CommandError as error:
            reply = Failure(error.text)
            state.stats.fail(command.name, error.text)
        client.outbox.append(reply)
        # Without sinks a change has nowhere to go: not asking further is a tenth of a SET.
        if state.unsettled or (state.sinks and state.dirty != dirty):
            self._pass_on(context, command, argv, state.dirty != dirty)
        return command

    def _execute_closely(self, client: Client, argv: list[bytes]) -> None:
        """`execute`, where anything is out of the ordinary: the call, the client, the command."""
        if client.limited and not client.hindered and self._is_usual_within_limit(argv):
            client.guarded = False  # the limit has been looked at, and all else is as usual
            self.execute(client, argv)
            client.guard()
            return
        if client.is_held:
            client.held = (*client.held, tuple(argv))
            return
        self._execute_checked(client, argv)
        if client.asking and not client.is_held:
            routing.end_asking(client, find_command(argv))

    def _execute_checked(self, client: Client, argv: list[bytes]) -> None:
        verdict = dispatch.admit(self.state, client, argv)
        command = verdict.command
        if command is None:
            self._answer(client, verdict.reply)
            return
        if clients.is_paused(self.state, client, command):
            clients.postpone(self.state, client, argv)
            return
        client.last_command = command.name
        if client.queue is not None and command.queued:
            self._answer(client, dispatch.enqueue(self.state, client, command, argv))
        else:
            self._run_and_settle(client, command, argv)

    def _run_and_settle(self, client: Client, command: Command, argv: list[bytes]) -> None:
        """Run a command that passed all checks; what may take long is carried, if it can be."""
        if client.migrates:
            self._run_for_another(client, command, argv)
        elif self.carry is not None and _may_take_long(client, command):
            self.carry(client, partial(self._run_then_settle, client, command, argv))
        else:
            self._run_then_settle(client, command, argv)

    def _run_for_another(self, client: Client, command: Command, argv: list[bytes]) -> None:
        """Run what another node of a cluster ran: at no time, nothing is over but by its word."""
        self.hold_time(0)
        try:
            self._run(client, command, argv, None)
        finally:
            self.hold_time(None)
        use_now(self.state, client.db, [(command, argv)])
        self._settle()

    def _run_then_settle(self, client: Client, command: Command, argv: list[bytes]) -> None:
        timer = self.state.stats.timer
        begun = timer() if timer is not None else 0
        self._run(client, command, argv, None)
        if client.asking and client.wait is None:  # once it has run, which may be much later
            routing.end_asking(client, command)
        if client.postponed and timer is not None:  # so late that `execute_timed` is over
            counting.count(self.state, client, command, argv, timer() - begun)
        self._settle()

    def aside(self, act: Callable[[], object]) -> None:
        """Let something happen while the command that runs is in its midst, waiting for Lua.

        What that command has come to so far is put aside: nobody is served because of it yet,
        and none of its effects is passed on by another.
        """
        state, context, crowd = self.state, self._context, self.state.crowd
        kept = (context.client, context.db, context.replaced, context.quiet, context.wish)
        now_ms, effects, deferred = state.now_ms, state.effects, state.deferred
        changes, settling = crowd.tracked_changes, self._settling
        state.effects, state.deferred, crowd.tracked_changes = [], [], {}
        self._settling = True
        try:
            act()
        finally:
            context.client, context.db, context.replaced, context.quiet, context.wish = kept
            state.now_ms, state.effects, state.deferred = now_ms, effects, deferred
            state.unsettled = True
            crowd.tracked_changes = changes | crowd.tracked_changes  # those wait for the turn's end
            self._settling = settling

    def execute_timed(self, client: Client, argv: list[bytes]) -> Command | None:
        """`execute`, counted and timed by `State.stats`, whose timer somebody has to have set.

        What is queued, held or refused did not run, and is not counted as if it had. A command
        that blocks counts once, when it begins to wait. What it gives back is that of `execute`.
        """
        stats = self.state.stats
        timer = stats.timer
        assert timer is not None
        held = client.guarded and client.is_held
        stats.refused = False
        begun = timer()
        command = self.execute(client, argv)
        taken = timer() - begun
        if command is None or taken >= stats.remarkable:
            if not held and not stats.refused:
                counting.count_closely(self.state, client, argv, taken)
            return command
        stats.noted(command.name).append(taken)
        return command

    def _run(
        self, client: Client, command: Command, argv: list[bytes], before: Wait | None
    ) -> None:
        """Run a command that passed all checks, or park it. `before`: it was parked already."""
        state, context = self.state, self._context
        context.client = client
        context.db = client.db
        context.replaced = False
        context.take_wish()  # nobody granted it: the command ran inside another
        emit = state.probe.emit
        if emit:
            emit(CommandStarted(client.id, command.name, tuple(argv)))
        reply = self._call(command, argv)
        self._flush_effects(command.apart)
        wish = context.take_wish()
        if wish is not None and command.may_block:
            blocking.park(state, client, wish, argv, before)
            return
        self._answer(client, reply)
        if before is not None:
            state.reached[client.id] = None
        self._tell_others(client)
        if emit:
            emit(CommandFinished(command.name, reply))

    def _answer(self, client: Client, reply: Reply) -> None:
        """Answer a client; what another node of a cluster is not to hear is noted here."""
        if client.migrates and type(reply) is Failure and self.state.cluster is not None:
            self.state.cluster.moves.failed(client.id, reply.text)
        client.answer(reply)

    def _tell_others(self, client: Client | None) -> None:
        """After a reply: what others, or its own client, are to hear of the command."""
        state = self.state
        if state.crowd.tracked_changes and not state.crowd.by_turns:
            tracking.broadcast(state, client)
        if state.deferred:
            pubsub.deliver_deferred(state)

    def _call(self, command: Command, argv: list[bytes]) -> Reply:
        """Run one command and collect its effects (`server.c call`)."""
        state, context = self.state, self._context
        dirty = state.dirty
        context.quiet = command.write
        try:
            reply = command.run(context, argv)
        except CommandError as error:
            reply = Failure(error.text)
            state.stats.fail(command.name, error.text)
        if context.replaced:
            context.replaced = False
        elif state.dirty != dirty and command.write and (state.sinks or state.probe.emit):
            state.effects.append(Effect(context.db.index, tuple(argv)))
        if state.crowd.alert or context.client.tracking is not None:
            self._note(command, argv)
        return reply

    def _note(self, command: Command, argv: list[bytes]) -> None:
        """Let monitors see a command, and tracking what was read."""
        state, client = self.state, self._context.client
        if state.crowd.monitors:
            monitor.tell(state, client, command, argv)
        if client.tracking is not None:
            if Flags.READONLY in command.flags and Flags.SKIP_MONITOR not in command.flags:
                keys = [argv[at] for at in key_positions(command, argv)]
                tracking.remember(state, client, keys)
            if command.name not in ("client|caching", "exec", "multi") and not (
                state.scripts.running
            ):
                tracking.forget_choice(client)

    def _run_inside(self, command: Command, argv: list[bytes]) -> Reply:
        """Run a command inside the one that runs (EXEC's queue, scripts)."""
        stats = self.state.stats
        if stats.timer is None:
            watched = self.state.probe.emit is not None
            return self._call_inside(command, argv) if watched else self._call(command, argv)
        begun = stats.timer()
        reply = self._call_inside(command, argv)
        counting.count(self.state, self._context.client, command, argv, stats.timer() - begun)
        return reply

    def _call_inside(self, command: Command, argv: list[bytes]) -> Reply:
        emit = self.state.probe.emit
        if emit is None:
            return self._call(command, argv)
        emit(CommandStarted(self._context.client.id, command.name, tuple(argv)))
        reply = self._call(command, argv)
        emit(CommandFinished(command.name, reply))
        return reply

    def _pass_on(
        self, context: Context, command: Command, argv: list[bytes], changed: bool
    ) -> None:
        """Add the command's own words to its effects, unless it replaced them; hand all out."""
        state, sinks = self.state, self.state.sinks
        usual = not state.unsettled  # there is nothing but this
        state.unsettled = False
        if not context.replaced and changed and command.write and sinks:
            effect = new_effect(Effect, (context.db.index, tuple(argv)))
            if not state.effects:  # as a rule: a unit of its own
                unit = (effect,)
                for sink in sinks:
                    sink(unit)
                known, client = state.durability, context.client
                if known.log != "off":  # whoever else listens does not count
                    known.offset += 1
                client.written = known.offset
                client.streamed = state.replication.offset
                if usual and not state.released:
                    return
            else:
                state.effects.append(effect)
        if state.effects:
            self._flush_effects(command.apart)
        if state.deferred:
            pubsub.deliver_deferred(state)
        if state.ready or state.released:
            self._settle()

    def _flush_effects(self, apart: bool = False) -> None:
        """Hand out what waits to be passed on, as one unit unless each is to go by itself."""
        state = self.state
        if not state.effects:
            return
        unit = tuple(state.effects) if apart else as_unit(state.effects)
        state.effects = []
        for sink in state.sinks:
            sink(unit)
        client, known = self._context.client, state.durability
        known.offset += known.log != "off"
        client.written, client.streamed = known.offset, state.replication.offset
        if emit := state.probe.emit:
            emit(Propagated(unit))

    # ------------------------------------------------------------------------------------ waiting

    def _settle(self) -> None:
        """Serve those who wait for keys that are ready, and run what they sent meanwhile.

        Serving may make further keys ready (BLMOVE does), and so may what was held, so it goes
        on until nothing is left. Source: `blocked.c` handleClientsBlockedOnKeys.
        """
        state = self.state
        if self._settling or not (state.ready or state.released):
            return
        self._settling = True
        try:
            while state.ready or state.released:
                while state.ready:
                    self._serve_next_key()
                if state.released:
                    self._run_next_held()
        finally:
            self._settling = False

    def _serve_next_key(self) -> None:
        """Run the commands again that wait for the key that was ready first."""
        state = self.state
        index, key = next(iter(state.ready))
        del state.ready[index, key]
        db = state.databases[index]
        for client in blocking.candidates(state, db, key):
            wait = client.wait
            if wait is not None and blocking.is_wanted(db, key, wait):
                asking = client.asking  # holds for as long as its command does
                blocking.leave(state, client)
                client.asking = asking
                verdict = dispatch.admit_again(state, client, list(wait.argv))
                if verdict.command is None:
                    self._answer(client, verdict.reply)
                    state.reached[client.id] = None
                    continue
                self._run(client, verdict.command, list(wait.argv), wait)
                client.asking = asking and client.wait is not None
                if client.wait is None and (emit := state.probe.emit):
                    emit(blocking.ClientServed(client.id, key, state.now_ms - wait.since_ms))

    def _run_next_held(self) -> None:
        """Run one command that a client sent while it was parked."""
        state = self.state
        client = state.clients.get(state.released[0])
        if client is None or client.is_held or not client.held:
            del state.released[0]  # of those that wait again: until they are released anew
            return
        argv, client.held = list(client.held[0]), client.held[1:]
        if state.stats.timer is None:
            self.execute(client, argv)
        else:
            self.execute_timed(client, argv)
            state.stats.refused = False  # it is not that of the command because of which this ran

    # --------------------------------------------------------------------------------------- time

    def before_sleep(self) -> None:
        """Commands have been run, and their replies are about to be sent (`server.c beforeSleep`).

        Who tracks keys by BCAST is told of what they changed, in one message. What they changed is
        written to the log, if there is one; whoever waited for that is answered.
        """
        if self.state.crowd.tracked_changes:
            tracking.broadcast(self.state, None)
        if self.state.cluster is not None:
            self.state.cluster.before_sleep()
        self.state.store.before_sleep()
        if self.state.released:
            self._settle()
        self._context.client = self._nobody  # what comes by itself is no client's write

    def tick(self) -> None:
        """Do what Redis does `hz` times a second: timeouts, the expiry cycle, and rehashing.

        Waits that end are due at `state.timeouts[0]`, and Redis looks at those whenever it can.
        """
        state = self.state
        state.now_ms = self._now()
        blocking.give_up(state)
        if state.cron_paused:
            self._settle()
            return
        if state.cluster is not None:
            state.cluster.cron()
            routing.redirect_blocked(state)
        if any(until_ms <= state.now_ms for until_ms, _ in state.crowd.pauses.values()):
            clients.end_pauses(state)
        replica = state.replication.primary is not None
        if (
            state.active_expire
            and not state.crowd.paused_until_ms
            and not replica
            and not state.coming
        ):
            cycle = partial(expire_cycle.run, self._context, self._flush_effects)
            state.stats.measure("expire-cycle", state.now_ms, cycle)
        if state.config.flag("activerehashing"):
            for db in state.databases:
                db.keys.rehash_steps(REHASH_BUCKETS_PER_TICK)
                db.expires.rehash_steps(REHASH_BUCKETS_PER_TICK)
        self._tell_others(None)
        if state.ledger is not None:
            state.ledger.recount_tables()
        if state.evicting:
            self._make_room()
        state.store.cron()
        self._settle()

    def drop_slot(self, slot: int) -> int:
        """Delete the keys of a slot that another node has now; how many there were."""
        removed = routing.drop_keys(self._context, slot)
        self._flush_effects()
        return removed

    def pass_on(self, argv: list[bytes]) -> None:
        """Let those whom effects are passed on to have a command that changes no key."""
        self.state.effects.append(Effect(0, tuple(argv)))
        self._flush_effects()

    def flush(self) -> None:
        """Delete all keys, as one who is to get those of another server."""
        for db in self.state.databases:
            self._context.clear(db)
        tracking.flushed(self.state, None)

    def _is_usual_within_limit(self, argv: list[bytes]) -> bool:
        """Whether nothing is out of the ordinary but that there is a limit, and it is kept."""
        state, command = self.state, self._names.get(argv[0])
        if command is None or command.guarded or not command.low <= len(argv) <= command.high:
            return False
        if state.over_limit():
            return False
        state.out_of_memory = False
        return True

    def _make_room(self) -> bool:
        """Evict keys while memory is over its limit; whether nothing could be done about it."""
        state, context = self.state, self._context
        state.evicting = False
        client, context.client = context.client, self._nobody
        act = partial(eviction.make_room, context, self._flush_effects)
        outcome = state.stats.measure("eviction-cycle", state.now_ms, act)
        context.client = client
        return outcome is eviction.Outcome.FAIL

    # ----------------------------------------------------------------------------------- watching

    def watch(self, emit: Callable[[Event], None] | None) -> None:
        """Let `emit` have every event from now on; None ends it. One watcher at a time."""
        self.probe.emit = emit
        self.state.pay_attention()
        clients.be_alert(self.state)

    def check(self) -> None:
        """Assert every invariant of every database and value. O(everything); for tests."""
        for db in self.state.databases:
            db.check()
        blocking.check(self.state)
        pubsub.check(self.state)
        if self.state.ledger is not None:
            self.state.ledger.check()


def _may_take_long(client: Client, command: Command) -> bool:
    """Whether a command runs a script, or is an EXEC of one that does."""
    if command.name != "exec":
        return command.runs_scripts
    return any(queued.runs_scripts for queued, _ in client.queue or ())


@dataclass(frozen=True, slots=True)
class CommandStarted(Event):
    """A command passed all checks and starts to run."""

    client: int
    name: str
    argv: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class CommandFinished(Event):
    """A command is done, and this is its reply (a Failure if it refused)."""

    name: str
    reply: Reply
