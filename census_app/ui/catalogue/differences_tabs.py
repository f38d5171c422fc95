"""What changed, what was corrected, and the resources of a department: tables with the chosen row beside them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from census_app.domain.corrections import Owner
from census_app.domain.moments import read_moment
from census_app.exchange.paper import short_groups
from census_app.services.differing import NOW, PREVIOUS, RecordDifference
from census_app.services.record_states import RECORD_STATES
from census_app.ui.catalogue.differences_session import (
    ChangeShown,
    CorrectionShown,
    FieldShown,
    ResourceShown,
)
from census_app.ui.catalogue.facts import FactGrid, standing_row
from census_app.ui.catalogue.review_tabs import TablePane
from census_app.ui.catalogue.standing import Standing
from census_app.ui.catalogue.tables import Column, word_width
from census_app.ui.catalogue.writing import writes
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.models.text_table import Heading
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

OTHER_DAY = "day"
_KINDS = {
    "added": (Icon.ADD, "good", 1),
    "changed": (Icon.REFRESH, "accent", 2),
    "retired": (Icon.DELETE, "text_2", 3),
    "vanished": (Icon.ALERT, "bad", 0),
}
_CORRECTIONS = {
    "question": (Icon.SCALES, "bad", 0),
    "contested": (Icon.ALERT, "bad", 1),
    "active": (Icon.CHECK, "good", 2),
    "adopted": (Icon.CHECK, "text_2", 3),
    "left": (Icon.HISTORY, "text_2", 4),
    "gone": (Icon.DELETE, "text_2", 5),
}
_STATES = {
    "received": (Icon.INBOX, "accent"),
    "returned": (Icon.UNDO, "warn"),
    "accepted": (Icon.CHECK, "good"),
    "published": (Icon.SHIELD, "good"),
    "changing": (Icon.REFRESH, "warn"),
    "withdrawn": (Icon.HISTORY, "text_2"),
}


def kind_standing(kind: str, words: Words) -> Standing:
    """Say how a record is different."""
    symbol, tone, rank = _KINDS[kind]
    return Standing(words(f"DIFF_{kind}"), symbol, tone, rank)


def correction_standing(state: str, words: Words) -> Standing:
    """Say how a correction stands."""
    symbol, tone, rank = _CORRECTIONS[state]
    return Standing(words(f"CORRECTION_{state}"), symbol, tone, rank)


def resource_standing(state: str, words: Words) -> Standing:
    """Say how far a resource is."""
    symbol, tone = _STATES[state]
    rank = [str(each) for each in RECORD_STATES].index(state)
    return Standing(words(f"RECORD_STATE_{state}"), symbol, tone, rank)


def beside(pairs: Sequence[tuple[str, str]], words: Words) -> QWidget:
    """Return values side by side, each under its name; an empty one says so."""
    whole = QWidget()
    grid = QGridLayout(whole)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(12)
    grid.setVerticalSpacing(2)
    for column, (name, value) in enumerate(pairs):
        grid.setColumnStretch(column, 1)
        grid.addWidget(page.label(name, "label"), 0, column)
        shown = page.label(value or words("CR_EMPTY"), "" if value else "text2", wrap=True)
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(shown, 1, column, Qt.AlignmentFlag.AlignTop)
    return whole


class SidesBar(QWidget):
    """Which two sides are compared: the package before, a round, or a day, against now or another.

    Signals:
        chosen: Other sides were chosen, and both are legible.
    """

    chosen = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.before, self.before_day = QuietCombo(), QLineEdit()
        self.after, self.after_day = QuietCombo(), QLineEdit()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 8, 0, 0)
        row.setSpacing(8)
        for code, combo, day in (
            ("CD_FROM", self.before, self.before_day),
            ("CD_TO", self.after, self.after_day),
        ):
            row.addWidget(page.label(words(code), "label"))
            combo.setAccessibleName(words(code))
            combo.setMinimumWidth(150)
            day.setAccessibleName(words("CD_DAY_OF", side=words(code)))
            day.setPlaceholderText("2018-06-30")
            day.setFixedWidth(112)
            row.addWidget(combo)
            row.addWidget(day)
            day.setVisible(False)
            day.editingFinished.connect(self._on_day)
            combo.currentIndexChanged.connect(self._on_combo)
        row.addStretch(1)
        self.show_rounds(0)

    def show_rounds(self, newest: int) -> None:
        """Offer the rounds of a department."""
        words = self._words
        rounds = [(words("CD_ROUND", number=n), str(n)) for n in range(1, newest + 1)]
        day = (words("CD_DAY"), OTHER_DAY)
        for combo, first in (
            (self.before, (words("CD_PREVIOUS"), PREVIOUS)),
            (self.after, (words("CD_NOW"), NOW)),
        ):
            wanted = [first, *rounds, day]
            if [combo.itemData(i) for i in range(combo.count())] == [data for _, data in wanted]:
                continue
            kept = combo.currentData()
            combo.blockSignals(True)  # the same department is compared when its rounds are known
            combo.clear()
            for text, data in wanted:
                combo.addItem(text, data)
            combo.setCurrentIndex(max(combo.findData(kept), 0))
            combo.blockSignals(False)

    def show_newest(self) -> None:
        """Compare what stood before the newest package with now."""
        self.before.setCurrentIndex(0)
        self.after.setCurrentIndex(0)

    @property
    def sides(self) -> tuple[str, str] | None:
        """What is compared, as `services.differing.compare` takes it; None while a day is not legible."""
        found = []
        for combo, day in ((self.before, self.before_day), (self.after, self.after_day)):
            side = str(combo.currentData())
            if side == OTHER_DAY:
                side = day.text().strip()
                if read_moment(side) is None:
                    return None
            found.append(side)
        return found[0], found[1]

    def _on_combo(self) -> None:
        for combo, day in ((self.before, self.before_day), (self.after, self.after_day)):
            day.setVisible(combo.currentData() == OTHER_DAY)
        if self.sides is not None:
            self.chosen.emit()

    def _on_day(self) -> None:
        if self.sides is not None:
            self.chosen.emit()


class ChangesTab(QWidget):
    """What is different between two sides.

    Args:
        may_write: Whether this person may ask.

    Signals:
        record_wanted: the `Owner`.
        ask_wanted: `RecordDifference`s that vanished, about which the department is to be asked.
    """

    record_wanted = Signal(object)
    ask_wanted = Signal(list)

    def __init__(self, words: Words, *, may_write: bool) -> None:
        super().__init__()
        self.sides = SidesBar(words)
        self.pane = _ChangesPane(words, may_write=may_write)
        self.pane.record_wanted.connect(self.record_wanted)
        self.pane.ask_wanted.connect(self.ask_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.sides)
        column.addWidget(self.pane, 1)


class _ChangesPane(TablePane[ChangeShown]):
    record_wanted = Signal(object)
    ask_wanted = Signal(list)

    def __init__(self, words: Words, *, may_write: bool) -> None:
        self._may_write = may_write
        kinds = [words(f"DIFF_{kind}") for kind in _KINDS]
        columns: list[Column[ChangeShown]] = [
            Column(
                Heading(words("CD_COL_KIND"), word_width(kinds, 96)),
                lambda c: kind_standing(c.record.kind, words).cell(),
                lambda c: kind_standing(c.record.kind, words).rank,
            ),
            Column(Heading(words("CD_COL_FORM"), 148), lambda c: c.form, lambda c: c.form),
            Column(Heading(words("CD_COL_RECORD")), _record_title, _record_title),
            Column(
                Heading(words("CD_COL_FIELDS")),
                self._fields,
                lambda c: len(c.fields),
            ),
        ]
        empty = (words("CD_NO_CHANGES"), Icon.CHECK, words("CD_NO_CHANGES_TIP"))
        super().__init__(
            columns, lambda c: (c.record.form, c.record.record), words("CD_CHANGES_TABLE"), empty,
            words, many=True,
        )  # fmt: skip
        self.table.opened.connect(self._on_record)

    def _fields(self, change: ChangeShown) -> str:
        if change.record.kind == "retired":
            return change.record.reason
        if change.record.kind != "changed":
            return ""
        if not change.fields:
            return self.words("CD_MOVED")
        return self.words("LIST_JOINT").join(f.field for f in change.fields)

    def parts(self, row: ChangeShown) -> list[QWidget]:
        """Return the fields side by side."""
        words, record = self.words, row.record
        parts: list[QWidget] = [
            page.label(_record_title(row) or words("CAT_NO_NAME"), "strong", wrap=True),
            standing_row(kind_standing(record.kind, words), ""),
        ]
        if record.kind == "vanished":
            if record.children:
                told = words("CD_VANISHED_CHILDREN", count=record.children)
                parts.append(page.label(told, "text2", wrap=True))
            parts.append(page.label(words("CD_VANISHED_WHY"), "hint", wrap=True))
            parts.append(page.button(words("CD_SHOW_RECORD"), self._on_record, "link"))
        if record.reason:
            parts.append(FactGrid([(words("UI_REASON"), record.reason)]))
        if row.package:
            parts.append(FactGrid([(words("CAT_PACKAGE"), row.package)]))
        if record.moved:
            parts.append(page.label(words("CD_MOVED_LONG"), "hint", wrap=True))
        for field in row.fields:
            parts += [page.line(), *self._field(field, record.kind)]
        return parts

    def _field(self, field: FieldShown, kind: str) -> list[QWidget]:
        words = self.words
        name = words("CD_FIELD_CENTRE", field=field.field) if field.centre else field.field
        if kind == "changed":
            pairs = [(words("CD_OLD"), field.old), (words("CD_NEW"), field.new)]
            return [page.label(name, "strong", wrap=True), beside(pairs, words)]
        return [beside([(name, field.new if kind == "added" else field.old)], words)]

    def deeds(self, row: ChangeShown) -> list[QWidget]:
        """Return the way to the record, and of what vanished the question what became of it."""
        words = self.words
        if row.record.kind == "retired":
            return []
        made: list[QWidget] = []
        count = len(self._vanished()) if self._may_write else 0
        if count:
            told = words("CD_VANISHED_ASK" if count == 1 else "CD_VANISHED_ASK_MANY", count=count)
            made.append(writes(page.button(told, self._on_ask, symbol=Icon.COMMENT)))
        if row.record.kind != "vanished":
            made.append(page.button(words("CD_SHOW_RECORD"), self._on_record, symbol=Icon.DOCUMENT))
        return made

    def _vanished(self) -> list[RecordDifference]:
        chosen = self.table.selected()
        return [each.record for each in chosen if each.record.kind == "vanished"]

    def _on_ask(self) -> None:
        chosen = self._vanished()
        if chosen:
            self.ask_wanted.emit(chosen)

    def _on_record(self) -> None:
        current = self.table.current()
        if current is not None and current.record.kind != "retired":
            shown = current.record
            self.record_wanted.emit(Owner(shown.department, shown.form, shown.record))


def _record_title(change: ChangeShown) -> str:
    record = change.record
    return f"{record.owner} / {record.title}" if record.owner else record.title


class CorrectionsTab(TablePane[CorrectionShown]):
    """Corrections, those that wait for a decision first.

    Args:
        may_write: Whether this person may decide at all.

    Signals:
        decide_wanted: Name of the act - `theirs`, `ours`, `edit`, `ask`, `revoke` - and the `CorrectionShown`.
        record_wanted: the `Owner`.
    """

    decide_wanted = Signal(str, object)
    record_wanted = Signal(object)

    def __init__(self, words: Words, *, may_write: bool) -> None:
        self._may_write = may_write
        states = [words(f"CORRECTION_{state}") for state in _CORRECTIONS]
        columns: list[Column[CorrectionShown]] = [
            Column(
                Heading(words("CAT_COL_STATE"), word_width(states, 112)),
                lambda c: correction_standing(c.standing.state, words).cell(),
                lambda c: correction_standing(c.standing.state, words).rank,
            ),
            Column(
                Heading(words("CD_COL_RECORD")),
                lambda c: c.standing.title,
                lambda c: c.standing.title,
            ),
            Column(Heading(words("CR_COL_FIELD"), 128), lambda c: c.field, lambda c: c.field),
            Column(Heading(words("CD_THEIRS")), lambda c: c.theirs, lambda c: c.theirs),
            Column(Heading(words("CD_OURS")), lambda c: c.ours, lambda c: c.ours),
        ]
        empty = (words("CD_NO_CORRECTIONS"), Icon.SCALES, words("CD_NO_CORRECTIONS_TIP"))
        super().__init__(
            columns, lambda c: c.standing.place, words("CD_CORRECTIONS_TABLE"), empty, words
        )
        self.table.opened.connect(self._on_record)

    def parts(self, row: CorrectionShown) -> list[QWidget]:
        """Return both values, who corrected, when and why, and what the department says."""
        words, standing = self.words, row.standing
        decision = standing.decision
        values = [(words("CD_THEIRS"), row.theirs)]
        if standing.state not in {"left", "contested"}:
            values.append((words("CD_OURS"), row.ours))
        parts: list[QWidget] = [
            page.label(f"{standing.title} · {row.field}", "strong", wrap=True, selectable=True),
            standing_row(correction_standing(standing.state, words), ""),
            beside(values, words),
        ]
        why = f"CD_WHY_{standing.state}"
        parts.append(page.label(words(why), "hint", wrap=True))
        facts = [
            (words("UI_REASON"), decision.reason),
            (words("CR_BY"), decision.actor),
            (words("CR_COL_AT"), words.moment(decision.created)),
            (words("CR_DECISION_ID"), short_groups(decision.id, 4)),
        ]
        if standing.answer is not None:
            facts.append((words("CD_ANSWER"), standing.answer.text))
        more = [self._more(row)] if self._may_write else []
        return [*parts, page.line(), FactGrid(facts), *more]

    def _more(self, row: CorrectionShown) -> QWidget:
        """Return what is seldom done: ask, take back."""
        whole = QWidget()
        line = QHBoxLayout(whole)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        if row.standing.state != "gone":
            line.addWidget(
                writes(page.button(self.words("CD_ASK"), self._on_ask, "small", Icon.COMMENT))
            )
        line.addWidget(
            writes(page.button(self.words("CD_REVOKE"), self._on_revoke, "small", Icon.UNDO))
        )
        line.addStretch(1)
        return whole

    def deeds(self, row: CorrectionShown) -> list[QWidget]:
        """Return the decisions that make sense."""
        words, state = self.words, row.standing.state
        if state == "gone" or not self._may_write:
            return []
        made: list[QWidget] = []
        if state in {"question", "contested", "active"}:
            made.append(writes(page.button(words("CD_TAKE_THEIRS"), self._on_theirs)))
        if state == "question":
            made.append(writes(page.button(words("CD_KEEP_OURS"), self._on_ours)))
        made.append(writes(page.button(words("CD_EDIT"), self._on_edit)))
        return made

    def _decide(self, act: str) -> None:
        current = self.table.current()
        if current is not None:
            self.decide_wanted.emit(act, current)

    def _on_theirs(self) -> None:
        self._decide("theirs")

    def _on_ours(self) -> None:
        self._decide("ours")

    def _on_edit(self) -> None:
        self._decide("edit")

    def _on_ask(self) -> None:
        self._decide("ask")

    def _on_revoke(self) -> None:
        self._decide("revoke")

    def _on_record(self) -> None:
        current = self.table.current()
        if current is not None and current.standing.state != "gone":
            self.record_wanted.emit(Owner(*current.standing.place[:3]))


class ResourcesTab(TablePane[ResourceShown]):
    """The resources of a department with code and state.

    Args:
        may_write: Whether this person may publish at all.

    Signals:
        publish_wanted, withdraw_wanted: The chosen `ResourceShown`s.
        record_wanted: the `Owner`.
    """

    publish_wanted = Signal(list)
    withdraw_wanted = Signal(list)
    record_wanted = Signal(object)

    def __init__(self, words: Words, *, may_write: bool) -> None:
        self._may_write = may_write
        states = [words(f"RECORD_STATE_{state}") for state in RECORD_STATES]
        columns: list[Column[ResourceShown]] = [
            Column(
                Heading(words("CAT_COL_STATE"), word_width(states, 112)),
                lambda r: resource_standing(r.state, words).cell(),
                lambda r: resource_standing(r.state, words).rank,
            ),
            Column(Heading(words("CD_COL_CODE"), 176), lambda r: r.code, lambda r: r.code),
            Column(Heading(words("CD_COL_RESOURCE")), lambda r: r.name, lambda r: r.name),
        ]
        empty = (words("CD_NO_RESOURCES"), Icon.LIST, words("CD_NO_RESOURCES_TIP"))
        super().__init__(
            columns, lambda r: r.record, words("CD_RESOURCES_TABLE"), empty, words, many=True
        )
        self.table.opened.connect(self._on_record)

    def parts(self, row: ResourceShown) -> list[QWidget]:
        """Return what the state means, and what comes next."""
        words = self.words
        return [
            page.label(row.name or words("CAT_NO_NAME"), "strong", wrap=True, selectable=True),
            standing_row(resource_standing(row.state, words), ""),
            FactGrid([(words("CD_COL_CODE"), row.code or words("CD_NO_CODE"))]),
            page.label(words(f"CD_NEXT_{row.state}"), "hint", wrap=True),
            page.button(words("CD_SHOW_RECORD"), self._on_record, symbol=Icon.DOCUMENT),
        ]

    def deeds(self, row: ResourceShown) -> list[QWidget]:
        """Return what can be done with the chosen ones."""
        del row
        words, chosen = self.words, self.table.selected() if self._may_write else []
        made: list[QWidget] = []
        if any(r.state in {"accepted", "withdrawn"} and r.code for r in chosen):
            made.append(writes(page.button(words("CD_PUBLISH_CHOSEN"), self._on_publish)))
        if any(r.state in {"published", "changing"} for r in chosen):
            made.append(writes(page.button(words("CD_WITHDRAW"), self._on_withdraw)))
        return made

    def _on_publish(self) -> None:
        self.publish_wanted.emit(self.table.selected())

    def _on_withdraw(self) -> None:
        chosen = self.table.selected()
        self.withdraw_wanted.emit([r for r in chosen if r.state in {"published", "changing"}])

    def _on_record(self) -> None:
        current = self.table.current()
        if current is not None:
            self.record_wanted.emit(Owner(current.department, current.form, current.record))
