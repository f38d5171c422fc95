"""The history of the record at hand, or of the field that has the cursor: who, when, from what to what, by what."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from census_app.services.journalling import HistoryLine, telling
from census_app.ui.department.lazy_column import LazyColumn
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

LONGEST = 120
RECORD, FIELD = range(2)


class HistoryTab(QWidget):
    """Lines of the journal, newest first.

    Signals:
        wanted: Other lines are wanted: of the record, or of a field.
        back_wanted: `HistoryRow` whose former value shall come back.
        all_wanted: The person wants to see the history of the whole file.
    """

    wanted = Signal()
    back_wanted = Signal(object)
    all_wanted = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.at_field = ""
        self.lines: tuple[HistoryLine, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(4)
        self._scope = QButtonGroup(self)
        for number, code in enumerate(("UI_HISTORY_RECORD", "UI_HISTORY_FIELD")):
            made = page.button(words(code), look="chip")
            made.setCheckable(True)
            made.setChecked(number == RECORD)
            self._scope.addButton(made, number)
            row.addWidget(made)
        row.addStretch(1)
        row.addWidget(page.button(words("UI_HISTORY_ALL"), self.all_wanted.emit, "link"))
        column.addLayout(row)
        self._about = page.label("", "hint", wrap=True)
        self._about.hide()
        column.addWidget(self._about)
        self.column = LazyColumn()
        column.addWidget(self.column, 1)
        self._scope.idClicked.connect(self._on_scope)

    @property
    def of_field(self) -> bool:
        """Whether the history of one field is wanted."""
        return self._scope.checkedId() == FIELD

    def follow(self, field: str, label: str, *, ask: bool = True) -> None:
        """Take note of the field that has the cursor; its history follows when it is looked at.

        When the cursor is nowhere, as after a click in this tab, the last field stays.
        """
        if not field and self.at_field:
            return
        changed = field != self.at_field
        self.at_field = field
        self._about.setVisible(self.of_field)
        code = "UI_HISTORY_OF_FIELD" if field else "UI_HISTORY_CHOOSE"
        self._about.setText(self._words(code, field=label))
        if ask and changed and self.of_field and self.isVisible():
            self.wanted.emit()

    def show_lines(self, lines: Sequence[HistoryLine]) -> None:
        """Show lines, newest first; what is shown already stays as it is."""
        told = tuple(lines)
        if told == self.lines and told:
            return
        self.lines = told
        if not lines:
            self.column.show_widgets(
                [page.EmptyState(self._words("UI_NO_HISTORY"), (), Icon.HISTORY)]
            )
            return
        self.column.show_made([self._maker(line) for line in lines])

    def _maker(self, line: HistoryLine) -> Callable[[], QWidget]:
        return lambda: self._line(line)

    def _line(self, line: HistoryLine) -> QWidget:
        words, row = self._words, line.row
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(0)
        undone = words("HISTORY_UNDONE") if row.undone else ""
        parts = (words.moment(row.at), row.actor, line.origin, undone)
        column.addWidget(page.label("  ".join(filter(None, parts)), "hint"))
        text = line.what
        if line.before or line.after or row.field:
            change = f"{_short(line.before) or '—'} → {_short(line.after) or '—'}"
            text = words("UI_PAIR", label=line.what, value=change)
        look = "text2" if row.undone else ""
        column.addWidget(page.label(text, look, wrap=True, selectable=True))
        if telling(line):
            column.addWidget(page.label(_short(line.sentence), "hint", wrap=True))
        if row.kind == "record" and row.reason:
            reason = words("UI_HISTORY_REASON", reason=row.reason)
            column.addWidget(page.label(reason, "hint", wrap=True))
        if row.kind == "field" and not row.gone:
            back = QHBoxLayout()
            value = _short(line.before, 16) or words("UI_EMPTY_VALUE")
            back.addWidget(
                page.button(words("UI_HISTORY_BACK", value=value), self._back(line), "link")
            )
            back.addStretch(1)
            column.addLayout(back)
        return box

    def _back(self, line: HistoryLine) -> Callable[[], None]:
        def clicked() -> None:
            self.back_wanted.emit(line.row)

        return clicked

    def _on_scope(self, number: int) -> None:
        self._about.setVisible(number == FIELD)
        self.wanted.emit()


def _short(text: str, longest: int = LONGEST) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"
