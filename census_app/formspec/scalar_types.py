"""Numbers, yes or no, days and months, and the kinds of text."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Final

from census_app.domain import dates, decimals
from census_app.domain.records import UNKNOWN, Unfit, Value
from census_app.formspec.attachments import attached_files, attachment_value, size_text
from census_app.formspec.field_type import Context, DbValue, FieldType, JsonValue, Parsed
from census_app.formspec.model import Field

_UNKNOWN_SPELLINGS = frozenset({"未知", "不详", "不清楚", "unknown"})


class TextType(FieldType):
    """One line of text."""


class LongTextType(FieldType):
    """Text of several lines."""

    name = "longtext"


class AttachmentType(FieldType):
    """Names, sizes and hashes of attached files, as JSON text."""

    name = "attachment"

    def parse(self, text: str, field: Field, context: Context) -> Parsed:
        """Read the JSON text; anything else that stands in a cell is no file."""
        del field, context
        if not text.strip():
            return Parsed(None)
        try:
            return Parsed(attachment_value(attached_files(text)))
        except ValueError:
            return Parsed(Unfit(text))

    def format(self, value: Value, field: Field, context: Context) -> str:
        """Return the names and sizes."""
        del field
        try:
            files = attached_files(value)
        except ValueError:
            return str(value)
        between = ", " if context.language == "en" else "、"
        return between.join(f"{f.name} ({size_text(f.size)})" for f in files)

    def from_json(self, raw: object) -> Value:
        """Return the text when it is a list of files."""
        return attachment_value(attached_files(super().from_json(raw))) or ""


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


class CalculationType(FieldType):
    """A computed field: shown, never stored."""

    name = "calculation"


class NoteType(FieldType):
    """A text of the form itself: no value."""

    name = "note"


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
        """Read a date; 2016/09/30, 2016.9.30, 2016年9月30日, 20160930 and a database's milliseconds are understood."""
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
