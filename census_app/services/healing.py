"""Hand an imported workbook back with its problems marked, so that it can be mended where it came from (lessons C2).

Whoever only knows Excel goes round by it: import, mend the red cells, import again. Rows are known by identity, so
nothing is taken twice, in lists of people's own too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.findings import Finding, Severity
from census_app.errors import UserError
from census_app.formats import own_marks
from census_app.formats.book_origin import BookOrigin
from census_app.formats.cells import address, column_letters, column_number
from census_app.formats.headers import normalise_header
from census_app.formats.healed_book import HealedBook, HealedSheet, Issue, healed_book
from census_app.formats.sheet_book import sheet_name
from census_app.formats.sheets import Sheet
from census_app.formats.template_book import FormRows, TemplateBook, TemplateFacts, TemplateRow
from census_app.formats.template_layout import FIRST_ROW, Column, added_column, columns_of
from census_app.formats.workbook import TableContent, TableShape, WorkbookContent
from census_app.formspec.model import Form, FormSet
from census_app.formspec.sentences import sentence
from census_app.formspec.types import format_value
from census_app.services.book_origins import round_of
from census_app.services.checking import check_workspace
from census_app.services.import_plan import ImportPlan, PlacedRow
from census_app.services.lookup import context_for
from census_app.services.national_sheet import national_heads
from census_app.services.ports import Clock, WorkspaceStore
from census_app.services.progress import Progress
from census_app.settings.files import atomic_write

SUFFIX = ".xlsx"
_HEAD_SOUGHT: Final = 12
_HEADS_ENOUGH: Final = 0.8
"""Share of the heads by which the sheet in the national layout is known again."""


@dataclass(frozen=True, slots=True)
class Healed:
    """A workbook that was written.

    Attributes:
        issues: Problems in its list; `errors` of them keep records from being handed in.
        uncommented: Cells that have only a colour, since a workbook has room for so many comments.
    """

    path: Path
    issues: int
    errors: int
    uncommented: int = 0


def require_healable(workbooks: Sequence[Path], to: Path) -> None:
    """Refuse what cannot be handed back before anything is imported.

    Raises:
        UserError: `HEAL_ONE`, several workbooks; `HEAL_SAME`, the workbook itself; `TEMPLATE_SUFFIX`.
    """
    if len(workbooks) != 1:
        raise UserError("HEAL_ONE", count=len(workbooks))
    if to.suffix.lower() != SUFFIX:
        raise UserError("TEMPLATE_SUFFIX", path=str(to))
    if to.absolute() == workbooks[0].absolute():
        raise UserError("HEAL_SAME", path=str(to))


def write_healed(
    store: WorkspaceStore,
    plan: ImportPlan,
    to: Path,
    *,
    language: str,
    clock: Clock,
    progress: Progress | None = None,
) -> Healed:
    """Check what was imported and write the workbook of an import that is done.

    Raises:
        DataProblem: `RULE_TIMEOUT`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    report = check_workspace(store, clock=clock, progress=progress)
    path, content = plan.contents[0]
    healing = _Healing(store, plan, path, content, language)
    found = [*healing.rejected(), *healing.of_findings(report.findings)]
    issues = [*sorted(found, key=healing.place), *healing.notes()]
    book = healing.book(issues)
    atomic_write(to, book.data)
    word = wording.text("HEALED_ERROR", language)
    errors = sum(issue.severity == word for issue in issues)
    return Healed(to, len(issues), errors, book.uncommented)


@dataclass(slots=True)
class _Target:
    """A sheet of the workbook, as it was read and as it will be.

    Attributes:
        tables: The tables that were read in it.
        marks: Address in the new sheet → sentences.
        rows: Of a sheet of ours, row as it was read → row as it will be.
    """

    name: str
    tables: list[TableContent] = field(default_factory=list)
    marks: dict[str, list[str]] = field(default_factory=dict)
    rows: dict[int, int] = field(default_factory=dict)

    def mark(self, cell: str, text: str) -> None:
        """Add a sentence to a cell."""
        told = self.marks.setdefault(cell, [])
        if text not in told:
            told.append(text)


class _Healing:
    def __init__(
        self,
        store: WorkspaceStore,
        plan: ImportPlan,
        path: Path,
        content: WorkbookContent,
        language: str,
    ) -> None:
        self._store = store
        self._plan = plan
        self._path = path
        self._content = content
        self._language = language
        self._context = context_for(store, language)
        self._form_set: FormSet = store.form_set
        self._placed: dict[str, PlacedRow] = {row.record: row for row in plan.placed}
        self._by_read = {id(row.read): row for row in plan.placed}
        self._targets = self._find_targets()

    def _find_targets(self) -> dict[str, _Target]:
        """Return the sheets by the names they had."""
        found: dict[str, _Target] = {}
        taken: list[str] = []
        for table in self._content.tables:
            target = found.get(table.sheet)
            if target is None:
                name = sheet_name(table.sheet, taken)
                taken.append(name)
                target = found[table.sheet] = _Target(name)
            if _is_own(table):
                target.rows = {
                    read.first_row: FIRST_ROW + n for n, read in enumerate(table.records)
                }
            target.tables.append(table)
        return found

    def place(self, issue: Issue) -> tuple[int, int, int]:
        """Return where a problem stands: sheet, row, column, as a person goes through the workbook."""
        order = [target.name for target in self._targets.values()]
        letters = issue.cell.rstrip("0123456789")
        row = issue.cell[len(letters) :]
        sheet = order.index(issue.sheet) if issue.sheet in order else len(order)
        return sheet, int(row or 0), column_number(letters) if letters else 0

    # -- problems ----------------------------------------------------------------------------------------------------

    def rejected(self) -> Iterator[Issue]:
        """Yield what was not taken at all."""
        language = self._language
        for row in self._plan.rejected:
            target = self._targets.get(row.sheet)
            cell = self._moved(target, row.cell)
            problem = row.expected.get(language, "")
            next_step = _next_step(row.code, language)
            if target is not None:
                target.mark(cell, problem)
            yield Issue(
                wording.text("HEALED_ERROR", language),
                target.name if target else row.sheet,
                cell, row.found, "", row.found, problem,
                next_step or wording.text("HEALED_NOT_TAKEN", language),
            )  # fmt: skip

    def of_findings(self, findings: Sequence[Finding]) -> Iterator[Issue]:
        """Yield what is wrong with the records of the workbook; explained warnings and notices are not worth red."""
        for finding in findings:
            row = self._placed.get(finding.record)
            explained = finding.severity is Severity.WARNING and finding.explanation is not None
            if row is None or explained or finding.severity is Severity.NOTICE:
                continue
            said = sentence(finding, self._context)
            target = self._targets.get(row.sheet)
            cell = self._cell_of(row, finding.fields)
            offer = f"{said.remedy} {said.offer}" if said.offer not in said.remedy else said.remedy
            if target is not None and cell:
                target.mark(cell, f"{said.what}\n→ {offer}")
            serious = finding.severity is not Severity.WARNING
            yield Issue(
                wording.text("HEALED_ERROR" if serious else "HEALED_WARNING", self._language),
                target.name if target else row.sheet,
                cell, finding.title, said.where, self._found(finding), said.what, offer,
            )  # fmt: skip

    def notes(self) -> Iterator[Issue]:
        """Yield what was met while reading: columns and rows that were not read, formulas without a value."""
        for code, params in self._plan.notes:
            name = params.get("sheet", "")
            target = self._targets.get(name)
            cell = self._moved(target, params.get("cell", ""))
            entry = wording.explain_code(code, self._language, params)
            yield Issue(
                wording.text("HEALED_NOTE", self._language),
                target.name if target else name,
                cell, "", "", "", entry.what, entry.next_step,
            )  # fmt: skip

    def _found(self, finding: Finding) -> str:
        form = self._form_set.form(finding.form)
        name = finding.fields[0]
        value = finding.found.get(name)
        return format_value(value, form.field_by_id(name), self._context)[:200]

    def _moved(self, target: _Target | None, cell: str) -> str:
        """Return where a cell is in the new workbook."""
        letters = cell.rstrip("0123456789")
        if target is None or not target.rows or letters == cell:
            return cell
        row = target.rows.get(int(cell[len(letters) :]))
        if row is None:
            return ""
        shown = self._shape(target, 0).keys
        first = next((c for c in sorted(shown) if shown[c] not in own_marks.COMPUTED), 0)
        return f"{column_letters(first) if letters == 'A' else letters}{row}"

    def _cell_of(self, row: PlacedRow, fields: Sequence[str]) -> str:
        """Return the cell of the first of some fields that has a column, else of the record's name."""
        target = self._targets.get(row.sheet)
        if target is None:
            return ""
        form = self._form_set.form(row.form)
        for name in (*fields, form.title):
            given = row.read.cells.get(name)
            if given is not None:
                return self._moved(target, given.address)
            for table in target.tables:
                for column, ref in table.shape.columns.items() if table.shape else ():
                    if (ref.form, ref.field) == (row.form, name):
                        return self._moved(target, address(row.read.first_row - 1, column))
        return self._moved(target, f"A{row.read.first_row}")

    @staticmethod
    def _shape(target: _Target, number: int) -> TableShape:
        shape = target.tables[number].shape
        assert shape is not None  # noqa: S101  # only cards have none, and these are not ours
        return shape

    # -- the workbook ------------------------------------------------------------------------------------------------

    def book(self, issues: Sequence[Issue]) -> HealedBook:
        """Return the workbook; `issues` have been marked by now."""
        own = [t for t in self._targets.values() if _is_own(t.tables[0])]
        others = [
            self._other(sheet.name)
            for sheet in self._content.sheets
            if own_marks.find_mark(sheet.rows) is None
        ]
        facts = self._store.facts()
        title = wording.text("HEALED_TITLE", self._language, file=self._path.name)
        template = None
        if self._content.own:
            template = TemplateBook(
                self._context,
                TemplateFacts(facts.department_code, facts.department_name, round_of(facts)),
                [self._own(target) for target in own],
                [each.sheet.name for each in others],
            )
        origin = BookOrigin(
            facts.department_code, facts.department_name, self._form_set.version, round_of(facts),
            self._language,
        )  # fmt: skip
        return healed_book(others, issues, self._language, title, origin, template)

    def _other(self, name: str) -> HealedSheet:
        found = next(each for each in self._content.sheets if each.name == name)
        sheet = self._without_withheld(found)
        target = self._targets.get(name)
        national = _national_head(sheet) if self._content.own else -1
        if target is None:
            return HealedSheet(sheet, national=national)
        shapes = [table.shape for table in target.tables if table.shape is not None]
        identities: dict[int, tuple[str, str]] = {}
        for table in target.tables:
            if table.shape is None:
                continue
            for read in table.records:
                placed = self._by_read.get(id(read))
                if placed is None:
                    continue
                for number in (read.first_row, *read.rows):
                    identities[number] = (placed.record, "")
                for child in read.children:
                    of_child = self._by_read.get(id(child))
                    several = sum(c.first_row == child.first_row for c in read.children) > 1
                    if of_child is not None and not several:
                        identities[child.first_row] = (placed.record, of_child.record)
        marks = {cell: "\n\n".join(told) for cell, told in target.marks.items()}
        return HealedSheet(sheet, shapes, identities, marks, national)

    def _without_withheld(self, sheet: Sheet) -> Sheet:
        """Return a sheet without what must not be repeated: it stays in the file of the person alone."""
        hidden = {row for name, row in self._plan.withheld if name == sheet.name}
        if not hidden:
            return sheet
        rows = [
            [""] * len(cells) if number in hidden else cells
            for number, cells in enumerate(sheet.rows, 1)
        ]
        return replace(sheet, rows=rows)

    def _own(self, target: _Target) -> FormRows:
        table = target.tables[0]
        shape = self._shape(target, 0)
        form = self._form_set.form(table.template.form)
        columns = self._columns(form, shape)
        rows = []
        given = self._without_withheld(shape.sheet).rows
        for read in table.records:
            cells = {
                key: given[read.first_row - 1][column]
                for column, key in shape.keys.items()
                if key not in own_marks.COMPUTED
            }
            # A further row may have been mended instead of the first; of our own sheets a record has one row only.
            placed = self._by_read.get(id(read))
            others = {
                place: given[read.first_row - 1][place]
                for place in range(len(shape.sheet.rows[0]))
                if place not in shape.keys and place != shape.identity
            }
            number = target.rows[read.first_row]
            keys = {column_letters(n): c.key or c.header for n, c in enumerate(columns)}
            marks = {
                keys.get(cell.rstrip("0123456789"), form.title): "\n\n".join(told)
                for cell, told in target.marks.items()
                if cell.endswith(str(number))
                and cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == str(number)
            }
            rows.append(
                TemplateRow(
                    placed.record if placed else "",
                    (placed.parent or "") if placed else "",
                    cells,
                    marks,
                    others,
                )
            )
        return FormRows(form, rows, columns, target.name)

    def _columns(self, form: Form, shape: TableShape) -> list[Column]:
        """Return the columns in the order people gave them; what they deleted of ours stands behind again."""
        owner = self._form_set.form(form.parent) if form.parent else None
        new = columns_of(form, owner, self._language)
        by_key = {column.key: column for column in new if column.key}
        identity = next(column for column in new if not column.key)
        header = shape.sheet.rows[shape.header]
        found = []
        for place, text in enumerate(header):
            key = shape.keys.get(place, "")
            if place == shape.identity:
                found.append(identity)
            elif key in by_key:
                found.append(by_key.pop(key))
            else:
                found.append(added_column(text))
        return [*found, *by_key.values()]


def _next_step(code: str, language: str) -> str:
    """Return what to do about a row that was not taken; the id of a rule has no sentence of its own."""
    return wording.explain_code(code, language, {"form": ""}).next_step if wording.has(code) else ""


def _national_head(sheet: Sheet) -> int:
    """Return the row with the heads of the national template, counted from 0, or -1: people may have moved columns."""
    wanted = {normalise_header(head) for head in national_heads()}
    for number, cells in enumerate(sheet.rows[:_HEAD_SOUGHT]):
        met = {normalise_header(cell) for cell in cells if cell} & wanted
        if len(met) >= _HEADS_ENOUGH * len(wanted):
            return number
    return -1


def _is_own(table: TableContent) -> bool:
    return table.shape is not None and bool(table.shape.keys)
