"""Packages that a catalogue holds: its own kept as they are written, all verified again when they are opened."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from census_app.errors import CensusError
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.package import VerifiedPackage, WrittenPackage, open_package
from census_app.exchange.reading import SchemaFor
from census_app.exchange.signers import Signer
from census_app.services.anchoring import anchors_of
from census_app.services.lookup import stamp
from census_app.services.ports import CatalogueStore, Clock, PackageFacts

_BLOCK = 1 << 20


def keep_own(
    catalogue: CatalogueStore,
    written: WrittenPackage,
    signer: Signer,
    department: str = "",
    *,
    clock: Clock,
) -> None:
    """Keep a package that this catalogue has just written.

    Args:
        department: Of a letter whom it goes to, of a roll-up its sender, else empty.

    Raises:
        CensusError: It could not be kept; its file is taken away, for one that the catalogue does not know would be
            followed by another of the same number.
    """
    statement = written.statement
    certificate = read_certificate(signer.certificate_pem)
    facts = PackageFacts(
        identity=written.identity,
        name=written.name,
        type=statement.type,
        department=department,
        sequence=statement.sequence,
        previous=statement.previous,
        created=statement.created,
        received_at=stamp(clock.now()),
        form_version=statement.form_version,
        bytes=written.bytes,
        counts=written.counts,
        state="merged",
        sender=statement.sender,
        audience=statement.audience,
        in_reply_to=statement.in_reply_to,
        signer_serial=f"{certificate.serial:x}",
        signer_sha256=certificate.sha256,
        direction="sent",
    )
    try:
        with written.path.open("rb") as file:
            catalogue.append_package(facts, iter(lambda: file.read(_BLOCK), b""))
    except CensusError:
        written.path.unlink(missing_ok=True)
        raise


@contextmanager
def stored_package(
    catalogue: CatalogueStore,
    facts: PackageFacts,
    *,
    clock: Clock,
    line_schema: SchemaFor | None = None,
) -> Iterator[VerifiedPackage]:
    """Open a package of the catalogue, whatever its state, as long as the context lasts.

    Who may sign was judged when it arrived: its root may have been exchanged since, its certificate may have expired,
    and held packages of candidates can be viewed as well. What a cut point leaves out, the chain has sorted out.

    Args:
        line_schema: How to find what the forms admit; None leaves the values of records unchecked, as the form set may
            be another by now.

    Raises:
        Refused: The stored bytes are no longer what was signed.
    """
    signer = frozenset({facts.signer_sha256} if facts.signer_sha256 else ())
    trust = replace(
        anchors_of(catalogue), admitted=frozenset({facts.identity}), pinned=signer, revoked={}
    )
    with tempfile.TemporaryDirectory(prefix="census-") as folder:
        path = Path(folder) / f"{facts.name}.census"
        with path.open("wb") as file:
            file.writelines(catalogue.package_bytes(facts.identity))
        with open_package(
            path, trust, now=clock.now(), line_schema=line_schema, allow_candidate=True
        ) as package:
            yield package
