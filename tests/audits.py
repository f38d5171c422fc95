"""A small catalogue to be audited: three departments with a few systems, and a sheet of the audit office about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import ec

from census_app import bootstrap
from census_app.domain.addresses import Target
from census_app.domain.chain import BEGINNING
from census_app.domain.holdings import IssuedCertificate, PackageFacts
from census_app.exchange.certificates import create_candidate, create_root
from census_app.services.ports import CatalogueStore, Clock

CODES = ("11320000990000017P", "11320000990000025J", "11320000990000033D")
COORDINATOR = "11320000990000041Y"
SYSTEM = "information_system"
FIRST, SECOND, THIRD = CODES
NAMES = {FIRST: "江苏省教育厅", SECOND: "江苏省科学技术厅", THIRD: "江苏省水利厅"}
HEADS = ["序号", "被审计单位", "系统全称", "建设金额（万元）", "投入使用时间", "审计意见"]
Line = dict[str, object]
_MADE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def rid(number: int) -> str:
    return f"{number:032x}"


def system(number: int, name: str, **more: object) -> Line:
    values = {"phase": "built", "name": name, **more}
    return {"form": SYSTEM, "id": rid(number), "op": "put", "unit": "", "values": values}


RECORDS: dict[str, list[Line]] = {
    FIRST: [
        system(1, "学籍管理系统", build_amount_wan="100", in_use="2015-06"),
        system(2, "招生录取服务平台", build_amount_wan="80", in_use="2016-01"),
        system(3, "教师资格管理系统", system_code="JY-3"),
    ],
    SECOND: [system(4, "OA系统"), system(5, "科技计划项目管理系统", in_use="2014-03")],
    THIRD: [system(6, "取水许可系统")],
}
ROWS: list[list[object]] = [
    [1, "省教育厅", "学籍管理系统", 100.5, "2015年7月", "未验收"],
    [2, None, "招生录取平台", 95, "2016-01", None],
    [3, "江苏省科学技术厅", "科技计划项目管理系统", None, "2012-03", None],
    [4, "江苏省科学技术厅", "人才管理系统", 12, None, None],
    [5, "某某局", "不知道谁的系统", None, None, None],
    ["合计", None, None, 207.5, None, None],
]


def deliver(
    catalogue: CatalogueStore, department: str, lines: Sequence[Line], sequence: int = 1
) -> None:
    """Merge a submission as if it had been received."""
    before = catalogue.packages(department)
    facts = PackageFacts(
        identity=f"{department}{sequence}".encode().hex().ljust(64, "0"),
        name=f"{department}-{sequence:06}",
        type="submission",
        department=department,
        sequence=sequence,
        previous=before[-1].identity if before else BEGINNING,
        created="2026-11-20T08:00:00Z",
        received_at="2026-11-21T08:00:00Z",
        form_version=catalogue.form_set.version,
        bytes=2,
        counts={SYSTEM: {"put": len(lines)}},
        state="pending",
        errors=sequence - 1,
    )
    scratch = catalogue.scratch()
    scratch.load(lines)
    catalogue.append_package(facts, [b"PK"])
    catalogue.merge(facts, scratch)
    scratch.close()


def made(target: Target, clock: Clock) -> CatalogueStore:
    """Make a catalogue with the departments enrolled, a coordinator named and everything delivered."""
    root = create_root("统筹部门", _key(), now=_MADE).decode("ascii")
    catalogue = bootstrap.create_catalogue(target, name="统筹部门", roots_pem=root, clock=clock)
    for number, (department, name) in enumerate(NAMES.items()):
        pem = create_candidate(department, name, _key(), now=_MADE).decode("ascii")
        fingerprint = f"{number:02}" * 32
        catalogue.issue(
            IssuedCertificate(department, name, pem, fingerprint, "2026-01-01T00:00:00Z")
        )
    name_coordinator(catalogue, COORDINATOR)
    for department, lines in RECORDS.items():
        deliver(catalogue, department, lines)
    return catalogue


def name_coordinator(catalogue: CatalogueStore, code: str) -> None:
    """Say under whose name the catalogue decides."""
    pem = create_candidate(code, "统筹部门", _key(), now=_MADE).decode("ascii")
    catalogue.store_coordinator(code, "统筹部门", pem)


def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())
