"""Hand a city's catalogue up: enrol with the province, write the roll-up, see what came back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.exchange.paper import short_groups
from census_app.services.applying import Applied
from census_app.services.enrolling import Enrolment
from census_app.services.rolling_up import RollupWritten
from census_app.services.upper_letters import RollupShown, UpperReply
from census_app.ui.catalogue.act_dialog import ActDialog, clear
from census_app.ui.catalogue.daily_key_dialogs import is_body_code
from census_app.ui.catalogue.facts import standing_row
from census_app.ui.catalogue.letter_dialog import WrittenDialog
from census_app.ui.catalogue.path_field import PathField
from census_app.ui.catalogue.standing import Standing
from census_app.ui.catalogue.stick_dialog import NewPassphrase, secret
from census_app.ui.catalogue.trust_session import TrustDesk, UpperState
from census_app.ui.catalogue.trust_words import applied_text
from census_app.ui.department.algorithm_box import AlgorithmBox
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

UPPER = "upper"
_RECEIPTS = {
    "accepted": (Icon.CHECK, "good"),
    "accepted_with_comments": (Icon.CHECK, "good"),
    "returned": (Icon.ALERT, "bad"),
}


class UpperDialog(ActDialog):
    """First asks for what the request needs; once there is a key, for what the roll-up needs.

    Signals:
        handed_up: `RollupWritten`.
    """

    handed_up = Signal(object)

    def __init__(
        self,
        desk: TrustDesk,
        code: str,
        words: Words,
        preferences: Preferences,
        parent: QWidget | None,
    ) -> None:
        super().__init__(words, words("CT_UPPER_TITLE"), parent, 720)
        self._desk, self._preferences = desk, preferences
        self.state: UpperState | None = None
        self.written: QDialog | None = None
        self._done = False
        self.code = QLineEdit(code)
        self.new = NewPassphrase(words, words("CT_UPPER_NEW_PASSPHRASE"))
        self.algorithm = AlgorithmBox(words)
        self.passphrase = secret()
        self.folder = PathField(words, words("UI_FOLDER"))
        self.folder.edit.setText(preferences.text(UPPER))
        self.model = TextTableModel(
            [
                Heading(words("CT_UPPER_NUMBER"), 64, right=True),
                Heading(words("CT_UPPER_AT"), 96),
                Heading(words("CT_UPPER_DIGEST"), 150),
                Heading(words("CT_UPPER_REPLY")),
            ],
            self,
        )
        self._first, self._then = self._asking(), self._handing()
        self._build()
        desk.upper_state(self, self._on_state)

    def _build(self) -> None:
        words = self.words
        self.column.addWidget(page.label(words("CT_UPPER_LEAD"), "hint", wrap=True))
        self._state = QVBoxLayout()
        self._state.setSpacing(4)
        self.column.addLayout(self._state)
        self._then.hide()
        self.column.addWidget(self._first)
        self.column.addWidget(self._then, 1)
        self.folder.add_to(self.column)
        self.column.addStretch(0)
        take = page.button(words("CT_UPPER_TAKE"), self._on_take, symbol=Icon.IMPORT)
        self.take = take
        self.buttons.addWidget(take)
        self.renew = page.button(words("CT_UPPER_NEW_KEY"), self._on_renew)
        self.buttons.addWidget(self.renew)
        for line in (self.code, self.new.first, self.new.again, self.passphrase, self.folder.edit):
            line.textChanged.connect(self.update_ready)
        self.finish(words("CT_UPPER_ASK"), Icon.EXPORT)
        before = self.buttons.itemAt(self.buttons.count() - 2)
        leave = before.widget() if before is not None else None
        if isinstance(leave, QPushButton):
            leave.setText(words("UI_CLOSE"))  # what was done is done; nothing is left to cancel

    def _asking(self) -> QWidget:
        words = self.words
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        row = QHBoxLayout()
        row.setSpacing(16)
        add_row(row, words("CT_UPPER_CODE"), self.code, hint=words("CT_UPPER_CODE_HINT"))
        told = (words("CT_UPPER_ALGORITHM_HINT"), self.algorithm.note)
        hint = "\n".join(filter(None, told))
        add_row(row, words("UI_ALGORITHM"), self.algorithm, hint=hint)
        column.addLayout(row)
        column.addWidget(self.new)
        column.addStretch(1)
        return holder

    def _handing(self) -> QWidget:
        words = self.words
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        view = text_table(self.model, words("CT_UPPER_ROLLUPS"))
        view.setMinimumHeight(150)
        self._none = page.label(words("CT_UPPER_NONE"), "hint", wrap=True)
        column.addWidget(page.label(words("CT_UPPER_ROLLUPS"), "strong"))
        column.addWidget(self._none)
        column.addWidget(view, 1)
        add_row(column, words("CT_UPPER_PASSPHRASE"), self.passphrase)
        return holder

    # -- state -----------------------------------------------------------------------------------------------------

    @property
    def asking(self) -> bool:
        """Whether the request is to be made first."""
        return not self._first.isHidden()

    def _on_state(self, state: UpperState) -> None:
        words, self.state = self.words, state
        clear(self._state)
        for standing in upper_standings(state, words):
            self._state.addWidget(standing_row(standing, ""))
        self.take.setVisible(bool(state.code))
        self.renew.setVisible(bool(state.code))
        if state.code:
            self.code.setText(state.code)
        self.model.show_rows([_row(each, words) for each in reversed(state.rollups)])
        self._none.setVisible(not state.rollups)
        self._turn(asking=not state.fingerprint)

    def _turn(self, *, asking: bool) -> None:
        self._first.setVisible(asking)
        self._then.setVisible(not asking)
        self.verb.setText(self.words("CT_UPPER_ASK" if self.asking else "CT_UPPER_DO"))
        self.renew.setEnabled(not self.asking)
        self.update_ready()

    def _on_renew(self) -> None:
        self._turn(asking=True)

    @override
    def ready(self) -> bool:
        if self.state is None or self.folder.path is None:
            return False
        if self.asking:
            return self.new.good and is_body_code(self.code.text())
        return bool(self.passphrase.text())

    # -- doing -----------------------------------------------------------------------------------------------------

    @override
    def act(self) -> None:
        words, folder = self.words, self.folder.path or Path()
        self._preferences.remember_text(UPPER, str(folder))
        if self.asking:
            self._desk.request_upper(
                self.code.text(), self.new.text, self.algorithm.algorithm(), folder,
                self, self._on_asked, self.fail, words("UI_MAKING_KEY"),
            )  # fmt: skip
        else:
            self._desk.roll_up(
                self.passphrase.text(), folder, self, self._on_written, self.fail,
                words("CT_UPPER_WRITING"),
            )  # fmt: skip

    def _on_asked(self, made: Enrolment) -> None:
        words = self.words
        self.new.fill("")
        said = words("CT_UPPER_ASKED", fingerprint=made.fingerprint)
        self._tell(said, words("CT_UPPER_ASKED_NEXT"), made.request)

    def _on_written(self, done: RollupWritten) -> None:
        words = self.words
        self.passphrase.clear()
        self.handed_up.emit(done)
        said = words(
            "CT_UPPER_DONE", number=done.package.statement.sequence, count=len(done.departments)
        )
        lines = [said]
        if done.waiting:
            lines.append(words("CT_UPPER_WAITING", count=done.waiting))
        next_step = words("CT_UPPER_NEXT")
        if done.package.statement.sequence == 1:
            units = "\n".join(f"{code}  {name}" for code, name in sorted(done.departments.items()))
            next_step = f"{next_step}\n{words('CT_UPPER_UNITS')}\n{units}"
        self._tell("\n".join(lines), next_step, done.package.path)

    def _tell(self, said: str, next_step: str, path: Path) -> None:
        self._busy = False
        self.update_ready()
        self._desk.upper_state(self, self._on_state)
        self.written = WrittenDialog(self.words, said, next_step, [path], self)
        self.written.open()

    def _on_take(self) -> None:
        title = self.words("CT_UPPER_TAKE")
        kinds = self.words("CT_TAKE_FILTER")
        name, _kind = QFileDialog.getOpenFileName(self, title, self.folder.edit.text(), kinds)
        if name:
            self.take_file(Path(name))

    def take_file(self, path: Path) -> None:
        """Take a certificate, a receipt or a review of the tier above."""
        title = self.words("CT_TAKING")
        self._desk.apply(path, self, self._on_taken, self.fail, title)

    def _on_taken(self, applied: Applied) -> None:
        told = applied_text(applied, self.words)
        self._say([standing_row(Standing(told, Icon.CHECK, "good", 0), "")])
        self._desk.upper_state(self, self._on_state)


def upper_standings(state: UpperState, words: Words) -> list[Standing]:
    """Say how the city stands with the province."""
    if not state.fingerprint:
        return [Standing(words("CT_UPPER_IS_none"), Icon.INFO, "text_2", 0)]
    said = {"code": state.code, "fingerprint": state.fingerprint, "until": state.until}
    if not state.until:
        return [Standing(words("CT_UPPER_IS_waiting", **said), Icon.CALENDAR, "warn", 1)]
    found = [Standing(words("CT_UPPER_IS_valid", **said), Icon.CHECK, "good", 2)]
    if state.renewing:
        found.append(Standing(words("CT_UPPER_IS_renewing"), Icon.CALENDAR, "warn", 1))
    return found


def _row(each: RollupShown, words: Words) -> tuple[str | Cell, ...]:
    replies = [reply_text(reply, words) for reply in each.replies]
    last = next((r for r in reversed(each.replies) if r.type == "receipt"), None)
    symbol, tone = _RECEIPTS.get(last.status if last is not None else "", (Icon.CALENDAR, "text_2"))
    told = words("LIST_JOINT").join(replies) or words("CT_UPPER_NO_REPLY")
    return (
        str(each.package.sequence),
        words.moment(each.package.created),
        short_groups(each.package.identity, 4),
        Cell(told, symbol, tone),
    )


def reply_text(reply: UpperReply, words: Words) -> str:
    """Say what the tier above answered."""
    if reply.type == "review":
        return words("CT_UPPER_REVIEW", count=reply.count)
    said = words(f"CR_VERDICT_{reply.status}")
    return words("CT_UPPER_NOTE", verdict=said, note=reply.note) if reply.note else said
