"""One record on paper: which of its answers stand there, under which labels, and its tables of what it consists of.

Every label comes from the form set, so a field added to a form appears on paper without a change here. Answers that do
not matter for a record are not printed, as they are not handed in; one that must be given and is not prints `—`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.records import Record, RecordId, Unfit, Unknown, Value
from census_app.formspec.evaluator import RecordEvaluator
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.types import Context, format_value
from census_app.reports.content import Blank, Column, Pair, Pairs, Table
from census_app.reports.content import Value as PrintedValue

NUMERIC: Final = frozenset({"integer", "decimal", "money"})
"""Types of fields whose columns are figures."""


def head_text(field: Field, context: Context) -> str:
    """Return a field's label with its unit."""
    label = field.label.get(context.language)
    unit = field.unit.get(context.language) if field.unit is not None else ""
    if not unit:
        return label
    return f"{label}（{unit}）" if context.language == "zh" else f"{label} ({unit})"


def shown(value: Value | None, field: Field, context: Context) -> PrintedValue:
    """Return a value as it is printed."""
    if value is None:
        return Blank.EMPTY
    if isinstance(value, Unknown):
        return Blank.UNKNOWN
    if isinstance(value, Unfit):
        return value.text
    return format_value(value, field, context) or Blank.EMPTY


class RecordPrinter:
    """Turns records of one form set into pairs and tables.

    Args:
        form_set: The forms.
        context: Language and names.
        today: The day conditions of the forms look at, `YYYY-MM-DD`.

    Attributes:
        number: Head of the column of running numbers.
    """

    def __init__(self, form_set: FormSet, context: Context, today: str) -> None:
        self._form_set = form_set
        self.context = context
        self._today = today
        self.number = wording.text("PRINT_NUMBER", context.language)
        self._evaluators: dict[str, RecordEvaluator] = {}

    def title(self, record: Record, form: Form, unnamed: str) -> str:
        """Return the name of a record, or `unnamed`."""
        title = shown(record.values.get(form.title), form.field_by_id(form.title), self.context)
        return title if isinstance(title, str) else unnamed

    def pairs(self, record: Record, form: Form, *, everything: bool = False) -> tuple[Pair, ...]:
        """Return the answers of a record but its name, in the order of the form.

        Args:
            everything: Every answer that matters, given or not; else those given, and those that must be.
        """
        asked = self._asked(record, form, everything=everything)
        return tuple(
            self._pair(record, field)
            for field in form.stored_fields
            if field.id in asked and field.id != form.title
        )

    def sections(self, record: Record, form: Form) -> Iterator[Pairs]:
        """Yield every answer that matters by section of the form, those of no section first."""
        asked = self._asked(record, form, everything=True)
        known = {section.id for section in form.section}
        titles = [("", ""), *((s.id, s.label.get(self.context.language)) for s in form.section)]
        for section, title in titles:
            pairs = tuple(
                self._pair(record, field)
                for field in form.stored_fields
                if field.id in asked
                and (field.section == section or (not section and field.section not in known))
            )
            if pairs:
                yield Pairs(pairs, title)

    def table(self, form: Form, records: Sequence[Record]) -> Table:
        """Return records of a child form as a table: numbered, with the columns that have something to say."""
        filled = {name for record in records for name in record.values}
        fields = [
            f
            for f in form.stored_fields
            if f.id in filled or f.id == form.title or (f.id in form.list and f.required)
        ]
        columns = (Column(self.number, numeric=True), *self.columns(fields, form))
        rows = tuple(
            (str(number), *(shown(r.values.get(f.id), f, self.context) for f in fields))
            for number, r in enumerate(records, 1)
        )
        return Table(columns, rows, title=(form.plural or form.label).get(self.context.language))

    def columns(self, fields: Iterable[Field], form: Form) -> tuple[Column, ...]:
        """Return the columns of fields; the one that names a record is the key."""
        return tuple(
            Column(head_text(f, self.context), numeric=f.type in NUMERIC, key=f.id == form.title)
            for f in fields
        )

    def _pair(self, record: Record, field: Field) -> Pair:
        return Pair(
            head_text(field, self.context), shown(record.values.get(field.id), field, self.context)
        )

    def _asked(self, record: Record, form: Form, *, everything: bool) -> frozenset[str]:
        if form.id not in self._evaluators:
            self._evaluators[form.id] = RecordEvaluator(form, self._form_set, self._today)
        found = self._evaluators[form.id].evaluate(record.id, record.values)
        if everything:
            return found.relevant
        # What does not fit is shown where it stands even if the answers beside it make it irrelevant: it is not lost.
        given = frozenset(
            name
            for name, value in record.values.items()
            if name in found.relevant or isinstance(value, Unfit)
        )
        return given | found.required


def by_parent(records: Iterable[Record]) -> dict[RecordId, list[Record]]:
    """Return child records by the record that owns them, in their order."""
    found: dict[RecordId, list[Record]] = {}
    for record in records:
        if record.parent is not None:
            found.setdefault(record.parent, []).append(record)
    for children in found.values():
        children.sort(key=lambda child: child.position)
    return found
