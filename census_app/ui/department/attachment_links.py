"""Add files to a field of the record that is shown, and open those that are there."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from census_app.domain.records import RecordId
from census_app.formspec.attachments import EXTENSIONS, AttachedFile
from census_app.services import attaching
from census_app.settings.paths import opened_dir
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell.translation import Words


class AttachmentLinks(QObject):
    """Attached files of one page of records.

    Args:
        shown: Returns the record that is shown, or the empty text.
    """

    def __init__(
        self,
        form: str,
        session: WorkspaceSession,
        words: Words,
        shown: Callable[[], RecordId],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._form, self._session, self._words, self._shown = form, session, words, shown
        self._parent = parent

    def choose(self, field: str) -> None:
        """Ask for files and attach them."""
        kinds = " ".join(f"*.{ext}" for ext in (*EXTENSIONS, "jpeg"))
        names, _kind = QFileDialog.getOpenFileNames(
            self._parent, self._words("UI_ATTACH_ADD"), "",
            f"{self._words('UI_ATTACH_KINDS')} ({kinds})",
        )  # fmt: skip
        if names:
            self.attach(field, [Path(name) for name in names])

    def attach(self, field: str, paths: Sequence[Path]) -> None:
        """Keep files beside the workspace, then let the record name them."""
        record, workspace = self._shown(), self._session.store.path
        if not record:
            return
        self._session.runner.on_reading(
            lambda _p: [attaching.keep_file(workspace, path) for path in paths],
            self,
            lambda kept: self._on_kept(record, field, kept),
        )

    def _on_kept(self, record: RecordId, field: str, kept: list[AttachedFile]) -> None:
        form, store, services = self._form, self._session.store, self._session.services
        self._session.change(
            lambda _p: attaching.attach(
                store, form, record, field, kept, actor=services.actor, clock=services.clock
            ),
            (form,), self, self._on_attached,
        )  # fmt: skip

    def _on_attached(self, done: object) -> None:
        """Nothing more: the session tells the page that the record has changed."""

    def open(self, field: str, file: object) -> None:
        """Open a copy of an attached file with the program the computer has for it."""
        del field
        if not isinstance(file, AttachedFile):
            return
        workspace, folder = self._session.store.path, opened_dir() / str(os.getpid())
        self._session.runner.on_reading(
            lambda _p: attaching.lend_file(workspace, file, folder), self, self._on_lent
        )

    def _on_lent(self, path: Path) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
