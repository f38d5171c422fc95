"""Acts that ask first or offer to be undone: import, suggestions, one answer for many, reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from census_app.domain.findings import Finding
from census_app.domain.records import RecordId, Value
from census_app.formspec.model import Field
from census_app.formspec.sentences import sentence
from census_app.services.explaining import recent_reasons
from census_app.services.filling import FillPlan, apply_fill, plan_fill
from census_app.services.mending import Mended, mend, preview_mends
from census_app.services.progress import Progress
from census_app.services.registering import Registered, register_named
from census_app.ui.department.explain_dialog import ExplainDialog
from census_app.ui.department.fill_dialog import FillDialog
from census_app.ui.department.mend_dialog import MendDialog
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.undo_offer import UndoOffer
from census_app.ui.department.workbook_acts import ask_template_path, write_template
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.page import Notice
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.services.discovering import DiscoveryDone
    from census_app.services.healing import Healed
    from census_app.services.importing import ImportDone
    from census_app.services.templating import TemplateWritten


class Acts(QObject):
    """Dialogs and notices around the session.

    Args:
        window: Parent of the dialogs.

    Signals:
        imported: ids of the forms that got or changed records by an import.
    """

    imported = Signal(object)

    def __init__(
        self,
        window: QWidget,
        session: WorkspaceSession,
        notice: Notice,
        words: Words,
        preferences: Preferences,
    ) -> None:
        super().__init__(window)
        self._window, self._session, self._notice = window, session, notice
        self.words, self._preferences = words, preferences
        self.undo_offer = UndoOffer(notice, session, self)

    def import_lists(self, files: Sequence[Path] | bool = ()) -> None:
        """Open the import, with the preview of some files when they are known; an action passes its checked state."""
        from census_app.ui.department.import_dialog import ImportDialog  # noqa: PLC0415

        folder = self._preferences.text("import_folder")
        dialog = ImportDialog(self._session, self.words, self._window, folder)
        dialog.imported.connect(lambda done: self.on_imported(done, dialog.healed))
        dialog.template_wanted.connect(dialog.reject)
        if files and not isinstance(files, bool):
            dialog.take_files(files)
        wanted: list[bool] = []
        dialog.template_wanted.connect(lambda: wanted.append(True))
        dialog.exec()
        self._preferences.remember_text("import_folder", dialog.drop.folder)
        dialog.deleteLater()
        if wanted:
            self.write_template()

    def publish(self) -> None:
        """Open the export into formats for others; what was typed is on the disk before anything is written."""
        from census_app.ui.dialogs import publish_dialog  # noqa: PLC0415  # seldom wanted

        session = self._session
        setting = publish_dialog.PublishSetting(
            session.store, partial(session.ask, settled=True), session.facts.department_name
        )
        dialog = publish_dialog.PublishDialog(setting, self.words, self._preferences, self._window)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def discover(self) -> None:
        """Open the discovery in a database."""
        from census_app.ui.department.discover_dialog import DiscoverDialog  # noqa: PLC0415

        folder = self._preferences.text("discover_folder")
        dialog = DiscoverDialog(self._session, self.words, self._window, folder)
        dialog.discovered.connect(self.on_discovered)
        dialog.exec()
        self._preferences.remember_text("discover_folder", dialog.sources.folder or folder)
        dialog.deleteLater()

    def on_discovered(self, done: DiscoveryDone) -> None:
        """Say what a discovery wrote, and offer to take it back."""
        plan = done.plan
        text = self.words(
            "DI_DONE", source=plan.source, resources=self.words.count(plan.new_resources),
            items=self.words.count(plan.new_items), changed=self.words.count(plan.changed),
        )  # fmt: skip
        self.undo_offer.say(text, self.words("DI_UNDO"), "STEP_DISCOVER")
        form, _name = self._session.form_set.by_role("resource_name")
        self.imported.emit([form.id])

    def write_template(self) -> None:
        """Ask where to, and write the Excel template with the records there are."""
        folder = self._preferences.text("import_folder")
        path = ask_template_path(self._session, self.words, self._window, folder)
        if path is not None:
            self._preferences.remember_text("import_folder", str(path.parent))
            write_template(self._session, path, self.words, self._window, self._on_template)

    def _on_template(self, done: TemplateWritten) -> None:
        self._notice.say(
            self.words(
                "UI_TEMPLATE_DONE",
                name=done.path.name,
                sheets=done.sheets,
                records=self.words.count(done.records),
            )
        )

    def on_imported(self, done: ImportDone, healed: Healed | None = None) -> None:
        """Say what an import did, and offer to take it back."""
        plan = done.plan
        numbers = (
            ("UI_NEW_N", plan.new),
            ("UI_CHANGED_COUNT", plan.changed),
            ("UI_UNCHANGED_N", plan.unchanged),
            ("UI_REJECTED_N", len(plan.rejected)),
        )
        parts = [self.words(code, count=number) for code, number in numbers if number]
        text = self.words("UI_IMPORTED", what=self.words("UI_JOINT").join(parts))
        if healed is not None:
            count = self.words.count(healed.issues)
            text += " " + self.words("UI_HEALED", name=healed.path.name, count=count)
            if healed.uncommented:
                bare = self.words.count(healed.uncommented)
                text += " " + self.words("UI_HEALED_UNCOMMENTED", count=bare)
        self.undo_offer.say(text, self.words("UI_UNDO_IMPORT"), "STEP_IMPORT")
        self.imported.emit([f.id for f in self._session.form_set.forms if plan.counts.get(f.id)])

    def offer(self, finding: Finding) -> None:
        """Write what is proposed for one finding: the person has just read it."""
        self._mend([finding])

    def offers(self, findings: Sequence[Finding]) -> None:
        """Show what would be written for findings, and write what is ticked; one alone was just read."""
        if len(findings) == 1:
            self._mend(findings)
            return
        dialog = MendDialog(self.words, len(findings), self._window)
        context = self._session.context
        runner = self._session.runner
        runner.on_reading(lambda _p: preview_mends(findings, context), dialog, dialog.show_lines)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._mend(dialog.model.chosen)
        dialog.deleteLater()

    def _mend(self, findings: Sequence[Finding]) -> None:
        session, services = self._session, self._session.services

        def work(progress: Progress) -> Mended:
            return mend(
                session.store, findings, actor=services.actor, clock=services.clock,
                progress=progress,
            )  # fmt: skip

        forms = tuple({f.form for f in findings})
        session.change(work, forms, self, self._on_mended, self.words("UI_MEND_TITLE"))

    def _on_mended(self, done: Mended) -> None:
        parts = [self.words("UI_MENDED", count=done.written)] if done.written else []
        if done.changed_since:
            parts.append(self.words("UI_MEND_CHANGED", count=done.changed_since))
        text = " ".join(parts)
        if done.step.number:
            self.undo_offer.say(text, self.words("UI_UNDO"), "STEP_OFFER")
        elif text:
            self._notice.say(text)

    def fill(self, findings: Sequence[Finding]) -> None:
        """Ask for one answer and give it to the records of some findings."""
        form = self._session.form_set.form(findings[0].form)
        records = list(dict.fromkeys(f.record for f in findings))
        field = form.field_by_id(findings[0].fields[0])
        self.fill_records(form.id, records, [field])

    def fill_records(self, form: str, records: Sequence[RecordId], fields: Sequence[Field]) -> None:
        """Ask for one answer, show what it would change, and give it to several records."""

        def planner(field: Field, value: Value | None, done: Callable[[FillPlan], None]) -> None:
            clock = self._session.services.clock
            self._session.ask(
                lambda store, p: plan_fill(
                    store, form, records, field.id, value, clock=clock, progress=p
                ),
                dialog, done, title=self.words("UI_FILL_TITLE"),
            )  # fmt: skip

        dialog = FillDialog(
            fields, len(records), self._session.context, self.words, self._window, planner
        )
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.decided:
            self._fill(form, records, dialog.field.id, dialog.value)
        dialog.deleteLater()

    def _fill(
        self, form: str, records: Sequence[RecordId], field: str, value: Value | None
    ) -> None:
        services, store = self._session.services, self._session.store

        def work(progress: Progress) -> int:
            # Planned anew: what stands there now decides, not what stood there while the person was choosing.
            plan = plan_fill(
                store, form, records, field, value, clock=services.clock, progress=progress
            )
            apply_fill(store, plan, actor=services.actor, clock=services.clock)
            return len(plan.changing)

        def filled(count: int) -> None:
            text = self.words("UI_FILLED", count=count)
            self.undo_offer.say(text, self.words("UI_UNDO"), "STEP_SET")

        self._session.change(work, (form,), self, filled, self.words("UI_FILL_TITLE"))

    def register(self, findings: Sequence[Finding]) -> None:
        """Register the records that findings name, and let the fields refer to them."""
        session, services = self._session, self._session.services
        target = session.form_set.form(findings[0].form).field_by_id(findings[0].fields[0]).target

        def work(_progress: Progress) -> Registered:
            return register_named(
                session.store, findings, actor=services.actor, clock=services.clock
            )

        def registered(done: Registered) -> None:
            form = done.form.label.get(self.words.language)
            text = self.words("TR_REGISTERED", form=form, made=done.made, referring=done.referring)
            self.undo_offer.say(text, self.words("UI_UNDO"), "STEP_REGISTER")

        session.change(work, (findings[0].form, target), self, registered)

    def explain_one(self, finding: Finding) -> None:
        """Ask for the reason of a warning."""
        self.explain([finding])

    def explain(self, findings: Sequence[Finding]) -> None:
        """Ask for one reason for warnings; those given before are offered."""
        session = self._session
        told = sentence(findings[0], session.context)
        given = findings[0].explanation or "" if len(findings) == 1 else ""
        dialog = ExplainDialog(self.words, len(findings), told.what, given, self._window)
        rules = sorted({f.rule for f in findings})
        session.ask(lambda store, _p: recent_reasons(store, rules), dialog, dialog.show_recent)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            session.explain(findings, dialog.reason, self, self._done)
        dialog.deleteLater()

    def _done(self, result: object) -> None:
        """Nothing more: the session tells what changed."""
