"""What a table would be as a resource, and a column as a data item: names, types, lengths, numbers.

A comment becomes the name and the identifier the English name. Fields are found by their roles; a form set that lacks
one is proposed less.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from census_app.domain.column_kinds import column_kind
from census_app.domain.database_urls import Product
from census_app.domain.names import fold
from census_app.domain.records import Record, RecordId, Unfit, Value
from census_app.domain.schemas import FoundColumn, FoundTable
from census_app.formspec.model import Field
from census_app.formspec.types import Context, parse_value
from census_app.services.ports import WorkspaceStore

_DATABASE: Final = "03"
"""Format class of everything that lies in a database (1272 号)."""

_FORMATS: Final = {
    Product.MYSQL: ("0310", ""),
    Product.ORACLE: ("0307", ""),
    Product.SQLSERVER: ("0308", ""),
    Product.DAMENG: ("0305", ""),
    Product.KINGBASE: ("0306", ""),
    Product.POSTGRESQL: ("0311", "PostgreSQL"),
    Product.SQLITE: ("0311", "SQLite"),
}
"""Product → format type, and its description where the list has none."""

_CUT: Final = re.compile(
    r"[：:；;，,。\n（(\[【]|\s(?=\d)|(?<=[\u3400-\u9fff])(?=\d+\s*[=＝:：、.．\-—－])"
)
_CODES: Final = re.compile(
    r"[0-9A-Za-z]{1,4}\s*[=＝:：、.．\-—－]\s*[\u3400-\u9fff]|\d\s*[\u3400-\u9fff]+[^\d]{0,3}\d\s*[\u3400-\u9fff]"
)
_WAN: Final = Decimal(10_000)
_GIB: Final = Decimal(1 << 30)
_STEP: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Way:
    """How a schema is to be read.

    Attributes:
        character_bytes: Bytes of a character where a declared length counts characters; 1 takes the declared number.
        system: The information system whose database it is.
    """

    character_bytes: int = 1
    system: RecordId | None = None


class Proposals:
    """Proposes answers.

    Args:
        store: Knows the form set and the department.
        context: For parsing.
        product: Of the database.
        way: How lengths are counted, and whose database it is.
    """

    def __init__(self, store: WorkspaceStore, context: Context, product: Product, way: Way) -> None:
        form_set = store.form_set
        self.resource, self.resource_name = form_set.by_role("resource_name")
        self.item, self.item_name = form_set.by_role("item_name")
        self._by_role = {
            f.role: f for form in (self.resource, self.item) for f in form.field if f.role
        }
        self._context = context
        self._product = product
        self._way = way
        self._own = self._of_department(store)

    def field(self, role: str) -> Field | None:
        """Return the field that has a role in one of the two forms."""
        return self._by_role.get(role)

    def of_table(self, table: FoundTable) -> dict[str, Value]:
        """Return what a schema says of a table, but its name."""
        found: dict[str, Value] = {}
        self._put(found, "resource_name_en", table.name)
        self._put(found, "format_class", _DATABASE)
        kind, words = _FORMATS.get(self._product, ("", ""))
        beside = self._context.beside(found)
        self._put(found, "format_type", kind, beside)
        self._put(found, "format_other", words)
        if table.rows is not None:
            self._put(found, "records_total", _amount(Decimal(table.rows) / _WAN))
        if table.size_bytes is not None:
            self._put(found, "size_total", _amount(Decimal(table.size_bytes) / _GIB))
        if len(table.comment) > len(self.resource_title(table)):
            self._put(found, "abstract", table.comment)
        return found

    def of_new_table(self) -> dict[str, Value]:
        """Return what a new resource begins with beside what its schema says: whose it is."""
        found = dict(self._own)
        system = self.field("source_systems")
        if system is not None and self._way.system is not None:
            found[system.id] = (self._way.system,)
        return found

    def of_column(self, column: FoundColumn) -> dict[str, Value]:
        """Return what a schema says of a column, but its name."""
        found: dict[str, Value] = {}
        kind = column_kind(column.type_text, character_bytes=self._way.character_bytes)
        self._put(found, "item_name_en", column.name)
        self._put(found, "item_type", kind.code or column.type_text)
        if kind.length:
            self._put(found, "item_length", str(kind.length))
        key = self.field("item_key")
        if key is not None and column.key:
            found[key.id] = True
        return found

    def resource_title(self, table: FoundTable) -> str:
        """Return what a table would be called."""
        return short_name(table.comment, self.resource_name.max_length or 128) or table.name

    def item_title(self, column: FoundColumn) -> str:
        """Return what a column would be called."""
        return short_name(column.comment, self.item_name.max_length or 50) or column.name

    def _put(
        self, found: dict[str, Value], role: str, text: str, context: Context | None = None
    ) -> None:
        target = self.field(role)
        if target is None or not text:
            return
        if target.type == "code" and self._context.choices.entry(target.choices, text):
            found[target.id] = text
            return
        cut = text[: target.max_length] if target.max_length else text
        value = parse_value(cut, target, context or self._context).value
        if value is not None and not isinstance(value, Unfit):
            found[target.id] = value

    def _of_department(self, store: WorkspaceStore) -> dict[str, Value]:
        """Return provider and its code, where the department is the only body in the file."""
        form, uscc = store.form_set.by_role("department_uscc")
        bodies = list(store.stream_records(form.id))
        found: dict[str, Value] = {}
        if len(bodies) == 1:
            provider, code = self.field("provider"), self.field("provider_uscc")
            if provider is not None:
                found[provider.id] = bodies[0].id
            if code is not None and uscc.id in bodies[0].values:
                found[code.id] = bodies[0].values[uscc.id]
        return found


def _amount(number: Decimal) -> str:
    """Return a number with four decimals at most; what is there is never rounded to nothing."""
    rounded = number.quantize(_STEP, ROUND_HALF_UP)
    return f"{max(rounded, _STEP if number else Decimal(0)):f}"


def short_name(comment: str, limit: int) -> str:
    """Return the name in a comment: `性别：1男 2女` is called 性别, `经度（东经）` stays whole."""
    whole = comment.strip(" \t。；;，,、：:")
    if len(whole) <= limit and not _CODES.search(whole):
        return whole
    head = _CUT.split(whole, maxsplit=1)[0].strip(" \t-—－_")
    return (head or whole)[:limit].strip()


def apart(names: Iterable[tuple[str, str]], taken: Iterable[str] = ()) -> list[str]:
    """Return names that differ from each other and from those taken: a second one gets its identifier behind it.

    Args:
        names: Name and identifier of each.
    """
    held = {fold(name) for name in taken}
    found = []
    for name, identifier in names:
        shown, number = name, 1
        while fold(shown) in held or not fold(shown):
            shown = f"{name}（{identifier}）" if number == 1 else f"{name}（{identifier}{number}）"
            number += 1
            if number > 1000:  # a name of nothing but signs, again and again
                break
        held.add(fold(shown))
        found.append(shown)
    return found


def texts_by_fold(records: Mapping[RecordId, Record], field: str) -> dict[str, list[RecordId]]:
    """Return folded text of a field → the records that have it."""
    found: dict[str, list[RecordId]] = {}
    for record in records.values():
        text = record.values.get(field)
        if isinstance(text, str) and fold(text):
            found.setdefault(fold(text), []).append(record.id)
    return found
