"""The people of a small made-up province, one set for each algorithm, and the honest packages they write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.vectors import papers
from tests.vectors.anatomy import Anatomy, canonical
from tests.vectors.keys import Key, key_of
from tests.vectors.papers import Owner

CLOCK: Final = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
DEPARTMENT: Final = "11320000990000017P"
OTHER_DEPARTMENT: Final = "11320000990000025J"
COORDINATOR: Final = "11320000990000041Y"
UNIT: Final = "12320000990000058W"
NAME: Final = "某省民政厅"
DATAPACKAGE: Final = b'{"name":"census-package"}'


def line(number: int, **changes: object) -> bytes:
    """Return a record line with its LF; a change to None drops the key."""
    record: dict[str, object] = {
        "form": "information_resource",
        "id": f"{number:032x}",
        "op": "put",
        "unit": DEPARTMENT,
        "values": {"is_open": True, "name": f"低保家庭信息{number}", "volume": number},
        **changes,
    }
    return canonical({key: value for key, value in record.items() if value is not None}) + b"\n"


def description(**changes: object) -> dict[str, object]:
    """Return a `data/package.json`."""
    return {
        "attachments": [],
        "census": {"id": "hn-2026", "round": 1},
        "department": {"code": DEPARTMENT, "name": NAME, "uscc": DEPARTMENT},
        "form_set": {"sha256": "ab" * 32, "version": "v1"},
        "records": 3,
        "software": {"name": "census", "version": "0.1.0"},
        **changes,
    }


@dataclass(frozen=True)
class Workshop:
    """Keys and certificates of one algorithm.

    Attributes:
        root: The pinned root.
        standby: The second pinned root.
        foreign: A root nobody pinned.
    """

    algorithm: str
    root: Owner
    standby: Owner
    foreign: Owner
    department: Owner
    other_department: Owner
    coordinator: Owner
    candidate: Owner

    @property
    def trust_pem(self) -> bytes:
        """The file of pinned roots."""
        return self.root.pem + self.standby.pem

    def key(self, secret: int) -> Key:
        return key_of(self.algorithm, secret)

    def leaf(self, secret: int, code: str, role: str = "department", **changes: Any) -> Owner:
        """Return a certificate of the root, or of another `issuer`."""
        extensions = {**papers.role_extensions(role, code), **changes.pop("extensions", {})}
        extensions = {kind: each for kind, each in extensions.items() if each is not None}
        options = {"issuer": self.root, **changes}
        subject = options.pop("subject", papers.name(code, NAME))
        return papers.certificate(self.key(secret), subject, extensions, **options)

    def package(self, kind: str, signer: Owner | None = None, **changes: Any) -> Anatomy:
        """Return an honest package of a type; `changes` go into its statement."""
        return _KINDS[kind](self, signer, changes)

    def submission(self, signer: Owner | None = None, **changes: Any) -> Anatomy:
        """Return a submission with three records."""
        return _submission(self, signer, changes)

    def statement(self, **changes: Any) -> dict[str, Any]:
        """Return a statement without its lists and hashes."""
        found = {
            "algorithm": self.algorithm,
            "audience": "coordinator",
            "created": "2026-11-23T08:00:00Z",
            "form_version": "v1",
            "format": "census-package/1",
            "in_reply_to": "",
            "instance": "5e" * 16,
            "package": "",
            "previous": "cd" * 32,
            "sender": DEPARTMENT,
            "sequence": 7,
            "trust_version": 0,
            "type": "submission",
            **changes,
        }
        if "package" not in changes:
            to_department = found["type"] in {"contribution", "review", "receipt"}
            middle = f"-{found['audience']}" if to_department else ""
            found["package"] = f"{found['sender']}{middle}-{found['sequence']:06d}"
        return found


def make_workshop(algorithm: str) -> Workshop:
    """Return the people of one algorithm; always the same keys, serial numbers and dates."""

    def root(secret: int, organisation: str, serial: int) -> Owner:
        subject = papers.name("TRUST", organisation)
        key = key_of(algorithm, secret)
        return papers.certificate(key, subject, papers.ROOT_EXTENSIONS, serial=serial, years=10)

    active = root(1001, "某省数据局 根证书", 1)

    def leaf(secret: int, code: str, role: str, serial: int) -> Owner:
        extensions = papers.role_extensions(role, code)
        subject, key = papers.name(code, NAME), key_of(algorithm, secret)
        return papers.certificate(key, subject, extensions, issuer=active, serial=serial)

    candidate = papers.certificate(
        key_of(algorithm, 4004),
        papers.name(DEPARTMENT, NAME),
        papers.role_extensions("department", DEPARTMENT),
        serial=5,
    )
    return Workshop(
        algorithm,
        root=active,
        standby=root(1002, "某省数据局 备用根证书", 2),
        foreign=root(1003, "他省数据局 根证书", 3),
        department=leaf(2002, DEPARTMENT, "department", 77),
        other_department=leaf(2003, OTHER_DEPARTMENT, "department", 78),
        coordinator=leaf(3003, COORDINATOR, "coordinator", 79),
        candidate=candidate,
    )


def _submission(shop: Workshop, signer: Owner | None, changes: dict[str, Any]) -> Anatomy:
    lines = line(1) + line(2) + line(3, op="delete", values=None, reason="系统已下线")
    payload = {
        "datapackage.json": DATAPACKAGE,
        "package.json": canonical(description()),
        "records.ndjson": lines,
    }
    return Anatomy(shop.statement(**changes), payload, signer or shop.department)


def _contribution(shop: Workshop, signer: Owner | None, changes: dict[str, Any]) -> Anatomy:
    section = DEPARTMENT + "A1"
    fields = {"type": "contribution", "sender": section, "audience": DEPARTMENT, **changes}
    payload = {
        "package.json": canonical(description(records=2)),
        "records.ndjson": line(1, unit=section) + line(2),
    }
    return Anatomy(shop.statement(**fields), payload, signer or shop.leaf(2010, section))


def _answer(kind: str) -> Any:
    def build(shop: Workshop, signer: Owner | None, changes: dict[str, Any]) -> Anatomy:
        fields = {
            "type": kind,
            "sender": COORDINATOR,
            "audience": "coordinator" if kind == "ledger" else DEPARTMENT,
            "in_reply_to": "" if kind == "ledger" else "ef" * 32,
            "form_version": "v1" if kind == "review" else "",
            **changes,
        }
        payload = {"package.json": canonical(description(records=0)), "records.ndjson": b""}
        return Anatomy(shop.statement(**fields), payload, signer or shop.coordinator)

    return build


def _trust(shop: Workshop, signer: Owner | None, changes: dict[str, Any]) -> Anatomy:
    fields = {
        "type": "trust",
        "sender": "TRUST",
        "audience": "all",
        "form_version": "",
        "previous": "00" * 32,
        "sequence": 1,
        **changes,
    }
    payload = {
        "certificates.pem": shop.department.pem,
        "package.json": canonical(description(records=0)),
        "trust.json": b"{}",
    }
    return Anatomy(shop.statement(**fields), payload, signer or shop.root)


def _enrolment(shop: Workshop, signer: Owner | None, changes: dict[str, Any]) -> Anatomy:
    fields = {
        "type": "enrolment",
        "sequence": 0,
        "previous": "00" * 32,
        "form_version": "",
        **changes,
    }
    signer = signer or shop.candidate
    payload = {
        "package.json": canonical(description(records=0)),
        "request.csr": papers.request(signer.key, DEPARTMENT, NAME),
    }
    return Anatomy(shop.statement(**fields), payload, signer)


_KINDS: Final[Mapping[str, Callable[[Workshop, Owner | None, dict[str, Any]], Anatomy]]] = {
    "submission": _submission,
    "contribution": _contribution,
    "review": _answer("review"),
    "receipt": _answer("receipt"),
    "ledger": _answer("ledger"),
    "trust": _trust,
    "enrolment": _enrolment,
}
