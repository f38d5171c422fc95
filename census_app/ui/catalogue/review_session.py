"""What the pages of review and decisions ask of the services; everything runs on the session's database thread.

Also keeps the board: how far the review of every department is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from census_app.domain.records import Value
from census_app.domain.review import Query, ReceiptStatus, VerdictChoice
from census_app.formspec.sentences import sentence
from census_app.formspec.types import Context, format_value
from census_app.services import (
    judging,
    overseeing,
    querying,
    reviewing,
)
from census_app.services.answering import suggestion_of
from census_app.services.judging import ExplainedWarning
from census_app.services.lookup import context_for
from census_app.services.overseeing import Exchanged, ReviewSummary
from census_app.services.ports import CatalogueStore
from census_app.services.progress import Progress
from census_app.services.querying import QueryStanding
from census_app.services.reviewing import ReviewContent
from census_app.ui.catalogue.board import Board
from census_app.ui.catalogue.session import CatalogueSession, Done, unlocked_signer
from census_app.ui.shell.tasks import Failed


@dataclass(frozen=True, slots=True)
class QueryShown:
    """A query with its values in words.

    Attributes:
        form: Name of the form; `field` likewise, empty where the query is about more than a field.
        present: The field's value in the newest package.
        suggestion: The suggested value.
    """

    standing: QueryStanding
    form: str
    field: str
    present: str
    suggestion: str


@dataclass(frozen=True, slots=True)
class ReviewDetails:
    """Everything the page shows about one department."""

    summary: ReviewSummary
    queries: tuple[QueryShown, ...]
    warnings: tuple[ExplainedWarning, ...]
    exchanged: tuple[Exchanged, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks a department; see `services.querying.raise_query`."""

    department: str
    form: str
    record: str
    field: str
    text: str
    suggestion: Value | str | None = None
    rule: str = ""
    must: bool = True


@dataclass(frozen=True, slots=True)
class LetterPlan:
    """What to write to a department.

    Attributes:
        package: Identity of the package the receipt is for.
        review: Whether a review goes along.
        seen: Ids of the decisions the person knows; `mark` of what the review says that the person has read.
    """

    department: str
    package: str
    status: ReceiptStatus
    note: str
    review: bool
    folder: Path
    passphrase: str
    seen: frozenset[str] = frozenset()
    mark: str = ""


class ReviewDesk(QObject):
    """The services of review and decisions over one session.

    Signals:
        board_changed: The summaries of all departments are there.
    """

    board_changed = Signal()

    def __init__(self, session: CatalogueSession, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        clock = session.clock
        self._board: Board[ReviewSummary] = Board(
            session,
            lambda store, entry: overseeing.review_summary(
                store, entry.code, clock=clock, name=entry.name
            ),
            self,
        )
        self._board.changed.connect(self.board_changed)
        self._wanted = ""

    @property
    def board(self) -> Mapping[str, ReviewSummary]:
        """Department → how far its review is."""
        return self._board.lines

    @property
    def complete(self) -> bool:
        """Whether the board knows of every department."""
        return self._board.complete

    @property
    def answered(self) -> int:
        """Answers that wait for somebody to read them."""
        return sum(summary.queries.get("answered", 0) for summary in self.board.values())

    # -- reading ---------------------------------------------------------------------------------------------------

    def details(self, department: str, owner: QObject, done: Done[ReviewDetails]) -> None:
        """Read everything about one department; `done` is not called when another was asked for meanwhile.

        The rules run over the department's records, so a person who walks through the list must not wait for each.
        """
        clock, language = self.session.clock, self.session.language
        self._wanted = department

        def work(store: CatalogueStore, _progress: Progress) -> ReviewDetails | None:
            if self._wanted != department:
                return None
            standings = querying.queries_of(store, department, clock=clock)
            context = context_for(store, language)
            return ReviewDetails(
                overseeing.review_summary(store, department, clock=clock),
                tuple(_query_shown(store, each, context) for each in standings),
                tuple(
                    judging.explained_warnings(store, department, clock=clock, language=language)
                ),
                tuple(overseeing.exchanged(store, department)),
            )

        def told(details: ReviewDetails | None) -> None:
            if details is not None:
                done(details)

        self.session.ask(work, owner, told)

    def asked_about(
        self, department: str, record: str, owner: QObject, done: Done[list[QueryShown]]
    ) -> None:
        """Read the queries about one record."""
        clock, language = self.session.clock, self.session.language

        def work(store: CatalogueStore, _progress: Progress) -> list[QueryShown]:
            standings = querying.queries_of(store, department, clock=clock)
            context = context_for(store, language)
            return [
                _query_shown(store, each, context)
                for each in standings
                if each.query.record == record
            ]

        self.session.ask(work, owner, done)

    def rules_at(
        self, department: str, record: str, owner: QObject, done: Done[list[tuple[str, str]]]
    ) -> None:
        """Read which rules a record violates, each with what it says."""
        clock, language = self.session.clock, self.session.language

        def work(store: CatalogueStore, _progress: Progress) -> list[tuple[str, str]]:
            context = context_for(store, language)
            found = querying.department_findings(store, department, clock)
            return [(f.rule, sentence(f, context).what) for f in found if f.record == record]

        self.session.ask(work, owner, done)

    def content_of_review(self, department: str, owner: QObject, done: Done[ReviewContent]) -> None:
        """Read what the next review would say."""
        clock = self.session.clock
        self.session.ask(
            lambda store, _p: reviewing.review_content(store, department, clock=clock), owner, done
        )

    # -- asking and judging ----------------------------------------------------------------------------------------

    def ask_department(
        self, question: Question, owner: QObject, done: Done[Query], failed: Failed
    ) -> None:
        """Raise a query."""
        actor, clock = self.session.services.actor, self.session.clock
        asked = question

        def work(store: CatalogueStore, _progress: Progress) -> Query:
            return querying.raise_query(
                store,
                asked.department,
                asked.form,
                asked.record,
                asked.field,
                asked.text,
                suggestion=asked.suggestion,
                rule=asked.rule,
                must=asked.must,
                actor=actor,
                clock=clock,
            )

        self.session.change(work, owner, done, failed)

    def close_queries(
        self, queries: Sequence[str], reason: str, owner: QObject, done: Done[int], failed: Failed
    ) -> None:
        """Close queries."""
        actor, clock = self.session.services.actor, self.session.clock

        def work(store: CatalogueStore, _progress: Progress) -> int:
            for each in queries:
                querying.close_query(store, each, reason, actor=actor, clock=clock)
            return len(queries)

        self.session.change(work, owner, done, failed)

    def reopen(
        self, query: str, text: str, owner: QObject, done: Done[Query], failed: Failed
    ) -> None:
        """Ask again in other words."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, _p: querying.reopen_query(store, query, text, actor=actor, clock=clock),
            owner,
            done,
            failed,
        )

    def judge(
        self,
        warnings: Sequence[ExplainedWarning],
        choice: VerdictChoice,
        reason: str,
        owner: QObject,
        done: Done[int],
        failed: Failed,
        title: str,
    ) -> None:
        """Accept or refuse what a department gave as reasons."""
        actor, clock = self.session.services.actor, self.session.clock

        def work(store: CatalogueStore, progress: Progress) -> int:
            for number, each in enumerate(warnings):
                progress.step(number, len(warnings), each.title)
                judging.judge_explanation(
                    store, each.department, each.explanation, choice, reason,
                    actor=actor, clock=clock,
                )  # fmt: skip
            return len(warnings)

        self.session.change(work, owner, done, failed, title)

    def write_letters(
        self, plan: LetterPlan, owner: QObject, done: Done[list[Path]], failed: Failed, title: str
    ) -> None:
        """Write a receipt, and with it a review, into a folder."""
        services = self.session.services

        def work(store: CatalogueStore, _progress: Progress) -> list[Path]:
            signer = unlocked_signer(store, services.keys_dir(), plan.passphrase)
            if plan.review:
                # Before anything is decided: who signs has read what a colleague has asked meanwhile.
                content = reviewing.review_content(store, plan.department, clock=services.clock)
                reviewing.require_content(content, plan.mark)
            receipt = reviewing.write_receipt(
                store, plan.package, plan.status, plan.note, plan.folder, signer,
                actor=services.actor, clock=services.clock, software=services.software,
                seen=plan.seen,
            )  # fmt: skip
            written = [receipt.path]
            if plan.review:
                review = reviewing.write_review(
                    store, plan.department, plan.folder, signer,
                    clock=services.clock, software=services.software, mark=plan.mark,
                )  # fmt: skip
                written.append(review.path)
            return written

        self.session.change(work, owner, done, failed, title)


def _query_shown(store: CatalogueStore, standing: QueryStanding, context: Context) -> QueryShown:
    query = standing.query
    form = next((f for f in store.form_set.forms if f.id == query.form), None)
    field = querying.field_of(form, query.field) if form is not None and query.field else None
    language = context.language
    wanted = suggestion_of(query, field) if field is not None and query.suggestion else None
    suggestion = format_value(wanted, field, context) if field is not None else ""
    return QueryShown(
        standing,
        form.label.get(language) if form is not None else "",
        field.label.get(language) if field is not None else query.field,
        format_value(standing.present, field, context) if field is not None else "",
        suggestion,
    )
