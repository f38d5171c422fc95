"""Sign a trust bundle: what it will say, how long it counts as fresh, which form set goes with it."""

from __future__ import annotations

import datetime as dt

from PySide6.QtCore import Signal
from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.formspec.model import Form, FormSet
from census_app.services.issuing import VALID_DAYS
from census_app.services.trusting import BundleIssued, BundlePlan, TrustSummary
from census_app.services.upgrade_offer import FormsExamined
from census_app.ui.catalogue.act_dialog import clear
from census_app.ui.catalogue.facts import standing_row
from census_app.ui.catalogue.path_field import PathField
from census_app.ui.catalogue.standing import Standing
from census_app.ui.catalogue.stick_dialog import StickDialog, show_issued
from census_app.ui.catalogue.trust_session import TrustDesk
from census_app.ui.catalogue.trust_words import news_of
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

MOST_DAYS = 3650
KINDS = {
    "same": (Icon.INFO, "text_2"),
    "replace": (Icon.CHECK, "good"),
    "older": (Icon.ALERT, "warn"),
    "gap": (Icon.ALERT, "warn"),
}
REASONS = 4
"""Fields of which the effect is named; the rest is counted."""


class BundleDialog(StickDialog):
    """Everything a new bundle needs; one click signs it and puts it in force here.

    Signals:
        issued: `BundleIssued`.
    """

    issued = Signal(object)

    def __init__(
        self,
        desk: TrustDesk,
        summary: TrustSummary,
        words: Words,
        preferences: Preferences,
        parent: QWidget | None,
    ) -> None:
        title = words("CT_ISSUE_TITLE", version=summary.version + 1)
        super().__init__(desk, summary, words, preferences, title, parent)
        self._examined = self._asked = ""
        self.days = QLineEdit(str(VALID_DAYS))
        self.days.setValidator(QIntValidator(1, MOST_DAYS, self))
        self.forms = PathField(words, words("CT_FORM_FOLDER"))
        self._effects = QVBoxLayout()
        self._build()

    def _build(self) -> None:
        words = self.words
        self.column.addWidget(page.label(words("CT_ISSUE_LEAD"), "hint", wrap=True))
        self.column.addWidget(page.label(news_of(self.summary, words), wrap=True, selectable=True))
        both = QHBoxLayout()
        both.setSpacing(16)
        left, right = QVBoxLayout(), QVBoxLayout()
        right.setSpacing(4)
        both.addLayout(left, 5)
        both.addLayout(right, 3)
        self.forms.add_to(left, words("CT_FORM_FOLDER_HINT"))
        left.addStretch(1)
        add_row(right, words("CT_DAYS"), self.days)
        self._until = page.label("", "hint")
        right.addWidget(self._until)
        right.addStretch(1)
        self.column.addLayout(both)
        self.column.addLayout(self._effects)
        self.add_stick()
        self.column.addStretch(1)
        self.days.textChanged.connect(self._on_days)
        self.forms.changed.connect(self._on_forms)
        self._on_days()
        self.finish(words("CT_ISSUE"), Icon.SHIELD)

    @override
    def ready(self) -> bool:
        asked = str(self.forms.path or "")
        return super().ready() and asked == self._examined and self.days.hasAcceptableInput()

    @override
    def act(self) -> None:
        plan = BundlePlan(days=int(self.days.text()), form_set_folder=self.forms.path)
        title = self.words("CT_ISSUING")
        self.desk.issue(self.given, plan, self, self._on_issued, self.fail, title)

    def _on_issued(self, issued: BundleIssued) -> None:
        self.passphrase.clear()
        self.issued.emit(issued)
        self.accept()
        show_issued(issued, self.words, self.parentWidget())

    def _on_days(self) -> None:
        if not self.days.hasAcceptableInput():
            self._until.setText(self.words("CT_DAYS_RANGE", most=MOST_DAYS))
            self.update_ready()
            return
        until = self.desk.session.clock.now() + dt.timedelta(days=int(self.days.text()))
        self.update_ready()
        self._until.setText(self.words("CT_DAYS_UNTIL", until=f"{until:%Y-%m-%d}"))

    # -- form set --------------------------------------------------------------------------------------------------

    def _on_forms(self) -> None:
        folder = self.forms.path
        self._examined = ""
        self._show_effects([])
        if folder is not None and folder.is_dir():
            self._asked = str(folder)
            title = self.words("CT_EXAMINING_FORMS")
            self.desk.form_effects(folder, self, self._on_effects, self._on_no_forms, title)
        elif folder is not None:
            self._show_effects([page.label(self.words("CT_FORM_NO_FOLDER"), "hint", wrap=True)])
        self.update_ready()

    def _on_effects(self, offer: FormsExamined) -> None:
        if str(self.forms.path or "") != self._asked:
            return  # another folder was chosen meanwhile; its answer follows
        self._examined = self._asked
        self._show_effects(
            [
                standing_row(Standing(text, symbol, tone, 0), "")
                for text, symbol, tone in self._told(offer)
            ]
        )
        self.update_ready()

    def _on_no_forms(self, error: Exception) -> None:
        if str(self.forms.path or "") == self._asked:
            self.fail(error)

    def _told(self, offer: FormsExamined) -> list[tuple[str, Icon, str]]:
        words = self.words
        if offer.plan is None or offer.effects is None:
            symbol, tone = KINDS[offer.kind]
            return [(words(f"CT_FORMS_{offer.kind}", version=offer.new.version), symbol, tone)]
        effects = offer.effects
        said = words(
            "CT_FORMS_upgrade", old=offer.plan.old.version, new=offer.new.version,
            records=effects.records, unharmed=effects.unharmed,
            touched=effects.touched, aside=effects.put_aside,
        )  # fmt: skip
        tone = "warn" if effects.touched else "good"
        lines = [(said, Icon.ALERT if effects.touched else Icon.CHECK, tone)]
        for (form, name, reason), count in list(effects.reasons.items())[:REASONS]:
            where = _field_name(offer.plan.new, offer.plan.old, form, name, words)
            code = f"CT_EFFECT_{reason}"
            lines.append((words(code, field=where, count=count), Icon.INFO, "text_2"))
        left = len(effects.reasons) - REASONS
        if left > 0:
            lines.append((words("CT_EFFECT_MORE", count=left), Icon.MORE, "text_2"))
        return lines

    def _show_effects(self, parts: list[QWidget]) -> None:
        clear(self._effects)
        for part in parts:
            self._effects.addWidget(part)


def _field_name(new: FormSet, old: FormSet, form_id: str, field_id: str, words: Words) -> str:
    """Return `form · field` in words, by the newer form set where it knows them."""
    forms: list[Form] = [f for s in (new, old) for f in s.forms if f.id == form_id]
    fields = [f for form in forms for f in form.field if f.id == field_id]
    form = forms[0].label.get(words.language) if forms else form_id
    return f"{form} · {fields[0].label.get(words.language) if fields else field_id}"
