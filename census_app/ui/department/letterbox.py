"""The window's side of what comes and goes: answers, decisions, received files, new form sets.

Part of the session: like it, it runs every service on the database thread and answers in the window's thread.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from census_app.domain.review import Answer
from census_app.errors import UserError
from census_app.formspec.model import FormSet
from census_app.services import answering, reconciling
from census_app.services.applying import Applied, Desk, apply_file
from census_app.services.contributing import (
    ContributionDone,
    ContributionPlan,
    apply_contribution,
)
from census_app.services.editing import FormState
from census_app.services.ports import WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.upgrade_offer import UpgradeOffer, upgrade_offer
from census_app.services.upgrading import FormsTaken, upgrade_workspace
from census_app.ui.department.contribution_lines import ContributionSeen, seen_contribution
from census_app.ui.department.mail import Mail, read_mail
from census_app.ui.department.session import WorkspaceSession
from census_app.ui.shell.tasks import Done, Failed

AnswerVerb = Literal["answered", "disagreed", "deleted"]


Taken = Applied | ContributionSeen


class Letterbox(QObject):
    """What came and went, and everything a person does with it.

    Signals:
        changed: `mail` says something else than before.
        offered: `UpgradeOffer` that was found, or None.
    """

    changed = Signal()
    offered = Signal(object)

    def __init__(self, session: WorkspaceSession, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.mail = Mail()
        self.loaded = False
        session.checked.connect(self.refresh)

    @property
    def form_set(self) -> FormSet:
        """The form set of the workspace."""
        return self._session.form_set

    def refresh(self) -> None:
        """Read everything anew."""
        clock, report = self._session.services.clock, self._session.problems.report
        self._session.ask(
            lambda store, _progress: read_mail(store, clock, report), self, self._on_mail
        )

    def look_for_upgrade(self) -> None:
        """Look whether a newer form set was delivered; the answer comes by `offered`."""
        self._session.ask(lambda store, _p: upgrade_offer(store), self, self._on_offer)

    # -- queries ---------------------------------------------------------------------------------------------------

    def apply_suggestion(self, query: str, form: str, owner: QObject, done: Done) -> None:
        """Put the suggested value where the query says."""
        session = self._session

        def work(_progress: Progress) -> FormState:
            return answering.apply_suggestion(
                session.store, query, actor=session.services.actor, clock=session.services.clock
            )

        session.change(work, (form,), owner, self._then_refresh(done), failed=self._failed)

    def answer(
        self, query: str, verb: AnswerVerb, text: str, owner: QObject, done: Done, failed: Failed
    ) -> None:
        """Answer in words, disagree, or say that the record is gone for good."""
        services = self._session.services
        say = {
            "answered": answering.answer_query,
            "disagreed": answering.disagree,
            "deleted": answering.confirm_deleted,
        }[verb]

        def work(store: WorkspaceStore, _progress: Progress) -> Answer:
            return say(store, query, text, actor=services.actor, clock=services.clock)

        self._session.ask(work, owner, self._then_refresh(done), failed)

    def withdraw(self, query: str) -> None:
        """Take an answer back."""
        clock = self._session.services.clock
        self._session.ask(
            lambda store, _p: answering.withdraw_answer(store, query, clock=clock),
            self, self._then_refresh(None),
        )  # fmt: skip

    # -- conflicts -------------------------------------------------------------------------------------------------

    def decide(
        self,
        conflict: str,
        form: str,
        choice: reconciling.Choice,
        reason: str,
        owner: QObject,
        done: Done,
        failed: Failed,
        text: str = "",
    ) -> None:
        """Decide a conflict."""
        session = self._session

        def work(_progress: Progress) -> object:
            return reconciling.decide_conflict(
                session.store, conflict, choice, reason, actor=session.services.actor,
                clock=session.services.clock, text=text,
            )  # fmt: skip

        session.change(work, (form,), owner, self._then_refresh(done), failed=failed)

    # -- files -----------------------------------------------------------------------------------------------------

    def take(
        self, path: Path, confirm: str, owner: QObject, done: Callable[[Taken], None],
        failed: Failed, title: str,
    ) -> None:  # fmt: skip
        """Take a file that came, whatever it is; a contribution is only looked at."""
        services, session = self._session.services, self._session

        def work(store: WorkspaceStore, progress: Progress) -> Taken:
            def desk(*, preview: bool) -> Desk:
                return Desk(
                    keys=services.keys_dir(), clock=services.clock, actor=services.actor,
                    software=services.software, confirm=confirm, preview=preview, hold_forms=True,
                    progress=progress,
                )  # fmt: skip

            try:
                seen = apply_file(store, path, desk(preview=True))
            except UserError as error:
                if error.code != "APPLY_PREVIEW":
                    raise
                return apply_file(store, path, desk(preview=False))
            if seen.code == "APPLIED_CONTRIBUTION_PREVIEW":
                return seen_contribution(store, path, services.clock)
            return seen

        def taken(result: Taken) -> None:
            if isinstance(result, Applied) and result.new:
                session.check_now()
                self.refresh()
            done(result)

        session.ask(work, owner, taken, failed, title, settled=True)

    def take_contribution(
        self, plan: ContributionPlan, owner: QObject, done: Callable[[ContributionDone], None],
        failed: Failed, title: str,
    ) -> None:  # fmt: skip
        """Take a contribution over that the person has looked at."""
        session = self._session

        def work(_progress: Progress) -> ContributionDone:
            return apply_contribution(
                session.store, plan, actor=session.services.actor, clock=session.services.clock
            )

        forms = tuple(f.id for f in session.form_set.forms)
        session.change(work, forms, owner, self._then_refresh(done), title, failed)

    def upgrade(
        self, offer: UpgradeOffer, owner: QObject, done: Callable[[FormsTaken], None], title: str
    ) -> None:
        """Take a delivered form set over; the window has to be opened anew after it."""
        services = self._session.services

        def work(store: WorkspaceStore, _progress: Progress) -> FormsTaken:
            files = store.form_files(offer.version)
            return upgrade_workspace(store, files, actor=services.actor, clock=services.clock)

        self._session.ask(work, owner, done, None, title, settled=True)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _then_refresh(self, done: Done | None) -> Done:
        def after(result: object) -> None:
            self.refresh()
            if done is not None:
                done(result)

        return after

    def _failed(self, error: Exception) -> None:
        """A query that has become stale must be seen as such at once."""
        self.refresh()
        self._session.runner.report(error)

    def _on_mail(self, mail: Mail) -> None:
        before, self.mail = self.mail, mail
        fresh, self.loaded = not self.loaded, True
        if fresh or mail != before:
            self.changed.emit()

    def _on_offer(self, offer: UpgradeOffer | None) -> None:
        self.offered.emit(offer)
