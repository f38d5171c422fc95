"""The page "check": every problem of the workspace, grouped and counted, with the way to mend or explain it."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.findings import Finding, Severity
from census_app.ui.department.fill_dialog import fields_to_fill
from census_app.ui.department.problems import ERRORS
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.models.problem_tree import Group, ProblemTreeModel
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

KINDS = (
    ("errors", "UI_KIND_ERRORS", "chip-bad"),
    ("warnings", "UI_KIND_WARNINGS", "chip-warn"),
    ("explained", "UI_KIND_EXPLAINED", "chip"),
    ("notices", "UI_KIND_NOTICES", "chip"),
)


class CheckPage(QWidget):
    """All problems.

    Signals:
        go_wanted: a finding whose field shall be shown.
        offers_wanted: findings whose offered values shall be written.
        explain_wanted: warnings that shall get one reason.
        fill_wanted: findings whose records shall get one answer in the field they are about.
        next_wanted: Everything is in order: go on to the hand-in.
    """

    go_wanted = Signal(object)
    offers_wanted = Signal(object)
    explain_wanted = Signal(object)
    fill_wanted = Signal(object)
    next_wanted = Signal()

    def __init__(self, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self._session = session
        self._words = words
        self._kind = ""
        self.model = ProblemTreeModel(session.context, words, self)
        self.tree = self._make_tree()
        self._again = page.button(words("UI_CHECK_AGAIN"), session.check_now, symbol=Icon.REFRESH)
        self._again.setShortcut("F5")
        self._again.setToolTip("F5")
        self._head = page.PageHead(words("UI_STEP_CHECK"), [self._again])
        self._stack = QStackedWidget()
        self._stack.addWidget(self.tree)
        self._stack.addWidget(
            page.EmptyState(
                words("UI_ALL_CLEAR"), [(words("UI_TO_EXPORT"), self.next_wanted.emit)],
                Icon.CHECK, words("UI_ALL_CLEAR_TIP"), manual=(words("GD_READ"), "department.md"),
            )
        )  # fmt: skip
        self._chips: list[QPushButton] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._head)
        column.addLayout(self._chip_row())
        column.addWidget(self._stack, 1)
        column.addLayout(self._actions())
        session.checked.connect(self.refresh)
        session.checking_changed.connect(self._on_checking)
        self._on_current()

    def refresh(self) -> None:
        """Show what the last check found."""
        words, problems = self._words, self._session.problems
        figures = problems.figures()
        counts = (figures.errors, figures.unexplained, figures.explained, figures.notices)
        for chip, (_kind, code, _look), count in zip(self._chips, KINDS, counts, strict=True):
            chip.setText(words(code, count=count))
            chip.setEnabled(bool(count) or chip.isChecked())
        groups = []
        for rule, findings in problems.by_rule():
            kept = tuple(f for f in findings if not self._kind or _kind_of(f) == self._kind)
            if kept:
                groups.append(Group(rule, kept))
        opened = self._expanded()
        self.model.show_groups(groups)
        self._expand(opened)
        self._stack.setCurrentIndex(0 if groups else 1)
        at = words.clock_time(self._session.checked_at)
        self._head.set_note(words("UI_CHECKED_AT", at=at) if at else "")
        self._on_current()

    def _make_tree(self) -> QTreeView:
        tree = QTreeView()
        tree.setModel(self.model)
        tree.setAccessibleName(self._words("UI_PROBLEM_LIST"))
        tree.setUniformRowHeights(True)
        tree.setAllColumnsShowFocus(True)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.header().setStretchLastSection(False)
        tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        tree.header().resizeSection(1, 80)
        tree.activated.connect(self._on_activated)
        tree.selectionModel().currentChanged.connect(self._on_current)
        return tree

    def _chip_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        for kind, code, look in KINDS:
            chip = page.button(self._words(code, count=0), look=look)
            chip.setCheckable(True)
            chip.clicked.connect(self._on_chip)
            chip.setProperty("kind", kind)
            self._chips.append(chip)
            row.addWidget(chip)
        row.addStretch(1)
        return row

    def _actions(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self._offers = page.button("", self._on_offers)
        self._explain = page.button("", self._on_explain)
        self._fill = page.button(self._words("UI_FILL"), self._on_fill)
        self._go = page.button(self._words("UI_GO"), self._on_go, "primary", Icon.TARGET)
        row.addStretch(1)
        row.addWidget(self._offers)
        row.addWidget(self._explain)
        row.addWidget(self._fill)
        row.addWidget(self._go)
        return row

    def _current(self) -> tuple[Finding, ...]:
        return self.model.findings_at(self.tree.currentIndex())

    def _on_current(self) -> None:
        words, findings = self._words, self._current()
        offers = [f for f in findings if f.offer is not None]
        warnings = [f for f in findings if f.severity is Severity.WARNING and f.values_sha256]
        self._go.setVisible(self._stack.currentIndex() == 0)
        self._go.setEnabled(bool(findings))
        self._offers.setVisible(bool(offers))
        self._offers.setText(words("UI_TAKE_OFFERS", count=len(offers)))
        self._explain.setVisible(bool(warnings))
        self._fill.setVisible(len(findings) > 1 and self._can_fill(findings[0]))
        self._explain.setText(words("UI_EXPLAIN_N", count=len(warnings)))

    def _on_activated(self, index: QModelIndex) -> None:
        if not index.parent().isValid() and not self.tree.isExpanded(index):
            self.tree.expand(index)
            return
        self._on_go()

    def _on_go(self) -> None:
        findings = self._current()
        if findings:
            self.go_wanted.emit(findings[0])

    def _on_offers(self) -> None:
        self.offers_wanted.emit([f for f in self._current() if f.offer is not None])

    def _can_fill(self, finding: Finding) -> bool:
        form = self._session.form_set.form(finding.form)
        return finding.fields[0] in {f.id for f in fields_to_fill(form)}

    def _on_fill(self) -> None:
        self.fill_wanted.emit(list(self._current()))

    def _on_explain(self) -> None:
        warnings = [f for f in self._current() if f.severity is Severity.WARNING]
        self.explain_wanted.emit(warnings)

    def _on_chip(self, checked: bool) -> None:
        pressed = self.sender()
        for chip in self._chips:
            if chip is not pressed:
                chip.setChecked(False)
        self._kind = str(pressed.property("kind")) if checked and pressed is not None else ""
        self.refresh()

    def _on_checking(self, running: bool) -> None:
        self._again.setEnabled(not running)
        if running:
            self._head.set_note(self._words("UI_CHECKING"))

    def _expanded(self) -> set[tuple[str, str, str]]:
        opened = set()
        for number, group in enumerate(self.model.groups):
            if self.tree.isExpanded(self.model.index(number, 0)):
                opened.add(_key(group))
        return opened

    def _expand(self, opened: set[tuple[str, str, str]]) -> None:
        for number, group in enumerate(self.model.groups):
            if _key(group) in opened:
                self.tree.expand(self.model.index(number, 0))
        if self.model.groups:
            self.tree.setCurrentIndex(self.model.index(0, 0))


def _key(group: Group) -> tuple[str, str, str]:
    return group.first.form, group.rule, group.first.fields[0]


def _kind_of(finding: Finding) -> str:
    if finding.severity in ERRORS:
        return "errors"
    if finding.severity is Severity.NOTICE:
        return "notices"
    return "explained" if finding.explanation is not None else "warnings"
