"""A department's own catalogue on paper: every record with every answer, by chapters, and what the check says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.records import Record, RecordId
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Field, Form
from census_app.formspec.sentences import sentence
from census_app.formspec.types import Context
from census_app.reports.content import (
    Block,
    Chart,
    Column,
    DepartmentContent,
    Entry,
    Language,
    Pair,
    Printed,
    Section,
    Series,
    Table,
)
from census_app.reports.department import build_department
from census_app.services.checking import CheckReport, check_workspace
from census_app.services.letterhead import PrintWords, workspace_head
from census_app.services.lookup import context_for
from census_app.services.ports import Clock, ListQuery, RecordReader, WorkspaceStore
from census_app.services.printed_records import RecordPrinter, by_parent
from census_app.services.progress import Progress

GROUPED_BY: Final = ("class_code", "system_phase")
"""Roles of the fields by which the records of a form are put under headings, where there is more than one answer."""

_CLASS_LEVELS: Final = 2
"""Levels of a classification that name a group: 类 and 项."""
_SHORT: Final = 3
"""Records with at most so many answers, and nothing that belongs to them, stand in a table."""
_EVERY: Final = 50
"""Records between two looks whether somebody wants to stop."""


def print_department(
    store: WorkspaceStore,
    language: Language,
    *,
    clock: Clock,
    checked: CheckReport | None = None,
    progress: Progress | None = None,
) -> Printed:
    """Return the department's own catalogue.

    Args:
        checked: What the check says; the rules are run when it is not given.
        progress: Told how far it is; it may stop the work between any two pages.

    Raises:
        Cancelled: The person stopped it.
    """
    progress = progress or Progress()
    checked = checked or check_workspace(store, clock=clock, progress=progress)
    return lay_out(department_content(store, language, checked, progress), language, progress)


def lay_out(content: DepartmentContent, language: Language, progress: Progress) -> Printed:
    """Set what was read, which takes most of the time and needs no store."""
    words = PrintWords(language)

    def told(page: int) -> None:
        progress.step(page, 0, words("PRINT_STEP_PAGES", page=page))

    return build_department(content, language, progress=told)


def department_content(
    store: WorkspaceStore, language: str, checked: CheckReport, progress: Progress | None = None
) -> DepartmentContent:
    """Return what stands in it."""
    words, context = PrintWords(language), context_for(store, language)
    head = workspace_head(store, language, "PRINT_DEPARTMENT_TITLE")
    forms = [f for f in store.form_set.forms if not f.parent]
    counted = [*forms, *(f for f in store.form_set.forms if f.parent)]
    counts = [
        Pair((f.plural or f.label).get(language), str(store.count(ListQuery(form=f.id))))
        for f in counted[1:]  # of the department itself there is one
    ]
    chapters = _Chapters(store, context, words, head.as_of[:10], progress or Progress())
    return DepartmentContent(
        head=head,
        facts=(Pair(words("PRINT_FORM_SET"), store.form_set.label.get(language)),),
        counts=tuple(p for p in counts if p.value != "0"),
        overview=_overview(store, words),
        sections=tuple(chapters.of(forms)),
        findings=_findings(checked, context, words),
        signed=True,
    )


class _Chapters:
    """Makes a chapter of each form that has records."""

    def __init__(
        self,
        store: WorkspaceStore,
        context: Context,
        words: PrintWords,
        today: str,
        progress: Progress,
    ) -> None:
        self._store = store
        self._words = words
        self._progress = progress
        self._printer = RecordPrinter(store.form_set, context, today)
        self._context = context
        self._index = ChoiceIndex(store.form_set)

    def of(self, forms: Iterable[Form]) -> Iterator[Section]:
        """Yield the chapters of forms."""
        for form in forms:
            records = list(self._store.stream_records(form.id))
            if records:
                yield self._chapter(form, records)

    def _chapter(self, form: Form, records: Sequence[Record]) -> Section:
        title = (form.plural or form.label).get(self._context.language)
        children = self._store.form_set.children_of(form.id)
        if len(records) > 1 and not children and self._is_short(form, records):
            return Section(title, (self._table(form, records),))
        owned = {child.id: by_parent(self._store.stream_records(child.id)) for child in children}
        groups = self._groups(form, records)
        if len(groups) < 2:
            return Section(title, tuple(self._entries(form, records, owned)))
        return Section(
            title,
            sections=tuple(
                Section(name, tuple(self._entries(form, group, owned)))
                for name, group in groups.items()
            ),
        )

    def _is_short(self, form: Form, records: Sequence[Record]) -> bool:
        filled = {name for record in records for name in record.values}
        return len(filled - {form.title}) <= _SHORT

    def _table(self, form: Form, records: Sequence[Record]) -> Table:
        table = self._printer.table(form, records)
        return Table(table.columns, table.rows)  # the chapter says already what they are

    def _groups(self, form: Form, records: Sequence[Record]) -> Mapping[str, list[Record]]:
        """Return the records under the names of their groups, in the order of the list the groups are from."""
        field = next((f for f in form.stored_fields if f.role in GROUPED_BY), None)
        if field is None:
            return {}
        name_of = self._grouping(field)
        found: dict[tuple[int, str], list[Record]] = {}
        for record in records:
            found.setdefault(name_of(record), []).append(record)
        return {name: found[order, name] for order, name in sorted(found)}

    def _grouping(self, field: Field) -> Callable[[Record], tuple[int, str]]:
        choices = self._context.form_set.choice_lists[field.choices].choices
        order = {choice.code: number for number, choice in enumerate(choices)}
        language = self._context.language

        def name_of(record: Record) -> tuple[int, str]:
            code = record.values.get(field.id)
            path = self._index.path(field.choices, code) if isinstance(code, str) else ()
            if not path:
                return len(order), self._words("PRINT_NOT_GIVEN")
            path = path[:_CLASS_LEVELS]
            return order[path[-1].code], " · ".join(each.label(language) for each in path)

        return name_of

    def _entries(
        self,
        form: Form,
        records: Sequence[Record],
        owned: Mapping[str, Mapping[RecordId, list[Record]]],
    ) -> Iterator[Entry]:
        label = (form.plural or form.label).get(self._context.language)
        for number, record in enumerate(records):
            if number % _EVERY == 0:
                self._progress.step(number, len(records), label)
            tables = tuple(
                self._printer.table(self._store.form_set.form(child), rows[record.id])
                for child, rows in owned.items()
                if rows.get(record.id)
            )
            name = self._printer.title(record, form, self._words("PRINT_UNNAMED"))
            yield Entry(name, self._printer.pairs(record, form), tables)


def _overview(store: WorkspaceStore, words: PrintWords) -> tuple[Block, ...]:
    counted = _by_share_type(store, words)
    _form, field = store.form_set.by_role("share_type")
    columns = (
        Column(field.label.get(words.language), key=True),
        Column(words("PRINT_RESOURCES"), numeric=True),
    )
    rows = tuple((label, wording.grouped(number)) for label, number in counted)
    table = Table(columns, rows, title=words("PRINT_BY_SHARE_TYPE"))
    figures = tuple(Decimal(number) for _label, number in counted)
    labels = tuple(label for label, _number in counted)
    chart = Chart(words("PRINT_SHARE_CHART"), labels, (Series(words("PRINT_RESOURCES"), figures),))
    return (table, chart) if any(figures) else (table,)


def _by_share_type(store: RecordReader, words: PrintWords) -> list[tuple[str, int]]:
    """Return how many resources there are of each sharing type, and how many say none."""
    form, field = store.form_set.by_role("share_type")
    rows: list[tuple[str, int]] = []
    for choice in store.form_set.choice_lists[field.choices].choices:
        number = store.count(ListQuery(form.id, equals={field.id: choice.code}))
        rows.append((choice.label(words.language), number))
    total = store.count(ListQuery(form.id))
    given = sum(number for _label, number in rows)
    if total > given:
        rows.append((words("PRINT_NOT_GIVEN"), total - given))
    return rows


def _findings(checked: CheckReport, context: Context, words: PrintWords) -> tuple[Block, ...]:
    columns = (
        Column(words("PRINT_FINDING_RULE"), key=True),
        Column(words("PRINT_FINDING_KIND")),
        Column(words("PRINT_FINDING_COUNT"), numeric=True),
        Column(words("PRINT_FINDING_FIRST")),
    )
    rows = []
    for rule, findings in checked.by_rule():
        told = sentence(findings[0], context)
        severity = words(f"SEVERITY_{findings[0].severity.value}")
        first = f"{findings[0].title}: {told.what}" if findings[0].title else told.what
        rows.append((rule, severity, wording.grouped(len(findings)), first))
    if not rows:
        return ()
    return (Table(columns, tuple(rows), title=words("PRINT_FINDINGS")),)
