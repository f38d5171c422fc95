"""The manual in the window: every chapter, search across chapters, F1 and the links of empty pages lead to it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from census_app.assets import manual
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.window import DepartmentWindow
from census_app.ui.shell.accessibility import nameless_controls
from census_app.ui.shell.manual import CONTENTS, ManualDialog, chapters
from census_app.ui.shell.translation import Words
from tests.ui.driving import Opener

Until = Callable[[Callable[[], bool]], None]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_chapter_is_listed_and_shown(themed: QApplication, qtbot: Any, language: str) -> None:
    listed = {file for file, _title in chapters(language)}
    there = {path.name for path in manual(language).glob("*.md")} - {CONTENTS}
    assert listed == there
    dialog = ManualDialog(Words(language))
    qtbot.addWidget(dialog)
    assert nameless_controls(dialog) == []
    for file in listed:
        dialog.show_chapter(file)
        assert dialog.chapter == file
        assert len(dialog.text.toPlainText()) > 100


def test_pictures_stand_in_the_text_as_wide_as_it(themed: QApplication, qtbot: Any) -> None:
    dialog = ManualDialog(Words("zh"))
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.show_chapter("forms.md")
    seen = dialog.text.loadResource(
        QTextDocument.ResourceType.ImageResource.value, QUrl("pictures/form.png?600")
    )
    assert isinstance(seen, QImage)
    assert seen.width() == dialog.text._room
    outside = QUrl("../en/pictures/form.png")
    kind = QTextDocument.ResourceType.ImageResource.value
    assert dialog.text.loadResource(kind, outside) is None
    before = dialog.text.document().size().height()
    dialog.resize(1200, 640)
    qtbot.waitUntil(lambda: dialog.text.document().size().height() > before)


def test_search_goes_on_in_the_other_chapters(themed: QApplication, qtbot: Any) -> None:
    dialog = ManualDialog(Words("zh"))
    qtbot.addWidget(dialog)
    dialog.show_chapter("limits.md")
    dialog.search.setText("信任根")
    dialog.find_next()
    assert dialog.text.textCursor().selectedText() == "信任根"
    first = dialog.chapter
    dialog.search.setText("没有这样的话")
    dialog.find_next()
    assert "没有找到" in dialog.note.text()
    assert dialog.chapter == first


def test_links_lead_to_chapters_and_nowhere_else(themed: QApplication, qtbot: Any) -> None:
    dialog = ManualDialog(Words("en"))
    qtbot.addWidget(dialog)
    dialog.text.anchorClicked.emit(QUrl("values.md"))
    assert dialog.chapter == "values.md"
    dialog.text.anchorClicked.emit(QUrl("https://example.org/other"))
    assert dialog.chapter == "values.md"


@pytest.fixture
def window(store: WorkspaceStore, open_window: Opener) -> DepartmentWindow:
    return open_window(store)


def test_an_empty_list_says_what_belongs_there_and_where_to_read_on(
    window: DepartmentWindow, until: Until, words: Words
) -> None:
    window.guide.select("systems")
    page = window.records_page()
    assert page is not None
    until(lambda: not window.runner.busy and page.list._stack.currentIndex() == 1)
    shown = page.list._stack.currentWidget()
    assert shown is not None
    texts = [label.text() for label in shown.findChildren(QLabel)]
    assert any("一个系统一条" in text for text in texts)
    link = next(b for b in shown.findChildren(QPushButton) if b.text() == words("GD_HOW"))
    link.click()
    dialog = window.findChild(ManualDialog)
    assert isinstance(dialog, ManualDialog)
    assert dialog.isVisible()
    assert dialog.chapter == "department.md"


def test_help_opens_the_chapter_of_the_page(window: DepartmentWindow, until: Until) -> None:
    window.guide.select("check")
    window.show_manual()
    dialog = window.findChild(ManualDialog)
    assert isinstance(dialog, ManualDialog)
    assert dialog.chapter == "messages.md"
    window.guide.select("packages")
    until(lambda: not window.runner.busy)
    window.show_manual()
    assert window.findChild(ManualDialog) is dialog
    assert dialog.chapter == "review.md"


def test_the_wheel_and_the_frozen_program_carry_the_manual() -> None:
    root = Path(__file__).resolve().parents[2]
    hook = (root / "build_spec" / "hatch_build.py").read_text(encoding="utf-8")
    spec = (root / "build_spec" / "census.spec").read_text(encoding="utf-8")
    assert '"census_app/_data/manual"' in hook
    assert '"manual"' in spec
