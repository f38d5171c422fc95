"""Finding and replacing in a grid of child records: the bar asks, the workspace answers, the cell is shown."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog

from census_app.domain.changes import StepDone
from census_app.services import replacing
from census_app.services.lookup import context_for
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.replacing import Match, Replacement, Search
from census_app.ui.department.grid_acts_link import GridActs
from census_app.ui.department.grid_link import GridLink
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.dialogs.messages import QuestionDialog
from census_app.ui.shell.translation import Words


class GridSearch(QObject):
    """The matches of one grid."""

    def __init__(
        self, link: GridLink, acts: GridActs, session: WorkspaceSession, words: Words
    ) -> None:
        super().__init__(link)
        self._link = link
        self._acts = acts
        self._session = session
        self._words = words
        self._bar = link.grid.bar
        self._asked = 0
        self._search: Search | None = None
        self._matches: list[Match] = []
        self._places: list[tuple[int, int]] = []
        self._bar.changed.connect(self.search)
        self._bar.step_wanted.connect(self._on_step)
        self._bar.replace_wanted.connect(self._on_replace)
        self._bar.closed.connect(self._forget)

    @property
    def matches(self) -> Sequence[Match]:
        """The cells that hold the text, as the rows are looked at."""
        return self._matches

    def search(self) -> None:
        """Look for the text of the bar; without a bar for nothing."""
        bar, link = self._bar, self._link
        if bar.isHidden():
            return
        self._asked += 1
        asked = self._asked
        search = Search(
            form=link.form.id,
            wanted=bar.wanted.text(),
            keys=link.grid.model.keys,
            fields=link.columns,
            whole=bar.whole.isChecked(),
            match_case=bar.match_case.isChecked(),
        )
        language = self._words.language

        def work(store: WorkspaceStore, _progress: Progress) -> list[Match]:
            return replacing.find_cells(store, search, context_for(store, language))

        def found(matches: list[Match]) -> None:
            if asked == self._asked:
                self._show(search, matches)

        self._session.ask(work, self, found)

    def _show(self, search: Search, matches: list[Match]) -> None:
        self._search, self._matches = search, matches
        columns = {name: n for n, name in enumerate(search.fields)}
        self._places = [(m.row, columns[m.field]) for m in matches]
        self._bar.show_count(self._here(), len(matches))

    def _here(self) -> int:
        """Return the number of the match at the current cell, or -1."""
        current = self._link.grid.view.currentIndex()
        place = (current.row(), current.column())
        at = bisect_left(self._places, place)
        return at if at < len(self._places) and self._places[at] == place else -1

    def _on_step(self, by: int) -> None:
        if not self._places:
            return
        current = self._link.grid.view.currentIndex()
        place = (current.row(), current.column())
        if by > 0:
            at = bisect_right(self._places, place) % len(self._places)
        else:
            at = (bisect_left(self._places, place) - 1) % len(self._places)
        self._link.grid.view.show_cell(*self._places[at], focus=False)
        self._bar.show_count(at, len(self._places))

    def _on_replace(self, everywhere: bool) -> None:
        here = self._here()
        if self._search is None or not self._matches:
            return
        if not everywhere and here < 0:
            self._on_step(1)  # the first press only shows what would be replaced
            return
        search = self._search
        matches = self._matches if everywhere else [self._matches[here]]
        replacement = self._bar.replacement.text()

        def work(store: WorkspaceStore, _progress: Progress) -> Replacement:
            return replacing.plan_replace(store, search, matches, replacement)

        self._session.ask(work, self, self._on_all_planned if everywhere else self._write)

    def _on_all_planned(self, plan: Replacement) -> None:
        words = self._words
        wanted, replacement = self._bar.wanted.text(), self._bar.replacement.text()
        detail = words("UG_REPLACE_DETAIL", replacement=replacement)
        if plan.misfits:
            detail += "\n" + words("UG_REPLACE_UNFIT", count=words.count(plan.misfits))
        count = words.count(plan.cells)
        dialog = QuestionDialog(
            words,
            words("UG_REPLACE_ASK", count=count, wanted=wanted),
            detail,
            words("UG_REPLACE_VERB", count=count),
            self._link.grid.window(),
        )
        if dialog.exec() == QDialog.DialogCode.Accepted:
            self._write(plan)
        dialog.deleteLater()

    def _write(self, plan: Replacement) -> None:
        services = self._session.services

        def act(store: WorkspaceStore) -> StepDone:
            return replacing.write_replace(store, plan, actor=services.actor, clock=services.clock)

        def replaced(done: StepDone) -> None:
            if done.number:
                count = self._words.count(plan.cells)
                self._link.grid.say(self._words("UG_REPLACED", count=count))
            if len(plan.block.rows) == 1 and plan.cells <= 1:
                self._on_step(1)

        self._acts.change(act, replaced)

    def _forget(self) -> None:
        self._search, self._matches, self._places = None, [], []
