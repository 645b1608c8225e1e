"""Users as data: passwords, and the log of what was refused."""

from __future__ import annotations

import hashlib

import pytest

from redlearn.engine.users import (
    LONGEST_GROUPING_MS,
    SEARCHED_FOR_SAME,
    LogEntry,
    Selector,
    User,
    Users,
    hashed,
)


def entry(object: bytes = b"get", at_ms: int = 0, **more: object) -> LogEntry:
    return LogEntry(
        0, str(more.get("reason", "command")), str(more.get("context", "toplevel")), object,
        b"ann", b"id=1", at_ms, at_ms,
    )  # fmt: skip


def test_a_password_is_kept_as_its_sha_256() -> None:
    assert hashed(b"s3cret") == hashlib.sha256(b"s3cret").hexdigest().encode()


def test_any_of_several_passwords_will_do() -> None:
    user = User(b"ann", enabled=True, passwords=(hashed(b"a"), hashed(b"b")))
    assert [user.accepts(password) for password in (b"a", b"b", b"c")] == [True, True, False]


def test_every_password_is_compared_even_after_one_that_fits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[bytes] = []

    def compare(claimed: bytes, known: bytes) -> bool:
        compared.append(known)
        return claimed == known

    monkeypatch.setattr("redlearn.engine.users.hmac.compare_digest", compare)
    user = User(b"ann", enabled=True, passwords=(hashed(b"a"), hashed(b"b")))
    assert user.accepts(b"a")
    assert compared == [hashed(b"a"), hashed(b"b")]


def test_a_user_that_is_off_accepts_nothing() -> None:
    assert not User(b"ann", no_password=True).accepts(b"")
    assert User(b"ann", enabled=True, no_password=True).accepts(b"whatever")


def test_without_any_password_nobody_gets_in() -> None:
    assert not User(b"ann", enabled=True).accepts(b"")


def test_two_selectors_never_add_up() -> None:
    keys = Selector(all_commands=True, all_keys=True)
    channels = Selector(all_commands=True, all_channels=True)
    assert not User(b"ann", selectors=(keys, channels)).unrestricted
    everything = Selector(all_commands=True, all_keys=True, all_channels=True)
    assert User(b"ann", selectors=(keys, everything)).unrestricted


def test_the_same_refusal_counts_as_one_for_a_minute() -> None:
    users = Users(b"")
    users.note(entry(at_ms=0), 128)
    users.note(entry(b"set", at_ms=1), 128)
    users.note(entry(at_ms=LONGEST_GROUPING_MS), 128)
    assert [(each.object, each.count) for each in users.log] == [(b"get", 2), (b"set", 1)]
    assert (users.log[0].created_ms, users.log[0].updated_ms) == (0, LONGEST_GROUPING_MS)
    users.note(entry(at_ms=2 * LONGEST_GROUPING_MS + 1), 128)
    assert [each.object for each in users.log] == [b"get", b"get", b"set"]


@pytest.mark.parametrize("other", [{"reason": "key"}, {"context": "multi"}])
def test_another_reason_or_place_is_another_refusal(other: dict[str, object]) -> None:
    users = Users(b"")
    users.note(entry(), 128)
    users.note(entry(**other), 128)  # type: ignore[arg-type]
    assert [each.count for each in users.log] == [1, 1]


def test_only_the_latest_entries_are_looked_at_for_the_same() -> None:
    users = Users(b"")
    users.note(entry(b"first"), 128)
    for number in range(SEARCHED_FOR_SAME):
        users.note(entry(b"%d" % number), 128)
    users.note(entry(b"first"), 128)
    assert users.log[0].count == 1
    assert len(users.log) == SEARCHED_FOR_SAME + 2


def test_the_log_has_an_end() -> None:
    users = Users(b"")
    for number in range(5):
        users.note(entry(b"%d" % number), 3)
    assert [each.object for each in users.log] == [b"4", b"3", b"2"]
    users.note(entry(b"x"), 0)
    assert users.log == []
    assert users.refused["command"] == 6


def test_made_up_passwords_follow_from_the_secret_and_never_repeat() -> None:
    users, same, other = Users(b"a"), Users(b"a"), Users(b"b")
    first = users.random_digits(64)
    assert same.random_digits(64) == first != other.random_digits(64)
    assert users.random_digits(64) != first
    assert len(users.random_digits(1000)) == 1000


def test_all_of_it_travels_in_time() -> None:
    users = Users(b"")
    users.put(User(b"ann", enabled=True))
    users.note(entry(), 128)
    digits = Users(b"").random_digits(64)
    frozen = users.freeze()
    users.random_digits(64)
    users.put(User(b"default"))
    users.log.clear()
    users.thaw(frozen)
    assert (list(users.table), len(users.log), users.asks) == ([b"ann"], 1, True)
    assert users.random_digits(64) == digits
