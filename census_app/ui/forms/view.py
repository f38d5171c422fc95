"""The form of one record, generated from its definition: sections as tabs, only relevant fields, problems in words.

Knows no service: it tells what was typed and chosen, and shows the state it is given. Sections are built when they are
first looked at, since a system has some 140 fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QStackedWidget, QTabBar, QVBoxLayout, QWidget
from typing_extensions import override

from census_app.domain.findings import Finding
from census_app.domain.records import Value
from census_app.formspec.model import Field, Form
from census_app.formspec.types import Context
from census_app.services.editing import FormState
from census_app.ui.forms.editor import (
    EditorSetting,
    FieldEditor,
    composing,
    drop_composing,
    end_composing,
)
from census_app.ui.forms.row import FieldRow, RowState
from census_app.ui.forms.section_page import SectionPage
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.translation import Words


class FormView(QWidget):
    """Shows one record of a form for editing.

    Signals:
        text_committed: field id, text as typed.
        value_committed: field id, value or None.
        stay_finished: field id; the burst of edits that is one undo step ends.
        field_entered: field id; help follows it.
        offer_taken: the finding whose offered value the person takes.
        query_wanted: The person wants to read the queries about a field.
        create_wanted: field id and name of a record that shall be made and referred to.
        record_wanted: field id, and id of the record it refers to, which shall be shown.
        attach_wanted: field id; files shall be added to it.
        open_wanted: field id and the attached file that shall be opened.
    """

    text_committed = Signal(str, str)
    value_committed = Signal(str, object)
    stay_finished = Signal(str)
    field_entered = Signal(str)
    offer_taken = Signal(object)
    query_wanted = Signal()
    create_wanted = Signal(str, str)
    record_wanted = Signal(str, str)
    attach_wanted = Signal(str)
    open_wanted = Signal(str, object)

    def __init__(self, form: Form, context: Context, words: Words) -> None:
        super().__init__()
        self.form = form
        self._context = context
        self._words = words
        self._rows: dict[str, FieldRow] = {}
        self._state: FormState | None = None
        self._by_field: Mapping[str, tuple[Finding, ...]] = {}
        self._queries: Mapping[str, int] = {}
        self._editing = ""
        self._offer_awaited = ""
        self._sections = _sections(form, words.language)
        self._pages: dict[str, SectionPage] = {}
        self._stale: dict[
            str, bool
        ] = {}  # sections out of sight → whether they are rewritten when turned to
        self._extra: dict[str, QWidget] = {}
        self._extra_titles: dict[str, str] = {}
        self._extra_findings: dict[str, Sequence[Finding]] = {}
        self._visible: list[str] = []
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setIconSize(QSize(14, 14))
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.setAccessibleName(words("UI_SECTIONS"))
        self.stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.tabs)
        column.addWidget(page.line())
        column.addWidget(self.stack, 1)
        self.tabs.currentChanged.connect(self._on_tab)
        for keys, step in (("Ctrl+PgDown", 1), ("Ctrl+PgUp", -1)):
            turn = QShortcut(QKeySequence(keys), self)
            turn.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            turn.activated.connect(self._on_forth if step > 0 else self._on_back)
        take = QShortcut(QKeySequence("Alt+Return"), self)
        take.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        take.activated.connect(self._on_take)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]
        self._show_tabs([s for s, _title, _fields in self._sections])

    # -- what the page around it uses ------------------------------------------------------------------------------

    def add_section(self, section_id: str, title: str, widget: QWidget) -> None:
        """Add a section that is not made of fields, such as the grid of data items."""
        self._extra[section_id] = widget
        self._extra_titles[section_id] = title
        self.stack.addWidget(widget)
        self._show_tabs(self._visible)

    def set_section_title(self, section_id: str, title: str) -> None:
        """Change the title of an added section, when its count changes."""
        self._extra_titles[section_id] = title
        ids = [*self._visible, *self._extra]
        self.tabs.setTabText(ids.index(section_id), title)

    def mark_section(self, section_id: str, findings: Sequence[Finding]) -> None:
        """Take the findings of an added section, which its tab tells of as the others do."""
        self._extra_findings[section_id] = findings
        self._mark_tabs()

    def show_state(
        self, state: FormState, findings: Sequence[Finding], *, rewrite: bool = False
    ) -> int:
        """Show a record's state and return how many rows were painted anew.

        Args:
            findings: All findings of the record, those across records included.
            rewrite: The change came from elsewhere (another record, undo): also replace what is being typed.
        """
        fresh = self._state is None or self._state.record != state.record
        if fresh and self._editing:
            drop_composing()
        self._state = state
        self._by_field = _by_field(findings)
        self._context = self._context.beside(state.values)
        ids = {f.id for f in self.form.field if f.id in state.relevant}
        visible = [s for s, _t, fields in self._sections if any(f.id in ids for f in fields)]
        self._show_tabs(visible or [self._sections[0][0]])
        if fresh:
            for section_page in self._pages.values():
                section_page.verticalScrollBar().setValue(0)
        painted = self._show_seen(rewrite=rewrite or fresh)
        self._mark_tabs()
        self._take_awaited(fresh=fresh)
        return painted

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show other findings about the same state."""
        self._by_field = _by_field(findings)
        self._show_seen(rewrite=False)
        self._mark_tabs()

    def show_queries(self, by_field: Mapping[str, int]) -> None:
        """Mark the fields about which queries wait for an answer; field id → how many."""
        self._queries = by_field
        for field_id, row in self._rows.items():
            row.show_queries(by_field.get(field_id, 0))

    def show_refusal(self, field_id: str, text: str) -> None:
        """Say under a field why what was typed is not written."""
        if field_id in self._rows:
            self._rows[field_id].show_refusal(text)

    def go_to(self, field_id: str) -> bool:
        """Bring a field on the screen and the cursor into it; False when the form shows it nowhere."""
        for section_id, _title, fields in self._sections:
            if any(f.id == field_id for f in fields) and section_id in self._visible:
                self.tabs.setCurrentIndex(self._visible.index(section_id))
                self._page(section_id)
                row = self._rows[field_id]
                if row.isHidden():
                    return False
                if not composing():
                    row.editor.setFocus(Qt.FocusReason.OtherFocusReason)
                QTimer.singleShot(0, row, partial(self._pages[section_id].show_row, row))
                return True
        return False

    @property
    def section(self) -> str:
        """The section that is seen."""
        return str(self.tabs.tabData(self.tabs.currentIndex()) or "")

    def show_section(self, section_id: str) -> None:
        """Show a section."""
        ids = [*self._visible, *self._extra]
        if section_id in ids:
            self.tabs.setCurrentIndex(ids.index(section_id))

    def flush(self) -> None:
        """Commit what was typed and not yet committed; a word being composed is written first."""
        if self._editing:
            end_composing()
        for row in self._rows.values():
            row.editor.flush()

    def focus_first(self) -> None:
        """Put the cursor into the first field of the first section."""
        self.tabs.setCurrentIndex(0)
        self._enter_section(last=False)

    def row(self, field_id: str) -> FieldRow | None:
        """Return the row of a field, or None while its section has not been built."""
        return self._rows.get(field_id)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _show_seen(self, *, rewrite: bool) -> int:
        """Show the state in the section that is seen; the others follow when they are turned to."""
        seen, painted = self.stack.currentWidget(), 0
        for section_id, section_page in self._pages.items():
            if section_page is seen:
                painted = self._show_section(section_page, rewrite=rewrite)
            else:
                self._stale[section_id] = rewrite or self._stale.get(section_id, False)
        return painted

    def _show_section(self, section_page: SectionPage, *, rewrite: bool) -> int:
        if self._state is None:
            return 0
        painted = sum(self._show_row(row, rewrite=rewrite) for row in section_page.rows)
        section_page.show_relevant(self._state.relevant)
        return painted

    def _show_tabs(self, visible: Sequence[str]) -> None:
        ids = [*visible, *self._extra]
        if [self.tabs.tabData(i) for i in range(self.tabs.count())] == ids:
            return
        current = self.tabs.tabData(self.tabs.currentIndex())
        self._visible = list(visible)
        titles = {s: title for s, title, _f in self._sections} | self._extra_titles
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        for section_id in ids:
            tab = self.tabs.addTab(titles[section_id].replace("&", "&&"))
            self.tabs.setTabData(tab, section_id)
        self.tabs.setCurrentIndex(ids.index(current) if current in ids else 0)
        self.tabs.blockSignals(False)
        self.tabs.setVisible(len(ids) > 1)
        self._on_tab(self.tabs.currentIndex())

    def _on_tab(self, index: int) -> None:
        ids = [*self._visible, *self._extra]
        if not 0 <= index < len(ids):
            return
        section_id = ids[index]
        widget = self._extra.get(section_id) or self._page(section_id)
        if section_id in self._stale and isinstance(widget, SectionPage):
            self._show_section(widget, rewrite=self._stale.pop(section_id))
        self.stack.setCurrentWidget(widget)

    def _on_forth(self) -> None:
        self._turn(1)

    def _on_back(self) -> None:
        self._turn(-1)

    def _turn(self, step: int) -> None:
        """Show the next or previous section; the cursor goes with it, since its field is out of sight."""
        index = self.tabs.currentIndex() + step
        if 0 <= index < self.tabs.count():
            with_cursor = self.stack.isAncestorOf(QApplication.focusWidget() or self)
            self.tabs.setCurrentIndex(index)
            if with_cursor:
                self._enter_section(last=False)

    def _enter_section(self, *, last: bool) -> None:
        shown = self.stack.currentWidget()
        if isinstance(shown, SectionPage):
            control = shown.end_control(last=last)
            if control is not None:
                control.setFocus(
                    Qt.FocusReason.BacktabFocusReason if last else Qt.FocusReason.TabFocusReason
                )
                shown.ensureWidgetVisible(control, 0, 48)
        elif shown is not None:
            shown.setFocus()

    @override
    def focusNextPrevChild(self, forth: bool) -> bool:
        """Let Tab and Enter lead from the last field of a section into the next one, and back."""
        control, shown = QApplication.focusWidget(), self.stack.currentWidget()
        # Qt asks as well when the control with the cursor was hidden or disabled: then nobody pressed a key.
        gone = control is None or not (control.isVisible() and control.isEnabled())
        if (
            control is None
            or gone
            or not isinstance(shown, SectionPage)
            or not shown.isAncestorOf(control)
            or shown.control_after(control, back=not forth) is not None
        ):
            return super().focusNextPrevChild(forth)
        index = self.tabs.currentIndex() + (1 if forth else -1)
        if not 0 <= index < self.tabs.count():
            return super().focusNextPrevChild(forth)
        self.tabs.setCurrentIndex(index)
        self._enter_section(last=not forth)
        return True

    def _on_take(self) -> None:
        """Take the value that is offered for the field with the cursor; what was just typed there is judged first."""
        row = self._rows.get(self._editing)
        if row is None:
            return
        if row.editor.dirty:
            self._offer_awaited = self._editing
            row.editor.flush()
        else:
            row.take_offer()

    def _take_awaited(self, *, fresh: bool) -> None:
        field, self._offer_awaited = self._offer_awaited, ""
        row = self._rows.get(field)
        if row is not None and not fresh:
            row.take_offer()

    def _page(self, section_id: str) -> SectionPage:
        if section_id in self._pages:
            return self._pages[section_id]
        fields = next(f for s, _t, f in self._sections if s == section_id)
        rows = [self._make_row(field) for field in fields]
        made = SectionPage(rows, self._words)
        self._pages[section_id] = made
        self.stack.addWidget(made)
        self._show_section(made, rewrite=True)
        return made

    def _make_row(self, field: Field) -> FieldRow:
        row = FieldRow(EditorSetting(field, self._context, self._words, can_create=True))
        self._rows[field.id] = row
        row.editor.text_committed.connect(self._on_text)
        row.editor.value_committed.connect(self._on_value)
        row.editor.create_wanted.connect(self._on_create)
        row.editor.record_wanted.connect(self._on_record)
        row.editor.attach_wanted.connect(self._on_attach)
        row.editor.open_wanted.connect(self._on_open)
        row.offer_taken.connect(self.offer_taken)
        row.query_wanted.connect(self.query_wanted)
        row.show_queries(self._queries.get(field.id, 0))
        return row

    def _show_row(self, row: FieldRow, *, rewrite: bool) -> bool:
        state = self._state
        if state is None:
            return False
        field = row.field
        value: Value | None = state.values.get(field.id)
        if field.type == "calculation":
            value = state.calculated.get(field.id)
        shown = RowState(
            value,
            state.understood.get(field.id, ""),
            field.id in state.required,
            self._by_field.get(field.id, ()),
        )
        return row.show_state(shown, self._context, rewrite=rewrite)

    def _mark_tabs(self) -> None:
        """Put a mark on each tab whose fields have open errors or warnings; the words say how many."""
        colours = theme.tokens()
        for index, section_id in enumerate([*self._visible, *self._extra]):
            fields = next((f for s, _t, f in self._sections if s == section_id), ())
            found = [finding for field in fields for finding in self._by_field.get(field.id, ())]
            found += self._extra_findings.get(section_id, ())
            open_ones = [finding for finding in found if finding.blocks_export]
            errors = [f for f in open_ones if f.severity.value in {"error", "refusal"}]
            if errors:
                self.tabs.setTabIcon(index, icon(Icon.ERROR, colours.bad, 14))
            elif open_ones:
                self.tabs.setTabIcon(index, icon(Icon.ALERT, colours.warn, 14))
            else:
                self.tabs.setTabIcon(index, QIcon())
            self.tabs.setTabToolTip(
                index, self._words("UI_SECTION_OPEN", count=len(open_ones)) if open_ones else ""
            )

    def _on_text(self, text: str) -> None:
        field_id = self._field_of(self.sender())
        if field_id:
            self.text_committed.emit(field_id, text)

    def _on_value(self, value: object) -> None:
        field_id = self._field_of(self.sender())
        if field_id:
            self.value_committed.emit(field_id, value)

    def _on_create(self, name: str) -> None:
        field_id = self._field_of(self.sender())
        if field_id:
            self.create_wanted.emit(field_id, name)

    def _on_record(self, record: str) -> None:
        field_id = self._field_of(self.sender())
        if field_id:
            self.record_wanted.emit(field_id, record)

    def _on_attach(self) -> None:
        field_id = self._field_of(self.sender())
        if field_id:
            self.attach_wanted.emit(field_id)

    def _on_open(self, file: object) -> None:
        field_id = self._field_of(self.sender())
        if field_id:
            self.open_wanted.emit(field_id, file)

    def _field_of(self, sender: object) -> str:
        return sender.field.id if isinstance(sender, FieldEditor) else ""

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        del old
        editor = self._editor_at(new)
        entered = editor.field.id if editor is not None else ""
        if entered == self._editing:
            return
        left, self._editing = self._editing, entered
        self._offer_awaited = ""
        if left in self._rows:
            self._rows[left].editor.flush()
            self._rows[left].settle()
            self.stay_finished.emit(left)
        if entered:
            self.field_entered.emit(entered)

    def _editor_at(self, widget: QWidget | None) -> FieldEditor | None:
        while widget is not None:
            if isinstance(widget, FieldEditor):
                return widget if self._rows.get(widget.field.id) and self._owns(widget) else None
            widget = widget.parentWidget()
        return None

    def _owns(self, editor: FieldEditor) -> bool:
        return self._rows[editor.field.id].editor is editor

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._state is not None:
            self._mark_tabs()


def _sections(form: Form, language: str) -> list[tuple[str, str, tuple[Field, ...]]]:
    """Return (id, title, fields) of the sections in order; fields of none come first, under the form's name."""
    known = {s.id for s in form.section}
    loose = tuple(f for f in form.field if f.section not in known)
    found = [("", form.label.get(language), loose)] if loose else []
    for section in form.section:
        fields = tuple(f for f in form.field if f.section == section.id)
        if fields:
            found.append((section.id, section.label.get(language), fields))
    return found


def _by_field(findings: Sequence[Finding]) -> Mapping[str, tuple[Finding, ...]]:
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.fields[0], []).append(finding)
    return {field: tuple(found) for field, found in grouped.items()}
