"""One problem of the record at hand as a card: what is wrong, how to mend it, what can be done at once."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from census_app.domain.findings import Finding, Severity
from census_app.domain.review import Verdict
from census_app.formspec.sentences import says_more, sentence
from census_app.formspec.types import Context
from census_app.ui.department.problem_detail import explainable, mend_text, short
from census_app.ui.department.problem_groups import rule_name
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class ProblemCards(QObject):
    """Makes the cards and says what was clicked.

    Signals:
        go_wanted: a finding whose field shall be shown.
        offer_wanted: a finding whose proposed value shall be written.
        explain_wanted: a warning that shall get a reason.
    """

    go_wanted = Signal(object)
    offer_wanted = Signal(object)
    explain_wanted = Signal(object)

    def __init__(self, words: Words, parent: QObject) -> None:
        super().__init__(parent)
        self._words = words

    def card(self, finding: Finding, context: Context, verdict: Verdict | None) -> QWidget:
        """Return the card of a problem."""
        words = self._words
        told = sentence(finding, context)
        card = page.Card()
        card.body.addLayout(self._head(finding, told.where, context))
        form = context.form_set.form(finding.form)
        if form.parent and finding.title:
            card.body.addWidget(page.label(finding.title, "text2", wrap=True))
        card.body.addWidget(page.label(told.what, wrap=True, selectable=True))
        remedy = told.remedy if says_more(finding, context) else ""
        for text, look in self._reason(finding, remedy, verdict):
            card.body.addWidget(page.label(text, look, wrap=True, selectable=True))
        if told.example and finding.explanation is None:
            example = words("UI_EXAMPLE", example=told.example)
            card.body.addWidget(page.label(example, "hint", wrap=True, selectable=True))
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self._act(words("UI_GO"), self.go_wanted, finding))
        if finding.proposal:
            verb = words("UI_TAKE_OFFER", offer=short(mend_text(finding, context, words)))
            row.addWidget(self._act(verb, self.offer_wanted, finding))
        if explainable([finding]):
            code = "UI_EXPLAIN" if finding.explanation is None else "UI_EXPLAIN_ANEW"
            row.addWidget(self._act(words(code), self.explain_wanted, finding))
        row.addStretch(1)
        card.body.addLayout(row)
        return card

    def _head(self, finding: Finding, where: str, context: Context) -> QHBoxLayout:
        words, colours = self._words, theme.tokens()
        symbol, colour = {
            Severity.WARNING: (Icon.ALERT, colours.warn),
            Severity.NOTICE: (Icon.INFO, colours.accent),
        }.get(finding.severity, (Icon.ERROR, colours.bad))
        if finding.explanation is not None:
            symbol, colour = Icon.CHECK, colours.good
        head = QHBoxLayout()
        head.setSpacing(8)
        mark = page.symbol_label(symbol, colour, 14)
        mark.setFixedSize(14, 22)
        mark.setToolTip(words(f"SEVERITY_{finding.severity.value}"))
        head.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        form = context.form_set.form(finding.form)
        prefix = f"{form.label.get(words.language)} · " if form.parent else ""
        rule = f" · {rule_name(finding, words)}" if finding.check == "rule" else ""
        head.addWidget(page.label(f"{prefix}{where}{rule}", "strong", wrap=True), 1)
        return head

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

    @staticmethod
    def _act(text: str, signal: object, finding: Finding) -> QWidget:
        emit: Callable[[object], None] = signal.emit  # type: ignore[attr-defined]

        def clicked() -> None:
            emit(finding)

        return page.button(text, clicked, "small")
