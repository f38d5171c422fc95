"""What a record of the last round says, and beside each answer that changed since what it was."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from census_app.domain.holdings import Delta
from census_app.domain.records import RecordId
from census_app.formspec.types import format_value
from census_app.services import carrying
from census_app.services.lookup import RecordNames, context_for
from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.translation import Words


@dataclass(frozen=True, slots=True)
class _Answer:
    """One line: label, value now, value of the last round where it differs (None where it does not)."""

    label: str
    now: str
    was: str | None


class DeltaDetail(QWidget):
    """The answers of one record."""

    def __init__(self, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self._session, self._words = session, words
        self._delta: Delta | None = None
        self._names = RecordNames(session.store)
        self._title = page.label("", "section", wrap=True)
        self._note = page.label("", "hint", wrap=True)
        self.model = TextTableModel(
            (
                Heading(words("DL_COL_FIELD"), 150),
                Heading(words("DL_COL_VALUE")),
                Heading(words("DL_COL_WAS"), 150),
            ),
            self,
        )
        self.table = text_table(self.model, words("DL_DETAIL"))
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self._note)
        column.addWidget(self.table, 1)

    def show_nothing(self) -> None:
        """Show that no record is chosen."""
        self._delta = None
        self._title.setText("")
        self._note.setText("")
        self.model.show_rows([])

    def show_delta(self, delta: Delta) -> None:
        """Read and show a record."""
        self._delta = delta
        words = self._words
        self._title.setText(delta.title or words("UI_UNNAMED"))
        if delta.state == "retired":
            self._note.setText(words("DL_GONE"))
        elif delta.actor or delta.at:
            self._note.setText(
                words(
                    "DL_CONFIRMED_BY", actor=delta.actor, at=words.moment(delta.at),
                    state=words(f"DL_STATE_{delta.state}"),
                )
            )  # fmt: skip
        else:
            self._note.setText(words(f"DL_STATE_{delta.state}"))
        language, names = words.language, self._names

        def work(store: WorkspaceStore, _progress: object) -> tuple[Delta, list[_Answer]]:
            names.forget()
            return delta, _answers(store, delta, language, names)

        self._session.ask(work, self, self._on_read)

    def _on_read(self, read: tuple[Delta, list[_Answer]]) -> None:
        delta, answers = read
        if delta is not self._delta:
            return
        changed = any(a.was is not None for a in answers)
        self.table.setColumnHidden(2, not changed)
        empty = self._words("DL_EMPTY")
        self.model.show_rows(
            [
                (
                    Cell(a.label, tone="text_2"),
                    Cell(a.now or empty, tone="accent" if a.was is not None else ""),
                    "" if a.was is None else a.was or empty,
                )
                for a in answers
            ]
        )


def _answers(
    store: WorkspaceStore, delta: Delta, language: str, names: RecordNames
) -> list[_Answer]:
    """Return a record's answers, in the order of its form, then how many children it has."""
    form = store.form_set.form(delta.form)
    record = store.record(form.id, RecordId(delta.record))
    if record is None:
        return []
    was = carrying.values_of_last_round(store, form.id, record.id) if delta.state != "new" else {}
    context = context_for(store, language, names)
    found = []
    for field in form.stored_fields:
        if field.id in record.values or field.id in was:
            now = format_value(record.values.get(field.id), field, context)
            before = format_value(was[field.id], field, context) if field.id in was else None
            found.append(_Answer(field.label.get(language), now, before))
    for child in store.form_set.children_of(form.id):
        count = store.count(ListQuery(form=child.id, parent=record.id))
        found.append(_Answer(child.label.get(language), str(count), None))
    return found
