"""Remove a classified value or a password that slipped in, from everywhere this computer can reach (SEC-1, SEC-2).

What has left the computer is named, never pretended to be gone: packages, copies on sticks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from census_app.domain.records import RecordId
from census_app.domain.safekeeping import Purged
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.titles import title_of
from census_app.services.attaching import files_of, lent_copies
from census_app.services.lookup import stamp
from census_app.services.naming import Named, records_of, removed_of, the_field, the_record
from census_app.services.ports import Clock, WorkspaceStore
from census_app.settings.beside import attachments_folder
from census_app.settings.files import erase

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
        earlier: Name of the last round's file or package, when it came from there; it and its packages may carry it.
        kept: Names of records that name the same attached file, whose content therefore stays.
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
    earlier: str = ""
    kept: tuple[str, ...] = ()

    @property
    def found(self) -> bool:
        """Whether the field says or ever said anything."""
        return bool(self.places)


def find_target(store: WorkspaceStore, record: str, field: str) -> tuple[str, RecordId, str]:
    """Return form, record and field that a person named: an id or its beginning, a name; the field's id or label.

    Raises:
        UserError: `RECORD_UNKNOWN`, `RECORD_SEVERAL`, among all records there are or ever were; `FIELD_LABEL_UNKNOWN`,
            `FIELD_LABEL_SEVERAL`, among those whose answers are stored.
    """
    found = the_record(_records(store), record)
    form = store.form_set.form(found.form)
    stored = ((form, each) for each in form.stored_fields)
    return form.id, found.record, the_field(stored, field)


def _records(store: WorkspaceStore) -> Iterator[Named]:
    """Yield every record there is or ever was; one whose making was undone has no name any more."""
    forms = store.form_set.forms
    yield from records_of(store, forms)
    yield from removed_of(store, forms)
    known = {form.id for form in forms}
    for entry in store.journal(limit=1 << 40):
        if entry.record and entry.form in known:
            yield Named(entry.form, entry.record)


def plan_purge(store: WorkspaceStore, form: str, record: RecordId, field: str) -> PurgePlan:
    """Say where a value stands, and where it has gone already; nothing is changed."""
    traces = store.keeping.traces(form, record, field)
    title = store.titles(form).get(record, "")
    if field == store.form_set.form(form).title:
        title = ""  # the name may be the very thing
    last = store.last_round() if traces.carried else None
    plan = PurgePlan(
        form,
        record,
        field,
        title,
        traces.places,
        traces.first,
        len(store.keeping.snapshots()),
        # What came with the last round may be in any package of it.
        _packages_since(store, "" if traces.carried else traces.first),
        tuple(each.to for each in store.keeping.copies()),
        earlier=last.name if last is not None else "",
    )
    kept = _still_named(store, plan, traces.texts)
    return replace(plan, kept=tuple(sorted({name for names in kept.values() for name in names})))


def purge(
    store: WorkspaceStore,
    plan: PurgePlan,
    *,
    actor: str,
    clock: Clock,
    logs: Iterable[Path] = (),
    opened: Path | None = None,
) -> Purged:
    """Empty the field and take out of file, history, snapshots and logs all it ever said; undo cannot bring it back.

    Attached files go first: when one cannot be removed, everything still knows its name, and it can be tried again.

    Args:
        logs: Log files to be cleaned.
        opened: Where copies of attached files lie that were opened to be looked at.

    Raises:
        EnvironmentProblem: The file, or one that is attached, cannot be written.
    """
    texts = store.keeping.texts_ever(plan.form, plan.record, plan.field)
    kept = _still_named(store, plan, texts)
    if _is_attachment(store, plan):
        _remove_files(store.path, texts, kept, opened)
    done = store.keeping.purge(
        plan.form,
        plan.record,
        plan.field,
        actor=actor,
        at=stamp(clock.now()),
        logs=logs,
        known=texts,
    )
    return replace(
        done,
        packages=plan.packages,
        copies=plan.copies,
        earlier=plan.earlier,
        kept=tuple(sorted({name for names in kept.values() for name in names})),
    )


def _is_attachment(store: WorkspaceStore, plan: PurgePlan) -> bool:
    return labels(store.form_set, plan.form, plan.field)[1].type == _ATTACHMENT


def _still_named(
    store: WorkspaceStore, plan: PurgePlan, texts: Iterable[str]
) -> dict[str, set[str]]:
    """Return, by the hash of an attached file that the field names or named, the other records that name it too."""
    found: dict[str, set[str]] = {}
    if not _is_attachment(store, plan):
        return found
    told = "\n".join(texts)
    for form in store.form_set.forms:
        fields = [field for field in form.stored_fields if field.type == _ATTACHMENT]
        for record in store.stream_records(form.id) if fields else ():
            for field in fields:
                if (form.id, record.id, field.id) == (plan.form, plan.record, plan.field):
                    continue
                for file in files_of(record, field.id):
                    if file.sha256 in told:
                        found.setdefault(file.sha256, set()).add(title_of(form, record.values))
    return found


def _remove_files(
    workspace: Path, texts: Iterable[str], kept: Collection[str], opened: Path | None
) -> None:
    """Remove the contents that the field named, by their hash, but for those that are `kept`; copies of all of them.

    Raises:
        EnvironmentProblem: A file cannot be removed.
    """
    told = "\n".join(texts)
    folder = attachments_folder(workspace)
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.stem not in told:
            continue
        for copy in lent_copies(opened, path.stem) if opened is not None else ():
            erase(copy)
        if path.stem not in kept:
            erase(path)


def elsewhere(told: PurgePlan | Purged) -> list[tuple[str, tuple[str, ...]]]:
    """Return where it may be beyond reach, and what stays for others: code of a sentence, names in it."""
    of_last_round = (told.earlier,) if told.earlier else ()
    told_of = (
        ("PURGE_PACKAGES", told.packages),
        ("PURGE_EARLIER", of_last_round),
        ("PURGE_COPIES", told.copies),
        ("PURGE_KEPT", told.kept),
    )
    return [(code, names) for code, names in told_of if names]


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
