"""Import Excel lists: plan first, show what would change, then write it as one step that can be undone.

Nothing is ever replaced silently: an empty cell leaves an answer alone, a record that the file does not mention stays,
a value that does not fit is kept to the letter (DESIGN §4). Pairing with existing records is that of domain §7: the
form's identity fields in order, a name together with its occurrence number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from census_app.domain.changes import Insert, Operation, Origin, Put, Step, StepDone
from census_app.domain.records import POSITION_STEP, Record, RecordId, Unfit, Value, new_id
from census_app.errors import UserError
from census_app.formats.grouping import SheetRecord
from census_app.formats.workbook import WorkbookContent, read_workbook
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import Field, Form
from census_app.formspec.sentences import rule_by_id
from census_app.formspec.types import format_value, parse_value
from census_app.services.lookup import RecordNames, context_for, stamp
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be taken at all.

    Attributes:
        found: What stands there; empty for content that must not be repeated (SEC-1, SEC-2).
        code: Why, as in `resources/messages`; `expected` is the sentence in Chinese and English.
    """

    file: str
    sheet: str
    cell: str
    found: str
    code: str
    expected: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ChangedValue:
    """An answer of an existing record that the file gives differently."""

    form: str
    title: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class TableNote:
    """What was recognised in a sheet.

    Attributes:
        template: Label of the known template, by language.
        unmatched: Headers that no field carries.
    """

    file: str
    sheet: str
    template: Mapping[str, str]
    form: str
    records: int
    unmatched: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FormCounts:
    """What happens to the records of one form; the three add up to the records read less the rejected ones."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do; applying it writes exactly this.

    Attributes:
        counts: By form id.
        unfit: Number of values kept as given because they do not fit.
        understood: (field label, text as given, value understood) with how often, most frequent first.
        foreign_units: Names of providers in the file that are not this department, with how often.
    """

    files: tuple[Path, ...]
    operations: tuple[Operation, ...]
    counts: Mapping[str, FormCounts]
    rejected: tuple[RejectedRow, ...]
    changed_values: tuple[ChangedValue, ...]
    unfit: int
    understood: tuple[tuple[str, str, str, int], ...]
    foreign_units: Mapping[str, int]
    tables: tuple[TableNote, ...]
    notes: tuple[tuple[str, Mapping[str, str]], ...] = ()

    @property
    def new(self) -> int:
        """Records that would be added."""
        return sum(c.new for c in self.counts.values())

    @property
    def changed(self) -> int:
        """Records that would be changed."""
        return sum(c.changed for c in self.counts.values())

    @property
    def unchanged(self) -> int:
        """Records that are already as the file says."""
        return sum(c.unchanged for c in self.counts.values())


@dataclass(frozen=True, slots=True)
class ImportDone:
    """What an import did."""

    step: StepDone
    plan: ImportPlan
    snapshot: Path | None = None


def plan_import(
    store: WorkspaceStore,
    paths: Sequence[Path],
    *,
    clock: Clock,
    settings: Mapping[str, str] | None = None,
    same_unit: Sequence[str] = (),
    progress: Progress | None = None,
) -> ImportPlan:
    """Read files and say what importing them would do; nothing is written.

    Args:
        settings: Field id (or `form.field`) → text, for what a template lacks; fills empty cells of every record read.
        same_unit: Provider names in the file that mean this department.

    Raises:
        UserError: `IMPORT_FIELD`, an unknown field in `settings`; `IMPORT_NOTHING`, no table was recognised.
        DataProblem: A file is refused; the code says why.
    """
    planner = _Planner(store, clock, settings or {}, same_unit)
    progress = progress or Progress()
    contents = []
    for number, path in enumerate(paths):
        progress.step(number, len(paths), path.name)
        contents.append((path, read_workbook(path, store.form_set)))
    planner.take(contents, progress)
    return planner.plan(tuple(paths))


def apply_import(
    store: WorkspaceStore, plan: ImportPlan, *, actor: str, clock: Clock
) -> ImportDone:
    """Write a plan as one step, after a snapshot; a plan without changes writes nothing."""
    if not plan.operations:
        return ImportDone(StepDone(0, ()), plan)
    snapshot = store.snapshot("import")
    files = "、".join(p.name for p in plan.files)
    params = {"file": files, "count": str(plan.new + plan.changed)}
    step = Step("STEP_IMPORT", actor, Origin.IMPORTED, stamp(clock.now()), plan.operations, params)
    return ImportDone(store.write(step), plan, snapshot)


class _Existing:
    """The records of one form as they are, indexed by identity field and by name with occurrence number."""

    def __init__(self, store: WorkspaceStore, form: Form) -> None:
        self.records: dict[RecordId, Record] = {}
        self._by_field: dict[str, dict[object, RecordId]] = {f: {} for f in form.identity}
        self._by_name: dict[tuple[RecordId | None, str], list[RecordId]] = {}
        self.last_position: dict[RecordId | None, int] = {}
        for record in store.stream_records(form.id):
            self.records[record.id] = record
            for name, index in self._by_field.items():
                if name != form.title and record.values.get(name) is not None:
                    index.setdefault(record.values[name], record.id)
            title = _text(record.values.get(form.title))
            self._by_name.setdefault((record.parent, title), []).append(record.id)
            self.last_position[record.parent] = max(
                self.last_position.get(record.parent, 0), record.position
            )

    def find(
        self, form: Form, parent: RecordId | None, values: Mapping[str, Value], occurrence: int
    ) -> Record | None:
        for name, index in self._by_field.items():
            value = values.get(name)
            if value is not None and value in index and name != form.title:
                return self.records[index[value]]
        same = self._by_name.get((parent, _text(values.get(form.title))), [])
        return self.records[same[occurrence]] if occurrence < len(same) else None


class _Planner:
    def __init__(
        self,
        store: WorkspaceStore,
        clock: Clock,
        settings: Mapping[str, str],
        same_unit: Sequence[str],
    ) -> None:
        self._store = store
        self._form_set = store.form_set
        self._names = RecordNames(store)
        self._context = context_for(store, names=self._names)
        self._today = clock.now().date().isoformat()
        self._unit = store.facts().department_code
        self._settings = self._resolved(settings)
        self._existing: dict[str, _Existing] = {}
        self._evaluators: dict[str, RecordEvaluator] = {}
        self._operations: list[Operation] = []
        self._counts: dict[str, Counter[str]] = {}
        self._rejected: list[RejectedRow] = []
        self._changed: list[ChangedValue] = []
        self._understood: Counter[tuple[str, str, str]] = Counter()
        self._foreign: Counter[str] = Counter()
        self._tables: list[TableNote] = []
        self._notes: list[tuple[str, Mapping[str, str]]] = []
        self._occurrences: Counter[tuple[str, RecordId | None, str]] = Counter()
        self._unfit = 0
        self._alias_units(same_unit)

    def take(self, contents: Sequence[tuple[Path, WorkbookContent]], progress: Progress) -> None:
        """Plan all tables of all files, those that others refer to first, whatever the order of the files."""
        order = {form.id: n for n, form in enumerate(self._form_set.forms)}
        tables = [(path, table) for path, content in contents for table in content.tables]
        for _path, content in contents:
            self._notes += content.notes
        for path, table in sorted(tables, key=lambda t: order[t[1].template.form]):
            self._tables.append(
                TableNote(
                    path.name,
                    table.sheet,
                    {"zh": table.template.label.zh, "en": table.template.label.en},
                    table.template.form,
                    len(table.records),
                    tuple(table.unmatched),
                )
            )
            for number, record in enumerate(table.records):
                if number % 200 == 0:
                    progress.step(number, len(table.records), table.sheet)
                self._record(path, record, None)

    def plan(self, paths: tuple[Path, ...]) -> ImportPlan:
        if not self._tables:
            raise UserError("IMPORT_NOTHING", file="、".join(p.name for p in paths))
        return ImportPlan(
            files=paths,
            operations=tuple(self._operations),
            counts={form: FormCounts(**counts) for form, counts in self._counts.items()},
            rejected=tuple(self._rejected),
            changed_values=tuple(self._changed),
            unfit=self._unfit,
            understood=tuple((*key, n) for key, n in self._understood.most_common()),
            foreign_units=dict(self._foreign),
            tables=tuple(self._tables),
            notes=tuple(self._notes),
        )

    # -- one record ----------------------------------------------------------------------------------------------

    def _record(self, path: Path, read: SheetRecord, parent: RecordId | None) -> None:
        form = self._form_set.form(read.form)
        values, understood = self._values(form, read)
        if not self._acceptable(path, form, read, values):
            return
        title = _text(values.get(form.title))
        occurrence = self._occurrences[(form.id, parent, title)]
        self._occurrences[(form.id, parent, title)] += 1
        existing = self._known(form).find(form, parent, values, occurrence)
        counts = self._counts.setdefault(form.id, Counter())
        if existing is None:
            record_id = self._insert(form, parent, values, understood)
            counts["new"] += 1
        else:
            record_id = existing.id
            counts["changed" if self._put(form, existing, values, understood) else "unchanged"] += 1
        for child in read.children:
            self._record(path, child, record_id)

    def _values(self, form: Form, read: SheetRecord) -> tuple[dict[str, Value], dict[str, str]]:
        values: dict[str, Value] = {}
        understood: dict[str, str] = {}
        for target in form.stored_fields:
            cell = read.cells.get(target.id)
            if cell is None:
                continue
            name = target.id
            context = self._context.beside(values) if target.choices_from else self._context
            parsed = parse_value(cell.text, target, context)
            if parsed.value is None:
                continue
            values[name] = parsed.value
            self._note_value(target, cell.text, parsed.value)
            if parsed.understood:
                understood[name] = cell.text
                self._note_understood(target, cell.text, parsed.value)
        self._class_path(form, read, values)
        for name, value in self._settings.get(form.id, {}).items():
            values.setdefault(name, value)
        return values, understood

    def _class_path(self, form: Form, read: SheetRecord, values: dict[str, Value]) -> None:
        path = tuple(name for name in read.class_path if name.strip())
        if not path:
            return
        target = self._by_role(form, "class_code")
        if target is None or target.id in values:
            return
        code = self._context.choices.find_path(target.choices, path)
        values[target.id] = code if code is not None else Unfit("/".join(path))
        self._unfit += code is None

    def _note_value(self, target: Field, text: str, value: Value) -> None:
        if isinstance(value, Unfit):
            self._unfit += 1
            if target.role == "provider":
                self._foreign[text.strip()] += 1

    def _note_understood(self, target: Field, text: str, value: Value) -> None:
        # Numbers lose only zeros or get rounded; saying so for each of ten thousand cells would bury the rest.
        if target.type not in {"decimal", "money", "integer"}:
            self._understood[
                (target.label.zh, text, format_value(value, target, self._context))
            ] += 1

    def _acceptable(
        self, path: Path, form: Form, read: SheetRecord, values: Mapping[str, Value]
    ) -> bool:
        if values.get(form.title) is None and not any(values.get(f) for f in form.identity):
            label = form.field_by_id(form.title).label
            address = (
                read.cells[form.title].address if form.title in read.cells else f"A{read.first_row}"
            )
            found = next((c.text for c in read.cells.values() if c.text.strip()), "")
            expected = {"zh": f"“{label.zh}”不能为空", "en": f"“{label.en}” must not be empty"}
            self._reject(path, read, address, found[:60], "IMPORT_NO_NAME", expected)
            return False
        broken = self._evaluator(form).refusals(values)
        if broken:
            rule = rule_by_id(self._form_set, broken[0])
            name = rule.fields[0] if rule else form.title
            address = read.cells[name].address if name in read.cells else f"A{read.first_row}"
            expected = (
                {"zh": rule.message.zh, "en": rule.message.en} if rule else {"zh": "", "en": ""}
            )
            self._reject(path, read, address, "", broken[0], expected)
            return False
        return True

    def _reject(
        self,
        path: Path,
        read: SheetRecord,
        cell: str,
        found: str,
        code: str,
        expected: Mapping[str, str],
    ) -> None:
        sheet = next((c.sheet for c in read.cells.values()), "")
        self._rejected.append(RejectedRow(path.name, sheet, cell, found, code, expected))

    def _insert(
        self,
        form: Form,
        parent: RecordId | None,
        values: dict[str, Value],
        understood: dict[str, str],
    ) -> RecordId:
        known = self._known(form)
        position = 0
        if parent is not None:
            position = known.last_position.get(parent, 0) + POSITION_STEP
            known.last_position[parent] = position
        record = Record(form.id, new_id(), values, parent, position, self._unit)
        self._operations.append(Insert(record, understood))
        title = values.get(form.title)
        if isinstance(title, str) and not form.parent:
            self._names.add(form.id, record.id, title)
        return record.id

    def _put(
        self,
        form: Form,
        existing: Record,
        values: Mapping[str, Value],
        understood: Mapping[str, str],
    ) -> bool:
        differing: dict[str, Value | None] = {
            name: value for name, value in values.items() if existing.values.get(name) != value
        }
        if not differing:
            return False
        heard = {name: text for name, text in understood.items() if name in differing}
        self._operations.append(Put(form.id, existing.id, differing, heard))
        for name, value in differing.items():
            target = form.field_by_id(name)
            old = format_value(existing.values.get(name), target, self._context)
            new = format_value(value, target, self._context)
            title = _text(existing.values.get(form.title))
            self._changed.append(ChangedValue(form.id, title, name, old, new))
        return True

    # -- look-ups ------------------------------------------------------------------------------------------------

    def _known(self, form: Form) -> _Existing:
        if form.id not in self._existing:
            self._existing[form.id] = _Existing(self._store, form)
        return self._existing[form.id]

    def _evaluator(self, form: Form) -> RecordEvaluator:
        if form.id not in self._evaluators:
            self._evaluators[form.id] = RecordEvaluator(form, self._form_set, self._today)
        return self._evaluators[form.id]

    @staticmethod
    def _by_role(form: Form, role: str) -> Field | None:
        return next((f for f in form.field if f.role == role), None)

    def _resolved(self, settings: Mapping[str, str]) -> dict[str, dict[str, Value]]:
        found: dict[str, dict[str, Value]] = {}
        for key, text in settings.items():
            targets = list(self._targets(key))
            if not targets:
                raise UserError("IMPORT_FIELD", field=key)
            for form, target in targets:
                value = parse_value(text, target, self._context).value
                if value is None or isinstance(value, Unfit):
                    raise UserError("IMPORT_SETTING", field=target.label.zh, value=text)
                found.setdefault(form.id, {})[target.id] = value
        return found

    def _targets(self, key: str) -> Iterator[tuple[Form, Field]]:
        wanted_form, _, name = key.rpartition(".")
        for form in self._form_set.forms:
            if wanted_form in {"", form.id}:
                for target in form.stored_fields:
                    if target.id == name:
                        yield form, target

    def _alias_units(self, same_unit: Sequence[str]) -> None:
        form, _field = self._form_set.by_role("department_name")
        own = self._store.facts().department_name
        record_id = self._names.resolve(form.id, own)
        for name in same_unit:
            if record_id is not None:
                self._names.alias(form.id, record_id, name)


def _text(value: Value | None) -> str:
    return value.text if isinstance(value, Unfit) else "" if value is None else str(value)
