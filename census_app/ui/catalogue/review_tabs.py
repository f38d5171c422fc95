"""What is known of one department's review: queries, explained warnings, and what went to and fro."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from census_app.domain.corrections import Owner
from census_app.exchange.paper import short_groups
from census_app.services.judging import ExplainedWarning
from census_app.services.overseeing import Exchanged
from census_app.ui.catalogue.facts import FactGrid, SidePanel, standing_row
from census_app.ui.catalogue.review_session import QueryShown
from census_app.ui.catalogue.review_words import (
    exchanged_result,
    exchanged_text,
    judged_words,
    query_standing,
    query_words,
    warning_standing,
)
from census_app.ui.catalogue.tables import Column, SortableTable, word_width
from census_app.ui.catalogue.writing import writes
from census_app.ui.models.text_table import Heading
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

T = TypeVar("T")
PANEL = 360


class TablePane(QWidget, Generic[T]):
    """A table, what is known of its chosen row beside it, and a sentence when there is nothing.

    Args:
        empty: Sentence, symbol and hint of the empty state.
    """

    def __init__(
        self,
        columns: Sequence[Column[T]],
        identity: Callable[[T], Hashable],
        name: str,
        empty: tuple[str, Icon, str],
        words: Words,
        *,
        many: bool = False,
    ) -> None:
        super().__init__()
        self.words = words
        self.table: SortableTable[T] = SortableTable(columns, identity, name, many=many)
        self.panel = SidePanel(words("CAT_NOTHING_CHOSEN"))
        self._stack = QStackedWidget()
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.table)
        split.addWidget(self.panel)
        split.setStretchFactor(0, 1)
        split.setSizes([740, PANEL])
        self._stack.addWidget(split)
        sentence, symbol, tip = empty
        self._stack.addWidget(
            writes(page.EmptyState(sentence, self.empty_actions(), symbol, tip, primary=False))
        )
        self._stack.setCurrentIndex(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 0, 0)
        column.addWidget(self._stack)
        self.table.chosen.connect(self._on_chosen)
        self.table.view.selectionModel().selectionChanged.connect(self._on_selection)

    def show_rows(self, rows: Sequence[T]) -> None:
        """Show other rows."""
        self.table.show_rows(rows)
        self._stack.setCurrentIndex(0 if rows else 1)
        self.table.choose_first()
        current = self.table.current()
        if current is not None:
            self._on_chosen(current)
        else:
            self.panel.show_parts([])

    def parts(self, row: T) -> list[QWidget]:
        """Return what is known of a row."""
        raise NotImplementedError

    def deeds(self, row: T) -> list[QWidget]:
        """Return the buttons for what can be done with a row, or with all chosen ones."""
        del row
        return []

    def empty_actions(self) -> Sequence[tuple[str, Callable[[], object]]]:
        """Return what can be begun when there is nothing: words and what to call."""
        return ()

    def _on_chosen(self, row: object) -> None:
        shown = cast("T", row)
        self.panel.show_parts(self.parts(shown), self.deeds(shown))

    def _on_selection(self) -> None:
        current = self.table.current()
        if current is not None and len(self.table.selected()) > 1:
            self._on_chosen(current)


class QueriesTab(TablePane[QueryShown]):
    """The queries of a department.

    Signals:
        close_wanted, reopen_wanted: `QueryShown`s, one `QueryShown`.
        record_wanted: the `Owner`.
        ask_wanted: A question about the department as a whole.
    """

    close_wanted = Signal(list)
    reopen_wanted = Signal(object)
    record_wanted = Signal(object)
    ask_wanted = Signal()

    def __init__(self, words: Words) -> None:
        empty = (words("CR_NO_QUERIES"), Icon.COMMENT, words("CR_NO_QUERIES_TIP"))
        super().__init__(
            self._columns(words),
            _query_id,
            words("CR_QUERIES_TABLE"),
            empty,
            words,
            many=True,
        )
        self.table.opened.connect(self._on_opened)

    def _columns(self, words: Words) -> list[Column[QueryShown]]:
        return [
            Column(
                Heading(words("CAT_COL_STATE"), word_width(query_words(words), 104)),
                lambda q: query_standing(q.standing, words).cell(),
                lambda q: query_standing(q.standing, words).rank,
            ),
            Column(Heading(words("CR_COL_RECORD")), lambda q: _where(q, words), _title),
            Column(Heading(words("CR_COL_FIELD"), 112), lambda q: q.field or "—", _field),
            Column(Heading(words("CR_COL_QUERY")), _query_text, _query_text),
            Column(
                Heading(words("CR_COL_ANSWER"), 132),
                lambda q: _answer_text(q, words) or "—",
                lambda q: _answer_text(q, words),
            ),
        ]

    def parts(self, row: QueryShown) -> list[QWidget]:
        """Return the query in full."""
        words, standing = self.words, row.standing
        query, answer = standing.query, standing.answer
        present = row.present or (words("CR_EMPTY") if row.field else "")
        if standing.changed and query.record:
            present = words("CR_CHANGED_SINCE", value=present)
        must = words("CR_YES" if query.must else "CR_NO")
        parts: list[QWidget] = [
            standing_row(query_standing(standing, words)),
            page.label(query.text, wrap=True, selectable=True),
            FactGrid(
                [
                    (words("CR_COL_RECORD"), _where(row, words)),
                    (words("CR_COL_FIELD"), row.field),
                    (words("CR_PRESENT"), present),
                    (words("CR_SUGGESTION"), row.suggestion),
                    (words("CR_RULE"), query.rule),
                    (words("CR_MUST"), must),
                    (words("CR_ROUND"), str(query.round)),
                    (words("CR_BY"), standing.actor),
                ]
            ),
        ]
        if answer is not None:
            said = words(f"CR_ANSWER_{answer.kind}")
            parts += [page.line(), page.label(words("CR_ANSWER_IS", kind=said), "strong")]
            if answer.text:
                parts.append(page.label(answer.text, wrap=True, selectable=True))
        if standing.state == "closed" and standing.closed_by == "decision" and standing.reason:
            parts.append(page.label(standing.reason, "hint", wrap=True, selectable=True))
        if standing.state == "contested":
            parts.append(page.label(words("CR_CONTESTED_TIP"), "hint", wrap=True))
        return parts

    def deeds(self, row: QueryShown) -> list[QWidget]:
        """Return close, ask again, and the way to the record."""
        words, query = self.words, row.standing.query
        selected = self.table.selected()
        actions: list[QWidget] = []
        if any(each.standing.state in {"open", "answered"} for each in selected):
            code = "CR_CLOSE_MANY" if len(selected) > 1 else "CR_CLOSE"
            text = words(code, count=len(selected))
            actions.append(writes(page.button(text, self._on_close, symbol=Icon.CHECK)))
        if row.standing.state in {"answered", "closed"}:
            actions.append(
                writes(page.button(words("CR_REOPEN"), self._on_reopen, symbol=Icon.COMMENT))
            )
        if query.record:
            actions.append(page.button(words("CR_TO_RECORD"), self._on_record, "link"))
        return actions

    def empty_actions(self) -> Sequence[tuple[str, Callable[[], object]]]:
        """Offer to ask the department as a whole."""
        return [(self.words("CR_ASK_WHOLE"), self._on_ask)]

    def _on_ask(self) -> None:
        self.ask_wanted.emit()

    def _on_close(self) -> None:
        wanted = {"open", "answered"}
        self.close_wanted.emit([q for q in self.table.selected() if q.standing.state in wanted])

    def _on_reopen(self) -> None:
        self.reopen_wanted.emit(self.table.current())

    def _on_record(self) -> None:
        current = self.table.current()
        if current is not None:
            self._on_opened(current)

    def _on_opened(self, row: QueryShown) -> None:
        query = row.standing.query
        if query.record:
            self.record_wanted.emit(Owner(row.standing.department, query.form, query.record))


class WarningsTab(TablePane[ExplainedWarning]):
    """The warnings a department explained.

    Signals:
        judge_wanted: `ExplainedWarning`s and `accepted` or `refused`.
        record_wanted: the `Owner`.
    """

    judge_wanted = Signal(list, str)
    record_wanted = Signal(object)

    def __init__(self, words: Words) -> None:
        empty = (words("CR_NO_WARNINGS"), Icon.CHECK, words("CR_NO_WARNINGS_TIP"))
        super().__init__(
            self._columns(words), _warning_id, words("CR_WARNINGS_TABLE"), empty, words, many=True
        )
        self.table.opened.connect(self._on_opened)

    def _columns(self, words: Words) -> list[Column[ExplainedWarning]]:
        return [
            Column(
                Heading(words("CR_COL_VERDICT"), word_width(judged_words(words), 96)),
                lambda w: warning_standing(w, words).cell(),
                lambda w: warning_standing(w, words).rank,
            ),
            Column(
                Heading(words("CR_RULE"), 92),
                lambda w: w.explanation.rule,
                lambda w: w.explanation.rule,
            ),
            Column(
                Heading(words("CR_COL_RECORD")),
                lambda w: w.title or words("CAT_NO_NAME"),
                lambda w: w.title,
            ),
            Column(
                Heading(words("CR_COL_EXPLANATION")),
                lambda w: w.explanation.reason,
                lambda w: w.explanation.reason,
            ),
        ]

    def parts(self, row: ExplainedWarning) -> list[QWidget]:
        """Return the warning, its reason and the verdict."""
        words = self.words
        parts: list[QWidget] = [
            standing_row(warning_standing(row, words)),
            page.label(row.message, wrap=True, selectable=True),
            FactGrid(
                [(words("CR_COL_RECORD"), row.title), (words("CR_RULE"), row.explanation.rule)]
            ),
            page.line(),
            page.label(words("CR_COL_EXPLANATION"), "label"),
            page.label(row.explanation.reason, wrap=True, selectable=True),
        ]
        if row.reason:
            parts += [
                page.label(words("CR_OUR_REASON"), "label"),
                page.label(row.reason, wrap=True, selectable=True),
            ]
        return [*parts, page.label(words("CR_JUDGE_TIP"), "hint", wrap=True)]

    def deeds(self, row: ExplainedWarning) -> list[QWidget]:
        """Return accept and refuse, for all chosen rows, and the way to the record."""
        del row
        words, count = self.words, len(self.table.selected())
        many = "_MANY" if count > 1 else ""
        accept = words(f"CR_JUDGE_ACCEPT{many}", count=count)
        refuse = words(f"CR_JUDGE_REFUSE{many}", count=count)
        return [
            writes(page.button(accept, self._on_accept, symbol=Icon.CHECK)),
            writes(page.button(refuse, self._on_refuse, symbol=Icon.CLOSE)),
            page.button(words("CR_TO_RECORD"), self._on_record, "link"),
        ]

    def _on_accept(self) -> None:
        self.judge_wanted.emit(self.table.selected(), "accepted")

    def _on_refuse(self) -> None:
        self.judge_wanted.emit(self.table.selected(), "refused")

    def _on_record(self) -> None:
        current = self.table.current()
        if current is not None:
            self._on_opened(current)

    def _on_opened(self, row: ExplainedWarning) -> None:
        told = row.explanation
        self.record_wanted.emit(Owner(row.department, told.form, told.record))


class HistoryTab(TablePane[Exchanged]):
    """What a department handed in and what was written to it."""

    def __init__(self, words: Words) -> None:
        empty = (words("CR_NO_HISTORY"), Icon.INBOX, words("CR_NO_HISTORY_TIP"))
        super().__init__(
            self._columns(words), _exchanged_id, words("CR_HISTORY_TABLE"), empty, words
        )

    def _columns(self, words: Words) -> list[Column[Exchanged]]:
        return [
            Column(Heading(words("CR_COL_AT"), 104), lambda e: words.moment(e.at), lambda e: e.at),
            Column(
                Heading(words("CR_COL_WHAT"), 176),
                lambda e: exchanged_text(e, words),
                lambda e: e.type,
            ),
            Column(
                Heading(words("CR_COL_RESULT"), 148),
                lambda e: exchanged_result(e, words).cell(),
                lambda e: exchanged_result(e, words).rank,
            ),
            Column(Heading(words("CR_COL_NOTE")), lambda e: e.note or "—", lambda e: e.note),
        ]

    def parts(self, row: Exchanged) -> list[QWidget]:
        """Return one package."""
        words = self.words
        parts: list[QWidget] = [
            page.label(exchanged_text(row, words), "strong", wrap=True, selectable=True),
            standing_row(exchanged_result(row, words), ""),
        ]
        if row.note:
            parts.append(page.label(row.note, wrap=True, selectable=True))
        reply = short_groups(row.in_reply_to, 4) if row.in_reply_to else ""
        facts = [
            (words("CAT_COL_FILE"), row.name),
            (words("CR_COL_AT"), words.moment(row.at)),
            (words("CR_SENDER"), row.sender),
            (words("CAT_IDENTITY"), short_groups(row.identity, 8)),
            (words("CR_IN_REPLY_TO"), reply),
        ]
        return [*parts, page.line(), FactGrid(facts)]


def _query_id(row: QueryShown) -> str:
    return row.standing.query.id


def _warning_id(row: ExplainedWarning) -> tuple[str, str]:
    return row.explanation.record, row.explanation.rule


def _exchanged_id(row: Exchanged) -> str:
    return row.identity


def _where(row: QueryShown, words: Words) -> str:
    if not row.standing.query.record:
        return row.form or words("CR_WHOLE_DEPARTMENT")
    return row.standing.title or words("CR_RECORD_GONE")


def _title(row: QueryShown) -> str:
    return row.standing.title


def _field(row: QueryShown) -> str:
    return row.field


def _query_text(row: QueryShown) -> str:
    return row.standing.query.text


def _answer_text(row: QueryShown, words: Words) -> str:
    answer = row.standing.answer
    if answer is None:
        return ""
    return answer.text or words(f"CR_ANSWER_{answer.kind}")
