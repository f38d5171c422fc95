"""What is known of the problem that is chosen: record, field, what was found, what is expected, how to mend it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from census_app.domain.findings import Finding, Severity
from census_app.domain.records import Value
from census_app.formspec.model import Field
from census_app.formspec.sentences import sentence
from census_app.formspec.types import Context, format_value
from census_app.services.registering import names_missing_record
from census_app.ui.department.problem_groups import common_remedy, rule_name
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.translation import Words


class ProblemDetail(QWidget):
    """One problem, or several of a kind.

    Args:
        name_of: Names the record of a finding.
        can_fill: Says whether the records of findings may get one answer together.

    Signals:
        go_wanted: a finding.
        mend_wanted: findings whose proposed values shall be looked at and written.
        explain_wanted: warnings that shall get one reason.
        fill_wanted: findings whose records shall get one answer.
        register_wanted: findings that name records which shall be registered.
    """

    go_wanted = Signal(object)
    mend_wanted = Signal(object)
    explain_wanted = Signal(object)
    fill_wanted = Signal(object)
    register_wanted = Signal(object)

    def __init__(
        self,
        context: Context,
        words: Words,
        name_of: Callable[[Finding], str],
        can_fill: Callable[[Finding], bool],
    ) -> None:
        super().__init__()
        self._context, self._words = context, words
        self._name_of, self._can_fill = name_of, can_fill
        self.findings: tuple[Finding, ...] = ()
        self.setFixedWidth(theme.PANEL_WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(words("UI_PROBLEM_DETAIL"))
        column.addWidget(self._area, 1)
        self.mend = page.button("", self._on_mend)
        self.explain = page.button("", self._on_explain)
        self.fill = page.button(words("UI_FILL"), self._on_fill)
        self.go = page.button(words("UI_GO"), self._on_go, "primary", Icon.TARGET)
        self.register = page.button("", self._on_register, symbol=Icon.ADD)
        for made in (self.mend, self.register, self.explain, self.fill):
            column.addWidget(made)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.go)
        column.addLayout(row)
        self.show_findings(())

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show a problem, what several have in common, or a hint when nothing is chosen."""
        self.findings = tuple(findings)
        if not findings:
            parts: list[QWidget] = [page.label(self._words("UI_PROBLEM_CHOOSE"), "hint", wrap=True)]
        elif len(findings) == 1:
            parts = self._one(findings[0])
        else:
            parts = self._several(findings)
        inner = page.Card()
        for part in parts:
            inner.body.addWidget(part)
        inner.body.addStretch(1)
        self._area.setWidget(inner)
        self._show_buttons()

    def _show_buttons(self) -> None:
        words, findings = self._words, self.findings
        mendable = [f for f in findings if f.proposal]
        warnings = explainable(findings)
        self.go.setEnabled(bool(findings))
        verb = words("UI_MEND_N", count=len(mendable))
        if len(mendable) == 1 and len(findings) == 1:
            verb = words("UI_TAKE_OFFER", offer=short(mend_text(mendable[0], self._context, words)))
        self._show(self.mend, bool(mendable), verb)
        code = "UI_EXPLAIN_N"
        if len(warnings) == 1:
            code = "UI_EXPLAIN" if warnings[0].explanation is None else "UI_EXPLAIN_ANEW"
        self._show(self.explain, bool(warnings), words(code, count=len(warnings)))
        alike = len({(f.form, f.fields[0]) for f in findings}) == 1
        several = len({f.record for f in findings}) > 1
        self.fill.setVisible(several and alike and self._can_fill(findings[0]))
        form_set = self._context.form_set
        missing = bool(findings) and all(names_missing_record(f, form_set) for f in findings)
        target = ""
        if missing and alike:
            named = form_set.form(findings[0].form).field_by_id(findings[0].fields[0]).target
            target = form_set.form(named).label.get(words.language)
        self._show(self.register, bool(target), words("TR_REGISTER", form=target))
        certain = bool(mendable) and all(f.mend for f in mendable)
        theme.set_look(self.mend, "primary" if certain else "")
        theme.set_look(self.go, "" if certain else "primary")
        colours = theme.tokens()
        self.go.setIcon(icon(Icon.TARGET, colours.text if certain else colours.on_accent))

    @staticmethod
    def _show(made: QPushButton, shown: bool, text: str) -> None:
        made.setVisible(shown)
        made.setText(text)

    def _one(self, finding: Finding) -> list[QWidget]:
        told = sentence(finding, self._context)
        form = self._context.form_set.form(finding.form)
        parts = self._head(finding, told.where)
        parts.append(self._pair("UI_PROBLEM_RECORD", self._name_of(finding)))
        found = [self._answer(form.field_by_id(n), finding.found.get(n)) for n in finding.fields]
        parts.append(self._pair("UI_PROBLEM_FOUND", "\n".join(found)))
        parts.append(self._pair("UI_PROBLEM_SAID", told.what))
        parts.append(self._pair("UI_PROBLEM_REMEDY", told.remedy))
        if finding.proposal:
            after = [self._answer(form.field_by_id(n), v) for n, v in finding.proposal.items()]
            code = "UI_PROBLEM_AFTER" if finding.mend else "UI_PROBLEM_LIKELY"
            parts.append(self._pair(code, "\n".join(after), "accent"))
        if finding.explanation is not None:
            parts.append(self._pair("UI_REASON", finding.explanation, "good"))
        parts.append(self._pair("UI_PROBLEM_EXAMPLE", told.example))
        parts.append(self._pair("UI_PROBLEM_SOURCE", told.source, "hint"))
        return [part for part in parts if part is not None]

    def _answer(self, field: Field, value: Value | None) -> str:
        """Return a field and what stands in it."""
        told = format_value(value, field, self._context) or "—"
        return self._words("UI_PAIR", label=field.label.get(self._words.language), value=told)

    def _several(self, findings: Sequence[Finding]) -> list[QWidget]:
        words, first = self._words, findings[0]
        told = sentence(first, self._context)
        alike = len({(f.form, f.rule, f.fields[0]) for f in findings}) == 1
        chosen = page.label(words("UI_PROBLEM_CHOSEN", count=len(findings)), "strong", wrap=True)
        if not alike:
            return [chosen, page.label(words("UI_PROBLEM_MIXED"), "hint", wrap=True)]
        certain = sum(bool(f.mend) for f in findings)
        likely = sum(bool(f.proposal) and not f.mend for f in findings)
        lines = [(words(code, count=count)) for code, count in
                 (("UI_PROBLEM_N_CERTAIN", certain), ("UI_PROBLEM_N_LIKELY", likely)) if count]  # fmt: skip
        parts = [
            *self._head(first, told.where),
            chosen,
            self._pair(
                "UI_PROBLEM_FOR_EXAMPLE",
                words("UI_PAIR", label=self._name_of(first), value=told.what),
            ),
            self._pair("UI_PROBLEM_REMEDY", common_remedy(first, self._context)),
            self._pair("UI_PROBLEM_MENDS", "\n".join(lines), "accent"),
            self._pair("UI_PROBLEM_EXAMPLE", told.example),
            self._pair("UI_PROBLEM_SOURCE", told.source, "hint"),
        ]
        return [part for part in parts if part is not None]

    def _head(self, finding: Finding, where: str) -> list[QWidget | None]:
        form = self._context.form_set.form(finding.form).label.get(self._words.language)
        severity = self._words(f"SEVERITY_{finding.severity.value}")
        rule = f"{form} · {severity} · {rule_name(finding, self._words)}"
        return [
            page.label(where, "section", wrap=True),
            page.label(rule, "bad" if finding.blocks_export else "hint", wrap=True),
        ]

    def _pair(self, code: str, text: str, look: str = "") -> QWidget | None:
        """Return a small head with its text below; None when there is nothing to say."""
        if not text:
            return None
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(page.label(self._words(code), "hint"))
        column.addWidget(page.label(text, look, wrap=True, selectable=True))
        return box

    def _on_go(self) -> None:
        if self.findings:
            self.go_wanted.emit(self.findings[0])

    def _on_mend(self) -> None:
        self.mend_wanted.emit([f for f in self.findings if f.proposal])

    def _on_explain(self) -> None:
        self.explain_wanted.emit(explainable(self.findings))

    def _on_register(self) -> None:
        self.register_wanted.emit(list(self.findings))

    def _on_fill(self) -> None:
        self.fill_wanted.emit(list(self.findings))


def explainable(findings: Sequence[Finding]) -> list[Finding]:
    """Return the warnings that may get a reason, or another one: not those accepted for good."""
    return [
        f
        for f in findings
        if f.severity is Severity.WARNING
        and f.values_sha256
        and (f.verdict != "accepted" or f.explanation is None)
    ]


def mend_text(finding: Finding, context: Context, words: Words) -> str:
    """Return what would be written, in words; several fields are joined."""
    form = context.form_set.form(finding.form)
    texts = [
        format_value(value, form.field_by_id(name), context) or words("UI_EMPTY_VALUE")
        for name, value in finding.proposal.items()
    ]
    return words("UI_JOINT").join(texts)


def short(text: str, longest: int = 14) -> str:
    """Return a text as a button has room for it."""
    return text if len(text) <= longest else text[: longest - 1] + "…"
