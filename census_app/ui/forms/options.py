"""What a field offers to choose from, and how a search text narrows it. No widgets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.names import fold
from census_app.domain.records import Value
from census_app.formspec.model import Field
from census_app.formspec.types import Context
from census_app.ui.forms.titles import TitleCache

SHOWN: Final = 200
"""Options a search shows at once; how many more there are is said beside them."""

COMBO_LIMIT: Final = 50
"""Lists shorter than this are a combo box; longer and hierarchical ones are searched."""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose.

    Attributes:
        value: Code or record id.
        detail: The code, or the path in a hierarchical list; searched as well.
        parent: Value of the option above it, in a hierarchical list.
    """

    value: str
    label: str
    detail: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Options that a search found: at most `SHOWN` of `total`."""

    options: tuple[Option, ...]
    total: int


def is_hierarchical(field: Field, context: Context) -> bool:
    """Say whether the field's list is a tree."""
    chosen = context.form_set.choice_lists.get(field.choices)
    return chosen is not None and chosen.hierarchical


def is_short(field: Field, context: Context) -> bool:
    """Say whether a combo box holds the field's list."""
    if field.type != "code" or is_hierarchical(field, context):
        return False
    return len(context.form_set.choice_lists[field.choices].choices) < COMBO_LIMIT


def options_of(field: Field, context: Context) -> list[Option]:
    """Return all options of a field, of the dependent part when the answer it depends on is given."""
    if field.target:
        titles = context.records
        if not isinstance(titles, TitleCache):
            return []
        return [Option(i, title) for i, title in titles.all(field.target).items()]
    if not field.choices:
        return []
    parent = context.answers.get(field.choices_from) if field.choices_from else None
    entries = context.choices.options(field.choices, parent if isinstance(parent, str) else None)
    tree = is_hierarchical(field, context)
    return [
        Option(c.code, c.label(context.language), c.code, c.parent if tree else "") for c in entries
    ]


def search(options: Sequence[Option], text: str) -> Found:
    """Return the options whose label or code contains the text; every word of it must be found."""
    words = [w for w in (fold(part) for part in text.split()) if w]
    hits = [o for o in options if all(w in fold(o.label) or w in fold(o.detail) for w in words)]
    hits.sort(key=lambda o: not fold(o.label).startswith(words[0]) if words else False)
    return Found(tuple(hits[:SHOWN]), len(hits))


def with_ancestors(options: Iterable[Option], chosen: Iterable[Option]) -> list[Option]:
    """Return the chosen options of a tree together with those above them, in the order of the list."""
    by_value = {o.value: o for o in options}
    wanted: set[str] = set()
    for option in chosen:
        at: Option | None = option
        while at is not None and at.value not in wanted:
            wanted.add(at.value)
            at = by_value.get(at.parent)
    return [o for o in by_value.values() if o.value in wanted]


def path_text(field: Field, context: Context, code: str) -> str:
    """Return an entry with those above it, as `主题 / 生态环境保护`; the bare label in a flat list."""
    path = context.choices.path(field.choices, code) if is_hierarchical(field, context) else ()
    if not path:
        return context.choices.label(field.choices, code, context.language)
    return " / ".join(entry.label(context.language) for entry in path)


def chosen_values(value: Value | None) -> tuple[str, ...]:
    """Return the codes or ids of a value of a choosing field."""
    if isinstance(value, tuple):
        return value
    return (value,) if isinstance(value, str) and value else ()
