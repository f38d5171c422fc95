"""Remove a classified value or a password that slipped in, from everywhere this computer can reach (SEC-1, SEC-2).

What has left the computer is named, never pretended to be gone: packages, copies on sticks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from census_app.domain.records import RecordId
from census_app.domain.safekeeping import Purged
from census_app.errors import UserError
from census_app.formspec.model import Field, Form, FormSet
from census_app.services.attaching import attachments_folder
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.settings.files import file_problem

_ATTACHMENT = "attachment"


@dataclass(frozen=True, slots=True)
class PurgePlan:
    """What removing a value would do; nothing is changed yet, and the value is not in here.

    Attributes:
        title: Name of the record; empty when it is deleted.
        places: Kind of place → how often it stands there: `record`, `journal`.
        since: When it was first written, UTC; empty when the journal does not say.
        snapshots: How many snapshots will be looked through.
        packages: Names of packages handed on since; they may carry it, and cannot be called back.
        copies: Where copies of the file were made since; the same holds for them.
    """

    form: str
    record: RecordId
    field: str
    title: str
    places: Mapping[str, int]
    since: str = ""
    snapshots: int = 0
    packages: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether the field says or ever said anything."""
        return bool(self.places)


def find_target(store: WorkspaceStore, record: str, field: str) -> tuple[str, RecordId, str]:
    """Return form, record and field that a person named: an id or its beginning; the field's id or label.

    Raises:
        UserError: `PURGE_RECORD`, no record, deleted ones included, or several begin so; `PURGE_FIELD`.
    """
    wanted = record.strip().lower()
    known = _records(store)
    found = sorted({key for key in known if wanted and key[1].startswith(wanted)})
    if len({record_id for _form, record_id in found}) != 1:
        raise UserError("PURGE_RECORD", record=record, count=len(found))
    form = store.form_set.form(found[0][0])
    for each in form.stored_fields:
        if field.strip() in {each.id, each.label.zh, each.label.en}:
            return form.id, found[0][1], each.id
    raise UserError("PURGE_FIELD", field=field, form=form.label.zh)


def _records(store: WorkspaceStore) -> set[tuple[str, RecordId]]:
    """Return every record there is or ever was."""
    found = {
        (form.id, record)
        for form in store.form_set.forms
        for record in store.keeping.fingerprints(form.id)
    }
    forms = {form.id for form in store.form_set.forms}
    for entry in store.journal(limit=1 << 40):
        if entry.record and entry.form in forms:
            found.add((entry.form, entry.record))
    return found


def plan_purge(store: WorkspaceStore, form: str, record: RecordId, field: str) -> PurgePlan:
    """Say where a value stands, and where it has gone already; nothing is changed."""
    traces = store.keeping.traces(form, record, field)
    title = store.titles(form).get(record, "")
    if field == store.form_set.form(form).title:
        title = ""  # the name may be the very thing
    return PurgePlan(
        form,
        record,
        field,
        title,
        traces.places,
        traces.first,
        len(store.keeping.snapshots()),
        _packages_since(store, traces.first),
        tuple(each.to for each in store.keeping.copies()),
    )


def purge(
    store: WorkspaceStore, plan: PurgePlan, *, actor: str, clock: Clock, logs: Iterable[Path] = ()
) -> Purged:
    """Empty the field and take out of file, history, snapshots and logs all it ever said; undo cannot bring it back.

    Raises:
        EnvironmentProblem: The file cannot be written.
    """
    texts = store.keeping.traces(plan.form, plan.record, plan.field).texts
    done = store.keeping.purge(
        plan.form, plan.record, plan.field, actor=actor, at=stamp(clock.now()), logs=logs
    )
    _, field = labels(store.form_set, plan.form, plan.field)
    if field.type == _ATTACHMENT:
        _remove_files(store.path, texts)
    return replace(done, packages=plan.packages, copies=plan.copies)


def _remove_files(workspace: Path, texts: Iterable[str]) -> None:
    """Remove the contents that the field named, by their hash; a record that has the same one too loses it as well.

    Raises:
        EnvironmentProblem: A file cannot be removed.
    """
    told = "\n".join(texts)
    folder = attachments_folder(workspace)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.stem in told:
            try:
                path.write_bytes(bytes(path.stat().st_size))
                path.unlink()
            except OSError as error:
                raise file_problem(error, path) from error


def _packages_since(store: WorkspaceStore, since: str) -> tuple[str, ...]:
    return tuple(
        package.name
        for package in store.packages()
        if package.direction == "sent" and (not since or package.at >= since)
    )


def labels(form_set: FormSet, form: str, field: str) -> tuple[Form, Field]:
    """Return the form and the field of a plan, for their names."""
    found = form_set.form(form)
    return found, found.field_by_id(field)
