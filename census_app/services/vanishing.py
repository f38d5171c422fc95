"""Records that a department's newest package neither carries nor deletes: what the centre sees of them, and asks.

Absence never deletes: the record stays, as a finding, until the department says what became of it. So the department is
asked, and deletes it with a reason, or hands it in again. Not responsible for finding them; `storage.projection` is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from census_app.diagnostics import wording
from census_app.domain.records import Record, RecordId
from census_app.domain.review import Query
from census_app.errors import UserError
from census_app.formspec.titles import title_of
from census_app.services.ports import CatalogueStore, Clock
from census_app.services.querying import draft_query, queries_of, send_query


@dataclass(frozen=True, slots=True)
class Vanished:
    """A record that vanished, with what belongs to it.

    Attributes:
        owner: Title of the record it belongs to, which is still handed in; empty for one of a top-level form.
        children: Records that belong to it and vanished with it.
    """

    department: str
    form: str
    record: RecordId
    title: str
    owner: str = ""
    children: int = 0


def vanished_records(catalogue: CatalogueStore, department: str = "") -> list[Vanished]:
    """Return what vanished, by department, form and id; what went with the record it belongs to counts for that one.

    Args:
        department: The only one that is looked at; empty for all.
    """
    marks = catalogue.vanished(department)
    gone = set(marks)
    by_form: dict[tuple[str, str], list[RecordId]] = {}
    for code, form, record in marks:
        by_form.setdefault((code, form), []).append(record)
    found: list[tuple[str, str, Record]] = []
    children: dict[tuple[str, str, str], int] = {}
    for (code, name), records in by_form.items():
        parent = catalogue.form_set.form(name).parent
        for each in catalogue.department_records(name, code, records).values():
            above = (code, parent, each.parent or RecordId(""))
            if parent and above in gone:
                children[above] = children.get(above, 0) + 1
            else:
                found.append((code, name, each))
    titles = _owner_titles(catalogue, found)
    return [
        Vanished(
            code,
            name,
            each.id,
            title_of(catalogue.form_set.form(name), each.values),
            titles.get((code, each.parent or ""), ""),
            children.get((code, name, each.id), 0),
        )
        for code, name, each in sorted(found, key=lambda f: (f[0], f[1], f[2].id))
    ]


def _owner_titles(
    catalogue: CatalogueStore, found: Iterable[tuple[str, str, Record]]
) -> dict[tuple[str, str], str]:
    """Return (department, id) → title of the records that some child records belong to."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for code, name, each in found:
        parent = catalogue.form_set.form(name).parent
        if parent and each.parent:
            wanted.setdefault((code, parent), set()).add(each.parent)
    return {
        (code, record): title_of(catalogue.form_set.form(name), owner.values)
        for (code, name), ids in wanted.items()
        for record, owner in catalogue.department_records(name, code, sorted(ids)).items()
    }


def suggested_words() -> str:
    """Return what a department is asked unless the coordinator puts it otherwise."""
    return wording.text("VANISHED_WORDS", "zh")


def ask_about_vanished(
    catalogue: CatalogueStore,
    department: str,
    words: str = "",
    *,
    records: Collection[str] | None = None,
    actor: str,
    clock: Clock,
) -> list[Query]:
    """Ask a department what became of its records; each question names its record, which the department may not have.

    What is asked about already, and not closed, is not asked again.

    Args:
        words: What is asked; empty for `suggested_words`.
        records: Ids of the only ones; None for all that vanished.

    Raises:
        UserError: `VANISHED_NONE`, nothing vanished there, or all of it is asked about; those of `draft_query`.
    """
    asked = {
        each.query.record
        for each in queries_of(catalogue, department, clock=clock)
        if each.state != "closed"
    }
    wanted = [
        each
        for each in vanished_records(catalogue, department)
        if each.record not in asked and (records is None or each.record in records)
    ]
    if not wanted:
        raise UserError("VANISHED_NONE", department=department)
    # Whatever speaks against a question shows in the drafts, before anything is asked.
    drafts = [_draft(catalogue, each, words.strip() or suggested_words(), clock) for each in wanted]
    for query in drafts:
        send_query(catalogue, department, query, actor=actor, clock=clock)
    return drafts


def _draft(catalogue: CatalogueStore, each: Vanished, words: str, clock: Clock) -> Query:
    label = catalogue.form_set.form(each.form).label.zh
    title = " / ".join(filter(None, (each.owner, each.title))) or each.record[:8]
    text = wording.text("VANISHED_ASK", "zh", form=label, title=title, words=words)
    return draft_query(catalogue, each.department, each.form, each.record, "", text, clock=clock)
