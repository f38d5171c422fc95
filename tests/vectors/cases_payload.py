"""Vectors about what is packed: tag files, description, attachments, records (row P21)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.vectors.anatomy import canonical
from tests.vectors.case import ACCEPTED, Case
from tests.vectors.edits import putting, with_lines, with_payload, with_value
from tests.vectors.workshop import DEPARTMENT, Workshop, description, line

LETTERS = "戏曲🀄ñ\u3007\U00020000"


def tag_files() -> Iterator[Case]:
    contents = {
        "bagit.txt": b"BagIt-Version: 0.97\nTag-File-Character-Encoding: UTF-8\n",
        "bag-info.txt": b"External-Identifier: x\nPayload-Oxum: 1.1\n",
        "manifest-sha256.txt": b"",
    }
    for path, content in contents.items():
        yield Case(
            f"p21-untrue-{path.split('.')[0]}",
            "TAGFILE",
            "A tag file is listed, hashed and signed, and says something untrue.",
            partial(_with_tag, path=path, content=content),
        )
    yield Case(
        "p21-untrue-manifest-sm3",
        "TAGFILE",
        "SM2: the SM3 manifest is untrue; P-256: the SHA-256 manifest says CRLF.",
        _untrue_gm_manifest,
    )
    for name, manifest in {"empty": b"", "other": b"00" * 32 + b"  bagit.txt\n"}.items():
        yield Case(
            f"p21-tag-manifest-{name}",
            "TAGFILE",
            "The tag manifest is not the one the statement determines.",
            partial(_with_manifest, manifest=manifest),
        )
    yield Case(
        "p21-tag-manifest-hash",
        "TAGFILE",
        "The statement names another hash of the tag manifest.",
        with_value(putting(tagmanifest_sha256="00" * 32)),
    )


def _with_tag(shop: Workshop, path: str, content: bytes) -> bytes:
    anatomy = shop.submission()
    anatomy.tags[path] = content
    return anatomy.sealed()


def _untrue_gm_manifest(shop: Workshop) -> bytes:
    anatomy = shop.submission()
    path = "manifest-sm3.txt" if anatomy.gm else "manifest-sha256.txt"
    anatomy.tags[path] = anatomy.files()[path].replace(b"\n", b"\r\n")
    return anatomy.sealed()


def _with_manifest(shop: Workshop, manifest: bytes) -> bytes:
    anatomy = shop.submission()
    anatomy.manifest = manifest
    return anatomy.sealed()


def descriptions() -> Iterator[Case]:
    wrong: dict[str, dict[str, object]] = {
        "records-negative": {"records": -1},
        "records-text": {"records": "3"},
        "records-too-many": {"records": 3_000_001},
        "code": {"department": {"code": "x", "name": "n", "uscc": ""}},
        "name-long": {"department": {"code": DEPARTMENT, "name": "n" * 501, "uscc": ""}},
        "campaign-path": {"census": {"id": "../x", "round": 1}},
        "round-zero": {"census": {"id": "a", "round": 0}},
        "form-set-hash": {"form_set": {"version": "v1", "sha256": "zz"}},
        "software": {"software": {"name": "census"}},
        "extra-key": {"extra": 1},
        "attachments-object": {"attachments": {}},
    }
    for name, change in wrong.items():
        yield Case(
            f"description-{name}",
            "SCHEMA",
            "data/package.json is outside its closed schema.",
            with_payload("package.json", canonical(description(**change))),
        )
    other: dict[str, dict[str, object]] = {
        "form-version": {"form_set": {"version": "v2", "sha256": "ab" * 32}},
        "department": {"department": {"code": "D0099", "name": "n", "uscc": ""}},
    }
    for name, change in other.items():
        yield Case(
            f"description-other-{name}",
            "STATEMENT",
            "data/package.json contradicts the statement.",
            with_payload("package.json", canonical(description(**change))),
        )
    for name, count in {"more": 4, "fewer": 2, "none": 0}.items():
        yield Case(
            f"count-{name}",
            "COUNT",
            "data/package.json announces another number of records.",
            with_payload("package.json", canonical(description(records=count))),
        )


def attachments() -> Iterator[Case]:
    digest = hashlib.sha256(b"hello").hexdigest()
    honest = {"bytes": 5, "ext": "txt", "name": "../../附件.txt", "sha256": digest}
    other = {**honest, "sha256": hashlib.sha256(b"other").hexdigest()}
    announced: dict[str, tuple[str, list[dict[str, object]], bytes]] = {
        "attachment": (ACCEPTED, [honest], b"hello"),
        "attachment-unannounced": ("ATTACHMENT", [], b"hello"),
        "attachment-other": ("ATTACHMENT", [other], b"hello"),
        "attachment-size": ("ATTACHMENT", [{**honest, "bytes": 6}], b"hello"),
        "attachment-extension": ("ATTACHMENT", [{**honest, "ext": "csv"}], b"hello"),
        "attachment-twice": ("ATTACHMENT", [honest, {**honest, "name": "b.txt"}], b"hello"),
        "attachment-content": ("ATTACHMENT", [honest], b"HELLO"),
    }
    for name, (code, entries, body) in announced.items():
        yield Case(
            name,
            code,
            "An attachment under its hash; its name is text, never a path."
            if not code
            else "Announced attachments and attached files differ.",
            partial(_attached, entries=entries, digest=digest, body=body),
        )


def _attached(shop: Workshop, entries: list[dict[str, object]], digest: str, body: bytes) -> bytes:
    anatomy = shop.submission()
    anatomy.payload[f"attachments/{digest}.txt"] = body
    anatomy.payload["package.json"] = canonical(description(attachments=entries))
    return anatomy.sealed()


ANSWER: dict[str, Any] = {
    "actor": "张三",
    "at": "2026-11-23T08:00:00Z",
    "kind": "answered",
    "text": "已改",
    "value_sha256": "ab" * 32,
}
EXPLANATION: dict[str, Any] = {
    "form": "information_resource",
    "reason": "已核实",
    "record": "1".zfill(32),
    "rule": "RES-3",
    "values_sha256": "ab" * 32,
}


def reserved_lines() -> Iterator[Case]:
    wrong: dict[str, bytes] = {
        "answer-lacks-kind": line(1, form="answer", values={**ANSWER, "kind": "maybe"}),
        "answer-extra-key": line(1, form="answer", values={**ANSWER, "extra": 1}),
        "answer-hash": line(1, form="answer", values={**ANSWER, "value_sha256": "ab"}),
        "explanation-record": line(1, form="explanation", values={**EXPLANATION, "record": "1"}),
        "explanation-long": line(
            1, form="explanation", values={**EXPLANATION, "reason": "x" * 2001}
        ),
        "query-in-a-submission": line(1, form="query", values={}),
        "receipt-in-a-submission": line(1, form="receipt", values={}),
        "decision-in-a-submission": line(1, form="decision", values={}),
    }
    for name, raw in wrong.items():
        yield Case(
            f"reserved-{name}",
            "RECORD",
            f"A line of a reserved form breaks its closed schema or its place: {name.replace('-', ' ')}.",
            with_lines(raw),
        )
    yield Case(
        "reserved-record-in-a-review",
        "RECORD",
        "A coordinator's review carries a record of a form.",
        _record_in_a_review,
    )


def _record_in_a_review(shop: Workshop) -> bytes:
    anatomy = shop.package("review")
    anatomy.payload["records.ndjson"] = line(1)
    anatomy.payload["package.json"] = canonical(description(records=1))
    return anatomy.sealed()


def records() -> Iterator[Case]:
    wrong: dict[str, bytes] = {
        "no-unit": line(1, unit=None),
        "no-values": line(1, values=None),
        "extra-key": line(1, extra=1),
        "op-unknown": line(1, op="update"),
        "op-number": line(1, op=1),
        "form-upper-case": line(1, form="Resource"),
        "form-too-long": line(1, form="f" * 49),
        "id-short": line(1, id="1"),
        "id-upper-case": line(1, id="A" * 32),
        "unit-lower-case": line(1, unit="d0042"),
        "values-list": line(1, values=[]),
        "value-null": line(1, values={"name": None}),
        "value-object": line(1, values={"name": {}}),
        "value-nested-list": line(1, values={"name": [["a"]]}),
        "field-upper-case": line(1, values={"Name": "x"}),
        "field-path": line(1, values={"../name": "x"}),
        "delete-without-reason": line(1, op="delete", values=None),
        "delete-empty-reason": line(1, op="delete", values=None, reason=""),
        "delete-long-reason": line(1, op="delete", values=None, reason="x" * 501),
        "delete-with-values": line(1, op="delete", reason="x"),
        "pending-without-title": line(1, op="pending", values=None),
        "list": b"[1,2]\n",
        "number": b"1\n",
    }
    for name, raw in wrong.items():
        yield Case(
            f"record-{name}",
            "RECORD",
            f"A record line breaks a rule of its shape: {name.replace('-', ' ')}.",
            with_lines(raw, line(2)),
        )
    orders = {
        "twice": (line(1), line(1)),
        "descending": (line(2), line(1)),
        "forms-descending": (line(1, form="b"), line(2, form="a")),
    }
    for name, lines in orders.items():
        yield Case(
            f"record-order-{name}",
            "RECORD",
            "Lines ascend strictly by form and id.",
            with_lines(*lines),
        )
    yield Case(
        "record-no-line-end",
        "RECORD",
        "The last line does not end with LF.",
        with_lines(line(1), line(2)[:-1]),
    )
    yield Case(
        "record-empty-line",
        "JSON_SYNTAX",
        "An empty line.",
        with_lines(line(1), b"\n"),
    )


def genuine_records() -> Iterator[Case]:
    accepted: dict[str, tuple[bytes, ...]] = {
        "none": (),
        "pending-and-delete": (
            line(1, op="pending", values=None, title="在建系统"),
            line(2, op="delete", values=None, reason="x" * 500),
        ),
        "reserved-forms": (
            line(1, form="answer", values=ANSWER),
            line(1, form="explanation", values=EXPLANATION),
        ),
        "tab-and-line-feed": (line(1, values={"name": "一\t二\n三"}),),
        "20000-characters": (line(1, values={"name": "某" * 20_000}),),
        "letters-of-all-planes": (line(1, values={"name": LETTERS}),),
        "largest-numbers": (line(1, values={"a": 2**53 - 1, "b": -(2**53) + 1, "c": 0}),),
        "lists-and-truths": (line(1, values={"a": ["x", "y"], "b": [], "c": False}),),
        "many": tuple(line(number) for number in range(1000)),
        "text-with-html": (
            line(1, values={"name": "<img src='file:///etc/passwd'>&=cmd|'/c'!A1"}),
        ),
    }
    for name, lines in accepted.items():
        yield Case(
            f"records-{name}",
            ACCEPTED,
            f"Honest records: {name.replace('-', ' ')}.",
            with_lines(*lines),
        )
    answers: dict[str, dict[str, Any]] = {
        "last-number": {"sequence": 999_999},
        "first-number": {"sequence": 1, "previous": "00" * 32},
        "knows-a-trust-bundle": {"trust_version": 999_999},
        "made-long-ago": {"created": "2000-01-01T00:00:00Z"},
    }
    for name, changes in answers.items():
        yield Case(
            f"statement-{name}",
            ACCEPTED,
            f"An honest statement: {name.replace('-', ' ')}.",
            partial(_submission, changes=changes),
        )


def _submission(shop: Workshop, changes: dict[str, Any]) -> bytes:
    return shop.submission(**changes).sealed()


def payload_cases() -> list[Case]:
    """Return the vectors of this module."""
    groups = (tag_files, descriptions, attachments, records, reserved_lines, genuine_records)
    return [case for group in groups for case in group()]
