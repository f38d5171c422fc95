"""Two packages of one number side by side, and the choice which of them stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.exchange.paper import short_groups
from census_app.services.deciding import Decided
from census_app.services.forking import Fork
from census_app.services.ports import PackageFacts
from census_app.ui.catalogue.act_dialog import ActDialog, clear, text_row
from census_app.ui.catalogue.arrival_detail import carried
from census_app.ui.catalogue.decision_session import Compared, DecisionDesk
from census_app.ui.catalogue.facts import FactGrid, standing_row
from census_app.ui.catalogue.session import WAITING, CatalogueState
from census_app.ui.catalogue.standing import Standing, package_standing
from census_app.ui.catalogue.tables import Column, SortableTable, word_width
from census_app.ui.forms.editor import QuietCombo
from census_app.ui.models.text_table import Cell, Heading
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

WIDTH: Final = 1080
DIGEST_GROUPS: Final = 4


@dataclass(frozen=True, slots=True)
class Difference:
    """One row of what differs; `field` is empty where a whole record stands at one side only."""

    form: str
    record: str
    field: str
    left: str
    right: str


class ForkDialog(ActDialog):
    """Both sides, what they say differently, one choice with its reason.

    Signals:
        decided: `Decided`.
    """

    decided = Signal(object)

    def __init__(
        self,
        desk: DecisionDesk,
        fork: Fork,
        state: CatalogueState,
        words: Words,
        parent: QWidget | None,
    ) -> None:
        title = words("CR_FORK_TITLE", department=fork.department_name, number=fork.sequence)
        super().__init__(words, title, parent, WIDTH)
        self._desk, self._fork, self._state = desk, fork, state
        self.left, self.right = QuietCombo(), QuietCombo()
        self.choices = QButtonGroup(self)
        self.table: SortableTable[Difference] = SortableTable(
            self._columns(), lambda d: (d.form, d.record, d.field), words("CR_FORK_TABLE")
        )
        self._facts = [QVBoxLayout(), QVBoxLayout()]
        self._note = QVBoxLayout()
        self._build()
        self._compare()

    # -- building --------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        words = self.words
        self.column.addWidget(page.label(words("CR_FORK_WHY"), "hint", wrap=True))
        sides = QHBoxLayout()
        sides.setSpacing(16)
        for number, combo in enumerate((self.left, self.right)):
            sides.addWidget(self._side_card(number, combo), 1)
        self.column.addLayout(sides)
        self.column.addLayout(self._note)
        self.table.setMinimumHeight(theme.ROW_HEIGHT * 4)
        self.column.addWidget(self.table, 1)
        bottom = QHBoxLayout()
        bottom.setSpacing(16)
        choose, why = QVBoxLayout(), QVBoxLayout()
        choose.setSpacing(8)
        choose.addWidget(page.label(words("CR_FORK_CHOOSE"), "label"))
        for number, side in enumerate(self._fork.sides):
            radio = QRadioButton(
                words("CR_FORK_SIDE", letter=letter(number), digest=self._digest(side))
            )
            radio.toggled.connect(self.update_ready)
            self.choices.addButton(radio, number)
            choose.addWidget(radio)
        choose.addStretch(1)
        bottom.addLayout(choose, 2)
        self.reason = text_row(
            why, words("UI_REASON"), hint=words("CR_REASON_HINT"), required=True, lines=2
        )
        self.reason.textChanged.connect(self.update_ready)
        bottom.addLayout(why, 3)
        self.column.addLayout(bottom)
        self.finish(words("CR_FORK_VERB"), Icon.SCALES)

    def _side_card(self, number: int, combo: QuietCombo) -> QWidget:
        card = page.Card(margin=12)
        name = self.words("CR_FORK_LEFT" if number == 0 else "CR_FORK_RIGHT")
        combo.setAccessibleName(name)
        for place, side in enumerate(self._fork.sides):
            at = self.words.moment(side.created)
            combo.addItem(self.words("CR_FORK_OPTION", letter=letter(place), at=at), side.identity)
        combo.setCurrentIndex(min(number, combo.count() - 1))
        combo.currentIndexChanged.connect(self._compare)
        if combo.count() > 2:
            card.body.addWidget(combo)
        else:
            card.body.addWidget(page.label(combo.currentText(), "strong"))
            combo.setParent(card)
            combo.hide()
        card.body.addLayout(self._facts[number])
        return card

    def _columns(self) -> list[Column[Difference]]:
        words = self.words
        forms = [name for name, _fields in self._names().values()]
        left, right = words("CR_FORK_LEFT"), words("CR_FORK_RIGHT")
        if len(self._fork.sides) == 2:  # nothing to choose: they are called as above
            left, right = (words("CR_FORK_NAMED", letter=letter(number)) for number in (0, 1))
        return [
            Column(
                Heading(words("CR_COL_FORM"), min(150, word_width(forms, 96))),
                lambda d: d.form,
                lambda d: d.form,
            ),
            Column(Heading(words("CR_COL_RECORD")), lambda d: d.record, lambda d: d.record),
            Column(
                Heading(words("CR_COL_FIELD"), 150), lambda d: d.field or "—", lambda d: d.field
            ),
            Column(Heading(left), lambda d: Cell(d.left or "—"), lambda d: d.left),
            Column(Heading(right), lambda d: Cell(d.right or "—"), lambda d: d.right),
        ]

    # -- comparing -------------------------------------------------------------------------------------------------

    def _compare(self) -> None:
        left, right = self._side(self.left), self._side(self.right)
        for layout, side in zip(self._facts, (left, right), strict=True):
            clear(layout)
            layout.addWidget(FactGrid(self._side_facts(side)))
        self.table.show_rows([])
        self._tell(Standing(self.words("CR_FORK_COMPARING"), Icon.REFRESH, "text_2", 0))
        if left.identity == right.identity:
            self._tell(Standing(self.words("CR_FORK_ONE"), Icon.INFO, "text_2", 0))
            return
        title = self.words("CR_FORK_COMPARING")
        self._desk.compare(left, right, self, self._on_compared, title)

    def _on_compared(self, compared: Compared) -> None:
        pair, words = compared.pair, self.words
        if {pair.left, pair.right} != {
            self._side(self.left).identity,
            self._side(self.right).identity,
        }:
            return  # an older question
        self.table.show_rows(differences(compared, self._names(), words))
        copies = words("CR_FORK_ONE_PLACE" if pair.one_installation else "CR_FORK_TWO_PLACES")
        counted = words(
            "CR_FORK_COUNTS",
            left=letter(self.left.currentIndex()),
            right=letter(self.right.currentIndex()),
            only_left=len(pair.only_left),
            only_right=len(pair.only_right),
            different=len(pair.different),
            same=pair.same,
        )
        self._tell(Standing(f"{copies}\n{counted}", Icon.FORK, "warn", 0))

    def _names(self) -> Mapping[str, tuple[str, Mapping[str, str]]]:
        language = self.words.language
        return {
            form.id: (
                form.label.get(language),
                {f.id: f.label.get(language) for f in form.stored_fields},
            )
            for form in self._desk.session.form_set.forms
        }

    def _side(self, combo: QuietCombo) -> PackageFacts:
        return self._fork.sides[max(0, combo.currentIndex())]

    def _side_facts(self, side: PackageFacts) -> list[tuple[str, str]]:
        words, form_set = self.words, self._desk.session.form_set
        waits = waiting_behind(side, self._state.packages)
        return [
            (words("CAT_COL_RECEIVED"), words.moment(side.received_at)),
            (words("CAT_IDENTITY"), short_groups(side.identity, 8)),
            (words("CAT_CARRIES"), carried(side.counts, form_set, words).replace("\n", "  ·  ")),
            (
                words("CAT_COL_STATE"),
                words(
                    "CR_FORK_STATE",
                    state=package_standing(side.state, words).text,
                    errors=side.errors,
                    warnings=side.warnings,
                ),
            ),
            (
                words("CR_FORK_BEHIND"),
                words(
                    "CR_FORK_BEHIND_NUMBERS",
                    numbers=words("LIST_JOINT").join(str(p.sequence) for p in waits),
                )
                if waits
                else words("CR_FORK_BEHIND_NONE"),
            ),
        ]

    def _digest(self, side: PackageFacts) -> str:
        return short_groups(side.identity, DIGEST_GROUPS)

    def _tell(self, standing: Standing) -> None:
        clear(self._note)
        self._note.addWidget(standing_row(standing, ""))

    # -- deciding --------------------------------------------------------------------------------------------------

    @override
    def ready(self) -> bool:
        return self.choices.checkedId() >= 0 and len(self.reason.toPlainText().strip()) > 1

    @override
    def act(self) -> None:
        side = self._fork.sides[self.choices.checkedId()]
        self._desk.choose_side(
            self._fork, side.identity, self.reason.toPlainText(), self, self._on_decided, self.fail,
            self.words("CR_DECIDING"),
        )  # fmt: skip

    def _on_decided(self, decided: Decided) -> None:
        self.decided.emit(decided)
        self.accept()


def letter(number: int) -> str:
    """Return the name of a side: A, then B, and so on."""
    return chr(ord("A") + number)


def waiting_behind(side: PackageFacts, packages: Sequence[PackageFacts]) -> list[PackageFacts]:
    """Return the packages that follow a side and wait because nobody has decided, by number."""
    found: list[PackageFacts] = []
    heads = {side.identity}
    for package in sorted(packages, key=lambda p: p.sequence):
        follows = package.department == side.department and package.previous in heads
        if follows and package.state in WAITING:
            found.append(package)
            heads.add(package.identity)
    return found


def differences(
    compared: Compared, names: Mapping[str, tuple[str, Mapping[str, str]]], words: Words
) -> list[Difference]:
    """Return what differs between two packages, row by row: fields first, then what one side has alone."""
    pair, rows = compared.pair, []
    for record in pair.different:
        form, fields = names[record.form]
        title = record.title or words("CAT_NO_NAME")
        for each in record.fields:
            left, right = compared.texts[record.form, record.record, each.field]
            label = fields.get(each.field, each.field)
            rows.append(Difference(form, title, label, left, right))
        if record.left_operation != record.right_operation:
            left = words(f"CR_OPERATION_{record.left_operation}")
            right = words(f"CR_OPERATION_{record.right_operation}")
            rows.append(Difference(form, title, "", left, right))
    for place, only in enumerate((pair.only_left, pair.only_right)):
        for lone in only:
            here, there = words(f"CR_OPERATION_{lone.operation}"), words("CR_OPERATION_none")
            left, right = (there, here) if place else (here, there)
            title = lone.title or words("CAT_NO_NAME")
            rows.append(Difference(names[lone.form][0], title, "", left, right))
    return rows
