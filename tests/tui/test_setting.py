"""What the application is given, and what it need not be given."""

from __future__ import annotations

from redlearn.lines import Lines, line
from redlearn.theme import DARK
from redlearn.timeline.session import Recipe, Session
from redlearn.tui.desk import Desk
from redlearn.tui.entry import School
from redlearn.tui.prompt_host import plain_session
from redlearn.tui.setting import Exhibit, Setting


class Word:
    TITLE = "Word"

    def render(self, view: str, width: int, height: int) -> Lines:
        return (line(view[:width]),)


def test_an_exhibit_stands_still_and_names_no_subject_unless_told() -> None:
    exhibit = Exhibit("word", Word(), lambda window: "word")
    assert exhibit.subject() == ""
    assert not exhibit.running()


def test_a_setting_is_dark_quiet_and_without_a_lesson_unless_told() -> None:
    setting = Setting(
        desk=Desk(Session(Recipe(start_ms=1))),
        exhibits=(),
        make_session=plain_session,
        now_ms=lambda: 0,
        school=School(lambda name: "none", lambda desk, lesson: 1 / 0, lambda: ()),  # type: ignore[arg-type,return-value]  # never called
    )
    assert setting.theme is DARK
    assert (setting.lesson, setting.ascii_signs, setting.changes(80)) == ("", False, ())
