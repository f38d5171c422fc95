"""Where each value of a record comes from: the package that first said it so, its signer, its round; or a decision.

The packages of the department's chain are opened one after the other, the newest first, and each is verified again. So
nothing has to be kept beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from census_app.domain.chain import Decision
from census_app.domain.corrections import Owner
from census_app.domain.holdings import PackageFacts
from census_app.domain.records import RecordId, Value
from census_app.errors import UserError
from census_app.formspec.lines import record_from_line, value_json
from census_app.formspec.model import Form
from census_app.services.differing import round_numbers
from census_app.services.form_versions import plan_for, schema_for, upgraded_lines
from census_app.services.own_values import as_said, own_values
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.progress import Progress
from census_app.services.stored import stored_package


@dataclass(frozen=True, slots=True)
class Source:
    """A package as the origin of a value.

    Attributes:
        signer: Name in the signer's certificate; `fingerprint` is that of the key.
        created: When the department wrote it; `received_at` when it arrived. UTC.
        round: Counted from 1; a return begins the next.
    """

    identity: str
    name: str
    sequence: int
    round: int
    signer: str
    fingerprint: str
    created: str
    received_at: str


@dataclass(frozen=True, slots=True)
class ValueOrigin:
    """Where one value comes from.

    Attributes:
        value: What the catalogue shows; None when the centre emptied the field.
        source: The package since which the department has said what it says; None where it says nothing.
        theirs: What the department says; the same as `value` unless a decision put another in its place.
        decision: The one that did.
    """

    field: str
    value: Value | None
    source: Source | None
    theirs: Value | None = None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class RecordOrigin:
    """Where a record comes from.

    Attributes:
        first: The package that first carried it, and `last` the one that brought its present row.
        values: By field id, in the order of the form; fields that are empty on both sides are left out.
    """

    owner: Owner
    first: Source | None
    last: Source | None
    values: Mapping[str, ValueOrigin]


def provenance(
    catalogue: CatalogueStore,
    department: str,
    form_id: str,
    record: str,
    *,
    clock: Clock,
    progress: Progress | None = None,
) -> RecordOrigin:
    """Return where a record and each of its values come from.

    Raises:
        UserError: `RECORD_GONE`, the department has no such record.
        Refused: A stored package is no longer what was signed.
    """
    form = catalogue.form_set.form(form_id)
    shown = catalogue.department_records(form_id, department, [record]).get(RecordId(record))
    if shown is None:
        raise UserError("RECORD_GONE", form=form.label.zh)
    own = own_values(catalogue, department).get((form_id, record), {})
    theirs = as_said(shown.values, own)
    walk = _Walk(catalogue, form, record, theirs, clock)
    chain = [p for p in catalogue.packages(department) if p.state == "merged"]
    for number, package in enumerate(reversed(chain)):
        (progress or Progress()).step(number, len(chain), package.name)
        if not walk.back_to(package):
            break
    marks = catalogue.row_marks(form_id, department)
    brought = next((m.source for m in marks if m.record == record), "")
    laid = {
        each.place.field: each.decision
        for each in catalogue.laid(department)
        if (each.place.form, each.place.record) == (form_id, record)
    }
    decisions = {d.id: d for d in catalogue.decisions()} if laid else {}
    found = {
        field.id: ValueOrigin(
            field.id,
            shown.values.get(field.id),
            walk.since.get(field.id),
            theirs.get(field.id),
            decisions.get(laid.get(field.id, "")),
        )
        for field in form.stored_fields
        if field.id in shown.values or field.id in theirs
    }
    owner = Owner(department, form_id, record)
    return RecordOrigin(owner, walk.first, walk.sources.get(brought), found)


class _Walk:
    """Goes back along a chain and notes since when each value has been the same.

    Attributes:
        since: Field → the earliest package from which on every one said the present value.
        first: The earliest package that carries the record.
        sources: The packages that carry it, by identity.
    """

    def __init__(
        self,
        catalogue: CatalogueStore,
        form: Form,
        record: str,
        present: Mapping[str, Value],
        clock: Clock,
    ) -> None:
        self.since: dict[str, Source] = {}
        self.first: Source | None = None
        self.sources: dict[str, Source] = {}
        self._catalogue = catalogue
        self._form = form
        self._record = record
        self._present = {
            f.id: value_json(present[f.id], f) for f in form.stored_fields if f.id in present
        }
        self._rounds = round_numbers(catalogue)
        self._clock = clock

    def back_to(self, package: PackageFacts) -> bool:
        """Look into the package before; False when nothing earlier can matter."""
        values, source = _said_in(self._catalogue, package, self._form, self._record, self._clock)
        if values is None:
            # One that announces records may leave out what stands; else the record did not exist then.
            announces = any(ops.get("pending") for ops in package.counts.values())
            return self.first is None or announces
        source = replace(source, round=self._rounds.get(package.identity, 1))
        self.first = self.sources[package.identity] = source
        for field in self._form.stored_fields:
            if field.id not in self._present:
                continue
            if value_json(values.get(field.id), field) == self._present[field.id]:
                self.since[field.id] = source
            else:
                del self._present[field.id]
        return True


def _said_in(
    catalogue: CatalogueStore, package: PackageFacts, form: Form, record: str, clock: Clock
) -> tuple[Mapping[str, Value] | None, Source]:
    """Return what a package says of a record, None for nothing, and the package as a source."""
    plan = plan_for(catalogue, package.form_version)
    with stored_package(
        catalogue, package, clock=clock, line_schema=partial(schema_for, catalogue)
    ) as opened:
        found = None
        for line in upgraded_lines(opened.iter_records(), plan, []):
            if (line["id"], line["form"], line["op"]) == (record, form.id, "put"):
                found = record_from_line(line, form).values
        source = Source(
            package.identity,
            package.name,
            package.sequence,
            1,
            opened.certificate.name,
            opened.certificate.fingerprint,
            package.created,
            package.received_at,
        )
    return found, source
