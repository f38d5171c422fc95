"""What ties a record to others: copies, answers taken over, records made and followed where they are referred to.

One for each page of records; the page says which record is shown, this says what services do with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from census_app.domain.records import RecordId, Value
from census_app.formspec.model import Form
from census_app.formspec.types import format_value
from census_app.services import copying, referring
from census_app.services.copying import CarryOver, CopyDone
from census_app.services.naming import Named
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.ui.department.copy_section_dialog import CopySectionDialog
from census_app.ui.department.paper import Paper, language_of
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.undo_offer import UndoOffer
from census_app.ui.shell import page
from census_app.ui.shell.icons import Icon
from census_app.ui.shell.translation import Words

if TYPE_CHECKING:
    from census_app.reports.content import Printed

NAMED = 4
"""Fields that the bar names; how many more there are is said, all of them stand in its tooltip."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows at this moment.

    Attributes:
        section: The section of the form that is seen, or empty.
    """

    record: RecordId
    title: str
    section: str
    values: Mapping[str, Value]


class RecordLinks(QObject):
    """The menu beside a record's title and the bar below it.

    Signals:
        record_made: id of a new record, which shall be shown with the cursor in its name.
        record_wanted: form and id of a record that shall be shown.
    """

    record_made = Signal(str)
    record_wanted = Signal(str, str)

    def __init__(
        self,
        form: Form,
        session: WorkspaceSession,
        words: Words,
        shown: Callable[[], Shown | None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.form, self._session, self._words, self._shown = form, session, words, shown
        self._parent = parent
        self._about = RecordId("")
        self._offering = False
        self._made = ("", RecordId(""))
        self.bar = page.Notice(words)
        self._undo_offer = UndoOffer(self.bar, session, self)
        # Every page has the key, so it is not the action's: an action's key is the whole window's.
        self.copy = QAction(f"{words('UI_COPY_RECORD')}\tCtrl+Shift+D", self)
        self.section = QAction(words("UI_COPY_SECTION"), self)
        self.print = QAction(f"{words('UI_PRINT_RECORD')}\tCtrl+P", self)
        self.paper = Paper(session, words, parent)
        self.print.triggered.connect(self.print_record)
        self.copy.triggered.connect(self.copy_record)
        self.section.triggered.connect(self.copy_section)
        for keys, slot in (
            ("Ctrl+Shift+D", self.copy_record),
            ("Ctrl+L", self._on_carry),
            ("Ctrl+P", self.print_record),
        ):
            key = QShortcut(QKeySequence(keys), parent)
            key.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            key.activated.connect(slot)
        self.button = self._make_button()

    def _make_button(self) -> QToolButton:
        button = page.icon_button(Icon.MORE, self._words("UI_RECORD_MENU"))
        menu = QMenu(button)
        menu.addAction(self.copy)
        menu.addAction(self.section)
        menu.addSeparator()
        menu.addAction(self.print)
        button.setMenu(menu)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return button

    def turn_to(self, record: RecordId) -> None:
        """Take the bar away when another record is shown, and say what can be done with this one."""
        if record != self._about:
            self._about, self._offering = record, False
            self._undo_offer.forget()
            self.bar.hide()
        self.copy.setEnabled(bool(record) and record != self._session.own_record)
        self.section.setEnabled(bool(record))
        self.print.setEnabled(bool(record))

    # -- on paper --------------------------------------------------------------------------------------------------

    def print_record(self) -> None:
        """Show the record as its sheet will be printed, with what the last check says of it."""
        shown, language = self._shown(), language_of(self._words)
        if shown is None:
            return
        named, report = Named(self.form.id, shown.record), self._session.problems.report
        findings = report.findings if report is not None else ()

        def work(store: WorkspaceStore, _progress: Progress) -> Printed:
            from census_app.reports.record import build_record  # noqa: PLC0415  # paper loads slowly
            from census_app.services.record_sheet import own_record_content  # noqa: PLC0415

            return build_record(own_record_content(store, named, language, findings), language)

        title = self._words("PRINT_RECORD_TITLE", form=self.form.label.get(language))
        name = f"{title}-{shown.title or shown.record[:8]}.pdf"
        self.paper.show(work, title, name)

    # -- a copy ----------------------------------------------------------------------------------------------------

    def copy_record(self) -> None:
        """Copy the record that is shown, with its children; the copy is shown with the cursor in its name."""
        shown, services = self._shown(), self._session.services
        if shown is None or not self.copy.isEnabled():
            return
        form, store = self.form.id, self._session.store
        forms = [form, *(c.id for c in self._session.form_set.children_of(form))]
        self._session.change(
            lambda _p: copying.copy_record(
                store, form, shown.record, actor=services.actor, clock=services.clock
            ),
            forms, self, self._on_copied,
        )  # fmt: skip

    def _on_copied(self, done: CopyDone) -> None:
        self.record_made.emit(done.record)
        self._about = done.record
        text = self._words("UI_COPIED", title=done.title or self._words("UI_UNNAMED"))
        if done.children:
            text += self._words("UI_COPIED_CHILDREN", count=done.children)
        self._say_done(text + self._words("UI_COPIED_NAME"), "STEP_COPY")

    def copy_section(self) -> None:
        """Ask from which record a section shall be taken over, and show what would change."""
        shown = self._shown()
        if shown is None:
            return
        dialog = CopySectionDialog(
            self._session, self.form, shown.record, shown.section, self._words, self._parent
        )
        dialog.taken.connect(self._on_section_taken)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _on_section_taken(self, count: int, source: str) -> None:
        text = self._words("UI_SECTION_TAKEN", count=count, source=source)
        self._say_done(text, "STEP_COPY_SECTION")

    # -- what repeats ----------------------------------------------------------------------------------------------

    def offer_usual(self, record: RecordId) -> None:
        """Offer what a new record usually shares with the one before it."""
        form, clock = self.form.id, self._session.services.clock
        self._session.ask(
            lambda store, _p: copying.usual_answers(store, form, record, clock=clock),
            self,
            lambda offered: self._on_usual(record, offered),
        )

    def _on_usual(self, record: RecordId, offered: CarryOver | None) -> None:
        if offered is None:
            return
        self._about, self._offering = record, True
        self._undo_offer.forget()
        text = self._words(
            "UI_CARRY_OFFER", title=offered.title or self._words("UI_UNNAMED"),
            count=len(offered.values), fields=self._names(tuple(offered.values)),
        )  # fmt: skip
        self.bar.say(text, self._words("UI_CARRY_TAKE"), self._on_carry)
        self.bar.setToolTip(self._told(offered.values))

    def _on_carry(self) -> None:
        shown, services = self._shown(), self._session.services
        if shown is None or not self._offering or shown.record != self._about:
            return
        form, store, record = self.form.id, self._session.store, shown.record
        self._session.change(
            lambda _p: copying.carry_over(
                store, form, record, actor=services.actor, clock=services.clock
            ),
            (form,), self, self._on_carried,
        )  # fmt: skip

    def _on_carried(self, fields: tuple[str, ...]) -> None:
        text = self._words("UI_CARRIED", count=len(fields), fields=self._names(fields))
        self._say_done(text, "STEP_CARRY_OVER")
        language = self._words.language
        self.bar.setToolTip("\n".join(self.form.field_by_id(f).label.get(language) for f in fields))

    # -- references ------------------------------------------------------------------------------------------------

    def refer_to_new(self, field_id: str, name: str) -> None:
        """Make a record of that name and let a field of the shown record refer to it."""
        shown, services = self._shown(), self._session.services
        if shown is None:
            return
        form, store, record = self.form.id, self._session.store, shown.record
        target = self.form.field_by_id(field_id).target
        self._session.change(
            lambda _p: referring.refer_to_new(
                store, form, record, field_id, name, actor=services.actor, clock=services.clock
            ),
            (form, target), self,
            lambda made: self._on_referred(target, made, name),
        )  # fmt: skip

    def _on_referred(self, target: str, made: RecordId, name: str) -> None:
        label = self._session.form_set.form(target).label.get(self._words.language)
        self._made = (target, made)
        text, verb = (
            self._words("UI_REFERRED", form=label, name=name),
            self._words("UI_REFERRED_GO"),
        )
        self._say_done(text, "STEP_REFER_NEW", verb, self._on_made)

    def _on_made(self) -> None:
        self.record_wanted.emit(*self._made)

    def follow(self, field_id: str, record: str) -> None:
        """Show a record that a field refers to."""
        self.record_wanted.emit(self.form.field_by_id(field_id).target, record)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _say_done(
        self, text: str, step: str, verb: str = "", call: Callable[[], None] | None = None
    ) -> None:
        self._offering = False
        self.bar.setToolTip("")
        self._undo_offer.say(text, verb or self._words("UI_UNDO"), step, call)

    def _names(self, fields: Sequence[str]) -> str:
        language = self._words.language
        named = [self.form.field_by_id(f).label.get(language) for f in fields[:NAMED]]
        text = self._words.listed(named)
        return text if len(fields) <= NAMED else self._words("UI_AND_MORE", fields=text)

    def _told(self, values: Mapping[str, Value]) -> str:
        language, lines = self._words.language, []
        context = self._session.context.beside(values)
        for field_id, value in values.items():
            field = self.form.field_by_id(field_id)
            told = format_value(value, field, context)
            lines.append(self._words("UI_PAIR", label=field.label.get(language), value=told))
        return "\n".join(lines)
