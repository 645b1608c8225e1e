"""Logs and manifests, looked through here and by the real redis-check-aof."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from redlearn.cli import cli
from redlearn.persistence.aof_check import Checked, check
from redlearn.persistence.manifest import ManifestError, parse
from redlearn.persistence.store import RealDisk
from redlearn.resp.encode import encode_command
from tests.endurance.logs import busy_log

TOOL = shutil.which("redis-check-aof")
pytestmark = pytest.mark.skipif(TOOL is None, reason="redis-check-aof is not on PATH")

LOG = busy_log(seed=3, size=600).data
PING = encode_command((b"PING",))
STRICTER = ("has no number", "an annotation of more")
"""What is refused here alone: numbers that C reads in spite of what is around them."""


def theirs(path: Path) -> tuple[bool, int]:
    """Whether the real tool finds a file good, and up to which byte."""
    assert TOOL is not None
    found = subprocess.run([TOOL, str(path)], capture_output=True, check=False)
    upto = re.search(rb"ok_up_to=(\d+)", found.stdout)
    return found.returncode == 0, int(upto[1]) if upto else 0


def ours(path: Path) -> Checked:
    disk = RealDisk(path.parent)
    try:
        (checked,) = check(disk, path.name)
    finally:
        disk.close()
    return checked


def compare(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    mine, (good, upto) = ours(path), theirs(path)
    if not mine.good and any(words in mine.reason for words in STRICTER):
        assert mine.whole <= upto or not data
        return
    assert mine.good is good, (data, mine)
    if data:
        assert mine.whole == upto, (data, mine)


@pytest.mark.parametrize("part", range(40))
def test_a_log_cut_off_is_good_up_to_the_same_byte(tmp_path: Path, part: int) -> None:
    compare(tmp_path / "log", LOG[: len(LOG) * part // 40 + part % 3])


@pytest.mark.parametrize("seed", range(80))
def test_a_log_with_changed_bytes_is_too(tmp_path: Path, seed: int) -> None:
    rng = Random(seed)
    data = bytearray(LOG[: rng.randrange(50, len(LOG))])
    for _ in range(rng.choice((1, 1, 3))):
        data[rng.randrange(len(data))] = rng.choice(b"*$#\r\n0129Mm" + rng.randbytes(2))
    compare(tmp_path / "log", bytes(data))


STAMPED = b"".join(
    [
        b"#TS:1700000000\r\n", encode_command((b"SET", b"k", b"\r\n*1\r\n")),
        encode_command((b"MULTI",)), encode_command((b"INCR", b"n")), b"#TS:1700000001\r\n",
        encode_command((b"EXEC",)),
        b"#TS:1700000002\r\n", encode_command((b"XADD", b"s", b"1-1", b"f", b"v")),
    ]
)  # fmt: skip


@pytest.mark.parametrize("part", range(4))
def test_fixing_leaves_the_same_of_a_log_wherever_it_was_cut_off(tmp_path: Path, part: int) -> None:
    """But for an annotation that is not whole: there it stays, and swallows what is appended."""
    assert TOOL is not None
    mine, other = tmp_path / "mine.aof", tmp_path / "other.aof"
    torn = 0
    for size in range(part, len(STAMPED) + 1, 4):
        for path in (mine, other):
            path.write_bytes(STAMPED[:size])
        fixed = CliRunner().invoke(cli, ["check-aof", "--fix", str(mine)], input="y\n")
        told = subprocess.run(
            [TOOL, "--fix", str(other)], input=b"y\n", capture_output=True, check=False
        )
        assert fixed.exit_code == told.returncode == 0
        left = mine.read_bytes()
        rest = other.read_bytes().removeprefix(left)
        torn += bool(rest)
        assert rest == b"" or (rest[:1] == b"#" and not rest.endswith(b"\n")), size
        assert ours(mine).good
    assert torn


# Manifests.

WORDS = [
    b"file", b"seq", b"type", b"a", b"b", b"1", b"2", b"0", b"-1", b"i", b"h", b"x", b'"a"', b"'a'",
    b'"a', b"../a", b"FILE", b"Type", b"\\a", b'"\\x61"', b"ib", b"1x", b"#",
]  # fmt: skip


def some_manifest(rng: Random) -> bytes:
    """A manifest with a mistake or two, or none."""
    lines = [
        [b"file", name, b"seq", b"%d" % seq, b"type", kind]
        for name, seq, kind in ((b"b", 1, b"b"), (b"a", 1, b"i"), (b"b", 2, b"i"))[
            rng.randrange(2) : rng.randrange(2, 4)
        ]
    ]
    for _ in range(rng.randrange(3)):
        line = rng.choice(lines)
        place = rng.randrange(1, len(line))
        match rng.randrange(4):
            case 0:
                line[place] = rng.choice(WORDS)
            case 1:
                line.insert(place, rng.choice(WORDS))
            case 2:
                del line[place]
            case _:
                lines.insert(rng.randrange(1, len(lines) + 1), list(line))
    ends = rng.choice((b"\n", b"\n", b"\n", b" \r\n", b"\n\n", b"\n#\n", b"\0\n"))
    text = b"".join(b" ".join(line) + (b"\n" if rng.random() < 0.9 else ends) for line in lines)
    return text if rng.random() < 0.9 else text[:-1]


def refusal_of_the_tool(path: Path) -> str:
    """Why the real tool refuses a manifest; "" if it takes it."""
    assert TOOL is not None
    said = subprocess.run([TOOL, str(path)], capture_output=True, check=False).stdout
    if b"FATAL AOF MANIFEST" not in said:
        return ""
    last = said.decode(errors="replace").strip().splitlines()[-1]
    return last.partition(" # ")[2]


def refusal_of_ours(data: bytes) -> str:
    try:
        parse(data)
    except ManifestError as error:
        return error.reason
    return ""


@pytest.mark.parametrize("seed", range(150))
def test_a_manifest_is_refused_for_the_same_reason(tmp_path: Path, seed: int) -> None:
    data = some_manifest(Random(seed))
    for name in ("a", "b", "x"):
        (tmp_path / name).write_bytes(PING)
    path = tmp_path / "log.manifest"
    path.write_bytes(data)
    assert refusal_of_ours(data) == refusal_of_the_tool(path), data


def test_both_are_seen_often_enough() -> None:
    reasons = [refusal_of_ours(some_manifest(Random(seed))) for seed in range(150)]
    assert len(set(reasons)) >= 6
    assert 20 < reasons.count("") < 120
