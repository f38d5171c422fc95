"""Hostile packages whose fault only a receiver can see: taken back, replayed, skipped ahead, forked, misdirected, old.

Each is genuine for every reader; a real catalogue or workspace must say what it is, and stay as it was.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.domain.holdings import IssuedCertificate, SentPackage
from census_app.exchange.certificate_facts import read_certificate
from census_app.exchange.package import Refused
from census_app.services.letters import LetterTaken, take_letter
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.receiving import Received, rebuild, receive
from tests.vectors.anatomy import Anatomy, canonical
from tests.vectors.cases_trust import bundle, document
from tests.vectors.keys import ALGORITHMS
from tests.vectors.measure import listing, measured
from tests.vectors.papers import Owner, revocation_list
from tests.vectors.workshop import (
    CLOCK,
    DEPARTMENT,
    NAME,
    OTHER_DEPARTMENT,
    Workshop,
    description,
    line,
    make_workshop,
)

ZEROS = "0" * 64


@dataclass
class Standing:
    """A clock that shows what it is told."""

    moment: dt.datetime = CLOCK

    def now(self) -> dt.datetime:
        return self.moment


@dataclass
class Centre:
    """A catalogue, a department's workspace, and the people who write to them.

    Attributes:
        outbox: Where packages arrive; they stay there unchanged.
    """

    shop: Workshop
    catalogue: CatalogueStore
    workspace: WorkspaceStore
    outbox: Path
    census: str
    clock: Standing = field(default_factory=Standing)

    def submission(
        self,
        sequence: int,
        previous: str = ZEROS,
        office: str = "一处",
        signer: Owner | None = None,
    ) -> Anatomy:
        """Return an honest submission with one record."""
        anatomy = self.shop.submission(signer, sequence=sequence, previous=previous)
        anatomy.payload["package.json"] = self._description(records=1)
        values = {"name": office}
        anatomy.payload["records.ndjson"] = line(1, form="internal_office", values=values)
        return anatomy

    def letter(self, sequence: int, previous: str = ZEROS, **changes: Any) -> Anatomy:
        """Return an honest review without queries."""
        anatomy = self.shop.package("review", sequence=sequence, previous=previous, **changes)
        anatomy.payload["package.json"] = self._description(records=0)
        return anatomy

    def bundle(self, version: int, revoked: list[dict[str, object]] | None = None) -> Anatomy:
        """Return an honest trust bundle."""
        anatomy = bundle(self.shop)
        found = {**document(self.shop), "version": version, "revoked": revoked or []}
        anatomy.statement.update(sequence=version, package=f"TRUST-{version:06d}")
        anatomy.payload["trust.json"] = canonical(found)
        serials = {int(str(each["serial"]), 16) for each in found["revoked"]}
        anatomy.payload["crl.pem"] = revocation_list(self.shop.root, serials)
        anatomy.payload["package.json"] = self._description(records=0)
        return anatomy

    def _description(self, **changes: object) -> bytes:
        return canonical(description(census={"id": self.census, "round": 1}, **changes))

    def put(self, anatomy: Anatomy) -> Path:
        path = self.outbox / f"{identity(anatomy)[:16]}.census"
        path.write_bytes(anatomy.sealed())
        return path

    def receive(self, anatomy: Anatomy) -> Received:
        """Let the catalogue receive a package."""
        return receive(self.catalogue, self.put(anatomy), clock=self.clock)

    def take(self, anatomy: Anatomy) -> LetterTaken:
        """Let the workspace take a letter."""
        return take_letter(self.workspace, self.put(anatomy), clock=self.clock)

    def offices(self) -> list[object]:
        return [r.values["name"] for r in self.catalogue.stream_records("internal_office")]


def identity(anatomy: Anatomy) -> str:
    return hashlib.sha256(anatomy.statement_bytes()).hexdigest()


@pytest.fixture(params=ALGORITHMS)
def centre(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Centre]:
    shop = make_workshop(request.param)
    for name in ("outbox", "temporary", "work"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.chdir(tmp_path / "work")
    roots, clock = shop.trust_pem.decode("ascii"), Standing()
    catalogue = bootstrap.create_catalogue(
        tmp_path / "catalogue.censusdb", name="某省数据局", roots_pem=roots, clock=clock
    )
    for code, owner in ((DEPARTMENT, shop.department), (OTHER_DEPARTMENT, shop.other_department)):
        catalogue.issue(issued(code, owner))
    workspace = bootstrap.create_workspace(
        tmp_path / "department.censusdb", department=NAME, code=DEPARTMENT, clock=clock
    )
    workspace.store_certificate(shop.department.pem.decode("ascii"), roots)
    census = catalogue.facts().census_id
    yield Centre(shop, catalogue, workspace, tmp_path / "outbox", census, clock)
    workspace.close()
    catalogue.close()


def issued(code: str, owner: Owner) -> IssuedCertificate:
    facts = read_certificate(owner.pem)
    pem = owner.pem.decode("ascii")
    return IssuedCertificate(code, NAME, pem, facts.fingerprint, "2026-11-22T08:00:00Z")


@pytest.fixture
def sent(centre: Centre) -> str:
    """Let the workspace have handed in a package, and return its identity."""
    found = "ef" * 32
    centre.workspace.register_sent(
        SentPackage(
            direction="sent",
            identity=found,
            type="submission",
            name=f"{DEPARTMENT}-000001",
            sequence=1,
            previous=ZEROS,
            created="2026-11-23T08:00:00Z",
            at="2026-11-23T08:00:00Z",
            counts={},
        ),
        (),
    )
    return found


def test_p8_revoked_beyond_the_cut_and_up_to_it(centre: Centre) -> None:
    first = centre.submission(1)
    second = centre.submission(2, identity(first), "二处")
    cut: dict[str, object] = {
        "serial": f"{centre.shop.department.serial:x}",
        "chain": "coordinator",
        "last_sequence": 1,
        "head": identity(first),
        "reason": "密钥遗失",
    }

    assert centre.receive(centre.bundle(1, [cut])).code == "APPLIED"
    assert centre.receive(second).code == "REVOKED"
    assert centre.receive(first).code == "MERGED"
    assert centre.offices() == ["一处"]


def test_p8_what_was_merged_beyond_the_cut_leaves(centre: Centre) -> None:
    first = centre.submission(1)
    second = centre.submission(2, identity(first), "二处")
    codes = [centre.receive(each).code for each in (first, second)]
    cut: dict[str, object] = {
        "serial": f"{centre.shop.department.serial:x}",
        "chain": "coordinator",
        "last_sequence": 1,
        "head": identity(first),
        "reason": "密钥遗失",
    }

    assert codes == ["MERGED", "MERGED"]
    assert centre.offices() == ["二处"]
    assert centre.receive(centre.bundle(1, [cut])).code == "APPLIED"
    assert centre.offices() == ["一处"]


def test_p20a_replay_is_a_duplicate(centre: Centre) -> None:
    first = centre.submission(1)
    centre.receive(first)
    before = centre.catalogue.digest()

    assert centre.receive(first).code == "DUPLICATE"
    assert centre.catalogue.digest() == before


@pytest.mark.parametrize("sequence", [3, 999_999])
def test_p20b_jump_ahead_waits(centre: Centre, sequence: int) -> None:
    first = centre.submission(1)
    centre.receive(first)

    assert centre.receive(centre.submission(sequence, identity(first), "贼")).code == "PENDING"
    assert centre.offices() == ["一处"]
    assert centre.receive(centre.submission(2, identity(first), "二处")).code == "MERGED"
    assert centre.offices() == ["二处"]


def test_p20c_fork_shows_both_and_merges_neither(centre: Centre) -> None:
    first = centre.submission(1)
    centre.receive(first)
    centre.receive(centre.submission(2, identity(first), "二处"))

    assert centre.receive(centre.submission(2, identity(first), "他处")).code == "FORK"
    assert centre.offices() == ["一处"]


def test_p20c_wrong_predecessor_is_a_fork(centre: Centre) -> None:
    centre.receive(centre.submission(1))

    assert centre.receive(centre.submission(2, "ab" * 32, "贼")).code == "FORK"
    assert centre.offices() == ["一处"]


def test_p20d_wrong_audience(centre: Centre, sent: str) -> None:
    assert (
        refused(centre, centre.letter(1, audience=OTHER_DEPARTMENT, in_reply_to=sent)) == "AUDIENCE"
    )


def test_p20e_letter_of_a_department(centre: Centre, sent: str) -> None:
    forged = centre.letter(1, in_reply_to=sent)
    forged.signer = centre.shop.department

    assert refused(centre, forged) == "ROLE"


def test_answer_to_what_was_never_sent(centre: Centre, sent: str) -> None:
    assert refused(centre, centre.letter(1, in_reply_to="ab" * 32)) == "REPLY"
    assert centre.take(centre.letter(1, in_reply_to=sent)).outcome == "taken"


def test_letters_have_one_chain(centre: Centre, sent: str) -> None:
    first = centre.letter(1, in_reply_to=sent)
    centre.take(first)

    assert centre.take(first).outcome == "duplicate"
    assert centre.take(centre.letter(3, "ab" * 32, in_reply_to=sent)).outcome == "pending"
    assert refused(centre, centre.letter(1, "ab" * 32, in_reply_to=sent)) == "REPLY_CHAIN"
    assert refused(centre, centre.letter(2, "ab" * 32, in_reply_to=sent)) == "REPLY_CHAIN"
    assert centre.take(centre.letter(2, identity(first), in_reply_to=sent)).outcome == "taken"


@pytest.mark.parametrize("version", [1, 2])
def test_p20f_old_bundle(centre: Centre, version: int) -> None:
    assert centre.receive(centre.bundle(2)).code == "APPLIED"
    before = centre.catalogue.digest()
    old = centre.bundle(version)
    old.statement["created"] = "2026-11-22T08:00:00Z"

    assert centre.receive(old).code == "TRUST_ROLLBACK"
    assert centre.receive(centre.bundle(2)).code == "DUPLICATE"
    assert centre.catalogue.digest() == before


def test_p20g_record_of_another_department(centre: Centre) -> None:
    thief = centre.submission(1)
    thief.payload["records.ndjson"] = line(
        1, form="internal_office", values={"name": "一处"}, unit=OTHER_DEPARTMENT
    )

    assert centre.receive(thief).code == "SCOPE"
    assert centre.catalogue.packages() == []


def test_child_that_moves_to_an_announced_owner_stays_where_it_was(centre: Centre) -> None:
    def item(owner: int) -> bytes:
        values = {"name": "x", "parent_id": f"{owner:032x}", "position": 1}
        return line(1, form="data_item", values=values)

    first = with_lines(centre, 1, ZEROS, item(8), line(8, values={"name": "资源"}))
    second = with_lines(
        centre,
        2,
        identity(first),
        item(9),
        line(8, values={"name": "资源"}),
        line(9, op="pending", values=None, title="在建"),
    )

    assert [centre.receive(each).code for each in (first, second)] == ["MERGED", "MERGED"]
    (child,) = centre.catalogue.stream_records("data_item")
    assert child.parent == f"{8:032x}"
    before = centre.catalogue.digest()
    assert rebuild(centre.catalogue, clock=centre.clock) == before


def with_lines(centre: Centre, sequence: int, previous: str, *lines: bytes) -> Anatomy:
    """Return an honest submission with these records."""
    anatomy = centre.submission(sequence, previous)
    anatomy.payload["records.ndjson"] = b"".join(lines)
    anatomy.payload["package.json"] = canonical(
        description(census={"id": centre.census, "round": 1}, records=len(lines))
    )
    return anatomy


def test_candidate_is_quarantined(centre: Centre) -> None:
    held = centre.submission(1, signer=centre.shop.candidate)

    assert centre.receive(held).code == "QUARANTINED"
    assert centre.offices() == []


def test_certificate_that_ended_counts_for_what_was_admitted_before(centre: Centre) -> None:
    first = centre.submission(1)
    centre.receive(first)
    centre.clock.moment = dt.datetime(2031, 1, 1, tzinfo=dt.UTC)

    assert centre.receive(first).code == "DUPLICATE"
    assert centre.receive(centre.submission(2, identity(first), "二处")).code == "EXPIRED"


def test_nothing_is_left_behind_and_little_is_taken(centre: Centre, tmp_path: Path) -> None:
    """Refusals, holds and duplicates together: only the files of catalogue and workspace change."""
    first = centre.submission(1)
    files = [
        centre.put(each)
        for each in (
            first,
            first,
            centre.submission(999_999, "ab" * 32),
            centre.submission(1, office="他处"),
            centre.bundle(2),
            centre.bundle(1),
            centre.letter(1),
            centre.submission(1, signer=centre.shop.candidate),
            centre.submission(2, signer=centre.shop.coordinator),
        )
    ]
    own = {"catalogue.censusdb", "department.censusdb"}
    before = {path for path in listing([tmp_path]) if Path(path).name not in own}
    codes = []

    for path in files:
        with measured() as cost:
            codes.append(receive(centre.catalogue, path, clock=centre.clock).code)
        assert cost.cpu_s < 2
        assert cost.growth < 100 << 20

    after = {path for path in listing([tmp_path]) if Path(path).name not in own}
    assert codes[:5] == ["MERGED", "DUPLICATE", "PENDING", "FORK", "APPLIED"]
    assert {each.split("-")[0] for each in after - before} <= {str(tmp_path / "catalogue.censusdb")}


def refused(centre: Centre, anatomy: Anatomy) -> str:
    """Return why the workspace refuses a letter; it must stay as it was."""
    before = centre.workspace.packages()
    with pytest.raises(Refused) as caught:
        centre.take(anatomy)
    assert centre.workspace.packages() == before
    return caught.value.code
