"""The manifest: which files make up the append-only log, in which order.

    file appendonly.aof.2.base.rdb seq 2 type b      a snapshot, at most one, loaded first
    file appendonly.aof.1.incr.aof seq 1 type h      history: rewritten, to be removed
    file appendonly.aof.2.incr.aof seq 2 type i      commands since then, in order

A rewrite never changes a file that is in use. It writes a new base and a new incremental
file beside the others, and then replaces the manifest, in one step: before it the old files
are the log, after it the new ones.

A manifest is a value; what changes it returns another, which counts once it is on the disk.
Reading is as strict as Redis is, and refuses in its words.

Source: `aof.c` aofLoadManifestFromFile, getAofManifestAsString,
getNewBaseFileNameAndMarkPreAsHistory, getNewIncrAofName, markRewrittenIncrAofAsHistory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal, NamedTuple

from redlearn.persistence.disk import is_plain
from redlearn.resp.text import UnbalancedQuotes, printable, quoted, split_args

LINE_MAX: Final = 1024
Kind = Literal["b", "h", "i"]

EMPTY: Final = "Found an empty AOF manifest"
TOO_LONG: Final = "The AOF manifest file contains too long line"
INVALID: Final = "Invalid AOF manifest file format"
NOT_PLAIN: Final = "File can't be a path, just a filename"
SECOND_BASE: Final = "Found duplicate base file information"
NOT_RISING: Final = "Found a non-monotonic sequence number"
UNKNOWN_TYPE: Final = "Unknown AOF file type"


class ManifestError(Exception):
    """A manifest is not one.

    Attributes:
        reason: Why, in Redis's words.
        number: In which line, from 1; 0 if in none.
    """

    def __init__(self, reason: str, number: int = 0, line: bytes = b"") -> None:
        where = f" (line {number}: '{printable(line, 64)}')" if number else ""
        super().__init__(f"{reason}{where}")
        self.reason = reason
        self.number = number


class Part(NamedTuple):
    """One file of the log: its name, without directories, its number among its kind, its kind."""

    name: str
    seq: int
    kind: Kind

    def line(self) -> bytes:
        """As it stands in the manifest. A name with blanks or signs is in quotes."""
        name = os.fsencode(self.name)
        shown = quoted(name).encode() if _needs_quotes(name) else name
        return b"file %b seq %d type %b\n" % (shown, self.seq, self.kind.encode())


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of the log.

    Attributes:
        base: The snapshot, or None.
        history: Files that are not needed any more, the latest first.
        incrs: Files of commands, oldest first.
        base_seq, incr_seq: The last numbers that were given away.
    """

    base: Part | None = None
    history: tuple[Part, ...] = ()
    incrs: tuple[Part, ...] = ()
    base_seq: int = 0
    incr_seq: int = 0

    @property
    def parts(self) -> tuple[Part, ...]:
        """The files to load, in order."""
        return self.incrs if self.base is None else (self.base, *self.incrs)

    def encode(self) -> bytes:
        """As it is written: the base, then history, then what follows the base."""
        base = () if self.base is None else (self.base,)
        return b"".join(part.line() for part in (*base, *self.history, *self.incrs))

    def with_base(self, filename: str, suffix: str) -> Manifest:
        """With a new base, `suffix` (`rdb` or `aof`) telling its format; the old one is history."""
        seq = self.base_seq + 1
        part = Part(f"{filename}.{seq}.base.{suffix}", seq, "b")
        old = () if self.base is None else (self.base._replace(kind="h"),)
        return replace(self, base=part, base_seq=seq, history=(*old, *self.history))

    def with_incr(self, filename: str) -> Manifest:
        """With another file to append to."""
        seq = self.incr_seq + 1
        part = Part(f"{filename}.{seq}.incr.aof", seq, "i")
        return replace(self, incrs=(*self.incrs, part), incr_seq=seq)

    def rewritten(self, keep: int) -> Manifest:
        """With all incremental files history, except the last `keep`."""
        count = len(self.incrs) - keep
        old = [part._replace(kind="h") for part in self.incrs[:count]]
        return replace(self, incrs=self.incrs[count:], history=(*old, *self.history))

    def without_history(self) -> Manifest:
        """Once the old files are removed."""
        return replace(self, history=())


def upgraded(filename: str) -> Manifest:
    """The manifest for a log of one file, as servers before 7.0 wrote it: it is the base."""
    return Manifest(base=Part(filename, 1, "b"), base_seq=1)


def parse(data: bytes) -> Manifest:
    r"""Read a manifest. Raises ManifestError.

    >>> parse(b"file a.1.incr.aof seq 1 type i\\n").incrs
    (Part(name='a.1.incr.aof', seq=1, kind='i'),)
    """
    if not data:
        raise ManifestError(EMPTY)
    found = Manifest()
    for number, line in enumerate(_lines(data), 1):
        if line.startswith(b"#"):
            continue
        try:
            found = _with(found, _part(line))
        except ManifestError as error:
            raise ManifestError(error.reason, number, line) from None
    return found


def _lines(data: bytes) -> Iterator[bytes]:
    """Lines as C's fgets cuts them: 1024 bytes at most, whether they end there or not."""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at, at + LINE_MAX)
        end = min(at + LINE_MAX, len(data)) if end < 0 else end + 1
        yield data[at:end]
        at = end


def _part(line: bytes) -> Part:
    if b"\n" not in line.split(b"\0")[0]:
        raise ManifestError(TOO_LONG)
    try:
        words = split_args(line.strip(b" \t\r\n"))
    except UnbalancedQuotes:
        raise ManifestError(INVALID) from None
    if len(words) < 6 or len(words) % 2:
        raise ManifestError(INVALID)
    name: bytes | None = None
    seq, kind = 0, b""
    for key, value in zip(words[::2], words[1::2], strict=True):
        match key.lower():
            case b"file":
                name = value.split(b"\0")[0]
                _refuse_path(name)
            case b"seq":
                seq = _number(value)
            case b"type":
                kind = value[:1].rstrip(b"\0")
    if name is None or not seq or not kind:
        raise ManifestError(INVALID)
    return Part(os.fsdecode(name), seq, _kind(kind))


def _refuse_path(name: bytes) -> None:
    """Unlike Redis: no name of a directory passes either. It would find that out by opening it."""
    if not is_plain(os.fsdecode(name)) or name in (b"", b".", b".."):
        raise ManifestError(NOT_PLAIN)


def _kind(kind: bytes) -> Kind:
    match kind:
        case b"b":
            return "b"
        case b"h":
            return "h"
        case b"i":
            return "i"
        case _:
            raise ManifestError(UNKNOWN_TYPE)


def _with(found: Manifest, part: Part) -> Manifest:
    match part.kind:
        case "b":
            if found.base is not None:
                raise ManifestError(SECOND_BASE)
            return replace(found, base=part, base_seq=part.seq)
        case "h":
            return replace(found, history=(*found.history, part))
        case "i":
            if part.seq <= found.incr_seq:
                raise ManifestError(NOT_RISING)
            return replace(found, incrs=(*found.incrs, part), incr_seq=part.seq)


def _number(text: bytes) -> int:
    """A number as C's atoll reads it: what is not a digit ends it, and the largest is 2^63-1."""
    match = re.match(rb"[ \t\n\v\f\r]*([+-]?\d+)", text)
    if match is None:
        return 0
    digits = match[1]
    if len(digits) > 20:
        return -(2**63) if digits.startswith(b"-") else 2**63 - 1
    return max(-(2**63), min(int(digits), 2**63 - 1))


def _needs_quotes(name: bytes) -> bool:
    return any(not 0x21 <= byte <= 0x7E or byte in b"\\\"'" for byte in name)
