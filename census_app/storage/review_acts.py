"""The acts of the review within the department, and what the records say since a step: read from the journal alone.

An act is a step of kind `system` without lines: history that no undo takes back (ADR 0092).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from census_app.domain.approval import ACT_KINDS, ReviewAct
from census_app.domain.changes import Origin, Step
from census_app.domain.holdings import TouchedRecord
from census_app.domain.records import RecordId
from census_app.formspec.model import Form, FormSet
from census_app.formspec.schema import quoted
from census_app.storage.engine import Database
from census_app.storage.failures import legible
from census_app.storage.form_tables import HASH_COLUMN
from census_app.storage.journal import Journal

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


def read_acts(connection: Connection) -> list[ReviewAct]:
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


def digest_of_content(connection: Connection, form_set: FormSet) -> str:
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


def touched_after(connection: Connection, form_set: FormSet, step: int) -> list[TouchedRecord]:
    """Return the top-level records that differ from what they were at a step, children counting for their owner.

    What was changed and changed back is not among them. In the order in which they were first touched.
    """
    spans = _spans(connection, step)
    forms = {f.id: f for f in form_set.forms}
    differing = {key: span for key, span in spans.items() if key[0] in forms and span.differs}
    parents = {
        form.id: owners(connection, form, (r for f, r in differing if f == form.id))
        for form in form_set.forms
        if form.parent
    }
    touched: dict[_Key, None] = {}
    for (name, record), span in differing.items():
        form = forms[name]
        owner = record
        if form.parent:
            owner = str(parents[name].get(record) or _parent_in(span.text))
        touched.setdefault((form.parent or name, owner))
    titles = {
        f.id: _titles(connection, f, (r for n, r in touched if n == f.id)) for f in forms.values()
    }
    return [
        _touched(forms[name], record, spans.get((name, record), _Span()), titles[name])
        for name, record in touched
        if record
    ]


def owners(connection: Connection, form: Form, records: Iterable[str]) -> dict[str, RecordId]:
    """Return child record → owner, for those that are there."""
    rows = connection.exec_driver_sql(
        f"SELECT id, parent_id FROM {quoted(form.id)} WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(records)),),
    )
    return {row[0]: RecordId(row[1]) for row in rows}


def never_handed_in(connection: Connection, form: Form) -> list[TouchedRecord]:
    """Return the records of a form that no package has put, in the order they were made."""
    rows = connection.exec_driver_sql(
        f"SELECT id, {quoted(form.title)} FROM {quoted(form.id)} WHERE id NOT IN "
        "(SELECT record_id FROM handed_in WHERE form = ?) ORDER BY row_key",
        (form.id,),
    )
    return [TouchedRecord(form.id, RecordId(r[0]), str(r[1] or ""), gone=False) for r in rows]


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


def _titles(connection: Connection, form: Form, records: Iterable[str]) -> dict[str, str]:
    rows = connection.exec_driver_sql(
        f"SELECT id, {quoted(form.title)} FROM {quoted(form.id)} "
        "WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(records)),),
    )
    return {row[0]: str(row[1] or "") for row in rows}


def _parent_in(text: str) -> str:
    return str(json.loads(text).get("parent") or "") if text else ""


def _touched(form: Form, record: str, span: _Span, titles: Mapping[str, str]) -> TouchedRecord:
    title = titles.get(record)
    gone = title is None
    if title is None:
        value = json.loads(span.text).get("values", {}).get(form.title, "") if span.text else ""
        title = value if isinstance(value, str) else ""
    fields = {n for n, old in span.first.items() if n not in _APART and span.last[n] != old}
    return TouchedRecord(form.id, RecordId(record), title, gone, frozenset(fields))


class ReviewJournal:
    """The part of a workspace that keeps the acts of the review, and tells what they are about."""

    _database: Database
    _form_set: FormSet
    _journal: Journal
    _digest: tuple[int, str] | None

    def _forget_digest(self) -> None:
        self._digest = None

    def note_act(self, act: ReviewAct) -> None:
        """Write an act of the review within the department into the journal; nothing takes it back."""
        self._journal.note(step_of(act))

    def acts(self) -> list[ReviewAct]:
        """Return the acts of the review within the department, the oldest first."""
        with self._database.reading() as connection, legible(self._database.path):
            return read_acts(connection)

    def content_digest(self) -> str:
        """Return one digest over all records, reasons and answers; computed anew only after a write."""
        writes = self._database.driver.total_changes
        if self._digest is None or self._digest[0] != writes:
            with self._database.reading() as connection:
                self._digest = (writes, digest_of_content(connection, self._form_set))
        return self._digest[1]

    def touched_since(self, step: int = 0, at: str = "") -> list[TouchedRecord]:
        """Return the top-level records that differ from what they were after a step, or at a moment in UTC."""
        with self._database.reading() as connection, legible(self._database.path):
            step = step_at(connection, at) if at else step
            return touched_after(connection, self._form_set, step)

    def never_handed_in(self) -> list[TouchedRecord]:
        """Return the top-level records no package has put, form by form."""
        with self._database.reading() as connection:
            forms = (form for form in self._form_set.forms if not form.parent)
            return [each for form in forms for each in never_handed_in(connection, form)]

    def owners(self, form: str, records: Iterable[str]) -> dict[str, RecordId]:
        """Return child record → the record that owns it, for those that are there."""
        with self._database.reading() as connection:
            return owners(connection, self._form_set.form(form), records)
