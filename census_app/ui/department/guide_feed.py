"""What the guide shows: how far each step is, when it is due, what is still open, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal

from census_app.services.ports import ListQuery, WorkspaceStore
from census_app.ui.department.letterbox import Letterbox
from census_app.ui.department.next_thing import (
    NextThing,
    Standing,
    StepStanding,
    due_of,
    next_thing,
)
from census_app.ui.department.own_progress import own_progress
from census_app.ui.department.problems import records_with
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.department.steps import BACKUP, CHECK, EXPORT, PACKAGES, GuideStep, Scope
from census_app.ui.shell.guide import GuideEntry
from census_app.ui.shell.translation import Words


@dataclass(frozen=True, slots=True)
class Counted:
    """What only the store knows; read on the database thread.

    Attributes:
        steps: Step id → records, of these without open problems, of these with errors.
        changed_at: UTC time of the newest change.
    """

    steps: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    changed_at: str = ""


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
        self._counted = Counted()
        session.checked.connect(self._on_checked)

    def entries(self) -> list[GuideEntry]:
        """Return a line for each step, then those for check, hand-in and correspondence."""
        words, problems = self._words, self._session.problems
        figures = problems.figures()
        open_ones = figures.errors + figures.unexplained
        note = words("UI_OPEN_N", count=open_ones) if problems.checked and open_ones else ""
        return [
            *(self._entry(step) for step in self._steps),
            self._dated(GuideEntry(CHECK, words("UI_STEP_CHECK"), note=note, group_above=True)),
            self._dated(self._hand_in()),
            self._correspondence(),
            GuideEntry(BACKUP, words("UI_STEP_BACKUP")),
        ]

    def standing(self) -> Standing:
        """Return how the workspace stands, for `next_thing`."""
        problems, mail = self._session.problems, self._post.mail
        sent = [p for p in mail.packages if p.direction == "sent"]
        last = sent[-1] if sent else None
        return Standing(
            checked=problems.checked and bool(self._counted.steps),
            steps=tuple(self._standing_of(step) for step in self._steps),
            warnings=problems.figures().unexplained,
            conflicts=len(mail.conflicts),
            must_answer=len(mail.waiting),
            sent_at=last.at if last is not None else "",
            changed_at=self._counted.changed_at,
            answered=last is not None
            and any(p.in_reply_to == last.identity for p in mail.received),
            review=mail.approval.state,
            remark=mail.approval.act.remark if mail.approval.act is not None else "",
        )

    def next(self) -> NextThing:
        """Return the one thing to do next."""
        return next_thing(self.standing())

    # -- one line --------------------------------------------------------------------------------------------------

    def _entry(self, step: GuideStep) -> GuideEntry:
        words, standing = self._words, self._standing_of(step)
        told = "JG_PROGRESS" if standing.own_page else "UI_RING_TIP"
        parts = [words(told, done=standing.ready, total=standing.total)]
        if standing.errors:
            parts.append(words("GD_RING_ERRORS", count=standing.errors))
        if standing.warned:
            parts.append(words("GD_RING_WARNINGS", count=standing.warned))
        tip = words("UI_JOINT").join(parts) if standing.total else words("GD_RING_EMPTY")
        return self._dated(
            GuideEntry(
                step.id, standing.title, standing.ready, standing.total, tip=tip,
                errors=standing.errors, warned=standing.warned,
            )
        )  # fmt: skip

    def _dated(self, entry: GuideEntry) -> GuideEntry:
        """Put the milestone of a step under its name."""
        today = self._session.services.clock.now().astimezone().date()
        due = due_of(self._session.form_set, entry.id, today, complete=entry.complete)
        if due is None:
            return entry
        return entry.due_on(self._words(due.code, day=due.day, days=due.days), late=due.late)

    def _hand_in(self) -> GuideEntry:
        """Return the entry of the hand-in: how it stands within the department, a return with its reason."""
        words, standing = self._words, self._post.mail.approval
        told = standing.state in {"submitted", "returned", "approved", "lapsed"}
        note = words(f"HI_GUIDE_{standing.state.upper()}") if told else ""
        act = standing.act
        tip = words(f"APPROVAL_{standing.state}")
        if standing.state == "returned" and act is not None:
            tip = words("HI_GUIDE_REASON", reason=act.remark)
        return GuideEntry(EXPORT, words("UI_STEP_EXPORT"), note=note, tip=tip if told else "")

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

    def _standing_of(self, step: GuideStep) -> StepStanding:
        words = self._words
        form = self._session.form_set.form(step.scopes[0].form)
        title = words(step.title) if step.title else form.label.get(words.language)
        total, ready, errors = self._counted.steps.get(step.id, (0, 0, 0))
        own = self._session.form_set.by_role("department_name")[0].id
        return StepStanding(
            step.id, title, total, ready, errors, expected=step.expected, own_page=step.own_page,
            own_record=not step.own_page and any(scope.form == own for scope in step.scopes),
        )  # fmt: skip

    # -- counting --------------------------------------------------------------------------------------------------

    def _on_checked(self) -> None:
        """Count each step's records; a problem of an item is its owner's."""
        steps, problems = self._steps, self._session.problems
        # Copied here, looked at on the database thread: with thousands of findings it would be felt in the window.
        forms = {scope.form for step in steps for scope in step.scopes}
        rows = {form: dict(problems.whole_rows(form)) for form in forms}
        clock = self._session.services.clock

        def work(store: WorkspaceStore, progress: object) -> Counted:
            del progress
            counted: dict[str, tuple[int, int, int]] = {}
            for step in steps:
                if step.own_page:
                    done, total = own_progress(store, step.id, clock)
                    counted[step.id] = (total, done, 0)
                    continue
                total = ready = errors = 0
                for scope in step.scopes:
                    here = _count(store, scope, None)
                    total += here
                    unfinished = records_with(rows[scope.form], "unfinished")
                    ready += here - _count(store, scope, unfinished)
                    errors += _count(store, scope, records_with(rows[scope.form], "errors"))
                counted[step.id] = (total, ready, errors)
            newest = store.journal(limit=1)
            return Counted(counted, newest[0].at if newest else "")

        self._session.ask(work, self, self._on_counted)
        self.changed.emit()

    def _on_counted(self, counted: Counted) -> None:
        self._counted = counted
        self.changed.emit()


def _count(store: WorkspaceStore, scope: Scope, ids: frozenset[str] | None) -> int:
    if ids is not None and not ids:
        return 0
    return store.count(ListQuery(scope.form, equals=scope.equals, ids=ids))
