"""Hand in: check, write the complete state as a signed package, read it back, remember it.

Unfinished is a state, not a wall (DESIGN §4): records that still have errors are either mended or announced; an
announced record travels as a `pending` line with its title.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from census_app.domain.approval import Approval, ReviewAct
from census_app.domain.findings import Finding
from census_app.domain.records import Record, RecordId
from census_app.domain.review import Answer
from census_app.errors import UserError
from census_app.exchange.package import (
    ZERO_HASH,
    PackageDraft,
    RecordsFacts,
    WrittenPackage,
    encode_line,
    write_package,
)
from census_app.exchange.signers import Signer
from census_app.formspec.attachments import AttachedFile
from census_app.formspec.evaluator import RuleRun
from census_app.formspec.lines import FormLines, describe, line_values
from census_app.formspec.model import Form
from census_app.formspec.titles import title_of
from census_app.services.anchoring import anchors_of, trust_version
from census_app.services.answering import answers_to_send, deletions_said, query_items
from census_app.services.approving import approval
from census_app.services.attaching import attachments_of, packed
from census_app.services.checking import CheckReport, report_of, standing_of
from census_app.services.enrolling import describe_sender
from census_app.services.folders import make_folder
from census_app.services.going_on import require_known_chain
from census_app.services.lookup import stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.reconciling import require_settled
from census_app.services.sent_packages import newest_submission, remembered
from census_app.services.share_tally import tally_of_lines

_EXPLANATION = "explanation"

USCC_LENGTH = 18
"""Characters of a department's code; a section or second PC has two more."""
_ANSWER = "answer"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A top-level record that cannot be handed in as it stands."""

    form: str
    record: RecordId
    title: str
    errors: int


@dataclass(frozen=True, slots=True)
class ExportDone:
    """A package that was handed in.

    Attributes:
        counts: Form id → operation → number of lines.
        announced: Records that travel as announced.
        report: The check it was based on.
        before: How the hand-in stood within the department until then: who had approved it, and whether anything had
            changed since the package before.
    """

    package: WrittenPackage
    counts: Mapping[str, Mapping[str, int]]
    announced: tuple[Unfinished, ...]
    report: CheckReport
    before: Approval = Approval()  # noqa: RUF009  # frozen


def unfinished(store: WorkspaceStore, report: CheckReport) -> tuple[Unfinished, ...]:
    """Return the top-level records that block the export; an item's error counts for its owner."""
    blocking = [f for f in report.findings if f.blocks_export]
    parents = {
        form.id: store.owners(form.id, {f.record for f in blocking if f.form == form.id})
        for form in store.form_set.forms
        if form.parent
    }
    owners: dict[tuple[str, RecordId], list[Finding]] = {}
    for finding in blocking:
        form = store.form_set.form(finding.form)
        parent = parents[form.id].get(finding.record) if form.parent else None
        key = (form.parent, parent) if parent is not None else (form.id, finding.record)
        owners.setdefault(key, []).append(finding)
    found = []
    for (name, record), findings in owners.items():
        own = next((f.title for f in findings if f.record == record and f.title), "")
        found.append(Unfinished(name, record, own or _title(store, name, record), len(findings)))
    return tuple(found)


def export_package(
    store: WorkspaceStore,
    signer: Signer,
    directory: Path,
    *,
    clock: Clock,
    software: str,
    announce_unfinished: bool = False,
    progress: Progress | None = None,
    actor: str = "",
) -> ExportDone:
    """Write the next package of this workspace into a folder.

    Args:
        signer: Unlocked.
        actor: Who sits at the computer.

    Raises:
        UserError: `EXPORT_UNFINISHED` with the number of records, unless they are announced; `EXPORT_SIGNER`, the
            certificate is another department's; `EXPORT_CONFLICTS`, merges wait for decisions; `EXPORT_QUERIES` with
            the number of queries that must be answered first; `EXPORT_RESTORED`, `EXPORT_COPIED`, the file may have
            been overtaken; `EXPORT_SECTION`, a section or second PC contributes to
            its department instead; `ATTACHMENT_GONE`, the content of an attached file is missing.
        EnvironmentProblem: The file cannot be written; nothing is remembered then.
    """
    progress = progress or Progress()
    now = clock.now()
    code = store.facts().department_code
    if len(code) > USCC_LENGTH:
        raise UserError("EXPORT_SECTION", section=code, department=code[:USCC_LENGTH])
    require_settled(store)
    require_known_chain(store)
    before = approval(store)
    with store.rule_copy() as connection:
        run = RuleRun(connection, store.form_set, now.date().isoformat())
        report = report_of(standing_of(store), run.findings(progress.step), stamp(now))
        blocked = unfinished(store, report)
        if blocked and not announce_unfinished:
            raise UserError("EXPORT_UNFINISHED", count=len(blocked), first=blocked[0].title)
        answers = _answers(store, report, clock)
        lines = _Lines(store, run, report, {(b.form, b.record) for b in blocked}, answers)
        attached = lines.attached()
        written = _write(store, signer, directory, lines, attached, clock=clock, software=software)
    store.register_sent(
        replace(
            remembered(written, stamp(clock.now()), direction="sent"),
            sharing=tally_of_lines(store.form_set, lines.share_types, lines.announced_resources),
        ),
        lines.handed_in,
        ReviewAct(
            kind="handed_in",
            digest=before.digest,
            actor=actor,
            at=stamp(clock.now()),
            package=written.identity,
            announced=len(blocked),
        ),
    )
    return ExportDone(written, written.counts, blocked, report, before)


def _answers(store: WorkspaceStore, report: CheckReport, clock: Clock) -> list[Answer]:
    """Return the answers that travel; what must be answered first stops the export."""
    items = query_items(store, clock=clock, report=report)
    waiting = [item for item in items if item.waits]
    if waiting:
        first = waiting[0]
        raise UserError("EXPORT_QUERIES", count=len(waiting), first=first.title or first.query.text)
    return answers_to_send(items, stamp(clock.now()))


def _write(
    store: WorkspaceStore,
    signer: Signer,
    directory: Path,
    lines: _Lines,
    attached: Mapping[str, AttachedFile],
    *,
    clock: Clock,
    software: str,
) -> WrittenPackage:
    facts, form_set = store.facts(), store.form_set
    last = newest_submission(store)
    make_folder(directory)

    def descriptor(records: RecordsFacts) -> bytes:
        return describe(form_set, {"bytes": records.size, "sha256": records.sha256})

    draft = PackageDraft(
        type="submission",
        sender=facts.department_code,
        audience="coordinator",
        sequence=last.sequence + 1 if last else 1,
        previous=last.identity if last else ZERO_HASH,
        instance=facts.instance,
        created=clock.now(),
        form_version=form_set.version,
        trust_version=trust_version(store),
        package_json={
            **describe_sender(store, software),
            "attachments": [msgspec.to_builtins(attached[name]) for name in sorted(attached)],
        },
        files=packed(store.path, attached),
        units=anchors_of(store).units.get(facts.department_code, frozenset()),
        record_lines=lines.encoded(),
        datapackage=descriptor,
    )
    return write_package(directory, draft, signer, line_schema=FormLines(form_set))


class _Lines:
    """The complete state as canonical lines, ascending by (form, id)."""

    def __init__(
        self,
        store: WorkspaceStore,
        run: RuleRun,
        report: CheckReport,
        blocked: set[tuple[str, RecordId]],
        answers: Iterable[Answer] = (),
    ) -> None:
        self._store = store
        self._run = run
        self._blocked = blocked
        self._earlier = store.handed_in()
        self._tombstones: dict[str, dict[str, str]] = {}
        given = list(answers)
        # What somebody deleted here has its own reason; the other is about a record this file never had, or lost.
        for stone in (*deletions_said(store, given), *store.tombstones()):
            self._tombstones.setdefault(stone.form, {})[stone.record] = stone.reason
        self._reserved = {
            _EXPLANATION: self._explained(report),
            _ANSWER: self._answered(given),
        }
        self._share_form, self._share_field = store.form_set.by_role("share_type")
        self.handed_in: list[tuple[str, str]] = []
        self.share_types: Counter[object] = Counter()
        self.announced_resources = 0

    def attached(self) -> dict[str, AttachedFile]:
        """Return the files of the records that travel whole."""
        found: dict[str, AttachedFile] = {}
        for form in self._store.form_set.forms:
            if any(f.type == "attachment" for f in form.stored_fields):
                whole = (
                    r
                    for r in self._run.records(form)
                    if ((form.parent, r.parent) if form.parent else (form.id, r.id))
                    not in self._blocked
                )
                found |= attachments_of(form, whole)
        return found

    def encoded(self) -> Iterator[bytes]:
        forms: dict[str, Form | None] = {f.id: f for f in self._store.form_set.forms}
        forms |= dict.fromkeys(self._reserved)
        for form_id in sorted(forms):
            form = forms[form_id]
            yield from self._reserved[form_id] if form is None else self._of_form(form)

    def _of_form(self, form: Form) -> Iterator[bytes]:
        stones = self._tombstones.get(form.id, {})
        pending_stones = sorted(stones)
        unit = self._store.facts().department_code
        for record in self._run.records(form):
            while pending_stones and pending_stones[0] < record.id:
                gone = pending_stones.pop(0)
                yield _delete(form.id, gone, unit, stones[gone])
            line = self._line(form, record)
            if line is not None:
                yield line
        for gone in pending_stones:
            yield _delete(form.id, gone, unit, stones[gone])

    def _line(self, form: Form, record: Record) -> bytes | None:
        owner = (form.parent, record.parent) if form.parent else (form.id, record.id)
        head = {"form": form.id, "id": record.id, "unit": record.unit}
        if owner in self._blocked:
            # A child of an announced record that was never handed in has nothing to keep in force.
            if form.parent and (form.id, record.id) not in self._earlier:
                return None
            self.announced_resources += form.id == self._share_form.id
            return encode_line({**head, "op": "pending", "title": _short_title(record, form)})
        self.handed_in.append((form.id, record.id))
        values = line_values(record, form)
        if form.id == self._share_form.id:
            self.share_types[values.get(self._share_field.id)] += 1
        return encode_line({**head, "op": "put", "values": values})

    def _explained(self, report: CheckReport) -> list[bytes]:
        unit = self._store.facts().department_code
        lines: dict[str, bytes] = {}
        for finding in report.findings:
            owner = _owner(self._store, finding.form, finding.record)
            if finding.explanation is None or owner in self._blocked:
                continue
            identity = hashlib.sha256(f"{finding.record}:{finding.rule}".encode()).hexdigest()[:32]
            values = {
                "form": finding.form,
                "record": finding.record,
                "rule": finding.rule,
                "values_sha256": finding.values_sha256,
                "reason": finding.explanation,
            }
            head = {"form": _EXPLANATION, "id": identity, "unit": unit, "op": "put"}
            lines[identity] = encode_line({**head, "values": values})
        return [lines[i] for i in sorted(lines)]

    def _answered(self, answers: Iterable[Answer]) -> list[bytes]:
        unit = self._store.facts().department_code
        lines = []
        for answer in answers:
            values = dataclasses.asdict(answer)
            del values["query"]
            head = {"form": _ANSWER, "id": answer.query, "unit": unit, "op": "put"}
            lines.append(encode_line({**head, "values": values}))
        return lines


def _delete(form: str, record: str, unit: str, reason: str) -> bytes:
    line = {"form": form, "id": record, "unit": unit, "op": "delete", "reason": reason[:500]}
    return encode_line(line)


def _owner(store: WorkspaceStore, form_id: str, record: RecordId) -> tuple[str, RecordId]:
    form = store.form_set.form(form_id)
    if not form.parent:
        return form_id, record
    child = store.record(form_id, record)
    return (form.parent, child.parent) if child is not None and child.parent else (form_id, record)


def _title(store: WorkspaceStore, form_id: str, record_id: RecordId) -> str:
    record = store.record(form_id, record_id)
    return _short_title(record, store.form_set.form(form_id)) if record is not None else ""


def _short_title(record: Record, form: Form) -> str:
    return title_of(form, record.values)[:200]
