"""What is done in a grid of child records: each act is one step, its rows are checked at once.

The check of the whole file follows by itself; what the rows' own rules say is known as soon as they are written.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog

from census_app.domain.changes import Origin, StepDone
from census_app.domain.findings import Finding
from census_app.domain.records import RecordId
from census_app.formats.block_text import write_block
from census_app.services import arranging, blocks, editing, pasting
from census_app.services.lookup import context_for
from census_app.services.pasting import Choices, PastePlan, PasteRequest, Where
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.row_checks import check_rows
from census_app.ui.department.grid_link import GridLink
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.forms.paste_dialog import PasteDialog
from census_app.ui.shell.translation import Words

TAKEN_AT_ONCE: Final = 400
"""Rows whose findings are taken in one go; more in turns, so that the window answers in between."""

MOST_CHECKED: Final = 5000
"""Rows that are checked by themselves; after a larger step the whole file is checked at once instead."""

Act = Callable[[WorkspaceStore], StepDone]
Then = Callable[[StepDone], None]


@dataclass(frozen=True, slots=True)
class Written:
    """A written step and what the rules say of each row it touched."""

    done: StepDone
    found: Mapping[RecordId, tuple[Finding, ...]]


class GridActs(QObject):
    """Answers what a grid asks to be done."""

    def __init__(self, link: GridLink, session: WorkspaceSession, words: Words) -> None:
        super().__init__(link)
        self._link = link
        self._session = session
        self._words = words
        self._form = link.form.id
        self._waiting: list[tuple[RecordId, tuple[Finding, ...]]] = []
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._take_some)
        self.dialog: PasteDialog | None = None
        view = link.grid.view
        link.grid.model.edited.connect(self._on_edited)
        view.paste_wanted.connect(self.paste)
        view.copy_wanted.connect(self._on_copy)
        view.clear_wanted.connect(self._on_clear)
        view.fill_wanted.connect(self._on_fill)
        view.insert_wanted.connect(self._on_insert)
        view.delete_wanted.connect(self._on_delete)
        view.move_wanted.connect(self._on_move)

    def change(self, act: Act, then: Then | None = None) -> None:
        """Write a step and check what it touched."""
        form, store = self._form, self._session.store

        def work(_progress: Progress) -> Written:
            done = act(store)
            return Written(done, _checked(store, form, done, self._session))

        def written(result: Written) -> None:
            if then is not None:
                then(result.done)
            self._take(result)

        self._session.change(work, (form,), self, written, failed=self._on_failed)

    # -- paste -----------------------------------------------------------------------------------------------------

    def paste(self, text: str) -> None:
        """Paste a text at the chosen cell: at once when it fits, else after a look at a preview."""
        link, view = self._link, self._link.grid.view
        row, column = view.place()
        model = link.grid.model
        request = PasteRequest(
            form=self._form,
            parent=link.owner,
            text=text,
            fields=link.columns,
            first=column,
            keys=model.keys_of(row, model.total - 1),
            span=view.span(),
        )
        self._write_or_show(request, None)

    def _write_or_show(self, request: PasteRequest, choices: Choices | None) -> None:
        """Plan and write in one piece of work; what has to be looked at first comes back as a plan."""
        services, form = self._session.services, self._form

        def work(
            store: WorkspaceStore, _progress: Progress
        ) -> tuple[PastePlan | None, Written | None]:
            plan = pasting.plan_paste(store, request, choices)
            if plan is None or not (plan.plain or choices is not None):
                return plan, None
            done = pasting.write_paste(store, plan, actor=services.actor, clock=services.clock)
            return plan, Written(done, _checked(store, form, done, self._session))

        self._session.ask(work, self, self._on_pasted, self._on_failed, settled=True)

    def _on_pasted(self, result: tuple[PastePlan | None, Written | None]) -> None:
        plan, written = result
        if plan is None:
            return
        if written is None:
            self._show(plan)
            return
        self._session.tell_changed((self._form,))
        model = self._link.grid.model
        row, column = self._link.grid.view.place()
        if plan.where is Where.END:
            row, column = model.total, 0
        if not plan.header:
            self._link.choose_pasted(row, column, plan.rows, len(plan.columns))
        self._link.say_then(self._words("UG_PASTED", count=self._words.count(plan.rows)))
        self._take(written)

    def _show(self, plan: PastePlan) -> None:
        grid = self._link.grid
        self.dialog = PasteDialog(plan, grid.model.columns, self._words, grid.window())
        self.dialog.choices_changed.connect(self._on_choices)
        self.dialog.finished.connect(self._on_finished)
        self.dialog.open()

    def _on_choices(self, choices: Choices) -> None:
        if self.dialog is None:
            return
        request, shown = self.dialog.plan.request, self.dialog

        def work(store: WorkspaceStore, _progress: Progress) -> PastePlan | None:
            return pasting.plan_paste(store, request, choices)

        def planned(plan: PastePlan | None) -> None:
            if plan is not None:
                shown.show_plan(plan)

        self._session.ask(work, shown, planned)

    def _on_finished(self, result: int) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is None:
            return
        if result == QDialog.DialogCode.Accepted.value:
            # What was seen is what is written: the same decisions, the places as they were found.
            choices = Choices(
                columns=dialog.plan.columns,
                header=dialog.plan.header,
                listed=dialog.plan.listed,
                where=dialog.plan.where,
            )
            self._write_or_show(dialog.plan.request, choices)
        dialog.deleteLater()
        self._link.grid.view.setFocus()

    # -- cells -----------------------------------------------------------------------------------------------------

    def _on_edited(self, record: str, field: str, text: str) -> None:
        cells = [(RecordId(record), field, text)]
        form, services = self._form, self._session.services

        def act(store: WorkspaceStore) -> StepDone:
            return editing.set_cells(
                store, form, cells, actor=services.actor, clock=services.clock,
                origin=Origin.TYPED, sentence="STEP_CELL",
            )  # fmt: skip

        self.change(act)

    def _on_copy(self, areas: Sequence[blocks.Area]) -> None:
        form, language = self._form, self._words.language

        def work(store: WorkspaceStore, _progress: Progress) -> tuple[str, int]:
            block = blocks.texts_of(store, form, areas, context_for(store, language))
            return write_block(block), len(block)

        self._session.ask(work, self, self._on_copied)

    def _on_copied(self, copied: tuple[str, int]) -> None:
        text, rows = copied
        QGuiApplication.clipboard().setText(text)
        self._link.grid.say(self._words("UG_COPIED", count=self._words.count(rows)))

    def _on_clear(self, areas: Sequence[blocks.Area]) -> None:
        form, services = self._form, self._session.services

        def act(store: WorkspaceStore) -> StepDone:
            return blocks.put_text(
                store, form, areas, "", sentence="STEP_CLEAR", origin=Origin.TYPED,
                actor=services.actor, clock=services.clock,
            )  # fmt: skip

        self.change(act)

    def _on_fill(self, source: int, areas: Sequence[blocks.Area]) -> None:
        form, services = self._form, self._session.services

        def act(store: WorkspaceStore) -> StepDone:
            return blocks.fill_down(
                store, form, source, areas, actor=services.actor, clock=services.clock
            )

        self.change(act)

    # -- rows ------------------------------------------------------------------------------------------------------

    def _on_insert(self, key: int, count: int, above: bool) -> None:
        form, owner, services = self._form, self._link.owner, self._session.services
        column = self._link.grid.view.column_wanted
        field = self._link.columns[column]

        def work(_progress: Progress) -> list[RecordId]:
            store = self._session.store
            beside = next(iter(store.ids(form, [key])), None) if key else None
            return arranging.insert_rows(
                store, form, owner, count, before=beside if above else None,
                after=None if above else beside, actor=services.actor, clock=services.clock,
            )  # fmt: skip

        def added(ids: list[RecordId]) -> None:
            self._link.go_to(ids[0], field)

        self._session.change(work, (form,), self, added)

    def _on_delete(self, keys: array[int]) -> None:
        form, services = self._form, self._session.services
        reason = self._words("UI_DELETE_REASON")

        def act(store: WorkspaceStore) -> StepDone:
            return editing.remove_records(
                store, form, store.ids(form, keys), reason, actor=services.actor,
                clock=services.clock,
            )  # fmt: skip

        self.change(act)

    def _on_move(self, keys: array[int], by: int) -> None:
        link = self._link
        if link.grid.view.sorted_by:
            link.grid.say(self._words("UG_NOT_WHILE_SORTED"))
            return
        form, owner, services = self._form, link.owner, self._session.services

        def act(store: WorkspaceStore) -> StepDone:
            return arranging.move_rows(
                store, form, owner, store.ids(form, keys), by, actor=services.actor,
                clock=services.clock,
            )  # fmt: skip

        def moved(done: StepDone) -> None:
            if done.number:
                link.choose_moved(keys)
            else:
                link.grid.say(self._words("UG_AT_EDGE"))

        self.change(act, moved)

    # -- afterwards ------------------------------------------------------------------------------------------------

    def _on_failed(self, error: Exception) -> None:
        self._link.grid.model.refresh()  # what was typed is not what is written
        self._session.runner.report(error)

    def _take(self, written: Written) -> None:
        if len(written.done.touched) > MOST_CHECKED:
            self._session.check_now()
            return
        self._waiting += written.found.items()
        self._take_some()

    def _take_some(self) -> None:
        """Take the findings of some rows; show them when all are taken."""
        some, self._waiting = self._waiting[:TAKEN_AT_ONCE], self._waiting[TAKEN_AT_ONCE:]
        self._session.problems.take_records(self._form, dict(some))
        if self._waiting:
            self._turn.start()
        elif some:
            self._link.show_problems()


def _checked(
    store: WorkspaceStore, form: str, done: StepDone, session: WorkspaceSession
) -> dict[RecordId, tuple[Finding, ...]]:
    touched = [record for of_form, record in done.touched if of_form == form]
    if len(touched) > MOST_CHECKED:
        return {}
    return check_rows(store, form, touched, clock=session.services.clock)
