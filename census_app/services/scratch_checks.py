"""A verified package in its scratch database: loaded, checked by the rules, and what is kept beside its bytes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

from census_app.domain.findings import Severity
from census_app.exchange.package import VerifiedPackage
from census_app.formspec.evaluator import RuleRun
from census_app.formspec.model import FormSet
from census_app.formspec.upgrade import UpgradePlan
from census_app.services.form_versions import UnfitText, upgraded_lines
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, PackageFacts, PackageScratch


def facts_of_package(
    package: VerifiedPackage,
    clock: Clock,
    *,
    department: str = "",
    direction: Literal["received", "sent"] = "received",
) -> PackageFacts:
    """Return what a catalogue keeps beside the bytes of a verified package.

    Args:
        department: Of a submission its sender, of a review or receipt whom it goes to.
        direction: `sent` for what this catalogue wrote itself.
    """
    statement = package.statement
    return PackageFacts(
        identity=package.identity,
        name=statement.package,
        type=statement.type,
        department=department,
        sequence=statement.sequence,
        previous=statement.previous,
        created=statement.created,
        received_at=stamp(clock.now()),
        form_version=statement.form_version,
        bytes=package.size,
        counts=package.counts,
        state="pending",
        sender=statement.sender,
        audience=statement.audience,
        in_reply_to=statement.in_reply_to,
        signer_serial=f"{package.certificate.serial:x}",
        signer_sha256=package.certificate.sha256,
        direction=direction,
    )


def load(scratch: PackageScratch, package: VerifiedPackage, plan: UpgradePlan | None) -> set[str]:
    """Fill a scratch database with a package's records and return the ids of the announced ones.

    Args:
        plan: How the records of an older form set become those of the catalogue's.
    """
    announced: set[str] = set()
    unfit: list[UnfitText] = []

    def noting() -> Iterator[Mapping[str, object]]:
        for line in upgraded_lines(package.iter_records(), plan, unfit):
            if line["op"] == "pending":
                announced.add(str(line["id"]))
            yield line

    scratch.load(noting())
    scratch.note_unfit(unfit)
    return announced


def check_scratch(
    form_set: FormSet, scratch: PackageScratch, today: str, *, announced: Collection[str]
) -> tuple[int, int]:
    """Run the rules over a package's records and return the number of errors and of warnings."""
    connection = scratch.rule_connection()
    found = RuleRun(connection, form_set, today, announced=announced).tally()
    return found[Severity.ERROR] + found[Severity.REFUSAL], found[Severity.WARNING]
