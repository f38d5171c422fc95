"""What the tabs of duplicates have in common: filters above, a list, and below it what is known of the chosen row."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from census_app.domain.verdicts import Verdict
from census_app.services.likening import JudgedGroup, JudgedItem
from census_app.services.overlapping import OverlapKind
from census_app.ui.catalogue.act_dialog import ActDialog, clear
from census_app.ui.catalogue.duplicates_session import MOST_SHOWN, DuplicatesDesk, Listing, Wanted
from census_app.ui.catalogue.duplicates_words import group_standing
from census_app.ui.catalogue.facts import standing_row
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.catalogue.verdict_dialog import ReasonDialog
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Failed
from census_app.ui.shell.translation import Words

T = TypeVar("T", JudgedGroup, JudgedItem)
WHICH = ("open", "decided", "all")


class OverlapTab(QWidget, Generic[T]):
    """One kind of things that look alike.

    Signals:
        counted: How many wait for somebody.
        notice: A sentence about what was done.
        record_wanted: the `Owner`.
    """

    counted = Signal(int)
    notice = Signal(str)
    record_wanted = Signal(object)

    def __init__(self, kind: OverlapKind, desk: DuplicatesDesk, words: Words) -> None:
        super().__init__()
        self.kind, self.desk, self.words = kind, desk, words
        self.dialog: ReasonDialog | None = None
        self.asked = 0
        self._told: T | None = None
        self.department, self.which = QuietCombo(), QuietCombo()
        self.count = page.label("", "hint")
        self.table: SortableTable[T] = SortableTable(
            self.columns(), self.identity, words(f"DUP_KIND_{kind}")
        )
        self.title = page.label("", "strong", wrap=True, selectable=True)
        self.said = page.label("", "hint", wrap=True, selectable=True)
        self.standing = QVBoxLayout()
        self.same = page.button(words("DU_SAME"), self._on_same, symbol=Icon.CHECK)
        self.related = page.button(words("DU_RELATED"), self._on_related, symbol=Icon.LINK)
        self.different = page.button(words("DU_DIFFERENT"), self._on_different, symbol=Icon.CLOSE)
        self.withdraw = page.button(words("DU_WITHDRAW"), self._on_withdraw, symbol=Icon.UNDO)
        self.stack = QStackedWidget()
        self._build()
        self.table.chosen.connect(self._on_chosen)

    # -- what a kind says ------------------------------------------------------------------------------------------

    def columns(self) -> Sequence[Column[T]]:
        """Return the columns of the list."""
        raise NotImplementedError

    def identity(self, row: T) -> Hashable:
        """Return what a row is known by."""
        raise NotImplementedError

    def below(self) -> QWidget:
        """Return what stands below the list."""
        raise NotImplementedError

    def show_row(self, row: T) -> None:
        """Show what is known of a row."""
        raise NotImplementedError

    def judge(self, row: T, relation: str) -> None:
        """Open the dialog for a verdict."""
        raise NotImplementedError

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self.words
        self.department.setAccessibleName(words("CAT_COL_DEPARTMENT"))
        self.department.setMinimumWidth(260)
        self.department.setSizeAdjustPolicy(
            QuietCombo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.which.setAccessibleName(words("DU_WHICH"))
        for which in WHICH:
            self.which.addItem(words(f"DU_WHICH_{which}"), which)
        self.department.addItem(words("DU_ALL_DEPARTMENTS"), "")
        self.department.currentIndexChanged.connect(self._on_filter)
        self.which.currentIndexChanged.connect(self._on_filter)
        filters = QHBoxLayout()
        filters.setSpacing(8)
        filters.addWidget(self.which)
        filters.addWidget(self.department)
        filters.addStretch(1)
        filters.addWidget(self.count)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.table)
        split.addWidget(self._card())
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 1)
        split.setSizes([200, 360])
        self.stack.addWidget(split)
        self.stack.addWidget(
            page.EmptyState(
                words("DU_NOTHING"), (), Icon.CHECK, words("DU_NOTHING_TIP"), primary=False
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(8)
        column.addLayout(filters)
        column.addWidget(self.stack, 1)

    def _card(self) -> QWidget:
        card = page.Card(margin=12)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(self.title, 1)
        head.addLayout(self.standing)
        card.body.addLayout(head)
        card.body.addWidget(self.said)
        card.body.addWidget(self.below(), 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(page.label(self.words("DU_JUDGE_AS"), "label"))
        for each in (self.same, self.related, self.different):
            buttons.addWidget(each)
        buttons.addStretch(1)
        for more in self.more_actions():
            buttons.addWidget(more)
        buttons.addWidget(self.withdraw)
        card.body.addLayout(buttons)
        return card

    def more_actions(self) -> Sequence[QWidget]:
        """Return further buttons of a kind."""
        return ()

    def writing_controls(self) -> list[QWidget]:
        """Return what changes the catalogue."""
        return [self.same, self.related, self.different, self.withdraw]

    # -- listing ---------------------------------------------------------------------------------------------------

    def wanted(self) -> Wanted:
        """Return what the filters ask for."""
        return Wanted(
            self.kind,
            str(self.department.currentData() or ""),
            str(self.which.currentData() or "open"),
        )

    def show_departments(self, names: Mapping[str, str]) -> None:
        """Offer departments; the chosen one stays."""
        chosen = self.department.currentData()
        self.department.blockSignals(True)
        while self.department.count() > 1:
            self.department.removeItem(1)
        for code, name in sorted(names.items()):
            self.department.addItem(name, code)
        self.department.setCurrentIndex(max(0, self.department.findData(chosen)))
        self.department.blockSignals(False)

    def refresh(self) -> None:
        """List anew."""
        self.asked += 1
        number = self.asked

        def show(listing: Listing) -> None:
            if number == self.asked:
                self._show(listing)

        self.desk.listing(self.wanted(), self, show)

    def _show(self, listing: Listing) -> None:
        words = self.words
        rows = [cast("T", row) for row in listing.rows]
        self.table.show_rows(rows)
        self.stack.setCurrentIndex(0 if rows else 1)
        text = words("DU_LISTED", count=words.count(listing.listed))
        if listing.listed > MOST_SHOWN:
            text = words(
                "DU_LISTED_FIRST",
                count=words.count(listing.listed),
                shown=words.count(MOST_SHOWN),
            )
        self.count.setText(text)
        self.counted.emit(listing.waiting)
        self._told = None
        self.table.choose_first()
        current = self.table.current()
        if current is not None and current is not self._told:
            self._on_chosen(current)  # the same row as before, in other words

    def _on_filter(self, _index: int) -> None:
        self.refresh()

    def _on_chosen(self, row: T) -> None:
        self._told = row
        clear(self.standing)
        self.standing.addWidget(standing_row(group_standing(row.standing, self.words)))
        said = row.standing.verdicts
        self.said.setText(said_text(said[-1], self.words) if said else "")
        self.said.setVisible(bool(said))
        self.withdraw.setVisible(bool(row.standing.verdicts))
        self.show_row(row)

    # -- judging ---------------------------------------------------------------------------------------------------

    def _on_same(self) -> None:
        self._judge("same")

    def _on_related(self) -> None:
        self._judge("related")

    def _on_different(self) -> None:
        self._judge("different")

    def _judge(self, relation: str) -> None:
        row = self.table.current()
        if row is not None:
            self.judge(row, relation)

    def _on_withdraw(self) -> None:
        row = self.table.current()
        if row is None or not row.standing.verdicts:
            return
        words, desk = self.words, self.desk
        verdicts = [verdict.decision for verdict in row.standing.verdicts]

        def act(
            reason: str, owner: ActDialog, done: Callable[[object], None], failed: Failed
        ) -> None:
            desk.withdraw(verdicts, reason, owner, done, failed)

        facts = [said_text(verdict, words) for verdict in row.standing.verdicts]
        dialog = ReasonDialog(
            words, words("DU_WITHDRAW_TITLE"), facts, words("DU_WITHDRAW_VERB"), act, self.window()
        )
        self.open_dialog(dialog, words("DU_WITHDRAWN"))

    def open_dialog(self, dialog: ReasonDialog, told: str) -> None:
        """Open a dialog; say something when it has done its work."""
        dialog.seen = self.desk.session.seen
        self.dialog = dialog
        dialog.decided.connect(lambda: self.notice.emit(told))
        dialog.open()


def said_text(verdict: Verdict, words: Words) -> str:
    """Return what was said, by whom, when and why."""
    return words(
        "DU_SAID",
        relation=words(f"DUP_STATE_{verdict.relation}"),
        reason=verdict.reason,
        actor=verdict.actor,
        at=words.moment(verdict.created),
    )
