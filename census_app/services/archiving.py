"""The archive of a catalogue: every package that was ever kept, and each of them given out as the file it was."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from census_app.diagnostics import wording
from census_app.errors import DataProblem, UserError
from census_app.exchange.certificate_facts import read_certificate
from census_app.formats.table_files import write_table
from census_app.services.folders import make_folder
from census_app.services.listing import SUFFIXES
from census_app.services.ports import CatalogueStore, PackageFacts
from census_app.services.progress import Progress
from census_app.settings.files import atomic_write, free_name

HEADS = (
    "ARCHIVE_AT", "ARCHIVE_TYPE", "ARCHIVE_DIRECTION", "ARCHIVE_PARTY", "ARCHIVE_CODE", "ARCHIVE_NUMBER",
    "ARCHIVE_SIGNER", "ARCHIVE_BYTES", "ARCHIVE_STATE", "ARCHIVE_NAME", "ARCHIVE_IDENTITY",
)  # fmt: skip
_WIDTHS = (20, 12, 8, 30, 22, 8, 30, 12, 12, 40, 66)


@dataclass(frozen=True, slots=True)
class Kept:
    """A package of the archive.

    Attributes:
        party: Name of whom it came from; of one that was sent, of whom it goes to. Empty for what goes to all.
        code: Of the party.
        signer: Name of who signed it, as the certificate that is known here says; else the code of the sender.
    """

    facts: PackageFacts
    party: str
    code: str
    signer: str


def archive(catalogue: CatalogueStore) -> list[Kept]:
    """Return every package the catalogue keeps, the newest first."""
    packages = [*catalogue.packages(), *catalogue.letters()]
    return kept_of(packages, signers_of(catalogue), _names(catalogue))


def kept_of(
    packages: Iterable[PackageFacts], signers: dict[str, str], names: dict[str, str]
) -> list[Kept]:
    """Return packages with the names of their parties, the newest first.

    Args:
        signers: SHA-256 of a certificate's text → name of its owner.
        names: Code → name of those who are enrolled.
    """
    found = []
    for facts in packages:
        sent = facts.direction == "sent"
        code = facts.department if sent or facts.type == "submission" else facts.sender
        signer = signers.get(facts.signer_sha256) or names.get(facts.sender, facts.sender)
        found.append(Kept(facts, names.get(code, code), code, signer))
    found.sort(key=lambda k: (k.facts.received_at, k.facts.name), reverse=True)
    return found


def signers_of(catalogue: CatalogueStore) -> dict[str, str]:
    """Return SHA-256 of a certificate's text → name of its owner, of all certificates that were issued here."""
    found = {}
    for issued in catalogue.certificates():
        found[read_certificate(issued.certificate_pem.encode("ascii")).sha256] = issued.name
    own = catalogue.coordinator_certificate()
    if own:
        found[read_certificate(own.encode("ascii")).sha256] = catalogue.facts().coordinator_name
    return found


def _names(catalogue: CatalogueStore) -> dict[str, str]:
    facts = catalogue.facts()
    issued = {each.department: each.name for each in catalogue.certificates()}
    return {facts.coordinator_code: facts.coordinator_name or facts.name, **issued}


def find_kept(catalogue: CatalogueStore, begins: str) -> PackageFacts:
    """Return the package whose identity begins so, or whose name it is.

    Raises:
        UserError: `PACKAGE_UNKNOWN`; `DIGEST_AMBIGUOUS`, several begin so.
    """
    wanted = begins.strip().removesuffix(".census").replace(" ", "")
    everything = [*catalogue.packages(), *catalogue.letters()]
    found = [
        p
        for p in everything
        if wanted and (p.identity.startswith(wanted.lower()) or p.name == wanted)
    ]
    if not found:
        raise UserError("PACKAGE_UNKNOWN", package=begins[:16])
    if len(found) > 1:
        raise UserError("DIGEST_AMBIGUOUS", digest=begins[:16], count=len(found))
    return found[0]


def write_kept(catalogue: CatalogueStore, package: PackageFacts, path: Path) -> Path:
    """Write a package as the file it was when it came, byte for byte.

    Raises:
        DataProblem: `ARCHIVE_INCOMPLETE`, the catalogue no longer has as many bytes as it received.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """

    def whole(temporary: Path) -> None:
        found = temporary.stat().st_size
        if found != package.bytes:
            raise DataProblem(
                "ARCHIVE_INCOMPLETE", package=package.name, expected=package.bytes, found=found
            )

    make_folder(path.parent)
    atomic_write(path, catalogue.package_bytes(package.identity), check=whole)
    return path


def write_several(
    catalogue: CatalogueStore,
    packages: Sequence[PackageFacts],
    folder: Path,
    progress: Progress | None = None,
) -> list[Path]:
    """Write packages into a folder, each under its own name; a file that is there already is left as it is.

    Raises:
        DataProblem, EnvironmentProblem: As `write_kept`.
        Cancelled: Those written so far stay.
    """
    progress = progress or Progress()
    make_folder(folder)
    written = []
    for number, package in enumerate(packages):
        progress.step(number, len(packages), package.name)
        path = free_name(folder / f"{package.name}.census")
        written.append(write_kept(catalogue, package, path))
    return written


def write_archive_list(kept: Sequence[Kept], path: Path, language: str) -> int:
    """Write the list of the archive as CSV or as a workbook and return how many packages are in it.

    Raises:
        UserError: `LIST_SUFFIX`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UserError("LIST_SUFFIX", name=path.name)
    head = [wording.text(code, language) for code in HEADS]
    rows = [kept_row(each, language) for each in kept]
    write_table(path, wording.text("ARCHIVE_SHEET", language), head, rows, _WIDTHS)
    return len(kept)


def kept_row(kept: Kept, language: str) -> list[str]:
    """Return a package as a row of texts, in the order of `HEADS`."""
    facts = kept.facts
    return [
        facts.received_at,
        wording.text(f"CR_TYPE_{facts.type}", language),
        wording.text(f"ARCHIVE_{facts.direction}", language),
        kept.party,
        kept.code,
        str(facts.sequence),
        kept.signer,
        str(facts.bytes),
        state_text(facts, language),
        f"{facts.name}.census",
        facts.identity,
    ]


def state_text(facts: PackageFacts, language: str) -> str:
    """Return how a package stands, in a word; what was written here stands as it is."""
    if facts.type != "submission" and facts.state == "merged":
        code = "ARCHIVE_KEPT" if facts.direction == "received" else "ARCHIVE_WRITTEN"
        return wording.text(code, language)
    return wording.text(f"CAT_PACKAGE_{facts.state.upper()}", language)
