"""The acts of the review within the department, and what the records say since a step: read from the journal alone.

An act is a step of kind `system` without lines: history that no undo takes back (ADR 0092).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from census_app.domain.approval import ACT_KINDS, ReviewAct
from census_app.domain.changes import Origin, Step
from census_app.domain.holdings import TouchedRecord
from census_app.domain.records import RecordId
from census_app.formspec.model import Form, FormSet
from census_app.formspec.schema import quoted
from census_app.storage.form_tables import HASH_COLUMN

SENTENCES: Final = {kind: f"STEP_{kind.upper()}" for kind in ACT_KINDS}
_KINDS: Final = {sentence: kind for kind, sentence in SENTENCES.items()}
_WHOLE, _PLACE = " record", " place"
_APART: Final = frozenset({_WHOLE, _PLACE})
"""What a span knows beside fields; no field has such a name."""

_TEXTS: Final = ("digest", "name", "office", "remark", "package")


def step_of(act: ReviewAct) -> Step:
    """Return the step that keeps an act."""
    params = {name: str(getattr(act, name)) for name in _TEXTS}
    params["announced"] = str(act.announced)
    return Step(SENTENCES[act.kind], act.actor, Origin.TYPED, act.at, (), params)


def acts(connection: Connection) -> list[ReviewAct]:
    """Return the acts, the oldest first."""
    places = ", ".join("?" * len(_KINDS))
    rows = connection.exec_driver_sql(
        "SELECT number, sentence, params, actor, at FROM step WHERE kind = 'system' "
        f"AND sentence IN ({places}) ORDER BY number",
        tuple(_KINDS),
    ).all()
    found = []
    for number, sentence, text, actor, at in rows:
        params = json.loads(text)
        texts = {name: str(params.get(name, "")) for name in _TEXTS}
        announced = int(params.get("announced") or 0)
        found.append(
            ReviewAct(
                kind=_KINDS[sentence], actor=actor, at=at, announced=announced, step=number, **texts
            )
        )
    return found


def content_digest(connection: Connection, form_set: FormSet) -> str:
    """Return the SHA-256 over all records, reasons for warnings and answers to queries, 64 hex.

    Equal answers give equal digests, in whatever order and by whatever way they came; who wrote them and when is left
    out. It is made of the rows' own hashes, so no record is read.
    """
    digest = hashlib.sha256(form_set.version.encode())
    for form in sorted(f.id for f in form_set.forms):
        digest.update(f"\n{form}\n".encode())
        rows = connection.exec_driver_sql(
            f"SELECT id, {HASH_COLUMN} FROM {quoted(form)} ORDER BY id"
        )
        for record, row_hash in rows:
            digest.update(record.encode())
            digest.update(row_hash)
    for statement in (
        "SELECT record_id, rule, values_sha256, reason FROM explanation ORDER BY 1, 2, 3",
        "SELECT query, kind, text, value_sha256 FROM answer ORDER BY 1",
    ):
        digest.update(b"\n\n")
        for row in connection.exec_driver_sql(statement):
            digest.update(json.dumps(list(row), ensure_ascii=False).encode("utf-8"))
    return digest.hexdigest()


def step_at(connection: Connection, at: str) -> int:
    """Return the number of the last step up to a moment, 0 for none."""
    statement = "SELECT coalesce(max(number), 0) FROM step WHERE at <= ?"
    return int(connection.exec_driver_sql(statement, (at,)).scalar_one())


def touched_since(connection: Connection, form_set: FormSet, step: int) -> list[TouchedRecord]:
    """Return the top-level records that differ from what they were at a step, children counting for their owner.

    What was changed and changed back is not among them. In the order in which they were first touched.
    """
    spans = _spans(connection, step)
    forms = {f.id: f for f in form_set.forms}
    owners: dict[_Key, None] = {}
    for key, span in spans.items():
        if key[0] in forms and span.differs:
            owners.setdefault(_owner(connection, forms[key[0]], key[1], span.text))
    return [
        _touched(connection, forms[key[0]], key[1], spans.get(key, _Span()))
        for key in owners
        if key[0] in forms
    ]


_Key = tuple[str, str]


@dataclass(slots=True)
class _Span:
    """What became of one record over a stretch of the journal: by field, its place and the whole, first and last.

    Attributes:
        text: The newest text of the whole record that a line holds.
    """

    first: dict[str, str] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def differs(self) -> bool:
        return any(self.last[name] != old for name, old in self.first.items())


def _spans(connection: Connection, step: int) -> dict[_Key, _Span]:
    spans: dict[_Key, _Span] = {}
    rows = connection.exec_driver_sql(
        "SELECT kind, form, record_id, field, old, new FROM change WHERE step > ? "
        "AND kind IN ('record', 'field', 'place') ORDER BY key",
        (step,),
    )
    for kind, form, record, name, old, new in rows:
        span = spans.setdefault((form, record), _Span())
        about = name if kind == "field" else _WHOLE if kind == "record" else _PLACE
        span.first.setdefault(about, old)
        span.last[about] = new
        if kind == "record":
            span.text = new or old
    return spans


def _owner(connection: Connection, form: Form, record: str, text: str) -> _Key:
    if not form.parent:
        return form.id, record
    statement = f"SELECT parent_id FROM {quoted(form.id)} WHERE id = ?"
    row = connection.exec_driver_sql(statement, (record,)).first()
    if row is not None:
        return form.parent, str(row[0])
    return form.parent, str(json.loads(text).get("parent") or "") if text else ""


def _touched(connection: Connection, form: Form, record: str, span: _Span) -> TouchedRecord:
    statement = f"SELECT {quoted(form.title)} FROM {quoted(form.id)} WHERE id = ?"
    row = connection.exec_driver_sql(statement, (record,)).first()
    title = "" if row is None else str(row[0] or "")
    if row is None and span.text:
        value = json.loads(span.text).get("values", {}).get(form.title, "")
        title = value if isinstance(value, str) else ""
    fields = {n for n, old in span.first.items() if n not in _APART and span.last[n] != old}
    return TouchedRecord(form.id, RecordId(record), title, row is None, frozenset(fields))
