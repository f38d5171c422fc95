"""Groups of resources or systems that may be one, and their records side by side."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final, cast

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QCheckBox, QHeaderView, QWidget
from typing_extensions import override

from census_app.domain.corrections import Owner
from census_app.domain.overlaps import MemberKey
from census_app.domain.verdicts import Relation
from census_app.services.likening import JudgedGroup
from census_app.services.overlap_views import Beside, BesideRow
from census_app.services.overlapping import TITLE_ROLE
from census_app.ui.catalogue.act_dialog import ActDialog
from census_app.ui.catalogue.duplicates_tab import OverlapTab
from census_app.ui.catalogue.duplicates_words import group_standing, state_words
from census_app.ui.catalogue.tables import Column, word_width
from census_app.ui.catalogue.verdict_dialog import Act, VerdictDialog
from census_app.ui.models.text_table import Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page, theme
from census_app.ui.shell.tasks import Failed

_FIELD: Final = 180
_RECORD: Final = 240
_BASES: Final = ("name", "core", "near", "items")
UNLIKE: Final = "≠ "
"""Before the label of an answer that is not the same everywhere; colour alone says nothing."""


class GroupsTab(OverlapTab[JudgedGroup]):
    """Resources, or systems."""

    @override
    def columns(self) -> Sequence[Column[JudgedGroup]]:
        words = self.words
        bases = [words(f"DUP_BASIS_{basis}") for basis in _BASES]
        return [
            Column(
                Heading(words("DUP_HEAD_STATE"), word_width(state_words(words), 104)),
                lambda g: group_standing(g.standing, words).cell(),
                lambda g: group_standing(g.standing, words).rank,
            ),
            Column(
                Heading(words("DUP_HEAD_SCORE"), 64, right=True),
                lambda g: str(g.overlap.score),
                lambda g: g.overlap.score,
            ),
            Column(Heading(words("DUP_HEAD_NAME")), _title, _title),
            Column(
                Heading(words("DUP_HEAD_BASIS"), word_width(bases)),
                lambda g: words(f"DUP_BASIS_{g.overlap.basis.value}"),
                lambda g: _BASES.index(g.overlap.basis.value),
            ),
            Column(
                Heading(words(f"DU_ALIKE_{self.kind}"), 96, right=True),
                lambda g: _share(g.overlap.traits),
                lambda g: round(100 * (g.overlap.traits or 0)),
            ),
            Column(
                Heading(words("DU_RECORDS"), 64, right=True),
                lambda g: str(len(g.overlap.members)),
                lambda g: len(g.overlap.members),
            ),
            Column(
                Heading(words("DU_HOLDERS"), 64, right=True),
                lambda g: str(g.overlap.holders),
                lambda g: g.overlap.holders,
            ),
        ]

    @override
    def identity(self, row: JudgedGroup) -> Hashable:
        return tuple(m.at for m in row.overlap.members)

    @override
    def below(self) -> QWidget:
        words = self.words
        self.model = TextTableModel([], self)
        self.view = text_table(self.model, words("DU_BESIDE"))
        self.view.doubleClicked.connect(self._on_opened)
        self.only_unlike = QCheckBox(words("DU_ONLY_UNLIKE"))
        self.only_unlike.setChecked(True)
        self.only_unlike.toggled.connect(self._show_rows)
        self.left_out = page.label("", "hint")
        self._beside: Beside | None = None
        self._shown: Hashable = None
        rows = self.view.verticalHeader()
        rows.setDefaultSectionSize(theme.COMPACT_ROW_HEIGHT)
        return self.view

    @override
    def more_actions(self) -> Sequence[QWidget]:
        return (self.left_out, self.only_unlike)

    # -- side by side ----------------------------------------------------------------------------------------------

    @override
    def show_row(self, row: JudgedGroup) -> None:
        self.title.setText(row.overlap.title)
        identity = self.identity(row)
        if identity != self._shown:
            self.model.show_headings([])
            self._beside = None
        self._shown = identity

        def show(beside: Beside) -> None:
            if identity == self._shown:
                self._beside = beside
                self._show_beside(row)

        self.desk.beside(self.kind, row.overlap.members, self, show)

    def _show_beside(self, row: JudgedGroup) -> None:
        beside = self._beside
        if beside is None:
            return
        words, names = self.words, self.desk.departments()
        few = len(beside.members) <= 3
        headings = [Heading(words("DU_FIELD"), _FIELD)]
        headings += [
            Heading(names.get(m.department, m.department), 0 if few else _RECORD)
            for m in beside.members
        ]
        self.model.show_headings(headings)
        head = self.view.horizontalHeader()
        for number, heading in enumerate(headings):
            fixed = QHeaderView.ResizeMode.Interactive
            head.setSectionResizeMode(
                number, fixed if heading.width else QHeaderView.ResizeMode.Stretch
            )
            if heading.width:
                self.view.setColumnWidth(number, heading.width)
        more = len(row.overlap.members) - len(beside.members)
        self.left_out.setText(words("DU_LEFT_OUT", count=more) if more else "")
        self._show_rows()

    def _show_rows(self) -> None:
        if self._beside is None:
            return
        rows = [r for r in self._beside.rows if r.differs or not self.only_unlike.isChecked()]
        names = BesideRow(
            self.words("DUP_HEAD_NAME"), tuple(m.name for m in self._beside.members), differs=False
        )
        # The name always stands first: without it nobody knows what the columns are.
        label = names.label
        title = next((r for r in self._beside.rows if set(r.texts) == set(names.texts)), names)
        rows = [title, *(r for r in rows if r is not title)] if label else rows
        self.model.show_rows([self._cells(row) for row in rows], rows)

    def _cells(self, row: BesideRow) -> list[Cell | str]:
        words = self.words
        label = words("DU_ITEM", name=row.label) if row.item else row.label
        missing = words("DU_NO_ITEM") if row.item else "—"
        tone = "warn" if row.differs else ""
        cells: list[Cell | str] = [Cell((UNLIKE if row.differs else "") + label, tone=tone)]
        return [
            *cells,
            *(Cell(text or missing, tone="" if text else "text_2") for text in row.texts),
        ]

    def _on_opened(self, index: QModelIndex) -> None:
        column = index.column() - 1
        if self._beside is not None and 0 <= column < len(self._beside.members):
            form = self.desk.session.form_set.by_role(TITLE_ROLE[self.kind])[0].id
            department, record = self._beside.members[column].at
            self.record_wanted.emit(Owner(department, form, record))

    # -- judging ---------------------------------------------------------------------------------------------------

    @override
    def judge(self, row: JudgedGroup, relation: str) -> None:
        words, desk, kind = self.words, self.desk, self.kind
        said, names = cast("Relation", relation), desk.departments()

        def act_on(seen: dict[MemberKey, str]) -> Act:
            def act(
                reason: str, owner: ActDialog, done: Callable[[object], None], failed: Failed
            ) -> None:
                desk.judge_group(kind, seen, said, reason, owner, done, failed, owner.seen)

            return act

        members = row.overlap.members
        lines = [
            f"{names.get(m.department, m.department)} · {' '.join(m.name.split())}" for m in members
        ]
        facts = [words(f"DU_MEANS_{relation}")]
        if len(members) == 2:
            facts += lines
        word = words(f"DUP_STATE_{relation}")
        dialog = VerdictDialog(
            words, words("DU_VERDICT_TITLE", relation=word), facts,
            words("DU_VERDICT_VERB", relation=word), members, lines, act_on, self.window(),
        )  # fmt: skip
        self.open_dialog(dialog, words("DU_JUDGED"))


def _title(row: JudgedGroup) -> str:
    return " ".join(row.overlap.title.split())


def _share(part: float | None) -> str:
    return "—" if part is None else f"{round(part * 100)}%"
