"""What is in the chosen snapshot, beside the list, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from census_app.formspec.model import FormSet
from census_app.services.backing_up import SnapshotView
from census_app.ui.department import backup_words
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words


class SnapshotDetail(QWidget):
    """Moment, reason, records of each form, last change; restore, look, copy."""

    def __init__(self, form_set: FormSet, words: Words) -> None:
        super().__init__()
        self._form_set, self._words = form_set, words
        self.restore = page.button(words("BK_RESTORE"), symbol=Icon.HISTORY)
        self.look = page.button(words("BK_LOOK"), symbol=Icon.SEARCH)
        self.copy = page.button(words("BK_SAVE_COPY"), symbol=Icon.EXPORT)
        self._facts = QScrollArea()
        self._facts.setWidgetResizable(True)
        self._facts.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._facts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._facts, 1)
        column.addWidget(self.restore)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.look, 1)
        row.addWidget(self.copy, 1)
        column.addLayout(row)
        self.setMinimumWidth(theme.DETAIL_WIDTH)
        self.show_view(None)

    def show_view(self, view: SnapshotView | None) -> None:
        """Show another snapshot, or none."""
        readable = view is not None and view.error is None
        for button in (self.restore, self.look, self.copy):
            button.setEnabled(readable)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 4, 8, 8)
        column.setSpacing(8)
        if view is not None:
            self._fill(column, view)
        column.addStretch(1)
        self._facts.setWidget(inner)

    def _fill(self, column: QVBoxLayout, view: SnapshotView) -> None:
        words, file, contents = self._words, view.file, view.contents
        moment = file.at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
        column.addWidget(page.label(moment, "section", selectable=True))
        why = f"{backup_words.reason(words, file.reason)} · {backup_words.size(file.bytes)}"
        column.addWidget(page.label(why, "hint"))
        if view.error is not None:
            told = words.explain(view.error)
            column.addWidget(page.label(told.what, "bad", wrap=True, selectable=True))
            return
        if contents is None:
            column.addWidget(page.label("…"))
            return
        column.addWidget(page.label(words("BK_DIFFERS"), "label"))
        column.addWidget(page.label(backup_words.tally(words, view.tally), "strong", wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        labels = {form.id: form.label.get(words.language) for form in self._form_set.forms}
        for row, (form, count) in enumerate(contents.counts.items()):
            grid.addWidget(page.label(labels.get(form, form), "text2"), row, 0)
            number = page.label(words.count(count))
            number.setAlignment(Qt.AlignmentFlag.AlignRight)
            grid.addWidget(number, row, 1)
        column.addLayout(grid)
        column.addWidget(page.line())
        at, who = words.moment(contents.changed_at), contents.changed_by
        last = words("BK_LAST_CHANGE", at=at, who=who) if who else words("BK_LAST_CHANGED", at=at)
        column.addWidget(page.label(last, "hint", wrap=True))
        column.addWidget(
            page.label(words("BK_HANDED_IN", count=contents.packages), "hint", wrap=True)
        )
