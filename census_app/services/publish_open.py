"""Give resources out as open data, or as a catalogue within the government: DCAT for harvesters, JSON lines for CKAN.

The default tells everyone what is open. A resource that was withdrawn is never open data; of those that are in some
other state, the person chooses whether all go out or only the published ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.records import Record, RecordId
from census_app.errors import UserError
from census_app.formats.ckan import CkanWriter, line
from census_app.formats.dcat import DcatFacts, DcatWriter
from census_app.formats.open_records import OpenRecord, Provider, ResourceFields
from census_app.services.ports import CatalogueStore, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.publish_source import PublishSource, Steps, publish_source
from census_app.settings.file_sets import written_together
from census_app.settings.files import atomic_write

_URL: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]{1,500}")
_OUT: Final = frozenset({"published", "changing"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What goes out.

    Attributes:
        internal: All resources with all that departments tell each other; else what is open, for everyone.
        published: Only resources that are published.
        department: Of a catalogue only this one's; empty for all.
        platform: Address of the website where the data are had; empty where it is not known.
    """

    internal: bool = False
    published: bool = False
    department: str = ""
    platform: str = ""


@dataclass(frozen=True, slots=True)
class OpenWritten:
    """What was written.

    Attributes:
        datasets: Resources that went out; `left` were left out.
        distributions: Those of them that are on the platform.
        organizations: Bodies they come from.
    """

    path: Path
    datasets: int
    left: int
    distributions: int
    organizations: int


def write_dcat(
    store: WorkspaceStore | CatalogueStore,
    path: Path,
    scope: Scope,
    *,
    progress: Progress | None = None,
) -> OpenWritten:
    """Write DCAT 3 as JSON-LD.

    Raises:
        UserError: `PUBLISH_URL`; `DEPARTMENT_UNKNOWN`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
        Cancelled: The person stopped it; no file is written.
    """
    _require_url(scope.platform)
    with publish_source(store, "zh", scope.department) as source:
        chosen = _Chosen(source, scope, progress)
        facts = source.facts
        mode = "INTERNAL" if scope.internal else "OPEN"
        said = {
            language: wording.text(
                f"PUBLISH_DCAT_{mode}", language, name=facts.name, body=facts.body
            )
            for language in wording.LANGUAGES
        }
        writer = DcatWriter(
            DcatFacts(
                iri=f"urn:census:catalog:{facts.census_id}:{facts.code or 'catalogue'}",
                title={"zh": facts.name},
                description=said,
                publisher=Provider(facts.code, facts.body),
                digest=facts.digest,
                platform=scope.platform,
                internal=scope.internal,
            ),
            chosen.fields,
            source.context,
        )
        atomic_write(path, writer.parts(chosen.records()))
    bodies = len(chosen.bodies)
    return OpenWritten(path, writer.datasets, chosen.left, writer.distributions, bodies)


def write_ckan(
    store: WorkspaceStore | CatalogueStore,
    folder: Path,
    scope: Scope,
    language: str,
    *,
    progress: Progress | None = None,
) -> OpenWritten:
    """Write `organizations.jsonl`, `groups.jsonl` and `datasets.jsonl`, to be loaded in this order.

    Args:
        language: Of labels.

    Raises:
        UserError: `PUBLISH_URL`; `FOLDER_IN_USE`; `DEPARTMENT_UNKNOWN`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
        Cancelled: The person stopped it; no file is written.
    """
    _require_url(scope.platform)
    datasets = distributions = 0
    with publish_source(store, language, scope.department) as source:
        chosen = _Chosen(source, scope, progress)
        writer = CkanWriter(
            chosen.fields, source.context, platform=scope.platform, internal=scope.internal
        )

        def lines() -> Iterator[bytes]:
            nonlocal datasets, distributions
            for each in chosen.records():
                made = writer.dataset(each)
                datasets += 1
                distributions += bool(made["resources"])
                yield line(made)

        with written_together(folder) as staging:
            atomic_write(staging / "datasets.jsonl", lines())
            owners = [Provider(c, source.departments[c]) for c in sorted(chosen.senders)]
            organizations = (line(writer.organization(each)) for each in owners)
            atomic_write(staging / "organizations.jsonl", organizations)
            atomic_write(staging / "groups.jsonl", (line(each) for each in writer.groups()))
    return OpenWritten(folder, datasets, chosen.left, distributions, len(owners))


def _require_url(text: str) -> None:
    if text and not _URL.fullmatch(text):
        raise UserError("PUBLISH_URL", given=text)


class _Chosen:
    """The resources that go out, with their items.

    Attributes:
        left: How many were left out, as far as `records` was read.
        bodies: Codes of the providers, `senders` those of the departments.
    """

    def __init__(self, source: PublishSource, scope: Scope, progress: Progress | None) -> None:
        self._source, self._scope = source, scope
        self.fields = ResourceFields(source.context.form_set)
        self._steps = Steps(progress, source.total((self.fields.form,)))
        self.left = 0
        self.bodies: set[str] = set()
        self.senders: set[str] = set()

    def records(self) -> Iterator[OpenRecord]:
        """Yield them, department by department."""
        source, form = self._source, self.fields.form
        for department, name in source.departments.items():
            items: dict[RecordId, list[Record]] | None = None
            bodies: Mapping[str, Provider] = {}
            origins = source.origins(form, department)
            for record in source.records(form, department):
                self._steps.one()
                state = source.state(form, department, record.id) or ""
                if not self._goes_out(record, state):
                    self.left += 1
                    continue
                if items is None:
                    items, bodies = self._items(department), self._bodies(department)
                own = Provider(department, name)
                provider = bodies.get(str(self.fields.answer(record, "provider")), own)
                self.bodies.add(provider.code)
                self.senders.add(department)
                origin = origins.get(record.id)
                yield OpenRecord(
                    record,
                    items.get(record.id, ()),
                    department,
                    provider,
                    state,
                    origin.package if origin is not None else "",
                    origin.created if origin is not None else "",
                )

    def _goes_out(self, record: Record, state: str) -> bool:
        if self._scope.published and state not in _OUT:
            return False
        if self._scope.internal:
            return True
        return self.fields.is_open(record) and state != "withdrawn"

    def _items(self, department: str) -> dict[RecordId, list[Record]]:
        found: dict[RecordId, list[Record]] = {}
        for item in self._source.records(self.fields.item, department):
            if item.parent is not None:
                found.setdefault(item.parent, []).append(item)
        return found

    def _bodies(self, department: str) -> dict[str, Provider]:
        """Return the bodies a department reports for, by the ids of their records."""
        form_set = self._source.context.form_set
        form, titled = form_set.by_role("department_name")
        name, code = titled.id, form_set.by_role("department_uscc")[1].id
        return {
            record.id: Provider(
                str(record.values.get(code) or department), str(record.values.get(name) or "")
            )
            for record in self._source.records(form, department)
        }
