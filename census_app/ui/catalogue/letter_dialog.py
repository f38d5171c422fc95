"""Write the receipt for a department's newest package, and with it what is asked: signed, into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.review import RECEIPT_STATUSES, ReceiptStatus
from census_app.errors import CensusError
from census_app.exchange.paper import short_groups
from census_app.services.overseeing import ReviewSummary
from census_app.services.reviewing import ReviewContent
from census_app.ui.catalogue.act_dialog import ActDialog, text_row
from census_app.ui.catalogue.facts import FactGrid, standing_row
from census_app.ui.catalogue.path_field import PathField
from census_app.ui.catalogue.review_session import LetterPlan, ReviewDesk
from census_app.ui.catalogue.standing import Standing
from census_app.ui.dialogs.messages import MessageDialog
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

LIST_LINES: Final = 4


class LetterDialog(ActDialog):
    """Verdict, note, what goes along, where to, and the passphrase of the daily key.

    Signals:
        written: The files, as a list of paths.
    """

    written = Signal(list)

    def __init__(
        self,
        desk: ReviewDesk,
        summary: ReviewSummary,
        words: Words,
        preferences: Preferences,
        parent: QWidget | None,
    ) -> None:
        super().__init__(words, words("CR_LETTER_TITLE", department=summary.name), parent, 680)
        self._desk, self._summary, self._preferences = desk, summary, preferences
        self._content: ReviewContent | None = None
        self.seen = frozenset(decision.id for decision in summary.said)
        self._statuses = QButtonGroup(self)
        self.review = QCheckBox(words("CR_LETTER_REVIEW_NONE"))
        self.review.setEnabled(False)
        self.says = page.label("", "hint", wrap=True)
        self.says.hide()
        self.queries = QListWidget()
        self.folder = PathField(words, words("CR_LETTER_FOLDER"))
        self.folder.edit.setText(preferences.text("letters") or preferences.text("answers"))
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self._build()
        desk.content_of_review(summary.department, self, self._on_content)

    def _build(self) -> None:
        words, newest = self.words, self._summary.newest
        if newest is not None:
            facts = words(
                "CR_LETTER_PACKAGE",
                number=newest.sequence,
                at=words.moment(newest.received_at),
                digest=short_groups(newest.identity, 4),
            )
            self.column.addWidget(FactGrid([(words("CR_LETTER_ABOUT"), facts)]))
        for decision in self._summary.said:
            said = words(
                "CR_LETTER_SAID_WHY" if decision.reason else "CR_LETTER_SAID",
                verdict=words(f"CR_VERDICT_{decision.choice}"),
                actor=decision.actor,
                at=words.moment(decision.created),
                reason=decision.reason,
            )
            self.column.addWidget(standing_row(Standing(said, Icon.INFO, "accent", 0), ""))
        row = QHBoxLayout()
        row.setSpacing(24)
        for number, status in enumerate(RECEIPT_STATUSES):
            radio = QRadioButton(words(f"CR_VERDICT_{status}"))
            radio.setAccessibleDescription(words(f"CR_VERDICT_{status}_TIP"))
            self._statuses.addButton(radio, number)
            row.addWidget(radio)
        row.addStretch(1)
        self._statuses.idToggled.connect(self._on_status)
        self.column.addLayout(row)
        self._tip = page.label("", "hint", wrap=True)
        self.column.addWidget(self._tip)
        self.note = text_row(self.column, words("CR_LETTER_NOTE"), lines=2)
        self.note.textChanged.connect(self.update_ready)
        self.column.addWidget(self.review)
        self.column.addWidget(self.says)
        self.queries.setAccessibleName(words("CR_LETTER_QUERIES"))
        self.queries.setSelectionMode(QListWidget.SelectionMode.NoSelection)
        self.queries.setFixedHeight(LIST_LINES * 28 + 4)
        self.queries.hide()
        self.column.addWidget(self.queries)
        self._add_signing()
        self.finish(words("CR_LETTER_VERB"), Icon.SHIELD)
        first = self._statuses.button(0)
        if first is not None:
            first.setChecked(True)
            first.setFocus()

    def _add_signing(self) -> None:
        words = self.words
        both = QHBoxLayout()
        both.setSpacing(16)
        left, right = QVBoxLayout(), QVBoxLayout()
        both.addLayout(left, 3)
        both.addLayout(right, 2)
        self.folder.add_to(left)
        add_row(right, words("CR_PASSPHRASE"), self.passphrase)
        self.column.addLayout(both)
        self.column.addWidget(page.label(words("CR_LETTER_SIGNED"), "hint", wrap=True))
        self.column.addStretch(1)
        self.folder.changed.connect(self.update_ready)
        self.passphrase.textChanged.connect(self.update_ready)

    @property
    def status(self) -> ReceiptStatus:
        """The chosen verdict."""
        return RECEIPT_STATUSES[max(0, self._statuses.checkedId())]

    def choose(self, status: ReceiptStatus) -> None:
        """Choose a verdict."""
        button = self._statuses.button(RECEIPT_STATUSES.index(status))
        if button is not None:
            button.setChecked(True)

    @override
    def ready(self) -> bool:
        note = bool(self.note.toPlainText().strip())
        said = note or self.status == "accepted"
        place = self.folder.path is not None and bool(self.passphrase.text())
        return said and place and self._content is not None and self._summary.newest is not None

    @override
    def act(self) -> None:
        newest, folder = self._summary.newest, self.folder.path
        if newest is None or folder is None:
            return
        plan = LetterPlan(
            self._summary.department,
            newest.identity,
            self.status,
            self.note.toPlainText(),
            self.review.isChecked(),
            folder,
            self.passphrase.text(),
            self.seen,
            self._content.mark if self._content is not None else "",
        )
        self._preferences.remember_text("letters", str(folder))
        title = self.words("CR_LETTER_WRITING")
        self._desk.write_letters(plan, self, self._on_written, self._on_failed, title)

    def _on_failed(self, error: Exception) -> None:
        """Say what went wrong; what a colleague has asked meanwhile is read before the button works again."""
        other = isinstance(error, CensusError) and error.code == "REVIEW_OTHER"
        if other:
            self._content = None
        self.fail(error)
        if other:
            self._desk.content_of_review(self._summary.department, self, self._on_content)

    def _on_written(self, paths: list[Path]) -> None:
        self.passphrase.clear()
        self.written.emit(paths)
        self.accept()

    def _on_status(self, _number: int, checked: bool) -> None:
        if checked:
            self._tip.setText(self.words(f"CR_VERDICT_{self.status}_TIP"))
            self.update_ready()

    def _on_content(self, content: ReviewContent) -> None:
        self._content = content
        closed = len(content.queries) - content.open
        if content:
            code = "CD_LETTER_REVIEW" if content.codes else "CR_LETTER_REVIEW"
            self.review.setText(self.words("CR_LETTER_REVIEW_ALSO"))
            self.says.setText(
                self.words(
                    code,
                    open=content.open,
                    closed=closed,
                    verdicts=len(content.verdicts),
                    codes=len(content.codes),
                )
            )
            self.says.show()
            # Who left it out goes on leaving it out when it is read again.
            if not self.review.isEnabled():
                self.review.setEnabled(True)
                self.review.setChecked(True)
        self.queries.clear()
        self.queries.addItems([q.text for q in content.queries if q.state == "open"])
        self.queries.setVisible(bool(content.open))
        self.update_ready()


class WrittenDialog(MessageDialog):
    """Says which files are to be copied to the stick, and what the other side does with them."""

    def __init__(
        self,
        words: Words,
        sentence: str,
        next_step: str,
        paths: Sequence[Path],
        parent: QWidget | None,
    ) -> None:
        super().__init__(words("CR_WRITTEN_TITLE"), parent, width=560)
        self._folder = paths[0].parent if paths else Path()
        self.column.addWidget(standing_row(Standing(sentence, Icon.CHECK, "good", 0)))
        for path in paths:
            self.column.addWidget(page.label(path.name, selectable=True, wrap=True))
        self.add_text(str(self._folder), "hint")
        self.add_text(next_step)
        opened = page.button(words("CAT_OPEN_FOLDER"), self._on_folder, symbol=Icon.FOLDER)
        self.buttons.addWidget(opened)
        self.buttons.addStretch(1)
        close = page.button(words("UI_CLOSE"), self.accept, "primary")
        close.setDefault(True)
        self.buttons.addWidget(close)
        self.finish()

    def _on_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._folder)))
