"""Findings made of a check that fired and the column values of its record; not responsible for running checks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from census_app.domain.findings import Finding, Severity
from census_app.domain.records import RecordId, Unfit, Value
from census_app.formspec.checks import Check, reported
from census_app.formspec.model import Field, Form
from census_app.formspec.types import field_type


def values_hash(raw: Sequence[object]) -> str:
    """Return the hash of field values that an explanation is bound to (16 hex digits suffice to notice a change)."""
    text = json.dumps(list(raw), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def make_finding(
    check: Check,
    form: Form,
    fields: Mapping[str, Field],
    raw: Mapping[str, object],
    title: str,
    *,
    record: RecordId,
    params: Mapping[str, str] | None = None,
) -> Finding:
    """Return the finding of a check that fired on a record with these column values.

    Args:
        fields: The form's stored fields by id, made once by the caller: a province has a million findings.
    """
    found: dict[str, Value] = {}
    for name in (*check.fields, *check.shown):
        value = raw.get(name)
        if value is not None and name in fields and isinstance(value, (str, int, float)):
            found[name] = field_type(fields[name].type).from_db(value)
    explainable = check.severity is Severity.WARNING
    return Finding(
        rule=check.rule_id,
        severity=check.severity,
        form=form.id,
        record=record,
        fields=check.fields,
        title=title,
        check=check.name,
        params=params or {},
        found=found,
        values_sha256=values_hash([raw.get(f) for f in check.fields]) if explainable else "",
    )


def unfit_finding(form: Form, field: Field, record: RecordId, text: str, title: str) -> Finding:
    """Return the finding that a value does not fit its field (DESIGN §4, "what people gave is kept")."""
    return Finding(
        rule=reported(field, "unfit"),
        severity=Severity.ERROR,
        form=form.id,
        record=record,
        fields=(field.id,),
        title=title,
        check="unfit",
        found={field.id: Unfit(text)},
    )
