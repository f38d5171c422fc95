"""Vectors about what is signed: statement, tag files, JSON, records, attachments (rows P12, P19, P21 and J)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.vectors.anatomy import canonical
from tests.vectors.case import ACCEPTED, Build, Case
from tests.vectors.workshop import DEPARTMENT, Workshop, description, line

Change = Callable[[dict[str, Any]], None]


def with_statement(raw: bytes | Callable[[bytes], bytes]) -> Build:
    """Return a build that signs other bytes, or the honest statement changed as text."""

    def build(shop: Workshop) -> bytes:
        anatomy = shop.submission()
        made = raw(anatomy.statement_bytes()) if callable(raw) else raw
        return anatomy.sealed(raw=made)

    return build


def with_value(change: Change) -> Build:
    """Return a build that signs an honest statement whose parsed value was changed."""

    def build(shop: Workshop) -> bytes:
        anatomy = shop.submission()
        value = json.loads(anatomy.statement_bytes())
        change(value)
        return anatomy.sealed(raw=canonical(value))

    return build


def putting(**values: object) -> Change:
    return lambda statement: statement.update(values)


def dropping(key: str) -> Change:
    return lambda statement: statement.__delitem__(key)


def with_payload(path: str, body: bytes) -> Build:
    """Return a build of a submission with other content of one file, listed and signed."""

    def build(shop: Workshop) -> bytes:
        anatomy = shop.submission()
        anatomy.payload[path] = body
        return anatomy.sealed()

    return build


def with_lines(*lines: bytes, records: int | None = None, **changes: object) -> Build:
    """Return a build of a submission with these records, counted rightly unless told otherwise."""

    def build(shop: Workshop) -> bytes:
        anatomy = shop.submission()
        count = len(lines) if records is None else records
        anatomy.payload["records.ndjson"] = b"".join(lines)
        anatomy.payload["package.json"] = canonical(description(records=count, **changes))
        return anatomy.sealed()

    return build


LETTERS = "戏曲🀄ñ\u3007\U00020000"

HOSTILE_JSON: dict[str, tuple[str, bytes]] = {
    "j1-100000-brackets": ("JSON_DEPTH", b"[" * 100_000),
    "j1-100000-objects": ("JSON_DEPTH", b'{"a":' * 100_000),
    "j2-duplicate-key": ("JSON_DUPKEY", b'{"a":1,"a":2}'),
    "j2-duplicate-key-inside": ("JSON_DUPKEY", b'{"a":{"b":1,"b":1}}'),
    "j2-duplicate-key-escaped": ("JSON_DUPKEY", b'{"a":1,"\\u0061":2}'),
    "j3-nan": ("JSON_NUMBER", b'{"a":NaN}'),
    "j3-infinity": ("JSON_NUMBER", b'{"a":-Infinity}'),
    "j3-1e999": ("JSON_NUMBER", b'{"a":1e999}'),
    "j3-float": ("JSON_NUMBER", b'{"a":1.0}'),
    "j3-2-to-the-53": ("JSON_NUMBER", b'{"a":9007199254740992}'),
    "j4-5000-digits": ("JSON_NUMBER", b'{"a":' + b"9" * 5000 + b"}"),
    "j5-invalid-utf8": ("UTF8", b'{"a":"\xff"}'),
    "j5-overlong-utf8": ("UTF8", b'{"a":"\xc0\xaf"}'),
    "j5-surrogate-in-utf8": ("UTF8", b'{"a":"\xed\xa0\x80"}'),
    "j5-bom": ("UTF8", b'\xef\xbb\xbf{"a":1}'),
    "j5-utf16": ("UTF8", '{"a":1}'.encode("utf-16")),
    "j5-utf16-no-bom": ("UTF8", '{"a":1}'.encode("utf-16-le")),
    "j6-lone-surrogate": ("FIELD_CHARS", b'{"a":"\\ud800"}'),
    "j6-nul": ("FIELD_CHARS", b'{"a":"\\u0000"}'),
    "j6-control": ("FIELD_CHARS", b'{"a":"\x01"}'),
    "j6-delete": ("FIELD_CHARS", b'{"a":"\x7f"}'),
    "j6-c1-control": ("FIELD_CHARS", b'{"a":"\xc2\x85"}'),
    "j6-return": ("FIELD_CHARS", b'{"a":"\\r"}'),
    "j6-control-in-a-key": ("FIELD_CHARS", b'{"\\u0001":1}'),
    "j7-1mb-string": ("FIELD_SIZE", b'{"a":"' + b"x" * 1_000_000 + b'"}'),
    "j7-20001-characters": ("FIELD_SIZE", b'{"a":"' + "某".encode() * 20_001 + b'"}'),
    "syntax-cut": ("JSON_SYNTAX", b'{"a":1'),
    "syntax-quotes": ("JSON_SYNTAX", b"{'a':1}"),
    "syntax-twice": ("JSON_SYNTAX", b'{"a":1}{}'),
    "syntax-empty": ("JSON_SYNTAX", b""),
    "syntax-comma": ("JSON_SYNTAX", b'{"a":1,}'),
    "spelling-blank": ("NOT_CANONICAL", b'{"a": 1}'),
    "spelling-order": ("NOT_CANONICAL", b'{"b":1,"a":1}'),
    "spelling-minus-zero": ("NOT_CANONICAL", b'{"a":-0}'),
    "spelling-escape": ("NOT_CANONICAL", b'{"a":"\\u0041"}'),
    "spelling-solidus": ("NOT_CANONICAL", b'{"a":"\\/"}'),
    "spelling-line-end": ("NOT_CANONICAL", b'{"a":1}\n'),
}
"""Bytes of a document; as a record line they end with LF."""

NOT_A_LINE = {"j1-100000-objects", "spelling-line-end", "syntax-empty"}


def hostile_json() -> Iterator[Case]:
    for name, (code, raw) in HOSTILE_JSON.items():
        why = f"Validly signed bytes that are not canonical JSON: {name.replace('-', ' ')}."
        yield Case(f"{name}-statement", code, why, with_statement(raw))
    for name in (
        "j1-100000-brackets",
        "j2-duplicate-key",
        "j3-float",
        "j4-5000-digits",
        "j5-invalid-utf8",
        "j5-bom",
        "j6-nul",
        "j7-1mb-string",
        "syntax-cut",
        "spelling-blank",
    ):
        code, raw = HOSTILE_JSON[name]
        why = "The same in data/package.json."
        yield Case(f"{name}-description", code, why, with_payload("package.json", raw))
    for name, (code, raw) in HOSTILE_JSON.items():
        if name in NOT_A_LINE:
            continue
        yield Case(
            f"{name}-record",
            code,
            "The same as a record line.",
            with_lines(raw + b"\n", line(2)),
        )
    yield Case(
        "json-size-line",
        "JSON_SIZE",
        "A record line is longer than 1 MiB.",
        with_lines(line(1, values={f"f{n}": "x" * 19_000 for n in range(60)})),
    )
    yield Case(
        "json-size-parts",
        "JSON_SIZE",
        "A small document of very many parts, which would fill the memory.",
        with_payload("package.json", b"[" + b"[]," * 600_000 + b"[]]"),
    )
    yield Case(
        "json-size-statement",
        "TOO_BIG",
        "The statement is larger than 1 MiB.",
        with_statement(b" " * ((1 << 20) + 1)),
    )


WRONG_VALUES: dict[str, Any] = {
    "type-unknown": {"type": "letter"},
    "type-number": {"type": 7},
    "package-lower-case": {"package": "d0042-000007"},
    "package-line-end": {"package": f"{DEPARTMENT}-000007\n"},
    "sender-too-long": {"sender": "D" * 25},
    "sender-list": {"sender": [DEPARTMENT]},
    "audience-empty": {"audience": ""},
    "audience-null": {"audience": None},
    "sequence-negative": {"sequence": -1},
    "sequence-million": {"sequence": 1_000_000},
    "sequence-text": {"sequence": "7"},
    "sequence-true": {"sequence": True},
    "sequence-huge": {"sequence": 2**53 - 1},
    "previous-short": {"previous": "cd" * 31},
    "previous-upper-case": {"previous": "CD" * 32},
    "in-reply-to-short": {"in_reply_to": "x"},
    "instance-short": {"instance": "5e" * 15},
    "created-blank": {"created": "2026-11-23 08:00:00"},
    "created-month-13": {"created": "2026-13-23T08:00:00Z"},
    "created-offset": {"created": "2026-11-23T08:00:00+08:00"},
    "form-version-missing": {"form_version": ""},
    "form-version-long": {"form_version": "v" * 65},
    "trust-version-million": {"trust_version": 1_000_000},
    "algorithm-unknown": {"algorithm": "md5"},
    "algorithm-null": {"algorithm": None},
    "format-other": {"format": "census-packages"},
    "format-number": {"format": 1},
    "files-empty": {"files": []},
    "files-object": {"files": {}},
    "files-of-numbers": {"files": [1, 2, 3, 4]},
    "certificate-hash-short": {"signer_certificate_sha256": "00"},
    "extra-key": {"zip": 1},
    "extra-empty-key": {"": ""},
}


def schemas() -> Iterator[Case]:
    for name, values in WRONG_VALUES.items():
        yield Case(
            f"p19-{name}",
            "SCHEMA",
            f"A validly signed statement outside the closed schema: {name.replace('-', ' ')}.",
            with_value(putting(**values)),
        )
    for key in ("audience", "created", "files", "format", "instance", "previous", "type"):
        yield Case(
            f"p19-without-{key}",
            "SCHEMA",
            f"A validly signed statement that lacks `{key}`.",
            with_value(dropping(key)),
        )
    for name, raw in {"list": b"[]", "text": b'"x"', "null": b"null", "nothing": b"{}"}.items():
        yield Case(
            f"p19-statement-is-{name}",
            "SCHEMA",
            "The signed bytes are no statement at all.",
            with_statement(raw),
        )
    yield Case(
        "p19-deep",
        "JSON_DEPTH",
        "Seven levels, where six are the limit.",
        with_value(putting(zip=[[[[[[1]]]]]])),
    )
    yield Case(
        "format-2",
        "FORMAT",
        "A later format: update the program.",
        with_value(putting(format="census-package/2")),
    )


def lists() -> Iterator[Case]:
    def changed(change: Callable[[list[dict[str, Any]]], None]) -> Build:
        return with_value(lambda statement: change(statement["files"]))

    def listing(path: str) -> Build:
        def change(files: list[dict[str, Any]]) -> None:
            files.append({**files[0], "path": path})
            files.sort(key=lambda entry: str(entry["path"]))

        return changed(change)

    yield Case(
        "p12c-duplicate-listed",
        "SCHEMA",
        "The signed list names a file twice.",
        changed(lambda files: files.insert(1, files[0])),
    )
    yield Case(
        "p12d-case-twin-listed",
        "SCHEMA",
        "The signed list names a second file that differs in the case of its letters.",
        listing("data/PACKAGE.json"),
    )
    paths = {
        "unknown": "data/notes.txt",
        "parent": "../x",
        "device": "data/CON.txt",
        "program": f"data/attachments/{'ab' * 32}.exe",
        "request": "data/request.csr",
        "trust": "data/trust.json",
        "head": "signature/statement.json",
        "sm3-of-sm3": "manifest-sm3.txt.txt",
    }
    for name, path in paths.items():
        yield Case(
            f"listed-path-{name}",
            "SCHEMA",
            "The signed list names a file this type of package cannot have.",
            listing(path),
        )
    yield Case("listed-unsorted", "SCHEMA", "Wrong order.", changed(lambda files: files.reverse()))
    yield Case(
        "listed-negative-size",
        "SCHEMA",
        "A size below zero.",
        changed(lambda files: files[0].update(bytes=-1)),
    )
    yield Case(
        "listed-extra-key",
        "SCHEMA",
        "An entry of the signed list has a further key.",
        changed(lambda files: files[0].update(mode=1)),
    )
    for path in ("package.json", "records.ndjson", "datapackage.json"):
        yield Case(
            f"lacks-{path.split('.')[0]}",
            "SCHEMA",
            f"A submission without data/{path}.",
            partial(_lacking, path=path),
        )


def _lacking(shop: Workshop, path: str) -> bytes:
    anatomy = shop.submission()
    del anatomy.payload[path]
    return anatomy.sealed()


def contradictions() -> Iterator[Case]:
    changes: dict[str, dict[str, object]] = {
        "sequence": {"sequence": 8},
        "sequence-zero": {"sequence": 0, "package": f"{DEPARTMENT}-000000"},
        "package": {"package": f"{DEPARTMENT}-000008"},
        "sender-trust": {"sender": "TRUST", "package": "TRUST-000007"},
        "audience-all": {"audience": "all"},
        "audience-department": {"audience": DEPARTMENT},
        "receipt-without-reply": {
            "type": "receipt",
            "audience": DEPARTMENT,
            "form_version": "",
            "package": f"{DEPARTMENT}-{DEPARTMENT}-000007",
        },
    }
    for name, values in changes.items():
        yield Case(
            f"contradiction-{name}",
            "STATEMENT",
            "Parts of the statement disagree with each other.",
            with_value(putting(**values)),
        )


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
    groups = (
        hostile_json,
        schemas,
        lists,
        contradictions,
        tag_files,
        descriptions,
        attachments,
        records,
        reserved_lines,
        genuine_records,
    )
    return [case for group in groups for case in group()]
