"""Asks what a list shall be narrowed by: a field, then the answers that are let through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.filtering import ColumnFilter
from census_app.domain.names import fold
from census_app.domain.records import Unfit
from census_app.formspec.model import Field
from census_app.formspec.types import Context
from census_app.ui.department.filter_words import CHOSEN, RANGED, read_bound, value_text
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import accessibility, page
from census_app.ui.shell.translation import Words

Index = QModelIndex | QPersistentModelIndex
Tally = Sequence[tuple[str, int]]
AskTally = Callable[[str, Callable[[Tally], None]], None]
"""Asks for the answers of a field with their numbers; the answer comes later."""

_LEAST_FOR_SEARCH: Final = 8
State = Literal["", "filled", "empty"]
_CONDITIONS: Final[tuple[tuple[State, str], ...]] = (
    ("", "UI_FILTER_CONDITION"),
    ("filled", "UI_FILTER_IS_FILLED"),
    ("empty", "UI_FILTER_IS_EMPTY"),
)


class TickModel(QAbstractListModel):
    """Answers to tick, each with how often it is given."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self._all: list[tuple[str, str, int]] = []
        self._shown: list[tuple[str, str, int]] = []
        self.ticked: set[str] = set()

    def show_answers(self, answers: Sequence[tuple[str, str, int]], ticked: set[str]) -> None:
        """Show answers as (value, text, number)."""
        self.beginResetModel()
        self._all = self._shown = list(answers)
        self.ticked = set(ticked)
        self.endResetModel()

    def narrow(self, text: str) -> None:
        """Show the answers that contain a text."""
        wanted = fold(text)
        self.beginResetModel()
        self._shown = [a for a in self._all if wanted in fold(a[1])] if wanted else self._all
        self.endResetModel()

    def tick_all(self, *, on: bool) -> None:
        """Tick all answers that are shown, or none of them."""
        shown = {value for value, _text, _number in self._shown}
        self.ticked = self.ticked | shown if on else self.ticked - shown
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))

    @property
    def values(self) -> tuple[str, ...]:
        """What is ticked, in the order of the answers."""
        return tuple(value for value, _text, _number in self._all if value in self.ticked)

    @property
    def total(self) -> int:
        """Number of answers."""
        return len(self._all)

    @override
    def rowCount(self, parent: Index = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self._shown)

    @override
    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return (
            Qt.ItemFlag.ItemIsEnabled
            | Qt.ItemFlag.ItemIsSelectable
            | Qt.ItemFlag.ItemIsUserCheckable
        )

    @override
    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        value, text, number = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return f"{text}   {self._words.count(number)}"
        if role == Qt.ItemDataRole.CheckStateRole:
            on = value in self.ticked
            return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
        return text if role == Qt.ItemDataRole.ToolTipRole else None

    @override
    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid():
            return False
        self.ticked ^= {self._shown[index.row()][0]}
        self.dataChanged.emit(index, index, [role])
        return True


class TickList(QListView):
    """A list whose answers Space or a click anywhere on the line ticks."""

    def __init__(self, model: TickModel, name: str) -> None:
        super().__init__()
        self._ticks = model
        self.setModel(model)
        self.setUniformItemSizes(True)
        self.setAccessibleName(name)
        self.clicked.connect(self._on_clicked)
        self._before: set[str] = set()
        self.pressed.connect(self._on_pressed)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._toggle(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _on_pressed(self, index: QModelIndex) -> None:
        del index
        self._before = set(self._ticks.ticked)

    def _on_clicked(self, index: QModelIndex) -> None:
        if self._ticks.ticked == self._before:  # a click on the box itself has ticked it already
            self._toggle(index)

    def _toggle(self, index: QModelIndex) -> None:
        self._ticks.setData(index, None, Qt.ItemDataRole.CheckStateRole)


class FilterDialog(QDialog):
    """Narrows a list by one field.

    Args:
        fields: To choose from, in the order of the form.
        filters: Those in force, by field.
        field: The one to begin with; empty for the first.
        ask: Counts the answers of a field.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        filters: Mapping[str, ColumnFilter],
        field: str,
        ask: AskTally,
        context: Context,
        words: Words,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._fields = list(fields)
        self._filters, self._ask = filters, ask
        self._context, self._words = context, words
        self._ticks = TickModel(words)
        self.chosen: ColumnFilter | None = None
        self.setWindowTitle(words("UI_FILTER_TITLE"))
        self.setMinimumSize(420, 440)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        self.field_choice = QuietCombo()
        self.field_choice.setMaxVisibleItems(16)
        for each in self._fields:
            label = each.label.get(words.language)
            told = words("UI_FILTER_MARKED", field=label) if each.id in filters else label
            self.field_choice.addItem(told, each.id)
        accessibility.add_row(column, words("UI_COL_FIELD"), self.field_choice)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._tick_side())
        self._stack.addWidget(self._condition_side())
        column.addWidget(self._stack, 1)
        self._problem = page.label("", "bad", wrap=True)
        self._problem.hide()
        self._straight = bool(field)
        column.addWidget(self._problem)
        column.addLayout(self._buttons())
        at = max(0, self.field_choice.findData(field))
        self.field_choice.setCurrentIndex(at)
        self.field_choice.currentIndexChanged.connect(self._on_field)
        self._on_field(at)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _tick_side(self) -> QWidget:
        words, side = self._words, QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.search.setPlaceholderText(words("UI_FILTER_SEARCH"))
        self.search.setAccessibleName(words("UI_FILTER_SEARCH"))
        self.search.textChanged.connect(self._ticks.narrow)
        column.addWidget(self.search)
        self.list = TickList(self._ticks, words("UI_FILTER_VALUES"))
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        row.addWidget(page.button(words("UI_FILTER_ALL"), self._on_all, "link"))
        row.addWidget(page.button(words("UI_FILTER_NONE"), self._on_none, "link"))
        row.addStretch(1)
        column.addLayout(row)
        return side

    def _condition_side(self) -> QWidget:
        words, side = self._words, QWidget()
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        self.condition = QuietCombo()
        for state, code in _CONDITIONS:
            self.condition.addItem(words(code), state)
        accessibility.add_row(column, words("UI_FILTER_KIND"), self.condition)
        self.text = QLineEdit()
        accessibility.add_row(column, words("UI_FILTER_TEXT"), self.text)
        self.low, self.high = QLineEdit(), QLineEdit()
        accessibility.add_row(column, words("UI_FILTER_LOW"), self.low)
        accessibility.add_row(column, words("UI_FILTER_HIGH"), self.high)
        self._range_tip = page.label("", "hint", wrap=True)
        column.addWidget(self._range_tip)
        column.addStretch(1)
        self.condition.currentIndexChanged.connect(self._on_condition)
        return side

    def _buttons(self) -> QHBoxLayout:
        words, row = self._words, QHBoxLayout()
        row.setSpacing(8)
        self.remove = page.button(words("UI_FILTER_REMOVE"), self._on_remove)
        row.addWidget(self.remove)
        row.addStretch(1)
        row.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.apply = page.button(words("UI_FILTER_APPLY"), self._on_apply, "primary")
        self.apply.setDefault(True)
        row.addWidget(self.apply)
        return row

    # -- inside ----------------------------------------------------------------------------------------------------

    @property
    def field(self) -> Field:
        """The field that was chosen."""
        return self._fields[max(0, self.field_choice.currentIndex())]

    def _on_field(self, index: int) -> None:
        del index
        field = self.field
        before = self._filters.get(field.id, ColumnFilter(field.id))
        self.remove.setEnabled(field.id in self._filters)
        self._problem.hide()
        if field.type in CHOSEN:
            self._stack.setCurrentIndex(0)
            self._ticks.show_answers([], set())
            self.search.clear()
            self.apply.setEnabled(False)
            self._ask(field.id, lambda told: self._on_tally(field, told))
            return
        self._stack.setCurrentIndex(1)
        self.apply.setEnabled(True)
        self.condition.setCurrentIndex(max(0, self.condition.findData(before.state)))
        kind = "UI_FILTER_BOUNDS" if field.type in RANGED else "UI_FILTER_CONDITION"
        self.condition.setItemText(0, self._words(kind))
        dated = field.type in {"date", "month"}
        self._range_tip.setText(self._words("UI_FILTER_DATE_TIP") if dated else "")
        self.text.setText(before.text)
        self.low.setText("" if before.low is None else str(before.low))
        self.high.setText("" if before.high is None else str(before.high))
        self._on_condition(self.condition.currentIndex())
        self._lead_to(self.low if field.type in RANGED else self.text)

    def _lead_to(self, editor: QWidget) -> None:
        """Put the cursor where the answer goes, when the field was chosen before the dialog opened."""
        if self._straight:
            self._straight = False
            editor.setFocus()

    def _on_tally(self, field: Field, told: Tally) -> None:
        if field.id != self.field.id:  # another field was chosen meanwhile
            return
        before = self._filters.get(field.id)
        known = dict(told)
        missing = [v for v in (before.values if before else ()) if v not in known]
        answers = [
            (value, value_text(value, field, self._context, self._words), number)
            for value, number in [*told, *((v, 0) for v in missing)]
        ]
        self._ticks.show_answers(answers, set(before.values) if before else set())
        self.search.setVisible(len(answers) >= _LEAST_FOR_SEARCH)
        self.apply.setEnabled(True)
        if answers:
            self.list.setCurrentIndex(self._ticks.index(0))
        self._lead_to(self.list)

    def _on_condition(self, index: int) -> None:
        bounded = self.field.type in RANGED
        asked = index == 0
        for editor, shown in (
            (self.text, asked and not bounded),
            (self.low, asked and bounded),
            (self.high, asked and bounded),
        ):
            holder = editor.parentWidget()
            if holder is not None:
                holder.setVisible(shown)
        self._range_tip.setVisible(asked and bool(self._range_tip.text()))

    def _on_all(self) -> None:
        self._ticks.tick_all(on=True)

    def _on_none(self) -> None:
        self._ticks.tick_all(on=False)

    def _on_remove(self) -> None:
        self.chosen = ColumnFilter(self.field.id)
        self.accept()

    def _on_apply(self) -> None:
        made = self._made()
        if made is not None:
            self.chosen = made
            self.accept()

    def _made(self) -> ColumnFilter | None:
        """Return what was asked for; None when an end of the range cannot be read."""
        field = self.field
        if field.type in CHOSEN:
            values = self._ticks.values
            everything = len(values) == self._ticks.total
            return ColumnFilter(field.id, values=() if everything else values)
        state = self.condition.currentData()
        if state in {"filled", "empty"}:
            return ColumnFilter(field.id, state=state)
        if field.type not in RANGED:
            return ColumnFilter(field.id, text=self.text.text().strip())
        low = read_bound(self.low.text(), field, self._context, upper=False)
        high = read_bound(self.high.text(), field, self._context, upper=True)
        for bound, editor in ((low, self.low), (high, self.high)):
            if isinstance(bound, Unfit):
                self._problem.setText(self._words("UI_FILL_UNFIT", text=bound.text))
                self._problem.show()
                editor.setFocus()
                return None
        assert not isinstance(low, Unfit)  # noqa: S101  # narrowing
        assert not isinstance(high, Unfit)  # noqa: S101
        return ColumnFilter(field.id, low=low, high=high)
