"""The second round of the demonstration: trust bundle, questions, answers, a better package, receipts.

The coordinator asks what `resources/samples/campaign.toml` says and returns the packages it asks about; the departments
take suggestions or answer, and hand in again. Everything travels as signed packages in one folder.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import msgspec

from census_app.errors import BugError
from census_app.exchange.signers import Signer
from census_app.services.answering import answer_query, apply_suggestion, open_queries
from census_app.services.enrolling import signer_of
from census_app.services.exporting import ExportDone, export_package
from census_app.services.letters import take_letter
from census_app.services.ports import CatalogueStore, Workshop, WorkspaceStore
from census_app.services.querying import queries_of, raise_query
from census_app.services.receiving import receive
from census_app.services.reviewing import newest_merged, write_receipt, write_review
from census_app.services.trusting import apply_bundle, issue_bundle


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question of the script: `suggest` is a value to take over, `answer` what the department says instead."""

    department: str
    form: str
    record: str
    field: str
    text: str
    suggest: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who plays, and where their things are.

    Attributes:
        workspaces: Department's code → its file.
        stick: Folder with the root key; `root_passphrase` opens it.
        packages: Folder in which everything is exchanged.
        announce: Codes of the departments that hand in with unfinished records announced.
    """

    services: Workshop
    workspaces: dict[str, Path]
    stick: Path
    packages: Path
    root_passphrase: str
    passphrase: str
    announce: frozenset[str]


@dataclass(frozen=True, slots=True)
class SecondRound:
    """What happened, by department's code.

    Attributes:
        bundle: Fingerprint of the root that signed the trust bundle, and the file.
        asked: Number of questions.
        answered: Kind of each answer, by question's text.
        outcomes: What became of the packages that were handed in again.
        statuses: The last receipt of every department.
        open: Questions that are still open at the centre.
    """

    bundle: Path
    root: str
    asked: dict[str, int]
    answered: dict[str, str]
    outcomes: dict[str, str]
    statuses: dict[str, str]
    open: int


def play_second_round(
    catalogue: CatalogueStore, script: Iterable[Ask], signer: Signer, cast: Cast
) -> SecondRound:
    """Play it.

    Args:
        signer: The coordinator's, unlocked.
    """
    services, clock = cast.services, cast.services.clock
    issued = issue_bundle(
        catalogue,
        cast.stick,
        cast.root_passphrase,
        cast.packages,
        clock=clock,
        software=services.software,
    )
    asks: dict[str, list[Ask]] = {}
    for ask in script:
        asks.setdefault(ask.department, []).append(ask)
    played = _Play(catalogue, signer, cast, issued.package.path)
    for code in cast.workspaces:
        played.department(code, asks.get(code, []))
    still_open = sum(
        standing.state == "open"
        for code in asks
        for standing in queries_of(catalogue, code, clock=clock)
    )
    return SecondRound(
        issued.package.path,
        issued.applied.root,
        {code: len(found) for code, found in asks.items()},
        played.answered,
        played.outcomes,
        played.statuses,
        still_open,
    )


class _Play:
    def __init__(self, catalogue: CatalogueStore, signer: Signer, cast: Cast, bundle: Path) -> None:
        self._catalogue, self._signer, self._cast, self._bundle = catalogue, signer, cast, bundle
        self._clock = cast.services.clock
        self.answered: dict[str, str] = {}
        self.outcomes: dict[str, str] = {}
        self.statuses: dict[str, str] = {}

    def department(self, code: str, asks: list[Ask]) -> None:
        """Let one department be asked, answer and be accepted."""
        for ask in asks:
            self._ask(ask)
        letters = self._first_letters(code, returned=bool(asks))
        with closing(self._cast.services.open_workspace(self._cast.workspaces[code])) as store:
            apply_bundle(store, self._bundle, clock=self._clock)
            for letter in letters:
                self._take(store, letter)
            if not asks:
                return
            self._answer(store, asks)
            done = self._hand_in(store, code)
            received = receive(self._catalogue, done.package.path, clock=self._clock)
            if received.error is not None:
                raise received.error
            self.outcomes[code] = received.outcome
            self._take(store, self._receipt(code, "accepted"))

    def _ask(self, ask: Ask) -> None:
        record = next(i for i, t in self._catalogue.titles(ask.form).items() if t == ask.record)
        raise_query(
            self._catalogue,
            ask.department,
            ask.form,
            record,
            ask.field,
            ask.text,
            suggestion=ask.suggest or None,
            actor=self._cast.services.actor,
            clock=self._clock,
        )

    def _first_letters(self, code: str, *, returned: bool) -> list[Path]:
        if not returned:
            return [self._receipt(code, "accepted")]
        review = write_review(
            self._catalogue,
            code,
            self._cast.packages,
            self._signer,
            clock=self._clock,
            software=self._cast.services.software,
        )
        return [review.path, self._receipt(code, "returned")]

    def _receipt(self, code: str, status: str) -> Path:
        newest = newest_merged(self._catalogue, code)
        if newest is None:
            raise BugError("DEMO_SCRIPT", field="department", text=code)
        self.statuses[code] = status
        written = write_receipt(
            self._catalogue,
            newest.identity,
            "returned" if status == "returned" else "accepted",
            "请按审核意见补正后再次报送。" if status == "returned" else "",
            self._cast.packages,
            self._signer,
            actor=self._cast.services.actor,
            clock=self._clock,
            software=self._cast.services.software,
        )
        return written.path

    def _take(self, store: WorkspaceStore, letter: Path) -> None:
        take_letter(store, letter, clock=self._clock)

    def _answer(self, store: WorkspaceStore, asks: list[Ask]) -> None:
        by_text: dict[str, Ask] = {ask.text: ask for ask in asks}
        actor = self._cast.services.actor
        for item in open_queries(store, clock=self._clock):
            ask = by_text[item.query.text]
            if ask.answer:
                answer_query(store, item.query.id, ask.answer, actor=actor, clock=self._clock)
            else:
                apply_suggestion(store, item.query.id, actor=actor, clock=self._clock)
            self.answered[ask.text] = "answered" if ask.answer else "applied"

    def _hand_in(self, store: WorkspaceStore, code: str) -> ExportDone:
        signer = signer_of(store, self._cast.services.keys_dir())
        signer.unlock(self._cast.passphrase)
        return export_package(
            store,
            signer,
            self._cast.packages,
            clock=self._clock,
            software=self._cast.services.software,
            announce_unfinished=code in self._cast.announce,
        )
