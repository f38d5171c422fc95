"""Orientation in the department window: the guide, what comes next, where one was, the practice.

One object, so that the window itself only has to say when it is built and when it starts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QDialog
from typing_extensions import override

from census_app.services.lookup import stamp
from census_app.services.practising import has_exercises
from census_app.ui.department.cursor import NOWHERE, cursor_in
from census_app.ui.department.guide_feed import GuideFeed
from census_app.ui.department.next_card import NextCard
from census_app.ui.department.next_thing import NextThing, Way
from census_app.ui.department.place import Place, Places, lead_to, section_of
from census_app.ui.department.practice import PracticeBand
from census_app.ui.department.steps import GuideStep
from census_app.ui.shell.actor_dialog import ActorDialog
from census_app.ui.shell.first_run import ACTOR
from census_app.ui.shell.icons import Icon

if TYPE_CHECKING:
    from census_app.ui.department.records_page import RecordsPage
    from census_app.ui.department.step_page import StepPage
    from census_app.ui.department.window import DepartmentWindow

KEEP_AFTER_MS: Final = 400
LONG_AWAY: Final = dt.timedelta(hours=4)
_TABS: Final = {Way.QUERIES: "queries", Way.CONFLICTS: "conflicts"}


class Compass(QObject):
    """Keeps the guide, the next thing and the place up to date.

    Args:
        window: Built as far as its pages.
    """

    def __init__(self, window: DepartmentWindow, steps: Sequence[GuideStep]) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self.feed = GuideFeed(steps, window.session, window.post, window.words, self)
        self.feed.seen = window.mail.seen()
        self.card = NextCard(window.words)
        window.guide_column.addWidget(self.card)
        self.band = self._practice_band()
        self._places = Places(window.preferences, window.session.store.path)
        self._known: Place | None = None
        self._views: dict[str, Mapping[str, Any]] = {}  # of lists that are not built yet
        self._chips: dict[str, str] = {}
        self._leading = False
        self._kept: tuple[Place, bytes] = (Place(), b"")
        self._timer = QTimer(self, singleShot=True, interval=KEEP_AFTER_MS)
        self._timer.timeout.connect(self.keep)
        name = window.words("GD_ACTOR_MENU", name=window.session.services.actor)
        self.actor_action = window.add_menu_action(name, Icon.COMMENT)
        self._connect()
        self.show()

    def _connect(self) -> None:
        window = self._window
        self.feed.changed.connect(self.show)
        self.card.wanted.connect(self.go)
        self.actor_action.triggered.connect(self._on_actor)
        self._session.checked.connect(self._on_checked)
        window.guide.chosen.connect(self._soon)
        window.panel.tabs.currentChanged.connect(self._soon)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._soon)
        for step in window.steps.values():
            step.tabs.currentChanged.connect(self._soon)
        window.installEventFilter(self)

    def _practice_band(self) -> PracticeBand | None:
        """Put the band over the window when this is a practice file."""
        window, facts = self._window, self._session.facts
        if not facts.training:
            return None
        band = PracticeBand(window.words, with_exercises=has_exercises(facts))
        window.add_band(band)
        band.go_wanted.connect(window.go_to)
        band.again_wanted.connect(window.practice_again)
        return band

    # -- guide -----------------------------------------------------------------------------------------------------

    def show(self) -> None:
        """Show the guide and the next thing as they stand."""
        self._window.show_guide(self.feed.entries())
        self.card.show_thing(self.feed.next())
        self.card.show_milestone(self._milestone())

    def _milestone(self) -> str:
        """Return the next date of the campaign that belongs to no step of the guide."""
        words = self._window.words
        today = self._session.services.clock.now().astimezone().date().isoformat()
        known = {entry.id for entry in self.feed.entries()}
        coming = [
            m
            for m in self._session.form_set.campaign.milestones
            if m.due >= today and m.step not in known
        ]
        if not coming:
            return ""
        soonest = min(coming, key=lambda m: m.due)
        day = soonest.due[5:] if soonest.due[:4] == today[:4] else soonest.due
        return words("GD_MILESTONE", day=day, what=soonest.label.get(words.language))

    def go(self, thing: NextThing) -> None:
        """Go where the next thing is done."""
        window = self._window
        if thing.way is Way.IMPORT:
            window.acts.import_lists()
        elif thing.way is Way.PROBLEM:
            self._go_to_problem(thing.step)
        elif thing.way in _TABS:
            window.guide.select(Way.PACKAGES.value)
            show_tab = getattr(window.page(Way.PACKAGES.value), "show_tab", None)
            if show_tab is not None:
                show_tab(_TABS[thing.way])
        elif thing.way is not Way.NOWHERE:
            window.guide.select(thing.step or thing.way.value)

    def _go_to_problem(self, step_id: str) -> None:
        """Go to the first record of a step that has an error."""
        window, problems = self._window, self._session.problems
        for scope in window.steps[step_id].step.scopes:
            children = self._session.form_set.children_of(scope.form)
            for form in (scope.form, *(child.id for child in children)):
                for record, row in problems.rows(form).items():
                    if row.errors:
                        found = problems.of_record(form, record)  # type: ignore[arg-type]
                        window.go_to(found[0])
                        return
        window.guide.select(step_id)

    def _on_actor(self) -> None:
        """Ask who fills in from now on; the window is built anew with the new name."""
        window = self._window
        dialog = ActorDialog(window.words, self._session.services.actor, window)
        if dialog.exec() == QDialog.DialogCode.Accepted and dialog.actor:
            window.preferences.remember_text(ACTOR, dialog.actor)
            QTimer.singleShot(0, window.reopen_requested.emit)
        dialog.deleteLater()

    # -- where one was ---------------------------------------------------------------------------------------------

    def start(self, first: str) -> None:
        """Lead to where the person was in this file, or to the first page."""
        window, place = self._window, self._places.read()
        geometry = self._places.geometry()
        if not geometry.isEmpty():
            window.restoreGeometry(geometry)
        if place is None or window.page(place.page) is None:
            window.guide.select(first)
            return
        self._known = place
        self._leading = True
        self._views = dict(place.lists)
        for step_id, step in window.steps.items():
            for records in step.made:
                self._return_to_view(step_id, records)
        window.guide.select(place.page)
        shown = window.steps.get(place.page)
        if shown is not None:
            self._lead(place, shown)
        window.panel.tabs.setCurrentIndex(max(0, place.panel_tab))
        if not place.panel_open:
            window.panel.hide()
        self._leading = False

    def _lead(self, place: Place, step: StepPage) -> None:
        forms = [scope.form for scope in step.step.scopes]
        if place.form not in forms:
            return
        records = step.page_at(forms.index(place.form))
        step.choose(records)
        self._window.top.search.setText(records.list.search_text)
        lead_to(records, place)
        if place.alone:
            records.show_form_only()

    def _on_checked(self) -> None:
        """Bring up to date what follows from a check."""
        if self.band is not None:
            self.band.show_findings(self._session.problems.all())
        self._return_to_chips()
        self._say_what_is_open()

    def take_page(self, step_id: str, records: RecordsPage) -> None:
        """Watch a page that was just built, and narrow its list as it was."""
        records.record_shown.connect(self._soon)
        records.list.listed.connect(self._soon)
        records.list.table.verticalScrollBar().valueChanged.connect(self._soon)
        self._return_to_view(step_id, records)

    def _return_to_view(self, step_id: str, records: RecordsPage) -> None:
        name = f"{step_id}/{records.form.id}"
        state = self._views.pop(name, None)
        if not state:
            return
        records.list.restore_view(state)
        if state.get("chip"):
            self._chips[name] = str(state["chip"])
        if self._session.problems.checked:
            self._return_to_chips()

    def _return_to_chips(self) -> None:
        """Narrow the lists as they were, as soon as it is known which records have problems."""
        chips, self._chips = self._chips, {}
        for step_id, step in self._window.steps.items():
            for records in step.made:
                chip = chips.get(f"{step_id}/{records.form.id}")
                if chip:
                    records.list.show_problems()
                    records.list.choose_chip(chip)

    def _say_what_is_open(self) -> None:
        known, self._known = self._known, None
        figures = self._session.problems.figures()
        count = figures.errors + figures.unexplained
        if known is not None and count and self._window.notice.isHidden():
            self._welcome(known, count)

    def _welcome(self, place: Place, count: int) -> None:
        """After a long absence, say when the person was here and how many problems are open."""
        now = self._session.services.clock.now()
        if not place.at or now - dt.datetime.fromisoformat(place.at) < LONG_AWAY:
            return
        window, words = self._window, self._window.words
        text = words("GD_WELCOME", at=words.moment(place.at, now), count=count)
        window.notice.say(text, words("GD_WELCOME_GO"), window.next_problem, passing=True)

    # -- keeping ---------------------------------------------------------------------------------------------------

    def _soon(self) -> None:
        if not self._leading:
            self._timer.start()

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        moved = {QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.WindowStateChange}
        if watched is self._window and event.type() in moved:
            self._soon()
        return super().eventFilter(watched, event)

    def place(self) -> Place:
        """Return where the person is."""
        window, shown = self._window, self._window.guide.current()
        lists: dict[str, Mapping[str, Any]] = dict(self._views)
        for step_id, step in window.steps.items():
            for each in step.made:
                name = f"{step_id}/{each.form.id}"
                state = each.list.view_state()
                if name in self._chips:  # not chosen again yet
                    state["chip"] = self._chips[name]
                if any(state.values()):
                    lists[name] = state
        records = window.records_page()
        return Place(
            page=shown,
            form=records.form.id if records is not None else "",
            record=records.record if records is not None else "",
            section=section_of(records) if records is not None else -1,
            cursor=cursor_in(records) if records is not None else NOWHERE,
            alone=records is not None and records.form_only,
            panel_tab=window.panel.tabs.currentIndex(),
            panel_open=not window.panel.isHidden() or records is None,
            lists=lists,
            at=stamp(self._session.services.clock.now()),
        )

    def keep(self) -> None:
        """Write where the person is, unless it is written already; called a moment after something changes."""
        self._write(always=False)

    def close(self) -> None:
        """Write where the person is and when; called when the window closes."""
        self._write(always=True)

    def _write(self, *, always: bool) -> None:
        self._timer.stop()
        if not self._window.isVisible():
            return
        place, geometry = self.place(), bytes(self._window.saveGeometry().data())
        kept, kept_geometry = self._kept
        if always or not place.same_as(kept) or geometry != kept_geometry:
            self._kept = (place, geometry)
            self._places.write(place, geometry)
