"""Children: a file written by a copy of this process, which has the data of that very moment.

    parent   fork ──────── serves on ────── polls ────── polls: ended ──▶ told how
    child      └── writes the file, makes it safe, names it, tells how, ends

The operating system copies a page only when one of the two writes to it. Python writes to
whatever it looks at, for each object counts who refers to it, so that in the end the child has
copied the pages of all that it has read: memory is needed twice, as `rdb_last_cow_size` tells.

Fork copies one thread, the one that called it, and locks as they are. So it is done only while
there is no other thread; whoever finds one writes in slices instead (`job.py`).

The child lets go of every connection, ends with `_exit`, and looks now and then whether its
parent is still there.

Sources: `server.c` redisFork, closeChildUnusedResourceAfterFork; `childinfo.c`.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from redlearn.persistence.store import FSYNC, RealDisk

FAILED: Final = 1
ORPHANED: Final = 2
MOST_TOLD: Final = 4096
LOOK_EVERY_S: Final = 0.1
PATIENCE_S: Final = 0.02


class ChildJob:
    """A job done by a child.

    Attributes:
        keys, cow, error: See `job.Job`.
        fork_us: What the fork took, in microseconds.
    """

    def __init__(self, disk: RealDisk, beside: str, write: Callable[[], None]) -> None:
        """Args:
        beside: The file that is written, to be removed if nothing comes of it.
        write: Writes it and gives it its real name; runs in the child. May raise OSError.

        Raises:
            OSError: There cannot be another process.
        """
        self.keys = self.cow = 0
        self.error = ""
        self._disk = disk
        self._beside = beside
        told, tells = os.pipe()
        begun, parent = time.perf_counter_ns(), os.getpid()
        try:
            self._pid = os.fork()
        except OSError:
            os.close(told)
            os.close(tells)
            raise
        if not self._pid:
            _be_child(write, tells, {tells, *disk.descriptors}, parent)
        self.fork_us = (time.perf_counter_ns() - begun) // 1000
        os.close(tells)
        self._told = told

    def poll(self) -> bool | None:
        """Whether the child has ended well; None while it works."""
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if not pid:
            return None
        return self._ended(status)

    def cancel(self) -> None:
        """End the child; what it has written is removed."""
        os.kill(self._pid, signal.SIGKILL)
        _, status = os.waitpid(self._pid, 0)
        self._ended(status)

    def _ended(self, status: int) -> bool:
        words = os.read(self._told, MOST_TOLD).decode("utf-8", "replace").split(" ", 1)
        os.close(self._told)
        if words[0].isdigit():
            self.cow = int(words[0])
        code = os.waitstatus_to_exitcode(status)
        if code == 0:
            return True
        self.error = words[1] if len(words) > 1 else f"the child ended with {code}"
        with suppress(OSError):
            self._disk.remove(self._beside)
        return False


def may_fork() -> bool:
    """Whether nothing is lost by a copy of this process that has one thread only.

    An fsync in the background is waited for, as long as nobody notices.
    """
    for thread in threading.enumerate():
        if thread.name == FSYNC:
            thread.join(PATIENCE_S)
    return hasattr(os, "fork") and threading.active_count() == 1


def _mind_the_parent(parent: int) -> None:
    """End this child once its parent is gone: nobody would take what it makes."""

    def look(number: int, frame: object) -> None:
        if os.getppid() != parent:
            os._exit(ORPHANED)

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, LOOK_EVERY_S, LOOK_EVERY_S)


def _be_child(write: Callable[[], None], tells: int, keep: set[int], parent: int) -> None:
    """What the child does, to its end."""
    gc.disable()  # a collection would touch, and so copy, every page there is
    status, why = FAILED, ""
    try:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.set_wakeup_fd(-1)
        _let_go_of_others(keep)
        _mind_the_parent(parent)
        write()
        status = 0
    except OSError as error:
        why = error.strerror or str(error)
    except BaseException as error:
        why = f"{type(error).__name__}: {error}"
    finally:
        with suppress(OSError):
            os.write(tells, f"{private_bytes()} {why}".encode()[:MOST_TOLD])
        os._exit(status)


def _let_go_of_others(keep: set[int]) -> None:
    """Close what is the parent's: a port that is listened on, connections."""
    for name in os.listdir("/dev/fd"):
        if name.isdigit() and int(name) > 2 and int(name) not in keep:
            with suppress(OSError):
                os.close(int(name))


def private_bytes() -> int:
    """How much memory is this process's alone; 0 where the system does not tell."""
    try:
        with open("/proc/self/smaps_rollup", encoding="ascii") as rows:
            for row in rows:
                if row.startswith("Private_Dirty:"):
                    return int(row.split()[1]) * 1024
    except OSError:
        pass
    return 0
