"""Runners: a worker process as the engine's port for scripts.

`WorkerRunner` starts the process with the first script, and anew after one was killed. A script
may be given so much time of the processor and no more: then the system ends the worker, whatever
it was doing. How busy the machine is with other things does not count. As a last resort, for a
worker that does nothing at all, there is a limit by the clock, `PATIENCE` times as long.

`Remembering` is for sessions, which run the same inputs again and again. A worker is a function of
what it has been told, but for one thing: when it runs out of time. So what it said is kept under a
digest of all that it was told, and a replay hears the same, quickly, deaths included.

Sources: `script.c` scriptInterrupt, scriptKill (what this is in place of).
"""

from __future__ import annotations

import hashlib
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from functools import cache
from typing import Final

from redlearn.engine.ports import REQUESTS, ScriptRunner

KILLED: Final = b"Kkilled"
OUT_OF_TIME: Final = b"Ktime"
LOST: Final = b"Klost"

MEMORY: Final = 64 << 20
"""Bytes that one script's Lua may take."""

SESSION_STEPS: Final = 50_000_000
"""Instructions after which a script in a session is given up: less than a second of them."""

SESSION_SECONDS: Final = 2.0
"""How much time of the processor it may take all the same, when a single instruction takes long
(`string.find`).
"""

PATIENCE: Final = 50
"""How many times as long as that a script may take by the clock."""

REMEMBERED_BYTES: Final = 32 << 20
"""How much is kept of what scripts said."""


class WorkerRunner:
    """Scripts in a worker process.

    Attributes:
        steps: Instructions after which a script is given up; 0 for never.
        seconds: Time of the processor after which it is; 0 for never.
        turn: What is given up while a message is waited for, so that somebody else may work.
    """

    def __init__(self, steps: int = 0, seconds: float = 0.0) -> None:
        self.steps = steps
        self.seconds = seconds
        self.turn: threading.Lock | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._selector = selectors.DefaultSelector()
        self._since = 0.0
        self._why_killed = b""
        self._in_script = False

    def begin(self, job: bytes) -> bytes:
        """Start a script; its first message."""
        self._why_killed = b""
        self._since = time.monotonic()
        if self._in_script:  # whoever had begun it has left
            self.close()
        if self._process is None:
            self._start()
        return self._exchange(job)

    def go_on(self, answer: bytes) -> bytes:
        """Answer the last request; the next message."""
        return self._exchange(answer)

    def kill(self, why: bytes = KILLED) -> None:
        """End the worker; whoever waits for it hears why."""
        process = self._process
        if process is not None:
            self._why_killed = self._why_killed or why
            process.kill()

    def close(self) -> None:
        """End the worker, and wait until it is gone."""
        process, self._process = self._process, None
        self._in_script = False
        if process is None:
            return
        process.kill()
        assert process.stdin is not None and process.stdout is not None
        self._selector.unregister(process.stdout)
        process.stdin.close()
        process.stdout.close()
        process.wait()

    def _start(self) -> None:
        limits = (str(self.steps), str(MEMORY), str(self.seconds))
        command = [sys.executable, "-m", "redlearn.lua.worker", *limits]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            start_new_session=True,  # ctrl+c at the terminal is for us alone
            env=_environment(),
        )
        assert self._process.stdout is not None
        self._selector.register(self._process.stdout, selectors.EVENT_READ)

    def _exchange(self, frame: bytes) -> bytes:
        """Send a frame, and wait for the next one. Whatever interrupts that ends the worker."""
        turn = self.turn
        if turn is not None:
            turn.release()
        try:
            self._send(frame)
            message = self._receive()
        except OSError:  # it has gone, of itself or killed
            message = self._why_killed or self._why_gone()
        except BaseException:
            self.close()
            raise
        finally:
            if turn is not None:
                turn.acquire()
        self._in_script = message[:1] in REQUESTS
        if message[:1] == b"K" or self._why_killed:  # a kill that came too late kills as well
            self.close()
            return self._why_killed or message
        return message

    def _why_gone(self) -> bytes:
        """What has become of the worker, which nobody here has killed."""
        assert self._process is not None
        return OUT_OF_TIME if self._process.wait() == -signal.SIGPROF else LOST

    def _send(self, frame: bytes) -> None:
        assert self._process is not None and self._process.stdin is not None
        data = memoryview(len(frame).to_bytes(4, "big") + frame)
        while data:
            data = data[self._process.stdin.write(data) :]

    def _receive(self) -> bytes:
        size = int.from_bytes(self._read(4), "big")
        return self._read(size)

    def _read(self, size: int) -> bytes:
        """Just so many bytes.

        Raises:
            OSError: The worker is gone.
        """
        assert self._process is not None and self._process.stdout is not None
        stream = self._process.stdout.fileno()
        parts: list[bytes] = []
        while size:
            self._wait()
            data = os.read(stream, min(size, 1 << 20))
            if not data:
                raise ConnectionError("the worker has ended")
            parts.append(data)
            size -= len(data)
        return b"".join(parts)

    def _wait(self) -> None:
        """Until there is something to read, or the script is to be killed."""
        while not self._selector.select(self._patience()):
            if time.monotonic() - self._since >= PATIENCE * self.seconds:
                self.kill(OUT_OF_TIME)

    def _patience(self) -> float | None:
        """How long to wait before the next look at the clock."""
        if not self.seconds:
            return None
        return max(0.0, PATIENCE * self.seconds - (time.monotonic() - self._since))


class Remembering:
    """A runner that says the same again when it is told the same again.

    That somebody killed a script is true of that one time: a replay hears it, but who enters the
    same in the same state once more does not. Only reading scripts are killed, so that no data
    depends on it.

    Attributes:
        runner: Who is asked what is not remembered.
        first_time: Whether what runs has not run before, and is no replay.
    """

    def __init__(self, runner: ScriptRunner) -> None:
        self.runner = runner
        self.first_time = False
        self._said: OrderedDict[bytes, bytes] = OrderedDict()
        self._size = 0
        self._told: list[bytes] = []
        self._digest = b""
        self._abreast = False  # the runner has been told all of `_told`

    def begin(self, job: bytes) -> bytes:
        """Start a script; its first message."""
        self._told, self._digest, self._abreast = [], b"", False
        return self._tell(job)

    def go_on(self, answer: bytes) -> bytes:
        """Answer the last request; the next message."""
        return self._tell(answer)

    def kill(self) -> None:
        """End the script that runs. A replay hears of it at the same place, too."""
        self.runner.kill()

    def take_turns(self, turn: threading.Lock | None) -> None:
        """Have this given up while a worker is waited for (`WorkerRunner.turn`)."""
        if isinstance(self.runner, WorkerRunner):
            self.runner.turn = turn

    def _tell(self, frame: bytes) -> bytes:
        self._told.append(frame)
        self._digest = hashlib.blake2b(frame, key=self._digest, digest_size=16).digest()
        message = self._said.get(self._digest)
        if message is None or (self.first_time and message == KILLED):
            message = self._ask()
            self._keep(message)
        else:
            self._abreast = False
        if message[:1] not in REQUESTS:
            self._told, self._abreast = [], False
        return message

    def _ask(self) -> bytes:
        """What the runner says, who may first have to be told what was remembered so far."""
        if self._abreast:
            return self.runner.go_on(self._told[-1])
        message = self.runner.begin(self._told[0])
        for frame in self._told[1:]:
            if message[:1] not in REQUESTS:  # it has been ended meanwhile
                break
            message = self.runner.go_on(frame)
        self._abreast = True
        return message

    def _keep(self, message: bytes) -> None:
        if (before := self._said.pop(self._digest, None)) is not None:
            self._size -= len(before) + 100
        self._size += len(message) + 100
        self._said[self._digest] = message
        while self._size > REMEMBERED_BYTES:
            _, dropped = self._said.popitem(last=False)
            self._size -= len(dropped) + 100


_OF_THREAD = threading.local()


def session_runner() -> Remembering:
    """The runner of all sessions in this thread; its worker starts with the first script."""
    runner: Remembering | None = getattr(_OF_THREAD, "runner", None)
    if runner is None:
        runner = _OF_THREAD.runner = Remembering(WorkerRunner(SESSION_STEPS, SESSION_SECONDS))
    return runner


def adopt_runner(runner: Remembering) -> None:
    """Make another thread's runner this one's: who takes turns with it remembers the same."""
    _OF_THREAD.runner = runner


@cache
def _environment() -> dict[str, str]:
    """The environment of a worker: none of ours, but where Python finds its modules."""
    return {
        "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
