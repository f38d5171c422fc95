"""What the page of trust asks of the services; everything runs on the session's database thread.

Passphrases are handed through and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject

from census_app.errors import CensusError, UserError
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.statement import Algorithm
from census_app.reports.content import Printed
from census_app.services import (
    applying,
    enrolling,
    keys,
    notifying,
    rolling_up,
    trusting,
    upgrade_offer,
    upper_letters,
    upper_tier,
)
from census_app.services.applying import Applied, Desk
from census_app.services.enrolling import ROOT_CERTIFICATE, Enrolment
from census_app.services.ports import CatalogueStore, IssuedCertificate, Unit
from census_app.services.progress import Progress
from census_app.services.reporting import write_key_card
from census_app.services.revoking import NewRoot
from census_app.services.rolling_up import RollupWritten
from census_app.services.trusting import BundleIssued, BundlePlan, Target, TrustSummary
from census_app.services.upgrade_offer import FormsExamined
from census_app.services.upper_letters import RollupShown
from census_app.ui.catalogue.session import CatalogueSession, Done
from census_app.ui.shell.tasks import Failed

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class StickGiven:
    """Where a root lies and what opens it; `target` is where what it signs is written."""

    root: Path
    passphrase: str
    target: Path


@dataclass(frozen=True, slots=True)
class TrustView:
    """What the page of trust shows.

    Attributes:
        present: The daily key lies on this computer and its certificate was issued.
    """

    summary: TrustSummary
    present: bool


@dataclass(frozen=True, slots=True)
class UpperState:
    """How a city stands with the tier above.

    Attributes:
        fingerprint: Of the key whose certificate is in use or asked for; empty while nothing was asked for.
        until: Last day of the certificate, empty while there is none.
        renewing: A newer key waits for its certificate.
    """

    code: str
    fingerprint: str
    until: str
    renewing: bool
    rollups: tuple[RollupShown, ...]


class TrustDesk:
    """The use cases of trust for one open catalogue."""

    def __init__(self, session: CatalogueSession) -> None:
        self.session = session

    # -- reading ---------------------------------------------------------------------------------------------------

    def view(self, owner: QObject, done: Done[TrustView]) -> None:
        """Read whom the catalogue believes."""
        services = self.session.services

        def work(store: CatalogueStore, _progress: Progress) -> TrustView:
            try:
                keys.key_path_of(store, services.keys_dir())
            except UserError:
                present = False
            else:
                present = True
            return TrustView(trusting.trust_summary(store, clock=services.clock), present)

        self.session.ask(work, owner, done)

    def root_in(self, folder: Path | None) -> str:
        """Return the hash of the root certificate in a folder; empty when there is none that can be read."""
        if folder is None or not (folder / ROOT_CERTIFICATE).is_file():
            return ""
        try:
            return read_certificate((folder / ROOT_CERTIFICATE).read_bytes()).sha256
        except (
            OSError,
            CensusError,
        ):  # gone meanwhile, or a file of that name that is no certificate
            return ""

    def notice(self, language: str, owner: QObject, done: Done[Printed], title: str) -> None:
        """Make the notice of the roots for print."""
        clock = self.session.clock
        self.session.ask(
            lambda store, _p: notifying.print_trust_notice(store, language, clock=clock),
            owner,
            done,
            title=title,
        )

    def form_effects(
        self,
        folder: Path,
        owner: QObject,
        done: Done[FormsExamined],
        failed: Failed,
        title: str,
    ) -> None:
        """Say what handing out another form set would do to the records here."""
        self.session.ask(
            lambda store, _p: upgrade_offer.examine_forms(store, folder),
            owner,
            done,
            failed,
            title,
        )

    # -- the root --------------------------------------------------------------------------------------------------

    def issue(
        self,
        stick: StickGiven,
        plan: BundlePlan,
        owner: QObject,
        done: Done[BundleIssued],
        failed: Failed,
        title: str,
    ) -> None:
        """Sign the next trust bundle and put it in force here."""
        services = self.session.services

        def work(store: CatalogueStore, progress: Progress) -> BundleIssued:
            return trusting.issue_bundle(
                store, stick.root, stick.passphrase, stick.target, plan,
                clock=services.clock, software=services.software, progress=progress,
            )  # fmt: skip

        self.session.change(work, owner, done, failed, title)

    def revoke(
        self,
        stick: StickGiven,
        target: Target,
        reason: str,
        owner: QObject,
        done: Done[BundleIssued],
        failed: Failed,
        title: str,
    ) -> None:
        """Revoke certificates: sign the bundle that says so."""
        services = self.session.services

        def work(store: CatalogueStore, _progress: Progress) -> BundleIssued:
            return trusting.revoke(
                store, stick.root, stick.passphrase, stick.target, target, reason,
                clock=services.clock, software=services.software,
            )  # fmt: skip

        self.session.change(work, owner, done, failed, title)

    def rotate(
        self,
        stick: StickGiven,
        new_folder: Path,
        new_passphrase: str,
        *,
        retire: bool,
        owner: QObject,
        done: Done[tuple[NewRoot, BundleIssued]],
        failed: Failed,
        title: str,
    ) -> None:
        """Make a new root and the bundle that makes everybody believe it."""
        services = self.session.services

        def work(store: CatalogueStore, _progress: Progress) -> tuple[NewRoot, BundleIssued]:
            return trusting.rotate_root(
                store, stick.root, stick.passphrase, new_folder, new_passphrase, stick.target,
                retire=retire, clock=services.clock, software=services.software,
            )  # fmt: skip

        self.session.change(work, owner, done, failed, title)

    def add_units(
        self, department: str, units: Mapping[str, str], owner: QObject, done: Done[list[Unit]],
        failed: Failed,
    ) -> None:  # fmt: skip
        """Let a department report for further bodies."""
        self.session.change(
            lambda store, _p: enrolling.add_units(store, department, units), owner, done, failed
        )

    # -- the daily key ---------------------------------------------------------------------------------------------

    def change_passphrase(
        self, old: str, new: str, owner: QObject, done: Done[None], failed: Failed, title: str
    ) -> None:
        """Put the daily key under another passphrase."""
        folder = self.session.services.keys_dir()

        def work(store: CatalogueStore, _progress: Progress) -> None:
            keys.change_passphrase(keys.key_path_of(store, folder), old, new)

        self.session.ask(work, owner, done, failed, title)

    def make_daily_key(
        self,
        root: Path,
        root_passphrase: str,
        code: str,
        passphrase: str,
        owner: QObject,
        done: Done[IssuedCertificate],
        failed: Failed,
        title: str,
    ) -> None:
        """Make another daily key, and its certificate from the root."""
        services = self.session.services

        def work(store: CatalogueStore, _progress: Progress) -> IssuedCertificate:
            facts = store.facts()
            return enrolling.make_coordinator(
                store, code, facts.coordinator_name or facts.name, root, root_passphrase,
                services.keys_dir(), passphrase, clock=services.clock,
            )  # fmt: skip

        self.session.change(work, owner, done, failed, title)

    def apply(
        self, path: Path, owner: QObject, done: Done[Applied], failed: Failed, title: str
    ) -> None:
        """Take a certificate, a trust bundle or a letter from the tier above."""
        services = self.session.services

        def work(store: CatalogueStore, progress: Progress) -> Applied:
            desk = Desk(
                keys=services.keys_dir(), clock=services.clock, actor=services.actor,
                software=services.software, progress=progress,
            )  # fmt: skip
            return applying.apply_file(store, path, desk)

        self.session.change(work, owner, done, failed, title)

    # -- the tier above --------------------------------------------------------------------------------------------

    def upper_state(self, owner: QObject, done: Done[UpperState]) -> None:
        """Read how the city stands with the province."""
        clock = self.session.clock

        def work(store: CatalogueStore, _progress: Progress) -> UpperState:
            upper = store.upper()
            own = upper.certificate_pem
            pem = own or upper.candidate_pem
            facts = read_certificate(pem.encode("ascii")) if pem else None
            return UpperState(
                code=upper.code,
                fingerprint=facts.fingerprint if facts is not None else "",
                until=f"{facts.not_after:%Y-%m-%d}" if facts is not None and own else "",
                renewing=bool(own and upper.candidate_pem),
                rollups=tuple(upper_letters.rollups_shown(store, clock=clock)),
            )

        self.session.ask(work, owner, done)

    def request_upper(
        self,
        code: str,
        passphrase: str,
        algorithm: Algorithm,
        folder: Path,
        owner: QObject,
        done: Callable[[Enrolment], None],
        failed: Failed,
        title: str,
    ) -> None:
        """Make the key with which the city hands up; write request and key card."""
        services, language = self.session.services, self.session.language

        def work(store: CatalogueStore, _progress: Progress) -> Enrolment:
            made = upper_tier.request_upper(
                store, code, folder, services.keys_dir(), passphrase,
                clock=services.clock, software=services.software, algorithm=algorithm,
            )  # fmt: skip
            write_key_card(store, made, folder, language, clock=services.clock)
            return made

        self.session.change(work, owner, done, failed, title)

    def roll_up(
        self, passphrase: str, folder: Path, owner: QObject, done: Done[RollupWritten],
        failed: Failed, title: str,
    ) -> None:  # fmt: skip
        """Hand the whole catalogue up."""
        services = self.session.services

        def work(store: CatalogueStore, progress: Progress) -> RollupWritten:
            signer = upper_tier.upper_signer_of(store, services.keys_dir())
            signer.unlock(passphrase)
            return rolling_up.write_rollup(
                store, folder, signer,
                clock=services.clock, software=services.software, progress=progress,
            )  # fmt: skip

        self.session.change(work, owner, done, failed, title)
