"""Conflicts of a merge: what both had, ours and theirs side by side; a person decides with a reason."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.records import Value
from census_app.errors import CensusError
from census_app.formspec.types import Context, format_value
from census_app.services.reconciling import Choice, ConflictItem, DecidedConflict
from census_app.ui.department.letterbox import Letterbox
from census_app.ui.department.mail import Mail
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class ConflictsView(QWidget):
    """List above, both sides and the buttons below; what was decided at the end of the list.

    Signals:
        go_wanted: form, record and field that shall be shown.
    """

    go_wanted = Signal(str, str, str)

    def __init__(self, post: Letterbox, context: Context, words: Words) -> None:
        super().__init__()
        self._post, self._context, self._words = post, context, words
        self._shown = ""
        self.items: list[ConflictItem] = []
        self.decided: list[DecidedConflict] = []
        self.model = TextTableModel(
            [
                Heading(words("UI_COL_STATE"), 150),
                Heading(words("UI_COL_KIND"), 140),
                Heading(words("UI_COL_RECORD")),
                Heading(words("UI_COL_FIELD"), 180),
                Heading(words("UI_CONFLICT_OTHER"), 190),
            ],
            self,
        )
        self.table = text_table(self.model, words("UI_CONFLICTS_TABLE"))
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self._sides = QHBoxLayout()
        self._sides.setSpacing(12)
        self._panel = self._make_panel()
        filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.table, 1)
        column.addWidget(self._panel)
        self._stack = QStackedWidget()
        self._stack.addWidget(filled)
        self._stack.addWidget(
            page.EmptyState(
                words("UI_NO_CONFLICTS"),
                (),
                Icon.CHECK,
                words("UI_NO_CONFLICTS_TIP"),
                manual=(words("GD_READ"), "contributions.md"),
            )
        )
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 8, 0, 0)
        outer.addWidget(self._stack, 1)

    def show_mail(self, mail: Mail) -> None:
        """Show the conflicts; after a decision the next one is chosen."""
        row = max(0, self.table.currentIndex().row())
        self.items, self.decided = list(mail.conflicts), list(mail.decided)
        rows = [self._open_row(item) for item in self.items]
        rows += [self._decided_row(each) for each in self.decided]
        self.model.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        if rows:
            self.table.selectRow(min(row, len(rows) - 1))
            self._on_row()

    def current(self) -> ConflictItem | None:
        """Return the chosen conflict; None where a decided one is chosen."""
        row = self.table.currentIndex().row()
        return self.items[row] if 0 <= row < len(self.items) else None

    # -- parts -----------------------------------------------------------------------------------------------------

    def _make_panel(self) -> QWidget:
        words = self._words
        card = page.Card(margin=16)
        self._title = page.label("", "section", wrap=True)
        card.body.addWidget(self._title)
        card.body.addLayout(self._sides)
        self._holder = QWidget()
        fields = QHBoxLayout(self._holder)
        fields.setContentsMargins(0, 0, 0, 0)
        fields.setSpacing(16)
        self.reason = QLineEdit()
        self.reason.textChanged.connect(self._update)
        accessibility.add_row(fields, words("UI_CONFLICT_REASON"), self.reason, required=True)
        self.other = QLineEdit()
        self._other_box = QWidget()
        other = QVBoxLayout(self._other_box)
        other.setContentsMargins(0, 0, 0, 0)
        self.other.textChanged.connect(self._update)
        accessibility.add_row(other, words("UI_CONFLICT_VALUE"), self.other)
        fields.addWidget(self._other_box)
        card.body.addWidget(self._holder)
        self._problem = page.label("", "bad", wrap=True)
        self._problem.hide()
        card.body.addWidget(self._problem)
        row = QHBoxLayout()
        row.setSpacing(8)
        self._go = page.button(words("UI_GO"), self._on_go, symbol=Icon.TARGET)
        self.ours = page.button(words("UI_CONFLICT_OURS"), self._on_ours)
        self.theirs = page.button(words("UI_CONFLICT_THEIRS"), self._on_theirs)
        self.value = page.button(words("UI_CONFLICT_OTHER_VALUE"), self._on_value)
        row.addWidget(self._go)
        row.addStretch(1)
        for button in (self.ours, self.theirs, self.value):
            row.addWidget(button)
        card.body.addLayout(row)
        return card

    def _side(self, title: str, text: str, *, mine: bool = False) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(page.label(title, "label"))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setFixedHeight(76)
        inner = QWidget()
        theme.set_look(inner, "page")
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, 4, 0)
        inside.addWidget(page.label(text, "strong" if mine else "", wrap=True, selectable=True))
        inside.addStretch(1)
        area.setWidget(inner)
        column.addWidget(area)
        return holder

    # -- rows ------------------------------------------------------------------------------------------------------

    def _open_row(self, item: ConflictItem) -> tuple[Cell | str, ...]:
        words = self._words
        return (
            Cell(words("UI_CONFLICT_OPEN"), Icon.ALERT, "warn"),
            self._context.form_set.form(item.form).label.get(words.language),
            item.title or words("UI_UNNAMED"),
            self._field(item.form, item.field),
            item.sender,
        )

    def _decided_row(self, each: DecidedConflict) -> tuple[Cell | str, ...]:
        words = self._words
        told = words(f"UI_CONFLICT_DONE_{each.choice.upper()}")
        return (
            Cell(told, Icon.CHECK, "good"),
            self._context.form_set.form(each.form).label.get(words.language),
            each.title or words("UI_UNNAMED"),
            self._field(each.form, each.field),
            f"{each.actor} {words.moment(each.at)}",
        )

    def _field(self, form: str, field: str) -> str:
        words = self._words
        if not field:
            return words("UI_WHOLE_RECORD")
        return self._context.form_set.form(form).field_by_id(field).label.get(words.language)

    # -- the chosen one --------------------------------------------------------------------------------------------

    def _on_row(self) -> None:
        self._problem.hide()
        while self._sides.count():
            item_of_layout = self._sides.takeAt(0)
            side = item_of_layout.widget() if item_of_layout is not None else None
            if side is not None:
                side.hide()
                side.deleteLater()
        item, row = self.current(), self.table.currentIndex().row()
        self._holder.setVisible(item is not None)
        for button in (self.ours, self.theirs, self.value):
            button.setVisible(item is not None)
        if item is not None:
            self._show_open(item)
        elif row >= len(self.items) and row - len(self.items) < len(self.decided):
            each = self.decided[row - len(self.items)]
            self._title.setText(f"{each.title} · {self._field(each.form, each.field)}")
            self._sides.addWidget(self._side(self._words("UI_CONFLICT_WHY"), each.reason))
        self._update()

    def _show_open(self, item: ConflictItem) -> None:
        words = self._words
        name = item.title or words("UI_UNNAMED")
        self._title.setText(f"{name} · {self._field(item.form, item.field)}")
        whole = not item.field
        if whole:
            code = "UI_CONFLICT_OURS_GONE" if item.ours_gone else "UI_CONFLICT_THEIRS_GONE"
            self._sides.addWidget(self._side(words("UI_CONFLICT_WHAT"), words(code)))
        else:
            for code, value, mine in (
                ("UI_CONFLICT_BASE", item.base, False),
                ("UI_CONFLICT_SIDE_OURS", item.ours, True),
                ("UI_CONFLICT_SIDE_THEIRS", item.theirs, True),
            ):
                self._sides.addWidget(
                    self._side(words(code), self._told(item, value), mine=mine), 1
                )
        self.value.setVisible(not whole)
        self._other_box.setVisible(not whole)
        if item.id != self._shown:  # what was typed about this one stays
            self._shown = item.id
            self.reason.clear()
            self.other.clear()

    def _told(self, item: ConflictItem, value: Value | None) -> str:
        field = self._context.form_set.form(item.form).field_by_id(item.field)
        text = "" if value is None else format_value(value, field, self._context)
        return text or self._words("UI_EMPTY_VALUE")

    def _update(self) -> None:
        reasoned = bool(self.reason.text().strip())
        for button in (self.ours, self.theirs):
            button.setEnabled(reasoned)
        self.value.setEnabled(reasoned and bool(self.other.text().strip()))

    def _on_go(self) -> None:
        row = self.table.currentIndex().row()
        all_rows: list[ConflictItem | DecidedConflict] = [*self.items, *self.decided]
        if 0 <= row < len(all_rows):
            chosen = all_rows[row]
            field = chosen.field or self._context.form_set.form(chosen.form).title
            self.go_wanted.emit(chosen.form, chosen.record, field)

    def _on_ours(self) -> None:
        self._decide("ours")

    def _on_theirs(self) -> None:
        self._decide("theirs")

    def _on_value(self) -> None:
        self._decide("value")

    def _decide(self, choice: Choice) -> None:
        item = self.current()
        if item is None:
            return
        reason, text = self.reason.text(), self.other.text() if choice == "value" else ""
        self._post.decide(
            item.id, item.form, choice, reason, self, self._on_decided, self._on_failed, text
        )

    def _on_decided(self, done: object) -> None:
        """The letterbox reads anew; the next conflict is chosen then."""
        del done
        self._shown = ""

    def _on_failed(self, error: Exception) -> None:
        """The texts stay: the person mends them."""
        if not isinstance(error, CensusError):
            raise error
        told = self._words.explain(error)
        self._problem.setText(f"{told.what} {told.next_step}".strip())
        self._problem.show()
