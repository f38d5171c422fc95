"""The page "check": every problem of the workspace, grouped and counted, with the way to mend or explain it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.findings import Finding
from census_app.services.progress import Progress
from census_app.ui.department.fill_dialog import fields_to_fill
from census_app.ui.department.problem_detail import ProblemDetail
from census_app.ui.department.problem_groups import GROUPINGS, KINDS, Arranged, Arranger, Wanted
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.models.problem_list import ARROW, GAP, SAID, STANDS, WHAT, ProblemListModel
from census_app.ui.shell import page
from census_app.ui.shell.guide import GuideList
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tables import prepare_table
from census_app.ui.shell.translation import Words

SEARCH_AFTER_MS: Final = 200
OPEN_UP_TO: Final = 40
"""So many findings are shown at once the first time; more begin as closed groups."""

LOOKS: Final = ("chip-bad", "chip-warn", "chip", "chip")
LIST, CLEAR, NOTHING, WAITING = range(4)


class ProblemTable(QTableView):
    """The lines of the model; arrows open and close groups, Enter goes there.

    Signals:
        line_wanted: A line was entered: its group is to be opened or its field shown.
        turn_wanted: A group is to be opened (True) or closed.
    """

    line_wanted = Signal(QModelIndex)
    turn_wanted = Signal(QModelIndex, bool)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        head, width = self.horizontalHeader(), self.viewport().width()
        head.resizeSection(WHAT, width * 2 // 5)
        head.resizeSection(STANDS, width // 5)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.line_wanted.emit(self.currentIndex())
        elif key in {Qt.Key.Key_Right, Qt.Key.Key_Left}:
            self.turn_wanted.emit(self.currentIndex(), key == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)


class CheckPage(QWidget):
    """All problems.

    Signals:
        go_wanted: a finding whose field shall be shown.
        offers_wanted: findings whose proposed values shall be looked at and written.
        explain_wanted: warnings that shall get one reason.
        register_wanted: findings that name records which shall be registered.
        fill_wanted: findings whose records shall get one answer in the field they are about.
        next_wanted: Everything is in order: go on to the hand-in.
        arranged: The list shows what is known now.
    """

    go_wanted = Signal(object)
    offers_wanted = Signal(object)
    explain_wanted = Signal(object)
    fill_wanted = Signal(object)
    register_wanted = Signal(object)
    next_wanted = Signal()
    arranged = Signal()

    def __init__(self, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self._session = session
        self._words = words
        self._arranger = Arranger(session.context, words)
        self._asked = 0
        self._fresh = True
        self._current: Finding | None = None
        self.model = ProblemListModel(session.context, words, self._owner_title, self)
        self.table = self._make_table()
        self.detail = ProblemDetail(session.context, words, self.model.name_of, self._can_fill)
        self._again = page.button(words("UI_CHECK_AGAIN"), session.check_now, symbol=Icon.REFRESH)
        self._again.setShortcut("F5")
        self._again.setToolTip("F5")
        self._head = page.PageHead(words("UI_STEP_CHECK"), [self._again])
        self._search_timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER_MS)
        self._chips: list[QPushButton] = []
        self._stack = QStackedWidget()
        self._fill_stack()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._head)
        column.addLayout(self._chip_row())
        column.addLayout(self._filter_row())
        column.addWidget(self._stack, 1)
        self._connect()

    # -- building --------------------------------------------------------------------------------------------------

    def _fill_stack(self) -> None:
        words = self._words
        both = QWidget()
        row = QHBoxLayout(both)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.table, 1)
        row.addWidget(self.detail)
        self._stack.addWidget(both)
        self._stack.addWidget(
            page.EmptyState(
                words("UI_ALL_CLEAR"), [(words("UI_TO_EXPORT"), self.next_wanted.emit)],
                Icon.CHECK, words("UI_ALL_CLEAR_TIP"), manual=(words("GD_READ"), "department.md"),
            )
        )  # fmt: skip
        self._stack.addWidget(
            page.EmptyState(
                words("UI_PROBLEM_NONE_SUCH"), [(words("UI_PROBLEM_SHOW_ALL"), self.show_all)],
                Icon.SEARCH,
            )
        )  # fmt: skip
        self._stack.addWidget(page.EmptyState(words("UI_CHECKING"), (), Icon.REFRESH))
        self._stack.setCurrentIndex(WAITING)

    def _make_table(self) -> ProblemTable:
        table = ProblemTable()
        table.setModel(self.model)
        prepare_table(table, self._words("UI_PROBLEM_LIST"), several=True)
        table.setIconSize(QSize(2 * ARROW + GAP, ARROW))
        head = table.horizontalHeader()
        head.setStretchLastSection(False)
        head.setSectionResizeMode(SAID, QHeaderView.ResizeMode.Stretch)
        return table

    def _chip_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for kind, look in zip(KINDS, LOOKS, strict=True):
            chip = page.button(self._words(f"UI_KIND_{kind.upper()}", count=0), look=look)
            chip.setCheckable(True)
            chip.clicked.connect(self._on_chip)
            chip.setProperty("kind", kind)
            self._chips.append(chip)
            row.addWidget(chip)
        row.addStretch(1)
        return row

    def _filter_row(self) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        self._grouping = QButtonGroup(self)
        row.addWidget(page.label(words("UI_GROUP_BY"), "text2"))
        for number, grouping in enumerate(GROUPINGS):
            made = page.button(words(f"UI_GROUP_{grouping.upper()}"), look="segment")
            made.setCheckable(True)
            made.setChecked(number == 0)
            self._grouping.addButton(made, number)
            row.addWidget(made)
        self.forms = QuietCombo()
        self.forms.setAccessibleName(words("UI_PROBLEM_FORM"))
        self.forms.addItem(words("UI_PROBLEM_ALL_FORMS"), "")
        for form in self._session.form_set.forms:
            if not form.parent:
                self.forms.addItem(form.label.get(words.language), form.id)
        self.text = QLineEdit()
        self.text.setPlaceholderText(words("UI_PROBLEM_SEARCH"))
        self.text.setAccessibleName(words("UI_PROBLEM_SEARCH"))
        self.text.setClearButtonEnabled(True)
        row.addStretch(1)
        row.addWidget(self.forms)
        row.addWidget(self.text, 1)
        return row

    def _connect(self) -> None:
        session = self._session
        session.checked.connect(self._on_checked)
        session.checking_changed.connect(self._on_checking)
        self._search_timer.timeout.connect(self.refresh)
        self._grouping.idClicked.connect(self._on_filter)
        self.forms.currentIndexChanged.connect(self._on_filter)
        self.text.textChanged.connect(self._on_text)
        self.table.doubleClicked.connect(self._on_line)
        self.table.clicked.connect(self._on_clicked)
        self.table.line_wanted.connect(self._on_line)
        self.table.turn_wanted.connect(self._on_turn)
        self.table.selectionModel().selectionChanged.connect(self._on_selection)
        self.detail.go_wanted.connect(self.go_wanted)
        self.detail.mend_wanted.connect(self.offers_wanted)
        self.detail.explain_wanted.connect(self.explain_wanted)
        self.detail.fill_wanted.connect(self.fill_wanted)
        self.detail.register_wanted.connect(self.register_wanted)

    # -- showing ---------------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Show what is known when the page is looked at."""
        self.refresh()
        if not isinstance(
            self.window().focusWidget(), GuideList
        ):  # who walks through the steps is not held up
            self.take_focus()

    def take_focus(self) -> bool:
        """Put the cursor into the list of problems."""
        self.table.setFocus()
        return True

    @property
    def wanted(self) -> Wanted:
        """What the person wants to see."""
        kind = next((str(c.property("kind")) for c in self._chips if c.isChecked()), "")
        return Wanted(
            GROUPINGS[max(0, self._grouping.checkedId())],
            kind,
            str(self.forms.currentData() or ""),
            self.text.text().strip(),
        )

    @property
    def current(self) -> Finding | None:
        """The finding of the current line; of a group, its first."""
        index = self.table.currentIndex()
        if not index.isValid():
            return None
        number, place = self.model.place(index.row())
        return self.model.groups[number].findings[max(0, place)]

    def show_all(self) -> None:
        """Take all filters away."""
        for chip in self._chips:
            chip.setChecked(False)
        self.forms.setCurrentIndex(0)
        self.text.clear()
        self.refresh()

    def refresh(self) -> None:
        """Arrange what is known, on a worker thread; an answer that comes too late is dropped."""
        self._search_timer.stop()
        problems = self._session.problems
        if problems.report is None:
            return
        arranger = Arranger(self._session.context, self._words, problems.places)
        findings, wanted = problems.all(), self.wanted
        self._asked += 1
        asked = self._asked

        def work(_progress: Progress) -> Arranged:
            return arranger.arrange(findings, wanted)

        def done(arranged: Arranged) -> None:
            if asked == self._asked:
                self._arranger = arranger
                self._show(arranged)

        self._session.runner.on_reading(work, self, done)

    @property
    def waiting(self) -> bool:
        """Whether what is typed is not yet searched for."""
        return self._search_timer.isActive()

    def _show(self, arranged: Arranged) -> None:
        words = self._words
        for chip, kind in zip(self._chips, KINDS, strict=True):
            count = arranged.counts[kind]
            chip.setText(words(f"UI_KIND_{kind.upper()}", count=words.count(count)))
            chip.setEnabled(bool(count) or chip.isChecked())
        total = sum(len(group.findings) for group in arranged.groups)
        self._current = self.current or self._current
        first = self._fresh and 0 < total <= OPEN_UP_TO
        self.model.show_groups(arranged.groups, arranged.wanted.grouping, open_all=first)
        self._fresh = self._fresh and not total
        if arranged.groups:
            self._stack.setCurrentIndex(LIST)
        else:
            self._stack.setCurrentIndex(NOTHING if arranged.wanted.narrowed else CLEAR)
        at = words.clock_time(self._session.checked_at)
        known = words("UI_PROBLEM_SHOWN", shown=words.count(total), at=at)
        self._head.set_note(known if at else "")
        self._keep_place()
        self.arranged.emit()

    def _keep_place(self) -> None:
        """Go back to the line the person was on, else to the first."""
        row = -1
        if self._current is not None:
            number = next(
                (n for n, g in enumerate(self.model.groups) if self._holds(g.findings)), -1
            )
            if number >= 0 and self.model.is_open(number):
                row = self.model.row_of(self._current)
            elif number >= 0:
                row = self.model.row_of_group(number)
        if self.model.groups:
            self.table.setCurrentIndex(self.model.index(max(0, row), WHAT))
        self._on_selection()

    def _holds(self, findings: tuple[Finding, ...]) -> bool:
        known = self._current
        return known is not None and any(
            f.record == known.record and f.rule == known.rule and f.fields == known.fields
            for f in findings
        )

    # -- events ----------------------------------------------------------------------------------------------------

    def _chosen(self) -> list[Finding]:
        selection = self.table.selectionModel().selection()
        ranges = [selection.at(n) for n in range(selection.count())]
        spans = [(each.top(), each.bottom()) for each in ranges]
        return self.model.findings_of_rows(spans)

    def _on_selection(self) -> None:
        self.detail.show_findings(self._chosen())

    def _on_clicked(self, index: QModelIndex) -> None:
        """Open or close a group by its arrow."""
        number, place = self.model.place(index.row())
        at = self.table.viewport().mapFromGlobal(self.table.cursor().pos()).x()
        if place < 0 and index.column() == WHAT and at < 2 * ARROW:
            self._turn(number, opened=not self.model.is_open(number))

    def _on_line(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        number, place = self.model.place(index.row())
        if place < 0:
            self._turn(number, opened=not self.model.is_open(number))
        else:
            self.go_wanted.emit(self.model.groups[number].findings[place])

    def _on_turn(self, index: QModelIndex, opened: bool) -> None:
        if not index.isValid():
            return
        number, place = self.model.place(index.row())
        if place >= 0 and not opened:
            self.table.setCurrentIndex(self.model.index(self.model.row_of_group(number), WHAT))
        elif place < 0:
            self._turn(number, opened=opened)

    def _turn(self, number: int, *, opened: bool) -> None:
        self.model.set_open(number, opened=opened)

    def _on_chip(self, checked: bool) -> None:
        pressed = self.sender()
        for chip in self._chips:
            if chip is not pressed:
                chip.setChecked(False)
        del checked
        self.refresh()

    def _on_filter(self, number: int) -> None:
        del number
        self.refresh()

    def _on_text(self, text: str) -> None:
        del text
        self._search_timer.start()

    def _on_checked(self) -> None:
        if self.isVisible():  # else `enter` does it once somebody looks
            self.refresh()

    def _on_checking(self, running: bool) -> None:
        self._again.setEnabled(not running)
        if running:
            self._head.set_note(self._words("UI_CHECKING"))

    def _owner_title(self, finding: Finding) -> str:
        return self._arranger.owner_title(finding)

    def _can_fill(self, finding: Finding) -> bool:
        form = self._session.form_set.form(finding.form)
        return finding.fields[0] in {f.id for f in fields_to_fill(form)}
