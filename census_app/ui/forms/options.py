"""What a field offers to choose from, and how a search text narrows it. No widgets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from census_app.domain.names import fold
from census_app.domain.records import Value
from census_app.formspec.model import Field
from census_app.formspec.types import Context
from census_app.ui.forms.initials import Initials, Spelled
from census_app.ui.forms.titles import TitleCache

SHOWN: Final = 200
"""Options a search shows at once; how many more there are is said beside them."""

COMBO_LIMIT: Final = 50
"""Lists shorter than this are a combo box; longer and hierarchical ones are searched."""

_RANKS: Final = 5
"""Ways in which a word fits an option, best first."""

CHECKLIST_LIMIT: Final = 8
"""Lists of which several entries are chosen stand open on the page up to this length."""


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


def is_checklist(field: Field, context: Context) -> bool:
    """Say whether all entries of a field for several answers stand open on the page."""
    if field.type != "codes" or field.choices_from or is_hierarchical(field, context):
        return False
    return len(context.form_set.choice_lists[field.choices].choices) <= CHECKLIST_LIMIT


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


def search(options: Sequence[Option], text: str, initials: Initials | None = None) -> Found:
    """Return the options whose label, code or pinyin initials contain the text, the likeliest first.

    Every word of the text must be found.
    """
    words = [w for w in (fold(part) for part in text.split()) if w]
    if not words:
        return Found(tuple(options[:SHOWN]), len(options))
    first, rest = words[0], words[1:]
    buckets: list[list[Option]] = [[] for _ in range(_RANKS)]
    for option in options:
        spelled = initials.of(option.label) if initials else Spelled(fold(option.label))
        code = fold(option.detail) if option.detail else ""
        rank = _rank(first, spelled, code)
        if rank is None or (rest and None in [_rank(w, spelled, code) for w in rest]):
            continue
        buckets[rank].append(option)
    hits = [option for bucket in buckets for option in bucket]
    return Found(tuple(hits[:SHOWN]), len(hits))


def _rank(word: str, label: Spelled, code: str) -> int | None:
    """Return how well a word fits, 0 best, or None: beginning of the label, code, inside the label, initials."""
    if label.folded.startswith(word) or code == word:
        return 0
    if code.startswith(word):
        return 1
    if word in label.folded or word in code:
        return 2
    fit = label.fits(word)
    return 5 - fit if fit else None


def initials_of(context: Context) -> Initials | None:
    """Return the spelled names that belong to a context, where there are any."""
    return context.records.initials if isinstance(context.records, TitleCache) else None


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
