from __future__ import annotations

import pytest

from redlearn.lessons.checks import (
    answer,
    claim,
    find_out,
    judge,
    passed,
    perform,
    reply_text,
    right_option,
    same,
)
from redlearn.lessons.model import Check, Predict, TomlValue
from redlearn.lessons.path import ProbeError
from redlearn.resp.reply import (
    NULL_ARRAY,
    OK,
    BigNumber,
    Failure,
    Members,
    Pairs,
    Reply,
    Status,
    Verbatim,
)
from redlearn.timeline.cluster_session import open_cluster
from redlearn.timeline.stage import Stage
from tests.lessons.samples import lesson_of, ran, stage


@pytest.mark.parametrize(
    ("reply", "wanted", "answer"),
    [
        (b"ann", "ann", True),
        (b"ann", "bob", False),
        (OK, "OK", True),
        (3, 3, True),
        (3, 4, False),
        (3, "3", True),
        (b"3", 3, False),
        (60.0, "60", True),
        (1.5, 1.5, True),
        (None, "(nil)", True),
        (NULL_ARRAY, "(nil)", True),
        (None, 0, False),
        ([], [], True),
        ([b"a", 1, None], ["a", 1, "(nil)"], True),
        ([b"a"], ["a", "b"], False),
        (b"a", ["a"], False),
        ([b"a"], "a", False),
        (Pairs([(b"a", 1.0)]), ["a", "1"], True),
        (Members([b"x", b"y"]), ["x", "y"], True),
        ({b"f": b"v"}, {"f": "v"}, True),
        ([b"f", b"v", b"g", b"w"], {"g": "w", "f": "v"}, True),
        ([b"f", b"v", b"g", b"w"], {"f": "v"}, False),
        (1, True, True),
        (0, True, False),
        (b"1", True, False),
        ([[b"1-1", [b"f", b"v"]]], [["1-1", ["f", "v"]]], True),
        (Failure("ERR no"), "ERR no", False),
        (Verbatim(b"text"), "text", True),
        (BigNumber(5), "5", True),
    ],
)
def test_a_reply_is_compared_with_toml(reply: Reply, wanted: TomlValue, answer: bool) -> None:
    assert same(reply, wanted) is answer


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (None, "(nil)"), (b"a", "a"), (Status("OK"), "OK"), (True, "1"), (7, "7"), (2.5, "2.5"),
        (Failure("ERR x"), "ERR x"), ([b"a", [1, None]], "a 1 (nil)"), ({b"k": 1}, "k 1"),
    ],
)  # fmt: skip
def test_a_reply_as_an_option_has_no_quotes(reply: Reply, text: str) -> None:
    assert reply_text(reply) == text


def check_of(text: str) -> Check:
    lesson = lesson_of(f"## 1\n```check\n[[expect]]\n{text}\n```\n```solution\nSET k 1\n```\n")
    check = lesson.steps[0].check
    assert check is not None
    return check


def predict_of(rows: str) -> Predict:
    lesson = lesson_of(f'## 1\n```predict\nask = "?"\nwhy = "!"\n{rows}\n```\n')
    item = lesson.steps[0].items[0]
    assert isinstance(item, Predict)
    return item


@pytest.mark.parametrize(
    ("expect", "holds"),
    [
        ('cmd = "GET k"\nreply = "v"', True),
        ('cmd = "GET k"\nreply = "w"', False),
        ('cmd = "INCR k"\nerror = "ERR value is not an integer"', True),
        ('cmd = "INCR k"\nerror = "WRONGTYPE"', False),
        ('cmd = "INCR k"\nreply = 1', False),
        ('probe = "k.length"\nis = 1', True),
        ('probe = "k.length"\nis = true', False),
        ("probe = \"stored('k')\"\nis = true", True),
        ('probe = "STRLEN k"\nis = 1', True),
        ('probe = "h.listpack.entries"\nis = ["f", "v"]', True),
        ('probe = "nobody.length"\nis = 1', False),
        ('event = "key_added"', True),
        ('event = "key_added"\ntimes = 2', True),
        ('event = "key_added"\ntimes = 1', False),
        ('event = "key_added"\nwhere = { kind = "hash" }\ntimes = 1', True),
        ('event = "key_removed"', False),
        ('event = "key_removed"\ntimes = 0', True),
        ('event = "no_such"', False),
    ],
)
def test_an_expectation_looks_at_state_and_events(expect: str, holds: bool) -> None:
    on = stage()
    events = [*on.run([b"SET", b"k", b"v"]).events, *on.run([b"HSET", b"h", b"f", b"v"]).events]
    verdicts = judge(check_of(expect), on, events)
    assert passed(verdicts) is holds
    assert bool(verdicts[0].says) is not holds


def test_judging_changes_nothing() -> None:
    on = stage()
    ran(on, "SET k 1")
    for _ in range(2):
        assert passed(judge(check_of('cmd = "INCR k"\nreply = 2'), on))
    assert on.run([b"GET", b"k"]).replies == (b"1",)


def test_a_failed_expectation_says_what_is_and_what_should_be() -> None:
    on = stage()
    assert judge(check_of('cmd = "GET k"\nreply = "v"'), on)[0].says == (
        "`GET k` should say v, and says (nil)"
    )
    assert judge(check_of('probe = "len(db.keys)"\nis = 1'), on)[0].says == (
        "`len(db.keys)` should be 1, and is 0"
    )
    assert (
        judge(check_of('cmd = "GET k"\nreply = "v"\nsays = "Not yet."'), on)[0].says == "Not yet."
    )


def test_no_verdicts_are_no_success() -> None:
    assert not passed(())


def test_an_answer_is_found_on_a_fork() -> None:
    on = stage()
    predict = predict_of('run = "SET k 1"\nprobe = "len(db.keys)"\noptions = ["0", "1"]')
    assert answer(predict, on) == "1"
    assert right_option(predict, on) == 1
    assert on.run([b"DBSIZE"]).replies == (0,)


def test_time_may_pass_before_an_answer() -> None:
    on = stage()
    ran(on, "SET k 1 EX 1")
    predict = predict_of('run = ":advance 2s"\nprobe = "EXISTS k"\noptions = ["0", "1"]')
    assert answer(predict, on) == "0"


def test_a_question_may_have_no_right_answer_any_more() -> None:
    on = stage()
    predict = predict_of('probe = "GET k"\noptions = ["1", "2"]')
    assert right_option(predict, on) is None
    probing = predict_of('probe = "k.length"\noptions = ["1", "2"]')
    assert right_option(probing, on) is None
    with pytest.raises(ProbeError):
        answer(probing, on)


def test_what_a_probe_says_is_text() -> None:
    on = stage()
    ran(on, "SET k 1")
    assert find_out("k.encoding", on.fork()) == "int"
    assert find_out("OBJECT ENCODING k", on.fork()) == "int"


def test_acts_are_commands_and_time() -> None:
    on = stage()
    acts = lesson_of("## 1\n```redis\nSET k 1 EX 5\n:advance 6s\nGET k\n```\n").steps[0].items[0]
    before = on.now_ms()
    replies = [perform(act, on).replies for act in acts.acts]  # type: ignore[union-attr]  # it is Commands
    assert replies == [(OK,), (), (None,)]
    assert on.now_ms() - before == 6000


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('cmd = "TTL k"\nreply = 100', "TTL k says 100"),
        ('cmd = "GET k"\nerror = "WRONGTYPE"', "GET k says (error) WRONGTYPE"),
        ('probe = "len(k.listpack.entries)"\nis = 2', "len(k.listpack.entries) is 2"),
        ('probe = "OBJECT ENCODING k"\nis = "int"', "OBJECT ENCODING k says int"),
        ('event = "key_expired"', "key_expired happened"),
        ('event = "key_expired"\ntimes = 3', "key_expired happened 3 times"),
    ],
)
def test_what_holds_is_said_as_a_fact(toml: str, said: str) -> None:
    assert claim(check_of(toml).expects[0]) == said


def test_a_probe_may_ask_one_node_of_a_cluster() -> None:
    on = Stage(open_cluster(3, 0))
    assert find_out("@7001 GET foo", on) == "MOVED 12182 127.0.0.1:7003"
    assert find_out("@7003 EXISTS foo", on) == "0"
    assert find_out("@a@7003 EXISTS foo", on) == "0"
