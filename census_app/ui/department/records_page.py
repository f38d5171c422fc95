"""A page of the guide with records: the list above, the form of the chosen record below."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.changes import Origin, StepDone
from census_app.domain.findings import Finding
from census_app.domain.records import RecordId
from census_app.formspec.model import Form
from census_app.formspec.titles import title_of
from census_app.services.editing import FormState
from census_app.services.ports import ListQuery
from census_app.ui.department.attachment_links import AttachmentLinks
from census_app.ui.department.child_grids import ChildGrids
from census_app.ui.department.record_links import RecordLinks, Shown
from census_app.ui.department.record_list import RecordList
from census_app.ui.department.removal import Removal
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.steps import Scope
from census_app.ui.forms.editor import composing
from census_app.ui.forms.view import FormView
from census_app.ui.shell import page, theme
from census_app.ui.shell.application import Preferences
from census_app.ui.shell.icons import Icon, icon
from census_app.ui.shell.translation import Words

REFRESH_AFTER_MS = 250


class RecordsPage(QWidget):
    """List and form of one scope.

    Signals:
        import_wanted: The person wants to import Excel lists.
        record_shown: This page shows another record or another state of it.
        field_entered: field id; help follows it.
        fill_wanted: ids of the chosen records, which shall get one answer.
        query_wanted: The person wants to read the queries about a field.
        discover_wanted: The person wants to discover records in a database.
        reference_wanted: form and id of a record that this one refers to, which shall be shown.
    """

    import_wanted = Signal()
    record_shown = Signal()
    field_entered = Signal(str)
    fill_wanted = Signal(object)
    query_wanted = Signal()
    discover_wanted = Signal()
    reference_wanted = Signal(str, str)

    def __init__(self, scope: Scope, session: WorkspaceSession, words: Words, title: str) -> None:
        super().__init__()
        self.form = session.form_set.form(scope.form)
        self.scope = scope
        self._session = session
        self._words = words
        self._record = RecordId("")
        self._target: tuple[str, RecordId, str] | None = (
            None  # form, record, field to show once it is here
        )
        self._target_section = -1
        self._preferences: Preferences | None = None
        self._loaded = False
        self._behind = False
        self._alone = False
        self._view: FormView | None = None
        self._grids = ChildGrids(self.form, session, words, self)
        self._grids.changed.connect(self.record_shown)
        self._queries: Mapping[str, int] = {}
        self.state: FormState | None = None
        self._is_department = self.form.id == session.form_set.by_role("department_name")[0].id
        self.list = RecordList(scope, session, words)
        self._removal = Removal(self, session, words)
        self._removal.removed.connect(self._on_removed)
        self._fill = page.button("", self._on_fill)
        self._remove_many = page.button("", self.delete)
        self._fill.hide()
        self._remove_many.hide()
        self._several = False
        self._head_actions = self._actions()
        self._head = page.PageHead(title, [self._fill, self._remove_many, *self._head_actions])
        self._detail = self._make_detail()
        self._splitter = QSplitter(Qt.Orientation.Vertical)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setHandleWidth(8)
        self._splitter.addWidget(self.list)
        self._splitter.addWidget(self._detail)
        self._splitter.setSizes([230, 420])
        self._splitter.setStretchFactor(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._head)
        column.addWidget(self._splitter, 1)
        self.list.setVisible(not self._is_department)
        self._connect()

    def _connect(self) -> None:
        self.list.chosen.connect(self._on_chosen)
        self.list.opened.connect(self.show_alone)
        self.list.several_chosen.connect(self._on_several)
        self.list.listed.connect(self._on_listed)
        self.list.delete_wanted.connect(self.delete)
        self.list.fill_wanted.connect(self._on_fill)
        self.list.compare_wanted.connect(self.compare)
        self.list.add_wanted.connect(self.add)
        self.list.import_wanted.connect(self.import_wanted)
        self.list.discover_wanted.connect(self.discover_wanted)
        self._session.state_changed.connect(self._on_state)
        self._session.refused.connect(self._on_refused)
        self._session.records_changed.connect(self._on_records_changed)
        self._session.checked.connect(self._on_checked)
        self._refresh_timer = QTimer(self, singleShot=True, interval=REFRESH_AFTER_MS)
        self._refresh_timer.timeout.connect(self.list.refresh_current)
        back = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        back.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        back.activated.connect(self.show_list)
        if not self.scope.equals:
            new = QShortcut(
                QKeySequence("Ctrl+N"), self
            )  # of the page: the button in its head may be hidden
            new.activated.connect(self.add)

    # -- parts -----------------------------------------------------------------------------------------------------

    def _actions(self) -> list[QWidget]:
        if self.scope.equals:
            return []
        discover = page.button(
            self._words("DI_MENU"), self.discover_wanted.emit, symbol=Icon.DATABASE
        )
        bring = page.button(self._words("UI_IMPORT"), self.import_wanted.emit, symbol=Icon.IMPORT)
        add = page.button(self._words("UI_ADD"), self.add, "primary", Icon.ADD)
        add.setToolTip("Ctrl+N")
        return [discover, bring, add] if self.list.discovers else [bring, add]

    def _on_several(self, count: int) -> None:
        self._several = count > 1
        self._fill.setText(self._words("UI_FILL_N", count=count))
        self._remove_many.setText(self._words("UI_DELETE_N", count=count))
        self._show_actions()

    def _show_actions(self) -> None:
        """Offer in the head, in the place of the import, what is done with several records once several are chosen."""
        for many in (self._fill, self._remove_many):
            many.setVisible(self._several)
        empty = not self.list.total and not self.list.filtered  # the empty page offers them itself
        for number, action in enumerate(self._head_actions):
            is_last = number == len(self._head_actions) - 1
            action.setVisible(not empty and (is_last or not self._several))

    def _on_fill(self) -> None:
        self._session.ids(self.form.id, self.list.chosen_keys(), self, self.fill_wanted.emit)

    def _make_detail(self) -> QStackedWidget:
        stack = QStackedWidget()
        self._form_side = QWidget()
        column = QVBoxLayout(self._form_side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(4)
        self._title = page.label("", "section")
        self._place = page.label("", "hint")
        words = self._words
        self._before = page.icon_button(Icon.ARROW_LEFT, words("UI_BEFORE"), self._on_before)
        self._after = page.icon_button(Icon.ARROW_RIGHT, words("UI_AFTER"), self._on_after)
        self._fold = page.icon_button(Icon.ARROW_UP, words("UI_FORM_ALONE"), self._on_fold)
        self._delete = page.icon_button(Icon.DELETE, words("UI_DELETE_RECORD"), self.delete)
        row.addWidget(self._title, 1)
        self.links = RecordLinks(self.form, self._session, words, self._shown, self)
        self.attachments = AttachmentLinks(
            self.form.id, self._session, words, lambda: self._record, self
        )
        self.links.record_made.connect(self._on_copied)
        self.links.record_wanted.connect(self.reference_wanted)
        tools = [self._before, self._place, self._after, self._fold, self._delete]
        for tool in tools:
            row.addWidget(tool)
        row.addWidget(self.links.button)
        # A form with one record has no neighbours, no list and nothing to make of it.
        self._tools = [*tools, self._title, self.links.button]
        column.addLayout(row)
        column.addWidget(self.links.bar)
        self._form_column = column
        stack.addWidget(QWidget())
        stack.addWidget(self._form_side)
        return stack

    def _form_view(self) -> FormView:
        if self._view is None:
            self._view = FormView(self.form, self._session.context, self._words)
            self._view.text_committed.connect(self._on_text)
            self._view.value_committed.connect(self._on_value)
            self._view.stay_finished.connect(self._session.finish_stay)
            self._view.field_entered.connect(self.field_entered)
            self._view.offer_taken.connect(self._on_offer)
            self._view.query_wanted.connect(self.query_wanted)
            self._view.create_wanted.connect(self.links.refer_to_new)
            self._view.record_wanted.connect(self.links.follow)
            self._view.attach_wanted.connect(self.attachments.choose)
            self._view.open_wanted.connect(self.attachments.open)
            self._view.show_queries(self._queries)
            self._grids.fill(self._view, self._preferences)
            self._form_column.addWidget(self._view, 1)
            if self.scope.section:
                self._view.show_section(self.scope.section)
        return self._view

    # -- what the window uses --------------------------------------------------------------------------------------

    def use_preferences(self, preferences: Preferences) -> None:
        """Show columns as they were chosen last time, and remember how they are chosen from now on."""
        self._preferences = preferences
        self.list.use_preferences(preferences)

    @property
    def single(self) -> bool:
        """Whether there is only the department's own record: then no list stands above its form."""
        return self._is_department and self.list.total <= 1 and not self.list.filtered

    @property
    def record(self) -> RecordId:
        """The record that is shown, or the empty text."""
        return self._record

    @property
    def title(self) -> str:
        """The name of the record that is shown, as its head says it."""
        return self._title.text()

    def findings(self) -> tuple[Finding, ...]:
        """Return the findings of the record that is shown, those of its children included."""
        problems = self._session.problems
        found = list(problems.of_record(self.form.id, self._record)) if self._record else []
        return (*found, *self._grids.findings())

    @property
    def child_forms(self) -> Sequence[Form]:
        """The forms whose records belong to a record of this page."""
        return self._session.form_set.children_of(self.form.id)

    def show_queries(self, by_field: Mapping[str, int]) -> None:
        """Mark the fields of the record that is shown about which queries wait for an answer."""
        self._queries = by_field
        if self._view is not None:
            self._view.show_queries(by_field)

    def enter(self) -> None:
        """Load what the page shows, the first time it is seen."""
        if not self._loaded:
            self._loaded = True
            self.list.reload()

    def add(self) -> None:
        """Add a record and put the cursor into its first field."""
        if self._view is not None:
            self._view.flush()
        self._session.create(self.form.id, self, self._on_added)

    def delete(self) -> None:
        """Ask, then delete the chosen records."""
        keys = self.list.chosen_keys()
        if keys and not (len(keys) == 1 and self._record == self._session.own_record):
            self.flush()
            self._removal.start(self.form.id, keys)

    def compare(self, record: str = "") -> None:
        """Show possible duplicates side by side, those of a record first."""
        from census_app.ui.department.duplicates_dialog import DuplicatesDialog  # noqa: PLC0415

        self.flush()
        dialog = DuplicatesDialog(self.form.id, self._session, self._words, self.window(), record)
        dialog.record_wanted.connect(self._on_record_wanted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_record_wanted(self, record: str) -> None:
        self.show_record(self.form.id, RecordId(record), self.form.title)

    def show_alone(self) -> None:
        """Show the form alone, with the cursor in it."""
        if self._record:
            self._set_alone(alone=True)
            self._form_view().focus_first()

    def take_focus(self) -> bool:
        """Put the cursor into the list, or into the form that stands alone; return whether there is either."""
        if self.record and (self.single or self._alone):
            self._form_view().focus_first()
        elif self.list.total:
            self.list.table.setFocus()
        return bool(self.list.total)

    def show_list(self) -> None:
        """Show the list again, with the cursor in it; an open list or calendar is closed first."""
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
            return
        if composing():
            return  # the key belongs to the input method
        if self._view is not None:
            self._view.flush()
        if self.list.table.hasFocus() and self.list.search_text:
            self.list.narrowing.clear_search()
        elif not self.single:
            self._set_alone(alone=False)
            self.list.table.setFocus()

    @property
    def form_only(self) -> bool:
        """Whether the form has the whole page."""
        return self._alone

    def show_form_only(self) -> None:
        """Give the form the whole page, wherever the cursor is."""
        self._set_alone(alone=True)

    def show_record(self, form: str, record: RecordId, field: str, section: int = -1) -> None:
        """Show a record and a field of it; of a child record, the owner with its grid.

        Args:
            section: Number of the form's tab, when no field is named.
        """
        self._loaded = True
        self._target = (form, record, field)
        self._target_section = section
        if form == self.form.id:
            self._find(record)
        else:
            self._session.child_owner(form, record, self, self._on_owner)

    def splitter_state(self) -> bytes:
        """Return how list and form share the page."""
        return bytes(self._splitter.saveState().data())

    def restore_splitter(self, state: bytes) -> None:
        """Share the page as last time."""
        if state:
            self._splitter.restoreState(state)

    def flush(self) -> None:
        """Commit what was typed and not yet committed."""
        if self._view is not None:
            self._view.flush()

    # -- list ------------------------------------------------------------------------------------------------------

    def _on_listed(self) -> None:
        empty = not self.list.total and not self.list.filtered
        self._head.set_note("" if self.single or empty else self._words.count(self.list.everything))
        self.list.setVisible(not (self._alone or self.single))
        for tool in self._tools:
            tool.setVisible(not self.single)
        self._show_actions()
        self.list.show_problems()
        self._show_place()

    def _on_chosen(self, record: str) -> None:
        if not record:
            self._record, self.state = RecordId(""), None
            self._detail.setCurrentIndex(0)
            self._detail.setVisible(self.list.total > 0)
            self.record_shown.emit()
            return
        self._detail.show()
        self._delete.setEnabled(record != self._session.own_record)
        self._show_place()
        if record == self._record:
            self._reach_target()
            return
        self.flush()
        self._record = RecordId(record)
        self.links.turn_to(self._record)
        self._session.open_record(self.form.id, self._record)

    def _on_added(self, record: RecordId) -> None:
        self._on_copied(record)
        self.links.offer_usual(record)

    def _on_copied(self, record: str) -> None:
        self._target = (self.form.id, RecordId(record), self.form.title)
        self.list.show_all()
        self._find(RecordId(record))

    def _shown(self) -> Shown | None:
        """Return what is shown, for the links; what was typed is committed first."""
        if not self._record or self.state is None or self._view is None:
            return None
        self._view.flush()
        section = self._view.section
        return Shown(self._record, self._title.text(), section, self.state.values)

    def _on_removed(self, done: StepDone) -> None:
        del done
        self._record, self.state = RecordId(""), None

    def _on_records_changed(self, forms: Sequence[str]) -> None:
        if self._loaded and self.form.id in forms and self._target is None:
            self.list.reload()
        self._grids.take_change(forms)

    def _on_checked(self) -> None:
        """Follow a check; a page that nobody sees does so once it is shown."""
        self._behind = not self.isVisible()
        if not self._behind:
            self._show_findings()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._behind:
            self._on_checked()

    def _find(self, record: RecordId) -> None:
        query = ListQuery(form=self.form.id, ids=frozenset({record}))
        self._session.keys(query, self, self._on_found)

    def _on_found(self, keys: array[int]) -> None:
        if not keys:
            self._target = None
            if self.list.position < 0:
                self.list.reload()  # the page may never have been filled
            return
        if not self.list.choose_key(keys[0]):
            self.list.show_all()
            self.list.reload(keys[0])

    def _on_owner(self, owner: RecordId | None) -> None:
        if owner is not None:
            self._find(owner)
        else:
            self._target = None
            self.list.reload()

    def _show_place(self) -> None:
        here, total = self.list.position, self.list.total
        self._place.setText(f"{here + 1} / {total}" if here >= 0 else "")
        self._before.setEnabled(here > 0)
        self._after.setEnabled(0 <= here < total - 1)

    def _on_before(self) -> None:
        self.list.step(-1)

    def _on_after(self) -> None:
        self.list.step(1)

    def _on_fold(self) -> None:
        self._set_alone(alone=not self._alone)

    def _set_alone(self, *, alone: bool) -> None:
        self._alone = alone
        self.list.setVisible(not alone)
        symbol = Icon.ARROW_DOWN if alone else Icon.ARROW_UP
        self._fold.setIcon(icon(symbol, theme.tokens().text_2))
        name = self._words("UI_LIST_BACK" if alone else "UI_FORM_ALONE")
        self._fold.setToolTip(name)
        self._fold.setAccessibleName(name)

    # -- form ------------------------------------------------------------------------------------------------------

    def _on_state(self, state: FormState, elsewhere: bool) -> None:
        if (state.form, state.record) != (self.form.id, self._record):
            return
        fresh = self.state is None or self.state.record != state.record
        self.state = state
        view = self._form_view()
        self._detail.setCurrentIndex(1)
        findings = self._session.problems.of_record(state.form, state.record)
        view.show_state(state, findings, rewrite=elsewhere)
        self._show_title(state)
        if fresh:
            self._grids.show_owner(self._record)
        self.list.show_problems()
        if not elsewhere:
            self._refresh_timer.start()
        self._reach_target()
        self.record_shown.emit()

    def _show_title(self, state: FormState) -> None:
        self._title.setText(title_of(self.form, state.values) or self._words("UI_UNNAMED"))

    def _show_findings(self) -> None:
        if self.state is None or self._view is None:
            return
        findings = self._session.problems.of_record(self.form.id, self._record)
        self._view.show_findings(findings)
        self._grids.show_problems()
        self.record_shown.emit()

    def _reach_target(self) -> None:
        if self._target is None or self._view is None or self.state is None:
            return
        form, record, field = self._target
        if form == self.form.id and record == self._record:
            self._target = None
            if not self._view.go_to(field) and 0 <= self._target_section < self._view.tabs.count():
                self._view.tabs.setCurrentIndex(self._target_section)
        elif form in self._grids:
            self._target = None
            self._grids.go_to(form, record, field)

    def _on_text(self, field: str, text: str) -> None:
        self._session.set_text(self.form.id, self._record, field, text)

    def _on_value(self, field: str, value: object) -> None:
        self._session.set_value(self.form.id, self._record, field, value)  # type: ignore[arg-type]

    def _on_offer(self, finding: Finding) -> None:
        self._session.set_value(
            finding.form, finding.record, finding.fields[0], finding.offer, Origin.SUGGESTED
        )

    def _on_refused(self, field: str, error: object) -> None:
        if self._view is not None and self.isVisible():
            told = self._words.explain(error)  # type: ignore[arg-type]
            self._view.show_refusal(field, f"{told.what} {told.next_step}".strip())
