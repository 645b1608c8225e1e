"""CONFIG SET and GET of random values, good and bad, side by side with real servers."""

from __future__ import annotations

from random import Random

from redlearn.engine.parameters import PARAMETERS
from redlearn.resp.encode import encode
from tests.conftest import Redis
from tests.oracle.servers import Connection, Server

DANGEROUS = {
    "appendonly", "bind", "bind-source-addr", "cluster-announce-hostname", "dir", "dbfilename",
    "jemalloc-bg-thread", "maxclients", "maxmemory", "maxmemory-clients", "oom-score-adj",
    "oom-score-adj-values", "port", "proc-title-template", "repl-backlog-size", "requirepass",
    "tls-port", "timeout", "client-query-buffer-limit", "proto-max-bulk-len", "save", "logfile",
}  # fmt: skip
"""Parameters that would change what the server of these tests is or can do."""

NEWER = {"maxmemory-samples", "loglevel", "locale-collate"}
"""Where 7.4 takes another range than the servers of these tests, and a module says so."""

TEXTS = (
    "", "0", "1", "-1", "10", "64", "100", "101", "65536", "2147483647", "2147483648",
    "-2147483649",
    "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551615", "1k",
    "1kb", "1Mb", "2gb", "1tb", "20%", "101%", "yes", "NO", "Yes", "maybe", "no", "x y", " 1", "1 ",
    "+1", "01", "0x10", "1.5", "50 99", "50 101", "1 2 3 4", "normal 1 2 3", "pubsub 1kb x 3",
    "master 1 1 1", "Kx", "AKE", "Q", "ip", "hostname", "everysec", "always", "disabled", "local",
    "ignore", "save nosave", "now force", "default", "default now", "clients", "optional",
    "allkeys-lru", "volatile-ttl", "noeviction", "allchannels", "swapdb", "verbose",
)  # fmt: skip


def asked(server: Server) -> list[str]:
    """The parameters that both sides have, but for those left out."""
    with server.connect() as client:
        theirs = {name.decode() for name in client.run(b"CONFIG", b"GET", b"*")[::2]}
    row = PARAMETERS
    return [n for n in row if n in theirs - DANGEROUS - NEWER and not n.startswith("tls-")]


def compare(redis: Redis, client: Connection, name: str, text: str) -> str:
    """What is different when a parameter is set and read; "" if nothing is."""
    for argv in (
        [b"CONFIG", b"SET", name.encode(), text.encode()],
        [b"CONFIG", b"GET", name.encode()],
    ):
        redis.engine.execute(redis.client, argv)
        ours, theirs = encode(redis.client.take()[0]), client.raw(*argv)
        if ours != theirs:
            return f"{b' '.join(argv)!r}: {ours!r} instead of {theirs!r}"
    return ""


def test_random_values_are_taken_or_refused_alike(redis: Redis, redis_server: Server) -> None:
    rng = Random(4)
    names = asked(redis_server)
    assert len(names) > 100
    with redis_server.connect() as client:
        before = {name: client.run(b"CONFIG", b"GET", name.encode())[1] for name in names}
    different = []
    with redis_server.connect() as client:
        for name in names:
            for text in rng.sample(TEXTS, 20):
                if found := compare(redis, client, name, text):
                    different.append(found)
                    break
    with redis_server.connect() as client:
        for name, text in before.items():
            client.run(b"CONFIG", b"SET", name.encode(), text)
    assert not different, "\n".join(different)
