"""A record's own page: every field under the form's headings, its items, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.corrections import Owner
from census_app.formspec.model import Field, Form, Section
from census_app.services.provenance import RecordOrigin
from census_app.services.reporting import RECORD, About
from census_app.services.verifying import Verified
from census_app.ui.catalogue.arrival_detail import verified_parts
from census_app.ui.catalogue.ask_dialog import AskDialog, AskTarget
from census_app.ui.catalogue.correct_dialog import CorrectDialog
from census_app.ui.catalogue.differences_session import DifferenceDesk
from census_app.ui.catalogue.facts import FactGrid, SidePanel, grouped, standing_row
from census_app.ui.catalogue.origin_words import origin_texts
from census_app.ui.catalogue.paper import Paper
from census_app.ui.catalogue.review_session import QueryShown, ReviewDesk
from census_app.ui.catalogue.review_words import query_standing
from census_app.ui.catalogue.session import CatalogueSession, RecordPage
from census_app.ui.catalogue.standing import package_standing
from census_app.ui.catalogue.tables import head_width
from census_app.ui.catalogue.writing import writes
from census_app.ui.forms.grid import column_of
from census_app.ui.models.record_table import TableRow
from census_app.ui.models.text_table import Heading, TextTableModel, text_table
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

PANEL = 352
MAX_TABLE_ROWS = 12
WIDE = {"longtext"}


class RecordView(QWidget):
    """Shows a `RecordPage`; nothing can be changed here, but the department can be asked about every field.

    Signals:
        back_wanted: Back to the list.
        step_wanted: -1 or 1, to the neighbour in the list.
    """

    back_wanted = Signal()
    step_wanted = Signal(int)

    def __init__(
        self,
        session: CatalogueSession,
        desk: ReviewDesk,
        differences: DifferenceDesk,
        words: Words,
    ) -> None:
        super().__init__()
        self._session, self._desk, self._words = session, desk, words
        self._differences = differences
        self._origin: RecordOrigin | None = None
        self.correcting: CorrectDialog | None = None
        self.origins = QCheckBox(words("CD_SHOW_ORIGINS"))
        self.origins.setToolTip(words("CD_SHOW_ORIGINS_TIP"))
        self.origins.toggled.connect(self._on_origins)
        self._shown: RecordPage | None = None
        self._asked: Sequence[QueryShown] = ()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(words("CAT_RECORD"))
        self.title = page.label("", "title", wrap=True, selectable=True)
        self._place = page.label("", "hint")
        self.filled = QCheckBox(words("CAT_FILLED_ONLY"))
        self.filled.toggled.connect(self._fill)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.panel = SidePanel("")
        self.panel.setFixedWidth(PANEL)
        self._before = page.icon_button(
            Icon.ARROW_LEFT, words("CAT_RECORD_BEFORE"), self._on_before
        )
        self._after = page.icon_button(Icon.ARROW_RIGHT, words("CAT_RECORD_AFTER"), self._on_after)
        self.ask = page.button(words("CR_ASK_RECORD"), self._on_ask_record, symbol=Icon.COMMENT)
        self.print = page.button(words("UI_PRINT_RECORD"), self.print_record, symbol=Icon.PRINT)
        self.print.setToolTip("Ctrl+P")
        self.paper = Paper(session, words, self)
        self._build()
        desk.board_changed.connect(self._read_asked)

    def show_record(self, shown: RecordPage, row: int, total: int) -> None:
        """Show a record; `row` counts from 0."""
        self._shown = shown
        form = self._session.form_set.form(shown.form)
        self.title.setText(shown.texts.get(form.title, "") or self._words("CAT_NO_NAME"))
        self._place.setText(f"{self._words.count(row + 1)} / {self._words.count(total)}")
        self._before.setEnabled(row > 0)
        self._after.setEnabled(row + 1 < total)
        self._asked = ()
        self._origin = None
        self._fill()
        self._read_asked()
        self._read_origins()
        self.panel.show_parts(self._provenance(shown))

    def record_texts(self) -> Mapping[str, str]:
        """Return field id → text of the record that is shown."""
        return self._shown.texts if self._shown is not None else {}

    def print_record(self) -> None:
        """Show the record as its sheet will be printed, with where its answers come from."""
        shown = self._shown
        if shown is None:
            return
        form = self._session.form_set.form(shown.form)
        title = self._words("PRINT_RECORD_TITLE", form=form.label.get(self._words.language))
        name = f"{title}-{shown.texts.get(form.title, '') or shown.record.id[:8]}.pdf"
        self.paper.show(RECORD, About(shown.record.id, shown.department), title, name)

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        bar = QHBoxLayout()
        bar.setSpacing(8)
        back = page.button(self._words("CAT_BACK"), self.back_wanted.emit, symbol=Icon.LIST)
        bar.addWidget(back)
        bar.addWidget(self.ask)
        bar.addWidget(self.print)
        bar.addStretch(1)
        bar.addWidget(self.origins)
        bar.addSpacing(8)
        bar.addWidget(self.filled)
        bar.addSpacing(16)
        bar.addWidget(self._before)
        bar.addWidget(self._place)
        bar.addWidget(self._after)
        column.addLayout(bar)
        column.addWidget(self.title)
        body = QHBoxLayout()
        body.setSpacing(12)
        body.addWidget(self._area, 1)
        body.addWidget(self.panel)
        column.addLayout(body, 1)

    # -- fields ----------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        shown = self._shown
        if shown is None:
            return
        form = self._session.form_set.form(shown.form)
        content = QWidget()
        theme.set_look(content, "page")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(12)
        cards = [card for section in form.section if (card := self._card(form, section, shown))]
        children = [
            self._child_card(child, shown.children.get(child.id, ()))
            for child in self._session.form_set.children_of(form.id)
        ]
        whole = [q for q in self._asked if not q.standing.query.field]
        if whole:
            card = page.Card(margin=16)
            for asked in whole:
                card.body.addWidget(asked_row(asked, self._words))
            cards.insert(0, card)
        # What a record consists of stands right below what it is.
        for card in [*cards[:1], *children, *cards[1:]]:
            column.addWidget(card)
        column.addStretch(1)
        self._area.setWidget(content)

    def _card(self, form: Form, section: Section, shown: RecordPage) -> QWidget | None:
        fields = [f for f in form.stored_fields if f.section == section.id and f.id in shown.texts]
        if self.filled.isChecked():
            fields = [f for f in fields if shown.texts[f.id]]
        if not fields:
            return None
        card = page.Card(margin=16)
        card.body.addWidget(page.label(section.label.get(self._words.language), "section"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        row, side = 0, 0
        for field in fields:
            wide = field.type in WIDE or len(shown.texts[field.id]) > 60
            if wide and side:
                row, side = row + 1, 0
            grid.addLayout(self._pair(field, shown.texts[field.id]), row, side, 1, 2 if wide else 1)
            row, side = (row + 1, 0) if wide or side else (row, 1)
        card.body.addLayout(grid)
        return card

    def _pair(self, field: Field, text: str) -> QVBoxLayout:
        language = self._words.language
        unit = f" {field.unit.get(language)}" if field.unit is not None and text else ""
        name = page.label(field.label.get(language), "label", wrap=True)
        value: QLabel = page.label(
            text + unit if text else "—", "" if text else "text2", wrap=True, selectable=True
        )
        if field.definition is not None:
            name.setToolTip(field.definition.get(language))
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(name)
        head.addWidget(self._ask_button(field))
        if not (field.owner == "centre" and field.role == "resource_code"):
            head.addWidget(self._correct_button(field))
        head.addStretch(1)
        pair = QVBoxLayout()
        pair.setSpacing(2)
        pair.addLayout(head)
        pair.addWidget(value)
        origin = self._origin.values.get(field.id) if self._origin is not None else None
        for line in origin_texts(origin, field, self._session, self._words) if origin else ():
            pair.addWidget(page.label(line, "hint", wrap=True, selectable=True))
        for asked in self._asked:
            if asked.standing.query.field == field.id:
                pair.addWidget(asked_row(asked, self._words))
        pair.addStretch(1)
        return pair

    def _ask_button(self, field: Field) -> QWidget:
        label = field.label.get(self._words.language)
        made = page.icon_button(
            Icon.COMMENT, self._words("CR_ASK_FIELD", field=label), self._on_ask_field
        )
        made.setIconSize(QSize(14, 14))
        made.setProperty("field", field.id)
        theme.set_look(made, "tiny")
        return writes(made)

    def _correct_button(self, field: Field) -> QWidget:
        label = field.label.get(self._words.language)
        made = page.icon_button(
            Icon.SCALES, self._words("CD_CORRECT_FIELD", field=label), self._on_correct_field
        )
        made.setIconSize(QSize(14, 14))
        made.setProperty("field", field.id)
        theme.set_look(made, "tiny")
        return writes(made)

    # -- origins and corrections -----------------------------------------------------------------------------------

    def _on_origins(self, _checked: bool) -> None:
        self._read_origins()
        if not self.origins.isChecked() and self._origin is not None:
            self._origin = None
            self._refill()

    def _read_origins(self) -> None:
        """Read where the values come from; packages are verified again for it, so only when it is asked for."""
        shown = self._shown
        if shown is not None and self.origins.isChecked():
            self._differences.origins(
                shown.department, shown.form, shown.record.id, self, self._on_origin,
                self._session.runner.report,
            )  # fmt: skip

    def _on_origin(self, origin: RecordOrigin) -> None:
        shown = self._shown
        if shown is None or origin.owner.record != shown.record.id or not self.origins.isChecked():
            return
        self._origin = origin
        self._refill()

    def _on_correct_field(self) -> None:
        sender = self.sender()
        target = self._target(str(sender.property("field"))) if sender is not None else None
        if target is not None:
            self.correcting = CorrectDialog(self._differences, target, self._words, self.window())
            self.correcting.corrected.connect(self._on_corrected)
            self.correcting.open()

    def _on_corrected(self, _decision: object) -> None:
        shown = self._shown
        if shown is not None:
            owner = Owner(shown.department, shown.form, shown.record.id)
            self._session.record_of(owner, self, self._on_read_again)

    def _on_read_again(self, found: RecordPage | None) -> None:
        shown = self._shown
        if found is None or shown is None:
            return
        if (found.department, found.record.id) == (shown.department, shown.record.id):
            self._shown = found
            self._refill()
            self._read_origins()

    # -- asking ----------------------------------------------------------------------------------------------------

    def _on_ask_field(self) -> None:
        sender = self.sender()
        if sender is not None:
            self._ask_about(str(sender.property("field")))

    def _on_ask_record(self) -> None:
        self._ask_about("")

    def _ask_about(self, field: str) -> None:
        """Open the dialog that asks the department about a field, or about the whole record."""
        target = self._target(field)
        if target is not None:
            AskDialog(self._desk, target, self._words, self.window()).open()

    def _target(self, field: str) -> AskTarget | None:
        shown, state = self._shown, self._session.state
        if shown is None or state is None:
            return None
        form = self._session.form_set.form(shown.form)
        return AskTarget(
            shown.department,
            state.name_of(shown.department),
            form,
            shown.record.id,
            shown.texts.get(form.title, ""),
            form.field_by_id(field) if field else None,
            shown.texts.get(field, ""),
            shown.record.values,
        )

    def _read_asked(self) -> None:
        shown = self._shown
        if shown is not None:
            self._desk.asked_about(shown.department, shown.record.id, self, self._on_asked)

    def _on_asked(self, asked: list[QueryShown]) -> None:
        shown = self._shown
        here = [q for q in asked if shown and q.standing.query.record == shown.record.id]
        if here != list(self._asked):
            self._asked = here
            self._refill()

    def _refill(self) -> None:
        """Fill anew at the same place."""
        place = self._area.verticalScrollBar().value()
        self._fill()
        self._area.verticalScrollBar().setValue(place)

    def _child_card(self, child: Form, rows: Sequence[TableRow]) -> QWidget:
        language = self._words.language
        card = page.Card(margin=16)
        label = (child.plural or child.label).get(language)
        card.body.addWidget(page.label(f"{label}  {self._words.count(len(rows))}", "section"))
        if not rows:
            card.body.addWidget(page.label(self._words("CAT_NO_ITEMS"), "hint"))
            return card
        columns = [column_of(child.field_by_id(f), language) for f in child.list]
        headings = [Heading("#", 44, right=True)]
        headings += [
            Heading(
                c.title,
                0 if c.id == child.title else head_width(c.title, min(c.width, 120)),
                c.right,
            )
            for c in columns
        ]
        model = TextTableModel(headings, card)
        model.show_rows(
            [
                [str(number), *(row.texts.get(c.id, "") for c in columns)]
                for number, row in enumerate(rows, 1)
            ]
        )
        view = text_table(model, label)
        view.verticalHeader().setDefaultSectionSize(theme.COMPACT_ROW_HEIGHT)
        lines = min(len(rows), MAX_TABLE_ROWS)
        view.setFixedHeight(theme.COMPACT_ROW_HEIGHT * lines + theme.ROW_HEIGHT + 4)
        card.body.addWidget(view)
        return card

    # -- provenance ------------------------------------------------------------------------------------------------

    def _provenance(self, shown: RecordPage) -> list[QWidget]:
        state, words = self._session.state, self._words
        if state is None:
            return []
        parts: list[QWidget] = [
            page.label(words("CAT_PROVENANCE"), "section"),
            page.label(state.name_of(shown.department), "strong", wrap=True, selectable=True),
        ]
        package = state.head(shown.department)
        if package is None:
            return parts
        keys = self._session.keys_of(shown.department)
        signer = grouped(keys[0].fingerprint, 8) if len(keys) == 1 else ""
        facts = [
            (words("CAT_PACKAGE"), package.name),
            (words("CAT_COL_NUMBER"), words("CAT_NUMBER", number=package.sequence)),
            (words("CAT_IDENTITY"), grouped(package.identity)),
            (words("CAT_SIGNED_WITH"), signer),
            (words("CAT_CREATED"), words.moment(package.created)),
            (words("CAT_COL_RECEIVED"), words.moment(package.received_at)),
            (words("CAT_RECORD_ID"), grouped(shown.record.id, 8)),
        ]
        return [
            *parts,
            standing_row(package_standing(package.state, words), ""),
            FactGrid(facts),
            page.button(words("CAT_VERIFY_AGAIN"), self._on_verify, symbol=Icon.SHIELD),
        ]

    def _on_verify(self) -> None:
        state = self._session.state
        package = state.head(self._shown.department) if state and self._shown else None
        if package is not None:
            title = self._words("CAT_VERIFYING")
            self._session.verify_stored(package, self, self._on_verified, title)

    def _on_verified(self, verified: Verified) -> None:
        if self._shown is not None:
            parts = self._provenance(self._shown)
            self.panel.show_parts([*verified_parts(verified, self._words), *parts])

    # -- moving ----------------------------------------------------------------------------------------------------

    def _on_before(self) -> None:
        self.step_wanted.emit(-1)

    def _on_after(self) -> None:
        self.step_wanted.emit(1)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_Left: self._on_before, Qt.Key.Key_Right: self._on_after}
        if event.key() == Qt.Key.Key_Escape:
            self.back_wanted.emit()
        elif event.matches(QKeySequence.StandardKey.Print):
            self.print_record()
        elif Qt.Key(event.key()) in keys:
            keys[Qt.Key(event.key())]()
        else:
            super().keyPressEvent(event)


def asked_row(asked: QueryShown, words: Words) -> QWidget:
    """Return one line that says what was asked and how it stands."""
    standing = query_standing(asked.standing, words)
    text = words("CR_ASKED_LINE", state=standing.text, text=asked.standing.query.text)
    return standing_row(replace(standing, text=text), "")
