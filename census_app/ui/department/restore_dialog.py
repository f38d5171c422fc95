"""What restoring a snapshot would do, record by record, before it is done."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from census_app.domain.safekeeping import RecordDifference, Tally
from census_app.formspec.model import FormSet
from census_app.services.backing_up import RestorePreview
from census_app.ui.department import backup_words
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

_SIGNS = {
    "+": ("BK_SIGN_BACK", Icon.ADD, "good"),
    "-": ("BK_SIGN_GONE", Icon.DELETE, "bad"),
    "~": ("BK_SIGN_CHANGED", Icon.REFRESH, "warn"),
}
_ORDER = "-~+"


class RestoreDialog(QDialog):
    """Figures, every record that would differ, what stays; accepting restores."""

    def __init__(
        self,
        preview: RestorePreview,
        form_set: FormSet,
        words: Words,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.preview = preview
        self._form_set, self._words = form_set, words
        file, contents = preview.view.file, preview.view.contents
        at = file.at.astimezone().strftime("%Y-%m-%d %H:%M")
        title = words("BK_RESTORE_TITLE", at=at)
        self.setWindowTitle(title)
        self.resize(820, 600)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 16)
        column.setSpacing(12)
        column.addWidget(page.label(title, "title"))
        lead = words(
            "BK_RESTORE_LEAD",
            why=backup_words.reason(words, file.reason),
            count=words.count(contents.records if contents is not None else 0),
        )
        column.addWidget(page.label(lead, wrap=True))
        tally = preview.view.tally
        self.same = preview.comparable and not tally
        if preview.comparable:
            column.addLayout(self._figures(tally or Tally()))
        else:
            column.addWidget(page.label(words("BK_RESTORE_OTHER_FORMS"), "warn", wrap=True))
        self.model = TextTableModel(self._headings(), self)
        ordered = sorted(preview.differences, key=lambda d: _ORDER.index(d.sign))
        self.model.show_rows([self._row(each) for each in ordered])
        self.table = text_table(self.model, words("BK_DIFFERENCES"))
        if self.same:
            column.addWidget(page.EmptyState(words("BK_RESTORE_SAME"), symbol=Icon.CHECK), 1)
        elif preview.comparable:
            column.addWidget(self.table, 1)
        else:
            column.addStretch(1)
        column.addWidget(page.label(words("BK_RESTORE_SAFE"), "hint", wrap=True))
        stay = page.button(words("UI_CANCEL"), self.reject)
        stay.setDefault(True)
        self.restore = page.button(words("BK_RESTORE_NOW"), self.accept, "primary")
        self.restore.setEnabled(not self.same)
        column.addLayout(page.last_row(stay, self.restore))
        stay.setFocus()

    def _headings(self) -> list[Heading]:
        words = self._words
        return [
            Heading(words("BK_WHAT"), 110),
            Heading(words("UI_COL_KIND"), 150),
            Heading(words("BK_RECORD")),
            Heading(words("BK_FIELDS"), 240),
        ]

    def _figures(self, tally: Tally) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        for code, number in (
            ("BK_FIGURE_BACK", tally.back),
            ("BK_FIGURE_GONE", tally.gone),
            ("BK_FIGURE_CHANGED", tally.changed),
        ):
            card = page.Card()
            card.body.setSpacing(0)
            card.body.addWidget(page.label(words(code), "label"))
            card.body.addWidget(page.label(words.count(number), "figure"))
            row.addWidget(card, 1)
        return row

    def _row(self, each: RecordDifference) -> tuple[Cell | str, ...]:
        words = self._words
        code, symbol, tone = _SIGNS[each.sign]
        form = self._form_set.form(each.form)
        names = {f.id: f.label.get(words.language) for f in form.field}
        title = each.title or words("BK_NAMELESS")
        return (
            Cell(words(code), symbol, tone),
            form.label.get(words.language),
            f"{each.owner} › {title}" if each.owner else title,
            words("UI_JOINT").join(names.get(f, f) for f in each.fields),
        )
