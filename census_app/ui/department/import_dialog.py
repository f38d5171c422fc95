"""Import Excel lists: choose or drop files, see what would change, then write it; one undo takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from census_app.errors import CensusError
from census_app.services.importing import ImportDone, ImportPlan
from census_app.services.remembered_columns import questions_of
from census_app.ui.department.headers_dialog import HeadersDialog
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.workbook_acts import ask_healed_path, write_healed
from census_app.ui.dialogs.messages import ErrorDialog
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.drop import DropArea
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.services.healing import Healed

SUFFIXES = (".xlsx", ".xls", ".csv")
_NAMED = 3  # forms that the button names


class ImportDialog(QDialog):
    """Files, preview, done.

    Signals:
        imported: `ImportDone`, after it was written.
        template_wanted: The person has no list yet and wants the template.

    Attributes:
        healed: The workbook with the problems marked, once it is written.
    """

    imported = Signal(object)
    template_wanted = Signal()

    def __init__(
        self,
        session: WorkspaceSession,
        words: Words,
        parent: QWidget | None = None,
        folder: str = "",
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._words = words
        self._paths: list[Path] = []
        self._same_unit: list[str] = []
        self._as_own: list[str] = []
        self._plan: ImportPlan | None = None
        self._heal_path: Path | None = None
        self.healed: Healed | None = None
        self.setWindowTitle(words("UI_IMPORT_TITLE"))
        self.resize(880, 600)
        self.drop = DropArea(words, words("UI_IMPORT_DROP"), SUFFIXES, words("UI_EXCEL_FILES"))
        self.drop.folder = folder
        self.drop.files_chosen.connect(self.take_files)
        self.drop.others_dropped.connect(self._on_others)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._files_page())
        self._stack.addWidget(self._preview_page())
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        self._title = page.label(words("UI_IMPORT_TITLE"), "title")
        self._files = page.label("", "hint", wrap=True)
        column.addWidget(self._title)
        column.addWidget(self._files)
        column.addWidget(self._stack, 1)
        column.addLayout(self._buttons())
        self._show_stage()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _files_page(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.drop, 1)
        column.addWidget(page.label(self._words("UI_IMPORT_SAFE"), "hint", wrap=True))
        row = QHBoxLayout()
        self.template = page.button(
            self._words("UI_TEMPLATE_OFFER"), self.template_wanted.emit, "link"
        )
        row.addWidget(self.template)
        row.addStretch(1)
        column.addLayout(row)
        return holder

    def _preview_page(self) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(self._counts_row())
        self._by_form = page.label("", "hint", wrap=True)
        column.addWidget(self._by_form)
        self._foreign = QCheckBox()
        self._foreign.toggled.connect(self._on_foreign)
        column.addWidget(self._foreign)
        self._elsewhere = page.label("", "warn", wrap=True)
        column.addWidget(self._elsewhere)
        self.as_own_box = QCheckBox()
        self.as_own_box.toggled.connect(self._on_as_own)
        column.addWidget(self.as_own_box)
        column.addWidget(self._details(), 1)
        below = QHBoxLayout()
        below.setSpacing(12)
        self.heal_box = QCheckBox(self._words("UI_HEAL"))
        below.addWidget(self.heal_box)
        below.addStretch(1)
        self.columns_button = page.button("", self._on_columns, "link")
        below.addWidget(self.columns_button)
        column.addLayout(below)
        return holder

    def _counts_row(self) -> QHBoxLayout:
        """Return a card for each count; the values to look at can be seen from theirs."""
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        self._counts = {}
        for code in ("UI_NEW", "UI_CHANGED_N", "UI_UNCHANGED", "UI_UNFIT", "UI_REJECTED"):
            card = page.Card()
            card.body.setSpacing(0)
            figure = page.label("0", "figure")
            card.body.addWidget(page.label(words(code), "label"))
            beside = QHBoxLayout()
            beside.addWidget(figure)
            beside.addStretch(1)
            card.body.addLayout(beside)
            if code == "UI_UNFIT":
                self.see_unfit = page.button(words("UI_UNFIT_SEE"), self._on_unfit, "link")
                beside.addWidget(self.see_unfit)
            card.setToolTip(words(f"{code}_TIP"))
            self._counts[code] = figure
            row.addWidget(card, 1)
        return row

    def _details(self) -> QTabWidget:
        """Return what the counts stand for, a page each."""
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        kept = self.tabs.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.tabs.setSizePolicy(kept)
        self.tabs.tabBar().setAccessibleName(self._words("UI_PREVIEW"))
        self._pages: dict[str, QWidget] = {}
        self._tables = self._table(
            "UI_TAB_TABLES", ("UI_COL_FILE", 180), ("UI_COL_SHEET", 130),
            ("UI_COL_TEMPLATE", 264), ("UI_COL_RECORDS", 80, True), ("UI_COL_UNMATCHED", 0),
        )  # fmt: skip
        self._rejected = self._table(
            "UI_REJECTED", ("UI_COL_FILE", 160), ("UI_COL_SHEET", 110), ("UI_COL_CELL", 64),
            ("UI_COL_FOUND", 160), ("UI_COL_EXPECTED", 0),
        )  # fmt: skip
        self._changed = self._table(
            "UI_CHANGED_N", ("UI_COL_RECORD", 200), ("UI_COL_FIELD", 150), ("UI_COL_OLD", 200),
            ("UI_COL_NEW", 0),
        )  # fmt: skip
        self._heard = self._table(
            "UI_TAB_UNDERSTOOD", ("UI_COL_FIELD", 180), ("UI_COL_FOUND", 220),
            ("UI_COL_MEANS", 0), ("UI_COL_TIMES", 72, True),
        )  # fmt: skip
        self.notes = self._table(
            "UI_TAB_NOTES", ("UI_COL_FILE", 140), ("UI_COL_SHEET", 90), ("UI_COL_CELL", 56),
            ("UI_COL_TOLD", 0), ("UI_COL_TIMES", 72, True),
        )  # fmt: skip
        self.unfit = self._table(
            "UI_UNFIT", ("UI_COL_FILE", 150), ("UI_COL_SHEET", 110), ("UI_COL_CELL", 64),
            ("UI_COL_FIELD", 150), ("UI_COL_FOUND", 170), ("UI_COL_NEAREST", 0),
        )  # fmt: skip
        return self.tabs

    def _table(self, title: str, *headings: tuple[object, ...]) -> TextTableModel:
        words = self._words
        model = TextTableModel(
            [Heading(words(str(h[0])), int(str(h[1])), right=len(h) > 2) for h in headings],
            self,
        )
        self._pages[title] = text_table(model, words(title))
        self.tabs.addTab(self._pages[title], words(title))
        return model

    def _buttons(self) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        self._other = page.button(words("UI_OTHER_FILES"), self._on_other_files, symbol=Icon.FOLDER)
        row.addWidget(self._other)
        row.addStretch(1)
        row.addWidget(page.button(words("UI_CANCEL"), self.reject))
        self.apply_button = page.button(words("UI_IMPORT_APPLY"), self.apply, "primary")
        self.apply_button.setDefault(True)
        row.addWidget(self.apply_button)
        return row

    # -- doing -----------------------------------------------------------------------------------------------------

    def take_files(self, paths: Sequence[Path]) -> None:
        """Read files and show what importing them would do."""
        self._paths = list(paths)
        self._same_unit, self._as_own = [], []
        with QSignalBlocker(self.as_own_box):
            self.as_own_box.setChecked(False)
        self._read()

    def apply(self) -> None:
        """Write what the preview shows."""
        if self._plan is not None:
            if self.heal_box.isChecked() and self.heal_box.isVisible():
                self._heal_path = ask_healed_path(self._plan.files[0], self._words, self)
                if self._heal_path is None:
                    return
            self.apply_button.setEnabled(False)
            title = self._words("UI_IMPORTING")
            self._session.apply_import(self._plan, self, self._on_done, title)

    @property
    def plan(self) -> ImportPlan | None:
        """What the preview shows."""
        return self._plan

    def _read(self) -> None:
        title = self._words("UI_READING")
        self._session.plan_import(
            self._paths,
            {},
            self._same_unit,
            self._as_own,
            self,
            self._on_plan,
            self._on_failed,
            title,
        )

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, CensusError):
            raise error
        self._plan = None
        self._show_stage()
        ErrorDialog(self._words, error, self).exec()

    def _on_plan(self, plan: ImportPlan) -> None:
        self._plan = plan
        words, language = self._words, self._words.language
        numbers = (plan.new, plan.changed, plan.unchanged, plan.unfit, len(plan.rejected))
        for figure, number in zip(self._counts.values(), numbers, strict=True):
            figure.setText(words.count(number))
        form_set = self._session.form_set
        parts = []
        for form_id, counts in plan.counts.items():
            form = form_set.form(form_id)
            label = (form.plural or form.label).get(language)
            parts.append(
                words("UI_IMPORT_FORM", form=label, new=counts.new, changed=counts.changed)
            )
        self._by_form.setText("    ".join(parts))
        self._by_form.setVisible(bool(parts))
        self._tables.show_rows(
            [
                (t.file, t.sheet, t.template[language], words.count(t.records), self._unmatched(t.unmatched))
                for t in plan.tables
            ]
        )  # fmt: skip
        self._rejected.show_rows(
            [
                (r.file, r.sheet, r.cell, r.found, Cell(r.expected[language], Icon.ERROR, "bad"))
                for r in plan.rejected
            ]
        )
        rows = []
        for change in plan.changed_values:
            field = form_set.form(change.form).field_by_id(change.field)
            rows.append((change.title, field.label.get(language), change.old or "—", change.new))
        self._changed.show_rows(rows)
        self._heard.show_rows([(f, g, m, words.count(n)) for f, g, m, n in plan.understood])
        self.notes.show_rows(
            [
                (
                    p.get("file", ""),
                    p.get("sheet", ""),
                    p.get("cell", ""),
                    words(code, **p),
                    words.count(n),
                )
                for code, p, n in plan.told
            ]
        )
        self.unfit.show_rows(
            [
                (u.file, u.sheet, u.cell, u.field[language], Cell(u.found, Icon.ALERT, "warn"), u.nearest or "—")
                for u in plan.unfit_values
            ]
        )  # fmt: skip
        self.see_unfit.setVisible(bool(plan.unfit))
        self._show_offers(plan)
        self._show_tabs(plan)
        self._show_foreign(plan)
        self._show_elsewhere(plan)
        self._show_stage()

    def _show_offers(self, plan: ImportPlan) -> None:
        questions = questions_of(plan)
        self.columns_button.setVisible(bool(questions))
        self.columns_button.setText(self._words("UI_HEADERS_ASK", count=len(questions)))
        self.heal_box.setVisible(len(plan.files) == 1 and not plan.elsewhere)

    def _on_columns(self) -> None:
        """Ask what the unknown columns are, remember it, and read the files again."""
        if self._plan is None:
            return
        questions = questions_of(self._plan)
        dialog = HeadersDialog(questions, self._session.form_set, self._words, self)
        if dialog.exec() == QDialog.DialogCode.Accepted:
            for shape, columns in dialog.answers().items():
                self._session.remembered_columns.remember(shape, columns)
            self._read()
        dialog.deleteLater()

    def _unmatched(self, headers: Sequence[str]) -> Cell:
        if not headers:
            return Cell(self._words("UI_ALL_COLUMNS"), Icon.CHECK, "good")
        return Cell(self._words.listed(headers), Icon.ALERT, "warn")

    def _show_tabs(self, plan: ImportPlan) -> None:
        counts = {
            "UI_TAB_TABLES": len(plan.tables),
            "UI_REJECTED": len(plan.rejected),
            "UI_CHANGED_N": len(plan.changed_values),
            "UI_TAB_UNDERSTOOD": len(plan.understood),
            "UI_TAB_NOTES": len(plan.told),
            "UI_UNFIT": plan.unfit,
        }
        for title, shown in self._pages.items():
            index, count = self.tabs.indexOf(shown), counts[title]
            self.tabs.setTabText(index, f"{self._words(title)} {self._words.count(count)}")
            self.tabs.setTabVisible(index, bool(count))
        self.tabs.setVisible(any(counts.values()))

    def _show_foreign(self, plan: ImportPlan) -> None:
        names = list(plan.foreign_units)
        self._foreign.setVisible(bool(names or self._same_unit))
        if names:
            own = self._session.facts.department_name
            shown = self._words.listed(names[:3]) + ("…" if len(names) > 3 else "")
            self._foreign.setText(self._words("UI_SAME_UNIT", names=shown, own=own))

    def _show_elsewhere(self, plan: ImportPlan) -> None:
        """Say which templates are others', and offer to take them all the same."""
        words, own = self._words, self._session.facts.department_name
        told = (words(each.code, **each.params) for each in plan.elsewhere)
        self._elsewhere.setText("\n".join([*told, words("UI_TEMPLATE_ELSEWHERE")]))
        self._elsewhere.setVisible(bool(plan.elsewhere))
        self.as_own_box.setText(words("UI_TEMPLATE_AS_OWN", own=own))
        self.as_own_box.setVisible(bool(plan.elsewhere or self._as_own))

    def _on_as_own(self, checked: bool) -> None:
        if self._plan is None:
            return
        left = self._plan.elsewhere
        self._as_own = [mark for each in left for mark in each.marks] if checked else []
        self._read()

    def _on_foreign(self, checked: bool) -> None:
        if self._plan is None:
            return
        self._same_unit = list(self._plan.foreign_units) if checked else []
        self._read()

    def _show_stage(self) -> None:
        words, plan = self._words, self._plan
        self._stack.setCurrentIndex(0 if plan is None else 1)
        self._other.setVisible(plan is not None)
        self.apply_button.setVisible(plan is not None)
        names = self._words.listed(p.name for p in self._paths)
        self._files.setText(names if plan is not None else words("UI_IMPORT_KNOWN"))
        if plan is not None:
            writes = plan.new + plan.changed
            self.apply_button.setEnabled(bool(writes))
            self.apply_button.setText(
                self._writes(plan) if writes else words("UI_IMPORT_NO_CHANGE")
            )
            if writes and not self.tabs.isAncestorOf(self.focusWidget()):
                self.apply_button.setFocus()  # Enter does what the preview offers, wherever one had been before

    def _writes(self, plan: ImportPlan) -> str:
        """Return what would be written, form by form: the first ones by name, the others together."""
        words, form_set = self._words, self._session.form_set
        written = [(f, c.new + c.changed) for f, c in plan.counts.items() if c.new + c.changed]
        parts = [
            words(
                "UI_IMPORT_OF_FORM",
                count=words.count(count),
                form=form_set.form(form).label.get(words.language),
            )
            for form, count in written[:_NAMED]
        ]
        rest = sum(count for _form, count in written[_NAMED:])
        if rest:
            parts.append(words("UI_IMPORT_OF_OTHERS", count=words.count(rest)))
        return words("UI_IMPORT_APPLY_N", what=words("LIST_JOINT").join(parts))

    def _on_unfit(self) -> None:
        self.tabs.setCurrentWidget(self._pages["UI_UNFIT"])
        table = self.tabs.currentWidget()
        if table is not None:
            table.setFocus()

    def _on_other_files(self) -> None:
        self.drop.choose_files()

    def _on_others(self, names: Sequence[str]) -> None:
        self._files.setText(self._words("UI_NOT_EXCEL", names=self._words.listed(names)))

    def _on_done(self, done: ImportDone) -> None:
        if self._heal_path is None:
            self._finish(done)
            return

        def written(healed: Healed) -> None:
            self.healed = healed
            self._finish(done)

        def failed(error: Exception) -> None:
            # The import stands; only the workbook could not be written.
            if not isinstance(error, CensusError):
                raise error
            ErrorDialog(self._words, error, self).exec()
            self._finish(done)

        write_healed(self._session, done.plan, self._heal_path, self._words, self, written, failed)

    def _finish(self, done: ImportDone) -> None:
        self.imported.emit(done)
        self.accept()
