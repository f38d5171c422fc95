"""A Frictionless Data Package of records: what its CSV files hold, as table schemas made from the form set.

A row is named by `key`, department and record id together, since two departments may have records of one id; references
and owners are keys too, so that each is a foreign key of one column.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.records import Record, Unfit, Unknown
from census_app.formats.table_files import guarded
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.types import value_to_json

ROSTER: Final = "roster"
LISTS: Final = "choices"
LIST_COLUMNS: Final = ("list", "code", "zh", "en", "parent")

_TYPES: Final[Mapping[str, str]] = {
    "integer": "integer",
    "decimal": "number",
    "money": "number",
    "date": "date",
    "month": "yearmonth",
    "boolean": "boolean",
    "codes": "array",
    "references": "array",
}
_TEXTS: Final = frozenset({"text", "longtext", "uscc", "phone"})
_GUARD: Final = 1
"""Characters that the mark before what looks like a formula adds."""


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A file of the package as it was written."""

    name: str
    bytes: int
    sha256: str


def key_of(department: str, record: str) -> str:
    """Return what names a row."""
    return f"{department}:{record}"


def columns_of(form: Form, *, stated: bool) -> list[str]:
    """Return the heads of a form's file.

    Args:
        stated: The rows carry the state of the record in the catalogue.
    """
    first = ["key", "department", "unit_code", "id"]
    if form.parent:
        first += ["parent", "position"]
    if stated:
        first.append("state")
    fields = [
        name
        for f in form.stored_fields
        for name in ((f.id, f"{f.id}_unknown") if f.unknown else (f.id,))
    ]
    return [*first, *fields]


class RowWriter:
    """Makes the rows of one form.

    Args:
        known: Target form → ids of the department's records; a reference to another is left empty.

    Attributes:
        dangling: References that were left empty: announced records that have not been handed in.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self.dangling = 0

    def row(
        self,
        record: Record,
        department: str,
        known: Mapping[str, frozenset[str]],
        state: str | None,
    ) -> list[str]:
        """Return a record's cells, in the order of `columns_of`; `state` is None where the file has none."""
        cells = [key_of(department, record.id), department, record.unit or department, record.id]
        if self._form.parent:
            owner = key_of(department, record.parent) if record.parent else ""
            cells += [owner, str(record.position)]
        if state is not None:
            cells.append(state)
        for field in self._form.stored_fields:
            value = record.values.get(field.id)
            unknown = isinstance(value, Unknown)
            if value is None or unknown or isinstance(value, Unfit):
                cells.append("")
            else:
                cells.append(self._cell(value_to_json(value, field), field, department, known))
            if field.unknown:
                cells.append("true" if unknown else "false")
        return cells

    def _cell(
        self, raw: object, field: Field, department: str, known: Mapping[str, frozenset[str]]
    ) -> str:
        if isinstance(raw, bool):
            return "true" if raw else "false"
        if field.type == "reference":
            if str(raw) in known[field.target]:
                return key_of(department, str(raw))
            self.dangling += 1
            return ""
        if isinstance(raw, list):
            if field.type == "references":
                raw = [key_of(department, each) for each in raw]
            return json.dumps(raw, ensure_ascii=False)
        return guarded(str(raw))


def descriptor(
    form_set: FormSet,
    facts: Mapping[str, str],
    files: Iterable[PackageFile],
    language: str,
    *,
    stated: str,
) -> bytes:
    """Return `datapackage.json`.

    Args:
        facts: Top-level properties: name, title and so on.
        files: As they were written, in the order of the package.
        stated: Id of the form whose rows carry a state; empty for none.
    """
    forms = {form.id: form for form in form_set.forms}
    resources = []
    for file in files:
        form = forms.get(file.name)
        if form is not None:
            title, schema = (
                form.label.get(language),
                _schema(form, form_set, language, stated=form.id == stated),
            )
        else:
            title, schema = file.name, _FIXED[file.name]
        resources.append(
            {
                "name": file.name,
                "title": title,
                "path": f"{file.name}.csv",
                "profile": "tabular-data-resource",
                "scheme": "file",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": file.bytes,
                "hash": f"sha256:{file.sha256}",
                "schema": schema,
            }
        )
    document = {**facts, "profile": "tabular-data-package", "resources": resources}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _string(name: str, **constraints: object) -> dict[str, object]:
    field: dict[str, object] = {"name": name, "type": "string"}
    return {**field, "constraints": constraints} if constraints else field


_FIXED: Final[Mapping[str, dict[str, object]]] = {
    ROSTER: {
        "fields": [_string("code", required=True, unique=True), _string("name", required=True)],
        "primaryKey": "code",
        "missingValues": [""],
    },
    LISTS: {
        "fields": [_string(name, required=name not in {"parent", "en"}) for name in LIST_COLUMNS],
        "primaryKey": ["list", "code"],
        "missingValues": [""],
    },
}


def _schema(form: Form, form_set: FormSet, language: str, *, stated: bool) -> dict[str, object]:
    described = {f.id: _described(f, form_set, language) for f in form.stored_fields}
    fields: list[dict[str, object]] = []
    for name in columns_of(form, stated=stated):
        if name in described:
            fields.append(described[name])
        elif name == "position":
            fields.append({"name": name, "type": "integer", "constraints": {"required": True}})
        elif name.endswith("_unknown") and name.removesuffix("_unknown") in described:
            fields.append(_boolean(name))
        else:
            fields.append(_string(name, required=True))
    keys = [_foreign("department", ROSTER, "code")]
    if form.parent:
        keys.append(_foreign("parent", form.parent, "key"))
    keys += [_foreign(f.id, f.target, "key") for f in form.stored_fields if f.type == "reference"]
    return {"fields": fields, "primaryKey": "key", "foreignKeys": keys, "missingValues": [""]}


def _foreign(field: str, resource: str, target: str) -> dict[str, object]:
    return {"fields": field, "reference": {"resource": resource, "fields": target}}


def _boolean(name: str) -> dict[str, object]:
    return {"name": name, "type": "boolean", "trueValues": ["true"], "falseValues": ["false"]}


def _described(field: Field, form_set: FormSet, language: str) -> dict[str, object]:
    kind = _TYPES.get(field.type, "string")
    entry: dict[str, object] = {"name": field.id, "type": kind}
    if kind == "boolean":
        entry = _boolean(field.id)
    entry["title"] = field.label.get(language)
    if field.hint is not None:
        entry["description"] = field.hint.get(language)
    if field.unit is not None:
        entry["unit"] = field.unit.get(language)
    constraints = _constraints(field)
    if field.choices:
        choices = form_set.choice_lists[field.choices].choices
        codes = [c.code for c in choices]
        entry["categories"] = [{"value": c.code, "label": c.label(language)} for c in choices]
        if kind == "array":
            entry["arrayItem"] = {"type": "string", "constraints": {"enum": codes}}
        else:
            constraints["enum"] = codes
    if constraints:
        entry["constraints"] = constraints
    return entry


def _constraints(field: Field) -> dict[str, object]:
    found: dict[str, object] = {}
    if (
        field.required == "1"
        and not field.relevant
        and not field.unknown
        and field.type != "reference"
    ):
        found["required"] = True
    if field.max_length and field.type in _TEXTS:
        found["maxLength"] = field.max_length + _GUARD
    for name, limit in (("minimum", field.minimum), ("maximum", field.maximum)):
        if limit and _TYPES.get(field.type) in {"integer", "number"}:
            found[name] = float(limit) if "." in limit else int(limit)
    return found


def list_rows(form_set: FormSet) -> Iterable[Sequence[str]]:
    """Yield the entries of the code lists that are used, in the order of `LIST_COLUMNS`."""
    used = {f.choices for form in form_set.forms for f in form.stored_fields if f.choices}
    for name in sorted(used):
        for choice in form_set.choice_lists[name].choices:
            yield name, choice.code, choice.zh, choice.en, choice.parent
