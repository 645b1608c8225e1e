"""What nests too deep is answered, and soon; the server and the one that runs its scripts live."""

from __future__ import annotations

import pytest

from tests.clients.served import Served
from tests.endurance.depths import DEPTHS, SECOND, answered, work_of


@pytest.mark.parametrize("name", DEPTHS)
def test_depth_is_answered_soon(served: Served, name: str) -> None:
    with served.connect() as client:
        assert client.run(b"EVAL", b"return 1", b"0") == 1  # its worker is there
    text, took = answered(served, name)
    assert DEPTHS[name][1] in text
    assert took < SECOND


def test_a_nested_reply_goes_as_deep_as_it_may_and_no_deeper(served: Served) -> None:
    source = b"local t = {} for i = 1, 100000 do t = {t} end return t"
    with served.connect() as client:
        data = client.raw(b"EVAL", source, b"0")
        assert data.startswith(b"*1\r\n" * 500)
        assert len(data) < 10_000
        assert client.run(b"PING") == b"PONG"


def test_the_work_of_scripts_is_seen(served: Served) -> None:
    with served.connect() as client:
        before = work_of(served.pid)
        client.run(b"EVAL", b"for i = 1, 10000000 do end", b"0")
        assert work_of(served.pid) > before
