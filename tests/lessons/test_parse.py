from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redlearn.lessons.model import (
    ClusterOptions,
    Commands,
    EngineOptions,
    Prose,
    Solution,
)
from redlearn.lessons.parse import LessonError, load, parse
from tests.lessons.samples import FILE, FRONT, LESSON, TASK, lesson_of, problems_of, sample

STEP = "## 1. One\nText.\n"


def front(*rows: str) -> str:
    return '+++\nformat = 1\nid = "x"\ntitle = "X"\n' + "\n".join(rows) + "\n+++\n"


def test_a_lesson_is_front_matter_introduction_and_steps() -> None:
    lesson = sample()
    assert (lesson.id, lesson.title, lesson.file) == ("sample", "A sample", FILE)
    assert [step.title for step in lesson.steps] == ["1. Look", "2. Pause", "3. Do"]
    assert isinstance(lesson.intro[0], Prose)
    assert lesson.intro[0].paragraphs == ("What this is about.",)


def test_every_item_knows_its_line() -> None:
    lesson = sample()
    lines = (FRONT + LESSON).split("\n")
    for step in lesson.steps:
        assert lines[step.place.line - 1] == f"## {step.title}"
        for item in step.items:
            if isinstance(item, (Commands, Solution)):
                assert lines[item.place.line - 1].startswith("```")
                assert lines[item.acts[0].place.line - 1] == item.acts[0].text


def test_a_task_has_its_parts_at_hand() -> None:
    step = sample().steps[2]
    assert step.check is not None
    assert step.check.golf == 1
    assert [hint.paragraphs[0] for hint in step.hints] == [
        "SET is the command.", "Its arguments are `k` and `hello`.",
    ]  # fmt: skip
    assert [act.text for act in step.setup] == ["SET other 1"]
    assert [attempt.because for attempt in step.attempts] == ["says something else", ""]


def test_deeper_headings_are_prose() -> None:
    items = lesson_of("## 1\n### Why\nText.\n").steps[0].items
    assert [item.paragraphs for item in items if isinstance(item, Prose)] == [
        ("**Why**",), ("Text.",),
    ]  # fmt: skip


def test_front_matter_says_what_engine_is_wanted() -> None:
    rows = (
        "[engine]", "seed = 3", "skiplist_levels = [1, 3]",
        "config = { zset-max-listpack-entries = 4, activerehashing = false }",
        "[cluster]", "primaries = 3", "replicas = 1",
    )  # fmt: skip
    lesson = lesson_of(STEP, front(*rows))
    config = (("zset-max-listpack-entries", "4"), ("activerehashing", "no"))
    assert lesson.engine == EngineOptions(config, 3, (1, 3), "virtual")
    assert lesson.cluster == ClusterOptions(3, 1)


def test_a_lesson_may_move_keys_between_nodes_that_are_its_own() -> None:
    step = "## 1. One\n\n```redis\nMIGRATE 127.0.0.1 7002 k 0 1000\n```\n"
    assert any("may not run MIGRATE" in each for each in problems_of(step, front()))
    assert lesson_of(step, front("[cluster]", "primaries = 2")).steps


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["needs = [1]"], "'needs' must be a list of strings"),
        (["minutes = 500"], "'minutes' must be a whole number from 1 to 120"),
        (['profile = "7.2"'], "unknown key 'profile'"),
        (['real = "7 or so"'], "'real' is a range of versions, as in '>=7.0'"),
        (['see = ["nowhere"]'], "write 'nowhere' as module:Qualified.name"),
        (["[engine]", "seeds = 1"], "unknown key 'seeds'; did you mean 'seed'?"),
        (["[engine]", "skiplist_levels = [0]"], "a tower is 1 to 32 high"),
        (["[engine]", 'clock = "sun"'], "unknown clock 'sun'"),
        (["[engine]", 'config = { dir = "/" }'], "a lesson may not set dir: it reaches"),
        (['real = ">=7.0"', "[cluster]", "primaries = 3"], "leave 'real' out"),
        (["[cluster]", "primaries = 99"], "'primaries' must be a whole number from 1 to 16"),
    ],
)
def test_front_matter_is_checked(rows: list[str], message: str) -> None:
    assert any(message in each for each in problems_of(STEP, front(*rows)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('+++\nid = "x"\ntitle = "X"\n+++\n' + STEP, "lessons/x.md:1: 'format' is missing"),
        (
            front().replace("= 1", "= 2") + STEP,
            "lessons/x.md:2: this reads lessons of format 1 only",
        ),
        (front().replace('"x"', '"X Y"') + STEP, "lessons/x.md:3: an id is small letters"),
        (front() + "No step.", "lessons/x.md:1: a lesson has at least one step"),
        (front() + STEP * 65, "lessons/x.md:135: a lesson may have 64 steps"),
        (front() + STEP + "# Late\n", "lessons/x.md:9: a '# ' title stands before all else"),
        (front() + STEP + "\x1b[2J\n", "lessons/x.md:9: the character U+001B is not for reading"),
        (front() + "a" * 300_000, "lessons/x.md:1: a lesson may take 256 KiB"),
        ("", "lessons/x.md:1: a lesson begins with a line of '+++'"),
        ("+++\nid = [\n+++\n" + STEP, "not TOML"),
    ],
)
def test_a_broken_file_is_told_by_name_and_line(text: str, message: str) -> None:
    with pytest.raises(LessonError) as caught:
        parse(text, "lessons/x.md")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("## 1\n```hint\nTry.\n```\n", "1: a step with a hint needs a check"),
        ("## 1\n```solution\nSET k 1\n```\n", "1: a step with a solution needs a check"),
        (
            '## 1\n```check\n[[expect]]\nevent = "hopped"\n```\n',
            "1: a step with a check needs a solution",
        ),
        (f"## 1\n{TASK}{TASK}", "1: a step may have one check"),
    ],
)
def test_a_task_is_whole(body: str, message: str) -> None:
    assert message in problems_of(body)


def test_everything_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    body = "## 1\n```redsi\nGET k\n```\n<!-- pose -->\n```redis\nSHUTDOWN\n```\n```text\nopen"
    found = [each.split(":")[0] for each in problems_of(body, front("mintues = 3"))]
    assert found == ["-1", "2", "5", "7", "9"]


def test_included_files_are_part_of_the_lesson_and_errors_name_them() -> None:
    lesson = lesson_of("## 1\n<!-- include: part.md -->\n", part="```redis\nGET k\n```\n")
    assert isinstance(lesson.steps[0].items[0], Commands)
    with pytest.raises(LessonError, match=r"^part\.md:2: the quotes do not balance$"):
        lesson_of("## 1\n<!-- include: part.md -->\n", part='```redis\nGET "k\n```\n')


def test_windows_line_ends_make_no_difference() -> None:
    assert parse((FRONT + LESSON).replace("\n", "\r\n"), FILE) == sample()


def test_a_file_is_loaded_with_what_is_beside_it(tmp_path: Path) -> None:
    (tmp_path / "part.md").write_text("Beside.\n")
    path = tmp_path / "x.md"
    path.write_text(front() + "## 1\n<!-- include: part.md -->\n")
    item = load(path).steps[0].items[0]
    assert isinstance(item, Prose)
    assert item.paragraphs == ("Beside.",)


def test_a_link_leads_no_one_out_of_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "lesson"
    folder.mkdir()
    (tmp_path / "secret.md").write_text("secret")
    os.symlink(tmp_path / "secret.md", folder / "part.md")
    (folder / "x.md").write_text(front() + "## 1\n<!-- include: part.md -->\n")
    with pytest.raises(LessonError, match=r"x\.md:8: cannot read 'part\.md': it is not inside"):
        load(folder / "x.md", "x.md")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (None, "x.md:1: cannot read it: No such file or directory"),
        (b"\xff\xfe", "x.md:1: cannot read it: it is not UTF-8 text"),
        (b"x" * 300_000, "x.md:1: cannot read it: it takes more than 256 KiB"),
    ],
)
def test_a_file_that_is_no_lesson_is_told(tmp_path: Path, data: bytes | None, message: str) -> None:
    if data is not None:
        (tmp_path / "x.md").write_bytes(data)
    with pytest.raises(LessonError) as caught:
        load(tmp_path / "x.md", "x.md")
    assert str(caught.value) == message


@given(st.text(alphabet='#`<!->+\n ="[]redishcktpvob:@', max_size=200))
def test_no_text_makes_the_parser_fail_otherwise(body: str) -> None:
    try:
        parse(front() + body, "x.md")
    except LessonError as error:
        assert error.problems


@pytest.mark.parametrize("what", ["```redis\nSAVE\n```", "```redis\nCONFIG SET save '1 1'\n```"])
def test_only_a_lesson_that_no_real_server_is_asked_for_may_write_files(what: str) -> None:
    text = f"{FRONT}## 1\n{what}\n"
    assert parse(text, FILE).steps
    with pytest.raises(LessonError, match="a lesson may not"):
        parse(text.replace('id = "sample"', 'id = "sample"\nreal = ">=7.0"'), FILE)
