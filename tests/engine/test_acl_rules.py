"""ACL rules, read and written; what each makes of a user."""

from __future__ import annotations

import pytest

import redlearn.engine.commands  # noqa: F401  (fills the command table)
from redlearn.engine.acl_rules import (
    CATEGORIES,
    BadRule,
    UnmatchedParenthesis,
    as_file,
    changed,
    default_user,
    describe,
    every_name,
    has_blanks,
    listed_in,
    merged,
    named,
    names_in,
    read_file,
)
from redlearn.engine.command import all_commands
from redlearn.engine.users import Selector, User, hashed
from redlearn.errors import (
    ACL_CHANNEL_AFTER_ALL,
    ACL_FILE_REFUSED,
    ACL_FIRST_ARG_OF_SUBCOMMAND,
    ACL_KEY_AFTER_ALL,
    ACL_NO_SUCH_PASSWORD,
    ACL_NOT_A_HASH,
    ACL_SYNTAX,
    ACL_UNKNOWN_NAME,
)

NOBODY = User(b"ann", selectors=(Selector(),))
HASH = hashed(b"x").decode()


def user_of(*rules: str) -> User:
    user = NOBODY
    for rule in rules:
        user = changed(user, rule.encode(), Selector())
    return user


@pytest.mark.parametrize(
    ("rules", "described"),
    [
        ("", "off sanitize-payload resetchannels -@all"),
        ("on", "on sanitize-payload resetchannels -@all"),
        ("ON off", "off sanitize-payload resetchannels -@all"),
        ("nopass", "off nopass sanitize-payload resetchannels -@all"),
        ("skip-sanitize-payload", "off skip-sanitize-payload resetchannels -@all"),
        (">x", f"off sanitize-payload #{HASH} resetchannels -@all"),
        (">x >x", f"off sanitize-payload #{HASH} resetchannels -@all"),
        (f"#{HASH} !{HASH}", "off sanitize-payload resetchannels -@all"),
        (">x <x", "off sanitize-payload resetchannels -@all"),
        ("nopass >x", f"off sanitize-payload #{HASH} resetchannels -@all"),
        (">x nopass", "off nopass sanitize-payload resetchannels -@all"),
        ("~a ~b", "off sanitize-payload ~a ~b resetchannels -@all"),
        ("%R~a %w~a", "off sanitize-payload ~a resetchannels -@all"),
        ("%R~a %W~b %rw~c", "off sanitize-payload %R~a %W~b ~c resetchannels -@all"),
        ("~a allkeys", "off sanitize-payload ~* resetchannels -@all"),
        ("~* resetkeys ~a", "off sanitize-payload ~a resetchannels -@all"),
        ("&a &a &b", "off sanitize-payload resetchannels &a &b -@all"),
        ("&a allchannels", "off sanitize-payload &* -@all"),
        ("+get +set", "off sanitize-payload resetchannels -@all +get +set"),
        ("+GET -get", "off sanitize-payload resetchannels -@all -get"),
        ("+get +@all", "off sanitize-payload resetchannels +@all"),
        ("+@all -get", "off sanitize-payload resetchannels +@all -get"),
        ("+@Read -@read", "off sanitize-payload resetchannels -@all -@read"),
        ("+config|get +config", "off sanitize-payload resetchannels -@all +config"),
        ("+config -config|set", "off sanitize-payload resetchannels -@all +config -config|set"),
        ("+select|0 +select|1", "off sanitize-payload resetchannels -@all +select|0 +select|1"),
        ("+get (~a +set)", "off sanitize-payload resetchannels -@all +get "
                           "(~a resetchannels -@all +set)"),
        ("+get (~a) clearselectors", "off sanitize-payload resetchannels -@all +get"),
        ("on >x ~a &b +get () reset", "off sanitize-payload resetchannels -@all"),
    ],
)  # fmt: skip
def test_rules_come_back_as_redis_writes_them(rules: str, described: str) -> None:
    words = [word.decode() for word in merged([word.encode() for word in rules.split()])]
    user = user_of(*words)
    assert describe(user).decode() == described
    again = user_of("reset", *(w.decode() for w in merged(describe(user).split(b" "))))
    assert again == user


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ("nonsense", ACL_SYNTAX),
        ("+", ACL_UNKNOWN_NAME),
        ("+nosuch", ACL_UNKNOWN_NAME),
        ("-nosuch", ACL_UNKNOWN_NAME),
        ("+@nosuch", ACL_UNKNOWN_NAME),
        ("-select|0", ACL_UNKNOWN_NAME),
        ("+config|nosuch", ACL_UNKNOWN_NAME),
        ("+get|", ACL_SYNTAX),
        ("+config|get|x", ACL_FIRST_ARG_OF_SUBCOMMAND),
        ("~* ~a", ACL_KEY_AFTER_ALL),
        ("&* &a", ACL_CHANNEL_AFTER_ALL),
        ("%~a", ACL_SYNTAX),
        ("%RR~a", ACL_SYNTAX),
        ("%X~a", ACL_SYNTAX),
        ("#12", ACL_NOT_A_HASH),
        (f"#{HASH.upper()}", ACL_NOT_A_HASH),
        ("<x", ACL_NO_SUCH_PASSWORD),
        ("(on)", ACL_SYNTAX),
    ],
)
def test_a_rule_without_sense_says_why(rules: str, reason: str) -> None:
    *before, last = rules.split()
    user = user_of(*before)
    with pytest.raises(BadRule) as refused:
        changed(user, last.encode(), Selector())
    assert str(refused.value) == reason


@pytest.mark.parametrize("pattern", [b"~a b", b"~a\0", b"&a\tb", b"%R~\n"])
def test_patterns_have_no_blanks(pattern: bytes) -> None:
    with pytest.raises(BadRule, match=ACL_SYNTAX):
        changed(NOBODY, pattern, Selector())


def test_a_later_rule_wins() -> None:
    assert "get" not in user_of("+@read", "-get").root.allowed
    assert "get" in user_of("-get", "+@read").root.allowed


def test_a_container_stands_for_its_subcommands() -> None:
    root = user_of("+config", "-config|set").root
    assert {"config", "config|get"} <= root.allowed
    assert "config|set" not in root.allowed


def test_taking_away_what_was_given_back_is_not_all_commands() -> None:
    root = user_of("+@all", "-get", "+get").root
    assert root.allowed == every_name()
    assert root.future
    assert not root.all_commands


def test_first_arguments_are_forgotten_with_a_rule_about_their_command() -> None:
    assert user_of("+select|0").root.first_arguments == (("select", b"0"),)
    assert user_of("+select|0", "-select").root.first_arguments == ()
    assert user_of("+select|0", "-@all").root.first_arguments == ()


def test_a_selector_in_several_words_is_put_together() -> None:
    assert merged([b"on", b"(+get", b"~a)", b"(+set)"]) == [b"on", b"(+get ~a)", b"(+set)"]
    with pytest.raises(UnmatchedParenthesis) as refused:
        merged([b"on", b"(+get", b"~a"])
    assert refused.value.rule == b"(+get"


def test_new_channels_depend_on_what_is_configured() -> None:
    blank = Selector(all_channels=True)
    user = changed(NOBODY, b"reset", blank)
    assert user.root.all_channels
    assert changed(user, b"(+get)", blank).selectors[1].all_channels


def test_the_default_user_may_do_everything() -> None:
    assert describe(default_user()) == b"on nopass sanitize-payload ~* &* +@all"
    assert default_user().unrestricted


def test_every_command_is_in_a_category_and_every_category_has_some() -> None:
    assert frozenset().union(*(names_in(f"@{c}") for c in CATEGORIES)) == every_name()
    for row in all_commands():
        for category in row.categories:
            assert row.name.encode() in listed_in(category[1:])


def test_commands_are_found_by_name() -> None:
    get = named(b"Config|Get")
    assert get is not None
    assert get.name == "config|get"
    assert named(b"get|x") is None
    assert named(b"nosuch") is None


def test_names_are_words() -> None:
    assert has_blanks(b"a b")
    assert has_blanks(b"a\0b")
    assert not has_blanks(b"a-b")


def test_a_file_is_read_as_it_was_written() -> None:
    users = [default_user(), user_of("on", ">x", "~a", "+get", "(&b +publish)")]
    found, errors = read_file(as_file(users), "users.acl", Selector())
    assert (found, errors) == (users, "")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"\n# no\n", "f:2 should start with user keyword followed by the username. "),
        (b"user", "f:1 should start with user keyword followed by the username. "),
        (b"user a\tb on", "'f:1: username 'a\tb' contains invalid characters. "),
        (b"user a\nuser a", "WARNING: Duplicate user 'a' found on line 2. "),
        (b"user a (+get", "f:1: Unmatched parenthesis in selector definition."),
        (b"user a +no +nor",
         "f:1: Error in applying operation '+no': Unknown command or category name in ACL. "
         "f:1: Error in applying operation '+nor': Unknown command or category name in ACL. "),
        (b"user a nonsense <x", "f:1: Syntax error. "),
    ],
)  # fmt: skip
def test_all_that_is_wrong_in_a_file_is_told_in_one_line(text: bytes, error: str) -> None:
    assert read_file(text, "f", Selector())[1] == error + ACL_FILE_REFUSED
