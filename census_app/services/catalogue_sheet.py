"""The provincial catalogue on paper: what it says, read from a catalogue in slices.

Resources stand in the order of the classification, 类, 项, 目, as the national guide prints them: what a department
holds it prints itself, what the province holds is looked for by subject (ADR 0026). The order within a class is that of
the codes, then of the departments, then of each department's own list.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from census_app.diagnostics import wording
from census_app.exchange.paper import short_groups
from census_app.formspec.model import Choice, Field, Form
from census_app.formspec.types import Context, field_type, format_value
from census_app.reports.catalogue import build_catalogue
from census_app.reports.content import (
    Blank,
    Block,
    Branch,
    CatalogueContent,
    Chart,
    Column,
    Pair,
    Printed,
    Register,
    Row,
    Series,
    Table,
    Value,
)
from census_app.services.counting import Statistics, statistics_of
from census_app.services.letterhead import PrintWords, catalogue_head, moment
from census_app.services.lookup import context_for
from census_app.services.measuring import Board, measure
from census_app.services.ports import CatalogueStore
from census_app.services.progress import Progress

SLICE: Final = 2000
"""Rows that are read at once: some ten milliseconds."""
NUMERIC: Final = frozenset({"integer", "decimal", "money"})
BARS: Final = 40
"""Bars of one chart: as many as an upright page takes at full size."""
_READ: Final = 30
"""Part of the work, of a hundred, that reading is."""
_FIGURES: Final = ("resources", "resources_unconditional", "resources_conditional", "resources_not_shared",
                   "resources_open", "items", "systems")  # fmt: skip
_STACKED: Final = _FIGURES[1:4]


def print_catalogue(
    store: CatalogueStore, language: str, *, progress: Progress | None = None
) -> Printed:
    """Return the catalogue of all departments.

    Raises:
        Cancelled: The person stopped it.
    """
    progress = progress or Progress()
    words = PrintWords(language)
    content = catalogue_content(store, language, progress)

    def told(done: int, total: int) -> None:
        share = _READ + (100 - _READ) * done // total
        progress.step(share, 100, words("BOOK_SETTING"))

    return build_catalogue(content, "en" if language == "en" else "zh", told=told)


def catalogue_content(store: CatalogueStore, language: str, progress: Progress) -> CatalogueContent:
    """Return what is printed."""
    words, context = PrintWords(language), context_for(store, language)
    progress.step(0, 100, words("BOOK_READING"))
    packages = store.packages()
    as_of = max((p.received_at for p in packages), default=store.facts().created_at)
    head = catalogue_head(store, language, "PRINT_CATALOGUE_TITLE")
    progress.step(3, 100, words("BOOK_READING"))
    board = measure(store, as_of[:10])
    progress.step(6, 100, words("BOOK_READING"))
    statistics = statistics_of(board)
    names = {entry.code: entry.name for entry in store.roster()}
    reading = _Reading(store, context, words, names, progress)
    resources = reading.resources()
    others = [
        register
        for form in store.form_set.forms
        if not form.parent and form.id != resources.form.id
        for register in reading.others(form)
    ]
    return CatalogueContent(
        head=replace(head, moment=dt.datetime.fromisoformat(as_of)),
        facts=(Pair(words("PRINT_FORM_SET"), store.form_set.label.get(language)),),
        counts=tuple(Pair(f.label(language), f.value) for f in statistics.headline),
        overview=(_indicators(statistics, words), *_charts(board, resources, words)),
        registers=(_departments(board, words), resources.register, *others),
        packages=_packages(store, names, words),
    )


# -- overview ----------------------------------------------------------------------------------------------------------


def _indicators(statistics: Statistics, words: PrintWords) -> Table:
    columns = (
        Column(words("STAT_HEAD_NAME"), key=True),
        Column(words("STAT_HEAD_VALUE"), numeric=True),
        Column(words("STAT_HEAD_NOTE")),
    )
    language = words.language
    rows = tuple(
        (f.label(language), wording.in_groups(f.value), f.note(language))
        for f in statistics.figures
    )
    return Table(columns, rows, title=words("PRINT_INDICATORS"))


def _departments(board: Board, words: PrintWords) -> Register:
    columns = (
        Column(words("BOOK_DEPARTMENT"), key=True),
        Column(words("PRINT_STATE")),
        *(Column(words(f"IND_{each}"), numeric=True) for each in _FIGURES),
    )
    rows = tuple(
        (
            each.name,
            words("STATE_merged" if each.received else "PRINT_NOT_RECEIVED"),
            *(
                wording.grouped(each.counts[figure]) if each.received else Blank.EMPTY
                for figure in _FIGURES
            ),
        )
        for each in board.departments
    )
    return Register(columns, (Branch(words("BOOK_BY_DEPARTMENT"), rows),))


def _charts(board: Board, resources: _Resources, words: PrintWords) -> Iterator[Block]:
    """Yield the charts by sharing type, by class and by department; those that count nothing are left out."""
    unit = words("BOOK_UNIT")
    shares = [(words(f"IND_{each}"), board.counts[each]) for each in _STACKED]
    if not any(count for _label, count in shares):
        return
    figures = tuple(Decimal(count) for _label, count in shares)
    series = (Series(words("IND_resources"), figures),)
    yield Chart(words("BOOK_CHART_SHARE"), tuple(label for label, _ in shares), series, unit)
    yield from _bars(words("BOOK_CHART_CLASS"), resources.by_class, unit, words)
    lines = [(d.name, tuple(d.counts[each] for each in _STACKED)) for d in board.departments]
    yield from _bars(words("BOOK_CHART_DEPARTMENT"), lines, unit, words)


def _bars(
    title: str, lines: Sequence[tuple[str, Sequence[int]]], unit: str, words: PrintWords
) -> Iterator[Chart]:
    """Yield bars by sharing type, the longest first, on as many pages as they need and all to one scale."""
    drawn = sorted((line for line in lines if any(line[1])), key=lambda line: -sum(line[1]))
    scale = Decimal(sum(drawn[0][1])) if drawn else None
    parts = -(-len(drawn) // BARS)
    for part in range(parts):
        some = drawn[part * BARS : (part + 1) * BARS]
        series = tuple(
            Series(words(f"IND_{each}"), tuple(Decimal(line[1][n]) for line in some))
            for n, each in enumerate(_STACKED)
        )
        name = title if parts == 1 else words("BOOK_PART", title=title, part=part + 1, parts=parts)
        yield Chart(name, tuple(line[0] for line in some), series, unit, stacked=True, scale=scale)


def _packages(store: CatalogueStore, names: Mapping[str, str], words: PrintWords) -> Table:
    columns = (
        Column(words("BOOK_DEPARTMENT")),
        Column(words("PRINT_PACKAGE"), key=True),
        Column(words("PRINT_RECEIVED_AT")),
        Column(words("PRINT_STATE")),
        Column(words("PRINT_DIGEST")),
    )
    rows = tuple(
        (
            names.get(p.department, p.department),
            p.name,
            moment(p.received_at),
            words(f"STATE_{p.state}"),
            short_groups(p.identity),
        )
        for p in store.packages()
    )
    return Table(columns, rows, empty=words("PRINT_NO_PACKAGES"))


# -- registers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Resources:
    """The register of resources, and how many there are by top classes and sharing types."""

    form: Form
    register: Register
    by_class: Sequence[tuple[str, Sequence[int]]]


class _Reading:
    """Reads records in slices and words them."""

    def __init__(
        self,
        store: CatalogueStore,
        context: Context,
        words: PrintWords,
        names: Mapping[str, str],
        progress: Progress,
    ) -> None:
        self._store, self._context, self._words = store, context, words
        self._names, self._progress = names, progress
        self._order = {code: number for number, code in enumerate(names)}
        self._forms = len(store.form_set.forms)
        self._read_forms = 0

    def resources(self) -> _Resources:
        """Return the resources by class."""
        form_set = self._store.form_set
        form, named = form_set.by_role("resource_name")
        _, classed = form_set.by_role("class_code")
        _, coded = form_set.by_role("resource_code")
        _, shared = form_set.by_role("share_type")
        beside = [f for f in self._listed(form) if f.id not in {classed.id, coded.id, named.id}]
        fields = [named, coded, *beside, classed, shared]
        by_class: dict[str, list[tuple[tuple[str, int, int], Row]]] = {}
        shares: Counter[tuple[str, str]] = Counter()
        for number, (department, values, raw) in enumerate(self._records(form, fields)):
            name, code, *rest = values[:-2]
            class_code, share = raw[-2] or "", raw[-1] or ""
            order = (raw[1] or "\U0010ffff", self._order.get(department, len(self._order)), number)
            row = (code, name, self._name(department), *rest)
            by_class.setdefault(class_code, []).append((order, row))
            shares[class_code, share] += 1
        choices = form_set.choice_lists[classed.choices].choices
        tree = _Tree(choices, by_class, self._words)
        columns = (
            Column(self._head(coded)),
            Column(self._head(named), key=True),
            Column(self._words("BOOK_DEPARTMENT")),
            *(self._column(field) for field in beside),
        )
        kinds = [choice.code for choice in form_set.choice_lists[shared.choices].choices]
        counted = tree.counted(shares, kinds)
        return _Resources(form, Register(columns, tree.branches(), indexed=True), counted)

    def others(self, form: Form) -> Iterator[Register]:
        """Yield the list of a form, by department, unless it is empty."""
        named = form.field_by_id(form.title)
        beside = [f for f in self._listed(form) if f.id != named.id]
        found: list[tuple[int, int, Row]] = []
        for number, (department, values, _raw) in enumerate(self._records(form, [named, *beside])):
            row = (values[0], self._name(department), *values[1:])
            found.append((self._order.get(department, len(self._order)), number, row))
        if not found:
            return
        found.sort(key=lambda each: each[:2])
        rows = tuple(row for *_, row in found)
        columns = (
            Column(self._head(named), key=True),
            Column(self._words("BOOK_DEPARTMENT")),
            *(self._column(field) for field in beside),
        )
        if all(row[0] == row[1] for row in rows):  # the departments themselves
            columns, rows = columns[:1] + columns[2:], tuple(row[:1] + row[2:] for row in rows)
        label = (form.plural or form.label).get(self._words.language)
        yield Register(columns, (Branch(label, rows),))

    @staticmethod
    def _listed(form: Form) -> list[Field]:
        return [form.field_by_id(name) for name in form.list]

    def _records(
        self, form: Form, fields: Sequence[Field]
    ) -> Iterator[tuple[str, tuple[Value, ...], tuple[Any, ...]]]:
        """Yield department, worded and stored answers of every record, in the order they came."""
        flags = [f"{field.id}_unknown" for field in fields if field.unknown]
        columns = [*(field.id for field in fields), *flags]
        worded: list[dict[Any, Value]] = [{} for _ in fields]
        after = 0
        self._read_forms += 1
        share = 6 + (_READ - 6) * self._read_forms // self._forms
        while rows := self._store.cells(form.id, columns, after, SLICE):
            self._progress.step(share, 100, self._words("BOOK_READING"))
            after = rows[-1][0]
            for row in rows:
                raw = row[5 : 5 + len(fields)]
                unknown = dict(zip(flags, row[5 + len(fields) :], strict=True)) if flags else {}
                values: list[Value] = []
                for field, stored, known in zip(fields, raw, worded, strict=True):
                    if stored is None:
                        no_answer = unknown.get(f"{field.id}_unknown")
                        values.append(Blank.UNKNOWN if no_answer else Blank.EMPTY)
                        continue
                    if field.type == "text":
                        values.append(str(stored) or Blank.EMPTY)
                        continue
                    value = known.get(stored)
                    if value is None:
                        value = known[stored] = self._worded(field, stored)
                    values.append(value)
                yield str(row[1]), tuple(values), tuple(raw)

    def _worded(self, field: Field, stored: Any) -> Value:
        value = field_type(field.type).from_db(stored)
        return format_value(value, field, self._context) or Blank.EMPTY

    def _name(self, department: str) -> str:
        return self._names.get(department, department)

    def _head(self, field: Field) -> str:
        label = field.label.get(self._words.language)
        unit = field.unit.get(self._words.language) if field.unit is not None else ""
        if not unit:
            return label
        return f"{label}（{unit}）" if self._words.language == "zh" else f"{label} ({unit})"

    def _column(self, field: Field) -> Column:
        return Column(self._head(field), numeric=field.type in NUMERIC)


class _Tree:
    """Puts rows at their places in a classification.

    A class that holds nothing itself and leads to one other only is passed over: 部门类 leads to the departments, and
    not through 省 and 江苏省 to them.
    """

    def __init__(
        self,
        choices: Iterable[Choice],
        rows: Mapping[str, list[tuple[tuple[str, int, int], Row]]],
        words: PrintWords,
    ) -> None:
        self._rows, self._words = rows, words
        self._choices = {choice.code: choice for choice in choices}
        self._below: dict[str, list[str]] = {}
        for choice in self._choices.values():
            self._below.setdefault(choice.parent, []).append(choice.code)

    def branches(self) -> tuple[Branch, ...]:
        """Return the classes that hold something; last what has no class, or one that the list does not know."""
        found = [branch for code in self._below.get("", ()) if (branch := self._branch(code))]
        rest = [code for code in sorted(self._rows) if code not in self._choices]
        lost = self._sorted([pair for code in rest for pair in self._rows[code]])
        if lost:
            found.append(Branch(self._words("BOOK_NO_CLASS"), lost, note=self._note("", len(lost))))
        return tuple(found)

    def counted(
        self, shares: Mapping[tuple[str, str], int], kinds: Sequence[str]
    ) -> list[tuple[str, list[int]]]:
        """Return the numbers by sharing type of each class at the second level, or at the first that is a leaf."""
        found: dict[str, list[int]] = {}
        for (code, share), number in shares.items():
            if share in kinds:
                counts = found.setdefault(self._second(code), [0] * len(kinds))
                counts[kinds.index(share)] += number
        return list(found.items())

    def _second(self, code: str) -> str:
        path: list[str] = []
        while code in self._choices:
            path.insert(0, code)
            code = self._choices[code].parent
        if not path:
            return self._words("BOOK_NO_CLASS")
        # Of bodies, 省 is no subject of its own: what lies deeper than 项 is counted as its 类.
        return self._choices[path[1 if len(path) == 2 else 0]].label(self._words.language)

    def _branch(self, code: str, top: bool = True) -> Branch | None:
        rows = self._sorted(self._rows.get(code, []))
        inner = [b for c in self._below.get(code, ()) if (b := self._branch(c, top=False))]
        if not rows and not inner:
            return None
        if not rows and len(inner) == 1 and (not top or inner[0].branches):
            if not top:
                return inner[0]
            inner = list(inner[0].branches)
        title = self._choices[code].label(self._words.language)
        branch = Branch(title, rows, tuple(inner))
        return replace(branch, note=self._note(code, branch.count()))

    def _note(self, code: str, count: int) -> str:
        return self._words("BOOK_NOTE" if code else "BOOK_NOTE_COUNT", class_code=code, count=count)

    @staticmethod
    def _sorted(pairs: Iterable[tuple[tuple[str, int, int], Row]]) -> tuple[Row, ...]:
        return tuple(row for _order, row in sorted(pairs, key=lambda pair: pair[0]))
