"""Field types: every Qt-free form of a value has one owner here (parse, format, bind, JSON).

A front end keeps a registry of editors keyed by the same names; a missing entry there fails a test.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from decimal import Decimal, InvalidOperation
from typing import ClassVar, Final, Protocol

from census_app.domain import dates, decimals
from census_app.domain.records import UNKNOWN, Unfit, Unknown, Value
from census_app.formspec.choices import ChoiceIndex
from census_app.formspec.model import Field, FormSet

JsonValue = str | bool | int | list[str]
DbValue = str | int | float | None

MAX_TEXT: Final = 20_000
"""Longest text a package carries (security §1)."""

_SEPARATORS = re.compile(r"[,，、;；|\n]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\ud800-\udfff]")
_UNKNOWN_SPELLINGS = frozenset({"未知", "不详", "不清楚", "unknown"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text means for a field.

    Attributes:
        value: None for an empty text; `Unfit` when it does not fit.
        understood: Whether the text is another spelling of the value, which is then shown to the person.
    """

    value: Value | None
    understood: bool = False


class ReferenceResolver(Protocol):
    """Finds records by their names; given by whoever knows the workspace."""

    def resolve(self, form_id: str, text: str) -> str | None:
        """Return the id of the record of that form with that name, or None."""

    def title(self, form_id: str, record_id: str) -> str | None:
        """Return the name of a record, or None."""


class NoRecords:
    """A resolver that knows no record."""

    def resolve(self, form_id: str, text: str) -> str | None:
        """Return None."""
        return None

    def title(self, form_id: str, record_id: str) -> str | None:
        """Return None."""
        return None


@dataclass(frozen=True, slots=True)
class Context:
    """What parsing and formatting need beside the field: code lists, names of records, language.

    Attributes:
        answers: The record's other answers, by which a dependent list is read.
    """

    form_set: FormSet
    choices: ChoiceIndex
    records: ReferenceResolver
    language: str = "zh"
    answers: Mapping[str, Value] = dataclass_field(default_factory=dict)

    def beside(self, answers: Mapping[str, Value]) -> Context:
        """Return the same context for a record with these answers."""
        return replace(self, answers=answers)


class FieldType:
    """Conversions of one type; the base treats the value as text kept to the letter."""

    name: ClassVar[str] = "text"
    sql_type: ClassVar[str] = "TEXT"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read what a person typed or a cell holds. Never raises: what does not fit becomes `Unfit`."""
        del field, context
        if not text:
            return Parsed(None)
        if len(text) > MAX_TEXT or _CONTROLS.search(text):
            return Parsed(Unfit(text))
        return Parsed(text)

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the text shown on screen and paper, in the context's language."""
        del field, context
        return str(value)

    def to_db(self, value: Value) -> DbValue:
        """Return what is bound for the column."""
        return str(value)

    def from_db(self, raw: str | float) -> Value:
        """Return the value of a column that is not NULL."""
        return str(raw)

    def to_json(self, value: Value) -> JsonValue:
        """Return the value as a package and the journal carry it."""
        return str(value)

    def from_json(self, raw: object) -> Value:
        """Return the value of its JSON form.

        Raises:
            ValueError: It is not a legal value of this type.
        """
        if not isinstance(raw, str) or not raw or len(raw) > MAX_TEXT or _CONTROLS.search(raw):
            raise ValueError(self.name)
        return raw


class TextType(FieldType):
    """One line of text."""


class LongTextType(FieldType):
    """Text of several lines."""

    name = "longtext"


class AttachmentType(FieldType):
    """Names and hashes of attached files, as JSON text."""

    name = "attachment"


class UsccType(FieldType):
    """统一社会信用代码; whether it is sound is for the rules to say."""

    name = "uscc"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read a code: outer blanks, full width and lower case are understood."""
        clean = unicodedata.normalize("NFKC", text).strip().upper()
        value = super().parse(clean, field, context).value
        if isinstance(value, Unfit):
            return Parsed(Unfit(text))
        return Parsed(value, understood=bool(clean) and clean != text)


class PhoneType(FieldType):
    """A telephone number, kept as written."""

    name = "phone"


class IntegerType(FieldType):
    """A whole number, at most 2**53 - 1 in size."""

    name = "integer"
    sql_type = "INTEGER"
    _NUMBER = re.compile(r"[+-]?\d{1,3}(,\d{3})+|[+-]?\d+")

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read a number; thousands separators and full width are understood."""
        del context
        clean = unicodedata.normalize("NFKC", text).strip()
        if not clean:
            return Parsed(None)
        if field.unknown and clean.casefold() in _UNKNOWN_SPELLINGS:
            return Parsed(UNKNOWN)
        if not self._NUMBER.fullmatch(clean) or len(clean) > 20:
            return Parsed(Unfit(text))
        number = int(clean.replace(",", ""))
        if abs(number) > 2**53 - 1:
            return Parsed(Unfit(text))
        return Parsed(number, understood=str(number) != text)

    def to_db(self, value: Value) -> DbValue:
        """Return the number."""
        assert isinstance(value, int)  # noqa: S101  # narrowing; values are typed by their field
        return int(value)

    def from_db(self, raw: str | float) -> Value:
        """Return the number."""
        return int(raw)

    def to_json(self, value: Value) -> JsonValue:
        """Return the number."""
        assert isinstance(value, int)  # noqa: S101
        return int(value)

    def from_json(self, raw: object) -> Value:
        """Return the number; booleans are refused."""
        if isinstance(raw, bool) or not isinstance(raw, int) or abs(raw) > 2**53 - 1:
            raise ValueError(self.name)
        return raw


class BooleanType(FieldType):
    """Yes or no."""

    name = "boolean"
    sql_type = "INTEGER"
    _YES: Final = frozenset(
        [
            "是",
            "有",
            "1",
            "true",
            "yes",
            "y",
            "√",
            "✓",
            "对",
            "開放",
            "开放",
            "无条件开放",
            "有条件开放",
            "無條件開放",
            "有條件開放",
        ]
    )
    _NO: Final = frozenset(
        [
            "否",
            "无",
            "無",
            "0",
            "false",
            "no",
            "n",
            "×",
            "✗",
            "不",
            "不予开放",
            "不开放",
            "不予開放",
            "不開放",
        ]
    )

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read 是 or 否; the newer wording of the open flag is understood (domain §3.2)."""
        del field
        clean = unicodedata.normalize("NFKC", text).strip().casefold()
        if not clean:
            return Parsed(None)
        if clean in self._YES:
            return Parsed(True, understood=text != _yes_no(True, context.language))
        if clean in self._NO:
            return Parsed(False, understood=text != _yes_no(False, context.language))
        return Parsed(Unfit(text))

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return 是 or 否, Yes or No."""
        del field
        return _yes_no(bool(value), context.language)

    def to_db(self, value: Value) -> DbValue:
        """Return 1 or 0."""
        return int(bool(value))

    def from_db(self, raw: str | float) -> Value:
        """Return the answer."""
        return bool(raw)

    def to_json(self, value: Value) -> JsonValue:
        """Return true or false."""
        return bool(value)

    def from_json(self, raw: object) -> Value:
        """Return the answer; 0 and 1 are refused."""
        if not isinstance(raw, bool):
            raise ValueError(self.name)  # noqa: TRY004  # one error for callers
        return raw


def _yes_no(value: bool, language: str) -> str:
    if language == "en":
        return "Yes" if value else "No"
    return "是" if value else "否"


class DecimalType(FieldType):
    """An exact decimal, at most 11 integer and 4 decimal digits (DESIGN §4)."""

    name = "decimal"
    sql_type = "REAL"
    _GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read a number; longer decimals are rounded half-up and said to be understood. No unit is accepted (CEN-1)."""
        del context
        clean = unicodedata.normalize("NFKC", text).strip()
        if not clean:
            return Parsed(None)
        if field.unknown and clean.casefold() in _UNKNOWN_SPELLINGS:
            return Parsed(UNKNOWN)
        if self._GROUPED.fullmatch(clean):
            clean = clean.replace(",", "")
        number = _to_decimal(clean)
        if number is None:
            return Parsed(Unfit(text))
        return Parsed(number, understood=decimals.spell(number) != text)

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the one spelling."""
        del field, context
        assert isinstance(value, Decimal)  # noqa: S101
        return decimals.spell(value)

    def to_db(self, value: Value) -> DbValue:
        """Return a float: 15 significant digits are exact in REAL."""
        assert isinstance(value, Decimal)  # noqa: S101
        return float(value)

    def from_db(self, raw: str | float) -> Value:
        """Return the exact decimal a REAL column stands for."""
        return Decimal(decimals.spell(Decimal(f"{float(raw):.4f}")))

    def to_json(self, value: Value) -> JsonValue:
        """Return the one spelling."""
        assert isinstance(value, Decimal)  # noqa: S101
        return decimals.spell(value)

    def from_json(self, raw: object) -> Value:
        """Return the decimal; any other spelling is refused."""
        if not isinstance(raw, str) or not decimals.is_spelled(raw):
            raise ValueError(self.name)
        return Decimal(raw)


def _to_decimal(text: str) -> Decimal | None:
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?", text) or len(text) > 40:
        return None
    try:
        number = decimals.round_to_step(Decimal(text))
    except InvalidOperation:
        return None
    number = Decimal(decimals.spell(number))
    return number if decimals.fits(number) else None


class MoneyType(DecimalType):
    """Money in 万元."""

    name = "money"


class DateType(FieldType):
    """A day, `CCYY-MM-DD`."""

    name = "date"

    def _read(self, text: str) -> str | None:
        return dates.read_day(text)

    def _is_legal(self, text: str) -> bool:
        return dates.is_day(text)

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read a date; 2016/09/30, 2016.9.30, 2016年9月30日 and 20160930 are understood."""
        del field, context
        if not text.strip():
            return Parsed(None)
        value = self._read(text)
        if value is None:
            return Parsed(Unfit(text))
        return Parsed(value, understood=value != text)

    def from_json(self, raw: object) -> Value:
        """Return the date; only the ISO spelling of a real date is accepted."""
        if not isinstance(raw, str) or not self._is_legal(raw):
            raise ValueError(self.name)
        return raw


class MonthType(DateType):
    """A month, `CCYY-MM`."""

    name = "month"

    def _read(self, text: str) -> str | None:
        return dates.read_month(text)

    def _is_legal(self, text: str) -> bool:
        return dates.is_month(text)


class CodeType(FieldType):
    """One entry of a code list; imported by label, never by number (domain §3)."""

    name = "code"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read a label; other spellings that stand with the list are understood."""
        if not text.strip():
            return Parsed(None)
        code = context.choices.find(field.choices, text, _parent(field, context))
        if code is None:
            return Parsed(Unfit(text))
        return Parsed(code, understood=context.choices.label(field.choices, code, "zh") != text)

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the label."""
        return context.choices.label(field.choices, str(value), context.language)


class CodesType(FieldType):
    """Several entries of a code list, in list order."""

    name = "codes"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read labels separated by commas, semicolons, 、 or line breaks; one unknown label makes the whole unfit."""
        if not text.strip():
            return Parsed(None)
        whole = context.choices.find(field.choices, text)
        found = [whole] if whole else [context.choices.find(field.choices, p) for p in _parts(text)]
        codes = [c for c in found if c is not None]
        if not codes or len(codes) != len(found):
            return Parsed(Unfit(text))
        value = context.choices.in_list_order(field.choices, codes)
        return Parsed(value, understood=self.format(value, field, context) != text)

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the labels, separated by 、 or commas."""
        joint = ", " if context.language == "en" else "、"
        return joint.join(
            context.choices.label(field.choices, code, context.language) for code in _tuple(value)
        )

    def to_db(self, value: Value) -> DbValue:
        """Return a JSON array."""
        return json.dumps(list(_tuple(value)), ensure_ascii=False, separators=(",", ":"))

    def from_db(self, raw: str | float) -> Value:
        """Return the codes of a JSON array."""
        return tuple(json.loads(str(raw)))

    def to_json(self, value: Value) -> JsonValue:
        """Return the codes."""
        return list(_tuple(value))

    def from_json(self, raw: object) -> Value:
        """Return the codes; an empty or repeating list is refused."""
        if (
            not isinstance(raw, list)
            or not raw
            or not all(isinstance(r, str) and r for r in raw)
            or len(set(raw)) != len(raw)
        ):
            raise ValueError(self.name)
        return tuple(raw)


class ReferenceType(FieldType):
    """Another record, by id; read by its name."""

    name = "reference"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read the name of a record of the target form; an unknown name is unfit."""
        if not text.strip():
            return Parsed(None)
        target = context.records.resolve(field.target, text)
        return Parsed(Unfit(text) if target is None else target)

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the record's name, or its id when it is not here."""
        return context.records.title(field.target, str(value)) or str(value)

    def from_json(self, raw: object) -> Value:
        """Return the id; only 32 hex digits are accepted."""
        if not isinstance(raw, str) or not _ID.fullmatch(raw):
            raise ValueError(self.name)
        return raw


class ReferencesType(CodesType):
    """Several other records, by id, in the order given."""

    name = "references"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read names: first the whole text, then parts between separators; one unknown name makes it unfit."""
        if not text.strip():
            return Parsed(None)
        whole = context.records.resolve(field.target, text)
        found = (
            [whole] if whole else [context.records.resolve(field.target, p) for p in _parts(text)]
        )
        ids = [i for i in found if i is not None]
        if not ids or len(ids) != len(found):
            return Parsed(Unfit(text))
        return Parsed(tuple(dict.fromkeys(ids)))

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the names, separated by 、 or commas."""
        joint = ", " if context.language == "en" else "、"
        names = (context.records.title(field.target, i) or i for i in _tuple(value))
        return joint.join(names)

    def from_json(self, raw: object) -> Value:
        """Return the ids; only 32 hex digits each are accepted."""
        value = super().from_json(raw)
        if not all(_ID.fullmatch(i) for i in _tuple(value)):
            raise ValueError(self.name)
        return value


class CalculationType(FieldType):
    """A computed field: shown, never stored."""

    name = "calculation"


class NoteType(FieldType):
    """A text of the form itself: no value."""

    name = "note"


def _parent(field: Field, context: Context) -> str:
    """Return the code that selects the part of a dependent list, or the empty text."""
    chosen = context.answers.get(field.choices_from) if field.choices_from else None
    return chosen if isinstance(chosen, str) else ""


_ID = re.compile(r"[0-9a-f]{32}")


def _parts(text: str) -> Iterable[str]:
    return [part.strip() for part in _SEPARATORS.split(text) if part.strip()]


def _tuple(value: Value) -> tuple[str, ...]:
    assert isinstance(value, tuple)  # noqa: S101
    return value


def _register(*types: FieldType) -> dict[str, FieldType]:
    registry: dict[str, FieldType] = {}
    for entry in types:
        if entry.name in registry:
            raise ValueError(f"field type registered twice: {entry.name}")
        registry[entry.name] = entry
    return registry


FIELD_TYPES: Final = _register(
    TextType(), LongTextType(), CodeType(), CodesType(), IntegerType(), DecimalType(), MoneyType(),
    DateType(), MonthType(), BooleanType(), UsccType(), PhoneType(), ReferenceType(),
    ReferencesType(), CalculationType(), AttachmentType(), NoteType(),
)  # fmt: skip


def field_type(name: str) -> FieldType:
    """Return the owner of a type's conversions; KeyError for an unknown name."""
    return FIELD_TYPES[name]


def parse_value(text: str, field: Field, context: Context) -> Parsed:
    """Read a text for a field; line ends are folded to LF first."""
    folded = text.replace("\r\n", "\n").replace("\r", "\n")
    return field_type(field.type).parse(folded, field, context)


def format_value(value: Value | None, field: Field, context: Context) -> str:
    """Return the text shown for any value of a field: empty for none, the given text for an unfit one."""
    if value is None:
        return ""
    if isinstance(value, Unfit):
        return value.text
    if isinstance(value, Unknown):
        return "unknown" if context.language == "en" else "未知"
    return field_type(field.type).format(value, field, context)


def value_to_json(value: Value, field: Field) -> JsonValue:
    """Return a value as packages carry it; "unknown" where the field admits it. Unfit values have no package form."""
    if isinstance(value, Unknown):
        return "unknown"
    return field_type(field.type).to_json(value)


def value_from_json(raw: object, field: Field) -> Value:
    """Return the value of its package form.

    Raises:
        ValueError: It is not legal for the field.
    """
    if raw == "unknown" and field.unknown:
        return UNKNOWN
    return field_type(field.type).from_json(raw)
