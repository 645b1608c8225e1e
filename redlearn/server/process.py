"""Process: the surroundings of an engine that is a server of its own.

INFO asks it for the process, CONFIG REWRITE for a file, SHUTDOWN for an end.

Sources: `config.c` rewriteConfigOverwriteFile; `db.c` shutdownCommand.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from redlearn.engine.config import Config
from redlearn.engine.edge import Edge, Facts, Shutdown
from redlearn.errors import NO_CONFIG_FILE, REWRITE_FAILED, SHUTDOWN_FAILED, CommandError
from redlearn.resp.reply import Reply, Several
from redlearn.server.keeping import Keeper
from redlearn.server.rewriting import rewritten

OWNER_ONLY: Final = 0o600


class Process(Edge):
    """This process.

    Attributes:
        file: The configuration file it was started with, or None.
        end: Ends the server in good order; whether that was possible.
        deeds: By parameter, what carries out a new value of it; it says why it cannot, or "".
        listeners: The lines of INFO on where it listens.
        buffers: By the id of a client, what waits at its connection (`waiting`).
        keeper: Keeps the data in files, in the directory that the process is in.
    """

    def __init__(self, file: Path | None, end: Callable[[Shutdown], bool]) -> None:
        self.file = file.resolve() if file is not None else None
        self.end = end
        self.deeds: dict[str, Callable[[Config], str]] = {}
        self.listeners: Callable[[], tuple[str, ...]] = tuple
        self.buffers: Callable[[int], tuple[int, int]] = lambda client_id: (0, 0)
        self.keeper: Keeper | None = None

    def facts(self) -> Facts:
        """What INFO tells of the process."""
        own, children = (
            resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        )
        system = os.uname()
        return Facts(
            os=f"{system.sysname} {system.release} {system.machine}",
            compiler=f"Python {platform.python_version()}",
            multiplexing="asyncio",
            process_id=os.getpid(),
            executable=sys.executable,
            config_file=str(self.file) if self.file is not None else "",
            listeners=self.listeners(),
            resident=own.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
            machine_memory=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
            cpu_system=own.ru_stime,
            cpu_user=own.ru_utime,
            cpu_system_children=children.ru_stime,
            cpu_user_children=children.ru_utime,
        )

    def rewrite(self, config: Config) -> None:
        """Write the configuration into its file, by way of another: it is whole at any moment."""
        if self.file is None:
            raise CommandError(NO_CONFIG_FILE)
        beside = self.file.with_name(f"{self.file.name}.{os.getpid()}.tmp")
        try:
            there = self.file.exists()
            old = self.file.read_text("utf-8", "surrogateescape") if there else ""
            mode = self.file.stat().st_mode & 0o777 if there else OWNER_ONLY
            put_beside(beside, rewritten(old, config).encode("utf-8", "surrogateescape"), mode)
            beside.replace(self.file)
        except OSError as error:
            with suppress(OSError):
                beside.unlink()
            raise CommandError(REWRITE_FAILED.format(error.strerror)) from None

    def refusal(self, name: str, text: str) -> str:
        """A directory has to be there: it becomes the one that the process is in."""
        if name == "dir":
            try:
                os.chdir(text.encode("latin-1"))
                if self.keeper is not None:
                    self.keeper.disk.move(Path.cwd())
            except OSError as error:
                return error.strerror or "cannot be entered"
        return ""

    def take_over(self, config: Config, names: Sequence[str]) -> tuple[str, str] | None:
        """Carry out new values, in the order they were given."""
        for name in names:
            deed = self.deeds.get(name)
            if deed is not None and (reason := deed(config)):
                return name, reason
        return None

    def waiting(self, client_id: int) -> tuple[int, int]:
        """Bytes that wait at a client's connection."""
        return self.buffers(client_id)

    def shutdown(self, how: Shutdown) -> Reply:
        """End the server. There is no reply: the connection ends."""
        if not self.end(how):
            raise CommandError(SHUTDOWN_FAILED)
        return Several()


def put_beside(path: Path, text: bytes, mode: int) -> None:
    """A new file, safe on the disk, that nobody else can read before it has its `mode`.

    There may be passwords in it. What has its name already goes; a link is not followed.

    Raises:
        OSError: It cannot be written.
    """
    path.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, OWNER_ONLY), "wb") as file:
        file.write(text)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())
