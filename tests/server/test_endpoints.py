"""Where a server listens, out of its configuration."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

from redlearn.engine.config import Config, parameter
from redlearn.server.endpoints import Endpoints, described, endpoints
from tests.oracle.servers import Server


def configured(**values: str) -> Config:
    config = Config(16)
    for name, text in values.items():
        row = parameter(name.replace("_", "-"))
        assert row is not None
        config.set(row.name, row.read(text))
    return config


def test_addresses_ports_and_a_file() -> None:
    config = configured(
        bind="127.0.0.1 -::1", port="7000", unixsocket="/tmp/r.sock", unixsocketperm="700",
        tcp_backlog="9",
    )  # fmt: skip
    assert endpoints(config) == Endpoints(
        ("127.0.0.1", "-::1"), 7000, "/tmp/r.sock", 0o700, backlog=9
    )


def test_certificates_are_read_only_where_tls_is_spoken() -> None:
    assert endpoints(configured(tls_cert_file="/no/such")).tls is None
    with pytest.raises(OSError, match="No such file"):
        endpoints(configured(tls_cert_file="/no/such", tls_port="7001"))


def test_info_tells_of_them_as_a_server_does(valkey_server: Server) -> None:
    with valkey_server.connect() as client:
        text = client.run(b"INFO", b"server").decode()
        bind = client.run(b"CONFIG", b"GET", b"bind")[1].decode()
    where = Endpoints(tuple(bind.split()), valkey_server.port)
    ours = [f"listener{at}:{line}" for at, line in enumerate(described(where))]
    theirs = [line for line in text.split("\r\n") if line.startswith("listener")]
    assert ours[0] == theirs[0]


def test_each_kind_has_a_line() -> None:
    assert described(Endpoints((), port=0)) == ()
    assert described(Endpoints(("*", "-::*"), 6379, "/r.sock", tls_port=6380)) == (
        "name=tcp,bind=*,bind=-::*,port=6379",
        "name=tls,bind=*,bind=-::*,port=6380",
        "name=unix,bind=/r.sock",
    )


def test_a_key_without_its_password_asks_nobody_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str | None] = []

    class Context(ssl.SSLContext):
        """One that finds whatever it is given too long, as the real one may."""

        def load_cert_chain(self, certfile: Any, keyfile: Any = None, password: Any = None) -> None:
            given.append(password)
            raise ValueError("password cannot be longer than 1024 bytes")

    monkeypatch.setattr(ssl, "SSLContext", Context)
    for secret in ("", "s" * 2000):
        with pytest.raises(OSError, match="cannot be longer"):
            endpoints(configured(tls_cert_file="c", tls_port="7001", tls_key_file_pass=secret))
    assert given == ["", "s" * 2000]  # with None, OpenSSL asks at the terminal
