"""What a newer form set changes and how many records need the clerk, before it is taken over."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QTabWidget, QVBoxLayout, QWidget

from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.upgrade import Effects, PlannedChange, UpgradePlan
from census_app.services.upgrade_offer import UpgradeOffer
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

REASONS = {
    "unfit": ("UI_UPGRADE_UNFIT", Icon.ERROR, "bad"),
    "required": ("UI_UPGRADE_REQUIRED", Icon.ALERT, "warn"),
    "dropped": ("UI_UPGRADE_DROPPED", Icon.INFO, "text_2"),
}


class UpgradeDialog(QDialog):
    """Figures, what to do afterwards, what is asked differently; accepting upgrades."""

    def __init__(self, offer: UpgradeOffer, words: Words, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        plan, effects = offer.plan, offer.effects
        self.offer = offer
        self._words = words
        self.setWindowTitle(words("UI_UPGRADE_TITLE"))
        self.resize(820, 600)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(page.label(words("UI_UPGRADE_TITLE"), "title"))
        lead = words("UI_UPGRADE_LEAD", old=plan.old.version, new=plan.new.version)
        column.addWidget(page.label(lead, wrap=True))
        column.addLayout(self._figures(effects))
        column.addWidget(self._tables(plan, effects), 1)
        column.addWidget(page.label(words("UI_UPGRADE_SAFE"), "hint", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(page.button(words("UI_UPGRADE_LATER"), self.reject))
        self.upgrade = page.button(words("UI_UPGRADE_NOW"), self.accept, "primary")
        row.addWidget(self.upgrade)
        column.addLayout(row)

    def _figures(self, effects: Effects) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        for code, number in (
            ("UI_UPGRADE_RECORDS", effects.records),
            ("UI_UPGRADE_UNHARMED", effects.unharmed),
            ("UI_UPGRADE_TOUCHED", effects.touched),
            ("UI_UPGRADE_PUT_ASIDE", effects.put_aside),
        ):
            card = page.Card()
            card.body.setSpacing(0)
            card.setToolTip(words(f"{code}_TIP"))
            card.body.addWidget(page.label(words(code), "label"))
            card.body.addWidget(page.label(words.count(number), "figure"))
            row.addWidget(card, 1)
        return row

    def _tables(self, plan: UpgradePlan, effects: Effects) -> QTabWidget:
        words = self._words
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        tabs.tabBar().setAccessibleName(words("UI_UPGRADE_TITLE"))
        self.work = TextTableModel(
            [
                Heading(words("UI_COL_KIND"), 150),
                Heading(words("UI_COL_FIELD")),
                Heading(words("UI_UPGRADE_WHAT"), 260),
                Heading(words("UI_COL_RECORDS"), 90, right=True),
            ],
            self,
        )
        rows = []
        for (form_id, field_id, reason), count in effects.reasons.items():
            code, symbol, tone = REASONS[reason]
            form, field = _find(plan, form_id, field_id)
            rows.append(
                (
                    form.label.get(words.language) if form is not None else form_id,
                    field.label.get(words.language) if field is not None else field_id,
                    Cell(words(code), symbol, tone),
                    words.count(count),
                )
            )
        self.work.show_rows(rows)
        self.changes = TextTableModel(
            [
                Heading(words("UI_COL_KIND"), 150),
                Heading(words("UI_COL_FIELD"), 200),
                Heading(words("UI_UPGRADE_WHAT")),
            ],
            self,
        )
        self.changes.show_rows([self._change(each, plan) for each in plan.changes])
        for model, title, count in (
            (self.work, "UI_UPGRADE_WORK", len(rows)),
            (self.changes, "UI_UPGRADE_CHANGES", len(plan.changes)),
        ):
            table = text_table(model, words(title))
            tabs.addTab(table, f"{words(title)} {words.count(count)}")
        if not rows:
            tabs.setCurrentIndex(1)
        return tabs

    def _change(self, change: PlannedChange, plan: UpgradePlan) -> tuple[str, ...]:
        words = self._words
        form, field = _find(plan, change.form, change.field)
        kind = change.kind
        code = f"UI_UPGRADE_{kind.upper()}"
        if kind == "field_added" and change.required:
            code = "UI_UPGRADE_FIELD_REQUIRED"
        return (
            form.label.get(words.language) if form is not None else change.form,
            field.label.get(words.language) if field is not None else change.field or "—",
            words(code, **self._names(change, plan)),
        )

    def _names(self, change: PlannedChange, plan: UpgradePlan) -> dict[str, str]:
        """Return what the sentence of a change names: labels where there are any, else ids."""
        language, reason = self._words.language, change.reason or "—"
        if change.kind == "field_renamed":
            form = _form(plan.old, change.form)
            before = next((f for f in form.field if f.id == change.old), None) if form else None
            old = before.label.get(language) if before is not None else change.old
            return {"old": old, "new": change.new, "reason": reason}
        if change.kind in {"code_removed", "code_replaced"}:
            old = _option(plan.old, change, change.old, language)
            new = _option(plan.new, change, change.new, language)
            return {"old": old, "new": new, "reason": reason}
        return {"old": change.old, "new": change.new, "reason": reason}


def _option(form_set: FormSet, change: PlannedChange, code: str, language: str) -> str:
    """Return the label of an option of a field's list."""
    form = _form(form_set, change.form)
    field = next((f for f in form.field if f.id == change.field), None) if form else None
    listed = form_set.choice_lists.get(field.choices) if field is not None else None
    entry = next((c for c in listed.choices if c.code == code), None) if listed else None
    if entry is None:
        return code
    return entry.en if language == "en" else entry.zh


def _find(plan: UpgradePlan, form_id: str, field_id: str) -> tuple[Form | None, Field | None]:
    """Return a form and a field by the ids of the newer form set, else of the older one."""
    form = next(filter(None, (_form(s, form_id) for s in (plan.new, plan.old))), None)
    for form_set in (plan.new, plan.old):
        found = _form(form_set, form_id)
        field = next((f for f in found.field if f.id == field_id), None) if found else None
        if field is not None:
            return form, field
    return form, None


def _form(form_set: FormSet, form_id: str) -> Form | None:
    return next((f for f in form_set.forms if f.id == form_id), None)
