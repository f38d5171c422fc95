"""Queries of one record as cards: what is asked, about which value, what was answered, and what can be done."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from census_app.domain.records import Value
from census_app.formspec.model import Field
from census_app.formspec.types import Context, format_value
from census_app.services.answering import QueryItem
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

LONGEST_VALUE = 120


class QueryCards(QObject):
    """Makes cards; what a person presses on one comes out as a signal with its `QueryItem`.

    Signals:
        go_wanted, apply_wanted, answer_wanted, disagree_wanted, deleted_wanted, withdraw_wanted: each with the item.
    """

    go_wanted = Signal(object)
    apply_wanted = Signal(object)
    answer_wanted = Signal(object)
    disagree_wanted = Signal(object)
    deleted_wanted = Signal(object)
    withdraw_wanted = Signal(object)

    def __init__(self, words: Words, parent: QObject) -> None:
        super().__init__(parent)
        self._words = words

    def card(self, item: QueryItem, context: Context) -> QWidget:
        """Return the card of a query."""
        words = self._words
        card = page.Card()
        card.body.addLayout(self._head(item))
        about = words("UI_QUERY_ROUND", round=item.query.round)
        must = words("UI_QUERY_MUST" if item.query.must else "UI_QUERY_OPTIONAL")
        card.body.addWidget(page.label(f"{about} · {must}", "hint", wrap=True))
        card.body.addWidget(page.label(item.query.text, wrap=True, selectable=True))
        for widget in (*self._values(item, context), *self._state(item)):
            card.body.addWidget(widget)
        card.body.addLayout(self._buttons(item))
        return card

    def _head(self, item: QueryItem) -> QHBoxLayout:
        colours, done = theme.tokens(), item.state != "open"
        head = QHBoxLayout()
        head.setSpacing(8)
        symbol, colour = (Icon.CHECK, colours.good) if done else (Icon.INBOX, colours.accent)
        mark = page.symbol_label(symbol, colour, 14)
        mark.setFixedSize(14, 22)
        head.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(page.label(place_of(item, self._words), "strong", wrap=True), 1)
        if item.query.record and not item.gone:
            go = page.icon_button(
                Icon.TARGET, self._words("UI_GO"), self._pressed(self.go_wanted, item)
            )
            mark.setFixedSize(14, go.sizeHint().height())
            head.addWidget(go, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _values(self, item: QueryItem, context: Context) -> list[QWidget]:
        words = self._words
        found: list[QWidget] = []
        if item.suggestion is not None:
            field = _field_of(item, context)
            now, then = _told(item.present, field, context), _told(item.suggestion, field, context)
            said = words("UI_QUERY_SUGGESTS", now=now, then=then)
            found.append(page.label(said, "text2", wrap=True, selectable=True))
        if item.stale and item.state == "open" and not item.gone:
            found.append(_marked(Icon.ALERT, "warn", words("UI_QUERY_STALE")))
        if item.gone:
            found.append(_marked(Icon.ALERT, "warn", words("UI_QUERY_GONE")))
        return found

    def _state(self, item: QueryItem) -> list[QWidget]:
        told = standing_of(item, self._words)
        return [] if item.state == "open" else [_marked(Icon.CHECK, "good", told)]

    def _buttons(self, item: QueryItem) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(4)
        if item.state == "open":
            if item.suggestion is not None and not item.gone:
                take = self._act(words("UI_QUERY_TAKE"), self.apply_wanted, item)
                take.setEnabled(not item.stale)
                take.setToolTip(words("UI_QUERY_STALE") if item.stale else "")
                row.addWidget(take)
            if item.deletable:
                row.addWidget(self._act(words("UI_QUERY_DELETED"), self.deleted_wanted, item))
            row.addWidget(self._act(words("UI_QUERY_ANSWER"), self.answer_wanted, item))
            row.addWidget(self._act(words("UI_QUERY_DISAGREE"), self.disagree_wanted, item))
        elif can_withdraw(item):
            row.addWidget(self._act(words("UI_QUERY_WITHDRAW"), self.withdraw_wanted, item))
        row.addStretch(1)
        return row

    def _act(self, text: str, signal: object, item: QueryItem) -> QWidget:
        return page.button(text, self._pressed(signal, item), "small")

    @staticmethod
    def _pressed(signal: object, item: QueryItem) -> Callable[[], None]:
        emit: Callable[[object], None] = signal.emit  # type: ignore[attr-defined]

        def pressed() -> None:
            emit(item)

        return pressed


def can_withdraw(item: QueryItem) -> bool:
    """Say whether an answer was given in words, so that it can be taken back; values are changed in the form."""
    answer = item.answer
    return (
        item.state == "answered"
        and answer is not None
        and answer.kind in {"answered", "disagreed", "deleted"}
        and bool(answer.at)
    )


def place_of(item: QueryItem, words: Words) -> str:
    """Return what a query is about: field, form, or the department as a whole."""
    language = words.language
    if item.field_label is not None:
        return item.field_label.get(language)
    if item.query.field:
        return item.query.field
    if item.form_label is not None:
        return words("UI_QUERY_RECORD", form=item.form_label.get(language))
    return words("UI_QUERY_WHOLE")


def standing_of(item: QueryItem, words: Words) -> str:
    """Return how a query stands, in words."""
    answer = item.answer
    if item.state == "closed":
        return words("UI_QUERY_CLOSED")
    if item.state == "open":
        return words("UI_QUERY_OPEN" if item.query.must else "UI_QUERY_OPEN_OPTIONAL")
    if answer is None:
        return words("UI_QUERY_DONE_RESOLVED")
    code = {
        "applied": "UI_QUERY_DONE_APPLIED",
        "answered": "UI_QUERY_DONE_ANSWERED",
        "disagreed": "UI_QUERY_DONE_DISAGREED",
        "deleted": "UI_QUERY_DONE_DELETED",
        "resolved": "UI_QUERY_DONE_RESOLVED",
    }[answer.kind]
    return words(code, text=answer.text)


def _field_of(item: QueryItem, context: Context) -> Field:
    return context.form_set.form(item.query.form).field_by_id(item.query.field)


def _told(value: Value | None, field: Field, context: Context) -> str:
    text = "" if value is None else format_value(value, field, context)
    text = text or "—"
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _marked(symbol: Icon, look: str, text: str) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(6)
    mark = page.symbol_label(symbol, str(getattr(theme.tokens(), look)), 14)
    mark.setFixedSize(14, 18)
    row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(page.label(text, look, wrap=True, selectable=True), 1)
    return holder
