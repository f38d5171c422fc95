"""Heads of pages and lines of the guide where there is little room."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QApplication

from census_app.ui.shell import page
from census_app.ui.shell.guide import GuideEntry, GuideList


def test_actions_go_below_a_title_before_it_is_cut(themed: QApplication, qtbot: Any) -> None:
    add, take = page.button("新增一条信息资源"), page.button("导入清单…")
    head = page.PageHead("信息资源目录自查", [add, take])
    qtbot.addWidget(head)
    head.resize(900, head.sizeHint().height())
    head.show()
    qtbot.waitUntil(lambda: not head.wrapped)
    assert add.geometry().height() > 0
    head.resize(320, 90)
    qtbot.waitUntil(lambda: head.wrapped)
    qtbot.waitUntil(lambda: head._title.text() == "信息资源目录自查")
    head.set_title("一个长得连整行也放不下的页面标题" * 3)
    qtbot.waitUntil(lambda: head._title.text().endswith("…"))
    assert head._title.toolTip() == head._title.full
    head.set_title("短")
    add.hide()
    qtbot.waitUntil(lambda: not head.wrapped)


def test_a_note_without_room_stands_below_its_label(themed: QApplication, qtbot: Any) -> None:
    guide = GuideList("steps")
    qtbot.addWidget(guide)
    guide.resize(200, 300)
    guide.show()
    entries = [
        GuideEntry("a", "Review and hand in", note="approved"),
        GuideEntry("b", "Check", note="3 open"),
    ]
    guide.show_entries(entries)
    heights = [guide.visualRect(guide.model().index(n, 0)).height() for n in range(2)]
    assert heights[0] > heights[1]
    guide.show_entries([GuideEntry("a", "Review and hand in"), entries[1]])  # the note goes
    qtbot.waitUntil(lambda: guide.visualRect(guide.model().index(0, 0)).height() == heights[1])
    guide.show_entries(entries)
    guide.resize(400, 300)
    guide.select("a")
    qtbot.waitUntil(lambda: guide.visualRect(guide.model().index(0, 0)).height() == heights[1])
