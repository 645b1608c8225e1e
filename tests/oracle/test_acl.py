"""Users beside real servers: rules, how they are told, and what they permit."""

from __future__ import annotations

import pytest

from redlearn.resp.encode import encode
from tests.conftest import Redis, argv_of
from tests.oracle.acl import run
from tests.oracle.servers import Server


@pytest.mark.parametrize("pairs", [1500, pytest.param(20_000, marks=pytest.mark.long)])
@pytest.mark.parametrize("fixture", ["redis_server", "valkey_server"])
def test_decisions_are_the_servers(
    request: pytest.FixtureRequest, fixture: str, pairs: int
) -> None:
    server: Server = request.getfixturevalue(fixture)
    with server.connect() as client:
        try:
            tally = run(server.name, client, pairs=pairs, seed=1)
        finally:
            client.run(b"ACL", b"DELUSER", b"u0", b"u1", b"u2")
    assert tally.wrong == []
    assert tally.pairs == pairs
    for decision in ("+OK", "command", "key", "channel"):
        assert tally.decisions[decision] > pairs // 250, tally.decisions


class Both:
    """A client of ours and one of a server's, for lines that have one reply each."""

    def __init__(self, redis: Redis, server: Server) -> None:
        self.ours = redis.connect()
        self.theirs = server.connect()

    def send(self, line: str) -> tuple[bytes, bytes]:
        """What both answer, as bytes."""
        argv = argv_of(line)
        (reply,) = self.ours.all(*argv)
        return encode(reply, self.ours.client.protocol), self.theirs.raw(*argv)


LINES = (
    "AUTH ann wrong", "AUTH ann s", "ACL WHOAMI", "GET a1", "SET a1 x", "GET b", "SET r1 x",
    "GET r1",
    "COPY r1 a2", "COPY a2 r1", "COPY a1 w1", "EXISTS w1", "FLUSHALL", "ACL LIST", "SELECT 0",
    "SELECT 1", "NOSUCH", "DEL", "CONFIG NOSUCH", "PUBLISH news x", "PUBLISH old x",
    "SPUBLISH old x", "SORT a3 BY w_*", "SORT a3 GET #", "SORT a3 BY nosort", "SORT_RO a3 BY *",
    "MULTI", "GET a1", "GET b", "EXEC", "MULTI", "PUBLISH old x", "DISCARD", "MULTI", "EXEC x",
    "SUBSCRIBE old", "PSUBSCRIBE n*", "RESET", "ACL WHOAMI", "AUTH x", "AUTH a b c",
    "HELLO 3 AUTH ann wrong", "HELLO 4 AUTH ann s", "HELLO 2 AUTH ann s SETNAME", "ACL WHOAMI",
    "AUTH ann s", "CLIENT KILL USER nobody", "HELLO 2 AUTH default x", "ACL WHOAMI",
    "ACL SETUSER", "ACL GETUSER nobody", "ACL SETUSER 'a b'", "ACL SETUSER ann (+get",
    "ACL SETUSER ann nonsense", "ACL DELUSER default", "ACL CAT nosuch", "ACL CAT", "ACL LOG x",
    "ACL LOG -1", "ACL GENPASS 0", "ACL GENPASS 4097", "ACL GENPASS x", "ACL NOSUCH",
    "ACL DRYRUN nobody GET a", "ACL DRYRUN ann NOSUCH", "ACL DRYRUN ann GET",
    "ACL DRYRUN ann CONFIG NOSUCH", "ACL LOG RESET", "ACL USERS",
)  # fmt: skip
OTHERWISE = {"redis": "HELLO 2 AUTH ann s SETNAME"}
"""7.0 authenticates before it finds the rest of HELLO to be wrong."""

RULES = "on >s ~a* %R~r* %W~w* &news* +@all -@dangerous +sort +sort_ro -select +select|0 -del"


@pytest.mark.parametrize("fixture", ["redis_server", "valkey_server"])
def test_refusals_are_the_servers(
    request: pytest.FixtureRequest, redis: Redis, fixture: str
) -> None:
    server: Server = request.getfixturevalue(fixture)
    setter, pair = Both(redis, server), Both(redis, server)
    setter.send(f"ACL SETUSER ann {RULES}")
    try:
        for line in LINES:
            if line.startswith(OTHERWISE.get(server.name, "nothing")):
                continue
            ours, theirs = pair.send(line)
            if b"server" not in theirs:
                assert as_named(ours) == as_named(theirs), line
    finally:
        setter.send("ACL DELUSER ann")


def as_named(reply: bytes) -> bytes:
    """Refusals as 7.0 words them: it names neither the user nor the key."""
    reply = reply.replace(b"User ann has", b"this user has")
    reply = reply.replace(b"No permissions to access a key",
                          b"this user has no permissions to access one of the keys used as "
                          b"arguments")  # fmt: skip
    return reply.replace(b"No permissions to access a channel",
                         b"this user has no permissions to access one of the channels used as "
                         b"arguments")  # fmt: skip


@pytest.mark.parametrize("fixture", ["redis_server", "valkey_server"])
def test_strangers_are_refused_as_servers_refuse_them(
    request: pytest.FixtureRequest, redis: Redis, fixture: str
) -> None:
    server: Server = request.getfixturevalue(fixture)
    setter = Both(redis, server)
    setter.send("CONFIG SET requirepass s")
    try:
        pair = Both(redis, server)
        for line in (
            "GET a", "MULTI", "EXEC", "HELLO 4", "HELLO 3 FOO", "AUTH", "AUTH wrong", "AUTH ann s",
            "RESET", "GET a", "AUTH s", "GET a", "RESET", "GET a",
            "HELLO 2 AUTH default s", "GET a",
        ):  # fmt: skip
            ours, theirs = pair.send(line)
            names = (b"server", b"redis", b"valkey", b"version")
            if not any(name in theirs for name in names):
                assert ours == theirs, line
    finally:
        setter.send('CONFIG SET requirepass ""')


def test_rules_that_change_before_exec_count_as_in_servers(
    redis: Redis, valkey_server: Server
) -> None:
    setter, pair = Both(redis, valkey_server), Both(redis, valkey_server)
    setter.send("ACL SETUSER ann on nopass allkeys &* +@all")
    try:
        for line in ("AUTH ann x", "MULTI", "GET k", "PUBLISH c m", "INCR n"):
            pair.send(line)
        setter.send("ACL SETUSER ann -get resetchannels")
        ours, theirs = pair.send("EXEC")
        assert ours == theirs
        assert ours.count(b"NOPERM ACLs rules changed") == 2
    finally:
        setter.send("ACL DELUSER ann")
