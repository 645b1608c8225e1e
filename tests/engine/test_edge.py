"""The edge of an engine with nothing round it."""

from __future__ import annotations

import pytest

from redlearn.engine.config import Config
from redlearn.engine.edge import Edge, Facts, Shutdown
from redlearn.errors import NO_CONFIG_FILE, CommandError
from redlearn.resp.reply import Status


def test_it_knows_of_no_process() -> None:
    assert Edge().facts() == Facts()
    assert Facts().process_id == 0


def test_it_has_no_file_to_write() -> None:
    with pytest.raises(CommandError, match=NO_CONFIG_FILE):
        Edge().rewrite(Config(16))


def test_it_lets_everything_be_set() -> None:
    assert Edge().refusal("port", "1") == ""
    assert Edge().waiting(1) == (0, 0)
    assert Edge().take_over(Config(16), ["port", "bind"]) is None


@pytest.mark.parametrize(("save", "words"), [("", "here,"), ("save", "after"), ("nosave", "with")])
def test_it_says_what_a_server_would_do(save: str, words: str) -> None:
    reply = Edge().shutdown(Shutdown(save))
    assert isinstance(reply, Status)
    assert words in reply.text
    assert not Edge().abort_shutdown()
