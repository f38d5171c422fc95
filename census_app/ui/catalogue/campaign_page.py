"""Campaign set-up: whom the campaign expects, by when what is due, and with which forms."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from census_app.formspec.model import Milestone
from census_app.services.expecting import Expected, ListRead
from census_app.ui.catalogue.campaign_dialogs import DayDialog, ExpectDialog, ListDialog
from census_app.ui.catalogue.campaign_session import CampaignDesk
from census_app.ui.catalogue.facts import FactGrid, grouped
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState
from census_app.ui.catalogue.standing import Standing
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.catalogue.writing import writes
from census_app.ui.models.text_table import Cell, Heading
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

FINGERPRINT_GROUPS: Final = 4
HEAD_HEIGHT: Final = 26
LIST, EMPTY = range(2)


class CampaignPage(QWidget):
    """The expected departments at the left, dates and forms at the right.

    Signals:
        bundle_with_forms: Folder of a form set that is to be signed and handed out.
        bundle_wanted: The person wants to sign a trust bundle.
        enrol_wanted: The person wants to enrol a department.
        notice: A sentence about what just happened, for the window.
    """

    bundle_with_forms = Signal(object)
    bundle_wanted = Signal()
    enrol_wanted = Signal()
    notice = Signal(str)

    def __init__(self, session: CatalogueSession, words: Words) -> None:
        super().__init__()
        self._session, self._words = session, words
        self.desk = CampaignDesk(session)
        self.moved: dict[str, str] = {}
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.bodies: SortableTable[Expected] = SortableTable(
            self._body_columns(), lambda body: body.code, words("CC_BODIES")
        )
        self.dates: SortableTable[Milestone] = SortableTable(
            self._date_columns(), lambda milestone: milestone.id, words("CC_DATES")
        )
        self.take = page.button(words("CC_IMPORT"), self._on_import, symbol=Icon.IMPORT)
        self.add = page.button(words("CC_ADD"), self.open_new, symbol=Icon.ADD)
        self.change = page.button(words("CC_CHANGE"), self._on_change)
        self.sign = page.button(words("CC_SIGN"), self._on_sign, "primary", Icon.SHIELD)
        self.day = page.button(words("CC_CHANGE_DAY"), self._on_change_day, "small")
        self.undo = writes(page.button(words("CC_UNDO"), self._on_undo, "small"))
        self.head = page.PageHead(words("CC_TITLE"), [self.change, self.take, self.add])
        self._stack = QStackedWidget()
        self._forms = QVBoxLayout()
        self._pending = page.label("", "warn", wrap=True)
        self._build()
        self.bodies.opened.connect(self.open_change)
        self.dates.opened.connect(self.open_day)
        session.loaded.connect(self._on_loaded)

    # -- what the window uses --------------------------------------------------------------------------------------

    def writing_controls(self) -> list[QWidget]:
        """Return what changes the catalogue."""
        return [self.take, self.add, self.change, self.day, self.sign]

    def close_page(self) -> None:
        """Take away what was written to be signed."""
        if self._folder is not None:
            self._folder.cleanup()

    def open_new(self) -> None:
        """Ask for a department that the campaign expects."""
        self._open(None)

    def open_change(self, body: Expected) -> None:
        """Ask what became of a department."""
        self._open(body)

    def read_file(self, path: Path) -> None:
        """Read a list of departments and show what it would add."""
        self.desk.read_list(path, self, self._on_read, self._session.runner.report)

    def open_day(self, milestone: Milestone) -> None:
        """Ask for the day of a milestone; it counts when the next bundle is signed."""
        day = self.moved.get(milestone.id, milestone.due)
        dialog = DayDialog(milestone, day, self._words, self)
        dialog.chosen.connect(self._on_day)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        self._stack.addWidget(self.bodies)
        self._stack.addWidget(
            writes(
                page.EmptyState(
                    words("CC_EMPTY"),
                    [(words("CC_IMPORT"), self._on_import), (words("CC_ADD"), self.open_new)],
                    Icon.BUILDING,
                    words("CC_EMPTY_TIP"),
                )
            )
        )
        split.addWidget(_below(page.label(words("CC_BODIES"), "section"), self._stack))
        split.addWidget(self._right())
        split.setStretchFactor(0, 1)
        split.setSizes([600, 490])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.head)
        column.addWidget(page.label(words("CC_LEAD"), "hint", wrap=True))
        column.addWidget(split, 1)

    def _right(self) -> QWidget:
        words = self._words
        side, column = QWidget(), QVBoxLayout()
        side.setLayout(column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        top = QHBoxLayout()
        top.addWidget(page.label(words("CC_DATES"), "section"), 1)
        top.addWidget(self.day)
        column.addLayout(top)
        column.addWidget(self.dates, 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._pending, 1)
        row.addWidget(self.undo)
        row.addWidget(self.sign)
        column.addLayout(row)
        card = page.Card()
        head = QHBoxLayout()
        head.addWidget(page.label(words("CC_FORMS"), "section"), 1)
        head.addWidget(
            writes(page.button(words("CC_FORMS_CHANGE"), self.bundle_wanted.emit, "small"))
        )
        card.body.addLayout(head)
        card.body.addLayout(self._forms)
        column.addWidget(card)
        self._show_pending()
        return side

    def _body_columns(self) -> Sequence[Column[Expected]]:
        words = self._words
        return [
            Column(Heading(words("CC_NAME")), lambda b: b.name, lambda b: b.name),
            Column(Heading(words("CC_CODE"), 168), lambda b: b.code, lambda b: b.code),
            Column(
                Heading(words("CC_STANDING"), 150),
                lambda b: self._standing(b).cell(),
                lambda b: self._standing(b).rank,
            ),
        ]

    def _date_columns(self) -> Sequence[Column[Milestone]]:
        words = self._words
        return [
            Column(
                Heading(words("CC_DUE"), 92), self._day_cell, lambda m: self.moved.get(m.id, m.due)
            ),
            Column(
                Heading(words("CC_MILESTONE")),
                lambda m: m.label.get(words.language),
                lambda m: m.label.get(words.language),
            ),
            Column(
                Heading(words("CC_LEADING"), 120),
                lambda m: m.lead.get(words.language),
                lambda m: m.lead.get(words.language),
            ),
        ]

    # -- showing ---------------------------------------------------------------------------------------------------

    def _standing(self, body: Expected) -> Standing:
        words, state = self._words, self._session.state
        if body.standing == "merged":
            into = (
                next((e.name for e in state.expected if e.code == body.into), body.into)
                if state
                else body.into
            )
            return Standing(words("CC_MERGED", into=into), Icon.LINK, "text_2", 4)
        if body.standing == "dropped":
            return Standing(words("CC_STANDING_dropped"), Icon.CLOSE, "text_2", 5)
        entry = state.entry(body.code) if state is not None else None
        if entry is None:
            return Standing(words("CC_NOT_ENROLLED"), Icon.ALERT, "warn", 0)
        if not entry.head_sequence:
            return Standing(words("CC_ENROLLED"), Icon.KEY, "text_2", 1)
        return Standing(words("CC_DELIVERED"), Icon.CHECK, "good", 2)

    def _day_cell(self, milestone: Milestone) -> Cell | str:
        day = self.moved.get(milestone.id, milestone.due)
        if milestone.id in self.moved:
            return Cell(day, Icon.CALENDAR, "warn")
        over = day < self._session.clock.now().date().isoformat()
        return Cell(day, tone="text_2" if over else "")

    def _on_loaded(self, state: CatalogueState) -> None:
        self.bodies.show_rows(state.expected)
        self._stack.setCurrentIndex(LIST if state.expected else EMPTY)
        self.change.setVisible(bool(state.expected))
        expected = [e for e in state.expected if e.standing == "expected"]
        enrolled = sum(state.entry(e.code) is not None for e in expected)
        note = self._words("CC_NOTE", expected=len(expected), enrolled=enrolled)
        self.head.set_note(note if state.expected else "")
        self.bodies.choose_first()
        milestones = self._session.store.form_set.campaign.milestones
        days = {m.id: m.due for m in milestones}
        self.moved = {i: day for i, day in self.moved.items() if days.get(i, day) != day}
        self.dates.show_rows(sorted(milestones, key=lambda m: m.due))
        self.dates.choose_first()
        self._show_pending()
        self._show_forms()

    def _show_forms(self) -> None:
        words, form_set = self._words, self._session.store.form_set
        while self._forms.count():
            item = self._forms.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        campaign = form_set.campaign
        self._forms.addWidget(
            FactGrid(
                [
                    (words("CC_CAMPAIGN"), campaign.title.get(words.language)),
                    (words("CC_ROUND"), str(campaign.round)),
                    (
                        words("CC_VERSION"),
                        f"{form_set.version} · {form_set.label.get(words.language)}",
                    ),
                    (words("CC_FINGERPRINT"), grouped(form_set.sha256, FINGERPRINT_GROUPS)),
                ]
            )
        )

    def _show_pending(self) -> None:
        self._pending.setText(
            self._words("CC_PENDING", count=len(self.moved)) if self.moved else ""
        )
        for widget in (self._pending, self.undo, self.sign):
            widget.setVisible(bool(self.moved))

    # -- doing -----------------------------------------------------------------------------------------------------

    def _open(self, body: Expected | None) -> None:
        state = self._session.state
        if state is None or not self._session.store.writable:
            return
        dialog = ExpectDialog(self.desk, body, self._others(state), self._words, self)
        dialog.decided.connect(self._on_decided)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @staticmethod
    def _others(state: CatalogueState) -> list[Expected]:
        """Return whom a department can be merged into: those on the list, and those on the roster."""
        known = {e.code: e for e in state.expected if e.standing == "expected"}
        known |= {e.code: Expected(e.code, e.name) for e in state.roster if e.code not in known}
        return [known[code] for code in sorted(known)]

    def _on_change(self) -> None:
        body = self.bodies.current()
        if body is not None:
            self.open_change(body)

    def _on_change_day(self) -> None:
        milestone = self.dates.current()
        if milestone is not None:
            self.open_day(milestone)

    def _on_import(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(
            self, self._words("CC_IMPORT"), str(Path.home()), self._words("CC_LIST_KINDS")
        )
        if name:
            self.read_file(Path(name))

    def _on_read(self, read: ListRead) -> None:
        state = self._session.state
        if state is None:
            return
        dialog = ListDialog(self.desk, read, state.expected, self._words, self)
        dialog.decided.connect(self._on_decided)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_decided(self, count: int) -> None:
        self.notice.emit(self._words("CC_DECIDED", count=count))

    def _on_day(self, milestone: str, day: str) -> None:
        days = {m.id: m.due for m in self._session.store.form_set.campaign.milestones}
        if days.get(milestone) == day:
            self.moved.pop(milestone, None)
        else:
            self.moved[milestone] = dt.date.fromisoformat(day).isoformat()
        self.dates.show_rows(
            sorted(
                self._session.store.form_set.campaign.milestones,
                key=lambda m: self.moved.get(m.id, m.due),
            )
        )
        self._show_pending()

    def _on_undo(self) -> None:
        self.moved.clear()
        state = self._session.state
        if state is not None:
            self._on_loaded(state)

    def _on_sign(self) -> None:
        """Write the form set with the new days, and lead to the bundle that hands it out."""
        self.close_page()
        self._folder = tempfile.TemporaryDirectory(prefix="census-forms-")
        folder = Path(self._folder.name) / self._session.store.form_set.version
        self.desk.write_form_set(self.moved, folder, self, self.bundle_with_forms.emit)


def _below(head: QWidget, content: QWidget) -> QWidget:
    """Return both under each other, the head as high as one with a button."""
    side, column = QWidget(), QVBoxLayout()
    side.setLayout(column)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    head.setMinimumHeight(HEAD_HEIGHT)
    column.addWidget(head)
    column.addWidget(content, 1)
    return side
