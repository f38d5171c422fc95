"""The departments: keys with their fingerprints, packages, and the way to enrol one more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from census_app.services.ports import RosterEntry
from census_app.ui.catalogue.arrival_detail import carried
from census_app.ui.catalogue.enrol_dialog import EnrolDialog
from census_app.ui.catalogue.facts import FactGrid, SidePanel, beside, grouped, standing_row
from census_app.ui.catalogue.session import CatalogueSession, CatalogueState, KeyFacts
from census_app.ui.catalogue.standing import Standing, department_standing, package_standing
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.catalogue.writing import writes
from census_app.ui.models.text_table import Heading
from census_app.ui.shell import page
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

PANEL = 420
KEY_GROUPS = 8


class DepartmentsPage(QWidget):
    """Roster at the left, the chosen department at the right.

    Signals:
        records_wanted: code of the department whose records are wanted.
        bundle_wanted: The person wants to sign a trust bundle.
    """

    records_wanted = Signal(str)
    bundle_wanted = Signal()

    def __init__(self, session: CatalogueSession, words: Words, preferences: Preferences) -> None:
        super().__init__()
        self._session, self._words, self._preferences = session, words, preferences
        self._wanted = ""
        self.table: SortableTable[RosterEntry] = SortableTable(
            self._columns(), lambda entry: entry.code, words("CAT_ROSTER")
        )
        self.panel = SidePanel(words("CAT_NOTHING_CHOSEN"))
        self.enrol = page.button(words("CAT_ENROL"), self.open_enrolment, "primary", Icon.KEY)
        self.head = page.PageHead(words("CAT_DEPARTMENTS"), [self.enrol])
        self._stack = QStackedWidget()
        self._build()
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._on_opened)
        session.loaded.connect(self._on_loaded)

    def writing_controls(self) -> list[QWidget]:
        """Return what changes the catalogue."""
        return [self.enrol]

    def show_department(self, code: str) -> None:
        """Choose a department."""
        if not self.table.choose(code):
            self._wanted = code

    def open_enrolment(self) -> None:
        """Open the dialog that issues a certificate."""
        self._enrolment()

    def answer_request(self, request: Path) -> None:
        """Open the dialog with a request that came."""
        self._enrolment().request.edit.setText(str(request))

    def _enrolment(self) -> EnrolDialog:
        dialog = EnrolDialog(self._session, self._words, self._preferences, self)
        dialog.enrolled.connect(self._on_enrolled)
        dialog.bundle_wanted.connect(self.bundle_wanted)
        dialog.open()
        return dialog

    def _build(self) -> None:
        words = self._words
        split = beside(self.table, self.panel, (700, PANEL))
        self._stack.addWidget(split)
        self._stack.addWidget(
            writes(
                page.EmptyState(
                    words("CAT_NO_DEPARTMENTS"),
                    [(words("CAT_ENROL"), self.open_enrolment)],
                    Icon.BUILDING,
                    words("CAT_NO_DEPARTMENTS_TIP"),
                )
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)

    def _columns(self) -> Sequence[Column[RosterEntry]]:
        words = self._words
        return [
            Column(Heading(words("CAT_COL_DEPARTMENT")), lambda e: e.name, lambda e: e.name),
            Column(Heading(words("CAT_CODE"), 176), lambda e: e.code, lambda e: e.code),
            Column(
                Heading(words("CAT_COL_STATE"), 210),
                lambda e: department_standing(e, words).cell(),
                lambda e: department_standing(e, words).rank,
            ),
        ]

    # -- events ----------------------------------------------------------------------------------------------------

    def _on_loaded(self, state: CatalogueState) -> None:
        self.table.show_rows(state.roster)
        self._stack.setCurrentIndex(0 if state.roster else 1)
        self.enrol.setVisible(bool(state.roster))
        self.head.set_note(self._words("CAT_DEPARTMENT_COUNT", count=len(state.roster)))
        if self._wanted and self.table.choose(self._wanted):
            self._wanted = ""
        self.table.choose_first()
        current = self.table.current()
        if current is not None:
            self._on_chosen(current)

    def _on_enrolled(self, code: str) -> None:
        self._wanted = code
        self._session.refresh()

    def _on_opened(self, entry: RosterEntry) -> None:
        self.records_wanted.emit(entry.code)

    def _on_chosen(self, entry: RosterEntry) -> None:
        state, words = self._session.state, self._words
        if state is None:
            return
        parts: list[QWidget] = [
            page.label(entry.name, "section", wrap=True, selectable=True),
            standing_row(department_standing(entry, words), ""),
            FactGrid(
                [
                    (words("CAT_CODE"), entry.code),
                    (words("CAT_COL_LAST"), words.moment(entry.last_received) or "—"),
                    (words("CAT_HOLDS"), self._holds(entry)),
                ]
            ),
        ]
        if entry.head_sequence:
            parts.append(page.button(words("CAT_TO_RECORDS"), self._on_records, symbol=Icon.TREE))
        parts += self._key_parts(self._session.keys_of(entry.code))
        parts += self._package_parts(state, entry)
        self.panel.show_parts(parts)

    def _holds(self, entry: RosterEntry) -> str:
        counts = {form: {"put": number} for form, number in entry.counts.items()}
        return carried(counts, self._session.form_set, self._words)

    def _on_records(self) -> None:
        entry = self.table.current()
        if entry is not None:
            self.records_wanted.emit(entry.code)

    # -- panel -----------------------------------------------------------------------------------------------------

    def _key_parts(self, keys: Sequence[KeyFacts]) -> list[QWidget]:
        words = self._words
        parts: list[QWidget] = [page.line(), page.label(words("CAT_KEYS"), "strong")]
        for key in keys:
            parts += self._one_key(key)
        if not keys:
            parts.append(page.label(words("CAT_NO_KEY"), "hint", wrap=True))
        return parts

    def _one_key(self, key: KeyFacts) -> list[QWidget]:
        words = self._words
        facts = [
            (words("CAT_FINGERPRINT"), grouped(key.fingerprint, KEY_GROUPS)),
            (words("CAT_ISSUED"), words.moment(key.issued_at)),
        ]
        if not key.revoked:
            return [FactGrid([*facts, (words("CAT_VALID_UNTIL"), key.not_after[:10])])]
        gone = Standing(words("CT_CERT_revoked"), Icon.ERROR, "bad", 0)
        return [standing_row(gone, ""), FactGrid(facts)]

    def _package_parts(self, state: CatalogueState, entry: RosterEntry) -> list[QWidget]:
        words = self._words
        packages = state.packages_of(entry.code)
        parts: list[QWidget] = [page.line(), page.label(words("CAT_PACKAGES"), "strong")]
        for package in packages:
            standing = package_standing(package.state, words)
            text = words(
                "CAT_PACKAGE_LINE",
                number=package.sequence,
                at=words.moment(package.received_at),
                state=standing.text,
            )
            parts.append(standing_row(replace(standing, text=text), ""))
        if not packages:
            parts.append(page.label(words("CAT_NO_PACKAGES"), "hint", wrap=True))
        return parts
