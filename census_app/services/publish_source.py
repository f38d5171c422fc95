"""What an export reads: a catalogue's or a department's records, in an order that depends on nothing but them.

Departments come by code; records of a top-level form by id, as packages carry them; children by their owners and
places. What is not relevant is left out. Of a catalogue nothing but one department's ids is held at a time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from census_app.diagnostics import wording
from census_app.domain.corrections import Owner
from census_app.domain.records import Record, RecordId, Unfit, Value
from census_app.domain.training import is_training
from census_app.errors import UserError
from census_app.formspec.evaluator import RuleRun
from census_app.formspec.model import Form
from census_app.formspec.types import Context
from census_app.services.differing import round_numbers
from census_app.services.lookup import context_for, department_names
from census_app.services.ports import CatalogueStore, ListQuery, WorkspaceStore, as_catalogue
from census_app.services.progress import Progress
from census_app.services.record_states import RecordState, record_states

PAGE: Final = 500
_ANY_DAY: Final = "2000-01-01"
"""Relevance asks for no date; the rules that do are not run."""


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What is said of the whole.

    Attributes:
        name: Of the catalogue or the department's file; marked where it is practice.
        body: Who gives it out; `code` is that body's code, empty where a catalogue has no coordinator yet.
        digest: Of a catalogue, 64 hex; empty for a department's file.
    """

    name: str
    body: str
    code: str
    census_id: str
    form_version: str
    digest: str
    catalogue: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """The package that brought a record's row: its name, the department's round it belongs to, when it was written."""

    package: str
    round: int
    created: str


class PublishSource(Protocol):
    """Records and what is known of them beside their answers."""

    @property
    def facts(self) -> SourceFacts:
        """What is said of the whole."""

    @property
    def context(self) -> Context:
        """For showing values in the language of the export."""

    @property
    def departments(self) -> Mapping[str, str]:
        """Code → name, by code."""

    def total(self, forms: tuple[Form, ...] = ()) -> int:
        """Return how many records of some forms, or of all, there are."""

    def records(self, form: Form, department: str) -> Iterator[Record]:
        """Yield a department's records of a form."""

    def ids(self, form: Form, department: str) -> frozenset[str]:
        """Return the ids of a department's records of a form."""

    def origins(self, form: Form, department: str) -> Mapping[str, Origin]:
        """Return where a department's records of a form come from, by id; empty for a department's own file."""

    def state(self, form: Form, department: str, record: str) -> RecordState | None:
        """Return the state of a resource in the catalogue; None for other records and files."""


@contextlib.contextmanager
def publish_source(
    store: WorkspaceStore | CatalogueStore, language: str, department: str = ""
) -> Iterator[PublishSource]:
    """Give what an export reads.

    Args:
        department: Of a catalogue only this one; empty for all.

    Raises:
        UserError: `DEPARTMENT_UNKNOWN`.
    """
    catalogue = as_catalogue(store)
    if catalogue is not None:
        if department and department not in catalogue.department_codes():
            raise UserError("DEPARTMENT_UNKNOWN", department=department)
        yield _CatalogueSource(catalogue, language, department)
        return
    with store.rule_copy() as connection:  # type: ignore[union-attr]  # not a catalogue
        run = RuleRun(connection, store.form_set, _ANY_DAY)
        yield _WorkspaceSource(store, run, language)  # type: ignore[arg-type]


class Steps:
    """Counts records for a progress that stops the work where the person wants it.

    Args:
        total: Records there are to go through.
    """

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress or Progress()
        self._total, self._done = total, 0

    def one(self) -> None:
        """Count one record.

        Raises:
            Cancelled: The person stopped it.
        """
        if self._done % PAGE == 0:
            self._progress.step(self._done, self._total)
        self._done += 1


def _titled(name: str, census_id: str, language: str) -> str:
    return wording.text("PUBLISH_PRACTICE", language, name=name) if is_training(census_id) else name


class _CatalogueSource:
    def __init__(self, store: CatalogueStore, language: str, department: str) -> None:
        self._store = store
        facts = store.facts()
        self.context = context_for(store, language)
        names = department_names(store)
        codes = sorted(store.department_codes())
        self.departments = {c: names.get(c, c) for c in codes if department in {"", c}}
        self.facts = SourceFacts(
            name=_titled(facts.name, facts.census_id, language),
            body=facts.coordinator_name or store.form_set.campaign.coordinator.get(language),
            code=facts.coordinator_code,
            census_id=facts.census_id,
            form_version=facts.form_version,
            digest=store.known_digest(),
            catalogue=True,
        )
        self._stated = store.form_set.by_role("resource_code")[0].id
        self._department = department
        self._states: Mapping[Owner, RecordState] | None = None
        rounds = round_numbers(store)
        self._packages = {
            p.identity: Origin(p.name, rounds.get(p.identity, 1), p.created)
            for p in store.packages()
        }

    def total(self, forms: tuple[Form, ...] = ()) -> int:
        wanted = forms or self._store.form_set.forms
        return sum(
            self._store.count(ListQuery(form=f.id, department=self._department)) for f in wanted
        )

    def records(self, form: Form, department: str) -> Iterator[Record]:
        if form.parent:
            yield from self._store.stream_records(form.id, department)
            return
        ids = sorted(mark.record for mark in self._store.row_marks(form.id, department))
        for start in range(0, len(ids), PAGE):
            page = ids[start : start + PAGE]
            found = self._store.department_records(form.id, department, page)
            yield from (found[RecordId(each)] for each in page if each in found)

    def ids(self, form: Form, department: str) -> frozenset[str]:
        return frozenset(mark.record for mark in self._store.row_marks(form.id, department))

    def origins(self, form: Form, department: str) -> Mapping[str, Origin]:
        nowhere = Origin("", 0, "")
        return {
            mark.record: self._packages.get(mark.source, nowhere)
            for mark in self._store.row_marks(form.id, department)
        }

    def state(self, form: Form, department: str, record: str) -> RecordState | None:
        if form.id != self._stated:
            return None
        if self._states is None:
            self._states = record_states(self._store, self._department)
        return self._states.get(Owner(department, form.id, record))


class _WorkspaceSource:
    """A department's own file: its records in the order they were made, with what does not fit as it was given."""

    def __init__(self, store: WorkspaceStore, run: RuleRun, language: str) -> None:
        self._store, self._run = store, run
        facts = store.facts()
        self.context = context_for(store, language)
        self.departments = {facts.department_code: facts.department_name}
        self.facts = SourceFacts(
            name=_titled(facts.department_name, facts.census_id, language),
            body=facts.department_name,
            code=facts.department_code,
            census_id=facts.census_id,
            form_version=facts.form_version,
            digest="",
            catalogue=False,
        )

    def total(self, forms: tuple[Form, ...] = ()) -> int:
        wanted = forms or self._store.form_set.forms
        return sum(self._store.count(ListQuery(form=f.id)) for f in wanted)

    def records(self, form: Form, department: str) -> Iterator[Record]:
        del department
        asked = {record.id: record for record in self._run.records(form)}
        unfit = self._run.unfit_texts(form)
        for each in self._store.stream_records(form.id):
            record = asked.get(each.id)
            if record is None:
                continue  # made since the copy was
            given = unfit.get(each.id)
            if given:
                texts = {name: Unfit(text) for name, text in given.items()}
                values: dict[str, Value] = {**record.values, **texts}
                record = Record(form.id, each.id, values, each.parent, each.position, each.unit)
            yield record

    def ids(self, form: Form, department: str) -> frozenset[str]:
        del department
        return frozenset(record.id for record in self._run.records(form))

    def origins(self, form: Form, department: str) -> Mapping[str, Origin]:
        del form, department
        return {}

    def state(self, form: Form, department: str, record: str) -> RecordState | None:
        del form, department, record
        return None
