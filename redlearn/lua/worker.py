"""The worker: a process with a Lua in it that runs one script after the other.

Frames go both ways through pipes, each a length in four bytes and that many bytes. A job comes
in, as a RESP array of strings; out go requests, each answered with a RESP reply, and in the end
the outcome (`sandbox.lua` makes both). Every script gets a Lua of its own, made while the worker
has nothing to do.

A thread reads the pipe, so that the worker ends with whoever started it, even in the midst of an
endless loop: Lua runs without Python's lock.

    python -m redlearn.lua.worker STEPS MEMORY SECONDS
"""

from __future__ import annotations

import hashlib
import os
import queue
import resource
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from lupa.lua51 import LuaRuntime

from redlearn.lua.bytecode import without_tail_calls

LIBRARIES: Final = ("cjson", "cmsgpack", "struct", "bit")
ROOM_BESIDE_LUA: Final = 512 << 20
"""Bytes of address space that the process may take beyond what scripts may, as a last resort."""

_FLOATS: Final = {b"f": ">f", b"d": ">d", b"F": ">f", b"D": ">d"}


class Pipe:
    """Frames in and out."""

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def listen(self) -> None:
        """Read for ever, and end the process when there is nobody any more."""
        with os.fdopen(self._incoming, "rb") as stream:
            while len(header := stream.read(4)) == 4:
                self._frames.put(stream.read(int.from_bytes(header, "big")))
        os._exit(0)

    def receive(self) -> bytes:
        """The next frame."""
        return self._frames.get()

    def send(self, frame: bytes) -> None:
        """Send a frame, however long."""
        left = memoryview(len(frame).to_bytes(4, "big") + frame)
        while left:
            left = left[os.write(self._outgoing, left) :]


class Worker:
    """Runs scripts.

    Attributes:
        steps: After how many instructions a script is given up; 0 for never.
        memory: How many bytes a script's Lua may take.
        seconds: Time of the processor after which the system ends the process, script and all; 0
            for never. Making a Lua, and waiting for answers, is none of the script's.
    """

    def __init__(self, pipe: Pipe, steps: int, memory: int, seconds: float = 0.0) -> None:
        self.steps = steps
        self.memory = memory
        self.seconds = seconds
        self._pipe = pipe
        self._compiled: dict[str, bytes] = {}

    def work(self) -> None:
        """Run jobs until the process ends."""
        run = self._fresh_lua()
        while True:
            job = self._pipe.receive()
            signal.setitimer(signal.ITIMER_PROF, self.seconds)
            try:
                outcome = run(job)
            except Exception:  # Lua's own memory was not even enough to say so
                self.give_up(b"memory")
            signal.setitimer(signal.ITIMER_PROF, 0)
            self._pipe.send(outcome)
            del run, outcome
            run = self._fresh_lua()

    def ask(self, request: bytes) -> bytes:
        """What a script asks of the server, and the answer."""
        self._pipe.send(request)
        return self._pipe.receive()

    def give_up(self, why: bytes) -> None:
        """End the process, script and all."""
        self._pipe.send(b"K" + why)
        os._exit(0)

    def _fresh_lua(self) -> Callable[[bytes], bytes]:
        """A new Lua with a sandbox in it: the function that runs a job."""
        lua = LuaRuntime(
            encoding=None,
            register_eval=False,
            register_builtins=False,
            attribute_filter=_no_attributes,
            max_memory=self.memory,
        )
        libraries = lua.table_from({name.encode(): self._bytecode(lua, name) for name in LIBRARIES})
        sandbox = lua.globals().loadstring(self._bytecode(lua, "sandbox"), b"=redis")
        run: Callable[[bytes], bytes] = sandbox(
            self.ask, sha1, floats, without_tail_calls, time.process_time, self.give_up,
            self.steps, libraries,
        )  # fmt: skip
        return run

    def _bytecode(self, lua: LuaRuntime, name: str) -> bytes:
        """One of the files beside this one, compiled: once, by the first Lua."""
        if name not in self._compiled:
            source = Path(__file__).with_name(f"{name}.lua").read_bytes()
            chunk = lua.globals().loadstring(source, b"=redis")
            assert not isinstance(chunk, tuple), chunk
            self._compiled[name] = lua.globals().string.dump(chunk)
        return self._compiled[name]


def sha1(text: bytes) -> bytes:
    """The digest of a text, in hexadecimal."""
    return hashlib.sha1(text, usedforsecurity=False).hexdigest().encode()


def floats(kind: bytes, value: bytes) -> bytes | float:
    """Numbers as IEEE 754 bytes and back, the highest byte first.

    Args:
        kind: "f" and "d" take a number as text; "F" and "D" take the bytes.
    """
    shape = _FLOATS[kind]
    if kind.isupper():
        number: float = struct.unpack(shape, value)[0]
        return number
    number = float(value)
    try:
        return struct.pack(shape, number)
    except OverflowError:  # too large for a single
        return struct.pack(shape, float("inf") if number > 0 else float("-inf"))


def _no_attributes(thing: object, name: object, is_setting: bool) -> object:
    raise AttributeError("a script has no business with the insides of Python")


def main(arguments: list[str]) -> None:
    """Run jobs that come in on standard input; what Lua prints goes nowhere."""
    steps, memory, seconds = int(arguments[0]), int(arguments[1]), float(arguments[2])
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    sys.setswitchinterval(0.0005)
    room = memory + ROOM_BESIDE_LUA
    resource.setrlimit(resource.RLIMIT_DATA, (room, room))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    pipe = Pipe(incoming, outgoing)
    threading.Thread(target=pipe.listen, daemon=True).start()
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # it might be inherited that it is ignored
    Worker(pipe, steps, memory, seconds).work()


if __name__ == "__main__":
    main(sys.argv[1:])
