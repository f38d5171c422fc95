"""XLSForms, judged by pyxform, and their conditions, judged by the rules they were made from."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from pyxform.xls2xform import convert

from census_app.bootstrap import shipped_form_set
from census_app.formats.book_parts import book_bytes
from census_app.formats.xlsform import CHINESE, ENGLISH, XlsForm, build_xlsform
from census_app.formats.xpath import Translator, Untranslatable, whole_pattern
from census_app.formspec.functions import functions
from census_app.formspec.model import Form, FormSet

TODAY = "2026-12-01"
GOLDEN = Path(__file__).parents[2] / "golden" / "exports" / "internal_office.survey.txt"


@pytest.fixture(scope="module")
def form_set() -> FormSet:
    return shipped_form_set()


def _tops(form_set: FormSet) -> list[Form]:
    return [form for form in form_set.forms if not form.parent]


def _converted(made: XlsForm, folder: Path) -> tuple[Any, list[str]]:
    path = folder / f"{made.form.id}.xlsx"
    path.write_bytes(b"".join(book_bytes(made.sheets())))
    result = convert(xlsform=path, validate=False)
    return fromstring(result.xform), list(result.warnings)


def _named(tree: Element, tag: str) -> list[Element]:
    return [each for each in tree.iter() if each.tag.rpartition("}")[2] == tag]


def test_pyxform_converts_every_form_without_a_warning(form_set: FormSet, tmp_path: Path) -> None:
    for form in _tops(form_set):
        made = build_xlsform(form, form_set)
        tree, warnings = _converted(made, tmp_path)
        assert warnings == []
        languages = {t.get("lang") for t in _named(tree, "translation")}
        assert languages == {CHINESE, ENGLISH}
        asked = {b.get("nodeset", "").rpartition("/")[2] for b in _named(tree, "bind")}
        assert {f.id for f in form.field if f.type != "calculation"} <= asked
        for child in form_set.children_of(form.id):
            assert [r.get("nodeset") for r in _named(tree, "repeat")] == [f"/data/{child.id}"]
            assert {f"{child.id}_{f.id}" for f in child.stored_fields} <= asked


def test_a_dependent_list_shows_what_belongs_to_the_answer_before_it(
    form_set: FormSet, tmp_path: Path
) -> None:
    form, led = form_set.by_role("format_type")
    tree, _ = _converted(build_xlsform(form, form_set), tmp_path)
    sets = [i.get("nodeset", "") for i in _named(tree, "itemset")]
    assert [s for s in sets if led.choices_from in s and "parent" in s]


def test_the_same_form_gives_the_same_bytes_and_the_rows_somebody_saw(form_set: FormSet) -> None:
    form = form_set.by_role("office_name")[0]
    made = [b"".join(book_bytes(build_xlsform(form, form_set).sheets())) for _ in range(2)]
    assert made[0] == made[1]
    rows = build_xlsform(form, form_set).survey
    text = "".join(f"{key}: {value}\n" for row in rows for key, value in {**row, "": ""}.items())
    assert text == GOLDEN.read_text(encoding="utf-8")


def test_what_cannot_be_said_stands_as_a_note(form_set: FormSet) -> None:
    form = form_set.by_role("resource_name")[0]
    made = build_xlsform(form, form_set)
    notes = [row[f"label::{CHINESE}"] for row in made.survey if row["type"] == "note"]
    assert made.notes == len(notes)
    checked = {f.id: f for f in form.field}
    assert any(note.startswith("RES-2：") for note in notes)
    assert not any(note.startswith("RES-13b：") for note in notes)  # a constraint says it
    (is_open,) = [row for row in made.survey if row["name"] == "is_open"]
    assert "${share_type}" in is_open["constraint"]
    assert checked


# -- conditions --------------------------------------------------------------------------------------------------------


class XPath:
    """Computes the XPath we write, with the answers of one record: a reader of its own, for the few words we use."""

    _WORDS = re.compile(
        r"\$\{(\w+)\}|'[^']*'|\"[^\"]*\"|(?<![\w.])\.(?![\w.])|!=|<=|>=|=|\band\b|\bor\b|[\w-]+(?=\()"
    )

    def __init__(self, answers: Mapping[str, str], own: str = "") -> None:
        self._answers, self._own = answers, own

    def true(self, text: str) -> bool:
        return bool(eval(self._WORDS.sub(self._python, text), {"__builtins__": {}}, self._names()))  # noqa: S307

    def _python(self, match: re.Match[str]) -> str:
        word = match[0]
        if match[1]:
            return repr(self._answers.get(match[1], ""))
        if word == ".":
            return repr(self._answers.get(self._own, ""))
        if word[0] in "'\"":
            return repr(word[1:-1])
        return {"=": "==", "and": "and", "or": "or"}.get(word, word.replace("-", "_"))

    @staticmethod
    def _names() -> dict[str, Callable[..., Any]]:
        return {
            "not": lambda x: not x, "not_": lambda x: not x, "number": lambda t: float(t) if t else float("nan"),
            "selected": lambda t, c: c in t.split(), "count_selected": lambda t: len(t.split()),
            "normalize_space": lambda t: " ".join(t.split()), "string_length": len,
            "regex": lambda t, p: re.fullmatch(p, t) is not None, "substr": lambda t, a, b: t[a:b],
            "coalesce": lambda a, b: a or b, "today": lambda: TODAY,
            "decimal_date_time": lambda t: dt.date.fromisoformat(t).toordinal() if t else float("nan"),
            "true": lambda: True, "false": lambda: False,
        }  # fmt: skip


def _values(form: Form, name: str, form_set: FormSet) -> list[str]:
    """Return some answers of a field, as XForms has them; the empty one too."""
    field = form.field_by_id(name)
    if field.choices:
        codes = [c.code for c in form_set.choice_lists[field.choices].choices]
        some = codes if len(codes) < 40 else codes[:3] + codes[20:23]
        return ["", *some, *([" ".join(codes[:2])] if field.type == "codes" else [])]
    return {
        "boolean": ["", "1", "0"],
        "integer": ["", "0", "18", "-1"],
        "decimal": ["", "0", "12.5", "3"],
        "money": ["", "0", "12.5", "3"],
        "date": ["", "2016-05-01", TODAY, "2027-01-01"],
        "month": ["", "2016-05-01", "2027-01-01"],
    }.get(field.type, ["", "无条件", "《统计法》第九条", "30701511/000001", "a@b.cn", "10.0.0.1"])


def _bound(form: Form, answers: Mapping[str, str]) -> dict[str, Any]:
    """Return the answers as the rules of the program see them."""
    raw: dict[str, Any] = {}
    for name, text in answers.items():
        kind = form.field_by_id(name).type
        if not text:
            raw[name] = None
        elif kind == "codes":
            raw[name] = "[" + ",".join(f'"{code}"' for code in text.split()) + "]"
        elif kind in {"boolean", "integer"}:
            raw[name] = int(text)
        elif kind in {"decimal", "money"}:
            raw[name] = float(text)
        else:
            raw[name] = text[:7] if kind == "month" else text
    return raw


def _conditions(form: Form) -> Iterator[tuple[str, str]]:
    for field in form.field:
        for sql in (field.relevant, field.required, field.constraint):
            if sql and sql != "1":
                yield sql, field.id
    for rule in form.rule:
        if rule.violated:
            yield rule.violated, rule.fields[0]


def test_xpath_says_what_the_sql_says(form_set: FormSet) -> None:
    """Three answers each: true, false, and neither where an answer is missing."""
    database = sqlite3.connect(":memory:")
    for name, (count, function) in functions(dict(form_set.settings), TODAY).items():
        database.create_function(name, count, function)
    dice, judged, left = random.Random(7), 0, 0  # noqa: S311  # no secret
    for form in form_set.forms:
        names = [f.id for f in form.stored_fields]
        translator = Translator({n: n for n in names}, {f.id: f.type for f in form.stored_fields})
        for sql, own in _conditions(form):
            try:
                sure, against = translator.true_where(sql, own), translator.false_where(sql, own)
            except Untranslatable:
                left += 1
                continue
            used = [n for n in names if re.search(rf"\b{n}\b", sql)]
            grid = list(itertools.product(*(_values(form, n, form_set) for n in used)))
            for chosen in dice.sample(grid, min(len(grid), 40)):
                answers = dict(zip(used, chosen, strict=True))
                columns = ", ".join(f"? AS {n}" for n in used)
                statement = f"SELECT ({sql}) FROM (SELECT {columns})"  # noqa: S608
                (truth,) = database.execute(statement, [*_bound(form, answers).values()]).fetchone()
                xpath = XPath(answers, own)
                case = (sql, answers, sure, against)
                assert xpath.true(sure) == bool(truth), case
                assert xpath.true(against) == (truth is not None and not truth), case
                judged += 1
    database.close()
    assert judged > 1500
    assert left < 60


@pytest.mark.parametrize(
    "sql",
    ["fold(name) = ''", "name LIKE 'a%'", "(SELECT 1)", "name = other", "a.name = 1", "name ="],
)
def test_what_xpath_cannot_say_is_left(sql: str) -> None:
    with pytest.raises(Untranslatable):
        Translator({"name": "name"}, {"name": "text"}).true_where(sql)


def test_a_pattern_that_looks_for_a_place_becomes_one_for_the_whole() -> None:
    assert whole_pattern("^a$") == "^a$"
    assert whole_pattern("a|b") == r"^[\s\S]*(a|b)[\s\S]*$"
    assert whole_pattern("^a") == r"^(a)[\s\S]*$"
