"""What forks, stamped pages and the ledger ask of the services; runs on the session's database thread."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject

from census_app.domain.holdings import PackageFacts
from census_app.formspec.types import Context, format_value
from census_app.services import comparing, deciding, forking, ledgers, settling
from census_app.services.comparing import SideBySide
from census_app.services.deciding import Decided
from census_app.services.forking import Fork
from census_app.services.ledgers import LedgerTaken, LedgerWritten
from census_app.services.lookup import context_for
from census_app.services.ports import CatalogueStore
from census_app.services.previewing import (
    Claim,
    PackageContents,
    package_contents,
    sender_claim,
)
from census_app.services.progress import Progress
from census_app.services.settling import ContestedMatter
from census_app.ui.catalogue.session import CatalogueSession, Done, unlocked_signer
from census_app.ui.shell.tasks import Failed


@dataclass(frozen=True, slots=True)
class Compared:
    """Two sides of a fork with the differing values in words: (form, record, field) → left and right."""

    pair: SideBySide
    texts: Mapping[tuple[str, str, str], tuple[str, str]]


class DecisionDesk:
    """The services of decisions over one session."""

    def __init__(self, session: CatalogueSession) -> None:
        self.session = session

    def contents(
        self, package: PackageFacts, owner: QObject, done: Done[PackageContents], title: str
    ) -> None:
        """Read what a package carries that is not merged."""
        clock = self.session.clock
        self.session.ask(
            lambda store, _p: package_contents(store, package, clock=clock),
            owner,
            done,
            title=title,
        )

    def claim(self, package: PackageFacts, owner: QObject, done: Done[Claim]) -> None:
        """Read what a package says of its sender."""
        clock = self.session.clock
        self.session.ask(lambda store, _p: sender_claim(store, package, clock=clock), owner, done)

    def compare(
        self,
        left: PackageFacts,
        right: PackageFacts,
        owner: QObject,
        done: Done[Compared],
        title: str,
    ) -> None:
        """Lay two packages side by side."""
        clock, language = self.session.clock, self.session.language

        def work(store: CatalogueStore, _progress: Progress) -> Compared:
            pair = comparing.compare_sides(store, left, right, clock=clock)
            return Compared(pair, _texts_of(store, pair, context_for(store, language)))

        self.session.ask(work, owner, done, title=title)

    # -- deciding --------------------------------------------------------------------------------------------------

    def find_by_digest(
        self, typed: str, owner: QObject, done: Done[PackageFacts], failed: Failed
    ) -> None:
        """Find the package a stamped page names."""
        self.session.ask(
            lambda store, _p: deciding.find_by_digest(store, typed), owner, done, failed
        )

    def accept_by_digest(
        self,
        typed: str,
        comments: str,
        owner: QObject,
        done: Done[Decided],
        failed: Failed,
        seen: frozenset[str],
    ) -> None:
        """Accept the package a stamped page names; `seen` are the decisions the person knows."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, progress: deciding.accept_by_digest(
                store, typed, comments, actor=actor, clock=clock, progress=progress, seen=seen
            ),
            owner,
            done,
            failed,
        )

    def choose_side(
        self,
        fork: Fork,
        identity: str,
        reason: str,
        owner: QObject,
        done: Done[Decided],
        failed: Failed,
        title: str,
    ) -> None:
        """Decide which side of a fork stands."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, progress: forking.choose_side(
                store, fork, identity, reason, actor=actor, clock=clock, progress=progress
            ),
            owner,
            done,
            failed,
            title,
        )

    def settle(
        self,
        matter: ContestedMatter,
        choice: str,
        reason: str,
        owner: QObject,
        done: Done[Decided],
        failed: Failed,
        title: str,
    ) -> None:
        """Settle a contested matter."""
        actor, clock = self.session.services.actor, self.session.clock
        self.session.change(
            lambda store, progress: settling.settle(
                store, matter, choice, reason, actor=actor, clock=clock, progress=progress
            ),
            owner,
            done,
            failed,
            title,
        )

    def export_ledger(
        self,
        folder: Path,
        passphrase: str,
        owner: QObject,
        done: Done[LedgerWritten],
        failed: Failed,
        title: str,
    ) -> None:
        """Write this coordinator's decisions as a signed package."""
        services = self.session.services

        def work(store: CatalogueStore, _progress: Progress) -> LedgerWritten:
            signer = unlocked_signer(store, services.keys_dir(), passphrase)
            return ledgers.export_ledger(
                store, folder, signer, clock=services.clock, software=services.software
            )

        self.session.change(work, owner, done, failed, title)

    def apply_ledger(
        self, path: Path, owner: QObject, done: Done[LedgerTaken], failed: Failed, title: str
    ) -> None:
        """Take another coordinator's decisions."""
        clock = self.session.clock
        self.session.change(
            lambda store, progress: ledgers.apply_ledger(
                store, path, clock=clock, progress=progress
            ),
            owner,
            done,
            failed,
            title,
        )


def _texts_of(
    store: CatalogueStore, pair: SideBySide, context: Context
) -> Mapping[tuple[str, str, str], tuple[str, str]]:
    found: dict[tuple[str, str, str], tuple[str, str]] = {}
    for record in pair.different:
        fields = {f.id: f for f in store.form_set.form(record.form).stored_fields}
        for each in record.fields:
            field = fields.get(each.field)
            left, right = (
                format_value(value, field, context)
                if field is not None
                else ""
                if value is None
                else str(value)
                for value in (each.left, each.right)
            )
            found[record.form, record.record, each.field] = (left, right)
    return found
