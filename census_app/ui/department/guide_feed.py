"""What the guide shows: how far each step is, and what is still open."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from census_app.services.clearing import clearing_progress
from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.ui.department.letterbox import Letterbox
from census_app.ui.department.problems import records_with
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.steps import CHECK, CLEARING, EXPORT, PACKAGES, GuideStep, Scope
from census_app.ui.shell.guide import GuideEntry
from census_app.ui.shell.translation import Words


class GuideFeed(QObject):
    """Makes the entries of the guide from the last check.

    Signals:
        changed: The entries are others than before.

    Attributes:
        seen: How many received packages the person has looked at.
    """

    changed = Signal()

    def __init__(
        self,
        steps: Sequence[GuideStep],
        session: WorkspaceSession,
        post: Letterbox,
        words: Words,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._post, self.seen = post, 0
        post.changed.connect(self.changed)
        self._steps, self._session, self._words = tuple(steps), session, words
        self._parts: dict[str, tuple[int, int]] = {}
        self._own: dict[str, tuple[int, int]] = {}
        session.checked.connect(self._on_checked)

    def entries(self) -> list[GuideEntry]:
        """Return a line for each step, then those for check, hand-in and correspondence."""
        words, problems = self._words, self._session.problems
        figures = problems.figures()
        open_ones = figures.errors + figures.unexplained
        note = words("UI_OPEN_N", count=open_ones) if problems.checked and open_ones else ""
        return [
            *(self._entry(step) for step in self._steps),
            GuideEntry(CHECK, words("UI_STEP_CHECK"), note=note, group_above=True),
            GuideEntry(EXPORT, words("UI_STEP_EXPORT")),
            self._correspondence(),
        ]

    def _correspondence(self) -> GuideEntry:
        """Return the entry of what came and went: what is new, else what waits for the person."""
        words, mail = self._words, self._post.mail
        counts = (
            ("UI_MAIL_NEW", max(0, len(mail.received) - self.seen) if self._post.loaded else 0),
            ("UI_MAIL_CONFLICTS", len(mail.conflicts)),
            ("UI_MAIL_OPEN", len(mail.open_items)),
        )
        told = [words(code, count=count) for code, count in counts if count]
        tip = words("UI_JOINT").join(told)
        return GuideEntry(
            PACKAGES, words("UI_STEP_PACKAGES"), note=told[0] if told else "", tip=tip
        )

    def _entry(self, step: GuideStep) -> GuideEntry:
        words = self._words
        done, total = (
            self._own.get(step.id, (0, 0)) if step.own_page else self._progress(step.scopes)
        )
        form = self._session.form_set.form(step.scopes[0].form)
        title = words(step.title) if step.title else form.label.get(words.language)
        tip = words("UI_RING_TIP", done=done, total=total)
        return GuideEntry(step.id, title, done, total, tip=tip)

    def _progress(self, scopes: Sequence[Scope]) -> tuple[int, int]:
        """Return how many records of a step nothing keeps from being handed in, and of how many."""
        report = self._session.problems.report
        done = total = 0
        for scope in scopes:
            if scope.equals:
                part = self._parts.get(scope.form, (0, 0))
                done, total = done + part[0], total + part[1]
            elif report is not None and scope.form in report.completeness:
                done += report.completeness[scope.form].clean
                total += report.completeness[scope.form].total
        return done, total

    def _on_checked(self) -> None:
        """Count the records of steps that show a part of a form; the report knows only whole forms."""
        scopes = [s for step in self._steps for s in step.scopes if s.equals]
        rows = {s.form: self._session.problems.rows(s.form) for s in scopes}
        blocked = {form: records_with(known, "unfinished") for form, known in rows.items()}

        def work(store: WorkspaceStore, progress: object) -> dict[str, tuple[int, int]]:
            del progress
            parts: dict[str, tuple[int, int]] = {}
            for scope in scopes:
                total = store.count(ListQuery(scope.form, equals=scope.equals))
                among = ListQuery(scope.form, equals=scope.equals, ids=blocked[scope.form])
                parts[scope.form] = (total - store.count(among), total)
            return parts

        self._session.ask(work, self, self._on_parts)
        clock = self._session.services.clock
        self._session.ask(
            lambda store, _p: {CLEARING: clearing_progress(store, clock=clock)}, self, self._on_own
        )
        self.changed.emit()

    def _on_own(self, figures: dict[str, tuple[int, int]]) -> None:
        self._own = figures
        self.changed.emit()

    def _on_parts(self, parts: dict[str, tuple[int, int]]) -> None:
        self._parts = parts
        self.changed.emit()
