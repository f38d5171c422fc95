"""What a column header means: header texts are compared after normalising, form by form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from census_app.domain.names import fold
from census_app.errors import UserError
from census_app.formspec.model import Field, Form, FormSet

_MARK: Final = re.compile(
    r"[(\[【]?(?:必填项?|选填项?|必选项?|可选项?|必须?填写|非必填项?)[)\]】]?|[★☆*※▲●◆]"
)
_UNIT: Final = re.compile(
    r"\((?:单位[::]?)?(?:[kmgt]b?|[mg]b?/[年月]|万?[元条个]|万元|亿元|万|万条|人|人次|次|次/月|年|月|台|套|字节|位|%)\)$",
    re.IGNORECASE,
)
_BRACKETS: Final = re.compile(r"\([^()]*\)")
_CLASS_COLUMN: Final = re.compile(
    r"部门类信息资源分类|信息类分类"
    r"|(?:信息资源)?(?:类|项|目|细目)分类[0-9]{0,6}"
    r"|(?:信息资源)?分类(?:类|项|目|细目)[0-9]{0,6}"
    r"|(?:信息资源)?分类[一二三四五六七八九十]{1,3}级"
)
_SERIAL: Final = frozenset({"序号", "行号", "no", "序"})


class FieldRef(NamedTuple):
    """A field of a form."""

    form: str
    field: str


@lru_cache(maxsize=8192)
def normalise_header(text: str) -> str:
    """Return what headers are compared by.

    Width, case, blanks, line breaks, punctuation, marks of obligation (`（必填项）`, ★) and a unit in brackets at the
    end (`（G）`, `（万元）`) do not count.
    """
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    plain = _MARK.sub("", plain)
    return fold(_UNIT.sub("", plain)) or fold(plain)


@lru_cache(maxsize=8192)
def without_brackets(text: str) -> str:
    """Return the normalised header without anything in brackets: explanations such as `（格式：2010-10）`."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
    return normalise_header(_BRACKETS.sub("", plain))


def is_class_column(header: str) -> bool:
    """Say whether a normalised header is one level of a classification path (类分类, 细目分类1, 分类五级 …)."""
    return _CLASS_COLUMN.fullmatch(header) is not None


def is_serial(header: str) -> bool:
    """Say whether a normalised header only numbers the rows."""
    return header in _SERIAL


class HeaderMap:
    """Which field a header means, for every top-level form together with its child forms.

    A header that both a form and its child know belongs to the form; its second column belongs to the child
    (domain §7). Label, aliases, English label and field id are known, in this order of preference.

    Args:
        form_set: Where labels and aliases stand.
        mapping: Header text → field id or `form.field`, or empty to leave the column out; wins over everything.

    Raises:
        UserError: `HEADER_MAPPING`, a field of the mapping does not exist.
    """

    def __init__(self, form_set: FormSet, mapping: Mapping[str, str] | None = None) -> None:
        self._names: dict[str, dict[str, FieldRef]] = {f.id: _names_of(f) for f in form_set.forms}
        self._children = {f.id: [c.id for c in form_set.children_of(f.id)] for f in form_set.forms}
        self._mapping = _resolve_mapping(form_set, mapping or {})
        self.forms: tuple[Form, ...] = tuple(f for f in form_set.forms if not f.parent)
        self.known: frozenset[str] = frozenset(
            {name for names in self._names.values() for name in names} | set(self._mapping)
        )

    def find(self, form: str, header: str) -> list[FieldRef]:
        """Return the fields a normalised header can mean in a form, the best first."""
        family = [form, *self._children[form]]
        if header in self._mapping:
            return [ref for ref in self._mapping[header] if ref.form in family]
        found = (self._names[member].get(header) for member in family)
        return [ref for ref in found if ref is not None]

    def find_in(self, form: str, header: str) -> list[FieldRef]:
        """Return the fields of one form, of whatever level, that a normalised header can mean."""
        if header in self._mapping:
            return [ref for ref in self._mapping[header] if ref.form == form]
        ref = self._names[form].get(header)
        return [] if ref is None else [ref]

    def is_left_out(self, header: str) -> bool:
        """Say whether the person asked to leave a column out."""
        return self._mapping.get(header) == []


def _names_of(form: Form) -> dict[str, FieldRef]:
    names: dict[str, FieldRef] = {}
    for texts in (_labels, _aliases, _english, _ids):
        for field in form.stored_fields:
            for text in texts(field):
                key = normalise_header(text)
                if key:
                    names.setdefault(key, FieldRef(form.id, field.id))
    return names


def _labels(field: Field) -> Iterable[str]:
    return (field.label.zh,)


def _aliases(field: Field) -> Iterable[str]:
    return field.aliases


def _english(field: Field) -> Iterable[str]:
    return (field.label.en,)


def _ids(field: Field) -> Iterable[str]:
    return (field.id,)


def _resolve_mapping(form_set: FormSet, mapping: Mapping[str, str]) -> dict[str, list[FieldRef]]:
    resolved: dict[str, list[FieldRef]] = {}
    for header, target in mapping.items():
        form_id, _, field_id = target.rpartition(".")
        found = [
            FieldRef(form.id, field.id)
            for form in form_set.forms
            if form_id in {"", form.id}
            for field in form.stored_fields
            if field.id == field_id
        ]
        if target and not found:
            raise UserError("HEADER_MAPPING", header=header, field=target)
        resolved[normalise_header(header)] = found
    return resolved
