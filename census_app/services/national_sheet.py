"""Write a catalogue, or a department's resources, in the national template of 53 columns (S-12).

One row is one data item with its resource beside it; a resource without items has a row of its own. What the template
does not know is said: an unknown census number becomes 0 there. Heads are data (`resources/templates/national.toml`);
which field stands under a head is found as an import finds it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path
from typing import Final

from census_app.assets import resource
from census_app.domain.records import Record, RecordId, Unknown, Value, Values
from census_app.errors import BugError
from census_app.formats.book_parts import ROWS_A_SHEET
from census_app.formats.cells import column_letters
from census_app.formats.headers import HeaderMap, normalise_header
from census_app.formats.table_files import Layout, write_table
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Field, Form, FormSet
from census_app.formspec.types import Context, format_value
from census_app.services.lookup import context_for
from census_app.services.ports import CatalogueStore, WorkspaceStore, as_catalogue

_ZERO: Final = "0"
_UNCONDITIONAL: Final = "1"
"""Code of the sharing type that knows no condition."""


@dataclass(frozen=True, slots=True)
class NationalWritten:
    """A sheet that was written.

    Attributes:
        resources: Rows of how many resources; `rows` in all.
        unknown: Census numbers that are unknown and stand as 0 in the sheet.
        hidden: Resources whose every item is shared otherwise: their own answers have no row to stand in.
    """

    path: Path
    resources: int
    rows: int
    unknown: int
    hidden: int = 0


@lru_cache(maxsize=1)
def _template() -> Mapping[str, object]:
    text = resource("templates", "national.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _heads(part: str) -> tuple[str, ...]:
    found = _template()[part]
    assert isinstance(found, list)  # noqa: S101  # our own file
    return tuple(str(head) for head in found)


def national_title() -> str:
    """Return what stands above the heads."""
    return str(_template()["title"])


def national_heads(between: str = "") -> tuple[str, ...]:
    """Return the 53 heads, each with its mark of obligation.

    Args:
        between: What stands between head and mark: the template has a line break.
    """
    optional = {*_heads("may_be_left_out"), *_heads("classes")[2:]}
    flat = [
        h for part in ("classes", "resource", "census", "item", "sharing") for h in _heads(part)
    ]
    marks = {True: str(_template()["optional"]), False: str(_template()["required"])}
    return tuple(f"{head}{between}{marks[head in optional]}" for head in flat)


def national_layout() -> Layout:
    """Return the three rows of heads of the template: a title, then heads merged over two rows but for one group."""
    leaves = national_heads("\n")
    first = len(_heads("classes")) + len(_heads("resource"))
    behind = first + len(_heads("census"))
    inside = range(first, behind)
    width = len(leaves)
    title = (str(_template()["heading"]), *[""] * (width - 1))
    upper = tuple("" if n in inside else leaf for n, leaf in enumerate(leaves))
    upper = (*upper[:first], str(_template()["group"]), *upper[first + 1 :])
    lower = tuple(leaf if n in inside else "" for n, leaf in enumerate(leaves))
    merges = [
        f"A1:{column_letters(width - 1)}1",
        f"{column_letters(first)}2:{column_letters(behind - 1)}2",
    ]
    merges += [
        f"{column_letters(n)}2:{column_letters(n)}3" for n in range(width) if n not in inside
    ]
    return Layout((title, upper, lower), tuple(merges))


def write_national(
    path: Path, store: WorkspaceStore | CatalogueStore, department: str = ""
) -> NationalWritten:
    """Write the sheet as `.xlsx` or `.csv` by the suffix of the path.

    Args:
        department: Only this department's resources, of a catalogue.

    Raises:
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
    """
    sheet = _Sheet(store)
    words = (str(_template()["dictionary"]), sheet.dictionary())
    layout = national_layout()
    # Rows that differ are one resource still: its name is merged over them.
    name, first = column_letters(len(_heads("classes"))), len(layout.heads) + 1
    runs = (f"{name}{first + a}:{name}{first + b}" for a, b in sheet.runs if a < b < ROWS_A_SHEET)
    layout = replace(layout, runs=runs, sheets=(words,))
    widths, rows = [16] * len(national_heads()), sheet.rows(department)
    write_table(path, national_title(), national_heads(), rows, widths, layout)
    return NationalWritten(path, sheet.resources, sheet.written, sheet.unknown, sheet.hidden)


class _Sheet:
    def __init__(self, store: WorkspaceStore | CatalogueStore) -> None:
        self._store = store
        form_set = store.form_set
        self._context = context_for(store, "zh")
        self._resource = form_set.by_role("resource_name")[0]
        self._item = form_set.by_role("item_name")[0]
        self._columns = _Columns(form_set)
        self.resources = self.unknown = self.hidden = self.written = 0
        self.runs: list[tuple[int, int]] = []

    def rows(self, department: str) -> Iterator[tuple[str, ...]]:
        """Yield the rows, department by department."""
        catalogue = as_catalogue(self._store)
        if catalogue is None:
            yield from self._rows_of("")
            return
        for code in sorted(catalogue.department_codes()):
            if not department or code == department:
                yield from self._rows_of(code)

    def dictionary(self) -> tuple[tuple[str, ...], ...]:
        """Return what may stand in the columns with lists, and who may provide: a column each, heads first."""
        columns: list[list[str]] = []
        for field in self._columns.listed():
            entries = self._store.form_set.choice_lists[field.choices].choices
            labels = [self._context.choices.label(field.choices, e.code, "zh") for e in entries]
            if field.choices_from:
                owner = self._columns.beside(field)
                above = [
                    self._context.choices.label(owner.choices, e.parent, "zh") for e in entries
                ]
                columns.append([owner.label.zh, *above])
            columns.append([field.label.zh, *labels])
        provider = self._columns.provider
        names = sorted(set(self._store.titles(provider.target).values()))
        columns.append([provider.label.zh, *names])
        return tuple(zip_longest(*columns, fillvalue=""))

    def _rows_of(self, department: str) -> Iterator[tuple[str, ...]]:
        items: dict[RecordId, list[Record]] = {}
        for item in self._stream(self._item, department):
            if item.parent is not None:
                items.setdefault(item.parent, []).append(item)
        for record in self._stream(self._resource, department):
            self.resources += 1
            numbers = (record.values.get(field.id) for field in self._columns.census)
            self.unknown += sum(isinstance(number, Unknown) for number in numbers)
            own = items.get(record.id, [])
            # Who reads the sheet takes a resource's answers from its first row.
            own.sort(key=self._columns.answers_itself)
            self.hidden += bool(own) and self._columns.answers_itself(own[0])
            if own and self._columns.answers_itself(own[-1]):
                self.runs.append((self.written, self.written + len(own) - 1))
            self.written += max(1, len(own))
            yield from self._of_resource(record, own)

    def _stream(self, form: Form, department: str) -> Iterator[Record]:
        if as_catalogue(self._store) is not None:
            return self._store.stream_records(form.id, department)
        return self._store.stream_records(form.id)

    def _of_resource(self, record: Record, items: Sequence[Record]) -> Iterator[tuple[str, ...]]:
        """Yield the rows of a resource; what they have in common is made once."""
        columns, beside = self._columns, self._context.beside(record.values)
        before = [*columns.classes(record, self._context)]
        before += [self._text(record.values.get(f.id), f, beside) for f in columns.resource]
        before += [self._number(record.values.get(f.id), f, beside) for f in columns.census]
        shared = self._shared(record, {}, beside)
        if not items:
            yield (*before, *[""] * len(columns.item), *shared)
        for item in items:
            own = self._context.beside(item.values)
            cells = [self._text(item.values.get(f.id), f, own) for f in columns.item]
            its_own = columns.answers_itself(item)
            said = self._shared(record, item.values, beside) if its_own else shared
            yield (*before, *cells, *said)

    def _shared(self, record: Record, item: Values, beside: Context) -> list[str]:
        said = self._columns.sharing_of(record.values, item)
        return [self._text(value, field, beside) for value, field in said]

    def _number(self, value: Value | None, field: Field, context: Context) -> str:
        return _ZERO if isinstance(value, Unknown) else self._text(value, field, context)

    @staticmethod
    def _text(value: Value | None, field: Field, context: Context) -> str:
        return format_value(value, field, context) if value is not None else ""


class _Columns:
    """Which field stands under which head.

    Attributes:
        sharing: Field of the resource, and the field of the item that goes before it where an item answers itself.
    """

    def __init__(self, form_set: FormSet) -> None:
        self._form_set = form_set
        self._map = HeaderMap(form_set)
        self._main = form_set.by_role("resource_name")[0]
        self._child = form_set.by_role("item_name")[0]
        self._class = form_set.by_role("class_code")[1]
        self._classes = {c.code: c for c in form_set.choice_lists[self._class.choices].choices}
        self._width = len(_heads("classes"))
        self.resource = [self._field(head, self._main) for head in _heads("resource")]
        self.census = [self._field(head, self._main) for head in _heads("census")]
        self.item = [self._field(head, self._child) for head in _heads("item")]
        self._share_type = form_set.by_role("share_type")[1]
        own = {f.role: f for f in self._child.field if f.role}
        self.sharing = [
            (field, own.get(f"item_{field.role}"))
            for field in (self._field(head, self._main) for head in _heads("sharing"))
        ]

    def answers_itself(self, item: Record) -> bool:
        """Say whether an item is shared or opened otherwise than its resource says."""
        return any(own is not None and own.id in item.values for _field, own in self.sharing)

    @property
    def provider(self) -> Field:
        """Who provides a resource."""
        return self._form_set.by_role("provider")[1]

    def listed(self) -> list[Field]:
        """Return the fields with lists, without those whose list a dependent one repeats."""
        fields = [*self.resource, *self.item, *(field for field, _own in self.sharing)]
        coded = [f for f in fields if f.type == "code"]
        owners = {f.choices_from for f in coded}
        return [f for f in coded if f.id not in owners]

    def beside(self, field: Field) -> Field:
        """Return the field whose answer a dependent list follows."""
        return self._main.field_by_id(field.choices_from)

    def sharing_of(self, resource: Values, item: Values) -> list[tuple[Value | None, Field]]:
        """Return the answers about sharing that hold for an item, each with the field it was given to.

        The resource's condition speaks of the resource's sharing: an item shared otherwise has its own, or none.
        """
        found: dict[str, tuple[Value | None, Field]] = {}
        for field, instead in self.sharing:
            own = item.get(instead.id) if instead is not None else None
            given = resource.get(field.id)
            if own is not None and instead is not None:
                found[field.role or field.id] = own, instead
            else:
                found[field.role or field.id] = given, field
        (kind, asked), (condition, words) = found["share_type"], found["share_condition"]
        if asked.role == "item_share_type" and kind != resource.get(self._share_type.id):
            if words.role == "share_condition":
                condition = None
            if kind == _UNCONDITIONAL:
                condition = str(_template()["unconditional"])
            found["share_condition"] = condition, words
        if found["is_open"][0] is False:
            found["open_condition"] = None, found["open_condition"][1]
        return list(found.values())

    def classes(self, record: Record, context: Context) -> Sequence[str]:
        """Return the path of the class, from 类 downwards, in as many cells as there are columns."""
        code = record.values.get(self._class.id)
        path: list[str] = []
        while isinstance(code, str) and code in self._classes and code not in path:
            path.insert(0, code)
            code = self._classes[code].parent
        index: ChoiceIndex = context.choices
        labels = [index.label(self._class.choices, each, "zh") for each in path]
        return (*labels[: self._width], *[""] * (self._width - len(labels)))

    def _field(self, head: str, form: Form) -> Field:
        found = self._found(head, form)
        if found is None:
            raise BugError("NATIONAL_HEAD", head=head)
        return found

    def _found(self, head: str, form: Form) -> Field | None:
        refs = self._map.find(self._main.id, normalise_header(head))
        return next((form.field_by_id(ref.field) for ref in refs if ref.form == form.id), None)
