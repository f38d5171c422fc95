"""Stage 2 of the hand-in: what the head will sign, to be read in two minutes, on the screen and on paper."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from census_app.domain.findings import Finding
from census_app.services.summarising import ChangedRecord, HandInSummary
from census_app.ui.department.block import Block
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.models.text_table import ROW_ROLE, Cell, Heading, TextTableModel, text_table
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

DELTAS: Final = {
    "new": (Icon.ADD, "good"),
    "changed": (Icon.REFRESH, "accent"),
    "removed": (Icon.DELETE, "bad"),
}
LISTS: Final = ("unfinished", "changes", "explained", "queries")
FORMS_SHOWN: Final = 6

Row = Sequence[Cell | str]
Place = tuple[str, str, str]
"""Form, record and field; an empty field for the record as a whole."""


class SummaryStage(QWidget):
    """Counts at the top, one list below: unfinished records, changes, explained warnings, open queries.

    Signals:
        go_wanted: form, record and field of a line that was chosen; an empty field leads to its first problem.
        check_wanted: The person wants to see all problems.
        mail_wanted: A tab of the page "correspondence", where something blocks the hand-in.
        print_wanted: `summary` or `department`.
        announce_changed: Unfinished records shall travel as announced, or no more.
        next_wanted: The person has seen enough.
    """

    go_wanted = Signal(str, str, str)
    check_wanted = Signal()
    mail_wanted = Signal(str)
    print_wanted = Signal(str)
    announce_changed = Signal()
    next_wanted = Signal()

    def __init__(self, session: WorkspaceSession, words: Words, *, upwards: bool) -> None:
        super().__init__()
        self._session, self._words, self._upwards = session, words, upwards
        self.summary: HandInSummary | None = None
        self._warnings: Sequence[str] = ()
        self._labels = {
            (form.id, f.id): f.label.get(words.language)
            for form in session.form_set.forms
            for f in form.stored_fields
        }
        self._forms_named = {f.id: f.label.get(words.language) for f in session.form_set.forms}
        self._list = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.blocks = {}
        for name in ("conflicts", "queries"):
            block = Block(Icon.ALERT, words(f"UI_BLOCK_{name.upper()}_GO"), name)
            block.wanted.connect(self.mail_wanted)
            self.blocks[name] = block
            column.addWidget(block)
        column.addLayout(self._cards())
        column.addLayout(self._chips_row())
        self.model = TextTableModel(
            [
                Heading(words("UI_COL_RECORD"), 330),
                Heading(words("UI_COL_KIND"), 170),
                Heading(words("HI_COL_WHAT")),
            ],
            self,
        )
        self.table = text_table(self.model, words("HI_SUMMARY_LIST"))
        self.table.activated.connect(self._on_line)
        self.table.doubleClicked.connect(self._on_line)
        column.addWidget(self.table, 1)
        self._none = page.label(words("HI_NOTHING_LISTED"), "text2")
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self._none, 1)
        column.addLayout(self._foot())

    def start(self) -> None:
        """Take the focus."""
        (self.announce if self.announce.isVisibleTo(self) else self.next).setFocus()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _cards(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(12)
        self._parts: dict[str, tuple[QLabel, QLabel, QLabel]] = {}
        for name in ("forms", "sharing", "changes"):
            card = page.Card(margin=12)
            card.body.setSpacing(4)
            title = page.label(self._words(f"HI_CARD_{name.upper()}"), "strong", wrap=True)
            card.body.addWidget(title)
            table = QHBoxLayout()
            labels, figures = page.label(""), page.label("")
            figures.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
            labels.setAlignment(Qt.AlignmentFlag.AlignTop)
            table.addWidget(labels, 1)
            table.addWidget(figures)
            card.body.addLayout(table)
            card.body.addStretch(1)
            self._parts[name] = (title, labels, figures)
            row.addWidget(card, 1)
        return row

    def _chips_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        looks = {
            "unfinished": "chip-bad",
            "changes": "chip",
            "explained": "chip",
            "queries": "chip-bad",
        }
        self._chips: dict[str, QPushButton] = {}
        for name in LISTS:
            chip = page.button("", self._on_chip, looks[name])
            chip.setCheckable(True)
            chip.setProperty("list", name)
            self._chips[name] = chip
            row.addWidget(chip)
        row.addStretch(1)
        self._mend = page.button(self._words("UI_SEE_PROBLEMS"), self.check_wanted.emit, "link")
        row.addWidget(self._mend)
        return row

    def _foot(self) -> QHBoxLayout:
        words = self._words
        row = QHBoxLayout()
        row.setSpacing(8)
        self.announce = QCheckBox(words("UI_ANNOUNCE"))
        self.announce.setToolTip(words("UI_ANNOUNCE_TIP"))
        self.announce.toggled.connect(self.announce_changed)
        row.addWidget(self.announce)
        row.addStretch(1)
        self.print_summary = page.button(
            words("HI_PRINT_SUMMARY"), self._on_print, symbol=Icon.PRINT
        )
        self.print_summary.setProperty("kind", "summary")
        self.print_all = page.button(
            words("HI_PRINT_DEPARTMENT"), self._on_print, symbol=Icon.DOCUMENT
        )
        self.print_all.setProperty("kind", "department")
        row.addWidget(self.print_summary)
        row.addWidget(self.print_all)
        code = "HI_NEXT_SIGN" if self._upwards else "HI_NEXT_APPROVAL"
        self.next = page.button(words(code), self.next_wanted.emit, "primary")
        row.addWidget(self.next)
        return row

    # -- showing ---------------------------------------------------------------------------------------------------

    def show_summary(self, summary: HandInSummary, warnings: Sequence[str]) -> None:
        """Show what would be handed in.

        Args:
            warnings: What each explained warning says, worded off this thread.
        """
        self.summary, self._warnings = summary, warnings
        words = self._words
        self._fill("forms", *self._forms(summary))
        self._fill("sharing", *self._sharing(summary))
        self._fill("changes", *self._changes(summary))
        title = words("HI_CARD_FIRST")
        if summary.last is not None:
            at = words.moment(summary.last.at)
            title = words("HI_CARD_SINCE", number=summary.last.sequence, at=at)
        self._parts["changes"][0].setText(title)
        counts = self._counts(summary)
        for name, chip in self._chips.items():
            chip.setText(words(f"HI_CHIP_{name.upper()}", count=counts[name]))
            chip.setVisible(bool(counts[name]))
        if not counts.get(self._list):
            self._list = next((name for name in LISTS if counts[name]), "")
        count = len(summary.unfinished)
        self._mend.setVisible(bool(count))
        self.announce.setVisible(bool(count) and not self._upwards)
        self._show_list()

    def show_blocks(self, conflicts: int, queries: int) -> None:
        """Show what keeps anything from being handed in."""
        for name, count in (("conflicts", conflicts), ("queries", queries)):
            text = self._words(f"UI_BLOCK_{name.upper()}", count=count)
            self.blocks[name].show_count(count, text)

    def _counts(self, summary: HandInSummary) -> dict[str, int]:
        return {
            "unfinished": len(summary.unfinished),
            "changes": len(summary.changes),
            "explained": len(summary.explained),
            "queries": 0 if self._upwards else len(summary.waiting),
        }

    def _fill(self, name: str, labels: Sequence[str], figures: Sequence[str]) -> None:
        _title, left, right = self._parts[name]
        left.setText("\n".join(labels))
        right.setText("\n".join(figures))

    def _forms(self, summary: HandInSummary) -> tuple[list[str], list[str]]:
        words, form_set = self._words, self._session.form_set
        labels, figures = [], []
        shown = sorted(summary.forms, key=lambda each: -each.total)[:FORMS_SHOWN]
        for each in (f for f in summary.forms if f in shown):
            form = form_set.form(each.form)
            labels.append((form.plural or form.label).get(words.language))
            figure = words.count(each.total)
            if each.announced:
                figure = words("HI_OF_THESE_OPEN", total=figure, open=each.announced)
            figures.append(figure)
        return labels, figures

    def _sharing(self, summary: HandInSummary) -> tuple[list[str], list[str]]:
        words, form_set = self._words, self._session.form_set
        _form, field = form_set.by_role("share_type")
        choices = form_set.choice_lists[field.choices].choices
        names = {c.code: c.label(words.language) for c in choices}
        tally = summary.sharing
        labels = [names.get(code) or words("HI_NOT_GIVEN") for code in tally.whole]
        figures = [words.count(n) for n in tally.whole.values()]
        if tally.announced:
            labels.append(words("PRINT_SHARE_ANNOUNCED"))
            figures.append(words.count(tally.announced))
        return labels, figures

    def _changes(self, summary: HandInSummary) -> tuple[list[str], list[str]]:
        words = self._words
        if summary.last is None:
            return [words("HI_ALL_NEW")], []
        if summary.approval.unchanged:
            return [words("HI_UNCHANGED")], []
        labels = [words("HI_DELTA_NEW"), words("HI_DELTA_CHANGED"), words("HI_DELTA_REMOVED")]
        counts = summary.count("new"), summary.count("changed"), summary.count("removed")
        return labels, [words.count(n) for n in counts]

    def _show_list(self) -> None:
        for name, chip in self._chips.items():
            chip.setChecked(name == self._list)
        rows: list[Row] = []
        places: list[Place] = []
        summary = self.summary
        if summary is not None and self._list:
            rows, places = getattr(self, f"_{self._list}_rows")(summary)
        self.model.show_rows(rows, places)
        self.table.setVisible(bool(rows))
        self._none.setVisible(not rows)
        if rows:
            self.table.setCurrentIndex(self.model.index(0, 0))

    def _unfinished_rows(self, summary: HandInSummary) -> tuple[list[Row], list[Place]]:
        words = self._words
        rows: list[Row] = [
            (
                each.title or words("UI_UNNAMED"),
                self._form(each.form),
                Cell(words("UI_ROW_OPEN", count=each.errors), Icon.ERROR, "bad"),
            )
            for each in summary.unfinished
        ]
        return rows, [(each.form, each.record, "") for each in summary.unfinished]

    def _changes_rows(self, summary: HandInSummary) -> tuple[list[Row], list[Place]]:
        rows: list[Row] = [self._change(each) for each in summary.changes]
        gone = {"removed"}
        return rows, [
            ("", "", "")
            if each.delta in gone
            else (each.form, each.record, next(iter(each.fields), ""))
            for each in summary.changes
        ]

    def _change(self, each: ChangedRecord) -> Row:
        words = self._words
        known = ((each.form, name) for name in each.fields)
        labels = [self._labels[key] for key in known if key in self._labels]
        symbol, tone = DELTAS[each.delta]
        told = words(f"HI_DELTA_{each.delta.upper()}")
        if labels:
            told = words("HI_DELTA_FIELDS", what=told, fields=words("UI_JOINT").join(labels))
        title = each.title or words("UI_UNNAMED")
        return title, self._form(each.form), Cell(told, symbol, tone)

    def _explained_rows(self, summary: HandInSummary) -> tuple[list[Row], list[Place]]:
        rows: list[Row] = [
            (f.title or self._words("UI_UNNAMED"), self._form(f.form), self._reason(f, what))
            for f, what in zip(summary.explained, self._warnings, strict=True)
        ]
        return rows, [(f.form, f.record, f.fields[0]) for f in summary.explained]

    def _reason(self, finding: Finding, what: str) -> Cell:
        told = self._words("HI_REASON", reason=finding.explanation or "", what=what)
        return Cell(told, Icon.COMMENT, "text_2")

    def _queries_rows(self, summary: HandInSummary) -> tuple[list[Row], list[Place]]:
        rows: list[Row] = [
            (
                item.title or self._words("UI_UNNAMED"),
                self._form(item.query.form),
                Cell(item.query.text, Icon.ALERT, "bad"),
            )
            for item in summary.waiting
        ]
        return rows, [(i.query.form, i.query.record, i.query.field) for i in summary.waiting]

    def _form(self, form_id: str) -> str:
        return self._forms_named.get(form_id, "")

    # -- doing -----------------------------------------------------------------------------------------------------

    def _on_chip(self) -> None:
        chosen = self.sender()
        if chosen is not None:
            self._list = str(chosen.property("list"))
            self._show_list()

    def _on_line(self) -> None:
        place = self.table.currentIndex().data(ROW_ROLE)
        if isinstance(place, tuple) and place[1]:
            self.go_wanted.emit(*place)

    def _on_print(self) -> None:
        pressed = self.sender()
        if pressed is not None:
            self.print_wanted.emit(str(pressed.property("kind")))
