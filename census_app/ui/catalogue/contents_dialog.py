"""Look into a package that is kept but not merged: its records and what they say."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.types import Context, NoRecords, format_value
from census_app.services.ports import PackageFacts
from census_app.services.previewing import PackageContents, PackagedRecord
from census_app.ui.catalogue.decision_session import DecisionDesk
from census_app.ui.catalogue.facts import FactGrid, SidePanel
from census_app.ui.catalogue.tables import Column, SortableTable
from census_app.ui.models.text_table import Heading
from census_app.ui.shell import page
from census_app.ui.shell.translation import Words


class ContentsDialog(QDialog):
    """Records at the left, the fields of the chosen one at the right; nothing can be changed."""

    def __init__(
        self, desk: DecisionDesk, package: PackageFacts, words: Words, parent: QWidget | None
    ) -> None:
        super().__init__(parent)
        self._words = words
        self._forms = {form.id: form for form in desk.session.form_set.forms}
        form_set = desk.session.form_set
        self._context = Context(form_set, ChoiceIndex(form_set), NoRecords(), words.language)
        self.setWindowTitle(words("CR_CONTENTS_TITLE", name=package.name))
        self.resize(960, 560)
        self.table: SortableTable[PackagedRecord] = SortableTable(
            self._columns(), lambda r: (r.form, r.record), words("CR_CONTENTS_TABLE")
        )
        self.panel = SidePanel(words("CAT_NOTHING_CHOSEN"))
        self._note = page.label(words("CR_CONTENTS_WHY"), "hint", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        title = words("CR_CONTENTS_TITLE", name=package.name)
        column.addWidget(page.label(title, "section", wrap=True))
        column.addWidget(self._note)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.table)
        split.addWidget(self.panel)
        split.setSizes([460, 440])
        column.addWidget(split, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        close = page.button(words("UI_CLOSE"), self.accept, "primary")
        close.setDefault(True)
        row.addWidget(close)
        column.addLayout(row)
        self.table.chosen.connect(self._on_chosen)
        desk.contents(package, self, self._on_contents, words("CR_CONTENTS_READING"))

    def _columns(self) -> list[Column[PackagedRecord]]:
        words = self._words
        return [
            Column(Heading(words("CR_COL_FORM"), 140), self._form, self._form),
            Column(
                Heading(words("CR_COL_RECORD")),
                lambda r: r.title or words("CAT_NO_NAME"),
                lambda r: r.title,
            ),
            Column(
                Heading(words("CR_COL_OPERATION"), 72),
                lambda r: words(f"CR_OPERATION_{r.operation}"),
                lambda r: r.operation,
            ),
        ]

    def _form(self, row: PackagedRecord) -> str:
        return self._forms[row.form].label.get(self._words.language)

    def _on_contents(self, contents: PackageContents) -> None:
        self.table.show_rows(contents.records)
        self.table.choose_first()
        hidden = contents.total - len(contents.records)
        if hidden:
            self._note.setText(self._words("CR_CONTENTS_MORE", count=hidden))

    def _on_chosen(self, row: PackagedRecord) -> None:
        form, language = self._forms[row.form], self._words.language
        context = self._context.beside(row.values)
        facts = [
            (field.label.get(language), format_value(row.values[field.id], field, context))
            for field in form.stored_fields
            if field.id in row.values
        ]
        title = page.label(row.title or self._words("CAT_NO_NAME"), "strong", wrap=True)
        self.panel.show_parts([title, FactGrid(facts)])
