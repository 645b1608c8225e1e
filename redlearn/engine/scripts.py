"""Scripts: those an engine knows, its function libraries, and the one that runs.

A script has no name but its SHA-1: whoever has the digest can have it run. Those that came with
EVAL are forgotten again, the one used longest ago first, when there are more than 500 of them;
those that SCRIPT LOAD brought stay. Functions have names, live in libraries, and are data: they
are written to the append-only file and sent to replicas.

Sources: `eval.c` lctx, `functions.h` functionsLibCtx, `script.h` scriptRunCtx.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from redlearn.engine.ports import ScriptRunner
from redlearn.errors import (
    SHEBANG_BAD,
    SHEBANG_ENGINE,
    SHEBANG_FLAG,
    SHEBANG_OPTION,
    SHEBANG_UNREADABLE,
    CommandError,
    as_text,
)
from redlearn.resp.text import UnbalancedQuotes, split_args

MOST_EVALUATED: Final = 500
"""How many scripts are kept that came with EVAL (LRU_LIST_LENGTH)."""

SHA_LENGTH: Final = 40

KNOWN_FLAGS: Final = frozenset({
    b"no-writes", b"allow-oom", b"allow-stale", b"no-cluster", b"allow-cross-slot-keys",
})  # fmt: skip


class Script(NamedTuple):
    """A script, known by the SHA-1 of all of it.

    Attributes:
        source: As it was sent, shebang and all.
        body: What Lua gets: from the first line end on, if there is a shebang.
        flags: What the shebang says; None without one, which is not the same as no flags.
        stays: It was loaded, and is not forgotten.
    """

    sha: bytes
    source: bytes
    body: bytes
    flags: frozenset[bytes] | None
    stays: bool


class Function(NamedTuple):
    """A function of a library."""

    name: bytes
    description: bytes | None
    flags: frozenset[bytes]


class Library(NamedTuple):
    """A library of functions.

    Attributes:
        code: As it was sent.
        body: What Lua gets of it.
    """

    name: bytes
    code: bytes
    body: bytes
    functions: tuple[Function, ...]


@dataclass(slots=True)
class Running:
    """The script that runs.

    Attributes:
        name: Its SHA-1, or the function's name: what errors call it.
        is_eval: It is a script, not a function.
        argv: The command that it was called with.
        since_ms: When it began.
        read_only: It may not write.
        allow_oom: It may use memory although there is none.
        wrote: It has changed something, and can no longer be ended without half of it staying.
        crosses: It may use keys of several slots, in a cluster.
        repl: Who hears of what it does now (redis.set_repl): 1 the append-only file, 2 replicas.
        told: The errors that its calls came to, which are counted already.
    """

    name: bytes
    is_eval: bool
    argv: tuple[bytes, ...]
    since_ms: int
    read_only: bool
    allow_oom: bool
    wrote: bool = False
    crosses: bool = True
    repl: int = 3
    told: set[str] = field(default_factory=set)


class Scripts:
    """What one engine knows of scripts.

    Attributes:
        known: Scripts by SHA-1, in hexadecimal and lower case.
        libraries: Libraries by name, in the order they came.
        functions: The library and the function, by the function's name in lower case.
        running: The script that runs, or None.
        runner: Who runs them, if anybody does.
    """

    __slots__ = ("_evaluated", "functions", "known", "libraries", "runner", "running")

    def __init__(self) -> None:
        self.known: dict[bytes, Script] = {}
        self._evaluated: OrderedDict[bytes, None] = OrderedDict()
        self.libraries: dict[bytes, Library] = {}
        self.functions: dict[bytes, tuple[Library, Function]] = {}
        self.running: Running | None = None
        self.runner: ScriptRunner | None = None

    # ------------------------------------------------------------------------------------ scripts

    def remember(self, script: Script) -> None:
        """Keep a script, and forget another one if there are too many."""
        before = self.known.get(script.sha)
        if before is not None and before.stays:
            return
        self.known[script.sha] = script
        self._evaluated.pop(script.sha, None)
        if script.stays:
            return
        self._evaluated[script.sha] = None
        if len(self._evaluated) > MOST_EVALUATED:
            oldest, _ = self._evaluated.popitem(last=False)
            del self.known[oldest]

    def use(self, script: Script) -> None:
        """Note that a script was asked for."""
        if not script.stays:
            self._evaluated.move_to_end(script.sha)

    def forget(self, sha: bytes) -> None:
        """Drop a script, if it is there."""
        self.known.pop(sha, None)
        self._evaluated.pop(sha, None)

    def flush(self) -> None:
        """Drop all scripts (`eval.c` scriptingReset)."""
        self.known.clear()
        self._evaluated.clear()

    def flags_of(self, command: str, argv: list[bytes]) -> frozenset[bytes] | None:
        """What is said of the script or function that a call would run; None if nothing is.

        Args:
            command: In lower case: "eval", "evalsha_ro", "fcall" ...

        Source: `eval.c` evalGetCommandFlags; `functions.c` fcallGetCommandFlags.
        """
        if command.startswith("fcall"):
            found = self.functions.get(argv[1].lower())
            return None if found is None else found[1].flags
        by_sha = command.startswith("evalsha")
        script = self.known.get(argv[1].lower() if by_sha else sha_of(argv[1]))
        if script is None and not by_sha:
            try:
                script = read_script(argv[1], stays=False)
            except CommandError:  # it will be told so when it is to run
                return None
        return None if script is None else script.flags

    # ---------------------------------------------------------------------------------- functions

    def add(self, library: Library) -> None:
        """Keep a library, in place of one of the same name. Its functions must be new."""
        self.delete(library.name)
        self.libraries[library.name] = library
        for function in library.functions:
            self.functions[function.name.lower()] = (library, function)

    def delete(self, name: bytes) -> bool:
        """Drop a library and its functions; whether it was there."""
        library = self.libraries.pop(name, None)
        if library is None:
            return False
        for function in library.functions:
            del self.functions[function.name.lower()]
        return True

    def taken(self, library: Library) -> bytes | None:
        """The name of a function of `library` that another library has already, or None."""
        for function in library.functions:
            found = self.functions.get(function.name.lower())
            if found is not None and found[0].name != library.name:
                return function.name
        return None

    def flush_functions(self) -> None:
        """Drop all libraries."""
        self.libraries.clear()
        self.functions.clear()

    # ------------------------------------------------------------------------------- time travel

    def freeze(self) -> tuple[tuple[Script, ...], tuple[bytes, ...], tuple[Library, ...]]:
        """All of it, for a snapshot; nothing runs while one is taken."""
        return (
            tuple(self.known.values()),
            tuple(self._evaluated),
            tuple(self.libraries.values()),
        )

    def thaw(
        self, frozen: tuple[tuple[Script, ...], tuple[bytes, ...], tuple[Library, ...]]
    ) -> None:
        """Take it back."""
        known, evaluated, libraries = frozen
        self.known = {script.sha: script for script in known}
        self._evaluated = OrderedDict.fromkeys(evaluated)
        self.flush_functions()
        for library in libraries:
            self.add(library)
        self.running = None


def sha_of(source: bytes) -> bytes:
    """What a script is known by."""
    return hashlib.sha1(source, usedforsecurity=False).hexdigest().encode()


def read_script(source: bytes, stays: bool) -> Script:
    """A script with its shebang taken apart (`eval.c` evalExtractShebangFlags)."""
    sha = sha_of(source)
    if not source.startswith(b"#!"):
        return Script(sha, source, source, None, stays)
    end = source.find(b"\n")
    if end < 0:
        raise CommandError(SHEBANG_BAD)
    try:
        words = split_args(source[:end])
    except UnbalancedQuotes:
        raise CommandError(SHEBANG_UNREADABLE) from None
    if words[0] != b"#!lua":
        raise CommandError(SHEBANG_ENGINE.format(as_text(words[0])))
    flags: set[bytes] = set()
    for word in words[1:]:
        if not word.startswith(b"flags="):
            raise CommandError(SHEBANG_OPTION.format(as_text(word)))
        flags.update(_flags(word.removeprefix(b"flags=")))
    return Script(sha, source, source[end:], frozenset(flags), stays)


def _flags(text: bytes) -> list[bytes]:
    named = text.split(b",") if text else []
    for flag in named:
        if flag not in KNOWN_FLAGS:
            raise CommandError(SHEBANG_FLAG.format(as_text(flag)))
    return named
