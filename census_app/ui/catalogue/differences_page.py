"""Differences: departments and what waits there; for the chosen one changes, corrections, resources."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.diagnostics import wording
from census_app.domain.corrections import Owner
from census_app.domain.review import Query
from census_app.services.assigning import AssignDone
from census_app.services.differing import RecordDifference
from census_app.services.explaining import MINIMUM_LENGTH
from census_app.services.record_states import PublishDone
from census_app.services.vanishing import suggested_words
from census_app.ui.catalogue.act_dialog import RemarkDialog
from census_app.ui.catalogue.ask_dialog import AskTarget
from census_app.ui.catalogue.correct_dialog import CorrectDialog
from census_app.ui.catalogue.differences_session import (
    BoardLine,
    ChangeShown,
    CorrectionShown,
    DifferenceDesk,
    DifferenceDetails,
    ResourceShown,
)
from census_app.ui.catalogue.differences_tabs import ChangesTab, CorrectionsTab, ResourcesTab
from census_app.ui.catalogue.session import CatalogueSession, RecordPage
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.models.text_table import Cell, Heading
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

CHANGES, CORRECTIONS, RESOURCES = range(3)


class DifferencesPage(QWidget):
    """The board above, one department's differences below.

    Signals:
        record_wanted: the `Owner`, to be shown in the catalogue.
        notice: A sentence about what just happened, for the window.
        guide_changed: Another number of corrections waits.
    """

    record_wanted = Signal(object)
    notice = Signal(str)
    guide_changed = Signal()

    def __init__(self, session: CatalogueSession, desk: DifferenceDesk, words: Words) -> None:
        super().__init__()
        self._session, self._desk, self._words = session, desk, words
        self._compared: tuple[str, str, str] | None = None
        self._acting: tuple[str, CorrectionShown] | None = None
        self._leaving: list[ResourceShown] = []
        self._asking: list[RecordDifference] = []
        self.remark: RemarkDialog | None = None
        self.editing: CorrectDialog | None = None
        self.table: SortableTable[BoardLine] = SortableTable(
            self._columns(), lambda line: line.code, words("CD_BOARD")
        )
        self.changes = ChangesTab(words, may_write=session.store.writable)
        self.corrections = CorrectionsTab(words, may_write=session.store.writable)
        self.resources = ResourcesTab(words, may_write=session.store.writable)
        self.tabs = QTabWidget()
        self.assign = page.button(words("CD_ASSIGN"), self._on_assign, symbol=Icon.KEY)
        self.publish = page.button(words("CD_PUBLISH"), self._on_publish_all, symbol=Icon.SHIELD)
        self.head = page.PageHead(words("CD_DIFFERENCES"), [self.assign, self.publish])
        self._stack = QStackedWidget()
        self._build()
        self._connect()

    # -- what the window uses --------------------------------------------------------------------------------------

    def guide_note(self) -> str:
        """Say how many corrections wait for a decision."""
        waiting = self._desk.waiting
        return self._words("CAT_WAITING", count=waiting) if waiting else ""

    def writing_controls(self) -> list[QWidget]:
        """Return what changes the catalogue."""
        return [self.assign, self.publish]

    def show_department(self, code: str) -> None:
        """Choose a department."""
        self.table.choose(code)

    def show_waiting(self) -> None:
        """Choose the first department in which a correction waits for a decision."""
        waiting = sorted(line.code for line in self._desk.board.values() if line.questions)
        if waiting:
            self.table.choose(waiting[0])
            self.tabs.setCurrentIndex(CORRECTIONS)

    def show_vanished(self) -> None:
        """Choose the first department of which records vanished, and what changed there last."""
        vanished = sorted(line.code for line in self._desk.board.values() if line.vanished)
        if vanished:
            self.table.choose(vanished[0])
            self.tabs.setCurrentIndex(CHANGES)
            self.changes.sides.show_newest()

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        self.tabs.setAccessibleName(words("CD_TABS"))
        self.tabs.tabBar().setAccessibleName(words("CD_TABS"))
        for widget, code in (
            (self.changes, "CD_TAB_CHANGES"),
            (self.corrections, "CD_TAB_CORRECTIONS"),
            (self.resources, "CD_TAB_RESOURCES"),
        ):
            self.tabs.addTab(widget, words(code, count=0))
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.table)
        split.addWidget(self.tabs)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        split.setSizes([190, 420])
        self._stack.addWidget(split)
        self._stack.addWidget(
            page.EmptyState(words("CD_NOTHING"), (), Icon.HISTORY, words("CD_NOTHING_TIP"))
        )
        self._stack.addWidget(page.reading_state(words))
        self._stack.setCurrentIndex(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)
        self.assign.setEnabled(False)
        self.publish.setEnabled(False)

    def _columns(self) -> Sequence[Column[BoardLine]]:
        words = self._words
        return [
            Column(Heading(words("CAT_COL_DEPARTMENT")), lambda b: b.name, lambda b: b.name),
            Column(Heading(words("CR_COL_NEWEST"), 204), self._newest, _newest_at),
            _count_column(words("CD_COL_QUESTIONS"), lambda b: b.questions, "bad"),
            _count_column(words("CD_COL_ACTIVE"), lambda b: b.active, "accent"),
            _count_column(words("CD_COL_VANISHED"), lambda b: b.vanished, "warn"),
        ]

    def _newest(self, line: BoardLine) -> str:
        newest, words = line.newest, self._words
        if newest is None:
            return "—"
        return words("CR_NEWEST", number=newest.sequence, at=words.moment(newest.received_at))

    def _connect(self) -> None:
        self.table.chosen.connect(self._on_chosen)
        self._desk.board_changed.connect(self._on_board)
        self.tabs.currentChanged.connect(self._on_tab)
        self.changes.sides.chosen.connect(self._compare)
        self.changes.ask_wanted.connect(self._on_ask_vanished)
        for tab in (self.changes, self.corrections, self.resources):
            tab.record_wanted.connect(self.record_wanted)
        self.corrections.decide_wanted.connect(self._on_decide)
        self.resources.publish_wanted.connect(self._on_publish)
        self.resources.withdraw_wanted.connect(self._on_withdraw)

    # -- showing ---------------------------------------------------------------------------------------------------

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._read_chosen()

    def _on_board(self) -> None:
        words = self._words
        rows = sorted(
            (line for line in self._desk.board.values() if line.newest is not None),
            key=lambda b: (-b.questions, -b.vanished, b.code),
        )
        self.table.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.assign.setEnabled(bool(rows))
        self.publish.setEnabled(bool(rows))
        waiting, vanished = self._desk.waiting, sum(b.vanished for b in rows)
        note = words("CD_NOTE", questions=waiting, vanished=vanished) if waiting + vanished else ""
        self.head.set_note(note or words("CD_NOTE_NONE"))
        self.table.choose_first()
        self.guide_changed.emit()
        self._compared = None
        self._read_chosen()

    def _on_chosen(self, _line: BoardLine) -> None:
        self._read_chosen()

    def _on_tab(self, _index: int) -> None:
        self._compare()

    def _read_chosen(self) -> None:
        current = self.table.current()
        if current is not None and self.isVisible():
            self._desk.details(current.code, self, self._on_details)
            self._compare()

    def _on_details(self, details: DifferenceDetails) -> None:
        current = self.table.current()
        if current is None or current.code != details.department:
            return  # another one was chosen meanwhile
        words = self._words
        self.changes.sides.show_rounds(details.rounds)
        waiting = sorted(details.corrections, key=_urgency)
        self.corrections.show_rows(waiting)
        self.resources.show_rows(details.resources)
        count = sum(c.standing.waits for c in waiting)
        self.tabs.setTabText(CORRECTIONS, words("CD_TAB_CORRECTIONS", count=count))
        self.tabs.setTabText(RESOURCES, words("CD_TAB_RESOURCES", count=len(details.resources)))

    def _compare(self) -> None:
        """Compare, once for each choice, and only when the tab is looked at: packages may be verified again for it."""
        current, sides = self.table.current(), self.changes.sides.sides
        looked_at = self.isVisible() and self.tabs.currentIndex() == CHANGES
        if current is None or sides is None or not looked_at:
            return
        wanted = (current.code, *sides)
        if wanted == self._compared:
            return
        self._compared = wanted
        self._desk.changes(*wanted, self, self._on_changes, self._on_failed)

    def _on_failed(self, error: Exception) -> None:
        self._compared = None
        self._on_changes([])
        self._session.runner.report(error)

    def _on_changes(self, changes: list[ChangeShown]) -> None:
        # What vanished waits for somebody; the rest is told.
        self.changes.pane.show_rows(sorted(changes, key=lambda c: c.record.kind != "vanished"))
        self.tabs.setTabText(CHANGES, self._words("CD_TAB_CHANGES", count=len(changes)))

    # -- deciding --------------------------------------------------------------------------------------------------

    def _on_decide(self, act: str, shown: CorrectionShown) -> None:
        if act == "edit":
            self._edit(shown)
            return
        words = self._words
        self._acting = (act, shown)
        why = words(f"CD_{act.upper()}_WHY", theirs=shown.theirs or words("CR_EMPTY"),
                    ours=shown.ours or words("CR_EMPTY"))  # fmt: skip
        label = words("CR_ASK_TEXT") if act == "ask" else words("UI_REASON")
        self.remark = RemarkDialog(
            words, words(f"CD_{act.upper()}_TITLE"), why, words(f"CD_{act.upper()}_VERB"), label,
            self, least=MINIMUM_LENGTH,
        )  # fmt: skip
        self.remark.accepted.connect(self._on_agreed)
        self.remark.open()

    def _on_agreed(self) -> None:
        if self.remark is not None and self._acting is not None:
            act, shown = self._acting
            report = self._session.runner.report
            self._desk.decide(
                act, shown.standing, self.remark.remark, self, self._on_decided, report
            )

    def _on_decided(self, _decided: object) -> None:
        act = self._acting[0] if self._acting is not None else "theirs"
        self.notice.emit(self._words(f"CD_{act.upper()}_DONE"))

    def _edit(self, shown: CorrectionShown) -> None:
        place = shown.standing.place

        def opened(record: RecordPage | None) -> None:
            state = self._session.state
            if record is None or state is None:
                return
            form = self._session.form_set.form(place.form)
            target = AskTarget(
                place.department, state.name_of(place.department), form, place.record,
                shown.standing.title, form.field_by_id(place.field), shown.theirs,
                record.record.values,
            )  # fmt: skip
            self.editing = CorrectDialog(self._desk, target, self._words, self.window())
            self.editing.corrected.connect(self._on_corrected)
            self.editing.open()

        self._session.record_of(Owner(*place[:3]), self, opened)

    def _on_corrected(self, _decision: object) -> None:
        self.notice.emit(self._words("CD_CORRECTED"))

    # -- what vanished ---------------------------------------------------------------------------------------------

    def _on_ask_vanished(self, vanished: list[RecordDifference]) -> None:
        words = self._words
        self._asking = vanished
        self.remark = RemarkDialog(
            words, words("CD_VANISHED_TITLE", count=len(vanished)), words("CD_VANISHED_HOW"),
            words("CD_VANISHED_VERB"), words("CR_ASK_TEXT"), self, least=MINIMUM_LENGTH,
        )  # fmt: skip
        self.remark.text.setPlainText(suggested_words())
        self.remark.accepted.connect(self._on_ask_agreed)
        self.remark.open()

    def _on_ask_agreed(self) -> None:
        if self.remark is not None and self._asking:
            records = {each.record for each in self._asking}
            self._desk.ask_about_vanished(
                self._asking[0].department, records, self.remark.remark, self, self._on_asked,
                self._session.runner.report,
            )  # fmt: skip

    def _on_asked(self, queries: list[Query]) -> None:
        self.notice.emit(self._words("CD_VANISHED_ASKED", count=len(queries)))

    # -- codes and publishing --------------------------------------------------------------------------------------

    def _on_assign(self) -> None:
        report = self._session.runner.report
        self._desk.assign(self, self._on_assigned, report, self._words("CD_ASSIGNING"))

    def _on_assigned(self, done: AssignDone) -> None:
        self.notice.emit(
            self._words("CD_ASSIGNED", new=len(done.codes), waiting=done.waiting,
                        unclassed=done.unclassed)
        )  # fmt: skip

    def _on_publish_all(self) -> None:
        title, report = self._words("CD_PUBLISHING"), self._session.runner.report
        self._desk.publish("", None, self, self._on_published, report, title)

    def _on_publish(self, chosen: list[ResourceShown]) -> None:
        title, report = self._words("CD_PUBLISHING"), self._session.runner.report
        records = {each.record for each in chosen}
        self._desk.publish(chosen[0].department, records, self, self._on_published, report, title)

    def _on_published(self, done: PublishDone) -> None:
        self.notice.emit(
            self._words("CD_PUBLISHED", count=done.published, waiting=done.waiting,
                        without=done.without_code)
        )  # fmt: skip

    def _on_withdraw(self, chosen: list[ResourceShown]) -> None:
        words = self._words
        self._leaving = chosen
        self.remark = RemarkDialog(
            words, words("CD_WITHDRAW_TITLE", count=len(chosen)), words("CD_WITHDRAW_WHY"),
            words("CD_WITHDRAW"), words("UI_REASON"), self, least=MINIMUM_LENGTH,
        )  # fmt: skip
        self.remark.accepted.connect(self._on_withdraw_agreed)
        self.remark.open()

    def _on_withdraw_agreed(self) -> None:
        if self.remark is not None and self._leaving:
            records = {each.record for each in self._leaving}
            report = self._session.runner.report
            self._desk.withdraw(
                self._leaving[0].department, records, self.remark.remark, self,
                self._on_withdrawn, report,
            )  # fmt: skip

    def _on_withdrawn(self, _decided: object) -> None:
        self.notice.emit(self._words("CD_WITHDRAWN", count=len(self._leaving)))


def _urgency(shown: CorrectionShown) -> int:
    order = {"question": 0, "contested": 1, "active": 2, "adopted": 3, "left": 4, "gone": 5}
    return order[shown.standing.state]


def _newest_at(line: BoardLine) -> str:
    return line.newest.received_at if line.newest is not None else ""


def _count_column(title: str, number: Callable[[BoardLine], int], tone: str) -> Column[BoardLine]:
    def cell(line: BoardLine) -> Cell:
        return Cell(wording.grouped(number(line)), tone=tone if number(line) else "")

    return Column(Heading(title, 88, right=True), cell, number)
