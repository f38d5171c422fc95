from __future__ import annotations

import gc
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget

from census_app.errors import UserError
from census_app.ui.dialogs.messages import CrashDialog, ErrorDialog, QuestionDialog, ReasonDialog
from census_app.ui.shell import accessibility
from census_app.ui.shell.application import (
    CrashReporter,
    GarbageInWindowThread,
    Preferences,
    collect_garbage_safely,
    create_application,
    report_text,
)
from census_app.ui.shell.theme import ThemeName
from census_app.ui.shell.translation import Words

Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def reports() -> list[str]:
    return []


@pytest.fixture
def reporter(themed: QApplication, tmp_path: Path, reports: list[str]) -> Iterator[CrashReporter]:
    made = CrashReporter(tmp_path, reports.append)
    yield made
    made.remove()


def test_an_uncaught_error_is_reported_once_and_counted(
    reporter: CrashReporter, reports: list[str], until: Until, tmp_path: Path
) -> None:
    reporter.install()
    for _ in range(3):
        sys.excepthook(ZeroDivisionError, ZeroDivisionError("planted"), None)
    until(lambda: bool(reports))
    assert len(reports) == 1
    assert "planted" in reports[0]
    assert "PySide6" in reports[0]
    assert "planted" in (tmp_path / "crash.log").read_text(encoding="utf-8")


def test_an_error_of_a_thread_is_reported_in_the_windows_thread(
    themed: QApplication, tmp_path: Path, until: Until
) -> None:
    seen: list[int] = []
    reporter = CrashReporter(tmp_path, lambda _text: seen.append(threading.get_ident()))
    reporter.install()
    try:
        thread = threading.Thread(target=lambda: 1 // 0)
        thread.start()
        thread.join()
        until(lambda: bool(seen))
    finally:
        reporter.remove()
    assert seen == [threading.get_ident()]


def test_choices_survive_the_next_start(themed: QApplication, tmp_path: Path) -> None:
    first = Preferences(tmp_path)
    first.language = "en"
    first.theme = ThemeName.DARK
    file = tmp_path / "a.censusdb"
    file.touch()
    first.remember_place(tmp_path / "gone.censusdb")
    first.remember_place(file)
    first.remember_state("window", b"\x00\x01state")
    first.save()
    second = Preferences(tmp_path)
    assert second.language == "en"
    assert second.theme is ThemeName.DARK
    assert second.recent_files() == [file]
    assert second.state("window") == b"\x00\x01state"
    assert second.state("other") == b""


def test_a_broken_choice_is_replaced_by_the_usual_one(themed: QApplication, tmp_path: Path) -> None:
    (tmp_path / "window.ini").write_text("[General]\ntheme=pink\nlanguage=xx\n", encoding="utf-8")
    preferences = Preferences(tmp_path)
    assert preferences.theme is ThemeName.SYSTEM
    assert preferences.language in {"zh", "en"}


def test_the_application_speaks_the_language_chosen(
    themed: QApplication, preferences: Preferences
) -> None:
    preferences.language = "en"
    create_application(preferences)
    assert QLocale().language() is QLocale.Language.English
    preferences.language = "zh"
    create_application(preferences)
    assert QLocale().language() is QLocale.Language.Chinese


@pytest.mark.parametrize("language", ["zh", "en"])
def test_dialogs_name_all_their_controls(themed: QApplication, language: str) -> None:
    words = Words(language)
    dialogs = [
        ErrorDialog(words, UserError("NAME_EMPTY")),
        CrashDialog(words, "trace"),
        QuestionDialog(words, "?", "detail", "verb"),
        ReasonDialog(words, "heading", "detail", "verb"),
    ]
    for dialog in dialogs:
        assert accessibility.nameless_controls(dialog) == []
        dialog.deleteLater()


def test_the_check_for_names_finds_a_control_without_one(themed: QApplication) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    column.addWidget(QLineEdit())
    column.addWidget(QPushButton("named by its text"))
    named = QLineEdit()
    accessibility.add_row(column, "Label", named)
    found = accessibility.nameless_controls(window)
    assert len(found) == 1
    assert found[0].startswith("QLineEdit")
    assert named.accessibleName() == "Label"


def test_a_reason_cannot_be_empty(themed: QApplication, words: Words) -> None:
    dialog = ReasonDialog(words, "heading", "detail", "verb")
    buttons = {b.text(): b for b in dialog.findChildren(QPushButton)}
    assert not buttons["verb"].isEnabled()
    dialog._text.setPlainText("  已核对  ")
    assert buttons["verb"].isEnabled()
    assert dialog.reason == "已核对"


def test_the_crash_report_can_be_copied(themed: QApplication, words: Words) -> None:
    dialog = CrashDialog(words, "the report")
    dialog._copy()
    assert QApplication.clipboard().text() == "the report"


def test_a_crash_report_holds_no_password(themed: QApplication) -> None:
    told = report_text("OperationalError: postgresql://census:Tango7731@db/c is not there")
    assert "is not there" in told
    assert "Tango7731" not in told


class _Ring:
    """Garbage that only a collection finds."""

    def __init__(self) -> None:
        self.me = self


def test_what_a_long_collection_left_is_not_looked_at_again_until_a_window_has_gone(
    qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    collect_garbage_safely(qapp)
    collector = qapp.findChild(GarbageInWindowThread)
    assert collector is not None
    young, old = _Ring(), _Ring()
    seen_young, seen_old = weakref.ref(young), weakref.ref(old)
    del young
    monkeypatch.setattr(collector, "LONG_S", -1.0)  # every collection is a long one
    monkeypatch.setattr(gc, "get_count", lambda: (10**6, 10**6, 10**6))
    aside = gc.get_freeze_count()
    collector.collect()
    assert seen_young() is None
    assert gc.get_freeze_count() > aside

    del old
    collector.collect()
    assert seen_old() is not None  # set aside: nobody looks at it
    collector.thaw()
    assert seen_old() is None
    assert gc.get_freeze_count() > 0
