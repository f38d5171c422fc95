"""The step "zombie systems": every system is judged and decided upon, one after the other, with one key an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)
from typing_extensions import override

from census_app.domain.changes import StepDone
from census_app.domain.findings import Finding
from census_app.domain.records import RecordId
from census_app.domain.systems import Reply, SystemCase, complete, replies_of
from census_app.errors import CensusError
from census_app.services import clearing
from census_app.services.clearing import SystemsToClear
from census_app.services.editing import FormState, RecordEditor
from census_app.services.ports import WorkspaceStore
from census_app.ui.department.clearing_list import SystemList
from census_app.ui.department.clearing_outcome import NewTargetDialog, OutcomeCard
from census_app.ui.department.clearing_questions import QuestionsCard
from census_app.ui.department.clearing_tabs import ConnectTab, FundingTab, OverviewTab
from census_app.ui.department.clearing_words import consequences, judgement
from census_app.ui.department.paper import Paper
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell import page, theme
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.reports.content import Printed

REFRESH_AFTER_MS: Final = 60
"""After a change, before the systems are read anew: several changes are read once."""

PRINTED: Final = ("", "zombies", "connections", "funding")
"""The list on paper behind each tab."""

TABS: Final = ("JG_TAB_JUDGE", "JG_TAB_OVERVIEW", "JG_TAB_CONNECT", "JG_TAB_FUNDING")


class ClearingPage(QWidget):
    """Judging page with its summaries.

    Signals:
        record_wanted: form, id, field: the person wants the whole form.
        systems_wanted: There are no systems yet; the person wants to register some.
    """

    record_wanted = Signal(str, str, str)
    systems_wanted = Signal()

    def __init__(self, session: WorkspaceSession, words: Words) -> None:
        super().__init__()
        self._session, self._words = session, words
        self.paper = Paper(session, words, self)
        self._form = session.form_set.by_role("system_name")[0]
        self.found = SystemsToClear((), (), {}, "")
        self.record = RecordId("")
        self._said: dict[RecordId, dict[str, Reply]] = {}
        self._pending = 0
        self._stay = 0
        self._to_missing = False
        self._rewrite = False
        self._editor: RecordEditor | None = None
        self._head = page.PageHead(words("UI_STEP_ZOMBIES"))
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(words("JG_TABS"))
        for code in TABS:
            self.tabs.addTab(words(code))
        self.list = SystemList(session.context, words)
        self.questions = QuestionsCard(session.form_set, words)
        self.outcome = OutcomeCard(session, words)
        self.overview = OverviewTab(session.context, words)
        self.connect_tab = ConnectTab(words)
        self.funding_tab = FundingTab(session.form_set, words)
        self._parts = QStackedWidget()
        for part in (self._judging(), self.overview, self.connect_tab, self.funding_tab):
            self._parts.addWidget(part)
        self._whole = QStackedWidget()
        self._whole.addWidget(self._filled())
        self._whole.addWidget(
            page.EmptyState(
                words("JG_EMPTY"), [(words("JG_TO_SYSTEMS"), self.systems_wanted.emit)],
                Icon.LIST, words("JG_EMPTY_TIP"),
            )
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self._head)
        column.addWidget(self._whole, 1)
        self._refresh_timer = QTimer(self, singleShot=True, interval=REFRESH_AFTER_MS)
        self._refresh_timer.timeout.connect(self.refresh)
        self._connect()

    # -- parts -----------------------------------------------------------------------------------------------------

    def _filled(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.addWidget(self.tabs, 1)
        self.print_button = page.button(
            self._words("JG_PRINT"), self.print_list, "small", Icon.PRINT
        )
        self.print_button.hide()
        row.addWidget(self.print_button)
        column.addLayout(row)
        column.addWidget(self._parts, 1)
        return made

    def _judging(self) -> QWidget:
        splitter = QSplitter(Qt.Orientation.Horizontal)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(12)
        splitter.addWidget(self.list)
        splitter.addWidget(self._detail())
        splitter.setSizes([456, 636])
        splitter.setStretchFactor(1, 1)
        return splitter

    def _detail(self) -> QWidget:
        words = self._words
        made = QWidget()
        outer = QVBoxLayout(made)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(8)
        self._name = page.label("", "section", wrap=True)
        self._place = page.label("", "hint")
        head.addWidget(self._name, 1)
        head.addWidget(self._place)
        self._open = page.button(words("JG_OPEN_FORM"), self._on_open, "small", Icon.DOCUMENT)
        head.addWidget(self._open)
        outer.addLayout(head)
        inner = _Column()
        inner.setProperty("look", "page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(8)
        self._not_asked = page.label(words("JG_NOT_ASKED"), "text2", wrap=True)
        column.addWidget(self._not_asked)
        column.addWidget(self.questions)
        column.addWidget(self.outcome)
        column.addStretch(1)
        self._inner = inner
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Always there, so that the width of texts does not depend on how high they are.
        self._scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._scroll.setWidget(inner)
        outer.addWidget(self._scroll, 1)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self._note = page.label(words("JG_KEYS"), "hint", wrap=True)
        foot.addWidget(self._note, 1)
        self.before_button = page.button(words("JG_BEFORE"), self._on_before)
        self.next_button = page.button(words("JG_NEXT"), self.go_next, "primary", Icon.ARROW_RIGHT)
        self.next_button.setToolTip(words("JG_NEXT_TIP"))
        foot.addWidget(self.before_button)
        foot.addWidget(self.next_button)
        outer.addLayout(foot)
        return made

    def _connect(self) -> None:
        session = self._session
        self.tabs.currentChanged.connect(self._on_tab)
        self.list.chosen.connect(self.show_system)
        self.list.entered.connect(self._to_questions)
        self.questions.replied.connect(self._on_replied)
        self.questions.finished.connect(self._to_decision)
        self.questions.next_wanted.connect(self.go_next)
        self.outcome.disposed.connect(self._on_disposed)
        self.outcome.next_wanted.connect(self.go_next)
        self.outcome.back_wanted.connect(self.questions.focus_open)
        self.outcome.new_target_wanted.connect(self._on_new_target)
        self.overview.group_wanted.connect(self._on_group)
        for part in (self.overview, self.connect_tab, self.funding_tab):
            part.system_wanted.connect(self._on_system_wanted)
        app = QApplication.instance()
        app.focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]
        session.state_changed.connect(self._on_state)
        session.records_changed.connect(self._on_records_changed)
        session.refused.connect(self._on_refused)
        session.checked.connect(self._on_checked)
        for keys, slot in (
            ("Ctrl+Return", self.go_next), ("Ctrl+Enter", self.go_next),
            ("Alt+Down", self.go_next), ("Alt+Up", self._on_before),
        ):  # fmt: skip
            pressed = QShortcut(QKeySequence(keys), self)
            pressed.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            pressed.activated.connect(slot)

    # -- reading ---------------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Read all systems; the one that was shown stays."""
        self.refresh()

    def take_focus(self) -> bool:
        """Put the cursor on the questions, whose keys are written below them; return whether there is a system."""
        shown = self.tabs.currentIndex() == 0 and self.case is not None
        if shown:
            self.questions.focus_open()
        return shown

    def refresh(self) -> None:
        """Read all systems anew."""
        services, record = self._session.services, self.record

        def work(
            store: WorkspaceStore, _progress: object
        ) -> tuple[SystemsToClear, FormState | None]:
            found = clearing.systems_to_clear(store, clock=services.clock)
            shown = next((c for c in found.cases if c.id == record), _first(found))
            return found, None if shown is None else self._state_of(store, shown.id)

        self._session.ask(work, self, self._on_read)

    def _state_of(self, store: WorkspaceStore, record: RecordId) -> FormState:
        """Return the state of a system's form; runs on the database thread, with an editor that only reads."""
        editor, services = self._editor, self._session.services
        if editor is not None and editor.state.record == record:
            return editor.reload()
        self._editor = RecordEditor(
            store, self._form.id, record, actor=services.actor, clock=services.clock
        )
        return self._editor.state

    def _on_read(self, read: tuple[SystemsToClear, FormState | None]) -> None:
        found, state = read
        rewrite, self._rewrite = self._rewrite, False
        self._on_systems(found)
        if state is not None and state.record == self.record:
            state = self._session.unwritten.laid_over(state, self._session.context)
            self.outcome.show_state(state, self._findings(state), rewrite=rewrite)
        self._inner.settle()
        if self._to_missing and not self._pending:
            self._to_missing = False
            if self.outcome.choice.hasFocus():  # else the person went elsewhere meanwhile
                self.outcome.focus_missing()

    def _on_systems(self, found: SystemsToClear) -> None:
        self.found = found
        self._head.set_note(
            self._words("JG_PROGRESS", done=found.done, total=len(found.cases))
            if found.cases
            else ""
        )
        self._whole.setCurrentIndex(0 if found.cases else 1)
        self.list.show_systems(found)
        self.overview.show_systems(found)
        self.connect_tab.show_systems(found)
        self.funding_tab.show_systems(found)
        first = _first(found)
        if self.case is None and first is not None:
            self.list.choose(first.id)
            self._refresh_timer.stop()  # its answers came with this reading
        else:
            self._show_case()

    @property
    def case(self) -> SystemCase | None:
        """The system that is shown."""
        return next((c for c in self.found.cases if c.id == self.record), None)

    def show_system(self, record: str) -> None:
        """Show a system."""
        if record == self.record:
            return
        self.flush()
        self.record = RecordId(record)
        self._stay += 1
        self._say_keys()
        self._refresh_timer.start()
        self._scroll.verticalScrollBar().setValue(0)
        self._show_case()

    def flush(self) -> None:
        """Write what was typed and not yet written."""
        self.outcome.flush()

    def _show_case(self) -> None:
        case, words = self.case, self._words
        if case is None:
            return
        if not self._pending:
            # What the form holds now wins; replies that decide nothing are remembered for as long as the page lives.
            kept = self._said.get(case.id, {})
            self._said[case.id] = {c: r for c, r in kept.items() if r is not Reply.YES}
        replies = self._replies(case)
        signs = self.found.signs.get(case.id, ())
        self._name.setText(case.name or words("UI_UNNAMED"))
        rows = [c.id for c in self.list.listed]
        place = rows.index(case.id) + 1 if case.id in rows else 0
        self._place.setText(words("JG_POSITION", number=place, total=len(rows)) if place else "")
        self.questions.setVisible(case.built)
        self._not_asked.setVisible(not case.built)
        self.questions.show_case(replies, signs)
        told = judgement(case, self.found.criteria, replies, signs, words)
        said = consequences(case, self.found, self._session.form_set, words)
        self.outcome.show_case(case, told if case.built else None, said)

    def _replies(self, case: SystemCase) -> dict[str, Reply]:
        held = replies_of(self.found.criteria, case)
        if self._pending:
            return held | self._said.get(case.id, {})
        if case.zombie is False:
            return held
        return self._said.get(case.id, {}) | held

    # -- answers ---------------------------------------------------------------------------------------------------

    def _on_replied(self, replies: Mapping[str, Reply]) -> None:
        record, stay = self.record, str(self._stay)
        self._said[record] = dict(replies)
        services = self._session.services
        store = self._session.store
        self._write(
            lambda: clearing.judge_system(
                store, record, replies, actor=services.actor, clock=services.clock, stay=stay
            )
        )

    def _on_disposed(self, code: str) -> None:
        case = self.case
        if case is None:
            return
        wanted = "" if case.disposition == code else code  # pressing it again takes it back
        record, stay = self.record, str(self._stay)
        services, store = self._session.services, self._session.store
        self._to_missing = bool(wanted)
        self._write(
            lambda: clearing.dispose_system(
                store, record, wanted, actor=services.actor, clock=services.clock, stay=stay
            )
        )

    def _write(self, work: Callable[[], StepDone]) -> None:
        self._pending += 1

        def done(_result: StepDone) -> None:
            self._pending -= 1

        def failed(error: Exception) -> None:
            self._pending -= 1
            self._refresh_timer.start()
            self._session.runner.report(error)

        self._session.change(lambda _p: work(), (self._form.id,), self, done, failed=failed)

    def _on_new_target(self) -> None:
        case = self.case
        if case is None:
            return
        dialog = NewTargetDialog(self._session.context, self._words, case.name, self)
        if dialog.ask():
            self.make_target(dialog.name, dialog.phase)
        dialog.deleteLater()

    def make_target(self, name: str, phase: str) -> None:
        """Register a system and merge the one that is shown into it."""
        record, services, store = self.record, self._session.services, self._session.store

        def done(_made: RecordId) -> None:
            self.outcome.choice.setFocus()

        self._session.change(
            lambda _p: clearing.merge_into_new(
                store, record, name, phase, actor=services.actor, clock=services.clock
            ),
            (self._form.id,), self, done,
        )  # fmt: skip

    # -- going on --------------------------------------------------------------------------------------------------

    def go_next(self) -> None:
        """Show the next system of the list; at its end say so."""
        self.flush()
        if self.list.step(1):
            self._to_questions()
        else:
            left = [c for c in self.found.cases if not complete(c)]
            if not left:
                theme.set_look(self._note, "said-good")
                self._note.setText(self._words("JG_ALL_DONE"))
            elif left[0].id != self.record:
                self.list.choose(left[0].id)
                self._to_questions()

    def _on_before(self) -> None:
        self.flush()
        if self.list.step(-1):
            self._to_questions()

    def _say_keys(self) -> None:
        theme.set_look(self._note, "hint")
        self._note.setText(self._words("JG_KEYS"))

    def _to_decision(self) -> None:
        self.outcome.choice.setFocus()

    def _to_questions(self) -> None:
        case = self.case
        if case is None or case.built:
            self.questions.focus_open()
        else:
            self.outcome.choice.setFocus()

    def _on_open(self) -> None:
        if self.record:
            field = self._session.form_set.by_role("is_zombie")[1].id
            self.record_wanted.emit(self._form.id, self.record, field)

    def _on_tab(self, index: int) -> None:
        self.flush()
        self._parts.setCurrentIndex(index)
        self.print_button.setVisible(bool(PRINTED[index]))

    def print_list(self) -> None:
        """Show the list of the tab as it is printed."""
        kind, language = PRINTED[self.tabs.currentIndex()], self._words.language
        clock = self._session.services.clock

        def work(store: WorkspaceStore, _progress: object) -> Printed:
            from census_app.services import reporting  # noqa: PLC0415  # paper loads slowly

            return reporting.print_clearing(kind, store, language, clock=clock)

        title = self._words(f"PRINT_LIST_{kind}")
        self.paper.show(work, title, f"{self._session.facts.department_name}-{title}.pdf")

    def _on_group(self, ids: frozenset[str]) -> None:
        self.list.show_only(ids)
        self.tabs.setCurrentIndex(0)
        self.list.table.setFocus()

    def _on_system_wanted(self, record: str) -> None:
        self.list.show_all()
        self.list.choose(record)
        self.tabs.setCurrentIndex(0)
        self.list.table.setFocus()

    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        """Bring what is answered next on the screen."""
        del old
        if new is not None and self._scroll.isAncestorOf(new):
            self._scroll.ensureWidgetVisible(new, 0, 48)

    # -- what the session tells ------------------------------------------------------------------------------------

    def _on_state(self, state: FormState, rewrite: bool) -> None:
        if (state.form, state.record) != (self._form.id, self.record) or not self.isVisible():
            return
        self.outcome.show_state(state, self._findings(state), rewrite=rewrite)
        self._refresh_timer.start()

    def _findings(self, state: FormState) -> tuple[Finding, ...]:
        return self._session.problems.of_record(state.form, state.record)

    def _on_records_changed(self, forms: object) -> None:
        del forms
        if self.isVisible():
            self._rewrite = True
            self._refresh_timer.start()

    def _on_refused(self, field: str, error: CensusError) -> None:
        if self.isVisible():
            told = self._words.explain(error)
            self.outcome.show_refusal(field, f"{told.what} {told.next_step}")

    def _on_checked(self) -> None:
        state = self.outcome.state
        if state is not None and self.isVisible():
            self.outcome.show_state(state, self._findings(state), rewrite=False)


class _Column(QWidget):
    """Gives texts that wrap their height at once; left to Qt, it takes several rounds of the event loop."""

    def settle(self) -> None:
        """Lay everything out for the present width."""
        layout = self.layout()
        if layout is None:
            return
        parts = self.findChildren(QWidget)
        for part in parts:
            part.ensurePolished()  # looks decide how wide buttons are, and so how wide texts
        inner = [part.layout() for part in parts]
        for each in (*reversed(inner), layout):
            if each is not None:  # from the inside out: an outer one remembers what inner ones said
                each.invalidate()
        for each in (*reversed(inner), layout):
            if each is not None:
                each.activate()
        height = layout.totalHeightForWidth(self.width())
        if height > self.height():
            self.resize(self.width(), height)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.settle()


def _first(found: SystemsToClear) -> SystemCase | None:
    """Return the first system about which something is left to say, else the first of all."""
    return next((c for c in found.cases if not complete(c)), next(iter(found.cases), None))
