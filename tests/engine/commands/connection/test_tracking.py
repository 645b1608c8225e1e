"""CLIENT TRACKING, CACHING, GETREDIR, TRACKINGINFO: what they take and refuse."""

from __future__ import annotations

import pytest

from redlearn.resp.reply import OK, Members
from tests.conftest import Redis
from tests.engine.commands.said import refused

NO_SWITCH = (
    "ERR You can't switch {} before disabling tracking for this client, "
    "and then re-enabling it with a different mode."
)


def test_what_is_on_is_told(redis: Redis) -> None:
    redis("HELLO 3")
    off = {b"flags": Members([b"off"]), b"redirect": -1, b"prefixes": []}
    assert redis("CLIENT TRACKINGINFO") == off
    assert redis("CLIENT GETREDIR") == -1
    assert redis("CLIENT TRACKING on OPTIN NOLOOP") == OK
    redis("CLIENT CACHING yes")
    assert redis("CLIENT TRACKINGINFO") == {
        b"flags": Members([b"on", b"optin", b"caching-yes", b"noloop"]),
        b"redirect": 0,
        b"prefixes": [],
    }
    assert redis("CLIENT GETREDIR") == 0
    assert redis("CLIENT TRACKING off") == OK
    assert redis("CLIENT TRACKINGINFO") == off
    assert not redis.client.guarded


@pytest.mark.parametrize(
    ("before", "line", "text"),
    [
        ("", "CLIENT TRACKING maybe", "ERR syntax error"),
        ("", "CLIENT TRACKING on PREFIX a", "ERR PREFIX option requires BCAST mode to be enabled"),
        ("", "CLIENT TRACKING on BCAST OPTIN",
         "ERR OPTIN and OPTOUT are not compatible with BCAST"),
        ("", "CLIENT TRACKING on OPTIN OPTOUT",
         "ERR You can't specify both OPTIN mode and OPTOUT mode"),
        ("", "CLIENT TRACKING on REDIRECT 99",
         "ERR The client ID you want redirect to does not exist"),
        ("", "CLIENT TRACKING on REDIRECT x", "ERR value is not an integer or out of range"),
        ("", "CLIENT TRACKING on BCAST PREFIX ab PREFIX a",
         "ERR Prefix 'ab' overlaps with another provided prefix 'a'. "
         "Prefixes for a single client must not overlap."),
        ("CLIENT TRACKING on BCAST PREFIX a", "CLIENT TRACKING on BCAST PREFIX ab",
         "ERR Prefix 'ab' overlaps with an existing prefix 'a'. "
         "Prefixes for a single client must not overlap."),
        ("CLIENT TRACKING on", "CLIENT TRACKING on BCAST", NO_SWITCH.format("BCAST mode on/off")),
        ("CLIENT TRACKING on OPTIN", "CLIENT TRACKING on OPTOUT",
         NO_SWITCH.format("OPTIN/OPTOUT mode")),
        ("", "CLIENT CACHING yes",
         "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or "
         "OPTOUT mode enabled"),
        ("CLIENT TRACKING on OPTOUT", "CLIENT CACHING yes",
         "ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode."),
        ("CLIENT TRACKING on OPTIN", "CLIENT CACHING no",
         "ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode."),
        ("CLIENT TRACKING on OPTIN", "CLIENT CACHING maybe", "ERR syntax error"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(redis: Redis, before: str, line: str, text: str) -> None:
    redis("HELLO 3")
    if before:
        redis(before)
    assert refused(redis, line) == text


def test_a_resp2_client_may_track_but_is_told_only_over_another(redis: Redis) -> None:
    assert redis("CLIENT TRACKING on") == OK
    redis("GET a")
    redis.connect()("SET a 1")
    assert redis.client.take() == []
    other = redis.connect()
    assert redis(f"CLIENT TRACKING on REDIRECT {other.client.id}") == OK
    assert redis("CLIENT GETREDIR") == other.client.id
