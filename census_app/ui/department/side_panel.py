"""The panel at the right: problems of the record, help for the field, queries about it, its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QTabBar, QVBoxLayout, QWidget

from census_app.domain.findings import Finding
from census_app.domain.review import Verdict
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context
from census_app.services.answering import QueryItem
from census_app.ui.department.history_tab import HistoryTab
from census_app.ui.department.lazy_column import LazyColumn, Make
from census_app.ui.department.mail import About
from census_app.ui.department.problem_cards import ProblemCards
from census_app.ui.department.query_cards import QueryCards
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

PROBLEMS, HELP, REVIEW, HISTORY = range(4)


class SidePanel(QWidget):
    """Tabs with what belongs to the record and the field at hand.

    Signals:
        all_wanted: The person wants to see the problems of the whole workspace.
        history_wanted: The history tab is looked at.
        mail_wanted: The person wants to see the queries of the whole workspace.
    """

    all_wanted = Signal()
    history_wanted = Signal()
    mail_wanted = Signal()

    def __init__(self, words: Words) -> None:
        super().__init__()
        self._words = words
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(words("UI_PANEL"))
        for code in ("UI_TAB_PROBLEMS", "UI_TAB_HELP", "UI_TAB_REVIEW", "UI_TAB_HISTORY"):
            self.tabs.addTab(words(code))
        self._stack = QStackedWidget()
        self._problems = LazyColumn()
        self._help = LazyColumn()
        self._review = LazyColumn()
        self.history = HistoryTab(words)
        self.cards = ProblemCards(words, self)
        self.queries = QueryCards(words, self)
        self._shown: tuple[object, ...] = ()
        for column in (self._problems, self._help, self._review, self.history):
            self._stack.addWidget(column)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(12, 8, 12, 8)
        column_layout.setSpacing(0)
        column_layout.addWidget(self.tabs)
        column_layout.addWidget(page.line())
        column_layout.addWidget(self._stack, 1)
        self.tabs.currentChanged.connect(self._on_tab)

    def show_problems(
        self,
        findings: Sequence[Finding],
        context: Context,
        total: int,
        *,
        with_record: bool,
        verdicts: Mapping[About, Verdict] | None = None,
    ) -> None:
        """Show the findings of the record at hand.

        Args:
            total: Open problems of the whole workspace.
            verdicts: What the coordinator said of reasons.
        """
        words, said = self._words, verdicts or {}
        shown = (tuple(findings), total, with_record, dict(said))
        if shown == self._shown:
            return
        self._shown = shown
        open_ones = [f for f in findings if f.explanation is None]
        count = f" {len(open_ones)}" if open_ones else ""
        self.tabs.setTabText(0, words("UI_TAB_PROBLEMS") + count)
        cards: list[Make] = [
            self._maker(f, context, said.get((f.record, f.rule, f.values_sha256))) for f in findings
        ]
        if not cards:
            text = words("UI_NO_PROBLEMS" if with_record else "UI_NO_RECORD")
            symbol = Icon.CHECK if with_record else Icon.LIST
            cards = [lambda: page.EmptyState(text, (), symbol)]
        if total:
            cards.append(lambda: self._link(total))
        self._problems.show_made(cards)

    def _maker(self, finding: Finding, context: Context, verdict: Verdict | None) -> Make:
        return lambda: self.cards.card(finding, context, verdict)

    def _link(self, total: int) -> QWidget:
        text = self._words("UI_ALL_PROBLEMS", total=self._words.count(total))
        return page.button(text, self.all_wanted.emit, "link")

    def show_help(self, form: Form, field: Field | None) -> None:
        """Show definition, hint and source of a field; of the form when none has the cursor."""
        language = self._words.language
        parts: list[QWidget] = []
        label = (field or form).label.get(language)
        parts.append(page.label(label, "section", wrap=True))
        hint = (field or form).hint
        told = [t for t in (field.definition if field is not None else None, hint) if t is not None]
        parts += [page.label(t.get(language), wrap=True, selectable=True) for t in told]
        if field is not None and field.example:
            example = self._words("UI_EXAMPLE", example=field.example)
            parts.append(page.label(example, "text2", wrap=True, selectable=True))
        source = (field.source if field is not None else "") or form.source
        if source:
            named = self._words("UI_SOURCE", source=source)
            parts.append(page.label(named, "hint", wrap=True, selectable=True))
        if field is None:
            parts.append(page.label(self._words("UI_HELP_TIP"), "hint", wrap=True))
        self._help.show_widgets(parts)

    def show_queries(
        self, items: Sequence[QueryItem], context: Context, elsewhere: int, *, with_record: bool
    ) -> None:
        """Show the queries about the record at hand.

        Args:
            elsewhere: Queries of the whole workspace that wait for an answer.
        """
        words = self._words
        waiting = sum(item.state == "open" for item in items)
        count = f" {waiting}" if waiting else ""
        self.tabs.setTabText(REVIEW, words("UI_TAB_REVIEW") + count)
        cards: list[QWidget] = [self.queries.card(item, context) for item in items]
        if not cards:
            text = words("UI_NO_QUERIES_HERE" if with_record else "UI_NO_RECORD")
            tip = words("UI_NO_QUERIES_HERE_TIP") if with_record else ""
            cards = [page.EmptyState(text, (), Icon.INBOX, tip)]
        if elsewhere:
            text = words("UI_ALL_QUERIES", count=elsewhere)
            cards.append(page.button(text, self.mail_wanted.emit, "link"))
        self._review.show_widgets(cards)

    @property
    def history_visible(self) -> bool:
        """Whether the person looks at the history."""
        return self.tabs.currentIndex() == HISTORY

    def _on_tab(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        if self.history_visible:
            self.history_wanted.emit()
