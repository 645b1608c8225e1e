"""`redlearn serve`: a Redis on loopback, until it is told to stop.

Called as redis-server is: an optional configuration file, then `--parameter value ...`. It
listens first and loads then, so that whoever comes early is told to wait. How it ends is in
`ending.py`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from redlearn import __version__, collector
from redlearn.engine.config import Config, parameter
from redlearn.engine.engine import Engine
from redlearn.engine.state import State
from redlearn.lua.runner import WorkerRunner
from redlearn.persistence.loading import CannotLoad
from redlearn.server import net
from redlearn.server.busy import Bench
from redlearn.server.courier import SocketCourier
from redlearn.server.deeds import deeds_of
from redlearn.server.ending import Ending
from redlearn.server.endpoints import described, endpoints
from redlearn.server.files import make_room, path_of
from redlearn.server.holding import Holding
from redlearn.server.host import EngineHost, WallClock
from redlearn.server.keeping import Keeper
from redlearn.server.listener import Listener
from redlearn.server.log import Log, ToFile
from redlearn.server.member import CannotBeMember, Member
from redlearn.server.process import Process
from redlearn.server.settings import BadSettings, Settings
from redlearn.timeline.wall import wall_ms


def serve(settings: Settings) -> int:
    """Serve until a signal or SHUTDOWN comes; the exit status."""
    return _run(_serve(settings))


async def _serve(settings: Settings) -> int:
    log = Log()
    runner = WorkerRunner()
    engine = Engine(WallClock(), seed=settings.seed, databases=settings.databases, scripts=runner)
    engine.state.users.secret = os.urandom(64)  # noqa: TID251  (nobody may guess a password)
    try:
        settings.apply(engine.state)
    except BadSettings as error:
        log.warning(str(error))
        return 1
    ending = Ending(log)
    process = Process(settings.file, ending.shutdown)
    engine.state.edge = process
    config = engine.state.config
    if not (_settle_in(process, config, log) and log_as_configured(log, config)):
        return 1
    bench, host = Bench(engine, runner), EngineHost(engine)
    host.take_bench(bench)
    listener = Listener(host, log)
    _introduce(process, listener, log)
    _limit_clients(engine.state, log)
    if not net.spread(config):
        log.warning("This system has no limit for the memory of a process: there is no last net.")
    ending.host, listener.holding = host, Holding(engine, host.before_sleep)
    ending.keeper = process.keeper = keeper = Keeper(engine, Path.cwd(), log)
    engine.state.courier = host.courier = SocketCourier(engine.clock)
    try:
        member = _join(engine, ending, log)
    except CannotBeMember as error:
        log.warning(str(error))
        return 1
    try:
        await listener.open(endpoints(config))
    except OSError as error:
        log.warning(f"redlearn cannot listen: {error.strerror or error}")
        return 1
    try:
        with ending.by_signals():
            return await _live(listener, keeper, member, ending, log)
    finally:
        bench.close()


def _join(engine: Engine, ending: Ending, log: Log) -> Member | None:
    """Be a node of a cluster, if that is asked for."""
    if not engine.state.config.flag("cluster-enabled"):
        return None

    def die(sentence: str) -> None:
        log.warning(sentence)
        ending.failed = True
        ending.told.set()

    return Member(engine, Path.cwd(), die)


async def _live(
    listener: Listener, keeper: Keeper, member: Member | None, ending: Ending, log: Log
) -> int:
    """Load what is on the disk, serve until told to end, and hang up; the exit status."""
    config = listener.host.engine.state.config
    try:
        for _ in keeper.starting():
            await asyncio.sleep(0)
            if ending.told.is_set():
                break
        if member is not None:
            member.own_keys(log)
    except (CannotLoad, CannotBeMember) as error:
        log.warning(str(error))
        await listener.close()
        return 1
    ports = ", ".join(map(str, dict.fromkeys(listener.ports))) or "no TCP port"
    log(f"redlearn {__version__} is ready to accept connections on {ports}")
    collector.settle()
    working = asyncio.create_task(keeper.work())
    with pid_file(config.text("pidfile")):
        await ending.told.wait()
    working.cancel()
    await listener.close()
    log("Good bye.")
    return int(ending.failed)


def _introduce(process: Process, listener: Listener, log: Log) -> None:
    """Let the engine's surroundings know who listens: for CONFIG SET, INFO and CLIENT LIST."""
    process.deeds = deeds_of(listener, log)
    process.listeners = lambda: described(listener.endpoints)
    process.buffers = listener.buffers


def log_as_configured(log: Log, config: Config) -> bool:
    """Say what there is to say where, and from which level on; whether that is possible."""
    log.level = config.text("loglevel")
    if path := config.text("logfile"):
        try:
            log.write = ToFile(path_of(path).absolute(), lambda: wall_ms() / 1000)
        except OSError as error:
            log.warning(f"Can't open the log file: {error.strerror}")
            return False
    return True


@contextmanager
def pid_file(path: str) -> Iterator[None]:
    """A file with the number of this process while it serves, where one is asked for."""
    if path:
        with suppress(OSError):
            path_of(path).write_text(f"{os.getpid()}\n")
    yield
    if path:
        with suppress(OSError):
            path_of(path).unlink()


def _settle_in(process: Process, config: Config, log: Log) -> bool:
    """Enter the working directory, if one is asked for; whether that was possible."""
    folder = config.text("dir")
    if folder and (reason := process.refusal("dir", folder)):
        log.warning(f"redlearn cannot work in {folder}: {reason}")
        return False
    config.set("dir", os.fsencode(os.getcwd()).decode("latin-1"))
    if config.flag("daemonize"):
        log.warning("daemonize is not done here: the server stays in the foreground.")
    return True


def _limit_clients(state: State, log: Log) -> None:
    """No more clients than this process may have files for."""
    asked = state.config.number("maxclients")
    room = make_room(asked)
    row = parameter("maxclients")
    if room < asked and row is not None:
        state.configure(row, room)
        log.warning(f"maxclients is {room}, not {asked}: this process may open no more files.")


def _run(main: Coroutine[Any, Any, int]) -> int:
    """Run on uvloop where it is installed: it takes a third less time for each read."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    return int(uvloop.run(main))
