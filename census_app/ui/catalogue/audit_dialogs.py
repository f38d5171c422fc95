"""What a person says about an entry of the comparison: which record it is, and what a difference turned out to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from census_app.domain.audit import ASKING, Kept, Outcome
from census_app.domain.chain import Decision
from census_app.domain.names import fold
from census_app.domain.tolerance import text_likeness
from census_app.services.audit_acts import OutcomesSaid, outcomes_of
from census_app.services.audit_lists import ListTaken
from census_app.services.audit_results import Comparison, Entry
from census_app.services.explaining import MINIMUM_LENGTH
from census_app.ui.catalogue.act_dialog import ActDialog, text_row
from census_app.ui.catalogue.audit_session import AuditDesk, Saying
from census_app.ui.catalogue.audit_words import open_places
from census_app.ui.catalogue.facts import FactGrid
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.models.text_table import Heading
from census_app.ui.shell import page, theme
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

_AREA = 240
_NOTES = 12


class OutcomeDialog(ActDialog):
    """Asks what one or several differences turned out to be.

    Args:
        entries: Of one group.

    Signals:
        said: `OutcomesSaid`.
    """

    said = Signal(object)

    def __init__(
        self,
        desk: AuditDesk,
        listed: str,
        entries: Sequence[Entry],
        words: Words,
        parent: QWidget | None,
    ) -> None:
        super().__init__(words, words("CA_SAY_TITLE"), parent)
        self._desk, self._listed, self._entries = desk, listed, tuple(entries)
        self.seen = desk.session.seen
        self.outcome = QuietCombo()
        self.ask = QCheckBox(words("CA_ASK"))
        self.fields: dict[str, QCheckBox] = {}
        self._build()

    def _build(self) -> None:
        words, first = self.words, self._entries[0]
        if len(self._entries) == 1:
            facts = [(words("CAT_COL_DEPARTMENT"), first.department_name)]
            self.column.addWidget(FactGrid([*facts, (words("CA_NAME"), first.name)]))
        else:
            told = words("CA_SAY_MANY", count=len(self._entries), name=first.name)
            self.column.addWidget(page.label(told, wrap=True))
        if len(first.differences) > 1 and len(self._entries) == 1:
            self._add_fields(first)
        for outcome in outcomes_of(first.group):
            self.outcome.addItem(words(f"AUDIT_OUTCOME_{outcome}"), outcome)
        add_row(self.column, words("CA_OUTCOME"), self.outcome)
        self.outcome.currentIndexChanged.connect(self._on_outcome)
        self.reason = text_row(
            self.column, words("CA_REASON"), hint=words("CA_REASON_HINT"), required=True
        )
        self.reason.textChanged.connect(self.update_ready)
        self.column.addWidget(self.ask)
        self.column.addStretch(1)
        self.finish(words("CA_SAY_VERB"))
        self._on_outcome()
        self.reason.setFocus()

    def _add_fields(self, entry: Entry) -> None:
        self.column.addWidget(page.label(self.words("CA_WHICH"), "label"))
        for each in entry.differences:
            told = self.words("CA_DIFFERENCE", field=each.label, theirs=_short(each.theirs),
                              ours=_short(each.ours) or "—")  # fmt: skip
            box = QCheckBox(told)
            box.setChecked(each.settled is None or all(d.settled for d in entry.differences))
            box.toggled.connect(self.update_ready)
            self.fields[each.place] = box
            self.column.addWidget(box)

    def _places(self) -> list[str]:
        if self.fields:
            return [place for place, box in self.fields.items() if box.isChecked()]
        return [place for entry in self._entries for place, _difference in open_places(entry)]

    def _on_outcome(self) -> None:
        known = all(entry.department for entry in self._entries)
        asking = self.outcome.currentData() in ASKING and known
        self.ask.setEnabled(asking)
        if not asking:
            self.ask.setChecked(False)

    @property
    def _reason(self) -> str:
        return self.reason.toPlainText().strip()

    def ready(self) -> bool:
        """Say whether a reason is there, and something it is about."""
        return len(self._reason) >= MINIMUM_LENGTH and bool(self._places())

    def act(self) -> None:
        """Write it into the ledger."""
        outcome = cast("Outcome", str(self.outcome.currentData()))
        ask = self.ask.isChecked()
        saying = Saying(self._listed, self._places(), outcome, self._reason, ask, self.seen)
        self._desk.settle(saying, self, self._on_said, self.fail)

    def _on_said(self, said: OutcomesSaid) -> None:
        self.said.emit(said)
        self.accept()


class MatchDialog(ActDialog):
    """Lets a person choose the record that a row of the list is: the likest first, or by typing.

    Signals:
        matched: The decisions.
    """

    matched = Signal(object)

    def __init__(
        self,
        desk: AuditDesk,
        comparison: Comparison,
        entry: Entry,
        words: Words,
        parent: QWidget | None,
    ) -> None:
        super().__init__(words, words("CA_CHOOSE_TITLE"), parent, 680)
        self._desk, self._comparison, self._entry = desk, comparison, entry
        self.seen = desk.session.seen
        own = entry.department
        self._offered = sorted(
            (kept for kept in comparison.free if own in {"", kept.department}),
            key=lambda kept: (-text_likeness(entry.name, kept.name), kept.name, kept.key),
        )
        self._names = {each.department: each.name for each in comparison.coverage}
        self.search = QLineEdit()
        self.table: SortableTable[Kept] = SortableTable(
            self._columns(), lambda kept: kept.key, words("CA_CHOOSE_TABLE")
        )
        self._build()

    def _columns(self) -> list[Column[Kept]]:
        words = self.words

        def likeness(kept: Kept) -> int:
            return round(100 * text_likeness(self._entry.name, kept.name))

        return [
            Column(Heading(words("CA_OURS")), lambda k: k.name, lambda k: k.name),
            Column(Heading(words("CAT_COL_DEPARTMENT"), 240), self._department, self._department),
            Column(
                Heading(words("CA_LIKENESS"), 80, right=True),
                lambda k: f"{likeness(k)}%",
                likeness,
            ),
        ]

    def _department(self, kept: Kept) -> str:
        return self._names.get(kept.department, kept.department)

    def _build(self) -> None:
        words, entry = self.words, self._entry
        row = str(entry.row.number) if entry.row is not None else ""
        facts = [(words("CA_ROW"), row), (words("CAT_COL_DEPARTMENT"), entry.department_name)]
        self.column.addWidget(FactGrid([*facts, (words("CA_THEIRS"), entry.name)]))
        add_row(self.column, words("CA_SEARCH"), self.search)
        self.search.textChanged.connect(self._on_search)
        self.table.setMinimumHeight(240)
        self.column.addWidget(self.table, 1)
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._on_opened)
        self.nobody = QCheckBox(words("CA_NOBODY"))
        self.nobody.toggled.connect(self._on_nobody)
        self.column.addWidget(self.nobody)
        self.finish(words("CA_CHOOSE_VERB"))
        self.table.show_rows(self._offered)
        self.search.setFocus()

    def _on_search(self, text: str) -> None:
        wanted = fold(text)
        self.table.show_rows([k for k in self._offered if wanted in fold(k.name)])
        self.update_ready()

    def _on_chosen(self, _kept: Kept) -> None:
        self.update_ready()

    def _on_opened(self, _kept: Kept) -> None:
        self._on_verb()

    def _on_nobody(self, nobody: bool) -> None:
        self.table.setEnabled(not nobody)
        self.search.setEnabled(not nobody)
        self.update_ready()

    def ready(self) -> bool:
        """Say whether a record is chosen, or that it is none."""
        return self.nobody.isChecked() or self.table.current() is not None

    def act(self) -> None:
        """Write it into the ledger."""
        current = self.table.current()
        target = None if self.nobody.isChecked() or current is None else current.key
        if self._entry.row is not None:
            matches = {self._entry.row.number: target}
            self._desk.confirm(
                self._comparison.list.id, matches, self, self._on_matched, self.fail, self.seen
            )

    def _on_matched(self, decisions: tuple[Decision, ...]) -> None:
        self.matched.emit(decisions)
        self.accept()


class UnitsDialog(ActDialog):
    """Lets a person say which departments the names in a list stand for.

    Signals:
        named: The decisions.
    """

    named = Signal(object)

    def __init__(
        self, desk: AuditDesk, comparison: Comparison, words: Words, parent: QWidget | None
    ) -> None:
        super().__init__(words, words("CA_UNITS_TITLE"), parent, 680)
        self._desk = desk
        self._before = dict.fromkeys(comparison.strange, "") | dict(comparison.guessed)
        self.combos: dict[str, QuietCombo] = {}
        self.column.addWidget(page.label(words("CA_UNITS_WHY"), wrap=True))
        holder = QWidget()
        inner = QVBoxLayout(holder)
        inner.setContentsMargins(0, 0, 12, 0)
        inner.setSpacing(12)
        for name, code in self._before.items():
            combo = QuietCombo()
            combo.addItem(words("CA_UNIT_NONE"), "")
            for each in comparison.coverage:
                combo.addItem(each.name, each.department)
            combo.setCurrentIndex(max(combo.findData(code), 0))
            combo.currentIndexChanged.connect(self.update_ready)
            self.combos[name] = combo
            rows = comparison.strange.get(name, 0)
            hint = words("CA_UNIT_ROWS", rows=rows) if rows else words("CA_UNIT_GUESSED")
            add_row(inner, name, combo, hint=hint)
        inner.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setMinimumHeight(_AREA)
        area.setWidget(holder)
        self.column.addWidget(area, 1)
        self.finish(words("CA_UNITS_VERB"))

    def _said(self) -> dict[str, str]:
        """Return what is to be entered: every name that has a department; a guess that stays is confirmed."""
        chosen = {name: str(combo.currentData() or "") for name, combo in self.combos.items()}
        return {name: code for name, code in chosen.items() if code}

    def ready(self) -> bool:
        """Say whether any name has a department."""
        return bool(self._said())

    def act(self) -> None:
        """Write it into the ledger."""
        self._desk.name_units(self._said(), self, self._on_named, self.fail)

    def _on_named(self, decisions: tuple[Decision, ...]) -> None:
        self.named.emit(decisions)
        self.accept()


class TakenListDialog(MessageDialog):
    """What was met while a list was read."""

    def __init__(self, words: Words, told: str, taken: ListTaken, parent: QWidget | None) -> None:
        super().__init__(words("CA_READ_TITLE"), parent)
        self.add_heading(told, Icon.INFO, theme.tokens().warn)
        for note in taken.notes[:_NOTES]:
            self.add_text(words(note.code, **note.params))
        if len(taken.notes) > _NOTES:
            self.add_text(words("CA_MORE_NOTES", count=len(taken.notes) - _NOTES))
        self.buttons.addStretch(1)
        close = page.button(words("UI_CLOSE"), self.accept, "primary")
        close.setDefault(True)
        self.buttons.addWidget(close)
        self.finish()


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= 24 else plain[:24] + "…"
