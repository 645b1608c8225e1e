"""Real files opened in a session: on its disk to the byte, loaded, and never written to."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from redlearn.engine.digest import digest_of_dataset
from redlearn.resp.reply import Reply
from redlearn.timeline import brought
from redlearn.timeline.brought import CannotBring, bring, open_brought
from redlearn.timeline.housed import Housed
from redlearn.timeline.lab import compare
from redlearn.timeline.log import Acted
from redlearn.timeline.session import Session
from redlearn.views.files import all_files

RECORDED = Path(__file__).parents[1] / "data/recorded"
SERVERS = ("redis-6.2", "redis-7.0", "redis-7.4", "valkey-9.1")
START_MS = 1_780_000_000_000
FOLDER = "appendonlydir"
INCR = f"{FOLDER}/appendonly.aof.1.incr.aof"


def command(*words: str) -> bytes:
    parts = "".join(f"${len(word)}\r\n{word}\r\n" for word in words)
    return f"*{len(words)}\r\n{parts}".encode()


SET_A, SET_B = command("SET", "a", "1"), command("SET", "b", "2")


def opened(path: Path) -> tuple[Session, list[str]]:
    said: list[str] = []
    return open_brought(bring(path), START_MS, said.append), said


def refused(path: Path) -> str:
    with pytest.raises(CannotBring) as refusal:
        opened(path)
    return str(refusal.value)


def house(session: Session) -> Housed:
    assert isinstance(session.world, Housed)
    return session.world


def run(session: Session, line: str) -> Reply:
    client = max(session.clients, default=0) or session.connect()
    return session.execute(client, tuple(word.encode() for word in line.split()))[0]


def digest(session: Session) -> str:
    return digest_of_dataset(session.engine.state.databases)


def written(path: Path, data: bytes | bytearray) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


def in_parts(folder: Path, **parts: bytes) -> Path:
    """A log of several files: a base, then what follows it."""
    manifest = ""
    for seq, (name, data) in enumerate(parts.items(), 1):
        written(folder / name, data)
        manifest += f"file {name} seq {seq} type {'b' if name == 'base' else 'i'}\n"
    return written(folder / "mine.aof.manifest", manifest.encode())


# ---- what is opened ----


@pytest.mark.parametrize("server", SERVERS)
def test_a_snapshot_of_each_server_is_on_the_disk_and_in_the_engine(server: str) -> None:
    path = RECORDED / f"{server}.rdb"
    session, said = opened(path)
    assert house(session).disk.read("dump.rdb") == path.read_bytes()
    expected = json.loads((RECORDED / "expected.json").read_text())
    keys = {entry.key.decode() for entry in session.engine.state.databases[0].keys}
    assert keys and keys == set(expected[server])
    assert said == [f"DB loaded from disk: {len(keys)} keys"]


def test_a_log_of_one_file_becomes_one_that_is_kept(tmp_path: Path) -> None:
    session, _ = opened(written(tmp_path / "whatever", SET_A + SET_B))
    world = house(session)
    assert world.disk.read(INCR) == SET_A + SET_B
    assert world.log is not None and world.log.mode == "on"
    run(session, "SET c 3")
    assert world.disk.read(INCR) == SET_A + SET_B + command("SELECT", "0") + command(
        "SET", "c", "3"
    )


def test_a_log_that_begins_with_a_snapshot_is_split_where_that_ends(tmp_path: Path) -> None:
    base = (RECORDED / "redis-7.0.rdb").read_bytes()
    session, _ = opened(written(tmp_path / "old.aof", base + SET_A))
    disk = house(session).disk
    assert disk.read(f"{FOLDER}/appendonly.aof.1.base.rdb") == base
    assert disk.read(INCR) == SET_A
    assert run(session, "GET a") == b"1" and run(session, "DBSIZE") == 35


@pytest.mark.parametrize("given", ["manifest", "folder", "above"])
def test_a_log_in_parts_keeps_its_files_and_its_names(tmp_path: Path, given: str) -> None:
    base = (RECORDED / "redis-7.0.rdb").read_bytes()
    folder = tmp_path / FOLDER
    manifest = in_parts(folder, base=base, one=SET_A, two=SET_B)
    session, _ = opened({"manifest": manifest, "folder": folder, "above": tmp_path}[given])
    disk = house(session).disk
    for path in folder.iterdir():
        assert disk.read(f"{FOLDER}/{path.name}") == path.read_bytes()
    assert run(session, "DBSIZE") == 36
    run(session, "SET c 3")
    assert disk.read(f"{FOLDER}/two").endswith(command("SET", "c", "3"))


def test_of_a_data_directory_the_log_is_taken_else_the_snapshot(tmp_path: Path) -> None:
    written(tmp_path / "dump.rdb", (RECORDED / "redis-7.0.rdb").read_bytes())
    assert run(opened(tmp_path)[0], "DBSIZE") == 34
    written(tmp_path / "appendonly.aof", SET_A)
    assert run(opened(tmp_path)[0], "DBSIZE") == 1


def test_a_link_is_followed(tmp_path: Path) -> None:
    written(tmp_path / "log", SET_A)
    (tmp_path / "link").symlink_to(tmp_path / "log")
    assert run(opened(tmp_path / "link")[0], "GET a") == b"1"


# ---- time and crashes ----


def test_a_step_back_to_the_beginning_shows_it_loaded() -> None:
    session, _ = opened(RECORDED / "redis-7.4.rdb")
    before, disk = digest(session), house(session).disk.read("dump.rdb")
    for line in ("FLUSHALL", "SET a 1", "SAVE"):
        run(session, line)
    assert digest(session) != before
    session.seek(0)
    assert digest(session) == before and house(session).disk.read("dump.rdb") == disk
    session.seek(session.length)
    assert [entry.key for entry in session.engine.state.databases[0].keys] == [b"a"]


def test_the_moment_before_a_command_and_a_fork_have_it_too() -> None:
    session, _ = opened(RECORDED / "redis-7.4.rdb")
    before = digest(session)
    run(session, "FLUSHALL")
    assert digest_of_dataset(session.before(session.position).state.databases) == before
    session.seek(0)
    assert digest(session.fork()) == before


@pytest.mark.parametrize("end", ["kill", "crash"])
def test_what_was_brought_is_safe_from_a_power_cut(tmp_path: Path, end: str) -> None:
    for path in (RECORDED / "redis-7.0.rdb", written(tmp_path / "a.aof", SET_A + SET_B)):
        session, _ = opened(path)
        before = digest(session)
        assert session.act(end) == session.act("restart") == ""
        assert digest(session) == before


def test_the_crash_lab_begins_with_it_under_every_policy(tmp_path: Path) -> None:
    for path in (RECORDED / "redis-7.0.rdb", written(tmp_path / "a.aof", SET_A + SET_B)):
        session, _ = opened(path)
        size = run(session, "DBSIZE")
        for name in ("x", "y"):
            run(session, f"SET {name} 1")
        crash = Acted(session.now_ms, ("crash",))
        view = compare(session.recipe, session.timeline.inputs, crash)
        kept = {row.policy: (row.had, row.has, row.kept) for row in view.rows}
        lost = (size + 2, size, 0)
        assert kept == {
            "none": lost, "RDB": lost, "AOF no": lost, "AOF everysec": lost,
            "AOF always": (size + 2, size + 2, 2), "hybrid": lost,
        }  # fmt: skip


# ---- what is refused ----


def test_damage_is_told_with_its_place_in_the_file(tmp_path: Path) -> None:
    data = bytearray((RECORDED / "redis-7.0.rdb").read_bytes())
    cut = written(tmp_path / "cut.rdb", data[:300])
    more = "`redlearn check-rdb` tells more"
    assert refused(cut) == f"{cut}: at byte 247: 1037 bytes were promised, 53 are left; {more}"
    data[-1] ^= 1
    flipped = refused(written(tmp_path / "flipped.rdb", data))
    assert f"at byte {len(data) - 8}: the checksum is " in flipped
    assert flipped.endswith(more)
    bad = written(tmp_path / "bad.aof", SET_A + b"*2\r\nx")
    assert refused(bad).startswith(f"{bad}: at byte {len(SET_A) + 4}: expected '$'")


def test_in_a_log_split_in_two_the_place_is_that_of_the_one_file(tmp_path: Path) -> None:
    base = (RECORDED / "redis-7.0.rdb").read_bytes()
    path = written(tmp_path / "old.aof", base + SET_A + command("SEX", "a"))
    assert refused(path) == f"{path}: at byte {len(base + SET_A)}: there is no command 'SEX'"


def test_of_a_log_in_parts_the_part_is_named(tmp_path: Path) -> None:
    manifest = in_parts(tmp_path, one=SET_A[:-3], two=SET_B)
    assert "one: at byte 0: cut off, and not the last file" in refused(manifest)
    (tmp_path / "two").unlink()
    assert refused(manifest).endswith("two: No such file or directory")
    manifest.write_bytes(b"file ../two seq 1 type i\n")
    assert "the manifest: File can't be a path" in refused(manifest)


def test_a_tail_that_is_cut_off_is_loaded_up_to_there_and_told(tmp_path: Path) -> None:
    path = written(tmp_path / "a.aof", SET_A + SET_B[:-1])
    session, said = opened(path)
    assert "was cut to 27 bytes" in said[0]
    assert run(session, "DBSIZE") == 1
    assert path.read_bytes() == SET_A + SET_B[:-1]


def test_what_is_nothing_of_the_kind_is_refused_in_a_sentence(tmp_path: Path) -> None:
    assert refused(tmp_path / "none").endswith("none: No such file or directory")
    assert refused(written(tmp_path / "empty", b"")).endswith("empty: it is empty")
    assert refused(written(tmp_path / "x", b"hello")).endswith(
        "at byte 0: neither a snapshot nor a log begins so"
    )
    (tmp_path / "folder").mkdir()
    assert "no manifest of a log is in this directory" in refused(tmp_path / "folder")
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").endswith("not a regular file")
    os.symlink(tmp_path / "circle", tmp_path / "circle")
    assert refused(tmp_path / "circle").endswith("circle: Too many levels of symbolic links")
    nameless = written(tmp_path / ".manifest", b"file a seq 1 type i\n")
    assert refused(nameless).endswith(
        "what .manifest is called after: appendfilename can't be empty"
    )
    odd = written(tmp_path / "\x1b[2J", b"")
    assert "\x1b" not in refused(odd)


def test_too_much_for_a_session_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(brought, "MOST_BYTES", 50)
    assert "54B are too much" in refused(written(tmp_path / "a.aof", SET_A + SET_B))
    parts = in_parts(tmp_path / "log", one=SET_A, two=SET_B)
    assert "are too much" in refused(parts)
    assert len(all_files(house(opened(written(tmp_path / "b", SET_A))[0]).disk)) == 2


def test_nothing_is_written_to_where_it_comes_from(tmp_path: Path) -> None:
    path = written(tmp_path / "dump.rdb", (RECORDED / "redis-7.0.rdb").read_bytes())
    before = (path.read_bytes(), path.stat().st_mtime_ns)
    session, _ = opened(path)
    for line in ("FLUSHALL", "SAVE", "CONFIG SET appendonly yes"):
        run(session, line)
    session.act("crash")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert os.listdir(tmp_path) == ["dump.rdb"]
