"""One door for everything that comes back: it is taken by what it is, and refused in words where it does not belong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from census_app import bootstrap
from census_app.diagnostics import wording
from census_app.errors import UserError
from census_app.exchange.refusals import Refused
from census_app.exchange.statement import SM2
from census_app.services.admitting import make_coordinator
from census_app.services.applying import Applied, Desk, Store, apply_file
from census_app.services.enrolling import admit_request, request_certificate, write_answer
from census_app.services.founding import (
    NewCatalogue,
    Sticks,
    found_catalogue,
    join_catalogue,
)
from census_app.services.receiving import receive
from census_app.services.trusting import BundleIssued, Target, issue_bundle, revoke

if TYPE_CHECKING:
    from tests.unit.services.conftest import Centre, MakeWorkspace

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
COORDINATOR = "11320000014000015K"


def take(store: Store, path: Path, centre: Centre, confirm: str = "") -> Applied:
    return apply_file(store, path, Desk(keys=centre.keys, clock=centre.clock, confirm=confirm))


def bundle(centre: Centre) -> BundleIssued:
    return issue_bundle(
        centre.catalogue, centre.stick, PASSPHRASE, centre.folder, clock=centre.clock, software="t"
    )


def told(applied: Applied) -> list[str]:
    """Return every sentence of an outcome, in both languages."""
    sentences = [(applied.code, applied.params), *applied.further]
    return [
        wording.text(code, language, file=applied.path.name, **params)
        for language in ("zh", "en")
        for code, params in sentences
    ]


def test_certificate_and_bundle_go_through_the_same_door(
    centre: Centre, make_workspace: MakeWorkspace
) -> None:
    store = make_workspace(2)
    made = request_certificate(
        store, centre.folder, centre.keys, PASSPHRASE, clock=centre.clock, software="t"
    )
    admitted = admit_request(
        centre.catalogue, made.request, centre.stick, PASSPHRASE, clock=centre.clock,
        fingerprint=made.fingerprint,
    )  # fmt: skip
    answer = write_answer(admitted.issued, centre.catalogue.roots(), centre.folder)
    first = take(store, answer, centre)
    assert (first.kind, first.code) == ("certificate", "APPLIED_CERTIFICATE")
    issued = bundle(centre)
    second = take(store, issued.package.path, centre)
    assert (second.kind, second.code, second.new) == ("trust", "APPLIED_TRUST", True)
    again = take(store, issued.package.path, centre)
    assert (again.code, again.new) == ("APPLIED_TRUST_KNOWN", False)
    assert all("{" not in sentence for each in (first, second, again) for sentence in told(each))


def test_the_first_bundle_brings_root_and_certificate_once_the_root_was_compared(
    centre: Centre, make_workspace: MakeWorkspace
) -> None:
    store = make_workspace(2)
    made = request_certificate(
        store, centre.folder, centre.keys, PASSPHRASE, clock=centre.clock, software="t"
    )
    admit_request(
        centre.catalogue, made.request, centre.stick, PASSPHRASE, clock=centre.clock,
        fingerprint=made.fingerprint,
    )  # fmt: skip
    issued = bundle(centre)
    with pytest.raises(UserError, match="ROOT_UNCONFIRMED"):
        take(store, issued.package.path, centre)
    assert store.certificate() == ""
    applied = take(store, issued.package.path, centre, confirm=issued.applied.root)
    assert ("APPLIED_CERTIFICATE", {"fingerprint": made.fingerprint}) in applied.further
    assert centre.receive(centre.export(store, announce=True)).code == "MERGED"


def test_a_bundle_that_revokes_the_own_key_says_so(centre: Centre) -> None:
    store = centre.department()
    done = centre.export(store)
    centre.receive(done)
    made = revoke(
        centre.catalogue, centre.stick, PASSPHRASE, centre.folder,
        Target(department=store.facts().department_code, last_sequence=1), "遗失",
        clock=centre.clock, software="t",
    )  # fmt: skip

    applied = take(store, made.package.path, centre)

    assert applied.further == (("APPLIED_OWN_REVOKED", {"reason": "遗失", "number": 1}),)
    assert all("{" not in sentence for sentence in told(applied))


def test_a_catalogue_says_which_packages_leave(centre: Centre) -> None:
    store = centre.department()
    done = [centre.export(store), centre.export(store)]
    other = centre.other_catalogue("other.censusdb")
    for each in done:
        centre.receive(each)
    made = revoke(
        centre.catalogue, centre.stick, PASSPHRASE, centre.folder,
        Target(department=store.facts().department_code, last_sequence=1), "遗失",
        clock=centre.clock, software="t",
    )  # fmt: skip
    for each in done:
        receive(other, each.package.path, clock=centre.clock)
    applied = take(other, made.package.path, centre)
    assert applied.further == (("APPLIED_REVOKED", {"name": done[1].package.name}),)
    assert all("{" not in sentence for sentence in told(applied))


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff\xfe\x00"])
def test_what_is_nothing_is_said_to_be_nothing(content: bytes, centre: Centre) -> None:
    path = centre.folder / "a.bin"
    path.write_bytes(content)
    with pytest.raises(UserError, match="ANSWER_INVALID"):
        take(centre.department(), path, centre)
    with pytest.raises(UserError, match="FILE_MISSING"):
        take(centre.department(1), centre.folder / "none", centre)


def test_a_submission_is_not_applied(centre: Centre) -> None:
    store = centre.department()
    done = centre.export(store)
    with pytest.raises(UserError, match="APPLY_TYPE"):
        take(store, done.package.path, centre)
    broken = centre.folder / "broken.census"
    broken.write_bytes(done.package.path.read_bytes()[:-1])
    with pytest.raises(Refused):
        take(store, broken, centre)


class Shop:
    """The places of the tests, as `bootstrap.Services` gives them."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre
        self.clock, self.software, self.actor = centre.clock, "t", "t"

    def keys_dir(self) -> Path:
        return self._centre.keys

    def create_catalogue(self, path: Path, name: str, roots_pem: str, level: str) -> object:
        return bootstrap.create_catalogue(
            path, name=name, roots_pem=roots_pem, level=level, clock=self.clock
        )

    def discard_catalogue(self, target: Path) -> None:
        bootstrap.discard_catalogue(target)


def test_a_catalogue_is_founded_with_two_roots_and_a_coordinator(
    centre: Centre, tmp_path: Path
) -> None:
    shop = Shop(centre)
    wanted = NewCatalogue(target=tmp_path / "c.censusdb", name="发改委", code=COORDINATOR)
    sticks = Sticks(root=tmp_path / "stick", passphrase=PASSPHRASE)
    made = found_catalogue(shop, wanted, sticks, PASSPHRASE)  # type: ignore[arg-type]
    assert [path.parent.name for path in made.roots] == ["stick", "standby"]
    assert made.coordinator.department == COORDINATOR
    again = NewCatalogue(target=tmp_path / "d.censusdb", name="发改委", code=COORDINATOR)
    assert found_catalogue(shop, again, sticks, PASSPHRASE).roots == made.roots  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "secret", "error"),
    [("12345", PASSPHRASE, "DEPARTMENT_CODE"), (COORDINATOR, "short", "PASSPHRASE_SHORT")],
)
def test_a_catalogue_that_cannot_be_founded_leaves_nothing(
    code: str, secret: str, error: str, centre: Centre, tmp_path: Path
) -> None:
    wanted = NewCatalogue(target=tmp_path / "c.censusdb", name="发改委", code=code)
    sticks = Sticks(root=centre.stick, passphrase=PASSPHRASE)
    with pytest.raises(UserError, match=error):
        found_catalogue(Shop(centre), wanted, sticks, secret)  # type: ignore[arg-type]
    assert not (tmp_path / "c.censusdb").exists()


def test_a_catalogue_joins_a_root_kept_elsewhere(centre: Centre, tmp_path: Path) -> None:
    shop = Shop(centre)
    make_coordinator(
        centre.catalogue, COORDINATOR, "统筹部门", centre.stick, PASSPHRASE, centre.keys,
        PASSPHRASE, clock=centre.clock,
    )  # fmt: skip
    issued = bundle(centre)
    wanted = NewCatalogue(target=tmp_path / "c.censusdb", name="数据局", code=COORDINATOR + "02")
    path = issued.package.path
    for confirm, error in (("", "ROOT_UNCONFIRMED"), ("00", "FINGERPRINT_DIFFERS")):
        with pytest.raises(UserError, match=error):
            join_catalogue(shop, wanted, path, tmp_path, PASSPHRASE, confirm=confirm)  # type: ignore[arg-type]
        assert not (tmp_path / "c.censusdb").exists()
    made = join_catalogue(shop, wanted, path, tmp_path, PASSPHRASE, confirm=issued.applied.root)  # type: ignore[arg-type]
    assert made.request is not None
    assert made.request.request.is_file()
    bare = NewCatalogue(target=tmp_path / "d.censusdb", name="数据局", code="")
    joined = join_catalogue(shop, bare, centre.stick / "root.crt", tmp_path, "")  # type: ignore[arg-type]
    assert joined.request is None
    assert joined.fingerprint == issued.applied.root


def test_a_bundle_of_the_gm_mode_goes_the_same_way(
    centre: Centre, tmp_path: Path, make_workspace: MakeWorkspace
) -> None:
    wanted = NewCatalogue(target=tmp_path / "c.censusdb", name="发改委", code=COORDINATOR)
    sticks = Sticks(root=tmp_path / "stick", passphrase=PASSPHRASE, algorithm=SM2)
    found_catalogue(Shop(centre), wanted, sticks, PASSPHRASE)  # type: ignore[arg-type]
    catalogue = bootstrap.open_catalogue(wanted.target)
    centre.opened.append(catalogue)
    store = make_workspace(2)
    made = request_certificate(
        store, tmp_path, centre.keys, PASSPHRASE, clock=centre.clock, software="t", algorithm=SM2
    )
    admit_request(
        catalogue, made.request, sticks.root, PASSPHRASE, clock=centre.clock,
        fingerprint=made.fingerprint,
    )  # fmt: skip
    target = Target(department=store.facts().department_code, last_sequence=0)
    for issued in (
        issue_bundle(
            catalogue, sticks.root, PASSPHRASE, tmp_path, clock=centre.clock, software="t"
        ),
        revoke(
            catalogue, sticks.root, PASSPHRASE, tmp_path, target, "遗失",
            clock=centre.clock, software="t",
        ),
    ):  # fmt: skip
        applied = take(store, issued.package.path, centre, confirm=issued.applied.root)
        assert applied.new
    done = centre.export(store, announce=True)
    assert done.package.statement.algorithm == SM2
    assert receive(catalogue, done.package.path, clock=centre.clock).code == "REVOKED"
