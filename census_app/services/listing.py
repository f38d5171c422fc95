"""Write a list of a catalogue's records to a file: what a query finds, as CSV or as a workbook, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from census_app.diagnostics import wording
from census_app.domain.holdings import ListQuery, ListRow
from census_app.errors import UserError
from census_app.formats.table_files import write_table
from census_app.formspec.model import Form
from census_app.formspec.types import Context, format_value
from census_app.services.lookup import department_names
from census_app.services.ports import CatalogueStore
from census_app.services.progress import Progress

PAGE: Final = 1000
SUFFIXES: Final = frozenset({".csv", ".xlsx"})
_WIDE: Final = 40
_NARROW: Final = 20


@dataclass(frozen=True, slots=True)
class ListWritten:
    """A list that was written, and how many records are in it."""

    path: Path
    records: int


def write_list(
    store: CatalogueStore,
    query: ListQuery,
    path: Path,
    context: Context,
    columns: Sequence[str] = (),
    progress: Progress | None = None,
) -> ListWritten:
    """Write what a query finds, in its order: the department, for a child record its owner, then the fields.

    Args:
        path: Ends with `.csv` (UTF-8 with BOM) or `.xlsx`.
        columns: Ids of the fields wanted; empty for all of the form.

    Raises:
        UserError: `LIST_SUFFIX`.
        EnvironmentProblem: Codes of `settings.files.atomic_write`.
        Cancelled: The person stopped it; no file is written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise UserError("LIST_SUFFIX", name=path.name)
    form = store.form_set.form(query.form)
    fields = [f for f in form.stored_fields if not columns or f.id in columns]
    language = context.language
    head = [wording.text("LIST_DEPARTMENT", language), wording.text("LIST_CODE", language)]
    if form.parent:
        head.append(store.form_set.form(form.parent).label.get(language))
    keys = store.keys(query)
    names = department_names(store)
    progress = progress or Progress()

    def rows() -> Iterator[Sequence[str]]:
        for start in range(0, len(keys), PAGE):
            progress.step(start, len(keys))
            page = store.rows(form.id, keys[start : start + PAGE], [f.id for f in fields])
            owners = owner_titles(store, form, page)
            for row in page:
                beside = context.beside(row.values)
                first = [names.get(row.department, row.department), row.department]
                if form.parent:
                    first.append(owners.get((row.department, row.parent), ""))
                told = [format_value(row.values.get(f.id), f, beside) for f in fields]
                yield [*first, *told]

    widths = [_WIDE if f.type == "longtext" or f.id == form.title else _NARROW for f in fields]
    before = [_NARROW, _NARROW] + [_WIDE] * bool(form.parent)
    title = (form.plural or form.label).get(language)
    labels = [f.label.get(language) for f in fields]
    write_table(path, title, [*head, *labels], rows(), [*before, *widths])
    return ListWritten(path, len(keys))


def owner_titles(
    store: CatalogueStore, form: Form, rows: Sequence[ListRow]
) -> dict[tuple[str, str], str]:
    """Return (department, id) → name of the records that own some child records; nothing for other forms."""
    if not form.parent or not rows:
        return {}
    above = store.form_set.form(form.parent)
    wanted = ListQuery(form=above.id, ids=frozenset(row.parent for row in rows if row.parent))
    found = store.rows(above.id, store.keys(wanted), [above.title])
    return {(row.department, row.id): str(row.values.get(above.title) or "") for row in found}
