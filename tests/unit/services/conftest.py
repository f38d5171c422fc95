"""A small world for the use cases: a clock that stands, workspaces, a centre with enrolled departments."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from census_app import bootstrap
from census_app.domain.addresses import Target
from census_app.domain.chain import Decision
from census_app.domain.findings import Severity
from census_app.domain.records import RecordId, Value
from census_app.domain.review import Query, ReceiptStatus
from census_app.exchange.canonical import canonical_bytes
from census_app.exchange.certificates import Role, issue_certificate
from census_app.exchange.keyfile import load_key
from census_app.exchange.package import TrustAnchors, WrittenPackage, open_package
from census_app.exchange.signers import Signer, sign_p256
from census_app.exchange.statement import P256, Algorithm
from census_app.services.answering import QueryItem, query_items
from census_app.services.checking import check_workspace, set_everywhere
from census_app.services.deciding import decide
from census_app.services.editing import RecordEditor, create_record
from census_app.services.enrolling import (
    ROOT_KEY,
    accept_answer,
    confirm,
    coordinator_signer_of,
    make_coordinator,
    make_root,
    request_certificate,
    signer_of,
    write_answer,
)
from census_app.services.explaining import explain
from census_app.services.exporting import ExportDone, export_package
from census_app.services.letters import LetterTaken, take_letter
from census_app.services.ports import CatalogueStore, Clock, WorkspaceStore
from census_app.services.querying import (
    QueryStanding,
    queries_of,
    query_values,
    raise_query,
)
from census_app.services.receiving import Received, receive
from census_app.services.reviewing import write_receipt, write_review
from tests.servers import REQUIRED, DatabaseServer

PASSPHRASE = "a long passphrase for tests"  # noqa: S105
CODES = ("11320000990000017P", "11320000990000025J", "11320000990000033D")
MakeWorkspace = Callable[..., WorkspaceStore]


@dataclass
class StandingClock:
    """Returns the same moment until it is moved."""

    moment: dt.datetime = field(
        default_factory=lambda: dt.datetime(2026, 12, 1, 8, 0, tzinfo=dt.UTC)
    )

    def now(self) -> dt.datetime:
        return self.moment


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def make_workspace(tmp_path: Path, clock: StandingClock) -> Iterator[MakeWorkspace]:
    made: list[WorkspaceStore] = []

    def make(number: int = 0) -> WorkspaceStore:
        path = tmp_path / f"department{number}.censusdb"
        name = f"江苏省第{'一二三'[number]}样例厅"
        store = bootstrap.create_workspace(path, department=name, code=CODES[number], clock=clock)
        made.append(store)
        return store

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_workspace: MakeWorkspace) -> WorkspaceStore:
    return make_workspace()


Sheets = dict[str, list[list[object]]]
WriteBook = Callable[..., Path]


@pytest.fixture
def write_book(tmp_path: Path) -> WriteBook:
    """`write_book("a.xlsx", [heads, row, …])`, or several sheets by name."""

    def write(name: str, sheets: Sheets | list[list[object]]) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.worksheets[0])
        for title, rows in (sheets if isinstance(sheets, dict) else {"清单": sheets}).items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        path = tmp_path / name
        book.save(path)
        return path

    return write


@pytest.fixture
def reopen(clock: StandingClock) -> Iterator[Callable[[WorkspaceStore], WorkspaceStore]]:
    """Close a workspace and open its file again, as another day's work begins."""
    made: list[WorkspaceStore] = []

    def again(store: WorkspaceStore) -> WorkspaceStore:
        store.close()
        made.append(bootstrap.open_workspace(store.path))
        return made[-1]

    yield again
    for store in made:
        store.close()


# -- a centre and its departments --------------------------------------------------------------------------------------


@dataclass
class Centre:
    """A coordinator, and two departments that are enrolled and have nothing unfinished.

    Attributes:
        folder: Holds `stick`, `keys`, `packages` and the files of all three.
    """

    folder: Path
    clock: Clock
    catalogue: CatalogueStore
    opened: list[WorkspaceStore | CatalogueStore] = field(default_factory=list)

    @property
    def stick(self) -> Path:
        return self.folder / "stick"

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    def department(self, number: int = 0, *, file: str = "") -> WorkspaceStore:
        """Open a department's file, or a copy of it made now."""
        path = self.folder / f"department{number}.censusdb"
        if file:
            path = Path(shutil.copy(path, self.folder / file))
        store = bootstrap.open_workspace(path)
        self.opened.append(store)
        return store

    def other_catalogue(self, name: str, *, certificates: bool = True) -> CatalogueStore:
        """Make another catalogue of the same root, with the same departments."""
        facts = self.catalogue.facts()
        made = bootstrap.create_catalogue(
            self.folder / name, name=facts.name, roots_pem=facts.roots_pem, clock=self.clock
        )
        for certificate in self.catalogue.certificates() if certificates else ():
            made.issue(certificate)
        self.opened.append(made)
        return made

    def export(self, store: WorkspaceStore, *, announce: bool = False) -> ExportDone:
        signer = signer_of(store, self.keys)
        signer.unlock(PASSPHRASE)
        return export_package(
            store,
            signer,
            self.folder / "packages",
            clock=self.clock,
            software="t",
            announce_unfinished=announce,
        )

    def receive(self, done: ExportDone | Path) -> Received:
        path = done if isinstance(done, Path) else done.package.path
        return receive(self.catalogue, path, clock=self.clock)

    def lines(self, done: ExportDone) -> list[dict[str, Any]]:
        """Return the package's record lines, as a stranger with the root reads them."""
        trust = TrustAnchors.from_file(self.stick / "root.crt")
        with open_package(done.package.path, trust, now=self.clock.now()) as package:
            return list(package.iter_records())

    def add_office(self, store: WorkspaceStore, name: str) -> RecordId:
        """Add a record that needs nothing but its name."""
        return create_record(store, "internal_office", {"name": name}, actor="t", clock=self.clock)

    def put(self, store: WorkspaceStore, form: str, record: RecordId, **values: Any) -> None:
        """Give a record answers; None empties one."""
        given: dict[str, Value | None] = values
        set_everywhere(store, form, [record], given, actor="t", clock=self.clock)


def enrol(store: WorkspaceStore, catalogue: CatalogueStore, folder: Path, clock: Clock) -> None:
    keys = folder / "keys"
    keys.mkdir(exist_ok=True)
    made = request_certificate(store, folder, keys, PASSPHRASE, clock=clock, software="t")
    issued = confirm(
        catalogue, made.request, made.fingerprint, folder / "stick", PASSPHRASE, clock=clock
    )
    answer = write_answer(issued, catalogue.facts().roots_pem, folder)
    accept_answer(store, answer, keys, clock=clock)


@pytest.fixture(scope="session")
def enrolled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files of a centre and two departments; making keys takes time, so it is made once."""
    folder, clock = tmp_path_factory.mktemp("enrolled"), StandingClock()
    make_root("统筹部门", folder / "stick", PASSPHRASE, clock=clock)
    roots = (folder / "stick" / "root.crt").read_text(encoding="ascii")
    registry = bootstrap.create_catalogue(
        folder / "registry.censusdb", name="统筹部门", roots_pem=roots, clock=clock
    )
    for number in range(2):
        store = bootstrap.create_workspace(
            folder / f"department{number}.censusdb",
            department=f"江苏省第{'一二'[number]}样例厅",
            code=CODES[number],
            clock=clock,
        )
        (record,) = store.stream_records("department")
        values: dict[str, Value | None] = {"org_kind": "government"}
        set_everywhere(store, "department", [record.id], values, actor="t", clock=clock)
        enrol(store, registry, folder, clock)
        store.close()
    # The catalogue of the tests knows the certificates; its ledger is empty.
    catalogue = bootstrap.create_catalogue(
        folder / "catalogue.censusdb", name="统筹部门", roots_pem=roots, clock=clock
    )
    for certificate in registry.certificates():
        catalogue.issue(certificate)
    registry.close()
    catalogue.close()
    return folder


ON_BOTH = {"test_receiving", "test_ledgers"}
"""Modules whose tests run with the centre's catalogue in a file and on a server."""

if os.environ.get(REQUIRED) == "thorough":
    ON_BOTH |= {"test_deciding", "test_revoking", "test_admitting", "test_judging"}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of the catalogue's use cases on both databases."""
    if "place" in metafunc.fixturenames and metafunc.module.__name__.split(".")[-1] in ON_BOTH:
        metafunc.parametrize("place", ["file", "server"], indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest) -> str:
    """Where the centre has its catalogue."""
    return str(getattr(request, "param", "file"))


@pytest.fixture(scope="session")
def enrolled_on_server(enrolled: Path, database_server: DatabaseServer) -> str:
    """The catalogue of `enrolled` in a database that others are made like."""
    database = database_server.new()
    store = bootstrap.open_catalogue(enrolled / "catalogue.censusdb")
    bootstrap.copy_catalogue(store, database_server.address(database)).close()
    store.close()
    return database


@pytest.fixture
def centre(
    request: pytest.FixtureRequest,
    place: str,
    enrolled: Path,
    tmp_path: Path,
    clock: StandingClock,
) -> Iterator[Centre]:
    folder = Path(shutil.copytree(enrolled, tmp_path / "centre"))
    target: Target = folder / "catalogue.censusdb"
    server: DatabaseServer | None = None
    if place == "server":
        server = request.getfixturevalue("database_server")
        database = server.new(like=request.getfixturevalue("enrolled_on_server"))
        target = server.address(database)
    made = Centre(folder, clock, bootstrap.open_catalogue(target))
    yield made
    for store in (*made.opened, made.catalogue):
        store.close()
    if server is not None:
        server.drop(database)


GOOD_RESOURCE = {
    "name": "排污许可证持证单位信息",
    "class_code": "生态环境保护",
    "provider": "江苏省第一样例厅",
    "provider_uscc": CODES[0],
    "abstract": "全省排污许可证的持证单位、许可事项、有效期和发证机关，由省厅许可系统产生。",
    "format_class": "数据库",
    "format_type": "MySQL",
    "size_total_gb": "12.5",
    "records_total_wan": "3",
    "size_shared_gb": "2",
    "records_shared_wan": "1",
    "size_open_gb": "0",
    "records_open_wan": "0",
    "share_type": "有条件共享",
    "share_condition": "提供给省级部门办理行政许可时核验，经书面申请后接入。",
    "share_mode_class": "共享平台方式",
    "share_mode_type": "接口",
    "is_open": "否",
    "update_cycle": "每年",
    "published_on": "2026-06-30",
}
"""Field → text as a person types it, for a resource of the first department without an error."""


@pytest.fixture
def good_resource() -> dict[str, str]:
    """A copy of `GOOD_RESOURCE`, to be changed."""
    return dict(GOOD_RESOURCE)


# -- a coordinator who reviews -----------------------------------------------------------------------------------------

COORDINATOR = "11320000990000041Y"


def coordinator_key(centre: Centre, catalogue: CatalogueStore, code: str = COORDINATOR) -> Signer:
    """Make a coordinator's daily key and return its signer, unlocked."""
    make_coordinator(
        catalogue,
        code,
        "统筹部门",
        centre.stick,
        PASSPHRASE,
        centre.keys,
        PASSPHRASE,
        clock=centre.clock,
    )
    signer = coordinator_signer_of(catalogue, centre.keys)
    signer.unlock(PASSPHRASE)
    return signer


@dataclass
class Desk:
    """A coordinator with a daily key, and one department that has handed in offices `first` and `second`."""

    centre: Centre
    signer: Signer
    store: WorkspaceStore
    first: RecordId
    second: RecordId
    packages: list[ExportDone]

    @property
    def catalogue(self) -> CatalogueStore:
        return self.centre.catalogue

    def decided(self) -> list[Decision]:
        """Return the decisions made at this desk, without those that let the departments in."""
        return [d for d in self.catalogue.decisions() if d.kind != "confirm"]

    def ask(self, field: str = "duties", text: str = "请核对职责", **more: Any) -> Query:
        given: dict[str, Any] = {"record": self.first, "form": "internal_office", **more}
        return raise_query(
            self.catalogue,
            CODES[0],
            field=field,
            text=text,
            actor="李",
            clock=self.centre.clock,
            **given,
        )

    def ask_other(self, department: str, **more: Any) -> Query:
        given: dict[str, Any] = {"record": self.first, "form": "internal_office", "field": "duties"}
        return raise_query(
            self.catalogue,
            department,
            text="请核对职责",
            actor="李",
            clock=self.centre.clock,
            **(given | more),
        )

    def second_coordinator(self) -> Desk:
        """Return the desk of a colleague, whose catalogue has the same packages and decisions."""
        catalogue = self.centre.other_catalogue("colleague.censusdb")
        for done in self.packages:
            receive(catalogue, done.package.path, clock=self.centre.clock)
        catalogue.append_decisions(self.catalogue.decisions(), "0" * 64)
        centre = dataclasses.replace(self.centre, catalogue=catalogue)
        return dataclasses.replace(
            self, centre=centre, signer=coordinator_key(centre, catalogue, COORDINATOR + "02")
        )

    def review(self, department: str = CODES[0]) -> WrittenPackage:
        return write_review(
            self.catalogue,
            department,
            self.centre.folder / "packages",
            self.signer,
            clock=self.centre.clock,
            software="t",
        )

    def receipt(self, status: ReceiptStatus, note: str = "", package: str = "") -> WrittenPackage:
        return write_receipt(
            self.catalogue,
            package or self.packages[-1].package.identity,
            status,
            note,
            self.centre.folder / "packages",
            self.signer,
            actor="李",
            clock=self.centre.clock,
            software="t",
        )

    def take(self, letter: WrittenPackage) -> LetterTaken:
        return take_letter(self.store, letter.path, clock=self.centre.clock)

    def send(self) -> LetterTaken:
        return self.take(self.review())

    def send_after(self, *letters: WrittenPackage) -> LetterTaken:
        """Write the review, let the department take the letters before it, then the review."""
        review = self.review()
        for letter in letters:
            assert self.take(letter).outcome == "taken"
        return self.take(review)

    def hand_in(self) -> ExportDone:
        done = self.centre.export(self.store)
        assert self.centre.receive(done).outcome == "merged"
        self.packages.append(done)
        return done

    def standing(self, query: Query) -> QueryStanding:
        found = queries_of(self.catalogue, CODES[0], clock=self.centre.clock)
        return next(s for s in found if s.query.id == query.id)

    def item(self, query: Query) -> QueryItem:
        return next(
            i for i in query_items(self.store, clock=self.centre.clock) if i.query.id == query.id
        )

    def value(self, record: RecordId, field: str) -> Value | None:
        found = self.store.record("internal_office", record)
        assert found is not None
        return found.values.get(field)

    def explain_warning(self, department: RecordId) -> None:
        """Give the department a telephone number that is a warning, explain it and hand in."""
        self.centre.put(self.store, "department", department, contact_phone="12")
        self.explain_all("内部短号，对外不公布。")
        self.hand_in()

    def explain_all(self, reason: str = "已对照台账核对。") -> dict[RecordId, str]:
        """Explain all warnings; return the rule of the last one of each record."""
        report = check_workspace(self.store, clock=self.centre.clock)
        found = [f for f in report.findings if f.severity is Severity.WARNING]
        explain(self.store, found, reason, actor="t", clock=self.centre.clock)
        return {f.record: f.rule for f in found}

    def add_resource(self, texts: dict[str, str]) -> RecordId:
        """Add a resource with an item, all as typed, and explain what is only a warning."""
        clock = self.centre.clock
        form = "information_resource"
        record = create_record(self.store, form, {}, actor="t", clock=clock)
        edit = RecordEditor(self.store, form, record, actor="t", clock=clock)
        for field_id, text in texts.items():
            edit.set_text(field_id, text)
        values: dict[str, Value] = {"name": "编号", "data_type": "C", "data_length": 18}
        create_record(self.store, "data_item", values, actor="t", clock=clock, parent=record)
        self.explain_all()
        return record

    def forge_suggestion(self, query: Query, value: str) -> WrittenPackage:
        """Write a validly signed review whose suggestion the centre's own program would not have sent."""
        bad = dataclasses.replace(query, suggestion=json.dumps(value, ensure_ascii=False))
        choice = canonical_bytes(
            {"department": CODES[0], "query": query_values(bad), "unsatisfied": ""}
        )
        before = self.standing(query).decisions
        decide(
            self.catalogue,
            "query",
            query.id,
            choice.decode(),
            "r",
            actor="李",
            clock=self.centre.clock,
            supersedes=before,
        )
        return self.review()


@pytest.fixture
def desk(centre: Centre) -> Desk:
    signer = coordinator_key(centre, centre.catalogue)
    store = centre.department()
    first, second = centre.add_office(store, "办公室"), centre.add_office(store, "信息处")
    made = Desk(centre, signer, store, first, second, [])
    made.hand_in()
    return made


# -- coordinators ------------------------------------------------------------------------------------------------------

DESKS = ("11320000990000041H", "11320000990000041H01")


@dataclass
class DeskSigner:
    """A coordinator's daily key, unlocked and in memory."""

    code: str
    key: ec.EllipticCurvePrivateKey
    certificate_pem: bytes
    algorithm: Algorithm = P256
    unlocked: bool = True

    def available(self) -> tuple[bool, str]:
        return True, ""

    def unlock(self, passphrase: str) -> None:
        del passphrase

    def lock(self) -> None:
        """It stays open."""

    def sign(self, statement_bytes: bytes) -> bytes:
        return sign_p256(self.key, statement_bytes)


@pytest.fixture(scope="session")
def desks(enrolled: Path) -> tuple[DeskSigner, ...]:
    """Two coordinators with certificates of the centre's root."""
    root = (enrolled / "stick" / "root.crt").read_bytes()
    root_key = load_key(enrolled / "stick" / ROOT_KEY, PASSPHRASE)
    made = []
    for code in DESKS:
        key = ec.generate_private_key(ec.SECP256R1())
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        moment = StandingClock().moment
        pem = issue_certificate(root, root_key, spki, code, Role.COORDINATOR, now=moment)
        made.append(DeskSigner(code, key, pem))
    return tuple(made)


@pytest.fixture
def first_desk(centre: Centre, desks: tuple[DeskSigner, ...]) -> DeskSigner:
    """The coordinator of the centre's catalogue."""
    first = desks[0]
    centre.catalogue.store_coordinator(first.code, "统筹一", first.certificate_pem.decode("ascii"))
    return first


@pytest.fixture
def forked(centre: Centre, first_desk: DeskSigner) -> tuple[ExportDone, ExportDone, ExportDone]:
    """A first package and two that both call themselves its successor, all received."""
    del first_desk
    made = fork_of(centre)
    for done in made:
        centre.receive(done)
    return made


def fork_of(centre: Centre) -> tuple[ExportDone, ExportDone, ExportDone]:
    """Write a first package, and its successor twice: from the file, and from a copy made before."""
    store = centre.department()
    centre.add_office(store, "一处")
    first = centre.export(store)
    store.close()
    copy = centre.department(file="copy.censusdb")
    centre.add_office(copy, "他处")
    rival = centre.export(copy)
    path = rival.package.path.rename(centre.folder / "rival.census")
    rival = replace(rival, package=replace(rival.package, path=path))
    again = centre.department()
    centre.add_office(again, "二处")
    return first, centre.export(again), rival
