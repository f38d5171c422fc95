"""Backup, restore, copies and removing values in the department window: one object that the window has to build."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from census_app.domain.safekeeping import Purged, SnapshotFile, Standing
from census_app.services import backing_up, going_on
from census_app.services.backing_up import Copied, RestorePreview
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.purging import PurgePlan, elsewhere, purge
from census_app.settings.paths import log_files, opened_dir
from census_app.ui.department.steps import BACKUP
from census_app.ui.dialogs.messages import QuestionDialog
from census_app.ui.shell.icons import Icon

if TYPE_CHECKING:
    from census_app.ui.department.backup_page import BackupPage
    from census_app.ui.department.reader_window import ReaderWindow
    from census_app.ui.department.window import DepartmentWindow

_FOLDER = "backup_folder"


class Safekeeping(QObject):
    """Leads from the window to what keeps its file safe.

    Args:
        window: Built as far as its menu.
    """

    def __init__(self, window: DepartmentWindow) -> None:
        super().__init__(window)
        self._window, self._session, self._words = window, window.session, window.words
        self.dialog: QDialog | None = None
        self.reader: ReaderWindow | None = None
        window.add_page(BACKUP, QWidget())  # replaced when first looked at
        self.purge_action = window.add_menu_action(self._words("PU_MENU"), Icon.SHIELD)
        self.purge_action.triggered.connect(self.purge)

    # -- the page ------------------------------------------------------------------------------------------------------

    def make_page(self, page_id: str) -> None:
        """Build the page when it is first looked at; what it imports would slow the start."""
        if page_id != BACKUP or type(self._window.page(BACKUP)) is not QWidget:
            return
        from census_app.ui.department.backup_page import BackupPage  # noqa: PLC0415

        made = BackupPage(self._session, self._words)
        made.restore_wanted.connect(self.restore)
        made.look_wanted.connect(self.look)
        made.copy_wanted.connect(self.copy)
        made.standing_wanted.connect(self.ask_standing)
        self._window.add_page(BACKUP, made)

    def _page(self) -> BackupPage | None:
        from census_app.ui.department.backup_page import BackupPage  # noqa: PLC0415

        found = self._window.page(BACKUP)
        return found if isinstance(found, BackupPage) else None

    def _refresh(self) -> None:
        shown = self._page()
        if shown is not None:
            shown.enter()

    # -- whether the file was overtaken --------------------------------------------------------------------------------

    def start(self) -> None:
        """Ask about a copy or a restored file when it is opened."""
        self._session.ask(lambda store, _p: store.keeping.standing(), self, self._on_standing)

    def ask_standing(self) -> None:
        """Ask again, because the person wants to say it now."""
        self.start()

    def _on_standing(self, standing: Standing) -> None:
        if not standing.state:
            return
        from census_app.ui.department.goes_on_dialog import GoesOnDialog  # noqa: PLC0415

        dialog = GoesOnDialog(standing, self._words, self._window)
        dialog.accepted.connect(self._on_said)
        self._open(dialog)

    def _on_said(self) -> None:
        from census_app.ui.department.goes_on_dialog import GoesOnDialog  # noqa: PLC0415

        dialog, window, words = self.dialog, self._window, self._words
        choice = dialog.choice if isinstance(dialog, GoesOnDialog) else ""
        if choice == "load":
            window.mail.arrivals.choose()
        elif choice == "second":
            window.notice.say(words("BK_SECOND_TOLD"), serious=True)
        elif choice in {"moved", "nothing"}:
            self._go_on(going_on.MOVED if choice == "moved" else going_on.NOTHING)

    def _go_on(self, choice: going_on.How) -> None:
        services = self._session.services

        def work(store: WorkspaceStore, _progress: Progress) -> None:
            going_on.go_on(store, choice, actor=services.actor, clock=services.clock)

        def done(_none: None) -> None:
            self._window.notice.say(self._words("BK_GOES_ON"))
            self._refresh()

        self._session.ask(work, self, done)

    # -- restoring -----------------------------------------------------------------------------------------------------

    def restore(self, file: SnapshotFile) -> None:
        """Show what restoring a snapshot would do, then do it if the person wants it."""
        vault = self._session.services.vault

        def work(store: WorkspaceStore, progress: Progress) -> RestorePreview:
            return backing_up.preview_restore(vault, store, file, progress)

        self._session.ask(work, self, self._on_preview, title=self._words("BK_COMPARING"))

    def _on_preview(self, preview: RestorePreview) -> None:
        from census_app.ui.department.restore_dialog import RestoreDialog  # noqa: PLC0415

        dialog = RestoreDialog(preview, self._session.form_set, self._words, self._window)
        dialog.accepted.connect(self._on_restore)
        self._open(dialog)

    def _on_restore(self) -> None:
        from census_app.ui.department.restore_dialog import RestoreDialog  # noqa: PLC0415

        if not isinstance(self.dialog, RestoreDialog):
            return
        file, services = self.dialog.preview.view.file, self._session.services
        self._session.round.stop()

        def work(store: WorkspaceStore, _progress: Progress) -> None:
            backing_up.restore_open(store, file, actor=services.actor, clock=services.clock)

        def done(_none: None) -> None:
            self._window.reopen_requested.emit()

        def failed(error: Exception) -> None:
            self._session.check_now()  # the file is as it was, and goes on being checked
            self._session.runner.report(error)

        title = self._words("BK_RESTORING")
        self._session.ask(work, self, done, failed, title, settled=True)

    # -- looking, copying ----------------------------------------------------------------------------------------------

    def look(self, file: SnapshotFile) -> None:
        """Open a snapshot in a window of its own, for reading only."""
        vault = self._session.services.vault

        def opened(store: WorkspaceStore) -> None:
            from census_app.ui.department.reader_window import ReaderWindow  # noqa: PLC0415

            at = file.at.astimezone().strftime("%Y-%m-%d %H:%M")
            told = self._words("RD_SNAPSHOT", at=at)
            self.reader = ReaderWindow(store, self._words, told, parent=self._window)
            self.reader.done.connect(self._on_read)
            self.reader.show()

        self._close_reader()
        self._session.runner.on_reading(lambda _p: vault.look(file.path), self, opened)

    def _on_read(self) -> None:
        reader, self.reader = self.reader, None
        if reader is not None:
            reader.deleteLater()

    def _close_reader(self) -> None:
        if self.reader is not None:
            self.reader.close()

    def copy(self, file: SnapshotFile | None) -> None:
        """Ask for a folder, on a stick say, and write a copy with its note there."""
        preferences = self._window.preferences
        title = self._words("BK_COPY_WHERE")
        chosen = QFileDialog.getExistingDirectory(self._window, title, preferences.text(_FOLDER))
        if chosen:
            preferences.remember_text(_FOLDER, chosen)
            self.copy_to(Path(chosen), file)

    def copy_to(self, folder: Path, file: SnapshotFile | None = None) -> None:
        """Write a copy of the file as it is, or of a snapshot, into a folder."""
        services, language = self._session.services, self._words.language

        def work(store: WorkspaceStore, _progress: Progress) -> Copied:
            return backing_up.copy_to(
                file or store, folder, services.vault, actor=services.actor,
                clock=services.clock, language=language,
            )  # fmt: skip

        title = self._words("BK_COPYING")
        self._session.ask(work, self, self._on_copied, title=title, settled=file is None)

    def _on_copied(self, copied: Copied) -> None:
        text = self._words("BK_COPIED", path=copied.path, note=copied.note.name)
        self._window.notice.say(text)
        self._refresh()

    # -- removing a value ----------------------------------------------------------------------------------------------

    def purge(self) -> None:
        """Remove what a field of the shown record says and ever said, after two confirmations."""
        records = self._window.records_page()
        if records is None or not records.record:
            self._window.notice.say(self._words("PU_CHOOSE"), passing=True)
            return
        records.flush()
        from census_app.ui.department.purge_dialog import PurgeDialog  # noqa: PLC0415

        field = self._window.field_at_cursor()
        dialog = PurgeDialog(
            self._session, records.form, records.record, field, self._words, self._window
        )
        dialog.accepted.connect(self._on_purge)
        self._open(dialog)

    def _on_purge(self) -> None:
        from census_app.ui.department.purge_dialog import PurgeDialog  # noqa: PLC0415

        plan = self.dialog.plan if isinstance(self.dialog, PurgeDialog) else None
        if plan is None:
            return
        words = self._words
        field = self._session.form_set.form(plan.form).field_by_id(plan.field)
        label = field.label.get(words.language)
        again = QuestionDialog(
            words,
            words("PU_AGAIN", field=label),
            words("PU_AGAIN_WHY"),
            words("PU_GO_NOW"),
            self._window,
        )
        again.accepted.connect(lambda: self._purge(plan))
        self._open(again)

    def _purge(self, plan: PurgePlan) -> None:
        services, store = self._session.services, self._session.store

        def work(_progress: Progress) -> Purged:
            return purge(
                store, plan, actor=services.actor, clock=services.clock,
                logs=log_files(), opened=opened_dir(),
            )  # fmt: skip

        self._session.change(work, (plan.form,), self, self._on_purged, self._words("PU_GOING"))

    def _on_purged(self, done: Purged) -> None:
        words, joint = self._words, self._words("UI_JOINT")
        parts = [
            words("PURGE_DONE", count=sum(done.places.values()), snapshots=len(done.snapshots))
        ]
        if done.unreachable:
            parts.append(words("PURGE_UNREACHABLE", names=joint.join(done.unreachable)))
        parts += [words(code, names=joint.join(names)) for code, names in elsewhere(done)]
        self._window.notice.say("\n".join(parts), serious=len(parts) > 1)
        self._refresh()

    # -- inside --------------------------------------------------------------------------------------------------------

    def _open(self, dialog: QDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def close(self) -> None:
        """Close what is open beside the window."""
        self._close_reader()
