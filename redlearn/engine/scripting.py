"""Scripting: how a script runs, and what it may ask of the engine.

A script runs elsewhere (`ports.ScriptRunner`): real Lua, which nobody could stop in here. What
comes back are messages, of which the first byte says what they are:

    C 2 *3...    redis.call or pcall: the protocol that the reply is wanted in, and the call
    L 3 text     redis.log: the level and the text
    P 3          redis.set_repl: who is to hear of what follows
    A *3...      redis.acl_check_cmd
    R reply      the end: what the script returned
    E *3...      the end: an error, with the place where it came up
    X text       the end: something that is no error as Redis knows them
    S text       the end: it does not compile
    F *...       the end: the functions that a library has registered
    O            the end: it compiles
    K why        the end: it was killed

While it runs nothing else does, so nobody sees half of what it does. There is no way back
either: what it did before an error stays. What it changed is passed on as one unit.

Unlike Redis: what a library keeps in its locals is as it was at its loading in every call; a
script that is killed does not say in which line it was; a reply nests 511 tables, not some 8,000.

Sources: `script.c` scriptPrepareForRun, scriptCall; `script_lua.c` luaRedisGenericCommand,
luaCallFunction.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from redlearn.cluster_errors import (
    SCRIPT_CROSSES_SLOTS,
    SCRIPT_IN_CLUSTER,
    SCRIPT_NOT_LOCAL,
    SCRIPT_WHEN_DOWN,
    SCRIPT_WRITES_WHEN_DOWN,
)
from redlearn.engine import acl
from redlearn.engine.command import COMMANDS, Command, Flags, find_command
from redlearn.engine.context import Context
from redlearn.engine.ports import REQUESTS
from redlearn.engine.routing import NO_SLOT, Refusal, find_way
from redlearn.engine.scripts import Running
from redlearn.errors import (
    BUSY_FUNCTION,
    BUSY_SCRIPT,
    NO_REPLICAS,
    NO_SCRIPTS_HERE,
    NOT_BUSY,
    OUT_OF_MEMORY,
    READ_ONLY,
    SCRIPT_ARITY,
    SCRIPT_COMPILE,
    SCRIPT_FAILED,
    SCRIPT_GIVEN_UP,
    SCRIPT_KILLED,
    SCRIPT_LOST,
    SCRIPT_MEMORY,
    SCRIPT_NO_WRITES,
    SCRIPT_NOT_ALLOWED,
    SCRIPT_RO_COMMAND,
    SCRIPT_UNKNOWN,
    UNKILLABLE,
    CommandError,
    as_text,
)
from redlearn.probe import Event
from redlearn.resp.decode import ReplyDecoder
from redlearn.resp.double import format_double
from redlearn.resp.encode import encode, encode_command
from redlearn.resp.integer import INT64_MAX
from redlearn.resp.reply import OK, Failure, Reply

NO_ENGINE_ANSWER: Final = b"_\r\n"

_DEATHS: Final = {
    b"killed": SCRIPT_KILLED,
    b"steps": SCRIPT_GIVEN_UP,
    b"time": SCRIPT_GIVEN_UP,
    b"memory": SCRIPT_MEMORY,
}


@dataclass(frozen=True, slots=True)
class Job:
    """What is to run.

    Attributes:
        kind: "eval", "call" (a function), "load" (a library) or "compile".
        body: The Lua text.
        name: What errors call it: the SHA-1 of a script, the name of a function.
        flags: What its shebang or its registration says; None for a script without shebang.
        keys, arguments: What it is given.
        read_only: It was called by a command that may not write.
    """

    kind: str
    body: bytes
    name: bytes
    flags: frozenset[bytes] | None = None
    keys: tuple[bytes, ...] = ()
    arguments: tuple[bytes, ...] = ()
    read_only: bool = False

    def encode(self, seed: int) -> bytes:
        """The job as the runner gets it."""
        head = [self.kind.encode(), self.body, self.name, b"%d" % seed, b"%d" % len(self.keys)]
        return encode_command([*head, *self.keys, *self.arguments])


def run(ctx: Context, job: Job, argv: list[bytes]) -> Reply:
    """Run a script to its end, and give its reply.

    Raises:
        CommandError: It may not run, or ended in an error.
    """
    _check(ctx, job)
    flags = job.flags or frozenset()
    running = Running(
        name=job.name,
        is_eval=job.kind == "eval",
        argv=tuple(argv),
        since_ms=ctx.now_ms,
        read_only=job.read_only or b"no-writes" in flags,
        allow_oom=b"allow-oom" in flags,
        crosses=job.flags is None or b"allow-cross-slot-keys" in flags,
    )
    if emit := ctx.state.probe.emit:
        emit(ScriptStarted(job.name, running.is_eval, job.keys, job.arguments))
    client, db = ctx.client, ctx.db
    ctx.state.scripts.running = running
    try:
        outcome = _converse(ctx, job, running)
    finally:
        ctx.state.scripts.running = None
        client.db = ctx.db = db  # a SELECT of the script's is its own
        ctx.client = client
    reply = _reply_of(outcome, job)
    _count_errors(ctx, running, reply)
    if emit:
        emit(ScriptEnded(job.name, running.is_eval, reply))
    return reply


def prepare(ctx: Context, job: Job) -> bytes:
    """Let a job run that calls nothing, a script that is compiled or a library that is loaded.

    Returns:
        The message at its end.
    """
    scripts = ctx.state.scripts
    scripts.running = Running(job.name, True, (), ctx.now_ms, read_only=True, allow_oom=True)
    try:
        return _converse(ctx, job, None)
    finally:
        scripts.running = None


def _converse(ctx: Context, job: Job, running: Running | None) -> bytes:
    """Let a job run, serve what it asks for, and give the message at its end."""
    runner = ctx.state.scripts.runner
    if runner is None:
        raise CommandError(NO_SCRIPTS_HERE)
    seed = ctx.state.chance.scripts.getrandbits(31)
    message = runner.begin(job.encode(seed))
    while message[:1] in REQUESTS:
        answer = NO_ENGINE_ANSWER if running is None else _serve(ctx, running, message)
        message = runner.go_on(answer)
    return message


# ------------------------------------------------------------------------------------- may it run


def _check(ctx: Context, job: Job) -> None:
    """Whether it may run at all; only what has a shebang says beforehand what it will do."""
    if job.flags is None:
        return
    if ctx.state.cluster is not None and b"no-cluster" in job.flags:
        raise CommandError(SCRIPT_IN_CLUSTER)
    if job.read_only and b"no-writes" not in job.flags:
        raise CommandError(SCRIPT_RO_COMMAND)
    if b"no-writes" not in job.flags and (trouble := _trouble(ctx)):
        raise CommandError(trouble)
    if ctx.state.limit and ctx.state.out_of_memory and not job.flags & {b"allow-oom", b"no-writes"}:
        raise CommandError(OUT_OF_MEMORY)


def _trouble(ctx: Context) -> str:
    """Why nothing may be written: what could not be kept is not changed by scripts either."""
    if ctx.client.obeyed:
        return ""
    if ctx.state.replication.primary is not None and ctx.state.config.flag("replica-read-only"):
        return READ_ONLY
    if ctx.state.lacks_replicas:
        return NO_REPLICAS
    return ctx.state.durability.trouble(ctx.state.config)


def _check_call(ctx: Context, running: Running, argv: list[bytes]) -> Command:
    """Whether the script may call this, in the order of `script.c` scriptCall."""
    command = find_command(argv)
    if command is None or _is_unknown_subcommand(command, argv):
        raise CommandError(SCRIPT_UNKNOWN)
    if not command.low <= len(argv) <= command.high:
        raise CommandError(SCRIPT_ARITY)
    if Flags.NOSCRIPT in command.flags:
        raise CommandError(SCRIPT_NOT_ALLOWED)
    acl.require_in_script(ctx.state, ctx.client, command, argv)
    if command.write and running.read_only:
        raise CommandError(SCRIPT_NO_WRITES)
    if command.write and not running.wrote and (trouble := _trouble(ctx)):
        raise CommandError(trouble)
    if (
        Flags.DENYOOM in command.flags
        and ctx.state.limit
        and ctx.state.out_of_memory
        and not running.wrote
        and not running.allow_oom
    ):
        raise CommandError(OUT_OF_MEMORY)
    if ctx.state.cluster is not None and not ctx.client.obeyed:
        _check_slot(ctx, running, command, argv)
    return command


def _check_slot(ctx: Context, running: Running, command: Command, argv: list[bytes]) -> None:
    """In a cluster, whether this node has the keys of a call, declared or not.

    One with a shebang promises to stay in one slot, unless it says that it will not.

    Source: `script.c` scriptVerifyClusterState.
    """
    way = find_way(ctx.state, ctx.client, command, argv)
    if way.refusal is not None:
        raise CommandError(_ELSEWHERE.get(way.refusal, SCRIPT_NOT_LOCAL))
    if way.slot == NO_SLOT:
        return
    client = ctx.client
    if not running.crosses and client.slot not in (NO_SLOT, way.slot):
        raise CommandError(SCRIPT_CROSSES_SLOTS)
    client.slot = way.slot


_ELSEWHERE: Final = {
    Refusal.DOWN: SCRIPT_WHEN_DOWN,
    Refusal.READ_ONLY: SCRIPT_WRITES_WHEN_DOWN,
}


def _is_unknown_subcommand(command: Command, argv: list[bytes]) -> bool:
    return bool(command.subcommands) and len(argv) > 1 and command is COMMANDS.get(argv[0].upper())


# -------------------------------------------------------------------------------- what it asks for


def _serve(ctx: Context, running: Running, message: bytes) -> bytes:
    """Answer one request."""
    kind, emit = message[:1], ctx.state.probe.emit
    if kind == b"C":
        argv = _arguments(message[2:])
        return encode(_call(ctx, running, argv), int(message[1:2]))
    if kind == b"A":
        argv = _arguments(message[1:])
        command = find_command(argv)
        if command is None or _is_unknown_subcommand(command, argv):
            return encode(None)
        return encode(int(acl.denied(ctx.state, ctx.client, command, argv) is None))
    if kind == b"P":
        running.repl = int(message[1:])
    elif emit:
        emit(ScriptLogged(int(message[1:2]), message[2:]))
    return NO_ENGINE_ANSWER


def _call(ctx: Context, running: Running, argv: list[bytes]) -> Reply:
    """Run a command that the script calls."""
    try:
        command = _check_call(ctx, running, argv)
    except CommandError as refusal:
        if emit := ctx.state.probe.emit:
            emit(ScriptRefused(tuple(argv), refusal.text))
        _count_refusal(ctx, running, argv, refusal.text)
        return Failure(refusal.text)
    running.wrote = running.wrote or command.write
    passed_on = len(ctx.state.effects)
    reply: Reply = ctx.run(command, argv)
    ctx.take_wish()  # nothing waits in here: it has been answered at once
    if type(reply) is Failure:
        running.told.add(reply.text)
    if emit := ctx.state.probe.emit:
        emit(ScriptCalled(tuple(argv), reply))
    if not running.repl:
        del ctx.state.effects[passed_on:]
    return reply


def _count_refusal(ctx: Context, running: Running, argv: list[bytes], text: str) -> None:
    """Count a call that was refused, whatever the script makes of it (`script.c` scriptCall)."""
    stats = ctx.state.stats
    stats.error(text)
    running.told.add(text)
    command = find_command(argv)
    if command is not None and not _is_unknown_subcommand(command, argv):
        stats.begin(command.name).rejected += 1


def _count_errors(ctx: Context, running: Running, reply: Reply) -> None:
    """Count the errors in a reply, each of its calls' once more as a failure of the script's own.

    Source: `networking.c` afterErrorReply, `script_lua.c` luaReplyToRedisReply.
    """
    texts = [*_errors_in(reply)]
    command = find_command(list(running.argv))
    if not texts or command is None:
        return
    place = f" script: {as_text(running.name)}"
    own = [text for text in texts if text.partition(place)[0] not in running.told]
    for text in own:
        ctx.state.stats.error(text)
    ctx.state.stats.begin(command.name).failed += len(texts) - len(own) + bool(own)


def _errors_in(reply: object) -> Iterator[str]:
    """The texts of all errors in a reply, however deep."""
    if isinstance(reply, Failure):
        yield reply.text
    elif isinstance(reply, list | set | dict):
        for each in reply.values() if isinstance(reply, dict) else reply:
            yield from _errors_in(each)


def _arguments(request: bytes) -> list[bytes]:
    """The words of a call: text as it is, numbers as Redis writes them."""
    (words,) = ReplyDecoder().feed(request)
    assert isinstance(words, list)
    return [word if isinstance(word, bytes) else _number(word) for word in words]


def _number(word: object) -> bytes:
    """A number of Lua's as text: plain digits as long as it is whole (`double2ll`)."""
    assert isinstance(word, float)
    if word == word // 1 and -INT64_MAX - 1 <= word < INT64_MAX:
        return b"%d" % int(word)
    return format_double(word)


def kill_running(ctx: Context, *, is_eval: bool) -> Reply:
    """End the script that runs, if it has not written (`script.c` scriptKill).

    Raises:
        CommandError: None runs, or one of the other kind; or it has written.
    """
    scripts = ctx.state.scripts
    running = scripts.running
    if scripts.runner is None or running is None:
        raise CommandError(NOT_BUSY)
    if running.wrote:
        raise CommandError(UNKILLABLE)
    if running.is_eval != is_eval:
        raise CommandError(busy_text(running))
    scripts.runner.kill()
    return OK


def busy_text(running: Running | None) -> str:
    """What others are told while a script runs for long, or while its end is being told."""
    return BUSY_SCRIPT if running is None or running.is_eval else BUSY_FUNCTION


# ------------------------------------------------------------------------------------ how it ended


def _reply_of(outcome: bytes, job: Job) -> Reply:
    """The reply to the command that ran the script; an error is one too."""
    kind, rest = outcome[:1], outcome[1:]
    if kind == b"R":
        (reply,) = ReplyDecoder().feed(rest)
        return reply
    name = as_text(job.name)
    if kind == b"E":
        return Failure(_error_of(rest, name))
    if kind == b"X":
        return Failure(SCRIPT_FAILED.format(name, as_text(rest[:100])))
    return Failure(failure_of(outcome, name))


def error_text(rest: bytes) -> str:
    """The words of an error, without its place."""
    return as_text(_arguments(rest)[0])


def _error_of(rest: bytes, name: str) -> str:
    text, source, line = _arguments(rest)
    if not source or not line:
        return as_text(text)
    return f"{as_text(text)} script: {name}, on {as_text(source)}:{as_text(line)}."


def failure_of(outcome: bytes, name: str) -> str:
    """The error for an outcome that is none of a script that ran to its end."""
    if outcome[:1] == b"S":
        return SCRIPT_COMPILE.format(as_text(outcome[1:]))
    return _DEATHS.get(outcome[1:], SCRIPT_LOST).format(name)


@dataclass(frozen=True, slots=True)
class ScriptStarted(Event):
    """A script or a function began to run; a script's name is its SHA-1."""

    name: bytes
    is_eval: bool
    keys: tuple[bytes, ...]
    arguments: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class ScriptCalled(Event):
    """A script called a command, which has run."""

    argv: tuple[bytes, ...]
    reply: Reply


@dataclass(frozen=True, slots=True)
class ScriptRefused(Event):
    """A script called what it may not call."""

    argv: tuple[bytes, ...]
    text: str


@dataclass(frozen=True, slots=True)
class ScriptLogged(Event):
    """A script wrote to the log: 0 debug, 1 verbose, 2 notice, 3 warning."""

    level: int
    text: bytes


@dataclass(frozen=True, slots=True)
class ScriptEnded(Event):
    """A script or a function is done; its reply, a Failure if it ended in an error."""

    name: bytes
    is_eval: bool
    reply: Reply
