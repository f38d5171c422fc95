"""A small catalogue to be given out: two departments, three resources, corrections, codes; ids are known."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from census_app import bootstrap
from census_app.domain.changes import Insert, Origin, Step
from census_app.domain.findings import Severity
from census_app.domain.records import UNKNOWN, Record, RecordId, Value
from census_app.services.assigning import assign_codes
from census_app.services.checking import check_workspace
from census_app.services.correcting import correct
from census_app.services.deciding import accept_package
from census_app.services.explaining import explain
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.querying import raise_query
from census_app.services.record_states import publish
from tests.unit.services.conftest import CODES, Centre, StandingClock, coordinator_key

GOLDEN = Path(__file__).parents[3] / "golden" / "exports"
OPEN, FREE, CLOSED = (RecordId(f"{n:032x}") for n in (0xA1, 0xA2, 0xA3))
"""Open on conditions and through the platform; open without, under a name a spreadsheet would run; not shared."""
SYSTEM, OFFICE = RecordId(f"{0xB1:032x}"), RecordId(f"{0xB2:032x}")
ITEMS = tuple(RecordId(f"{0xC0 + n:032x}") for n in range(5))
PUBLISHED: dict[str, Value] = {
    "provider_uscc": CODES[0],
    "update_cycle": "yearly",
    "published_on": "2026-06-30",
    "size_open_gb": Decimal(0),
    "records_open_wan": Decimal(0),
}


def _resources(provider: RecordId) -> dict[RecordId, dict[str, Value]]:
    common: dict[str, Value] = {**PUBLISHED, "provider": provider}
    return {
        OPEN: {
            **common,
            "name": "排污许可证持证单位信息", "class_code": "211", "provider_office": OFFICE,
            "abstract": "全省排污许可证的持证单位、许可事项、有效期和发证机关，由省厅许可系统产生。",
            "source_systems": (SYSTEM,), "format_class": "03", "format_type": "0310",
            "size_total_gb": Decimal("12.5"), "records_total_wan": Decimal(3),
            "size_shared_gb": Decimal(2), "records_shared_wan": Decimal(1),
            "size_open_gb": Decimal("0.5"), "records_open_wan": Decimal("0.0003"),
            "share_type": "2", "share_condition": "提供给省级部门办理行政许可时核验，经书面申请后接入。",
            "share_use": ("admin_basis", "collaboration"),
            "share_mode_class": "platform", "share_mode_type": "api",
            "is_open": True, "open_condition": "实名注册后可以下载", "keywords": "排污、许可证",
        },
        FREE: {
            **common,
            "name": "=HYPERLINK(\"http://x\")", "class_code": "307",
            "abstract": "重点排污单位按年度公布的名录，由各设区市确定后汇总公布。",
            "format_class": "02", "format_type": "0203", "size_total_gb": UNKNOWN,
            "records_total_wan": Decimal(1), "size_shared_gb": Decimal(0),
            "records_shared_wan": Decimal(1), "share_type": "1", "share_condition": "无条件",
            "share_mode_class": "platform", "share_mode_type": "file",
            "is_open": True, "open_condition": "无条件开放",
        },
        CLOSED: {
            **common,
            "name": "举报人信息", "class_code": "211",
            "abstract": "环境违法行为举报人的姓名、联系方式和举报内容，依法不得泄露。",
            "format_class": "03", "format_type": "0307", "size_total_gb": Decimal(1),
            "records_total_wan": Decimal(1), "size_shared_gb": Decimal(0),
            "records_shared_wan": Decimal(0), "share_type": "3",
            "share_condition": "《中华人民共和国环境保护法》第五十七条",
            "share_mode_class": "media", "share_mode_type": "none", "is_open": False,
            "share_mode_reason": "依法不予共享",
        },
    }  # fmt: skip


_ITEMS: tuple[tuple[RecordId, dict[str, Value]], ...] = (
    (OPEN, {"name": "单位名称", "name_en": "UNIT NAME", "data_type": "C", "data_length": 200}),
    (OPEN, {"name": "发证日期", "data_type": "D", "data_length": 8, "is_key": False}),
    (OPEN, {"name": "联系人电话", "data_type": "C", "data_length": 20, "is_open": False}),
    (CLOSED, {"name": "举报内容", "data_type": "text", "share_type": "1"}),
    (FREE, {"name": "年度", "data_type": "N", "data_length": 4}),
)


@dataclass(frozen=True)
class GivenOut:
    """The files, and what is called otherwise in each run."""

    folder: Path
    masks: tuple[tuple[str, str], ...]

    @property
    def catalogue(self) -> Path:
        return self.folder / "catalogue.censusdb"

    @property
    def workspace(self) -> Path:
        return self.folder / "department0.censusdb"

    def masked(self, text: str) -> str:
        """Return a text without what differs from run to run."""
        for found, instead in self.masks:
            text = text.replace(found, instead)
        return text


@pytest.fixture(scope="session")
def given_out(enrolled: Path, tmp_path_factory: pytest.TempPathFactory) -> GivenOut:
    folder = Path(shutil.copytree(enrolled, tmp_path_factory.mktemp("given") / "out"))
    clock = StandingClock()
    catalogue = bootstrap.open_catalogue(folder / "catalogue.censusdb")
    centre = Centre(folder, clock, catalogue)
    coordinator_key(centre, catalogue)
    first = centre.department(0)
    _fill(first, clock)
    own = next(iter(first.stream_records("department")))
    other = centre.department(1)
    foreign = next(iter(other.stream_records("department")))
    packages = [centre.receive(centre.export(store)) for store in (first, other)]
    _decide(catalogue, clock, packages[0].identity)
    masks = (
        (catalogue.known_digest(), "d" * 64),
        (own.id, f"{0xD0:032x}"),
        (foreign.id, f"{0xD1:032x}"),
    )
    for store in (*centre.opened, catalogue):
        store.close()
    return GivenOut(folder, masks)


def _fill(store: WorkspaceStore, clock: StandingClock) -> None:
    at, unit = "2026-12-01T08:00:00Z", CODES[0]
    provider = next(iter(store.stream_records("department"))).id
    records = [
        Record("internal_office", OFFICE, {"name": "许可处"}, unit=unit),
        Record(
            "information_system",
            SYSTEM,
            {"name": "许可管理系统", "phase": "planned", "org": provider, "must_connect": False,
             "fund_route": "invest", "approval_dept": "省发展改革委", "approval_month": "2026-01",
             "function": "许可证的申请和发放", "basis": "生态环境部通知", "secrecy": "unclassified",
             "use_scope": "province", "category": "app_service", "build_mode": "own",
             "owner_contact": "王", "owner_phone": "025-00000011", "users": ("public",), "user_count": 10,
             "urgency": "high", "expected_goal": "网上办理", "build_amount_wan": Decimal(5), "required_by": "2027-01",
             "fund_ready": "yes", "disposition": "retain", "fund_source": "fiscal"},
            unit=unit,
        ),
    ]  # fmt: skip
    records += [
        Record("information_resource", record, values, unit=unit)
        for record, values in _resources(provider).items()
    ]
    records += [
        Record("data_item", item, values, parent=owner, position=(n + 1) * 1024, unit=unit)
        for n, (item, (owner, values)) in enumerate(zip(ITEMS, _ITEMS, strict=True))
    ]
    store.write(Step("STEP_ADD", "t", Origin.TYPED, at, tuple(Insert(r) for r in records)))
    report = check_workspace(store, clock=clock)
    faults = [(f.rule, f.form, f.fields) for f in report.findings if f.severity is Severity.ERROR]
    assert not faults
    warnings = [f for f in report.findings if f.severity is Severity.WARNING]
    explain(store, warnings, "已对照台账核对。", actor="t", clock=clock)


def _decide(catalogue: CatalogueStore, clock: StandingClock, package: str) -> None:
    form = "information_resource"
    said: dict[str, Any] = {"actor": "李", "clock": clock}
    correct(catalogue, CODES[0], form, CLOSED, "update_cycle", "monthly", "以台账为准。", **said)
    raise_query(
        catalogue, CODES[0], form=form, record=OPEN, field="abstract", text="请补充覆盖范围", **said
    )
    accept_package(catalogue, package, "", **said)
    assign_codes(catalogue, CODES[0], **said)
    publish(catalogue, CODES[0], [OPEN], **said)


@pytest.fixture
def catalogue(given_out: GivenOut, tmp_path: Path) -> Iterator[CatalogueStore]:
    path = Path(shutil.copy(given_out.catalogue, tmp_path / "catalogue.censusdb"))
    store = bootstrap.open_catalogue(path)
    yield store
    store.close()


@pytest.fixture
def workspace(given_out: GivenOut, tmp_path: Path) -> Iterator[WorkspaceStore]:
    path = Path(shutil.copy(given_out.workspace, tmp_path / "department0.censusdb"))
    store = bootstrap.open_workspace(path)
    yield store
    store.close()


@pytest.fixture
def same(given_out: GivenOut) -> Callable[[str, str], None]:
    """Compare with what somebody has looked at; `CENSUS_GOLDEN_UPDATE=1` writes it anew."""

    def compare(name: str, text: str) -> None:
        path, found = GOLDEN / name, given_out.masked(text.replace("\r\n", "\n"))
        found = re.sub(r"[0-9a-f]{64}", "d" * 64, found)
        if os.environ.get("CENSUS_GOLDEN_UPDATE"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(found, encoding="utf-8", newline="\n")
        assert found == path.read_text(encoding="utf-8")

    return compare
