"""Users of a server: from redis.conf, from a file, and back into it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from redlearn.clock import VirtualClock
from redlearn.engine.acl_rules import describe
from redlearn.engine.engine import Engine
from redlearn.engine.users import Selector
from redlearn.resp.reply import OK, Failure
from redlearn.server.acl_file import BOTH, BadUsers, DiskFile, user_of
from redlearn.server.settings import BadSettings, read_settings


def started(*words: str) -> Engine:
    engine = Engine(VirtualClock(0))
    read_settings(words).apply(engine.state)
    return engine


def test_a_file_is_replaced_in_one_step_for_its_owner_only(tmp_path: Path) -> None:
    file = DiskFile("users.acl", tmp_path)
    file.write(b"one")
    file.write(b"two")
    assert file.read() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["users.acl"]
    assert stat.S_IMODE((tmp_path / "users.acl").stat().st_mode) == 0o600


def test_a_link_that_stands_in_the_way_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / f"users.acl.tmp-{os.getpid()}").symlink_to(precious)
    DiskFile("users.acl", tmp_path).write(b"users")
    assert precious.read_text() == "mine"


def test_what_cannot_be_written_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "users.acl").mkdir()
    with pytest.raises(OSError):
        DiskFile("users.acl", tmp_path).write(b"users")
    assert [path.name for path in tmp_path.iterdir()] == ["users.acl"]


def test_user_lines_of_a_configuration(tmp_path: Path) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text("user ann on >s (+get\nuser bob on nopass ~a* (+set ~b) +get\n")
    with pytest.raises(BadSettings, match="line 1: Unmatched parenthesis in acl selector"):
        read_settings([str(conf)])
    conf.write_text("user ann on nopass ~a* (+set ~b) +get\nuser default off\n")
    users = started(str(conf)).state.users
    assert describe(users.table[b"ann"]) == (
        b"on nopass sanitize-payload ~a* resetchannels -@all +get (~b resetchannels -@all +set)"
    )
    assert users.asks


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ("user a on\nuser a off", "line 2: Error in user declaration 'a': Duplicate user found."),
        ("user a nonsense", "line 1: Error in user declaration 'nonsense': Syntax error"),
        ("user a +nosuch", "Unknown command or category name in ACL"),
        ('user "a b" on', "Spaces not allowed in ACL usernames"),
    ],
)
def test_wrong_user_lines_are_told_with_their_place(tmp_path: Path, lines: str, error: str) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text(lines + "\n")
    with pytest.raises(BadSettings, match=error):
        read_settings([str(conf)])


def test_users_come_from_a_file_and_go_back_there(tmp_path: Path) -> None:
    (tmp_path / "users.acl").write_text("user ann on nopass +get ~*\n")
    engine = started("--dir", str(tmp_path), "--aclfile", "users.acl")
    client = engine.connect()

    def run(line: bytes) -> object:
        engine.execute(client, line.split())
        return client.take()[0]

    assert run(b"ACL USERS") == [b"ann", b"default"]
    assert run(b"ACL SETUSER bob on") is OK
    assert run(b"ACL SAVE") is OK
    assert (tmp_path / "users.acl").read_text() == (
        "user ann on nopass sanitize-payload ~* resetchannels -@all +get\n"
        "user bob on sanitize-payload resetchannels -@all\n"
        "user default on nopass sanitize-payload ~* &* +@all\n"
    )
    (tmp_path / "users.acl").unlink()
    assert run(b"ACL LOAD") == Failure(
        "ERR Error loading ACLs, opening file 'users.acl': No such file or directory"
    )


def test_no_server_starts_with_wrong_users(tmp_path: Path) -> None:
    (tmp_path / "users.acl").write_text("user ann nonsense\n")
    with pytest.raises(BadSettings, match="Aborting Redis startup because of ACL errors: users"):
        started("--dir", str(tmp_path), "--aclfile", "users.acl")
    conf = tmp_path / "redis.conf"
    conf.write_text(f"user ann on\naclfile users.acl\ndir {tmp_path}\n")
    with pytest.raises(BadSettings, match=BOTH[:40]):
        started(str(conf))


def test_channels_of_new_users_are_as_configured_wherever_it_says_so(tmp_path: Path) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text("user ann on\nacl-pubsub-default allchannels\n")
    assert started(str(conf)).state.users.table[b"ann"].root.all_channels


def test_a_password_is_the_bytes_that_stand_in_the_file(tmp_path: Path) -> None:
    conf = tmp_path / "redis.conf"
    conf.write_text("requirepass пароль\n")
    users = started(str(conf)).state.users
    assert users.asks
    assert users.table[b"default"].accepts("пароль".encode())


def test_a_name_with_blanks_is_none() -> None:
    with pytest.raises(BadUsers):
        user_of(b"a b", [], Selector())


def test_a_file_and_its_folder_have_the_names_that_were_typed(tmp_path: Path) -> None:
    folder = tmp_path / "k\u00f6ln"
    folder.mkdir()
    (folder / "\u00fc.acl").write_text("user ann on nopass +@all ~*\n")
    users = started("--dir", str(folder), "--aclfile", "\u00fc.acl").state.users
    assert b"ann" in users.table
