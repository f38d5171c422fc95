"""Vectors about JSON and the statement's closed schema (rows P12, P19 and J)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.vectors.case import Build, Case
from tests.vectors.edits import (
    dropping,
    putting,
    with_lines,
    with_payload,
    with_statement,
    with_value,
)
from tests.vectors.workshop import DEPARTMENT, Workshop, line

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
    "created-on-no-day": {"created": "2026-02-30T08:00:00Z"},
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


def json_cases() -> list[Case]:
    """Return the vectors of this module."""
    groups = (hostile_json, schemas, lists, contradictions)
    return [case for group in groups for case in group()]
