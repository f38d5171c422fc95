"""Dialogs of the campaign: one department of the list, a list that was read, the day of a milestone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, cast

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QDateEdit, QLineEdit, QWidget
from typing_extensions import override

from census_app.domain.chain import Decision
from census_app.domain.uscc import is_uscc
from census_app.formspec.model import Milestone
from census_app.services.expecting import STANDINGS, Expected, ListRead, Standing
from census_app.ui.catalogue.act_dialog import ActDialog
from census_app.ui.catalogue.campaign_session import CampaignDesk
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.models.text_table import Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.accessibility import add_row
from census_app.ui.shell.translation import Words

LINES: Final = 8


class ExpectDialog(ActDialog):
    """One department: what it is called, and what became of it.

    Args:
        body: The entry to change; None for a new one.
        others: Everybody it can be merged into.

    Signals:
        decided: How many decisions were taken.
    """

    decided = Signal(int)

    def __init__(
        self,
        desk: CampaignDesk,
        body: Expected | None,
        others: Sequence[Expected],
        words: Words,
        parent: QWidget | None,
    ) -> None:
        title = words("CC_ADD_TITLE") if body is None else words("CC_CHANGE_TITLE", name=body.name)
        super().__init__(words, title, parent, 520)
        self._desk, self._body = desk, body
        self.code, self.name, self.reason = QLineEdit(), QLineEdit(), QLineEdit()
        self.standing, self.into = QuietCombo(), QuietCombo()
        for each in STANDINGS:
            self.standing.addItem(words(f"CC_STANDING_{each}"), each)
        self.into.addItem(words("CC_INTO_CHOOSE"), "")
        for other in others:
            if body is None or other.code != body.code:
                self.into.addItem(other.name, other.code)
        self._build(body)

    def _build(self, body: Expected | None) -> None:
        words, column = self.words, self.column
        add_row(column, words("CC_CODE"), self.code, hint=words("CC_CODE_HINT"), required=True)
        hint = words("CC_NAME_HINT") if body is not None else ""
        add_row(column, words("CC_NAME"), self.name, hint=hint, required=True)
        add_row(column, words("CC_STANDING"), self.standing)
        add_row(column, words("CC_INTO"), self.into)
        add_row(
            column, words("CC_REASON"), self.reason, hint=words("CC_REASON_HINT"), required=True
        )
        column.addStretch(1)
        if body is not None:
            self.code.setText(body.code)
            self.code.setReadOnly(True)
            self.name.setText(body.name)
            self.standing.setCurrentIndex(self.standing.findData(body.standing))
            self.into.setCurrentIndex(max(0, self.into.findData(body.into)))
        for edit in (self.code, self.name, self.reason):
            edit.textChanged.connect(self.update_ready)
        self.standing.currentIndexChanged.connect(self._on_standing)
        self.into.currentIndexChanged.connect(self.update_ready)
        self.finish(words("CC_DO"))
        self._on_standing()
        (self.code if body is None else self.name).setFocus()

    def _on_standing(self) -> None:
        holder = self.into.parentWidget()
        if holder is not None:
            holder.setVisible(self.standing.currentData() == "merged")
        self.update_ready()

    @property
    def wanted(self) -> Expected:
        """The entry as it is filled in."""
        standing = cast("Standing", self.standing.currentData())
        name = self.name.text().strip()
        into = str(self.into.currentData()) if standing == "merged" else ""
        if self._body is None:
            return Expected(self.code.text().strip().upper(), name, standing, into=into)
        former = self._body.former if name == self._body.name else self._body.name
        return replace(self._body, name=name, former=former, standing=standing, into=into)

    @override
    def ready(self) -> bool:
        wanted = self.wanted
        whole = is_uscc(wanted.code) and bool(wanted.name) and len(self.reason.text().strip()) > 1
        changed = self._body is None or wanted.choice != self._body.choice
        return whole and changed and (wanted.standing != "merged" or bool(wanted.into))

    @override
    def act(self) -> None:
        self._desk.expect([self.wanted], self.reason.text(), self, self._on_done, self.fail)

    def _on_done(self, made: tuple[Decision, ...]) -> None:
        self.decided.emit(len(made))
        self.accept()


class ListDialog(ActDialog):
    """A list that was read: what would be added, and which rows cannot be used.

    Signals:
        decided: How many decisions were taken.
    """

    decided = Signal(int)

    def __init__(
        self,
        desk: CampaignDesk,
        read: ListRead,
        known: Sequence[Expected],
        words: Words,
        parent: QWidget | None,
    ) -> None:
        super().__init__(words, words("CC_LIST_TITLE"), parent, 680)
        self._desk = desk
        before = {each.code: each for each in known}
        told = (_beside(body, before.get(body.code)) for body in read.bodies)
        self.news = [body for body in told if body is not None]
        self.reason = QLineEdit(words("CC_LIST_REASON"))
        model = TextTableModel(
            [
                Heading(words("CC_CODE"), 190),
                Heading(words("CC_NAME")),
                Heading(words("CC_NEWS"), 180),
            ],
            self,
        )
        rows = [
            (
                b.code,
                b.name,
                words("CC_NEWS_renamed", name=b.former)
                if b.code in before
                else words("CC_NEWS_added"),
            )
            for b in self.news
        ]
        model.show_rows(rows)
        self.model = model
        lead = words("CC_LIST_LEAD", count=len(read.bodies), news=len(self.news))
        self.column.addWidget(page.label(lead, wrap=True))
        view = text_table(model, words("CC_LIST_TITLE"))
        view.setMinimumHeight(LINES * 32)
        self.column.addWidget(view, 1)
        if read.unusable:
            shown = "\n".join(read.unusable[:LINES])
            text = words("CC_LIST_UNUSABLE", count=len(read.unusable), rows=shown)
            self.column.addWidget(page.label(text, "bad", wrap=True, selectable=True))
        add_row(self.column, words("CC_REASON"), self.reason, required=True)
        self.reason.textChanged.connect(self.update_ready)
        self.finish(words("CC_LIST_DO"))

    @override
    def ready(self) -> bool:
        return bool(self.news) and len(self.reason.text().strip()) > 1

    @override
    def act(self) -> None:
        self._desk.expect(self.news, self.reason.text(), self, self._on_done, self.fail)

    def _on_done(self, made: tuple[Decision, ...]) -> None:
        self.decided.emit(len(made))
        self.accept()


def _beside(body: Expected, before: Expected | None) -> Expected | None:
    """Return what a row of a list says that is not known; a list says nothing about who was merged or dropped."""
    if before is None:
        return body
    return None if before.name == body.name else replace(before, name=body.name, former=before.name)


class DayDialog(ActDialog):
    """The day of a milestone.

    Signals:
        chosen: Id of the milestone and the day, `CCYY-MM-DD`.
    """

    chosen = Signal(str, str)

    def __init__(
        self, milestone: Milestone, day: str, words: Words, parent: QWidget | None
    ) -> None:
        super().__init__(words, words("CC_DAY_TITLE"), parent, 460)
        self._milestone = milestone
        self.column.addWidget(page.label(milestone.label.get(words.language), wrap=True))
        self.day = QDateEdit(QDate.fromString(day, "yyyy-MM-dd"))
        self.day.setDisplayFormat("yyyy-MM-dd")
        self.day.setCalendarPopup(True)
        add_row(
            self.column, words("CC_DUE"), self.day, hint=words("CC_DAY_HINT", day=milestone.due)
        )
        self.column.addStretch(1)
        self.finish(words("CC_DAY_DO"))
        self.day.setFocus()

    @override
    def act(self) -> None:
        self.chosen.emit(self._milestone.id, self.day.date().toString("yyyy-MM-dd"))
        self.accept()
