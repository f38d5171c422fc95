"""Enrolment: the key stays where it was made, a person compares fingerprints, every mismatch is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app.errors import CensusError, EnvironmentProblem, UserError
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.package import TrustAnchors
from census_app.exchange.refusals import Refused
from census_app.services.enrolling import (
    Enrolment,
    accept_answer,
    confirm,
    make_root,
    read_answer,
    read_enrolment,
    request_certificate,
    signer_of,
    write_answer,
)
from census_app.services.ports import Clock, IssuedCertificate, WorkspaceStore
from census_app.services.verifying import verify

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
MakeWorkspace = Callable[..., WorkspaceStore]


def ask(store: WorkspaceStore, centre: Centre) -> Enrolment:
    return request_certificate(
        store, centre.folder, centre.keys, PASSPHRASE, clock=centre.clock, software="t"
    )


def issue(made: Enrolment, centre: Centre, fingerprint: str = "") -> IssuedCertificate:
    return confirm(
        centre.catalogue,
        made.request,
        fingerprint or made.fingerprint,
        centre.stick,
        PASSPHRASE,
        clock=centre.clock,
    )


@pytest.fixture
def newcomer(make_workspace: MakeWorkspace) -> WorkspaceStore:
    return make_workspace(2)


def test_the_centre_sees_who_asks_and_the_fingerprint_of_the_card(
    newcomer: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    made = ask(newcomer, centre)
    shown = read_enrolment(made.request, clock=clock)
    facts = newcomer.facts()
    assert (shown.code, shown.name) == (facts.department_code, facts.department_name)
    assert shown.fingerprint == made.fingerprint
    assert made.key.parent == centre.keys
    assert b"PRIVATE" not in made.request.read_bytes()
    assert b"PRIVATE KEY" not in newcomer.path.read_bytes()


@pytest.mark.parametrize("spelling", [str.upper, str.lower, "-".join, " ".join])
def test_the_fingerprint_is_compared_without_blanks_and_case(
    spelling: Callable[[str], str], newcomer: WorkspaceStore, centre: Centre
) -> None:
    made = ask(newcomer, centre)
    assert issue(made, centre, spelling(made.fingerprint)).fingerprint == made.fingerprint
    assert newcomer.facts().department_code in {e.code for e in centre.catalogue.roster()}


@pytest.mark.parametrize("wrong", ["0" * 32, "", "deadbeef"])
def test_another_fingerprint_lets_nobody_in(
    wrong: str, newcomer: WorkspaceStore, centre: Centre
) -> None:
    made = ask(newcomer, centre)
    before = centre.catalogue.certificates()
    with pytest.raises(UserError, match="FINGERPRINT_DIFFERS"):
        issue(made, centre, wrong or " ")
    assert centre.catalogue.certificates() == before


def test_a_short_passphrase_makes_no_key(
    newcomer: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    before = sorted(centre.folder.rglob("*"))
    with pytest.raises(UserError, match="PASSPHRASE_SHORT"):
        request_certificate(newcomer, centre.folder, centre.keys, "kurz", clock=clock, software="t")
    assert sorted(centre.folder.rglob("*")) == before


def test_only_a_request_is_answered(centre: Centre, clock: Clock) -> None:
    package = centre.export(centre.department()).package.path
    with pytest.raises(CensusError):
        read_enrolment(package, clock=clock)
    with pytest.raises(Refused):
        read_enrolment(centre.stick / "root.crt", clock=clock)


def test_the_stick_of_another_root_issues_nothing(
    newcomer: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    made = ask(newcomer, centre)
    other = centre.folder / "other"
    make_root("他省", other, PASSPHRASE, clock=clock)
    before = centre.catalogue.certificates()
    with pytest.raises(UserError, match="ROOT_OTHER"):
        confirm(centre.catalogue, made.request, made.fingerprint, other, PASSPHRASE, clock=clock)
    with pytest.raises(UserError, match="ROOT_MISSING"):
        confirm(
            centre.catalogue, made.request, made.fingerprint, centre.keys, PASSPHRASE, clock=clock
        )
    with pytest.raises(UserError, match="PASSPHRASE_WRONG"):
        confirm(
            centre.catalogue, made.request, made.fingerprint, centre.stick, "not the one 7",
            clock=clock,
        )  # fmt: skip
    assert centre.catalogue.certificates() == before


def test_an_answer_is_for_one_department_on_one_computer(
    newcomer: WorkspaceStore, centre: Centre, clock: Clock, tmp_path: Path
) -> None:
    issued = issue(ask(newcomer, centre), centre)
    roots = centre.catalogue.facts().roots_pem
    answer = write_answer(issued, roots, centre.folder)
    other = centre.department(0)
    held = other.certificate()
    with pytest.raises(UserError, match="ANSWER_OTHER"):
        accept_answer(other, answer, centre.keys, clock=clock)
    assert other.certificate() == held
    with pytest.raises(UserError, match="KEY_MISSING"):
        accept_answer(newcomer, answer, tmp_path, clock=clock)
    assert newcomer.certificate() == ""
    assert accept_answer(newcomer, answer, centre.keys, clock=clock) == issued.fingerprint
    assert signer_of(newcomer, centre.keys).available() == (True, "")


def test_a_certificate_its_root_did_not_issue_is_not_taken(
    newcomer: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    issued = issue(ask(newcomer, centre), centre)
    _key, foreign = make_root("他省", centre.folder / "other", PASSPHRASE, clock=clock)
    forged = centre.folder / "forged.crt"
    own = issued.certificate_pem
    for roots in (foreign.read_text(encoding="ascii"), own):
        forged.write_text(own + roots, encoding="ascii")
        with pytest.raises((Refused, UserError)):
            accept_answer(newcomer, forged, centre.keys, clock=clock)
    assert newcomer.certificate() == ""


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG", "您好".encode(), b"-----BEGIN CERTIFICATE-----\nAAAA\n"],
    ids=["empty", "binary", "letter", "half"],
)
def test_what_is_no_answer_is_said_to_be_none(
    content: bytes, newcomer: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    path = centre.folder / "answer.crt"
    path.write_bytes(content)
    with pytest.raises(UserError, match="ANSWER_INVALID"):
        accept_answer(newcomer, path, centre.keys, clock=clock)
    with pytest.raises(UserError, match="ANSWER_INVALID"):
        accept_answer(newcomer, centre.folder, centre.keys, clock=clock)


def test_certificates_in_disorder_are_refused_in_words(
    newcomer: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    path = centre.folder / "answer.crt"
    path.write_text(junk + junk, encoding="ascii")
    with pytest.raises((Refused, UserError)):
        accept_answer(newcomer, path, centre.keys, clock=clock)
    assert newcomer.certificate() == ""


def test_nobody_signs_before_the_answer_or_without_the_key(
    newcomer: WorkspaceStore, centre: Centre, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="NOT_ENROLLED"):
        signer_of(newcomer, centre.keys)
    with pytest.raises(UserError, match="KEY_MISSING"):
        signer_of(centre.department(), tmp_path)


def test_a_wrong_passphrase_opens_no_key(centre: Centre) -> None:
    signer = signer_of(centre.department(), centre.keys)
    with pytest.raises(UserError, match="PASSPHRASE_WRONG"):
        signer.unlock("not the one 7 times")


def test_a_second_enrolment_keeps_the_first_certificate_in_the_list(
    centre: Centre, clock: Clock
) -> None:
    store = centre.department()
    code = store.facts().department_code
    first = read_certificate(store.certificate().encode("ascii")).fingerprint
    second = issue(ask(store, centre), centre)
    held = [c.fingerprint for c in centre.catalogue.certificates() if c.department == code]
    assert set(held) == {first, second.fingerprint}
    answer = write_answer(second, centre.catalogue.facts().roots_pem, centre.folder)
    accept_answer(store, answer, centre.keys, clock=clock)
    assert centre.receive(centre.export(store)).code == "MERGED"


def test_a_folder_that_cannot_be_made_is_said(
    newcomer: WorkspaceStore, centre: Centre, clock: Clock
) -> None:
    stone = centre.folder / "stone"
    stone.write_bytes(b"")
    with pytest.raises(EnvironmentProblem, match="NOT_A_FOLDER"):
        request_certificate(
            newcomer, stone / "x", centre.keys, PASSPHRASE, clock=clock, software="t"
        )


def test_a_stranger_verifies_what_a_department_signed(centre: Centre, clock: Clock) -> None:
    done = centre.export(centre.department())
    outcome = verify(
        done.package.path, TrustAnchors.from_file(centre.stick / "root.crt"), clock=clock
    )
    assert outcome.refused is None
    assert outcome.identity == done.package.identity
    make_root("他省", centre.folder / "other", PASSPHRASE, clock=clock)
    foreign = TrustAnchors.from_file(centre.folder / "other" / "root.crt")
    refused = verify(done.package.path, foreign, clock=clock).refused
    assert refused is not None
    assert refused.code == "CHAIN"


def test_a_huge_file_is_no_answer_and_is_not_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "huge.crt"
    with path.open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(UserError, match="ANSWER_INVALID"):
        read_answer(path)
