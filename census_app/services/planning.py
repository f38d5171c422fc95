"""Plan an import: read values, pair rows with records, reject what cannot be taken, count everything.

Two passes, because a record may name another one of the same files that stands further down: first every row gets
its record, then references are read again with all names known. Nothing of a rejected row is noted anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from census_app.domain.changes import Insert, Operation, Put
from census_app.domain.records import POSITION_STEP, Record, RecordId, Unfit, Value, new_id
from census_app.errors import UserError
from census_app.formats.grouping import SheetRecord
from census_app.formats.workbook import TableContent, WorkbookContent
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import Field, Form
from census_app.formspec.offers import offer
from census_app.formspec.sentences import rule_by_id
from census_app.formspec.titles import title_of
from census_app.formspec.types import format_value, parse_value
from census_app.services.import_plan import (
    ChangedValue,
    Elsewhere,
    FormCounts,
    ImportPlan,
    PlacedRow,
    RejectedRow,
    TableNote,
    UnfitValue,
)
from census_app.services.lookup import RecordNames, context_for
from census_app.services.pairing import Pairing
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.services.row_identity import Identities, OwnerProblem, Owners, shown_values

_REFERENCES = frozenset({"reference", "references"})
_SHOWN = 60


@dataclass(slots=True)
class _Row:
    """A row that has its record.

    Attributes:
        given: Values as the row gives them.
        heard: Field → text as given, where another spelling was understood.
        supplied: Values that come from the settings.
        existing: The record it means; None for a new one, whose id is `record`.
    """

    path: Path
    form: Form
    read: SheetRecord
    parent: RecordId | None
    given: dict[str, Value]
    heard: dict[str, str]
    supplied: dict[str, Value] = field(default_factory=dict)
    existing: Record | None = None
    record: RecordId = field(default_factory=new_id)


class Planner:
    """Makes one plan.

    Args:
        store: The workspace; it is only read.
        clock: For rules that ask for the day.
        settings: Field id (or `form.field`) → text.
        same_unit: Provider names that mean this department.

    Raises:
        UserError: `IMPORT_FIELD`, `IMPORT_SETTING`.
    """

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
        self._pairings: dict[str, Pairing] = {}
        self._evaluators: dict[str, RecordEvaluator] = {}
        self._rows: list[_Row] = []
        self._operations: list[Operation] = []
        self._counts: dict[str, Counter[str]] = {}
        self._rejected: list[RejectedRow] = []
        self._changed: list[ChangedValue] = []
        self._understood: Counter[tuple[str, str, str]] = Counter()
        self._foreign: Counter[str] = Counter()
        self._tables: list[TableNote] = []
        self._notes: list[tuple[str, Mapping[str, str]]] = []
        self._unfit: list[UnfitValue] = []
        self._nearest: dict[tuple[str, str, str], str] = {}
        self._others = tuple(context_for(store, language, self._names) for language in ("zh", "en"))
        self._placed: list[PlacedRow] = []
        self._withheld: set[tuple[str, int]] = set()
        self._contents: list[tuple[Path, WorkbookContent]] = []
        self._elsewhere: list[Elsewhere] = []
        self._owners = Owners(self._form_set, self._names, self._existing)
        self._alias_units(same_unit)

    def leave(self, template: Elsewhere) -> None:
        """Note a template of others; its content is not planned."""
        self._elsewhere.append(template)

    def take(self, contents: Sequence[tuple[Path, WorkbookContent]], progress: Progress) -> None:
        """Plan all tables of all files, form by form, whatever the order of the files."""
        order = {form.id: n for n, form in enumerate(self._form_set.forms)}
        tables = [(path, table) for path, content in contents for table in content.tables]
        tables.sort(key=lambda t: order[t[1].template.form])
        self._contents += contents
        for path, content in contents:
            self._notes += [(n.code, {**n.params, "file": path.name}) for n in content.notes]
            self._settle_identities(path, content)
        for _path, table in tables:
            self._claim_codes(table)
        for path, table in tables:
            self._tables.append(_note_of(path, table))
            for number, record in enumerate(table.records):
                if number % 200 == 0:
                    progress.step(number, len(table.records), table.sheet)
                self._place_top(path, record)
        for row in self._rows:
            self._finish(row)
        self._rows.clear()

    def plan(self, paths: tuple[Path, ...]) -> ImportPlan:
        """Return the plan.

        Raises:
            UserError: `IMPORT_NOTHING`; `IMPORT_FOREIGN`, what was brought is known and none of the census.
        """
        foreign = [params for code, params in self._notes if code == "SHEET_FOREIGN"]
        if not self._tables and foreign:
            raise UserError("IMPORT_FOREIGN", **foreign[0])
        if not self._tables and not self._elsewhere:
            raise UserError("IMPORT_NOTHING", file="、".join(p.name for p in paths))
        return ImportPlan(
            files=paths,
            operations=tuple(self._operations),
            counts={form: FormCounts(**counts) for form, counts in self._counts.items()},
            rejected=tuple(self._rejected),
            changed_values=tuple(self._changed),
            unfit_values=tuple(self._unfit),
            understood=tuple((*key, n) for key, n in self._understood.most_common()),
            foreign_units=dict(self._foreign),
            tables=tuple(self._tables),
            notes=tuple(self._notes),
            placed=tuple(self._placed),
            contents=tuple(self._contents),
            withheld=frozenset(self._withheld),
            elsewhere=tuple(self._elsewhere),
        )

    # -- first pass: every row gets its record -----------------------------------------------------------------------

    def _claim_codes(self, table: TableContent) -> None:
        for read in table.records:
            form = self._form_set.form(read.form)
            pairing = self._pairing(form)
            cells = {code: read.cells[code].text for code in pairing.codes if code in read.cells}
            values = {
                code: parse_value(text, form.field_by_id(code), self._context).value
                for code, text in cells.items()
            }
            pairing.claim({code: value for code, value in values.items() if value is not None})

    def _settle_identities(self, path: Path, content: WorkbookContent) -> None:
        found = Identities()
        rows = (record for table in content.tables for record in table.records)
        meant = found.settle(rows, self._existing, lambda form: self._form_set.form(form).title)
        for record in meant:
            self._pairing(self._form_set.form(record.form)).reserve(record.id)
        for code, listed in (("ROW_COPIED", found.copies), ("ROW_UNKNOWN", found.unknown)):
            if listed:
                params = {"file": path.name, "count": str(len(listed)), **_where(listed[0])}
                self._notes.append((code, params))

    def _existing(self, form: str, identity: str) -> Record | None:
        return self._pairing(self._form_set.form(form)).by_identity(identity)

    def _place_top(self, path: Path, read: SheetRecord) -> None:
        """Place a row of a table; one of a child form that has a sheet of its own is given its owner first."""
        form = self._form_set.form(read.form)
        if not form.parent:
            self._place(path, read, None)
            return
        owner = self._owners.of(read, form)
        if isinstance(owner, OwnerProblem):
            self._rejected.append(
                RejectedRow(
                    path.name, owner.sheet, owner.cell, owner.found, owner.code, owner.expected
                )
            )
            return
        self._place(path, read, owner)

    def _place(self, path: Path, read: SheetRecord, parent: RecordId | None) -> None:
        form = self._form_set.form(read.form)
        given, heard = self._values(form, read)
        pairing = self._pairing(form)
        row = _Row(path, form, read, parent, given, heard)
        row.existing = (
            pairing.by_identity(read.identity) if read.identity else pairing.find(parent, given)
        )
        held = row.existing.values if row.existing is not None else {}
        for name, value in self._settings.get(form.id, {}).items():
            if name not in given and name not in held:
                row.supplied[name] = value
        if not self._acceptable(path, row):
            return
        if row.existing is not None:
            pairing.take(row.existing)
            row.record = row.existing.id
        self._make_known(row)
        self._rows.append(row)
        for child in read.children:
            self._place(path, child, row.record)

    def _make_known(self, row: _Row) -> None:
        title = row.given.get(row.form.title)
        if row.form.parent or not isinstance(title, str):
            return
        if row.existing is None:
            self._names.add(row.form.id, row.record, title)
        elif row.existing.values.get(row.form.title) != title:
            self._names.alias(row.form.id, row.record, title)

    def _values(self, form: Form, read: SheetRecord) -> tuple[dict[str, Value], dict[str, str]]:
        values: dict[str, Value] = {}
        heard: dict[str, str] = {}
        for target in form.stored_fields:
            cell = read.cells.get(target.id)
            if cell is None:
                continue
            context = self._context.beside(values) if target.choices_from else self._context
            parsed = parse_value(cell.text, target, context)
            if parsed.value is None:
                continue
            values[target.id] = parsed.value
            if parsed.understood:
                heard[target.id] = cell.text
        self._class_path(form, read, values)
        return values, heard

    def _class_path(self, form: Form, read: SheetRecord, values: dict[str, Value]) -> None:
        path = tuple(name for name in read.class_path if name.strip())
        target = next((f for f in form.field if f.role == "class_code"), None)
        if not path or target is None or target.id in values:
            return
        code = self._context.choices.find_path(target.choices, path)
        values[target.id] = code if code is not None else Unfit("/".join(path))

    def _acceptable(self, path: Path, row: _Row) -> bool:
        form, read = row.form, row.read
        held = row.existing.values if row.existing is not None else {}
        # Refusals first: what must not be repeated must not stand in another rejection either.
        broken = self._evaluator(form).refusals({**held, **row.given, **row.supplied})
        if broken:
            rule = rule_by_id(self._form_set, broken[0])
            name = rule.fields[0] if rule else form.title
            expected = {"zh": rule.message.zh, "en": rule.message.en} if rule else {}
            self._withhold(read)
            self._reject(path, read, name, "", broken[0], expected)
            return False
        if read.identity and row.existing is not None:
            return True  # an empty name leaves the record's own
        if form.title in row.given or any(name in row.given for name in form.identity):
            return True
        label = form.field_by_id(form.title).label
        found = next((c.text for c in read.cells.values() if c.text.strip()), "")
        expected = {"zh": f"“{label.zh}”不能为空", "en": f"“{label.en}” must not be empty"}
        self._reject(path, read, form.title, found[:_SHOWN], "IMPORT_NO_NAME", expected)
        return False

    def _withhold(self, read: SheetRecord) -> None:
        """Note the rows of a refused record: no workbook that is handed back repeats them."""
        sheet = next((c.sheet for c in read.cells.values()), "")
        children = (child.first_row for child in read.children)
        self._withheld.update((sheet, row) for row in (read.first_row, *read.rows, *children))

    def _reject(
        self,
        path: Path,
        read: SheetRecord,
        field_id: str,
        found: str,
        code: str,
        expected: Mapping[str, str],
    ) -> None:
        sheet = next((c.sheet for c in read.cells.values()), "")
        cell = read.cells[field_id].address if field_id in read.cells else f"A{read.first_row}"
        self._rejected.append(
            RejectedRow(path.name, sheet, cell, found, code, expected, _size(read))
        )

    # -- second pass: all names are known ----------------------------------------------------------------------------

    def _finish(self, row: _Row) -> None:
        self._read_references(row)
        if row.read.identity and row.existing is not None:
            self._leave_unchanged(row, row.existing)
        self._note_values(row)
        sheet = next((c.sheet for c in row.read.cells.values()), "")
        self._placed.append(
            PlacedRow(row.path, sheet, row.form.id, row.record, row.read, row.parent)
        )
        counts = self._counts.setdefault(row.form.id, Counter())
        if row.existing is None:
            self._insert(row)
            counts["new"] += 1
        else:
            counts["changed" if self._put(row, row.existing) else "unchanged"] += 1

    def _read_references(self, row: _Row) -> None:
        for name, value in row.given.items():
            target = row.form.field_by_id(name)
            if target.type not in _REFERENCES or not isinstance(value, Unfit):
                continue
            text = row.read.cells[name].text
            parsed = parse_value(text, target, self._context)
            if parsed.value is not None and not isinstance(parsed.value, Unfit):
                row.given[name] = parsed.value
                if parsed.understood:
                    row.heard[name] = text

    def _leave_unchanged(self, row: _Row, existing: Record) -> None:
        """Drop what stands there as we wrote it, whatever it would be read as; a mended further row goes first."""
        for name in list(row.given):
            target = row.form.field_by_id(name)
            shown = shown_values(existing.values, target, self._others)
            texts = [row.read.cells[name], *row.read.others.get(name, ())] if (
                name in row.read.cells
            ) else []  # fmt: skip
            changed = next((cell for cell in texts if cell.text not in shown), None)
            if texts and changed is None:
                del row.given[name]
                row.heard.pop(name, None)
            elif changed is not None and changed is not row.read.cells[name]:
                parsed = parse_value(changed.text, target, self._context.beside(row.given))
                if parsed.value is not None:
                    row.given[name] = parsed.value
                    row.read.cells[name] = changed

    def _note_values(self, row: _Row) -> None:
        for name, value in row.given.items():
            target = row.form.field_by_id(name)
            if isinstance(value, Unfit):
                self._unfit.append(self._unfit_value(row, target, value))
                if target.role == "provider":
                    self._foreign[value.text.strip()] += 1
            # Numbers lose only zeros or get rounded; saying so for each of ten thousand would bury the rest.
            elif name in row.heard and target.type not in {"decimal", "money", "integer"}:
                shown = format_value(value, target, self._context)
                self._understood[(target.label.zh, row.heard[name], shown)] += 1

    def _unfit_value(self, row: _Row, target: Field, value: Unfit) -> UnfitValue:
        cell = row.read.cells.get(target.id) or next(iter(row.read.cells.values()))
        address = cell.address if target.id in row.read.cells else f"A{row.read.first_row}"
        key = (row.form.id, target.id, value.text)
        if key not in self._nearest:  # the same slip stands in hundreds of rows
            near = offer(value.text, target, self._context)
            shown = "" if near is None else format_value(near, target, self._context)
            self._nearest[key] = shown
        label = {"zh": target.label.zh, "en": target.label.en}
        return UnfitValue(
            row.path.name, cell.sheet, address, label, value.text[:_SHOWN], self._nearest[key]
        )

    def _insert(self, row: _Row) -> None:
        position = 0
        if row.parent is not None:
            position = self._pairing(row.form).next_position(row.parent, POSITION_STEP)
        values = {**row.given, **row.supplied}
        record = Record(row.form.id, row.record, values, row.parent, position, self._unit)
        self._operations.append(Insert(record, row.heard))

    def _put(self, row: _Row, existing: Record) -> bool:
        differing: dict[str, Value | None] = {
            name: value
            for name, value in {**row.given, **row.supplied}.items()
            if existing.values.get(name) != value
        }
        if not differing:
            return False
        heard = {name: text for name, text in row.heard.items() if name in differing}
        self._operations.append(Put(row.form.id, existing.id, differing, heard))
        title = title_of(row.form, existing.values)
        for name, value in differing.items():
            target = row.form.field_by_id(name)
            old = format_value(existing.values.get(name), target, self._context)
            new = format_value(value, target, self._context)
            self._changed.append(ChangedValue(row.form.id, title, name, old, new))
        return True

    # -- look-ups ------------------------------------------------------------------------------------------------

    def _pairing(self, form: Form) -> Pairing:
        if form.id not in self._pairings:
            self._pairings[form.id] = Pairing(self._store, form)
        return self._pairings[form.id]

    def _evaluator(self, form: Form) -> RecordEvaluator:
        if form.id not in self._evaluators:
            self._evaluators[form.id] = RecordEvaluator(form, self._form_set, self._today)
        return self._evaluators[form.id]

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


def _note_of(path: Path, table: TableContent) -> TableNote:
    label = table.template.label
    return TableNote(
        file=path.name,
        sheet=table.sheet,
        template={"zh": label.zh, "en": label.en},
        form=table.template.form,
        records=len(table.records),
        unmatched=tuple(table.unmatched),
    )


def _where(read: SheetRecord) -> dict[str, str]:
    cell = next(iter(read.cells.values()), None)
    return {"sheet": "" if cell is None else cell.sheet, "cell": f"A{read.first_row}"}


def _size(read: SheetRecord) -> int:
    return 1 + sum(_size(child) for child in read.children)
