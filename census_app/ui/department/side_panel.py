"""The panel at the right: problems of the record, help for the field, queries about it, its history."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.changes import JournalEntry
from census_app.domain.findings import Finding, Severity
from census_app.domain.review import Verdict
from census_app.formspec.model import Field, Form
from census_app.formspec.sentences import sentence
from census_app.formspec.types import Context, format_value, value_from_json
from census_app.services.answering import QueryItem
from census_app.ui.department.mail import About
from census_app.ui.department.query_cards import QueryCards
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

LONGEST_VALUE = 60
PROBLEMS, HELP, REVIEW, HISTORY = range(4)

SHOWN = 30
"""Cards of one record: a grid of thousands of rows may have as many problems; the page of problems lists all."""


class SidePanel(QWidget):
    """Tabs with what belongs to the record and the field at hand.

    Signals:
        go_wanted: a finding whose field shall be shown.
        offer_wanted: a finding whose offered value shall be written.
        explain_wanted: a warning that shall get a reason.
        all_wanted: The person wants to see the problems of the whole workspace.
        history_wanted: The history tab is looked at.
        mail_wanted: The person wants to see the queries of the whole workspace.
    """

    go_wanted = Signal(object)
    offer_wanted = Signal(object)
    explain_wanted = Signal(object)
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
        self._problems = _Column()
        self._help = _Column()
        self._review = _Column()
        self._history = _Column()
        self.queries = QueryCards(words, self)
        for column in (self._problems, self._help, self._review, self._history):
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
        open_ones = [f for f in findings if f.explanation is None]
        count = f" {len(open_ones)}" if open_ones else ""
        self.tabs.setTabText(0, words("UI_TAB_PROBLEMS") + count)
        cards: list[QWidget] = [
            self._card(f, context, said.get((f.record, f.rule, f.values_sha256)))
            for f in findings[:SHOWN]
        ]
        if len(findings) > SHOWN:
            more = words("UG_PANEL_MORE", count=words.count(len(findings) - SHOWN))
            cards.append(page.label(more, "hint", wrap=True))
        if not cards:
            text = words("UI_NO_PROBLEMS" if with_record else "UI_NO_RECORD")
            cards = [page.EmptyState(text, (), Icon.CHECK if with_record else Icon.LIST)]
        if total:
            link = page.button(words("UI_ALL_PROBLEMS", total=total), self.all_wanted.emit, "link")
            cards.append(link)
        self._problems.show_widgets(cards)

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

    def show_history(self, entries: Sequence[JournalEntry], form: Form, context: Context) -> None:
        """Show the history of the record, newest first."""
        if not entries:
            self._history.show_widgets(
                [page.EmptyState(self._words("UI_NO_HISTORY"), (), Icon.HISTORY)]
            )
            return
        self._history.show_widgets([self._line(e, form, context) for e in entries])

    @property
    def history_visible(self) -> bool:
        """Whether the person looks at the history."""
        return self.tabs.currentIndex() == HISTORY

    def _on_tab(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        if self.history_visible:
            self.history_wanted.emit()

    def _card(self, finding: Finding, context: Context, verdict: Verdict | None) -> QWidget:
        words, colours = self._words, theme.tokens()
        told = sentence(finding, context)
        symbol, colour = {
            Severity.WARNING: (Icon.ALERT, colours.warn),
            Severity.NOTICE: (Icon.INFO, colours.accent),
        }.get(finding.severity, (Icon.ERROR, colours.bad))
        if finding.explanation is not None:
            symbol, colour = Icon.CHECK, colours.good
        card = page.Card()
        head = QHBoxLayout()
        head.setSpacing(8)
        mark = page.symbol_label(symbol, colour, 14)
        mark.setFixedSize(14, 22)
        head.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        form = context.form_set.form(finding.form)
        prefix = f"{form.label.get(words.language)} · " if form.parent else ""
        rule = f" · {finding.rule}" if finding.check == "rule" else ""
        title = f"{prefix}{told.where}{rule}"
        name = page.label(title, "strong", wrap=True)
        head.addWidget(name, 1)
        card.body.addLayout(head)
        if form.parent and finding.title:
            card.body.addWidget(page.label(finding.title, "text2", wrap=True))
        card.body.addWidget(page.label(told.what, wrap=True, selectable=True))
        for text, look in self._reason(finding, told.remedy, verdict):
            card.body.addWidget(page.label(text, look, wrap=True, selectable=True))
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._act(words("UI_GO"), self.go_wanted, finding))
        if finding.offer is not None:
            text = words("UI_TAKE_OFFER", offer=_short(told.offer))
            row.addWidget(self._act(text, self.offer_wanted, finding))
        if _explainable(finding):
            code = "UI_EXPLAIN" if finding.explanation is None else "UI_EXPLAIN_ANEW"
            row.addWidget(self._act(words(code), self.explain_wanted, finding))
        row.addStretch(1)
        card.body.addLayout(row)
        return card

    def _reason(
        self, finding: Finding, remedy: str, verdict: Verdict | None
    ) -> list[tuple[str, str]]:
        """Return texts and looks: the reason given and what became of it, else how to mend."""
        words = self._words
        if finding.explanation is not None:
            accepted = finding.verdict == "accepted"
            code = "UI_REASON_ACCEPTED" if accepted else "UI_REASON_GIVEN"
            return [(words(code, reason=finding.explanation), "good")]
        found = [(remedy, "hint")] if remedy else []
        if verdict is not None and verdict.choice == "refused":
            given, why = verdict.explanation or "—", verdict.reason or "—"
            found.insert(0, (words("UI_REASON_REFUSED", given=given, why=why), "warn"))
        return found

    def _act(self, text: str, signal: object, finding: Finding) -> QWidget:
        emit: Callable[[object], None] = signal.emit  # type: ignore[attr-defined]

        def clicked() -> None:
            emit(finding)

        return page.button(text, clicked, "small")

    def _line(self, entry: JournalEntry, form: Form, context: Context) -> QWidget:
        words = self._words
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 4, 0, 4)
        column.setSpacing(0)
        when = f"{words.moment(entry.at)}  {entry.actor}  {words(f'ORIGIN_{entry.origin.name}')}"
        column.addWidget(page.label(when, "hint"))
        if entry.field:
            field = next((f for f in form.field if f.id == entry.field), None)
            label = field.label.get(words.language) if field is not None else entry.field
            old, new = _told(entry.old, field, context), _told(entry.new, field, context)
            text = f"{label}：{old or '—'} → {new or '—'}"
        else:
            text = words({"+": "UI_ADDED", "-": "UI_REMOVED"}.get(entry.sign, "UI_CHANGED"))
        column.addWidget(page.label(text, wrap=True, selectable=True))
        return box


class _Column(QScrollArea):
    """A scrolling column of widgets that is filled anew."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_widgets(self, widgets: Sequence[QWidget]) -> None:
        """Show these widgets below each other."""
        inner = QWidget()
        theme.set_look(inner, "page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 8, 4, 8)
        column.setSpacing(8)
        for widget in widgets:
            column.addWidget(widget)
        column.addStretch(1)
        place = self.verticalScrollBar().value()
        self.setWidget(inner)
        self.verticalScrollBar().setValue(place)


def _told(raw: str, field: Field | None, context: Context) -> str:
    """Return a journal value (JSON) as text; what no longer fits the field is shown as it stands."""
    if not raw:
        return ""
    try:
        value = json.loads(raw)
        text = format_value(value_from_json(value, field), field, context) if field else str(value)
    except (ValueError, TypeError, KeyError):
        text = raw
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _explainable(finding: Finding) -> bool:
    if finding.severity is not Severity.WARNING or not finding.values_sha256:
        return False
    return finding.verdict != "accepted" or finding.explanation is None


def _short(text: str) -> str:
    return text if len(text) <= 14 else text[:13] + "…"
