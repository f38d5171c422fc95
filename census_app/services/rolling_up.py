"""Hand a city's whole catalogue up to the tier above, the way a department hands in: one signed submission.

Each record names its department as its unit. Lines are streamed in order, beside those of the roll-up before, so that
neither is ever held as a whole. Packages that wait here do not travel; what is merged does.
"""

from __future__ import annotations

import hashlib
import heapq
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Final, TypeAlias

from census_app.diagnostics import wording
from census_app.domain.holdings import Announced, PackageFacts
from census_app.domain.merging import Key, same
from census_app.domain.records import Record
from census_app.errors import UserError
from census_app.exchange.package import (
    ZERO_HASH,
    PackageDraft,
    RecordsFacts,
    TrustAnchors,
    VerifiedPackage,
    WrittenPackage,
    encode_line,
    open_package,
    signer_certificate,
    write_package,
)
from census_app.exchange.reserved import RESERVED_FORMS
from census_app.exchange.signers import Signer
from census_app.formspec.lines import FormLines, describe, line_values
from census_app.formspec.model import Form
from census_app.services.deciding import settle_after
from census_app.services.enrolling import describe_body
from census_app.services.folders import make_folder
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.progress import Progress
from census_app.services.stored import keep_own, stored_package

_EXPLANATION: Final = "explanation"
_TITLE: Final = 200

Entry: TypeAlias = tuple[str, str, "Record | Announced"]
"""Record id, department, and the record or what is announced of it."""


@dataclass(frozen=True, slots=True)
class RollupWritten:
    """A catalogue that was handed up.

    Attributes:
        counts: Form id → operation → number of lines.
        departments: Code → name of those whose records travel: the tier above must list them as units of the city.
        waiting: Packages of departments that wait here and did not travel.
    """

    package: WrittenPackage
    counts: Mapping[str, Mapping[str, int]]
    departments: Mapping[str, str]
    waiting: int


def write_rollup(
    catalogue: CatalogueStore,
    directory: Path,
    signer: Signer,
    *,
    clock: Clock,
    software: str,
    progress: Progress | None = None,
) -> RollupWritten:
    """Write the next roll-up of a city into a folder and keep it whole in the catalogue.

    Args:
        signer: Of `upper_tier.upper_signer_of`, unlocked.

    Raises:
        UserError: `ROLLUP_LEVEL`, the catalogue is not a city's; `NOT_ENROLLED`; `ROLLUP_EMPTY`, nothing is merged
            yet; `ROLLUP_COLLISION`, two departments have records of one identity.
        EnvironmentProblem: The file cannot be written; nothing is remembered then.
    """
    facts, upper = catalogue.facts(), catalogue.upper()
    if facts.level != "city":
        raise UserError("ROLLUP_LEVEL", name=facts.name)
    if not upper.code:
        raise UserError("NOT_ENROLLED")
    # What stands and is not in the form tables, as after a rebuild that was cut short, would go up as deleted.
    settle_after(catalogue, clock=clock, progress=progress)
    roster = catalogue.roster()
    reporting = {entry.code: entry.name for entry in roster if entry.head_sequence}
    if not reporting:
        raise UserError("ROLLUP_EMPTY")
    make_folder(directory)
    earlier = rollups(catalogue)
    with ExitStack() as open_files:
        before = (
            open_files.enter_context(_own_package(catalogue, earlier[-1].identity, clock))
            if earlier
            else None
        )
        lines = _Lines(catalogue, earlier, before, clock, progress or Progress())
        draft = _draft(catalogue, earlier, lines, clock, software)
        written = write_package(directory, draft, signer, line_schema=FormLines(catalogue.form_set))
    keep_own(catalogue, written, signer, upper.code, clock=clock)
    waiting = sum(entry.waiting_packages for entry in roster)
    return RollupWritten(written, written.counts, reporting, waiting)


def rollups(catalogue: CatalogueStore) -> list[PackageFacts]:
    """Return what this catalogue has handed up, oldest first."""
    sent = [p for p in catalogue.letters(type_="submission") if p.direction == "sent"]
    return sorted(sent, key=lambda p: p.sequence)


def _draft(
    catalogue: CatalogueStore,
    earlier: list[PackageFacts],
    lines: _Lines,
    clock: Clock,
    software: str,
) -> PackageDraft:
    facts, code, form_set = catalogue.facts(), catalogue.upper().code, catalogue.form_set

    def descriptor(records: RecordsFacts) -> bytes:
        return describe(form_set, {"bytes": records.size, "sha256": records.sha256})

    return PackageDraft(
        type="submission",
        sender=code,
        audience="coordinator",
        sequence=earlier[-1].sequence + 1 if earlier else 1,
        previous=earlier[-1].identity if earlier else ZERO_HASH,
        instance=facts.instance or "0" * 32,
        created=clock.now(),
        form_version=form_set.version,
        package_json=describe_body(catalogue, code, facts.name, software),
        units=_units(catalogue)[code],
        record_lines=lines.encoded(),
        datapackage=descriptor,
    )


def _units(catalogue: CatalogueStore) -> dict[str, frozenset[str]]:
    """Return whom this city reports for, by its code there."""
    return {catalogue.upper().code: frozenset(entry.code for entry in catalogue.roster())}


@contextmanager
def _own_package(
    catalogue: CatalogueStore, identity: str, clock: Clock
) -> Iterator[VerifiedPackage]:
    """Open a roll-up that this catalogue wrote; its certificate may have been replaced since."""
    with tempfile.TemporaryDirectory(prefix="census-") as folder:
        path = Path(folder) / "rollup.census"
        with path.open("wb") as file:
            file.writelines(catalogue.package_bytes(identity))
        trust = TrustAnchors.pinning(signer_certificate(path))
        trust = replace(trust, admitted=frozenset({identity}), units=_units(catalogue))
        with open_package(path, trust, now=clock.now(), allow_candidate=True) as package:
            yield package


class _Lines:
    """The whole catalogue as canonical lines, ascending by (form, id).

    Args:
        earlier: Roll-ups so far, oldest first.
        before: The newest of them, open; None for the first roll-up.
    """

    def __init__(
        self,
        catalogue: CatalogueStore,
        earlier: list[PackageFacts],
        before: VerifiedPackage | None,
        clock: Clock,
        progress: Progress,
    ) -> None:
        self._catalogue, self._clock, self._progress = catalogue, clock, progress
        self._before = _records(before) if before is not None else iter(())
        self._next_before = next(self._before, None)
        self._announced: dict[str, list[Announced]] = {}
        for each in catalogue.announced():
            self._announced.setdefault(each.form, []).append(each)
        self._standing = self._values_above(earlier)
        self._reasons: dict[str, Mapping[Key, str]] = {}

    def encoded(self) -> Iterator[bytes]:
        """Yield the lines; deletions of what is gone stand where the records stood."""
        forms: dict[str, Form | None] = {form.id: form for form in self._catalogue.form_set.forms}
        forms[_EXPLANATION] = None
        for number, form_id in enumerate(sorted(forms)):
            self._progress.step(number, len(forms), form_id)
            form = forms[form_id]
            for key, line in self._explained() if form is None else self._of_form(form):
                yield from self._gone(key)
                yield line
        yield from self._gone(None)

    def _of_form(self, form: Form) -> Iterator[tuple[Key, bytes]]:
        records: Iterable[Entry] = (
            (record.id, department, record)
            for department, record in self._catalogue.ascending_records(form.id)
        )
        announced: Iterable[Entry] = (
            (each.record, each.department, each) for each in self._announced.get(form.id, ())
        )
        both = heapq.merge(records, announced, key=lambda entry: entry[0])
        for identity, group in groupby(both, key=lambda entry: entry[0]):
            entries = list(group)
            self._require_one_department(form, entries)
            yield (form.id, identity), self._line(form, entries)

    def _require_one_department(self, form: Form, entries: list[Entry]) -> None:
        departments = sorted({department for _id, department, _what in entries})
        if len(departments) > 1:
            raise UserError(
                "ROLLUP_COLLISION", form=form.label.zh, record=entries[0][0],
                title=_title(form, entries), first=departments[0], second=departments[1],
            )  # fmt: skip

    def _line(self, form: Form, entries: list[Entry]) -> bytes:
        identity, department = entries[0][:2]
        head = {"form": form.id, "id": identity, "unit": department}
        record = next((what for *_, what in entries if isinstance(what, Record)), None)
        told = next((what for *_, what in entries if isinstance(what, Announced)), None)
        if record is None:
            assert told is not None  # noqa: S101  # an entry is one or the other
            return encode_line({**head, "op": "pending", "title": told.title[:_TITLE]})
        values = line_values(record, form)
        # What is announced again stays in force above as it was put; only then nothing is lost by saying so.
        if told is not None and same(self._standing.get((form.id, identity)), values):
            return encode_line({**head, "op": "pending", "title": told.title[:_TITLE]})
        return encode_line({**head, "op": "put", "values": values})

    def _values_above(self, earlier: list[PackageFacts]) -> dict[Key, Mapping[str, object]]:
        """Return what the tier above holds of the records that stand here and are announced anew."""
        wanted = {
            (form, each.record)
            for form, told in self._announced.items()
            for each in told
            if self._catalogue.record(form, each.record) is not None
        }
        found: dict[Key, Mapping[str, object]] = {}
        for facts in reversed(earlier):
            if not wanted:
                break
            with _own_package(self._catalogue, facts.identity, self._clock) as package:
                for line in _records(package):
                    key = (line["form"], line["id"])
                    if key in wanted and line["op"] != "pending":
                        wanted.discard(key)
                        found[key] = line.get("values", {})
        return found

    def _explained(self) -> Iterator[tuple[Key, bytes]]:
        lines: dict[str, bytes] = {}
        for entry in self._catalogue.roster():
            for each in self._catalogue.explained(entry.code):
                told = f"{each.record}:{each.rule}:{each.values_sha256}"
                identity = hashlib.sha256(told.encode()).hexdigest()[:32]
                values = {
                    "form": each.form,
                    "record": each.record,
                    "rule": each.rule,
                    "values_sha256": each.values_sha256,
                    "reason": each.reason,
                }
                head = {"form": _EXPLANATION, "id": identity, "unit": entry.code, "op": "put"}
                lines[identity] = encode_line({**head, "values": values})
        return (((_EXPLANATION, identity), lines[identity]) for identity in sorted(lines))

    # What is gone

    def _gone(self, upto: Key | None) -> Iterator[bytes]:
        """Yield the deletions of what the roll-up before told of, up to a key (None: to the end)."""
        while self._next_before is not None:
            line = self._next_before
            key = (line["form"], line["id"])
            if upto is not None and key > upto:
                return
            self._next_before = next(self._before, None)
            if key != upto:
                yield encode_line(
                    {
                        "form": key[0],
                        "id": key[1],
                        "unit": line["unit"],
                        "op": "delete",
                        "reason": self._reason(line)[:500],
                    }
                )

    def _reason(self, line: Mapping[str, Any]) -> str:
        """Return why a record is gone: as said before, or as its department says."""
        if line["op"] == "delete":
            return str(line["reason"])
        department = str(line["unit"])
        if department not in self._reasons:
            self._reasons[department] = self._reasons_of(department)
        told = self._reasons[department].get((line["form"], line["id"]))
        return told or " / ".join(wording.text("ROLLUP_GONE", each) for each in wording.LANGUAGES)

    def _reasons_of(self, department: str) -> Mapping[Key, str]:
        """Return the reasons of the deletions in a department's newest merged package."""
        merged = [p for p in self._catalogue.packages(department) if p.state == "merged"]
        if not merged:
            return {}
        newest = max(merged, key=lambda p: p.sequence)
        with stored_package(self._catalogue, newest, clock=self._clock) as package:
            return {
                (line["form"], line["id"]): line["reason"]
                for line in _records(package)
                if line["op"] == "delete"
            }


def _records(package: VerifiedPackage) -> Iterator[dict[str, Any]]:
    return (line for line in package.iter_records() if line["form"] not in RESERVED_FORMS)


def _title(form: Form, entries: Collection[Entry]) -> str:
    for *_, what in entries:
        if isinstance(what, Announced):
            return what.title
        value = what.values.get(form.title)
        if value is not None:
            return str(value)[:_TITLE]
    return ""
