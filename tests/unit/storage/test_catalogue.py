"""The catalogue is a function of the set of packages and decisions (security §7)."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from census_app.domain.chain import BEGINNING, Decision
from census_app.domain.holdings import (
    CatalogueFacts,
    IssuedCertificate,
    ListQuery,
    MergeDone,
    PackageFacts,
    StoredBundle,
    Unit,
    UpperLink,
)
from census_app.domain.indicators import total
from census_app.domain.records import UNKNOWN, Record, RecordId, Value
from census_app.errors import BugError, DataProblem, EnvironmentProblem, UserError
from census_app.formspec.model import FormSet
from census_app.storage import catalogue, server_catalogue, workspace
from census_app.storage.catalogue import Catalogue
from census_app.storage.engine import Database

RESOURCE, ITEM, SYSTEM, JOINT = (
    "information_resource",
    "data_item",
    "information_system",
    "joint_application",
)
FACTS = CatalogueFacts("江苏省", "province", "js-2018", 1, "small-1", "ROOTS", "2018-01-01", "")
Line = dict[str, object]
FORM_SET = msgspec.json.decode(
    (Path(__file__).parent / "small_form_set.json").read_bytes(), type=FormSet
)


def rid(number: int) -> str:
    return f"{number:032x}"


def put(form: str, number: int, **values: object) -> Line:
    return {"form": form, "id": rid(number), "op": "put", "unit": "D1", "values": values}


def item(number: int, parent: int, name: str = "项", position: int = 1024) -> Line:
    return put(ITEM, number, name=name, parent_id=rid(parent), position=position)


def pending(form: str, number: int, title: str = "未完成") -> Line:
    return {"form": form, "id": rid(number), "op": "pending", "unit": "D1", "title": title}


def delete(form: str, number: int) -> Line:
    return {"form": form, "id": rid(number), "op": "delete", "unit": "D1", "reason": "重复"}


@dataclass(frozen=True)
class Package:
    """A submission with its lines."""

    name: str
    lines: tuple[Line, ...]
    department: str = "D1"
    sequence: int = 1
    previous: str = BEGINNING
    facts: PackageFacts = field(init=False)

    def __post_init__(self) -> None:
        facts = PackageFacts(
            identity=self.identity,
            name=f"{self.department}-{self.sequence:06}",
            type="submission",
            department=self.department,
            sequence=self.sequence,
            previous=self.previous,
            created="2018-01-05T08:00:00Z",
            received_at="2018-01-06T08:00:00Z",
            form_version="small-1",
            bytes=3,
            counts={RESOURCE: {"put": 1}},
            state="pending",
            errors=1,
            warnings=2,
        )
        object.__setattr__(self, "facts", facts)

    @property
    def identity(self) -> str:
        return self.name.encode().hex().ljust(64, "0")

    def then(self, name: str, *lines: Line) -> Package:
        return Package(name, lines, self.department, self.sequence + 1, self.identity)


def first(name: str, *lines: Line, department: str = "D1") -> Package:
    return Package(name, lines, department)


@pytest.fixture
def file_store(tmp_path: Path) -> Iterator[Catalogue]:
    """For what is peculiar to files."""
    made = catalogue.create(tmp_path / "c.censusdb", FORM_SET, FACTS)
    yield made
    made.close()


@pytest.fixture(params=["file", "server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Catalogue]:
    if request.param == "file":
        made = catalogue.create(tmp_path / "c.censusdb", FORM_SET, FACTS)
        yield made
        made.close()
        return
    server = request.getfixturevalue("database_server")
    database = server.new()
    made = server_catalogue.create(server.address(database), FORM_SET, FACTS)
    yield made
    made.close()
    server.drop(database)


def merge(store: Catalogue, package: Package) -> MergeDone:
    scratch = store.scratch()
    try:
        scratch.load(package.lines)
        return store.merge(package.facts, scratch)
    finally:
        scratch.close()


def deliver(store: Catalogue, packages: Sequence[Package]) -> MergeDone | None:
    """Receive packages as the service does: keep, then merge whatever has its turn."""
    done = None
    for package in packages:
        store.append_package(package.facts, [b"PK", package.name.encode()])
        done = merge_what_has_its_turn(store, packages) or done
    return done


def merge_what_has_its_turn(store: Catalogue, known: Sequence[Package]) -> MergeDone | None:
    by_identity = {p.identity: p for p in known}
    done = None
    while True:
        heads = {entry.code: entry.head_sequence for entry in store.roster()}
        turn = [
            p
            for p in store.packages()
            if p.state == "merged" and p.sequence == heads[p.department] + 1
        ]
        if not turn:
            return done
        done = merge(store, by_identity[turn[0].identity])


def names(store: Catalogue, form: str = RESOURCE) -> dict[str, object]:
    return {r.id.lstrip("0"): r.values.get("name") for r in store.stream_records(form)}


def states(store: Catalogue) -> list[str]:
    return [p.state for p in store.packages()]


def test_a_new_catalogue_says_what_it_was_told(store: Catalogue) -> None:
    assert store.facts() == replace(FACTS, digest="")
    assert store.known_digest() == store.digest() == store.facts().digest
    assert store.roster() == []


def test_a_packages_records_come_back_with_every_value(store: Catalogue) -> None:
    plain: dict[str, str | bool] = {"name": "水库", "is_open": True, "published_on": "2016-09-30"}
    sent = plain | {"size_total": "12345678901.1234", "size_shared": "unknown"}
    kept: dict[str, Value] = {
        **plain, "size_total": Decimal("12345678901.1234"), "size_shared": UNKNOWN,
        "base_kind": ("legal", "population"),
    }  # fmt: skip
    line = put(RESOURCE, 1, base_kind=["legal", "population"], **sent)
    done = deliver(store, [first("a", item(9, 1), line)])

    assert done == MergeDone(added=2, changed=0, unchanged=0, deleted=0, announced=0)
    record = store.record(RESOURCE, RecordId(rid(1)))
    assert record == Record(RESOURCE, RecordId(rid(1)), kept, unit="D1")
    child = store.record(ITEM, RecordId(rid(9)))
    assert child is not None
    assert (child.parent, child.position) == (rid(1), 1024)


def test_a_package_is_kept_byte_for_byte_in_chunks(store: Catalogue) -> None:
    package = first("a", put(RESOURCE, 1))
    whole = bytes(range(256)) * 10_000
    parts = [whole[:5], whole[5:1_500_000], b"", whole[1_500_000:]]

    assert store.append_package(package.facts, parts)
    chunks = list(store.package_bytes(package.identity))
    assert b"".join(chunks) == whole
    assert [len(c) for c in chunks] == [1048576, 1048576, len(whole) - 2 * 1048576]
    assert not store.append_package(package.facts, [b"other"])
    assert b"".join(store.package_bytes(package.identity)) == whole
    assert list(store.package_bytes("f" * 64)) == []


def test_a_new_round_adds_changes_deletes_and_keeps_the_rest(store: Catalogue) -> None:
    a = first("a", *(put(RESOURCE, n, name=f"旧{n}") for n in (1, 2, 3)), item(8, 1), item(9, 2))
    b = a.then("b", put(RESOURCE, 1, name="旧1"), put(RESOURCE, 2, name="新2"), put(RESOURCE, 4, name="新4"),
               delete(RESOURCE, 3), item(8, 1), delete(ITEM, 9))  # fmt: skip
    done = deliver(store, [a, b])

    assert done == MergeDone(added=1, changed=1, unchanged=2, deleted=2, announced=0)
    assert names(store) == {"1": "旧1", "2": "新2", "4": "新4"}
    assert names(store, ITEM) == {"8": "项"}


def test_an_announced_record_keeps_its_last_handed_in_version(store: Catalogue) -> None:
    a = first("a", put(RESOURCE, 1, name="旧"), item(8, 1))
    b = a.then("b", pending(RESOURCE, 1), item(8, 1), pending(RESOURCE, 2))
    c = b.then("c", put(RESOURCE, 1, name="新"), item(8, 1), pending(RESOURCE, 2))

    done = deliver(store, [a, b])
    assert done == MergeDone(added=0, changed=0, unchanged=1, deleted=0, announced=2)
    assert names(store) == {"1": "旧"}
    [entry] = store.roster(counted=True)
    assert (entry.pending_records, entry.counts) == (2, {RESOURCE: 1, ITEM: 1})

    assert deliver(store, [c]) == MergeDone(0, 1, 1, 0, 1)
    assert names(store) == {"1": "新"}


def test_children_of_a_record_that_is_only_announced_are_announced_with_it(
    store: Catalogue,
) -> None:
    a = first("a", pending(RESOURCE, 1), item(8, 1))
    done = deliver(store, [a])
    assert done == MergeDone(0, 0, 0, 0, announced=2)

    assert deliver(store, [a.then("b", put(RESOURCE, 1), item(8, 1))]) == MergeDone(2, 0, 0, 0, 0)


def test_absence_never_deletes_and_is_named(store: Catalogue) -> None:
    a = first("a", put(RESOURCE, 1, name="甲"), put(RESOURCE, 2, name="乙"), item(8, 2))
    done = deliver(store, [a, a.then("b", put(RESOURCE, 1, name="甲"))])

    assert done == MergeDone(0, 0, 1, 0, 0, vanished=((ITEM, rid(8)), (RESOURCE, rid(2))))
    assert names(store) == {"1": "甲", "2": "乙"}


def test_children_go_with_their_deleted_owner(store: Catalogue) -> None:
    a = first("a", put(RESOURCE, 1), item(8, 1), item(9, 1))
    done = deliver(store, [a, a.then("b", delete(RESOURCE, 1), delete(ITEM, 8))])

    assert done is not None
    assert done.deleted == 3
    assert store.count(ListQuery(ITEM)) == 0


def test_departments_do_not_touch_each_other_even_with_equal_ids(store: Catalogue) -> None:
    a = first("a", put(RESOURCE, 1, name="甲"), item(8, 1))
    b = first("b", put(RESOURCE, 1, name="乙"), item(8, 1), department="D2")
    deliver(store, [a, b, b.then("c", delete(RESOURCE, 1), delete(ITEM, 8))])

    assert names(store) == {"1": "甲"}
    assert store.count(ListQuery(RESOURCE, department="D2")) == 0
    assert store.count(ListQuery(ITEM, department="D1")) == 1


def test_reading_can_be_restricted_to_a_department(store: Catalogue) -> None:
    a = first("a", *(put(RESOURCE, n, name=f"甲{n}") for n in (1, 2)), item(8, 1))
    b = first("b", put(RESOURCE, 3, name="乙"), item(9, 3), department="D2")
    deliver(store, [b, a])

    assert [r.id for r in store.stream_records(RESOURCE, "D1")] == [rid(1), rid(2)]
    assert [r.id for r in store.stream_records(ITEM)] == [rid(8), rid(9)]
    keys = store.keys(ListQuery(RESOURCE, department="D2"))
    [row] = store.rows(RESOURCE, keys, ["name"])
    assert (row.department, row.values, row.child_count) == ("D2", {"name": "乙"}, 1)
    assert store.keys(ListQuery(ITEM, parent=rid(1))) == store.keys(
        ListQuery(ITEM, parent=rid(1), department="D1")
    )
    assert store.count(ListQuery(RESOURCE, ids=frozenset({rid(3), rid(2)}), search="甲")) == 1
    assert store.titles(RESOURCE)[rid(3)] == "乙"


@pytest.mark.parametrize(
    "lines",
    [
        [put(ITEM, 8, name="没有主人")],
        [item(8, 1)],
        [item(8, 1), delete(RESOURCE, 1)],
    ],
)
def test_a_child_without_its_owner_is_refused_before_anything_is_kept(
    store: Catalogue, lines: list[Line]
) -> None:
    scratch = store.scratch()
    with pytest.raises(DataProblem) as failure:
        scratch.load(lines)
    scratch.close()

    assert failure.value.code == "RECORD_ORPHAN"


def test_a_value_that_verification_would_refuse_is_refused(store: Catalogue) -> None:
    scratch = store.scratch()
    with pytest.raises(DataProblem) as failure:
        scratch.load([put(RESOURCE, 1, size_total="1.50")])
    scratch.close()

    assert (failure.value.code, failure.value.params["field"]) == ("RECORD_VALUE", "size_total")
    assert not scratch.path.exists()


def test_lines_of_reserved_forms_are_not_records(store: Catalogue) -> None:
    reason = {"form": RESOURCE, "record": "2", "rule": "R-1", "values_sha256": "a", "reason": "x"}
    done = deliver(
        store, [first("a", {**put("explanation", 1), "values": reason}, put(RESOURCE, 2))]
    )
    assert done is not None
    assert done.added == 1


def test_rules_run_on_a_copy_and_do_not_change_what_is_merged(store: Catalogue) -> None:
    package = first("a", put(RESOURCE, 1, name="甲"))
    store.append_package(package.facts, [b"x"])
    scratch = store.scratch()
    scratch.load(package.lines)
    rules = scratch.rule_connection()
    rules.execute("UPDATE information_resource SET name = NULL")
    rules.execute("PRAGMA query_only=ON")
    assert scratch.rule_connection() is rules
    tables = {r[0] for r in rules.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    store.merge(package.facts, scratch)
    scratch.close()
    scratch.close()

    assert names(store) == {"1": "甲"}
    assert tables == {f.id for f in FORM_SET.forms} | {"unfit"}


def test_only_the_package_whose_turn_it_is_is_merged(store: Catalogue) -> None:
    a = first("a", put(RESOURCE, 1))
    b = a.then("b", put(RESOURCE, 1))
    store.append_package(b.facts, [b"x"])
    with pytest.raises(BugError) as failure:
        merge(store, b)
    assert failure.value.code == "MERGE_ORDER"
    deliver(store, [a, b])
    with pytest.raises(BugError):
        merge(store, b)


def test_a_merge_that_fails_leaves_the_catalogue_as_it_was(file_store: Catalogue) -> None:
    a = first("a", put(RESOURCE, 1, name="甲"))
    deliver(file_store, [a])
    b = a.then(
        "b",
        put(RESOURCE, 1, name="新"),
        *(put(RESOURCE, n, abstract="水" * 9000) for n in range(2, 90)),
    )
    file_store.append_package(b.facts, [b"x"])
    before = file_store.digest()
    database = file_store._database
    assert isinstance(database, Database)
    database.driver.execute(f"PRAGMA max_page_count={database.pragma('page_count')}")
    with pytest.raises(EnvironmentProblem) as failure:
        merge(file_store, b)

    assert failure.value.code == "DISK_FULL"
    assert (file_store.digest(), names(file_store)) == (before, {"1": "甲"})
    database.driver.execute("PRAGMA max_page_count=1000000")
    assert merge(file_store, b).added == 88


def test_a_foreign_scratch_is_refused(store: Catalogue) -> None:
    with pytest.raises(BugError) as failure:
        store.merge(first("a").facts, object())  # type: ignore[arg-type]
    assert failure.value.code == "SCRATCH_FOREIGN"


def test_a_gap_waits_and_is_released_by_the_missing_one(store: Catalogue) -> None:
    a = first("a", put(RESOURCE, 1, name="1"))
    b = a.then("b", put(RESOURCE, 1, name="2"))
    c = b.then("c", put(RESOURCE, 1, name="3"))
    deliver(store, [a, c])
    assert states(store) == ["merged", "pending"]
    assert store.roster()[0].waiting_packages == 1

    deliver(store, [a, b, c])
    assert states(store) == ["merged"] * 3
    assert names(store) == {"1": "3"}
    assert store.roster()[0].head_sequence == 3


def test_a_late_twin_takes_the_catalogue_back_to_before_the_fork(store: Catalogue) -> None:
    a = first("a", put(RESOURCE, 1, name="1"))
    b, twin = a.then("b", put(RESOURCE, 1, name="2")), a.then("t", put(RESOURCE, 1, name="9"))
    c = b.then("c", put(RESOURCE, 1, name="3"))
    other = first("o", put(RESOURCE, 5, name="乙"), department="D2")
    deliver(store, [a, b, c, other, twin])
    merge_what_has_its_turn(store, [a, b, c, other, twin])

    assert sorted(states(store)) == ["fork", "fork", "merged", "merged", "pending"]
    assert names(store) == {"1": "1", "5": "乙"}

    store.append_decision(Decision("1" * 64, "fork", "D1:2", twin.identity, "", "", "", ""))
    merge_what_has_its_turn(store, [a, b, c, other, twin])
    assert names(store) == {"1": "9", "5": "乙"}
    assert {p.name + p.identity[:2]: p.state for p in store.packages("D1")} == {
        "D1-00000161": "merged",
        "D1-00000262": "set_aside",
        "D1-00000274": "merged",
        "D1-00000363": "set_aside",
    }
    assert [d.kind for d in store.decisions()] == ["fork"]
    assert not store.append_decision(store.decisions()[0])


def test_quarantine_is_kept_and_let_in_by_a_release(store: Catalogue) -> None:
    package = first("q", put(RESOURCE, 1))
    before = store.digest()
    store.append_package(replace(package.facts, state="quarantined"), [b"x"])
    assert states(store) == ["quarantined"]
    assert store.digest() == before

    store.append_decision(Decision("1" * 64, "release", package.identity, "", "", "", "", ""))
    assert states(store) == ["merged"]
    assert merge(store, package).added == 1


def test_a_rebuilt_catalogue_has_the_same_digest(store: Catalogue) -> None:
    a = first("a", put(RESOURCE, 1, name="1"), put(RESOURCE, 2))
    packages = [a, a.then("b", put(RESOURCE, 1, name="2"), pending(RESOURCE, 2))]
    deliver(store, packages)
    digest = store.known_digest()
    store.forget_projection()
    assert store.count(ListQuery(RESOURCE)) == 0
    assert store.roster()[0].head_sequence == 0
    assert store.digest() != digest

    merge_what_has_its_turn(store, packages)
    assert store.known_digest() == digest


def test_the_digest_is_the_same_after_a_restart_and_changes_with_a_letter(
    file_store: Catalogue,
) -> None:
    deliver(file_store, [first("a", put(RESOURCE, 1, name="水库"))])
    digest = file_store.known_digest()
    file_store.close()
    reopened = catalogue.open_(file_store.path, FORM_SET)
    assert reopened.digest() == digest == reopened.known_digest()
    reopened.close()


def test_equal_content_of_another_package_is_another_digest(tmp_path: Path) -> None:
    digests = set()
    for name, text in (("a", "水"), ("b", "水"), ("a", "氺")):
        made = catalogue.create(tmp_path / f"{name}{text}.censusdb", FORM_SET, FACTS)
        deliver(made, [first(name, put(RESOURCE, 1, name=text))])
        digests.add(made.digest())
        made.close()
    assert len(digests) == 3


def campaign() -> list[Package]:
    a1 = first("a1", put(RESOURCE, 1, name="1"), item(8, 1), put(RESOURCE, 2))
    a2 = a1.then("a2", put(RESOURCE, 1, name="2"), item(8, 1), pending(RESOURCE, 2))
    a3 = a2.then("a3", put(RESOURCE, 1, name="2"), delete(ITEM, 8), delete(RESOURCE, 2))
    b1 = first("b1", put(RESOURCE, 1, name="乙"), put(SYSTEM, 4, name="系统"), department="D2")
    fork = b1.then("b2", put(RESOURCE, 1, name="丙"))
    twin = b1.then("b3", put(RESOURCE, 1, name="丁"))
    return [a1, a2, a3, b1, fork, twin]


def digest_of(packages: Sequence[Package]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        made = catalogue.create(Path(folder) / "c.censusdb", FORM_SET, FACTS)
        deliver(made, packages)
        merge_what_has_its_turn(made, packages)
        found = made.digest()
        made.close()
        return found


@settings(max_examples=25)
@given(st.permutations(campaign()), st.lists(st.sampled_from(range(6)), max_size=3))
def test_the_order_of_arrival_and_repetitions_do_not_matter(
    arrived: list[Package], again: list[int]
) -> None:
    assert digest_of([*arrived, *(arrived[n] for n in again)]) == digest_of(campaign())


def test_control_last_arrival_wins_would_depend_on_the_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Catalogue, "_require_turn", lambda *_: None)
    monkeypatch.setattr(Catalogue, "_forget_overtaken", lambda *_: None)
    a = first("a", put(RESOURCE, 1, name="1"))
    b = a.then("b", put(RESOURCE, 1, name="2"))
    digests = set()
    for number, order in enumerate(itertools.permutations([a, b])):
        made = catalogue.create(tmp_path / f"{number}.censusdb", FORM_SET, FACTS)
        for package in order:
            made.append_package(package.facts, [b"x"])
            merge(made, package)
        digests.add(made.digest())
        made.close()
    assert len(digests) == 2


def test_a_department_is_on_the_roster_with_its_newest_certificate(store: Catalogue) -> None:
    old = IssuedCertificate("D1", "水利厅", "PEM1", "f1", "2018-01-01T00:00:00Z")
    new = replace(old, certificate_pem="PEM2", fingerprint="f2", issued_at="2018-02-01T00:00:00Z")
    other = IssuedCertificate("D0", "财政厅", "PEM3", "f3", "2018-01-02T00:00:00Z")
    for each in (new, other, old, old):
        store.issue(each)
    deliver(store, [first("a", put(RESOURCE, 1))])

    assert store.certificates() == [other, old, new]
    silent, busy = store.roster(counted=True)
    assert (silent.code, silent.head_sequence, silent.counts, silent.last_received) == (
        "D0",
        0,
        {},
        "",
    )
    assert (busy.name, busy.certificate_fingerprint, busy.counts) == ("水利厅", "f2", {RESOURCE: 1})
    assert (busy.errors, busy.warnings, busy.last_received) == (1, 2, "2018-01-06T08:00:00Z")


def test_a_package_of_nobody_enrolled_is_on_the_roster_by_its_code(store: Catalogue) -> None:
    deliver(store, [first("a", put(RESOURCE, 1))])
    assert [(e.code, e.name) for e in store.roster()] == [("D1", "D1")]


def test_a_workspace_is_not_opened_as_a_catalogue(file_store: Catalogue) -> None:
    file_store.close()
    with pytest.raises(UserError) as exists:
        catalogue.create(file_store.path, FORM_SET, FACTS)
    with pytest.raises(DataProblem) as kind:
        workspace.open_(file_store.path, FORM_SET)

    assert (exists.value.code, kind.value.code) == ("FILE_EXISTS", "DB_KIND")


STATISTICS: list[tuple[str, Line]] = [
    ("D1", put(SYSTEM, 1, name="a", phase="built", disposition="merge", disposition_done_on="2018-01-01",
               target=rid(3), must_connect=True, connected_on="2017-12-01")),
    ("D1", put(SYSTEM, 2, name="b", phase="built", disposition="clear", disposition_done_on="2018-09-01",
               must_connect=True, connected_on="2017-12-01", is_zombie=True, cleared_on="2018-01-02")),
    ("D1", put(SYSTEM, 3, name="c", phase="building", must_connect=True, connected_on="2018-01-05",
               secrecy="unclassified")),
    ("D1", put(SYSTEM, 4, name="d", phase="built", must_connect=True, connected_on="2018-12-31")),
    ("D1", put(SYSTEM, 5, name="e", phase="built", must_connect=True, secrecy="classified")),
    ("D1", put(SYSTEM, 6, name="f", phase="planned", function="x", use_scope="x", uses="unknown",
               approval_dept="x", approval_month="2017-01", fund_source="x", is_zombie=True)),
    ("D1", put(RESOURCE, 10, name="r", share_type="1", size_shared="0.1", size_total="0.2",
               format_class="03", systems=[rid(1)], base_kind=["legal"])),
    ("D1", put(RESOURCE, 11, share_type="2", size_shared="0.2", records_shared="unknown", is_open=True,
               format_class="03")),
    ("D1", put(RESOURCE, 12, share_type="3", size_total="unknown", size_shared="0.0001")),
    ("D1", item(20, 10)),
    ("D1", {**item(21, 12), "values": {"parent_id": rid(12), "position": 1, "share_type": "1"}}),
    ("D1", {**item(22, 11), "values": {"parent_id": rid(11), "position": 1, "share_type": "3"}}),
    ("D2", put(RESOURCE, 10, name="自己的", share_type="1")),
    ("D2", put(JOINT, 30, status="running", via_platform=True, resources=[rid(11)])),
    ("D2", put(JOINT, 31, status="running", via_platform=True, resources=[rid(12)])),
    ("D2", put(JOINT, 32, status="building", via_platform=True, resources=[rid(11)])),
    ("D2", put(JOINT, 33, status="running", resources=[rid(11)])),
]  # fmt: skip


def test_the_raw_counts_are_those_of_the_formulas(store: Catalogue) -> None:
    for code in ("D1", "D2"):
        store.issue(IssuedCertificate(code, code, "", code, ""))
    store.issue(IssuedCertificate("D3", "D3", "", "D3", ""))
    deliver(
        store,
        [
            first(d, *(line for code, line in STATISTICS if code == d), department=d)
            for d in ("D1", "D2")
        ],
    )
    found = total(store.counts("2018-01-31"))

    assert {name: number for name, number in found.items() if number} == {
        "systems": 6, "systems_built": 4, "systems_building": 1, "systems_planned": 1,
        "systems_eight_facts": 1, "zombies": 2, "zombies_cleared": 1, "systems_integrated": 1,
        "baseline_systems": 4, "baseline_integrated": 1, "new_targets": 1,
        "must_connect": 2, "connected": 1,
        "resources": 4, "resources_unconditional": 2, "resources_conditional": 1,
        "resources_not_shared": 1, "resources_shareable": 3, "resources_shared_already": 2,
        "resources_open": 1, "resources_database": 2, "resources_database_linked": 1,
        "resources_base_kind": 1, "items": 3, "items_shareable": 2,
        "joint_applications": 4, "joint_running": 3, "joint_effective": 1,
        "size_total": 2000, "size_shared": 3001,
        "size_total_unknown": 1, "records_shared_unknown": 1,
        "systems_undecided": 4, "remaining": 4, "zombies_open": 1, "zombies_unjudged": 2,
        "connect_planned": 1, "connect_undecided": 1, "funding": 1, "extranet_due": 1,
        "intranet_due": 1, "network_due": 2, "off_network": 2, "base_unconditional": 1,
        "resources_open_readable": 1, "items_open": 1,
        "systems_complete": 6, "resources_complete": 4,
    }  # fmt: skip
    assert total(store.counts("2018-12-31"))["systems_integrated"] == 2


def test_an_empty_catalogue_counts_nothing(store: Catalogue) -> None:
    assert store.counts("2018-01-31") == {}


def test_a_catalogue_is_snapshotted_once_a_day_and_only_after_a_change(
    file_store: Catalogue,
) -> None:
    deliver(file_store, [first("a")])
    taken = file_store.snapshot_if_due("daily")
    assert taken is not None
    deliver(file_store, [first("b", department="D2")])
    assert file_store.snapshot_if_due("daily") is None, "a day has not passed"

    yesterday = taken.with_name("20170101T000000000000Z-daily.censusdb")
    taken.rename(yesterday)
    again = file_store.snapshot_if_due("daily")
    assert again is not None
    again.rename(yesterday)
    assert file_store.snapshot_if_due("daily") is None, "nothing has changed"


def _roots(store: Catalogue) -> None:
    bundle = StoredBundle(
        1,
        "c" * 64,
        "2018-01-01T00:00:00Z",
        "2018-02-01T00:00:00Z",
        '{"revoked": []}',
        "",
        "2018-01-01T00:00:00Z",
    )
    store.store_bundle(bundle, "NEW ROOTS")


@pytest.mark.parametrize(
    "change",
    [
        lambda store: store.store_coordinator("X", "省发展改革委", "PEM"),
        lambda store: store.store_upper(UpperLink("32", "ROOTS", "CERT", "")),
        lambda store: store.store_upper(UpperLink("32", "ROOTS", "", "CANDIDATE")),
        _roots,
        lambda store: store.store_form_files("v9", {"formset.toml": b"x"}),
        lambda store: store.replace_forms(msgspec.structs.replace(FORM_SET, sha256="9" * 64), {}),
        lambda store: store.store_units([Unit("D1", "U1", "南京市")]),
    ],
)
def test_a_change_of_trust_place_or_forms_is_worth_a_snapshot(
    file_store: Catalogue, change: Callable[[Catalogue], None]
) -> None:
    taken = file_store.snapshot_if_due("daily")
    assert taken is not None
    taken.rename(taken.with_name("20170101T000000000000Z-daily.censusdb"))
    change(file_store)
    assert file_store.snapshot_if_due("daily") is not None
