"""Decisions: forks and contested matters that wait for a person, and the ledger of all that was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QTabWidget, QVBoxLayout, QWidget

from census_app.services.deciding import Decided
from census_app.services.forking import Fork
from census_app.services.ledgers import LedgerTaken, LedgerWritten
from census_app.services.settling import ContestedMatter
from census_app.ui.catalogue.decision_session import DecisionDesk
from census_app.ui.catalogue.decision_tabs import ForksTab, LedgerTab, MattersTab
from census_app.ui.catalogue.fork_dialog import ForkDialog
from census_app.ui.catalogue.ledger_dialog import LedgerDialog
from census_app.ui.catalogue.letter_dialog import WrittenDialog
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState
from census_app.ui.catalogue.settle_dialog import SettleDialog
from census_app.ui.catalogue.writing import writes
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

FORKS, MATTERS, LEDGER = range(3)
Tab = Literal["forks", "contested", "ledger"]
_TABS: Final[Mapping[str, int]] = {"forks": FORKS, "contested": MATTERS, "ledger": LEDGER}


class DecisionsPage(QWidget):
    """Three tabs over the session's state.

    Signals:
        notice: A sentence about what just happened, for the window.
    """

    notice = Signal(str)

    def __init__(
        self, session: CatalogueSession, desk: DecisionDesk, words: Words, preferences: Preferences
    ) -> None:
        super().__init__()
        self._session, self._desk = session, desk
        self._words, self._preferences = words, preferences
        self.forks = ForksTab(words)
        self.matters = MattersTab(words)
        self.ledger = LedgerTab(words)
        self.tabs = QTabWidget()
        self.apply = writes(
            page.button(words("CR_LEDGER_APPLY"), self._on_apply, symbol=Icon.IMPORT)
        )
        self.export = writes(
            page.button(words("CR_LEDGER_EXPORT"), self._on_export, symbol=Icon.EXPORT)
        )
        self.head = page.PageHead(words("CR_DECISIONS"), [self.apply, self.export])
        self._build()
        self.forks.opened.connect(self.open_fork)
        self.matters.opened.connect(self.open_matter)
        session.loaded.connect(self._on_loaded)

    # -- what the window uses --------------------------------------------------------------------------------------

    def writing_controls(self) -> list[QWidget]:
        """Return what changes the catalogue."""
        return [self.apply]

    def guide_note(self) -> str:
        """Say how many disputes wait for a decision."""
        state = self._session.state
        disputes = len(state.open_forks) + len(state.contested) if state is not None else 0
        return self._words("CAT_WAITING", count=disputes) if disputes else ""

    def show_tab(self, tab: Tab) -> None:
        """Show one of the tabs."""
        self.tabs.setCurrentIndex(_TABS[tab])

    def open_fork(self, fork: Fork) -> None:
        """Lay the sides of a fork beside each other."""
        state = self._session.state
        if state is not None:
            dialog = ForkDialog(self._desk, fork, state, self._words, self.window())
            dialog.decided.connect(self._on_decided)
            dialog.open()

    def open_matter(self, matter: ContestedMatter) -> None:
        """Show the sides of a contested matter; of a fork the packages themselves."""
        state = self._session.state
        if state is None:
            return
        fork = next((f for f in state.forks if f.subject == matter.subject), None)
        if matter.kind == "fork" and fork is not None:
            self.open_fork(fork)
            return
        dialog = SettleDialog(self._desk, matter, state, self._words, self.window())
        dialog.decided.connect(self._on_decided)
        dialog.open()

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self._words
        self.tabs.setAccessibleName(words("CR_DECISION_TABS"))
        self.tabs.tabBar().setAccessibleName(words("CR_DECISION_TABS"))
        for widget, code in (
            (self.forks, "CR_TAB_FORKS"),
            (self.matters, "CR_TAB_MATTERS"),
            (self.ledger, "CR_TAB_LEDGER"),
        ):
            self.tabs.addTab(widget, words(code, count=0))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.head)
        column.addWidget(page.label(words("CR_DECISIONS_WHY"), "hint", wrap=True))
        column.addWidget(self.tabs, 1)

    def _on_loaded(self, state: CatalogueState) -> None:
        words = self._words
        self.forks.show_state(state)
        self.matters.show_state(state)
        self.ledger.show_state(state)
        for tab, code, count in (
            (FORKS, "CR_TAB_FORKS", len(state.open_forks)),
            (MATTERS, "CR_TAB_MATTERS", len(state.contested)),
            (LEDGER, "CR_TAB_LEDGER", len(state.decisions)),
        ):
            self.tabs.setTabText(tab, words(code, count=count))
        waiting = len(state.open_forks) + len(state.contested)
        note = words("CR_DECISIONS_WAITING", count=waiting) if waiting else ""
        self.head.set_note(note or words("CR_DECISIONS_NONE"))

    # -- acts ------------------------------------------------------------------------------------------------------

    def _on_decided(self, decided: Decided) -> None:
        self.notice.emit(decided_text(decided, self._words))

    def _on_export(self) -> None:
        dialog = LedgerDialog(self._desk, self._words, self._preferences, self.window())
        dialog.written.connect(self._on_written)
        dialog.open()

    def _on_written(self, written: LedgerWritten) -> None:
        code = "CR_LEDGER_AGAIN" if written.again else "CR_LEDGER_WRITTEN"
        sentence = self._words(code, number=written.sequence, count=written.decisions)
        next_step = self._words("CR_LEDGER_NEXT")
        WrittenDialog(self._words, sentence, next_step, [written.path], self.window()).open()

    def _on_apply(self) -> None:
        folder = self._preferences.text("packages")
        name, _kind = QFileDialog.getOpenFileName(
            self, self._words("CR_LEDGER_APPLY"), folder, self._words("CAT_FILES_FILTER")
        )
        if name:
            self.apply_ledger(Path(name))

    def apply_ledger(self, path: Path) -> None:
        """Take another coordinator's ledger."""
        self._preferences.remember_text("packages", str(path.parent))
        title = self._words("CR_LEDGER_APPLYING")
        report = self._session.runner.report
        self._desk.apply_ledger(path, self, self._on_taken, report, title)

    def _on_taken(self, taken: LedgerTaken) -> None:
        TakenDialog(self._words, taken, self.window()).open()
        if taken.contested:
            self.show_tab("contested")


class TakenDialog(MessageDialog):
    """What a ledger brought."""

    def __init__(self, words: Words, taken: LedgerTaken, parent: QWidget | None) -> None:
        super().__init__(words("CR_TAKEN_TITLE"), parent)
        name = taken.coordinator_name or taken.coordinator
        sentence = words(
            f"CR_TAKEN_{taken.outcome}",
            name=name,
            number=taken.sequence,
            count=taken.decisions,
            new=taken.new,
        )
        colours = theme.tokens()
        waiting = taken.outcome == "waiting"
        symbol, colour = (Icon.CALENDAR, colours.warn) if waiting else (Icon.CHECK, colours.good)
        self.add_heading(sentence, symbol, colour)
        for text in taken_lines(taken, words):
            self.add_text(text)
        self.buttons.addStretch(1)
        close = page.button(words("UI_CLOSE"), self.accept, "primary")
        close.setDefault(True)
        self.buttons.addWidget(close)
        self.finish()


def taken_lines(taken: LedgerTaken, words: Words) -> Sequence[str]:
    """Return what else is to be said about a ledger: merged packages, contradictions, a second one of the number."""
    lines = []
    if taken.merged:
        lines.append(words("CR_TAKEN_MERGED", names=words("LIST_JOINT").join(taken.merged)))
    if taken.contested:
        lines.append(words("CR_TAKEN_CONTESTED", count=len(taken.contested)))
    lines += [words("CR_TAKEN_TWIN", name=name) for name in taken.twins]
    return lines


def decided_text(decided: Decided, words: Words) -> str:
    """Say what a decision did."""
    if decided.merged:
        return words("CR_DECIDED_MERGED", names=words("LIST_JOINT").join(decided.merged))
    return words("CR_DECIDED")
