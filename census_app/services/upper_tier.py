"""A city's catalogue and the tier above it: enrol there, and sign for it.

To the province a city is a department whose units are its departments (security §5). Its key there is another one than
its daily key as a coordinator. Not responsible for the roll-up itself (`rolling_up`) nor for what comes back
(`upper_letters`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from census_app.domain.holdings import UpperLink
from census_app.errors import UserError
from census_app.exchange.certificate_facts import Role, read_certificate
from census_app.exchange.keyfile import key_name
from census_app.exchange.package import TrustAnchors
from census_app.exchange.signers import Signer, signer_for
from census_app.exchange.statement import P256, Algorithm
from census_app.services.enrolling import (
    Applicant,
    Enrolment,
    describe_body,
    read_answer,
    require_issued,
    require_own,
    write_request,
)
from census_app.services.keys import key_of
from census_app.services.ports import CatalogueStore, Clock


def request_upper(
    catalogue: CatalogueStore,
    code: str,
    directory: Path,
    keys: Path,
    passphrase: str,
    *,
    clock: Clock,
    software: str,
    name: str = "",
    algorithm: Algorithm = P256,
) -> Enrolment:
    """Make the key with which a city hands its catalogue up, and write the request for the tier above.

    Args:
        code: Unified social credit code of the city's body, under which the province knows it.
        keys: Folder for private keys, inside the data folder.
        name: As the province's roster shall show it; empty: that of the catalogue.

    Raises:
        UserError: `ROLLUP_LEVEL`, the catalogue is not a city's; `ROLLUP_CODE`, it handed up under another code
            already; `CODE_INVALID`, `PASSPHRASE_SHORT`.
        EnvironmentProblem: A file cannot be written; `GM_UNAVAILABLE`.
    """
    facts, upper = catalogue.facts(), catalogue.upper()
    if facts.level != "city":
        raise UserError("ROLLUP_LEVEL", name=facts.name)
    code = code.strip().upper()
    if upper.code not in {"", code} and _handed_up(catalogue):
        raise UserError("ROLLUP_CODE", given=code, own=upper.code)
    title = name or facts.name
    applicant = Applicant(
        code, title, facts.instance or "0" * 32, 0, describe_body(catalogue, code, title, software)
    )
    made, candidate = write_request(
        applicant, directory, keys, passphrase, clock=clock, algorithm=algorithm
    )
    catalogue.store_upper(replace(upper, code=code, candidate_pem=candidate))
    return made


def is_upper_answer(path: Path) -> bool:
    """Say whether a file holds a department's certificate: to a catalogue, the answer of the tier above.

    Raises:
        UserError: `ANSWER_INVALID`.
    """
    return read_certificate(read_answer(path)[0].encode("ascii")).role is Role.DEPARTMENT


def accept_upper_answer(catalogue: CatalogueStore, path: Path, keys: Path, *, clock: Clock) -> str:
    """Take the certificate that the tier above issued, and return its fingerprint.

    Raises:
        UserError: `NOT_ENROLLED`, nothing was asked for; `ANSWER_INVALID`, `ANSWER_OTHER`, `KEY_MISSING`.
        Refused: It does not come from the root that is pinned for that tier, or from the root in the file where none
            is (`CHAIN`); it is not valid now.
    """
    upper = catalogue.upper()
    if not upper.code:
        raise UserError("NOT_ENROLLED")
    certificate, given = read_answer(path)
    facts = require_own(certificate, upper.code, keys, path)
    roots = upper.roots_pem or given
    trust = TrustAnchors.from_pem(roots.encode("ascii"), str(path))
    require_issued(trust, certificate, facts, Role.DEPARTMENT, clock, path)
    candidate = "" if key_of(upper.candidate_pem) == facts.spki else upper.candidate_pem
    catalogue.store_upper(UpperLink(upper.code, roots, certificate, candidate))
    return facts.fingerprint


def upper_signer_of(catalogue: CatalogueStore, keys: Path) -> Signer:
    """Return the locked signer of a city's roll-ups: its certificate there, or a newer key's candidate.

    Raises:
        UserError: `NOT_ENROLLED`, no key was made yet; `KEY_MISSING`.
    """
    upper = catalogue.upper()
    pem = upper.candidate_pem or upper.certificate_pem
    if not pem:
        raise UserError("NOT_ENROLLED")
    path = keys / key_name(key_of(pem))
    if not path.is_file():
        raise UserError("KEY_MISSING", path=str(path))
    return signer_for(path, pem.encode("ascii"))


def upper_anchors(catalogue: CatalogueStore) -> TrustAnchors:
    """Return whom a city believes about what comes from above: the root its certificate came with."""
    roots = catalogue.upper().roots_pem
    return TrustAnchors.from_pem(roots.encode("ascii")) if roots else TrustAnchors(())


def _handed_up(catalogue: CatalogueStore) -> bool:
    return any(p.direction == "sent" for p in catalogue.letters(type_="submission"))
