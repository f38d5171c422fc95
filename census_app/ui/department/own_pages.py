"""The pages of steps that ask something about each record; made when they are first looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from census_app.domain.records import RecordId
from census_app.ui.department.clearing_page import ClearingPage
from census_app.ui.department.delta_page import DeltaPage
from census_app.ui.department.steps import CLEARING

if TYPE_CHECKING:
    from census_app.ui.department.window import DepartmentWindow


def make_own_page(window: DepartmentWindow, step: str) -> QWidget:
    """Return the page of a step, wired to the window."""
    links = _Links(window)
    if step == CLEARING:
        clearing = ClearingPage(window.session, window.words)
        clearing.record_wanted.connect(links.show_record)
        clearing.systems_wanted.connect(links.show_systems)
        links.setParent(clearing)
        return clearing
    delta = DeltaPage(window.session, window.words)
    delta.record_wanted.connect(links.show_record)
    links.setParent(delta)
    return delta


class _Links(QObject):
    """Leads from a page to records elsewhere in the window."""

    def __init__(self, window: DepartmentWindow) -> None:
        super().__init__()
        self._window = window

    def show_record(self, form: str, record: str, field: str) -> None:
        """Show a record on the page where its form is."""
        title = self._window.session.form_set.form(form).title
        self._window.show_record(form, RecordId(record), field or title)

    def show_systems(self) -> None:
        """Show the list of systems."""
        self._window.show_form(self._window.session.form_set.by_role("system_name")[0].id)
