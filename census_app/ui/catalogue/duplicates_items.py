"""Data items of several departments: how they are defined, who holds them, and which resource is the source."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.domain.corrections import Owner
from census_app.domain.item_overlaps import ItemVariant
from census_app.domain.verdicts import Relation
from census_app.services.likening import JudgedItem
from census_app.services.overlapping import TITLE_ROLE, HeldIn
from census_app.ui.catalogue.act_dialog import ActDialog
from census_app.ui.catalogue.duplicates_tab import OverlapTab
from census_app.ui.catalogue.duplicates_words import group_standing, source_standing, state_words
from census_app.ui.catalogue.tables import Column, SortableTable, word_width
from census_app.ui.catalogue.verdict_dialog import ReasonDialog, SourceDialog
from census_app.ui.models.text_table import Cell, Heading
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.tasks import Failed


class ItemsTab(OverlapTab[JudgedItem]):
    """Data items that two departments or more hold under one name."""

    @override
    def columns(self) -> Sequence[Column[JudgedItem]]:
        words = self.words
        return [
            Column(
                Heading(words("DUP_HEAD_STATE"), word_width(state_words(words), 104)),
                lambda i: group_standing(i.standing, words).cell(),
                lambda i: group_standing(i.standing, words).rank,
            ),
            Column(Heading(words("DUP_HEAD_ITEM")), self._named, _name),
            Column(
                Heading(words("DUP_HEAD_DIFFERS"), 120),
                self._differs,
                lambda i: -len(i.item.variants) if i.item.differs else 0,
            ),
            Column(
                Heading(words("DUP_HEAD_RESOURCES"), 72, right=True),
                lambda i: words.count(i.item.resources),
                lambda i: i.item.resources,
            ),
            Column(
                Heading(words("DUP_HEAD_DEPARTMENTS"), 72, right=True),
                lambda i: words.count(i.item.departments),
                lambda i: i.item.departments,
            ),
            Column(
                Heading(words("DUP_HEAD_SOURCE"), 220),
                self._source_cell,
                lambda i: source_standing(i, self._home(i), words).rank if i.source else 9,
            ),
        ]

    @override
    def identity(self, row: JudgedItem) -> Hashable:
        return row.item.key

    def _named(self, row: JudgedItem) -> str:
        return self.desk.table().named(row.item)

    def _differs(self, row: JudgedItem) -> Cell:
        if row.item.differs:
            told = self.words("DU_DEFINED", count=len(row.item.variants))
            return Cell(told, Icon.ALERT, "warn")
        return Cell(self.words("DUP_AGREES"))

    def _source_cell(self, row: JudgedItem) -> Cell:
        if row.source is None:
            return Cell("—", tone="text_2")
        return source_standing(row, self._home(row), self.words).cell()

    def _home(self, row: JudgedItem) -> str:
        code = row.source.department if row.source is not None else ""
        return self.desk.departments().get(code, code)

    # -- below -----------------------------------------------------------------------------------------------------

    @override
    def below(self) -> QWidget:
        words = self.words
        self._shown: JudgedItem | None = None
        self.variants: SortableTable[ItemVariant] = SortableTable(
            [
                Column(Heading(words("DU_DEFINITION")), self._definition, self._definition),
                Column(
                    Heading(words("DUP_HEAD_RESOURCES"), 64, right=True),
                    lambda v: words.count(v.resources),
                    lambda v: v.resources,
                ),
                Column(
                    Heading(words("DUP_HEAD_DEPARTMENTS"), 64, right=True),
                    lambda v: words.count(v.departments),
                    lambda v: v.departments,
                ),
            ],
            lambda v: (v.type, v.length),
            words("DU_DEFINITIONS"),
        )
        self.homes: SortableTable[HeldIn] = SortableTable(
            [
                Column(Heading(words("DUP_HEAD_DEPARTMENT")), self._department, self._department),
                Column(Heading(words("DU_RESOURCE")), _home_name, _home_name),
                Column(
                    Heading(words("DU_DEFINITION"), 180),
                    lambda h: self._definition(self._variant(h)),
                    lambda h: h.variant,
                ),
            ],
            lambda h: (h.department, h.record),
            words("DU_HOMES"),
        )
        self.source = page.button(words("DU_SOURCE_DOTS"), self._on_source, symbol=Icon.TARGET)
        self.record = page.button(words("CR_TO_RECORD"), self._on_record, "link")
        self.unsource = page.button(words("DU_SOURCE_WITHDRAW"), self._on_unsource, "link")
        self.more = page.label("", "hint", wrap=True)
        self.homes.opened.connect(self._on_home_opened)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(self.variants)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.homes, 1)
        row = QHBoxLayout()
        row.addWidget(self.more, 1)
        row.addWidget(self.unsource)
        row.addWidget(self.record)
        column.addLayout(row)
        split.addWidget(right)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        split.setSizes([360, 600])
        return split

    @override
    def more_actions(self) -> Sequence[QWidget]:
        return (self.source,)

    @override
    def writing_controls(self) -> list[QWidget]:
        return [*super().writing_controls(), self.source, self.unsource]

    @override
    def show_row(self, row: JudgedItem) -> None:
        self.title.setText(self.desk.table().named(row.item))
        self.variants.show_rows(row.item.variants)
        self.unsource.setVisible(row.source is not None)
        if self._shown is None or self._shown.item is not row.item:
            self.homes.show_rows([])
        self._shown = row

        def show(homes: list[HeldIn]) -> None:
            if self._shown is row:
                self._show_homes(row, homes)

        self.desk.homes(row, self.wanted().department, self, show)

    def _show_homes(self, row: JudgedItem, homes: list[HeldIn]) -> None:
        self.homes.show_rows(homes)
        left = row.item.resources - len(homes)
        told = self.words("DU_MORE_HOMES", count=self.words.count(left)) if left > 0 else ""
        self.more.setText(told)
        source = row.source
        if source is None or not self.homes.choose((source.department, source.record)):
            self.homes.choose_first()

    def _definition(self, variant: ItemVariant) -> str:
        return self.desk.table().definition(variant.type, variant.length)

    def _variant(self, home: HeldIn) -> ItemVariant:
        assert self._shown is not None  # noqa: S101  # homes are listed of a chosen item only
        return self._shown.item.variants[home.variant]

    def _department(self, home: HeldIn) -> str:
        return self.desk.departments().get(home.department, home.department)

    def _on_home_opened(self, home: HeldIn) -> None:
        form = self.desk.session.form_set.by_role(TITLE_ROLE["resources"])[0].id
        self.record_wanted.emit(Owner(home.department, form, home.record))

    def _on_record(self) -> None:
        home = self.homes.current()
        if home is not None:
            self._on_home_opened(home)

    # -- judging ---------------------------------------------------------------------------------------------------

    @override
    def judge(self, row: JudgedItem, relation: str) -> None:
        words, desk, said = self.words, self.desk, cast("Relation", relation)

        def act(
            reason: str, owner: ActDialog, done: Callable[[object], None], failed: Failed
        ) -> None:
            desk.judge_item(row.item, said, reason, owner, done, failed, owner.seen)

        word = words(f"DUP_STATE_{relation}")
        facts = [words(f"DU_ITEM_MEANS_{relation}", item=row.item.name)]
        dialog = ReasonDialog(
            words, words("DU_VERDICT_TITLE", relation=word), facts,
            words("DU_VERDICT_VERB", relation=word), act, self.window(),
        )  # fmt: skip
        self.open_dialog(dialog, words("DU_JUDGED"))

    def _on_source(self) -> None:
        row, home = self.table.current(), self.homes.current()
        if row is None or home is None:
            return
        words, desk = self.words, self.desk

        def act(
            reason: str, owner: ActDialog, done: Callable[[object], None], failed: Failed
        ) -> None:
            tell = isinstance(owner, SourceDialog) and owner.tell.isChecked()
            desk.choose_source(row.item, home, reason, owner, done, failed, owner.seen, tell=tell)

        facts = [
            words("DU_SOURCE_WHY", item=row.item.name),
            f"{self._department(home)} · {_home_name(home)}",
        ]
        dialog = SourceDialog(
            words, words("DU_SOURCE_TITLE"), facts, words("DU_SOURCE_VERB"), act, self.window()
        )
        self.open_dialog(dialog, words("DU_SOURCE_CHOSEN"))

    def _on_unsource(self) -> None:
        row = self.table.current()
        if row is None or row.source is None:
            return
        words, desk, source = self.words, self.desk, row.source

        def act(
            reason: str, owner: ActDialog, done: Callable[[object], None], failed: Failed
        ) -> None:
            desk.withdraw([source.decision], reason, owner, done, failed)

        told = words(
            "DU_SOURCE_SAID",
            department=self._home(row),
            at=words.moment(source.created),
            actor=source.actor,
            reason=source.reason,
        )
        dialog = ReasonDialog(
            words, words("DU_SOURCE_WITHDRAW_TITLE"), [told], words("DU_WITHDRAW_VERB"), act,
            self.window(),
        )  # fmt: skip
        self.open_dialog(dialog, words("DU_WITHDRAWN"))


def _name(row: JudgedItem) -> str:
    return " ".join(row.item.name.split())


def _home_name(home: HeldIn) -> str:
    return " ".join(home.name.split()) or "—"
