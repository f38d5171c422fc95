"""Vectors about trust bundles: their parts must agree with each other and come from one root."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from tests.vectors import papers
from tests.vectors.anatomy import Anatomy, canonical
from tests.vectors.case import ACCEPTED, Case
from tests.vectors.papers import Owner
from tests.vectors.workshop import COORDINATOR, DEPARTMENT, NAME, OTHER_DEPARTMENT, UNIT, Workshop

FORMS: Final = Path(__file__).parents[2] / "forms" / "v1"
Change = Callable[[dict[str, Any]], None]


def form_files() -> dict[str, bytes]:
    """Return the shipped form set: the only thing in the vectors that is not made up."""
    paths = [*FORMS.glob("*.toml"), *FORMS.glob("choices/*.csv"), *FORMS.glob("choices/*.toml")]
    found = {p.relative_to(FORMS).as_posix(): p.read_bytes().replace(b"\r\n", b"\n") for p in paths}
    return dict(sorted(found.items()))


def form_set_hash(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for path, content in sorted(files.items()):
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def sha256_of(owner: Owner) -> str:
    return hashlib.sha256(owner.pem).hexdigest()


def document(shop: Workshop) -> dict[str, Any]:
    """Return an honest `trust.json`."""
    return {
        "coordinators": [
            {
                "certificates": [sha256_of(shop.coordinator)],
                "code": COORDINATOR,
                "name": "某省数据局",
            }
        ],
        "created": "2026-11-23T08:00:00Z",
        "departments": [
            {
                "certificates": [sha256_of(shop.department)],
                "code": DEPARTMENT,
                "name": NAME,
                "units": [{"code": UNIT, "name": "某省救助中心"}],
            },
            {
                "certificates": [sha256_of(shop.other_department)],
                "code": OTHER_DEPARTMENT,
                "name": "某省水利厅",
                "units": [],
            },
        ],
        "expires": "2027-11-23T08:00:00Z",
        "form_set": {"sha256": form_set_hash(form_files()), "version": "v1"},
        "revoked": [
            {
                "chain": "coordinator",
                "head": "ab" * 32,
                "last_sequence": 3,
                "reason": "密钥遗失",
                "serial": "63",
            }
        ],
        "roots": [
            {"sha256": sha256_of(shop.root), "status": "active"},
            {"sha256": sha256_of(shop.standby), "status": "standby"},
        ],
        "version": 1,
    }


def joined(owners: Iterable[Owner]) -> bytes:
    """Return `certificates.pem`: ascending by the hash of their text."""
    return b"".join(owner.pem for owner in sorted(owners, key=sha256_of))


def people(shop: Workshop) -> list[Owner]:
    return [shop.root, shop.standby, shop.coordinator, shop.department, shop.other_department]


def bundle(shop: Workshop) -> Anatomy:
    """Return an honest trust bundle."""
    anatomy = shop.package("trust")
    anatomy.payload["trust.json"] = canonical(document(shop))
    anatomy.payload["certificates.pem"] = joined(people(shop))
    anatomy.payload["crl.pem"] = papers.revocation_list(shop.root, [0x63])
    for path, content in form_files().items():
        anatomy.payload[f"formset/{path}"] = content
    return anatomy


def with_document(change: Change) -> Callable[[Workshop], bytes]:
    return partial(_with_document, change=change)


def _with_document(shop: Workshop, change: Change) -> bytes:
    anatomy, value = bundle(shop), document(shop)
    change(value)
    anatomy.payload["trust.json"] = canonical(value)
    return anatomy.sealed()


def with_file(path: str, make: Callable[[Workshop], bytes | None]) -> Callable[[Workshop], bytes]:
    return partial(_with_file, path=path, make=make)


def _with_file(shop: Workshop, path: str, make: Callable[[Workshop], bytes | None]) -> bytes:
    anatomy = bundle(shop)
    content = make(shop)
    if content is None:
        del anatomy.payload[path]
    else:
        anatomy.payload[path] = content
    return anatomy.sealed()


def documents() -> Iterator[Case]:
    changes: dict[str, tuple[str, Change]] = {
        "version-of-another": ("STATEMENT", lambda d: d.update(version=2)),
        "version-zero": ("SCHEMA", lambda d: d.update(version=0)),
        "extra-key": ("SCHEMA", lambda d: d.update(extra=1)),
        "no-roots": ("SCHEMA", lambda d: d.update(roots=[])),
        "expires-on-no-day": ("SCHEMA", lambda d: d.update(expires="2027-02-30T08:00:00Z")),
        "department-twice": ("SCHEMA", lambda d: d["departments"].append(d["departments"][0])),
        "certificate-twice": (
            "SCHEMA",
            lambda d: d["departments"][1].update(certificates=d["departments"][0]["certificates"]),
        ),
        "unit-twice": (
            "SCHEMA",
            lambda d: d["departments"][0]["units"].append(d["departments"][0]["units"][0]),
        ),
        "certificate-of-another-code": (
            "SCHEMA",
            lambda d: d["departments"][1].update(code="11320000990000033D"),
        ),
        "root-as-department": ("SCHEMA", _root_as_department),
        "listed-certificate-missing": (
            "CERT",
            lambda d: d["departments"][0]["certificates"].append("00" * 32),
        ),
        "form-set-of-another-hash": ("SCHEMA", lambda d: d["form_set"].update(sha256="00" * 32)),
        "form-set-of-another-version": ("SCHEMA", lambda d: d["form_set"].update(version="v2")),
        "serial-upper-case": ("SCHEMA", lambda d: d["revoked"][0].update(serial="6F")),
        "revoked-not-in-the-list": ("CRL", lambda d: d["revoked"].clear()),
        "revoked-other-serial": ("CRL", lambda d: d["revoked"][0].update(serial="64")),
    }
    for name, (code, change) in changes.items():
        yield Case(
            f"bundle-{name}",
            code,
            f"trust.json breaks its schema or contradicts another part: {name.replace('-', ' ')}.",
            with_document(change),
            bundle=True,
        )


def _root_as_department(found: dict[str, Any]) -> None:
    root = found["roots"].pop()
    found["departments"][1]["certificates"].append(root["sha256"])


def lists() -> Iterator[Case]:
    files: dict[str, tuple[str, str, Callable[[Workshop], bytes | None]]] = {
        "list-of-another-root": (
            "CRL",
            "crl.pem",
            lambda shop: papers.revocation_list(shop.foreign, [0x63]),
        ),
        "list-of-the-standby-root": (
            "CRL",
            "crl.pem",
            lambda shop: papers.revocation_list(shop.standby, [0x63]),
        ),
        "list-signed-by-another-key": (
            "CRL",
            "crl.pem",
            lambda shop: papers.revocation_list(shop.root, [0x63], signer=shop.foreign.key),
        ),
        "list-with-a-critical-extension": (
            "CRL",
            "crl.pem",
            lambda shop: papers.revocation_list(shop.root, [0x63], critical=True),
        ),
        "list-empty": ("CRL", "crl.pem", lambda _: b""),
        "list-is-a-certificate": ("CRL", "crl.pem", lambda shop: shop.root.pem),
        "list-missing": ("MISSING", "crl.pem", lambda _: None),
        "certificates-missing": ("MISSING", "certificates.pem", lambda _: None),
        "certificates-unsorted": (
            "CERT",
            "certificates.pem",
            lambda shop: b"".join(o.pem for o in sorted(people(shop), key=sha256_of, reverse=True)),
        ),
        "certificate-unlisted": (
            "CERT",
            "certificates.pem",
            lambda shop: joined([*people(shop), shop.leaf(9, "C0")]),
        ),
        "form-missing": ("SCHEMA", "formset/data_item.toml", lambda _: None),
        "form-is-no-toml": ("SCHEMA", "formset/data_item.toml", lambda _: b"[[["),
        "form-is-no-text": ("SCHEMA", "formset/data_item.toml", lambda _: b"\xff\xfe\x00"),
        "form-with-a-nul": ("SCHEMA", "formset/campaign.toml", lambda _: b"a = '\0'\n"),
        "form-rule-deletes": ("SCHEMA", "formset/data_item.toml", _deleting_rule),
    }
    for name, (code, path, make) in files.items():
        yield Case(
            f"bundle-{name}",
            code,
            f"A file of the bundle is not what it must be: {name.replace('-', ' ')}.",
            with_file(path, make),
            bundle=True,
        )


def _deleting_rule(_: Workshop) -> bytes:
    rule = (
        '\n[[rule]]\nid = "X-1"\nseverity = "error"\nfields = ["name"]\n'
        'query = "DELETE FROM data_item"\nmessage = { zh = "一", en = "a" }\n'
        'remedy = { zh = "一", en = "a" }\nexample = { bad = { name = "x" }, good = { name = "y" } }\n'
    )
    return form_files()["data_item.toml"] + rule.encode()


def issuers() -> Iterator[Case]:
    yield Case(
        "genuine-trust",
        ACCEPTED,
        "An honest trust bundle.",
        lambda shop: bundle(shop).sealed(),
        bundle=True,
    )
    yield Case(
        "bundle-leaf-of-a-root-it-does-not-list",
        "CHAIN",
        "A listed certificate was issued by a root that the bundle does not list.",
        _leaf_of_a_foreign_root,
        bundle=True,
    )
    yield Case(
        "bundle-that-is-a-submission",
        "STATEMENT",
        "The package is genuine and no trust bundle.",
        lambda shop: shop.submission().sealed(),
        bundle=True,
    )


def _leaf_of_a_foreign_root(shop: Workshop) -> bytes:
    stranger = shop.leaf(2031, OTHER_DEPARTMENT, issuer=shop.foreign)
    anatomy, value = bundle(shop), document(shop)
    value["departments"][1]["certificates"] = [sha256_of(stranger)]
    anatomy.payload["trust.json"] = canonical(value)
    anatomy.payload["certificates.pem"] = joined([*people(shop)[:-1], stranger])
    return anatomy.sealed()


def trust_cases() -> list[Case]:
    """Return the vectors of this module."""
    return [*issuers(), *documents(), *lists()]
