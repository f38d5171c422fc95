"""Every query of the workspace in one table; the chosen one as a card beside it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from census_app.formspec.types import Context
from census_app.services.answering import QueryItem
from census_app.ui.department.mail import Mail
from census_app.ui.department.query_cards import QueryCards, place_of
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

FILTERS = (
    ("open", "UI_QUERIES_OPEN"),
    ("answered", "UI_QUERIES_ANSWERED"),
    ("closed", "UI_QUERIES_CLOSED"),
)
STATES = {
    "open": ("UI_QUERY_STATE_OPEN", Icon.ALERT, "warn"),
    "answered": ("UI_QUERY_STATE_ANSWERED", Icon.CHECK, "good"),
    "resolved": ("UI_QUERY_STATE_RESOLVED", Icon.CHECK, "good"),
    "closed": ("UI_QUERY_STATE_CLOSED", Icon.CHECK, "text_2"),
}


class QueriesView(QWidget):
    """Chips, table, card.

    Signals:
        go_wanted: a `QueryItem` whose field shall be shown.
    """

    go_wanted = Signal(object)

    def __init__(self, context: Context, words: Words) -> None:
        super().__init__()
        self._context, self._words = context, words
        self._all: tuple[QueryItem, ...] = ()
        self.items: list[QueryItem] = []
        self.cards = QueryCards(words, self)
        self.cards.go_wanted.connect(self.go_wanted)
        self.model = TextTableModel(
            [
                Heading(words("UI_COL_STATE"), 112),
                Heading(words("UI_COL_RECORD"), 190),
                Heading(words("UI_COL_FIELD"), 130),
                Heading(words("UI_COL_QUERY")),
                Heading(words("UI_COL_ROUND"), 56, right=True),
            ],
            self,
        )
        self.table = text_table(self.model, words("UI_QUERIES_TABLE"))
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.table.activated.connect(self._on_go)
        self.table.doubleClicked.connect(self._on_go)
        self._detail = QScrollArea()
        self._detail.setWidgetResizable(True)
        self._detail.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._detail.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._filter = ""
        self._build()

    def _build(self) -> None:
        words = self._words
        bar = QHBoxLayout()
        bar.setSpacing(8)
        self.chips = []
        for kind, code in FILTERS:
            chip = page.button(words(code, count=0), look="chip")
            chip.setCheckable(True)
            chip.setProperty("kind", kind)
            chip.setProperty("code", code)
            chip.clicked.connect(self._on_chip)
            self.chips.append(chip)
            bar.addWidget(chip)
        bar.addStretch(1)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.table)
        split.addWidget(self._detail)
        split.setStretchFactor(0, 1)
        split.setSizes([740, 350])
        filled = QWidget()
        column = QVBoxLayout(filled)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(bar)
        column.addWidget(split, 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(filled)
        self._stack.addWidget(
            page.EmptyState(
                words("UI_NO_QUERIES"),
                (),
                Icon.INBOX,
                words("UI_NO_QUERIES_TIP"),
                manual=(words("GD_READ"), "review.md"),
            )
        )
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 8, 0, 0)
        outer.addWidget(self._stack, 1)

    def show_mail(self, mail: Mail) -> None:
        """Show the queries, those that wait first; the chosen one stays chosen."""
        self._all = mail.items
        counts = {"open": 0, "answered": 0, "closed": 0}
        for item in self._all:
            counts[_kind(item)] += 1
        for chip in self.chips:
            count = counts[str(chip.property("kind"))]
            chip.setText(self._words(str(chip.property("code")), count=count))
            chip.setEnabled(bool(count) or chip.isChecked())
        self._stack.setCurrentIndex(0 if self._all else 1)
        self._show()

    def current(self) -> QueryItem | None:
        """Return the chosen query."""
        row = self.table.currentIndex().row()
        return self.items[row] if 0 <= row < len(self.items) else None

    # -- inside ----------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        chosen = self.current()
        order = list(STATES)
        shown = [i for i in self._all if not self._filter or _kind(i) == self._filter]
        self.items = sorted(shown, key=lambda i: (order.index(i.state), not i.query.must))
        self.model.show_rows([self._row(item) for item in self.items], self.items)
        if not self.items:
            self._detail.setWidget(QWidget())
            return
        same = (n for n, i in enumerate(self.items) if chosen and i.query.id == chosen.query.id)
        self.table.selectRow(next(same, 0))
        self._on_row()

    def _row(self, item: QueryItem) -> tuple[Cell | str, ...]:
        words = self._words
        code, symbol, tone = STATES[item.state]
        if item.state == "open" and not item.query.must:
            symbol, tone = Icon.INFO, "accent"
        title = item.title or words("UI_QUERY_WHOLE" if not item.query.record else "UI_UNNAMED")
        return (
            Cell(words(code), symbol, tone),
            title,
            place_of(item, words) if item.query.record else "—",
            item.query.text,
            str(item.query.round),
        )

    def _on_row(self) -> None:
        item = self.current()
        if item is None:
            return
        inner = QWidget()
        theme.set_look(inner, "page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.cards.card(item, self._context))
        column.addStretch(1)
        self._detail.setWidget(inner)

    def _on_go(self) -> None:
        item = self.current()
        if item is not None and item.query.record and not item.gone:
            self.go_wanted.emit(item)

    def _on_chip(self, checked: bool) -> None:
        pressed = self.sender()
        for chip in self.chips:
            if chip is not pressed:
                chip.setChecked(False)
        self._filter = str(pressed.property("kind")) if checked and pressed is not None else ""
        self._show()


def _kind(item: QueryItem) -> str:
    return "answered" if item.state == "resolved" else item.state
