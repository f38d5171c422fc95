"""Follow a reference to the record it names, with a way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from census_app.domain.records import RecordId

if TYPE_CHECKING:
    from census_app.ui.department.window import DepartmentWindow


class Following(QObject):
    """Shows records that others refer to; the notice leads back to where the person came from."""

    def __init__(self, window: DepartmentWindow) -> None:
        super().__init__(window)
        self._window = window
        self._from = ("", RecordId(""))

    def follow(self, form: str, record: str) -> None:
        """Show a record, and offer to return to the one that was shown."""
        window, words = self._window, self._window.words
        left = window.records_page()
        if left is None:
            return
        left.flush()
        self._from, title = (left.form.id, left.record), left.title
        window.show_record(form, RecordId(record), window.session.form_set.form(form).title)
        name = window.session.titles.title(form, record) or words("UI_UNNAMED")
        shown = title if len(title) <= 16 else title[:15] + "…"
        window.notice.say(
            words("UI_FOLLOWED", title=name), words("UI_FOLLOWED_BACK", title=shown),
            self._on_back, passing=True,
        )  # fmt: skip

    def _on_back(self) -> None:
        form, record = self._from
        self._window.show_record(form, record, self._window.session.form_set.form(form).title)
