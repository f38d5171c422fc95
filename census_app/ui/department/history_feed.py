"""Links the history to the window: the tab beside the record, the dialog for the whole file, bringing values back."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject

from census_app.domain.history import HistoryQuery, HistoryRow
from census_app.domain.records import RecordId
from census_app.services.journalling import HistoryLine, tell
from census_app.services.lookup import context_for
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.restoring import bring_back
from census_app.ui.department.cursor import cursor_in

if TYPE_CHECKING:
    from census_app.ui.department.window import DepartmentWindow

SHOWN: Final = 500
"""Lines of one record that the tab shows; the dialog has all."""


class HistoryFeed(QObject):
    """Answers what the history asks.

    Args:
        window: Built as far as its panel.
    """

    def __init__(self, window: DepartmentWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self._asked = 0
        tab = window.panel.history
        tab.wanted.connect(self.read)
        tab.back_wanted.connect(self.bring_back)
        tab.all_wanted.connect(self.open_all)
        window.panel.history_wanted.connect(self.read)

    def read(self) -> None:
        """Read the history of what has the cursor, if the person looks at it."""
        panel, records = self._window.panel, self._window.records_page()
        if not panel.history_visible:
            return
        if records is None or not records.record:
            panel.history.show_lines(())
            return
        cursor = cursor_in(records)
        form, record = cursor.form or records.form.id, cursor.record or records.record
        self._follow(form, cursor.field)
        of_field = panel.history.of_field
        field = panel.history.at_field if of_field else ""
        language = self._window.words.language
        self._asked += 1
        asked = self._asked

        def work(store: WorkspaceStore, _progress: Progress) -> list[HistoryLine]:
            if of_field and not field:
                return []
            return record_lines(store, form, record, field, language)

        def done(lines: list[HistoryLine]) -> None:
            if asked == self._asked:
                panel.history.show_lines(lines)

        self._session.ask(work, panel, done)

    def _follow(self, form: str, field: str) -> None:
        """Name the field that has the cursor."""
        known = self._session.form_set.form(form)
        found = next((f for f in known.field if f.id == field), None)
        if found is not None:
            label = found.label.get(self._window.words.language)
            self._window.panel.history.follow(field, label, ask=False)

    def bring_back(self, row: HistoryRow) -> None:
        """Give a field the value it had before a change."""
        session, services = self._session, self._session.services

        def work(_progress: Progress) -> object:
            return bring_back(session.store, row, actor=services.actor, clock=services.clock)

        session.change(work, (row.form,), self, self._on_back)

    def _on_back(self, state: object) -> None:
        del state
        words = self._window.words
        text, verb = words("UI_HISTORY_DONE"), words("UI_UNDO")
        self._window.acts.undo_offer.say(text, verb, "STEP_EDIT")
        self.read()

    def open_all(self) -> None:
        """Show the history of the whole file."""
        from census_app.ui.department.history_dialog import HistoryDialog  # noqa: PLC0415

        window = self._window
        dialog = HistoryDialog(self._session, window.words, window.preferences, window)
        dialog.go_wanted.connect(window.show_record)
        dialog.back_wanted.connect(self.bring_back)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def record_lines(
    store: WorkspaceStore, form: str, record: RecordId, field: str, language: str
) -> list[HistoryLine]:
    """Return the newest lines of a record, or of one of its fields: then its birth and end show the field's value."""
    keys = store.history_keys(HistoryQuery(form=form, record=record))
    rows = store.history_rows(list(keys)[:SHOWN] if not field else list(keys))
    if field:
        rows = [row for row in (_about(row, field) for row in rows) if row is not None][:SHOWN]
    context = context_for(store, language)
    return [tell(row, context) for row in rows]


def _about(row: HistoryRow, field: str) -> HistoryRow | None:
    """Return a line as far as it is about a field."""
    if row.kind != "record":
        return row if row.field == field else None
    told = []
    for raw in (row.old, row.new):
        value = json.loads(raw)["values"].get(field) if raw else None
        told.append("" if value is None else json.dumps(value, ensure_ascii=False))
    if not any(told):
        return None
    return dataclasses.replace(row, kind="field", field=field, old=told[0], new=told[1])
