"""Remove what must not be here: choose the field, read what will happen, confirm twice."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QWidget

from census_app.domain.records import RecordId
from census_app.formspec.model import Form
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.purging import PurgePlan, elsewhere, plan_purge
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.shell import accessibility, page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class PurgeDialog(MessageDialog):
    """Accepting it is the first confirmation; the caller asks once more.

    Attributes:
        plan: What will be removed; None while it is looked for.
    """

    def __init__(
        self,
        session: WorkspaceSession,
        form: Form,
        record: RecordId,
        field: str,
        words: Words,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(words("PU_TITLE"), parent, width=560)
        self._session, self._form, self._record, self._words = session, form, record, words
        self.plan: PurgePlan | None = None
        self.add_heading(words("PU_TITLE"), Icon.SHIELD, theme.tokens().bad)
        self.add_text(words("PU_LEAD"))
        self.fields = QuietCombo()
        for each in form.stored_fields:
            self.fields.addItem(each.label.get(words.language), each.id)
        self.fields.setCurrentIndex(max(0, self.fields.findData(field)))
        accessibility.add_row(
            self.column, words("PU_FIELD", form=form.label.get(words.language)), self.fields
        )
        self.told = page.label("…", wrap=True)
        self.column.addWidget(self.told)
        self.sure = QCheckBox(words("PU_SURE"))
        self.column.addWidget(self.sure)
        self.buttons.addStretch(1)
        stay = page.button(words("UI_CANCEL"), self.reject)
        stay.setDefault(True)
        self.buttons.addWidget(stay)
        self.go = page.button(words("PU_GO"), self.accept)
        self.buttons.addWidget(self.go)
        self.column.addStretch(1)  # room that is not needed goes here, not between the lines
        self.finish()
        self.fields.currentIndexChanged.connect(self._look)
        self.sure.toggled.connect(self._show_state)
        self._look()

    def _look(self) -> None:
        self.plan = None
        self.sure.setChecked(False)
        self._show_state()
        form, record, field = self._form.id, self._record, str(self.fields.currentData())

        def work(store: WorkspaceStore, _progress: Progress) -> PurgePlan:
            return plan_purge(store, form, record, field)

        self._session.ask(work, self, self._on_plan)

    def _on_plan(self, plan: PurgePlan) -> None:
        if plan.field != self.fields.currentData():
            return
        self.plan = plan
        self.told.setText("\n".join(told(plan, self._words)))
        self._show_state()
        self.adjustSize()

    def _show_state(self) -> None:
        found = self.plan is not None and self.plan.found
        self.sure.setEnabled(found)
        self.go.setEnabled(found and self.sure.isChecked())


def told(plan: PurgePlan, words: Words) -> list[str]:
    """Return what removing would do, and what it cannot reach."""
    if not plan.found:
        return [words("PU_NOTHING")]
    count = sum(plan.places.values())
    lines = [words("PU_WHERE", count=count, snapshots=plan.snapshots)]
    joint = words("UI_JOINT")
    return lines + [words(code, names=joint.join(names)) for code, names in elsewhere(plan)]
