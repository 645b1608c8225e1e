"""Who may do what: decisions, refusals, the log, and who has to leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from redlearn.engine import acl
from redlearn.engine.acl import (
    CommandDenied,
    Denial,
    LoggedIn,
    LoginFailed,
    UserChanged,
    UserDeleted,
)
from redlearn.engine.acl_rules import changed, merged
from redlearn.engine.command import find_command
from redlearn.engine.users import READ, WRITE, Selector, User
from redlearn.errors import CommandError
from redlearn.resp.reply import OK, PONG, Failure, Reply, Status, Verbatim
from redlearn.timeline.snapshot import Freezer
from tests.conftest import Redis, argv_of


def decide(rules: str, call: str) -> Denial | None:
    user = User(b"ann", selectors=(Selector(),))
    for rule in merged(rules.encode().split()):
        user = changed(user, rule, Selector())
    argv = argv_of(call)
    row = find_command(argv)
    assert row is not None
    return acl.check(user, row, argv)


def refusal(redis: Redis, line: str) -> str:
    (reply,) = redis.all(line)
    assert isinstance(reply, Failure), reply
    return reply.text


@pytest.fixture
def ann(redis: Redis) -> Redis:
    """A client that is ann, who may little. `redis` is the one who may everything."""
    redis("ACL SETUSER ann on >s ~a* %R~r* %W~w* &news* +@all -@dangerous -select +select|0 -del")
    client = redis.connect()
    assert client("AUTH ann s") is OK
    return client


@pytest.mark.parametrize(
    ("rules", "call", "denied"),
    [
        ("+get ~*", "GET k", None),
        ("~*", "GET k", Denial("command", 0, b"get")),
        ("+get ~a", "GET k", Denial("key", 1, b"k")),
        ("+config|get", "CONFIG GET x", None),
        ("+config -config|get", "CONFIG GET x", Denial("command", 0, b"config|get")),
        ("+select|0", "SELECT 0", None),
        ("+select|0", "SELECT 1", Denial("command", 0, b"select")),
        ("-@all", "AUTH x", None),  # what strangers may do everybody may
        ("+@all %R~k", "GET k", None),
        ("+@all %R~k", "SET k v", Denial("key", 1, b"k")),
        ("+@all %W~k", "SET k v", None),
        ("+@all %W~k", "SET k v GET", Denial("key", 1, b"k")),
        ("+@all %W~k", "EXISTS k", None),  # it says nothing of what is in the key
        ("+@all %R~a %W~b", "COPY a b", None),
        ("+@all %R~a %W~b", "COPY b a", Denial("key", 1, b"b")),
        ("+@all ~a ~c", "MSET a 1 b 2 c 3", Denial("key", 3, b"b")),
        ("+@all ~a", "EVAL 1 0" if find_command([b"EVAL"]) else "PING", None),
        ("+@all &n*", "PUBLISH news x", None),
        ("+@all &n*", "PUBLISH old news", Denial("channel", 1, b"old")),
        ("+@all &n*", "SUBSCRIBE news old", Denial("channel", 2, b"old")),
        ("+@all &n*", "PSUBSCRIBE n*", None),
        ("+@all &n*", "PSUBSCRIBE ne*", Denial("channel", 1, b"ne*")),
        ("+@all", "UNSUBSCRIBE x", None),
        ("+@all &n*", "SPUBLISH old x", Denial("channel", 1, b"old")),
        ("+get (+set ~k)", "SET k v", None),
        ("+get ~k (+set ~a)", "SET k v", Denial("key", 1, b"k")),  # selectors do not add up
        ("(+mset ~a) (+mset ~b)", "MSET a 1 b 2", Denial("key", 3, b"b")),
        ("~* +publish (~*)", "PUBLISH c m", Denial("channel", 1, b"c")),
    ],
)
def test_decisions(rules: str, call: str, denied: Denial | None) -> None:
    assert decide(rules, call) == denied


def test_what_is_wanted_of_a_key_is_in_its_specification() -> None:
    assert acl.wanted_of("RW access update") == READ | WRITE
    assert acl.wanted_of("RO access") == READ
    assert acl.wanted_of("OW insert") == acl.wanted_of("RM delete") == WRITE
    assert acl.wanted_of("RO") == acl.wanted_of("") == 0


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("FLUSHALL", "NOPERM User ann has no permissions to run the 'flushall' command"),
        ("ACL LIST", "NOPERM User ann has no permissions to run the 'acl|list' command"),
        ("GET b", "NOPERM No permissions to access a key"),
        ("SET r 1", "NOPERM No permissions to access a key"),
        ("PUBLISH x 1", "NOPERM No permissions to access a channel"),
        ("SELECT 1", "NOPERM User ann has no permissions to run the 'select' command"),
        ("NOSUCH", "ERR unknown command 'NOSUCH', with args beginning with: "),
        ("FLUSHALL 1 2 3", "NOPERM User ann has no permissions to run the 'flushall' command"),
        ("DEL", "ERR wrong number of arguments for 'del' command"),
    ],
)
def test_refusals_in_redis_s_words_and_order(ann: Redis, line: str, error: str) -> None:
    assert refusal(ann, line) == error


def test_what_is_allowed_runs(ann: Redis) -> None:
    assert ann("SET a1 x") is OK
    assert ann("GET a1") == b"x"
    assert ann("SELECT 0") is OK
    assert ann("SET w 1") is OK


def test_one_who_may_everything_is_not_guarded(redis: Redis, ann: Redis) -> None:
    assert not redis.client.guarded
    assert ann.client.guarded
    redis("ACL SETUSER ann +@all allkeys allchannels")
    assert not ann.client.guarded
    redis("ACL SETUSER ann -get")
    assert ann.client.guarded


def test_a_stranger_may_only_say_who_he_is(redis: Redis) -> None:
    redis("CONFIG SET requirepass s")
    stranger = redis.connect()
    assert refusal(stranger, "GET k") == "NOAUTH Authentication required."
    assert refusal(stranger, "GET") == "ERR wrong number of arguments for 'get' command"
    assert refusal(stranger, "HELLO 3").startswith("NOAUTH HELLO must be called with the client")
    assert refusal(stranger, "AUTH x").startswith("WRONGPASS ")
    assert stranger("AUTH s") is OK
    assert stranger("GET k") is None
    assert redis("GET k") is None  # who was in before stays in
    assert stranger("RESET") == Status("RESET")
    assert refusal(stranger, "GET k") == "NOAUTH Authentication required."


def test_a_stranger_is_one_no_longer_when_no_password_is_asked_for(redis: Redis) -> None:
    redis("CONFIG SET requirepass s")
    stranger = redis.connect()
    redis('CONFIG SET requirepass ""')
    assert stranger("GET k") is None
    assert refusal(stranger, "HELLO 3").startswith("NOAUTH ")  # it still has not said who it is


def test_hello_says_who_one_is_as_well(redis: Redis) -> None:
    redis("ACL SETUSER ann on >s +acl|whoami")
    client = redis.connect()
    assert refusal(client, "HELLO 3 AUTH ann x").startswith("WRONGPASS ")
    assert client.client.protocol == 2
    client("HELLO 3 AUTH ann s")
    assert (client("ACL WHOAMI"), client.client.protocol) == (b"ann", 3)


def test_a_refused_command_dooms_its_transaction(ann: Redis) -> None:
    ann("MULTI")
    assert refusal(ann, "GET b").startswith("NOPERM")
    assert refusal(ann, "EXEC").startswith("EXECABORT")


@pytest.mark.parametrize(
    ("queued", "rule", "why"),
    [
        ("GET a", "-get", "no permission to execute the command or subcommand"),
        ("GET a", "resetkeys", "no permission to touch the specified keys"),
        ("PUBLISH news x", "resetchannels",
         "no permission to access one of the channels used as arguments"),
    ],
)  # fmt: skip
def test_rules_that_change_before_exec_count(
    redis: Redis, ann: Redis, queued: str, rule: str, why: str
) -> None:
    for line in ("MULTI", "PING", queued, "PING"):
        ann(line)
    redis(f"ACL SETUSER ann {rule}")
    first, refused, last = ann("EXEC")  # type: ignore[misc]
    assert isinstance(refused, Failure)
    assert refused.text == (
        "NOPERM ACLs rules changed between the moment the transaction was accumulated and the "
        f"EXEC call. This command is no longer allowed for the following reason: {why}"
    )
    assert first == last == PONG


def test_a_waiting_command_is_asked_again_when_its_turn_comes(redis: Redis, ann: Redis) -> None:
    assert ann.all("BLPOP a 0") == []
    redis("ACL SETUSER ann -blpop")
    redis("LPUSH a x")
    (reply,) = ann.client.take()
    assert reply == Failure("NOPERM User ann has no permissions to run the 'blpop' command")
    assert redis("LLEN a") == 1


def test_who_is_deleted_has_to_leave(redis: Redis, ann: Redis) -> None:
    other = redis.connect()
    redis("ACL SETUSER bob on nopass")
    other("AUTH bob x")
    assert redis("ACL DELUSER ann nobody") == 1
    assert ann.client.id not in redis.engine.state.clients
    assert other.client.id in redis.engine.state.clients


def test_who_deletes_himself_hears_the_reply_and_leaves(redis: Redis) -> None:
    redis("ACL SETUSER ann on nopass +@all")
    ann = redis.connect()
    ann("AUTH ann x")
    assert ann("ACL DELUSER ann") == 1
    assert ann.client.closing
    assert ann.client.user == b"default"


@pytest.mark.parametrize(
    ("listens", "rules", "leaves"),
    [
        ("SUBSCRIBE news", "resetchannels &n*", False),
        ("SUBSCRIBE news", "resetchannels &o*", True),
        ("SUBSCRIBE news", "allchannels", False),
        ("PSUBSCRIBE news*", "resetchannels &n*", True),
        ("PSUBSCRIBE news*", "resetchannels &news*", False),
        ("SSUBSCRIBE news", "resetchannels", True),
        ("PING", "resetchannels", False),
        ("SUBSCRIBE news", "-get", False),
    ],
)
def test_who_may_hear_no_longer_what_he_hears_has_to_leave(
    redis: Redis, ann: Redis, listens: str, rules: str, leaves: bool
) -> None:
    ann.all(listens)
    redis.connect().all("SUBSCRIBE other")  # of another user, whom it does not concern
    redis(f"ACL SETUSER ann {rules}")
    assert (ann.client.id not in redis.engine.state.clients) == leaves
    redis.engine.check()


def test_clients_are_listed_and_killed_by_user(redis: Redis, ann: Redis) -> None:
    listed = redis("CLIENT LIST")
    assert isinstance(listed, Verbatim)
    assert b" user=ann " in listed.data
    assert refusal(redis, "CLIENT KILL USER nobody") == "ERR No such user 'nobody'"
    assert redis("CLIENT KILL USER ann") == 1
    assert ann.client.id not in redis.engine.state.clients


@pytest.mark.parametrize(
    ("rules", "line", "error"),
    [
        ("%R~a*", "SORT a BY w_* LIMIT 0 1", "BY"),
        ("%R~a*", "SORT a GET x_*", "GET"),
        ("%R~a*", "SORT_RO a GET #", "GET"),
        ("%R~a*", "SORT a BY nosort", ""),
        ("%R~*", "SORT a BY w_* GET x_*", ""),
        ("~a (%R~* +sort)", "SORT a BY w_*", ""),
        ("~a (%W~* +sort)", "SORT a BY w_*", "BY"),
        ("allkeys", "SORT a BY w_*", ""),
    ],
)
def test_sort_reads_keys_nobody_named(redis: Redis, rules: str, line: str, error: str) -> None:
    redis(f"ACL SETUSER bob on nopass +@all {rules}")
    bob = redis.connect()
    bob("AUTH bob x")
    if error:
        said = f"ERR {error} option of SORT denied due to insufficient ACL permissions."
        assert refusal(bob, line) == said
    else:
        assert bob(line) == []


def test_scripts_are_refused_in_words_of_their_own(redis: Redis, ann: Redis) -> None:
    row = find_command([b"DEL"])
    assert row is not None
    state = redis.engine.state
    assert acl.denied(state, ann.client, row, [b"DEL", b"a"]) == Denial("command", 0, b"del")
    assert state.users.log == []
    with pytest.raises(CommandError) as refused:
        acl.require_in_script(state, ann.client, row, [b"DEL", b"a"])
    assert refused.value.text == (
        "ERR ACL failure in script: User ann has no permissions to run the 'del' command"
    )
    assert state.users.log[0].context == "lua"
    assert acl.denied(state, redis.client, row, [b"DEL", b"a"]) is None


def test_what_is_repeated_for_another_server_is_not_questioned(redis: Redis, ann: Redis) -> None:
    ann.client.obeyed = True
    assert ann("SET b 1") is OK


def test_events_tell_of_it(redis: Redis, ann: Redis) -> None:
    assert CommandDenied(ann.client.id, b"ann", "key", b"b") in ann.events("GET b")
    assert LoginFailed(ann.client.id, b"bob") in ann.events("AUTH bob x")
    assert LoggedIn(ann.client.id, b"ann") in ann.events("AUTH ann s")
    assert UserChanged(b"ann", new=False) in redis.events("ACL SETUSER ann off")
    assert UserChanged(b"bob", new=True) in redis.events("ACL SETUSER bob")
    assert UserDeleted(b"bob") in redis.events("ACL DELUSER bob")


def test_users_travel_in_time(redis: Redis, ann: Redis) -> None:
    freezer = Freezer(redis.engine)
    refusal(ann, "GET b")
    there = freezer.freeze()
    redis("CONFIG SET requirepass s")
    redis("ACL LOG RESET")
    redis("ACL DELUSER ann")
    freezer.thaw(there)
    again = redis.engine.state.clients[ann.client.id]
    assert (again.user, again.guarded) == (b"ann", True)
    assert not redis.engine.connect().stranger
    assert len(redis.engine.state.users.log) == 1
    assert freezer.freeze() == there or redis.engine.state.users.freeze() == there.users


class Disk:
    """A file in memory, which may fail."""

    def __init__(self, text: bytes = b"") -> None:
        self.name = "users.acl"
        self.text = text
        self.fails: OSError | None = None

    def read(self) -> bytes:
        if self.fails:
            raise self.fails
        return self.text

    def write(self, text: bytes) -> None:
        if self.fails:
            raise self.fails
        self.text = text


@pytest.fixture
def disk(redis: Redis) -> Disk:
    """The engine's ACL file."""
    redis.engine.state.users.file = disk = Disk()
    return disk


def test_what_was_saved_is_loaded_again(redis: Redis, disk: Disk) -> None:
    redis("ACL SETUSER ann on >s ~a +get")
    before = redis("ACL LIST")
    assert redis("ACL SAVE") is OK
    redis("ACL DELUSER ann")
    redis("ACL SETUSER default >x")
    assert redis("ACL LOAD") is OK
    assert redis("ACL LIST") == before
    assert disk.text.startswith(b"user ann on sanitize-payload #")


def test_a_file_is_loaded_whole_or_not_at_all(redis: Redis, disk: Disk) -> None:
    redis("ACL SETUSER ann on")
    before = redis("ACL LIST")
    disk.text = b"user bob on\nuser carl nonsense\n"
    assert refusal(redis, "ACL LOAD") == (
        "ERR users.acl:2: Syntax error. WARNING: ACL errors detected, no change to the "
        "previously active ACL rules was performed"
    )
    assert redis("ACL LIST") == before


def test_loading_sends_those_away_whose_user_is_gone_or_hears_less(
    redis: Redis, disk: Disk, ann: Redis
) -> None:
    redis("ACL SETUSER bob on nopass +@all &*")
    listens, free = redis.connect(), redis.connect()
    for client in (listens, free):
        client("AUTH bob x")
    listens.all("SUBSCRIBE news")
    disk.text = b"user bob on nopass +@all\n"
    redis("ACL LOAD")
    clients = redis.engine.state.clients
    assert [c.client.id in clients for c in (ann, listens, free, redis)] == [
        False, False, True, True,
    ]  # fmt: skip
    assert redis("ACL LIST") == [
        b"user bob on nopass sanitize-payload resetchannels +@all",
        b"user default on nopass sanitize-payload ~* &* +@all",
    ]


def test_a_file_that_fails_is_told(redis: Redis, disk: Disk) -> None:
    disk.fails = PermissionError(13, "Permission denied")
    assert refusal(redis, "ACL LOAD") == (
        "ERR Error loading ACLs, opening file 'users.acl': Permission denied"
    )
    assert refusal(redis, "ACL SAVE").startswith("ERR There was an error trying to save the ACLs.")


def test_replay_gives_the_same_passwords(new_redis: Callable[..., Redis]) -> None:
    made: list[Reply] = [new_redis(seed=7)("ACL GENPASS") for _ in range(2)]
    assert made[0] == made[1] != new_redis(seed=8)("ACL GENPASS")
