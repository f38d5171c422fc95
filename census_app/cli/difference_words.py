"""How differences, corrections and origins look on the command line, in words and as JSON."""

from __future__ import annotations

import json
from typing import Any, Final

from census_app.cli.speech import Speech
from census_app.domain.corrections import Place
from census_app.domain.holdings import ListQuery
from census_app.domain.records import Unfit, Value
from census_app.errors import UserError
from census_app.exchange.paper import short_groups
from census_app.formspec.types import format_value, value_from_json, value_to_json
from census_app.services.correcting import CorrectionStanding
from census_app.services.differing import DepartmentDifferences, RecordDifference
from census_app.services.lookup import RecordNames, context_for
from census_app.services.ports import CatalogueStore
from census_app.services.provenance import RecordOrigin, Source, ValueOrigin

SHORTEST: Final = 4
"""Digits of an id that name a record at least."""


class ValueWords:
    """Words for values of a catalogue's records.

    Args:
        store: The catalogue.
        speech: In which language.
    """

    def __init__(self, store: CatalogueStore, speech: Speech) -> None:
        self._store = store
        self._speech = speech
        self._context = context_for(store, speech.language)
        self._names = RecordNames(store)
        self._forms = {form.id: form for form in store.form_set.forms}

    def form(self, form: str) -> str:
        """Return a form's name."""
        return self._forms[form].label.get(self._speech.language)

    def field(self, form: str, field: str) -> str:
        """Return a field's name."""
        return self._forms[form].field_by_id(field).label.get(self._speech.language)

    def value(self, value: Value | None, form: str, field: str) -> str:
        """Return a value as people read it."""
        asked = self._forms[form].field_by_id(field)
        return format_value(value, asked, self._context) or "—"

    def place(self, place: Place) -> str:
        """Return which field of whose record it is."""
        names = {entry.code: entry.name for entry in self._store.roster()}
        title = self._names.title(place.form, place.record) or place.record[:8]
        parts = (names.get(place.department, place.department), title)
        return " · ".join((*parts, self.field(place.form, place.field)))

    def corrected(self, choice: str, place: Place) -> str:
        """Return the value that a correction of the ledger puts there."""
        said = json.loads(choice)
        if "value" not in said:
            return self._speech.text("CORRECTION_left")
        asked = self._forms[place.form].field_by_id(place.field)
        value = None if said["value"] is None else value_from_json(said["value"], asked)
        return self.value(value, place.form, place.field)

    def json(self, value: Value | None, form: str, field: str) -> object:
        """Return a value as packages carry it."""
        if value is None or isinstance(value, Unfit):
            return None
        return value_to_json(value, self._forms[form].field_by_id(field))

    # Differences

    def department_document(self, found: DepartmentDifferences) -> dict[str, Any]:
        """Return the differences of a department for `--json`."""
        return {
            "code": found.code,
            "name": found.name,
            "counts": dict(found.counts),
            "records": [self._record_document(record) for record in found.records],
        }

    def _record_document(self, record: RecordDifference) -> dict[str, Any]:
        return {
            "form": record.form,
            "record": record.record,
            "title": record.title,
            "owner": record.owner,
            "kind": record.kind,
            "package": record.package,
            "reason": record.reason,
            "moved": record.moved,
            "fields": [
                {
                    "field": f.field,
                    "old": self.json(f.old, record.form, f.field),
                    "new": self.json(f.new, record.form, f.field),
                    "centre": f.centre,
                }
                for f in record.fields
            ],
        }

    def department_lines(self, found: DepartmentDifferences) -> list[str]:
        """Return the differences of a department in words."""
        text = self._speech.text
        counts = {kind: str(number) for kind, number in found.counts.items()}
        lines = [text("CLI_DIFF_DEPARTMENT", name=found.name, code=found.code, **counts)]
        for record in found.records:
            title = record.title or record.record[:8]
            if record.owner:
                title = f"{record.owner} / {title}"
            kind = text(f"DIFF_{record.kind}")
            line = f"  {kind}  {self.form(record.form)}  {title}"
            lines.append(line + (f"  {record.reason}" if record.reason else ""))
            for field in record.fields if record.kind == "changed" else ():
                old, new = (self.value(v, record.form, field.field) for v in (field.old, field.new))
                mark = text("CLI_DIFF_CENTRE") if field.centre else ""
                lines.append(f"      {self.field(record.form, field.field)}: {old} → {new}{mark}")
        return lines

    # Corrections

    def standing_document(self, each: CorrectionStanding) -> dict[str, Any]:
        """Return a correction for `--json`."""
        form, field = each.place.form, each.place.field
        return {
            **each.place._asdict(),
            "title": each.title,
            "state": each.state,
            "theirs": self.json(each.theirs, form, field),
            "ours": self.json(each.ours, form, field),
            "reason": each.decision.reason,
            "actor": each.decision.actor,
            "created": each.decision.created,
            "decision": each.decision.id,
            "answer": each.answer.text if each.answer is not None else "",
        }

    def standing_lines(self, each: CorrectionStanding) -> list[str]:
        """Return a correction in words."""
        place, text = each.place, self._speech.text
        lines = [
            text(
                "CLI_CORRECTION",
                state=text(f"CORRECTION_{each.state}"),
                title=each.title or place.record[:8],
                field=self.field(place.form, place.field),
                theirs=self.value(each.theirs, place.form, place.field),
                ours=self.value(each.ours, place.form, place.field),
            ),
            "  "
            + text(
                "CLI_CORRECTION_BY",
                actor=each.decision.actor,
                created=self._speech.moment(each.decision.created),
                reason=each.decision.reason,
                id=short_groups(each.decision.id, 4),
            ),
            f"  {place.department} {place.form} {place.record} {place.field}",
        ]
        if each.answer is not None and each.answer.text:
            lines.append("  " + text("CLI_CORRECTION_ANSWER", text=each.answer.text))
        return lines

    # Origins

    def origin_document(self, found: RecordOrigin) -> dict[str, Any]:
        """Return where a record comes from for `--json`."""
        form = found.owner.form
        return {
            **found.owner._asdict(),
            "first": _source_document(found.first),
            "last": _source_document(found.last),
            "values": {
                name: {
                    "value": self.json(each.value, form, name),
                    "theirs": self.json(each.theirs, form, name),
                    "source": _source_document(each.source),
                    "decision": each.decision.id if each.decision else None,
                }
                for name, each in found.values.items()
            },
        }

    def origin_lines(self, found: RecordOrigin) -> list[str]:
        """Return where each value comes from, in words."""
        form = found.owner.form
        heads = [self._speech.text(f"ORIGIN_HEAD_{h}") for h in ("FIELD", "VALUE", "SOURCE")]
        rows = [
            (self.field(form, name), self.value(each.value, form, name), self.origin(each))
            for name, each in found.values.items()
        ]
        return self._speech.table(heads, rows)

    def origin(self, each: ValueOrigin) -> str:
        """Return where one value comes from in words."""
        text = self._speech.text
        if each.decision is not None:
            said = each.decision
            return text(
                f"ORIGIN_{said.kind}", actor=said.actor, created=said.created[:10],
                reason=said.reason or "—",
            )  # fmt: skip
        if each.source is None:
            return "—"
        source = each.source
        return text(
            "ORIGIN_PACKAGE", package=source.name, signer=source.signer, round=source.round,
            created=source.created[:10],
        )  # fmt: skip


def _source_document(source: Source | None) -> dict[str, Any] | None:
    if source is None:
        return None
    return {name: getattr(source, name) for name in source.__slots__}


def place_of(store: CatalogueStore, department: str, form: str, record: str, field: str) -> Place:
    """Return a field of a department's record, named as people name it.

    Args:
        form, field: Its id, or what it is called in either language.
        record: Its name, or its id or the beginning of it, at least `SHORTEST` digits.

    Raises:
        UserError: `QUERY_FIELD`, there is no such form or field; `RECORD_UNNAMED`, none or several are called so.
    """
    known = next((f for f in store.form_set.forms if form in {f.id, f.label.zh, f.label.en}), None)
    fields = known.stored_fields if known is not None else ()
    meant = [f for f in fields if f.id == field] or [
        f for f in fields if field in {f.label.zh, f.label.en}
    ]
    if known is None or (field and len(meant) != 1):
        raise UserError("QUERY_FIELD", form=form, field=field)
    query = ListQuery(form=known.id, department=department)
    rows = store.rows(known.id, store.keys(query), [known.title])
    given = record.strip()
    found = [row.id for row in rows if str(row.values.get(known.title, "")) == given]
    if not found and len(given) >= SHORTEST:
        found = [row.id for row in rows if row.id.startswith(given.lower())]
    if len(found) != 1:
        raise UserError("RECORD_UNNAMED", given=given[:64], count=len(found))
    return Place(department, known.id, found[0], meant[0].id if field else "")
