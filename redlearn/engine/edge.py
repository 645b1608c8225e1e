"""Edge: what only the surroundings of an engine can know or do.

An engine has no process, no files and no sockets. INFO tells of them all the same, CONFIG REWRITE
writes a file, SHUTDOWN ends a process. Whoever runs an engine as a server puts an `Edge` of its
own into `State.edge` (`server/process.py`); this one, which every engine begins with, has
nothing around it and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redlearn.compiling import mypyc_attr
from redlearn.engine.config import Config
from redlearn.errors import NO_CONFIG_FILE, CommandError
from redlearn.resp.reply import Reply, Status


@dataclass(frozen=True, slots=True)
class Facts:
    """What INFO tells of a process. Times are in seconds, sizes in bytes.

    Attributes:
        listeners: One line for each address that is listened on, without its number.
        resident: The memory that the process takes; 0 if nobody knows.
    """

    os: str = "none"
    compiler: str = "none"
    multiplexing: str = "none"
    process_id: int = 0
    executable: str = ""
    config_file: str = ""
    listeners: tuple[str, ...] = ()
    resident: int = 0
    machine_memory: int = 0
    cpu_system: float = 0.0
    cpu_user: float = 0.0
    cpu_system_children: float = 0.0
    cpu_user_children: float = 0.0


@dataclass(frozen=True, slots=True)
class Shutdown:
    """How SHUTDOWN is to end a server. `save`: "", "save" or "nosave"."""

    save: str = ""
    now: bool = False
    force: bool = False


@mypyc_attr(allow_interpreted_subclasses=True)
class Edge:
    """Surroundings without anything in them."""

    @property
    def is_about_to_end(self) -> bool:
        """Whether SHUTDOWN was taken, but waits for something before it ends the server."""
        return False

    def facts(self) -> Facts:
        """What INFO tells of the process: nothing."""
        return Facts()

    def rewrite(self, config: Config) -> None:
        """Write the configuration into the file it came from (CONFIG REWRITE).

        Raises:
            CommandError: There is no such file, or it cannot be written.
        """
        raise CommandError(NO_CONFIG_FILE)

    def refusal(self, name: str, text: str) -> str:
        """Why a parameter cannot have a value here, though it is a good one; "" if it can."""
        return ""

    def take_over(self, config: Config, names: Sequence[str]) -> tuple[str, str] | None:
        """Carry out what parameters ask for whose new values are in the configuration.

        Returns:
            The first that cannot be carried out, and why; None if all could.
        """
        return None

    def waiting(self, client_id: int) -> tuple[int, int]:
        """Bytes that wait at a client's connection: for the end of a command, and to be read."""
        return 0, 0

    def shutdown(self, how: Shutdown) -> Reply:
        """End the server; the reply where that is not possible, here: what would happen."""
        saved = {"": "", "save": " after saving", "nosave": " without saving"}[how.save]
        return Status(f"A server would end here{saved}, and hang up on all its clients")

    def abort_shutdown(self) -> bool:
        """Stop ending the server; whether it was about to."""
        return False
