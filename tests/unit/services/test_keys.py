"""Keys and the GM mode as a whole use case: a catalogue of SM2, a department in it, another passphrase."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from census_app import bootstrap
from census_app.errors import EnvironmentProblem, UserError
from census_app.exchange import sm2
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.package import TrustAnchors
from census_app.exchange.refusals import GmUnavailable
from census_app.exchange.statement import P256, SM2
from census_app.services.diagnosing import examine
from census_app.services.enrolling import (
    ROOT_KEY,
    accept_answer,
    confirm,
    make_root,
    read_enrolment,
    request_certificate,
    require_algorithm,
    signer_of,
    write_answer,
)
from census_app.services.exporting import export_package
from census_app.services.keys import ALGORITHMS, change_passphrase, key_path_of, signing_modes
from census_app.services.receiving import receive
from census_app.services.verifying import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from census_app.exchange.statement import Algorithm
    from census_app.services.enrolling import Enrolment
    from census_app.services.ports import CatalogueStore, Clock, WorkspaceStore
    from tests.unit.services.conftest import Centre

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
OTHER = "another passphrase for tests"


@dataclass
class Gm:
    """A catalogue whose root is an SM2 key."""

    folder: Path
    catalogue: CatalogueStore
    clock: Clock

    @property
    def stick(self) -> Path:
        return self.folder / "stick"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    def ask(self, store: WorkspaceStore, algorithm: str = "sm2") -> Enrolment:
        return request_certificate(
            store,
            self.folder,
            self.keys,
            PASSPHRASE,
            clock=self.clock,
            software="t",
            algorithm=ALGORITHMS[algorithm],
        )

    def confirm(self, made: Enrolment) -> Path:
        issued = confirm(
            self.catalogue,
            made.request,
            made.fingerprint,
            self.stick,
            PASSPHRASE,
            clock=self.clock,
        )
        return write_answer(issued, self.catalogue.facts().roots_pem, self.folder)


@pytest.fixture
def gm(tmp_path: Path, clock: Clock) -> Iterator[Gm]:
    folder = tmp_path / "gm"
    _key, certificate = make_root(
        "统筹部门", folder / "stick", PASSPHRASE, clock=clock, algorithm=SM2
    )
    catalogue = bootstrap.create_catalogue(
        folder / "catalogue.censusdb",
        name="统筹部门",
        roots_pem=certificate.read_text(encoding="ascii"),
        clock=clock,
    )
    yield Gm(folder, catalogue, clock)
    catalogue.close()


def test_a_whole_round_in_gm_mode(
    gm: Gm, make_workspace: Callable[..., WorkspaceStore], clock: Clock
) -> None:
    store = make_workspace(0)
    made = gm.ask(store)
    shown = read_enrolment(made.request, clock=clock)
    accept_answer(store, gm.confirm(made), gm.keys, clock=clock)
    signer = signer_of(store, gm.keys)
    signer.unlock(PASSPHRASE)
    done = export_package(
        store, signer, gm.folder, clock=clock, software="t", announce_unfinished=True
    )
    trust = TrustAnchors.from_file(gm.stick / "root.crt")
    received = receive(gm.catalogue, done.package.path, clock=clock)

    assert shown.fingerprint == made.fingerprint
    assert signer.algorithm == SM2
    assert read_certificate(signer.certificate_pem).algorithm == SM2
    assert verify(done.package.path, trust, clock=clock).refused is None
    assert received.error is None
    assert len(gm.catalogue.packages()) == 1


def test_root_decides_the_algorithm_of_its_departments(
    gm: Gm, centre: Centre, make_workspace: Callable[..., WorkspaceStore]
) -> None:
    store = make_workspace(2)
    with pytest.raises(UserError) as caught:
        gm.confirm(gm.ask(store, "p256"))
    assert (caught.value.code, caught.value.params) == (
        "REQUEST_ALGORITHM",
        {"found": P256, "expected": SM2},
    )
    before = centre.catalogue.certificates()
    made = gm.ask(store)
    with pytest.raises(UserError) as other:
        confirm(
            centre.catalogue,
            made.request,
            made.fingerprint,
            centre.stick,
            PASSPHRASE,
            clock=gm.clock,
        )
    assert other.value.code == "REQUEST_ALGORITHM"
    assert centre.catalogue.certificates() == before
    assert gm.catalogue.certificates() == []


def test_root_of_another_algorithm_than_asked_for_is_told(gm: Gm, centre: Centre) -> None:
    pairs: list[tuple[Path, Algorithm, Algorithm]]
    pairs = [(gm.stick, SM2, P256), (centre.stick, P256, SM2)]
    for folder, own, stranger in pairs:
        path = folder / "root.crt"
        roots = path.read_text(encoding="ascii")
        require_algorithm(path, roots, own)
        require_algorithm(path, roots, None)
        with pytest.raises(UserError) as caught:
            require_algorithm(path, roots, stranger)
        assert caught.value.code == "ROOT_ALGORITHM"


def test_department_changes_its_passphrase(centre: Centre) -> None:
    store = centre.department()
    path = key_path_of(store, centre.keys)
    change_passphrase(path, PASSPHRASE, OTHER)
    signer = signer_of(store, centre.keys)

    with pytest.raises(UserError) as caught:
        signer.unlock(PASSPHRASE)
    assert caught.value.code == "PASSPHRASE_WRONG"
    signer.unlock(OTHER)
    assert signer.sign(b"x")


def test_root_key_changes_its_passphrase(
    gm: Gm, make_workspace: Callable[..., WorkspaceStore]
) -> None:
    made = gm.ask(make_workspace(0))
    change_passphrase(gm.stick / ROOT_KEY, PASSPHRASE, OTHER)

    with pytest.raises(UserError) as caught:
        gm.confirm(made)
    assert caught.value.code == "PASSPHRASE_WRONG"
    change_passphrase(gm.stick / ROOT_KEY, OTHER, PASSPHRASE)
    assert gm.confirm(made).is_file()


def test_forgotten_passphrase_costs_an_enrolment_and_no_data(centre: Centre, clock: Clock) -> None:
    store = centre.department()
    first = centre.export(store, announce=True)
    centre.receive(first)
    records = {form.id: len(list(store.stream_records(form.id))) for form in store.form_set.forms}
    made = request_certificate(store, centre.folder, centre.keys, OTHER, clock=clock, software="t")
    issued = confirm(
        centre.catalogue, made.request, made.fingerprint, centre.stick, PASSPHRASE, clock=clock
    )
    answer = write_answer(issued, centre.catalogue.facts().roots_pem, centre.folder)
    accept_answer(store, answer, centre.keys, clock=clock)
    signer = signer_of(store, centre.keys)
    signer.unlock(OTHER)
    second = export_package(
        store, signer, centre.folder / "packages", clock=clock, software="t",
        announce_unfinished=True,
    )  # fmt: skip

    assert second.package.statement.sequence == first.package.statement.sequence + 1
    assert second.package.statement.previous == first.package.identity
    assert centre.receive(second).outcome == "merged"
    assert records == {
        form.id: len(list(store.stream_records(form.id))) for form in store.form_set.forms
    }


def test_key_of_a_workspace_is_found_or_said_to_be_missing(
    centre: Centre, make_workspace: Callable[..., WorkspaceStore], tmp_path: Path
) -> None:
    with pytest.raises(UserError) as fresh:
        key_path_of(make_workspace(2), centre.keys)
    with pytest.raises(UserError) as elsewhere:
        key_path_of(centre.department(), tmp_path)

    assert (fresh.value.code, elsewhere.value.code) == ("NOT_ENROLLED", "KEY_MISSING")


# --- a computer without SM2 -------------------------------------------------------------------------------------------


@pytest.fixture
def no_gm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program look for libcrypto where there is none."""
    monkeypatch.setattr(sm2, "_mode", sm2.GmMode([]))


def test_modes_say_what_works_and_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    p256, gm_mode = signing_modes()
    assert (p256.name, p256.algorithm, p256.available) == ("p256", P256, True)
    assert (gm_mode.name, gm_mode.available, gm_mode.reason) == ("sm2", True, "")
    assert gm_mode.library.startswith("OpenSSL 3")
    assert {each.name: each.algorithm for each in signing_modes()} == ALGORITHMS

    monkeypatch.setattr(sm2, "_mode", sm2.GmMode([]))
    p256, gm_mode = signing_modes()
    assert p256.available
    assert (gm_mode.available, gm_mode.reason, gm_mode.library) == (False, "GM_LIBRARY", "")


def test_library_with_the_timing_leak_comes_with_an_advice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = sm2._mode.library()
    monkeypatch.setitem(library.functions, "OpenSSL_version_num", lambda: 0x30500000)
    for machine, advice in (("aarch64", "GM_TIMING"), ("x86_64", "")):
        monkeypatch.setattr(platform, "machine", lambda machine=machine: machine)
        assert signing_modes()[1].advice == advice


def test_nothing_of_gm_is_made_without_it(
    no_gm: None, tmp_path: Path, clock: Clock, make_workspace: Callable[..., WorkspaceStore]
) -> None:
    del no_gm
    store = make_workspace(0)
    with pytest.raises(EnvironmentProblem) as root:
        make_root("r", tmp_path / "stick", PASSPHRASE, clock=clock, algorithm=SM2)
    with pytest.raises(EnvironmentProblem) as request:
        request_certificate(
            store,
            tmp_path / "out",
            tmp_path / "keys",
            PASSPHRASE,
            clock=clock,
            software="t",
            algorithm=SM2,
        )

    assert root.value.code == request.value.code == "GM_UNAVAILABLE"
    assert not list(tmp_path.rglob("*.pem"))
    assert not list(tmp_path.rglob("*.census"))


def test_gm_package_is_refused_as_unavailable_without_it(
    gm: Gm, make_workspace: Callable[..., WorkspaceStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = gm.ask(make_workspace(0))
    monkeypatch.setattr(sm2, "_mode", sm2.GmMode([]))

    with pytest.raises(GmUnavailable) as caught:
        read_enrolment(made.request, clock=gm.clock)
    assert caught.value.params["file"] == made.request.name


def test_doctor_says_whether_gm_works_and_needs_it_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CENSUS_DATA_DIR", str(tmp_path))
    workshop = bootstrap.Services()
    (works,) = (each for each in examine(workshop) if each.name == "gm")
    monkeypatch.setattr(sm2, "_mode", sm2.GmMode([]))
    results = examine(workshop)
    (missing,) = (each for each in results if each.name == "gm")

    assert (works.ok, works.mark) == (True, "✓")
    assert works.detail.startswith("OpenSSL 3")
    assert (missing.ok, missing.passed, missing.mark) == (False, True, "–")
    assert "libcrypto" in missing.detail
    assert all(each.passed for each in results)
